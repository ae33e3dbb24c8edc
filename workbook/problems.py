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
    """Split what the engine says about a row into field, value, reason and remedy.

    >>> str(problem(EngineError("users 0.0 is too few; hire"), 3, "a", {"users": 0.0}))
    'row 3 (a), users 0: is too few: hire'
    >>> str(problem(EngineError("tpot_limit 0.01 s: 8 x l4 need 0.2 s; wait"), 3, "a", {"tpot_limit": 0.01}))
    'row 3 (a), tpot_limit 0.01: 8 x l4 need 0.2 s: wait'
    >>> str(problem(EngineError("tpot_limit 0.05 s (the default): 8 x l4 need 0.2 s; wait"), 3, "a", {}))
    'row 3 (a), tpot_limit: 0.05 s (the default): 8 x l4 need 0.2 s: wait'
    """
    sentence = str(error)
    name = _field_of(sentence, cells)
    value = as_text(cells.get(name))
    # field and value stand before the reason: what opens a sentence is not said twice
    again = r"\S+( s)?: |(\S+ )?(?=is )" if value else r"(?=is |\d)"
    said = rf"^{name}(: ({re.escape(value)} (?=is ))?| ({again}))"
    reason, _, remedy = (re.sub(said, "", sentence) if name else sentence).partition("; ")
    if name and not tells_what_to_do(sentence):
        remedy = remedy_of(assumptions()[name], currency_of(cells))
    return Problem(row, customer_id, name or "(row)", value, reason, remedy)


def tells_what_to_do(sentence: str) -> bool:
    """Whether a sentence of the engine ends with a remedy: the limits of a figure would contradict it.

    >>> tells_what_to_do("3 GPUs do not divide 32 heads: use 2 or 4 GPUs"), tells_what_to_do("users: 0.5 is no number")
    (True, False)
    """
    return "; " in sentence or re.search(r"[:,] (use|set|write|type|choose|shorten|give) ", sentence) is not None


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
