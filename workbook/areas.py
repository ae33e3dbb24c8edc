"""Places in a workbook: one cell, an area, and the text of a reference."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

CellKey: TypeAlias = tuple[str, int, int]
"""Sheet, row and column, counted from 1."""

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384

_SHEET = r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!(),\s\[\]]+))!"
_CORNER = r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})"
_AREA = re.compile(rf"{_SHEET}{_CORNER}(?::{_CORNER})?")
_WHOLE_ROWS = re.compile(rf"{_SHEET}\$?([0-9]{{1,7}}):\$?([0-9]{{1,7}})")
_WHOLE_COLUMNS = re.compile(rf"{_SHEET}\$?([A-Za-z]{{1,3}}):\$?([A-Za-z]{{1,3}})")
_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_UNION = re.compile(r"((?:[^,']|'(?:[^']|'')*')+)(?:,|$)")


@dataclass(frozen=True)
class Area:
    """A rectangle of cells on one sheet; rows and columns count from 1.

    Examples
    --------
    >>> list(Area("Cost", 2, 3, 1, 2).cells())
    [('Cost', 2, 3), ('Cost', 2, 4)]
    """

    sheet: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1

    def cells(self) -> Iterator[CellKey]:
        """All cells, row by row."""
        for row in range(self.row, self.row + self.rows):
            for column in range(self.column, self.column + self.columns):
                yield self.sheet, row, column

    @cached_property
    def keys(self) -> tuple[CellKey, ...]:
        """All cells, row by row, kept: what is filled again and again."""
        return tuple(self.cells())

    @property
    def whole(self) -> bool:
        """Whether it is whole rows or whole columns."""
        return self.rows == MAX_ROWS or self.columns == MAX_COLUMNS

    def contains(self, row: int, column: int) -> bool:
        """Whether the cell lies in it."""
        return 0 <= row - self.row < self.rows and 0 <= column - self.column < self.columns


def column_number(letters: str) -> int:
    """Give the number of a column.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Give the letters of a column.

    >>> column_letters(28)
    'AB'
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=100_000)  # the sheets of a workbook share most of their addresses
def cell_position(text: str) -> tuple[int, int]:
    """Read a cell address as row and column.

    >>> cell_position("C7")
    (7, 3)
    """
    found = _CELL.fullmatch(text)
    if not found:
        msg = f"not a cell address: {text!r}"
        raise ValueError(msg)
    return int(found[2]), column_number(found[1])


@lru_cache(maxsize=100_000)
def cell_name(row: int, column: int) -> str:
    """Write a cell address.

    >>> cell_name(7, 3)
    'C7'
    """
    return f"{column_letters(column)}{row}"


def corners(text: str) -> tuple[int, int, int, int]:
    """Read an address without sheet as first row, first column, last row, last column.

    >>> corners("A1:C3"), corners("B2")
    ((1, 1, 3, 3), (2, 2, 2, 2))
    """
    first, _, last = text.partition(":")
    return *cell_position(first), *cell_position(last or first)


def parse_area(text: str) -> Area | None:
    """Read a reference with its sheet; None when it is no plain area.

    >>> parse_area("'Cost''s'!$A$1:$B$3")
    Area(sheet="Cost's", row=1, column=1, rows=3, columns=2)
    >>> parse_area("OFFSET(Cost!$A$1,1,0)") is None
    True
    """
    text = text.strip().removeprefix("=")
    if found := _AREA.fullmatch(text):
        left, top, right, bottom = found.group(3, 4, 5, 6)
        rows = sorted((int(top), int(bottom or top)))
        columns = sorted((column_number(left), column_number(right or left)))
    elif found := _WHOLE_ROWS.fullmatch(text):
        rows, columns = sorted((int(found[3]), int(found[4]))), [1, MAX_COLUMNS]
    elif found := _WHOLE_COLUMNS.fullmatch(text):
        rows, columns = [1, MAX_ROWS], sorted((column_number(found[3]), column_number(found[4])))
    else:
        return None
    if rows[0] < 1 or rows[1] > MAX_ROWS or columns[1] > MAX_COLUMNS:
        return None
    sheet = found["plain"] or found["quoted"].replace("''", "'")
    return Area(sheet, rows[0], columns[0], rows[1] - rows[0] + 1, columns[1] - columns[0] + 1)


def parse_reference(text: str, names: Mapping[str, Area]) -> tuple[Area, ...]:
    """Read what a chart refers to: areas, unions of areas and names; empty when it cannot be told without calculating.

    >>> parse_reference("(Cost!$A$1,Cost!$A$3)", {})
    (Area(sheet='Cost', row=1, column=1, rows=1, columns=1), Area(sheet='Cost', row=3, column=1, rows=1, columns=1))
    """
    text = text.strip().removeprefix("=")
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    known = {name.lower(): area for name, area in names.items()}
    areas: list[Area] = []
    for piece in _UNION.findall(text):
        area = parse_area(piece) or known.get(piece.rpartition("!")[2].strip().lower())
        if area is None or area.whole:
            return ()
        areas.append(area)
    return tuple(areas)
