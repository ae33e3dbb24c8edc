"""Why no replica serves a case, and what would: every remedy that a sentence names has been tried.

Two things keep a replica from serving: memory that cannot hold the weights and one request, and limits on response
times that it misses even with a single request in flight.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np

from engine import choice
from engine.catalog import Gpu, Llm
from engine.errors import EngineError, NoSolution, OutOfLimits, all_of
from engine.inputs import assumptions
from engine.memory import SCALED_BYTES
from engine.throughput.capacity import Service, service_replica
from engine.throughput.constants import constants
from engine.throughput.layout import layout
from engine.throughput.replica import Replica, beyond_context, replica
from engine.throughput.room import PRODUCTION, batch_limit, shortage
from engine.throughput.steady import load

TIMES = {"tpot": "per output token", "ttft": "to the first token", "latency": "for an answer"}
STEP_DOWN = 0.8  # a smaller model has at most so much of the parameters
NOTHING_ALONE = "no single change is enough: change several of precision, gpu, model, limits and lengths together"
SHORTER = {0.5: "half", 0.25: "a quarter"}


@dataclass(frozen=True)
class Refused:
    """One scenario that no replica serves, with what the case leaves open; no arrays, so that it can be remembered."""

    llm: Llm
    precision: str
    engine: str
    figures: tuple[float, ...]
    """Of a service: prompt, output and what follows them."""
    gpu: Gpu
    per_node: int
    gpus: int | None
    """Size of the replica where it is typed. [GPU]"""
    other_gpus: tuple[Gpu, ...]
    """GPUs to choose from; none for rented ones."""
    other_llms: tuple[Llm, ...]
    node_typed: bool
    """Whether gpus_per_node stays when the GPU changes."""
    instead: str
    """What to set in place of what was to be modelled; empty for nothing."""

    @property
    def service(self) -> Service:
        """What was asked of the replica."""
        return Service(self.llm, self.precision, self.engine, *(np.array([[figure]]) for figure in self.figures))

    @property
    def sizes(self) -> list[int]:
        """Sizes that were tried. [GPU]"""
        return [self.gpus] if self.gpus else choice.sizes(self.llm, self.per_node)

    def replica(self, gpus: int) -> Replica:
        """Describe the replica of one size."""
        return service_replica(self.service, self.gpu, gpus, self.per_node)

    def holds(self, gpus: int) -> bool:
        """Whether a size has room for the weights and one request."""
        return float(np.max(batch_limit(self.replica(gpus), constants(), PRODUCTION))) >= 1

    def alone(self, gpus: int) -> dict[str, float]:
        """Time a single request on a size. [s]"""
        s = self.service
        found = load(self.replica(gpus), constants(), 1.0, PRODUCTION, s.engine, s.calibration, s.acceptance)
        return {name: float(np.max(getattr(found, name))) for name in TIMES}

    def limit(self, name: str) -> float:
        """Limit on a time, infinite for none. [s]"""
        return float(getattr(self.service, f"{name}_limit")[0, 0])

    def serving(self) -> int:
        """Find the smallest size that would serve a request, 0 where none does or none can be laid out. [GPU]"""
        try:
            for gpus in filter(self.holds, self.sizes):
                if all(seconds <= self.limit(name) for name, seconds in self.alone(gpus).items()):
                    return gpus
                if gpus > self.per_node:  # more stages make no answer faster
                    return 0
        except NoSolution:  # no such arithmetic or no such layout: no remedy
            return 0
        return 0


def figures(service: Service, scenario: int) -> tuple[float, ...]:
    """Give the numbers of one scenario, in the order of a service."""
    arrays = (getattr(service, field.name) for field in fields(Service))
    return tuple(float(values[scenario, 0]) for values in arrays if isinstance(values, np.ndarray))


@lru_cache(maxsize=64)  # a sheet asks for a hundred figures of the same case
def refusal(refused: Refused) -> str:
    """Say why nothing serves and what does."""
    holding = [size for size in refused.sizes if refused.holds(size)]
    reason, raised = _missed(refused, holding) if holding else (_memory(refused), "")
    remedies = [text for text in (raised, *_remedies(refused), refused.instead and f"set {refused.instead}") if text]
    return f"{reason}; {_or(remedies or [NOTHING_ALONE])}"


def require_sense(service: Service, gpu: Gpu, sizes: Iterable[tuple[int, int]]) -> None:
    """Refuse what no replica can do, whatever it holds and however fast it is, all of it in one pass.

    Parameters
    ----------
    service : Service
        What is asked.
    gpu : Gpu
        What it is to run on.
    sizes : iterable of (int, int)
        GPUs in a node, and those of the replica where they are typed, else 0. [GPU]

    Raises
    ------
    EngineError
        Requests beyond the context, arithmetic that the GPU has not, GPUs that do not divide the model.
    """
    typed = [(gpus, node) for node, gpus in sizes if gpus]
    asked: list[tuple[str, Callable[[], object]]] = [
        ("", lambda: require_length(service)),
        ("precision: ", lambda: replica(service.llm, gpu, 1, precision=service.precision)),
        ("gpus_per_replica: ", lambda: [layout(service.llm, gpu, gpus, node) for gpus, node in typed]),
    ]
    found: list[EngineError] = []
    for name, required in asked:
        try:
            required()
        except EngineError as refused:
            found.append(type(refused)(f"{name}{refused}"))
    if found:
        raise all_of(found)


def require_length(service: Service) -> None:
    """Refuse requests that the model cannot hold; its context is of prompt and answer together.

    Raises
    ------
    OutOfLimits
        Names the lengths and the context of the model.
    """
    longest = int(np.argmax(service.prompt + service.output))
    beyond = beyond_context(service.llm, float(service.prompt[longest, 0]), float(service.output[longest, 0]))
    if beyond:
        raise OutOfLimits(
            f"{beyond}; shorten them to {service.llm.context:g} in all or choose a model with a longer context"
        )


def _or(words: list[str]) -> str:
    """Join words to a choice.

    >>> _or(["a"]), _or(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    return " or ".join(text for text in (", ".join(words[:-1]), words[-1]) if text)


def _memory(refused: Refused) -> str:
    """Compare what the largest replica needs with what it has."""
    gpus = refused.sizes[-1]
    largest = "" if refused.gpus else ", the largest replica"
    lacking = shortage(refused.replica(gpus), refused.gpu, constants(), PRODUCTION)
    return f"{refused.llm.id} in {refused.precision} {lacking}{largest}"


def _missed(refused: Refused, holding: list[int]) -> tuple[str, str]:
    """Tell the limits that the replica nearest to them misses with one request in flight, and what to raise."""
    inside = [n for n in holding if n <= refused.per_node] or holding  # over several nodes only where it must be
    alone = {n: refused.alone(n) for n in inside}
    best = min(inside, key=lambda n: max(alone[n][name] / refused.limit(name) for name in TIMES))
    missed = {name: seconds for name, seconds in alone[best].items() if seconds > refused.limit(name)}
    said = " and ".join(f"{name}_limit {_said(name, refused.limit(name))}" for name in missed)
    needed = " and ".join(f"{_up(seconds):g} s {TIMES[name]}" for name, seconds in missed.items())
    raised = " and ".join(f"{name}_limit to {_raised(name, seconds)}" for name, seconds in missed.items())
    return (
        f"{said}: {best} x {refused.gpu.id} need {needed} of {refused.llm.id} even for a single request",
        f"raise {raised}",
    )


def _said(name: str, limit: float) -> str:
    default = limit == assumptions()[f"{name}_limit"].default
    return f"{limit:g} s (the default)" if default else f"{limit:g} s"


def _raised(name: str, seconds: float) -> str:
    highest = assumptions()[f"{name}_limit"].high
    return f"{_up(seconds):g} s" if highest is None or _up(seconds) <= highest else "0, no limit"


def _up(seconds: float) -> float:
    """Round up to three digits, so that a limit of so much is kept.

    >>> _up(0.38611), _up(12.01), _up(1234.0)
    (0.387, 12.1, 1240.0)
    """
    unit = 10.0 ** (math.floor(math.log10(seconds)) - 2)
    return float(f"{math.ceil(seconds / unit) * unit:.6g}")


def _remedies(refused: Refused) -> Iterator[str]:
    """Try what else could be set; only what serves is named."""
    size = replace(refused, gpus=None).serving() if refused.gpus else 0
    if size:
        yield f"set gpus_per_replica to {size}"
    fewer = [p for p in ("fp8", "int8", "fp4", "int4") if SCALED_BYTES[p] < SCALED_BYTES[refused.precision]]
    if serving := [p for p in fewer if replace(refused, precision=p).serving()]:
        yield f"set precision to {_or(serving)}"
    if other := _smallest_gpu(refused):
        yield f"set gpu to {other.gpu.id}"
    elif refused.gpus and not size and (other := _smallest_gpu(replace(refused, gpus=None))):
        yield f"set gpu to {other.gpu.id} and gpus_per_replica to {other.serving()}"
    if smaller := _smaller_model(refused):
        yield f"set model to a smaller one such as {smaller}"
    for share, words in SHORTER.items():
        prompt, output, *others = refused.figures
        if replace(refused, figures=(max(prompt * share, 1.0), max(output * share, 1.0), *others)).serving():
            yield f"shorten prompts and answers to {words}"
            return


def _smallest_gpu(refused: Refused) -> Refused | None:
    """Find the GPU of least memory that serves, in nodes as usual for it."""
    known = sorted(refused.other_gpus, key=lambda gpu: (gpu.mem_gb, gpu.mem_bw_gbs))
    nodes = ((gpu, refused.per_node if refused.node_typed else gpu.gpus_per_node) for gpu in known)
    others = (replace(refused, gpu=gpu, per_node=node) for gpu, node in nodes)
    return next((other for other in others if other.serving()), None)


def _smaller_model(refused: Refused) -> str | None:
    """Find a smaller model that is served and holds the requests, each one tried a good deal smaller than the last."""
    below = refused.llm.params_total_b
    for llm in sorted(refused.other_llms, key=lambda llm: -llm.params_total_b):
        if llm.params_total_b >= STEP_DOWN * below or sum(refused.figures[:2]) > llm.context:
            continue
        below = llm.params_total_b
        if replace(refused, llm=llm).serving():
            return llm.id
    return None
