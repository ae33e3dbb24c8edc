"""Payback of one option against another, in months."""

import numpy as np

from engine.analysis.scenarios import pair
from engine.case import Case
from engine.errors import NotAvailable, counted
from engine.inputs import Inputs
from engine.lines import Flows
from engine.options import OPTIONS
from engine.result import Result
from engine.units import MONTHS_PER_YEAR, Array

ROUNDING = 1e-12  # share of the cash below which two sums are the same
NO_CASH_COST = ("residual", "tax_shield")


def payback_months(assumptions: Inputs, option_a: str, option_b: str) -> float:
    """Months until what option a has cost in all is less than what option b has cost: undiscounted, pre-tax.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option_a : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        The option that costs more at first.
    option_b : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        The option that it is compared with.

    Returns
    -------
    number
        Months from today; 0 when a is cheaper at once. [month]

    Raises
    ------
    NotAvailable
        When a is not cheaper at any time within the horizon.

    Notes
    -----
    Acquisition, network, set-up and prepaid licences fall at the start of their year, running costs evenly within
    it; a later purchase of a does not undo a payback. No tax, no residual value.

    Examples
    --------
    10,000 a year against 14,000 for the set-up and 3,000 a year: paid back after two years.

    >>> case = Inputs.read({"users": 1, "seat_price": 0, "seat_annual_cost": 10000, "queries_per_user_day": 0,
    ...                     "prompt_tokens": 1, "output_tokens": 1, "api_input_price": 1, "api_output_price": 1,
    ...                     "api_setup_cost": 14000, "api_annual_cost": 3000})
    >>> payback_months(case, "api", "seat")
    24.0
    """
    first, second = pair(option_a, option_b)
    case = Case(assumptions)
    return months_until(Result(case, OPTIONS[first]), Result(case, OPTIONS[second]))


def months_until(a: Result, b: Result) -> float:
    """Do what `payback_months` does with options that are worked out. [month]"""
    ahead, slope = _balance(cash(a), cash(b))
    months = float(_first_below(ahead, slope)[0])
    if np.isinf(months):
        raise NotAvailable(
            f"{a.option.id} never falls below {b.option.id} within the horizon of "
            f"{counted(a.case.years, 'year')}: it has cost "
            f"{float(ahead[0, -1] + slope[0, -1]):.15g} {str(a.case.inputs.currency).upper()} more at the end"
        )
    return months


def cash(result: Result) -> Flows:
    """Costs in cash by year 0..N, before tax and residual value."""
    flows = [result.flow(name) for name in result.option.line_ids if name not in NO_CASH_COST]
    running, dated = flows[0].running, flows[0].dated
    for flow in flows[1:]:
        running, dated = running + flow.running, dated + flow.dated
    return Flows(running, dated)


def _balance(a: Flows, b: Flows) -> tuple[Array, Array]:
    """Excess of a over b at the start of each year 1..N, and what the year adds to it."""
    slope = a.running[:, 1:] - b.running[:, 1:]
    due = np.cumsum(a.dated - b.dated, axis=1)[:, :-1]
    ahead = due + np.cumsum(slope, axis=1) - slope
    scale = np.abs(a.total).sum(axis=1, keepdims=True) + np.abs(b.total).sum(axis=1, keepdims=True)
    noise = ROUNDING * scale
    return np.where(np.abs(ahead) <= noise, 0.0, ahead), np.where(np.abs(slope) <= noise, 0.0, slope)


def _first_below(ahead: Array, slope: Array) -> Array:
    """First month in which the balance is negative, shape (S,); infinite when it never is.

    It starts year t at `ahead` and moves by `slope` within it; purchases make it jump between the years.
    """
    years = np.arange(ahead.shape[1], dtype=np.float64)
    falls = (ahead >= 0) & (ahead + slope < 0)
    inside = np.divide(ahead, -slope, out=np.zeros_like(ahead), where=falls)
    months = np.where(ahead < 0, years, np.where(falls, years + inside, np.inf)) * MONTHS_PER_YEAR
    first: Array = months.min(axis=1)
    return first
