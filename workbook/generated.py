"""What the engine writes into an analyst's workbook: the cells of the names blk_, out_engine_ and meta_, no others."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

import engine
from engine import memory, prices, tco
from engine.analysis.stack import Base
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, all_of, each
from engine.inputs import OPTION_IDS, Inputs, assumptions
from engine.options import OPTIONS
from engine.resolve import Resolved, resolve
from engine.result import MEASURES, Result
from engine.review import refused
from workbook import pricelist, scenarios, sensitivity
from workbook.areas import Area, CellKey
from workbook.binding import SIZING, SPLIT, bindings, cells
from workbook.cells import Scalar, to_scalar
from workbook.cellslots import serial_number
from workbook.contents import Contents, or_none
from workbook.customers import Customer
from workbook.inputtable import AS_BLANK, GENERATED, NUMERIC, InputTable
from workbook.statements import STATED
from workbook.template import Template

WRITTEN = ("out_engine_",)
"""Results that the sheets show beside their own."""
MEASURE_ROWS = (*MEASURES, "ratio", "saving")
LINE_ROWS = 22  # room for the total cost, the cost lines and the cost of capital
_MEASURE_LABELS = {
    "tco": "Total cost of ownership (TCO)",
    "npv": "Net present cost",
    "total": "Total, undiscounted",
    "capex": "Purchases and set-up",
    "opex": "Running costs",
    "eac": "Equivalent annual cost",
    "year1": "Running costs of year 1",
    "per_user_month": "TCO per user and month",
    "per_query": "TCO per query",
    "per_mtok": "TCO per million tokens",
    "ratio": "Against the cheapest",
    "saving": "Saving of the cheapest against it",
}
_NOT_SET = Resolved(None, "not set", "", "")


@dataclass(frozen=True)
class Run:
    """One calculation of an analyst's workbook.

    Attributes
    ----------
    table : InputTable
        The inputs with their addresses.
    says : Contents
        Values in use, fleet and results of the options that can be computed.
    failures : mapping of str to EngineError
        Options that are asked for and cannot be computed.
    scenarios : Outcome
        Costs of the options in every scenario.
    """

    table: InputTable
    says: Contents
    failures: Mapping[str, EngineError]
    scenarios: scenarios.Outcome

    @property
    def warnings(self) -> list[str]:
        """Sentences for the reader: options that are missing first."""
        reasons: dict[str, list[str]] = {}
        for option, error in self.failures.items():
            reasons.setdefault(str(error), []).append(OPTIONS[option].label)
        missing = [f"{' and '.join(labels)} not computed: {reason}" for reason, labels in reasons.items()]
        return [*missing, *self.says.warnings, *self.scenarios.reasons]

    def in_use(self, id_: str) -> Scalar:
        """Give what the sheet shows as in use: typed, else resolved; what is not set counts as 0 or stays blank."""
        if not self.table.is_left_blank(id_):
            value = self.table.cell(id_)
            return float(value) if isinstance(value, bool) else value
        value = self.resolved(id_)
        if value is None and assumptions()[id_].kind in NUMERIC and id_ not in AS_BLANK:
            return 0.0
        return value

    def resolved(self, id_: str) -> Scalar:
        """Give what a blank value stands for: the catalogue's figure, the default, or nothing."""
        if id_ in AS_BLANK:
            return None
        value = to_scalar(self.looked_up(id_).value)
        return serial_number(value, id_) if isinstance(value, dt.date) else value

    def looked_up(self, id_: str) -> Resolved:
        """Give the figure of the catalogue, or the default, for an input that is left blank."""
        inputs = self.says.inputs
        return or_none(lambda: resolve(inputs.replaced(**{id_: None}), id_)) or _NOT_SET


def calculated(table: InputTable, title: str, date: dt.date) -> Run:
    """Calculate every option that the inputs ask for; one that cannot be computed does not stop the others.

    Raises
    ------
    Problems
        What is wrong with the inputs, cell by cell.
    """
    inputs = table.inputs()
    results, failures = computed(inputs)
    if not results:
        raise Problems([table.placed(reason) for reason in each(all_of([*failures.values(), *refused(inputs)]))])
    customer = Customer(row=0, id="", name=title, proposal_date=date, inputs=inputs)
    outcome = scenarios.outcome(table, list(results))
    return Run(table, Contents(customer, Base(inputs), results), failures, outcome)


def computed(inputs: Inputs) -> tuple[dict[str, Result], dict[str, EngineError]]:
    """Work out the options that the inputs ask for, or why one cannot be computed."""
    results: dict[str, Result] = {}
    failures: dict[str, EngineError] = {}
    for option in inputs.option_ids:
        try:
            results[option] = _computed(inputs, option)
        except EngineError as error:
            failures[option] = error
    return results, failures


def _computed(inputs: Inputs, option: str) -> Result:
    result = tco.evaluate(inputs, option)
    with np.errstate(over="ignore", invalid="ignore"):
        if not np.isfinite(result.tco).all() or not np.isfinite(result.npv).all():
            raise OutOfLimits(f"{option}: the cost is beyond all numbers; check the rates and the counts")
    return result


def generated(template: Template, run: Run, date: dt.date) -> dict[CellKey, Scalar]:
    """Give every cell that a run writes, the log apart; None blanks a cell.

    Raises
    ------
    NotAvailable
        When the workbook has no cells for any of it.
    """
    areas = template.areas
    names = [
        (name, area)
        for name, area in bindings(template)
        if name in SIZING or name in SPLIT or name in STATED or name.startswith(WRITTEN)
    ]
    written = cells(names, run.says)
    blocks: dict[str, Sequence[Sequence[Scalar]]] = {
        "blk_warnings": _listed(run.warnings, areas.get("blk_warnings")),
        "blk_measures": [_row(_MEASURE_LABELS[m], _unit(run, m), _measures(run, m)) for m in MEASURE_ROWS],
        "blk_lines": _lines(run),
        "blk_scenarios": run.scenarios.costs,
        "blk_weights_gb": [[or_none(partial(_weights, run))]],
        "blk_last_inputs": last_inputs(run, areas.get("blk_last_inputs")),
        "meta_engine_version": [[engine.__version__]],
        "meta_prices_as_of": [[prices.PRICE_BOOK_DATE.isoformat()]],
        "meta_run_date": [[date.isoformat()]],
        **{f"blk_prices_{p.table}": _prices(p, run) for p in pricelist.LISTS},
    }
    question = sensitivity.asked(template)
    if question is not None:
        blocks |= sensitivity.answered(run.says.inputs, question)
    for name, rows in blocks.items():
        if name in areas:
            written |= dict(_filled(areas[name], rows))
    if not written:
        raise NotAvailable(
            f"{template.name} has no names that llm-tco writes (blk_..., out_engine_...); start from llm-tco new, or "
            "take a sheet with them over from there"
        )
    return written | dict(_resolved(run, areas.get("blk_resolved"))) | dict(_provenance(run))


def _weights(run: Run) -> float:
    """Memory of the weights in use, in GB."""
    inputs = run.says.inputs
    return memory.weights_gb(str(inputs.model), str(run.says.in_use["precision"].value))


def _filled(area: Area, rows: Sequence[Sequence[Scalar]]) -> Iterator[tuple[CellKey, Scalar]]:
    """Put rows into an area and blank the rest of it."""
    for sheet, row, column in area.cells():
        i, j = row - area.row, column - area.column
        yield (sheet, row, column), (rows[i][j] if i < len(rows) and j < len(rows[i]) else None)


def _listed(lines: Sequence[str], area: Area | None) -> list[list[Scalar]]:
    """Put sentences into the first column of a block; the last line counts those that do not fit."""
    room = area.rows if area else 0
    shown = list(lines) if len(lines) <= room else [*lines[: room - 1], f"and {len(lines) - room + 1} more warnings"]
    return [[line] for line in shown]


def _prices(price_list: pricelist.PriceList, run: Run) -> list[list[Scalar]]:
    api_model = run.says.in_use["api_model"].value
    as_of = run.says.inputs.prices_as_of
    return pricelist.rows(price_list, str(api_model or ""), as_of)


def _resolved(run: Run, area: Area | None) -> Iterator[tuple[CellKey, Scalar]]:
    for id_ in run.table.places if area else ():
        key = run.table.key(id_, "resolved")
        if key:
            yield key, run.resolved(id_)


def _provenance(run: Run) -> Iterator[tuple[CellKey, Scalar]]:
    """Source, date and confidence of what is left blank; what the analyst has written there stays.

    A source of ours beside a value that is typed now is taken away: it says nothing about it.
    """
    for id_ in run.table.places:
        source = run.table.cell(id_, "source")
        ours = isinstance(source, str) and source.startswith(GENERATED)
        if source is not None and source != "" and not ours:
            continue
        found = run.looked_up(id_) if run.table.is_left_blank(id_, run.table.typed_column) else None
        texts = (GENERATED + found.source, found.as_of, _trust(found)) if found else (None, None, None)
        if found is None and not ours:
            continue
        for column, text in zip(("source", "as of", "confidence"), texts, strict=True):
            key = run.table.key(id_, column)
            if key:
                yield key, text or None


def _trust(found: Resolved) -> str:
    """Confidence of a figure of ours; where it follows another input, that one says it."""
    return "" if found.confidence == "customer" else found.confidence


def last_inputs(run: Run, area: Area | None) -> list[list[Scalar]]:
    """Give id and value in use in the rows of the inputs, for a block of as many rows."""
    rows: list[list[Scalar]] = [[None, None] for _ in range(area.rows if area else 0)]
    for id_, (row, _) in run.table.places.items():
        if row - 1 < len(rows):
            rows[row - 1] = [id_, run.in_use(id_)]
    return rows


def _row(label: str, unit: str, figures: Sequence[Scalar]) -> list[Scalar]:
    """Lay out a line of the summary: label, unit, the options."""
    return [label, None, unit, *figures]


def _measures(run: Run, measure: str) -> list[Scalar]:
    results = run.says.results
    if measure in {"ratio", "saving"}:
        costs = {option: float(result.tco[0]) for option, result in results.items()}
        cheapest = min(costs.values(), default=0.0)
        if cheapest <= 0:  # an option that costs nothing has no ratio
            return [None] * len(OPTION_IDS)
        ratio = {o: cost / cheapest if measure == "ratio" else 1 - cheapest / cost for o, cost in costs.items()}
        return [ratio.get(option) for option in OPTION_IDS]
    return [or_none(partial(_figure, results[o], measure)) if o in results else None for o in OPTION_IDS]


def _figure(result: Result, measure: str) -> float:
    return float(getattr(result, measure)[0])


def _unit(run: Run, measure: str) -> str:
    currency = str(run.says.inputs.currency).upper()
    return {"ratio": "x", "saving": "fraction", "eac": f"{currency}/yr"}.get(measure, currency)


def _lines(run: Run) -> list[list[Scalar]]:
    """Give the total cost by option and its parts by line; lines of one label share a row."""
    lines = {line.id: line.label for option in OPTIONS.values() for line in option.lines}
    lines |= {"tax_shield": "Tax relief", "capital": "Cost of capital"}
    currency = str(run.says.inputs.currency).upper()
    rows: dict[str, dict[str, float]] = {}
    for option, result in run.says.results.items():
        for name, part in _parts(result).items():
            rows.setdefault(lines[name], {})[option] = part
    used = [label for label in dict.fromkeys(lines.values()) if label in rows]
    costs = {option: float(result.tco[0]) for option, result in run.says.results.items()}
    listed = [("Total cost of ownership", costs)] + [(label, rows[label]) for label in used]
    return [_row(label, currency, [parts.get(option) for option in OPTION_IDS]) for label, parts in listed]


def _parts(result: Result) -> dict[str, float]:
    """Give each line's part of the total cost: its present value in mode npv, else its plain sum."""
    if not result.is_npv:
        plain = {name: float(flows.total.sum()) for name, flows in result.flows.items()}
        return plain | ({"capital": float(result.capital.sum())} if result.option.capitalised else {})
    case = result.case
    return {
        name: float((flows.running * case.running_discount + flows.dated * case.discount).sum())
        for name, flows in result.flows.items()
    }
