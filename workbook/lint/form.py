"""The form of a sheet: its rows and cells without their values, as programs write them.

It is read from the text, and only where every row, cell and formula is plainly right; anything else raises `Doubt`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from operator import lt, or_

from workbook.areas import MAX_COLUMNS, MAX_ROWS, column_number
from workbook.lint.book import area_of
from workbook.lint.formulas import Facts
from workbook.lint.shapes import together
from workbook.lint.sheets import MAX_HEIGHT

GAP = "\1"  # stands for a value that was taken out; no XML has this character
_TOKEN = re.compile(
    r'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,5})")?(?: cm="([0-9]{1,5})")?(?: t="([a-zA-Z]+)")?(?:/>|>'
    r"(?:<f([^<>]*?)(?:/>|>([^<]*)</f>))?"
    rf'(<v>{GAP}</v>|<is><t xml:space="preserve">{GAP}</t></is>)?</c>)'
    r'|<row r="([1-9][0-9]{0,6})"((?: (?:x14ac:)?[A-Za-z]+="[^"<>&]*")*)(/?)>'
    r"|(</row>)|(.)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r' ([A-Za-z0-9:]+)="([^"<>&]*)"')
_ARRAY = re.compile(r' t="array"(?: aca="[01]")? ref="([A-Z0-9:]+)"')
_SHARED = re.compile(r' t="shared"(?: ref="([A-Z0-9:]+)")? si="([0-9]{1,6})"')
_VALUE, _INLINE = f"<v>{GAP}</v>", f'<is><t xml:space="preserve">{GAP}</t></is>'
_HOLDING = {(kind, value) for kind in ("", "n", "s", "b", "e", "str") for value in ("", _VALUE)}
_HOLDING |= {("inlineStr", _INLINE)}
"""Types of cells with what such a cell may hold."""


class Doubt(Exception):
    """Something that only the long way can judge."""


@dataclass(frozen=True)
class Form:
    """A sheet's rows and cells without their values.

    Attributes
    ----------
    styles : frozenset of str
        Formats of the cells, as they write them.
    metadata : int
        Highest number of what cells say of themselves.
    needs : Facts
        What all formulas together refer to.
    numbers : mapping of str to tuple of int
        Places of numbers among the values, by format.
    others : mapping of str to tuple of int
        Places of the other values, by type.
    """

    styles: frozenset[str]
    metadata: int
    needs: Facts
    numbers: dict[str, tuple[int, ...]]
    others: dict[str, tuple[int, ...]]


_forms: dict[bytes, Form] = {}  # by the hash of their text, which is too long to keep
_KEPT = 256  # eighteen customers as different as the examples have eighty


def read(form: str) -> Form:
    """Read what is left of a sheet without its values, or remember it."""
    digest = hashlib.sha256(form.encode()).digest()
    if digest not in _forms:
        found = _read(form)
        if len(_forms) >= _KEPT:
            forget()
        _forms[digest] = found
    return _forms[digest]


def forget() -> None:
    """Read every form anew from now on."""
    _forms.clear()


def _read(form: str) -> Form:
    tokens = _TOKEN.findall(form)
    letters, digits, styles, described, kinds, abouts, formulas, values, rows, more, ends, shut, others = (
        zip(*tokens, strict=True) if tokens else [()] * 13
    )
    if any(others) or not all(map(_is_row, set(more))) or not {*zip(kinds, values, strict=True)} <= _HOLDING:
        raise Doubt
    groups: set[str] = set()
    for place in compress(range(len(abouts)), abouts):
        cell = (int(digits[place]), _column(letters[place]))
        if not _is_stated(abouts[place], formulas[place], cell, groups):
            raise Doubt
    _check_order(letters, digits, rows, ends, shut)
    metadata = {int(number) for number in set(described) if number}
    if 0 in metadata:
        raise Doubt
    numbers, typed = _places(styles, kinds, values)
    formats = frozenset(style or "0" for style in set(compress(styles, letters)))
    return Form(formats, max(metadata, default=0), together(set(filter(None, formulas))), numbers, typed)


def _check_order(
    letters: Sequence[str], digits: Sequence[str], rows: Sequence[str], ends: Sequence[str], shut: Sequence[str]
) -> None:
    """Require rows from top to bottom, in each its own cells from left to right."""
    row, start, opened = 0, 0, False
    for place in compress(range(len(rows)), map(or_, map(bool, rows), map(bool, shut))):
        if start < place:  # cells stand before
            columns = list(map(_column, letters[start:place]))
            if not opened or {*digits[start:place]} != {str(row)} or not all(map(lt, columns, columns[1:])):
                raise Doubt
        if opened is not bool(shut[place]) or (rows[place] and not row < int(rows[place]) <= MAX_ROWS):
            raise Doubt
        row, opened = int(rows[place] or row), bool(rows[place]) and not ends[place]
        start = place + 1
    if opened or start < len(rows):
        raise Doubt


def _places(
    styles: Sequence[str], kinds: Sequence[str], values: Sequence[str]
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Give the places of numbers among the values by format, those of others by type."""
    numbers: dict[str, list[int]] = {}
    typed: dict[str, list[int]] = {}
    stated = [value == _VALUE for value in values]
    for slot, (style, kind) in enumerate(zip(compress(styles, stated), compress(kinds, stated), strict=True)):
        if kind in {"", "n"}:
            numbers.setdefault(style or "0", []).append(slot)
        else:
            typed.setdefault(kind, []).append(slot)
    return _frozen(numbers), _frozen(typed)


def _frozen(places: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(slots) for key, slots in places.items()}


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    number = column_number(letters)
    if number > MAX_COLUMNS:
        raise Doubt
    return number


def _is_stated(about: str, formula: str, cell: tuple[int, int], groups: set[str]) -> bool:
    """Whether an array formula fills an area around its cell, or a shared one is stated here or above."""
    if shared := _SHARED.fullmatch(about):
        if formula:
            groups.add(shared[2])
        return area_of(shared[1] or "") is not None if formula else shared[2] in groups
    found = _ARRAY.fullmatch(about)
    area = area_of(found[1]) if found else None
    return area is not None and area.contains(*cell)


@lru_cache(maxsize=1024)
def _is_row(attributes: str) -> bool:
    """Whether a row says nothing twice and is no higher than rows can be."""
    found = _ATTRIBUTE.findall(attributes)
    said = dict(found)
    try:
        return len(said) == len(found) and "r" not in said and 0 <= float(said.get("ht", "0")) <= MAX_HEIGHT
    except ValueError:
        return False
