"""Worksheet functions of sizing: GPUs, nodes, capacity and power of own servers in year 1 (`engine.fleet`)."""

from typing import Any

from engine.case import Case
from engine.errors import EngineError
from engine.fleet import Fleet
from engine.inputs import Inputs

_UNITS = {
    "gpus": "GPU",
    "nodes": "node",
    "replicas": "replica",
    "gpus_per_replica": "GPU",
    "demand_rps": "1/s",
    "capacity_rps": "1/s",
    "utilisation": "fraction",
    "it_kw": "kW",
    "binding": "",
    "gpus_low": "GPU",
    "gpus_high": "GPU",
    "nodes_low": "node",
    "nodes_high": "node",
    "capacity_low": "1/s",
    "capacity_high": "1/s",
    "warning": "",
}


def sizing(assumptions: Inputs, measure: str = "table") -> float | str | list[list[Any]]:
    """GPUs, nodes, replicas, capacity and power of own servers in year 1, with the 90 % band of modelled figures.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    measure : {"table", "gpus", "nodes", "replicas", "gpus_per_replica", "demand_rps", "capacity_rps", "utilisation", "it_kw", "binding", "gpus_low", "gpus_high", "nodes_low", "nodes_high", "capacity_low", "capacity_high", "warning"}
        One figure, or all of them with their units.

    Returns
    -------
    number, text or table
        The figure, or rows of measure, value, unit.

    Notes
    -----
    A measured `replica_rps` has no model error: low and high then equal the figure itself. Without it, the throughput
    model says what a replica serves under the limits, with memory filled as operations do.

    Examples
    --------
    The vendor paper's 70B case for 5,000 users:

    >>> case = Inputs.read({"users": 5000, "queries_per_user_day": 25, "active_hours": 16, "peak_factor": 1,
    ...                     "target_utilisation": 0.95, "replica_rps": 8 / 7, "gpus_per_replica": 4,
    ...                     "gpus_per_node": 4, "spare_replicas": 0, "gpu": "h100-pcie"})
    >>> sizing(case, "gpus"), sizing(case, "nodes")
    (8.0, 2.0)

    Sized by the throughput model:

    >>> case = Inputs.read({"users": 5000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "precision": "fp8",
    ...                     "gpu": "h100-sxm", "prompt_tokens": 1000, "output_tokens": 500})
    >>> sizing(case, "gpus_per_replica"), sizing(case, "binding")
    (2.0, 'tpot')
    """  # noqa: E501  a choice stands on one line
    fleet = Fleet(Case(assumptions))
    if measure == "table":
        rows = [[name, _figure_or_error(fleet, name), unit] for name, unit in _UNITS.items()]
        return [["measure", "value", "unit"], *rows]
    return _figure(fleet, measure)


def _figure(fleet: Fleet, measure: str) -> float | str:
    value = getattr(fleet, measure)
    return value if isinstance(value, str) else float(value.flat[0])


def _figure_or_error(fleet: Fleet, measure: str) -> float | str | EngineError:
    """Give the figure, or the reason why this one is missing while the others stand."""
    try:
        return _figure(fleet, measure)
    except EngineError as missing:
        return missing


def gpus(assumptions: Inputs) -> float:
    """GPUs of own servers in year 1.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.

    Returns
    -------
    number
        GPUs. [GPU]

    Examples
    --------
    >>> gpus(Inputs.read({"gpus": 80}))
    80.0
    """
    return float(Fleet(Case(assumptions)).gpus.flat[0])


def nodes(assumptions: Inputs) -> float:
    """Nodes of own servers in year 1.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.

    Returns
    -------
    number
        Nodes. [node]

    Examples
    --------
    >>> nodes(Inputs.read({"gpus": 80, "gpus_per_node": 4}))
    20.0
    """
    return float(Fleet(Case(assumptions)).nodes.flat[0])
