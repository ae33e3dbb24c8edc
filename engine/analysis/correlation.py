"""Random numbers that move together: a Gaussian copula over the correlations that the inputs state."""

from collections.abc import Mapping, Sequence

import numpy as np

from engine.analysis.distributions import HALF_STEP, STEP
from engine.analysis.normal import probability_below, quantile
from engine.analysis.ranges import Range
from engine.errors import EngineError, NoSolution, NotAvailable, Problems, WrongKind
from engine.units import Array

TINY = 1e-10  # a pivot nearer to 0 is 0: an input that follows from others, as with a correlation of 1

Pairs = dict[frozenset[str], float]


def correlated(probabilities: Mapping[str, Array], spreads: Sequence[Range]) -> dict[str, Array]:
    """Make independent random numbers move together as the inputs' correlations say.

    Parameters
    ----------
    probabilities : mapping of str to array, shape (runs,)
        Independent random numbers from 0 to 1 of the inputs that vary.
    spreads : sequence of Range
        Ranges of the inputs with their correlations.

    Returns
    -------
    dict of str to array
        Random numbers from 0 to 1. Those of inputs without a correlation, and of the first with one, are unchanged.

    Raises
    ------
    Problems
        A correlation with an input that does not vary, or stated twice and differently.
    NoSolution
        Correlations that cannot hold together.

    Notes
    -----
    u' = Phi(L Phi^-1(u)) with L L' the matrix of correlations, L lower triangular in the order of the input sheet. The
    correlations are those of the normal scores; of uniform inputs it is 6/pi asin(rho/2), a little less.

    Examples
    --------
    >>> drawn = {"wacc": np.array([0.1, 0.5, 0.8]), "tariff": np.array([0.3, 0.9, 0.2])}
    >>> correlated(drawn, [Range("wacc", 0, 1), Range("tariff", 0, 1, correlations=(("wacc", -1.0),))])["tariff"]
    array([0.9, 0.5, 0.2])
    """
    pairs = _pairs(spreads, set(probabilities))
    names = [name for name in probabilities if any(name in pair for pair in pairs)]
    factor = _factor(names, pairs)
    scores = [quantile(np.clip(probabilities[name], HALF_STEP, 1.0 - STEP)) for name in names]
    moved = dict(probabilities)
    for row, name in list(enumerate(names))[1:]:
        together = np.zeros_like(scores[0])
        for column in range(row + 1):  # added up one by one: a matrix product may add in another order elsewhere
            together = together + factor[row][column] * scores[column]
        moved[name] = probability_below(together)
    return moved


def _pairs(spreads: Sequence[Range], varying: set[str]) -> Pairs:
    """Collect the correlations by pair of inputs, whichever of the two states them."""
    pairs: Pairs = {}
    problems: list[EngineError] = []
    for spread in spreads:
        for other, rho in spread.correlations:
            still = next((name for name in (spread.name, other) if name not in varying), None)
            pair = frozenset((spread.name, other))
            if still is not None:
                reason = f"{spread.name}: correlation with {other}, but {still} does not vary; give it low and high"
                problems.append(NotAvailable(reason))
            elif pairs.get(pair, rho) != rho:
                problems.append(
                    WrongKind(
                        f"{spread.name}: correlation {rho:g} with {other}, elsewhere it is {pairs[pair]:g}; keep one"
                    )
                )
            pairs[pair] = rho
    if problems:
        raise Problems(problems)
    return pairs


def _factor(names: Sequence[str], pairs: Pairs) -> list[list[float]]:
    """Give the lower triangular matrix whose product with its transpose is that of the correlations (Cholesky)."""
    factor: list[list[float]] = []
    for i, name in enumerate(names):
        row: list[float] = []
        for j, other in enumerate(names[:i]):
            left = pairs.get(frozenset((name, other)), 0.0) - sum(row[k] * factor[j][k] for k in range(j))
            pivot = factor[j][j]
            if pivot == 0.0 and abs(left) > TINY:
                raise _impossible(name, pairs)
            row.append(left / pivot if pivot else 0.0)
        rest = 1.0 - sum(value * value for value in row)
        if rest < -TINY:
            raise _impossible(name, pairs)
        factor.append([*row, rest**0.5 if rest > TINY else 0.0])
    return factor


def _impossible(name: str, pairs: Pairs) -> NoSolution:
    stated = ", ".join(f"{rho:g} with {next(iter(pair - {name}))}" for pair, rho in pairs.items() if name in pair)
    return NoSolution(
        f"{name}: correlation {stated} cannot hold together with the other correlations (their matrix is not positive "
        "definite): what moves with two inputs lets these move together too; bring some of them nearer to 0"
    )
