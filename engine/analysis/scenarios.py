"""Measures of options under many values of their inputs, without a loop over the scenarios."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.case import Case
from engine.errors import EngineError, WrongKind
from engine.inputs import Inputs
from engine.options import OPTIONS
from engine.result import MEASURES, Result
from engine.units import Array

Members: TypeAlias = NDArray[np.intp]

SHAPING = ("horizon", "depreciation_life")
"""Inputs that give the arrays of a case their shape: scenarios are grouped by them."""

BLOCK = 10_000  # scenarios at a time: what keeps the arrays of a block in the cache


def outcomes(inputs: Inputs, options: Sequence[str], measure: str, draws: Mapping[str, Array]) -> Array:
    """Work out a measure of several options in all scenarios.

    Parameters
    ----------
    inputs : Inputs
        The base case.
    options : sequence of str
        Ids of options.
    measure : str
        A measure, or a cost line for its undiscounted sum.
    draws : mapping of str to array, shape (S,)
        Values of numeric inputs by scenario, at least one input.

    Returns
    -------
    array, shape (options, S)
        The same bits as S single cases would give. [money]

    Raises
    ------
    EngineError
        When any scenario has no result.

    Examples
    --------
    >>> seats = Inputs.read({"users": 100, "seat_price": 30})
    >>> outcomes(seats, ("seat",), "per_user_month", {"seat_price": np.array([10.0, 40.0])})
    array([[10., 40.]])
    """
    size = len(next(iter(draws.values())))
    figures = np.empty((len(options), size))
    for case_inputs, members in _groups(inputs, draws, size):
        varying = {name: values[members] for name, values in draws.items() if name not in SHAPING}
        for start in range(0, len(members), BLOCK):
            block = slice(start, start + BLOCK)
            case = Case(case_inputs, {name: values[block] for name, values in varying.items()})
            for row, option in enumerate(options):
                figures[row, members[block]] = figure(Result(case, OPTIONS[option]), measure)
    return figures


def feasible_outcomes(
    inputs: Inputs, options: Sequence[str], measure: str, draws: Mapping[str, Array]
) -> tuple[Array, dict[int, EngineError]]:
    """Work out what `outcomes` does, with NaN in the scenarios that have no result and the reason of each.

    Halves the scenarios until those that fail stand alone: few evaluations where failures stand together.
    """
    try:
        return outcomes(inputs, options, measure, draws), {}
    except EngineError as error:
        size = len(next(iter(draws.values())))
        if size == 1:
            return np.full((len(options), 1), np.nan), {0: error}
    half = size // 2
    first, failures = feasible_outcomes(inputs, options, measure, {n: v[:half] for n, v in draws.items()})
    second, later = feasible_outcomes(inputs, options, measure, {n: v[half:] for n, v in draws.items()})
    return np.hstack([first, second]), failures | {half + s: error for s, error in later.items()}


def figure(result: Result, measure: str) -> Array:
    """Return a measure or the undiscounted sum of a cost line by scenario, shape (S,) or (1,)."""
    if measure in MEASURES:
        value: Array = getattr(result, measure)
        return value
    if measure in result.option.plan.figures:
        own: Array = getattr(result.plan, measure)
        return own
    if measure == "capital" or measure in result.lines:
        total: Array = result.line(measure).sum(axis=1)
        return total
    names = [*MEASURES, *result.option.plan.figures, *result.lines, "capital"]
    raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(names)}')


def known(option: str) -> str:
    """Return the id of an option, written in any case."""
    if option.lower() not in OPTIONS:
        raise WrongKind(f'option: "{option[:60]}" is none of {", ".join(OPTIONS)}')
    return option.lower()


def pair(option_a: str, option_b: str) -> tuple[str, str]:
    """Return the ids of two different options."""
    first, second = known(option_a), known(option_b)
    if first == second:
        raise WrongKind(f"option_b: {first} is compared with itself; name another of {', '.join(OPTIONS)}")
    return first, second


def cheapest_of(options: Sequence[str], values: Sequence[float | EngineError]) -> str | EngineError:
    """Return the option with the lowest of these figures; the first reason when none has a figure.

    >>> cheapest_of(("api", "seat"), (12.5, 10.0))
    'seat'
    """
    found = {o: v for o, v in zip(options, values, strict=True) if not isinstance(v, EngineError)}
    if not found:
        return next(v for v in values if isinstance(v, EngineError))
    return min(found, key=lambda option: found[option])


def _groups(inputs: Inputs, draws: Mapping[str, Array], size: int) -> list[tuple[Inputs, Members]]:
    """Split the scenarios into groups that share the shape of a case; each with its inputs and its members."""
    shaping = [name for name in SHAPING if name in draws]
    if not shaping:
        return [(inputs, np.arange(size))]
    shapes, group = np.unique(np.column_stack([draws[name] for name in shaping]), axis=0, return_inverse=True)
    return [
        (inputs.replaced(**dict(zip(shaping, shape.tolist(), strict=True))), np.flatnonzero(group.ravel() == number))
        for number, shape in enumerate(shapes)
    ]
