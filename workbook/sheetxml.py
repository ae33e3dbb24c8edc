"""One worksheet's XML: its cells and what they hold, and the places where a filling may change it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workbook.areas import Area, CellKey, cell_name, corners
from workbook.cells import Scalar
from workbook.cellslots import CellSlot, ColumnsSlot, DimensionSlot, EmptySheetSlot, NewCellsSlot, RowSlot
from workbook.cuts import Cut
from workbook.sheetrows import (
    SheetCell,
    SheetRow,
    array_cells,
    column_style,
    hidden_columns,
    is_covered,
    merged_areas,
    rows_of,
    value_of,
)
from workbook.slots import FIELD, HEADERS, Edit, Slot, text_edits
from workbook.xmlbytes import Node, parse, without

MAX_CREATED = 20_000  # cells of one named area that are created when the sheet does not have them


@dataclass(frozen=True)
class Sheet:
    """A compiled worksheet: its cut and what its cells hold, by row and column."""

    cut: Cut
    constants: Mapping[CellKey, Scalar]
    cached: Mapping[CellKey, Scalar]
    texts: Mapping[CellKey, str]
    formulas: frozenset[CellKey]
    calculated: frozenset[CellKey]
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    covered: frozenset[CellKey]

    @property
    def inputs(self) -> frozenset[CellKey]:
        """Cells that a filling may set."""
        return frozenset(cell.key for cell in _cells(self.cut.slots) if not cell.calculated)


def _cells(slots: Iterable[Slot]) -> Iterator[CellSlot]:
    for slot in slots:
        if isinstance(slot, CellSlot):
            yield slot
        elif isinstance(slot, NewCellsSlot):
            yield from slot.cells
        elif isinstance(slot, EmptySheetSlot):
            yield from _cells(slot.rows)


def compile_sheet(data: bytes, sheet: str, strings: list[str], named: Mapping[str, Area], where: str) -> Sheet:
    """Cut a worksheet at its formula cells, at the cells of the named areas and at its placeholders.

    Parameters
    ----------
    data : bytes
        The part.
    sheet : str
        The sheet's name.
    strings : list of str
        The workbook's shared strings.
    named : mapping of str to Area
        Areas of this sheet whose cells may change.
    where : str
        How errors call the part.
    """
    return _Compiler(sheet, parse(data, where), strings, named, where).compile()


class _Compiler:
    """The steps of `compile_sheet` with what they share."""

    def __init__(self, sheet: str, root: Node, strings: list[str], named: Mapping[str, Area], where: str) -> None:
        self.sheet, self.root, self.strings, self.where = sheet, root, strings, where
        self.named = sorted(named.items(), key=lambda item: not item[0].startswith("in_"))
        self.labels: dict[tuple[int, int], str] = {}
        self.wide = [(name, area) for name, area in self.named if area.rows * area.columns > MAX_CREATED]
        self._read_labels()
        self.constants: dict[CellKey, Scalar] = {}
        self.cached: dict[CellKey, Scalar] = {}
        self.texts: dict[CellKey, str] = {}

    def compile(self) -> Sheet:
        sheet_data = self.root.child("sheetData")
        where = f"{self.where}, header and footer"
        around = [node for node in self.root.children if node.name != "sheetData"]
        edits = [edit for node in around for edit in text_edits(node, "header", where, HEADERS, HEADERS)]
        if sheet_data is None:  # a chart sheet
            empty: frozenset[CellKey] = frozenset()
            return Sheet(Cut.at(self.root.data, edits), {}, {}, {}, empty, empty, frozenset(), frozenset(), empty)
        rows = list(rows_of(sheet_data))
        formulas = frozenset((row.number, cell.column) for row in rows for cell in row.cells if cell.formula)
        self.calculated = formulas | frozenset(array_cells(rows, self.where))
        missing = self._missing(rows)
        edits += [*self._columns(sheet_data), *self._row_edits(sheet_data, rows, missing), *self._dimension(missing)]
        return Sheet(
            cut=Cut.at(self.root.data, edits),
            constants=self.constants,
            cached=self.cached,
            texts=self.texts,
            formulas=frozenset((self.sheet, *position) for position in formulas),
            calculated=frozenset((self.sheet, *position) for position in self.calculated),
            hidden_rows=frozenset(row.number for row in rows if row.is_hidden),
            hidden_columns=frozenset(hidden_columns(self.root)),
            covered=frozenset((self.sheet, *position) for position in self._covered()),
        )

    def _covered(self) -> Iterator[tuple[int, int]]:
        """Cells of the named areas that lie under merged ones."""
        for merge in merged_areas(self.root):
            yield from (position for position in self.labels if is_covered(merge, *position))

    def _read_labels(self) -> None:
        """Name every cell that the named areas can create; the name of an input wins."""
        for name, area in self.named:
            if area.rows * area.columns <= MAX_CREATED:
                for _, row, column in area.cells():
                    self.labels.setdefault((row, column), name)

    def _label(self, row: int, column: int) -> str | None:
        if (row, column) in self.labels:
            return self.labels[row, column]
        return next((name for name, area in self.wide if area.contains(row, column)), None)

    def _row_edits(self, sheet_data: Node, rows: list[SheetRow], missing: dict[int, list[int]]) -> Iterator[Edit]:
        previous = 0
        for row in rows:
            for number in sorted(n for n in missing if previous < n < row.number):
                yield self._new_row(number, previous, missing[number], row.node.start)
                previous = number
            yield from self._existing_row(row, previous, missing.get(row.number, []))
            previous = row.number
        yield from self._after_last(sheet_data, previous, missing)

    def _after_last(self, sheet_data: Node, previous: int, missing: dict[int, list[int]]) -> Iterator[Edit]:
        """Rows after the last one; ``<sheetData/>`` is opened only when something comes into it."""
        edits: list[Edit] = []
        end = sheet_data.inner_end
        for number in sorted(n for n in missing if n > previous):
            edits.append(self._new_row(number, previous, missing[number], end))
            previous = number
        edits.append(Edit(end, end, RowSlot(self.sheet, previous, 1 << 30, sheet_data.prefix, b"", b"")))
        if not sheet_data.empty:
            yield from edits
            return
        rows = tuple(edit.slot for edit in edits)
        yield Edit(sheet_data.start, sheet_data.end, EmptySheetSlot(sheet_data.prefix, rows, sheet_data.raw))

    def _missing(self, rows: list[SheetRow]) -> dict[int, list[int]]:
        """Columns by row of the cells that may be written but are not there."""
        there = {(row.number, cell.column) for row in rows for cell in row.cells}
        missing: dict[int, list[int]] = {}
        for row, column in sorted((self.labels.keys() | self.calculated) - there):
            missing.setdefault(row, []).append(column)
        return missing

    def _new_row(self, number: int, previous: int, columns: list[int], at: int) -> Edit:
        prefix = self.root.prefix
        row = RowSlot(self.sheet, previous, number, prefix, b' r="%d"' % number, b">")
        return Edit(at, at, NewCellsSlot(row, tuple(self._created(number, c, "") for c in columns), b""))

    def _existing_row(self, row: SheetRow, previous: int, missing: list[int]) -> Iterator[Edit]:
        node = row.node
        created = [self._created(row.number, column, row.style) for column in missing]
        slot = self._row_slot(row, previous, missing, b"/>" if node.empty else b">")
        if node.empty and created:
            opened = self._row_slot(row, previous, missing, b">")
            yield Edit(node.start, node.end, NewCellsSlot(opened, tuple(created), node.raw))
            return
        yield Edit(node.start, node.inner, slot)
        for cell in created:
            later = (c.node.start for c in row.cells if c.column > cell.key[2])
            at = next(later, node.inner_end)
            yield Edit(at, at, cell)
        for found in row.cells:
            yield from self._cell(row.number, found)

    def _row_slot(self, row: SheetRow, previous: int, missing: list[int], close: bytes) -> RowSlot:
        """Prepare the start tag of a row; what it says of its first and last cell is a hint that must hold."""
        attributes = row.node.raw_attributes
        spans = row.node.attributes.get("spans", "")
        if not missing or not spans:
            return RowSlot(self.sheet, previous, row.number, row.node.prefix, attributes, close)
        span = (int(spans.partition(":")[0]), int(spans.rpartition(":")[2]))
        outside = tuple((self.sheet, row.number, c) for c in missing if not span[0] <= c <= span[1])
        return RowSlot(self.sheet, previous, row.number, row.node.prefix, attributes, close, span, outside)

    def _cell(self, row: int, cell: SheetCell) -> Iterator[Edit]:
        node, column = cell.node, cell.column
        key = (self.sheet, row, column)
        calculated = (row, column) in self.calculated
        value = value_of(node, row, column, self.strings, self.where)
        if value is not None:
            (self.cached if calculated else self.constants)[key] = value
        text = value if isinstance(value, str) and not calculated and "{{" in value and FIELD.search(value) else ""
        if text:
            self.texts[key] = text
        label = self.labels.get((row, column)) or (self._label(row, column) if self.wide else None)
        if not calculated and not label and not text:
            return  # the usual case
        inline = node.child("is")
        if calculated or label:
            yield Edit(node.start, node.end, self._slot(key, label, cell, calculated, text if inline else ""))
        elif inline:
            where = f"{self.where}, cell {cell_name(row, column)}"
            yield from text_edits(node, "string", where, ("is",), ("t",))

    def _slot(self, key: CellKey, label: str | None, cell: SheetCell, calculated: bool, text: str) -> CellSlot:
        node = cell.node
        prefix = node.prefix
        formula = cell.formula.raw if cell.formula else b""
        return CellSlot(
            key=key,
            name=label or "",
            prefix=prefix,
            open=b"<" + prefix + b"c" + without(node.raw_attributes, b"t", b"vm"),
            formula=formula,
            extra=e.raw if (e := node.child("extLst")) else b"",
            original=b"" if calculated else node.raw,
            calculated=calculated,
            text=text,
        )

    def _created(self, row: int, column: int, style: str) -> CellSlot:
        """Prepare a cell that the sheet does not have; it takes the format of its row or column as in Excel."""
        prefix = self.root.prefix
        style = style or column_style(self.root, column)
        start = b'<%sc r="%s"' % (prefix, cell_name(row, column).encode())
        if style:
            start += b' s="%s"' % style.encode()
        key = (self.sheet, row, column)
        return CellSlot(
            key=key,
            name=self._label(row, column) or "",
            prefix=prefix,
            open=start,
            formula=b"",
            extra=b"",
            original=b"",
            calculated=(row, column) in self.calculated,
            exists=False,
        )

    def _columns(self, sheet_data: Node) -> Iterator[Edit]:
        node = self.root.child("cols")
        at, end = (node.start, node.end) if node else (sheet_data.start, sheet_data.start)
        spans = tuple(
            (int(c.attributes["min"]), int(c.attributes["max"]), without(c.raw_attributes, b"min", b"max"))
            for c in (node.children if node else ())
        )
        yield Edit(at, end, ColumnsSlot(self.sheet, self.root.prefix, spans, node.raw if node else b""))

    def _dimension(self, missing: dict[int, list[int]]) -> Iterator[Edit]:
        node = self.root.child("dimension")
        if node is None:
            return
        extent = corners(node.attributes["ref"])
        created = tuple((self.sheet, r, c) for r, columns in missing.items() for c in columns)
        outside = tuple(key for key in created if not _within(extent, key))
        if outside:
            yield Edit(node.start, node.end, DimensionSlot(node.prefix, extent, outside, node.raw))


def _within(extent: tuple[int, int, int, int], key: CellKey) -> bool:
    top, left, bottom, right = extent
    return top <= key[1] <= bottom and left <= key[2] <= right
