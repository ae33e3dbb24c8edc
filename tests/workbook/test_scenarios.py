"""Scenarios and sensitivity of the analyst's workbook: one cell chooses, all sheets follow, the engine too."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from engine import tco
from engine.errors import Problems, WrongKind
from engine.inputs import Inputs, assumptions
from workbook.author import scenarios as sheet
from workbook.author.options import OPTIONS
from workbook.cells import is_blank
from workbook.headless import Calculator
from workbook.newbook import new
from workbook.scenarios import SCENARIOS, in_use, values_of
from workbook.sensitivity import BINS, STATISTICS, answered, asked
from workbook.summary import read_inputs, regenerated
from workbook.template import Template
from workbook.upgrade import upgrade

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
DATA = SHIPPED.read_bytes()
TEMPLATE = Template.compile(DATA, SHIPPED.name)
DAY = dt.date(2026, 12, 1)
IDS = [option.id for option in OPTIONS]


def cell(name: str, number: int = 0):
    return list(TEMPLATE.areas[name].cells())[number]


def customers_cell(id_: str, column: int = sheet.TYPED):
    block = TEMPLATE.areas["blk_scenario_inputs"]
    row = next(i for i, line in enumerate(TEMPLATE.read_values("blk_scenario_inputs")) if line[0] == id_)
    return sheet.SHEET, block.row + row, block.column + column - 1


OWN = {
    customers_cell("wacc"): 0.12,
    customers_cell("licence_payment"): "prepaid",
    customers_cell("node_price"): 71000.0,
}
SOURCES = {(s, r, c + n): text for s, r, c in OWN for n, text in ((3, "letter of 2 May"), (4, "2026-05"))}


def filled(changes) -> bytes:
    return TEMPLATE.fill(changes, TEMPLATE.contents.cached)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_sheet_follows_the_cell_as_the_engine_does(scenario):
    """Native formulas without any of our functions, against an engine run with the values of that column."""
    changes = OWN | {cell("sel_Scenario"): scenario}
    table = read_inputs(filled(changes), TEMPLATE)
    assert table.scenario == scenario
    values = {id_: value for id_, value in values_of(table, scenario).items() if not is_blank(value)}
    read = {id_: table.cell(id_) for id_ in values}
    assert read == pytest.approx(values) if all(isinstance(v, float) for v in values.values()) else read == values
    inputs = Inputs.read(values)
    native = Calculator(regenerated(filled(changes), "plan.xlsx", date=DAY).data).calculate({})
    for option in inputs.option_ids:
        expected = float(tco.evaluate(inputs, option).tco[0])
        assert native[cell(f"out_{option}_tco")] == pytest.approx(expected, rel=1e-9), option


def test_low_and_high_are_the_columns_of_the_inputs_and_base_where_they_are_blank():
    """Of the worked example: users 4,000 / 5,000 / 7,000; the horizon of 5 years has no ends."""
    table = read_inputs(DATA, TEMPLATE)
    assert [values_of(table, s)["users"] for s in SCENARIOS] == [5000, 4000, 7000, 5000]
    assert [values_of(table, s)["horizon"] for s in SCENARIOS] == [5, 5, 5, 5]


def test_costs_of_all_scenarios_stand_side_by_side_and_the_log_names_the_one_in_use():
    done = regenerated(filled(OWN | SOURCES | {cell("sel_Scenario"): "Customer"}), "plan.xlsx", date=DAY)
    book = Template.compile(done.data)
    costs = book.read_values("blk_scenarios")
    table = done.run.table
    for column, scenario in enumerate(SCENARIOS):
        inputs = Inputs.read(values_of(table, scenario))
        for row, option in enumerate(IDS):
            if option in inputs.option_ids:
                assert costs[row][column] == pytest.approx(float(tco.evaluate(inputs, option).tco[0]), rel=1e-12)
    last = [row for row in book.read_values("blk_log") if row[0] is not None][-1]
    assert last[4].startswith("scenario Customer; node_price 60000 → 71000")
    assert done.red == ()
    assert book.read_values("meta_run_date") == [["2026-12-01"]]


def test_a_wrong_figure_of_the_customer_is_told_with_its_cell():
    table = read_inputs(filled({customers_cell("wacc"): 8.0, cell("sel_Scenario"): "Customer"}), TEMPLATE)
    key = customers_cell("wacc")
    with pytest.raises(Problems, match=rf"Scenarios!H{key[1]} wacc: 8 is above 0\.5 1/yr; for 8 percent write 8%"):
        table.inputs()


def test_a_scenario_that_does_not_exist_is_refused():
    with pytest.raises(WrongKind, match='Scenarios!C4 the scenario "Hihg" is none of Base, Low, High, Customer'):
        regenerated(filled({cell("sel_Scenario"): "Hihg"}), "plan.xlsx", date=DAY)
    assert in_use(TEMPLATE.areas["sel_Scenario"], " high ") == "High"
    assert in_use(None, None) == "Base"


def test_upgrade_carries_the_scenario_and_the_questions_over(tmp_path):
    path = tmp_path / "plan.xlsx"
    settings = {cell("sel_Scenario"): "Customer", cell("sel_Option"): "cloud", cell("sel_Runs"): 200.0}
    path.write_bytes(regenerated(filled(OWN | SOURCES | settings), "plan.xlsx", date=DAY).data)
    done = upgrade(path, date=DAY)
    book = Template.compile(done.summary.data)
    chosen = [book.read_values(name)[0][0] for name in ("sel_Scenario", "sel_Option", "sel_Runs")]
    assert chosen == ["Customer", "cloud", 200]
    carried = {id_: value for id_, (_, value) in done.summary.run.table.customer.items()}
    assert carried == {"wacc": 0.12, "licence_payment": "prepaid", "node_price": 71000}
    assert done.summary.red == ()


def test_a_new_workbook_was_reviewed_on_its_own_day():
    made = Template.compile(new({}, None, date=dt.date(2027, 3, 1)).data)
    assert made.read_values("sel_Review_date") == [[46447]]  # 1 March 2027
    assert made.read_values("out_text_amber") == [["2026-12-01"]]  # 90 days before


# --- sensitivity


def test_the_grid_is_what_single_runs_give():
    inputs, question = read_inputs(DATA, TEMPLATE).inputs(), asked(TEMPLATE)
    blocks = answered(inputs, question)
    across, down = blocks["blk_grid_across"][0], [row[0] for row in blocks["blk_grid_down"]]
    assert across == [10, 15, 20, 25, 30, 37.5, 50]
    assert down == [2500, 3750, 5000, 7500, 10000]
    for i, users in enumerate(down):
        for j, queries in enumerate(across):
            single = tco.evaluate(inputs.replaced(users=users, queries_per_user_day=queries), "onprem")
            assert blocks["blk_grid"][i][j] == pytest.approx(float(single.tco[0]), rel=1e-12)


def test_tornado_risk_and_histogram_hang_together():
    """The tornado starts from the cost in use; the shares of the histogram and of being cheapest sum to 1."""
    inputs, question = read_inputs(DATA, TEMPLATE).inputs(), asked(TEMPLATE)
    blocks = answered(inputs, question)
    base = float(tco.evaluate(inputs, "onprem").tco[0])
    assert blocks["blk_sens_base"] == [[base]]
    id_, low, high, at_low, at_high, spread = blocks["blk_sens_tornado"][0]
    assert at_low == pytest.approx(float(tco.evaluate(inputs.replaced(**{id_: low}), "onprem").tco[0]), rel=1e-12)
    assert at_high == pytest.approx(float(tco.evaluate(inputs.replaced(**{id_: high}), "onprem").tco[0]), rel=1e-12)
    assert spread == pytest.approx(abs(at_high - at_low))
    risk = dict(zip(STATISTICS, blocks["blk_montecarlo"], strict=True))
    assert sum(share for share in risk["probability"] if share is not None) == pytest.approx(1)
    own = [risk[name][0] for name in ("p5", "p10", "p50", "p90", "p95")]
    assert own == sorted(own)
    middles, shares = np.array(blocks["blk_histogram"]).T
    assert len(shares) == BINS
    assert shares.sum() == pytest.approx(1)
    width = middles[1] - middles[0]
    assert float(middles @ shares) == pytest.approx(risk["mean"][0], abs=width)


def test_rows_that_charts_read_are_not_hidden():
    """The histogram stands beside rows that no run hides; of the tornado the rows without an input are hidden."""
    hidden = TEMPLATE.contents.hidden_rows["Sensitivity"]
    assert not {row for _, row, _ in TEMPLATE.areas["blk_histogram"].cells()} & set(hidden)
    rows = TEMPLATE.read_values("blk_sens_tornado")
    first = TEMPLATE.areas["blk_sens_tornado"].row
    assert sorted(hidden) == [first + i for i, row in enumerate(rows) if row[0] is None]


def test_turning_points_are_those_where_both_cost_the_same():
    inputs, question = read_inputs(DATA, TEMPLATE).inputs(), asked(TEMPLATE)
    points = dict(zip(question.points, (row[0] for row in answered(inputs, question)["blk_points"]), strict=True))
    price = points["api_output_price"]
    both = [float(tco.evaluate(inputs.replaced(api_output_price=price), o).tco[0]) for o in ("onprem", "api")]
    assert both[0] == pytest.approx(both[1], rel=1e-9)
    assert points["tariff"] is None


def test_what_has_no_answer_says_why_once_and_the_rest_stands():
    changes = {read_inputs(DATA, TEMPLATE).key("users"): 9000.0, cell("sel_Down"): "horizon"}
    done = regenerated(filled(changes), "plan.xlsx", date=DAY)
    book = Template.compile(done.data)
    notes = [row[0] for row in book.read_values("blk_sens_notes") if row[0]]
    assert len(notes) == 1
    assert notes[0].startswith("no risk and histogram: users: the value 9000 is not between low 4000 and high 7000")
    assert book.read_values("blk_sens_tornado")[0][0]
    assert book.read_values("blk_grid")[0][0] > 0
    assert book.read_values("blk_histogram")[0] == [None, None]


def test_every_numeric_input_can_stand_in_the_grid_or_says_why_not():
    inputs, question = read_inputs(DATA, TEMPLATE).inputs(), asked(TEMPLATE)
    for id_ in (a.id for a in assumptions().values() if a.kind == "whole"):
        question.settings["sel_Down"] = id_
        blocks = answered(inputs, question)
        assert "blk_grid" in blocks or any(id_ in row[0] or "blank" in row[0] for row in blocks["blk_sens_notes"]), id_
