"""Random values of inputs: raw bits of PCG64, turned into numbers here, so that a release of numpy changes nothing."""

import zlib

import numpy as np

from engine.units import Array

SHIFT = np.uint64(11)  # 64 random bits to the 53 that a float holds
STEP = 2.0**-53


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


def triangular(probability: Array, low: float, mode: float, high: float) -> Array:
    """Inverse of the triangular distribution.

    Parameters
    ----------
    probability : array
        Probabilities from 0 to 1. [-]
    low, mode, high : float
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
    left = low + np.sqrt(probability * width * rise)
    right = high - np.sqrt((1.0 - probability) * width * fall)
    return np.where(probability * width < rise, left, right)


def percentile(ordered: Array, share: float) -> float:
    """Percentile of ordered values, interpolated as PERCENTILE.INC does.

    >>> percentile(np.array([10.0, 20.0, 40.0]), 0.75)
    30.0
    """
    position = (len(ordered) - 1) * share
    below = min(int(position), len(ordered) - 2)
    return float(ordered[below] + (position - below) * (ordered[below + 1] - ordered[below]))
