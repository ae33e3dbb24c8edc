"""One customer, one workbook: values for the names of a template, calculated, filled.

The template's native formulas calculate every cost line. Written here are the inputs in use with their sources, the
fleet by year as the engine sizes it, and the engine's own results, which the sheet Checks holds against the formulas.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine import tco
from engine.case import Case
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import OPTION_IDS, Inputs, assumptions
from engine.resolve import Resolved, resolve
from engine.result import MEASURES, Result
from engine.sizing import Fleet
from workbook.areas import Area, CellKey
from workbook.cells import CellError, Scalar, to_scalar
from workbook.customers import Customer
from workbook.headless import Calculator
from workbook.template import Template

HEADLINES = ("tco", "per_user_month")
"""Measures of every option that the manifest and the index show."""
SIZING: Mapping[str, Callable[[Fleet], Any]] = {
    "blk_replicas": lambda fleet: fleet.replicas,
    "blk_gpus": lambda fleet: fleet.gpus_needed,
    "blk_nodes": lambda fleet: fleet.nodes_needed,
    "blk_capacity_rps": lambda fleet: fleet.capacity_rps,
}
"""What the engine states of the fleet, for the years 1..N; what follows from it, formulas of the template work out."""
PROVENANCE = {"src": "source", "asof": "as_of", "conf": "confidence"}
"""What is said about every input, by the prefix of a cell's name and in the order of the block blk_sources."""
_OPTION_ROWS = re.compile(rf"blk_rows_({'|'.join(OPTION_IDS)})(_\w+)?")
_ENGINE_RESULT = re.compile(rf"out_engine_({'|'.join(OPTION_IDS)})_(\w+)")
_NOT_SET = Resolved(None, "not set", "", "")


@dataclass(frozen=True)
class Contents:
    """What a customer's proposal says, before it is put into a template.

    Attributes
    ----------
    in_use : mapping of str to Resolved
        Every assumption with its value in use and its source.
    results : mapping of str to Result
        The engine's results of the options asked for.
    """

    customer: Customer
    in_use: Mapping[str, Resolved]
    fleet: Fleet
    results: Mapping[str, Result]

    @property
    def inputs(self) -> Inputs:
        """The customer's assumptions."""
        return self.customer.inputs

    @cached_property
    def figures(self) -> dict[str, float]:
        """Headline figures as ``<option>_<measure>``."""
        return {f"{o}_{m}": float(getattr(r, m)[0]) for o, r in self.results.items() for m in HEADLINES}

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know beside the figures."""
        doubtful = [name for name, found in self.in_use.items() if found.confidence == "low"]
        sentence = [f"low confidence, to be confirmed before use: {', '.join(doubtful)}"] if doubtful else []
        return (*dict.fromkeys(w for result in self.results.values() for w in result.warnings), *sentence)

    @cached_property
    def fields(self) -> dict[str, str]:
        """Texts for the placeholders."""
        as_of = self.in_use["prices_as_of"].value
        return {
            **self.customer.fields,
            "customer_id": self.customer.id,
            "customer_name": self.customer.name,
            "customer_label": _shortened(self.customer.name, 60),
            "proposal_date": self.customer.proposal_date.isoformat(),
            "prices_as_of": as_of.isoformat() if isinstance(as_of, dt.date) else str(as_of),
            "engine_version": engine.__version__,
            "currency": str(self.inputs.currency).upper(),
            "tax_basis": next(iter(self.results.values())).tax_basis,
        }


@dataclass(frozen=True)
class Proposal:
    """A finished workbook and what the manifest says about it."""

    data: bytes
    figures: Mapping[str, float]
    warnings: tuple[str, ...]


class Proposals:
    """A compiled template and its calculator, for any number of customers."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.template = Template.compile(data, name)
        self._calculator: Calculator | None = None
        self._names = _bindings(self.template)

    @staticmethod
    def load(path: str | Path) -> "Proposals":
        """Compile the template at `path`, once for each content in a process."""
        path = Path(path)
        try:
            return _compiled(path.name, path.read_bytes())
        except OSError as error:
            raise NotAvailable(f"{path}: the template cannot be read ({error.strerror})") from None

    def contents(self, customer: Customer) -> Contents:
        """Work out what the proposal says.

        Raises
        ------
        Problems
            Options that are asked for and cannot be computed, each with its reason; texts that the template needs.
        """
        found = contents(customer)
        missing = [field for field in self.template.fields if field not in found.fields]
        if missing:
            raise Problems(
                [
                    NotAvailable(f"{self.template.name} has {{{{{m}}}}} and the row no column x_{m}; add it")
                    for m in missing
                ]
            )
        return found

    def make(self, customer: Customer) -> Proposal:
        """Calculate and fill the workbook of one customer.

        Raises
        ------
        EngineError
            When an option cannot be computed, a value does not fit the template, or a formula shows an error.
        """
        says = self.contents(customer)
        inputs = {key: value for name, area in self._names for key, value in _cells(says, name, area)}
        inputs |= dict(_sources(self.template, says))
        if self._calculator is None:
            self._calculator = Calculator(self.data)
        caches = self._calculator.calculate({**self.template.field_values(says.fields), **inputs})
        _refuse_errors(self.template, caches)
        rows, columns = _hidden_rows(self.template, says), _hidden_years(self.template, says)
        data = self.template.fill(inputs, caches, says.fields, rows, columns)
        return Proposal(data, says.figures, says.warnings)


@lru_cache(maxsize=8)
def _compiled(name: str, data: bytes) -> Proposals:
    return Proposals(data, name)


def contents(customer: Customer) -> Contents:
    """Work out what a customer's proposal says, whatever the template.

    Raises
    ------
    Problems
        Every option that is asked for and cannot be computed, with its reason.
    """
    inputs = customer.inputs
    results: dict[str, Result] = {}
    problems: list[EngineError] = []
    for option in inputs.option_ids:
        try:
            results[option] = _computed(inputs, option)
        except EngineError as error:
            if str(error) not in map(str, problems):  # own servers and the cloud miss the same figure
                problems.append(error)
    if problems:
        raise Problems(problems)
    in_use = {name: _or_none(partial(resolve, inputs, name)) or _NOT_SET for name in assumptions()}
    return Contents(customer, in_use, Fleet(Case(inputs)), results)


def _computed(inputs: Inputs, option: str) -> Result:
    """Evaluate an option down to its headline figures, so that whatever is missing is found here."""
    result = tco.evaluate(inputs, option)
    with np.errstate(over="ignore", invalid="ignore"):
        for measure in HEADLINES:
            if not np.isfinite(getattr(result, measure)).all():
                raise OutOfLimits(f"{option}: {measure} is beyond all numbers; check the rates and the counts")
    return result


def _or_none(figure: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the figure is
    """Give a figure, or None where the inputs do not say it: options that are not asked for stay blank."""
    try:
        return figure()
    except EngineError:
        return None


def _bindings(template: Template) -> list[tuple[str, Area]]:
    """Find the names of a template that are ours to fill, and refuse those that nothing fills."""
    known = assumptions()
    ours: list[tuple[str, Area]] = []
    problems: list[EngineError] = []
    for name, area in template.areas.items():
        prefix, _, rest = name.partition("_")
        if prefix in {"in", "src", "asof", "conf"}:
            if rest not in known:
                problems.append(
                    WrongKind(f"{template.name}: the name {name} stands for no assumption; delete or rename it")
                )
            ours.append((name, area))
        elif name in SIZING or name == "blk_warnings" or _is_result(name):
            ours.append((name, area))
    if not any(name.startswith("in_") for name, _ in ours):
        problems.append(WrongKind(f"{template.name} has no name that begins with in_, so nothing can be filled in"))
    if problems:
        raise Problems(problems)
    return ours


def _is_result(name: str) -> bool:
    found = _ENGINE_RESULT.fullmatch(name)
    return found is not None and found[2] in MEASURES


def _cells(says: Contents, name: str, area: Area) -> Iterator[tuple[CellKey, Scalar]]:
    """Give the cells that a name binds, with their values; cells without a value are blanked."""
    prefix, _, rest = name.partition("_")
    if prefix == "in":
        values: Sequence[Scalar] = [says.in_use[rest].value]
    elif prefix in {"src", "asof", "conf"}:
        values = [getattr(says.in_use[rest], PROVENANCE[prefix]) or None]
    elif name == "blk_warnings":
        values = _fitting(says.warnings, area)
    elif name in SIZING:
        sized = _or_none(partial(SIZING[name], says.fleet))
        values = [] if sized is None else sized[0].tolist()
    else:
        option, measure = _ENGINE_RESULT.fullmatch(name).groups()  # type: ignore[union-attr]  # that is how it got here
        values = [float(getattr(says.results[option], measure)[0])] if option in says.results else []
    for number, key in enumerate(area.cells()):
        yield key, to_scalar(values[number]) if number < len(values) else None


def _sources(template: Template, says: Contents) -> Iterator[tuple[CellKey, Scalar]]:
    """Put source, date and confidence of every input into its row of the block blk_sources."""
    block = template.areas.get("blk_sources")
    if block is None:
        return
    for name, found in says.in_use.items():
        cell = template.areas.get(f"in_{name}")
        if cell and cell.sheet == block.sheet and block.row <= cell.row < block.row + block.rows:
            for column, attribute in enumerate(list(PROVENANCE.values())[: block.columns], block.column):
                yield (block.sheet, cell.row, column), getattr(found, attribute) or None


def _fitting(lines: Sequence[str], area: Area) -> list[Scalar]:
    """Put lines into the first column of a block; what does not fit is counted in its last line."""
    shown = list(lines)
    if len(shown) > area.rows:
        rest = len(shown) - area.rows + 1
        shown = [*shown[: area.rows - 1], f"and {rest} more warnings; they stand in the manifest"]
    return [cell for line in shown for cell in (line, *[None] * (area.columns - 1))]


def _refuse_errors(template: Template, caches: Mapping[CellKey, Scalar]) -> None:
    """Refuse to write a workbook that shows an error."""
    wrong = [(key, value) for key, value in caches.items() if isinstance(value, CellError)]
    if wrong:
        (sheet, row, column), error = wrong[0]
        name = next((n for n, a in template.areas.items() if a.sheet == sheet and a.contains(row, column)), "a formula")
        raise WrongKind(
            f"{template.name}, sheet {sheet}, row {row}, column {column} ({name}) shows {error.code} for these inputs, "
            f"as do {len(wrong) - 1} other cells; check the template's formulas"
        )


def _hidden_years(template: Template, says: Contents) -> dict[str, Collection[int]]:
    """Columns of the years beyond the horizon, wherever a name blk_years... marks the years 0..15."""
    horizon = int(says.inputs.horizon or 0)
    hidden: dict[str, set[int]] = {}
    for name, area in template.areas.items():
        if name.startswith("blk_years"):
            hidden.setdefault(area.sheet, set()).update(range(area.column + horizon + 1, area.column + area.columns))
    return {sheet: columns for sheet, columns in hidden.items() if columns}


def _hidden_rows(template: Template, says: Contents) -> dict[str, Collection[int]]:
    """Rows of the options that are not asked for, and of purchases that the horizon leaves no year for."""
    horizon = int(says.inputs.horizon or 0)
    hidden: dict[str, set[int]] = {}
    for name, area in template.areas.items():
        option = _OPTION_ROWS.fullmatch(name)
        if option and option[1] not in says.results:
            hidden.setdefault(area.sheet, set()).update(range(area.row, area.row + area.rows))
        elif name.startswith("blk_purchases_"):
            hidden.setdefault(area.sheet, set()).update(range(area.row + horizon, area.row + area.rows))
    return {sheet: rows for sheet, rows in hidden.items() if rows}


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
