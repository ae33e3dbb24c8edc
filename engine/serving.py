"""From assumptions to what one replica serves: the throughput model asked for a case and its scenarios."""

from dataclasses import fields, replace

import numpy as np

from engine import catalog, choice
from engine.case import Case
from engine.catalog import Gpu, Llm
from engine.errors import NoSolution, NotAvailable
from engine.inputs import Inputs
from engine.inputs import assumptions as known_assumptions
from engine.refusals import Refused, figures, refusal, require_sense
from engine.resolve import required
from engine.throughput.band import band, outside
from engine.throughput.capacity import Capacity, Service, service_replica
from engine.throughput.constants import constants
from engine.throughput.room import require_room
from engine.throughput.steady import load
from engine.units import Array

LIMITS = ("ttft_limit", "tpot_limit", "latency_limit")
NEEDED = ("model", "prompt_tokens", "output_tokens")


def modelled(case: Case, gpu: Gpu, per_node: Array, gpus: Array | None = None) -> Capacity:
    """Model what a replica serves, in each scenario, shape (S, 1).

    Parameters
    ----------
    case : Case
        The requests, the limits, the levers.
    gpu : Gpu
        What it runs on: the own GPUs or the rented ones.
    per_node : array, shape (S, 1) or (1, 1)
        GPUs in a node. [GPU]
    gpus : array, shape (S, 1) or (1, 1), optional
        GPUs of the replica; left out: the fewest that meet the limits. [GPU]

    Raises
    ------
    NoSolution
        Where no replica holds the model and keeps the limits; the sentence names what does.
    """
    asked = service(case)
    sizes = np.concatenate(np.broadcast_arrays(per_node, 0.0 if gpus is None else gpus, asked.prompt)[:2], axis=1)
    found = np.empty((len(sizes), 3))
    binding = [""] * len(sizes)
    different = np.unique(sizes, axis=0)
    require_sense(asked, gpu, [(int(node), int(typed)) for node, typed in different])
    for size in different:
        chosen = np.all(sizes == size, axis=1)
        node, fixed = int(size[0]), int(size[1])
        part = _scenarios(asked, chosen)
        capacity = choice.replica(part, gpu, node, fixed or None)
        idle = capacity.requests_per_s[:, 0] <= 0
        if np.any(idle):
            raise NoSolution(refusal(_refused(case, part, int(np.argmax(idle)), gpu, node, fixed or None)))
        found[chosen] = np.concatenate([capacity.requests_per_s, capacity.gpus, capacity.batch], axis=1)
        for i, name in zip(np.flatnonzero(chosen), capacity.binding, strict=True):
            binding[i] = name
    return Capacity(found[:, :1], found[:, 1:2], found[:, 2:], tuple(binding))


def _refused(case: Case, asked: Service, scenario: int, gpu: Gpu, per_node: int, gpus: int | None) -> Refused:
    """Describe a scenario that nothing serves, and what may be set instead."""
    rented = gpu.id != required(case.inputs, "gpu").lower()
    measured = "gpus_per_replica to that of the measurement" if case.is_set("replica_rps") else ""
    return Refused(
        asked.llm,
        asked.precision,
        asked.engine,
        figures(asked, scenario),
        gpu,
        per_node,
        gpus,
        other_gpus=() if rented else tuple(catalog.gpu(row[0]) for row in catalog.ids("gpu")),
        other_llms=tuple(catalog.llm(row[0]) for row in catalog.ids("llm")),
        node_typed=case.inputs.gpus_per_node is not None,
        instead="cloud_instances" if rented else measured,
    )


def service(case: Case) -> Service:
    """Collect what is asked of a replica; no limit is an infinite one."""
    llm = catalog.llm(str(case.inputs.model))
    numbers = {
        "prompt": case["prompt_tokens"],
        "output": case["output_tokens"],
        **{name: _limit(case, name) for name in LIMITS},
        "cached": case["prefix_cache_hit"],
        "pruned": case["pruned_layers"],
        "acceptance": case["speculative_acceptance"],
        "calibration": case["calibration"],
    }
    rows = max(len(values) for values in numbers.values())
    spread = {name: np.ascontiguousarray(np.broadcast_to(values, (rows, 1))) for name, values in numbers.items()}
    return Service(llm, str(case.inputs.precision), str(case.inputs.engine), **spread)


def _limit(case: Case, name: str) -> Array:
    """Limit on a time, infinite where there is none: blank without a default, or a typed 0. [s]"""
    if not case.is_set(name):
        return np.array([[np.inf]])
    return np.where(case[name] > 0.0, case[name], np.inf)


def own_gpu(inputs: Inputs, blank: str) -> Gpu:
    """Find the GPU of own servers, once nothing that the model needs is missing.

    Raises
    ------
    NotAvailable
        Names the assumptions that stand in for the blank one.
    """
    gpu = catalog.gpu(required(inputs, "gpu"))
    missing = [name for name in NEEDED if getattr(inputs, name) is None]
    if missing:
        remedy = f"set {'them' if len(missing) > 1 else 'it'}, or {blank} to a measured figure"
        raise NotAvailable(f"{blank} is blank, and modelling it needs {', '.join(missing)}; {remedy}")
    return gpu


def capacity_band(case: Case, gpu: Gpu, gpus: Array) -> tuple[float, float]:
    """Return the low and high end of the 90 % band of a modelled capacity, as factors on it.

    A typed `calibration` stands for a measurement; drawing it in scenarios does not.
    """
    llm: Llm = catalog.llm(str(case.inputs.model))
    measured = "calibration" in case.inputs.model_fields_set  # a factor of 1 as well: the model was right
    return band(llm, bool(warning(case, gpu, gpus)), loaded=True, measured=measured)


def warning(case: Case, gpu: Gpu, gpus: Array) -> str:
    """Say what of the first scenario lies outside the calibrated range."""
    llm: Llm = catalog.llm(str(case.inputs.model))
    prompt, output = (float(case[name].flat[0]) for name in ("prompt_tokens", "output_tokens"))
    return outside(llm, gpu, int(gpus.flat[0]), str(case.inputs.precision), prompt, output)


def calibrate(assumptions: Inputs, measured_tokens_per_s: float, concurrency: float | None = None) -> float:
    """Correction factor from a benchmark of one replica, for the assumption `calibration`.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measured_tokens_per_s : number, above 0
        Output tokens per second of one replica, with the prompts and answers of the assumptions. [1/s]
    concurrency : number, 1 or more
        Requests in flight of the benchmark; left out: as many as memory allows. [request]

    Returns
    -------
    number
        Measured over modelled throughput. [-]

    Notes
    -----
    The replica has `gpus_per_replica` GPUs, or as many as the sizing chooses. A `calibration` already set is ignored.

    Examples
    --------
    >>> case = Inputs.read({"model": "llama-3.1-8b", "gpu": "l40s", "prompt_tokens": 1000, "output_tokens": 500})
    >>> from engine.throughput import throughput
    >>> round(calibrate(case, 1.1 * throughput("llama-3.1-8b", "l40s", concurrency=32), 32), 6)
    1.1
    """
    case = Case(assumptions.replaced(calibration=None))
    gpu = own_gpu(assumptions, "calibration")
    typed = case["gpus_per_replica"] if case.is_set("gpus_per_replica") else None
    per_node = case["gpus_per_node"]
    gpus = typed if typed is not None else modelled(case, gpu, per_node).gpus
    asked = service(case)
    require_sense(asked, gpu, [(int(per_node.flat[0]), int(gpus.flat[0]))])
    replica = service_replica(asked, gpu, int(gpus.flat[0]), int(per_node.flat[0]))
    require_room(replica, gpu, constants())
    expected = load(replica, constants(), concurrency, engine=asked.engine, acceptance=asked.acceptance)
    factor = measured_tokens_per_s / float(np.asarray(expected.tokens_per_s).flat[0])
    low, high = _limits("calibration")
    if not low <= factor <= high:
        raise NoSolution(
            f"measured_tokens_per_s {measured_tokens_per_s:g} is {factor:.3g} times what {int(gpus.flat[0])} x "
            f"{gpu.id} should give: outside {low:g} to {high:g}, so it was measured on something else"
        )
    return factor


def _limits(name: str) -> tuple[float, float]:
    known = known_assumptions()[name]
    return known.low or 0.0, known.high or np.inf


def _scenarios(asked: Service, chosen: np.ndarray) -> Service:
    arrays = {f.name: getattr(asked, f.name) for f in fields(Service)}
    rows = (len(chosen), 1)  # more than are asked when only the sizes vary
    return replace(
        asked, **{n: np.broadcast_to(v, rows)[chosen] for n, v in arrays.items() if isinstance(v, np.ndarray)}
    )
