"""What an update changes: figures of the catalogue, and results of customers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine import prices, tco
from engine.catalog import Row
from engine.catalog.tables import OVERRIDES, rows
from engine.errors import EngineError
from workbook.catalogcare.importing import Imported, figures
from workbook.catalogcare.place import catalogue
from workbook.cells import from_engine_error
from workbook.customers import Customer

Figure = float | str | None


@dataclass(frozen=True)
class Change:
    """A figure before and after; None where there is none."""

    where: str
    field: str
    before: Figure
    after: Figure

    @property
    def relative(self) -> float | None:
        """After over before, less 1."""
        if isinstance(self.before, float) and isinstance(self.after, float) and self.before:
            return self.after / self.before - 1
        return None

    @property
    def sentence(self) -> str:
        """The change in one line."""
        moved = f" ({self.relative:+.1%})" if self.relative is not None else ""
        return f"{self.where}: {self.field} {_shown(self.before)} -> {_shown(self.after)}{moved}"


def _shown(value: Figure) -> str:
    return "none" if value is None else f"{value:,.10g}" if isinstance(value, float) else value or "blank"


def of_import(imported: Imported) -> list[Change]:
    """Set imported rows against the newest ones in use."""
    in_use = _listed if imported.table == "api" else _newest
    known = set(prices.ids()) if imported.table == "api" else set(rows(imported.table))
    return [
        change
        for row in imported.rows
        for change in _of_row(imported.table, row, in_use(imported.table, row) if row.id in known else None)
    ]


def _listed(_table: str, row: Row) -> dict[str, Any]:
    return prices.record(row.id)


def _newest(table: str, row: Row) -> dict[str, Any] | None:
    same = [r for r in rows(table)[row.id] if getattr(r, "region", "") == getattr(row, "region", "")]
    return figures(max(same, key=lambda r: r.as_of)) if same else None


def _of_row(table: str, row: Row, before: dict[str, Any] | None) -> list[Change]:
    where = " ".join(filter(None, (table, row.id, getattr(row, "region", ""))))
    if before is None:
        return [Change(where, "row", None, f"new, {row.as_of}")]
    after = figures(row)
    return [Change(where, name, before[name], after[name]) for name in after if after[name] != before[name]]


def of_tables(old: str, new: str) -> list[Change]:
    """Compare the rows of two catalogues; a row is told by its id, region and date."""
    before, after = _all_rows(old), _all_rows(new)
    changes: list[Change] = []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        where = " ".join(filter(None, key))
        if was is None or now is None:
            changes.append(Change(where, "row", *(None if row is None else "there" for row in (was, now))))
        else:
            changes += [Change(where, name, was[name], now[name]) for name in now if was[name] != now[name]]
    return changes


def _all_rows(name: str) -> dict[tuple[str, ...], dict[str, Any]]:
    with catalogue(name):
        return {
            (table, row.id, getattr(row, "region", ""), row.as_of): figures(row)
            for table in OVERRIDES
            for same in rows(table).values()
            for row in same
        }


def of_results(customers: Iterable[Customer], old: str, new: str, measure: str = "tco") -> tuple[list[Change], int]:
    """Evaluate every option of every customer with both catalogues.

    Returns
    -------
    changes : list of Change
        Results that differ; an error shows its code and sentence.
    same : int
        How many do not.
    """
    everyone = list(customers)
    before, after = (_results(everyone, name, measure) for name in (old, new))
    changes = [
        Change(key, measure, value, after[key]) for key, value in before.items() if value != after[key]
    ]  # fmt: skip
    return changes, len(before) - len(changes)


def _results(customers: list[Customer], name: str, measure: str) -> dict[str, Figure]:
    with catalogue(name):
        return {
            f"{customer.id} {option}": _result(customer, option, measure)
            for customer in customers
            for option in customer.inputs.option_ids
        }


def _result(customer: Customer, option: str, measure: str) -> Figure:
    try:
        value = tco.evaluate(customer.inputs, option).measure(measure)
    except EngineError as error:
        return f"{from_engine_error(error).code} {error}"
    return value if isinstance(value, float) else str(value)
