"""`workbook.excel` under xlwings' own conversion code; only COM is faked, see `excel_host.py`."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbook import excel
from workbook.functions import FUNCTIONS

HOST = Path(__file__).with_name("excel_host.py")
ROOT = HOST.parents[2]
MISSING = {"missing": True}
SEATS = {"range": [["id", "value"], ["users", 5], ["seat_price", {"currency": 20}], ["horizon", None]]}

CALLS = [  # function, arguments as COM delivers them, what Python hands back to the VBA wrapper
    ("TCO_POWER", [22400, 1296, 0.083], 2409523.2),
    ("TCO_POWER", [{"range": [[22400]]}, 1296, 0.083, MISSING, 0.5], 1204761.6),  # omitted in the middle
    ("TCO_POWER", [22400, 1296, {"currency": 0.083}, {"range": [[None]]}, {"range": [[""]]}], 2409523.2),  # blanks
    ("TCO_CRF", [{"error": "#DIV/0!"}, 3], "#DIV/0!"),
    ("TCO_NPV", [0.08, {"range": [[-100], [{"error": "#N/A"}], [60]]}], "#N/A"),
    ("TCO_NPV", [0.08, {"range": [[-100], [None], [60]]}], -100 + 60 / 1.08**2),
    ("TCO_NPV", [0.08, [[-100, 50, 60]]], -100 + 50 / 1.08 + 60 / 1.08**2),  # an array constant
    ("TCO_CRF", [{"range": [["8 %"]]}, 3], "#VALUE!"),
    ("TCO_LAST_ERROR", [], 'TCO_CRF rate: text "8 %" where a number is asked'),
    ("TCO_CRF", [MISSING, 3], "#N/A"),
    ("TCO_CRF", [0.08, True], 1.08),
    ("TCO_API_PRICE", ["gpt-4-turbo", "output", {"date": "2024-06-01"}], 30.0),
    ("TCO_SEAT", [SEATS, "seats"], 3600.0),
    ("TCO_SEAT", [SEATS, MISSING, "wacc", 0, "horizon", 1], 1200.0),
    ("TCO_FLOWS", [SEATS, "seat"], [0.0, 1200.0, 1200.0, 1200.0]),  # xlwings flattens a single row
]


@pytest.fixture(scope="module")
def answers():
    table = ("TCO_SEAT", [SEATS, "table"])
    lines = [json.dumps({"function": name, "arguments": arguments}) for name, arguments, *_ in [*CALLS, table]]
    done = subprocess.run(
        [sys.executable, str(HOST)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", range(len(CALLS)), ids=[name for name, *_ in CALLS])
def test_a_call_from_excel(answers, number):
    expected = CALLS[number][2]
    result = answers[number]
    if isinstance(expected, float):
        assert math.isclose(result, expected, rel_tol=1e-14)
    else:
        assert result == expected


def test_a_table_comes_back_as_rows_with_empty_text_for_blanks(answers):
    table = answers[-1]
    assert table[0] == ["line", "unit", 0.0, 1.0, 2.0, 3.0, "total"]
    assert table[1][2:] == [0.0, 1200.0, 1200.0, 1200.0, 3600.0]
    assert table[-1][-1] == ""


def test_every_function_is_a_name_of_the_module():
    for function in FUNCTIONS:
        published = getattr(excel, function.name)
        assert published.__name__ == function.name
        assert published.__doc__ == function.help
        assert list(published.__signature__.parameters) == [argument.name for argument in function.arguments]
