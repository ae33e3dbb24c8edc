"""Rules of rows and cells: order, addresses, formats, values."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from workbook.areas import MAX_ROWS
from workbook.lint.book import MAIN, Book, Element, position, search, whole
from workbook.lint.findings import Finding
from workbook.lint.styles import cell_formats
from workbook.lint.texts import bad_escape, faults, shortened, too_long

ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"}
LAST_DATE = 2_958_466  # the day after 9999-12-31

_ROW, _CELL = f"{MAIN}row", f"{MAIN}c"
_FORMULA, _VALUE, _INLINE = f"{MAIN}f", f"{MAIN}v", f"{MAIN}is"
_ORDER = {_FORMULA: 0, _VALUE: 1, _INLINE: 2, f"{MAIN}extLst": 3}
IN_NUMBERS = "0123456789.eE+-"  # float() takes more: nan, spaces


def cells(book: Book) -> Iterator[Finding]:
    """Rows and cells stand in order, each once, and hold what their type says."""
    known = _Known(cell_formats(book), {str(number) for number in range(len(book.strings))})
    for sheet in book.sheets:
        data = None if sheet.root is None else sheet.root.find(f"{MAIN}sheetData")
        if data is not None:
            for rule, what, address in _rows(data, known):
                yield sheet.finding(rule, what, address)


class _Known:
    """What cells refer to, as they write it: formats and whether they show dates, shared strings."""

    def __init__(self, formats: Mapping[str, bool], strings: AbstractSet[str]) -> None:
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
        if not _is_common(cell, known) and (fault := _fault(cell, known)):
            yield *fault, address or ""


def _is_common(cell: Element, known: _Known) -> bool:
    """Whether a cell is plainly right: blank, a number or a shared text, calculated or not. Nearly every cell is."""
    is_date = known.formats.get(cell.get("s", "0"))
    size = len(cell)
    if is_date is None or size == 0:
        return is_date is not None
    last = cell[-1]
    if last.tag != _VALUE or size > 2 or (size == 2 and cell[0].tag != _FORMULA):  # noqa: PLR2004  formula and value
        return False
    kind, value = cell.get("t"), last.text
    if kind is None and value:
        return _number_fault(value, is_date=is_date) is None
    return kind == "s" and value in known.strings


def _fault(cell: Element, known: _Known) -> tuple[str, str] | None:
    """Say what is wrong with one cell; its first fault."""
    style = cell.get("s", "0")
    is_date = known.formats.get(style)
    if is_date is None:
        return "cell-style", f"has the format {style}, there are {len(known.formats)} (from 0)"
    value, inline, before = None, None, -1
    for child in cell:
        tag = child.tag
        place = _ORDER.get(tag, 9)
        if place <= before:
            return "element-order", "its formula, value and text do not stand in this order, each once"
        before = place
        if tag == _VALUE:
            value = child.text
        elif tag == _INLINE:
            inline = child
    kind = cell.get("t")
    if inline is not None or kind == "inlineStr":
        return _inline_fault(kind, value, inline)
    if not value or (kind == "s" and value in known.strings):
        return None  # also: a cell with a format only, a formula that is not calculated
    if kind is None or kind == "n":
        return _number_fault(value, is_date=is_date)
    check = _TYPED.get(kind)
    return check(value) if check else ("cell-value", f'the type "{kind}" does not exist')


def _inline_fault(kind: str | None, value: str | None, inline: Element | None) -> tuple[str, str] | None:
    if kind != "inlineStr":
        return "cell-inline", f'has a text of its own and the type "{kind}", not inlineStr'
    if inline is None:  # openpyxl writes empty texts so, and Excel reads them
        return ("cell-inline", "has a value and no text, its type is inlineStr") if value else None
    return next(faults(inline), None)


def _number_fault(value: str, *, is_date: bool) -> tuple[str, str] | None:
    try:
        number = math.nan if value.strip(IN_NUMBERS) else float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return "cell-value", f"{shortened(value)} is no finite number"
    if is_date and not 0 <= number < LAST_DATE:
        return "cell-date", f"{value} is no date between 1900 and 9999 and shows as ####"
    return None


def _text_fault(value: str) -> tuple[str, str] | None:
    if reason := too_long(value):
        return "string-length", reason
    return ("string-escape", reason) if "_x" in value and (reason := bad_escape(value)) else None


def _boolean_fault(value: str) -> tuple[str, str] | None:
    return None if value in {"0", "1"} else ("cell-value", f"{shortened(value)} is not 0 or 1, as a boolean is")


def _error_fault(value: str) -> tuple[str, str] | None:
    return None if value in ERRORS else ("cell-value", f"{shortened(value)} is no error code of Excel")


def _date_fault(value: str) -> tuple[str, str] | None:
    return None if _is_iso_date(value) else ("cell-value", f"{shortened(value)} is no date as 2026-11-21")


def _is_iso_date(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_TYPED = {
    "s": lambda value: ("cell-string", f"has shared text {value}, which is not there"),
    "str": _text_fault,
    "b": _boolean_fault,
    "e": _error_fault,
    "d": _date_fault,
}
"""What can be wrong with a value, by the type of its cell; shared texts that are there do not come here."""


def metadata(book: Book) -> Iterator[Finding]:
    """Require that what cells say of themselves, such as that they hold a dynamic array, is there."""
    root = book.root_of("sheetMetadata")
    counts = {
        attribute: 0 if root is None else sum(1 for _ in root.iterfind(f"{MAIN}{group}/{MAIN}bk"))
        for attribute, group in (("cm", "cellMetadata"), ("vm", "valueMetadata"))
    }
    for sheet in book.sheets:
        for attribute, count in counts.items():
            found = [] if sheet.root is None else search(f"m:sheetData/m:row/m:c/@{attribute}/..")(sheet.root)
            for cell in found:
                if not 1 <= (whole(cell, attribute) or 0) <= count:
                    what = f"has {attribute} {cell.get(attribute)}, there are {count}"
                    yield sheet.finding("cell-metadata", what, cell.get("r", ""))
