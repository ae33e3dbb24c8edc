"""Headless calculation: names, tables, arrays, errors, omitted arguments, independence of calls, and LibreOffice."""

import datetime as dt
import gc
import math
import weakref
from pathlib import Path

import openpyxl
import pytest
from books import COST, book, formulas
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import WrongKind
from workbook.cells import CellError
from workbook.evaluate import EPOCH
from workbook.formula import rewrite
from workbook.headless import Calculator, evaluate_formula

USERS, WACC, HORIZON = ("Inputs", 2, 2), ("Inputs", 3, 2), ("Inputs", 4, 2)
CRF_8_3 = 0.08 * 1.08**3 / (1.08**3 - 1)

CASES = {
    "=in_users*2": 200.0,
    "=SUM(tblInputs[value])": 100.08,
    "=ROWS(tblInputs)": 4.0,  # a table's own name leaves its header out
    "=ROWS(Assumptions)": 5.0,  # the name is the table with its header
    "=INDEX(tblInputs[value],2)": 0.08,
    "=INDEX(tblInputs[[#Headers],[value]],1)": "value",
    "=COLUMNS(tblInputs[[id]:[value]])": 2.0,
    '=VLOOKUP("wacc",tblInputs,2,FALSE)': 0.08,
    "=SUMPRODUCT(ROW(tblInputs[value])*1)": 14.0,
    "=SUMPRODUCT(ISTEXT(Assumptions)*1)": 8.0,  # three headers, four ids, EUR
    "=ROWS(first_rows)": 3.0,  # a name that is a formula
    "=Inputs!local": 0.08,
    "=ISBLANK(Inputs!B4)": True,
    '=Inputs!B5&" Ltd"': "EUR Ltd",
    "=Inputs!B4": 0.0,
    "=1/0": CellError("#DIV/0!"),
    "=NoSuchName": CellError("#NAME?"),
    "=DATE(2026,1,2)": 46024.0,
    "=SUM(Inputs!B:B)": 100.08,
    "=TCO_CRF(Inputs!B3,3)": CRF_8_3,
    "=tco_crf(8%,3)+1": CRF_8_3 + 1,
    "=[1]!TCO_CRF(8%,3)": CRF_8_3,  # as Excel stores a function of an add-in
    "=TCO_POWER(in_users,1,0.1,,0.5)": 5.0,  # the omitted pue is 1, not 0
    "=TCO_POWER(in_users,1,0.1,,)": 10.0,
    "=TCO_POWER(in_users,1,0.1,Inputs!B4)": 10.0,  # so is a blank cell
    "=TCO_CRF(1/0,3)": CellError("#DIV/0!"),
    '=TCO_CRF("8 %",3)': CellError("#VALUE!"),
    "=TCO_CRF(-5,3)": CellError("#NUM!"),
    "=TCO_CRF(,3)": CellError("#N/A"),
    '=IFERROR(TCO_CRF(-5,3),"bad")': "bad",
    '=TCO_SEAT(Assumptions,,"seat_price",20,"timing","end")': 100 * 20 * 12 * (1 / 1.08 + 1 / 1.08**2 + 1 / 1.08**3),
    '=INDEX(TCO_FLOWS(Assumptions,"seat",,"seat_price",20),1,2)': 24000.0,
}


@pytest.fixture(scope="module")
def calculated():
    data = formulas(*CASES)
    return Calculator(data, with_functions=True).calculate({})


@pytest.mark.parametrize(("row", "formula"), list(enumerate(CASES, 1)), ids=list(CASES))
def test_a_formula_in_a_workbook(calculated, row, formula):
    expected = CASES[formula]
    result = calculated[COST, row, 1]
    if isinstance(expected, float):
        assert math.isclose(result, expected, rel_tol=1e-14, abs_tol=1e-300)
    else:
        assert result == expected
        assert type(result) is type(expected)


def test_without_functions_tco_names_are_unknown():
    assert Calculator(formulas("=TCO_CRF(8%,3)")).calculate({}) == {(COST, 1, 1): CellError("#NAME?")}


def test_inputs_of_every_kind():
    calculator = Calculator(formulas("=ISBLANK(Inputs!B4)", "=ISTEXT(Inputs!B4)", "=Inputs!B4", "=ISNUMBER(Inputs!B4)"))

    def of(value):
        return list(calculator.calculate({HORIZON: value}).values())

    assert of(None) == [True, False, 0.0, False]
    assert of(5.0) == [False, False, 5.0, True]
    assert of("=1+1") == [False, True, "=1+1", False]  # text is never a formula
    assert of("007") == [False, True, "007", False]
    assert of(True)[2] is True
    assert of(1.0)[2] == 1.0
    assert of(1.0)[2] is not True
    assert of(CellError("#NUM!"))[2] == CellError("#NUM!")


VALUES = st.one_of(st.none(), st.booleans(), st.floats(-1e6, 1e6), st.text("ab=1'", max_size=5))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([USERS, WACC, HORIZON]), VALUES), min_size=1, max_size=5))
def test_a_call_does_not_depend_on_the_calls_before(calls):
    texts = (
        "=in_users*2",
        "=SUM(tblInputs[value])",
        "=Inputs!B4&Inputs!B3",
        "=TCO_CRF(Inputs!B3,3)",
        "=COUNT(Inputs!B2:B4)",
    )
    data = formulas(*texts)
    reused = Calculator(data, with_functions=True)
    for inputs in calls:
        fresh = Calculator(data, with_functions=True).calculate(inputs)
        assert reused.calculate(inputs) == fresh


def arrays() -> bytes:
    def write(sheet):
        sheet.write_array_formula("C1:E3", "{=Inputs!A2:B3}", None, 9)  # smaller than its cells
        sheet.write_array_formula("G1:G2", "{=Inputs!B2:B3*2}", None, 9)
        sheet.write_array_formula("I1:J2", "{=TCO_CRF(8%,3)}", None, 9)  # one value fills all cells
        sheet.write_dynamic_array_formula("L1:L3", "=SEQUENCE(in_users)", None, 9)
        sheet.write_array_formula("N1:Q1", '{=TCO_FLOWS(Assumptions,"seat",,"seat_price",20)}', None, 9)
        sheet.write_formula("A1", "=SUM(G1:G2)", None, 9)
        sheet.write_formula("A2", "=SUM(L1#)", None, 9)
        sheet.write_formula("A3", "=Q1", None, 9)

    return book(write, {"users": 3, "wacc": 0.08})


def test_array_formulas_fill_their_cells():
    values = Calculator(arrays(), with_functions=True).calculate({})
    missing = CellError("#N/A")
    assert [[values[COST, r, c] for c in (3, 4, 5)] for r in (1, 2, 3)] == [
        ["users", 3.0, missing],
        ["wacc", 0.08, missing],
        [missing, missing, missing],
    ]
    assert [values[COST, r, 7] for r in (1, 2)] == [6.0, 0.16]
    assert {values[COST, r, c] for r in (1, 2) for c in (9, 10)} == {values[COST, 1, 9]}
    assert math.isclose(values[COST, 1, 9], CRF_8_3)
    assert [values[COST, r, 12] for r in (1, 2, 3)] == [1.0, 2.0, 3.0]
    assert [values[COST, 1, c] for c in (14, 15, 16, 17)] == [0.0, 720.0, 720.0, 720.0]
    assert [values[COST, r, 1] for r in (1, 2, 3)] == [6.16, 6.0, 720.0]


def test_dynamic_arrays_grow_and_shrink():
    calculator = Calculator(arrays(), with_functions=True)
    grown = calculator.calculate({USERS: 5.0})
    assert [grown[COST, r, 12] for r in range(1, 6)] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert grown[COST, 2, 1] == 15.0
    shrunk = calculator.calculate({USERS: 2.0})
    assert [shrunk[COST, r, 12] for r in range(1, 4)] == [1.0, 2.0, None]
    assert (COST, 4, 12) not in shrunk


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+1", 2.0),
        ("=ROUND(TCO_CRF(8%,3),9)", 0.388033514),
        ("1+1", 2.0),
        ("={1,2;3,4}*2", [[2.0, 4.0], [6.0, 8.0]]),
        ("=A1", 0.0),
        ("=ROWS(assumptions)", 2.0),
        ("=1E300*1E300", CellError("#NUM!")),
        ('=TCO_SEAT(Assumptions,"seats","horizon",2)', 5 * 20 * 12 * 2.0),
    ],
)
def test_a_formula_of_the_shell(formula, value):
    rows = [["users", 5.0], ["seat_price", 20.0]] if "SEAT" in formula else [["users", 5.0]]
    assert evaluate_formula(formula, None, rows) == value


def test_a_table_comes_whole_with_its_blanks_and_errors():
    rows = evaluate_formula('=TCO_SEAT(Assumptions,"table")', None, [["users", 5.0], ["seat_price", 20.0]])
    assert rows[0] == ["line", "unit", 0.0, 1.0, 2.0, 3.0, "total"]
    assert rows[-1][-1] == ""  # no total of a cumulative row
    compared = evaluate_formula(
        '=TCO_COMPARE(Assumptions,,"options","seat,api")', None, [["users", 5.0], ["seat_price", 20.0]]
    )
    assert [row[0] for row in compared[1:]] == ["seat", "api"]
    assert isinstance(compared[2][1], CellError)
    assert compared[2][1].message


def test_the_sentence_of_an_error_arrives():
    assert evaluate_formula("=TCO_CRF(-5,3)*2").message.startswith("TCO_CRF rate: -5 is")
    assert evaluate_formula("=TCO_POWER(1,,2)").message.startswith("TCO_POWER hours is required and blank")


SAID = {  # what stands in A1, A2, ... and how the sentence begins that explains it
    "=TCO_CRF(-5,3)": "TCO_CRF rate: -5 is not above -1",
    "=ROUND(A1,2)+1": "TCO_CRF rate: -5",  # an error that came from another cell
    "=SUM(A1:A2)": "TCO_CRF rate: -5",
    "=TCO_POWER(A3,1,2)": "TCO_CRF rate: -5",
    "=TCO_CRF(8%,3,4)": "TCO_CRF takes 2 arguments, got 3",
    "=TCO_CFR(1,2)": "TCO_CFR is no function of llm-tco; did you mean TCO_CRF?",
    "=A6*2": "TCO_CFR is no function of llm-tco",
    "=TCO_LAST_ERROR(A1)": "TCO_CRF rate: -5",
    "=TCO_LAST_ERROR(A3)": "TCO_CRF rate: -5",
    "=IF(ISERROR(A4),TCO_LAST_ERROR(A5))": "TCO_CRF takes 2 arguments",  # both cells show an error
    "=TCO_EAC(1000,Inputs!B3,-3)": "TCO_EAC years: -3",
    "=TCO_LAST_ERROR(A11)": "TCO_EAC years: -3",  # not the newest of its kind, nor the first
    "=by_name": "TCO_CRF rate: -7",
    "=INDEX(TCO_COMPARE(Assumptions),2,2)": "seat_price is required and blank",
    "=1/0": "division by zero",
    "=NoSuchName": "a function or name that is not known",
}


def said_in(values, row):
    value = values[COST, row, 1]
    return value.message if isinstance(value, CellError) else value


@pytest.fixture(scope="module")
def said():
    def write(sheet):
        for row, text in enumerate(SAID):
            sheet.write_formula(row, 0, text, None, -1)

    inputs = {"users": 5, "wacc": 0.08, "options": "seat"}
    names = {"by_name": "=TCO_CRF(-7,Inputs!$B$3)"}
    return Calculator(book(write, inputs, names), with_functions=True)


def test_the_sentence_of_an_error_stands_by_its_cell(said):
    values = said.calculate({})
    for row, (formula, sentence) in enumerate(SAID.items(), 1):
        assert said_in(values, row).startswith(sentence), formula
    assert said.value((COST, 2, 1)).message.startswith("TCO_CRF rate: -5")
    for asked in ("='Cost''s'!A2+1", "=TCO_LAST_ERROR('Cost''s'!A4)"):
        found = said.evaluate_formula(asked)
        assert (found.message if isinstance(found, CellError) else found).startswith("TCO_CRF rate: -5")


def test_a_sentence_goes_with_its_error():
    calculator = Calculator(
        formulas("=TCO_CRF(Inputs!B3,3)", "=TCO_LAST_ERROR(A1)", "=SQRT(in_users)+A1"), with_functions=True
    )
    assert said_in(calculator.calculate({WACC: -5.0}), 2).startswith("TCO_CRF rate: -5")
    assert said_in(calculator.calculate({WACC: -6.0}), 2).startswith("TCO_CRF rate: -6")
    fine = calculator.calculate({WACC: 0.08, USERS: -1.0})
    assert (said_in(fine, 2), said_in(fine, 3)) == ("", "a number outside the limits of the function, or no solution")


def test_cells_of_a_table_have_sentences_of_their_own():
    def write(sheet):
        sheet.write_array_formula("A1:D3", '{=TCO_COMPARE(Assumptions,,"options","seat,api")}', None, -1)
        sheet.write_formula("F1", "=B3", None, -1)

    values = Calculator(book(write, {"users": 5}), with_functions=True).calculate({})
    assert values[COST, 2, 2].message.startswith("seat_price is required")
    assert values[COST, 3, 2].message.startswith("queries_per_user_day is required")
    assert values[COST, 1, 6].message.startswith("queries_per_user_day is required")


def test_a_formula_sees_the_workbook_and_leaves_nothing_behind():
    data = formulas("=in_users*2")
    assert evaluate_formula("=SUM('Cost''s'!A1,B2)", data) == 300.0  # the shell stands on the first sheet
    calculator = Calculator(data, with_functions=True)
    before = calculator.calculate({})
    assert calculator.evaluate_formula("=tblInputs[value]") == [[100.0], [0.08], [0.0], ["EUR"]]
    assert calculator.calculate({}) == before


@pytest.mark.parametrize("text", ["=SUM(", "=1+", '="a', "=(1"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(WrongKind, match="no formula that Excel would accept"):
        evaluate_formula(text)


@pytest.mark.parametrize("data", [b"", b"id;value", b"PK\3\4 cut off"])
def test_what_is_no_workbook_is_refused(data):
    with pytest.raises(WrongKind):
        Calculator(data)


@given(
    st.lists(
        st.sampled_from(["", "1", '"a,b"', "A1:B2", "TCO_CRF(1,,3)", "SUM(1,,2)", "{1,2;3,4}", "é", " "]),
        min_size=2,
        max_size=7,
    )
)
def test_every_omitted_argument_of_ours_is_written_out(arguments):
    # the law: nothing stands between two separators only in functions that are not ours
    written = rewrite(f"=TCO_POWER({','.join(arguments)})", lambda _operand: None)
    inner = ['""' if a.strip() == "" else a.replace("TCO_CRF(1,,3)", 'TCO_CRF(1,"",3)') for a in arguments]
    assert written.replace(" ", "") == f"TCO_POWER({','.join(inner)})"


def native() -> bytes:
    """Native formulas of the kinds that proposals use."""
    texts = [
        "=in_users*(1+Inputs!B3)^2",
        "=SUMPRODUCT(Inputs!B2:B3,Inputs!B2:B3)",
        "=NPV(Inputs!B3,10,20,30)",
        '=IF(in_users>50,"many","few")',
        "=ROUNDUP(in_users/3,0)",
        "=MAX(Inputs!B2:B4)-MIN(Inputs!B2:B3)",
        '=INDEX(Inputs!B2:B5,MATCH("wacc",Inputs!A2:A5,0))',
        '=TEXT(in_users*1234.5,"#,##0.00")',
        "=PMT(Inputs!B3,3,-100)",
        "=COUNTA(tblInputs[id])",
        '=SUMIFS(Inputs!B2:B3,Inputs!A2:A3,"users")',
        "=CHOOSE(2,A1,A2,A3)",
        "=AND(in_users>1,Inputs!B3<1)",
        "=EDATE(DATE(2026,1,31),1)",
        "=LOOKUP(2,{1,2,3},{10,20,30})",
        "=IFERROR(1/0,-1)",
        '=MOD(-7,3)&LEFT("abc",2)',
    ]
    return formulas(*texts)


@pytest.mark.soffice
def test_native_formulas_equal_libreoffice(soffice, tmp_path: Path):
    data = native()
    path = tmp_path / "native.xlsx"
    path.write_bytes(data)
    independent = openpyxl.load_workbook(soffice.recalculate(path), data_only=True)[COST]
    ours = Calculator(data).calculate({})
    assert len(ours) == 17
    for (_, row, column), value in ours.items():
        other = independent.cell(row, column).value
        if isinstance(other, dt.datetime):
            other = float((other.date() - EPOCH).days)
        if isinstance(value, float):
            assert math.isclose(value, other, rel_tol=1e-14), f"A{row}"
        else:
            assert value == other, f"A{row}"


ELEMENTWISE = {  # A1:A6 = #DIV/0!, 3, "x", blank, "y", #N/A; B1:B3 = 1, -4, 9.5
    "=SUMPRODUCT(ISERROR(A1:A6)*1)": 2,
    "=SUM(IF(ISNA(A1:A6),1,0))": 1,
    "=SUM(IF(ISERR(A1:A6),1,0))": 1,
    "=SUMPRODUCT(--ISNUMBER(A1:A6))": 1,
    "=SUMPRODUCT(--ISTEXT(A1:A6))": 2,
    '=SUMPRODUCT(--ISLOGICAL({TRUE,1,"a"}))': 1,
    "=SUMPRODUCT(--ISNONTEXT(A1:A6))": 4,
    "=SUMPRODUCT(--ISBLANK(A1:A6))": 1,
    "=SUMPRODUCT(ABS(B1:B3))": 14.5,
    "=SUMPRODUCT(ROUND(B1:B3,0))": 7,
    "=SUMPRODUCT(INT(B1:B3))": 6,
    "=SUMPRODUCT(MOD(B1:B3,2))": 2.5,
    "=SUMPRODUCT(LEN(A2:A3))": 2,
    "=SUMPRODUCT(NOT(B1:B3>0)*1)": 1,
    "=SUMPRODUCT(ABS(IF(B1:B3>0,B1:B3,0)))": 10.5,
    "=SUMPRODUCT(2^ROW(B1:B3))": 14,
    "=SUMPRODUCT(COLUMN(B1:D1)*1)": 9,
    "=ROUND(SUM(B1:B3),0)": 7,
    "=ABS(B2)": 4,
    "=ROW(B3)": 3,
}


@pytest.mark.soffice
def test_functions_of_one_value_take_ranges_element_by_element(soffice, tmp_path: Path):
    def write(sheet):
        sheet.write_formula("A1", "=1/0", None, -1)
        sheet.write("A2", 3)
        sheet.write("A3", "x")
        sheet.write("A5", "y")
        sheet.write_formula("A6", "=NA()", None, -1)
        for row, value in enumerate([1, -4, 9.5]):
            sheet.write(row, 1, value)
        for row, text in enumerate(ELEMENTWISE):
            sheet.write_array_formula(row, 9, row, 9, f"{{{text}}}", None, -1)

    path = tmp_path / "elementwise.xlsx"
    path.write_bytes(book(write))
    ours = Calculator(path.read_bytes()).calculate({})
    independent = openpyxl.load_workbook(soffice.recalculate(path), data_only=True)[COST]
    for row, (text, expected) in enumerate(ELEMENTWISE.items(), 1):
        assert ours[COST, row, 10] == expected, text
        assert independent.cell(row, 10).value == expected, text


def test_a_calculator_that_nobody_uses_any_more_is_freed():
    """A circle through formualizer would stay for ever, some 12 MB for each formula that the shell evaluates."""
    calculator = Calculator(None, with_functions=True)
    calculator.name_rows("Assumptions", [["id", "value"], ["users", 100.0]])
    assert calculator.evaluate_formula("=TCO_CRF(8%,3)") == pytest.approx(0.388033514)
    gone = weakref.ref(calculator)
    del calculator
    gc.collect()
    assert gone() is None
