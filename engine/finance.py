"""Time value of money: discount factors, annuities, cost of capital, payback.

Year 0 is today. Rates are per year; powers of 1 + rate come from cumulative products and sums run in the order
of the years, so that one number and an array of scenarios give the same bits. Functions with a column of years
(`growth`, `discount_factors`, `npv`, `payback`) take scenarios of a rate as shape (S, 1); the others any shape.
"""

from collections.abc import Sequence

import numpy as np

from engine.errors import DividesByZero, NotAvailable, counted
from engine.units import Array, Num

FEW = 12  # scenarios that are accumulated row by row in less time than year by year
ROUNDING = 1e-12  # share of the largest flow below which a sum of flows counts as zero


def growth(rate: Num, years: int) -> Array:
    """Price level of years 1..`years` when today's prices hold in year 1.

    Parameters
    ----------
    rate : number or array, shape (S, 1)
        Growth per year, above -1. [1/yr]
    years : int
        Number of years. [yr]

    Returns
    -------
    array, shape (..., years)
        (1 + rate)^(t - 1) for t = 1..years. [-]

    Examples
    --------
    >>> growth(0.5, 3)
    array([1.  , 1.5 , 2.25])
    """
    steps = np.empty((*np.shape(rate)[:-1], years))
    steps[..., :1] = 1.0
    steps[..., 1:] = 1.0 + rate
    return accumulated(np.multiply, steps)


def accumulated(operation: np.ufunc, by_year: Array) -> Array:
    """Accumulate along the years, as the method of the operation does, for many scenarios without its loop over them.

    >>> accumulated(np.maximum, np.array([[1.0, 3.0, 2.0]]))
    array([[1., 3., 3.]])
    """
    if by_year.size < FEW * by_year.shape[-1]:
        row_by_row: Array = operation.accumulate(by_year, axis=-1)
        return row_by_row
    running = np.array(by_year)
    for year in range(1, by_year.shape[-1]):
        operation(running[..., year - 1], by_year[..., year], out=running[..., year])
    return running


def discount_factors(rate: Num, years: int, timing: str = "end") -> Array:
    """Value today of 1 paid in year 0, 1, ..., `years`.

    Parameters
    ----------
    rate : number or array, shape (S, 1)
        Discount rate per year, above -1. [1/yr]
    years : int
        Last year. [yr]
    timing : {"end", "mid"}
        Whether the flow of year t stands at t or at t - 0.5; year 0 is today in both.

    Returns
    -------
    array, shape (..., years + 1)
        Discount factors. [-]

    Examples
    --------
    >>> discount_factors(1.0, 2)
    array([1.  , 0.5 , 0.25])
    """
    with np.errstate(over="ignore", divide="ignore"):  # a century at 1000 %: the factor 0 is right
        factors = 1.0 / growth(rate, years + 1)
    if timing == "mid":
        factors[..., 1:] *= np.sqrt(1.0 + rate)
    return factors


def annuity_factor(rate: Num, years: int, timing: str = "end") -> Num:
    """Value today of 1 paid in each of the years 1..`years`.

    Parameters
    ----------
    rate : number or array of any shape
        Discount rate per year, above -1. [1/yr]
    years : int
        Number of payments. [yr]
    timing : {"end", "mid"}
        Payments at the end or in the middle of each year.

    Returns
    -------
    number or array
        Sum of the discount factors; `years` at rate 0. [yr]

    Examples
    --------
    >>> round(float(annuity_factor(0.08, 3)), 6)
    2.577097
    """
    return _total(discount_factors(years_axis(rate), years, timing)[..., 1:])


def crf(rate: Num, years: int) -> Num:
    """Capital recovery factor: the yearly payment that repays 1 with interest.

    Parameters
    ----------
    rate : number, above -1 to 1
        Interest or discount rate. [1/yr]
    years : whole, 1 to 1000
        Number of payments, each at the end of its year. [yr]

    Returns
    -------
    number or array
        rate / (1 - (1 + rate)^-years); 1/years at rate 0. Excel: -PMT(rate, years, 1). [1/yr]

    Examples
    --------
    >>> print(crf(0.08, 3))
    0.388033514...
    """
    return 1.0 / annuity_factor(rate, years)


def eac(npv: Num, rate: Num, years: int, timing: str = "end") -> Num:
    """Equivalent annual cost: the level yearly payment worth a net present value, to compare unequal lives.

    Parameters
    ----------
    npv : number
        Net present value to spread. [money]
    rate : number, above -1 to 1
        Discount rate. [1/yr]
    years : whole, 1 to 1000
        Number of payments. [yr]
    timing : {"end", "mid"}
        Payments at the end or in the middle of each year.

    Returns
    -------
    number or array
        Payment in each of the years. [money/yr]

    Examples
    --------
    >>> round(float(eac(1000, 0.08, 3)), 6)
    388.033514
    """
    return npv / annuity_factor(rate, years, timing)


def npv(wacc: Num, flows: Sequence[float] | Array, timing: str = "end") -> Num:
    """Net present value; the first flow is today and is not discounted.

    Parameters
    ----------
    wacc : number, above -1 to 1
        Discount rate. [1/yr]
    flows : list
        Flows of the years 0, 1, 2, ...; blanks count as 0. [money]
    timing : {"end", "mid"}
        Whether the flow of year t stands at t or at t - 0.5.

    Returns
    -------
    number or array
        Net present value. Excel: first + NPV(wacc, rest), because Excel's NPV discounts its first flow too. [money]

    Examples
    --------
    >>> round(float(npv(0.1, [-10000, 3000, 4200, 6800])), 2)
    1307.29
    """
    money = np.asarray(flows, dtype=float)
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # beyond the range of numbers the result is inf or nan, and says so
        return _total(money * discount_factors(wacc, money.shape[-1] - 1, timing))


def wacc(equity: Num, debt: Num, cost_of_equity: Num, cost_of_debt: Num, tax: Num = 0.0) -> Num:
    """Weighted average cost of capital, after tax.

    Parameters
    ----------
    equity : number, 0 or more
        Market value of equity, or its share. [money]
    debt : number, 0 or more
        Market value of debt, or its share. [money]
    cost_of_equity : number, -1 to 1
        Return that shareholders ask. [1/yr]
    cost_of_debt : number, -1 to 1
        Interest rate of debt, before tax. [1/yr]
    tax : number, 0 to 1
        Corporate tax rate, which interest reduces. [fraction]

    Returns
    -------
    number or array
        (equity x cost of equity + debt x cost of debt x (1 - tax)) / (equity + debt). [1/yr]

    Raises
    ------
    DividesByZero
        When equity and debt are both 0.

    Examples
    --------
    >>> wacc(0.6, 0.4, 0.11, 0.05, 0.3)
    0.08
    """
    capital = equity + debt
    if np.any(np.equal(capital, 0)):
        msg = "equity + debt is 0: the weights of a WACC are shares of their sum, give at least one of them"
        raise DividesByZero(msg)
    return (equity * cost_of_equity + debt * cost_of_debt * (1 - tax)) / capital


def capm(risk_free: Num, beta: Num, premium: Num) -> Num:
    """Cost of equity by the capital asset pricing model.

    Parameters
    ----------
    risk_free : number, -1 to 1
        Return of a riskless bond. [1/yr]
    beta : number
        Sensitivity of the share to the market. [-]
    premium : number, -1 to 1
        Market return minus the riskless return. [1/yr]

    Returns
    -------
    number or array
        risk_free + beta x premium. [1/yr]

    Examples
    --------
    >>> round(capm(0.04, 1.2, 0.05), 12)
    0.1
    """
    return risk_free + beta * premium


def capital_factor(mode: str, wacc: Num, years: int, benefit: Num = 0.0, life: Num | None = None) -> Num:
    """Factor on an acquisition that adds the cost of its capital.

    Parameters
    ----------
    mode : {"annuity", "book", "simple", "npv", "none"}
        Annuity: level payments; book: interest on the opening book value; simple: interest on the price; npv: price
        less present benefit; none: 1.
    wacc : number, 0 to 10
        Cost of capital. [1/yr]
    years : whole, 1 to 100
        Years of use. [yr]
    benefit : number, 0 to 1
        Yearly tax benefit of depreciation as a share of the price. [1/yr]
    life : number, above 0
        Straight-line life of the book value, in mode book; blank: `years`. [yr]

    Returns
    -------
    number or array
        Factor on the acquisition. [-]

    Examples
    --------
    >>> print(capital_factor("annuity", 0.08, 3, 0.06))
    0.984100542...
    """
    if mode == "annuity":
        return years * crf(wacc, years) - years * benefit
    if mode == "book":
        opening_book = np.maximum(0.0, 1.0 - np.arange(years) / years_axis(years if life is None else life))
        return 1.0 + wacc * _total(opening_book) - years * benefit
    if mode == "simple":
        return 1.0 + years * (wacc - benefit)
    if mode == "npv":
        return 1.0 - benefit * annuity_factor(wacc, years)
    return 1.0


def payback(flows: Sequence[float] | Array, rate: Num = 0.0) -> Num:
    """Years until the cumulative flow is back at zero, interpolated inside the year.

    Parameters
    ----------
    flows : list
        Flows of the years 0, 1, 2, ..., costs negative; blanks count as 0. [money]
    rate : number, above -1 to 1
        Discount rate; 0 gives the simple payback. [1/yr]

    Returns
    -------
    number or array
        Years from today; 0 when the cumulative flow is never negative. [yr]

    Raises
    ------
    NotAvailable
        When the flows never pay back. Of several scenarios those are infinite instead.

    Notes
    -----
    The first return to zero after having been negative: later costs, such as a disposal, do not undo it.

    Examples
    --------
    >>> print(payback([-100, 40, 40, 40]))
    2.5
    """
    money = np.asarray(flows, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        present = money * discount_factors(rate, money.shape[-1] - 1)
        balance = np.add.accumulate(present, axis=-1)
        owed = balance < -ROUNDING * np.abs(present).max(axis=-1, keepdims=True)
        crossing = np.arange(money.shape[-1] - 1) - balance[..., :-1] / present[..., 1:]
    returns = owed[..., :-1] & ~owed[..., 1:]
    first = np.where(returns, crossing, np.inf).min(axis=-1, initial=np.inf)
    years: Num = np.where(owed.any(axis=-1), first, 0.0)[()]
    if np.ndim(years) == 0 and np.isinf(years):
        msg = (
            f"flows never pay back within {counted(money.shape[-1] - 1, 'year')}: "
            f"{balance[-1]:.15g} is still to come at the end; costs are negative, give more years or a lower rate"
        )
        raise NotAvailable(msg)
    return years


def years_axis(value: Num) -> Array:
    """Give a value of any shape a last axis of length 1 for the years."""
    return np.asarray(value, dtype=float)[..., np.newaxis]


def _total(by_year: Array) -> Num:
    """Sum in the order of the years; numpy's own sum pairs terms differently by memory layout."""
    total: Num = np.add.accumulate(by_year, axis=-1)[..., -1][()]
    return total
