"""Workbooks per second: openpyxl, XlsxWriter from scratch, wolfxl, pyopenxlsx and llm-tco, on one and two processes.

``python -m benchmarks.bench_workbooks [SECONDS]``; needs ``pip install llm-tco[bench]``. Every method writes the same
proposals of the shipped examples into files: the same inputs and texts. Each runs in processes of its own, so that the
peak of memory is its own. llm-tco alone gives every formula and chart its value, in chunks as a batch does; it is also
shown in its steps, with the engine's evaluation and without, and against the limit: raw copy of the unchanged parts and
deflation of changed parts that are ready. The methods take turns for some rounds and the best of each is told, because
others may use the machine.
"""

import datetime as dt
import hashlib
import itertools
import json
import pickle
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:  # at run time only where it is used: the peak of memory of every method is its own
    from workbook.contents import Contents
    from workbook.proposal import Proposals

ROOT = Path(__file__).parents[1]
SECONDS = 2.0
ROUNDS = 3
WARM = 3  # files before the clock runs
Steps: TypeAlias = dict[str, list[float]]
"""Seconds of a file, by step; where files are made in chunks, the mean of each chunk."""
Work: TypeAlias = Iterator[int]
"""Makes files, and tells how many at a time."""

OURS, LIMIT = "llm-tco", "limit"
METHODS = {
    "openpyxl": "openpyxl load, fill, save: no values",
    "xlsxwriter": "XlsxWriter, the template from scratch: no values",
    "wolfxl": "wolfxl modify, fill, save: stale values",
    "pyopenxlsx": "pyopenxlsx load, fill, save: no values",
    "llm-tco-filled": "llm-tco: values given, fill, charts, deflate, hash, write",
    "llm-tco-calculated": "llm-tco: engine's results given, calculate, fill, hash, write",
    OURS: "llm-tco: evaluate, calculate, fill, hash, write",
    LIMIT: "limit: raw copy and deflation of ready parts",
}


def main() -> None:
    """Measure every method on one and on two processes, one table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with TemporaryDirectory() as folder:
        _prepare(Path(folder))
        rounds = [
            {name: [_measured(name, Path(folder), count, seconds) for count in (1, 2)] for name in METHODS}
            for _ in range(ROUNDS)
        ]
    results = {name: [_best([turn[name][i] for turn in rounds]) for i in (0, 1)] for name in METHODS}
    base = results["openpyxl"][0]["ms"]
    print("| method | processor ms a file | x openpyxl | files/s by the clock | on 2 processes | peak MB a process |")
    print("|---|---|---|---|---|---|")
    for name, (one, two) in results.items():
        ms, rate, both = one["ms"], one["rate"], two["rate"]
        row = f"| {METHODS[name]} | {ms:.1f} | {base / ms:.1f} | {rate:.0f} | {both:.0f} ({both / rate:.2f} x) |"
        print(f"{row} {max(one['peak'], two['peak']):.0f} |")
    steps = results[OURS][0]["steps"]
    print("\nllm-tco, median processor ms of a file:", ", ".join(f"{step} {ms:.2f}" for step, ms in steps.items()))
    ready, best = (results[name][0]["ms"] for name in ("llm-tco-filled", LIMIT))
    print(f"fill, hash and write against the limit: {ready:.2f} / {best:.2f} ms = {ready / best:.1f}")


def _prepare(folder: Path) -> None:
    """Work out once what every method writes, so that no method carries another's libraries in its memory."""
    from workbook.cellslots import serial_number
    from workbook.customers import read
    from workbook.locate import shipped
    from workbook.proposal import Proposals

    path = shipped("templates", "proposal_en.xlsx")
    proposals = Proposals.load(path)
    customers = read(shipped("examples", "customers.csv")).good
    lists = []
    for customer in customers:
        says = proposals.contents(customer)
        cells = {**proposals.template.field_values(says.fields), **proposals.cells(says)}
        plain = {k: serial_number(v, "") if isinstance(v, dt.date) else v for k, v in cells.items() if v is not None}
        lists.append([[*key, value] for key, value in plain.items()])
    (folder / "template.xlsx").write_bytes(path.read_bytes())
    (folder / "cells.json").write_text(json.dumps(lists), encoding="utf-8")
    (folder / "customers.pickle").write_bytes(pickle.dumps(customers))


def _measured(method: str, source: Path, processes: int, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.bench_workbooks", "--method", method, str(source), str(seconds)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(processes)]  # noqa: S603
    told = [json.loads(process.communicate()[0]) for process in running]
    return {
        "ms": told[0]["ms"],
        "rate": sum(t["rate"] for t in told),
        "peak": max(t["peak"] for t in told),
        "steps": told[0]["steps"],
    }


def _best(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the run with the shortest times, the highest rate of all and the highest peak."""
    rate, peak = (max(run[key] for run in runs) for key in ("rate", "peak"))
    return min(runs, key=lambda run: run["ms"]) | {"rate": rate, "peak": peak}


def _run(method: str, source: Path, seconds: float) -> None:
    """Write files for some seconds and tell the rate, the peak of memory and the steps."""
    with TemporaryDirectory() as folder:
        steps: Steps = {}
        work = WRITERS[method](source, Path(folder), steps)
        warm = 0
        while warm < WARM:
            warm += next(work)
        steps.clear()
        files, times = 0, []
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds:
            before = time.process_time()
            made = next(work)
            times.append((time.process_time() - before) / made)
            files += made
    medians = {step: 1000 * statistics.median(noted) for step, noted in steps.items()}
    ms = 1000 * statistics.median(times)
    print(json.dumps({"ms": ms, "rate": files / passed, "peak": _peak(), "steps": medians}))


def _peak() -> float:
    """Peak memory of this process; the count of resource.getrusage begins with the parent's. [MB]"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) / 1024  # type: ignore[index]


def _load(source: Path) -> tuple[Any, list[Any]]:
    from workbook.proposal import Proposals

    customers = pickle.loads((source / "customers.pickle").read_bytes())  # noqa: S301  written by `_prepare`
    return Proposals.load(source / "template.xlsx"), list(customers)


def openpyxl(source: Path, folder: Path, _: Steps) -> Work:
    """Load, fill the same cells and texts, save."""
    from openpyxl import load_workbook

    return _with_cells(source, folder, load_workbook, lambda sheet, *cell: sheet.cell(*cell))


def wolfxl(source: Path, folder: Path, _: Steps) -> Work:
    """Fill in place, save; formulas keep the template's values."""
    from wolfxl import load_workbook

    return _with_cells(source, folder, lambda p: load_workbook(p, modify=True), lambda sheet, *cell: sheet.cell(*cell))


def pyopenxlsx(source: Path, folder: Path, _: Steps) -> Work:
    """Load, fill, save; formulas lose their values."""
    from pyopenxlsx import Workbook

    return _with_cells(source, folder, Workbook, lambda sheet, *cell: sheet.set_cell_value(*cell))


def _with_cells(source: Path, folder: Path, load: Callable[[str], Any], put: Callable[..., object]) -> Work:
    """Fill the named cells and the texts with placeholders through a library's own cells."""
    lists = json.loads((source / "cells.json").read_text(encoding="utf-8"))
    for number, cells in enumerate(itertools.cycle(lists)):
        book = load(str(source / "template.xlsx"))
        for sheet, row, column, value in cells:
            put(book[sheet], row, column, value)
        book.save(str(folder / f"{number % 50}.xlsx"))
        yield 1


def xlsxwriter(_source: Path, folder: Path, _: Steps) -> Work:
    """Write the whole workbook anew, as the shipped template is made."""
    from workbook.author.proposal import build

    for number in itertools.count():
        (folder / f"{number % 50}.xlsx").write_bytes(build())
        yield 1


def ours(source: Path, folder: Path, steps: Steps) -> Work:
    """Do what a batch does for a chunk of customers, each step timed."""
    from workbook.contents import contents_of
    from workbook.making import IN_STEP

    proposals, customers = _load(source)
    everybody = itertools.cycle(customers)
    while True:
        chunk = list(itertools.islice(everybody, IN_STEP))
        clock = _Clock(steps)
        found = contents_of(chunk)
        clock.note("evaluate")
        for number, says in enumerate(found):
            if not says.figures:  # type: ignore[union-attr]  # the examples have no problems
                raise AssertionError("nothing was evaluated")
            _calculated(proposals, says, folder / f"{number}.xlsx", clock)  # type: ignore[arg-type]
        clock.close(len(chunk))
        yield len(chunk)


def calculated(source: Path, folder: Path, steps: Steps) -> Work:
    """As `ours`, with the engine's results given."""
    proposals, customers = _load(source)
    ready = [proposals.contents(customer) for customer in customers]
    for number, says in enumerate(itertools.cycle(ready)):
        clock = _Clock(steps)
        _calculated(proposals, says, folder / f"{number % 50}.xlsx", clock)
        clock.close(1)
        yield 1


def _calculated(proposals: "Proposals", says: "Contents", path: Path, clock: "_Clock") -> None:
    from workbook.binding import hidden_columns, hidden_rows
    from workbook.package import write_atomic

    template, blank = proposals.template, proposals.blank
    inputs = proposals.cells(says)
    clock.note("cells")
    values = proposals.calculator.calculate({**template.field_values(says.fields), **inputs})
    caches = {key: value for key, value in values.items() if key not in blank}
    clock.note("calculate")
    parts = template.render(inputs, caches, says.fields, hidden_rows(template, says), hidden_columns(template, says))
    clock.note("render")
    data = template.package.write(parts)
    clock.note("deflate")
    hashlib.sha256(data).hexdigest()
    write_atomic(path, data)
    clock.note("hash and write")


def filled(source: Path, folder: Path, _: Steps) -> Work:
    """As `ours`, with the values of inputs and formulas given."""
    from workbook.package import write_atomic

    template, ready = _ready(source)
    for number, arguments in enumerate(itertools.cycle(ready)):
        data = template.fill(*arguments)
        hashlib.sha256(data).hexdigest()
        write_atomic(folder / f"{number % 50}.xlsx", data)
        yield 1


def limit(source: Path, folder: Path, _: Steps) -> Work:
    """Deflate parts that are ready, copy the others, write."""
    template, ready = _ready(source)
    parts = [template.render(*arguments) for arguments in ready]
    for number, changed in enumerate(itertools.cycle(parts)):
        (folder / f"{number % 50}.xlsx").write_bytes(template.package.write(changed))
        yield 1


def _ready(source: Path) -> tuple[Any, list[tuple[Any, ...]]]:
    """Calculate every example before the clock runs."""
    from workbook.binding import hidden_columns, hidden_rows

    proposals, customers = _load(source)
    template, ready = proposals.template, []
    for customer in customers:
        says = proposals.contents(customer)
        cells = proposals.cells(says)
        values = proposals.calculator.calculate({**template.field_values(says.fields), **cells})
        ready.append((cells, values, says.fields, hidden_rows(template, says), hidden_columns(template, says)))
    return template, ready


class _Clock:
    """Notes how long each step takes over some files."""

    def __init__(self, steps: Steps) -> None:
        self.steps, self.last = steps, time.process_time()
        self.taken: dict[str, float] = {}

    def note(self, step: str) -> None:
        """End a step."""
        now = time.process_time()
        self.taken[step] = self.taken.get(step, 0.0) + now - self.last
        self.last = now

    def close(self, files: int) -> None:
        """Keep the time of one file for each step."""
        for step, taken in self.taken.items():
            self.steps.setdefault(step, []).append(taken / files)


WRITERS: dict[str, Callable[[Path, Path, Steps], Work]] = {
    "openpyxl": openpyxl,
    "xlsxwriter": xlsxwriter,
    "wolfxl": wolfxl,
    "pyopenxlsx": pyopenxlsx,
    "llm-tco-filled": filled,
    "llm-tco-calculated": calculated,
    OURS: ours,
    LIMIT: limit,
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--method"]:
        _run(sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
    else:
        main()
