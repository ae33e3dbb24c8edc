"""The points at which a recommendation flips: the value of each uncertain input at which the next best option wins."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.analysis.outlook import Moved, Outlook
from engine.analysis.questions import Question, Steps, alone, feasible
from engine.analysis.search import flip_steps, told
from engine.analysis.stack import Base
from engine.errors import EngineError
from engine.inputs import Inputs, assumptions
from engine.options import SEAT
from engine.units import Array

QUERIES, USERS = "queries_per_user_day", "users"
"""Inputs in which the cost of hardware is a staircase: searched for, not read off a line."""
POINTS = 96
REACH = 100.0  # as TCO_BREAKEVEN: from a hundredth to a hundred times the value
STRAIGHT = 1e-9  # relative departure from a straight line
EQUAL = 1e-6  # relative difference of two costs that count as the same


@dataclass(frozen=True)
class FlipPoint:
    """An input, its value, and the value at which the two best options cost the same; None where they never do."""

    name: str
    planned: float
    flip: float | None

    @property
    def distance(self) -> float:
        """How far away the flip is, as a factor on the value or its inverse; infinite when there is none. [-]"""
        if self.flip is None:
            return float("inf")
        return float(abs(np.log(self.flip / self.planned)))


def flip_points(inputs: Inputs, seen: Outlook) -> list[FlipPoint]:
    """Find where the cheapest option and the next best change their order, nearest first.

    Parameters
    ----------
    inputs : Inputs
        The case.
    seen : Outlook
        What `engine.analysis.outlook` says of it.

    Notes
    -----
    Costs that are straight lines in an input, as they are in every price, cross where the lines do; each crossing is
    confirmed by working out both costs there. Users and queries are searched for, as TCO_BREAKEVEN does. Inputs in
    which the costs are curves or staircases otherwise are left out.

    Examples
    --------
    Seats at 12 against an API at 12.50 a user and month, which asks 25 queries a day:

    >>> case = Inputs.read({"users": 100, "seat_price": 12, "queries_per_user_day": 25, "prompt_tokens": 1000,
    ...                     "output_tokens": 500, "api_input_price": 10, "api_output_price": 30, "options": "api,seat"})
    >>> from engine.analysis.outlook import outlook
    >>> found = flip_points(case, outlook(case, ("api", "seat"), runs=2))
    >>> {point.name: round(point.flip, 3) for point in found if point.flip}["seat_price"]
    12.5
    """
    return alone(flip_point_steps(Base(inputs), seen))


def flip_point_steps(base: Base, seen: Outlook) -> Steps[list[FlipPoint]]:
    """Find what `flip_points` does, in step with others."""
    if seen.next_best is None:
        return []
    demand = yield from _demand(base, seen, {m.name: m for m in seen.moved if m.name in {QUERIES, USERS}})
    confirmed = yield from _confirmed(base, seen, _lines(seen))
    return sorted([*demand, *confirmed], key=lambda point: point.distance)


def _demand(base: Base, seen: Outlook, moved: Mapping[str, Moved]) -> Steps[list[FlipPoint]]:
    """Search for the queries, and for the users where these do not follow: mostly only their product counts."""
    found = [(yield from _searched(base, seen, moved[QUERIES]))] if QUERIES in moved else []
    if USERS not in moved:
        return found
    if found and found[0].flip is None and SEAT.id not in seen.rivals:
        return [*found, FlipPoint(USERS, moved[USERS].value, None)]
    if found and found[0].flip is not None:
        users = float(np.ceil(moved[USERS].value * found[0].flip / found[0].planned - STRAIGHT))
        if (yield from _changes_order_at(base, seen, users)):
            return [*found, FlipPoint(USERS, moved[USERS].value, users)]
    return [*found, (yield from _searched(base, seen, moved[USERS]))]


def _changes_order_at(base: Base, seen: Outlook, users: float) -> Steps[bool]:
    """Whether this number of users is the first of a new order."""
    limit = assumptions()[USERS]
    if not limit.low < users <= limit.high:  # type: ignore[operator]
        return False
    try:
        first, second = yield Question(base, seen.rivals, "tco", {USERS: np.array([users - 1, users])})
    except EngineError:
        return False
    before, after = np.sign(first - second)
    return bool(before and before != after)


def _lines(seen: Outlook) -> list[tuple[Moved, float]]:
    """Find inputs in which the difference of both costs is a straight line, and where it is zero."""
    first, second = seen.ranking[:2]
    planned = seen.base[first] - seen.base[second]
    low, high = (ends[first] - ends[second] for ends in (seen.low, seen.high))
    found = []
    for i, m in enumerate(seen.moved):
        slope = (high[i] - low[i]) / (m.high - m.low)
        bent = abs(low[i] + slope * (m.value - m.low) - planned)
        if m.name in {QUERIES, USERS} or assumptions()[m.name].kind != "number" or not slope:
            continue
        if bent <= STRAIGHT * abs(seen.base[second]):
            found.append((m, float(m.value - planned / slope)))
    return found


def _confirmed(base: Base, seen: Outlook, lines: list[tuple[Moved, float]]) -> Steps[list[FlipPoint]]:
    """Keep the crossings within the limits of their input at which both costs are indeed the same."""
    reachable = [
        (m, flip)
        for m, flip in lines
        if assumptions()[m.name].low <= flip <= assumptions()[m.name].high  # type: ignore[operator]
        and 1 / REACH <= flip / m.value <= REACH
        and m.name != "fx_rate"  # moves other inputs with it
    ]
    if not reachable:
        return []
    draws = {m.name: np.full(len(reachable), m.value) for m, _ in reachable}
    for scenario, (m, flip) in enumerate(reachable):
        draws[m.name][scenario] = flip
    try:
        first, second = yield Question(base, seen.rivals, "tco", draws)
    except EngineError:
        return []
    same = np.abs(first - second) <= EQUAL * np.maximum(np.abs(first), np.abs(second))
    return [FlipPoint(m.name, m.value, flip) for (m, flip), equal in zip(reachable, same, strict=True) if equal]


def _searched(base: Base, seen: Outlook, m: Moved) -> Steps[FlipPoint]:
    """Find the lowest value at which the order changes; costs rise with the demand, so that few points to start do."""
    limit, whole = assumptions()[m.name], assumptions()[m.name].kind != "number"
    ends = np.clip([m.value / REACH, m.value * REACH], limit.low, limit.high)
    points = np.geomspace(ends[0], ends[1], POINTS)
    points = np.unique(np.ceil(points)) if whole else points
    flip = yield from first_flip(base, seen.rivals, m.name, points[points <= ends[1]], whole=whole)
    return FlipPoint(m.name, m.value, flip)


def first_flip(base: Base, rivals: tuple[str, ...], name: str, points: Array, *, whole: bool) -> Steps[float | None]:
    """Search for the lowest value of an input at which the total costs of two options change their order."""
    steps = flip_steps(points, whole=whole, ahead=False)
    asked = next(steps, None)
    while asked is not None and not isinstance(asked, float):
        asked = told(steps, (yield from feasible(Question(base, rivals, "tco", {name: asked}))))
    return asked
