"""The same formulas in every host: Python, headless, Excel's side under xlwings' own code, LibreOffice end to end.

LibreOffice opens an .xlsx with plain names and is read twice: over UNO, to the last bit, and from the file that it
saves, with 15 digits. Where a host differs and cannot be helped, the difference stands in `known` with its reason.
"""

import datetime as dt
import json
import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from host_formulas import (
    DATA,
    EMPTY_TEXT,
    FORMULAS,
    LISTED,
    NAMES,
    SHEETS,
    TABLE,
    TYPED_ERRORS,
    Reference,
    cells,
    read,
)
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table

from workbook.areas import cell_position
from workbook.cells import ERROR_TEXTS, CellError
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS
from workbook.headless import Calculator
from workbook.libreoffice import addin
from workbook.libreoffice.names import to_calc
from workbook.libreoffice.soffice import run

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OFFICE_PYTHON = "/usr/bin/python3"


def known(host: str, formula: str, wanted):
    """Give what a host shows instead of what is wanted, where it has a reason of its own."""
    if host == "excel" and formula == "TCO_CRF(Data!B14,3)":
        return CellError("#N/A")  # xlwings hands an error over as its text: the text #N/A is taken for the error
    return _known_of_calc(host, formula, wanted) if host.startswith("calc") else wanted


def _known_of_calc(host: str, formula: str, wanted):
    name, arguments = read(formula)
    single = [a.rows[0][0] for a in arguments if isinstance(a, Reference) and len(a.rows) == len(a.rows[0]) == 1]
    errors = [v for v in single if isinstance(v, CellError)]
    if len(errors) > 1:
        return errors[-1]  # Calc looks at the arguments from the right, and does not call a function for an error cell
    refused = CellError("Err:504" if host == "calc" else "#VALUE!")  # parameter list; a file knows no such error
    if name in {"TCO_NPV", "TCO_PAYBACK"} and any(_holds_error(a) for a in arguments):
        return refused  # nor for a range with an error in it
    if formula.startswith("TCO_SEAT({"):
        return refused  # assumptions are a reference in Calc: only so errors in them keep their kind
    return float(wanted) if isinstance(wanted, bool) else wanted  # no format travels with a result: TRUE is 1


def _holds_error(argument) -> bool:
    rows = argument.rows if isinstance(argument, Reference) else []
    return len(rows) > 1 and any(isinstance(v, CellError) for row in rows for v in row)


# -- the workbook -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wanted() -> dict:
    return {formula: _evaluated(formula) for formula in FORMULAS}


def _evaluated(formula: str):
    name, arguments = read(formula)
    return evaluate(name, [cells(a) for a in arguments])


@pytest.fixture(scope="module")
def places(wanted) -> dict[str, tuple[str, int, int, int]]:
    """Sheet, first row, rows and columns of each formula: tables one below the other on a sheet of their own."""
    found, next_row = {}, {"Values": 1, "Tables": 1}
    for formula, result in wanted.items():
        sheet = "Tables" if isinstance(result, list) else "Values"
        rows, columns = (len(result), len(result[0])) if isinstance(result, list) else (1, 1)
        found[formula] = sheet, next_row[sheet], rows, columns
        next_row[sheet] += rows
    return found


@pytest.fixture(scope="module")
def book(places, tmp_path_factory) -> Path:
    """An .xlsx as Excel saves it: plain names, nothing calculated."""
    new = openpyxl.Workbook()
    for title, content in SHEETS.items():
        sheet = new.create_sheet(title)
        for address, value in content.items():
            sheet[address] = TYPED_ERRORS.get(value, value) if isinstance(value, CellError) else value
            if isinstance(value, str):
                sheet[address].data_type = "s"  # also the text #N/A
    new["Data"][EMPTY_TEXT] = '=""'
    for name, (sheet, area) in NAMES.items():
        first, _, last = area.partition(":")
        absolute = ":".join(f"${corner[0]}${corner[1:]}" for corner in (first, last) if corner)
        new.defined_names[name] = DefinedName(name, attr_text=f"{sheet}!{absolute}")
    new[TABLE[1][0]].add_table(Table(displayName=TABLE[0], ref=TABLE[1][1]))
    new.create_sheet("Tables")
    new.active.title = "Values"
    for formula, (sheet, row, rows, columns) in places.items():
        area = f"A{row}:{get_column_letter(columns)}{row + rows - 1}"
        new[sheet].cell(row, 1).value = f"={formula}" if sheet == "Values" else ArrayFormula(area, f"={formula}")
    path = tmp_path_factory.mktemp("hosts") / "plain names.xlsx"
    new.save(path)
    return path


def gathered(places, value_at) -> dict:
    """Give the result of each formula, from a function of sheet, row and column."""
    return {
        formula: [[value_at(sheet, r, c) for c in range(1, columns + 1)] for r in range(row, row + rows)]
        for formula, (sheet, row, rows, columns) in places.items()
    }


# -- the hosts --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def headless(book, places) -> dict:
    values = Calculator(book.read_bytes(), with_functions=True).calculate({})
    return gathered(places, lambda *key: values[key])


@pytest.fixture(scope="module")
def excel(wanted) -> dict:
    """The Python side of Excel: genuine xlwings conversion, faked COM; Excel evaluates nested functions itself."""
    calls = [{"function": name, "arguments": [_as_com(a) for a in arguments]} for name, arguments in map(read, wanted)]
    done = subprocess.run(
        [sys.executable, str(HERE / "excel_host.py")],
        input="\n".join(map(json.dumps, calls)),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(wanted, (_from_com(json.loads(line)) for line in done.stdout.splitlines()), strict=True))


def _as_com(argument):
    if isinstance(argument, Reference):
        return {"range": [[None if v is None else _as_com(v) for v in row] for row in argument.rows]}
    if isinstance(argument, list):
        return [[_as_com(v) for v in row] for row in argument]
    if isinstance(argument, CellError):
        return {"error": argument.code}
    if isinstance(argument, dt.date):
        return {"date": argument.isoformat()}
    return {"missing": True} if argument is None else argument


def _from_com(result):
    """Do what Excel does with what the VBA helper gives it: error texts are errors, a flat array is a row."""
    rows = result if isinstance(result, list) else [[result]]
    rows = rows if isinstance(rows[0], list) else [rows]
    return [[CellError(v) if isinstance(v, str) and v in ERROR_TEXTS else v for v in row] for row in rows]


@pytest.fixture(scope="module")
def calc(calc_with_addin, book, places, tmp_path_factory) -> dict:
    named = tmp_path_factory.mktemp("calc") / "calc.xlsx"
    to_calc(book, named)
    task = {"command": calc_with_addin.command(), "file": str(named), "cells": True}
    output = run([OFFICE_PYTHON, str(HERE / "uno_session.py"), json.dumps(task)], timeout=180)
    found = json.loads(output.strip().splitlines()[-1])["cells"]
    texts = {code: text for text, code in addin.CALC_CODES.items()}

    def value_at(sheet: str, row: int, column: int):
        kind, value, error = found[sheet].get(f"{get_column_letter(column)}{row}", ["text", "", 0])
        if error:
            return CellError(texts.get(error, f"Err:{error}"))
        return value if kind == "text" else float.fromhex(value)

    return gathered(places, value_at)


@pytest.fixture(scope="module")
def calc_file(calc_with_addin, book, places) -> dict:
    saved = openpyxl.load_workbook(calc_with_addin.recalculate(book), data_only=True)

    def value_at(sheet: str, row: int, column: int):
        cell = saved[sheet].cell(row, column)
        return CellError(cell.value) if cell.data_type == "e" else cell.value

    return gathered(places, value_at)


# -- what is compared -------------------------------------------------------------------------------------------------


def compare(host: str, wanted: dict, found: dict, *, digits: int = 17) -> None:
    """Fail with one table of the formulas that differ."""
    wrong = []
    for formula, result in wanted.items():
        rows = result if isinstance(result, list) else [[result]]
        expected = [[_plain(known(host, formula, v)) for v in row] for row in rows]
        shown = [[_plain(v) for v in row] for row in found[formula]]
        same = len(shown) == len(expected) and all(
            len(a) == len(b) and all(_same(x, y, digits) for x, y in zip(a, b, strict=True))
            for a, b in zip(shown, expected, strict=True)
        )
        if not same:
            wrong.append(f"{formula:100} python {_short(expected):40} {host} {_short(shown)}")
    assert not wrong, f"{len(wrong)} of {len(wanted)} formulas differ\n" + "\n".join(wrong)


def _plain(value):
    if isinstance(value, dt.date):
        return float((dt.date(value.year, value.month, value.day) - dt.date(1899, 12, 30)).days)
    return value.code if isinstance(value, CellError) else "" if value is None else value


def _same(value, other, digits: int) -> bool:
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, int | float) and isinstance(other, int | float) and digits < 17:
        return math.isclose(value, other, rel_tol=10 ** (1 - digits))
    return value == other and isinstance(value, str) == isinstance(other, str)


def _short(rows) -> str:
    text = repr(rows[0][0] if len(rows) == len(rows[0]) == 1 else rows)
    return text if len(text) < 200 else text[:200] + " ..."


def test_headless(wanted, headless):
    compare("headless", wanted, headless)


def test_excel_side(wanted, excel):
    compare("excel", wanted, excel)


@pytest.mark.soffice
def test_libreoffice_to_the_last_bit(wanted, calc):
    compare("calc", wanted, calc)


@pytest.mark.soffice
def test_libreoffice_through_the_saved_file(wanted, calc_file):
    compare("calc file", wanted, calc_file, digits=15)


def test_the_formulas_cover_every_function_and_every_kind_of_result(wanted):
    assert len(FORMULAS) >= 300
    names = Counter(read(f)[0] for f in FORMULAS)
    assert set(names) == {f.name for f in FUNCTIONS}
    assert all(names[f.name] >= len(f.named_arguments) for f in FUNCTIONS)
    kinds = Counter(v.code if isinstance(v, CellError) else type(v).__name__ for v in wanted.values())
    assert all(kinds[kind] >= 20 for kind in ("float", "list", "#VALUE!", "#NUM!", "#N/A", "#DIV/0!")), kinds
    assert kinds["str"] >= 3
    inside = [v for f in LISTED if isinstance(wanted[f], list) for row in wanted[f] for v in row]
    assert {type(v) for v in inside} >= {float, str, CellError, type(None)}


def test_the_formulas_read_the_cells_that_the_sheets_hold():
    assert cell_position(EMPTY_TEXT) == (9, 2)
    assert read("TCO_NPV(Rate,Data!D1:D5)")[1][1].rows == [[DATA["D1"]], [None], [60.0], [True], [70.0]]
    assert read('TCO_X("a,(b",{1,2;3,4},,8%,DATE(1900,1,1))')[1] == ["a,(b", [[1.0, 2.0], [3.0, 4.0]], None, 0.08, 2.0]
