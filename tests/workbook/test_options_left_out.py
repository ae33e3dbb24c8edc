"""What a proposal says where options are left out, where two tie, and where a hybrid owns nothing."""

import datetime as dt
import re
import zipfile

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from test_proposal import TEMPLATE, named

from engine.inputs import OPTION_IDS, Inputs
from workbook.contents import contents
from workbook.customers import Customer
from workbook.lint.contract import faults
from workbook.locate import shipped
from workbook.proposal import Proposals

CASE = {
    "users": 200, "queries_per_user_day": 5, "prompt_tokens": 1000, "output_tokens": 500, "model": "llama-3.1-8b",
    "gpu": "l40s", "gpus_per_replica": 1, "replica_rps": 4, "node_price": 60000, "api_model": "gpt-4o-mini",
    "seat_price": 25, "horizon": 3, "currency": "EUR", "fx_rate": 0.9, "fx_as_of": "2026-11-16",
}  # fmt: skip


def of(inputs: Inputs) -> Customer:
    return Customer(2, "C1", "Any", dt.date(2026, 11, 23), inputs)


def made(folder, options: str, case=CASE):
    customer = of(Inputs.read({**case, "options": options}))
    path = folder / f"{options.replace(',', '-')}.xlsx"
    path.write_bytes(Proposals.load(TEMPLATE).make(customer).data)
    return path


def test_the_axis_of_queries_ends_where_the_plan_would_grow(tmp_path):
    """Hardware of the engine: as planned just before the end, more just after it."""
    case = {**CASE, "users": 30000, "user_growth": 0.15, "peak_factor": 2, "spare_replicas": 1, "options": "onprem,api"}
    inputs = Inputs.read(case)
    book = openpyxl.load_workbook(made(tmp_path, "onprem,api", case), data_only=True)
    labels = {row[1].value: row[2].value for row in book["ChartData"].iter_rows()}
    end = labels["End of the axis: planned load of the fleet"]
    assert end > inputs.queries_per_user_day
    planned, before, after = (
        contents(of(inputs.replaced(queries_per_user_day=queries))).fleet.replicas.sum()
        for queries in (inputs.queries_per_user_day, end * 0.9999, end * 1.0001)
    )
    assert planned == before < after


def hidden(book, sheet: str) -> set[int]:
    return {row for row, dimension in book[sheet].row_dimensions.items() if dimension.hidden}


@pytest.mark.parametrize("options", ["seat", "onprem,api", "onprem,hybrid,api,seat"])
def test_no_series_of_an_option_left_out_has_a_cell_that_is_shown(tmp_path, options):
    """Not even its years: LibreOffice keeps a series in the legend as long as one of its ranges is shown."""
    path = made(tmp_path, options)
    book = openpyxl.load_workbook(path)
    with zipfile.ZipFile(path) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    (chart,) = (text for text in charts if "scatterChart" in text)
    series = re.findall(r"<c:xVal>.*?<c:f>(.*?)</c:f>.*?<c:yVal>.*?<c:f>(.*?)</c:f>", chart, re.DOTALL)
    assert len(series) == len(OPTION_IDS) + 1  # and the break-even
    unseen = hidden(book, "CashFlow")
    shown = [
        [range_boundaries(area.rpartition("!")[2])[1] not in unseen for area in pair]
        for pair in series
        if pair[1].startswith("CashFlow!")
    ]
    assert sorted(shown, reverse=True) == [[True, True]] * len(options.split(",")) + [[False, False]] * (
        len(OPTION_IDS) - len(options.split(","))
    )


@pytest.mark.parametrize(("options", "stray"), [("onprem,api", False), ("onprem,hybrid,api", True)])
def test_shares_by_age_are_shown_with_the_options_that_take_them(tmp_path, options, stray):
    book = openpyxl.load_workbook(made(tmp_path, options))
    labels = {book["Alternatives"].cell(row, 2).value: row for row in range(1, book["Alternatives"].max_row + 1)}
    assert (labels["Depreciation"] not in hidden(book, "Alternatives")) is stray


def test_a_hybrid_that_owns_nothing_ties_and_is_said_to(tmp_path):
    book = openpyxl.load_workbook(made(tmp_path, "hybrid,onprem,api"), data_only=True)  # the order typed is not ours
    assert named(book, "out_text_recommendation").endswith(", as much as Own servers and a provider.")
    assert (named(book, "out_api_rank"), named(book, "out_hybrid_rank")) == (1, 2)
    texts = {cell.value for row in book["Summary"].iter_rows() for cell in row if isinstance(cell.value, str)}
    assert "Beside the token API it is best to own no server at all." in texts
    assert any(text.startswith("Cheapest with half the demand and the size kept: Token API;") for text in texts)
    assert any(text.startswith("Token API or Own servers and a provider: cheapest in 100.0%") for text in texts)


def test_one_option_alone_has_no_order_to_change(tmp_path):
    book = openpyxl.load_workbook(made(tmp_path, "seat"), data_only=True)
    texts = {cell.value for row in book["Summary"].iter_rows() for cell in row if isinstance(cell.value, str)}
    assert "One option alone is compared: no input can change the order." in texts
    assert not [text for text in texts if text.startswith("No single input")]


@pytest.mark.parametrize("language", ["en", "es", "pl", "it"])
def test_the_offer_keeps_the_contract(language):
    path = shipped("templates", f"offer_{language}.xlsx")
    assert faults(path.read_bytes(), path.name) == []
