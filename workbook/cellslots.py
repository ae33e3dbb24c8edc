"""The places of a worksheet that a filling changes: cells, rows, columns; and how values are written there."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from types import EllipsisType, NoneType
from typing import Any

import numpy as np

from engine.errors import OutOfLimits, WrongKind
from workbook.areas import CellKey, cell_name
from workbook.cells import ERROR_TEXTS, CellError
from workbook.slots import Filling, Slot, filled
from workbook.xmlbytes import checked, escape_string, without

_STANDARD_WIDTH = b' width="9.140625" hidden="1"'
_MARCH_1900 = 61  # serial number; before it a workbook counts a day that never was
_KEPT = 20_000  # values in all; a proposal writes some two thousand different ones
_LONG = 500  # bytes of a text that is not kept

UNCHANGED = ...  # in place of a value: the cell stays as the template has it
_UNCHANGED_KIND = EllipsisType


@dataclass(frozen=True, slots=True)
class CellSlot:
    """A cell that may change.

    Attributes
    ----------
    name : str
        The name that covers it, if any.
    open : bytes
        The start tag without its end and without the type.
    formula : bytes
        The formula as it is written; empty in an input cell.
    extra : bytes
        What follows the value.
    original : bytes
        An input cell as the template has it.
    exists : bool
        Whether the template has it; otherwise it comes into being with a value.
    text : str
        Its text when it has fields.
    """

    key: CellKey
    name: str
    prefix: bytes
    open: bytes
    formula: bytes
    extra: bytes
    original: bytes
    calculated: bool
    exists: bool = True
    text: str = ""

    @property
    def label(self) -> str:
        """How errors call it: its name and address."""
        sheet, row, column = self.key
        address = f"{sheet}!{cell_name(row, column)}"
        return f"{self.name} ({address})" if self.name else address

    def render(self, filling: Filling) -> bytes:
        """Write the cell with its value."""
        value: Any = filling.caches.get(self.key) if self.calculated else filling.inputs.get(self.key, UNCHANGED)
        if value is UNCHANGED and self.text:
            value = filled(self.text, filling.fields)
        before, after = self.around(type(value))
        return before + self.written(value) + after

    def written(self, value: Any) -> bytes:  # noqa: ANN401  whatever a caller gives
        """Write a value; what no cell can hold is said with the name and the address of this one."""
        return b"" if value is None or value is UNCHANGED else value_text(value, self.label)

    def around(self, kind: type) -> tuple[bytes, bytes]:
        """Give what stands before and after a value of a type; text is stored, never read as a formula or a link."""
        p = self.prefix
        if kind is _UNCHANGED_KIND:
            return self.original, b""
        if kind is NoneType:
            if self.formula or self.extra:
                return self.open + b">" + self.formula + self.extra + b"</" + p + b"c>", b""
            return (self.open + b"/>" if self.exists else b""), b""
        if issubclass(kind, str) and not self.calculated:
            start = b'%s t="inlineStr"><%sis><%st xml:space="preserve">' % (self.open, p, p)
            return start, b"</%st></%sis></%sc>" % (p, p, p)
        start = self.open + _type_attribute(kind) + b">" + self.formula + b"<" + p + b"v>"
        return start, b"</" + p + b"v>" + self.extra + b"</" + p + b"c>"


def _type_attribute(kind: type) -> bytes:
    if issubclass(kind, str):
        return b' t="str"'
    if issubclass(kind, bool | np.bool_):
        return b' t="b"'
    return b' t="e"' if issubclass(kind, CellError) else b""


@dataclass(frozen=True)
class RowSlot:
    """The start tag of a row, and before it the rows that are not there but shall be hidden."""

    sheet: str
    previous: int
    number: int
    prefix: bytes
    attributes: bytes
    close: bytes
    span: tuple[int, int] = (0, 0)
    outside: tuple[CellKey, ...] = ()
    """First and last column that the row states, and the cells beyond them that may come into being."""

    def render(self, filling: Filling) -> bytes:
        """Write the start tag, hidden or as it was."""
        hidden = filling.hidden_rows.get(self.sheet, ())
        attributes = self._spanning(filling) if self.outside else self.attributes
        if not hidden:
            return self._tag(attributes)
        missing = hidden_rows_between(self, hidden)
        if self.number in hidden:
            return missing + self._tag(without(attributes, b"hidden") + b' hidden="1"')
        return missing + self._tag(attributes)

    def _spanning(self, filling: Filling) -> bytes:
        columns = [key[2] for key in self.outside if filling.value(key) is not None]
        if not columns:
            return self.attributes
        spans = b' spans="%d:%d"' % (min(self.span[0], *columns), max(self.span[1], *columns))
        return without(self.attributes, b"spans") + spans

    def _tag(self, attributes: bytes) -> bytes:
        return b"<" + self.prefix + b"row" + attributes + self.close if self.close else b""


@dataclass(frozen=True)
class NewCellsSlot:
    """A row that has no cell yet but may get some; written only when it does."""

    row: RowSlot
    cells: tuple[CellSlot, ...]
    original: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the row with the cells that have a value."""
        cells = b"".join(cell.render(filling) for cell in self.cells)
        hidden = filling.hidden_rows.get(self.row.sheet, ())
        if not cells and self.row.number not in hidden:
            return hidden_rows_between(self.row, hidden) + self.original
        return self.row.render(filling) + cells + b"</" + self.row.prefix + b"row>"


@dataclass(frozen=True)
class EmptySheetSlot:
    """A sheet without a single row that may get some."""

    prefix: bytes
    rows: tuple[Slot, ...]
    original: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the rows, or the element as it was."""
        rows = b"".join(row.render(filling) for row in self.rows)
        tag = self.prefix + b"sheetData>"
        return b"<" + tag + rows + b"</" + tag if rows else self.original


def hidden_rows_between(row: RowSlot, hidden: Iterable[int]) -> bytes:
    """Write the hidden rows that lie between two rows of the sheet and are in neither."""
    if row.number - row.previous == 1:
        return b""
    missing = sorted(number for number in hidden if row.previous < number < row.number)
    return b"".join(b'<%srow r="%d" hidden="1"/>' % (row.prefix, number) for number in missing)


@dataclass(frozen=True)
class ColumnsSlot:
    """The widths of the columns; hiding some splits the ranges that they belong to."""

    sheet: str
    prefix: bytes
    spans: tuple[tuple[int, int, bytes], ...]
    original: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the columns, some of them hidden."""
        hidden = frozenset(filling.hidden_columns.get(self.sheet, ()))
        if not hidden:
            return self.original
        tag = b'<%scol min="%d" max="%d"%s/>'
        columns = b"".join(tag % (self.prefix, *span) for span in sorted(self._split(hidden)))
        return b"<%scols>%s</%scols>" % (self.prefix, columns, self.prefix)

    def _split(self, hidden: frozenset[int]) -> Iterator[tuple[int, int, bytes]]:
        for low, high, attributes in self.spans:
            for hide, run in groupby(range(low, high + 1), hidden.__contains__):
                columns = list(run)
                changed = without(attributes, b"hidden") + b' hidden="1"' if hide else attributes
                yield columns[0], columns[-1], changed
        for column in hidden:
            if not any(low <= column <= high for low, high, _ in self.spans):
                yield column, column, _STANDARD_WIDTH


@dataclass(frozen=True)
class DimensionSlot:
    """The stated extent of the sheet: some readers stop there, so it follows the cells that come into being."""

    prefix: bytes
    extent: tuple[int, int, int, int]
    created: tuple[CellKey, ...]
    original: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the extent with the created cells in it."""
        filled_in = [key for key in self.created if filling.value(key) is not None]
        if not filled_in:
            return self.original
        top, left, bottom, right = self.extent
        rows, columns = [key[1] for key in filled_in], [key[2] for key in filled_in]
        first = cell_name(min(top, *rows), min(left, *columns)).encode()
        last = cell_name(max(bottom, *rows), max(right, *columns)).encode()
        return b'<%sdimension ref="%s:%s"/>' % (self.prefix, first, last)


class Written(dict[Any, bytes]):
    """Values as cells write them, each worked out once: proposals share most of theirs.

    Values that are equal, whatever their types, are written alike.

    >>> Written()[2.0], Written()[True], Written()["R&D"]
    (b'2', b'1', b'R&amp;D')
    """

    def __missing__(self, value: Any) -> bytes:  # noqa: ANN401
        if value is None or value is UNCHANGED:
            return b""
        text = value_text(value, "")
        if len(self) >= _KEPT:
            self.clear()
        if len(text) <= _LONG:
            self[value] = text
        return text


WRITTEN = Written()
"""Sources, units, years and round numbers come back in every proposal of a process."""


def value_text(value: Any, label: str) -> bytes:  # noqa: ANN401
    """Write a value as it stands in a cell, without the tags around it."""
    if isinstance(value, str):
        return escape_string(checked(value, label))
    if isinstance(value, bool | np.bool_):
        return b"1" if value else b"0"
    if isinstance(value, CellError):
        return (value.code if value.code in ERROR_TEXTS else "#VALUE!").encode()
    return number_text(value, label)


def number_text(value: float | dt.date | None, label: str) -> bytes:
    """Write a number or a date for a cell: all 17 digits that matter, never NaN.

    >>> number_text(2.0, ""), number_text(dt.date(2026, 1, 31), "")
    (b'2', b'46053')
    """
    if isinstance(value, dt.date):
        value = serial_number(value, label)
    try:
        number = float(value) + 0.0  # type: ignore[arg-type]  # what else there may be, is caught
    except (TypeError, ValueError) as error:
        raise WrongKind(
            f"{label}: {value!r} is no value of a cell; give a number, a text, a date or a truth"
        ) from error
    if not isfinite(number):
        raise WrongKind(f"{label}: {number} is not a number that a cell can hold; check the figures behind it")
    return repr(number).removesuffix(".0").encode()


def serial_number(date: dt.date, label: str) -> float:
    """Give the serial number of a date, with the 29 February 1900 that spreadsheets believe in.

    >>> serial_number(dt.date(1900, 2, 28), ""), serial_number(dt.datetime(1900, 3, 1, 12), "")
    (59.0, 61.5)
    """
    if date != date:  # noqa: PLR0124  pandas' NaT calls itself a date and equals nothing
        raise WrongKind(f"{label}: the date is missing; give one, or leave the cell blank")
    days = float(date.toordinal() - dt.date(1899, 12, 30).toordinal())
    if isinstance(date, dt.datetime):
        if date.tzinfo is not None:
            raise WrongKind(f"{label}: {date} has a time zone, which a cell cannot hold; give the local time")
        days += (date - dt.datetime.combine(date, dt.time())).total_seconds() / 86_400
    if days < _MARCH_1900:
        days -= 1
    if days < 1:
        raise OutOfLimits(f"{label}: {date} is before 1900-01-01, where the calendar of a workbook begins")
    return days
