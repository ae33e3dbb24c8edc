"""Robust regression of the constants: logarithmic errors, pseudo-Huber loss, weak priors that keep physics in sight."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from engine.calibrate.rows import Rows
from engine.throughput.constants import Constants
from engine.throughput.room import batch_limit
from engine.throughput.steady import alone_prefill, first_token, schedulable, step
from engine.units import Array

# name: prior, least, most. The priors are textbook values; their spread is a factor of e^0.4 = 1.5.
PRIORS: Mapping[str, tuple[float, float, float]] = {
    "mbu": (0.85, 0.4, 0.97),
    "mbu_int4": (0.65, 0.1, 0.97),
    "mfu": (0.7, 0.3, 0.95),
    "mfu_4": (0.6, 0.2, 0.95),
    "mfu_widened": (0.35, 0.05, 0.95),
    "mfu_size": (0.05, 1e-3, 0.5),
    "mfu_prefill_attention": (0.5, 0.1, 0.9),
    "mfu_decode_attention": (0.25, 0.05, 0.9),
    "amd": (0.6, 0.3, 1.0),
    "expert_padding": (64.0, 1.0, 500.0),
    "activation": (8.0, 0.5, 60.0),
    "allreduce_nvlink": (5e-6, 1e-6, 5e-5),
    "allreduce_large": (2.5e-5, 2e-6, 1e-4),
    "allreduce_pcie": (5e-5, 5e-6, 3e-4),
    "link_nvlink": (0.5, 0.1, 1.0),
    "link_pcie": (0.5, 0.1, 1.2),
    "link_pcie5": (0.7, 0.1, 1.2),
    "step": (2e-3, 1e-4, 2e-2),
    "layer": (3e-5, 1e-6, 1e-4),
    "expert_layer": (2.5e-5, 1e-6, 3e-4),
    "host_sequence": (2e-5, 1e-7, 2e-4),
    "host_prompt_token": (3e-6, 1e-8, 3e-5),
    "mixed_step": (0.5, 0.01, 10.0),
    "grace": (1.5, 1.0, 5.0),
    "pipeline": (0.03, 1e-3, 0.3),
    "workspace": (3.0, 0.3, 12.0),
    "vllm": (1.1, 0.5, 2.0),
    "sglang": (1.1, 0.5, 2.0),
}
FIRST_TOKEN_PRIORS: Mapping[str, tuple[float, float, float]] = {
    "ttft_fixed": (0.1, 0.005, 1.0),
    "ttft_steps": (1.5, 0.1, 20.0),
    "ttft_queue": (0.1, 1e-3, 1.0),
    "ttft_vllm": (1.0, 0.3, 4.0),
    "ttft_sglang": (1.0, 0.3, 4.0),
}
WEIGHTS = {"max load": 1.0, "concurrency": 0.48, "prompt": 0.3}
"""Weight of a row by its kind: rows at a concurrency are many and alike."""
HUBER = 0.12  # errors above 12 % count less than squared
PRIOR_SPREAD = 0.4
MOST_STEPS = 60
FIRST_TOKEN_HUBER = 0.2


@dataclass(frozen=True)
class Prediction:
    """What the model says about rows, in their own units."""

    tokens_per_s: Array
    steady: Array
    """Tokens per second in the steady state, the number of requests of the run not known. [1/s]"""
    ttft: Array
    tpot: Array
    fits: np.ndarray


def predict(rows: Rows, c: Constants) -> Prediction:
    """Predict the rows: where the requests of a run are known, its end counts, while which the batch empties."""
    r = rows.replica
    room = np.minimum(batch_limit(r, c), schedulable(r))
    steady = np.maximum(np.where(np.isnan(rows.concurrency), room, np.minimum(rows.concurrency, room)), 1.0)
    batch = np.where(np.isnan(rows.requests), steady, np.minimum(steady, rows.requests))
    slower = _factors(rows, c, 0)
    time = r.output * step(r, c, batch) * slower
    run = np.where(np.isnan(rows.requests), batch, rows.requests) * r.output
    tokens = run / (run / (batch * r.output) * time + _emptying(rows, c, batch, time, slower))
    alone = rows.tags["kind"] == "prompt"
    long = steady / (step(r, c, steady) * slower)
    ttft = np.where(alone, alone_prefill(r, c), first_token(r, c, batch) * _factors(rows, c, 1))
    ttft = np.where(alone, ttft, np.minimum(ttft, time * r.output / (r.output + 1.0)))
    tpot = (time - ttft) / np.maximum(r.output - 1.0, 1.0)
    return Prediction(np.where(alone, 1.0 / ttft, tokens), np.where(alone, 1.0 / ttft, long), ttft, tpot, room >= 1.0)


def _emptying(rows: Rows, c: Constants, batch: Array, time: Array, slower: Array) -> Array:
    """Time that the end of a run loses.

    Requests start as others end, so that their ages spread. At the end the batch empties over one answer, half of
    it in flight on average, which does in `half` the work of time / 2. What starts together (one wave) ends together.
    Continuous in the batch, or the regression would not see where the memory's constants lead.
    """
    half = rows.replica.output * step(rows.replica, c, np.maximum(batch / 2.0, 1.0)) * slower
    waves = np.where(np.isnan(rows.requests), 1.0, rows.requests / batch)
    return np.asarray((half - time / 2.0) * np.clip(waves - 1.0, 0.0, 1.0))


def fit(rows: Rows) -> Constants:
    """Fit all constants to rows, those of the throughput first, those of the first token after them."""
    first = {name: prior for name, (prior, _, _) in {**PRIORS, **FIRST_TOKEN_PRIORS}.items()}
    possible = rows[predict(rows, Constants(**first)).fits]
    weights = np.array([WEIGHTS[kind] for kind in possible.tags["kind"]])

    def throughput(c: Constants) -> Array:
        return np.asarray(_huber(np.log(predict(possible, c).tokens_per_s / possible.tokens_per_s), HUBER) * weights)

    found = _solve(throughput, first, PRIORS)
    loaded = possible[possible.tags["kind"] == "concurrency"]

    def first_token_time(c: Constants) -> Array:
        return _huber(np.log(predict(loaded, c).ttft / loaded.ttft), FIRST_TOKEN_HUBER)

    return _solve(first_token_time, asdict(found), FIRST_TOKEN_PRIORS)


def leave_one_out(rows: Rows, tag: str) -> dict[str, Prediction]:
    """Predict the rows of every GPU (model, ...) from constants fitted without it; keys are the values of the tag."""
    out: dict[str, Prediction] = {}
    for value in np.unique(rows.tags[tag]):
        left_out = rows.tags[tag] == value
        # from the priors again, so that nothing of the rows left out remains
        out[str(value)] = predict(rows[left_out], fit(rows[~left_out]))
    return out


def _solve(
    residuals: Callable[[Constants], Array],
    start: Mapping[str, float],
    priors: Mapping[str, tuple[float, float, float]],
) -> Constants:
    from scipy.optimize import least_squares

    names = list(priors)
    prior, low, high = np.log(np.array([priors[name] for name in names])).T

    def constants(logs: Array) -> Constants:
        return Constants(**{**start, **dict(zip(names, map(float, np.exp(logs)), strict=True))})

    def with_priors(logs: Array) -> Array:
        return np.concatenate([residuals(constants(logs)), (logs - prior) / PRIOR_SPREAD * HUBER])

    first = np.clip(np.log([start[name] for name in names]), low + 1e-6, high - 1e-6)
    found: Array = least_squares(with_priors, first, bounds=(low, high), max_nfev=MOST_STEPS).x
    return constants(found)


def _huber(errors: Array, scale: float) -> Array:
    """Errors whose square is the pseudo-Huber loss."""
    return np.asarray(scale * np.sqrt(2.0 * (np.sqrt(1.0 + (errors / scale) ** 2) - 1.0)))


def _factors(rows: Rows, c: Constants, which: int) -> Array:
    return np.array([c.engine(str(name))[which] for name in rows.tags["engine"]])
