"""The short way for sheets as programs write them: tested as text, without a tree of their rows and cells.

A sheet is taken apart into its form, which is all but its values, and the values. The files of a batch share most of
their forms, so that a form is read once and only the values are looked at in every file. The short way never says what
is wrong: whatever it is not sure of goes the long way, through the rules.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from workbook.lint.book import MAIN, Book, Element, area_of, is_xml, local_name
from workbook.lint.cells import ERRORS, IN_NUMBERS, LAST_DATE
from workbook.lint.form import GAP, Doubt, Form, read
from workbook.lint.formulas import Known
from workbook.lint.styles import cell_formats
from workbook.xmlbytes import MAX_TEXT, hardened_parser

_OPEN, _CLOSE = b"<sheetData>", b"</sheetData>"
_CONTROLS = bytes(sorted({*range(32)} - {9, 10}))
_FORBIDDEN = ((b"]", b"]]>"), (b"\xef", b"\xef\xbf\xbe"), (b"\xef", b"\xef\xbf\xbf"))
"""What no text has in XML, with its first byte, which is quicker to look for."""
_ENTITY = re.compile(rb"&(?:amp|lt|gt|quot|apos);")
_ENCODING = re.compile(rb"""encoding=["'](?!utf-8["'])""", re.IGNORECASE)

_VALUE, _TEXT = re.compile(r"<v>([^<]*)"), re.compile(r'<t xml:space="preserve">([^<]*)')


@dataclass(frozen=True)
class Grid:
    """Form and values of a sheet; texts are those that stand in their cells."""

    form: Form
    values: list[str]
    texts: list[str]


def parse(contents: Mapping[str, bytes]) -> tuple[dict[str, Element], list[Grid]]:
    """Parse every XML part, of sheets only what stands around their rows, and the headers of tables.

    Raises
    ------
    Doubt
        When a part is no XML, or a sheet is not written as programs write them.
    """
    parts = {part: content for part, content in contents.items() if is_xml(part)}
    sheets = {part: content for part, content in parts.items() if _OPEN in content}
    roots = {part: _tree(content) for part, content in parts.items() if part not in sheets}
    tables = [area_of(root.get("ref", "")) for root in roots.values() if local_name(root) == "table"]
    headed = {area.row for area in tables if area}
    grids = []
    for part, content in sheets.items():
        rest, grid = skimmed(content, headed)
        roots[part] = _tree(rest)
        is_declared = "x14ac" in roots[part].nsmap or b" x14ac:" not in content
        if roots[part].find(f"{MAIN}sheetData") is None or not is_declared:
            raise Doubt
        grids.append(grid)
    return {part: roots[part] for part in parts}, grids


@lru_cache(maxsize=48)
def _tree(content: bytes) -> Element:
    """Parse a part, or what is left of it; the files of a batch have most of them in common."""
    from lxml import etree

    try:
        return etree.fromstring(content, hardened_parser())
    except (etree.XMLSyntaxError, ValueError):
        raise Doubt from None


def skimmed(content: bytes, kept: Iterable[int]) -> tuple[bytes, Grid]:
    """Take the rows out of a sheet, all but some.

    Parameters
    ----------
    content : bytes
        A part that has rows.
    kept : iterable of int
        Rows to leave where they are.

    Raises
    ------
    Doubt
        When it is not written as programs write it.
    """
    start, end = content.find(_OPEN), content.rfind(_CLOSE)
    body = content[start + len(_OPEN) : end]
    if (
        end < start
        or _ENCODING.search(content, 0, start)
        or any(first in body and all_of in body for first, all_of in _FORBIDDEN)
    ):
        raise Doubt
    if len(body.translate(None, _CONTROLS)) != len(body) or body.count(b"&") != len(_ENTITY.findall(body)):
        raise Doubt
    try:
        form, values = _taken_out(_VALUE, "<v>", body.decode())
    except UnicodeDecodeError:
        raise Doubt from None
    form, texts = _taken_out(_TEXT, '<t xml:space="preserve">', form)
    left = (re.search(rb'<row r="%d"[ >].*?</row>' % row, body, re.DOTALL) for row in sorted(kept))
    rest = b"".join(found[0] for found in left if found)
    return content[: start + len(_OPEN)] + rest + content[end:], Grid(read(form), values, texts)


def _taken_out(place: re.Pattern[str], tag: str, text: str) -> tuple[str, list[str]]:
    pieces = place.split(text)
    return f"{tag}{GAP}".join(pieces[::2]), pieces[1::2]


def is_sound(book: Book, grids: Collection[Grid]) -> bool:
    """Whether no rule would find anything in the rows and cells of these sheets of a workbook."""
    if book.root_of("calcChain") is not None:
        return False
    formats, known, strings = cell_formats(book), Known(book), _numbered(len(book.strings))
    described = book.root_of("sheetMetadata")
    metadata = 0 if described is None else sum(1 for _ in described.iterfind("{*}cellMetadata/{*}bk"))
    dates = frozenset(style for style, is_date in formats.items() if is_date)
    return all(
        grid.form.styles <= formats.keys()
        and grid.form.metadata <= metadata
        and known.has_all(grid.form.needs)
        and _is_filled(grid, dates, strings)
        for grid in grids
    )


@lru_cache(maxsize=8)
def _numbered(count: int) -> frozenset[str]:
    """Give the numbers of shared texts as cells write them, and the blank of a text that is not calculated."""
    return frozenset(("", *map(str, range(count))))


def _is_filled(grid: Grid, dates: frozenset[str], strings: frozenset[str]) -> bool:
    """Whether every value is what the type of its cell says."""
    values, form = grid.values, grid.form
    numbers = {style: [values[slot] for slot in slots if values[slot]] for style, slots in form.numbers.items()}
    others = {kind: [values[slot] for slot in slots] for kind, slots in form.others.items()}
    return (
        _are_numbers([value for written in numbers.values() for value in written])
        and all(_are_numbers(numbers[style], LAST_DATE) for style in dates & numbers.keys())
        and strings.issuperset(others.get("s", ()))
        and {"", "0", "1"}.issuperset(others.get("b", ()))
        and {"", *ERRORS}.issuperset(others.get("e", ()))
        and not any(len(text) > MAX_TEXT // 2 or "_x" in text for text in (*others.get("str", ()), *grid.texts))
    )


def _are_numbers(written: list[str], end: int | None = None) -> bool:
    """Whether these are finite numbers, and dates when there is an end of them."""
    if not written:
        return True
    if "".join(written).strip(IN_NUMBERS):  # float() takes more: nan, spaces, 1_2
        return False
    try:
        found = list(map(float, written))
    except ValueError:
        return False
    least, most = min(found), max(found)
    return -math.inf < least and most < math.inf and (end is None or 0 <= least <= most < end)
