"""One option instead of another as an investment: what it saves by year, and what these savings are worth."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from engine import finance
from engine.analysis.scenarios import cheapest_of, known, pair
from engine.analysis.search import flips
from engine.case import Case
from engine.errors import EngineError, NoSolution, NotAvailable, WrongKind
from engine.inputs import Inputs
from engine.options import OPTIONS
from engine.result import Result, Rows
from engine.tco import value_or_error
from engine.units import Array

RATES = np.concatenate([np.linspace(-0.9, 1.0, 1000), np.geomspace(1.0, 1000.0, 300)[1:]])
"""Between which rates of return are looked for."""
NEXT_BEST = "next_best"


def investment(assumptions: Inputs, option_a: str, option_b: str, measure: str = "table") -> float | Rows:
    """Option a instead of option b as an investment: savings by year, net present value, rate of return, funding.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option_a : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        The option to invest in.
    option_b : {"next_best", "onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        What it replaces; next_best: of the other options of input `options` the one with the lowest tco.
    measure : {"table", "npv", "irr", "discounted_payback", "peak_funding"}
        One figure; or the flows by year.

    Returns
    -------
    number or table
        Savings positive, outlays negative; residual value and tax as in the options. Npv and peak_funding in money,
        irr in 1/yr, discounted_payback in years. [money]

    Raises
    ------
    NoSolution
        When no rate of return, or more than one, makes both options equal.
    NotAvailable
        When the discounted savings never pay the outlay back.

    Notes
    -----
    Peak funding is the most that a has cost more than b at the end of any year, undiscounted. The payback is
    interpolated within a year, on present values.

    Examples
    --------
    A set-up of 10,000 saves 3,000 a year over five years:

    >>> case = Inputs.read({"users": 100, "seat_price": 2.5, "queries_per_user_day": 0, "prompt_tokens": 1,
    ...                     "output_tokens": 1, "api_input_price": 1, "api_output_price": 1, "horizon": 5,
    ...                     "api_setup_cost": 10000})
    >>> round(investment(case, "api", "seat", "npv"), 2), round(investment(case, "api", "seat", "irr"), 4)
    (1978.13, 0.1524)
    >>> investment(case, "api", "seat", "peak_funding")
    10000.0
    """
    first, second = pair(option_a, next_best(assumptions, option_a) if option_b.lower() == NEXT_BEST else option_b)
    case = Case(assumptions)
    a, b = Result(case, OPTIONS[first]), Result(case, OPTIONS[second])
    figures: dict[str, Callable[[Result, Result], float | Rows]] = {
        "table": _table,
        "npv": lambda a, b: float(_present(a, b).sum()),
        "irr": rate_of_return,
        "discounted_payback": lambda a, b: float(finance.payback(_present(a, b))),
        "peak_funding": lambda a, b: float(max(0.0, -np.cumsum(_saving(a, b)).min())),
    }
    if measure.lower() not in figures:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(figures)}')
    return figures[measure.lower()](a, b)


def next_best(inputs: Inputs, option: str) -> str:
    """Return the cheapest of the options compared, this one and those that cannot be computed left out.

    >>> case = Inputs.read({"users": 100, "seat_price": 30, "options": "api,seat"})
    >>> next_best(case, "api")
    'seat'
    """
    others = [other for other in inputs.option_ids if other != known(option)]
    if not others:
        raise NotAvailable(f"next_best: options has no other than {option.lower()}; add what it is compared with")
    found = cheapest_of(others, [value_or_error(inputs, other) for other in others])
    if isinstance(found, EngineError):
        raise found
    return found


def _saving(a: Result, b: Result) -> Array:
    saving: Array = b.total_by_year[0] - a.total_by_year[0]
    return saving


def _present(a: Result, b: Result) -> Array:
    present: Array = b.present_value_by_year[0] - a.present_value_by_year[0]
    return present


def _table(a: Result, b: Result) -> Rows:
    """Lay out header, cash of both options, saving, present value, each with its cumulative row."""
    unit = f"{str(a.case.inputs.currency).upper()} {a.tax_basis}"
    saving, present = _saving(a, b), _present(a, b)
    rows = {
        f"cost {a.option.id}": a.total_by_year[0],
        f"cost {b.option.id}": b.total_by_year[0],
        "saving": saving,
        "present_value": present,
    }
    running = {"cumulative_saving": np.cumsum(saving), "cumulative_present_value": np.cumsum(present)}
    return [
        ["line", "unit", *[float(year) for year in range(len(saving))], "total"],
        *[[name, unit, *row.tolist(), float(row.sum())] for name, row in rows.items()],
        *[[name, unit, *row.tolist(), None] for name, row in running.items()],
    ]


def rate_of_return(a: Result, b: Result) -> float:
    """Find the discount rate at which two options are worth the same. [1/yr]

    Raises
    ------
    NoSolution
        When there is none, or more than one.
    """
    years, timing = a.case.years, str(a.case.inputs.timing)
    cash_a, cash_b = _first_scenario(a), _first_scenario(b)

    def worth(rates: Array) -> Array:
        running, dated = _of_the_grid(years, timing) if rates is RATES else _factors(rates, years, timing)
        return np.stack([(cash[0] * running + cash[1] * dated).sum(axis=1) for cash in (cash_a, cash_b)])

    rates = list(flips(worth, RATES, whole=False, ahead=False))
    if len(rates) == 1:
        return rates[0]
    names = f"{a.option.id} instead of {b.option.id}"
    if not rates:
        raise NoSolution(f"irr: {names} has no rate of return from {RATES[0]:.0%} to {RATES[-1]:.0%}; see its npv")
    listed = ", ".join(f"{rate:.4%}" for rate in rates)
    raise NoSolution(f"irr: {names} has {len(rates)} rates of return, {listed}; none of them decides, use npv")


def _factors(rates: Array, years: int, timing: str) -> tuple[Array, Array]:
    """Discount factors of running and of dated cash by rate and year."""
    dated = finance.discount_factors(rates[:, None], years)
    return (dated if timing == "end" else finance.discount_factors(rates[:, None], years, timing)), dated


@lru_cache(maxsize=64)
def _of_the_grid(years: int, timing: str) -> tuple[Array, Array]:
    return _factors(RATES, years, timing)


def _first_scenario(result: Result) -> tuple[Array, Array]:
    """Give running and dated cash of an option by year 0..N."""
    start = np.zeros(result.case.years + 1)
    running = sum((flows.running[0] for flows in result.flows.values()), start)
    return running, sum((flows.dated[0] for flows in result.flows.values()), start)
