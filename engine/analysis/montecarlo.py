"""Monte Carlo: how sure a figure is when its inputs are not, and how often an option is the cheapest."""

import numpy as np

from engine.analysis.correlation import correlated
from engine.analysis.distributions import normal, percentile, triangular, uniform, uniforms
from engine.analysis.ranges import Range, ranges, value_in_use
from engine.analysis.scenarios import known, outcomes
from engine.errors import EngineError, NotAvailable, OutOfLimits
from engine.inputs import Inputs, assumptions
from engine.result import Rows
from engine.units import Array

PERCENTILES = (5, 10, 50, 90, 95)
MIDDLE = 1e-3  # how far beside the middle the value of a normal distribution may lie, as a share of its width


def montecarlo(assumptions: Inputs, option: str, measure: str = "tco", runs: int = 1000, seed: int = 1) -> Rows:
    """Mean, standard deviation and percentiles of a measure while inputs with a low and a high vary at random.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions with the columns id, value, low, high, and where wanted distribution and correlation.
    option : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        Option.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok, or a cost line.
    runs : whole, 2 to 1000000
        Number of runs. [-]
    seed : whole, 0 to 4294967295
        Start of the random numbers; the same seed gives the same figures. [-]

    Returns
    -------
    table
        Rows of name and figure: mean, sd (of a sample), p5, p10, p50, p90, p95. [money]

    Raises
    ------
    NotAvailable
        When no input varies.

    Notes
    -----
    Column distribution: triangular between low and high, most likely at the value (also where it is blank); uniform
    between them; normal, low and high its 5 and 95 % percentiles, the value in the middle, drawn within the limits of
    the input. Column correlation: cloud_price 0.6; tariff -0.2, of the normal scores. All options see the same draws.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30}, ranges={"seat_price": (20, 40)})
    >>> [name for name, _ in montecarlo(case, "seat", "per_user_month")]
    ['mean', 'sd', 'p5', 'p10', 'p50', 'p90', 'p95']
    >>> round(montecarlo(case, "seat", "per_user_month", 20000)[0][1], 1)
    30.0
    """
    values = outcomes(assumptions, (known(option),), measure.lower(), draws(assumptions, runs, seed))[0]
    ordered = np.sort(values)
    shares = [[f"p{p}", percentile(ordered, p / 100)] for p in PERCENTILES]
    return [["mean", float(values.mean())], ["sd", float(values.std(ddof=1))], *shares]


def cheapest(assumptions: Inputs, measure: str = "tco", runs: int = 1000, seed: int = 1) -> Rows:
    """Probability of each option to be the cheapest while inputs with a low and a high vary at random.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions with the columns id, value, low and high; its `options` are compared.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is compared.
    runs : whole, 2 to 1000000
        Number of runs. [-]
    seed : whole, 0 to 4294967295
        Start of the random numbers; the same seed gives the same figures. [-]

    Returns
    -------
    table
        Header; option, share of the runs in which it is the cheapest, its mean regret: what it costs more than the
        cheapest of the run, on average. One that cannot be computed shows its error and is not ranked. [fraction]

    Notes
    -----
    Options that tie share their run. Draws as in TCO_MONTECARLO.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "options": "seat"}, ranges={"seat_price": (20, 40)})
    >>> cheapest(case)
    [['option', 'probability', 'mean regret'], ['seat', 1.0, 0.0]]
    """
    drawn = draws(assumptions, runs, seed)
    figures: dict[str, Array] = {}
    failed: dict[str, EngineError] = {}
    for option in assumptions.option_ids:
        try:
            figures[option] = outcomes(assumptions, (option,), measure.lower(), drawn)[0]
        except EngineError as error:
            failed[option] = error
    if not figures:
        raise next(iter(failed.values()))
    lowest = np.minimum.reduce(list(figures.values()))
    winners = np.sum([values == lowest for values in figures.values()], axis=0)
    rows = {
        option: [float(np.mean((values == lowest) / winners)), float(np.mean(values - lowest))]
        for option, values in figures.items()
    }
    return [
        ["option", "probability", "mean regret"],
        *[[option, *rows.get(option, [failed.get(option)] * 2)] for option in assumptions.option_ids],
    ]


def draws(inputs: Inputs, runs: int, seed: int) -> dict[str, Array]:
    """Draw the values of every input that has a low below its high, by run; whole inputs are rounded.

    Raises
    ------
    NotAvailable
        When no input varies.
    """
    spreads = ranges(inputs)
    varying = [r for r in spreads if r.varies]
    if not varying:
        raise NotAvailable(
            "no input varies: give some inputs a low and a high in these columns of the assumptions, the value between"
        )
    probabilities = correlated({r.name: uniforms(seed, r.name, runs) for r in varying}, spreads)
    return {r.name: _drawn(inputs, r, probabilities[r.name]) for r in varying}


def _drawn(inputs: Inputs, spread: Range, probability: Array) -> Array:
    assumption = assumptions()[spread.name]
    whole = assumption.kind != "number"
    low, high = float(spread.low or 0.0), float(spread.high or 0.0)
    if spread.distribution == "uniform":
        return uniform(probability, low, high, whole=whole)
    value = _value(inputs, spread)
    if not low <= value <= high:
        raise OutOfLimits(
            f"{spread.name}: the value {value:.15g} is not between low {low:.15g} and high {high:.15g}; it is the most "
            f"likely value of a {spread.distribution} distribution between them"
        )
    if spread.distribution == "triangular":
        values = triangular(probability, low, value, high)
    else:
        _raise_unless_in_the_middle(spread.name, low, value, high)
        values = normal(probability, low, high, float(assumption.low or 0.0), float(assumption.high or 0.0))
    return np.floor(values + 0.5) if whole else values


def _raise_unless_in_the_middle(name: str, low: float, value: float, high: float) -> None:
    """Refuse a lopsided normal distribution, whose low and high could not both be what they are said to be."""
    middle = (low + high) / 2.0
    if abs(value - middle) > MIDDLE * (high - low):
        raise OutOfLimits(
            f"{name}: the value {value:.15g} is not in the middle, {middle:.15g}, of low {low:.15g} and high "
            f"{high:.15g}, the 5 and 95 % percentiles of a normal distribution; move one of them, or use triangular"
        )


def _value(inputs: Inputs, spread: Range) -> float:
    try:
        return value_in_use(inputs, spread.name)
    except NotAvailable as blank:
        raise NotAvailable(f"{spread.name} has a low and a high but no value between them: {blank}") from None
