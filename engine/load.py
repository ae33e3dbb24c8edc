"""How the load of a day lies above a capacity: the share of the queries, and of the hours, that overflow.

A load is told as a share of its peak. Two descriptions of a day:

- none typed: inside the active hours, ordered from the quietest to the busiest, the load is peak x u^(peak_factor - 1)
  for u from 0 to 1. It is the power of u that has the right peak and, at peak / peak_factor, the right mean: level at
  peak_factor 1, a straight line at 2, ever steeper beyond.
- 24 typed figures, one for each hour of a day: each hour is level.
"""

import re

import numpy as np

from engine.errors import OutOfLimits, WrongKind
from engine.units import Array

HOURS_PER_DAY = 24
ROUNDING = 1e-9  # of the peak: a profile that reaches it to the last digit does not exceed it


def overflow(level: Array, peak_factor: Array) -> tuple[Array, Array]:
    """Split a day without typed profile at a level.

    Parameters
    ----------
    level : array, shape (S, N)
        Capacity over the peak load, 0 to 1. [fraction]
    peak_factor : array, shape (S, 1)
        Peak over mean load inside the active hours, 1 or more. [-]

    Returns
    -------
    share, hours : arrays, shape (S, N)
        Share of the queries above the level; share of the active hours in which there are any. [fraction]

    Notes
    -----
    The load reaches the level y at u = y^(1 / (p - 1)), p the peak factor. Above it lies
    integral of (p u^(p-1) - p y) du from u to 1 = 1 - u^p - p y (1 - u), and u^p = u y.

    Examples
    --------
    A straight line from 0 to the peak: half the peak covers three quarters of the queries, in half of the hours.

    >>> share, hours = overflow(np.array([[0.5]]), np.array([[2.0]]))
    >>> float(share[0, 0]), float(hours[0, 0])
    (0.25, 0.5)
    """
    steepness = np.broadcast_to(peak_factor - 1.0, level.shape)
    exponent = np.divide(1.0, steepness, out=np.full(level.shape, np.inf), where=steepness > 0)
    reached = np.where(level >= 1.0, 1.0, np.power(np.ascontiguousarray(level), exponent))
    share: Array = np.maximum(0.0, 1.0 - reached * level - peak_factor * level * (1.0 - reached))
    hours: Array = 1.0 - reached
    return share, hours


def overflow_of_profile(level: Array, profile: Array, peak_share: Array) -> tuple[Array, Array]:
    """Split a day of 24 typed hours at a level.

    Parameters
    ----------
    level : array, shape (S, N)
        Capacity over the peak load, 0 to 1. [fraction]
    profile : array, shape (24,)
        Share of a day's queries in each hour; their sum is 1. [fraction]
    peak_share : array, shape (S, 1)
        Share of a day's queries that an hour at the peak load holds: peak_factor / active_hours. [fraction]

    Returns
    -------
    share, hours : arrays, shape (S, N)
        Share of the queries above the level; share of the hours with load in which there are any. [fraction]

    Raises
    ------
    OutOfLimits
        When an hour holds more than the peak load does, for which the servers are sized.

    Examples
    --------
    >>> day = np.array([0.0] * 12 + [0.05] * 8 + [0.15] * 4)
    >>> share, hours = overflow_of_profile(np.array([[0.5]]), day, np.array([[0.2]]))
    >>> round(float(share[0, 0]), 12), round(float(hours[0, 0]), 12)
    (0.2, 0.333333333333)
    """
    busiest, allowed = float(profile.max()), float(peak_share.min())
    if busiest > allowed * (1.0 + ROUNDING):
        raise OutOfLimits(
            f"load_profile: its busiest hour holds {busiest:.4g} of a day, the peak load that peak_factor and "
            f"active_hours give only {allowed:.4g} an hour; raise peak_factor or lower active_hours"
        )
    above = profile - (level * peak_share)[:, :, None]
    over = above > ROUNDING * peak_share[:, :, None]
    share: Array = np.sum(np.where(over, above, 0.0), axis=2)
    hours: Array = np.sum(over, axis=2) / np.count_nonzero(profile)
    return share, hours


def read_profile(text: str) -> Array:
    """Read 24 figures, the load of each hour of a day, and return the share of the day in each.

    Raises
    ------
    WrongKind
        When they are not 24 figures of 0 or more, one of them above 0.

    Examples
    --------
    >>> float(read_profile("0 0 0 0 0 0 1 2 4 4 4 4 3 4 4 4 3 2 1 0 0 0 0 0").max())
    0.1
    """
    words = [word for word in re.split(r"[;\s]+", text.strip()) if word]
    try:
        figures = np.array([float(word.replace(",", ".")) for word in words])
    except ValueError:
        figures = np.array([np.nan])
    if len(words) != HOURS_PER_DAY or not np.all(np.isfinite(figures)) or figures.min() < 0 or figures.sum() <= 0:
        raise WrongKind(
            f'load_profile: "{text[:60]}" is no list of 24 figures of 0 or more, the load of the hours of a day from '
            "midnight, with spaces or semicolons between them"
        )
    shares: Array = figures / figures.sum()
    return shares
