"""Break-even: the values of an input at which two options change their order."""

from collections.abc import Iterator

import numpy as np

from engine.analysis.ranges import bound, numeric, value_in_use
from engine.analysis.scenarios import feasible_outcomes, pair
from engine.analysis.search import Costs, flips, grid
from engine.errors import NotAvailable, OutOfLimits, WrongKind
from engine.inputs import Assumption, Inputs
from engine.result import MEASURES

SAME_UNITS = ("per_user_month", "per_query", "per_mtok")  # the tco of both options over the same units


def breakeven(
    assumptions: Inputs,
    option_a: str,
    option_b: str,
    input_id: str,
    low: float | None = None,
    high: float | None = None,
    measure: str = "tco",
) -> float:
    """Lowest value of an input at which the order of two options changes.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option_a : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        One option.
    option_b : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        The other.
    input_id : text
        Id of a numeric assumption, such as users.
    low : number
        Where the search starts; blank: a hundredth of the value, within the limits. [unit of the input]
    high : number
        Where it ends; blank: a hundred times the value, within the limits. [unit of the input]
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is compared.

    Returns
    -------
    number
        Where the two cost the same; at a step of either cost and for whole inputs the first value at which the order
        has changed. [unit of the input]

    Raises
    ------
    NotAvailable
        When the order is the same everywhere between low and high.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "queries_per_user_day": 25, "prompt_tokens": 1000,
    ...                     "output_tokens": 500, "api_input_price": 10, "api_output_price": 30})
    >>> breakeven(case, "api", "seat", "seat_price")
    12.5
    """
    found = next(crossings(assumptions, option_a, option_b, input_id, low, high, measure), None)
    if found is None:
        raise NotAvailable(_no_change(assumptions, option_a, option_b, input_id, low, high, measure))
    return found


def crossings(
    assumptions: Inputs,
    option_a: str,
    option_b: str,
    input_id: str,
    low: float | None = None,
    high: float | None = None,
    measure: str = "tco",
) -> Iterator[float]:
    """Give every value of an input at which the order of two options changes, in rising order.

    Arguments as in `breakeven`; each value is searched for when it is asked for.

    Examples
    --------
    6,000 a year are 5 a user and month, so seats at 7.50 cost the API's 12.50:

    >>> case = Inputs.read({"users": 100, "seat_price": 30, "seat_annual_cost": 6000, "queries_per_user_day": 25,
    ...                     "prompt_tokens": 1000, "output_tokens": 500, "api_input_price": 10, "api_output_price": 30})
    >>> [round(price, 3) for price in crossings(case, "api", "seat", "seat_price", 0, 100)]
    [7.5]
    """
    first, second = pair(option_a, option_b)
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    assumption = numeric(input_id)
    start, end = search_range(assumptions, assumption, low, high)
    whole = assumption.kind != "number"
    _raise_where_nothing_works(assumptions, (first, second), assumption.id, (start, end), whole)
    costs = _costs(assumptions, (first, second), assumption.id, measure.lower())
    return flips(costs, grid(start, end, whole=whole), whole=whole)


def search_range(inputs: Inputs, assumption: Assumption, low: float | None, high: float | None) -> tuple[float, float]:
    """Return where the search starts and ends: as given, or around the value in use; whole for whole inputs."""
    name = assumption.id
    start, end = bound(inputs, name, "low", low), bound(inputs, name, "high", high)
    if start is None or end is None:
        around = _default_range(inputs, assumption)
        start, end = around[0] if start is None else start, around[1] if end is None else end
    if start >= end:
        raise OutOfLimits(f"{name}: low {start:.15g} is not below high {end:.15g}; exchange them")
    return start, end


def _default_range(inputs: Inputs, assumption: Assumption) -> tuple[float, float]:
    name = assumption.id
    try:
        value = value_in_use(inputs, name)
    except NotAvailable as blank:
        raise NotAvailable(f"{name} has no value to search around; give low and high ({blank})") from None
    if value == 0:
        raise NotAvailable(
            f"{name} is 0, which gives no range to search (0.01 to 100 times the value); give low and high"
        )
    ends = np.clip(np.sort([value / 100, value * 100]), assumption.low, assumption.high)
    low, high = ends if assumption.kind == "number" else (np.ceil(ends[0]), np.floor(ends[1]))
    return float(low), float(high)


def _costs(inputs: Inputs, options: tuple[str, str], name: str, measure: str) -> Costs:
    """Costs as a function of one input; costs per unit compare as the tco, because both have the same units."""
    compared = "tco" if measure in SAME_UNITS else measure
    return lambda values: feasible_outcomes(inputs, options, compared, {name: values})[0]


def _raise_where_nothing_works(
    inputs: Inputs, options: tuple[str, str], name: str, ends: tuple[float, float], whole: bool
) -> None:
    """Raise the reason when no value has a cost of both options: most often an input missing that is not searched."""
    middle = sum(ends) / 2
    samples = np.array([*ends, np.floor(middle) if whole else middle])
    _, failures = feasible_outcomes(inputs, options, "tco", {name: samples})
    if len(failures) == len(samples):
        raise failures[0]


def _no_change(
    inputs: Inputs, option_a: str, option_b: str, input_id: str, low: float | None, high: float | None, measure: str
) -> str:
    first, second = pair(option_a, option_b)
    assumption = numeric(input_id)
    start, end = search_range(inputs, assumption, low, high)
    at_ends, _ = feasible_outcomes(inputs, (first, second), measure.lower(), {assumption.id: np.array([start, end])})
    at_start, at_end = (
        "no result" if np.isnan([a, b]).any() else f"{measure.lower()} {a:.6g} and {b:.6g}"
        for a, b in at_ends.T.tolist()
    )
    return (
        f"no break-even: {first} and {second} keep their order from {assumption.id} {start:.15g} ({at_start}) to "
        f"{end:.15g} ({at_end}); try a wider low and high"
    )
