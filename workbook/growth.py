"""Tables that grow: rows appended to a table that is the last thing on its sheet.

Rows are never inserted: what lies below a table would have to move, and with it every reference to it.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from engine.errors import NotAvailable, OutOfLimits, WrongKind
from workbook.areas import MAX_ROWS, Area, cell_name, corners, parse_area
from workbook.book import Book
from workbook.lengths import Growing, edited, longer_table, longer_texts, sheet_edits
from workbook.package import Package
from workbook.sheetrows import SheetCell, SheetRow, formula_texts, merged_areas, moved, rows_of
from workbook.xmlbytes import Node, escape, parse, without

_Texts: TypeAlias = Mapping[tuple[int, int], str]


def grown(data: bytes, rows: Mapping[str, int], name: str = "the workbook") -> bytes:
    """Make room in tables.

    Parameters
    ----------
    data : bytes
        An .xlsx or .xlsm file.
    rows : mapping of str to int
        How many rows the table shall hold whose body a name stands for: ``{"blk_items": 57}``. Tables that are long
        enough stay as they are.
    name : str
        How errors call the file.

    Returns
    -------
    bytes
        The file, to be compiled as a template; new rows have the formats and formulas of the table's last one.

    Raises
    ------
    NotAvailable
        When there is no such name.
    WrongKind
        When the name is no body of a table, or something lies below the table, or a formula refers to its length.
    """
    for title, count in rows.items():
        data = _grown(data, title, count, name)
    return data


def _grown(data: bytes, title: str, count: int, name: str) -> bytes:
    book = Book(Package.read(data, name))
    where = f"{name}, {title}"
    table = _table(book, title, count, where)
    if table.more <= 0:
        return data
    if table.last + table.more > MAX_ROWS:
        raise OutOfLimits(f"{where}: {count:,} items, a sheet has {MAX_ROWS:,} rows; give fewer items")
    _check_nothing_below(book, table, where)
    changes = {table.part: longer_table(book.parse(table.part), table)}
    for sheet, part in book.sheet_parts.items():
        root = book.parse(part)
        edits = list(sheet_edits(root, sheet, table, where))
        if part == table.sheet_part:
            edits += _row_edits(root, table, where)
        changes[part] = edited(root.data, edits)
    charts = [part for part, kind in book.types.items() if kind.endswith("drawingml.chart+xml")]
    for part, names in [*((chart, ("f",)) for chart in charts), (book.main, ("definedName",))]:
        root = book.parse(part)
        changes[part] = edited(root.data, list(longer_texts(root, names, "", table)))
    return book.package.write(changes, _without_chain(book, changes))


def _table(book: Book, title: str, count: int, where: str) -> Growing:
    node = next((n for n in book.root.all("definedName") if n.attributes["name"] == title), None)
    if node is None:
        raise NotAvailable(f"{where}: there is no such name; define it in Excel (Formulas, Name Manager)")
    area = parse_area(node.text)
    for part, sheet, root in _tables(book):
        top, left, bottom, right = corners(root.attributes["ref"])
        if root.attributes.get("totalsRowCount", "0") != "0":
            continue  # the totals would have to move
        header = int(root.attributes.get("headerRowCount", "1"))
        whole = Area(sheet, top, left, bottom - top + 1, right - left + 1)
        body = Area(sheet, top + header, left, bottom - top + 1 - header, right - left + 1)
        if area == body:
            return Growing(part, sheet, book.sheet_parts[sheet], whole, body, count - body.rows)
    raise WrongKind(
        f"{where}: {node.text} is not the body of a table without totals row; name all rows of the table below its "
        "header, or keep to the rows that the block has"
    )


def _tables(book: Book) -> Iterator[tuple[str, str, Node]]:
    for sheet, part in book.sheet_parts.items():
        for kind, target in book.relations_of(part).values():
            if kind == "table":
                yield target, sheet, book.parse(target)


def _check_nothing_below(book: Book, table: Growing, where: str) -> None:
    """Refuse to write over what lies below the table."""
    root = book.parse(table.sheet_part)
    data = root.child("sheetData")
    below = [
        cell_name(row.number, cell.column)
        for row in (rows_of(data) if data else ())
        for cell in row.cells
        if row.number > table.last and (cell.formula or cell.node.child("v") or cell.node.child("is"))
    ]
    below += [cell_name(bottom, right) for _, _, bottom, right in merged_areas(root) if bottom > table.last]
    below += [
        node.attributes["ref"]
        for _, sheet, node in _tables(book)
        if sheet == table.sheet and corners(node.attributes["ref"])[0] > table.last
    ]
    if below:
        raise WrongKind(f"{where}: {table.sheet}!{below[0]} lies below the table; put it beside or above the table")


def _row_edits(root: Node, table: Growing, where: str) -> list[tuple[int, int, bytes]]:
    """Append copies of the table's last row, in place of formatted blank cells that are there already."""
    data = root.child("sheetData")
    rows = list(rows_of(data)) if data else []
    model = next((row for row in rows if row.number == table.last), None)
    if model is None:
        raise WrongKind(f"{where}: the last row of the table has no cells; type a line there and save the template")
    texts = formula_texts(rows)
    end = table.last + table.more
    new = b"".join(_copied_row(model, number, table, texts, where) for number in range(table.last + 1, end + 1))
    taken = [row for row in rows if table.last < row.number <= end]
    edits = [(model.node.end, model.node.end, new), *((row.node.start, row.node.end, b"") for row in taken)]
    if dimension := root.child("dimension"):
        top, left, bottom, right = corners(dimension.attributes["ref"])
        extent = f"{cell_name(top, left)}:{cell_name(max(bottom, end), right)}".encode()
        edits.append((dimension.start, dimension.end, b'<%sdimension ref="%s"/>' % (dimension.prefix, extent)))
    return edits


def _copied_row(model: SheetRow, number: int, table: Growing, texts: _Texts, where: str) -> bytes:
    cells = [
        _copied_cell(model.number, number, cell, texts, where) for cell in model.cells if cell.column in table.columns
    ]
    tag = model.node.prefix + b"row"
    attributes = without(model.node.raw_attributes, b"r", b"hidden")
    return b'<%s r="%d"%s>%s</%s>' % (tag, number, attributes, b"".join(cells), tag)


def _copied_cell(row: int, number: int, cell: SheetCell, texts: _Texts, where: str) -> bytes:
    """Copy format and formula of a cell into another row; its value is not copied."""
    prefix = cell.node.prefix
    origin, target = cell_name(row, cell.column), cell_name(number, cell.column)
    attributes = without(cell.node.raw_attributes, b"r", b"t", b"cm", b"vm")
    start = b'<%sc r="%s"%s' % (prefix, target.encode(), attributes)
    if cell.formula is None:
        return start + b"/>"
    if cell.formula.attributes.get("t", "normal") not in {"normal", "shared"}:
        raise WrongKind(f"{where}: {origin} is an array formula, which no table can repeat; use a plain formula")
    formula = escape(moved(texts[row, cell.column], origin, target))
    return start + b"><%sf>%s</%sf></%sc>" % (prefix, formula, prefix, prefix)


def _without_chain(book: Book, changes: dict[str, bytes]) -> tuple[str, ...]:
    """Leave out the order of calculation, which lacks the new formulas; Excel makes its own."""
    chain = next((target for kind, target in book.relations.values() if kind == "calcChain"), None)
    if chain is None:
        return ()
    for part, attribute, ending in (
        (book.relations_part(book.main), "Target", chain.rpartition("/")[2]),
        ("[Content_Types].xml", "PartName", chain),
    ):
        root = parse(changes.get(part) or book.package.part(part), part)
        gone = [node for node in root.children if node.attributes.get(attribute, "").endswith(ending)]
        changes[part] = edited(root.data, [(node.start, node.end, b"") for node in gone])
    return (chain,)
