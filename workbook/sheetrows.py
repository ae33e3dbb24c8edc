"""A worksheet's XML as rows and cells: where they stand, what they hold, which of them belong to a larger one."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import OutOfLimits, WrongKind
from workbook.areas import MAX_COLUMNS, cell_name, cell_position, corners
from workbook.cells import CellError, Scalar
from workbook.xmlbytes import Node, read_string

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TRUE = ("1", "true", "on")
MAX_ARRAY = 200_000  # cells of one array formula


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell with its column, and its formula when it has one."""

    column: int
    node: Node
    formula: Node | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with its number and its cells."""

    number: int
    node: Node
    cells: tuple[SheetCell, ...]

    @property
    def is_hidden(self) -> bool:
        """Whether the sheet hides it."""
        return self.node.attributes.get("hidden") in TRUE

    @property
    def style(self) -> str:
        """Format of cells that come into being in it."""
        found = self.node.attributes
        return found.get("s", "") if found.get("customFormat") in TRUE else ""


def rows_of(sheet_data: Node) -> Iterator[SheetRow]:
    """Give the rows and cells with their numbers; those that do not say where they are follow the one before."""
    number = 0
    for node in sheet_data.children:
        if node.name != "row":
            continue
        number = int(node.attributes.get("r", number + 1))
        cells: list[SheetCell] = []
        column = 0
        for cell in node.children:
            if cell.name == "c":
                address = cell.attributes.get("r")
                column = cell_position(address)[1] if address else column + 1
                cells.append(SheetCell(column, cell, cell.child("f")))
        yield SheetRow(number, node, tuple(cells))


def write_addresses(root: Any) -> None:  # noqa: ANN401  an lxml element
    """Write into rows and cells where they are: files may leave it out where one follows the other.

    Raises
    ------
    ValueError
        When one says an address that no cell has.
    """
    some = "boolean(m:sheetData/m:row[not(@r) or m:c[not(@r)]])"
    rows = root.iterfind(f"{MAIN}sheetData/{MAIN}row") if root.xpath(some, namespaces={"m": MAIN[1:-1]}) else ()
    number = 0
    for row in rows:
        number = int(row.get("r", number + 1))
        row.set("r", str(number))
        column = 0
        for cell in row.iterchildren(f"{MAIN}c"):
            if "r" in cell.attrib:
                column = cell_position(cell.get("r"))[1]
            else:
                column += 1
                cell.set("r", cell_name(number, column))


def formula_texts(rows: Iterable[SheetRow]) -> dict[tuple[int, int], str]:
    """Give the formulas by row and column; those that share one as they read in their own cell."""
    texts: dict[tuple[int, int], str] = {}
    shared: dict[str, tuple[str, str]] = {}
    for row in rows:
        for cell in row.cells:
            if cell.formula is None:
                continue
            text, index = cell.formula.text, cell.formula.attributes.get("si")
            if index is not None and cell.formula.attributes.get("t") == "shared":
                own = cell_name(row.number, cell.column)
                master, origin = shared.setdefault(index, (text, own))
                text = text or moved(master, origin, own)
            texts[row.number, cell.column] = text
    return texts


def moved(formula: str, origin: str, target: str) -> str:
    """Copy a formula to another cell as Excel does: references without $ move along.

    >>> moved("B2*$C$1+Items[[#This Row],[USD]]", "D2", "D5")
    'B5*$C$1+Items[[#This Row],[USD]]'
    """
    from openpyxl.formula.translate import Translator

    return str(Translator(f"={formula}", origin=origin).translate_formula(target)).removeprefix("=")


def array_cells(rows: Iterable[SheetRow], where: str) -> Iterator[tuple[int, int]]:
    """Give the cells of array formulas and data tables: only the first has the formula, all have values of it.

    Raises
    ------
    OutOfLimits
        When a formula claims more cells than anybody has use for.
    """
    for row in rows:
        for cell in row.cells:
            if cell.formula is None:
                continue
            found = cell.formula.attributes
            if found.get("t") in {"array", "dataTable"} and "ref" in found:
                top, left, bottom, right = corners(found["ref"])
                if (bottom - top + 1) * (right - left + 1) > MAX_ARRAY:
                    raise OutOfLimits(
                        f"{where}, cell {cell_name(row.number, cell.column)}: an array formula over {found['ref']}, "
                        f"the limit is {MAX_ARRAY:,} cells; make it smaller"
                    )
                yield from ((r, c) for r in range(top, bottom + 1) for c in range(left, right + 1))


def merged_areas(root: Node) -> Iterator[tuple[int, int, int, int]]:
    """Give the merged cells as first row, first column, last row, last column."""
    merges = root.child("mergeCells")
    yield from (corners(node.attributes["ref"]) for node in (merges.children if merges else ()))


def is_covered(merge: tuple[int, int, int, int], row: int, column: int) -> bool:
    """Whether a cell lies under a merged one, of which only the first shows what it holds."""
    top, left, bottom, right = merge
    return top <= row <= bottom and left <= column <= right and (row, column) != (top, left)


def hidden_columns(root: Node) -> Iterator[int]:
    """Give the columns that the sheet hides."""
    node = root.child("cols")
    for column in node.children if node else ():
        if column.attributes.get("hidden") in TRUE:
            yield from range(int(column.attributes["min"]), min(int(column.attributes["max"]), MAX_COLUMNS) + 1)


def column_style(root: Node, number: int) -> str:
    """Format of cells that come into being in a column."""
    node = root.child("cols")
    for column in node.children if node else ():
        if int(column.attributes["min"]) <= number <= int(column.attributes["max"]):
            return column.attributes.get("style", "")
    return ""


def value_of(node: Node, row: int, column: int, strings: list[str], where: str) -> Scalar:
    """Read what a cell holds; its value when it has a formula.

    Raises
    ------
    WrongKind
        When its value is not of its type.
    """
    kind = node.attributes.get("t", "n")
    if kind == "inlineStr":
        inline = node.child("is")
        return string_of(inline) if inline else None
    value = node.child("v")
    if value is None:
        return None
    text = value.text
    if not text and kind != "str":
        return None
    try:
        return _typed(kind, text, strings)
    except (ValueError, IndexError) as error:
        address = f"{where}, cell {cell_name(row, column)}"
        raise WrongKind(f"{address}: {text!r} is no value of type {kind!r}; repair the file in Excel") from error


def _typed(kind: str, text: str, strings: list[str]) -> Scalar:
    if kind == "s":
        return strings[int(text) if text.strip().isdecimal() else len(strings)]
    if kind == "str":
        return read_string(text)
    if kind == "b":
        return text.strip() in TRUE
    if kind == "e":
        return CellError(text)
    if kind == "d":
        return dt.datetime.fromisoformat(text)
    return float(text)


def string_of(node: Node) -> str:
    """Text of a shared or inline string: its runs without the reading aids of East Asian text."""
    leaves = [leaf for child in node.children if child.name in {"t", "r"} for leaf in _leaves(child)]
    return read_string("".join(leaf.text for leaf in leaves))


def _leaves(node: Node) -> list[Node]:
    return [node] if node.name == "t" else list(node.all("t"))
