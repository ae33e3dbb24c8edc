"""The choice that a plan leaves open, such as how much of a load stands on own servers: the one that costs least."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.lines import Plan
from engine.units import Array

POINTS = 33  # choices tried at a time; as many whole numbers, or fewer, are all tried
ROOM = 200_000  # scenarios x choices x years at a time: what keeps the arrays in the cache


def decided(plan: Plan, cost: Callable[[Plan], Array]) -> tuple[Plan, Array]:
    """Return the plan with what it decides set to the whole number that costs least in each scenario, and its cost.

    Parameters
    ----------
    plan : Plan
        Its assumption `decides` is blank.
    cost : function of a plan
        What is minimised, shape (S,).

    Notes
    -----
    The ends of the range are always tried, so the choice is never worse than either. Between them a grid is laid,
    and a finer one around its best point, until whole numbers are next to each other: exact for ranges up to 32, the
    best of a neighbourhood beyond: servers and instances come in steps, so the cost can have several low points.
    """
    last = np.broadcast_to(plan.most, (plan.case.scenarios,))
    low, high = np.zeros_like(last), last
    best, least = low, np.full(last.shape, np.inf)
    while True:
        points = int(min(POINTS, 1.0 + (high - low).max()))
        choices = np.round(np.linspace(low, high, points, axis=1))
        costs = _costs(plan, choices, cost)
        chosen = np.argmin(costs, axis=1)
        found = _at(costs, chosen)
        best, least = np.where(found < least, _at(choices, chosen), best), np.minimum(found, least)
        if np.all(high - low < POINTS):
            return plan.deciding(best[:, None]), least
        low, high = _at(choices, np.maximum(chosen - 1, 0)), _at(choices, np.minimum(chosen + 1, POINTS - 1))


def _costs(plan: Plan, choices: Array, cost: Callable[[Plan], Array]) -> Array:
    """Work out the cost of every choice of every scenario, some choices at a time."""
    scenarios = len(choices)
    step = max(1, ROOM // (scenarios * plan.case.years))
    parts = [choices[:, first : first + step] for first in range(0, choices.shape[1], step)]
    return np.hstack([np.broadcast_to(cost(plan.deciding(p)), (p.size,)).reshape(scenarios, -1) for p in parts])


def _at(values: Array, column: NDArray[np.intp]) -> Array:
    return np.take_along_axis(values, column[:, None], axis=1)[:, 0]
