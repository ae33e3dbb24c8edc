"""Questions that have no answer: each is told value, limit and remedy, in a cell and in the shell alike."""

import csv
import json
from importlib import resources

import pytest
from click.testing import CliRunner

from engine import prices
from engine.inputs import Inputs
from engine.tco import evaluate as option
from workbook.cells import CellError
from workbook.cli import cli
from workbook.evaluate import evaluate

CASE = {
    "users": 100.0, "seat_price": 30.0, "gpu": "h100-sxm", "gpus": 8.0, "nodes": 1.0, "model_instances": 1.0,
    "node_price": 90000.0, "queries_per_user_day": 10.0, "prompt_tokens": 1000.0, "output_tokens": 500.0,
    "api_model": "gpt-4o",
}  # fmt: skip
ROWS = [["id", "value", "low", "high"], *[[name, value, None, None] for name, value in CASE.items()]]
CROSSED = [ROWS[0], ["users", 100.0, 150.0, 50.0], *ROWS[2:]]
BARE = '{"id","value","low","high";"users",100,150,50;"seat_price",30,"",""}'
PLANS = [["id", "Low", "High"], ["users", 50.0, 200.0]]
BOOK = "Assumptions"

ASKED = [
    ("TCO_SEAT", [ROWS, "tco", "horizon", 0.0], f'=TCO_SEAT({BOOK},"tco","horizon",0)', "#NUM!",
     "horizon: 0 is below 1 yr; write a whole number from 1 to 15"),
    ("TCO_ONPREM", [ROWS, "tco", "hardware_life", 0.0], f'=TCO_ONPREM({BOOK},"tco","hardware_life",0)', "#NUM!",
     "hardware_life: 0 is below 0.5 yr; write a number from 0.5 to 30"),
    ("TCO_TORNADO", [CROSSED, "seat"], f'=TCO_TORNADO({BARE},"seat")', "#NUM!",
     "users: low 150 is above high 50; exchange them"),
    ("TCO_MONTECARLO", [CROSSED, "seat"], f'=TCO_MONTECARLO({BARE},"seat")', "#NUM!",
     "users: low 150 is above high 50; exchange them"),
    ("TCO_BREAKEVEN", [ROWS, "api", "seat", "users", 50.0, 20.0], f'=TCO_BREAKEVEN({BOOK},"api","seat","users",50,20)',
     "#NUM!", "users: low 50 is not below high 20; exchange them"),
    ("TCO_SEAT", [ROWS, "tco", "Middle", PLANS],
     f'=TCO_SEAT({BOOK},"tco","Middle",{{"id","Low","High";"users",50,200}})', "#N/A",
     'scenario: "Middle" is none of base, Low, High; write one of these names'),
    ("TCO_ONPREM", [ROWS, "tco", "currency", "EUR"], f'=TCO_ONPREM({BOOK},"tco","currency","EUR")', "#N/A",
     "fx_rate is required and blank: catalogue amounts are in USD, the results in EUR; set fx_rate, and fx_as_of"),
    ("TCO_ONPREM", [ROWS, "tco", "energy", "de"], f'=TCO_ONPREM({BOOK},"tco","energy","de")', "#N/A",
     "tariff: the catalogue row de is in EUR, the results in USD; type tariff"),
    ("TCO_API_PRICE", ["gpt-4o", "output", "June"], '=TCO_API_PRICE("gpt-4o","output","June")', "#VALUE!",
     'TCO_API_PRICE as_of: "June" is no date; write 2026-11-21 or use a date cell'),
    ("TCO_BREAKEVEN", [ROWS, "seat", "SEAT", "users"], f'=TCO_BREAKEVEN({BOOK},"seat","SEAT","users")', "#VALUE!",
     "option_b: seat is compared with itself; name another of"),
    ("TCO_PAYBACK_MONTHS", [ROWS, "api", "api"], f'=TCO_PAYBACK_MONTHS({BOOK},"api","api")', "#VALUE!",
     "option_b: api is compared with itself; name another of"),
    ("TCO_INVESTMENT", [ROWS, "api", "api"], f'=TCO_INVESTMENT({BOOK},"api","api")', "#VALUE!",
     "option_b: api is compared with itself; name another of"),
    ("TCO_API_FLIP", [ROWS, "api"], f'=TCO_API_FLIP({BOOK},"api")', "#VALUE!",
     'TCO_API_FLIP option: "api" is none of onprem'),
    ("TCO_COMPARE", [ROWS, "tco", "options", "seat, Seat"], f'=TCO_COMPARE({BOOK},"tco","options","seat, Seat")',
     "#VALUE!", "options: seat stands twice, compared with itself; name it once"),
    ("TCO_CRF", [0.08, 0.0], "=TCO_CRF(8%,0)", "#NUM!", "TCO_CRF years: 0 is below 1 yr; write 1"),
    ("TCO_DEPRECIATION", [100.0, 0.0, 1.0], "=TCO_DEPRECIATION(100,0,1)", "#NUM!",
     "TCO_DEPRECIATION life: 0 is below 1 yr; write 1 to 100"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cells", "formula", "code", "sentence"), ASKED, ids=[f"{a[0]}-{a[4][:24]}" for a in ASKED]
)
def test_the_sentence_names_value_limit_and_remedy(name, cells, formula, code, sentence):
    answer = evaluate(name, cells)
    assert isinstance(answer, CellError)
    assert (answer.code, answer.message[: len(sentence)]) == (code, sentence)
    settings = [text for id_, value in CASE.items() for text in ("--set", f"{id_}={value}")]
    shell = json.loads(CliRunner().invoke(cli, ["eval", formula, "--json", *settings]).stdout)
    assert (shell["error"], shell["message"][: len(sentence)]) == (code, sentence)


def without_date(folder):
    """Copy the catalogue, with no date at the row of a GPU."""
    for table in resources.files("engine.catalog").iterdir():
        if table.name.endswith(".csv"):
            (folder / table.name).write_bytes(table.read_bytes())
    path = folder / "gpus.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[0] == "h100-sxm":
            row[header.index("as_of")] = ""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_a_price_without_a_date_is_refused_where_it_is_used(tmp_path):
    without_date(tmp_path)
    settings = [text for id_, value in CASE.items() for text in ("--set", f"{id_}={value}")]

    def shell(*more):
        done = CliRunner().invoke(
            cli, ["eval", '=TCO_ONPREM(Assumptions,"capex")', "--json", "--catalog", str(tmp_path), *settings, *more]
        )
        return json.loads(done.stdout)

    told = shell()
    assert told["error"] == "#N/A"
    assert told["message"].startswith("gpu_price: 32500 of the catalogue (")
    assert told["message"].endswith("has no date; fill as_of of its row, or type gpu_price")
    assert shell("--set", "gpu_price=30000")["value"] == 8 * 30000 + 90000
    found = json.loads(CliRunner().invoke(cli, ["catalog", "check", "--json", "--catalog", str(tmp_path)]).stdout)
    assert any("as_of" in json.dumps(finding) and "h100-sxm" in json.dumps(finding) for finding in _findings(found))


def _findings(found):
    return found if isinstance(found, list) else found["findings"]


def test_an_exchange_rate_without_a_date_is_a_warning():
    undated = Inputs.read({"users": 100, "seat_price": 30, "currency": "EUR", "fx_rate": 0.9})
    assert option(undated, "seat").warnings == ["fx_rate 0.9 EUR/USD has no date; set fx_as_of"]
    assert option(undated.replaced(fx_as_of=prices.PRICE_BOOK_DATE), "seat").warnings == []
    assert option(undated.replaced(currency="USD", fx_rate=None), "seat").warnings == []
