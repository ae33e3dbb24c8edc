"""Which inputs a figure of the model asks for, and where each comes from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import numpy as np

from engine.assumptions import PLANNING
from engine.case import Case
from engine.errors import EngineError
from engine.fleet import Fleet
from engine.inputs import Inputs, assumptions
from engine.lines import Option, Plan
from engine.options import OPTIONS
from engine.resolve import currency_of, resolve
from engine.result import CAPEX_LINES, MEASURES, ONE_OFF_LINES, Result
from engine.tracing import Traced
from engine.units import Array
from workbook.cells import Cell, CellError, from_engine_error
from workbook.tree import Node, shown

FLEET = {"replicas": "replica", "gpus": "GPU", "nodes": "node", "it_kw": "kW", "model_instances": "instance",
         "cloud_instances": "instance", "demand_rps": "1/s"}  # fmt: skip
"""Figures of the fleet that cost lines are worked out from, and their units."""

RATIOS = {
    "per_user_month": ("tco over user-months: users x 12, of every year", "user-month"),
    "per_query": ("tco over queries asked: users x queries x working days x 12, of every year", "query"),
    "per_mtok": ("tco over millions of prompt and output tokens asked, of every year", "Mtok"),
}
WORDS = {
    "npv": "sum of the present values of the lines: year t x discount factor of year t",
    "total": "sum of the lines over the horizon, undiscounted, without the capital charge",
    "capex": "acquisition + network + set-up",
    "opex": "everything but acquisition, network, set-up, residual value and tax relief",
    "year1": "running lines of year 1",
    "eac": "npv over the sum of the discount factors of years 1..N",
    "table": "every line by year",
}
PAPER_TCO = "sum of the lines over the horizon, undiscounted, with the capital charge"
NOT_SAID = ("not applied", "not set")


def input_nodes(inputs: Inputs, names: Iterable[str]) -> list[Node]:
    """Give the value in use of each input with its source, date and confidence; what has no effect is left out."""
    known = assumptions()
    ordered = [name for name in known if name in set(names)]
    return [node for name in ordered if (node := _input(inputs, name)) is not None]


def _input(inputs: Inputs, name: str) -> Node | None:
    assumption = assumptions()[name]
    unit = "" if assumption.unit in {"-", "id", "0/1"} else assumption.unit.replace("money", currency_of(inputs))
    try:
        found = resolve(inputs, name)
    except EngineError as error:
        return Node(name, from_engine_error(error), unit, assumption.help)
    if found.value is None or found.source in NOT_SAID:
        return None
    if found.value == 0 and found.source.startswith("as "):
        return None
    origin = "planning value" if found.source == PLANNING else found.source
    source = ", ".join(dict.fromkeys(filter(None, (origin, found.as_of, found.confidence))))
    return Node(name, found.value, unit, assumption.help, f"[{source}]")


def option_node(inputs: Inputs, option: str, measure: str) -> Node:
    """Explain a measure, or a cost line, of an option: lines that add up to it, the fleet, the conventions."""
    chosen = OPTIONS[option]
    inputs, split = _settled(inputs, chosen)
    if measure in RATIOS:
        return _ratio(inputs, chosen, measure)
    if measure in chosen.plan.figures:
        return _of_plan(inputs, chosen, measure, split)
    if measure not in {*MEASURES, "table", "capital"}:
        return _of_line(inputs, chosen, measure)
    value = _value(inputs, chosen, measure)
    if isinstance(value, CellError):
        return Node(option, value, children=(*_lines(inputs, chosen, measure),))
    lines = _lines(inputs, chosen, measure)
    unit = currency_of(inputs)
    words = WORDS.get(measure) or (WORDS["npv"] if inputs.capital_mode == "npv" else PAPER_TCO)
    node = Node(f"{measure} of {option}", value, unit, words, children=tuple(lines))
    rest = [*split, *_fleet(inputs, chosen), _conventions(inputs, chosen)]
    return Node(option, value, unit, words, children=(node, *rest) if measure != "table" else (*lines, *rest))


def _settled(inputs: Inputs, option: Option) -> tuple[Inputs, list[Node]]:
    """Set what an option leaves open to what the engine has found, and tell it: every line is explained at that."""
    name = option.plan.decides
    if not name:
        return inputs, []
    try:
        plan = Result(Case(inputs), option).plan
    except EngineError:
        return inputs, []  # the lines say what is missing
    children = tuple(_plan_figure(plan, figure) for figure in plan.figures)
    text = (
        "typed" if getattr(inputs, name) is not None else f"lowest tco of all from 0 to {plan.most[0]:g} own replicas"
    )
    return inputs.model_copy(update={name: float(plan.case[name][0, 0])}), [Node("split", text=text, children=children)]


def _plan_figure(plan: Plan, name: str) -> Node:
    words = (getattr(type(plan), name).__doc__ or "").split(", shape")[0]
    return Node(name, float(getattr(plan, name)[0]), plan.figures[name], words)


def _of_plan(inputs: Inputs, option: Option, name: str, split: Sequence[Node]) -> Node:
    """Explain a figure of the plan, such as the split or the advantage of a lease, by the inputs that it asks for."""
    traced = Traced(inputs)
    try:
        node = _plan_figure(option.plan(Case(cast("Inputs", traced))), name)
    except EngineError as error:
        return Node(option.id, from_engine_error(error))
    unit = node.unit.replace("money", currency_of(inputs))
    asked = input_nodes(inputs, [n for n in traced.asked if n != option.plan.decides])
    return Node(option.id, node.value, unit, node.text, children=(*split, *asked))


def _of_line(inputs: Inputs, option: Option, name: str) -> Node:
    line = _line(inputs, option, name, None, 0.0)
    return Node(option.id, line.value, line.unit, line.text, children=(line, *_fleet(inputs, option)))


def _value(inputs: Inputs, option: Option, measure: str) -> Cell:
    if measure == "table":
        return None
    try:
        return float(getattr(Result(Case(inputs), option), measure)[0])
    except EngineError as error:
        return from_engine_error(error)


def _ratio(inputs: Inputs, option: Option, measure: str) -> Node:
    words, per = RATIOS[measure]
    tco = option_node(inputs, option.id, "tco")
    value = _value(inputs, option, measure)
    traced = Traced(inputs)
    case = Case(cast("Inputs", traced))
    units: Cell = None
    asked: Sequence[Node] = ()
    if isinstance(tco.value, float) and isinstance(value, float) and value:
        units = tco.value / value
        _ = case.queries if measure != "per_user_month" else case.users
        asked = input_nodes(inputs, traced.asked)
    discounted = "discounted like the money" if inputs.capital_mode == "npv" else "undiscounted"
    divisor = Node(f"{per}s", units, per, discounted, children=tuple(asked))
    return Node(option.id, value, f"{currency_of(inputs)}/{per}", words, children=(*tco.children, divisor))


def _lines(inputs: Inputs, option: Option, measure: str) -> list[Node]:
    """Give the lines with their part of a measure, the largest share told, those that are 0 in one node."""
    result = Result(Case(inputs), option)
    names = [*result.lines, *(["capital"] if option.capitalised and not result.is_npv else [])]
    chosen = [name for name in names if _counts(name, measure, is_npv=result.is_npv)]
    parts = {name: _part(result, name, measure) for name in chosen}
    total = sum(part for part in parts.values() if isinstance(part, float))
    nodes = [_line(inputs, option, name, part, total) for name, part in parts.items() if part != 0]
    nothing = [name for name, part in parts.items() if part == 0]
    return [*nodes, *([Node("lines that are 0", text=", ".join(nothing))] if nothing else [])]


def _counts(name: str, measure: str, *, is_npv: bool) -> bool:
    if name == "capital":
        return measure in {"tco", "table", "capital"} and not is_npv
    if measure == "capital":
        return False
    if measure == "capex":
        return name in CAPEX_LINES
    return name not in ONE_OFF_LINES if measure in {"opex", "year1"} else True


def _part(result: Result, name: str, measure: str) -> Cell:
    """Give the part of a measure that a line makes."""
    try:
        if name == "capital":
            return float(result.capital.sum())
        flow = result.flow(name)
        if measure in {"npv", "eac"} or (measure == "tco" and result.is_npv):
            case = result.case
            present = flow.running * case.running_discount + flow.dated * case.discount
            annuity = case.running_discount[:, 1:].sum() if measure == "eac" else 1.0
            return float(present.sum() / annuity)
        return float(flow.total[0, 1] if measure == "year1" else flow.total.sum())
    except EngineError as error:
        return from_engine_error(error)


def _line(inputs: Inputs, option: Option, name: str, part: Cell, total: float) -> Node:
    """Explain one line: in words, by year, from which figures of the fleet and which inputs."""
    unit = currency_of(inputs)
    traced = Traced(inputs)
    result = Result(Case(cast("Inputs", traced)), option)
    try:
        years = result.line(name)[0]
    except EngineError as error:
        return Node(name, from_engine_error(error), text=_help(option, name))
    value = float(years.sum()) if part is None else part
    share = f" ({value / total:.1%})" if isinstance(value, float) and total else ""
    used = [figure for figure in FLEET if figure in vars(result.plan.fleet)]
    told = [figure for figure in used if figure == "it_kw"] or [f for f in used if f not in {"demand_rps", "replicas"}]
    apart = {*_asked_by_fleet(inputs, option, used), *_CONVENTIONS, option.plan.decides}
    own = [n for n in traced.asked if n not in apart]
    if name in {"tax_shield", "capital"}:
        own = [n for n in own if n.startswith(("tax", "depreciation"))]
    children = [Node("years", _by_year(years), unit, "year 0 to the horizon, undiscounted")]
    children += [_figure(result.plan.fleet, figure) for figure in told]
    return Node(name, value, unit + share, _help(option, name), children=(*children, *input_nodes(inputs, own)))


def _by_year(years: Array) -> Cell:
    return [[float(year) + 0.0 for year in years]]  # -0.0 would be shown


def _figure(fleet: Fleet, figure: str) -> Node:
    values = np.unique(getattr(fleet, figure)[0])
    value: Cell = float(values[0]) if len(values) == 1 else _by_year(getattr(fleet, figure)[0])
    return Node(figure, value, FLEET[figure], "of the fleet, below" if len(values) == 1 else "by year; fleet, below")


def _help(option: Option, name: str) -> str:
    if name == "tax_shield":
        return "Tax relief on costs and depreciation, negative."
    if name == "capital":
        return "Acquisition x (capital factor of the mode - 1)."
    return next((line.help for line in option.lines if line.id == name), "A line that only other options pay.")


_CONVENTIONS = ("horizon", "wacc", "timing", "capital_mode", "currency", "fx_rate", "prices_as_of")


def _conventions(inputs: Inputs, option: Option) -> Node:
    names = [
        name for name in _CONVENTIONS if name not in {"fx_rate", "prices_as_of"} or getattr(inputs, name) is not None
    ]
    basis = Result(Case(inputs), option).tax_basis
    return Node("conventions", text=f"{basis}; costs positive", children=tuple(input_nodes(inputs, names)))


def _asked_by_fleet(inputs: Inputs, option: Option | None, figures: Iterable[str]) -> Mapping[str, None]:
    traced = Traced(inputs)
    fleet = _fleet_of(cast("Inputs", traced), option)
    for figure in figures:
        getattr(fleet, figure)
    return traced.asked


def _fleet(inputs: Inputs, option: Option) -> list[Node]:
    """Explain the fleet as far as the lines of an option ask for it."""
    result = Result(Case(inputs), option)
    for name in result.lines:
        try:
            result.flow(name)
        except EngineError:
            continue
    used = [figure for figure in FLEET if figure in vars(result.plan.fleet)]
    return [_fleet_node(inputs, used, option)] if used else []


def _fleet_of(inputs: Inputs, option: Option | None) -> Fleet:
    """Give the fleet that stands on own servers; without an option, that for all of the load."""
    return option.plan(Case(inputs)).fleet if option else Fleet(Case(inputs))


def sizing_node(inputs: Inputs) -> Node:
    """Explain the fleet of own servers."""
    return _fleet_node(inputs, ["demand_rps", "replicas", "gpus", "nodes", "it_kw"])


def _fleet_node(inputs: Inputs, figures: Sequence[str], option: Option | None = None) -> Node:
    fleet = _fleet_of(inputs, option)
    shown_figures: list[Node] = []
    worked: list[str] = []
    for figure in figures:
        try:
            values = getattr(fleet, figure)[0]
        except EngineError as error:
            shown_figures.append(Node(figure, from_engine_error(error), FLEET[figure]))
            continue
        worked.append(figure)
        words = (getattr(type(fleet), figure).__doc__ or "").split(" [")[0].strip()
        value = float(values[0]) if len(np.unique(values)) == 1 else _by_year(values)
        shown_figures.append(Node(figure, value, FLEET[figure], words))
    binding = _binding(fleet)
    apart = (*_CONVENTIONS, option.plan.decides if option else "")
    asked = input_nodes(inputs, [n for n in _asked_by_fleet(inputs, option, worked) if n not in apart])
    return Node("fleet", text=binding, children=(*shown_figures, *asked))


def _binding(fleet: Fleet) -> str:
    try:
        return f"decided by {shown(fleet.binding)}"
    except EngineError:
        return "typed"
