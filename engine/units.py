"""Constants of the calendar and the types of the formulas."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

HOURS_PER_YEAR = 8760.0
HOURS_PER_MONTH = 730.0  # 8760 / 12, what a reserved instance is billed
MONTHS_PER_YEAR = 12.0
WEEKS_PER_YEAR = 52.0
SECONDS_PER_HOUR = 3600.0
DAYS_PER_YEAR = 365.0
TOKENS_PER_MTOK = 1e6
BYTES_PER_GB = 1e9

Array: TypeAlias = NDArray[np.float64]
Num: TypeAlias = float | Array
"""A number or an array of them; formulas broadcast."""
