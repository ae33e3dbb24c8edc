"""Time of the linter for one proposal: ``python -m benchmarks.bench_lint [FILE]``, without FILE for a shipped example.

The processor's time counts, not the clock's, so that other programs disturb little. In a batch the forms of the sheets
are known from the files before; the long way is what a file takes in which the short way doubts anything.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from workbook import customers, lint
from workbook.lint import form, package, shapes
from workbook.lint.formulas import facts
from workbook.package import Package
from workbook.proposal import Proposals

ROOT = Path(__file__).parents[1]

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
    name, data = _file()
    findings = lint.check(data, name)
    read = Package.read(data)

    def first() -> None:
        facts.cache_clear()
        shapes.forget()
        form.forget()
        lint.check(data)

    def unknown() -> None:
        form.forget()
        lint.check(data)

    print(f"{name}: {len(data):,} bytes, {len(read.names)} parts, {len(findings)} findings")
    print(f"lint in a batch, rules that filling can break  {best(lambda: lint.check(data, rules=lint.FILLED)):6.1f} ms")
    print(f"lint in a batch, all rules                     {best(lambda: lint.check(data)):6.1f} ms")
    print(f"the same, forms of sheets not known            {best(unknown):6.1f} ms")
    print(f"the long way, formulas known                   {best(lambda: lint.find(data, read, lint.CHECKS)):6.1f} ms")
    print(f"of which parsing                               {best(lambda: package.parse(read)):6.1f} ms")
    print(f"lint of a first file                           {best(first):6.1f} ms")


def _file() -> tuple[str, bytes]:
    """Read the file that is named, or make a proposal."""
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
        return path.name, path.read_bytes()
    customer = customers.read(ROOT / "examples" / "customers.csv").good[0]
    return "a proposal", Proposals.load(ROOT / "templates" / "proposal_en.xlsx").make(customer).data


if __name__ == "__main__":
    main()
