"""Reading the CSV file of a table, with everything that is wrong with it at once."""

import csv
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

from engine.catalog.rows import Row
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind

Table = dict[str, tuple[Any, ...]]


def read_table(path: Path, kind: type[Row]) -> Table:
    """Read a table: id to its rows, both in the order of the file.

    Parameters
    ----------
    path : Path
        UTF-8, comma, decimal point; the columns are the attributes of `kind`, in any order.
    kind : type of Row
        Class of the rows.

    Raises
    ------
    Problems
        With every column and cell that cannot be read.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        _check_columns(path.name, list(reader.fieldnames or []), kind)
        found: dict[str, list[Row]] = {}
        problems: list[EngineError] = []
        for record in reader:
            try:
                row = make_row(kind, record, f"{path.name} line {reader.line_num}")
                found.setdefault(row.id, []).append(row)
            except Problems as several:
                problems += several.problems
    if not found and not problems:
        problems.append(
            NotAvailable(f"{path.name} has no row below its header; delete the file to use the shipped one")
        )
    if problems:
        raise Problems(problems)
    return {id_: tuple(same) for id_, same in found.items()}


def make_row(kind: type[Row], record: dict[str, Any], place: str) -> Row:
    """Make a row of the texts of a record; `place` says in errors where they stand."""
    values: dict[str, Any] = {}
    problems: list[EngineError] = []
    for field in fields(kind):
        text = (record[field.name] or "").strip()
        try:
            values[field.name] = text if field.type is str else _number(text, required=field.type is float)
        except EngineError as problem:
            problems.append(type(problem)(f"{place}: {field.name} {problem}"))
    if not values["id"]:
        problems.append(NotAvailable(f"{place}: id is blank; give every row one"))
    if None in record:
        problems.append(WrongKind(f"{place}: more cells than columns; quote texts that hold a comma"))
    if problems:
        raise Problems(problems)
    return kind(**values)


def _check_columns(name: str, header: list[str], kind: type[Row]) -> None:
    asked = [field.name for field in fields(kind)]
    missing, unknown = [c for c in asked if c not in header], [c for c in header if c not in asked]
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has unknown {', '.join(unknown)}"] * bool(unknown)
        raise Problems([WrongKind(f"{name}: the header {' and '.join(parts)}; its columns are {', '.join(asked)}")])


def _number(text: str, *, required: bool) -> float | None:
    if not text:
        if required:
            raise NotAvailable("is blank; this figure is required")
        return None
    try:
        number = float(text)
    except ValueError:
        raise WrongKind(f'is "{text[:60]}", a number is asked (decimal point, no unit)') from None
    if not math.isfinite(number):
        raise OutOfLimits(f"is {text[:60]}, a finite number is asked")
    return number
