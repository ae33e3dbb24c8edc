"""Continuous batching in its steady state: what a replica delivers with a number of requests in flight.

While one request lives, each of the B requests in flight makes o decode steps and one prefill:
T(B) = o t(B), t(B) = decode(B) + B / o x prefill, joined with the time of the host.
"""

from dataclasses import dataclass

import numpy as np

from engine.throughput.constants import Constants
from engine.throughput.replica import Replica
from engine.throughput.room import Tuning, batch_limit
from engine.throughput.steps import Efficiency, decode, efficiency, fixed, host, kept, prefill, untouched
from engine.units import Num

GUESSES = 3.0  # tokens that a draft proposes for each step of speculative decoding
SCHEDULER_LIMIT = 2048.0  # sequences that an engine schedules on one rank


@dataclass(frozen=True, slots=True)
class Load:
    """What a replica delivers at `batch` requests in flight."""

    batch: Num
    fits: Num
    """1 where one request has room, else 0."""
    latency: Num
    """Of a whole answer. [s]"""
    ttft: Num
    """Time to first token. [s]"""
    tpot: Num
    """Time per output token after the first. [s]"""
    requests_per_s: Num
    tokens_per_s: Num
    """Output tokens. [1/s]"""


def load(
    r: Replica,
    c: Constants,
    batch: Num | None = None,
    tuning: Tuning | None = None,
    engine: str = "tensorrt-llm",
    calibration: Num = 1.0,
    acceptance: Num = 0.0,
) -> Load:
    """Work out a replica at a number of requests in flight, by default as many as fit.

    Requests beyond what memory holds wait: the answer takes longer, the throughput stays.

    Parameters
    ----------
    batch : number or array, optional
        Requests in flight.
    tuning : Tuning, optional
        How tightly memory is filled; by default as benchmarks do.
    engine : str
        tensorrt-llm, vllm or sglang.
    calibration : number or array
        Measured over modelled throughput.
    acceptance : number or array
        Acceptance rate of speculative decoding; it is used where it makes answers faster.
    """
    room = np.minimum(batch_limit(r, c, tuning), schedulable(r))
    asked = room if batch is None else np.asarray(batch, dtype=np.float64)
    running = np.maximum(np.minimum(asked, room), 1.0)
    slower, slower_first = c.engine(engine)
    e = efficiency(r, c)
    time = r.output * step(r, c, running, acceptance, e) * slower / calibration
    waiting = np.maximum(asked / running, 1.0)
    first = first_token(r, c, running, e) * slower_first / calibration
    first = np.minimum(first, time * r.output / (r.output + 1.0)) + time * (waiting - 1.0)
    latency = time * waiting
    requests = running / time
    tpot = (latency - first) / np.maximum(r.output - 1.0, 1.0)
    return Load(asked, np.asarray(room >= 1.0, dtype=np.float64), latency, first, tpot, requests, requests * r.output)


def schedulable(r: Replica) -> Num:
    """Count the sequences that the engine schedules, on one rank, or on one for each of 8 GPUs of a mixture model."""
    ranks = np.where((np.asarray(r.expert_share) < 1) & (np.asarray(r.tp) >= 8), r.tp, 1.0)  # noqa: PLR2004
    return SCHEDULER_LIMIT * ranks


def step(r: Replica, c: Constants, batch: Num, acceptance: Num = 0.0, e: Efficiency | None = None) -> Num:
    """Time per output token of each of `batch` requests, prefills of the others included. [s]"""
    e = e or efficiency(r, c)
    time = _step(r, c, e, batch)
    if np.any(np.asarray(acceptance) > 0):
        tokens = (1.0 - acceptance ** (GUESSES + 1.0)) / (1.0 - acceptance)
        time = np.minimum(time, _step(r, c, e, batch, GUESSES + 1.0, tokens))
    return time


def _step(r: Replica, c: Constants, e: Efficiency, batch: Num, guesses: Num = 1.0, tokens: Num = 1.0) -> Num:
    """Choose the faster layout: tensor parallel, or for mixture models with attention in data parallel."""
    time = _in_layout(r, c, e, batch, dp=False, guesses=guesses, tokens=tokens)
    mixture = (np.asarray(r.expert_share) < 1) & (np.asarray(r.tp) > 1)
    if not np.any(mixture):
        return time
    apart = _in_layout(r, c, e, batch, dp=True, guesses=guesses, tokens=tokens)
    return np.where(mixture & (batch >= r.tp) & (apart < time), apart, time)


def _in_layout(r: Replica, c: Constants, e: Efficiency, batch: Num, *, dp: bool, guesses: Num, tokens: Num) -> Num:
    context = kept(r, r.prompt + r.output / 2.0)
    prompts = prefill(r, c, e, untouched(r, batch / r.pp)) * batch / r.output
    gpu = decode(r, c, e, batch, context, dp, guesses) / tokens + prompts
    gpu = gpu * (1.0 + c.pipeline * (r.pp - 1.0))
    ranks = r.tp if dp else 1.0
    return join(gpu, host(r, c, batch, ranks) / tokens)


def join(gpu: Num, host: Num) -> Num:
    """Join times that overlap: the fourth root of the sum of their fourth powers, nearly the larger. [s]"""
    return np.asarray(np.sqrt(np.sqrt(np.square(np.square(gpu)) + np.square(np.square(host)))))


def first_token(r: Replica, c: Constants, batch: Num, e: Efficiency | None = None) -> Num:
    """Time to the first token with `batch` requests in flight. [s]"""
    e = e or efficiency(r, c)
    alone = alone_prefill(r, c, e)
    context = kept(r, r.prompt + r.output / 2.0)
    waits = c.ttft_steps * decode(r, c, e, batch, context)
    return c.ttft_fixed + waits + alone * (1.0 + c.ttft_queue * (batch - 1.0))


def alone_prefill(r: Replica, c: Constants, e: Efficiency | None = None) -> Num:
    """Time of the step that reads one prompt, nothing else running. [s]"""
    e = e or efficiency(r, c)
    weights = (r.parameters - r.experts) * r.weight_bytes / e.bandwidth
    small = np.where(np.asarray(r.tp) > 1, 2.0 * r.layers * e.latency, 0.0)
    return prefill(r, c, e) + weights / 2.0 + small + fixed(r, c)
