"""The analyst's workbook: what sheet Questions states, how its inputs are distributed, and its second summary page."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest

from engine.analysis.cash import committed
from engine.analysis.confidence import confidence
from engine.analysis.flippoints import flip_points
from engine.analysis.montecarlo import montecarlo
from engine.analysis.outlook import outlook
from engine.analysis.stress import stress, utilisation
from engine.errors import Problems
from engine.inputs import OPTION_IDS, Inputs
from workbook import summary
from workbook.assumptions import from_rows, ranges_of
from workbook.author import enginelines
from workbook.headless import Calculator
from workbook.sensitivity import STATISTICS
from workbook.template import Template

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
DAY = dt.date(2026, 12, 1)
SAME = 1e-12
PAGE = {"measures": enginelines.TOP + 4, "lines": enginelines.TOP + 5 + 13}


@pytest.fixture(scope="module")
def data() -> bytes:
    return SHIPPED.read_bytes()


def typed(data: bytes, column: str, **values: object) -> bytes:
    template = Template.compile(data, "plan.xlsx")
    table = summary.read_inputs(data, template)
    return template.fill({table.key(id_, column): value for id_, value in values.items()}, template.contents.cached)


def regenerated(data: bytes) -> bytes:
    return summary.regenerated(data, "plan.xlsx", date=DAY).data


def block(data: bytes, name: str) -> list[list[object]]:
    return Template.compile(data, "plan.xlsx").read_values(name)


def inputs_of(data: bytes) -> Inputs:
    """Read the table of inputs as a formula would take it."""
    rows = summary.read_inputs(data, Template.compile(data, "plan.xlsx")).rows
    return Inputs.read(*from_rows(rows), ranges_of(rows))


def test_questions_state_what_the_engine_says_of_these_inputs(data):
    inputs = inputs_of(data)
    stated = {name: dict(zip(OPTION_IDS, block(data, f"blk_{name}"), strict=True)) for name in ("stress", "use")}
    signed = dict(zip(OPTION_IDS, block(data, "blk_commitment"), strict=True))
    for at, option in enumerate(inputs.option_ids, 1):
        assert stated["stress"][option] == pytest.approx([row[at] for row in stress(inputs)[1:]], rel=SAME)
        assert stated["use"][option] == pytest.approx([row[at + 1] for row in utilisation(inputs)[1:]], rel=SAME)
        figures = [committed(inputs, option, "at_start"), committed(inputs, option, "total")]
        assert signed[option] == pytest.approx([*figures, confidence(inputs, option, "low")], rel=SAME, abs=SAME)
    assert all(cell is None for option in set(OPTION_IDS) - set(inputs.option_ids) for cell in signed[option])
    points = [[p.name, p.planned, p.flip] for p in flip_points(inputs, outlook(inputs, inputs.option_ids)) if p.flip]
    stated_points = [row for row in block(data, "blk_flips") if row[0]]
    assert [row[0] for row in stated_points] == [row[0] for row in points]
    assert [row[1:] for row in stated_points] == [pytest.approx(row[1:], rel=SAME) for row in points]
    assert points


def test_the_summary_says_where_the_recommendation_turns(data):
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Summary"]
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    for beginning in ("Nearest flip point: ", "Token prices at ", "Cheapest with half the demand", "Peak funding of "):
        assert [text for text in texts if text.startswith(beginning)], beginning


def test_stated_figures_say_so_once_an_input_is_changed(data):
    template = Template.compile(data, "plan.xlsx")
    calculator = Calculator(data)
    table = summary.read_inputs(data, template)
    values = calculator.calculate({table.key("users"): 6000.0})
    old = "✗ Inputs have been changed since: the stated figures are older than the inputs"
    assert old in {value for key, value in values.items() if key[0] == "Questions"}
    assert old not in {value for key, value in calculator.calculate({}).items() if key[0] == "Questions"}


def risk(data: bytes, option: str) -> dict[str, object]:
    column = OPTION_IDS.index(option)
    return dict(zip(STATISTICS, (row[column] for row in block(data, "blk_montecarlo")), strict=True))


def test_random_runs_draw_as_the_columns_say(data):
    """Residual value: the bell curve between the same ends is narrower; tokens that move together spread more."""
    shipped = risk(data, "onprem")
    assert shipped["sd"] == pytest.approx(dict(montecarlo(inputs_of(data), "onprem"))["sd"], rel=SAME)
    bell = regenerated(typed(data, "distribution", residual_rate="normal"))
    by_engine = Inputs.read(
        {**inputs_of(data).typed}, ranges={**inputs_of(data).ranges, "residual_rate": (0.0, 0.2, "normal", None)}
    )
    assert risk(bell, "onprem")["sd"] == pytest.approx(dict(montecarlo(by_engine, "onprem"))["sd"], rel=SAME)
    assert risk(bell, "onprem")["sd"] != shipped["sd"]
    alone = regenerated(typed(data, "correlation", output_tokens=None))
    assert risk(alone, "api")["sd"] < risk(data, "api")["sd"]


def test_a_wrong_distribution_is_told_with_its_cell(data):
    wrong = typed(typed(data, "distribution", users="bell"), "correlation", prompt_tokens="users")
    with pytest.raises(Problems) as error:
        regenerated(wrong)
    assert 'Inputs!H6 users: distribution "bell" is none of triangular, uniform, normal' in str(error.value)
    assert 'Inputs!I9 prompt_tokens: correlation "users" is no id with a number' in str(error.value)


@pytest.mark.parametrize("options", ["onprem,cloud,api,seat", "api,hybrid", "seat"])
def test_the_second_page_has_a_column_for_each_option_compared_and_no_other(data, options):
    made = regenerated(typed(data, "base", options=options)) if options != "onprem,cloud,api,seat" else data
    sheet = openpyxl.load_workbook(io.BytesIO(made), data_only=True)["Summary"]
    compared = [option for option in OPTION_IDS if option in options.split(",")]
    labels = [row[0] for row in block(made, "lst_option_labels")]
    first, room = enginelines.FIRST + 1, len(OPTION_IDS)
    header = [[sheet.cell(row, first + i).value or "" for i in range(room)] for row in PAGE.values()]
    wanted = [labels[OPTION_IDS.index(option)] for option in compared] + [""] * (room - len(compared))
    assert header == [wanted, wanted]
    for name, row in PAGE.items():
        stated = [line for line in block(made, f"blk_{name}") if line[0] is not None]
        for number, line in enumerate(stated, row + 1):
            shown = [sheet.cell(number, first + i).value for i in range(room)]
            figures = [line[3 + OPTION_IDS.index(option)] for option in compared]
            assert [None if cell == "" else cell for cell in shown] == figures + [None] * (room - len(compared))
            assert sheet.cell(number, 2).value == line[0]
