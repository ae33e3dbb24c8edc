"""Continuous batching in its steady state: what a replica delivers with a number of requests in flight.

While one request lives, each of the B requests in flight makes o decode steps and one prefill:
T(B) = o t(B), t(B) = decode(B) + B / o x prefill, joined with the time of the host.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.throughput.constants import Constants
from engine.throughput.replica import Replica
from engine.throughput.room import Tuning, batch_limit
from engine.throughput.steps import (
    Efficiency,
    decode,
    efficiency,
    fixed,
    host,
    kept,
    prefill,
    prompt_experts,
    untouched,
)
from engine.units import Num

GUESSES = 3.0  # tokens that a draft proposes for each step of speculative decoding
SEQUENCES = 4096.0  # that benchmarks let an engine schedule on one rank: the most that trtllm-bench builds for


@dataclass(frozen=True, slots=True)
class Prepared:
    """A replica with all that does not depend on the number of requests in flight."""

    r: Replica
    c: Constants
    e: Efficiency
    context: Num
    """Tokens that a request's caches hold on average while it decodes."""
    prompt: Num
    """What one prompt adds to a step. [s]"""
    mixture: NDArray[np.bool_]
    """Whether attention in data parallel is a choice."""


def prepare(r: Replica, c: Constants) -> Prepared:
    """Work out what does not depend on the number of requests in flight."""
    e = efficiency(r, c)
    mixture = np.asarray((np.asarray(r.expert_share) < 1) & (np.asarray(r.tp) > 1))
    return Prepared(r, c, e, kept(r, r.prompt + r.output / 2.0), prefill(r, c, e), mixture)


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
    room = np.minimum(batch_limit(r, c, tuning), schedulable(r, tuning))
    asked = room if batch is None else np.asarray(batch, dtype=np.float64)
    running = np.maximum(np.minimum(asked, room), 1.0)
    found = running_load(prepare(r, c), running, engine, calibration, acceptance)
    waiting = np.maximum(asked / running, 1.0)
    return replace(
        found,
        batch=asked,
        fits=np.asarray(room >= 1.0, dtype=np.float64),
        latency=found.latency * waiting,
        ttft=found.ttft + found.latency * (waiting - 1.0),
    )


def running_load(
    p: Prepared, batch: Num, engine: str = "tensorrt-llm", calibration: Num = 1.0, acceptance: Num = 0.0
) -> Load:
    """Work out a replica at a number of requests in flight that memory holds; parameters as of `load`."""
    output = p.r.output
    slower, slower_first = p.c.engine(engine)
    decoding = decode(p.r, p.c, p.e, batch, p.context)
    time = output * _with_guesses(p, batch, acceptance, decoding) * slower / calibration
    first = _first_token(p, batch, decoding) * slower_first / calibration
    first = np.minimum(first, time * output / (output + 1.0))
    requests = batch / time
    tpot = (time - first) / np.maximum(output - 1.0, 1.0)
    return Load(batch, 1.0, time, first, tpot, requests, requests * output)


def schedulable(r: Replica, tuning: Tuning | None = None) -> Num:
    """Count the sequences that the engine schedules, on one rank, or on one for each of 8 GPUs of a mixture model."""
    ranks = np.where((np.asarray(r.expert_share) < 1) & (np.asarray(r.tp) >= 8), r.tp, 1.0)  # noqa: PLR2004
    return (SEQUENCES if tuning is None else tuning.sequences) * ranks


def step(r: Replica, c: Constants, batch: Num) -> Num:
    """Time per output token of each of `batch` requests, prefills of the others included. [s]"""
    p = prepare(r, c)
    return _layouts(p, batch, decode(r, c, p.e, batch, p.context))


def _with_guesses(p: Prepared, batch: Num, acceptance: Num, decoding: Num) -> Num:
    """Time per output token, with speculative decoding where it is faster. [s]"""
    time = _layouts(p, batch, decoding)
    if not np.any(np.asarray(acceptance) > 0):
        return time
    tokens = (1.0 - acceptance ** (GUESSES + 1.0)) / (1.0 - acceptance)
    checking = decode(p.r, p.c, p.e, batch, p.context, guesses=GUESSES + 1.0)
    return np.minimum(time, _layouts(p, batch, checking, GUESSES + 1.0, tokens))


def _layouts(p: Prepared, batch: Num, decoding: Num, guesses: Num = 1.0, tokens: Num = 1.0) -> Num:
    """Choose the faster layout: tensor parallel, or for mixture models with attention in data parallel. [s]"""
    time = _joined(p, batch, decoding / tokens, tokens)
    if not p.mixture.any():
        return time
    busy = np.maximum(batch, p.r.tp)  # a GPU without a sequence waits for the others
    apart = decode(p.r, p.c, p.e, busy, p.context, dp=True, guesses=guesses)
    return np.where(p.mixture, np.minimum(time, _joined(p, busy, apart / tokens, tokens, p.r.tp)), time)


def _joined(p: Prepared, batch: Num, decoding: Num, tokens: Num, ranks: Num = 1.0) -> Num:
    """Join the decoding, the prompts that start meanwhile, and the host. [s]"""
    r, c = p.r, p.c
    starts = batch / r.output  # prompts in a step
    gpu = decoding + p.prompt * starts + r.host * c.mixed_step * fixed(r, c) * np.minimum(starts, 1.0)
    if p.mixture.any() or np.any(np.asarray(r.expert_share) < 1):
        gpu = gpu + prompt_experts(r, c, p.e, untouched(r, batch / r.pp)) * np.minimum(starts, 1.0)
    gpu = gpu * (1.0 + c.pipeline * (r.pp - 1.0))
    # host and GPU work at the same time, but not all of it: more than the larger of both, less than their sum
    host_time = host(r, c, batch, ranks) / tokens
    return np.asarray(np.hypot(gpu, host_time))


def first_token(r: Replica, c: Constants, batch: Num) -> Num:
    """Time to the first token with `batch` requests in flight. [s]"""
    p = prepare(r, c)
    return _first_token(p, batch, decode(r, c, p.e, batch, p.context))


def _first_token(p: Prepared, batch: Num, decoding: Num) -> Num:
    c = p.c
    return c.ttft_fixed + c.ttft_steps * decoding + _alone(p) * (1.0 + c.ttft_queue * (batch - 1.0))


def alone_prefill(r: Replica, c: Constants) -> Num:
    """Time of the step that reads one prompt, nothing else running. [s]"""
    return _alone(prepare(r, c))


def _alone(p: Prepared) -> Num:
    r, c, e = p.r, p.c, p.e
    weights = (r.parameters - r.experts) * r.weight_bytes / e.bandwidth
    small = np.where(np.asarray(r.tp) > 1, 2.0 * r.layers * e.latency, 0.0)
    return p.prompt + prompt_experts(r, c, e, 1.0) + weights / 2.0 + small + fixed(r, c)
