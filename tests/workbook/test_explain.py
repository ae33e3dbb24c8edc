"""An explanation adds up to the result, names every input that moves it, and says where each comes from."""

import io
import json

import pytest
from books import book
from click.testing import CliRunner
from rich.console import Console

from engine import tco
from engine.analysis import breakeven
from engine.inputs import Inputs, assumptions
from engine.result import MEASURES
from workbook.cells import CellError
from workbook.commands.explaining import command
from workbook.explain import explain
from workbook.headless import Calculator
from workbook.provenance import option_node
from workbook.tree import as_json, drawn

CASE = {
    "users": 5000, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500, "active_hours": 16,
    "gpu": "h100-pcie", "model": "llama-2-70b", "gpus_per_replica": 4, "replica_rps": 8 / 7, "node_price": 21000,
    "head_node_price": 15500, "services_rate": 0.08, "user_growth": 0.1, "network_rate": 0.05, "maintenance_rate": 0.1,
    "cloud_instance": "aws/p5.48xlarge", "cloud_instances": 2, "cloud_uplift": 0.06, "api_model": "gpt-4-turbo",
    "seat_price": 30, "inflation": 0.02, "onprem_setup_cost": 7000, "cloud_setup_cost": 500, "api_fte": 0.2,
    "residual_rate": 0.2, "hardware_life": 4, "lease_rate": 0.07, "colo_rent": 180,
}  # fmt: skip
VARIANTS = {
    "npv": {},
    "mid": {"timing": "mid"},
    "taxed": {"tax_rate": 0.25, "depreciation_method": "macrs"},
    "annuity": {"capital_mode": "annuity", "residual_rate": 0, "depreciation_benefit": 0.06},
    "euro": {"currency": "EUR", "fx_rate": 0.9, "energy": "de"},
}
SUMS = [m for m in MEASURES if not m.startswith("per_")]


def explained(formula, **changes):
    calculator = Calculator(None, with_functions=True)
    calculator.name_rows("Assumptions", [["id", "value"], *([k, v] for k, v in {**CASE, **changes}.items())])
    return explain(formula, *calculator.evaluate_heard(formula))


def text_of(node):
    out = io.StringIO()
    Console(file=out, width=300).print(drawn(node))
    return out.getvalue()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("option", ["onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"])
@pytest.mark.parametrize("measure", SUMS)
def test_the_lines_add_up_to_the_measure(variant, option, measure):
    inputs = Inputs.read({**CASE, **VARIANTS[variant]})
    node = option_node(inputs, option, measure)
    lines = node.find(f"{measure} of {option}").children
    parts = [line.value for line in lines if line.value is not None]
    expected = float(getattr(tco.evaluate(inputs, option), measure)[0])
    assert node.value == expected
    assert sum(parts) == pytest.approx(expected, rel=1e-12, abs=1e-9)
    named = {line.label for line in lines} | set(lines[-1].text.split(", "))
    counted = {"capex": {"setup"}, "opex": {"annual"}, "year1": {"annual"}}.get(measure, {"setup", "annual"})
    assert counted <= named


@pytest.mark.parametrize("option", ["onprem", "cloud", "api", "seat", "lease", "colo", "hybrid"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_number_that_moves_the_result_is_in_the_tree(option, variant):
    inputs = Inputs.read({**CASE, **VARIANTS[variant]})
    base = tco.evaluate(inputs, option).measure("tco")
    listed = {node.label for node in option_node(inputs, option, "tco").walk()}
    moving = []
    for name, assumption in assumptions().items():
        value = getattr(inputs, name)
        if assumption.kind not in {"number", "whole"} or not value or name in {"wacc", "horizon"}:
            continue
        step = value * 1.05 if assumption.kind == "number" else value + 1
        try:
            moved = tco.evaluate(inputs.replaced(**{name: min(step, assumption.high)}), option).measure("tco")
        except ValueError:
            continue
        if moved != base:
            moving.append(name)
    least = {"onprem": 12, "cloud": 8, "api": 5, "seat": 3, "lease": 13, "colo": 11, "hybrid": 16}
    assert len(moving) >= least[option]
    assert set(moving) <= listed


def test_the_split_of_a_hybrid_is_told_and_every_line_is_explained_at_it():
    tree = explained("=TCO_HYBRID(Assumptions)", api_model="gpt-4o-mini")
    split = tree.find("split")
    assert split.text == "lowest tco of all from 0 to 7 own replicas"
    assert {n.label: n.unit for n in split.children} == {
        "own_replicas": "replica",
        "own_gpus": "GPU",
        "own_share": "fraction",
    }
    assert "hybrid_replicas" not in {n.label for n in tree.walk()}
    assert explained("=TCO_HYBRID(Assumptions)", hybrid_replicas=3).find("split").text == "typed"
    share = explained('=TCO_HYBRID(Assumptions,"own_share")', hybrid_replicas=3)
    assert {"peak_factor", "replica_rps"} <= {n.label for n in share.walk()}
    advantage = explained('=TCO_LEASE(Assumptions,"lease_advantage")', cost_of_debt=0.05)
    assert advantage.unit == "USD"
    assert advantage.find("cost_of_debt").value == 0.05


def test_sources_dates_and_confidence_stand_beside_the_inputs():
    tree = explained("=TCO_ONPREM(Assumptions)")
    assert tree.find("tariff").value == 0.0977
    assert tree.find("tariff").source == "[EIA EPM table 5.6.A July 2026 (quoted), 2026-07, high]"
    assert tree.find("node_price").source == "[customer input, customer]"
    assert tree.find("sysadmin_fte_min").source == "[planning value, 2026-11, medium]"
    assert tree.find("tariff").unit == "USD/kWh"
    assert explained("=TCO_ONPREM(Assumptions)", currency="EUR", fx_rate=0.9).find("gpu_price").unit == "EUR/GPU"


def test_a_line_says_its_formula_its_years_and_its_fleet():
    tree = explained("=TCO_ONPREM(Assumptions)")
    power = tree.find("power")
    assert power.text.startswith("Electricity of the servers and of their cooling")
    inputs = Inputs.read(CASE)
    assert power.find("years").value == tco.flows(inputs, "onprem", "power")
    assert power.find("it_kw").value == [tco.evaluate(inputs, "onprem").plan.fleet.it_kw[0].tolist()]
    assert {"pue", "tariff", "load_factor"} <= {node.label for node in power.children}
    assert "users" not in {node.label for node in power.children}  # it acts through the fleet
    assert tree.find("fleet").find("users").value == 5000


def test_a_line_by_its_name_and_a_flow():
    for formula in ('=TCO_ONPREM(Assumptions,"licence")', '=TCO_FLOWS(Assumptions,"onprem","licence")'):
        tree = explained(formula)
        assert tree.children[0].label == "licence"
        assert tree.children[0].find("licence_price").value == 18000
    assert explained('=TCO_ONPREM(Assumptions,"licence")').value == pytest.approx(
        tco.onprem(Inputs.read(CASE), "licence"), rel=1e-15
    )


def test_a_cost_of_one_unit_is_the_tco_over_its_units():
    for measure, units in (("per_user_month", "user-months"), ("per_query", "querys"), ("per_mtok", "Mtoks")):
        tree = explained(f'=TCO_API(Assumptions,"{measure}")')
        assert tree.find("tco of api").value / tree.find(units).value == pytest.approx(tree.value, rel=1e-12)


def test_a_formula_of_several_calls_explains_each():
    tree = explained('=TCO_ONPREM(Assumptions)/TCO_API(Assumptions,"tco","users",9000)')
    assert [child.label.partition("(")[0] for child in tree.children] == ["TCO_ONPREM", "TCO_API"]
    assert tree.value == pytest.approx(tree.children[0].value / tree.children[1].value, rel=1e-15)
    assert tree.children[1].find("users").value == 9000
    assert tree.children[0].find("users").value == 5000


def test_inner_calls_come_before_the_call_that_uses_them():
    tree = explained("=TCO_CRF(TCO_WACC(60%,40%,11%,5%,30%),3)")
    assert [child.label for child in tree.children] == ["TCO_WACC(0.6, 0.4, 0.11, 0.05, 0.3)", "TCO_CRF(0.08, 3)"]


def test_a_building_block_shows_arguments_units_defaults_and_its_formula():
    tree = explained("=TCO_POWER(22400,1296,0.083)")
    assert tree.value == pytest.approx(2409523.2, rel=1e-14)
    assert (tree.find("it_kw").value, tree.find("it_kw").unit) == (22400, "kW")
    assert (tree.find("pue").value, tree.find("pue").source) == (1, "default")
    assert explained("=TCO_TRAIN_FLOPS(405,15000)").find("formula").text.startswith("C = 6 N D: 2 operations")


def test_an_argument_that_names_a_row_of_the_catalogue_says_its_source():
    tree = explained('=TCO_FINETUNE_GPUS(70.6,"h100-sxm")')
    assert tree.find("gpu").source.endswith(", 2026-08-21, medium]")
    assert explained('=TCO_WEIGHTS_GB("llama-3.1-70b")').find("model").source.startswith("[")
    assert explained("=TCO_WEIGHTS_GB(405)").find("model").source == ""


def test_break_even_lists_all_crossings():
    formula = '=TCO_BREAKEVEN(Assumptions,"onprem","api","users")'
    prices = {"api_input_price": 8, "api_output_price": 12.8, "user_growth": 0}
    found = list(breakeven.crossings(Inputs.read({**CASE, **prices}), "onprem", "api", "users"))
    crossings = explained(formula, **prices).find("crossings")
    assert len(found) > 1  # own servers come in steps
    assert [node.value for node in crossings.children] == found
    assert crossings.value == len(found)
    assert explained(formula, **prices).value == found[0]


def test_comparison_sizing_and_catalogue():
    compared = explained("=TCO_COMPARE(Assumptions)")
    assert [child.label for child in compared.children] == ["onprem", "cloud", "api", "seat"]
    assert explained("=TCO_GPUS(Assumptions)").find("replica_rps").value == 8 / 7
    assert explained('=TCO_CATALOG("gpu","h100-sxm","tdp_w")').find("as_of").value == "2026-08-21"
    assert explained('=TCO_API_PRICE("gpt-4-turbo","output")').find("output_per_mtok").value == 30
    payback = explained('=TCO_PAYBACK_MONTHS(Assumptions,"onprem","cloud")')
    assert payback.find("inputs").find("cloud_price").value == 55.04
    assert "seat_price" not in {node.label for node in payback.walk()}


def test_what_is_missing_is_told_line_by_line():
    tree = explained("=TCO_ONPREM(Assumptions)", node_price=None)
    assert tree.value == CellError("#N/A")
    acquisition = tree.find("acquisition")
    assert acquisition.value.message.startswith("node_price is required and blank")
    assert isinstance(tree.find("power").value, float)
    assert "node_price is required and blank" in text_of(tree)


def test_bad_arguments_are_told():
    tree = explained('=TCO_ONPREM(Assumptions,"tco","users",-1)')
    assert tree.value.message == "users: -1 is below 1 person; write a whole number from 1 to 1000000000"
    assert tree.children == ()
    assert explained('=TCO_ONPREM(Assumptions,"nonsense")').value == CellError("#VALUE!")


def test_markup_in_texts_is_text():
    assert "[red]x" in text_of(explained('="[red]x"'))


def test_json_holds_the_same_tree():
    tree = explained("=TCO_ONPREM(Assumptions)")
    told = json.loads(json.dumps(as_json(tree)))
    assert told["value"] == tree.value

    def count(node):
        return 1 + sum(count(child) for child in node.get("children", []))

    assert count(told) == len(list(tree.walk()))


def test_a_cell_of_a_workbook_is_explained_by_its_formula():
    def write(sheet):
        sheet.write_formula("C3", "=B3*12")
        sheet.write("B3", 5)
        sheet.write_formula("C5", "=TCO_POWER(B3,8760,0.1)/1000")

    calculator = Calculator(book(write), with_functions=True)
    calculator.calculate({})
    value, calls = calculator.evaluate_heard("='Cost''s'!C5")
    assert value == pytest.approx(4.38)
    assert [(call.name, call.cells, call.result) for call in calls] == [("TCO_POWER", [5, 8760, 0.1], 4380)]
    assert calculator.formula_of("='Cost''s'!C5") == "=TCO_POWER(B3,8760,0.1)/1000"
    assert calculator.evaluate_heard("='Cost''s'!C3") == (60, [])
    assert calculator.formula_of("='Cost''s'!B3") == ""
    assert calculator.evaluate_heard("='Cost''s'!C5")[1] == calls
    assert calculator.calculate({})[("Cost's", 5, 3)] == pytest.approx(4.38)


def test_command_on_a_workbook_reads_its_assumptions(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(book(lambda _sheet: None, {"users": 100, "seat_price": 30, "horizon": None, "wacc": 0.1}))
    runner = CliRunner()
    formula = '=TCO_SEAT(Assumptions,"total")'
    done = runner.invoke(
        command, [formula, "--workbook", str(path), "--set", "users=200", "--json"], standalone_mode=False
    )
    told = json.loads(done.output)
    assert told["value"] == 200 * 30 * 12 * 3
    drawn_text = runner.invoke(command, [formula, "--workbook", str(path)], standalone_mode=False).output
    assert "108,000 USD" in drawn_text
    assert "One seat for every user." in drawn_text
