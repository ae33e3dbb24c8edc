"""Monte Carlo: how sure a figure is when its inputs are not, and how often an option is the cheapest."""

import numpy as np

from engine.analysis.distributions import percentile, triangular, uniforms
from engine.analysis.ranges import Range, ranges, value_in_use
from engine.analysis.scenarios import known, outcomes
from engine.errors import EngineError, NotAvailable, OutOfLimits
from engine.inputs import Inputs, assumptions
from engine.result import Rows
from engine.units import Array

PERCENTILES = (5, 10, 50, 90, 95)


def montecarlo(assumptions: Inputs, option: str, measure: str = "tco", runs: int = 1000, seed: int = 1) -> Rows:
    """Mean, standard deviation and percentiles of a measure while inputs with a low and a high vary at random.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions with the columns id, value, low and high.
    option : {"onprem", "cloud", "api", "seat"}
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
    Triangular between low and high, most likely at the value; inputs are independent; all options see the same draws.

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
    varying = [r for r in ranges(inputs) if r.low is not None and r.high is not None and r.low < r.high]
    if not varying:
        raise NotAvailable(
            "no input varies: give some inputs a low and a high in these columns of the assumptions, the value between"
        )
    return {r.name: _drawn(inputs, r, uniforms(seed, r.name, runs)) for r in varying}


def _drawn(inputs: Inputs, spread: Range, probability: Array) -> Array:
    low, high = float(spread.low or 0.0), float(spread.high or 0.0)
    mode = _mode(inputs, spread.name)
    if not low <= mode <= high:
        raise OutOfLimits(
            f"{spread.name}: the value {mode:.15g} is not between low {low:.15g} and high {high:.15g}; it is the most "
            "likely value of a triangular distribution between them"
        )
    values = triangular(probability, low, mode, high)
    return values if assumptions()[spread.name].kind == "number" else np.floor(values + 0.5)


def _mode(inputs: Inputs, name: str) -> float:
    try:
        return value_in_use(inputs, name)
    except NotAvailable as blank:
        raise NotAvailable(f"{name} has a low and a high but no value between them: {blank}") from None
