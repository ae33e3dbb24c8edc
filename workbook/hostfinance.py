"""Native financial functions that formualizer calculates in another way than Excel and LibreOffice."""

from typing import Any

from workbook.hostarguments import CellProblem, number

MONTHS = 12


def db(cost: Any, salvage: Any, life: Any, period: Any, month: Any = 12.0) -> float:  # noqa: ANN401
    """DB: fixed-declining balance; the rate has three decimals, the first year `month` months, the last the others."""
    c, s, n, p, m = (number(value) for value in (cost, salvage, life, period, month))
    p, m = float(int(p)), int(m)
    if c < 0 or s < 0 or n <= 0 or p < 1 or not 1 <= m <= MONTHS or p > n + (m < MONTHS):
        raise CellProblem("Num")
    if c == 0:
        return 0.0
    rate = round(1 - float((s / c) ** (1 / n)), 3)
    first = c * rate * m / MONTHS
    if p == 1:
        return first
    book = (c - first) * float((1 - rate) ** (p - 2))
    return book * rate * ((MONTHS - m) / MONTHS if p > n else 1)


def ddb(cost: Any, salvage: Any, life: Any, period: Any, factor: Any = 2.0) -> float:  # noqa: ANN401
    """DDB: declining balance; parts of periods are allowed."""
    c, s, n, p, f = (number(value) for value in (cost, salvage, life, period, factor))
    if c < 0 or s < 0 or p < 1 or p > n or f <= 0:
        raise CellProblem("Num")
    rate = min(f / n, 1.0)
    before = c * float((1 - rate) ** (p - 1)) if rate < 1 or p == 1 else 0.0
    return max(before - max(c * float((1 - rate) ** p), s), 0.0)


def ipmt(rate: Any, period: Any, periods: Any, pv: Any, fv: Any = 0.0, due: Any = 0.0) -> float:  # noqa: ANN401
    """IPMT: the interest in a payment."""
    r, p, n, v, f, t = (number(value) for value in (rate, period, periods, pv, fv, due))
    if not 1 <= p < n + 1:
        raise CellProblem("Num")
    if r == 0 or (t and p == 1):
        return 0.0
    payment = _payment(r, n, v, f, t)
    growth = float((1 + r) ** (p - 2 if t else p - 1))
    owed = v * growth + payment * (1 + r * bool(t)) * (growth - 1) / r
    return -(owed + (payment if t else 0.0)) * r


def ppmt(rate: Any, period: Any, periods: Any, pv: Any, fv: Any = 0.0, due: Any = 0.0) -> float:  # noqa: ANN401
    """PPMT: what a payment pays back."""
    interest = ipmt(rate, period, periods, pv, fv, due)
    return _payment(*(number(value) for value in (rate, periods, pv, fv, due))) - interest


def _payment(rate: float, periods: float, pv: float, fv: float, due: float) -> float:
    if rate == 0:
        return -(pv + fv) / periods
    growth = float((1 + rate) ** periods)
    return -(pv * growth + fv) * rate / ((growth - 1) * (1 + rate * bool(due)))
