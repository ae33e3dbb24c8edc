"""Prices from elsewhere as rows of our tables, beside those that are there."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from engine import prices
from engine.catalog import Row
from engine.catalog.files import make_row
from engine.catalog.tables import OVERRIDES, SHIPPED, rows
from engine.errors import EngineError, NotAvailable, Problems, WrongKind, counted
from workbook.catalogcare import litellm, skypilot

FILLED = ("source", "as_of", "confidence")
"""Columns that a plain table may lack: the command line gives them, and confidence is then low."""


@dataclass(frozen=True)
class Imported:
    """The rows of a file, the table they belong to, and what was left out."""

    table: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def read(path: Path, *, as_of: str, provider: str = "", source: str = "", table: str = "") -> Imported:
    """Read a SkyPilot catalogue (CSV), litellm's list (JSON) or a plain table (CSV).

    Parameters
    ----------
    path : Path
        The file.
    as_of : str
        Day of its prices, ISO 8601, which such files do not carry; in plain tables for rows without their own.
    provider : str
        Of a SkyPilot catalogue, whose files do not name it.
    source : str
        Where the prices come from; blank: format and file name.
    table : str
        Table of a plain CSV whose columns fit more than one.

    Raises
    ------
    EngineError
        When the file is none of these, or a row cannot be read.
    """
    text = _text(path)
    if path.suffix.lower() == ".json":
        found, notes = litellm.convert(_json(path, text), source or f"litellm price list, {path.name}", as_of)
        return _some(path, Imported("api", tuple(found), tuple(notes)))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = reader.fieldnames or []
    if set(header) >= skypilot.COLUMNS:
        if not provider:
            raise NotAvailable(f"{path.name} is a SkyPilot catalogue, which does not name its provider: --provider aws")
        origin = source or f"SkyPilot catalogue, {provider} {path.name}"
        instances, notes = skypilot.convert(reader, provider, origin, as_of)
        return _some(path, Imported("cloud", tuple(instances), tuple(notes)))
    given = {"source": source, "as_of": as_of, "confidence": "low"}
    chosen = table or _table_of(path, header)
    return _some(path, Imported(chosen, tuple(_plain(path, reader, chosen, given)), ()))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise WrongKind(f"{path.name} is not UTF-8; save it as CSV UTF-8") from None


def _json(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongKind(f"{path.name} is no JSON: {error}") from None
    if not litellm.is_price_list(content):
        raise WrongKind(f"{path.name} is not litellm's price list: no model in it has a litellm_provider")
    return dict(content)


def _table_of(path: Path, header: Sequence[str]) -> str:
    """Find the one table that has all these columns, or all of whose columns these are."""
    columns = {table: {field.name for field in fields(kind)} for table, (_, kind) in OVERRIDES.items()}
    fitting = [table for table, names in columns.items() if header and set(header) <= names]
    complete = [table for table in fitting if columns[table] - {*FILLED, "note"} <= set(header)]
    if len(fitting) == 1 or len(complete) == 1:
        return (complete or fitting)[0]
    if fitting:
        raise NotAvailable(f"{path.name}: its columns fit the tables {', '.join(fitting)}; say which: --table")
    if len(header) == 1 and ";" in header[0]:
        raise WrongKind(f"{path.name}: cells are separated by semicolons; save it with commas and decimal points")
    closest = max(columns, key=lambda table: len(columns[table] & set(header)))
    unknown = [name for name in header if name not in columns[closest]]
    raise WrongKind(
        f"{path.name} fits no table; the closest is {closest}, which has no {', '.join(unknown[:5]) or 'empty header'} "
        f"but {', '.join(sorted(columns[closest]))}"
    )


def _plain(path: Path, reader: "csv.DictReader[str]", table: str, given: dict[str, str]) -> list[Row]:
    kind = OVERRIDES[table][1]
    found: list[Row] = []
    problems: list[EngineError] = []
    for record in reader:
        full: dict[str, Any] = {field.name: "" for field in fields(kind)} | dict(record)
        full |= {name: full[name] or given[name] for name in FILLED}
        full["id"] = full["id"].strip().lower()
        try:
            found.append(make_row(kind, full, f"{path.name} line {reader.line_num}"))
        except Problems as several:
            problems += several.problems
    if problems:
        raise Problems(problems)
    return found


def _some(path: Path, imported: Imported) -> Imported:
    if not imported.rows:
        why = "; ".join(imported.notes) or "no line below the header"
        raise NotAvailable(f"{path.name} gives no row of a table: {why}")
    return imported


def known_only(imported: Imported) -> Imported:
    """Leave out the ids that the catalogue, or the price book, does not have."""
    known = set(prices.ids()) if imported.table == "api" else set(rows(imported.table))
    kept = tuple(row for row in imported.rows if row.id in known)
    left = len(imported.rows) - len(kept)
    notes = (*imported.notes, f"{counted(left, 'row')} left out: not in the catalogue") if left else imported.notes
    return Imported(imported.table, kept, notes)


def merged(imported: Imported) -> list[Row]:
    """Give the table in use with the imported rows: in the place of rows of the same date, else after them."""
    table = {_key(row): row for same in rows(imported.table).values() for row in same}
    return list((table | {_key(row): row for row in imported.rows}).values())


def _key(row: Row) -> tuple[str, str, str]:
    return row.id, getattr(row, "region", ""), row.as_of


def write(found: Iterable[Row], path: Path) -> None:
    """Write rows as the CSV file of their table, whole or not at all; never into the shipped catalogue."""
    if path.resolve().parent == SHIPPED:
        raise WrongKind(f"{path} is the shipped catalogue; write elsewhere and name that folder where it shall count")
    written = list(found)
    names = [field.name for field in fields(written[0])]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(value) for value in astuple(row)] for row in written)
    temporary.replace(path)


def _cell(value: float | str | None) -> str:
    return f"{value:.15g}" if isinstance(value, float | int) else value or ""


def figures(row: Row) -> dict[str, Any]:
    """Give what a row says beside its provenance."""
    return {name: value for name, value in asdict(row).items() if name not in {*FILLED, "note"}}
