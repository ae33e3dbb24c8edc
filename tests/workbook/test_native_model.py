"""The native formulas of the proposal template against the engine, calculated by formualizer and by LibreOffice.

The template is filled here by plain openpyxl, so that nothing of the filling code takes part, with a fleet by year that
was worked out by hand for each scenario.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook

from engine import tco
from engine.errors import DividesByZero, NotAvailable
from engine.inputs import Inputs, assumptions
from engine.result import MEASURES, Result
from workbook.author import proposal
from workbook.author.grid import YEAR_0
from workbook.cells import CellError
from workbook.headless import Calculator

MODEL = proposal.model()
TOLERANCE = 1e-9

COMMON = {
    "users": 5000,
    "queries_per_user_day": 25,
    "working_days_per_month": 20,
    "prompt_tokens": 1000,
    "output_tokens": 500,
    "active_hours": 10,
    "peak_factor": 2,
    "model": "llama-3.1-70b",
    "gpu": "h100-pcie",
    "gpus_per_node": 4,
    "gpus_per_replica": 4,
    "replica_rps": 1.25,
    "target_utilisation": 0.8,
    "spare_replicas": 1,
    "whole_nodes": 0,
    "gpu_price": 20000,
    "node_price": 21000,
    "head_node_price": 15500,
    "services_rate": 0.08,
    "gpu_kw": 0.35,
    "node_kw": 1,
    "head_node_kw": 0.5,
    "tariff": 0.173,
    "pue": 1.5,
    "licence_price": 18000,
    "licence_term": 5,
    "sysadmin_salary": 110000,
    "ml_salary": 158000,
    "cloud_instance": "aws/p5.48xlarge",
    "cloud_price": 53.95,
    "cloud_gpus_per_instance": 8,
    "cloud_instances": 4,
    "cloud_licence_price": 1,
    "cloud_uplift": 0.063,
    "api_model": "gpt-4-turbo",
    "api_input_price": 10,
    "api_output_price": 30,
    "api_cached_price": 5,
    "seat_price": 30,
    "horizon": 3,
}


@dataclass(frozen=True)
class Scenario:
    """Inputs, and the replicas, GPUs and servers that each year needs, worked out by hand."""

    values: dict
    replicas: tuple
    gpus: tuple
    nodes: tuple


# 5,000 users x 25 queries x 2 / 36,000 s = 6.944 queries/s; / (1.25 x 0.8) = 6.94 -> 7, + 1 spare = 8 of 4 GPUs
FLAT = {"replicas": (8,) * 3, "gpus": (32,) * 3, "nodes": (8,) * 3}
# users +40 % a year: 6.944, 9.722, 13.611, 19.056, 26.678 -> 7, 10, 14, 20, 27, + 1 spare
GROWING = {"replicas": (8, 11, 15, 21, 28), "gpus": (32, 44, 60, 84, 112), "nodes": (8, 11, 15, 21, 28)}
# users -30 % a year: 6.944, 4.861, 3.403, 2.382 -> 7, 5, 4, 3, + 1: the fleet stays at 8 replicas
SHRINKING = {"replicas": (8, 6, 5, 4), "gpus": (32, 24, 20, 16), "nodes": (8, 6, 5, 4)}
GROWTH = {"horizon": 5, "user_growth": 0.4}
RICH = {
    "network_rate": 0.05,
    "maintenance_rate": 0.04,
    "inflation": 0.025,
    "energy_escalation": 0.05,
    "salary_escalation": 0.03,
    "gpu_price_decline": 0.1,
    "onprem_setup_cost": 40000,
    "onprem_annual_cost": 9000,
    "cloud_setup_cost": 15000,
    "cloud_annual_cost": 4000,
    "cloud_price_decline": 0.06,
    "api_price_decline": 0.2,
    "api_fte": 0.5,
    "api_setup_cost": 20000,
    "api_annual_cost": 3000,
    "api_cached_share": 0.3,
    "api_batch_share": 0.2,
    "seat_setup_cost": 5000,
    "seat_annual_cost": 2500,
    "response_cache_hit": 0.0,
}
TYPED = {"gpus": 20, "nodes": 6, "model_instances": 3, "replica_rps": 0.9}

ALONE = dict.fromkeys(COMMON) | {"users": 100, "horizon": 3}  # what other options would need is left blank

SCENARIOS = {
    "flat_npv": Scenario({}, **FLAT),
    "annuity": Scenario({"capital_mode": "annuity", "depreciation_benefit": 0.06, "inflation": 0.02}, **FLAT),
    "book_with_growth": Scenario(GROWTH | RICH | {"capital_mode": "book", "depreciation_benefit": 0.03}, **GROWING),
    "simple_with_life": Scenario(GROWTH | {"capital_mode": "simple", "hardware_life": 2.5}, **GROWING),
    "none_mode": Scenario({"capital_mode": "none", "wacc": 0.0}, **FLAT),
    "tax_sln_growth": Scenario(GROWTH | RICH | {"tax_rate": 0.25, "residual_rate": 0.1, "hardware_life": 4}, **GROWING),
    "tax_macrs_mid": Scenario(
        GROWTH | RICH | {"tax_rate": 0.21, "depreciation_method": "macrs", "timing": "mid"}, **GROWING
    ),
    "tax_syd_prepaid_mid": Scenario(
        GROWTH
        | RICH
        | {
            "tax_rate": 0.3,
            "depreciation_method": "syd",
            "depreciation_life": 3,
            "timing": "mid",
            "licence_payment": "prepaid",
            "licence_term": 1.5,
        },
        **GROWING,
    ),
    "tax_ddb_bundled": Scenario(
        GROWTH
        | RICH
        | {
            "tax_rate": 0.3,
            "depreciation_method": "ddb",
            "licence_bundled": 1,
            "licence_term": 1.5,
            "hardware_life": 3,
        },
        **GROWING,
    ),
    "tax_db": Scenario(RICH | {"tax_rate": 0.3, "depreciation_method": "db"}, **FLAT),
    "tax_bonus_annual_cloud": Scenario(
        RICH | {"tax_rate": 0.3, "depreciation_method": "bonus", "cloud_term": "1yr"}, **FLAT
    ),
    "benefit_mid": Scenario(GROWTH | {"depreciation_benefit": 0.06, "timing": "mid", "hardware_life": 2}, **GROWING),
    "prepaid_bundled": Scenario(
        GROWTH
        | {"licence_payment": "prepaid", "licence_bundled": 1, "licence_term": 0.4, "inflation": 0.1, "timing": "mid"},
        **GROWING,
    ),
    "colocation": Scenario(
        {
            "colo_price": 180,
            "colo_includes_power": 1,
            "inflation": 0.03,
            "cloud_term": "spot",
            "cloud_hours_month": 300,
        },
        **FLAT,
    ),
    "colocation_power_apart": Scenario({"colo_price": 120, "colo_includes_power": 0, "cloud_term": "3yr"}, **FLAT),
    "shrinking": Scenario(
        {"horizon": 4, "user_growth": -0.3, "query_growth": 0.0},
        replicas=SHRINKING["replicas"],
        gpus=SHRINKING["gpus"],
        nodes=SHRINKING["nodes"],
    ),
    "typed_fleet": Scenario({**TYPED, "capital_mode": "npv"}, replicas=(5,) * 3, gpus=(20,) * 3, nodes=(6,) * 3),
    # 2 GPUs a replica, 8 in a server: 4 replicas a server; 8 replicas -> 2 servers, full: 16 GPUs
    "full_servers": Scenario(
        {"gpus_per_replica": 2, "gpus_per_node": 8, "whole_nodes": 1, "sysadmin_nodes_max": 1},
        replicas=(8,) * 3,
        gpus=(16,) * 3,
        nodes=(2,) * 3,
    ),
    "fifteen_years": Scenario(
        {
            "horizon": 15,
            "inflation": 0.02,
            "hardware_life": 4.5,
            "residual_rate": 0.2,
            "tax_rate": 0.25,
            "depreciation_life": 7,
            "depreciation_method": "macrs",
            "licence_term": 3,
        },
        replicas=(8,) * 15,
        gpus=(32,) * 15,
        nodes=(8,) * 15,
    ),
    "seats_alone": Scenario(ALONE | {"seat_price": 30, "options": "seat"}, (), (), ()),
    "api_and_free_seats": Scenario(
        ALONE
        | {"queries_per_user_day": 5, "prompt_tokens": 100, "output_tokens": 50, "options": "api,seat"}
        | {"api_model": "gpt-4-turbo", "api_input_price": 0, "api_output_price": 0, "seat_price": 0},
        (),
        (),
        (),
    ),
    # 8 GPUs of one server; nothing says what they can serve
    "cloud_of_typed_size": Scenario(
        COMMON
        | {"gpus": 8, "nodes": 1, "model_instances": 1, "replica_rps": None, "node_price": None, "options": "cloud"},
        (8,) * 3,
        (8,) * 3,
        (1,) * 3,
    ),
    "one_year": Scenario({"horizon": 1, "tax_rate": 0.2}, replicas=(8,), gpus=(32,), nodes=(8,)),
}

TAMPERED = (
    "onprem_acquisition",
    "onprem_licence",
    "onprem_residual",
    "onprem_tax_shield",
    "onprem_capital",
    "cloud_rental",
    "api_tokens",
    "seat_seats",
)


def engine_inputs(scenario: Scenario) -> Inputs:
    return Inputs.read(COMMON | scenario.values)


def filled(template: bytes, scenario: Scenario) -> Workbook:
    """Put the scenario and the engine's figures into the template, by name."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    inputs = engine_inputs(scenario)
    sheet = book["Assumptions"]
    for name in assumptions():
        cell = area(book, f"in_{name}")[0]
        cell.value = getattr(inputs, name)
        sheet.cell(cell.row, 10).value = cell.value  # as delivered
        if cell.value is not None:
            sheet.cell(cell.row, 5).value = "the test"
    rates = [r * inputs.replica_rps if inputs.replica_rps else None for r in scenario.replicas]
    stated = {"replicas": scenario.replicas, "gpus": scenario.gpus, "nodes": scenario.nodes, "capacity_rps": rates}
    for name, values in stated.items():
        for cell, value in zip(area(book, f"blk_{name}"), values, strict=False):
            cell.value = value
    for option in inputs.option_ids:
        result = tco.evaluate(inputs, option)
        for name in book.defined_names:
            if name.startswith(f"out_engine_{option}_"):
                area(book, name)[0].value = float(getattr(result, name.removeprefix(f"out_engine_{option}_"))[0])
    return book


def area(book: Workbook, name: str) -> list:
    """Return the cells of a defined name."""
    ((sheet, reference),) = book.defined_names[name].destinations
    found = book[sheet][reference.replace("$", "")]
    rows = found if isinstance(found, tuple) else ((found,),)
    return [cell for row in rows for cell in (row if isinstance(row, tuple) else (row,))]


@pytest.fixture(scope="module")
def template() -> bytes:
    return proposal.build()


@pytest.fixture(scope="module")
def files(template, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("native")
    paths = {name: folder / f"{name}.xlsx" for name in SCENARIOS}
    for name, path in paths.items():
        filled(template, SCENARIOS[name]).save(path)
    return paths


@pytest.fixture(scope="module")
def by_formualizer(files) -> dict[str, dict]:
    return {name: Calculator(path.read_bytes()).calculate({}) for name, path in files.items()}


@pytest.fixture(scope="module")
def by_libreoffice(files, soffice) -> dict[str, dict]:
    books = [openpyxl.load_workbook(path, data_only=True) for path in soffice.recalculate_many(list(files.values()))]
    return {
        name: {
            (sheet.title, cell.row, cell.column): cell.value
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
        }
        for name, book in zip(files, books, strict=True)
    }


def figure(result: Result, measure: str) -> float | None:
    """Return a measure of the engine; the sheets show nothing where nobody asks anything, or nothing says how much."""
    try:
        return float(getattr(result, measure)[0])
    except (DividesByZero, NotAvailable):
        return None


def compare_with_engine(values: dict, scenario: Scenario, names: Workbook) -> None:
    inputs = engine_inputs(scenario)
    differences = []
    for option in inputs.option_ids:
        result = tco.evaluate(inputs, option)
        lines = {line: result.line(line)[0] for line in (*result.lines, "total")} | (
            {"capital": result.capital[0]} if option == "onprem" else {}
        )
        largest = max(1.0, *(abs(v) for line in lines.values() for v in line))
        for line, expected in lines.items():
            home = MODEL.home[f"{option}_{line}"]
            for year in range(16):
                value = values[home.name, home.rows[f"{option}_{line}"] + 1, YEAR_0 + 1 + year]
                wanted = expected[year] if year < len(expected) else 0.0
                if not abs(value - wanted) <= TOLERANCE * largest:
                    differences.append((option, line, year, value, wanted))
        for measure in MEASURES:
            cell = area(names, f"out_{option}_{measure}")[0]
            value, wanted = values[cell.parent.title, cell.row, cell.column], figure(result, measure)
            if wanted is None or value in {None, ""}:
                assert (wanted, value or None) == (None, None), (option, measure)
                continue
            scale = largest if measure not in {"per_user_month", "per_query", "per_mtok"} else max(1.0, abs(wanted))
            if not abs(value - wanted) <= TOLERANCE * scale:
                differences.append((option, measure, value, wanted))
    assert differences == []


@pytest.fixture(scope="module")
def names(template) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(template))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_line_and_measure_as_the_engine_by_formualizer(name, by_formualizer, names):
    compare_with_engine(by_formualizer[name], SCENARIOS[name], names)


@pytest.mark.soffice
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_line_and_measure_as_the_engine_by_libreoffice(name, by_libreoffice, names):
    compare_with_engine(by_libreoffice[name], SCENARIOS[name], names)


@pytest.mark.soffice
@pytest.mark.parametrize("name", SCENARIOS)
def test_both_calculators_agree_on_every_cell(name, by_formualizer, by_libreoffice):
    """Every formula cell, not only the results; texts too."""
    ours, theirs = by_formualizer[name], by_libreoffice[name]
    differences = [(key, value, theirs[key]) for key, value in ours.items() if not same(value, theirs[key])]
    assert differences == []


@pytest.mark.soffice
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_formula_shows_an_error(name, by_formualizer, by_libreoffice):
    wrong = [key for key, value in by_formualizer[name].items() if isinstance(value, CellError)]
    wrong += [key for key, value in by_libreoffice[name].items() if isinstance(value, str) and value.startswith("#")]
    assert wrong == []


@pytest.mark.parametrize("line", TAMPERED)
def test_a_changed_cost_cell_turns_the_check_red(line, files, names):
    """One unit of money in year 2."""
    book = openpyxl.load_workbook(files["book_with_growth" if line == "onprem_capital" else "tax_sln_growth"])
    home = MODEL.home[line]
    cell = book[home.name].cell(home.rows[line] + 1, YEAR_0 + 3)
    cell.value = f"{cell.value}+1"
    target = io.BytesIO()
    book.save(target)
    values = Calculator(target.getvalue()).calculate({})
    assert values[key_of(names, "chk_all")] == 0
    own = f"chk_{line.split('_')[0]}_"
    assert any(values[key_of(names, name)] == 0 for name in names.defined_names if name.startswith(own))


def same(value: object, other: object) -> bool:
    if isinstance(value, float) and isinstance(other, int | float):
        return abs(value - other) <= TOLERANCE * max(1.0, abs(value)) or abs(value - other) < 1e-6
    return (value or "") == (other or "")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_check_passes(name, by_formualizer, names):
    failed = [n for n in names.defined_names if n.startswith("chk_") and by_formualizer[name][key_of(names, n)] != 1]
    # the typed fleet is too small on purpose: 20 GPUs are 5 replicas of 0.9 queries/s for 6.9 queries/s
    expected = ["chk_all", "chk_utilisation"] if name == "typed_fleet" else []
    assert sorted(failed) == expected


def key_of(names: Workbook, name: str) -> tuple:
    cell = area(names, name)[0]
    return (cell.parent.title, cell.row, cell.column)
