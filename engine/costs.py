"""Cost formulas. Plain numbers or arrays in, money out: no input models, no files."""

import numpy as np

from engine.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK, Num


def power(it_kw: Num, hours: Num, tariff: Num, pue: Num = 1.0, load: Num = 1.0) -> Num:
    """Electricity cost of an IT load and of the facility that cools it.

    Parameters
    ----------
    it_kw : number, 0 or more
        IT power at full load. [kW]
    hours : number, 0 or more
        Hours of operation. [h]
    tariff : number, 0 or more
        Price of energy with grid fees, before VAT. [money/kWh]
    pue : number, 1 or more
        Power usage effectiveness: facility energy over IT energy. [-]
    load : number, 0 to 1
        Mean over full IT power. [fraction]

    Returns
    -------
    number or array
        Electricity cost over these hours. [money]

    References
    ----------
    ISO/IEC 30134-2, Power usage effectiveness (PUE).

    Examples
    --------
    A cluster of 22.4 MW over 54 days:

    >>> round(power(22400, 1296, 0.083), 4)
    2409523.2
    """
    return it_kw * load * pue * hours * tariff


def licence(gpus: Num, price: Num, term_years: Num = 1.0, horizon_years: Num = 1.0) -> Num:
    """Share of software licences per GPU that falls on a horizon.

    Parameters
    ----------
    gpus : number, 0 or more
        Licensed GPUs. [GPU]
    price : number, 0 or more
        Price of one licence for its whole term. [money/GPU/term]
    term_years : number, above 0
        Term of that price. [yr]
    horizon_years : number, 0 or more
        Years to pay for; part of a term counts in proportion. [yr]

    Returns
    -------
    number or array
        Licence cost over the horizon. [money]

    Examples
    --------
    Three years of a five-year licence on 80 GPUs:

    >>> licence(80, 18000, 5, 3)
    864000.0
    """
    return gpus * price * horizon_years / term_years


def fte(count: Num, count_max: Num, fte_min: Num, fte_max: Num) -> Num:
    """People who look after a number of nodes or model instances.

    Parameters
    ----------
    count : number, 0 or more
        Nodes or instances to look after. [-]
    count_max : number, 1 or more
        Count at which `fte_max` is reached. [-]
    fte_min : number, 0 or more
        People for the first node or instance. [FTE]
    fte_max : number, 0 or more
        People for `count_max` and any more. [FTE]

    Returns
    -------
    number or array
        Full-time equivalents. [FTE]

    Notes
    -----
    A straight line from `fte_min` at 1 to `fte_max` at `count_max`, level outside; nobody when there is nothing
    to look after; `fte_max` when `count_max` is 1.

    Examples
    --------
    >>> print(fte(20, 20, 0.10, 1.00))
    1.0
    >>> print(fte(1, 20, 0.10, 1.00), fte(0, 20, 0.10, 1.00))
    0.1 0.0
    """
    one = np.equal(count_max, 1)
    along = (np.minimum(count, count_max) - 1) / (
        count_max - 1 + one
    )  # "+ one" keeps 0/0 out of the case count_max = 1
    share = np.where(one, 1.0, np.maximum(along, 0.0))
    people: Num = np.greater(count, 0) * (fte_min + share * (fte_max - fte_min))
    return people


def usd_per_mtok(usd_per_hour: Num, tokens_per_s: Num, utilisation: Num = 1.0) -> Num:
    """Cost of a million tokens from hardware paid by the hour.

    Parameters
    ----------
    usd_per_hour : number, 0 or more
        Cost of the hardware. [money/h]
    tokens_per_s : number, above 0
        Throughput at full load. The result is for the tokens that it counts: output, or prompt and output. [token/s]
    utilisation : number, above 0 to 1
        Mean over full throughput. [fraction]

    Returns
    -------
    number or array
        Cost per million tokens. [money/Mtok]

    Examples
    --------
    >>> round(usd_per_mtok(0.36, 2000), 15)
    0.05
    """
    return usd_per_hour / (tokens_per_s * utilisation * SECONDS_PER_HOUR) * TOKENS_PER_MTOK


def query_cost(
    prompt_tokens: Num,
    output_tokens: Num,
    input_price: Num,
    output_price: Num,
    cached_share: Num = 0.0,
    cached_price: Num | None = None,
) -> Num:
    """Cost of one query at the prices of a token API.

    Parameters
    ----------
    prompt_tokens : number, 0 or more
        Prompt length, context included. [token]
    output_tokens : number, 0 or more
        Length of the answer. [token]
    input_price : number, 0 or more
        Price of prompt tokens. [money/Mtok]
    output_price : number, 0 or more
        Price of output tokens. [money/Mtok]
    cached_share : number, 0 to 1
        Share of the prompt billed at `cached_price`. [fraction]
    cached_price : number, 0 or more
        Price of prompt tokens found in the provider's cache; blank: `input_price`. [money/Mtok]

    Returns
    -------
    number or array
        Cost per query. [money]

    Examples
    --------
    >>> query_cost(1000, 500, 10, 30)
    0.025
    """
    cached = input_price if cached_price is None else cached_price
    prompt_price = (1 - cached_share) * input_price + cached_share * cached
    return (prompt_tokens * prompt_price + output_tokens * output_price) / TOKENS_PER_MTOK


def demand(
    users: Num, queries_per_user_day: Num, active_hours: Num = 24.0, peak_factor: Num = 1.0, cache_hit: Num = 0.0
) -> Num:
    """Peak demand: requests per second that reach the servers.

    Parameters
    ----------
    users : number, 0 or more
        People who use the service. [person]
    queries_per_user_day : number, 0 or more
        Queries of one user on a working day, before the response cache. [1/day]
    active_hours : number, above 0 to 24
        Hours over which a working day's queries spread. [h/day]
    peak_factor : number, 1 or more
        Peak over mean load inside the active hours. [-]
    cache_hit : number, 0 to 1
        Queries answered from a response cache. [fraction]

    Returns
    -------
    number or array
        Demand at the peak. [1/s]

    Examples
    --------
    >>> round(demand(50000, 25, 16), 13)
    21.7013888888889
    """
    return users * queries_per_user_day * peak_factor * (1 - cache_hit) / (active_hours * SECONDS_PER_HOUR)
