"""The cost lines: one function each, from a plan to money by year. What pays a line is said in `engine.options`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from engine import costs
from engine.case import Case
from engine.fleet import Fleet
from engine.purchases import Purchases
from engine.units import HOURS_PER_MONTH, HOURS_PER_YEAR, MONTHS_PER_YEAR, TOKENS_PER_MTOK, WEEKS_PER_YEAR, Array


@dataclass(frozen=True)
class Flows:
    """Money by year 0..N, shape (S, N + 1).

    Running flows fall at the end or in the middle of their year, dated ones exactly at their column.
    """

    running: Array
    dated: Array

    @property
    def total(self) -> Array:
        """Both together. [money]"""
        return self.running + self.dated


class Plan:
    """A case with its fleet and its purchases: what a cost line is worked out from; the fleet of the case by itself."""

    figures: ClassVar[dict[str, str]] = {}
    """Figures of this plan beside the measures of every option, each with its unit; shape (S,)."""
    decides: ClassVar[str] = ""
    """Assumption that, left blank, takes the value that costs least."""

    def __init__(self, case: Case, fleet: Fleet | None = None) -> None:
        self.case = case
        self.fleet = Fleet(case) if fleet is None else fleet

    @cached_property
    def purchases(self) -> Purchases:
        """Own hardware; only own servers ask for it."""
        return Purchases(self.case, self.fleet)

    @property
    def most(self) -> Array:
        """End of the range 0, 1, .. of what the plan decides, shape (S,)."""
        raise NotImplementedError

    def deciding(self, choices: Array) -> "Plan":
        """Return the plan with each scenario repeated for every one of its choices, shape (S, choices)."""
        raise NotImplementedError

    def running(self, amounts: Array) -> Flows:
        """Make flows of amounts of years 1..N."""
        return Flows(self._columns(amounts, 1), self._nothing)

    def dated(self, amounts: Array | float, column: int = 0) -> Flows:
        """Make flows of amounts that fall at columns `column`, `column` + 1, ..."""
        return Flows(self._nothing, self._columns(amounts, column))

    @property
    def _nothing(self) -> Array:
        return np.zeros((1, self.case.years + 1))

    def _columns(self, amounts: Array | float, first: int) -> Array:
        values = amounts if isinstance(amounts, np.ndarray) and amounts.ndim == 2 else np.atleast_2d(amounts)  # noqa: PLR2004
        flows = np.zeros((values.shape[0], self.case.years + 1))
        flows[:, first : first + values.shape[1]] = values
        return flows


@dataclass(frozen=True)
class Line:
    """A cost line: its id, its label and how it follows from a plan."""

    id: str
    label: str
    amount: Callable[..., Flows]

    @property
    def help(self) -> str:
        """First line of the docstring of its formula."""
        return (self.amount.__doc__ or "").split("\n")[0]


@dataclass(frozen=True)
class Option:
    """A way to get answers from a model, and the lines that it pays; only own hardware is capitalised."""

    id: str
    label: str
    lines: tuple[Line, ...]
    capitalised: bool = False
    plan: type[Plan] = Plan

    @property
    def line_ids(self) -> tuple[str, ...]:
        """Ids of the lines, in their order."""
        return tuple(line.id for line in self.lines)


def acquisition(plan: Plan) -> Flows:
    """Servers, GPUs and management nodes with deployment services, at every purchase."""
    return plan.dated(plan.purchases.acquisition)


def network(plan: Plan) -> Flows:
    """Switches and cables, at every purchase."""
    return plan.dated(plan.purchases.network)


def power(plan: Plan) -> Flows:
    """Electricity of the servers and of their cooling; nothing where colocation includes it."""
    case = plan.case
    energy = costs.power(plan.fleet.it_kw, HOURS_PER_YEAR, case["tariff"], case["pue"], case["load_factor"])
    included = (case["colo_price"] > 0) & (case["colo_includes_power"] > 0)
    return plan.running(np.where(included, 0.0, energy * case.growth("energy_escalation")))


def colocation(plan: Plan) -> Flows:
    """Rent of the contracted nameplate power."""
    case = plan.case
    if not case.any("colo_price"):
        return plan.running(np.zeros((1, case.years)))
    return plan.running(plan.fleet.it_kw * case["colo_price"] * MONTHS_PER_YEAR * case.inflation)


def colo_power(plan: Plan) -> Flows:
    """Metered electricity of the servers and their share of the hall's cooling; nothing where the rent includes it."""
    case = plan.case
    energy = costs.power(plan.fleet.it_kw, HOURS_PER_YEAR, case["tariff"], case["colo_pue"], case["load_factor"])
    return plan.running(energy * case["colo_metered"] * case.growth("energy_escalation"))


def colo_rent(plan: Plan) -> Flows:
    """Rent of the hall by contracted nameplate power."""
    case = plan.case
    return plan.running(plan.fleet.it_kw * case["colo_rent"] * MONTHS_PER_YEAR * case.inflation)


def licence(plan: Plan) -> Flows:
    """AI platform licence of own GPUs."""
    if not plan.case.any("licence_price"):
        return plan.running(np.zeros((1, plan.case.years)))
    return _prepaid_licence(plan) if plan.case.inputs.licence_payment == "prepaid" else _prorated_licence(plan)


def _prorated_licence(plan: Plan) -> Flows:
    """Equal amounts by year; a bundled term is free for the first years of every card."""
    case, purchases = plan.case, plan.purchases
    gpus = plan.fleet.gpus
    if case.any("licence_bundled"):
        term = case["licence_term"][:, :, None]
        charged = np.clip(purchases.age + 1.0 - term, 0.0, 1.0)
        beyond = np.sum(purchases.serving * charged * purchases.gpus[:, None, :], axis=2)
        gpus = np.where(case["licence_bundled"] > 0, beyond, gpus)
    return plan.running(gpus * case["licence_price"] / case["licence_term"] * case.inflation)


def _prepaid_licence(plan: Plan) -> Flows:
    """Whole terms in advance: term k of a GPU bought at p is paid in the column floor(p + k x term)."""
    case, years = plan.case, plan.case.years
    growth = np.diff(plan.fleet.gpus, axis=1, prepend=0.0)
    age = np.arange(years, dtype=np.float64)
    free = case["licence_bundled"]
    terms_by_age = _terms_started_before(age + 1.0, case["licence_term"]) - np.maximum(
        _terms_started_before(age, case["licence_term"]), free
    )
    terms_by_age = np.maximum(terms_by_age, 0.0)
    paid = np.zeros(np.broadcast_shapes(growth.shape, terms_by_age.shape))
    for bought in range(years):
        paid[:, bought:] += growth[:, bought : bought + 1] * terms_by_age[:, : years - bought]
    return plan.dated(paid * case["licence_price"] * case.inflation)


def _terms_started_before(age: Array, term: Array) -> Array:
    """Count the starts k x term, k = 0, 1, .., that lie before an age."""
    return np.ceil(age / term - 1e-9)


def sysadmin(plan: Plan) -> Flows:
    """System administration by the number of nodes."""
    case = plan.case
    fte = costs.fte(plan.fleet.nodes, case["sysadmin_nodes_max"], case["sysadmin_fte_min"], case["sysadmin_fte_max"])
    return plan.running(fte * case["sysadmin_salary"] * case.growth("salary_escalation"))


def cloud_sysadmin(plan: Plan) -> Flows:
    """System administration of as many own nodes, less what renting saves."""
    return plan.running(sysadmin(plan).running[:, 1:] * (1.0 - plan.case["cloud_admin_saving"]))


def ml_engineer(plan: Plan) -> Flows:
    """ML engineering by the number of model instances."""
    case = plan.case
    fte = costs.fte(plan.fleet.model_instances, case["ml_instances_max"], case["ml_fte_min"], case["ml_fte_max"])
    return plan.running(fte * case["ml_salary"] * case.growth("salary_escalation"))


def api_ml_engineer(plan: Plan) -> Flows:
    """People who run the integration."""
    case = plan.case
    if not case.any("api_fte"):
        return plan.running(np.zeros((1, case.years)))
    return plan.running(case["api_fte"] * case["ml_salary"] * case.growth("salary_escalation"))


def maintenance(plan: Plan) -> Flows:
    """Yearly maintenance of the hardware in service."""
    case, purchases = plan.case, plan.purchases
    if not case.any("maintenance_rate"):
        return plan.running(np.zeros((1, case.years)))
    return plan.running(case["maintenance_rate"] * purchases.in_service(purchases.hardware) * case.inflation)


def rental(plan: Plan) -> Flows:
    """Rented instances with storage, support and network."""
    case = plan.case
    reserved = case.inputs.cloud_term in {"1yr", "3yr"}
    hours = HOURS_PER_MONTH if reserved else case["cloud_hours_month"]
    price = case["cloud_price"] * np.ones((1, case.years))
    if not reserved:  # a reservation keeps its price and renews at it
        price = price * case.inflation * case.growth("cloud_price_decline", -1)
    return plan.running(plan.fleet.cloud_instances * price * hours * MONTHS_PER_YEAR * (1.0 + case["cloud_uplift"]))


def cloud_licence(plan: Plan) -> Flows:
    """AI platform licence of the GPUs in rented instances."""
    case = plan.case
    if not case.any("cloud_licence_price"):
        return plan.running(np.zeros((1, case.years)))
    gpus = plan.fleet.cloud_instances * case["cloud_gpus_per_instance"]
    hours = case["cloud_licence_hours_week"] * WEEKS_PER_YEAR
    return plan.running(gpus * case["cloud_licence_price"] * hours * case.inflation)


def tokens(plan: Plan) -> Flows:
    """Tokens at the provider's prices: cached, batch, off-peak, long prompts, volume."""
    return plan.running(token_cost(plan.case, plan.case.billed_queries))


def token_cost(case: Case, queries: Array) -> Array:
    """Cost of queries of years 1..N at a provider, shape (S, N). [money]"""
    query = costs.query_cost(
        case["prompt_tokens"],
        case["output_tokens"],
        _by_length(case, "input"),
        _by_length(case, "output"),
        case["api_cached_share"],
        _by_length(case, "cached"),
    )
    discount = 1.0 - case["api_batch_share"] * case["api_batch_discount"]
    if case.any("api_offpeak_share"):
        discount = discount * (1.0 - case["api_offpeak_share"] * case["api_offpeak_discount"])
    cost: Array = queries * query * discount * case.growth("api_price_decline", -1)
    return cost if not case.is_set("api_volume_mtok") else cost * _volume_factor(case, queries)


def _by_length(case: Case, tokens_: str) -> Array:
    """Price of a million tokens: every query has the price of the mean length of a prompt. [money/Mtok]"""
    price, long_price = f"api_{tokens_}_price", f"api_long_{tokens_}_price"
    if not case.is_set("api_long_prompt"):
        return case[price]
    long = case["prompt_tokens"] > case["api_long_prompt"]
    if not long.any():
        return case[price]
    return case[long_price] if long.all() else np.where(long, case[long_price], case[price])


def _volume_factor(case: Case, queries: Array) -> Array:
    """Price over that without the discount on the part of a month's tokens that exceeds the limit."""
    mtok = queries * (case["prompt_tokens"] + case["output_tokens"]) / TOKENS_PER_MTOK / MONTHS_PER_YEAR
    beyond = np.maximum(0.0, mtok - case["api_volume_mtok"]) / np.where(mtok > 0, mtok, 1.0)
    factor: Array = 1.0 - case["api_volume_discount"] * beyond
    return factor


def seats(plan: Plan) -> Flows:
    """One seat for every user."""
    case = plan.case
    return plan.running(case.users * case["seat_price"] * MONTHS_PER_YEAR * case.inflation)


def setup_line(name: str) -> Line:
    """Make the line of a set-up cost that stands in assumption `name`."""

    def setup(plan: Plan) -> Flows:
        """Once, in year 0."""
        return plan.dated(plan.case[name])

    return Line("setup", "Set-up", setup)


def annual_line(name: str) -> Line:
    """Make the line of a yearly cost that stands in assumption `name`."""

    def annual(plan: Plan) -> Flows:
        """Any other yearly cost."""
        return plan.running(plan.case[name] * plan.case.inflation)

    return Line("annual", "Other yearly costs", annual)


def residual(plan: Plan) -> Flows:
    """Resale value at the end of the horizon, services excluded; negative."""
    if plan.case.inputs.capital_mode != "npv":
        return plan.dated(0.0)
    return plan.dated(-plan.purchases.resale_value, plan.case.years)
