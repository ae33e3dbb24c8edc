"""Low, high, distribution and correlations of the inputs, read from the assumptions and checked; the value in use."""

import re
from dataclasses import dataclass

from engine.case import Case
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Assumption, Inputs, assumptions

NUMERIC = ("number", "whole", "flag")
DISTRIBUTIONS = ("triangular", "uniform", "normal")
_PAIR = re.compile(r"(?P<id>[A-Za-z]\w*)\s*[\s:=]\s*(?P<rho>[-+]?\d*[.,]?\d+)")


@dataclass(frozen=True)
class Range:
    """Low and high of one input, None where the cell is blank, and how it is distributed between them.

    Attributes
    ----------
    correlations : tuple of (str, float)
        Ids of other inputs with which it moves, and the correlation with each.
    """

    name: str
    low: float | None
    high: float | None
    distribution: str = DISTRIBUTIONS[0]
    correlations: tuple[tuple[str, float], ...] = ()

    @property
    def varies(self) -> bool:
        """Whether it has a low below its high."""
        return self.low is not None and self.high is not None and self.low < self.high


def ranges(inputs: Inputs) -> list[Range]:
    """Read the ranges of all numeric inputs that have one, in the order of the input sheet.

    Raises
    ------
    Problems
        Text for a number, a low above its high, either outside the limits of the input, an unknown distribution, a
        correlation that is none; all of them at once.

    Examples
    --------
    >>> ranges(Inputs.read({"wacc": 0.08}, ranges={"wacc": (0.06, 0.11)}))
    [Range(name='wacc', low=0.06, high=0.11, distribution='triangular', correlations=())]
    """
    found: list[Range] = []
    problems: list[EngineError] = []
    given = inputs.ranges
    for name, assumption in assumptions().items() if given else ():
        if name not in given or assumption.kind not in NUMERIC:
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
    low_cell, high_cell, distribution_cell, correlation_cell = (*inputs.ranges[name], None, None)[:4]
    low, high = bound(inputs, name, "low", low_cell), bound(inputs, name, "high", high_cell)
    if low is not None and high is not None and low > high:
        raise OutOfLimits(f"{name}: low {low:.15g} is above high {high:.15g}; exchange them")
    distribution = _distribution(name, distribution_cell)
    correlations = _correlations(name, correlation_cell)
    if (low is None or high is None) and (distribution != DISTRIBUTIONS[0] or correlations):
        stated = f"distribution {distribution}" if distribution != DISTRIBUTIONS[0] else "a correlation"
        raise NotAvailable(f"{name}: {stated} without low and high; fill both, or leave it blank")
    return Range(name, low, high, distribution, correlations)


def _distribution(name: str, cell: object) -> str:
    text = DISTRIBUTIONS[0] if cell is None or cell == "" else str(cell).strip().lower()
    if text not in DISTRIBUTIONS:
        raise WrongKind(f'{name}: distribution "{str(cell)[:60]}" is none of {", ".join(DISTRIBUTIONS)}')
    return text


def _correlations(name: str, cell: object) -> tuple[tuple[str, float], ...]:
    """Read pairs of id and correlation, ``cloud_price 0.6; tariff -0.2``; a decimal comma is one too."""
    if cell is None or not str(cell).strip():
        return ()
    pairs = []
    for text in filter(None, map(str.strip, str(cell).split(";"))):
        found = _PAIR.fullmatch(text)
        if not found:
            raise WrongKind(
                f'{name}: correlation "{text[:60]}" is no id with a number; write cloud_price 0.6; tariff -0.2'
            )
        other, rho = numeric(found["id"]).id, float(found["rho"].replace(",", "."))
        if not -1.0 <= rho <= 1.0:
            raise OutOfLimits(f"{name}: correlation {rho:g} with {other} is not between -1 and 1")
        if other == name:
            raise WrongKind(f"{name}: correlation with itself; name another input")
        pairs.append((other, rho))
    return tuple(pairs)


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
