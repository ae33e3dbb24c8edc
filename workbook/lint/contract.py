"""Rules of a proposal template: its names, placeholders and formulas are such that it can be filled and sent away.

`workbook/author/README.md` is the contract; here every breach is found in one pass, with the cell and the remedy.
"""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from engine.errors import EngineError, Problems
from engine.inputs import OPTION_IDS, assumptions
from engine.result import MEASURES
from workbook.areas import Area, CellKey, cell_name, parse_area
from workbook.binding import SIZING, SPLIT
from workbook.customers import RESERVED
from workbook.lint import check
from workbook.lint.book import MAIN, Book, Element, Sheet, open_book, position, text_of
from workbook.lint.formulas import facts
from workbook.lint.package import parse
from workbook.lint.sheets import merged_areas
from workbook.package import Package
from workbook.slots import FIELD
from workbook.statements import STATED
from workbook.template import PREFIXES, Template

CLOCK = {"now", "today", "rand", "randbetween", "randarray"}
YEARS = int(assumptions()["horizon"].high or 0)
KNOWN_FIELDS = {*RESERVED, "customer_label"}

_ROW_OF_YEARS = (*SIZING, "blk_cloud_instances", *SPLIT)
_SHAPES = {  # rows and columns of blocks; 0: any number
    **dict.fromkeys(_ROW_OF_YEARS, (1, YEARS)),
    "blk_warnings": (0, 1),
    "blk_sources": (0, 3),
    "blk_delivered": (0, 1),
    **dict.fromkeys(STATED, (0, 0)),
}
_PATTERNED = {"blk_years": (0, YEARS + 1), "blk_purchases": (YEARS, 0)}
_OF_AN_OPTION = re.compile(r"(out_engine|blk_rows)_([a-z]+)(?:_(\w+))?")
_BRACES = re.compile(r"\{\{|\}\}")
_OUTSIDE = ("externalLink", "connections", "queryTable")
_SHORT = 40  # characters of a value as it is shown


@dataclass(frozen=True)
class Fault:
    """One thing to mend in a template: where it stands, what is wrong with it and what to do."""

    sheet: str
    cell: str
    name: str
    value: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        about = " ".join(part for part in (place, self.name, self.value) if part)
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{about} {self.reason}{remedy}".lstrip()


def faults(data: bytes, name: str) -> list[Fault]:
    """Find everything that keeps a template from being filled, or its proposals from being right.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its file name.

    Returns
    -------
    list of Fault
        Those of the file as such first, then those of the contract.

    Examples
    --------
    >>> [fault.reason for fault in faults(b"", "empty.xlsx")]
    ['empty.xlsx is empty; fetch it again or save it again in Excel']
    """
    found = [Fault(f.sheet or f.part, f.cell, "", "", f"{f.what} [{f.rule}]", f.remedy) for f in check(data, name)]
    try:
        package = Package.read(data, name)
    except EngineError as error:
        return [Fault("", "", "", "", str(error), "")]
    book = open_book(package, parse(package)[0])
    if not book.main:
        return found
    found += [*_names(book), *_inputs(book), *_placeholders(book), *_formulas(book), *_outside(book)]
    return found or list(_compiled(data, name))


def _compiled(data: bytes, name: str) -> Iterator[Fault]:
    """Say what only the compiler of templates finds, in its own words."""
    from workbook.proposal import Proposals

    try:
        Template.compile(data, name)
        Proposals(data, name)
    except Problems as problems:
        yield from (Fault("", "", "", "", str(error), "") for error in problems.problems)
    except EngineError as error:
        yield Fault("", "", "", "", str(error), "")


def _names(book: Book) -> Iterator[Fault]:
    sheets = {sheet.name.lower() for sheet in book.sheets}
    bound = 0
    for node in book.defined_names:
        name, text = node.get("name", ""), node.text or ""
        if not name.lower().startswith(PREFIXES):
            continue
        if not name.startswith(PREFIXES):
            yield Fault("", "", name, "", "is not in lower case, so nothing fills it", f"rename it {name.lower()}")
        elif "localSheetId" in node.attrib:
            remedy = "define it again in Formulas, Name Manager with the scope Workbook"
            yield Fault("", "", name, text, "belongs to one sheet, so nothing fills it", remedy)
        elif (area := parse_area(text)) is None or area.sheet.lower() not in sheets:
            yield Fault("", "", name, text, "refers to no cells of a sheet", "let it refer to cells, as =Sheet!$B$4")
        else:
            bound += name.startswith("in_")
            yield from _meaning(name, area)
    if not bound:
        reason = "has no name that begins with in_, so nothing can be filled in"
        yield Fault("", "", "", "", reason, "name its input cells in_<id>, as in_users")


def _meaning(name: str, area: Area) -> Iterator[Fault]:
    """Say when a name stands for nothing that is known, or for cells of another shape."""
    prefix, _, rest = name.partition("_")
    if prefix in {"in", "src", "asof", "conf"}:
        if rest not in assumptions():
            yield _unknown(area, name, "stands for no assumption", [f"{prefix}_{known}" for known in assumptions()])
        elif area.rows * area.columns > 1:
            shape = f"{area.rows} x {area.columns} cells"
            yield _fault(area, name, shape, "takes one value, and names several cells", "let it refer to one cell")
    elif prefix == "blk":
        yield from _block(name, area)
    if option := _OF_AN_OPTION.fullmatch(name):
        yield from _option(area, name, *option.groups())


def _block(name: str, area: Area) -> Iterator[Fault]:
    pattern = next((p for p in _PATTERNED if name == p or name.startswith(f"{p}_")), "")
    if name not in _SHAPES and not pattern:
        known = [*_SHAPES, *_PATTERNED]
        if not name.startswith("blk_rows_") and difflib.get_close_matches(name, known, 1):
            yield _unknown(area, name, "is no block that is filled", known)
        return
    rows, columns = _SHAPES.get(name) or _PATTERNED[pattern]
    if name in _ROW_OF_YEARS and area.rows * area.columns == 1:
        return  # the first year alone, which a short offer may say; some of the years would look like all of them
    if (rows and area.rows != rows) or (columns and area.columns != columns):
        wanted = f"{rows or 'any'} x {columns or 'any'} cells (rows x columns)"
        if name in _ROW_OF_YEARS:
            wanted += ", or one cell for the first year"
        yield _fault(area, name, f"{area.rows} x {area.columns} cells", f"takes {wanted}", f"let it refer to {wanted}")


def _option(area: Area, name: str, kind: str, option: str, rest: str | None) -> Iterator[Fault]:
    options = [*OPTION_IDS, *(["fleet"] if kind == "blk_rows" else [])]
    if option not in options:
        yield _unknown(area, name, f'"{option}" is no option', [f"{kind}_{o}_{rest}" for o in options])
    elif kind == "out_engine" and rest not in MEASURES:
        yield _unknown(area, name, f'"{rest}" is no measure', [f"{kind}_{option}_{measure}" for measure in MEASURES])


def _unknown(area: Area, name: str, reason: str, known: Collection[str]) -> Fault:
    close = difflib.get_close_matches(name, known, 1)
    remedy = f"did you mean {close[0]}?" if close else "delete or rename it in Formulas, Name Manager"
    return _fault(area, name, "", reason, remedy)


def _fault(area: Area, name: str, value: str, reason: str, remedy: str) -> Fault:
    return Fault(area.sheet, cell_name(area.row, area.column), name, value, reason, remedy)


def _inputs(book: Book) -> Iterator[Fault]:
    """Look at the cells that are filled in: each named once, none with a formula, none under a merged cell."""
    formulas = {key: node.text or "" for key, node in _formula_cells(book)}
    merged = {sheet.name: merged_areas(sheet) for sheet in book.sheets}
    taken: dict[CellKey, str] = {}
    for name, area in _bound(book):
        is_filled = name.startswith(("in_", "out_engine_", "out_stated_", *_SHAPES))
        for key in area.cells() if area.rows * area.columns <= 10_000 else ():  # noqa: PLR2004  no block is larger
            if is_filled and key in formulas:
                reason = "holds a formula, which a value would replace"
                yield _fault(area, name, _shown(formulas[key]), reason, "give the name to an input cell")
                break
        if name.startswith("in_"):
            key = (area.sheet, area.row, area.column)
            if key in taken:
                reason = f"shares its cell with {taken[key]}"
                yield _fault(area, name, "", reason, "give each of the two its own cell")
            taken.setdefault(key, name)
            if any(m.contains(*key[1:]) and key[1:] != (m.row, m.column) for m in merged.get(area.sheet, ())):
                yield _fault(area, name, "", "lies under a merged cell", "name the first of the merged cells")
        elif (
            name.startswith(("out_", "chk_")) and not is_filled and (area.sheet, area.row, area.column) not in formulas
        ):
            reason = "shows a result and holds no formula, so it would be the same for every customer"
            yield _fault(area, name, "", reason, "give the cell a formula, or the name to the cell that has it")


def _bound(book: Book) -> Iterator[tuple[str, Area]]:
    titles = {sheet.name.lower(): sheet.name for sheet in book.sheets}
    for node in book.defined_names:
        area = parse_area(node.text or "")
        if area and node.get("name", "").startswith(PREFIXES) and area.sheet.lower() in titles:
            yield node.get("name"), area


def _formula_cells(book: Book) -> Iterator[tuple[CellKey, Element]]:
    for sheet in book.sheets:
        for address, node in sheet.formulas:
            if place := position(address):
                yield (sheet.name, *place), node


def _placeholders(book: Book) -> Iterator[Fault]:
    """Look at every {{field}}: well-formed, and not one of ours misspelt; others come from columns x_<field>."""
    for sheet, cell, text in _texts(book):
        if len(_BRACES.findall(text)) != 2 * len(FIELD.findall(text)):
            remedy = "write it as {{customer_name}}: two braces on both sides, letters, digits and _ between them"
            yield Fault(sheet, cell, "", _shown(text), "has a placeholder that cannot be read", remedy)
        for field in dict.fromkeys(FIELD.findall(text)):
            close = difflib.get_close_matches(field, KNOWN_FIELDS, 1, cutoff=0.8)
            if field not in KNOWN_FIELDS and close:
                remedy = f"did you mean {{{{{close[0]}}}}}? Texts of your own come from columns x_{field} of the data"
                yield Fault(sheet, cell, field, _shown(text), "is no placeholder that we fill", remedy)


def _texts(book: Book) -> Iterator[tuple[str, str, str]]:
    """Give the texts with braces: sheet, cell and text as far as they have them."""
    shared = {str(n): text for n, text in enumerate(book.strings) if _BRACES.search(text)}
    for sheet in book.sheets:
        for cell in () if sheet.root is None else sheet.root.iterfind(f".//{MAIN}c[@t='s']"):
            if (index := cell.findtext(f"{MAIN}v")) in shared:
                yield sheet.name, cell.get("r", ""), shared[index]
        yield from ((sheet.name, "", text) for text in _headers(sheet) if _BRACES.search(text))
    for part, root in book.roots.items():
        if root.tag.endswith(("}wsDr", "}chartSpace")):
            for paragraph in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}p"):
                text = "".join(paragraph.itertext())
                if _BRACES.search(text):
                    yield part, "", text


def _headers(sheet: Sheet) -> Iterator[str]:
    for node in () if sheet.root is None else sheet.root.iterfind(f"{MAIN}headerFooter/*"):
        yield node.text or ""
    for cell in () if sheet.root is None else sheet.root.iterfind(f".//{MAIN}is"):
        yield text_of(cell)


def _formulas(book: Book) -> Iterator[Fault]:
    """Look at what formulas call: proposals go to people without our functions, and Excel does not calculate them."""
    for (sheet, row, column), node in _formula_cells(book):
        formula = node.text or ""
        for function in sorted(facts(formula).called):
            if reason_remedy := _refused(function):
                yield Fault(sheet, cell_name(row, column), function.upper(), _shown(formula), *reason_remedy)
    for node in book.defined_names:
        for function in sorted(facts(node.text or "").called):
            if reason_remedy := _refused(function):
                yield Fault("", "", node.get("name", ""), _shown(node.text or ""), *reason_remedy)


def _refused(function: str) -> tuple[str, str] | None:
    if function.startswith("tco_"):
        reason = f"{function.upper()} shows #NAME? to a customer without our functions"
        return reason, "let the engine fill the result in: name the cell out_engine_<option>_<measure>"
    if function in CLOCK:
        return f"{function.upper()} changes with every calculation", "use {{proposal_date}} or an input instead"
    if not is_calculable(function):
        reason = f"{function.upper()} cannot be calculated without Excel, so the proposal would show no value"
        return reason, "use another function; INDEX with MATCH, SUMPRODUCT and IF do most of it"
    return None


@cache
def is_calculable(function: str) -> bool:
    """Whether the headless calculation has a function.

    >>> is_calculable("sumproduct"), is_calculable("cubevalue")
    (True, False)
    """
    import formualizer

    book = formualizer.Workbook()
    book.add_sheet("Probe")
    book.set_formula("Probe", 1, 1, f"={function.upper()}()")
    found = book.evaluate_cell("Probe", 1, 1)
    return not (isinstance(found, dict) and found.get("kind") in {"Name", "NImpl"})


def _outside(book: Book) -> Iterator[Fault]:
    for relations in book.relations.values():
        for relation in relations:
            if relation.kind.rpartition("/")[2] in _OUTSIDE:
                remedy = "break the link in Data, Edit Links or Queries & Connections, and keep the values"
                yield Fault("", "", "", relation.target, "takes figures from outside the workbook", remedy)


def _shown(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."
