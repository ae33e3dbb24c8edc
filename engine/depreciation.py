"""Depreciation by year of age: Excel's methods and those of the United States' tax law."""

import numpy as np

from engine.errors import OutOfLimits, counted
from engine.finance import growth, years_axis
from engine.units import Array, Num

# IRS Publication 946, table A-1: general depreciation system, half-year convention. [% of cost by recovery year]
MACRS_PERCENT = {
    3: (33.33, 44.45, 14.81, 7.41),
    5: (20.00, 32.00, 19.20, 11.52, 11.52, 5.76),
    7: (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    10: (10.00, 18.00, 14.40, 11.52, 9.22, 7.37, 6.55, 6.55, 6.56, 6.55, 3.28),
    15: (5.00, 9.50, 8.55, 7.70, 6.93, 6.23, 5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 2.95),
    20: (
        *(3.750, 7.219, 6.677, 6.177, 5.713, 5.285, 4.888, 4.522, 4.462, 4.461, 4.462),
        *(4.461, 4.462, 4.461, 4.462, 4.461, 4.462, 4.461, 4.462, 4.461, 2.231),
    ),
}


def depreciation(cost: Num, life: int, year: int, method: str = "sln", salvage: Num = 0.0) -> Num:
    """Depreciation of one asset in one year.

    Parameters
    ----------
    cost : number, 0 or more
        Acquisition cost. [money]
    life : whole, 1 to 100
        Depreciation life; for macrs 3, 5, 7, 10, 15 or 20. [yr]
    year : whole, 1 or more
        Year of age, the first is 1; after the end the result is 0. [yr]
    method : {"sln", "syd", "db", "ddb", "macrs", "bonus"}
        Sln, syd, db, ddb as in Excel; macrs: IRS table A-1, half-year convention, life + 1 years; bonus: all in
        year 1.
    salvage : number, 0 or more
        Value left at the end; macrs ignores it. [money]

    Returns
    -------
    number or array
        Depreciation of that year. [money]

    Raises
    ------
    OutOfLimits
        When the salvage value exceeds the cost, or macrs has no table for the life.

    References
    ----------
    IRS Publication 946, How To Depreciate Property, table A-1.

    Examples
    --------
    >>> print(depreciation(100000, 5, 2, "macrs"))
    32000.0
    """
    charges = _METHODS[method](years_axis(cost), life, years_axis(_at_most(cost, salvage)))
    return charges[..., year - 1][()] if year <= charges.shape[-1] else np.zeros(charges.shape[:-1])[()]


def depreciation_schedule(life: int, method: str = "sln") -> Array:
    """Share of the cost that is written off in each year of age, without salvage value.

    Parameters
    ----------
    life : int
        Depreciation life. [yr]
    method : {"sln", "syd", "db", "ddb", "macrs", "bonus"}
        As in `depreciation`.

    Returns
    -------
    array, shape (life,), for macrs (life + 1,)
        Shares of the cost; ddb leaves part of the book value standing, as in Excel. [-]

    Examples
    --------
    >>> depreciation_schedule(4, "syd")
    array([0.4, 0.3, 0.2, 0.1])
    """
    return _METHODS[method](np.ones(1), life, np.zeros(1))


def _at_most(cost: Num, salvage: Num) -> Num:
    if np.any(np.greater(salvage, cost)):
        msg = f"salvage: {np.max(salvage):.15g} is above the cost {np.min(cost):.15g}; give a value from 0 to the cost"
        raise OutOfLimits(msg)
    return salvage


def _sln(cost: Array, life: int, salvage: Array) -> Array:
    return (cost - salvage) / life * np.ones(life)


def _syd(cost: Array, life: int, salvage: Array) -> Array:
    return (cost - salvage) * np.arange(life, 0, -1) * 2 / (life * (life + 1))


def _db(cost: Array, life: int, salvage: Array) -> Array:
    """Write off a fixed rate of the opening book value; Excel rounds that rate to three decimals."""
    priced = np.where(cost > 0, cost, 1.0)  # a cost of 0 is written off by nothing at any rate
    rate = np.round(1 - (salvage / priced) ** (1 / life), 3)
    return cost * rate * growth(-rate, life)


def _ddb(cost: Array, life: int, salvage: Array) -> Array:
    """Write off twice the straight-line rate of the opening book value, never below salvage, without a switch."""
    book = np.maximum(cost * growth(-2.0 / life, life + 1), salvage)
    return book[..., :-1] - book[..., 1:]


def _macrs(cost: Array, life: int, salvage: Array) -> Array:  # noqa: ARG001  the law takes salvage as 0
    if life not in MACRS_PERCENT:
        msg = f"life: macrs has no table for {counted(life, 'year')}; it knows {', '.join(map(str, MACRS_PERCENT))}"
        raise OutOfLimits(msg)
    charges: Array = cost * np.array(MACRS_PERCENT[life]) / 100
    return charges


def _bonus(cost: Array, life: int, salvage: Array) -> Array:
    charges: Array = (cost - salvage) * np.eye(1, life)[0]
    return charges


_METHODS = {"sln": _sln, "syd": _syd, "db": _db, "ddb": _ddb, "macrs": _macrs, "bonus": _bonus}
