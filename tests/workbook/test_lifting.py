"""Functions taken element by element keep nothing of what they have calculated."""

import re
from pathlib import Path

from workbook import lifting

CALLS, KEPT = 1_000, 5_000  # KB; formulas written again, or noted to be undone, keep 25,000 and more


def resident() -> int:
    """Memory of this process. [KB]"""
    return int(re.search(r"VmRSS:\s*(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))[1])


def test_no_memory_is_kept_of_arrays_whatever_their_numbers():
    lifted = lifting._calculated("ABS")
    for call in range(200):
        lifted([[-0.5 * call - item for item in range(16)]])
    before = resident()
    for call in range(CALLS):
        assert lifted([[-1.5 * call - item for item in range(16)]]) == [[1.5 * call + item for item in range(16)]]
    assert resident() - before < KEPT
