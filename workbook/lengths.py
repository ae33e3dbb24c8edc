"""What says how long a growing table is: its own extent, formats, validations, charts and names that cover its columns.

They follow the table. A formula that covers a column by addresses is refused: its total would be silently too small.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import WrongKind
from workbook.areas import Area, cell_name, corners, parse_area
from workbook.sheetrows import formula_texts, rows_of
from workbook.xmlbytes import Node, escape, without

_LENGTHS = ("conditionalFormatting", "dataValidation", "ignoredError", "protectedRange")
_FORMULAS = ("f", "formula", "formula1", "formula2")
_REFERENCE = re.compile(r"((?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Z]{1,3}\$?\d+:\$?[A-Z]{1,3}\$?(\d+)")
_TEXT = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Growing:
    """A table that gets more rows.

    Attributes
    ----------
    part, sheet, sheet_part : str
        Its part, the sheet it lies on, and that sheet's part.
    area, body : Area
        With and without its header, before it grows.
    more : int
        Rows to append.
    """

    part: str
    sheet: str
    sheet_part: str
    area: Area
    body: Area
    more: int

    @property
    def last(self) -> int:
        """Its last row before it grows."""
        return self.body.row + self.body.rows - 1

    @property
    def columns(self) -> range:
        """Its columns."""
        return range(self.area.column, self.area.column + self.area.columns)

    def is_followed_by(self, area: Area | None) -> bool:
        """Whether an area is whole columns of the table, with or without its header."""
        if area is None or area.sheet != self.sheet or area.row not in {self.area.row, self.body.row}:
            return False
        inside = area.column in self.columns and area.column + area.columns - 1 in self.columns
        return inside and area.row + area.rows - 1 == self.last


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Replace places of a part, given as start, end and new bytes."""
    for start, end, new in sorted(edits, reverse=True):
        data = data[:start] + new + data[end:]
    return data


def longer_table(root: Node, table: Growing) -> bytes:
    """Lengthen the table's own extent and that of its filter buttons."""
    area = table.area
    first, last = cell_name(area.row, area.column), cell_name(table.last + table.more, table.columns[-1])
    nodes = [node for node in (root, root.child("autoFilter")) if node]
    return edited(root.data, [_with_attribute(node, b"ref", f"{first}:{last}") for node in nodes])


def sheet_edits(root: Node, sheet: str, table: Growing, where: str) -> Iterator[tuple[int, int, bytes]]:
    """Lengthen what covers whole columns of the table.

    Raises
    ------
    WrongKind
        When a formula does so by addresses.
    """
    _check_formulas(root, sheet, table, where)
    around = [node for node in root.children if node.name != "sheetData"]
    nodes = [found for node in around for found in (node, *node.all(*_LENGTHS, "sqref"))]
    for node in nodes if sheet == table.sheet else ():
        stated = node.text if node.name == "sqref" else node.attributes.get("sqref", "")
        longer = " ".join(_longer_address(address, table) for address in stated.split())
        if longer != " ".join(stated.split()):
            is_text = node.name == "sqref"
            yield (node.inner, node.inner_end, escape(longer)) if is_text else _with_attribute(node, b"sqref", longer)
    for node in around:
        yield from longer_texts(node, _FORMULAS, sheet, table)


def longer_texts(root: Node, names: tuple[str, ...], sheet: str, table: Growing) -> Iterator[tuple[int, int, bytes]]:
    """Lengthen the references in the texts of elements; those without a sheet are to `sheet`."""
    for node in root.all(*names):
        longer = _REFERENCE.sub(lambda found: _longer_reference(found, sheet, table), node.text)
        if longer != node.text:
            yield node.inner, node.inner_end, escape(longer)


def _check_formulas(root: Node, sheet: str, table: Growing, where: str) -> None:
    data = root.child("sheetData")
    for (row, column), formula in formula_texts(rows_of(data)).items() if data else ():
        text = _TEXT.sub('""', formula)
        if any(table.is_followed_by(_area(found, sheet)) for found in _REFERENCE.finditer(text)):
            raise WrongKind(
                f"{where}: {formula} in {sheet}!{cell_name(row, column)} covers the rows of the table by addresses and "
                "would miss the new ones; let it refer to the table by its name"
            )


def _area(found: re.Match[str], sheet: str) -> Area | None:
    quoted = sheet.replace("'", "''")
    return parse_area(found[0] if found[1] else f"'{quoted}'!{found[0]}")


def _longer_address(address: str, table: Growing) -> str:
    top, left, bottom, right = corners(address)
    if not table.is_followed_by(Area(table.sheet, top, left, bottom - top + 1, right - left + 1)):
        return address
    return f"{cell_name(top, left)}:{cell_name(bottom + table.more, right)}"


def _longer_reference(found: re.Match[str], sheet: str, table: Growing) -> str:
    area = _area(found, sheet)
    if area is None or not table.is_followed_by(area):
        return found[0]
    return found[0].removesuffix(found[2]) + str(table.last + table.more)


def _with_attribute(node: Node, name: bytes, value: str) -> tuple[int, int, bytes]:
    attributes = without(node.raw_attributes, name) + b' %s="%s"' % (name, escape(value))
    return node.attributes_start, node.attributes_end, attributes
