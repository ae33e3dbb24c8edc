"""Rules of tables: the part that describes a table and the cells under it say the same."""

from collections import Counter
from collections.abc import Iterator

from engine.errors import counted
from workbook.areas import Area, cell_name
from workbook.lint.book import MAIN, Book, Element, Sheet, area_of, overlap, text_of, twice, whole
from workbook.lint.findings import Finding
from workbook.lint.names import bad_name
from workbook.lint.sheets import merged_areas, overlapping, reference_of
from workbook.lint.styles import differential_formats
from workbook.xmlbytes import read_string

_FORMATS = ("headerRowDxfId", "dataDxfId", "totalsRowDxfId", "tableBorderDxfId", "headerRowBorderDxfId")


def table_names(book: Book) -> Iterator[Finding]:
    """Tables have names and ids of their own, and share none with a defined name."""
    taken = {node.get("name", "").lower() for node in book.defined_names if "localSheetId" not in node.attrib}
    names = Counter(root.get("displayName", "").lower() for *_, root in book.tables)
    ids = Counter(root.get("id") for *_, root in book.tables)
    for sheet, part, root in book.tables:
        name = root.get("displayName", "")
        if reason := bad_name(name):
            yield Finding("table-name", part, f'the table name "{name}" {reason}', sheet.name)
        if names[name.lower()] > 1 or name.lower() in taken:
            yield Finding("table-name", part, f"the name {name} is given to something else as well", sheet.name)
        if ids[root.get("id")] > 1:
            yield Finding("table-name", part, f"{name} has the id {root.get('id')} of another table", sheet.name)


def table_columns(book: Book) -> Iterator[Finding]:
    """Columns have different names, as many as the table is wide, and formats that are there."""
    formats = differential_formats(book)
    for sheet, part, root in book.tables:
        name, area = root.get("displayName", ""), area_of(root.get("ref", ""))
        columns = list(root.iterfind(f"{MAIN}tableColumns/{MAIN}tableColumn"))
        for column in twice([c.get("name", "") for c in columns]):
            yield Finding("table-columns", part, f'the table {name} has two columns named "{column}"', sheet.name)
        for column in twice([c.get("id", "") for c in columns]):
            yield Finding("table-columns", part, f"the table {name} has two columns with the id {column}", sheet.name)
        if area is None or area.columns != len(columns):
            what = f"the table {name} has {counted(len(columns), 'column')} on {root.get('ref')}"
            yield Finding("table-columns", part, what, sheet.name)
        for node in (root, *columns):
            for index in (whole(node, attribute) for attribute in _FORMATS):
                if index is not None and index >= formats:
                    what = f"the table {name} has the format {index}, there are {formats}"
                    yield Finding("table-columns", part, what, sheet.name)


def table_headers(book: Book) -> Iterator[Finding]:
    """Require that the header cells hold the names of the columns as text."""
    for sheet, _, root in book.tables:
        area = area_of(root.get("ref", ""))
        if area is None or root.get("headerRowCount") == "0" or sheet.root is None:
            continue
        cells = _row(sheet, area.row)
        for number, column in enumerate(root.iterfind(f"{MAIN}tableColumns/{MAIN}tableColumn")):
            address = cell_name(area.row, area.column + number)
            shown = _text(book, cells.get(address))
            if shown is None or _plain(shown) != _plain(column.get("name", "")):
                what = f'the column "{column.get("name")}" of {root.get("displayName")} has the header {shown!r}'
                yield sheet.finding("table-header", what, address)


def _row(sheet: Sheet, number: int) -> dict[str, Element]:
    data = sheet.root.find(f"{MAIN}sheetData") if sheet.root is not None else None
    found = next((row for row in (() if data is None else data) if row.get("r") == str(number)), ())
    return {cell.get("r", ""): cell for cell in found}


def _text(book: Book, cell: Element | None) -> str | None:
    """Give the text of a cell; None when it holds none."""
    kind = None if cell is None else cell.get("t")
    if cell is None or kind not in {"s", "str", "inlineStr"}:
        return None
    if kind == "inlineStr":
        return text_of(cell)
    value = cell.findtext(f"{MAIN}v") or ""
    if kind == "str":
        return value
    return book.strings[int(value)] if value.isdecimal() and int(value) < len(book.strings) else None


def _plain(text: str) -> str:
    """Bring escapes and line ends to one form: a table's part escapes line breaks, a cell does not."""
    return read_string(text).replace("\r\n", "\n").replace("\r", "\n")


def table_areas(book: Book) -> Iterator[Finding]:
    """Tables share no cell with each other or with merged cells, and their filters stand on them."""
    for sheet in book.sheets:
        here = [(part, root, area_of(root.get("ref", ""))) for s, part, root in book.tables if s is sheet]
        areas = [area for *_, area in here if area]
        for one, other in overlapping(areas):
            what = f"the tables on {reference_of(one)} and {reference_of(other)} overlap"
            yield sheet.finding("table-overlap", what, cell_name(other.row, other.column))
        for part, root, area in here:
            yield from _one_area(sheet, part, root, area)


def _one_area(sheet: Sheet, part: str, root: Element, area: Area | None) -> Iterator[Finding]:
    name = root.get("displayName", "")
    if area is None:
        yield Finding("area", part, f'the table {name} stands on "{root.get("ref", "")}", which is no area', sheet.name)
        return
    merged = next((other for other in merged_areas(sheet) if overlap(area, other)), None)
    if merged:
        what = f"the table {name} has the merged cells {reference_of(merged)}"
        yield sheet.finding("table-overlap", what, cell_name(merged.row, merged.column))
    least = (root.get("headerRowCount") != "0") + (root.get("totalsRowCount", "0") != "0") + 1
    if area.rows < least:
        yield Finding("area", part, f"the table {name} has {area.rows} rows and needs {least}", sheet.name)
    filters = root.find(f"{MAIN}autoFilter")
    filtered = None if filters is None else area_of(filters.get("ref", ""))
    if filters is not None and (filtered is None or not _inside(filtered, area)):
        yield Finding(
            "area", part, f"the filter of {name} stands on {filters.get('ref')}, not on the table", sheet.name
        )


def _inside(inner: Area, outer: Area) -> bool:
    last = inner.row + inner.rows - 1, inner.column + inner.columns - 1
    return outer.contains(inner.row, inner.column) and outer.contains(*last)
