"""Random values of inputs: raw bits of PCG64, turned into numbers here, so that a release of numpy changes nothing."""

import zlib

import numpy as np

from engine.analysis.normal import probability_below, quantile
from engine.units import Array, Num

SHIFT = np.uint64(11)  # 64 random bits to the 53 that a float holds
STEP = 2.0**-53
HALF_STEP = STEP / 2.0  # the middle of the interval that a multiple of STEP stands for: never 0
Z95 = 1.6448536269514722  # standard deviations between the mean and the 95 % percentile


def uniforms(seed: int, name: str, runs: int) -> Array:
    """Random numbers from 0 to 1 for one input.

    Every input has a stream of its own, found by the seed and its name: another input that varies, or more runs,
    leave the numbers drawn so far as they are.

    Parameters
    ----------
    seed : int
        Any number from 0.
    name : str
        Id of the input.
    runs : int
        How many.

    Returns
    -------
    array, shape (runs,)
        Multiples of 2^-53 in [0, 1). [-]

    Examples
    --------
    >>> bool((uniforms(1, "users", 5) == uniforms(1, "users", 9)[:5]).all())
    True
    """
    stream = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()),))
    bits = np.random.PCG64(stream).random_raw(runs) >> SHIFT
    return bits.astype(np.float64) * STEP


def triangular(probability: Array, low: Num, mode: Num, high: Num) -> Array:
    """Inverse of the triangular distribution.

    Parameters
    ----------
    probability : array
        Probabilities from 0 to 1. [-]
    low, mode, high : float or array, shape (..., 1)
        Lowest, most likely and highest value.

    Returns
    -------
    array
        Values that are not exceeded with these probabilities.

    Notes
    -----
    F(x) = (x - low)^2 / ((high - low) (mode - low)) up to the mode, 1 - (high - x)^2 / ((high - low) (high - mode))
    beyond it.

    Examples
    --------
    >>> triangular(np.array([0.0, 0.125, 0.5, 0.875]), 0, 1, 2)
    array([0. , 0.5, 1. , 1.5])
    """
    width, rise, fall = high - low, mode - low, high - mode
    left = probability * width
    below = left < rise
    left *= rise
    right = 1.0 - probability
    right *= width
    right *= fall
    for square in (left, right):  # in place: new arrays for every step take longer than the steps
        np.sqrt(square, out=square)
    np.subtract(high, right, out=right)
    left += low
    np.copyto(right, left, where=below)
    return right


def uniform(probability: Array, low: float, high: float, *, whole: bool = False) -> Array:
    """Inverse of the uniform distribution; of whole values each is as likely as another, both ends included.

    >>> uniform(np.array([0.0, 0.5, 0.75]), 10, 20)
    array([10. , 15. , 17.5])
    >>> uniform(np.array([0.0, 0.49, 0.5, 0.99]), 1, 2, whole=True)
    array([1., 1., 2., 2.])
    """
    return low + np.floor(probability * (high - low + 1.0)) if whole else low + probability * (high - low)


def normal(probability: Array, p5: float, p95: float, least: float, most: float) -> Array:
    """Inverse of the normal distribution between limits that it cannot leave.

    Parameters
    ----------
    probability : array
        Probabilities from 0 to 1. [-]
    p5, p95 : float
        Values that are not exceeded with 5 and 95 %, before the limits.
    least, most : float
        Limits of the values.

    Returns
    -------
    array
        Values that are not exceeded with these probabilities.

    Notes
    -----
    F(x) = (Phi((x - m)/s) - Phi((least - m)/s)) / (Phi((most - m)/s) - Phi((least - m)/s)), m halfway between p5 and
    p95, s = (p95 - p5) / 3.2897: a price that cannot fall below 0 is drawn again, so to speak, until it does not.

    Examples
    --------
    >>> normal(np.array([0.05, 0.5, 0.95]), 90, 110, 0, 1e6).round(9)
    array([ 90., 100., 110.])
    >>> float(normal(np.array([0.0]), -10, 10, 0, 1e6)[0])
    0.0
    """
    mean, deviation = (p5 + p95) / 2.0, (p95 - p5) / (2.0 * Z95)
    below, above = probability_below((np.array([least, most]) - mean) / deviation)
    within = below + (probability + HALF_STEP) * (above - below)
    return np.clip(mean + deviation * quantile(np.clip(within, HALF_STEP, 1.0 - STEP)), least, most)


def percentile(ordered: Array, share: float) -> float:
    """Percentile of ordered values, interpolated as PERCENTILE.INC does.

    >>> percentile(np.array([10.0, 20.0, 40.0]), 0.75)
    30.0
    """
    position = (len(ordered) - 1) * share
    below = min(int(position), len(ordered) - 2)
    return float(ordered[below] + (position - below) * (ordered[below + 1] - ordered[below]))
