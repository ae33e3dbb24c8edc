"""Own servers for the base of the load, a provider for its peaks.

The own servers follow the need up to `hybrid_replicas` replicas. What they cannot serve goes to the token API, or to
rented instances in the hours in which there is any. With no own replica the costs are those of the provider, with as
many as are needed those of own servers.
"""

from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine import lines
from engine.case import Case
from engine.fleet import ROUNDING, Fleet, nodes_for
from engine.lines import Flows, Plan
from engine.load import overflow, overflow_of_profile, read_profile
from engine.units import Array

_OF_THE_LOAD = ("demand_rps", "replica_rps", "gpus_per_replica", "replicas", "nodes_needed", "gpus_needed")


class BaseFleet(Fleet):
    """The part of a fleet that stands on own servers.

    Parameters
    ----------
    whole : Fleet
        What would carry all of the load.
    most : array, shape (S, 1)
        Replicas on own servers, at most. [replica]
    """

    def __init__(self, whole: Fleet, most: Array) -> None:
        super().__init__(whole.case)
        self.whole = whole
        self.most = np.where(most > 0, np.maximum(most, self.case["min_replicas"]), 0.0)
        self.management = (self.most > 0).astype(np.float64)  # one set while there is any other server

    @cached_property
    def replicas(self) -> Array:
        """Replicas on own servers in each year. [replica]"""
        return np.minimum(self.whole.replicas, self.most)

    @cached_property
    def all_own(self) -> NDArray[np.bool_]:
        """Whether a year needs nobody else, shape (S, N)."""
        return np.asarray(self.most >= self.whole.replicas) & (self.whole.replicas > 0)

    @cached_property
    def gpus_per_replica(self) -> Array:
        """GPUs that hold one copy of the model, shape (S, 1). [GPU]"""
        return self.whole.gpus_per_replica

    @cached_property
    def nodes_needed(self) -> Array:
        """Servers needed in each year. [node]"""
        if self.all_own.all():
            return self.whole.nodes_needed
        part = nodes_for(self.replicas, self.gpus_per_replica, self.case["gpus_per_node"])
        return np.where(self.all_own, self.whole.nodes_needed, np.minimum(part, self.whole.nodes_needed))

    @cached_property
    def gpus_needed(self) -> Array:
        """GPUs needed in each year. [GPU]"""
        if self.all_own.all():
            return self.whole.gpus_needed
        case = self.case
        part = self.replicas * self.gpus_per_replica
        part = np.where(case["whole_nodes"] > 0, self.nodes_needed * case["gpus_per_node"], part)
        return np.where(self.all_own, self.whole.gpus_needed, np.minimum(part, self.whole.gpus_needed))

    @cached_property
    def model_instances(self) -> Array:
        """Instances on own servers that the ML staff looks after. [instance]"""
        if not self.case.is_set("model_instances"):
            return self.replicas
        share = self.replicas / np.where(self.whole.replicas > 0, self.whole.replicas, 1.0)
        return self.whole.model_instances * np.where(self.all_own, 1.0, share)

    @cached_property
    def level(self) -> Array:
        """What the own servers are planned to carry, over the peak demand, shape (S, N). [fraction]"""
        whole = self.whole
        partly = ~self.all_own & (self.replicas > 0)
        level = np.where(self.all_own, 1.0, np.zeros(np.broadcast_shapes(partly.shape, whole.demand_rps.shape)))
        if not partly.any():
            return level
        case, demand = self.case, whole.demand_rps
        served = np.maximum(0.0, self.replicas - case["spare_replicas"]) * whole.replica_rps
        carried = served * case["target_utilisation"] / np.where(demand > 0, demand, 1.0)
        return np.where(partly, np.where(demand > 0, np.minimum(carried, 1.0), 1.0), level)


class HybridPlan(Plan):
    """A plan whose own servers carry the base of the load."""

    figures: ClassVar[dict[str, str]] = {"own_replicas": "replica", "own_gpus": "GPU", "own_share": "fraction"}
    decides = "hybrid_replicas"
    fleet: BaseFleet

    def __init__(self, case: Case, whole: Fleet | None = None) -> None:
        self.case = case
        self.whole = Plan(case, whole)
        undecided = np.full((1, 1), np.inf)
        self.fleet = BaseFleet(self.whole.fleet, case[self.decides] if case.is_set(self.decides) else undecided)

    @property
    def most(self) -> Array:
        """Replicas that would carry all of the load, shape (S,): the end of the range of `decides`. [replica]"""
        most: Array = self.whole.fleet.replicas.max(axis=1)
        return most

    def deciding(self, choices: Array) -> "HybridPlan":
        """Return the plan with each scenario repeated for every one of its choices, shape (S, choices)."""
        whole, names = self.whole.fleet, [*_OF_THE_LOAD, *([] if self.to_api else ["cloud_instances"])]
        case = self.case.repeated(self.decides, choices)
        repeated = Fleet(case)
        for name in names:  # worked out once: the throughput model takes longer than all of the rest
            figures = getattr(whole, name)
            times = choices.shape[1] if len(figures) > 1 else 1
            setattr(repeated, name, np.repeat(figures, times, axis=0))
        return HybridPlan(case, repeated)

    @cached_property
    def overflow(self) -> tuple[Array, Array]:
        """Share of the queries that the own servers leave, and of the hours in which there are any, shape (S, N)."""
        case, level = self.case, self.fleet.level
        if case.inputs.load_profile is None:
            return overflow(level, case["peak_factor"])
        peak_share = case["peak_factor"] / case["active_hours"]
        share, hours = overflow_of_profile(level, read_profile(case.inputs.load_profile), peak_share)
        return np.where(self.fleet.all_own, 0.0, share), np.where(self.fleet.all_own, 0.0, hours)

    @property
    def overflows(self) -> Array:
        """1 in the years in which somebody else serves a part, shape (S, N)."""
        return (self.overflow[0] > 0).astype(np.float64)

    @property
    def to_api(self) -> bool:
        """Whether the peaks go to the token API."""
        return self.case.inputs.hybrid_peak == "api"

    @cached_property
    def own_replicas(self) -> Array:
        """Replicas on own servers at the end of the horizon, shape (S,). [replica]"""
        most: Array = self.fleet.replicas.max(axis=1)
        return most

    @cached_property
    def own_gpus(self) -> Array:
        """Own GPUs at the end of the horizon, shape (S,). [GPU]"""
        return self.fleet.gpus[:, -1]

    @cached_property
    def own_share(self) -> Array:
        """Share of the queries over the horizon that own servers answer, shape (S,). [fraction]"""
        queries = self.case.billed_queries
        asked = queries.sum(axis=1)
        left = (queries * self.overflow[0]).sum(axis=1)
        share: Array = 1.0 - np.divide(
            left, asked, out=np.zeros(np.broadcast_shapes(left.shape, asked.shape)), where=asked > 0
        )
        return share


def peaks(plan: HybridPlan) -> Flows:
    """Serve what the own servers cannot carry: tokens, or rented instances and their licences."""
    if plan.to_api:
        return plan.running(lines.token_cost(plan.case, plan.case.billed_queries * plan.overflow[0]))
    return plan.running(
        (lines.rental(plan.whole).running + lines.cloud_licence(plan.whole).running)[:, 1:] * rented(plan)
    )


def rented(plan: HybridPlan) -> Array:
    """Instance-hours over those of renting all: whole instances, in the hours with overflow; reservations in all."""
    fleet, whole = plan.fleet, plan.whole.fleet
    left = 1.0 - fleet.replicas / np.where(whole.replicas > 0, whole.replicas, 1.0)
    instances = np.ceil(whole.cloud_instances * left - ROUNDING) * plan.overflows
    share: Array = instances / np.where(whole.cloud_instances > 0, whole.cloud_instances, 1.0)
    return share if plan.case.inputs.cloud_term in {"1yr", "3yr"} else share * plan.overflow[1]


def sysadmin(plan: HybridPlan) -> Flows:
    """System administration of the own nodes, and of the rented ones less what renting saves."""
    own = lines.sysadmin(plan)
    if plan.to_api:
        return own
    more = (lines.sysadmin(plan.whole).running - own.running)[:, 1:] * plan.overflows
    return plan.running(own.running[:, 1:] + more * (1.0 - plan.case["cloud_admin_saving"]))


def ml_engineer(plan: HybridPlan) -> Flows:
    """ML engineering of the own instances, and of the provider's part while there is one."""
    own = lines.ml_engineer(plan).running[:, 1:]
    if plan.to_api:
        return plan.running(own + lines.api_ml_engineer(plan.whole).running[:, 1:] * plan.overflows)
    whole = lines.ml_engineer(plan.whole).running[:, 1:]
    return plan.running(np.where(plan.overflows > 0, whole, own))


def setup(plan: HybridPlan) -> Flows:
    """Once, in year 0: of the own servers, and of the provider, as far as they are used."""
    case, used = plan.case, plan.overflows.max(axis=1, keepdims=True)
    return plan.dated(case["onprem_setup_cost"] * plan.fleet.management + case[_of_peak(plan, "setup_cost")] * used)


def annual(plan: HybridPlan) -> Flows:
    """Any other yearly cost: of the own servers, and of the provider, as far as they are used."""
    case = plan.case
    own = case["onprem_annual_cost"] * plan.fleet.management
    return plan.running((own + case[_of_peak(plan, "annual_cost")] * plan.overflows) * case.inflation)


def _of_peak(plan: HybridPlan, name: str) -> str:
    return f"{'api' if plan.to_api else 'cloud'}_{name}"
