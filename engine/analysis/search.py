"""Where two costs change their order: all places of a range, lowest first, staircases included.

The cost of own servers is a staircase in most inputs, because GPUs come in steps, so the difference of two options can
change its sign many times, and a root finder would find any of them. This search starts from a dense grid and drops
every cell in which the costs at both ends leave no room for a change of order: where each cost moves one way within a
cell, [a0, a1] and [b0, b1] must overlap. The cells that are left are divided, lowest first, until they are too narrow
to matter. A staircase moves one way, so no step is missed between grid points; a cost that turns round inside a cell of
the first grid (a two-thousandth of the range) can hide two changes.
"""

from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.units import Array

POINTS = 1000  # of the first grid, in even steps and again in equal ratios
BATCH, PARTS = 64, 16  # cells divided in one pass, and into how many
FEW = 4  # cells that are divided twice in one pass
WIDTH = 1e-10  # width of a cell, relative to its place, that needs no division
TINY = 1e-15  # the same relative to the whole range, for cells beside 0
EQUAL = 1e-12  # relative difference below which two costs are equal
SMOOTH = 1e-6  # relative change of the difference within the last cell; more is a step

Mask: TypeAlias = NDArray[np.bool_]
Costs: TypeAlias = Callable[[Array], Array]
"""Two costs, shape (2, S), at S values; NaN where there is none."""

X0, A0, B0, X1, A1, B1 = range(6)  # rows of cells: one end and the costs there, the other end
_STEPS = np.arange(PARTS + 1.0)


def grid(low: float, high: float, *, whole: bool) -> Array:
    """Points to start from: all whole values where they are few, otherwise even steps and equal ratios.

    >>> grid(1, 5, whole=True)
    array([1., 2., 3., 4., 5.])
    """
    if whole and high - low <= 2 * POINTS:
        return np.arange(low, high + 1.0)
    points = [np.linspace(low, high, POINTS)]
    if high > 0:
        points.append(np.geomspace(max(low, high * 1e-6), high, POINTS))
    joined = np.clip(np.concatenate(points), low, high)
    return np.unique(np.floor(joined) if whole else joined)


def flips(costs: Costs, points: Array, *, whole: bool, ahead: bool = True) -> Iterator[float]:
    """Give the values at which two costs change their order, in rising order.

    Parameters
    ----------
    costs : callable
        Costs of both at an array of values.
    points : array, shape (P,)
        First points of the search, rising.
    whole : bool
        Whether only whole values exist.
    ahead : bool
        As in `flip_steps`: for costs that take hardly longer at many values than at few.

    Yields
    ------
    float
        Where both are equal; at a step, and among whole values, the first value of the new order. Costs that touch
        and part again on the same sides do not change their order; costs that stay equal to the end do.

    Examples
    --------
    A staircase against a line: a step at 1, a crossing at 1.6, a step at 2:

    >>> stairs = lambda x: np.stack([1.6 * np.floor(x), x])
    >>> [round(x, 6) for x in flips(stairs, np.linspace(0.5, 2.5, 12), whole=False)]
    [1.0, 1.6, 2.0]
    """
    steps = flip_steps(points, whole=whole, ahead=ahead)
    asked = next(steps, None)
    while asked is not None:
        if isinstance(asked, float):
            yield asked
            asked = next(steps, None)
        else:
            asked = told(steps, costs(asked))


def told(steps: Generator[Array | float, Array, None], costs: Array) -> Array | float | None:
    """Tell a search the costs that it has asked for, and return what it yields next; None at its end."""
    try:
        return steps.send(costs)
    except StopIteration:
        return None


def flip_steps(points: Array, *, whole: bool, ahead: bool = True) -> Generator[Array | float, Array, None]:
    """Search as `flips` does: yields values, rising, for which it is sent both costs; and the places found, as floats.

    Parameters
    ----------
    ahead : bool
        Whether the costs at the points of a division are asked for together with those of the division after: where a
        pass over many values takes hardly longer than one over few. The places found are those of single divisions.
    """
    span = float(points[-1] - points[0])
    cells = _cells(points[None, :], (yield points)[:, None, :])
    values, costs = np.full(1, np.nan), np.full((2, 1), np.nan)
    met: tuple[float, float] | None = None  # where the costs have become equal, and the side before
    while cells.size:
        narrow = _is_narrow(cells[:, :BATCH], span, whole=whole)
        leading = int(np.argmin(narrow == narrow[0])) or len(narrow)  # the first cells that are all narrow or all wide
        head, cells = cells[:, :leading], cells[:, leading:]
        if narrow[0]:
            for cell, before, after in _turns(head):
                if met and (before or after) != met[1]:
                    yield met[0]
                met = None
                place = _place(cell, whole=whole)
                if before and after:
                    yield place
                elif before:  # what touches and turns back keeps its order
                    met = place, before
            continue
        parts = _parts(head[X0], head[X1], whole=whole)
        at = np.minimum(np.searchsorted(values, parts), len(values) - 1)
        if not np.array_equal(values[at], parts):
            values = np.unique(_with_next(parts, whole=whole) if ahead else parts)
            costs = yield values
            at = np.searchsorted(values, parts)
        cells = np.concatenate([_cells(parts, costs[:, at]), cells], axis=1)
    if met:
        yield met[0]  # equal up to the end


def _with_next(parts: Array, *, whole: bool) -> Array:
    """Add the points that divide what a few cells are divided into."""
    return parts if len(parts) > FEW else _parts(parts[:, :-1].ravel(), parts[:, 1:].ravel(), whole=whole)


def _parts(starts: Array, ends: Array, *, whole: bool) -> Array:
    """Points that divide each cell, its ends included."""
    points = starts[:, None] + _STEPS * ((ends - starts) / PARTS)[:, None]
    points[:, -1] = ends
    return np.floor(points + 0.5) if whole else points


def _cells(points: Array, costs: Array) -> Array:
    """Cells between neighbouring points of a row, shape (6, cells), without those that cannot hold a change."""
    ends = np.stack([points, costs[0], costs[1]])
    cells = np.concatenate([ends[:, :, :-1], ends[:, :, 1:]]).reshape(6, -1)
    x0, a0, b0, x1, a1, b1 = cells
    a_low, a_high, b_low, b_high = np.minimum(a0, a1), np.maximum(a0, a1), np.minimum(b0, b1), np.maximum(b0, b1)
    slack = EQUAL * np.maximum(np.abs(a_high), np.abs(b_high))  # equal costs overlap, whatever their last digit
    overlap = (a_low - b_high <= slack) & (b_low - a_high <= slack) & (x1 > x0)
    near: Array = cells[:, overlap]
    level = (_side(near[A0], near[B0]) == 0) & (_side(near[A1], near[B1]) == 0)
    return near[:, ~level]


def _side(a: Array, b: Array) -> Array:
    """1 where a costs more, -1 where b does, 0 where both cost the same."""
    equal = np.abs(a - b) <= EQUAL * np.maximum(np.abs(a), np.abs(b))
    side: Array = np.where(equal, 0.0, np.sign(a - b))
    return side


def _is_narrow(cells: Array, span: float, *, whole: bool) -> Mask:
    width = cells[X1] - cells[X0]
    place = np.maximum(np.abs(cells[X0]), np.abs(cells[X1]))
    enough: Mask = width <= (1.0 if whole else np.maximum(WIDTH * place, TINY * span))
    return enough


def _turns(cells: Array) -> Iterator[tuple[Array, float, float]]:
    """Give the cells on whose ends the costs lie on different sides, with both sides."""
    before, after = _side(cells[A0], cells[B0]), _side(cells[A1], cells[B1])
    for i in np.flatnonzero(before != after):
        yield cells[:, i], float(before[i]), float(after[i])


def _place(cell: Array, *, whole: bool) -> float:
    """Where a narrow cell changes the order: inside it, or at its far end when the cost makes a step there."""
    gap_before, gap_after = cell[A0] - cell[B0], cell[A1] - cell[B1]
    step = abs(gap_after - gap_before) > SMOOTH * max(abs(cell[A1]), abs(cell[B1]))
    if whole or step:
        return float(cell[X1])
    return float(cell[X0] + (cell[X1] - cell[X0]) * gap_before / (gap_before - gap_after))
