"""Times of one step: reading weights and caches, arithmetic, communication, fixed and host time.

Memory and arithmetic times add up: kernels follow each other, and each is bound by one of them. `dp` marks the
layout of mixture models in which every GPU keeps the attention weights and serves its own sequences (attention data
parallelism); the experts stay shared among all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.throughput.constants import Constants
from engine.throughput.replica import SWITCHED, WIDENED, Replica
from engine.units import Num

HIDDEN = 8192.0  # width of a 70B model, whose share of peak arithmetic the constants are
H100_POWER = 700.0 / 989.0  # W for each TFLOP/s of the 16-bit peak, to which they refer
POWER = 1.0 / 3.0  # dynamic power grows with the cube of the clock: voltage squared times clock, voltage with clock
ACTIVATION_BYTES = 8.0  # a layer's activations in and out, in 16 bit, around two blocks


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Speeds that the software reaches on a replica."""

    bandwidth: Num
    flops: Num
    link: Num
    latency: Num
    """Of a small all-reduce. [s]"""
    latency_large: Num
    passes: Num
    """Times that an all-reduce sends each byte."""
    pcie: NDArray[np.bool_]


def efficiency(r: Replica, c: Constants) -> Efficiency:
    """Work out the speeds of a replica. [byte/s, 1/s, s]"""
    bits, weights, kind = (np.asarray(value, dtype=np.intp) for value in (r.bits, r.weights, r.link_kind))
    mbu = np.array([c.mbu, c.mbu, c.mbu_int4])[weights]
    mfu = np.where(weights == WIDENED, c.mfu_widened, np.array([c.mfu, c.mfu, c.mfu_4])[bits])
    share = np.array([c.link_nvlink, c.link_nvlink, c.link_pcie5, c.link_pcie])[kind]
    pcie = kind > SWITCHED
    small = np.where(pcie, c.allreduce_pcie, c.allreduce_nvlink)
    large = np.where(pcie, c.allreduce_pcie, c.allreduce_large)
    amd = 1.0 + r.amd * (c.amd - 1.0)
    mfu = mfu * amd * (r.hidden / HIDDEN) ** c.mfu_size * (r.power / H100_POWER) ** POWER
    passes = np.where(kind == SWITCHED, 1.0, 2.0 * (r.tp - 1.0) / r.tp)
    return Efficiency(r.gpus * r.bandwidth * mbu, r.gpus * r.flops * mfu, r.link * share, small, large, passes, pcie)


def kept(r: Replica, tokens: Num) -> Num:
    """Tokens of a sequence that the caches keep on average over the layers: a window forgets."""
    return r.full_share * tokens + (1.0 - r.full_share) * np.minimum(tokens, r.window)


def cache_shards(r: Replica, dp: bool = False) -> Num:
    """GPUs over which the cache of a sequence, or the sequences, are divided.

    Heads are copied when there are fewer than GPUs, and a compressed cache has no heads to divide.
    """
    if dp:
        return r.gpus
    return np.where(np.asarray(r.compressed) > 0, r.pp, r.pp * np.minimum(r.tp, np.maximum(r.kv_heads, 1.0)))


def untouched(r: Replica, sequences: Num) -> Num:
    """Share of the experts that so many tokens leave unused."""
    return (1.0 - r.expert_share) ** np.maximum(sequences, 1.0)


def communication(r: Replica, e: Efficiency, tokens: Num, latency: bool = True) -> Num:
    """Two all-reduces a layer over tensor-parallel GPUs, in one shot or bound by bandwidth. [s]"""
    size = tokens * r.hidden * 2.0 / e.link
    if not latency:
        one = e.passes * size
    else:
        bulk = e.latency_large + e.passes * size
        one = np.where(e.pcie, bulk, np.minimum(e.latency + (r.tp - 1.0) * size, bulk))
    return np.where(np.asarray(r.tp) > 1, 2.0 * r.layers / r.pp * one, 0.0)


def activations(r: Replica, c: Constants, tokens: Num) -> Num:
    """Traffic of activations. [s]"""
    return c.activation * ACTIVATION_BYTES * r.layers * r.hidden * tokens / (r.bandwidth * r.gpus)


def decode(
    r: Replica, c: Constants, e: Efficiency, batch: Num, context: Num, dp: bool = False, guesses: Num = 1.0
) -> Num:
    """Time of a decode step of `batch` sequences at a mean `context`. [s]

    `guesses` is the number of tokens that each sequence checks in the step (speculative decoding), else 1.
    """
    sequences = batch / r.pp
    tokens = sequences * guesses
    unused = untouched(r, tokens)
    attention = r.parameters - r.experts - r.embedding * r.embeddings
    copies = r.tp if dp else 1.0
    weights = (attention * copies + r.experts * (1.0 - unused)) * r.weight_bytes + r.embedding * r.embedding_bytes
    body = (r.active - r.embedding * r.embeddings) * tokens + r.experts * c.expert_padding * (1.0 - unused)
    gemm = weights / e.bandwidth + 2.0 * body / e.flops
    output_layer = 2.0 * r.embedding * tokens / (r.gpus * r.flops_16 * c.mfu)
    cache = sequences * r.kv_values * r.kv_bytes * context / (cache_shards(r, dp) * r.bandwidth * c.mbu)
    scores = 4.0 * r.attention_layers * r.heads * r.decode_head * tokens * context
    scores = scores / (r.gpus * r.flops_16 * c.mfu_decode_attention)
    stage = gemm + output_layer + np.maximum(cache, scores) + communication(r, e, tokens) + activations(r, c, tokens)
    return r.pp * stage + fixed(r, c)


def prefill(r: Replica, c: Constants, e: Efficiency) -> Num:
    """Time that one prompt adds to a step, without reading experts that the step would not read. [s]"""
    tokens = r.prompt * (1.0 - r.cached)
    compute = 2.0 * (r.active - r.embedding * r.embeddings) * tokens / e.flops
    seen = _pairs(r, r.prompt) - _pairs(r, r.prompt - tokens)
    attention = 4.0 * r.attention_layers * r.heads * r.prefill_head * seen
    attention = attention / (r.gpus * r.flops_16 * c.mfu_prefill_attention)
    return compute + attention + communication(r, e, tokens, latency=False) + activations(r, c, tokens)


def prompt_experts(r: Replica, c: Constants, e: Efficiency, unused: Num) -> Num:
    """Time to read and use the experts that a step reads for its prompts only, `unused` being left by the rest. [s]"""
    met = unused * (1.0 - untouched(r, r.prompt * (1.0 - r.cached)))
    return r.experts * met * (r.weight_bytes / e.bandwidth + 2.0 * c.expert_padding / e.flops)


def fixed(r: Replica, c: Constants) -> Num:
    """Time of a step that no size explains. [s]"""
    routed = np.where(np.asarray(r.expert_share) < 1, c.expert_layer, 0.0)
    return r.layers * (c.layer + routed) + c.step * r.pp


def host(r: Replica, c: Constants, batch: Num, ranks: Num = 1.0) -> Num:
    """Time of the host for a step of continuous batching. [s]"""
    starts = batch / r.output
    per_sequence = (c.host_sequence * batch + c.host_prompt_token * starts * r.prompt * (1.0 - r.cached)) / ranks
    return np.asarray(r.host) * per_sequence * (1.0 + r.grace * (c.grace - 1.0))


def _pairs(r: Replica, tokens: Num) -> Num:
    """Pairs of tokens that causal attention joins, on average over the layers."""
    window = np.minimum(tokens, r.window)
    return r.full_share * tokens**2 / 2.0 + (1.0 - r.full_share) * (window * tokens - window**2 / 2.0)
