"""What differs between two workbook files: cells, names, parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from workbook.areas import CellKey, cell_name
from workbook.book import Book
from workbook.cells import Scalar
from workbook.package import Package
from workbook.sheetrows import formula_texts, rows_of, value_of

Held: TypeAlias = tuple[Scalar, str]
"""Value and formula of a cell."""


@dataclass(frozen=True)
class Change:
    """One thing that differs; None on the side where it is missing.

    Attributes
    ----------
    kind : str
        cell, formula, name, sheet or part.
    where : str
        Address, name, sheet or part.
    """

    kind: str
    where: str
    before: Scalar
    after: Scalar


def compare(
    before: bytes, after: bytes, names: tuple[str, str] = ("the first file", "the second file")
) -> list[Change]:
    """List what differs between two workbook files.

    Parameters
    ----------
    before, after : bytes
        .xlsx or .xlsm files.
    names : tuple of str
        How errors call them.

    Returns
    -------
    list of Change
        Sheets, cells by sheet and address, names, parts. A part whose cells are listed is listed too: more than its
        cells may differ.

    Raises
    ------
    EngineError
        When one of them is no workbook, damaged or hostile.
    """
    one, two = Package.read(before, names[0]), Package.read(after, names[1])
    books = Book(one), Book(two)
    sheets = _pairs(*(dict.fromkeys(book.sheet_parts, "there") for book in books))
    defined = _pairs(*(_names(book) for book in books))
    cells = _cells(books[0]), _cells(books[1])
    return [
        *(Change("sheet", title, old, new) for title, old, new in sheets),
        *_cell_changes(*cells, list(dict.fromkeys([*books[0].sheet_parts, *books[1].sheet_parts]))),
        *(Change("name", title, old, new) for title, old, new in defined),
        *_part_changes(one, two),
    ]


def _pairs(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _names(book: Book) -> dict[str, str]:
    titles = list(book.sheet_parts)
    named = {}
    for node in book.root.all("definedName"):
        found = node.attributes
        scope = f"{titles[int(found['localSheetId'])]}!" if "localSheetId" in found else ""
        named[scope + found["name"]] = node.text
    return named


def _cells(book: Book) -> dict[CellKey, Held]:
    """Give value and formula of every cell that has either."""
    held: dict[CellKey, Held] = {}
    for title, part in book.sheet_parts.items():
        sheet_data = book.parse(part).child("sheetData")
        rows = list(rows_of(sheet_data)) if sheet_data else []
        formulas = formula_texts(rows)
        for row in rows:
            for cell in row.cells:
                where = f"{book.package.name}, sheet {title}"
                value = value_of(cell.node, row.number, cell.column, book.strings, where)
                formula = formulas.get((row.number, cell.column), "")
                if value is not None or formula:
                    held[title, row.number, cell.column] = value, formula
    return held


def _cell_changes(before: Mapping[CellKey, Held], after: Mapping[CellKey, Held], order: list[str]) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys(), key=lambda k: (order.index(k[0]), k[1], k[2])):
        (value, formula), (new_value, new_formula) = before.get(key, (None, "")), after.get(key, (None, ""))
        where = f"{key[0]}!{cell_name(*key[1:])}"
        if formula != new_formula:
            yield Change("formula", where, formula or None, new_formula or None)
        if value != new_value or type(value) is not type(new_value):
            yield Change("cell", where, value, new_value)


def _part_changes(before: Package, after: Package) -> Iterator[Change]:
    for part in dict.fromkeys([*before.names, *after.names]):
        sizes = [p.entries[part].size if part in p.entries else None for p in (before, after)]
        if None in sizes or before.part(part) != after.part(part):
            yield Change("part", part, *(None if size is None else f"{size:,} bytes" for size in sizes))
