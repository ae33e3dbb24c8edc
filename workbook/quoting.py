"""Customers' texts that begin like a formula, =1+1: they are text in the file, and stay text when the cell is edited.

Excel shows such a cell with a leading apostrophe. The mark is part of a cell's format, so a file with such a text gets
formats of its own at the end of its list; a file without one keeps the part as it is.
"""

from collections.abc import Collection, Iterable, Mapping

from workbook.areas import CellKey
from workbook.book import Book
from workbook.cells import Scalar
from workbook.package import Package
from workbook.sheetrows import SheetCell, rows_of
from workbook.xmlbytes import Node, parse, without

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With what a text begins that a spreadsheet takes for a formula when it is typed, or read from a CSV file."""


def looks_like_formula(value: Scalar) -> bool:
    """Whether a cell holds a text that would become a formula when it is typed again.

    >>> looks_like_formula("=1+1"), looks_like_formula("-"), looks_like_formula(-1.0), looks_like_formula("a=b")
    (True, True, False, False)
    """
    return isinstance(value, str) and value.startswith(FORMULA_STARTS)


def marked(package: Package, changes: Mapping[str, bytes], cells: Collection[CellKey]) -> dict[str, bytes]:
    """Give cells the format that they have with the mark of a text.

    Parameters
    ----------
    package : Package
        The template.
    changes : mapping of str to bytes
        Parts that differ from it.
    cells : collection of CellKey
        The cells to mark.

    Returns
    -------
    dict of str to bytes
        The parts that differ now.
    """
    book = Book(package)
    styles = next((part for part, kind in book.types.items() if kind.endswith("styles+xml")), "")
    formats = parse(package.part(styles), styles).child("cellXfs") if styles else None
    if formats is None:
        return dict(changes)
    parts = dict(changes)
    used: dict[int, int] = {}
    for part, places in _by_part(book, cells).items():
        parts[part] = _with_formats(parts.get(part) or package.part(part), part, places, formats, used)
    parts[styles] = _with_clones(formats, used)
    return parts


def _by_part(book: Book, cells: Iterable[CellKey]) -> dict[str, set[tuple[int, int]]]:
    places: dict[str, set[tuple[int, int]]] = {}
    for sheet, row, column in cells:
        places.setdefault(book.sheet_parts[sheet], set()).add((row, column))
    return places


def _with_formats(
    data: bytes, part: str, places: Collection[tuple[int, int]], formats: Node, used: dict[int, int]
) -> bytes:
    """Change the number of the format in the start tag of these cells; `used` gathers old and new numbers."""
    sheet_data = parse(data, part).child("sheetData")
    rows = rows_of(sheet_data) if sheet_data else ()
    found = [cell for row in rows for cell in row.cells if (row.number, cell.column) in places]
    for cell in sorted(found, key=lambda cell: -cell.node.start):
        number = _format_of(cell)
        if "quotePrefix" not in formats.children[number].attributes:
            clone = used.setdefault(number, len(formats.children) + len(used))
            attributes = without(cell.node.raw_attributes, b"s") + b' s="%d"' % clone
            data = data[: cell.node.attributes_start] + attributes + data[cell.node.attributes_end :]
    return data


def _format_of(cell: SheetCell) -> int:
    return int(cell.node.attributes.get("s", "0"))


def _with_clones(formats: Node, used: Mapping[int, int]) -> bytes:
    """Append the formats with the mark, in the order of their numbers."""
    clones = b""
    for number in sorted(used, key=lambda old: used[old]):
        node = formats.children[number]
        at = node.attributes_end - node.start
        clones += node.raw[:at] + b' quotePrefix="1"' + node.raw[at:]
    count = b' count="%d"' % (len(formats.children) + len(used))
    start = formats.data[: formats.attributes_start] + without(formats.raw_attributes, b"count") + count
    middle = formats.data[formats.attributes_end : formats.inner_end]
    return start + middle + clones + formats.data[formats.inner_end :]
