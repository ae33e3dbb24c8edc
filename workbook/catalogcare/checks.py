"""What a reader of the catalogue must know: wrong, out of range, stale, doubtful."""

import datetime as dt
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from engine import prices
from engine.catalog import CloudInstance, Gpu, Row
from engine.catalog.tables import OVERRIDES, rows
from workbook.catalogcare.limits import (
    AGEING,
    ENOUGH_OTHERS,
    FAR_FROM_OTHERS,
    LIMITS,
    MEMORY_TOLERANCE,
    ORDERED,
)

WRONG, DOUBTFUL = "wrong", "doubtful"
CONFIDENCES = ("high", "medium", "low", "derived")
_DATE = re.compile(r"(20\d\d)(?:-(0[1-9]|1[0-2])(?:-([0-2]\d|3[01]))?)?")


@dataclass(frozen=True)
class Finding:
    """One thing to put right (wrong) or to verify (doubtful)."""

    severity: str
    table: str
    id: str
    where: str
    """Region and date of the row."""
    field: str
    value: str
    reason: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The finding in one line."""
        row = " ".join(filter(None, (self.id, self.where)))
        return f"{self.severity}: {self.table} {row}: {self.field} {self.value}: {self.reason}; {self.remedy}"


def check(as_of: dt.date, max_age: int) -> list[Finding]:
    """Check every row of the catalogue in use, wrong ones first.

    Parameters
    ----------
    as_of : date
        The day on which the age of a figure is taken.
    max_age : int
        Age from which the newest figure of an id is stale. [day]
    """
    found = list(chain.from_iterable(_table(table, as_of, max_age) for table in OVERRIDES))
    found += _price_book(as_of, max_age)
    return sorted(found, key=lambda finding: finding.severity != WRONG)


def _table(table: str, as_of: dt.date, max_age: int) -> Iterator[Finding]:
    every = [row for same in rows(table).values() for row in same]
    for row in every:
        yield from _provenance(table, row, as_of)
        yield from _ranges(table, row)
        yield from _order(table, row)
    if table in AGEING:
        yield from _stale(table, every, as_of, max_age)
    if table == "cloud":
        yield from chain.from_iterable(_gpu_of(row) for row in every)
        yield from _far_from_others(every)


def _provenance(table: str, row: Row, as_of: dt.date) -> Iterator[Finding]:
    if not row.source.strip():
        yield _finding(WRONG, table, row, "source", "has no source", "say where the figures come from")
    day = first_day(row.as_of)
    if day is None:
        yield _finding(WRONG, table, row, "as_of", "is no date", "write 2026, 2026-10 or 2026-10-03")
    elif day > as_of:
        yield _finding(WRONG, table, row, "as_of", f"is after {as_of}", "correct the date, or check at a later one")
    if row.confidence not in CONFIDENCES:
        yield _finding(WRONG, table, row, "confidence", f"is none of {', '.join(CONFIDENCES)}", "choose one of them")
    elif row.confidence in {"low", "derived"}:
        why = "recalled or illustrative" if row.confidence == "low" else "calculated, not published"
        yield _finding(DOUBTFUL, table, row, "confidence", why, "verify it before a customer sees it")


def first_day(text: str) -> dt.date | None:
    """Read a date, or the first day of a month or a year; None when it is neither.

    >>> first_day("2026-10"), first_day("2026-13")
    (datetime.date(2026, 10, 1), None)
    """
    found = _DATE.fullmatch(text.strip())
    try:
        return dt.date(*(int(part or 1) for part in found.groups())) if found else None
    except ValueError:
        return None


def _ranges(table: str, row: Row) -> Iterator[Finding]:
    for field, (low, high) in LIMITS.get(table, {}).items():
        value = getattr(row, field)
        if value is not None and not low <= value <= high:
            reason = f"is outside {low:g} to {high:g}, what is believable there"
            yield _finding(WRONG, table, row, field, reason, "look for a slip in unit, decimal or column")


def _order(table: str, row: Row) -> Iterator[Finding]:
    for lower, upper in ORDERED.get(table, ()):
        a, b = getattr(row, lower), getattr(row, upper)
        if a is not None and b is not None and a > b:
            yield _finding(WRONG, table, row, lower, f"is above {upper} {b:g}", "look for swapped columns")


def _stale(table: str, every: list[Row], as_of: dt.date, max_age: int) -> Iterator[Finding]:
    newest: dict[tuple[str, str], Row] = {}
    for row in every:
        key = (row.id, getattr(row, "region", ""))
        if key not in newest or row.as_of > newest[key].as_of:
            newest[key] = row
    for row in newest.values():
        day = first_day(row.as_of)
        if day is not None and (as_of - day).days > max_age:
            reason = f"{(as_of - day).days} days old on {as_of}, more than {max_age}"
            yield _finding(DOUBTFUL, table, row, "as_of", reason, "add a row with a newer figure")


def _gpu_of(row: CloudInstance) -> Iterator[Finding]:
    if row.on_demand is not None and row.on_demand_per_gpu is not None:
        share = row.on_demand / row.gpus
        if abs(row.on_demand_per_gpu - share) > share * 1e-3:
            reason = f"is not on_demand / gpus, {share:.6g}"
            yield _finding(WRONG, "cloud", row, "on_demand_per_gpu", reason, "correct one of the three")
    if not row.gpu_id:
        return
    found: tuple[Gpu, ...] = rows("gpu").get(row.gpu_id, ())
    if not found:
        yield _finding(WRONG, "cloud", row, "gpu_id", "is not in the table gpu", "leave it blank or add the GPU")
    elif abs(row.gpu_mem_gb - found[-1].mem_gb) > MEMORY_TOLERANCE * found[-1].mem_gb:
        reason = f"{row.gpu_id} has {found[-1].mem_gb:g} GB"
        yield _finding(WRONG, "cloud", row, "gpu_mem_gb", reason, "correct the GPU or its memory")


def _far_from_others(every: list[CloudInstance]) -> Iterator[Finding]:
    """Find prices far from those of the same GPU elsewhere: most often that of a host without its GPUs."""
    priced = [(row, row.on_demand / row.gpus) for row in every if row.gpu_id and row.on_demand is not None]
    for row, price in priced:
        others = [theirs for other, theirs in priced if other.gpu_id == row.gpu_id and other.id != row.id]
        if len(others) < ENOUGH_OTHERS:
            continue
        median = statistics.median(others)
        if not median / FAR_FROM_OTHERS <= price <= median * FAR_FROM_OTHERS:
            reason = f"{price:.3g} a GPU-hour, elsewhere {median:.3g} for {row.gpu_id}"
            remedy = "is it the host without its GPUs?" if price < median else "is it for more GPUs than the row has?"
            yield _finding(DOUBTFUL, "cloud", row, "on_demand", reason, remedy)


def _price_book(as_of: dt.date, max_age: int) -> Iterator[Finding]:
    age = (as_of - prices.PRICE_BOOK_DATE).days
    if age > max_age:
        yield Finding(
            DOUBTFUL, "api", "price book", "", "as_of", prices.PRICE_BOOK_DATE.isoformat(),
            f"{age} days old on {as_of}, more than {max_age}", "install a newer release, or import token prices",
        )  # fmt: skip


def _finding(severity: str, table: str, row: Row, field: str, reason: str, remedy: str) -> Finding:
    value = getattr(row, field)
    shown = f"{value:.6g}" if isinstance(value, float) else f'"{value}"'
    where = " ".join(filter(None, (getattr(row, "region", ""), row.as_of)))
    return Finding(severity, table, row.id, where, field, shown, reason, remedy)
