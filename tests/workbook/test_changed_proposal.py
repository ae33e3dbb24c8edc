"""A customer changes an input in a spreadsheet of his own, without us: the model follows, and says what no longer does.

LibreOffice opens the proposal, the value is typed, everything is recalculated, the file is saved as .xlsx again.
"""

import io
import json
from pathlib import Path

import openpyxl
import pytest

from engine import tco
from engine.inputs import Inputs
from engine.resolve import resolve
from workbook import customers
from workbook.author.checklist import FRESH
from workbook.headless import Calculator
from workbook.libreoffice.soffice import run
from workbook.locate import shipped
from workbook.proposal import Proposals

EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
EDIT = Path(__file__).with_name("uno_type.py")
OFFICE_PYTHON = "/usr/bin/python3"
TOLERANCE = 1e-9
ESCALATIONS = ("energy_escalation", "salary_escalation")  # blank ones stand on the sheet as the inflation was
MEASURES = ("tco", "npv", "total", "capex", "opex", "per_user_month")
CHANGES = {  # customer, input, new value: none of them changes the fleet
    "tariff": ("REF-70B-50K", 0.31),
    "wacc": ("0007", 0.11),
    "gpu_price": ("US-BANK-11", 41000),
    "node_price": ("PL-SHOP-9", 91000),
    "api_output_price": ("CA-UNI-6", 44),
    "seat_price": ("SG-MFG-4", 11),
    "inflation": ("FR-CHU-02", 0.07),
    "tax_rate": ("US-BANK-11", 0.4),
    "prompt_tokens": ("GB-LAW-3", 9000),
    "cloud_price": ("IN-IT-8", 3000),
    "residual_rate": ("CH-PB-1", 0.2),
    "sysadmin_salary": ("REF-7B-10K", 250000),
    "ml_fte_max": ("US-BANK-11", 0.5),
    "timing": ("0007", "mid"),
    "depreciation_method": ("US-BANK-11", "syd"),
    "cloud_term": ("REF-70B-10K", "on_demand"),
}


@pytest.fixture(scope="module")
def proposals() -> Proposals:
    return Proposals.load(shipped("templates", "proposal_en.xlsx"))


@pytest.fixture(scope="module")
def names() -> openpyxl.Workbook:
    return openpyxl.load_workbook(shipped("templates", "proposal_en.xlsx"))


@pytest.fixture(scope="module")
def changed(proposals, names, soffice, tmp_path_factory) -> dict[str, openpyxl.Workbook]:
    """Type each change into its proposal in LibreOffice, recalculate hard, save, and read the values."""
    folder = tmp_path_factory.mktemp("changed")
    tasks, saved = [], {}
    for name, (customer, value) in CHANGES.items():
        path = folder / f"{name}.xlsx"
        path.write_bytes(proposals.make(EXAMPLES[customer]).data)
        saved[name] = folder / f"{name}_saved.xlsx"
        sheet, cell = place(names, f"in_{name}")
        tasks.append({"file": str(path), "saved": str(saved[name]), "sheet": sheet, "cell": cell, "value": value})
    run([OFFICE_PYTHON, str(EDIT), json.dumps({"command": soffice.command(), "tasks": tasks})], timeout=300)
    return {name: openpyxl.load_workbook(path, data_only=True) for name, path in saved.items()}


def place(book: openpyxl.Workbook, name: str) -> tuple[str, str]:
    ((sheet, reference),) = book.defined_names[name].destinations
    return sheet, reference.replace("$", "")


def value(values: openpyxl.Workbook, names: openpyxl.Workbook, name: str) -> object:
    sheet, cell = place(names, name)
    return values[sheet][cell].value


@pytest.mark.soffice
@pytest.mark.parametrize("name", CHANGES)
def test_the_native_model_follows_as_a_fresh_run_of_the_engine(name, changed, names):
    customer, typed = CHANGES[name]
    inputs = EXAMPLES[customer].inputs
    standing = {same: resolve(inputs, same).value for same in ESCALATIONS}  # on the sheet they stand, and stay
    fresh = Inputs.read({**standing, **inputs.typed, name: typed})
    for option in inputs.option_ids:
        result = tco.evaluate(fresh, option)
        scale = max(1.0, *(float(abs(result.line(line)[0]).sum()) for line in result.lines))
        for measure in MEASURES:
            wanted = float(getattr(result, measure)[0])
            found = value(changed[name], names, f"out_{option}_{measure}")
            assert abs(found - wanted) <= TOLERANCE * (scale if measure != "per_user_month" else max(1.0, wanted)), (
                option,
                measure,
                found,
                wanted,
            )


@pytest.mark.soffice
@pytest.mark.parametrize("name", CHANGES)
def test_checks_stay_green_and_the_stated_figures_say_that_they_are_old(name, changed, names):
    values = changed[name]
    red = [n for n in names.defined_names if n.startswith("chk_") and value(values, names, n) != 1]
    assert red == []
    assert value(values, names, "out_inputs_changed") == 1
    assert "older than the inputs" in "".join(str(c.value) for c in values["Questions"][3])
    assert "older than the inputs" in "".join(str(c.value) for c in values["Sensitivity"][3])
    assert any("Inputs have been changed" in str(c.value) for row in values["Summary"].iter_rows() for c in row)


def test_as_delivered_nothing_is_old(proposals):
    book = openpyxl.load_workbook(io.BytesIO(proposals.make(EXAMPLES["0007"]).data), data_only=True)
    assert "older than the inputs" not in "".join(str(c.value) for c in book["Questions"][3])
    assert FRESH == "out_inputs_changed=0"


def test_a_longer_horizon_than_the_stated_fleet_turns_a_check_red(proposals, names):
    """The need of GPUs is stated for the years of the horizon; a year more has none, and its costs would be missing."""
    made = proposals.make(EXAMPLES["US-BANK-11"]).data
    sheet, cell = place(names, "in_horizon")
    row, column = names[sheet][cell].row, names[sheet][cell].column
    calculator = Calculator(made)
    values = calculator.calculate({(sheet, row, column): 7.0})
    sheet, cell = place(names, "chk_stated")
    assert values[sheet, names[sheet][cell].row, names[sheet][cell].column] == 0
