"""The normal distribution and its inverse for arrays, ours, so that a release of a library moves no figure."""

import numpy as np

from engine.units import Array

CENTRE, FAR = 0.425, 5.0  # Wichura's intervals: |p - 1/2|, and sqrt(-ln p) in the tails
# numerator and denominator of each interval, highest power first
NEAR_TOP = (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
            13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608)  # fmt: skip
NEAR_BOTTOM = (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
               5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0)  # fmt: skip
TAIL_TOP = (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
            3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734)  # fmt: skip
TAIL_BOTTOM = (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
               0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0)  # fmt: skip
FAR_TOP = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
           0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772)  # fmt: skip
FAR_BOTTOM = (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
              0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0)  # fmt: skip
# Hart's quotient for the upper tail up to 7.07 standard deviations
HART_TOP = (0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
            221.213596169931, 220.206867912376)  # fmt: skip
HART_BOTTOM = (0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
               637.333633378831, 793.826512519948, 440.413735824752)  # fmt: skip
HART_END = 7.07106781186547


def quantile(probability: Array) -> Array:
    """Inverse of the standard normal distribution.

    Parameters
    ----------
    probability : array
        Probabilities above 0 and below 1. [-]

    Returns
    -------
    array
        Standard deviations from the mean that are not exceeded with these probabilities. [-]

    References
    ----------
    Wichura 1988, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics 37, 477-484.

    Examples
    --------
    >>> quantile(np.array([0.05, 0.5, 0.95])).round(6)
    array([-1.644854,  0.      ,  1.644854])
    """
    offset = probability - 0.5
    within = CENTRE**2 - offset * offset
    near = offset * np.polyval(NEAR_TOP, within) / np.polyval(NEAR_BOTTOM, within)
    depth = np.sqrt(-np.log(np.minimum(probability, 1.0 - probability)))
    tail = np.polyval(TAIL_TOP, depth - 1.6) / np.polyval(TAIL_BOTTOM, depth - 1.6)
    far = np.polyval(FAR_TOP, depth - FAR) / np.polyval(FAR_BOTTOM, depth - FAR)
    outside = np.copysign(np.where(depth <= FAR, tail, far), offset)
    return np.where(np.abs(offset) <= CENTRE, near, outside)


def probability_below(deviations: Array) -> Array:
    """Work out the standard normal distribution.

    Parameters
    ----------
    deviations : array
        Standard deviations from the mean. [-]

    Returns
    -------
    array
        Probability of a value that is not greater, to 15 decimals. [-]

    References
    ----------
    Hart 1968, Computer Approximations, algorithm 5666; West 2005, Better approximations to cumulative normal
    functions, Wilmott Magazine, May, 70-76.

    Examples
    --------
    >>> probability_below(np.array([-1.6448536269514722, 0.0, 40.0])).round(12)
    array([0.05, 0.5 , 1.  ])
    """
    size = np.minimum(np.abs(deviations), 37.0)  # beyond it nothing that a float could add to 0
    density = np.exp(-size * size / 2.0)
    near = np.polyval(HART_TOP, size) / np.polyval(HART_BOTTOM, size)
    beyond = size + 0.65
    for step in (4.0, 3.0, 2.0, 1.0):  # a continued fraction
        beyond = size + step / beyond
    upper = density * np.where(size < HART_END, near, 1.0 / (beyond * np.sqrt(2.0 * np.pi)))
    return np.where(deviations > 0.0, 1.0 - upper, upper)
