"""On what a cost rests: its lines by the confidence of their weakest figure; what is included and what is not."""

from dataclasses import dataclass
from typing import cast

from engine import catalog
from engine.analysis.scenarios import known
from engine.case import Case
from engine.errors import DividesByZero, EngineError, WrongKind
from engine.inputs import Inputs
from engine.inputs import assumptions as known_assumptions
from engine.lines import Option
from engine.options import OPTIONS
from engine.resolve import required, resolve
from engine.result import Result, Rows
from engine.serving import warning
from engine.tco import evaluate
from engine.tracing import Traced

LEVELS = ("low", "derived", "medium", "high", "customer")
"""Confidence of a figure, weakest first; customer: typed in the assumptions."""
MODELLED = "throughput model"
NOT_COUNTED = (
    ("vat", "Value added tax and duties"),
    ("egress", "Data transfer out of a cloud"),
    ("application", "Building and changing the application around the model"),
    ("model_licence", "Licence of the model itself; training and fine-tuning"),
    ("exit", "Moving to another option, decommissioning"),
    ("downtime", "Cost of downtime, insurance"),
    ("quality", "Differences in the quality of the answers"),
)
"""What no option counts, unless it is typed as set-up or other yearly cost."""


@dataclass(frozen=True)
class Weakest:
    """The least certain figure that a line rests on."""

    level: str
    name: str


def confidence(assumptions: Inputs, option: str, measure: str = "table") -> float | Rows:
    """Share of an option's cost that rests on figures of low, medium and high confidence, line by line.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        Option.
    measure : {"table", "low", "derived", "medium", "high", "customer"}
        The lines, or the share of one level.

    Returns
    -------
    number or table
        Share of the undiscounted cost, before tax and residual value; as table line, amount, share, confidence, weakest
        figure, and under them the levels. [fraction]

    Notes
    -----
    A line is as certain as the weakest figure that it is worked out from: low, derived, medium, high as the catalogue
    and the defaults say; customer for what is typed. The throughput model counts as a figure where it sizes the fleet:
    medium, low outside of its calibrated range. Counts, choices, and what is 0 or left out rest on nothing.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "seat_setup_cost": 6000, "horizon": 1})
    >>> confidence(case, "seat", "customer")
    1.0
    """
    name = known(option)
    levels = {"table", *LEVELS}
    if measure.lower() not in levels:
        raise WrongKind(f'measure: "{measure[:60]}" is none of table, {", ".join(LEVELS)}')
    settled = _decided(assumptions, OPTIONS[name])
    rows = _rows(settled, OPTIONS[name])
    total = sum(amount for _, amount, _ in rows)
    if total == 0:
        raise DividesByZero(f"{name} costs nothing, so there is no share of its cost")
    by_level = {level: sum(amount for _, amount, weakest in rows if weakest.level == level) for level in LEVELS}
    if measure.lower() != "table":
        return by_level[measure.lower()] / total
    return [
        ["line", "amount", "share", "confidence", "weakest figure"],
        *[[line, amount, amount / total, weakest.level, weakest.name] for line, amount, weakest in rows],
        *[[f"all {level}", amount, amount / total, level, None] for level, amount in by_level.items()],
    ]


def _decided(inputs: Inputs, option: Option) -> Inputs:
    """Type what a plan would decide for itself, so that a line asks for its own figures alone."""
    name = option.plan.decides
    if not name or getattr(inputs, name) is not None:
        return inputs
    return inputs.replaced(**{name: float(Result(Case(inputs), option).plan.case[name][0, 0])})


def _rows(inputs: Inputs, option: Option) -> list[tuple[str, float, Weakest]]:
    """Give the lines that cost something, what they cost, and their weakest figure."""
    rows = []
    for line in option.line_ids:
        traced = Traced(inputs)
        result = Result(Case(cast("Inputs", traced)), option)
        amount = float(result.flow(line).total[0].sum())
        if line != "residual" and amount:
            rows.append((line, amount, _weakest(result, [n for n in traced.asked if n != option.plan.decides])))
    return rows


def _weakest(result: Result, asked: list[str]) -> Weakest:
    found = [Weakest(level, name) for name in asked if (level := _level(result.case.inputs, name))]
    if "model" in asked and not result.case.is_set("replica_rps"):
        found.append(Weakest(_level_of_model(result), MODELLED))
    return min(found, key=lambda weakest: LEVELS.index(weakest.level))


def _level(inputs: Inputs, name: str) -> str:
    """Give the confidence of a figure in use; empty for counts and choices, and for what is not set."""
    if known_assumptions()[name].kind != "number":
        return ""  # counts, such as the GPUs of a board, are chosen or known
    try:
        found = resolve(inputs, name)
    except EngineError:
        return ""  # asked for, but something else stands in for it
    if found.value is None or not found.confidence:
        return ""
    return found.confidence if found.confidence in LEVELS else LEVELS[0]  # a word of another catalogue


def _level_of_model(result: Result) -> str:
    gpu = catalog.gpu(required(result.case.inputs, "gpu"))
    return "low" if warning(result.case, gpu, result.plan.fleet.gpus_per_replica) else "medium"


def scope(assumptions: Inputs) -> Rows:
    """Cost lines that each option includes, those that are 0 in this case, and what no option counts.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are listed.

    Returns
    -------
    table
        Header; line, label, and for each option: included, 0 in this case, or not part of it; an option that cannot be
        computed shows its error.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "seat_setup_cost": 6000, "options": "seat"})
    >>> scope(case)[2:4]
    [['setup', 'Set-up', 'included'], ['annual', 'Other yearly costs', '0 in this case']]
    """
    options = [OPTIONS[name] for name in assumptions.option_ids]
    named = [option for option in OPTIONS.values() if option in options]  # of two labels that of own servers
    labels = {line.id: line.label for option in reversed(named) for line in reversed(option.lines)}
    results = [evaluate(assumptions, option.id) for option in options]
    order = list(dict.fromkeys(line for option in options for line in option.line_ids))
    shown = {**{line: labels[line] for line in order}, "tax_shield": "Tax relief"}
    return [
        ["line", "label", *assumptions.option_ids],
        *[[line, label, *[_standing(result, line) for result in results]] for line, label in shown.items()],
        *[[name, label, *["not counted"] * len(options)] for name, label in NOT_COUNTED],
    ]


def _standing(result: Result, line: str) -> str | EngineError:
    if line not in result.lines:
        return "not part"
    try:
        return "included" if result.flow(line).total[0].any() else "0 in this case"
    except EngineError as error:
        return error
