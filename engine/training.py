"""Training and fine-tuning: operations, days, money and memory."""

from engine import catalog
from engine.errors import NotAvailable
from engine.units import DAYS_PER_YEAR, Num

HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = 86400.0
OPERATIONS_PER_TFLOP = 1e12

# Weights, gradients and optimizer states, per trainable parameter. Mixed-precision Adam keeps 2 bytes of weight,
# 2 of gradient and 12 of fp32 weight, momentum and variance (Rajbhandari et al. 2020, section 3.1).
ADAM_BYTES = 16.0
FULL_BYTES = {"full": ADAM_BYTES, "bf16": 8.0, "adam8bit": 6.0}
# An adapter trains a small share of parameters beside frozen weights, held in 16 bit or in 4 bit with its constants.
FROZEN_BYTES = {"lora": 2.0, "qlora": 0.55}


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


def train_days(params_b: Num, tokens_b: Num, gpus: Num, tflops: Num, mfu: Num = 0.4) -> Num:
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

    Returns
    -------
    number or array
        Duration without interruptions. [day]

    References
    ----------
    Chowdhery et al. 2022, PaLM, arXiv:2204.02311, section 4.1 (MFU).

    Examples
    --------
    >>> round(train_days(405, 15000, 16000, 989, 0.4), 2)
    66.65
    """
    return train_flops(params_b, tokens_b) / (gpus * tflops * mfu * OPERATIONS_PER_TFLOP * SECONDS_PER_DAY)


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
    days = train_days(params_b, tokens_b, gpus, row.fp16_dense_tflops, mfu)
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


def finetune_gb(params_b: Num, method: str = "full", trainable_share: Num = 0.01) -> Num:
    """GPU memory of weights, gradients and optimizer states in fine-tuning, without activations.

    Parameters
    ----------
    params_b : number, above 0
        Parameters. [1e9 parameters]
    method : {"full", "bf16", "adam8bit", "lora", "qlora"}
        Bytes per parameter: full 16 (mixed-precision Adam), bf16 8, adam8bit 6, lora 2 + 16 x share, qlora 0.55 +
        16 x share.
    trainable_share : number, 0 to 1
        Parameters of the adapter over those of the model, for lora and qlora. [fraction]

    Returns
    -------
    number or array
        Memory over all GPUs. [GB]

    References
    ----------
    Rajbhandari et al. 2020, ZeRO, arXiv:1910.02054, section 3.1; Dettmers et al. 2023, QLoRA, arXiv:2305.14314.

    Examples
    --------
    >>> finetune_gb(405, "bf16")
    3240.0
    >>> round(finetune_gb(70, "qlora"), 6)
    49.7
    """
    if method in FULL_BYTES:
        return params_b * FULL_BYTES[method]
    return params_b * (FROZEN_BYTES[method] + ADAM_BYTES * trainable_share)
