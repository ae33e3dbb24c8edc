"""Templates laid on their side: the same values as the workbook as it stands, or the workbook as it stands."""

import pytest
from books import COST, formulas

from workbook import customers
from workbook.headless import Calculator
from workbook.hostfunctions import DIGITS, GENERAL, LESS, NET
from workbook.lifting import PREFIX
from workbook.locate import shipped
from workbook.proposal import Proposals
from workbook.sheets import read_sheets
from workbook.sideways import Sideways, laid_on_side
from workbook.template import Template
from workbook.turned import KNOWN
from workbook.unsupported import UNTOLD

USERS, WACC, HORIZON, CURRENCY = (("Inputs", row, 2) for row in (2, 3, 4, 5))
GIVEN = (USERS, WACC, HORIZON, CURRENCY)


def laid(*texts):
    data = formulas(*texts)
    return Calculator(data), laid_on_side(read_sheets(data), Template.compile(data).constants, GIVEN)


def test_every_example_has_the_very_values_of_the_template_as_it_stands():
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    assert isinstance(proposals.calculator, Sideways)
    plain = Calculator(proposals.data)
    for customer in customers.read(shipped("examples", "customers.csv")).good:
        says = proposals.contents(customer)
        inputs = {**proposals.template.field_values(says.fields), **proposals.cells(says)}
        ours, theirs = proposals.calculator.calculate(inputs), plain.calculate(inputs)
        assert ours == theirs
        assert list(map(type, map(ours.get, theirs))) == list(map(type, theirs.values()))


@pytest.mark.parametrize(
    "formula",
    [
        "=in_users*2",
        "=SUM(Inputs!B2:B3)",
        "=SUM(Inputs!$A$2:$B$2,in_users)",
        "=INDEX(Inputs!B2:B5,2)",
        '=MATCH("EUR",Inputs!B2:B5,0)',
        "=SUMPRODUCT(ISTEXT(Inputs!A1:B5)*1)",
        '=SUMPRODUCT((Inputs!A2:A5<>"")*(Inputs!B2:B5=""))',
        "=COUNT(Inputs!B2:B5)",
        "=INDEX(Inputs!B2:B5,2,1)",
        "=INDEX(Inputs!A1:B5,1+1,MATCH(in_users,Inputs!A2:B2,0))&INDEX(Inputs!A1:B5,4,2)",
        "=SUM(INDEX(Inputs!A1:B5,0,2),INDEX(Inputs!A1:B5,3,0))",
        "=MAX(Inputs!A1:B5)+COUNT(Inputs!A1:B5)+COUNTIF(Inputs!A1:B5,in_users)",
        "=NPV(Inputs!B3,Inputs!B2:B4)",
        "=ISBLANK(Inputs!B4)",
        "=Inputs!B4",
        '=Inputs!B5&" Ltd"',
        "=IFERROR(INDEX(Inputs!B2:B5,9),-1)",
        "=1/Inputs!B4",
        "=A1+1%",
        "=SUM(INDEX(Inputs!B2:B5,2):Inputs!$B$4)*2",
        "=SUMPRODUCT(Inputs!B2:B3,INDEX(Inputs!B2:B4,1+1):Inputs!B4)",
        '="(5), {6}: Inputs!B2"&TEXT(in_users,"0.00")',
    ],
)
@pytest.mark.parametrize(
    "inputs",
    [{}, {USERS: 7.0, WACC: 0.2}, {HORIZON: 3.0}, {CURRENCY: None}, {USERS: True, CURRENCY: "täglich"}, {USERS: 1.0}],
)
def test_a_formula_gives_the_same_on_its_side(formula, inputs):
    plain, side = laid("=in_users+0", formula)
    assert isinstance(side, Sideways)
    side.calculate({USERS: 5.0, HORIZON: 9.0, CURRENCY: "USD"})  # what an earlier customer leaves behind
    ours, theirs = side.calculate(inputs), plain.calculate(inputs)
    assert ours == theirs
    assert list(map(type, map(ours.get, theirs))) == list(map(type, theirs.values()))


@pytest.mark.parametrize(
    "formula",
    [
        "=ROW(Inputs!B2)",
        "=COLUMNS(Inputs!A1:B3)",
        "=OFFSET(Inputs!B2,1,0)",
        '=INDIRECT("Inputs!B2")',
        "=VLOOKUP(in_users,Inputs!A1:B5,2,FALSE)",
        "=INDEX(Inputs!A1:B5,2)",
        "=SUM(Inputs!A1:B5)",  # the order of its cells is another one, and with it the last digit of the sum
        "=SUM(Inputs!B:B)",
        "=SUMPRODUCT({1,2}*Inputs!A2:B2)",
        "=SUM(Inputs!B2:INDEX(Inputs!B2:B5,2))",
        "=SUM(INDEX(Inputs!B2:B5,2):Inputs!A5)",
        "=SUM(INDEX(Inputs!A1:B5,2,1):Inputs!B5)",
        "=SUM(INDEX(Inputs!B2:B5,2):INDEX(Inputs!B2:B5,3))",
        "=SUM((INDEX(Inputs!B2:B5,2)):Inputs!B5)",
        "=INDEX(Inputs!B2:B5,2):Inputs!B5",
        "=Inputs!B2:B3",
        "=NoSuchName",
        "=NOSUCHFUNCTION(1)",
        "=TODAY()",
    ],
)
def test_what_hangs_on_the_place_of_cells_is_calculated_as_it_stands(formula):
    assert laid(formula)[1] is None


def test_what_can_be_laid_on_its_side_is_known_to_the_calculation():
    """A template on its side is never asked which of its cells only Excel could calculate."""
    own = {name.removeprefix(PREFIX) for name in (DIGITS, GENERAL, LESS, NET)}
    names = sorted(KNOWN - {""} - own)
    calculator = Calculator(formulas(*(f"={name}(1,2,3)" for name in names)))
    calculator.calculate({})
    assert calculator.uncalculable() == {}
    assert not UNTOLD & KNOWN


def test_blank_and_zero_true_and_one_are_told_apart_between_two_customers():
    side = laid("=ISBLANK(Inputs!B4)", "=ISLOGICAL(Inputs!B2)", "=COUNT(Inputs!B2:B4)")[1]
    told = [tuple(side.calculate(inputs).values()) for inputs in ({}, {HORIZON: 0.0, USERS: 1.0}, {USERS: True}, {})]
    assert told == [(True, False, 2.0), (False, False, 3.0), (True, True, 1.0), (True, False, 2.0)]


@pytest.mark.parametrize(
    "formulas",
    [
        ("=in_users+0", "=A1", "=A2", "=A3*2", "=ISBLANK(A3)", '=A3&""'),
        ("=in_users+0", "=A1", "=SUM(A1:A2)", "=A2"),
        ("=Inputs!B4", "=A1", "=Inputs!B5", "=A3", '=A2=""', '=A4=""'),
        ("=1/in_users", "=A1", "=ISERROR(A2)"),
        ("=A2", "=A1", "=in_users+A1"),
    ],
)
@pytest.mark.parametrize("inputs", [{}, {USERS: 0.0}, {USERS: "text", HORIZON: 3.0}, {CURRENCY: None, USERS: True}])
def test_cells_that_show_another_say_what_it_says(formulas, inputs):
    plain, side = laid(*formulas)
    side.calculate({USERS: 5.0, HORIZON: 9.0, CURRENCY: "USD"})
    ours, theirs = side.calculate(inputs), plain.calculate(inputs)
    assert ours == theirs
    assert list(map(type, map(ours.get, theirs))) == list(map(type, theirs.values()))


def test_copied_formulas_keep_their_dollar_signs():
    """With them formualizer knows that neighbours have one formula, and plans them as one."""
    side = laid("=in_users*2", "=Inputs!$B3+Inputs!B$3+Inputs!B3", "=SUM(Inputs!$B$2:$B3)", "=in_users+A1")[1]
    assert [side._book.get_formula(COST, 1, column).replace("'", "") for column in range(1, 5)] == [
        "=LLMTCO_GIVEN!$A$1*2",
        "=LLMTCO_GIVEN!A$2+LLMTCO_GIVEN!$A2+LLMTCO_GIVEN!A2",
        "=SUM(Inputs!$B$2:C$2)",
        "=LLMTCO_GIVEN!$A$1+Costs!A1",
    ]
