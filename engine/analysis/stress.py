"""What would change the answer: less demand than planned, other token prices, full or idle hardware."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from engine.analysis.questions import Question, Steps, alone
from engine.analysis.ranges import value_in_use
from engine.analysis.scenarios import cheapest_of, pair
from engine.analysis.stack import Base
from engine.case import Case
from engine.errors import DividesByZero, EngineError, NotAvailable, WrongKind
from engine.fleet import Fleet
from engine.inputs import Inputs
from engine.options import API, CLOUD, COLO, LEASE, ONPREM, OPTIONS
from engine.result import MEASURES, Rows
from engine.units import HOURS_PER_YEAR, SECONDS_PER_HOUR, Array

BANDS = (0.05, 0.25, 0.5, 1.0)  # shares of the capacity, over all hours of a year
TOKEN_PRICES = ("api_input_price", "api_output_price", "api_cached_price")
DEMAND = ("queries_per_user_day",)
LEVEL = {"user_growth": 0.0, "query_growth": 0.0}
FLEETS = (ONPREM.id, CLOUD.id, LEASE.id, COLO.id)  # options whose cost follows from the hardware, not from its use

Figures: TypeAlias = list[float | EngineError]


def utilisation(assumptions: Inputs, measure: str = "per_mtok") -> Rows:
    """Cost of every option when the hardware of year 1 is used at 5, 25, 50 and 100 % of its capacity.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are compared.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is shown.

    Returns
    -------
    table
        Header; utilisation, queries per user and working day, and the options. [money]

    Notes
    -----
    Hardware and rented instances are those sized for year 1 and stay; the users stay and ask more or less, without
    growth. Utilisation counts all 8,760 hours of a year: 100 % is out of reach where people sleep.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "queries_per_user_day": 20, "prompt_tokens": 1000, "output_tokens": 300,
    ...                     "gpus": 8, "nodes": 1, "gpus_per_replica": 4, "replica_rps": 2, "gpu": "h100-sxm",
    ...                     "node_price": 60000, "options": "onprem"})
    >>> [round(row[2], 2) for row in utilisation(case)[1:]]
    [25.31, 5.06, 2.53, 1.27]
    """
    base, name = Base(assumptions), _known(measure)
    return alone(utilisation_steps(base, assumptions.option_ids, Fleet(Case(assumptions)), name))


def utilisation_steps(base: Base, options: tuple[str, ...], fleet: Fleet, measure: str = "per_mtok") -> Steps[Rows]:
    """Work out what `utilisation` does for some options and the fleet of the case, in step with others."""
    asked, factors = _use(fleet)
    columns = yield from _kept(base, options, measure, factors, LEVEL)
    return [
        ["utilisation", "queries_per_user_day", *options],
        *[[band, asked * factors[i], *[columns[o][i] for o in options]] for i, band in enumerate(BANDS)],
    ]


def _use(fleet: Fleet) -> tuple[float, Array]:
    """Give the queries of a user and day, and the factors on them that bring the hardware of year 1 to the bands."""
    case = fleet.case
    served = float(case.billed_queries[0, 0])
    if served == 0:
        raise DividesByZero("queries_per_user_day: nobody asks anything that could be asked more or less often")
    capacity = float(fleet.capacity_rps[0, 0]) * SECONDS_PER_HOUR * HOURS_PER_YEAR
    return float(case["queries_per_user_day"][0, 0]), np.array(BANDS) * capacity / served


def stress(assumptions: Inputs, measure: str = "tco") -> Rows:
    """Cost of every option as planned, with half and twice the demand, and with half the token prices.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are compared.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is shown.

    Returns
    -------
    table
        Header; case, the options, and the cheapest of them. An option that cannot be computed shows its error. [money]

    Notes
    -----
    The demand is queries per user. "Half the demand, size kept" has bought and rented for twice what came.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 12, "queries_per_user_day": 25, "prompt_tokens": 1000,
    ...                     "output_tokens": 500, "api_input_price": 10, "api_output_price": 30,
    ...                     "options": "api,seat"})
    >>> [[row[0], row[3]] for row in stress(case, "per_user_month")[1:3]]
    [['as planned', 'seat'], ['half the demand, size kept', 'api']]
    """
    base, name, options = Base(assumptions), _known(measure), assumptions.option_ids
    half, twice = np.array([0.5]), np.array([2.0])
    cases: dict[str, Steps[dict[str, Figures]]] = {
        "as planned": _scaled(base, options, name, DEMAND, np.ones(1)),
        "half the demand, size kept": _kept(base, options, name, half),
        "half the demand, resized": _scaled(base, options, name, DEMAND, half),
        "twice the demand, resized": _scaled(base, options, name, DEMAND, twice),
        "half the token prices": _scaled(base, options, name, TOKEN_PRICES, half),
    }
    figures = {case: alone(steps) for case, steps in cases.items()}
    rows = {case: [found[option][0] for option in options] for case, found in figures.items()}
    return [
        ["case", *options, "cheapest"],
        *[[case, *values, cheapest_of(options, values)] for case, values in rows.items()],
    ]


def api_flip(assumptions: Inputs, option: str) -> float:
    """Level of all token prices, relative to today's, at which the API costs as much as another option.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option : {"onprem", "cloud", "seat", "lease", "colo"}
        The option to compare with.

    Returns
    -------
    number
        0.5: the API is cheaper once its prices have halved; above 1: it is cheaper until they have risen so far. [-]

    Raises
    ------
    NotAvailable
        When the rest of the API's cost alone is more than the other option, or nothing is bought by the token.

    Notes
    -----
    Input, output and cached price move together; the cost is a straight line in them, with tax as without. The years
    in which a steady decline gets there: TCO_API_FLIP_YEARS.

    Examples
    --------
    12.50 a user and month against seats at 10:

    >>> case = Inputs.read({"users": 100, "seat_price": 10, "queries_per_user_day": 25, "prompt_tokens": 1000,
    ...                     "output_tokens": 500, "api_input_price": 10, "api_output_price": 30})
    >>> api_flip(case, "seat")
    0.8
    """
    return alone(api_flip_steps(Base(assumptions), option))


def api_flip_steps(base: Base, option: str) -> Steps[float]:
    """Work out what `api_flip` does, in step with others."""
    other, _ = pair(option, API.id)
    prices = {name: base.value(name) * np.array([0.0, 1.0]) for name in TOKEN_PRICES}
    ((free, today),) = yield Question(base, (API.id,), "tco", prices)
    ((rival,),) = yield Question(base, (other,), "tco")
    if today == free:
        raise NotAvailable("the API bills no tokens in this case, so their price changes nothing")
    if rival < free:
        raise NotAvailable(
            f"even free of charge the API would cost {free:.6g} {str(base.inputs.currency).upper()} for set-up and "
            f"staff, {other} costs {rival:.6g}"
        )
    return float((rival - free) / (today - free))


def api_flip_years(assumptions: Inputs, option: str, decline: float | None = None) -> float:
    """Years of steadily falling token prices after which the API costs as much as another option.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option : {"onprem", "cloud", "seat", "lease", "colo"}
        The option to compare with.
    decline : number, -1 to 0.9
        Yearly fall of all token prices; blank: api_price_decline. [1/yr]

    Returns
    -------
    number
        Years until today's prices have fallen to the level of TCO_API_FLIP; 0 when the API is the cheaper already. [yr]

    Raises
    ------
    NotAvailable
        When the prices do not fall, or no fall makes the API the cheaper.

    Notes
    -----
    level = (1 - decline)^years. The other option keeps its cost, and the API its own way through the horizon
    (api_price_decline): what is asked is how long to wait before the same decision would turn out otherwise.

    Examples
    --------
    12.50 a user and month against seats at 10; prices fall by a fifth every year:

    >>> case = Inputs.read({"users": 100, "seat_price": 10, "queries_per_user_day": 25, "prompt_tokens": 1000,
    ...                     "output_tokens": 500, "api_input_price": 10, "api_output_price": 30})
    >>> round(api_flip_years(case, "seat", 0.2), 9)
    1.0
    """
    level = api_flip(assumptions, option)
    if level >= 1.0:
        return 0.0
    rate = value_in_use(assumptions, "api_price_decline") if decline is None else decline
    if rate <= 0.0:
        raise NotAvailable(
            f"token prices do not fall (decline {rate:.15g}), the API is the cheaper from {level:.4g} times today's "
            "prices on; give a decline, such as 20%, or set api_price_decline"
        )
    if level == 0.0:
        raise NotAvailable(
            f"the API costs as much as {option.lower()} only when tokens are free, which no decline reaches"
        )
    return math.log(level) / math.log1p(-rate)


def _known(measure: str) -> str:
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    return measure.lower()


def _kept(
    base: Base,
    options: tuple[str, ...],
    measure: str,
    factors: Array,
    level: Mapping[str, float] = MappingProxyType({}),
) -> Steps[dict[str, Figures]]:
    """Costs when `factors` times the queries come to a fleet that stays as planned.

    What owned and rented hardware costs does not depend on the queries once its size is fixed; only what is divided
    by them changes.
    """
    by_size = tuple(option for option in options if option in FLEETS)
    by_use = tuple(option for option in options if option not in FLEETS and not OPTIONS[option].plan.decides)
    planned = yield from _scaled(base, by_size, measure, DEMAND, np.ones(1), level)
    kept = yield from _scaled(base, by_use, measure, DEMAND, factors, level)
    per_query = factors if measure in {"per_query", "per_mtok"} else np.ones_like(factors)
    for option, (figure,) in planned.items():
        kept[option] = [figure if isinstance(figure, EngineError) else figure / by for by in per_query.tolist()]
    for option in set(options) - kept.keys():
        reason = f"{option}: what stands on own servers is chosen for the load, so there is no size to keep"
        kept[option] = [NotAvailable(f"{reason}; see it resized, or compare onprem")] * len(factors)
    return kept


def _scaled(
    base: Base,
    options: tuple[str, ...],
    measure: str,
    names: tuple[str, ...],
    factors: Array,
    level: Mapping[str, float] = MappingProxyType({}),
) -> Steps[dict[str, Figures]]:
    """Costs at multiples of some inputs, others at a level; everywhere the error where an option has none."""
    if not options:
        return {}
    known = {name: base.in_use[name].value for name in names}
    draws = {name: float(value) * factors for name, value in known.items() if isinstance(value, int | float)}
    draws |= {name: np.full(len(factors), value) for name, value in level.items()}
    try:
        figures = yield Question(base, options, measure, draws)
    except EngineError as error:
        if len(options) == 1:
            return {options[0]: [error] * len(factors)}
        first = yield from _scaled(base, options[:1], measure, names, factors, level)
        return first | (yield from _scaled(base, options[1:], measure, names, factors, level))
    return {option: np.broadcast_to(row, factors.shape).tolist() for option, row in zip(options, figures, strict=True)}
