"""Formulas that only Excel can calculate, and those that follow from them, have no value rather than a guessed one."""

import io

import openpyxl
import pytest
from books import COST, formulas

from workbook.headless import Calculator
from workbook.template import Template

BOOK = formulas(
    '=CUBEVALUE("c","[Measures].[Sum]")',
    "=IFERROR(A1,0)",
    "=SUM(A1:A2)",
    "=2+3",
    '="not CUBEVALUE("&A4',
    "=TODAY()-A4",
    "=_xlfn.XLOOKUP(1,B1:B2,C1:C2,7)",
    "=RANDBETWEEN(1,6)",
    "=TCO_CRF(8%,3)",
)


@pytest.fixture(scope="module")
def calculator():
    calculator = Calculator(BOOK, with_functions=True)
    calculator.calculate({})
    return calculator


def test_causes_and_what_follows_from_them(calculator):
    assert calculator.uncalculable() == {
        (COST, 1, 1): "CUBEVALUE",
        (COST, 2, 1): "CUBEVALUE",  # IFERROR would make it 0
        (COST, 3, 1): "CUBEVALUE",
        (COST, 6, 1): "TODAY",
        (COST, 8, 1): "RANDBETWEEN",
    }


def test_they_are_left_without_a_value_and_the_others_have_theirs(calculator):
    values = calculator.calculate({})
    known = {key: value for key, value in values.items() if key not in calculator.uncalculable()}
    template = Template.compile(BOOK)
    sheet = openpyxl.load_workbook(io.BytesIO(template.fill({}, known)), data_only=True)[COST]
    assert [sheet.cell(row, 1).value for row in range(1, 9)] == [None, None, None, 5, "not CUBEVALUE(5", None, 7, None]


def test_a_book_without_such_functions_has_none():
    calculator = Calculator(formulas("=SUM(1,2)", "=A1*2"))
    calculator.calculate({})
    assert calculator.uncalculable() == {}
