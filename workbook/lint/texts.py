"""Rules of texts, wherever they stand: shared strings, inline strings, comments."""

import re
from collections.abc import Iterator

from workbook.lint.book import MAIN, Book, Element, text_of
from workbook.lint.findings import Finding
from workbook.xmlbytes import MAX_TEXT

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SPACES = " \t\n\r"


def shared_strings(book: Book) -> Iterator[Finding]:
    """Every shared string can stand in a cell and is read as it was meant."""
    root = book.root_of("sharedStrings")
    items = () if root is None else root.iterchildren(f"{MAIN}si")
    for number, (item, text) in enumerate(zip(items, book.strings, strict=True)):
        for rule, what in () if _is_common(item, text) else faults(item):
            yield Finding(rule, next(book.related(book.main, "sharedStrings")), f"text {number} (from 0) {what}")


def _is_common(item: Element, text: str) -> bool:
    """Whether a string is plainly right, as nearly every one is."""
    return bool(
        text
        and text[0] not in _SPACES
        and text[-1] not in _SPACES
        and "_x" not in text
        and len(text) <= MAX_TEXT // 2
        and len(item) == 1
    )


def faults(item: Element) -> Iterator[tuple[str, str]]:
    """Say by rule what is wrong with a string of one or more runs."""
    text = text_of(item)
    if _is_common(item, text):
        return
    if reason := too_long(text):
        yield "string-length", reason
    if "_x" in text and (reason := bad_escape(text)):
        yield "string-escape", reason
    for leaf in item.iter(f"{MAIN}t"):
        inside = leaf.text or ""
        if inside and (inside[0] in _SPACES or inside[-1] in _SPACES) and leaf.get(_SPACE) != "preserve":
            yield "string-space", f"{shortened(inside)} has spaces at an end and does not say that they are kept"
    for run in item.iterchildren(f"{MAIN}r"):
        if not run.findtext(f"{MAIN}t"):
            yield "string-run", "has a formatted run without text"


def too_long(text: str) -> str:
    """Say when a text is longer than a cell holds."""
    if len(text) <= MAX_TEXT // 2:
        return ""
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return f"has {length:,} characters, a cell holds {MAX_TEXT:,}" if length > MAX_TEXT else ""


def bad_escape(text: str) -> str:
    """Say when a text has an escape that Excel would not have written.

    >>> bad_escape("_x000D_"), bad_escape("_x005F_x0041_")
    ('', '')
    >>> bad_escape("_x0041_")
    'shows _x0041_ as A'
    """
    for found in _ESCAPED.finditer(text):
        code = int(found[1], 16)
        if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  halves of characters
            return f"has {found[0]}, half a character"
        if code > 0x20 and code != 0x5F and code < 0xFFFE:  # noqa: PLR2004  printable, and not the underscore itself
            return f"shows {found[0]} as {chr(code)}"
    return ""


def shortened(text: str) -> str:
    """Quote a text so that it fits a line.

    >>> shortened("a" * 50)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'"
    """
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004  part of a terminal's line
