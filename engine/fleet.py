"""From load to replicas, GPUs, nodes and power, year by year.

What one replica can serve is `replica_rps`, a measurement, or modelled (`engine.serving`); everything behind it is
counting.
"""

from functools import cached_property

import numpy as np

from engine import catalog, costs, finance
from engine.case import Case
from engine.catalog import Gpu
from engine.errors import DividesByZero, NotAvailable, OutOfLimits, counted
from engine.resolve import cloud_row, required
from engine.serving import capacity_band, modelled, own_gpu, warning
from engine.throughput.capacity import Capacity
from engine.units import Array

ROUNDING = 1e-9  # a demand that fills a replica to the last digit needs no further one


class Fleet:
    """What a case needs and has, by year; each figure is worked out when a result asks for it.

    All arrays have the shape (S, N): scenarios by years 1..N.
    """

    management: Array | float = 1.0
    """Sets of management servers there, shape (S, 1) or a number: always one, however small the fleet. [set]"""

    def __init__(self, case: Case, band: float = 1.0) -> None:
        self.case = case
        self.band = band
        """Factor on a modelled capacity: 1, or an end of its 90 % band."""

    @cached_property
    def demand_rps(self) -> Array:
        """Requests per second at the peak. [1/s]"""
        case = self.case
        queries = case["queries_per_user_day"] * case.growth("query_growth")
        demand = costs.demand(
            case.users, queries, case["active_hours"], case["peak_factor"], case["response_cache_hit"]
        )
        return np.asarray(demand)

    @cached_property
    def modelled(self) -> Capacity:
        """What the throughput model says of one replica."""
        case = self.case
        gpu = own_gpu(case.inputs, "gpus_per_replica" if case.is_set("replica_rps") else "replica_rps")
        gpus = case["gpus_per_replica"] if case.is_set("gpus_per_replica") else None
        return modelled(case, gpu, case["gpus_per_node"], gpus)

    @cached_property
    def replica_rps(self) -> Array:
        """What one replica serves, measured or modelled, shape (S, 1). [1/s]"""
        if not self.case.is_set("replica_rps"):
            return self.modelled.requests_per_s * self.band
        if np.any(self.case["replica_rps"] <= 0):
            raise OutOfLimits(
                "replica_rps: a replica that serves 0 requests per second never meets a demand; type what one was "
                "measured to serve, or leave replica_rps blank for the throughput model"
            )
        return self.case["replica_rps"]

    @cached_property
    def gpus_per_replica(self) -> Array:
        """GPUs that hold one copy of the model, shape (S, 1). [GPU]"""
        return self.case["gpus_per_replica"] if self.case.is_set("gpus_per_replica") else self.modelled.gpus

    @cached_property
    def replicas(self) -> Array:
        """Replicas needed in each year. [replica]"""
        case = self.case
        if case.is_set("gpus"):
            return self._every_year(np.floor(case["gpus"] / self.gpus_per_replica))
        demand = self.demand_rps  # asked first, so that all that is missing of the load is said
        return self._replicas_of(demand, self.replica_rps)

    def _replicas_of(self, demand: Array, replica_rps: Array) -> Array:
        case = self.case
        return np.maximum(self._busy(demand, replica_rps) + case["spare_replicas"], case["min_replicas"])

    def _busy(self, demand: Array, replica_rps: Array) -> Array:
        """Count the replicas that a demand fills, without spares. [replica]"""
        return np.asarray(np.ceil(demand / (replica_rps * self.case["target_utilisation"]) - ROUNDING))

    @cached_property
    def nodes_needed(self) -> Array:
        """Servers needed in each year. [node]"""
        case = self.case
        if case.is_set("nodes"):
            return self._every_year(case["nodes"])
        if case.is_set("gpus"):
            return self._every_year(np.ceil(case["gpus"] / case["gpus_per_node"]))
        return nodes_for(self.replicas, self.gpus_per_replica, case["gpus_per_node"])

    @cached_property
    def gpus_needed(self) -> Array:
        """GPUs needed in each year. [GPU]"""
        case = self.case
        if case.is_set("gpus"):
            gpus = self._every_year(case["gpus"])
            if case.is_set("nodes"):
                self._check_room(gpus, np.ceil(gpus / case["gpus_per_node"]))
            return gpus
        gpus = self.replicas * self.gpus_per_replica
        if case.is_set("nodes"):
            self._check_room(gpus, nodes_for(self.replicas, self.gpus_per_replica, case["gpus_per_node"]))
        if case.any("whole_nodes"):
            gpus = np.where(case["whole_nodes"] > 0, self.nodes_needed * case["gpus_per_node"], gpus)
        return gpus

    def _check_room(self, gpus: Array, nodes: Array) -> None:
        """Refuse typed nodes that cannot hold the GPUs, replicas unbroken."""
        if np.any(nodes > self.case["nodes"]):
            raise OutOfLimits(
                f"nodes: {self.case['nodes'].min():g} is too few: {gpus.max():g} GPUs need {nodes.max():g} nodes of "
                f"{self.case['gpus_per_node'].max():g} GPUs; set more nodes or leave nodes blank"
            )

    @cached_property
    def gpus(self) -> Array:
        """GPUs there in each year: hardware never shrinks. [GPU]"""
        return finance.accumulated(np.maximum, self.gpus_needed)

    @cached_property
    def nodes(self) -> Array:
        """Servers there in each year. [node]"""
        return finance.accumulated(np.maximum, self.nodes_needed)

    @cached_property
    def it_kw(self) -> Array:
        """Nameplate power of the hardware there. [kW]"""
        case = self.case
        return self.gpus * case["gpu_kw"] + self.nodes * case["node_kw"] + case["head_node_kw"] * self.management

    @cached_property
    def model_instances(self) -> Array:
        """Instances that the ML staff looks after. [instance]"""
        case = self.case
        return self._every_year(case["model_instances"]) if case.is_set("model_instances") else self.replicas

    @cached_property
    def cloud_instances(self) -> Array:
        """Rented instances. [instance]"""
        case = self.case
        if case.is_set("cloud_instances"):
            return self._every_year(case["cloud_instances"])
        rented, own = cloud_row(case.inputs).gpu_id, required(case.inputs, "gpu").lower()
        if rented != own:
            return self._instances_of(rented, own)
        return np.ceil(self.gpus_needed / case["cloud_gpus_per_instance"])

    def _instances_of(self, rented: str, own: str) -> Array:
        """Size instances with another GPU than the own servers' by the model for that GPU."""
        case = self.case
        if not rented or case.is_set("replica_rps"):
            raise NotAvailable(
                f"cloud_instances is blank: {case.inputs.cloud_instance} carries {rented or 'another GPU'}, the own "
                f"servers {own}, so the count cannot follow from theirs; set cloud_instances"
            )
        own_gpu(case.inputs, "cloud_instances")
        per_instance = case["cloud_gpus_per_instance"]
        replica = modelled(case, catalog.gpu(rented), per_instance)
        replicas = self._replicas_of(self.demand_rps, replica.requests_per_s * self.band)
        return nodes_for(replicas, replica.gpus, per_instance)

    @cached_property
    def capacity_rps(self) -> Array:
        """What the replicas there serve at full load: hardware never shrinks, nor what it can serve. [1/s]"""
        return finance.accumulated(np.maximum, self.replicas) * self.replica_rps

    @cached_property
    def cloud_capacity_rps(self) -> Array:
        """What the rented instances serve at full load, where they carry the own servers' GPU. [1/s]"""
        case = self.case
        if cloud_row(case.inputs).gpu_id != required(case.inputs, "gpu").lower():
            raise NotAvailable(f"cloud_instances: nothing says what {case.inputs.cloud_instance} can serve")
        replicas = np.floor(self.cloud_instances * case["cloud_gpus_per_instance"] / self.gpus_per_replica)
        return replicas * self.replica_rps

    @cached_property
    def utilisation(self) -> Array:
        """Peak demand over capacity; above 1 the fleet is too small."""
        if np.any(self.capacity_rps == 0):
            raise DividesByZero(
                f"gpus: {counted(self.case['gpus'].min(), 'GPU')} cannot hold a replica of "
                f"{counted(self.gpus_per_replica.max(), 'GPU')}, so "
                f"nothing can be served; set {self.gpus_per_replica.max():g} or more"
            )
        return self.demand_rps / self.capacity_rps

    @property
    def binding(self) -> str:
        """What decides the GPUs of year 1: a typed figure, the minimum, the demand, or the limit of a modelled replica.

        The limit that keeps a replica from serving more is named while more than one replica is needed for the demand.
        """
        if self.case.is_set("gpus"):
            return "gpus"
        demanded = self._busy(self.demand_rps, self.replica_rps).flat[0]
        if demanded + self.case["spare_replicas"].flat[0] < self.replicas.flat[0]:
            return "minimum"
        return "demand" if self.case.is_set("replica_rps") or demanded <= 1 else self.modelled.binding[0]

    @property
    def warning(self) -> str:
        """What to be careful about in year 1."""
        found = [] if self._is_measured else [warning(self.case, self._own_gpu, self.gpus_per_replica)]
        if self.utilisation.flat[0] > 1.0:
            found.append(f"the peak demand is {self.utilisation.flat[0]:.0%} of the capacity")
        return "; ".join(text for text in found if text)

    @property
    def ends(self) -> tuple["Fleet", "Fleet"]:
        """The fleets at the low and the high end of the 90 % band of a modelled capacity."""
        return (self, self) if self._is_measured else self._modelled_ends

    @cached_property
    def _modelled_ends(self) -> tuple["Fleet", "Fleet"]:
        low, high = capacity_band(self.case, self._own_gpu, self.gpus_per_replica)
        fleets = Fleet(self.case, low), Fleet(self.case, high)
        for fleet in fleets:
            fleet.modelled = self.modelled
        return fleets

    @property
    def capacity_low(self) -> Array:
        """Low end of the capacity. [1/s]"""
        return self.replicas * self.ends[0].replica_rps

    @property
    def capacity_high(self) -> Array:
        """High end of the capacity. [1/s]"""
        return self.replicas * self.ends[1].replica_rps

    @property
    def gpus_low(self) -> Array:
        """GPUs when a replica serves as much as the high end of its band. [GPU]"""
        return self.ends[1].gpus

    @property
    def gpus_high(self) -> Array:
        """GPUs when a replica serves as little as the low end of its band. [GPU]"""
        return self.ends[0].gpus

    @property
    def nodes_low(self) -> Array:
        """Servers, alike. [node]"""
        return self.ends[1].nodes

    @property
    def nodes_high(self) -> Array:
        """Servers, alike. [node]"""
        return self.ends[0].nodes

    @property
    def _is_measured(self) -> bool:
        return self.case.is_set("replica_rps")

    @property
    def _own_gpu(self) -> Gpu:
        return catalog.gpu(required(self.case.inputs, "gpu"))

    def _every_year(self, value: Array) -> Array:
        return value * np.ones((1, self.case.years))


def nodes_for(replicas: Array, gpus_per_replica: Array, per_node: Array) -> Array:
    """Count the servers: a replica stays inside one unless it cannot. [node]"""
    inside = np.floor(per_node / gpus_per_replica)
    spanning = np.ceil(gpus_per_replica / per_node)
    return np.where(inside >= 1, np.ceil(replicas / np.maximum(inside, 1)), replicas * spanning)
