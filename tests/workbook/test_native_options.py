"""Proposals with all seven options: the native sheets of lease, colo and hybrid, in formualizer and LibreOffice."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from test_proposal import ERRORS, TEMPLATE, TOLERANCE, checks, largest, values

from engine.inputs import Inputs
from workbook.customers import Customer
from workbook.headless import Calculator
from workbook.proposal import Proposals

CASE = {
    "users": 36000, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500, "user_growth": 0.2,
    "model": "llama-3.1-70b", "gpu": "h100-sxm", "gpus_per_replica": 4, "replica_rps": 4, "node_price": 90000,
    "cloud_instance": "aws/p5.48xlarge", "api_model": "gpt-4o", "api_batch_share": 0.3, "seat_price": 30,
    "lease_rate": 0.07, "cost_of_debt": 0.06, "lease_term": 2, "lease_residual": 0.1, "colo_rent": 200,
    "horizon": 4, "hardware_life": 4, "inflation": 0.02, "maintenance_rate": 0.05, "network_rate": 0.1,
    "options": "onprem,cloud,api,seat,lease,colo,hybrid",
}  # fmt: skip
VARIANTS = {
    "taxed": {"tax_rate": 0.25, "lease_end": "buyout", "residual_rate": 0.1, "licence_payment": "prepaid"},
    "cloud": {"hybrid_peak": "cloud", "lease_paid": "yearly", "timing": "mid", "colo_metered": 1, "colo_pue": 1.3},
    "annuity": {"capital_mode": "annuity", "depreciation_benefit": 0.06, "lease_end": "buyout", "licence_bundled": 1},
    "prices": {"api_offpeak_share": 0.4, "api_offpeak_discount": 0.5, "api_volume_mtok": 5000,
               "api_volume_discount": 0.2, "api_long_prompt": 900, "api_long_input_price": 4,
               "api_long_output_price": 12, "load_profile": "0 0 0 0 0 0 1 4 9 9 9 9 8 9 9 9 7 5 3 1 0 0 0 0",
               "peak_factor": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("options")
    proposals = Proposals.load(TEMPLATE)
    for name, more in VARIANTS.items():
        customer = Customer(2, name, "Any", dt.date(2026, 11, 23), Inputs.read({**CASE, **more}))
        (folder / f"{name}.xlsx").write_bytes(proposals.make(customer).data)
    return {name: folder / f"{name}.xlsx" for name in VARIANTS}


def test_every_check_is_green_and_something_is_compared(made):
    for name, path in made.items():
        found = checks(values(path))
        assert {check for check, value in found.items() if value != 1} <= {"chk_utilisation", "chk_all"}, name
        assert found["chk_all"] == found["chk_utilisation"], name
        assert {f"chk_{o}_{m}" for o in ("lease", "colo", "hybrid") for m in ("tco", "npv", "capex")} <= found.keys()
        split = [v for (sheet, _, _), v in values(path).items() if sheet == "Alternatives" and isinstance(v, float)]
        assert len(split) > 300, name


@pytest.mark.soffice
def test_libreoffice_calculates_the_same(made, soffice):
    book = openpyxl.load_workbook(made["taxed"])
    formulas = [(s.title, c.row, c.column) for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    for (name, path), other in zip(made.items(), soffice.recalculate_many(list(made.values())), strict=True):
        ours, theirs = values(path), values(other)
        for key in formulas:
            x, y = ours[key], theirs[key]
            where = f"{name} {key}: {x!r} cached, {y!r} in LibreOffice"
            assert x not in ERRORS, where
            if isinstance(x, int | float) and isinstance(y, int | float):
                scale = max(1.0, abs(x), largest(ours, *key[:2]) if key[0] == "Checks" else 0.0)
                assert abs(x - y) <= TOLERANCE * scale, where
            else:
                assert x == y, where


def row_of(sheet, section: str, label: str) -> int:
    start = next(r for r in range(1, sheet.max_row) if sheet.cell(r, 2).value == section)
    return next(r for r in range(start + 1, sheet.max_row) if sheet.cell(r, 2).value == label)


@pytest.mark.parametrize(
    ("sheet", "section", "label", "option"),
    [
        ("Costs", "Leased servers", "Lease payments", "lease"),
        ("Costs", "Leased servers", "Software licences", "lease"),
        ("Costs", "Own servers in colocation", "Rent", "colo"),
        ("Costs", "Own servers and a provider", "Peaks at the provider", "hybrid"),
        ("Costs", "Own servers and a provider", "Acquisition", "hybrid"),
        ("Alternatives", "Own servers of the split", "Depreciation", "hybrid"),
    ],
)
def test_one_altered_cell_turns_a_check_red(made, tmp_path, sheet, section, label, option):
    book = openpyxl.load_workbook(made["taxed"])
    cell = book[sheet].cell(row_of(book[sheet], section, label), 8 + 2)  # year 2
    assert cell.data_type == "f"
    cell.value = f"{cell.value}+1"
    book.save(tmp_path / "altered.xlsx")
    found = checks(Calculator((tmp_path / "altered.xlsx").read_bytes()).calculate({}))
    assert (found["chk_all"], found[f"chk_{option}_tco"]) == (0, 0)
    untouched = {"lease", "colo", "hybrid", "seat"} - {option}
    assert {found[f"chk_{o}_tco"] for o in untouched} == {1}


def test_options_that_are_not_compared_are_hidden(made):
    customer = Customer(2, "c", "Any", dt.date(2026, 11, 23), Inputs.read({**CASE, "options": "onprem,colo"}))
    path = made["taxed"].with_name("two.xlsx")
    path.write_bytes(Proposals.load(TEMPLATE).make(customer).data)
    sheet = openpyxl.load_workbook(path)["Costs"]
    hidden = {
        option: sheet.row_dimensions[row_of(sheet, option, "Software licences")].hidden
        for option in ("Own servers", "Leased servers", "Own servers in colocation", "Own servers and a provider")
    }
    assert list(hidden.values()) == [False, True, False, True]
    assert checks(values(path))["chk_all"] == 1
