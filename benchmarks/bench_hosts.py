"""Time of a recalculation in each host: building blocks, options, and one table read with INDEX.

python -m benchmarks.bench_hosts
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import xlsxwriter

from engine.inputs import assumptions
from workbook import customers
from workbook.functions import FUNCTIONS
from workbook.headless import Calculator
from workbook.libreoffice import oxt
from workbook.libreoffice.names import to_calc
from workbook.libreoffice.soffice import LibreOffice, find_soffice, run
from workbook.locate import shipped

TESTS = Path(__file__).parents[1] / "tests" / "workbook"
OFFICE_PYTHON = "/usr/bin/python3"
BLOCKS, OPTIONS, REPEATS = 10_000, 1_000, 3
BOOKS: dict[str, tuple[int, Callable[[int], str]]] = {
    "TCO_POWER, building block": (BLOCKS, lambda row: f"=TCO_POWER(A{row},8760,0.12,1.3)"),
    "TCO_ONPREM, one range": (OPTIONS, lambda _: '=TCO_ONPREM(Assumptions,"tco")'),
    "TCO_ONPREM, an override each": (OPTIONS, lambda row: f'=TCO_ONPREM(Assumptions,"tco","users",1000+A{row})'),
    "INDEX of one table": (OPTIONS, lambda row: f"=INDEX(Table!$A$1:$G$20,{row % 8 + 2},7)"),
}


def main() -> None:
    """Print seconds for a recalculation, and microseconds for each cell."""
    print(f"{'':32}{'cells':>7}{'headless':>18}{'LibreOffice':>18}{'Python side of xlwings':>26}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (count, formula) in BOOKS.items():
            path = Path(folder) / "book.xlsx"
            path.write_bytes(workbook(count, formula))
            calls = None if name.startswith("INDEX") else xlwings_seconds(count, formula)
            times = (headless_seconds(path), libreoffice_seconds(path, Path(folder)), calls)
            print(
                f"{name:32}{count:7,}" + "".join(_shown(t, count, w) for t, w in zip(times, (18, 18, 26), strict=True))
            )


def inputs() -> dict[str, object]:
    """Give the assumptions of the example that exercises most: growth, MACRS, tax, hardware bought again."""
    examples = {c.id: c.inputs for c in customers.read(shipped("examples", "customers.csv")).good}
    return {name: examples["US-BANK-11"].typed.get(name) for name in assumptions()}


def workbook(count: int, formula: Callable[[int], str]) -> bytes:
    """Write a workbook with numbers in column A and formulas in column B."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Cells")
        sheet.write_column(0, 0, range(1, count + 1))
        for row in range(count):
            sheet.write_formula(row, 1, formula(row + 1))
        known = book.add_worksheet("Inputs")
        known.write_row(0, 0, ["id", "value"])
        for row, (name, value) in enumerate(inputs().items(), 1):
            known.write_row(row, 0, [name, value])
        book.define_name("Assumptions", f"=Inputs!$A$1:$B${len(inputs()) + 1}")
        book.add_worksheet("Table").write_array_formula("A1:G20", '{=TCO_ONPREM(Assumptions,"table")}')
    return out.getvalue()


def headless_seconds(path: Path) -> float:
    """Time a calculation after every number of column A and the first assumption have changed."""
    calculator = Calculator(path.read_bytes(), with_functions=True)
    numbers = [("Cells", row, 1) for sheet, row, _ in calculator.sheets.formulas if sheet == "Cells"]
    changes = [{**dict.fromkeys(numbers, 10.0 + i), ("Inputs", 2, 2): 5000.0 + i} for i in range(REPEATS)]
    return min(_seconds(lambda change=change: calculator.calculate(change)) for change in changes)


def libreoffice_seconds(path: Path, folder: Path) -> float | None:
    """Time a hard recalculation over UNO."""
    if find_soffice() is None:
        return None
    calc = LibreOffice(folder / "office", oxt.build(FUNCTIONS))
    named = folder / "calc.xlsx"
    to_calc(path, named)
    task = {"command": calc.command(), "file": str(named), "calculations": REPEATS + 1}
    output = run([OFFICE_PYTHON, str(TESTS / "uno_session.py"), json.dumps(task)])
    return min(json.loads(output.strip().splitlines()[-1])["seconds"])


def xlwings_seconds(count: int, formula: Callable[[int], str]) -> float:
    """Time the calls that xlwings' server would get, without COM; see tests/workbook/excel_host.py."""
    calls = [json.dumps(call) for call in _calls(count, formula)]
    return _host_seconds(calls) - _host_seconds(calls[:1])


def _calls(count: int, formula: Callable[[int], str]) -> Iterator[dict[str, object]]:
    rows = {"range": [["id", "value"], *map(list, inputs().items())]}
    for row in range(1, count + 1):
        if "TCO_POWER" in formula(row):
            yield {"function": "TCO_POWER", "arguments": [{"range": [[row]]}, 8760, 0.12, 1.3]}
        else:
            more = ["users", 1000 + row] if "users" in formula(row) else []
            yield {"function": "TCO_ONPREM", "arguments": [rows, "tco", *more]}


def _host_seconds(calls: list[str]) -> float:
    command = [sys.executable, str(TESTS / "excel_host.py")]
    work = lambda: subprocess.run(command, input="\n".join(calls), capture_output=True, text=True, check=True)  # noqa: E731, S603
    return _seconds(work)


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _shown(seconds: float | None, count: int, width: int) -> str:
    text = "-" if seconds is None else f"{seconds:.3f} s {seconds / count * 1e6:6.0f} us"
    return f"{text:>{width}}"


if __name__ == "__main__":
    main()
