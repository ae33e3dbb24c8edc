"""Rules of the workbook's part: sheets and defined names."""

import re
from collections import defaultdict
from collections.abc import Iterator

from workbook.lint.book import MAIN, Book, Element, position, twice, whole
from workbook.lint.findings import Finding

MAX_SHEET_NAME = 31
MAX_NAME = 255
MAX_SHEET_ID = 65_534

_IN_SHEET_NAME = set("[]:*?/\\")
_LEGAL = re.compile(r"[^\W\d][\w.\\?]*|\\[\w.\\?]*")
_CELL_LIKE = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}|[RrCc]|[Rr][0-9]*[Cc][0-9]*")
_OF_A_SHEET = {"_xlnm.print_area", "_xlnm.print_titles", "_xlnm._filterdatabase"}


def sheet_names(book: Book) -> Iterator[Finding]:
    """Names of sheets are legal and different."""
    names = [sheet.name for sheet in book.sheets]
    for sheet in book.sheets:
        if reason := bad_sheet_name(sheet.name):
            yield Finding("sheet-name", book.main, f'the name "{sheet.name}" {reason}', sheet.name)
    for name in twice(names):
        yield Finding("sheet-name", book.main, f'two sheets are named "{name}"', name)


def bad_sheet_name(name: str) -> str:
    """Say why Excel refuses the name of a sheet; empty when it does not.

    >>> bad_sheet_name("Q1/Q2")
    'has the character /'
    """
    if not name:
        return "is empty"
    length = len(name.encode("utf-16-le")) // 2
    if length > MAX_SHEET_NAME:
        return f"has {length} characters, the limit is {MAX_SHEET_NAME}"
    if bad := sorted(_IN_SHEET_NAME & set(name)):
        return f"has the character {bad[0]}"
    return "begins or ends with an apostrophe" if name[0] == "'" or name[-1] == "'" else ""


def sheet_ids(book: Book) -> Iterator[Finding]:
    """Every sheet has an id of its own and a part of its own."""
    nodes = list(book.roots[book.main].iter(f"{MAIN}sheet"))
    ids = [whole(node, "sheetId") for node in nodes]
    for node, number in zip(nodes, ids, strict=True):
        name = node.get("name", "")
        if number is None or not 1 <= number <= MAX_SHEET_ID:
            yield Finding("sheet-id", book.main, f"sheetId {node.get('sheetId')} is no number from 1 to 65,534", name)
        elif ids.count(number) > 1:
            yield Finding("sheet-id", book.main, f"sheetId {number} is given to more than one sheet", name)
    for part in twice([sheet.part for sheet in book.sheets if sheet.part]):
        yield Finding("sheet-id", book.main, f"two sheets share the part {part}")


def visible_sheets(book: Book) -> Iterator[Finding]:
    """Require a visible sheet, and that the one shown first is visible."""
    if not any(sheet.state == "visible" for sheet in book.sheets):
        yield Finding("visible-sheet", book.main, f"none of the {len(book.sheets)} sheets is visible")
        return
    for view in book.roots[book.main].iter(f"{MAIN}workbookView"):
        tab = whole(view, "activeTab") if view.get("activeTab") else 0
        if tab is None or tab >= len(book.sheets):
            what = f"sheet number {view.get('activeTab')} is shown first, there are {len(book.sheets)} (from 0)"
            yield Finding("active-sheet", book.main, what)
        elif book.sheets[tab].state != "visible":
            yield Finding("active-sheet", book.main, "the sheet shown first is hidden", book.sheets[tab].name)


def defined_names(book: Book) -> Iterator[Finding]:
    """Names are legal, belong to a sheet that is there, and are defined once in their scope."""
    seen: dict[str, set[str]] = defaultdict(set)
    for node in book.defined_names:
        name, scope = node.get("name", ""), node.get("localSheetId", "")
        if name.lower() in seen[scope]:
            yield Finding("name-twice", book.main, f"the name {name} is defined twice", _scope(book, node))
        seen[scope].add(name.lower())
        if reason := bad_name(name):
            yield Finding("name-illegal", book.main, f'the name "{name}" {reason}', _scope(book, node))
        yield from _bad_scope(book, node, name)


def _bad_scope(book: Book, node: Element, name: str) -> Iterator[Finding]:
    number = whole(node, "localSheetId")
    if "localSheetId" in node.attrib and (number is None or number >= len(book.sheets)):
        stated = node.get("localSheetId")
        yield Finding(
            "name-scope", book.main, f"{name} belongs to sheet {stated}, there are {len(book.sheets)} (from 0)"
        )
    elif "localSheetId" not in node.attrib and name.lower() in _OF_A_SHEET:
        yield Finding("name-scope", book.main, f"{name} belongs to no sheet, and each sheet has its own")


def _scope(book: Book, node: Element) -> str:
    number = whole(node, "localSheetId")
    return book.sheets[number].name if number is not None and number < len(book.sheets) else ""


def bad_name(name: str) -> str:
    """Say why Excel refuses a defined name; empty when it does not.

    >>> bad_name("TCO1")
    'reads like a cell address'
    >>> bad_name("in_users"), bad_name("_xlnm.Print_Area")
    ('', '')
    """
    if len(name) > MAX_NAME:
        return f"has {len(name)} characters, the limit is {MAX_NAME}"
    if not _LEGAL.fullmatch(name):
        return "has a character that names do not have"
    return "reads like a cell address" if _is_cell_like(name) else ""


def _is_cell_like(name: str) -> bool:
    return bool(_CELL_LIKE.fullmatch(name)) and (not name[-1].isdigit() or name[0] in "RrCc" or bool(position(name)))
