"""What a replica can serve under limits on its response times.

Memory is filled as operations do (`room.PRODUCTION`), not as benchmarks do.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.catalog import Gpu, Llm
from engine.throughput.constants import Constants, constants
from engine.throughput.layout import layout
from engine.throughput.replica import Replica, replica
from engine.throughput.room import PRODUCTION, batch_limit
from engine.throughput.room import room as memory_room
from engine.throughput.steady import Load, Prepared, prepare, running_load, schedulable
from engine.units import Array

POINTS = 128  # requests in flight looked at in one pass


@dataclass(frozen=True)
class Service:
    """What is asked of a replica; arrays have the shape (S, 1), one row a scenario."""

    llm: Llm
    precision: str
    engine: str
    prompt: Array
    output: Array
    ttft_limit: Array
    """This one and the next two: infinite for none. [s]"""
    tpot_limit: Array
    latency_limit: Array
    cached: Array
    pruned: Array
    acceptance: Array
    calibration: Array


@dataclass(frozen=True)
class Capacity:
    """What one replica serves, shape (S, 1)."""

    requests_per_s: Array
    """0 where the replica does not meet the limits. [1/s]"""
    gpus: Array
    batch: Array
    """Requests in flight."""
    binding: tuple[str, ...]
    """What keeps a scenario's replica from more: memory, engine, ttft, tpot or latency."""


def capacity(service: Service, gpu: Gpu, gpus: int, per_node: int, c: Constants | None = None) -> Capacity:
    """Work out what a replica over `gpus` GPUs serves.

    Speculative decoding does not add to the capacity: it only lets a replica meet limits that it would miss.
    """
    c = c or constants()
    r = service_replica(service, gpu, gpus, per_node)
    if np.all(r.weights_total >= memory_room(r, c, PRODUCTION)):
        return _nothing(np.zeros_like(service.prompt), gpus)
    most = np.minimum(batch_limit(r, c, PRODUCTION), schedulable(r, PRODUCTION))
    room = np.maximum(np.floor(most), 0.0) * np.ones_like(service.prompt)
    if not np.any(room):
        return _nothing(room, gpus)
    times = _Times(service, r, c)
    first = np.ones_like(room)
    keeps = times.keep(first, 0.0)
    acceptance = np.where(keeps, 0.0, service.acceptance)
    if np.any(acceptance > 0):
        keeps = times.keep(first, acceptance)
    room = np.where(keeps, room, 0.0)
    if not np.any(room):
        return _nothing(room, gpus)
    batch = _largest(times, room, acceptance)
    # one more than the largest shows which limit is the next
    both = times.at(np.maximum(np.concatenate([batch, np.minimum(batch + 1.0, room)], axis=1), 1.0), acceptance)
    served = np.where(batch >= 1, np.asarray(both.requests_per_s)[:, :1], 0.0)
    memory = batch_limit(r, c, PRODUCTION) * np.ones_like(room)
    return Capacity(served, np.full_like(served, gpus), batch, _binding(service, both, room, batch, memory))


@dataclass(frozen=True)
class _Times:
    """A replica under the requests of a service, at any number of them in flight."""

    service: Service
    r: Replica
    c: Constants

    @cached_property
    def prepared(self) -> Prepared:
        return prepare(self.r, self.c)

    def at(self, batch: Array, acceptance: Array | float) -> Load:
        s = self.service
        return running_load(self.prepared, batch, s.engine, s.calibration, acceptance)

    def keep(self, batch: Array, acceptance: Array | float) -> NDArray[np.bool_]:
        """Tell whether the limits are kept."""
        s, found = self.service, self.at(batch, acceptance)
        return np.asarray(
            (found.ttft <= s.ttft_limit) & (found.tpot <= s.tpot_limit) & (found.latency <= s.latency_limit)
        )


def _nothing(zeros: Array, gpus: int) -> Capacity:
    return Capacity(zeros, np.full_like(zeros, gpus), zeros, ("",) * len(zeros))


def service_replica(service: Service, gpu: Gpu, gpus: int, per_node: int) -> Replica:
    """Describe a replica under the requests of a service."""
    r = replica(service.llm, gpu, *layout(service.llm, gpu, gpus, per_node), service.precision)
    r = replace(r, prompt=service.prompt, output=service.output, cached=service.cached)
    return r.pruned(service.pruned) if np.any(service.pruned > 0) else r


def _largest(times: _Times, room: Array, acceptance: Array | float) -> Array:
    """Find the most requests in flight, up to `room`, that keep the limits; times grow with them."""
    low = np.minimum(room, 1.0)  # keeps the limits
    high = room + 1.0  # does not
    share = np.arange(1, POINTS + 1) / (POINTS + 1.0)
    while np.any(high - low > 1.0):
        # even steps in the logarithm: the first pass spans everything, the second ends within its step
        even = np.exp(np.log(low + 1.0) + (np.log(high + 1.0) - np.log(low + 1.0)) * share) - 1.0
        tried = np.clip(np.rint(even), np.minimum(low + 1.0, high - 1.0), high - 1.0)
        kept = times.keep(np.maximum(tried, 1.0), acceptance) | (tried <= low)
        high = np.minimum(high, np.min(np.where(kept, np.inf, tried), axis=1, keepdims=True))
        low = np.maximum(low, np.max(np.where(kept & (tried < high), tried, 0.0), axis=1, keepdims=True))
    return low


def _binding(service: Service, both: Load, room: Array, batch: Array, memory: Array) -> tuple[str, ...]:
    """Name the limit that one more request in flight would break."""
    names = np.full(room.shape, "memory", dtype=object)
    names[(batch >= room) & (memory > room + 1.0)] = "engine"
    for name in ("latency", "tpot", "ttft"):
        more = np.asarray(getattr(both, name))[:, 1:]
        names[(batch < room) & (more > getattr(service, f"{name}_limit"))] = name
    return tuple(str(name) for name in names[:, 0])
