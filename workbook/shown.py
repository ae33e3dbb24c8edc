"""Rows and columns that the last run hid, shown again: the next run decides anew which of them to hide."""

from collections.abc import Collection, Iterator, Mapping

from workbook.book import Book
from workbook.package import Package
from workbook.xmlbytes import Node, without

_TRUE = ("1", "true", "on")


def show(data: bytes, name: str, rows: Mapping[str, Collection[int]], columns: Mapping[str, Collection[int]]) -> bytes:
    """Give the workbook with these rows and columns not hidden; everything else keeps its bytes.

    Parameters
    ----------
    data : bytes
        An .xlsx or .xlsm file.
    name : str
        How errors call it.
    rows, columns : mapping of str to collection of int
        By sheet, counted from 1.
    """
    package = Package.read(data, name)
    book = Book(package)
    changes: dict[str, bytes] = {}
    for sheet in {*rows, *columns} & book.sheet_parts.keys():
        part = book.sheet_parts[sheet]
        changed = _shown(book.parse(part), rows.get(sheet, ()), columns.get(sheet, ()))
        if changed != package.part(part):
            changes[part] = changed
    return package.write(changes) if changes else data


def _shown(root: Node, rows: Collection[int], columns: Collection[int]) -> bytes:
    data = root.data
    for start, end, text in sorted([*_columns(root, columns), *_rows(root, rows)], reverse=True):
        data = data[:start] + text + data[end:]
    return data


def _rows(root: Node, rows: Collection[int]) -> Iterator[tuple[int, int, bytes]]:
    sheet_data = root.child("sheetData")
    number = 0
    for node in sheet_data.children if sheet_data else ():
        number = int(node.attributes.get("r", number + 1))
        if number in rows and node.attributes.get("hidden") in _TRUE:
            yield node.attributes_start, node.attributes_end, without(node.raw_attributes, b"hidden")


def _columns(root: Node, columns: Collection[int]) -> Iterator[tuple[int, int, bytes]]:
    """Show columns; a range with others in it is split."""
    holder = root.child("cols")
    for node in holder.children if holder else ():
        low, high = int(node.attributes["min"]), int(node.attributes["max"])
        if node.attributes.get("hidden") not in _TRUE or not any(low <= c <= high for c in columns):
            continue
        kept = without(node.raw_attributes, b"min", b"max")
        pieces = (
            b'<%scol min="%d" max="%d"%s/>' % (node.prefix, c, c, without(kept, b"hidden") if c in columns else kept)
            for c in range(low, high + 1)
        )
        yield node.start, node.end, b"".join(pieces)
