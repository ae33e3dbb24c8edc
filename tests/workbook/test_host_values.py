"""Native functions have the value that LibreOffice calculates, at the edges of what they take; or they have none."""

import random
import re

import openpyxl
import pytest
from host_book import IN_EXCEL_ONLY, book, cases, named, plain, same

from workbook.cells import CellError
from workbook.headless import Calculator, evaluate_formula
from workbook.hostfunctions import OWN
from workbook.numbertext import digits, formatted, general
from workbook.proven import IN_EXCEL, IN_LIBREOFFICE, PROVEN
from workbook.turned import KNOWN
from workbook.unsupported import cause

SHEET = "Cases"
LEFT_BLANK = 40  # of the cases: a text where Excel wants a number, a number format that is not known


def values(formulas):
    calculator = Calculator(book(formulas))
    found = calculator.calculate({})
    blank = calculator.uncalculable()
    keys = [(SHEET, row, 2) for row in range(1, len(formulas) + 1)]
    return [None if key in blank or found[key] == CellError("#NAME?") else found[key] for key in keys]


@pytest.mark.soffice
def test_every_function_and_shape_has_the_value_of_libreoffice(soffice, tmp_path):
    formulas = cases()
    path = tmp_path / "cases.xlsx"
    path.write_bytes(book(formulas))
    sheet = openpyxl.load_workbook(soffice.recalculate(path), data_only=True)[SHEET]
    theirs = [plain(sheet.cell(row, 2).value) for row in range(1, len(formulas) + 1)]
    ours = values(formulas)
    wrong = {
        formula: (mine, theirs[row])
        for row, (formula, mine) in enumerate(zip(formulas, ours, strict=True))
        if mine is not None and not same(mine, theirs[row])
    }
    assert wrong == {}
    assert ours.count(None) < LEFT_BLANK


def test_where_libreoffice_differs_the_value_is_that_of_excel():
    for (formula, expected), value in zip(IN_EXCEL_ONLY.items(), values(list(IN_EXCEL_ONLY)), strict=True):
        assert same(value, expected), (formula, value)


def test_every_function_that_has_a_value_is_among_the_cases():
    assert set(named(cases())) >= IN_LIBREOFFICE
    assert set(named(IN_EXCEL_ONLY)) >= IN_EXCEL
    assert KNOWN - {""} - {"DIGITS", "GENERAL", "LESS", "NET"} <= PROVEN
    assert OWN.keys() <= PROVEN


@pytest.mark.parametrize(
    ("formula", "blamed"),
    [
        ("=BESSELJ(1,2)", "BESSELJ"),
        ('="1,000"+1', "a text as a number"),
        ('=1-"2026-05-01"', "a text as a number"),
        ('=DAY("2026-05-01")', "a text as a number"),
        ('=TEXT(A1,"# ?/?")', "TEXT in the format # ?/?"),
        ('=TEXT(IF(A1="[x]",1,2),"0.0")&"# ?/?"', ""),
        ('="a"&"-"&"b"', ""),
        ('=IF(A1="x",-1,1)', ""),
        ('="12"+1', ""),
        ('=CHOOSE("2",10,20)', "a text as a number"),
        ("=TCO_CRF(8%,3)", ""),
    ],
)
def test_what_has_no_value(formula, blamed):
    assert cause(formula) == cause(formula[1:]) == blamed


def test_the_shell_says_what_it_cannot_tell():
    assert evaluate_formula("=BESSELJ(1,2)") == CellError("#NAME?", "BESSELJ: a value that only Excel can calculate")
    assert evaluate_formula('=TEXT(1,"# ?/?")').code == "#NAME?"
    assert evaluate_formula("=0.1*3=0.3") is True
    assert evaluate_formula('="Total "&100*1.1') == "Total 110"


def test_the_text_of_a_number_is_the_number():
    draw = random.Random(4)  # noqa: S311
    for _ in range(2_000):
        number = draw.uniform(-1, 1) * 10.0 ** draw.randrange(-12, 15)
        assert float(general(number)) == digits(number)
        assert formatted(number, "General") == general(number)


def test_a_number_format_agrees_with_pythons_own_where_no_tie_is_near():
    draw = random.Random(5)  # noqa: S311
    for _ in range(500):
        places, number = draw.randrange(5), draw.uniform(-1e6, 1e6)
        code = "#,##0" + ("." + "0" * places if places else "")
        expected = f"{number:,.{places}f}"
        assert formatted(number, code) == (expected if re.search("[1-9]", expected) else expected.lstrip("-"))
