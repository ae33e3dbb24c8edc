"""Tornado: which inputs move a figure most, each moved alone, all in one pass."""

import numpy as np

from engine.analysis.ranges import NUMERIC, ranges, value_in_use
from engine.analysis.scenarios import feasible_outcomes, figure, known
from engine.case import Case
from engine.errors import EngineError, NotAvailable
from engine.inputs import Assumption, Inputs, assumptions
from engine.options import OPTIONS
from engine.result import Result, Rows
from engine.units import Array

HEADER = ["id", "low value", "high value", "result at low", "result at high", "spread"]

ROUNDING = 1e-12  # relative difference below which two results are the same

Ends = dict[str, tuple[float, float]]
"""Low and high value of each input that is moved."""


def tornado(assumptions: Inputs, option: str, measure: str = "tco", swing: float | None = None) -> Rows:
    """Effect of each input on a measure when it alone moves down and up, widest first.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value, and low and high where swing is blank.
    option : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        Option.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok, or a cost line.
    swing : number, above 0 to 1
        Move relative to the value, 20% down and up, kept within the limits of the input; blank: from the column low
        to the column high. [fraction]

    Returns
    -------
    table
        Header; id, low value, high value, result at low, result at high, spread between the two. [money]

    Raises
    ------
    NotAvailable
        When swing is blank and no input has a low or a high.

    Notes
    -----
    Left out: inputs that are text, those that change nothing and, where they move relative to their value, those that
    are blank or zero. An end without a result shows its error; a blank low or high stands for the value in use.

    Examples
    --------
    >>> tornado(Inputs.read({"users": 100, "seat_price": 30, "horizon": 1}), "seat", "total", 0.2)[1:]
    [['users', 80.0, 120.0, 28800.0, 43200.0, 14400.0], ['seat_price', 24.0, 36.0, 28800.0, 43200.0, 14400.0]]
    """
    name, chosen = known(option), measure.lower()
    base = float(figure(Result(Case(assumptions), OPTIONS[name]), chosen)[0])
    ends = _by_range(assumptions) if swing is None else _by_swing(assumptions, swing)
    rows: Rows = []
    for moved in _passes(assumptions, ends):
        rows += _rows(assumptions, name, chosen, moved, base)
    return [HEADER, *sorted(rows, key=lambda row: -row[-1] if isinstance(row[-1], float) else 0.0)]


def _by_swing(inputs: Inputs, swing: float) -> Ends:
    ends: Ends = {}
    for name, value in _movable(inputs).items():
        assumption = assumptions()[name]
        reach = abs(value) * swing
        low, high = _allowed(assumption, value - reach), _allowed(assumption, value + reach)
        if low < high:
            ends[name] = low, high
    return ends


def _by_range(inputs: Inputs) -> Ends:
    """Give the typed ends, the value in use where one is blank: they move an input whose value is 0 or blank too."""
    found = ranges(inputs)
    if not found:
        raise NotAvailable(
            "no input has a low or a high: give a swing such as 20%, or fill these columns of the assumptions"
        )
    ends: Ends = {}
    for r in found:
        low, high = (_value(inputs, r.name) if end is None else end for end in (r.low, r.high))
        if low is not None and high is not None:
            ends[r.name] = low, high
    return ends


def _movable(inputs: Inputs) -> dict[str, float]:
    """Values of the numeric inputs that are typed or have a default, and are not zero."""
    given = [
        a.id
        for a in assumptions().values()
        if a.kind in NUMERIC and (getattr(inputs, a.id) is not None or a.spec.catalog)
    ]
    values = {name: _value(inputs, name) for name in given}
    return {name: value for name, value in values.items() if value}


def _value(inputs: Inputs, name: str) -> float | None:
    try:
        return value_in_use(inputs, name)
    except NotAvailable:
        return None  # sized, a limit that is not set, or in USD without an exchange rate, which the result asks for


def _allowed(assumption: Assumption, value: float) -> float:
    """Nearest value within the limits, a whole one where the input is whole."""
    rounded = value if assumption.kind == "number" else float(np.floor(value + 0.5))
    return float(np.clip(rounded, assumption.low, assumption.high))


def _passes(inputs: Inputs, ends: Ends) -> list[Ends]:
    """Keep blank inputs apart from typed ones: while others move, they follow these and must not stand still."""
    typed = {name: pair for name, pair in ends.items() if getattr(inputs, name) is not None}
    defaults = {name: pair for name, pair in ends.items() if name not in typed and assumptions()[name].spec.catalog}
    alone = [{name: pair} for name, pair in ends.items() if name not in typed and name not in defaults]
    return [moved for moved in (typed, defaults, *alone) if moved]


def _rows(inputs: Inputs, option: str, measure: str, ends: Ends, base: float) -> Rows:
    results, failures = feasible_outcomes(inputs, (option,), measure, _one_at_a_time(inputs, ends))
    rows: Rows = []
    for i, (name, (low, high)) in enumerate(ends.items()):
        at_low, at_high = (failures.get(s, float(results[0, s])) for s in (2 * i, 2 * i + 1))
        if _is_base(at_low, base) and _is_base(at_high, base):
            continue
        rows.append([name, low, high, at_low, at_high, _spread(at_low, at_high)])
    return rows


def _one_at_a_time(inputs: Inputs, ends: Ends) -> dict[str, Array]:
    """Two scenarios for each input: it at its ends, all others at their value."""
    if len(ends) == 1:
        return {name: np.array(pair) for name, pair in ends.items()}
    draws = {name: np.full(2 * len(ends), value_in_use(inputs, name)) for name in ends}
    for i, (name, pair) in enumerate(ends.items()):
        draws[name][2 * i : 2 * i + 2] = pair
    return draws


def _is_base(result: float | EngineError, base: float) -> bool:
    """Whether nothing has moved but the last digits: a discount that cancels in a cost of one unit."""
    return isinstance(result, float) and abs(result - base) <= ROUNDING * abs(base)


def _spread(at_low: float | EngineError, at_high: float | EngineError) -> float | EngineError:
    if isinstance(at_low, EngineError):
        return at_low
    return at_high if isinstance(at_high, EngineError) else abs(at_high - at_low)
