"""Finding a row of a table: by id, by date, and for rented instances by region; in the shipped catalogue or another."""

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from engine.catalog.files import read_table
from engine.catalog.rows import ApiPrice, CloudInstance, Energy, Gpu, Licence, Llm, Row, Salary, Server
from engine.errors import NotAvailable

R = TypeVar("R", bound=Row)
Table = dict[str, tuple[Any, ...]]

FILES: dict[str, tuple[str, type[Row]]] = {
    "gpu": ("gpus.csv", Gpu),
    "llm": ("llms.csv", Llm),
    "server": ("servers.csv", Server),
    "cloud": ("cloud.csv", CloudInstance),
    "licence": ("licences.csv", Licence),
    "energy": ("energy.csv", Energy),
    "salary": ("salaries.csv", Salary),
}
OVERRIDES = FILES | {"api": ("api.csv", ApiPrice)}
"""Tables that another folder can hold; shipped token prices are the price book's."""
SHIPPED = Path(__file__).parent
MOST_LISTED = 8  # candidates in an error sentence

# A variable of the context, not of the module: what another thread or a cell evaluates meanwhile reads the shipped one.
_instead: ContextVar[Mapping[str, Table]] = ContextVar("tables read instead of the shipped ones")
_NONE: Mapping[str, Table] = MappingProxyType({})


def rows(table: str) -> Table:
    """Give a table: id to its rows, both in the order of the file."""
    return _instead.get(_NONE).get(table) or _shipped(table)


@cache
def _shipped(table: str) -> Table:
    return read_table(SHIPPED / FILES[table][0], FILES[table][1]) if table in FILES else {}


@contextmanager
def using(place: Path) -> Iterator[None]:
    """Read the tables of another place inside this block; those that it does not hold are the shipped ones.

    Parameters
    ----------
    place : Path
        A folder with files named as the shipped ones, or one such file; read once, on entry.

    Raises
    ------
    NotAvailable
        When the place holds no table.
    Problems
        With every cell that cannot be read: file, row, column, value.

    Examples
    --------
    >>> with using(SHIPPED):
    ...     newest(known("gpu", "h100-sxm"), None).tdp_w
    700.0
    """
    token = _instead.set(read_tables(place))
    try:
        yield
    finally:
        _instead.reset(token)


def read_tables(place: Path) -> dict[str, Table]:
    """Read the tables that a folder holds, or the one that a file is, by name of the table."""
    files = {table: place / name if place.is_dir() else place for table, (name, _) in OVERRIDES.items()}
    held = {t: path for t, path in files.items() if path.is_file() and path.name.lower() == OVERRIDES[t][0]}
    if not held:
        names = ", ".join(name for name, _ in OVERRIDES.values())
        raise NotAvailable(f"{place} holds no table of a catalogue: it is asked for one or more of {names}")
    return {table: read_table(path, OVERRIDES[table][1]) for table, path in held.items()}


def find(table: str, id_: str, as_of: dt.date | None = None) -> Any:  # noqa: ANN401  the row type follows the table
    """Find the newest row of an id, at or before `as_of`."""
    return newest(known(table, id_), as_of)


def known(table: str, id_: str) -> tuple[Any, ...]:
    """Find all rows of an id, in any case, or say which ids come close."""
    found = rows(table).get(id_.strip().lower())
    if not found:
        raise NotAvailable(f'no {table} "{id_}" in the catalogue{suggestion(id_, rows(table))}')
    return found


def newest(same: Sequence[R], as_of: dt.date | None) -> R:
    """Of rows that differ in their date only, choose the newest at or before `as_of`; the newest without it."""
    dated = at_or_before(same, as_of)
    if not dated:
        oldest = min(same, key=lambda row: row.as_of)
        raise NotAvailable(
            f"{oldest.id} has no row at or before {as_of} in the catalogue; its oldest is of {oldest.as_of}"
        )
    return max(dated, key=lambda row: row.as_of)


def at_or_before(same: Sequence[R], as_of: dt.date | None) -> Sequence[R]:
    """Leave out rows that are newer than `as_of`; a month or a year counts from its first day."""
    # as text 2024 < 2024-01 < 2024-01-01, so a period begins before its days
    return same if as_of is None else [row for row in same if row.as_of <= as_of.isoformat()]


def cloud_row(id_: str, region: str | None, as_of: dt.date | None) -> CloudInstance:
    """Find an instance by id or bare name (``id@region`` as one text too), region and date."""
    name, _, at = id_.partition("@")
    same: Sequence[CloudInstance] = known("cloud", _qualified(name))
    wanted = (region or at).strip().lower()
    dated = at_or_before(same, as_of)
    if not dated:
        return newest(same, as_of)  # raises, with the sentence about the date
    here = _in_region(dated, wanted or _first_us_region(dated))
    if not here:
        raise NotAvailable(f'{same[0].id} has no price in region "{wanted}"; the catalogue has {_regions(dated)}')
    return newest(here, as_of)


def suggestion(id_: str, ids: Iterable[str]) -> str:
    """Name the ids that contain the text, or else look like it; the end of an error sentence."""
    wanted, ids = id_.strip().lower(), list(ids)
    close = [i for i in ids if wanted and wanted in i][:MOST_LISTED] or difflib.get_close_matches(wanted, ids, 3, 0.5)
    return f"; did you mean {', '.join(close)}?" if close else ""


def _qualified(name: str) -> str:
    """Complete a bare instance name with its provider when only one offers it."""
    bare = name.strip().lower()
    fitting = [id_ for id_ in rows("cloud") if id_.partition("/")[2] == bare]
    if len(fitting) > 1:
        raise NotAvailable(f'"{name}" is offered by several providers: write {" or ".join(fitting)}')
    return fitting[0] if fitting else bare


def _in_region(same: Sequence[CloudInstance], region: str) -> Sequence[CloudInstance]:
    return [row for row in same if row.region == region] or [row for row in same if row.region == "all"]


_US = re.compile(r"us\b|us-|.*us\d?$")  # us, us-east-1, us-central1 and Azure's eastus2


def _first_us_region(same: Sequence[CloudInstance]) -> str:
    regions = [row.region for row in same]
    return next((region for region in regions if _US.match(region)), regions[0])


def _regions(same: Sequence[CloudInstance]) -> str:
    return ", ".join(dict.fromkeys(row.region for row in same))
