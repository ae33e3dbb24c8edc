"""Time of the linter for one proposal: ``python benchmarks/bench_lint.py [FILE]``.

The processor's time counts, not the clock's, so that other programs disturb little; parsing alone, in the same run, is
the part that no rule can save.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from workbook import lint
from workbook.lint import package
from workbook.lint.formulas import facts
from workbook.package import Package

RUNS = 30


def best(call: Callable[[], object]) -> float:
    """Shortest of many runs. [ms]"""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def main() -> None:
    """Measure and print."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "templates" / "proposal_en.xlsx"
    data = path.read_bytes()
    findings = lint.check(data, path.name)
    read = Package.read(data)

    def first() -> None:
        facts.cache_clear()
        lint.check(data)

    print(f"{path.name}: {len(data):,} bytes, {len(findings)} findings")
    print(f"read and parse alone    {best(lambda: package.parse(Package.read(data))):6.1f} ms")
    print(f"lint                    {best(lambda: lint.check(data)):6.1f} ms  (formulas known from the file before)")
    print(f"lint of a first file    {best(first):6.1f} ms")
    print(f"parts                   {len(read.names):6d}")


if __name__ == "__main__":
    main()
