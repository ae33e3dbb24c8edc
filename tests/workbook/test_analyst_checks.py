"""Checks of the analyst's workbook turn red when what they guard is broken: a check that cannot fail is a defect.

Those that proposals have too are broken in test_checks_can_fail; here are those of the analyst's workbook alone, and
that every single one of its checks reaches the one light.
"""

from pathlib import Path

import pytest

from workbook.author import analyst, scenarios
from workbook.author.grid import YEAR_0
from workbook.headless import Calculator
from workbook.sensitivity import STATISTICS
from workbook.summary import read_inputs
from workbook.template import Template

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
DATA = SHIPPED.read_bytes()
TEMPLATE = Template.compile(DATA, SHIPPED.name)
MODEL = analyst.model()
CHECKS = sorted(name for name in TEMPLATE.areas if name.startswith("chk_") and name != "chk_all")


@pytest.fixture(scope="module")
def table():
    return read_inputs(DATA, TEMPLATE)


@pytest.fixture(scope="module")
def native() -> Calculator:
    return Calculator(DATA)


def cell(name: str, number: int = 0):
    return list(TEMPLATE.areas[name].cells())[number]


def of_row(key: str, year: int):
    return MODEL.home[key].name, MODEL.home[key].rows[key] + 1, YEAR_0 + 1 + year


def red(values) -> set[str]:
    return {name for name in CHECKS if values[cell(name)] != 1}


TYPED = {  # check: what the analyst types, by id and column
    "rows": ("users", "id", "wacc"),
    "dates": ("users", "as of", None),
    "prices": ("node_price", "as of", "2023-05"),
    "hours": ("active_hours", "base", 25.0),
    "currency": ("fx_rate", "base", 0.9),
    "sources": ("wacc", "source", None),
    "shares": ("load_factor", "base", 1.2),
    "utilisation": ("gpus", "base", 4.0),
}


@pytest.mark.parametrize("check", TYPED)
def test_what_is_typed_wrongly_turns_its_check_red(check, native, table):
    id_, column, value = TYPED[check]
    values = native.calculate({table.key(id_, column): value})
    assert f"chk_{check}" in red(values)
    assert values[cell("chk_all")] == 0


def test_a_typed_auto_is_no_figure_without_a_source(native, table):
    assert red(native.calculate({table.key("gpus"): "AUTO", table.key("nodes"): "auto"})) == set()


def test_euros_converted_at_one_to_one_turn_red(native, table):
    euros = native.calculate({table.key("currency"): "EUR", table.key("fx_rate"): 1.0})
    assert "chk_currency" in red(euros)
    converted = native.calculate({table.key("currency"): "EUR", table.key("fx_rate"): 0.9})
    assert "chk_currency" not in red(converted)


def test_a_price_of_a_month_counts_from_its_first_day(native, table):
    """Three years before 21 November 2026 is 22 November 2023: that November is older, that December is not."""
    assert "chk_prices" in red(native.calculate({table.key("node_price", "as of"): "2023-11"}))
    assert "chk_prices" not in red(native.calculate({table.key("node_price", "as of"): "2023-12"}))
    reviewed_later = {cell("sel_Review_date"): 46347.0 + 365}
    assert "chk_prices" in red(native.calculate(reviewed_later))  # salaries of April 2024


STATED = {  # check: a figure that a run has written
    "memory": ("blk_weights_gb", 0, 900.0),
    "sensitivity_odds": ("blk_montecarlo", 0, 0.4),
    "odds": ("blk_odds", 0, 0.4),
    "stated_options": ("blk_stress", 0, 5.0),
    "scenario": ("blk_scenarios", 0, 5.0),
    "sensitivity": ("blk_sens_base", 0, 5.0),
    "computed": ("out_engine_api_tco", 0, None),
    "summary": ("out_engine_api_tco", 0, 5.0),
}


@pytest.mark.parametrize("check", STATED)
def test_a_stated_figure_that_is_not_true_turns_its_check_red(check, native):
    name, number, value = STATED[check]
    if name == "blk_montecarlo":
        number = STATISTICS.index("probability") * TEMPLATE.areas[name].columns
    values = native.calculate({cell(name, number): value})
    assert f"chk_{check}" in red(values)
    assert values[cell("chk_all")] == 0


BROKEN = {  # check: a cell of the model that says something else than its formula
    "fte": of_row("sysadmin_fte", 1),
    "errors": of_row("users", 2),
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_formula_turns_its_check_red(check):
    values = Calculator(DATA).calculate({BROKEN[check]: 5.0 if check == "fte" else "no number"})
    assert f"chk_{check}" in red(values)


def test_a_scenario_that_there_is_not_turns_red():
    assert "chk_errors_inputs" in red(Calculator(DATA).calculate({cell("sel_Scenario"): "no scenario"}))


def test_figures_of_the_customer_need_source_and_date(native):
    block = TEMPLATE.areas["blk_scenario_inputs"]
    row = next(i for i, line in enumerate(TEMPLATE.read_values("blk_scenario_inputs")) if line[0] == "wacc")
    typed = (scenarios.SHEET, block.row + row, block.column + scenarios.TYPED - 1)
    told = [(scenarios.SHEET, typed[1], block.column + n - 1) for n in (scenarios.SOURCE, scenarios.AS_OF)]
    assert "chk_customer" in red(native.calculate({typed: 0.1}))
    assert "chk_customer" in red(native.calculate({typed: 0.1, told[0]: "letter of 2 May"}))
    assert red(native.calculate({typed: 0.1, told[0]: "letter of 2 May", told[1]: "2026-05"})) == set()


def test_tax_relief_is_the_rate_times_all_that_is_deducted(native, table):
    """By the end everything has been deducted: relief = -25% of the total before it, whatever the depreciation."""
    for method in ("sln", "macrs", "syd"):
        values = native.calculate({table.key("tax_rate"): 0.25, table.key("depreciation_method"): method})
        assert "chk_shield" not in red(values), method
    wrong = Calculator(DATA)
    values = wrong.calculate({table.key("tax_rate"): 0.25, of_row("cloud_tax_shield", 2): -1.0})
    assert "chk_shield" in red(values)


def test_every_check_reaches_the_light():
    """All status cells set to 0 by hand one after the other in one calculator: the light is red from the first on."""
    text = TEMPLATE.contents.cached[cell("chk_all")[0], 3, 2]
    assert text == "✓ All checks pass"
    values = Calculator(DATA).calculate({cell(name): 0.0 for name in CHECKS})
    assert values[cell("chk_all")[0], 3, 2] == f"✗ {len(CHECKS)} of {len(CHECKS)} checks fail"
