"""The figures of one option for one case: flows by year, present values, measures, the table of lines."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from engine.case import Case
from engine.decision import decided
from engine.errors import DividesByZero, EngineError, NotAvailable, WrongKind, all_of
from engine.fleet import Fleet
from engine.lines import Flows, Option, Plan
from engine.options import API, CLOUD, OPTIONS
from engine.resolve import currency_of
from engine.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK, Array

Rows = list[list[Any]]

CAPEX_LINES = ("acquisition", "network", "setup")
ONE_OFF_LINES = (*CAPEX_LINES, "residual", "tax_shield")  # all others are running lines


class Result:
    """The figures of one option for one case; arrays have a leading scenario axis.

    Parameters
    ----------
    case : Case
        Its assumptions.
    option : Option
        What is worked out.
    fleet : Fleet, optional
        What would carry all of the load; left out: sized for the case.
    """

    def __init__(self, case: Case, option: Option, fleet: Fleet | None = None) -> None:
        self.case = case
        self.option = option
        self._fleet = fleet
        self._flows: dict[str, Flows] = {}
        self._least: Array | None = None

    @cached_property
    def plan(self) -> Plan:
        """What the lines are worked out from; what it leaves open is decided by the total cost of ownership."""
        plan = self.option.plan(self.case, self._fleet)
        open_ = plan.decides and not self.case.is_set(plan.decides)
        if not open_:
            return plan
        try:
            plan, self._least = decided(plan, self._tco_of)
        except NotAvailable as first:
            raise all_of([first, *self.missing()]) from None
        return plan

    def _tco_of(self, plan: Plan) -> Array:
        """Total cost of ownership of the same option with another plan, shape (S,). [money]"""
        other = Result(plan.case, self.option)
        other.plan = plan
        return other.tco

    def flow(self, name: str) -> Flows:
        """Work out one cash line of the option; only what this line needs is asked for."""
        if name not in self._flows:
            if name == "tax_shield":
                self._flows[name] = _tax_shield(self)
            else:
                line = next(line for line in self.option.lines if line.id == name)
                self._flows[name] = line.amount(self.plan)
        return self._flows[name]

    @property
    def lines(self) -> tuple[str, ...]:
        """Ids of the cash lines, tax relief last; without the capital charge, which is no cash."""
        return (*self.option.line_ids, "tax_shield")

    @cached_property
    def flows(self) -> dict[str, Flows]:
        """Every cash line by id; what is missing for any of them is said in one pass."""
        _ = self.plan  # which says all that is missing for it
        try:
            return {name: self.flow(name) for name in self.lines}
        except NotAvailable as first:
            raise all_of([first, *self.missing()]) from None

    def scenario(self, row: int, case: Case, fleet: Fleet) -> "Result":
        """Return the figures of one scenario as a result of its own case and fleet."""
        alone = Result(case, self.option, fleet)
        alone._flows = {name: Flows(_row(f.running, row), _row(f.dated, row)) for name, f in self.flows.items()}
        alone.capital = _row(self.capital, row)
        alone.total_by_year = _row(self.total_by_year, row)
        alone.present_value_by_year = _row(self.present_value_by_year, row)
        return alone

    def missing(self) -> list[EngineError]:
        """Collect every figure that is missing: work the lines out with 1 in its place, then with a fleet too."""
        reasons: list[EngineError] = []
        given = {name: 1.0 for name in [self.option.plan.decides] if name}  # a search would end at the first of them
        fleet = ("replica_rps", "gpus_per_replica", "gpus", "nodes", "model_instances", "cloud_instances")
        for sizes in ({}, dict.fromkeys(fleet, 1.0)):
            case = self.case.collecting(**given, **sizes)
            probe = Result(case, self.option)
            for name in self.option.line_ids:
                try:
                    probe.flow(name)
                except NotAvailable as reason:  # of what is no figure: an id, what the model needs
                    reasons.append(reason)
                except EngineError:  # a consequence of the 1
                    continue
            reasons += case.missing or ()
        return reasons

    @cached_property
    def capital(self) -> Array:
        """Capital charge of the paper modes by year 0..N, 0 in mode npv. [money]"""
        if not self.option.capitalised or self.is_npv:
            return np.zeros((1, self.case.years + 1))
        return self.plan.running(self.plan.purchases.capital_charge).running

    @property
    def is_npv(self) -> bool:
        """Whether the case is a net present value; otherwise it follows a vendor paper's convention."""
        return self.case.inputs.capital_mode == "npv"

    @property
    def tax_basis(self) -> str:
        """What every result says of itself: after tax when a tax, or the benefit in its place, is in the figures."""
        inputs = self.case.inputs
        benefit = inputs.depreciation_benefit and self.option.capitalised and inputs.capital_mode != "none"
        return "after tax" if inputs.tax_rate or benefit else "pre-tax"

    @cached_property
    def total_by_year(self) -> Array:
        """Undiscounted cash by year 0..N, without the capital charge. [money]"""
        return _sum([flows.total for flows in self.flows.values()])

    @cached_property
    def present_value_by_year(self) -> Array:
        """Present value of the cash of each year 0..N. [money]"""
        running = _sum([flows.running for flows in self.flows.values()]) * self.case.running_discount
        dated = _sum([flows.dated for flows in self.flows.values()]) * self.case.discount
        return running + dated

    @property
    def npv(self) -> Array:
        """Sum of the present values, shape (S,). [money]"""
        npv: Array = self.present_value_by_year.sum(axis=1)
        return npv

    @property
    def total(self) -> Array:
        """Undiscounted cash over the horizon, shape (S,). [money]"""
        total: Array = self.total_by_year.sum(axis=1)
        return total

    @property
    def tco(self) -> Array:
        """Total cost of ownership as the capital mode defines it, shape (S,). [money]"""
        if self.plan.decides and self._least is not None:
            return self._least  # known from the decision
        if self.is_npv:
            return self.npv
        tco: Array = self.total + self.capital.sum(axis=1)
        return tco

    @property
    def capex(self) -> Array:
        """Acquisition, network and set-up, shape (S,). [money]"""
        return _sum([self.flow(name).total.sum(axis=1) for name in CAPEX_LINES if name in self.lines])

    @property
    def opex(self) -> Array:
        """Everything else but residual value and tax relief, shape (S,). [money]"""
        return _sum([self.flow(name).total.sum(axis=1) for name in self.lines if name not in ONE_OFF_LINES])

    @property
    def eac(self) -> Array:
        """Equivalent annual cost, shape (S,). [money/yr]"""
        eac: Array = self.npv / self.case.running_discount[:, 1:].sum(axis=1)
        return eac

    @property
    def year1(self) -> Array:
        """Running lines of year 1, shape (S,). [money]"""
        return _sum([self.flow(name).total[:, 1] for name in self.lines if name not in ONE_OFF_LINES])

    @property
    def per_user_month(self) -> Array:
        """Cost of one user and month, shape (S,). [money/user/month]"""
        return self._per(self.case.users * MONTHS_PER_YEAR, "users")

    @property
    def per_query(self) -> Array:
        """Cost of one query asked, shape (S,). [money/query]"""
        return self._per(self.case.queries, "queries_per_user_day and working_days_per_month")

    @property
    def per_mtok(self) -> Array:
        """Cost of a million prompt and output tokens asked, before caches, shape (S,). [money/Mtok]"""
        case = self.case
        mtok = case.queries * (case["prompt_tokens"] + case["output_tokens"]) / TOKENS_PER_MTOK
        return self._per(mtok, "queries_per_user_day and working_days_per_month")

    def _per(self, units: Array, names: str) -> Array:
        """Divide by units, which are discounted like the money they are set against."""
        weights = self.case.running_discount[:, 1:] if self.is_npv else np.ones((1, self.case.years))
        volume = (units * weights).sum(axis=1)
        if np.any(volume == 0):
            raise DividesByZero(f"{names}: nobody asks anything, so there is no cost of one unit")
        cost: Array = self.tco / volume
        return cost

    def line(self, name: str) -> Array:
        """Return a line by year 0..N, shape (S, N + 1): a cost line, ``capital``, ``total`` or a row of the table."""
        rows: dict[str, Callable[[], Array]] = {
            "total": lambda: self.total_by_year,
            "capital": lambda: self.capital,
            "discount_factor": lambda: self.case.running_discount,
            "present_value": lambda: self.present_value_by_year,
            "cumulative": lambda: np.cumsum(self.present_value_by_year, axis=1),
        }
        if name in rows:
            return rows[name]()
        if name in self.lines:
            return self.flow(name).total
        if any(name in other.line_ids for other in _ALL):
            return np.zeros((1, self.case.years + 1))  # a line that only other options pay
        raise WrongKind(f'line: "{name[:60]}" is none of {", ".join([*self.lines, *rows])}')

    def measure(self, name: str) -> float | Rows:
        """Return a measure, the undiscounted sum of a cost line, or the whole table, of the first scenario."""
        if name == "table":
            return self.table()
        if name in MEASURES:
            return float(getattr(self, name)[0])
        if name in self.option.plan.figures:
            return float(getattr(self.plan, name)[0])
        if name == "capital" or name in self.lines or any(name in other.line_ids for other in _ALL):
            return float(self.line(name)[0].sum())
        known = [*MEASURES, *self.option.plan.figures, "table", *self.lines, "capital"]
        raise WrongKind(f'measure: "{name[:60]}" is none of {", ".join(known)}')

    def table(self) -> Rows:
        """Header, cash lines, total; discount factor, present value, cumulative; the capital charge in its modes."""
        unit = f"{str(self.case.inputs.currency).upper()} {self.tax_basis}"
        header: list[Any] = ["line", "unit", *[float(year) for year in range(self.case.years + 1)], "total"]
        cash = [self._row(name, unit) for name in self.flows]
        below = [self._row("present_value", unit), self._row("cumulative", unit, summed=False)]
        factor = self._row("discount_factor", "-", summed=False)
        capital = (
            [] if self.is_npv else [self._row("capital", unit), ["tco", unit, *self._blank_years, float(self.tco[0])]]
        )
        return [header, *cash, self._row("total", unit), factor, *below, *capital]

    def _row(self, name: str, unit: str, *, summed: bool = True) -> list[Any]:
        values = self.line(name)[0]
        return [name, unit, *values.tolist(), float(values.sum()) if summed else None]

    @property
    def _blank_years(self) -> list[None]:
        return [None] * (self.case.years + 1)

    @property
    def warnings(self) -> list[str]:
        """What a reader must know beside the figures."""
        return [*self._undated_rate, *self._of_the_fleet]

    @property
    def _undated_rate(self) -> list[str]:
        """An exchange rate is a price too."""
        inputs = self.case.inputs
        if inputs.fx_rate is None or inputs.fx_rate == 1.0 or inputs.fx_as_of is not None:
            return []
        return [f"fx_rate {inputs.fx_rate:.15g} {currency_of(inputs)}/USD has no date; set fx_as_of"]

    @property
    def _of_the_fleet(self) -> list[str]:
        fleet = self.plan.fleet
        if self.option is API:
            return (
                [] if self.case.queries.any() else [f"{self.option.label}: nobody asks anything, so nothing is billed"]
            )
        if self.option is CLOUD:
            return self._too_small(lambda: fleet.cloud_capacity_rps)
        if self.plan.decides or not self.option.capitalised:
            return []
        return self._too_small(lambda: fleet.capacity_rps)

    def _too_small(self, capacity: Callable[[], Array]) -> list[str]:
        """Compare the peak with what can be served, where anything says what that is."""
        try:
            demand, served = np.broadcast_arrays(self.plan.fleet.demand_rps[0], capacity()[0])
        except EngineError:
            return []  # the size was typed and nothing says what it can serve
        over = demand > served
        if not over.any():
            return []
        year = int(np.argmax(over))
        if served[year] == 0:
            return [f"{self.option.label}: too few GPUs for one replica, so nothing is served"]
        return [
            f"{self.option.label}: peak demand is {demand[year] / served[year]:.0%} of the capacity in year {year + 1}"
        ]


MEASURES = ("tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok")
_ALL = tuple(OPTIONS.values())


def _tax_shield(result: Result) -> Flows:
    """Tax relief, negative: on running and set-up costs of every option alike, and on the depreciation of hardware."""
    case, plan = result.case, result.plan
    flows = _corporate_tax(result) if result.is_npv and case.any("tax_rate") else plan.dated(0.0)
    if result.is_npv and result.option.capitalised and case.any("depreciation_benefit"):
        relief = plan.running(-case["depreciation_benefit"] * plan.purchases.acquisition_in_service)
        flows = Flows(flows.running + relief.running, flows.dated)  # a scenario has one or the other
    return flows


def _corporate_tax(result: Result) -> Flows:
    plan, rate = result.plan, result.case["tax_rate"]
    expensed = [
        result.flow(name) for name in result.option.line_ids if name not in {"acquisition", "network", "residual"}
    ]
    running, dated = _sum([f.running for f in expensed]), _sum([f.dated for f in expensed])
    if result.option.capitalised:
        running = running + plan.running(plan.purchases.depreciation).running
        gain = -result.flow("residual").dated[:, -1:] - plan.purchases.book_value
        dated = dated - plan.dated(gain, result.case.years).dated
    return Flows(-rate * running, -rate * dated)


def _row(by_year: Array, row: int) -> Array:
    """Flows of one scenario, shape (1, N + 1), of those of all, shape (S, N + 1), or of any, shape (1, N + 1)."""
    return by_year[row : row + 1] if len(by_year) > 1 else by_year


def _sum(arrays: list[Array]) -> Array:
    """Add arrays in their order; scenario axes broadcast."""
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total
