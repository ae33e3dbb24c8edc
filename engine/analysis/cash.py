"""Cash of every option by year, what of it is committed, and how much of the answer is tax."""

from collections.abc import Callable
from typing import Any

import numpy as np

from engine import lines
from engine.analysis.scenarios import known
from engine.case import Case
from engine.errors import EngineError, NotAvailable, WrongKind
from engine.hybrid import rented
from engine.inputs import Inputs
from engine.options import ONPREM
from engine.resolve import currency_of
from engine.result import MEASURES, Result, Rows
from engine.tco import evaluate, value_or_error
from engine.units import Array

BY_YEAR = ("licence", "maintenance", "colocation", "seats")
"""Running lines that are contracted from year to year."""
TERMS = {"1yr": 1, "3yr": 3}
"""Years of a reservation of rented instances."""


def cash_need(assumptions: Inputs) -> Rows:
    """Cash that every option needs by year, its largest year, and the peak of the cumulative need.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are listed.

    Returns
    -------
    table
        Header; option, cash of years 0..N, total, largest year, peak funding. Undiscounted, tax and residual value as
        in the options, the capital charge is no cash. An option that cannot be computed shows its error. [money]

    Notes
    -----
    Peak funding is the highest cumulative cash at the end of a year: what has to be found before the residual value
    comes back. What one option needs beyond another: TCO_INVESTMENT, measure peak_funding.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "horizon": 2, "seat_setup_cost": 5000, "options": "seat"})
    >>> cash_need(case)[1]
    ['seat', 5000.0, 36000.0, 36000.0, 77000.0, 36000.0, 77000.0]
    """
    years = int(assumptions.horizon or 0) + 1
    basis = Result(Case(assumptions), ONPREM).tax_basis
    header = [f"cash ({currency_of(assumptions)} {basis})", *map(float, range(years))]
    rows: Rows = [[*header, "total", "largest year", "peak funding"]]
    for option in assumptions.option_ids:
        try:
            cash = evaluate(assumptions, option).total_by_year[0]
        except EngineError as error:
            rows.append([option, *[error] * (years + 3)])
            continue
        peak = max(0.0, float(np.cumsum(cash).max()))
        rows.append([option, *cash.tolist(), float(cash.sum()), float(cash.max()), peak])
    return rows


def committed(assumptions: Inputs, option: str, measure: str = "table") -> float | Rows:
    """Amounts of an option that cannot be cancelled: purchases, leases, reserved terms, prepaid and yearly contracts.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value.
    option : {"onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"}
        Option.
    measure : {"table", "total", "at_start", "peak_outstanding"}
        By year; all that is ever committed; what is signed on day one; the most that is owed at the end of a year.

    Returns
    -------
    number or table
        Committed is what is bought or signed at the start of the next year, paid what of it is paid in the year,
        outstanding what is still owed then, cancellable all other cost of the year. Undiscounted, before tax and
        residual value. [money]

    Notes
    -----
    In full when bought: acquisition, network, set-up, prepaid licences. For its term: a lease, a reservation of 1yr or
    3yr, whose part beyond the horizon counts at the rent of its last year and stays outstanding. From year to year:
    seats, maintenance, colocation, prorated licences. Cancellable at once: tokens, on-demand and spot instances,
    hourly licences, electricity, staff, other costs.

    Examples
    --------
    Two instances reserved for three years at 10 an hour:

    >>> case = Inputs.read({"gpus": 16, "nodes": 2, "model_instances": 2, "cloud_instances": 2,
    ...                     "cloud_price": 10, "cloud_term": "3yr", "horizon": 4, "cloud_licence_price": 0})
    >>> committed(case, "cloud", "at_start"), committed(case, "cloud", "total")
    (525600.0, 1051200.0)
    """
    result = evaluate(assumptions, known(option))
    signed, paid = commitments(result)
    outstanding = np.cumsum(signed) - np.cumsum(paid)
    figures: dict[str, Callable[[], float | Rows]] = {
        "table": lambda: _committed_table(result, signed, paid, outstanding),
        "total": lambda: float(signed.sum()),
        "at_start": lambda: float(signed[0]),
        "peak_outstanding": lambda: float(outstanding.max()),
    }
    if measure.lower() not in figures:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(figures)}')
    return figures[measure.lower()]()


def commitments(result: Result) -> tuple[Array, Array]:
    """Give what is signed at the dates 0..N, and what of it is paid by then, both of the first scenario."""
    signed, paid = np.zeros(result.case.years + 1), np.zeros(result.case.years + 1)
    for name in result.option.line_ids:
        if name == "residual":
            continue
        flows = result.flow(name)
        running, dated = flows.running[0], flows.dated[0]
        if name == "lease":
            signed = signed + _leases(result.plan.purchases)
            paid = paid + flows.total[0]
            continue
        signed, paid = signed + dated, paid + dated
        term = _term(result, name)
        if term:
            contracted = _rental_of_peaks(result.plan) if name == "peaks" else running
            signed, paid = signed + _in_terms(contracted, term), paid + contracted
    return signed, paid


def _term(result: Result, line: str) -> int:
    """Years for which the running amounts of a line are signed; 0: they can be cancelled at any time."""
    inputs = result.case.inputs
    rented = line == "rental" or (line == "peaks" and inputs.hybrid_peak == "cloud")
    if rented:
        return TERMS.get(str(inputs.cloud_term), 0)
    return 1 if line in BY_YEAR else 0


def _rental_of_peaks(plan: Any) -> Array:  # noqa: ANN401  HybridPlan, which the option hybrid alone has
    """Rental of years 0..N of the instances that serve the peaks: their licences are paid by the hour. [money]"""
    rental: Array = plan.running(lines.rental(plan.whole).running[:, 1:] * rented(plan)).running[0]
    return rental


def _in_terms(running: Array, term: int) -> Array:
    """Sum amounts of years 1..N over the terms that start at 0, term, 2 term, ..; beyond N that of year N goes on."""
    years = len(running) - 1
    amounts = np.concatenate([running[1:], np.full(term, running[-1])])
    signed = np.zeros(years + 1)
    for start in range(0, years, term):
        signed[start] = amounts[start : start + term].sum()
    return signed


def _leases(hardware: Any) -> Array:  # noqa: ANN401  LeasedHardware, which the option lease alone has
    """Sum the payments of each lease at its start."""
    payments = hardware.financed * hardware.payment_share * hardware.years_leased
    return np.append(np.broadcast_to(payments, (len(payments), hardware.case.years))[0], 0.0)


def _committed_table(result: Result, signed: Array, paid: Array, outstanding: Array) -> Rows:
    unit = f"{currency_of(result.case.inputs)} pre-tax"
    cost = sum((result.flow(n).total[0] for n in result.option.line_ids if n != "residual"), np.zeros(len(paid)))
    rows = {"committed": signed, "paid": paid, "cancellable": cost - paid}
    return [
        ["figure", "unit", *map(float, range(len(paid))), "total"],
        *[[name, unit, *row.tolist(), float(row.sum())] for name, row in rows.items()],
        ["outstanding", unit, *outstanding.tolist(), None],
    ]


def pre_tax(assumptions: Inputs, measure: str = "tco") -> Rows:
    """Cost of every option before and after tax, side by side, at the same cost of capital.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are listed.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is shown.

    Returns
    -------
    table
        Header; option, pre-tax, after tax, tax effect. An option that cannot be computed shows its error; after tax
        needs tax_rate or depreciation_benefit. [money]

    Notes
    -----
    Pre-tax is the case with tax_rate and depreciation_benefit 0. The wacc stays as it is: an after-tax wacc on pre-tax
    flows is a convention, so compare the options within a column rather than the columns.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "horizon": 1, "tax_rate": 0.25, "options": "seat"})
    >>> pre_tax(case, "total")
    [['option', 'pre-tax', 'after tax', 'tax effect'], ['seat', 36000.0, 27000.0, -9000.0]]
    """
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    untaxed = assumptions.replaced(tax_rate=0, depreciation_benefit=0)
    none = NotAvailable("after tax: tax_rate and depreciation_benefit are 0; set tax_rate, such as 25%")
    is_taxed = bool(assumptions.tax_rate or assumptions.depreciation_benefit)
    rows: Rows = [["option", "pre-tax", "after tax", "tax effect"]]
    for option in assumptions.option_ids:
        before = value_or_error(untaxed, option, measure.lower())
        after = value_or_error(assumptions, option, measure.lower()) if is_taxed else none
        failed = next((figure for figure in (before, after) if isinstance(figure, EngineError)), None)
        rows.append([option, before, after, after - before if failed is None else failed])  # type: ignore[operator]
    return rows
