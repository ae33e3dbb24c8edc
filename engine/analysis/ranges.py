"""Low and high of the inputs: read from the assumptions, checked, and the value that they lie around."""

from dataclasses import dataclass

from engine.case import Case
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Assumption, Inputs, assumptions

NUMERIC = ("number", "whole", "flag")


@dataclass(frozen=True)
class Range:
    """Low and high of one input; None where its cell is blank."""

    name: str
    low: float | None
    high: float | None


def ranges(inputs: Inputs) -> list[Range]:
    """Read the ranges of all numeric inputs that have one, in the order of the input sheet.

    Raises
    ------
    Problems
        Text for a number, a low above its high, either outside the limits of the input; all of them at once.

    Examples
    --------
    >>> ranges(Inputs.read({"wacc": 0.08}, ranges={"wacc": (0.06, 0.11)}))
    [Range(name='wacc', low=0.06, high=0.11)]
    """
    found: list[Range] = []
    problems: list[EngineError] = []
    for name, assumption in assumptions().items():
        if name not in inputs.ranges or assumption.kind not in NUMERIC:
            continue
        try:
            found.append(_range(inputs, name))
        except Problems as several:
            problems += several.problems
        except EngineError as problem:
            problems.append(problem)
    if problems:
        raise Problems(problems)
    return [r for r in found if r.low is not None or r.high is not None]


def _range(inputs: Inputs, name: str) -> Range:
    low_cell, high_cell = inputs.ranges[name]
    low, high = bound(inputs, name, "low", low_cell), bound(inputs, name, "high", high_cell)
    if low is not None and high is not None and low > high:
        raise OutOfLimits(f"{name}: low {low:.15g} is above high {high:.15g}; exchange them")
    return Range(name, low, high)


def bound(inputs: Inputs, name: str, which: str, cell: object) -> float | None:
    """Check a bound of an input as if it were its value; None for a blank cell.

    >>> bound(Inputs.read({}), "wacc", "high", 8)
    Traceback (most recent call last):
    engine.errors.Problems: high of wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08
    """
    try:
        value = inputs.replaced(**{name: cell}).typed.get(name)
    except Problems as several:
        raise Problems([type(problem)(f"{which} of {problem}") for problem in several.problems]) from None
    return None if value is None else float(value)


def numeric(name: str) -> Assumption:
    """Return a numeric assumption by its id in any case."""
    found = assumptions().get(name.strip().lower())
    if found is None:
        Inputs.read({name: None})  # says which id may be meant
        raise NotAvailable(f"{name} is no assumption")
    if found.kind not in NUMERIC:
        raise WrongKind(f"{found.id}: a {found.kind} input cannot be varied between a low and a high value")
    return found


def value_in_use(inputs: Inputs, name: str) -> float:
    """Return the value of a numeric input: typed, its default, or from the catalogue."""
    return float(Case(inputs)[name][0, 0])
