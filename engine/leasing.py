"""Own servers that are leased: payments instead of purchases, and what leasing is worth against buying."""

from functools import cached_property

import numpy as np

from engine import finance
from engine.lines import Flows, Plan
from engine.purchases import Purchases
from engine.units import MONTHS_PER_YEAR, Array


class LeasedHardware(Purchases):
    """The same hardware under leases; what is bought is what `lease_end` buys out of them.

    A lease starts where own servers would be bought and runs for `lease_term` years, or to the end of the horizon
    where that comes first. Then the hardware goes back and new hardware is leased; or it is bought out, serves to the
    end of `hardware_life`, and new hardware is leased after that.
    """

    @cached_property
    def term(self) -> Array:
        """Years of a lease, shape (S, 1). [yr]"""
        return self.case["lease_term"]

    @cached_property
    def life(self) -> Array:
        """Whole years between two leases, shape (S, 1). [yr]"""
        if self.case.inputs.lease_end == "return":
            return self.term
        return np.maximum(self.term, np.maximum(1.0, np.floor(self.case["hardware_life"])))

    @cached_property
    def financed(self) -> Array:
        """Price of what is leased from p on: hardware, services and network, shape (S, N). [money]"""
        case = self.case
        return self.hardware * (1.0 + case["services_rate"] + case["network_rate"] * case.inflation)

    @cached_property
    def years_leased(self) -> Array:
        """Years that a lease from p on runs, shape (S, N): leases end with the horizon. [yr]"""
        return np.minimum(self.term, self.case.years - np.arange(self.case.years, dtype=np.float64))

    @cached_property
    def payment_share(self) -> Array:
        """Payments of a year over the price, for a lease from p on, shape (S, N). [1/yr]"""
        case = self.case
        if case.is_set("lease_payment"):
            return case["lease_payment"] * MONTHS_PER_YEAR * np.ones((1, case.years))
        years = self.years_leased
        written_off = np.minimum(self.term, case["hardware_life"])  # no hardware is worth anything beyond its life
        unpaid = 1.0 - (1.0 - case["lease_residual"]) * np.minimum(1.0, years / written_off)
        monthly = case.inputs.lease_paid == "monthly"
        return payment(
            case["lease_rate"], years, unpaid, monthly=monthly, in_advance=case.inputs.lease_due == "advance"
        )

    @cached_property
    def payments(self) -> Array:
        """Lease payments of years 1..N, shape (S, N). [money]"""
        leased = (self.age >= 0) & (self.age < self.term[:, :, None])
        total: Array = np.sum(leased * (self.financed * self.payment_share)[:, None, :], axis=2)
        return total

    @cached_property
    def bought_out(self) -> Array:
        """1 where a lease from p on ends in a purchase inside the horizon, shape (S, N)."""
        ends = np.arange(self.case.years, dtype=np.float64) + self.term
        kept = np.full((1, 1), self.case.inputs.lease_end == "buyout")
        return (kept & (ends < self.case.years) & (self.term < self.life)).astype(np.float64)

    @cached_property
    def acquisition(self) -> Array:
        """Buy-outs by year of purchase. [money]"""
        ends = self.age == self.term[:, :, None]
        price = self.case["lease_residual"] * self.financed * self.bought_out
        total: Array = np.sum(ends * price[:, None, :], axis=2)
        return total

    @cached_property
    def network(self) -> Array:
        """Nothing: the network is leased with the servers. [money]"""
        return np.zeros((1, self.case.years))

    @cached_property
    def acquisition_in_service(self) -> Array:
        """Buy-outs of what serves in years 1..N, shape (S, N). [money]"""
        owned = self.serving * (self.age >= self.term[:, :, None])
        price = self.case["lease_residual"] * self.financed * self.bought_out
        total: Array = np.sum(owned * price[:, None, :], axis=2)
        return total

    @cached_property
    def resalable(self) -> Array:
        """Price of the hardware that is owned in the end: only what was bought out. [money]"""
        return self.hardware * self.bought_out


def payment(rate: Array, years: Array, unpaid: Array, *, monthly: bool, in_advance: bool) -> Array:
    """Yearly payments that repay a price of 1 with interest but for a part that stays unpaid.

    Parameters
    ----------
    rate : array, shape (S, 1)
        Nominal interest rate: a twelfth of it a month, or all of it a year. [1/yr]
    years : array, shape (S, N)
        Whole years of payments. [yr]
    unpaid : array, shape (S, N)
        Value of the hardware at the end, over its price. [fraction]

    Returns
    -------
    array, shape (S, N)
        Payments of a year. Excel: -PMT(rate/12, 12*years, 1, -unpaid, 1)*12 for months in advance. [1/yr]

    Examples
    --------
    >>> a = np.array([[0.12]]), np.array([[3.0]]), np.array([[0.0]])
    >>> round(float(payment(*a, monthly=True, in_advance=False)[0, 0]) / 12, 8)
    0.03321431
    """
    times = int(MONTHS_PER_YEAR) if monthly else 1
    interest = rate / times
    within = finance.discount_factors(interest, times)[:, 1:]  # of the payments of one year
    to_start = np.multiply.accumulate(np.repeat(within[:, -1:], int(years.max()), axis=1), axis=1)  # of years 1, 2, ..
    starts = np.concatenate([np.ones_like(interest), to_start], axis=1)
    annuity = np.add.accumulate(within, axis=1)[:, -1:] * np.add.accumulate(starts[:, :-1], axis=1)
    due: Array = (1.0 - unpaid * _of(to_start, years)) / _of(annuity, years) * times
    return due / (1.0 + interest) if in_advance else due


def _of(by_year: Array, years: Array) -> Array:
    """Pick the figure of a number of years, 1 or more, from a row of years 1, 2, .., in each scenario."""
    rows = max(len(by_year), len(years))
    chosen = np.broadcast_to(years - 1.0, (rows, years.shape[1])).astype(int)
    return np.take_along_axis(np.broadcast_to(by_year, (rows, by_year.shape[1])), chosen, axis=1)


class LeasePlan(Plan):
    """A plan whose hardware is leased."""

    figures = {"lease_pv": "money", "lease_advantage": "money"}  # noqa: RUF012  declared in Plan

    @cached_property
    def purchases(self) -> LeasedHardware:
        """The hardware under its leases."""
        return LeasedHardware(self.case, self.fleet)

    @cached_property
    def lease_pv(self) -> Array:
        """Present value of payments and buy-outs after tax, at the after-tax cost of debt, shape (S,). [money]"""
        paid = self._present(lease(self)) * (1.0 - self.case["tax_rate"])[:, 0]
        return paid + self._worth(self.purchases)

    @cached_property
    def lease_advantage(self) -> Array:
        """Present value of buying less that of leasing, shape (S,): above 0 the lease is the cheaper money. [money]"""
        return self._worth(Purchases(self.case, self.fleet)) - self.lease_pv

    @cached_property
    def after_tax_cost_of_debt(self) -> Array:
        """Rate at which a lease is compared with a purchase: both displace borrowing. [1/yr]"""
        return self.case["cost_of_debt"] * (1.0 - self.case["tax_rate"])

    def _worth(self, bought: Purchases) -> Array:
        """Present value of owning: purchases, less the tax relief on them, less what they bring in the end."""
        case, years = self.case, self.case.years
        worth = self._present(self.dated(bought.acquisition + bought.network))
        if case.inputs.capital_mode != "npv":
            return worth
        relief = case["tax_rate"] * bought.depreciation + case["depreciation_benefit"] * bought.acquisition_in_service
        worth = worth - self._present(self.running(relief))
        gain = bought.resale_value - bought.book_value
        return worth - self._present(self.dated(bought.resale_value - case["tax_rate"] * gain, years))

    def _present(self, flows: Flows) -> Array:
        rate, years = self.after_tax_cost_of_debt, self.case.years
        running = flows.running * finance.discount_factors(rate, years, str(self.case.inputs.timing))
        total: Array = (running + flows.dated * finance.discount_factors(rate, years)).sum(axis=1)
        return total


def lease(plan: LeasePlan) -> Flows:
    """Payments for servers, GPUs, services and network under lease; within the year when paid by months."""
    amounts, inputs = plan.purchases.payments, plan.case.inputs
    if inputs.lease_paid == "monthly":
        return plan.running(amounts)
    return plan.dated(amounts, 0 if inputs.lease_due == "advance" else 1)
