"""The worksheet function TCO_THROUGHPUT."""

from engine import catalog
from engine.errors import NoSolution, NotAvailable
from engine.throughput.room import require_room


def throughput(
    model: str,
    gpu: str,
    gpus: int = 1,
    precision: str = "fp16",
    prompt_tokens: float = 1000,
    output_tokens: float = 500,
    concurrency: float | None = None,
    measure: str = "tokens_per_s",
) -> float | bool:
    """Speed and latency of one replica of a model.

    Parameters
    ----------
    model : text
        Model of the catalogue.
    gpu : text
        GPU of the catalogue.
    gpus : whole, 1 or more
        GPUs that hold one copy of the model. [GPU]
    precision : {"fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"}
        Number format of the weights.
    prompt_tokens : number, 1 or more
        Mean length of a prompt. [token]
    output_tokens : number, 1 or more
        Mean length of an answer. [token]
    concurrency : number, 1 or more
        Requests in flight; left out: as many as memory allows when tuned as benchmarks are. [request]
    measure : {"tokens_per_s", "low", "high", "requests_per_s", "ttft", "tpot", "latency", "concurrency", "fits"}
        Output tokens per second, the low and high end of their 90 % band, requests per second, time to first
        token, time per output token, time of the whole answer, requests in flight, or whether it fits.

    Returns
    -------
    number or boolean
        The measure, times in seconds.

    Examples
    --------
    >>> throughput("llama-3.1-70b", "h100-sxm", 1, measure="fits"), throughput("llama-3.1-8b", "l40s", measure="fits")
    (False, True)
    >>> throughput("llama-3.1-70b", "h100-sxm")
    Traceback (most recent call last):
    engine.errors.NoSolution: needs 141 GB, 1 x h100-sxm has 80 GB: more GPUs, a lower precision or a smaller model
    """
    llm, card = catalog.llm(model), catalog.gpu(gpu)
    try:
        require_room(llm, card, gpus, precision, prompt_tokens + output_tokens)
    except NoSolution:
        if measure == "fits":
            return False
        raise
    if measure == "fits":
        return True
    raise NotAvailable(
        f"{measure} is not modelled in this version: measure the replica and set replica_rps (concurrency {concurrency})"
    )
