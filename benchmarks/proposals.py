"""Proposals per second against openpyxl load, fill, save of the same template and data, in the same run.

python -m benchmarks.proposals
"""

import io
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from workbook import batch, customers
from workbook.contents import Contents
from workbook.locate import shipped
from workbook.proposal import Proposals
from workbook.slots import filled

ROUNDS = 5
COPIES = 14  # of every shipped example, for the batch: about two hundred rows
TEMPLATE = shipped("templates", "proposal_en.xlsx")
EXAMPLES = customers.read(shipped("examples", "customers.csv"))


def main() -> None:
    """Print one line for each way; single calls in processor time, because the machine may be shared."""
    proposals = Proposals.load(TEMPLATE)
    template, good = proposals.template, EXAMPLES.good
    says = [proposals.contents(customer) for customer in good]
    print(f"{TEMPLATE.name}: {len(template.formula_cells)} formulas, {len(proposals.cells(says[0]))} cells written")
    _say("compile the template, once a process", _best(lambda: Proposals(TEMPLATE.read_bytes(), TEMPLATE.name)))
    rival = _best(lambda: [with_openpyxl(proposals, one) for one in says[:3]]) / 3
    _say("openpyxl load, fill, save: no values", rival)
    each = len(good)
    _say("llm-tco, calculated and filled", _best(lambda: [proposals.make(c) for c in good]) / each, rival)
    _say("  engine", _best(lambda: [proposals.contents(c) for c in good]) / each)
    _say("  calculation of all formulas", _best(lambda: [_caches(proposals, one) for one in says]) / each)
    pairs = [(one, _caches(proposals, one)) for one in says]
    filling = _best(lambda: [template.fill(proposals.cells(s), c, s.fields) for s, c in pairs]) / each
    _say("  filling and packing", filling, rival)
    for workers in (1, os.cpu_count() or 1):
        count, seconds = _batch(workers)
        print(f"batch of {count} in {workers} process(es), with manifest: {count / seconds:.1f} a second by the clock")


def _say(what: str, seconds: float, rival: float | None = None) -> None:
    ratio = "" if rival is None else f"{rival / seconds:8.1f} x openpyxl"
    print(f"{what:40}{1000 * seconds:8.1f} ms{1 / seconds:8.1f} a second{ratio}")


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _caches(proposals: Proposals, says: Contents) -> dict[tuple[str, int, int], object]:
    calculator = proposals.calculator
    return calculator.calculate({**proposals.template.field_values(says.fields), **proposals.cells(says)})


def with_openpyxl(proposals: Proposals, says: Contents) -> bytes:
    """Load, fill the same cells and texts, save: no formula then has a value."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(proposals.data))
    for (sheet, row, column), value in proposals.cells(says).items():
        book[sheet].cell(row, column).value = value
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                if isinstance(cell.value, str) and "{{" in cell.value:
                    cell.value = filled(cell.value, says.fields)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def _batch(workers: int) -> tuple[int, float]:
    copies = [
        replace(customer, id=f"{customer.id}-{n}", row=len(EXAMPLES.good) * n + i)
        for n in range(COPIES)
        for i, customer in enumerate(EXAMPLES.good, 2)
    ]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        plan = batch.plan(replace(EXAMPLES, good=tuple(copies)), TEMPLATE, out)
        start = time.perf_counter()
        outcome = batch.run(plan, out, workers)
        return outcome.written, time.perf_counter() - start


if __name__ == "__main__":
    main()
