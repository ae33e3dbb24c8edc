"""The options as worksheet functions: one figure, a row of years, a table, a comparison."""

from typing import Any

from engine.case import Case
from engine.errors import DividesByZero, EngineError, WrongKind
from engine.inputs import Inputs
from engine.options import API, CLOUD, COLO, HYBRID, LEASE, ONPREM, OPTIONS, SEAT
from engine.result import MEASURES, Result, Rows


def evaluate(assumptions: Inputs, option: str) -> Result:
    """Work out one option for one case.

    Raises
    ------
    WrongKind
        When `option` is none of the options.

    Examples
    --------
    >>> from engine.inputs import Inputs
    >>> case = Inputs.read({"users": 100, "seat_price": 30})
    >>> float(evaluate(case, "seat").per_user_month[0])
    30.0
    """
    if option.lower() not in OPTIONS:
        raise WrongKind(f'option: "{option[:60]}" is none of {", ".join(OPTIONS)}')
    return Result(Case(assumptions), OPTIONS[option.lower()])


def onprem(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of own servers: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as
        power; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Examples
    --------
    >>> case = Inputs.read({"gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "node_price": 60000})
    >>> onprem(case, "acquisition")
    320000.0
    """
    return evaluate(assumptions, ONPREM.id).measure(measure.lower())


def cloud(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of rented GPU instances: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as
        rental; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Examples
    --------
    >>> case = Inputs.read({"cloud_instances": 1, "cloud_price": 38, "horizon": 1})
    >>> cloud(case, "rental") / 12
    27740.0
    """
    return evaluate(assumptions, CLOUD.id).measure(measure.lower())


def api(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of tokens from a provider: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as
        tokens; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Examples
    --------
    >>> case = Inputs.read({"users": 5000, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500,
    ...                     "api_input_price": 10, "api_output_price": 30})
    >>> round(api(case, "per_user_month"), 10)
    12.5
    """
    return evaluate(assumptions, API.id).measure(measure.lower())


def seat(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of an AI suite per seat: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as
        seats; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Examples
    --------
    >>> seat(Inputs.read({"users": 100, "seat_price": 30}), "total")
    108000.0
    """
    return evaluate(assumptions, SEAT.id).measure(measure.lower())


def lease(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of own servers that are leased: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; lease_advantage (buying less
        leasing) or lease_pv, at the after-tax cost of debt; a cost line such as lease; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Notes
    -----
    Payments as Excel's PMT: of the price at lease_rate, but for lease_residual. Above 0 lease_advantage says that the
    lease is the cheaper money.

    Examples
    --------
    Three payments of a year in arrears for 100,000 at 10 %:

    >>> case = Inputs.read({"gpus": 0, "nodes": 1, "gpu": "h100-sxm", "gpu_price": 0, "node_price": 100000,
    ...                     "lease_rate": 0.1, "lease_paid": "yearly", "lease_due": "arrears"})
    >>> round(lease(case, "lease"), 2)
    120634.44
    >>> round(lease(case, "lease_pv"), 2), abs(round(lease(case, "lease_advantage"), 6))
    (100000.0, 0.0)
    """
    return evaluate(assumptions, LEASE.id).measure(measure.lower())


def colo(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of own servers in a rented hall: a measure, the sum of a cost line, or the table of lines by year.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; a cost line such as
        colocation; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Examples
    --------
    >>> case = Inputs.read({"gpus": 8, "nodes": 1, "gpu": "h100-sxm", "node_kw": 4.4, "colo_rent": 200, "horizon": 1})
    >>> round(colo(case, "colocation"), 6)
    24000.0
    """
    return evaluate(assumptions, COLO.id).measure(measure.lower())


def hybrid(assumptions: Inputs, measure: str = "tco") -> float | Rows:
    """Cost of own servers for the base load and a provider for its peaks, at the split that costs least.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok; own_replicas, own_gpus or
        own_share for the split; a cost line such as peaks; or table.

    Returns
    -------
    number or table
        In the currency of the assumptions. [money]

    Notes
    -----
    Own servers follow the need up to hybrid_replicas, the number of lowest tco where it is blank; the rest of the day's
    load goes to hybrid_peak. It never costs more than the better of the two.

    Examples
    --------
    A load that rises evenly to 20 requests a second: half of the replicas serve three quarters of it.

    >>> case = Inputs.read({"users": 36000, "queries_per_user_day": 10, "active_hours": 10, "peak_factor": 2,
    ...                     "replica_rps": 1, "gpus_per_replica": 1, "gpu": "l40s", "target_utilisation": 1,
    ...                     "spare_replicas": 0, "hybrid_replicas": 10})
    >>> hybrid(case, "own_share")
    0.75
    """
    return evaluate(assumptions, HYBRID.id).measure(measure.lower())


def flows(assumptions: Inputs, option: str, line: str = "total") -> Rows:
    """Row of years 0..N of one line of an option; costs positive, residual value and tax relief negative.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        Option.
    line : text
        A cost line, total, capital, discount_factor, present_value or cumulative.

    Returns
    -------
    table
        One row. [money]

    Examples
    --------
    >>> flows(Inputs.read({"users": 100, "seat_price": 30, "horizon": 2}), "seat")
    [[0.0, 36000.0, 36000.0]]
    """
    return [evaluate(assumptions, option).line(line.lower())[0].tolist()]


def compare(assumptions: Inputs, measure: str = "tco") -> Rows:
    """Compare the options of input `options`: value, ratio to the cheapest, saving of the cheapest against it.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : text
        One of tco npv total capex opex eac year1 per_user_month per_query per_mtok.

    Returns
    -------
    table
        Header and one row for each option; one that cannot be computed shows its error and is not ranked.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "options": "seat"})
    >>> compare(case, "per_user_month")[1]
    ['seat', 30.0, 1.0, 0.0]
    """
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    values = {option: value_or_error(assumptions, option, measure.lower()) for option in assumptions.option_ids}
    ranked = [value for value in values.values() if isinstance(value, float)]
    header = ["option", f"{measure.lower()} ({_basis(assumptions)})", "ratio", "saving"]
    return [header, *[[option, value, *_ranking(value, ranked)] for option, value in values.items()]]


def value_or_error(assumptions: Inputs, option: str, measure: str = "tco") -> float | EngineError:
    """Return a measure of an option, or the reason why it has none.

    >>> from engine.inputs import Inputs
    >>> value_or_error(Inputs.read({"users": 100, "seat_price": 30}), "seat", "total")
    108000.0
    """
    try:
        return float(getattr(evaluate(assumptions, option), measure)[0])
    except EngineError as error:
        return error


def _ranking(value: float | EngineError, ranked: list[float]) -> list[Any]:
    """Give the ratio to the cheapest and the saving of the cheapest; an option without a figure is not ranked."""
    if isinstance(value, EngineError):
        return [value, value]
    if value == 0:
        return [DividesByZero("an option that costs nothing has no ratio")] * 2 if min(ranked) < 0 else [1.0, 0.0]
    cheapest = min(ranked)
    if cheapest == 0:
        return [DividesByZero("the cheapest option costs nothing, so there is no ratio to it"), 1.0]
    return [value / cheapest, 1.0 - cheapest / value]


def _basis(assumptions: Inputs) -> str:
    return Result(Case(assumptions), ONPREM).tax_basis
