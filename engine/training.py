"""Training: operations, days, what interruptions cost, money, and renting against owning the cluster."""

from typing import Any

import numpy as np

from engine import catalog
from engine.errors import DividesByZero, NotAvailable
from engine.units import DAYS_PER_YEAR, Num

HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = 86400.0
OPERATIONS_PER_TFLOP = 1e12
MINUTES_PER_HOUR = 60.0


def train_flops(params_b: Num, tokens_b: Num) -> Num:
    """Operations to train a dense transformer: 6 per parameter and token.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, 0 or more
        Tokens of training data. [1e9 tokens]

    Returns
    -------
    number or array
        Operations, forward and backward. [FLOP]

    Notes
    -----
    C = 6 N D: 2 operations per parameter and token forward, 4 backward; attention is left out.

    References
    ----------
    Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv:2001.08361, section 2.1.

    Examples
    --------
    Llama 3.1 405B on 15 trillion tokens:

    >>> train_flops(405, 15000)
    3.645e+25
    """
    return 6 * params_b * tokens_b * 1e18


def train_days(params_b: Num, tokens_b: Num, gpus: Num, tflops: Num, mfu: Num = 0.4, goodput: Num = 1.0) -> Num:
    """Days that a cluster needs for a training run.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, 0 or more
        Tokens of training data. [1e9 tokens]
    gpus : number, above 0
        GPUs of the cluster. [GPU]
    tflops : number, above 0
        Dense peak of one GPU at the training precision; data sheets often print the double, with sparsity. [TFLOP/s]
    mfu : number, above 0 to 1
        Model FLOPs utilisation: useful over peak operations. [fraction]
    goodput : number, above 0 to 1
        Share of the time in which training advances: TCO_TRAIN_GOODPUT, or as measured. [fraction]

    Returns
    -------
    number or array
        Duration; without interruptions at goodput 1. [day]

    References
    ----------
    Chowdhery et al. 2022, PaLM, arXiv:2204.02311, section 4.1 (MFU).

    Examples
    --------
    >>> round(train_days(405, 15000, 16000, 989, 0.4), 2)
    66.65
    """
    useful = gpus * tflops * mfu * OPERATIONS_PER_TFLOP * SECONDS_PER_DAY
    return train_flops(params_b, tokens_b) / useful / goodput


def train_goodput(
    gpus: Num,
    gpu_mtbf_hours: Num,
    checkpoint_minutes: Num,
    restart_minutes: Num,
    interval_minutes: Num | None = None,
) -> Num:
    """Share of the time in which training advances, when interruptions throw it back to its last checkpoint.

    Parameters
    ----------
    gpus : number, above 0
        GPUs of the cluster; the failure of any one stops them all. [GPU]
    gpu_mtbf_hours : number, above 0
        Mean time between interruptions times the GPUs of the cluster it was measured on. [h]
    checkpoint_minutes : number, above 0
        Time for which training stands still to write a checkpoint. [min]
    restart_minutes : number, 0 or more
        Time from an interruption until training runs again. [min]
    interval_minutes : number, above 0
        Training between two checkpoints; left out: the interval that loses least. [min]

    Returns
    -------
    number or array
        Training time over wall-clock time. [fraction]

    Notes
    -----
    With a mean time M between interruptions of the cluster, exponentially distributed, a stretch of training tau with
    its checkpoint delta takes M exp(R/M) (exp((tau + delta)/M) - 1) on average, R being the restart.

    References
    ----------
    Daly 2006, A higher order estimate of the optimum checkpoint interval for restart dumps, Future Generation Computer
    Systems 22, 303-312.

    Examples
    --------
    Llama 3's cluster, interrupted 466 times in 54 days, if a checkpoint takes 15 seconds and a restart 5 minutes:

    >>> round(float(train_goodput(16384, 45566, 0.25, 5)), 3)
    0.918
    """
    mtbf = gpu_mtbf_hours * MINUTES_PER_HOUR / gpus
    interval = _best_interval(mtbf, checkpoint_minutes) if interval_minutes is None else interval_minutes
    with np.errstate(over="ignore"):  # a cluster that never runs through an interval: infinitely long, goodput 0
        stretch = mtbf * np.exp(restart_minutes / mtbf) * np.expm1((interval + checkpoint_minutes) / mtbf)
    goodput: Num = interval / stretch
    return goodput


def _best_interval(mtbf: Num, checkpoint: Num) -> Num:
    """Training between two checkpoints that loses least, by Daly's series. [min]"""
    ratio = checkpoint / (2.0 * mtbf)
    series = np.sqrt(2.0 * checkpoint * mtbf) * (1.0 + np.sqrt(ratio) / 3.0 + ratio / 9.0) - checkpoint
    interval: Num = np.where(ratio < 1.0, series, mtbf)
    return interval


def train_cost(
    params_b: Num,
    tokens_b: Num,
    gpus: Num,
    gpu: str,
    mfu: Num = 0.4,
    measure: str = "rent",
    price: Num | None = None,
    power_factor: Num = 2.0,
    tariff: Num | None = None,
    life_years: Num = 4.0,
    other_share: Num = 0.5,
    goodput: Num = 1.0,
) -> Num:
    """Cost, energy or duration of a training run in 16 bit on GPUs of the catalogue.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, 0 or more
        Tokens of training data. [1e9 tokens]
    gpus : number, above 0
        GPUs of the cluster. [GPU]
    gpu : text
        Catalogue id of the GPU.
    mfu : number, above 0 to 1
        Model FLOPs utilisation: useful over peak operations. [fraction]
    measure : {"gpu_hours", "days", "rent", "energy_kwh", "energy_cost", "capex", "amortised"}
        What to return.
    price : number, 0 or more
        For rent: of one GPU-hour; for capex and amortised: of one GPU. [money]
    power_factor : number, 0 or more
        Power of the whole site over the GPUs' TDP. [-]
    tariff : number, 0 or more
        Price of energy, for energy_cost. [money/kWh]
    life_years : number, above 0
        Years over which amortised spreads the cluster. [yr]
    other_share : number, 0 to 0.99
        Servers, network and site as a share of the whole cluster. [fraction]
    goodput : number, above 0 to 1
        Share of the time in which training advances, interruptions taken off. [fraction]

    Returns
    -------
    number or array
        GPU-hours, days, kWh or money, as the measure says. [by measure]

    Raises
    ------
    NotAvailable
        When the GPU is not in the catalogue, or the price that the measure needs is blank.

    Examples
    --------
    Renting for Llama 3.1 8B on 15 trillion tokens, at 2 USD an hour:

    >>> round(train_cost(8, 15000, 1024, "h100-sxm", 0.4, "rent", 2))
    1011122
    """
    row = catalog.gpu(gpu)
    days = train_days(params_b, tokens_b, gpus, row.fp16_dense_tflops, mfu, goodput)
    gpu_hours = gpus * days * HOURS_PER_DAY
    energy = gpu_hours * row.tdp_w / 1000 * power_factor
    quantities = {"gpu_hours": gpu_hours, "days": days, "energy_kwh": energy}
    if measure in quantities:
        return quantities[measure]
    if measure == "energy_cost":
        return energy * _given(tariff, "tariff is blank: the measure energy_cost needs the price of a kWh")
    if measure == "rent":
        return gpu_hours * _given(price, "price is blank: the measure rent needs the price of one GPU-hour")
    gpu_price = _given(price, f"price is blank: the measure {measure} needs the price of one GPU")
    capex = cluster_capex(gpus, gpu_price, other_share)
    return capex if measure == "capex" else capex * (days / (life_years * DAYS_PER_YEAR))


def _given(value: Num | None, problem: str) -> Num:
    if value is None:
        raise NotAvailable(problem)
    return value


def cluster_capex(gpus: Num, gpu_price: Num, other_share: Num = 0.5) -> Num:
    """Purchase price of a training cluster from that of its GPUs.

    Parameters
    ----------
    gpus : number, 0 or more
        GPUs of the cluster. [GPU]
    gpu_price : number, 0 or more
        Price of one GPU. [money/GPU]
    other_share : number, 0 to 0.99
        Servers, network and site as a share of the whole cluster. [fraction]

    Returns
    -------
    number or array
        Purchase price of the whole cluster. [money]

    Examples
    --------
    >>> cluster_capex(16000, 30000)
    960000000.0
    """
    return gpus * gpu_price / (1 - other_share)


def train_compare(
    params_b: Num,
    tokens_b: Num,
    gpus: Num,
    gpu: str,
    rent_price: Num,
    gpu_price: Num,
    tariff: Num,
    measure: str = "table",
    mfu: Num = 0.4,
    goodput: Num = 1.0,
    utilisation: Num = 1.0,
    life_years: Num = 4.0,
    other_share: Num = 0.5,
    power_factor: Num = 2.0,
) -> Num | list[list[Any]]:
    """Renting GPUs for a training run against owning a cluster that also serves other work.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, 0 or more
        Tokens of training data. [1e9 tokens]
    gpus : number, above 0
        GPUs of the cluster, rented or own. [GPU]
    gpu : text
        Catalogue id of the GPU.
    rent_price : number, 0 or more
        Rent of one GPU-hour. [money/h]
    gpu_price : number, 0 or more
        Price of one GPU. [money/GPU]
    tariff : number, 0 or more
        Price of energy. [money/kWh]
    measure : {"table", "rent", "own", "rent_gpu_hour", "own_gpu_hour", "breakeven_utilisation"}
        The comparison, one of its figures, or the utilisation from which owning is cheaper (above 1: never).
    mfu : number, above 0 to 1
        Model FLOPs utilisation: useful over peak operations. [fraction]
    goodput : number, above 0 to 1
        Share of the time in which training advances, interruptions taken off. [fraction]
    utilisation : number, above 0 to 1
        Share of its life in which the own cluster works, on this run or another. [fraction]
    life_years : number, above 0
        Years after which the own cluster is worth nothing. [yr]
    other_share : number, 0 to 0.99
        Servers, network and site as a share of the whole cluster. [fraction]
    power_factor : number, 0 or more
        Power of the whole site over the GPUs' TDP. [-]

    Returns
    -------
    number or table
        Money, money per GPU-hour or a share; as table option, cost, cost of a GPU-hour, ratio to the cheaper.

    Notes
    -----
    The run pays its days of the cluster's working life, capex x days / (life x 365 x utilisation), and its energy.
    Staff, tax and the cost of capital are left out on both sides.

    Examples
    --------
    Llama 3.1 405B at 2.5 USD a GPU-hour against 16,000 GPUs at 30,000 USD:

    >>> round(train_compare(405, 15000, 16000, "h100-sxm", 2.5, 30000, 0.083, "breakeven_utilisation"), 3)
    0.718
    """
    hours = train_cost(params_b, tokens_b, gpus, gpu, mfu, "gpu_hours", goodput=goodput)
    return rent_or_own(
        hours, gpu, rent_price, gpu_price, tariff, measure, utilisation, life_years, other_share, power_factor
    )


def rent_or_own(
    hours: Num,
    gpu: str,
    rent_price: Num,
    gpu_price: Num,
    tariff: Num,
    measure: str,
    utilisation: Num,
    life_years: Num,
    other_share: Num,
    power_factor: Num,
) -> Num | list[list[Any]]:
    """Compare renting GPU-hours with owning the GPUs; arguments as in `train_compare`.

    >>> round(rent_or_own(1000.0, "h100-sxm", 2.5, 30000, 0.083, "own_gpu_hour", 0.8, 4, 0.5, 2), 4)
    2.2566
    """
    working_hours = life_years * DAYS_PER_YEAR * HOURS_PER_DAY * utilisation
    capital = cluster_capex(1.0, gpu_price, other_share) / working_hours
    energy = catalog.gpu(gpu).tdp_kw * power_factor * tariff
    per_hour = {"rent": rent_price, "own": capital + energy}
    if measure == "table":
        return _comparison(hours, per_hour)
    if measure == "breakeven_utilisation":
        if np.any(rent_price <= energy):
            raise NotAvailable(
                f"rent_price {rent_price:.6g} is not above the energy of an own GPU-hour, {energy:.6g}: "
                "renting is cheaper at any utilisation"
            )
        return capital * utilisation / (rent_price - energy)
    option, _, unit = measure.partition("_")
    return per_hour[option] if unit else per_hour[option] * hours


def _comparison(hours: Num, per_hour: dict[str, Num]) -> list[list[Any]]:
    cheaper = min(float(price) for price in per_hour.values())
    if cheaper == 0:
        raise DividesByZero("the cheaper of renting and owning costs nothing, so there is no ratio to it")
    rows = [[name, float(hours * price), float(price), float(price) / cheaper] for name, price in per_hour.items()]
    return [["option", "cost", "per GPU-hour", "ratio"], *rows]
