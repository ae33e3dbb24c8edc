"""Scenarios: one by its name in any formula, all side by side; what is wrong with the table is said."""

import json

import pytest
from click.testing import CliRunner

from engine.analysis.selector import scenario_names, scenario_values, scenarios
from engine.errors import EngineError, NotAvailable, Problems, WrongKind
from engine.inputs import Inputs
from engine.tco import evaluate
from workbook.cells import CellError
from workbook.cli import cli
from workbook.evaluate import evaluate as cell

BOOK = [["id", "value"], ["users", 100.0], ["seat_price", 30.0], ["horizon", 1.0], ["options", "seat"]]
PLANS = [
    ["id", "label", "Low", "High", 2027.0],
    ["seat_price", "price", 20.0, 45.0, None],
    ["users", "people", None, 200.0, 50.0],
    ["currency", "", "", "EUR", None],
    [None, None, None, None, None],
]
CASE = Inputs.read({"users": 100, "seat_price": 30, "horizon": 1, "options": "seat"})


def test_one_scenario_by_its_name():
    """100 seats x 30 x 12 = 36,000 as they are; Low 20; High 200 seats at 45; 2027 50 seats."""
    total = {name: cell("TCO_SEAT", [BOOK, "total", name, PLANS]) for name in ("base", "Low", "HIGH ", 2027.0, "2027")}
    assert total == {"base": 36000.0, "Low": 24000.0, "HIGH ": 108000.0, 2027.0: 18000.0, "2027": 18000.0}


def test_a_pair_with_one_value_goes_before_the_scenario():
    assert cell("TCO_SEAT", [BOOK, "total", "Low", PLANS, "seat_price", 10.0]) == 12000.0
    assert cell("TCO_SEAT", [BOOK, "total", "seat_price", 10.0, "Low", PLANS]) == 12000.0
    assert cell("TCO_SEAT", [BOOK, "total", "Low", PLANS, "users", None]) == 24000.0


def test_the_result_is_that_of_the_typed_scenario():
    table = scenarios(CASE, PLANS, "tco")
    assert table[0] == ["scenario", "seat", "cheapest"]
    assert [row[0] for row in table[1:]] == ["base", "Low", "High", "2027"]
    typed = [{}, {"seat_price": 20}, {"seat_price": 45, "users": 200, "currency": "EUR"}, {"users": 50}]
    assert [row[1] for row in table[1:]] == [evaluate(CASE.replaced(**t), "seat").measure("tco") for t in typed]
    assert cell("TCO_SCENARIOS", [BOOK, PLANS, "tco"]) == table


def test_a_column_base_of_the_table_is_the_base():
    plans = [["id", "Base", "Low"], ["seat_price", 25.0, 20.0]]
    assert scenario_names(plans) == ["Base", "Low"]
    assert [row[:2] for row in scenarios(CASE, plans, "total")[1:]] == [["Base", 30000.0], ["Low", 24000.0]]


def test_auto_sets_back_to_blank():
    case = [["id", "value"], ["gpus", 8.0], ["nodes", 1.0], ["gpu", "h100-sxm"], ["gpu_price", 1.0],
            ["node_price", 0.0], ["model_instances", 1.0]]  # fmt: skip
    plans = [["id", "Catalogue"], ["gpu_price", "auto"]]
    assert cell("TCO_ONPREM", [case, "capex"]) == 8.0
    assert cell("TCO_ONPREM", [case, "capex", "Catalogue", plans]) == 8 * 32500.0  # mean of the catalogue's 25 and 40 k


def test_the_spread_of_an_input_stays():
    book = [[*row, None, None] for row in BOOK]
    book[0][2:], book[2][2:] = ["low", "high"], [15.0, 40.0]
    assert cell("TCO_TORNADO", [book, "seat", "total", None, "Low", PLANS])[1][:5] == [
        "seat_price", 15.0, 40.0, 18000.0, 48000.0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plans", "name", "code", "sentence"),
    [
        (PLANS, "Middle", "#N/A", 'scenario: "Middle" is none of base, Low, High, 2027; write one of these names'),
        (PLANS, None, "#N/A", "name1: the name of a scenario is asked, beside its table: base, Low, High, 2027"),
        (PLANS[1:], "Low", "#VALUE!", "a block of 4 x 5 cells without a header id"),
        ([["id", "Low", "low"], ["users", 1.0, 2.0]], "Low", "#VALUE!", 'the scenario "Low" stands in two columns'),
        ([["id", "Low"], ["users", 1.0], ["Users", 2.0]], "Low", "#VALUE!", "users stands twice in the scenarios"),
        ([["id", "Low"], [None, 1.0]], "Low", "#VALUE!", "row 2 of the scenarios has the value 1.0 and no id"),
        ([["id", "Low"], ["userz", 1.0]], "Low", "#N/A", "userz is no assumption; did you mean users?"),
        ([["id", "Low"], ["wacc", 8.0]], "Low", "#NUM!", "wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08"),
        ([["id", "Low"], ["wacc", 8.0], ["users", "few"]], "Low", "#VALUE!", 'users: text "few" where a number is'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(plans, name, code, sentence):
    got = cell("TCO_SEAT", [BOOK, "total", name, plans])
    assert isinstance(got, CellError)
    assert got.code == code
    assert sentence in got.message


def test_all_problems_at_once():
    with pytest.raises(Problems) as raised:
        scenario_values([["id", "Low"], [None, 1.0], ["users", 1.0], ["users", 2.0]], "Low")
    assert len(raised.value.problems) == 2
    twice = cell("TCO_SEAT", [BOOK, "total", "Low", PLANS, "High", PLANS])
    assert "seat_price is replaced twice by the pairs of this formula" in twice.message


def test_a_scenario_that_cannot_be_computed_shows_its_error_beside_the_others():
    table = scenarios(CASE, [["id", "Bad", "Good"], ["wacc", 8.0, 0.1]])
    assert isinstance(table[2][1], EngineError)
    assert isinstance(table[2][2], EngineError)
    assert "wacc: 8 is above 0.5" in str(table[2][1])
    assert table[3][2] == "seat"
    with pytest.raises(WrongKind, match='measure: "margin"'):
        scenarios(CASE, PLANS, "margin")
    with pytest.raises(NotAvailable, match="none of base, Low"):
        scenario_values([["id", "Low"]], "x")


def test_one_cell_is_no_table():
    assert "a table with a header row is asked" in cell("TCO_SCENARIOS", [BOOK, 5.0]).message
    assert cell("TCO_SCENARIOS", [BOOK, None]).code == "#N/A"


def test_from_the_shell():
    formula = '=TCO_SEAT(Assumptions,"total","Low",{"id","Low";"seat_price",20})'
    wrong = formula.replace('"Low",{', '"Mid",{')
    args = ["eval", "-", "--json", "--set", "users=100", "--set", "seat_price=30", "--set", "horizon=1"]
    lines = CliRunner().invoke(cli, args, input=f"{formula}\n{wrong}\n").stdout.splitlines()
    assert json.loads(lines[0])["value"] == 24000
    assert json.loads(lines[1])["error"] == "#N/A"
    assert json.loads(lines[1])["message"].startswith('scenario: "Mid" is none of base, Low;')
