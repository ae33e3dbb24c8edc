"""Which replica serves a case: one of a given size, or the fewest GPUs that hold the model and keep the limits."""

import numpy as np

from engine.catalog import Gpu, Llm
from engine.throughput.capacity import Capacity, Service, capacity
from engine.throughput.layout import LARGEST


def sizes(llm: Llm, per_node: int) -> list[int]:
    """Sizes of a replica to try: those inside a node that divide the heads evenly, then whole nodes. [GPU]

    >>> from engine import catalog
    >>> sizes(catalog.llm("llama-3.1-70b"), 8)
    [1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72]
    """
    inside = [n for n in range(1, per_node + 1) if llm.heads % n == 0 and (n & (n - 1) == 0 or n == per_node)]
    beyond = range(2 * per_node, LARGEST + 1, per_node) if llm.heads % per_node == 0 else ()
    return [*inside, *beyond]


def replica(service: Service, gpu: Gpu, per_node: int, gpus: int | None = None) -> Capacity:
    """Choose the replica of each scenario; where none serves, its requests per second are 0.

    Parameters
    ----------
    service : Service
        What is asked of it.
    gpu : Gpu
        What it runs on.
    per_node : int
        GPUs in a node. [GPU]
    gpus : int, optional
        Its size; left out: the fewest GPUs that serve. [GPU]
    """
    tried = [gpus] if gpus else sizes(service.llm, per_node)
    best = capacity(service, gpu, tried[0], per_node)
    for size in tried[1:]:
        if np.all(best.requests_per_s > 0):
            break
        best = _smaller(best, capacity(service, gpu, size, per_node))
    return best


def _smaller(first: Capacity, second: Capacity) -> Capacity:
    """Keep the first, smaller replica wherever it serves."""
    keep = first.requests_per_s > 0
    served, gpus, batch = (
        np.where(keep, getattr(first, n), getattr(second, n)) for n in ("requests_per_s", "gpus", "batch")
    )
    names = tuple(a if k else b for a, b, k in zip(first.binding, second.binding, keep[:, 0], strict=True))
    return Capacity(served, gpus, batch, names)
