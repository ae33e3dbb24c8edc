"""References that formualizer does not follow, written as plain ranges: structured references, names of formulas."""

import re

from workbook.areas import Area, cell_name, parse_area
from workbook.formula import rewrite
from workbook.sheets import Sheets, Table

_STRUCTURED = re.compile(r"([^\W\d][\w.\\]*)(?:\[(.*)\])?", re.DOTALL)
_ITEM = re.compile(r"\[((?:[^\[\]']|'.)*)\]", re.DOTALL)


def resolve(sheets: Sheets, row: int, operand: str) -> str | None:
    """Write an operand of a formula as formualizer understands it.

    Parameters
    ----------
    sheets : Sheets
        Names and tables of the workbook.
    row : int
        Row of the formula, for ``[#This Row]``.
    operand : str
        ``Assumptions``, ``tblInputs[#All]``, ``B7``.

    Returns
    -------
    str or None
        None: the operand is good as it is.
    """
    text = sheets.names.get(operand.lower())
    if text is None:
        return _structured(sheets.tables, operand, row)
    plain = rewrite(text, lambda inner: _structured(sheets.tables, inner, row))
    return plain if parse_area(plain) else f"({plain})"


def unfollowed(sheets: Sheets) -> list[str]:
    """Give the names, in lower case, that stand for something else in formulas than formualizer believes."""
    names = [name for name, text in sheets.names.items() if "!" in name or not parse_area(text)]
    return names + [table.name.lower() for table in sheets.tables]


def area_of_name(sheets: Sheets, name: str) -> Area | None:
    """Give the cells of a name that stands for one range."""
    return parse_area(resolve(sheets, 1, name) or "") if name.lower() in sheets.names else None


def _structured(tables: list[Table], operand: str, row: int) -> str | None:
    found = _STRUCTURED.fullmatch(operand)
    table = next((t for t in tables if found and t.name.lower() == found.group(1).lower()), None)
    if found is None or table is None:
        return None
    inside = found.group(2) or ""
    items = _ITEM.findall(inside) or [inside.removeprefix("@")]
    keywords = {item.lower() for item in items if item.startswith("#")} | (
        {"#this row"} if inside[:1] == "@" else set()
    )
    columns = [re.sub(r"'(.)", r"\1", item) for item in items if item and not item.startswith("#")]
    try:
        left, right = _columns(table, columns)
    except ValueError:
        return "#REF!"
    top, bottom = (row, row) if "#this row" in keywords else _rows(table, keywords)
    return text_of(table.area.sheet, (top, left, bottom, right)) if top <= bottom else "#REF!"


def text_of(sheet: str, area: tuple[int, int, int, int]) -> str:
    """Write first row, first column, last row, last column of a sheet as a reference.

    >>> text_of("Cost's", (1, 1, 3, 2))
    "'Cost''s'!A1:B3"
    """
    top, left, bottom, right = area
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{cell_name(top, left)}:{cell_name(bottom, right)}"


def _columns(table: Table, names: list[str]) -> tuple[int, int]:
    left = table.area.column
    headers = [header.lower() for header in table.headers]
    places = [left + headers.index(name.lower()) for name in names]
    return (min(places), max(places)) if places else (left, left + table.area.columns - 1)


def _rows(table: Table, keywords: set[str]) -> tuple[int, int]:
    top, bottom = table.area.row, table.area.row + table.area.rows - 1
    body = (top + table.header_row, bottom - table.totals_row)
    parts = {"#all": (top, bottom), "#headers": (top, body[0] - 1), "#totals": (body[1] + 1, bottom), "#data": body}
    chosen = [parts[keyword] for keyword in keywords if keyword in parts] or [body]
    return min(first for first, _ in chosen), max(last for _, last in chosen)
