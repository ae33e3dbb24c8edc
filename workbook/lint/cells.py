"""Rules of rows and cells: order, addresses, formats, values."""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping

from workbook.areas import MAX_ROWS
from workbook.lint.book import MAIN, Book, Element, position, whole
from workbook.lint.findings import Finding
from workbook.lint.styles import cell_formats
from workbook.lint.texts import bad_escape, faults, shortened, too_long

ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
LAST_DATE = 2_958_466  # the day after 9999-12-31

_ROW, _CELL = f"{MAIN}row", f"{MAIN}c"
_FORMULA, _VALUE, _INLINE = f"{MAIN}f", f"{MAIN}v", f"{MAIN}is"
_ORDER = {_FORMULA: 0, _VALUE: 1, _INLINE: 2, f"{MAIN}extLst": 3}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)


def cells(book: Book) -> Iterator[Finding]:
    """Rows and cells stand in order, each once, and hold what their type says."""
    known = _Known(cell_formats(book), len(book.strings))
    for sheet in book.sheets:
        data = None if sheet.root is None else sheet.root.find(f"{MAIN}sheetData")
        if data is not None:
            for rule, what, address in _rows(data, known):
                yield sheet.finding(rule, what, address)


class _Known:
    """What cells refer to: formats and whether they show dates, shared strings."""

    def __init__(self, formats: Mapping[str, bool], strings: int) -> None:
        self.formats, self.strings = formats, strings


_Fault = tuple[str, str, str]


def _rows(data: Element, known: _Known) -> Iterator[_Fault]:
    last = 0
    for row in data.iterchildren(_ROW):
        number = whole(row, "r") if "r" in row.attrib else last + 1
        if number is None or not 1 <= number <= MAX_ROWS:
            yield "cell-address", f"row {row.get('r')} is no number from 1 to {MAX_ROWS:,}", ""
            continue
        if number <= last:
            yield "row-order", f"row {number} stands after row {last}", f"A{number}"
        last = max(number, last)
        yield from _cells(row, number, known)


def _cells(row: Element, number: int, known: _Known) -> Iterator[_Fault]:
    last = 0
    for cell in row.iterchildren(_CELL):
        address = cell.get("r")
        place = position(address) if address else (number, last + 1)
        if place is None or place[0] != number:
            yield "cell-address", f"{address} is no cell of row {number}", address or ""
            continue
        column = place[1]
        if column > last:
            last = column
        elif column == last:
            yield "cell-twice", f"{address} is there twice", address or ""
        else:
            yield "cell-order", f"{address} stands after a cell to its right", address or ""
        if fault := _fault(cell, known):
            yield *fault, address or ""


def _fault(cell: Element, known: _Known) -> tuple[str, str] | None:
    """Say what is wrong with one cell; its first fault."""
    style = cell.get("s", "0")
    if style not in known.formats:
        return "cell-style", f"has the format {style}, there are {len(known.formats)} (from 0)"
    value, inline, last = None, None, -1
    for child in cell:
        tag = child.tag
        place = _ORDER.get(tag, 9)
        if place <= last:
            return "element-order", "its formula, value and text do not stand in this order, each once"
        last = place
        if tag == _VALUE:
            value = child.text
        elif tag == _INLINE:
            inline = child
    kind = cell.get("t", "n")
    if (inline is not None) != (kind == "inlineStr"):
        return "cell-inline", f'has the type "{kind}" and {"a" if inline is not None else "no"} text of its own'
    if inline is not None:
        return next(faults(inline), None)
    return _value_fault(kind, value, known, is_date=known.formats[style]) if value else None


def _value_fault(kind: str, value: str, known: _Known, *, is_date: bool) -> tuple[str, str] | None:
    if kind == "n":
        return _number_fault(value, is_date=is_date)
    if kind == "s":
        good = value.isdecimal() and value.isascii() and len(value) < 10 and int(value) < known.strings  # noqa: PLR2004
        return None if good else ("cell-string", f"has shared text {value}, there are {known.strings} (from 0)")
    return _other_fault(kind, value)


def _number_fault(value: str, *, is_date: bool) -> tuple[str, str] | None:
    if not _NUMBER.fullmatch(value) or not math.isfinite(number := float(value)):
        return "cell-value", f"{shortened(value)} is no finite number"
    if is_date and not 0 <= number < LAST_DATE:
        return "cell-date", f"{value} is no date between 1900 and 9999 and shows as ####"
    return None


def _other_fault(kind: str, value: str) -> tuple[str, str] | None:
    if kind == "str":
        if reason := too_long(value):
            return "string-length", reason
        return ("string-escape", reason) if "_x" in value and (reason := bad_escape(value)) else None
    if kind == "b":
        return None if value in {"0", "1"} else ("cell-value", f"{shortened(value)} is not 0 or 1, as a boolean is")
    if kind == "e":
        return None if value in ERRORS else ("cell-value", f"{shortened(value)} is no error code of Excel")
    if kind == "d":
        return None if _is_iso_date(value) else ("cell-value", f"{shortened(value)} is no date as 2026-11-21")
    return "cell-value", f'the type "{kind}" does not exist'


def _is_iso_date(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def metadata(book: Book) -> Iterator[Finding]:
    """Require that what cells say of themselves, such as that they hold a dynamic array, is there."""
    root = book.root_of("sheetMetadata")
    for attribute, group in (("cm", "cellMetadata"), ("vm", "valueMetadata")):
        count = 0 if root is None else sum(1 for _ in root.iterfind(f"{MAIN}{group}/{MAIN}bk"))
        for sheet in book.sheets:
            for cell in (
                () if sheet.root is None else sheet.root.iterfind(f"{MAIN}sheetData/{_ROW}/{_CELL}[@{attribute}]")
            ):
                if not 1 <= (whole(cell, attribute) or 0) <= count:
                    what = f"has {attribute} {cell.get(attribute)}, there are {count}"
                    yield sheet.finding("cell-metadata", what, cell.get("r", ""))
