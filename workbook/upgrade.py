"""`llm-tco upgrade`: the inputs of a workbook of an older version in the workbook of this one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.inputs import assumptions
from workbook import scenarios
from workbook.areas import CellKey, cell_name
from workbook.book import Book
from workbook.bookversion import refuse_newer, version_of
from workbook.cells import Scalar, is_blank
from workbook.inputtable import GENERATED, InputTable
from workbook.locate import shipped
from workbook.newbook import SHIPPED, TEXTS, Entry, filled, of_default
from workbook.package import Package, refuse_open
from workbook.summary import Summary, read, read_inputs, regenerated
from workbook.template import Template

REVIEWED = "sel_Review_date"
"""The day on which prices were looked at: that of the upgrade, as its prices are."""
RENAMED: Mapping[str, str] = MappingProxyType({})
"""Ids of older versions and what they are called now; ids do not change without need, so far none has."""


@dataclass(frozen=True)
class Upgrade:
    """An upgraded workbook.

    Attributes
    ----------
    summary : Summary
        The new workbook, calculated.
    written_by : str
        Version of the engine that wrote the old one; empty when it does not say.
    new : tuple of str
        Ids that the old workbook does not have; they take their default.
    renamed : mapping of str to str
        Ids of the old workbook and what they are called now.
    gone : mapping of str to Scalar
        Ids that no longer exist, with the value that they had.
    formulas : mapping of str to str
        Inputs that held a formula, whose value was taken over, with their cell.
    left_behind : tuple of str
        Sheets of the analyst's own, which stay in the old workbook.
    comments : tuple of str
        Cells of our sheets with a comment, which stays there too.
    """

    summary: Summary
    written_by: str
    new: tuple[str, ...]
    renamed: Mapping[str, str]
    gone: Mapping[str, Scalar]
    formulas: Mapping[str, str]
    left_behind: tuple[str, ...]
    comments: tuple[str, ...]


def upgrade(path: Path, *, date: dt.date, renamed: Mapping[str, str] = RENAMED) -> Upgrade:
    """Carry values, low and high, sources and notes of the workbook at `path` over into the current one.

    Raises
    ------
    NotAvailable
        When a newer version wrote it, or it has no inputs.
    Problems
        Values that are wrong, each with its cell in the new workbook.
    """
    refuse_open(path)
    data = read(path)
    old = Template.compile(data, path.name)
    written_by = version_of(old)
    refuse_newer(old)
    table = read_inputs(data, old)
    current = shipped("templates", SHIPPED).read_bytes()
    names = {renamed.get(id_, id_): id_ for id_ in table.places}
    known = assumptions()
    entries = [_entry(table, names[id_], id_) if id_ in names else of_default(id_) for id_ in known]
    title = str(old.read_values("blk_title")[0][0] or "") if "blk_title" in old.areas else path.stem
    book = _carried(old, table, filled(current, path.name, entries, title, afresh=date))
    result = regenerated(book, path.name, date=date, note=f"taken over from {path.name}, llm-tco {written_by or '?'}")
    ours = Book(Package.read(current, SHIPPED)).sheet_parts
    return Upgrade(
        summary=result,
        written_by=written_by,
        new=tuple(id_ for id_ in known if id_ not in names),
        renamed={before: now for now, before in names.items() if now != before and now in known},
        gone={before: table.cell(before) for now, before in names.items() if now not in known},
        formulas=_formulas(old, table),
        left_behind=tuple(sheet for sheet in old.sheets if sheet not in ours),
        comments=tuple(f"{sheet}!{cell}" for sheet, cell in _comments(Package.read(data, path.name)) if sheet in ours),
    )


def _carried(old: Template, table: InputTable, book: bytes) -> bytes:
    """Take over what is chosen in yellow cells of other sheets, and the figures of the scenario Customer."""
    new = Template.compile(book, SHIPPED)
    cells: dict[CellKey, Scalar] = {}
    for name in (name for name in new.areas if name.startswith("sel_") and name in old.areas and name != REVIEWED):
        before, now = old.areas[name], new.areas[name]
        values = [cell for row in old.read_values(name) for cell in row]
        if (before.rows, before.columns) == (now.rows, now.columns):
            cells |= dict(zip(now.cells(), values, strict=True))
    rows = {str(row[0]): number for number, row in enumerate(new.read_values(scenarios.BLOCK)) if row[0]}
    area = new.areas[scenarios.BLOCK]
    for id_, (key, value) in table.customer.items():
        if id_ in rows:
            place = area.column + key[2] - old.areas[scenarios.BLOCK].column
            cells[area.sheet, area.row + rows[id_], place] = value
            for offset in (3, 4):  # source and date
                written = old.constants.get((key[0], key[1], key[2] + offset))
                cells[area.sheet, area.row + rows[id_], place + offset] = written
    return new.fill(cells, new.contents.cached, new.own_fields)


def _comments(package: Package) -> Iterator[tuple[str, str]]:
    """Give sheet and cell of every comment."""
    book = Book(package)
    for sheet, part in book.sheet_parts.items():
        for kind, target in book.relations_of(part).values():
            if kind == "comments":
                yield from ((sheet, node.attributes.get("ref", "")) for node in book.parse(target).all("comment"))


def _entry(table: InputTable, before: str, now: str) -> Entry:
    """Take over a row; a source of ours goes with the value that it stood for."""
    said = {column.replace("_", " "): table.cell(before, column.replace("_", " ")) for column in TEXTS}
    if isinstance(said["source"], str) and said["source"].startswith(GENERATED):
        said |= dict.fromkeys(("source", "as of", "confidence"))
    texts = {column.replace(" ", "_"): None if is_blank(cell) else str(cell) for column, cell in said.items()}
    return Entry(
        now, table.cell(before, table.typed_column), table.cell(before, "low"), table.cell(before, "high"), **texts
    )


def _formulas(template: Template, table: InputTable) -> dict[str, str]:
    keys = {id_: table.key(id_) for id_ in table.places}
    return {id_: f"{k[0]}!{cell_name(*k[1:])}" for id_, k in keys.items() if k in template.formula_cells and k}
