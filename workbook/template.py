"""A template compiled once and filled many times: only named cells, and the values that follow from them, change.

Examples
--------
``Template.compile(Path("template.xlsx").read_bytes()).fill({("Assumptions", 4, 3): 1200.0}, caches)``
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind
from workbook.areas import Area, CellKey, cell_name, parse_area
from workbook.book import Book
from workbook.cells import Rows, Scalar
from workbook.cellslots import CellSlot
from workbook.charts import ReferenceSlot, compile_chart
from workbook.cuts import Cut
from workbook.package import Package
from workbook.places import Order, Row
from workbook.prepare import settled
from workbook.quoting import looks_like_formula, marked
from workbook.sheetxml import Sheet, compile_sheet
from workbook.slots import FIELD, CalculationSlot, Contents, Edit, Filling, TextSlot, text_edits
from workbook.xmlbytes import parse, without

PREFIXES = ("in_", "out_", "blk_", "sel_", "chk_", "src_", "asof_", "conf_", "meta_")
"""Names that bind cells: inputs, results, blocks, selectors, checks; an input's source, date, trust; versions."""

MAX_READ = 1_000_000  # cells that are read as one block
MAX_INPUT = 1000  # cells of one input; a name for a whole sheet is a slip

_NOTHING: Mapping[str, Collection[int]] = MappingProxyType({})
_PLAIN_TEXT = {  # by the end of the content type: what a reader sees as one text, and the elements that hold it
    "drawing+xml": (("p",), ("t",)),
    "core-properties+xml": (("title", "subject", "description", "keywords", "category", "creator"),) * 2,
    "extended-properties+xml": (("Company", "Manager"),) * 2,
}


@dataclass(frozen=True)
class Template:
    """A compiled workbook; picklable, so that it is compiled once for all worker processes.

    Attributes
    ----------
    name : str
        How errors call it.
    sheets : tuple of str
        Names of the sheets.
    areas : mapping of str to Area
        Defined names of the workbook that are plain areas.
    formula_cells : frozenset of CellKey
        Cells with a formula.
    contents : Contents
        What the cells hold by themselves.
    fields : tuple of str
        Names of the ``{{field}}`` placeholders, sorted.
    uncached : tuple of str
        References of charts that cannot be told without Excel; their copies of the cells are left empty.
    unfilled : tuple of str
        Placeholders at places that `fill` does not reach: formulas, prompts of validations, headers of tables.
    """

    name: str
    package: Package
    sheets: tuple[str, ...]
    areas: Mapping[str, Area]
    formula_cells: frozenset[CellKey]
    contents: Contents
    fields: tuple[str, ...]
    uncached: tuple[str, ...]
    unfilled: tuple[str, ...]
    cuts: Mapping[str, Cut]
    input_cells: frozenset[CellKey]
    covered_cells: frozenset[CellKey]
    _last: dict[str, Order] = field(default_factory=dict, compare=False, repr=False)
    """Order of the cells in the last filling; the next one most likely has the same."""

    @classmethod
    def compile(cls, data: bytes, name: str = "template.xlsx") -> "Template":
        """Read a workbook and cut it at everything that may change.

        Parameters
        ----------
        data : bytes
            An .xlsx or .xlsm file.
        name : str
            How errors call it.

        Raises
        ------
        WrongKind
            No workbook, damaged, of the 1904 calendar, or with names that bind no cells.
        """
        package = settled(Package.read(data, name))
        try:
            return cls._compiled(package, name)
        except EngineError:
            raise
        except (ValueError, LookupError, StopIteration, OverflowError, RecursionError) as error:
            raise WrongKind(
                f"{name} is no workbook that a spreadsheet program wrote ({error!r}); save it again in Excel"
            ) from error

    @classmethod
    def _compiled(cls, package: Package, name: str) -> "Template":
        book = Book(package)
        names = _workbook_areas(book, name)
        bound = {key: area for key, area in names.items() if key.startswith(PREFIXES)}
        sheets = {title: (part, _compile_sheet(book, title, part, bound)) for title, part in book.sheet_parts.items()}
        covered = frozenset().union(*(sheet.covered for _, sheet in sheets.values()))
        _check_inputs(bound, covered, name)
        cuts = {part: sheet.cut for part, sheet in sheets.values()}
        cuts |= _text_cuts(book) | _chart_cuts(book, names) | _calculation_cut(book)
        contents = _contents({title: sheet for title, (_, sheet) in sheets.items()})
        formulas = frozenset().union(*(sheet.formulas for _, sheet in sheets.values()))
        return cls(
            name=name,
            package=package,
            sheets=tuple(sheets),
            areas=names,
            formula_cells=formulas,
            contents=contents,
            fields=tuple(sorted(set(_fields(cuts.values(), contents)))),
            uncached=tuple(_uncached(cuts.values())),
            unfilled=tuple(_unfilled(package, cuts)),
            cuts={part: cut for part, cut in cuts.items() if cut.slots},
            input_cells=frozenset().union(*(sheet.inputs for _, sheet in sheets.values())),
            covered_cells=covered,
        )

    @property
    def constants(self) -> Mapping[CellKey, Scalar]:
        """Values of the cells without formula, dates as serial numbers."""
        return self.contents.constants

    @property
    def calculated_cells(self) -> frozenset[CellKey]:
        """Formula cells and the other cells of array formulas: those that `fill` takes from `caches`."""
        return self.contents.calculated

    def fill(
        self,
        inputs: Mapping[CellKey, Scalar],
        caches: Mapping[CellKey, Scalar],
        fields: Mapping[str, str] = MappingProxyType({}),
        hidden_rows: Mapping[str, Collection[int]] = _NOTHING,
        hidden_columns: Mapping[str, Collection[int]] = _NOTHING,
    ) -> bytes:
        """Write one workbook.

        Parameters
        ----------
        inputs : mapping of CellKey to Scalar
            Values of named cells; None blanks a cell, a cell not given stays as in the template.
        caches : mapping of CellKey to Scalar
            Results of the formulas. A formula without one is left without a value, never with a stale one.
        fields : mapping of str to str
            Texts for the placeholders.
        hidden_rows, hidden_columns : mapping of str to collection of int
            Rows and columns to hide, by sheet, beside those that the template hides.

        Returns
        -------
        bytes
            The file; the same arguments give the same bytes.

        Raises
        ------
        WrongKind
            An input that is no named cell or holds a formula; a text or number that no cell can hold.
        NotAvailable
            A placeholder without a text.
        """
        return self.package.write(self.render(inputs, caches, fields, hidden_rows, hidden_columns))

    def render(
        self,
        inputs: Mapping[CellKey, Scalar],
        caches: Mapping[CellKey, Scalar],
        fields: Mapping[str, str] = MappingProxyType({}),
        hidden_rows: Mapping[str, Collection[int]] = _NOTHING,
        hidden_columns: Mapping[str, Collection[int]] = _NOTHING,
    ) -> dict[str, bytes]:
        """Give the parts that differ in one workbook, before they are packed; arguments and errors as in `fill`."""
        filling = Filling(self.contents, inputs, caches, fields, hidden_rows, hidden_columns)
        last = self._last.get("order")
        row = Row.of(filling, last)
        self._check(inputs, fields, (*hidden_rows, *hidden_columns), are_known=row.order is last)
        self._last["order"] = row.order
        parts = {part: cut.render(filling, row) for part, cut in self.cuts.items()}
        typed = list(self._formula_like(filling))
        return marked(self.package, parts, typed) if typed else parts

    def _formula_like(self, filling: Filling) -> Iterator[CellKey]:
        """Give the cells whose text begins with what a customer's data say, and as a formula does."""
        yield from (key for key, value in filling.inputs.items() if looks_like_formula(value))
        if any(looks_like_formula(text or "=") for text in filling.fields.values()):  # an empty one: the next may
            for key, text in self.contents.texts.items():
                if text.startswith("{{") and key not in filling.inputs and looks_like_formula(filling.value(key)):
                    yield key

    @property
    def own_fields(self) -> dict[str, str]:
        """Texts that leave every placeholder as it stands, for a workbook that is filled again."""
        return {field: f"{{{{{field}}}}}" for field in self.fields}

    def field_values(self, fields: Mapping[str, str]) -> dict[CellKey, str]:
        """Give the texts of the cells with placeholders, for a calculation that reads them."""
        self._check({}, fields, (), are_known=True)
        filling = Filling(self.contents, {}, {}, fields, _NOTHING, _NOTHING)
        return {key: str(filling.value(key)) for key in self.contents.texts}

    def read_values(self, name: str) -> Rows:
        """Give what the file states for the cells of a defined name.

        Raises
        ------
        NotAvailable
            When the template has no such name.
        OutOfLimits
            When it names more than anybody reads as one block.
        """
        if name not in self.areas:
            raise NotAvailable(f"{self.name} has no name {name}; define it in Excel (Formulas, Name Manager)")
        area = self.areas[name]
        if area.rows * area.columns > MAX_READ:
            raise OutOfLimits(f"{self.name}: the name {name} covers {area.rows:,} x {area.columns:,} cells; name fewer")
        values = [self.contents.constants.get(key, self.contents.cached.get(key)) for key in area.cells()]
        return [values[i : i + area.columns] for i in range(0, len(values), area.columns)]

    def _check(
        self, inputs: Mapping[CellKey, Scalar], fields: Mapping[str, str], sheets: Iterable[str], *, are_known: bool
    ) -> None:
        """Refuse what cannot be filled in; cells that are known have been filled in before."""
        problems: list[EngineError] = []
        for sheet, row, column in () if are_known else sorted(inputs.keys() - self.input_cells):
            address = f"{self.name}, {sheet}!{cell_name(row, column)}"
            if (sheet, row, column) in self.contents.calculated:
                problems.append(WrongKind(f"{address} holds a formula; give the name to an input cell"))
            else:
                problems.append(WrongKind(f"{address} cannot be filled: no name such as in_... or blk_... covers it"))
        problems += [_covered(self.name, *key) for key in sorted(self.covered_cells) if inputs.get(key) is not None]
        problems += [
            NotAvailable(f"{self.name} has the placeholder {{{{{field}}}}}, for which there is no text; give {field}")
            for field in self.fields
            if field not in fields
        ]
        problems += [
            WrongKind(f"{self.name} has no sheet {sheet!r} to hide rows or columns of; it has {', '.join(self.sheets)}")
            for sheet in sheets
            if sheet not in self.sheets
        ]
        _raise(problems)


def _workbook_areas(book: Book, name: str) -> dict[str, Area]:
    """Give the names of the whole workbook that are plain areas; a binding name must be one."""
    areas: dict[str, Area] = {}
    problems: list[EngineError] = []
    for node in book.root.all("definedName"):
        found = node.attributes
        if "localSheetId" in found or found["name"].startswith("_xlnm."):
            continue
        area = parse_area(node.text)
        if area and area.sheet in book.sheet_parts:
            areas[found["name"]] = area
        elif found["name"].startswith(PREFIXES) and "#REF!" in node.text:
            lost = f"{name}: the cells of the name {found['name']} have been deleted"
            remedy = "undo the deletion of the row or sheet, or delete the name in the Name Manager"
            problems.append(WrongKind(f"{lost}; {remedy}"))
        elif found["name"].startswith(PREFIXES):
            problems.append(
                WrongKind(f"{name}: the name {found['name']} refers to {node.text}; let it refer to cells of a sheet")
            )
    _raise(problems)
    return areas


def _check_inputs(bound: Mapping[str, Area], covered: frozenset[CellKey], name: str) -> None:
    """Refuse inputs that nobody would see, and cells that two inputs claim."""
    problems: list[EngineError] = []
    owners: dict[CellKey, str] = {}
    for title, area in bound.items():
        if title.startswith("in_") and area.rows * area.columns > MAX_INPUT:
            problems.append(
                WrongKind(f"{name}: the name {title} covers {area.rows} x {area.columns} cells; name one cell")
            )
            continue
        for key in area.cells() if title.startswith(("in_", "sel_")) else ():
            if key in covered:
                problems.append(_covered(f"{name}, the name {title}", *key))
            if title.startswith("in_") and owners.setdefault(key, title) != title:
                where = f"{key[0]}!{cell_name(*key[1:])}"
                problems.append(
                    WrongKind(f"{name}: {owners[key]} and {title} name the same cell {where}; give each its own")
                )
    _raise(problems)


def _covered(name: str, sheet: str, row: int, column: int) -> WrongKind:
    return WrongKind(
        f"{name}, {sheet}!{cell_name(row, column)} lies under a merged cell and would not be seen; "
        "name the first cell of the merged ones"
    )


def _compile_sheet(book: Book, title: str, part: str, bound: Mapping[str, Area]) -> Sheet:
    named = {name: area for name, area in bound.items() if area.sheet == title}
    where = f"{book.package.name}, sheet {title}"
    return compile_sheet(book.package.part(part), title, book.strings, named, where)


def _text_cuts(book: Book) -> dict[str, Cut]:
    """Parts with placeholders in their text: shared strings, comments, text boxes, properties."""
    cuts: dict[str, Cut] = {}
    for part, content_type in book.types.items():
        where = f"{book.package.name}, part {part}"
        data = book.package.part(part)
        if b"{{" not in data:
            continue
        if content_type.endswith(("sharedStrings+xml", "comments+xml")):
            cuts[part] = Cut.at(data, text_edits(parse(data, where), "string", where, ("si", "text"), ("t",)))
        for ending, (within, names) in _PLAIN_TEXT.items():
            if content_type.endswith(ending):
                cuts[part] = Cut.at(data, text_edits(parse(data, where), "plain", where, within, names))
    return cuts


def _chart_cuts(book: Book, names: Mapping[str, Area]) -> dict[str, Cut]:
    sheets = frozenset(book.sheet_parts)
    return {
        part: compile_chart(book.package.part(part), names, sheets, f"{book.package.name}, part {part}")
        for part, content_type in book.types.items()
        if content_type.endswith("drawingml.chart+xml")
    }


def _calculation_cut(book: Book) -> dict[str, Cut]:
    """Let Excel calculate on opening when a formula has to be left without a value."""
    node = book.root.child("calcPr")
    if node is None or node.attributes.get("fullCalcOnLoad") in {"1", "true"}:
        return {}
    attributes = without(node.raw_attributes, b"fullCalcOnLoad") + b' fullCalcOnLoad="1"/>'
    slot = CalculationSlot(node.raw, b"<" + node.prefix + b"calcPr" + attributes)
    return {book.main: Cut.at(book.root.data, [Edit(node.start, node.end, slot)])}


def _contents(sheets: Mapping[str, Sheet]) -> Contents:
    constants: dict[CellKey, Scalar] = {}
    cached: dict[CellKey, Scalar] = {}
    texts: dict[CellKey, str] = {}
    for sheet in sheets.values():
        constants |= sheet.constants
        cached |= sheet.cached
        texts |= sheet.texts
    return Contents(
        constants=constants,
        cached=cached,
        texts=texts,
        calculated=frozenset().union(*(sheet.calculated for sheet in sheets.values())),
        hidden_rows={title: sheet.hidden_rows for title, sheet in sheets.items()},
        hidden_columns={title: sheet.hidden_columns for title, sheet in sheets.items()},
    )


def _fields(cuts: Iterable[Cut], contents: Contents) -> Iterator[str]:
    texts = [slot.text for cut in cuts for slot in cut.slots if isinstance(slot, TextSlot)]
    for text in (*texts, *contents.texts.values()):
        yield from FIELD.findall(text)


def _uncached(cuts: Iterable[Cut]) -> Iterator[str]:
    for cut in cuts:
        yield from (slot.where for slot in cut.slots if isinstance(slot, ReferenceSlot) and not slot.areas)


def _unfilled(package: Package, cuts: Mapping[str, Cut]) -> Iterator[str]:
    for part in package.names:
        if part.endswith((".xml", ".vml", ".rels")) and b"{{" in package.part(part):
            cut = cuts.get(part, Cut((package.part(part),), ()))
            formulas = (slot.formula for slot in cut.slots if isinstance(slot, CellSlot))
            for piece in (*cut.pieces, *formulas):
                for found in FIELD.finditer(piece.decode(errors="replace")):
                    yield f"{part}: {found[0]}"


def _raise(problems: list[EngineError]) -> None:
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)
