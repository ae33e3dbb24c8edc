"""What is wrong with a row of customers' data: where it stands, why, and what to write instead."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import EngineError
from engine.inputs import Assumption, assumptions, currency_of, spelt_unit
from workbook.cells import CellError, Scalar


@dataclass(frozen=True)
class Problem:
    """One thing to fix in the data: where it stands, what is wrong with it and what to write instead."""

    row: int
    customer_id: str
    field: str
    value: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        shown = f" {shortened(self.value)}" if self.value else ""
        remedy = f": {self.remedy}" if self.remedy else ""
        if not self.row:  # of the file itself
            return f"{self.value}: {self.reason}{remedy}"
        return f"row {self.row} ({shortened(self.customer_id) or 'no id'}), {self.field}{shown}: {self.reason}{remedy}"


def problem(error: EngineError, row: int, customer_id: str, cells: Mapping[str, Scalar]) -> Problem:
    """Split what the engine says about a row into field, value, reason and remedy."""
    sentence = str(error)
    name = _field_of(sentence, cells)
    reason, _, remedy = sentence.removeprefix(f"{name}: ").partition("; ")
    value = as_text(cells.get(name))
    reason = reason.removeprefix(f"{value} ") if value else re.sub(rf"^{name} (?=is )", "", reason)
    if name and not remedy:
        remedy = remedy_of(assumptions()[name], currency_of(cells))
    return Problem(row, customer_id, name or "(row)", value, reason, remedy)


def _field_of(sentence: str, cells: Mapping[str, Scalar]) -> str:
    """Find the assumption that a sentence is about: named at its start, quoted by value, or named anywhere."""
    named = [name for name in re.findall(r"[a-z][a-z0-9_]+", sentence) if name in assumptions()]
    if named and sentence.startswith(named[0]):
        return str(named[0])
    quoted = [name for name, cell in cells.items() if name in assumptions() and f'"{cell}"' in sentence]
    return (quoted or named or [""])[0]


def remedy_of(assumption: Assumption, currency: str = "money") -> str:
    """Say what may be written instead.

    >>> remedy_of(assumptions()["wacc"]), remedy_of(assumptions()["timing"])
    ('write a number from 0 to 0.5 1/yr', 'write one of end, mid')
    >>> remedy_of(assumptions()["tariff"], "EUR")
    'write a number from 0 to 10 EUR/kWh'
    """
    if assumption.spec.choices:
        return f"write one of {', '.join(assumption.spec.choices)}"
    if assumption.kind == "date":
        return "write it as 2026-11-21"
    if assumption.low is None or assumption.high is None:
        return ""
    unit = f" {spelt}" if (spelt := spelt_unit(assumption, currency)) else ""
    kind = "whole number" if assumption.kind in {"whole", "flag"} else "number"
    return f"write a {kind} from {assumption.low:.15g} to {assumption.high:.15g}{unit}"


def as_text(cell: object) -> str:
    """Write a cell as its user sees it; 7.0 of a spreadsheet is 7."""
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.code
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004  what a cell shows as digits
        return str(int(cell))
    return cell.date().isoformat() if isinstance(cell, dt.datetime) else str(cell)


def shortened(text: str) -> str:
    """Cut a text to what a line of a terminal can show."""
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004  a line of a terminal
