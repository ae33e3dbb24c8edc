"""The worksheet function TCO_THROUGHPUT."""

from collections.abc import Callable

from engine import catalog
from engine.catalog import Gpu, Llm
from engine.errors import NoSolution, OutOfLimits
from engine.throughput.band import band, outside
from engine.throughput.constants import Constants, constants
from engine.throughput.layout import layout
from engine.throughput.replica import Replica, beyond_context, replica, require_context
from engine.throughput.room import require_room
from engine.throughput.steady import Load, load


def throughput(
    model: str,
    gpu: str,
    gpus: int = 1,
    precision: str = "fp16",
    prompt_tokens: float = 1000,
    output_tokens: float = 500,
    concurrency: float | None = None,
    measure: str = "tokens_per_s",
    engine: str = "tensorrt-llm",
) -> float | bool | str:
    """Speed and latency of one replica of a model, from a model calibrated on published measurements.

    Parameters
    ----------
    model : text
        Model of the catalogue.
    gpu : text
        GPU of the catalogue.
    gpus : whole, 1 to 72
        GPUs that hold one copy of the model. [GPU]
    precision : {"fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"}
        Number format of the weights.
    prompt_tokens : number, 1 or more
        Mean length of a prompt. [token]
    output_tokens : number, 1 or more
        Mean length of an answer. [token]
    concurrency : number, 1 or more
        Requests in flight; left out: as many as memory allows when tuned as benchmarks are. [request]
    measure : {"tokens_per_s", "low", "high", "requests_per_s", "ttft", "ttft_low", "ttft_high", "tpot", "latency", "concurrency", "fits", "warning"}
        Output tokens per second and their 90 % band, requests per second, time to first token and its band, time
        per output token, time of the whole answer, requests in flight, whether it fits, or what to be careful about.
    engine : {"tensorrt-llm", "vllm", "sglang"}
        Inference engine.

    Returns
    -------
    number, boolean or text
        The measure, times in seconds.

    Examples
    --------
    >>> throughput("llama-3.1-70b", "h100-sxm", 1, measure="fits"), throughput("llama-3.1-8b", "l40s", measure="fits")
    (False, True)
    >>> throughput("llama-3.1-70b", "h100-sxm")
    Traceback (most recent call last):
    engine.errors.NoSolution: needs 141 GB, 1 x h100-sxm has 80 GB: more GPUs, a lower precision or a smaller model
    """  # noqa: E501  a choice stands on one line
    llm, card = catalog.llm(model), catalog.gpu(gpu)
    if measure == "fits":
        return _fits(llm, card, gpus, precision, prompt_tokens, output_tokens)
    c = constants()
    found = load(
        fitting_replica(llm, card, gpus, precision, prompt_tokens, output_tokens, c), c, concurrency, engine=engine
    )
    warning = outside(llm, card, gpus, precision, prompt_tokens, output_tokens)
    if measure == "warning":
        beyond = beyond_context(llm, prompt_tokens, output_tokens)
        return "; ".join(text for text in (warning, beyond and f"{beyond}: TCO_SIZING refuses it") if text)
    low, high = band(llm, bool(warning), loaded=concurrency is not None)
    early, late = band(llm, bool(warning), figure="ttft")
    measures: dict[str, Callable[[Load], float]] = {
        "tokens_per_s": lambda load: float(load.tokens_per_s),
        "low": lambda load: float(load.tokens_per_s) * low,
        "high": lambda load: float(load.tokens_per_s) * high,
        "requests_per_s": lambda load: float(load.requests_per_s),
        "ttft": lambda load: float(load.ttft),
        "ttft_low": lambda load: float(load.ttft) * early,
        "ttft_high": lambda load: float(load.ttft) * late,
        "tpot": lambda load: float(load.tpot),
        "latency": lambda load: float(load.latency),
        "concurrency": lambda load: float(load.batch),
    }
    return measures[measure](found)


def fitting_replica(
    llm: Llm, gpu: Gpu, gpus: int, precision: str, prompt: float, output: float, c: Constants
) -> Replica:
    """Describe the replica, or say why there is none.

    Raises
    ------
    OutOfLimits
        When a prompt or an answer is longer than the context of the model.
    NoSolution
        When memory, precision or attention heads do not allow the replica.
    """
    require_context(llm, prompt, output)
    r = replica(llm, gpu, *layout(llm, gpu, gpus), precision, prompt, output)
    require_room(r, gpu, c)
    return r


def _fits(llm: Llm, gpu: Gpu, gpus: int, precision: str, prompt: float, output: float) -> bool:
    try:
        fitting_replica(llm, gpu, gpus, precision, prompt, output, constants())
    except (NoSolution, OutOfLimits):
        return False
    return True
