"""Published cost cases as the formulas that a reader would type, each with its source.

A case without a formula says in its note why: it is a ratio of printed numbers, or a function that Excel already has,
or another test of this folder covers it. Two notations keep the formulas short: `breakeven(capex, own_h, cloud_h)` is
the row of yearly flows of buying against renting, `api(hardware, gpus, kw, tokens_per_s, input, output)` that of local
capacity (176 h a month, a third of the tokens input, 0.15 USD/kWh) against the value of its tokens at API prices.
"""

import csv
import re
from pathlib import Path

import pytest

from workbook.headless import evaluate_formula

ASSUMPTIONS = [
    ["users", 50000.0], ["queries_per_user_day", 25.0], ["prompt_tokens", 1000.0], ["output_tokens", 500.0],
    ["api_input_price", 10.0], ["api_output_price", 30.0], ["capital_mode", "none"], ["gpu", "h100-pcie"],
    ["cloud_gpus_per_instance", 8.0], ["cloud_licence_price", 1.0],
]  # fmt: skip
ROWS = list(csv.DictReader((Path(__file__).parent / "cost_cases.csv").read_text(encoding="utf-8").splitlines()))
YEARS = 8


def flow_row(first, yearly):
    return "{" + ",".join([repr(-first), *[repr(yearly)] * YEARS]) + "}"


def breakeven(capex, own_hour, cloud_hour):
    return flow_row(capex, (cloud_hour - own_hour) * 8760)


def api(hardware, gpus, kw, tokens_per_s, input_price, output_price):
    mtok = tokens_per_s * 176 * 3600 / 1e6
    value = mtok * (input_price / 3 + output_price * 2 / 3)
    return flow_row(hardware, 12 * (value - gpus * kw * 176 * 0.15))


def spelled_out(formula):
    def expand(match):
        numbers = [float(part) for part in match.group(2).split(",")]
        return {"breakeven": breakeven, "api": api}[match.group(1)](*numbers)

    return re.sub(r"\b(breakeven|api)\(([^)]*)\)", expand, formula)


@pytest.mark.parametrize("row", [r for r in ROWS if r["formula"]], ids=lambda r: r["case"])
def test_published_case(row):
    got = evaluate_formula(spelled_out(row["formula"]), None, ASSUMPTIONS)
    assert got == pytest.approx(float(row["expected"]), abs=float(row["tolerance"]), rel=1e-12), row["note"]


@pytest.mark.parametrize("row", [r for r in ROWS if not r["formula"]], ids=lambda r: r["case"])
def test_a_case_without_formula_says_why(row):
    assert row["note"], row["case"]
    named = re.match(r"(test_\w+\.py)", row["note"])
    assert named is None or (Path(__file__).parent / named.group(1)).exists()


def test_no_case_stands_twice_and_all_have_a_source():
    assert len({row["case"] for row in ROWS}) == len(ROWS) == 73
    assert all(row["source"] for row in ROWS)
