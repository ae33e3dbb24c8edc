"""Fine-tuning: memory, the GPUs that hold it, and the GPU-hours of full training, LoRA and QLoRA."""

from typing import Any

import numpy as np

from engine import catalog
from engine.catalog import Gpu
from engine.errors import NoSolution
from engine.training import OPERATIONS_PER_TFLOP, rent_or_own, train_flops
from engine.units import BYTES_PER_GB, SECONDS_PER_HOUR, Num

# Weights, gradients and optimizer states, per trainable parameter. Mixed-precision Adam keeps 2 bytes of weight,
# 2 of gradient and 12 of fp32 weight, momentum and variance (Rajbhandari et al. 2020, section 3.1).
ADAM_BYTES = 16.0
FULL_BYTES = {"full": ADAM_BYTES, "bf16": 8.0, "adam8bit": 6.0}
# An adapter trains a small share of parameters beside frozen weights, held in 16 bit or in 4 bit with its constants.
FROZEN_BYTES = {"lora": 2.0, "qlora": 0.55}

# Of the 6 operations per parameter and token, 2 are the gradients of weights, which frozen weights do not need.
FROZEN_SHARE = 4.0 / 6.0
QLORA_TIME = 1.3  # weights are expanded from 4 bit in every pass: a rule of thumb, measure where it matters

# Korthikanti et al. 2022, equation 2, bytes of one layer over sequence x sequences x hidden: what a pass keeps of a
# layer, and what attention keeps besides, over heads x sequence / hidden.
LAYER_BYTES, ATTENTION_BYTES, INPUT_BYTES = 34.0, 5.0, 2.0


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


def activation_gb(model: str, sequence_tokens: Num, sequences: Num = 1.0, recompute: str = "full") -> Num:
    """GPU memory of what the forward pass keeps for the backward pass, in 16 bit.

    Parameters
    ----------
    model : text
        Model of the catalogue.
    sequence_tokens : number, 1 or more
        Tokens of one training sequence. [token]
    sequences : number, above 0
        Sequences in one pass (micro-batch). [sequence]
    recompute : {"none", "selective", "full"}
        What the backward pass works out again: nothing, attention, or all of a layer but its input.

    Returns
    -------
    number or array
        Memory over all GPUs that share one copy of the model. [GB]

    Notes
    -----
    s b h L (34 + 5 a s / h) bytes for L layers of width h with a heads; attention recomputed 34 s b h L; all of it
    2 s b h L. Layers are taken as those of GPT: gated or mixture layers keep somewhat more.

    References
    ----------
    Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, arXiv:2205.05198,
    section 4.1.

    Examples
    --------
    >>> round(activation_gb("llama-3.1-8b", 8192), 2)
    2.15
    """
    llm = catalog.llm(model)
    attention = ATTENTION_BYTES * llm.heads * sequence_tokens / llm.hidden
    kept = {"none": LAYER_BYTES + attention, "selective": LAYER_BYTES, "full": INPUT_BYTES}[recompute]
    return sequence_tokens * sequences * llm.hidden * llm.layers * kept / BYTES_PER_GB


def finetune_gpus(
    params_b: Num,
    gpu: str,
    method: str = "full",
    trainable_share: Num = 0.01,
    activations: Num = 0.0,
    memory_share: Num = 0.9,
    gpus_per_node: Num | None = None,
) -> Num:
    """GPUs that hold a fine-tuning run, its states divided over all of them; beyond one node, whole nodes.

    Parameters
    ----------
    params_b : number, above 0
        Parameters. [1e9 parameters]
    gpu : text
        Catalogue id of the GPU.
    method : {"full", "bf16", "adam8bit", "lora", "qlora"}
        As in TCO_FINETUNE_GB.
    trainable_share : number, 0 to 1
        Parameters of the adapter over those of the model, for lora and qlora. [fraction]
    activations : number, 0 or more
        Activations on every GPU, which works on sequences of its own: TCO_ACTIVATION_GB. [GB/GPU]
    memory_share : number, above 0 to 1
        Share of a GPU's memory that can be used. [fraction]
    gpus_per_node : number, 1 or more
        GPUs of one node; left out: as in the catalogue. [GPU]

    Returns
    -------
    number or array
        GPUs. [GPU]

    Raises
    ------
    NoSolution
        When the activations alone fill a GPU.

    References
    ----------
    Rajbhandari et al. 2020, ZeRO, arXiv:1910.02054, section 5.3 (stage 3 divides weights, gradients and states).

    Examples
    --------
    >>> finetune_gpus(70.6, "h100-sxm", "lora"), finetune_gpus(405.9, "h100-sxm")
    (3.0, 96.0)
    """
    row = catalog.gpu(gpu)
    room = memory_share * row.mem_gb - activations
    if np.any(room <= 0):
        raise NoSolution(_no_room(row, float(np.max(activations)), float(np.min(memory_share))))
    gpus = np.ceil(finetune_gb(params_b, method, trainable_share) / room - 1e-9)
    per_node = row.gpus_per_node if gpus_per_node is None else gpus_per_node
    whole: Num = np.where(gpus > per_node, np.ceil(gpus / per_node) * per_node, gpus)
    return float(whole) if np.ndim(whole) == 0 else whole


def _no_room(gpu: Gpu, activations: float, share: float) -> str:
    return (
        f"activations: {activations:.6g} GB do not fit into {share:.0%} of the {gpu.mem_gb:g} GB of {gpu.id}; shorten "
        "the sequences, put fewer into one pass or recompute more"
    )


def finetune_gpu_hours(
    params_b: Num,
    tokens_b: Num,
    gpu: str,
    method: str = "full",
    mfu: Num = 0.4,
    goodput: Num = 1.0,
) -> Num:
    """GPU-hours of a fine-tuning run in 16 bit; times the price of a GPU-hour they are its rent.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, 0 or more
        Tokens of training data, every epoch counted. [1e9 tokens]
    gpu : text
        Catalogue id of the GPU.
    method : {"full", "bf16", "adam8bit", "lora", "qlora"}
        As in TCO_FINETUNE_GB.
    mfu : number, above 0 to 1
        Model FLOPs utilisation: useful over peak operations. [fraction]
    goodput : number, above 0 to 1
        Share of the time in which training advances. [fraction]

    Returns
    -------
    number or array
        GPU-hours. [h]

    Notes
    -----
    6 N D operations; 4 N D where weights are frozen, because their gradients are not needed. QLoRA takes 1.3 times as
    long as LoRA, for it expands its weights in every pass (a rule of thumb).

    Examples
    --------
    Llama 3.1 8B on 10 million tokens:

    >>> round(finetune_gpu_hours(8, 0.01, "h100-sxm", "lora"), 3)
    0.225
    """
    useful = catalog.gpu(gpu).fp16_dense_tflops * OPERATIONS_PER_TFLOP * mfu * SECONDS_PER_HOUR
    full = train_flops(params_b, tokens_b) / useful / goodput
    share = FROZEN_SHARE if method in FROZEN_BYTES else 1.0
    return full * share * (QLORA_TIME if method == "qlora" else 1.0)


def finetune_compare(
    params_b: Num,
    tokens_b: Num,
    gpu: str,
    rent_price: Num,
    gpu_price: Num,
    tariff: Num,
    method: str = "lora",
    measure: str = "table",
    mfu: Num = 0.4,
    goodput: Num = 1.0,
    utilisation: Num = 1.0,
    life_years: Num = 4.0,
    other_share: Num = 0.5,
    power_factor: Num = 2.0,
) -> Num | list[list[Any]]:
    """Renting GPUs for a fine-tuning run against owning GPUs that also serve other work.

    Parameters
    ----------
    params_b : number, above 0
        Parameters; of a mixture of experts the active ones. [1e9 parameters]
    tokens_b : number, above 0
        Tokens of training data, every epoch counted. [1e9 tokens]
    gpu : text
        Catalogue id of the GPU.
    rent_price : number, 0 or more
        Rent of one GPU-hour. [money/h]
    gpu_price : number, 0 or more
        Price of one GPU. [money/GPU]
    tariff : number, 0 or more
        Price of energy. [money/kWh]
    method : {"full", "bf16", "adam8bit", "lora", "qlora"}
        As in TCO_FINETUNE_GB.
    measure : {"table", "rent", "own", "rent_gpu_hour", "own_gpu_hour", "breakeven_utilisation"}
        The comparison, one of its figures, or the utilisation from which owning is cheaper (above 1: never).
    mfu : number, above 0 to 1
        Model FLOPs utilisation: useful over peak operations. [fraction]
    goodput : number, above 0 to 1
        Share of the time in which training advances. [fraction]
    utilisation : number, above 0 to 1
        Share of their life in which the own GPUs work, on this run or another. [fraction]
    life_years : number, above 0
        Years after which own GPUs are worth nothing. [yr]
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
    GPU-hours of TCO_FINETUNE_GPU_HOURS at the rent, and at the cost of an own GPU-hour as in TCO_TRAIN_COMPARE. How
    many GPUs share the hours does not matter: TCO_FINETUNE_GPUS says how many hold the run.

    Examples
    --------
    LoRA of Llama 3.1 70B on 100 million tokens, own GPUs used for a third of the time:

    >>> money = 2.5, 30000, 0.1
    >>> rows = finetune_compare(70.6, 0.1, "h100-sxm", *money, utilisation=1 / 3)[1:]
    >>> [[row[0], round(row[1], 2), round(row[2], 3)] for row in rows]
    [['rent', 49.57, 2.5], ['own', 104.64, 5.277]]
    """
    hours = finetune_gpu_hours(params_b, tokens_b, gpu, method, mfu, goodput)
    return rent_or_own(
        hours, gpu, rent_price, gpu_price, tariff, measure, utilisation, life_years, other_share, power_factor
    )
