"""Speed of the throughput model: a million evaluations, one cell, one automatic sizing.

python -m benchmarks.bench_throughput
"""

import timeit
from collections.abc import Callable
from dataclasses import fields

import numpy as np

from engine import catalog
from engine.inputs import Inputs
from engine.sizing import sizing
from engine.throughput import throughput
from engine.throughput.constants import constants
from engine.throughput.replica import Replica, replica
from engine.throughput.steady import load

EVALUATIONS = 1_000_000
BLOCK = 8192  # evaluations at once: their arrays stay in the cache of a core
CASE = {
    "users": 20000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "gpu": "h100-sxm", "prompt_tokens": 1000,
    "output_tokens": 500,
}  # fmt: skip


def main() -> None:
    """Print seconds for a million evaluations, milliseconds for the rest, with their goals."""
    _say(
        "1,000,000 evaluations, dense models", min(timeit.repeat(lambda: million("dense"), number=1, repeat=3)), "s", 3
    )
    _say("1,000,000 evaluations, mixtures", min(timeit.repeat(lambda: million("mixture"), number=1, repeat=3)), "s", 3)
    _say("TCO_THROUGHPUT", 1e3 * _each(lambda: throughput("llama-3.1-70b", "h100-sxm", 4, "fp8")), "ms", None)
    for name, change in (
        ("TCO_SIZING, automatic, FP16", {}),
        ("TCO_SIZING, automatic, FP8", {"precision": "fp8"}),
        ("TCO_SIZING, automatic, DeepSeek-V3", {"model": "deepseek-v3", "gpu": "h200", "precision": "fp8"}),
        ("TCO_SIZING, automatic, two nodes", {"model": "llama-3.1-405b"}),
    ):
        case = Inputs.read({**CASE, **change})
        _say(name, 1e3 * _each(lambda case=case: sizing(case)), "ms", 2)
    typed = Inputs.read({**CASE, "replica_rps": 2, "gpus_per_replica": 4})
    _say("TCO_SIZING, replica_rps typed", 1e3 * _each(lambda: sizing(typed)), "ms", 1)


def million(kind: str) -> float:
    """Evaluate a million replicas, each with requests and a load of its own; return the mean of tokens per second."""
    model = {"dense": "llama-3.1-70b", "mixture": "qwen3-235b-a22b"}[kind]
    base = replica(catalog.llm(model), catalog.gpu("h200"), 8, precision="fp8")
    c, total = constants(), 0.0
    steps = np.linspace(0.0, 1.0, EVALUATIONS)
    for start in range(0, EVALUATIONS, BLOCK):
        share = steps[start : start + BLOCK]
        values = {f.name: np.full_like(share, getattr(base, f.name)) for f in fields(Replica)}
        several = Replica(**{**values, "prompt": 100.0 + 10000.0 * share, "output": 50.0 + 2000.0 * share})
        total += float(np.sum(load(several, c, 1.0 + 300.0 * share).tokens_per_s))
    return total / EVALUATIONS


def _each(work: Callable[[], object]) -> float:
    work()
    return min(timeit.repeat(work, number=50, repeat=5)) / 50


def _say(what: str, figure: float, unit: str, goal: float | None) -> None:
    print(f"{what:40s} {figure:8.2f} {unit}" + (f"   goal: below {goal:g} {unit}" if goal else ""))


if __name__ == "__main__":
    main()
