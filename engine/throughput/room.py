"""Room in GPU memory: the weights of a replica, and what is left for the caches of requests in flight."""

from dataclasses import dataclass

import numpy as np

from engine.catalog import Gpu
from engine.errors import NoSolution
from engine.throughput.constants import Constants
from engine.throughput.replica import Replica
from engine.throughput.steps import cache_shards, kept
from engine.units import BYTES_PER_GB, Num

CACHE_SHARE = 0.9  # of the memory that weights and buffers leave, engines give caches so much by default


@dataclass(frozen=True)
class Tuning:
    """How tightly memory is filled, against the label of the GPU."""

    share: float
    workspace_gb: float
    """Activations and runtime on each GPU. [GB]"""
    sequences: float
    """Requests that the engine schedules on one rank."""


PRODUCTION = Tuning(0.90, 3.0, 2048.0)
"""As operations run: room for requests longer than the mean and for what else the GPU holds; the engine's default."""


def room(r: Replica, c: Constants, tuning: Tuning | None = None) -> Num:
    """Memory that weights and caches may take, as benchmarks fill it or by `tuning`. [byte]"""
    if tuning is None:
        left = r.gpus * (r.memory - c.workspace * BYTES_PER_GB) - r.weights_total
        return r.weights_total + CACHE_SHARE * left
    return r.gpus * (tuning.share * r.label - tuning.workspace_gb * BYTES_PER_GB)


def cache(r: Replica) -> Num:
    """Memory of one request at its full length, over all GPUs. [byte]

    Copies of heads count; mixture models and compressed caches are divided by sequence instead.
    """
    apart = (np.asarray(r.compressed) > 0) | (np.asarray(r.expert_share) < 1)
    copies = np.where(apart, 1.0, r.gpus / cache_shards(r))
    return r.kv_values * r.kv_bytes * kept(r, r.prompt + r.output) * copies


def batch_limit(r: Replica, c: Constants, tuning: Tuning | None = None) -> Num:
    """Count the requests that memory holds; below 1 the replica does not fit."""
    return (room(r, c, tuning) - r.weights_total) / cache(r)


def require_room(r: Replica, gpu: Gpu, c: Constants, tuning: Tuning | None = None) -> None:
    """Refuse a replica without room for its weights and one request."""
    if lacking := shortage(r, gpu, c, tuning):
        shorter = ", or shorter requests" if "for one request" in lacking else ""
        raise NoSolution(f"{lacking}: more GPUs, a lower precision or a smaller model{shorter}")


def shortage(r: Replica, gpu: Gpu, c: Constants, tuning: Tuning | None = None) -> str:
    """Compare what weights and one request need with what there is; empty text where it fits."""
    gpus, has = float(np.max(r.gpus)), float(np.max(r.gpus * r.label)) / BYTES_PER_GB
    weights, one, free = (float(np.max(b)) / BYTES_PER_GB for b in (r.weights_total, cache(r), room(r, c, tuning)))
    if weights + one <= free:
        return ""
    if weights > has:
        return f"needs {weights:.0f} GB, {gpus:g} x {gpu.id} has {has:.0f} GB"
    return (
        f"needs {weights:.1f} GB for weights and {_size(one)} for one request, {gpus:g} x {gpu.id} of {has:.0f} GB "
        f"leaves {_size(max(free, 0.0))} for them"
    )


def _size(gb: float) -> str:
    """Write a size of memory so that a small one does not become 0.

    >>> _size(69.0), _size(0.0419), _size(0.00052)
    ('69.0 GB', '42 MB', '0.52 MB')
    """
    return f"{gb:.1f} GB" if gb >= 1 or gb == 0 else f"{float(f'{gb * 1e3:.2g}'):g} MB"
