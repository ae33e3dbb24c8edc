"""What own hardware is bought when, what it costs, serves, and is worth in the end.

Purchases stand in columns p = 0..N-1: what year t needs beyond what is there is bought at p = t - 1, and bought again
whenever its life ends inside the horizon.
"""

from functools import cached_property

import numpy as np

from engine import depreciation, finance
from engine.case import Case
from engine.fleet import Fleet
from engine.units import Array


class Purchases:
    """The purchases of own hardware; arrays have the shape (S, N): scenarios by years of purchase 0..N-1."""

    def __init__(self, case: Case, fleet: Fleet) -> None:
        self.case = case
        self.fleet = fleet

    @cached_property
    def life(self) -> Array:
        """Whole years of service, shape (S, 1); what would not survive a year in full is replaced before it."""
        return np.maximum(1.0, np.floor(self.case["hardware_life"]))

    @cached_property
    def gpus(self) -> Array:
        """GPUs bought. [GPU]"""
        return self._with_repeats(_growth_of(self.fleet.gpus))

    @cached_property
    def hardware(self) -> Array:
        """Price of the servers, GPUs and management nodes bought, without services. [money]"""
        case, years = self.case, self.case.years
        nodes = self._with_repeats(_growth_of(self.fleet.nodes))
        head = self._with_repeats(np.eye(1, years)) * self.fleet.management
        gpu_price = case["gpu_price"] * finance.growth(-case["gpu_price_decline"], years)
        return nodes * case["node_price"] + self.gpus * gpu_price + head * case["head_node_price"]

    @cached_property
    def acquisition(self) -> Array:
        """Hardware with its deployment services. [money]"""
        return self.hardware * (1.0 + self.case["services_rate"])

    @cached_property
    def network(self) -> Array:
        """Switches and cables, at the prices of their year. [money]"""
        return self.case["network_rate"] * self.hardware * self.case.inflation

    @cached_property
    def age(self) -> Array:
        """Age at the start of year t of what was bought at p, shape (N, N): years t by purchases p. [yr]"""
        years = np.arange(self.case.years, dtype=np.float64)
        return years[:, None] - years[None, :]

    @cached_property
    def serving(self) -> Array:
        """1 where a purchase serves in a year, shape (S, N, N): scenarios by years t by purchases p."""
        return ((self.age >= 0) & (self.age < self.life[:, :, None])).astype(np.float64)

    def in_service(self, amount: Array) -> Array:
        """Sum what serves in each year, shape (S, N), of an amount by purchase."""
        total: Array = np.sum(self.serving * amount[:, None, :], axis=2)
        return total

    @cached_property
    def acquisition_in_service(self) -> Array:
        """Acquisition of what serves in years 1..N, shape (S, N). [money]"""
        return self.in_service(self.acquisition)

    @cached_property
    def depreciation(self) -> Array:
        """Depreciation for tax of years 1..N, shape (S, N). [money]"""
        inputs, years = self.case.inputs, self.case.years
        schedule = depreciation.depreciation_schedule(
            int(inputs.depreciation_life or 0), str(inputs.depreciation_method)
        )
        share = np.zeros(years)
        share[: len(schedule)] = schedule[:years]
        shares = np.where(self.age >= 0, share[np.maximum(self.age, 0).astype(int)], 0.0)
        total: Array = np.sum(shares * (self.acquisition + self.network)[:, None, :], axis=2)
        return total

    @cached_property
    def book_value(self) -> Array:
        """Tax book left at the end of the horizon, shape (S, 1). [money]"""
        cost: Array = np.sum(self.acquisition + self.network, axis=1, keepdims=True)
        book: Array = cost - np.sum(self.depreciation, axis=1, keepdims=True)
        return book

    @property
    def resalable(self) -> Array:
        """Price of the hardware that is owned in the end. [money]"""
        return self.hardware

    @cached_property
    def resale_value(self) -> Array:
        """Resale value of all hardware at the end of the horizon, shape (S, 1). [money]"""
        case, years = self.case, self.case.years
        age = years - np.arange(years, dtype=np.float64)
        share = 1.0 - (1.0 - case["residual_rate"]) * np.minimum(age, case["hardware_life"]) / case["hardware_life"]
        value: Array = np.sum(self.resalable * share, axis=1, keepdims=True)
        return value

    @cached_property
    def capital_charge(self) -> Array:
        """Charge of the capital mode by year 1..N, shape (S, N): each purchase over its remaining years. [money]"""
        case, years = self.case, self.case.years
        scenarios = np.broadcast_shapes(self.acquisition.shape, case["wacc"].shape, case["depreciation_benefit"].shape)
        charge = np.zeros(scenarios)
        for bought in range(years):
            amount, left = self.acquisition[:, bought : bought + 1], years - bought
            if amount.any():
                factor = finance.capital_factor(
                    str(case.inputs.capital_mode), case["wacc"], left, case["depreciation_benefit"]
                )
                charge[:, bought:] += amount * (factor - 1.0) / left
        return charge

    def _with_repeats(self, growth: Array) -> Array:
        """Add to what is bought for growth what is bought again because its life has ended."""
        bought = growth * np.ones_like(self.life)
        for p in range(1, self.case.years):
            before = p - self.life.astype(int)
            again = np.take_along_axis(bought, np.maximum(before, 0), axis=1)
            bought[:, p : p + 1] += np.where(before >= 0, again, 0.0)
        return bought


def _growth_of(there: Array) -> Array:
    """Increase from year to year; all of year 1 is bought at 0."""
    return np.diff(there, axis=1, prepend=0.0)
