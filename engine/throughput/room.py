"""Room in GPU memory: the weights of a replica, and what is left for the caches of requests in flight."""

from dataclasses import dataclass

from engine import memory
from engine.catalog import Gpu, Llm
from engine.errors import NoSolution
from engine.units import BYTES_PER_GB

SIXTEEN_BIT = frozenset({"fp32", "fp16", "bf16"})


@dataclass(frozen=True)
class Tuning:
    """How tightly memory is filled."""

    share: float
    """Usable share of the memory of a GPU."""
    workspace_gb: float
    """Activations and runtime on each GPU. [GB]"""


BENCHMARK = Tuning(0.97, 0.6)
"""As published benchmarks run."""
PRODUCTION = Tuning(0.90, 3.0)
"""As operations run: room for longer requests than the mean, and for a second engine to start beside the first."""


def cache_gb(llm: Llm, precision: str, tokens: float) -> float:
    """Key-value cache of one request of so many tokens; layers with a window keep the window only. [GB]"""
    number = 2.0 if precision in SIXTEEN_BIT else 1.0  # engines keep the cache in 8 bit beside quantised weights
    values = memory.kv_values(llm)
    full = llm.full_attn_layers / llm.layers if llm.sliding_window else 1.0
    kept = full * tokens + (1.0 - full) * min(tokens, llm.sliding_window or tokens)
    return values * number * kept / BYTES_PER_GB


def room_gb(gpu: Gpu, gpus: int, tuning: Tuning = BENCHMARK) -> float:
    """Memory of a replica's GPUs that weights and caches may take. [GB]"""
    return gpus * (tuning.share * gpu.mem_gb - tuning.workspace_gb)


def require_room(llm: Llm, gpu: Gpu, gpus: int, precision: str, tokens: float, tuning: Tuning = BENCHMARK) -> None:
    """Refuse a replica that cannot hold its weights and the cache of one request."""
    weights = memory.weights_gb(llm.id, precision)
    memory.require_fit(weights, gpu, gpus)
    cache, room = cache_gb(llm, precision, tokens), room_gb(gpu, gpus, tuning)
    if weights + cache > room:
        raise NoSolution(
            f"needs {weights:.1f} GB for weights and {cache:.1f} GB for one request, {gpus} x {gpu.id} leaves "
            f"{room:.1f} GB beside its workspace: more GPUs, a lower precision or shorter requests"
        )
