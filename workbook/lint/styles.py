"""Rules of styles: what a cell's format refers to is there. Also which formats show dates."""

import re
from collections.abc import Iterator

from workbook.lint.book import MAIN, Book, Element, whole
from workbook.lint.findings import Finding

FIRST_OWN_FORMAT = 164  # number formats below are built in
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_REFERS = {"fontId": "font", "fillId": "fill", "borderId": "border"}


def style_indices(book: Book) -> Iterator[Finding]:
    """Require that formats refer to fonts, fills, borders and number formats that are there."""
    root = book.root_of("styles")
    if root is None:
        return
    part = next(book.related(book.main, "styles"))
    there = {attribute: _count(root, f"{name}s", name) for attribute, name in _REFERS.items()}
    there["xfId"] = _count(root, "cellStyleXfs", "xf")
    own = _own_formats(root)
    for group in ("cellStyleXfs", "cellXfs"):
        for number, xf in enumerate(_items(root, group, "xf")):
            for attribute, limit in there.items():
                if (index := whole(xf, attribute)) is not None and index >= limit:
                    what = f"format {number} of {group} has {attribute} {index}, there are {limit} (from 0)"
                    yield Finding("style-index", part, what)
            if (index := whole(xf, "numFmtId")) is not None and index >= FIRST_OWN_FORMAT and index not in own:
                yield Finding("number-format", part, f"format {number} of {group} has numFmtId {index}, not defined")
    for style in _items(root, "cellStyles", "cellStyle"):
        if (index := whole(style, "xfId")) is not None and index >= there["xfId"]:
            yield Finding("style-index", part, f"cell style {style.get('name')} has xfId {index}, not defined")


def number_formats(book: Book) -> Iterator[Finding]:
    """Require an id of its own for each number format."""
    root = book.root_of("styles")
    ids = [] if root is None else [node.get("numFmtId", "") for node in _items(root, "numFmts", "numFmt")]
    for twice in {i for i in ids if ids.count(i) > 1}:
        part = next(book.related(book.main, "styles"))
        yield Finding("number-format", part, f"numFmtId {twice} is defined twice")


def cell_formats(book: Book) -> dict[str, bool]:
    """Give every format that a cell may have, as its ``s`` says it, and whether it shows a date."""
    root = book.root_of("styles")
    if root is None:
        return {"0": False}
    own = _own_formats(root)
    dates = _DATES | {number for number, code in own.items() if shows_date(code)}
    return {str(n): whole(xf, "numFmtId") in dates for n, xf in enumerate(_items(root, "cellXfs", "xf"))}


def differential_formats(book: Book) -> int:
    """Count the formats that conditions and tables may refer to."""
    root = book.root_of("styles")
    return 0 if root is None else _count(root, "dxfs", "dxf")


def shows_date(code: str) -> bool:
    """Whether a number format shows a date or a time of day.

    >>> shows_date("yyyy-mm-dd"), shows_date('"Year "0'), shows_date("[Red]0.0"), shows_date("General")
    (True, False, False, False)
    """
    plain = _LITERAL.sub("", code).lower()
    return plain != "general" and any(letter in plain for letter in "ymdhs")


def _own_formats(root: Element) -> dict[int | None, str]:
    return {whole(node, "numFmtId"): node.get("formatCode", "") for node in _items(root, "numFmts", "numFmt")}


def _items(root: Element, group: str, name: str) -> list[Element]:
    node = root.find(f"{MAIN}{group}")
    return [] if node is None else list(node.iterchildren(f"{MAIN}{name}"))


def _count(root: Element, group: str, name: str) -> int:
    return len(_items(root, group, name))
