"""The form of a sheet: its rows and cells without their values, as programs write them.

It is read from the text, and only where every row, cell and formula is plainly right; anything else raises `Doubt`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import unescape

from workbook.areas import MAX_COLUMNS, MAX_ROWS, column_number
from workbook.lint.book import area_of
from workbook.lint.formulas import Facts, facts
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
_KINDS = {"", "n", "s", "b", "e", "str", "inlineStr"}
_QUOTES = {"&quot;": '"', "&apos;": "'"}


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


@lru_cache(maxsize=128)  # eighteen customers as different as the examples have eighty
def read(form: str) -> Form:
    """Read what is left of a sheet without its values."""
    reader = _Reader()
    for token in _TOKEN.findall(form):
        reader.take(*token)
    return reader.form()


class _Reader:
    """Goes through the rows and cells of a sheet in their order."""

    def __init__(self) -> None:
        self.row = self.column = self.metadata = self.slots = 0
        self.is_open = False
        self.styles: set[str] = set()
        self.formulas: set[str] = set()
        self.groups: set[str] = set()
        self.numbers: dict[str, list[int]] = {}
        self.others: dict[str, list[int]] = {}

    def take(
        self, letters: str, digits: str, style: str, number: str, kind: str, about: str, formula: str, value: str,
        row: str, more: str, ends: str, shut: str, _other: str,
    ) -> None:  # fmt: skip
        if letters:
            self._address(letters, digits)
            self._formula(about, formula)
            self._value(style or "0", kind, value)
            self._describe(number)
        elif row:
            if self.is_open or not self.row < int(row) <= MAX_ROWS or not _is_row(more):
                raise Doubt
            self.row, self.column, self.is_open = int(row), 0, not ends
        elif shut and self.is_open:
            self.is_open = False
        else:
            raise Doubt

    def _address(self, letters: str, digits: str) -> None:
        column = _column(letters)
        if not self.is_open or int(digits) != self.row or column <= self.column:
            raise Doubt
        self.column = column

    def _formula(self, about: str, formula: str) -> None:
        if formula:
            self.formulas.add(formula)
        if about and not _is_stated(about, formula, (self.row, self.column), self.groups):
            raise Doubt

    def _value(self, style: str, kind: str, value: str) -> None:
        self.styles.add(style)
        if (kind == "inlineStr") != value.startswith("<is>") or (value and kind not in _KINDS):
            raise Doubt
        if value.startswith("<v>"):
            places = self.numbers.setdefault(style, []) if kind in {"", "n"} else self.others.setdefault(kind, [])
            places.append(self.slots)
            self.slots += 1

    def _describe(self, number: str) -> None:
        if number:
            if number == "0":
                raise Doubt
            self.metadata = max(self.metadata, int(number))

    def form(self) -> Form:
        if self.is_open:
            raise Doubt
        return Form(
            frozenset(self.styles),
            self.metadata,
            _together(self.formulas),
            {style: tuple(slots) for style, slots in self.numbers.items()},
            {kind: tuple(slots) for kind, slots in self.others.items()},
        )


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


def _together(formulas: Iterable[str]) -> Facts:
    found = [facts(unescape(formula, _QUOTES)) for formula in formulas if formula]
    return Facts(
        tuple(fault for one in found for fault in one.faults),
        frozenset().union(*(one.sheets for one in found)),
        frozenset().union(*(one.names for one in found)),
        frozenset().union(*(one.functions for one in found)),
        frozenset().union(*(one.files for one in found)),
    )
