"""Another catalogue counts inside its block only, and is read with every mistake in it named."""

import dataclasses
import re
import shutil
import threading

import pytest

from engine import catalog, prices, tco
from engine.catalog.tables import SHIPPED, read_tables, rows
from engine.errors import EngineError, NotAvailable
from engine.inputs import Inputs

API_HEADER = (
    "id,provider,model,input_per_mtok,cached_input_per_mtok,output_per_mtok,tiering,unit,source,as_of,confidence"
)
CASE = {"gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "node_price": 60000}


@pytest.fixture
def dearer(tmp_path):
    """The shipped GPUs, with the H100 at 50,000 to 50,000 USD."""
    text = (SHIPPED / "gpus.csv").read_text(encoding="utf-8")
    changed = text.replace("25000,40000", "50000,50000")
    assert changed != text
    (tmp_path / "gpus.csv").write_text(changed, encoding="utf-8")
    return tmp_path


def test_results_follow_the_other_catalogue_inside_its_block_only(dearer):
    case = Inputs.read(CASE)
    assert tco.onprem(case, "acquisition") == 60000 + 8 * 32500
    with catalog.using(dearer):
        assert tco.onprem(case, "acquisition") == 60000 + 8 * 50000
        assert catalog.energy("us-industrial").value == 0.0977  # a table that the folder does not hold
    assert tco.onprem(case, "acquisition") == 60000 + 8 * 32500


def test_an_error_inside_the_block_ends_it(dearer):
    with pytest.raises(NotAvailable), catalog.using(dearer):
        catalog.gpu("h999")
    assert catalog.gpu("h100-sxm").price_usd == 32500


def test_another_thread_reads_the_shipped_catalogue(dearer):
    # cells are evaluated in threads of their host
    seen = []
    with catalog.using(dearer):
        thread = threading.Thread(target=lambda: seen.append(catalog.gpu("h100-sxm").price_usd))
        thread.start()
        thread.join()
        assert catalog.gpu("h100-sxm").price_usd == 50000
    assert seen == [32500]


def test_blocks_nest_and_a_changed_file_is_read_anew(dearer, tmp_path_factory):
    energy = tmp_path_factory.mktemp("energy")
    shutil.copy(SHIPPED / "energy.csv", energy)
    with catalog.using(dearer), catalog.using(energy):
        assert catalog.gpu("h100-sxm").price_usd == 32500  # the inner one alone counts
    text = (dearer / "gpus.csv").read_text(encoding="utf-8")
    (dearer / "gpus.csv").write_text(text.replace("50000,50000", "60000,60000"), encoding="utf-8")
    with catalog.using(dearer / "gpus.csv"):
        assert catalog.gpu("h100-sxm").price_usd == 60000


def test_the_shipped_folder_read_as_another_equals_the_shipped_one():
    assert {table: read_tables(SHIPPED)[table] for table in ("gpu", "cloud", "llm")} == {
        table: rows(table) for table in ("gpu", "cloud", "llm")
    }


def test_own_token_prices_win_over_the_price_book_by_id_alias_and_bare_name(tmp_path):
    row = "{id},{p},{m},{price},,20,flat,USD per 1M tokens,our contract,{day},high"
    lines = [
        API_HEADER,
        row.format(id="openai/gpt-4-turbo", p="openai", m="gpt-4-turbo", price=8, day="2026-06"),
        row.format(id="openai/gpt-4-turbo", p="openai", m="gpt-4-turbo", price=7, day="2026-10"),
        row.format(id="ourhost/our-model", p="ourhost", m="our-model", price=0.25, day="2026-10"),
    ]
    (tmp_path / "api.csv").write_text("\n".join(lines), encoding="utf-8")
    import datetime as dt

    assert prices.api_price("gpt-4-turbo") == 10
    with catalog.using(tmp_path):
        assert prices.api_price("gpt-4-turbo") == prices.api_price("OpenAI/GPT-4-turbo") == 7
        assert prices.api_price("our-model") == 0.25
        assert prices.price_source("gpt-4-turbo") == ("our contract", "2026-10", "high")
        assert catalog.field("api", "our-model", "output_per_mtok") == 20
        assert catalog.ids("api", "our-model") == [["ourhost/our-model"]]
        assert prices.api_price("gpt-4-turbo", "input", dt.date(2026, 7, 1)) == 8
        assert prices.api_price("gpt-4-turbo", "input", dt.date(2026, 1, 1)) == 10  # before the first row: the book
        assert prices.api_price("gpt-4o") == 2.5  # not in the table: the book
        with pytest.raises(NotAvailable, match="ourhost/our-model has no cached_input price"):
            prices.api_price("our-model", "cached_input")
    assert prices.api_price("gpt-4-turbo") == 10
    with pytest.raises(NotAvailable, match="our-model"):
        prices.api_price("our-model")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.replace("h100-sxm,H100", ",H100", 1), "line 8: id is blank"),
        (lambda t: t.replace(",989,", ",989 TF,", 1), 'fp16_dense_tflops is "989 TF", a number is asked'),
        (lambda t: t.replace(",989,", ",nan,", 1), "fp16_dense_tflops is nan, a finite number is asked"),
        (lambda t: t.replace(",989,", ",,", 1), "fp16_dense_tflops is blank; this figure is required"),
        (lambda t: t.replace(",tdp_w,", ",watts,", 1), "lacks tdp_w and has unknown watts"),
        (lambda t: t.splitlines()[0], "has no row below its header"),
        (lambda _t: "", "lacks id, "),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path, change, sentence):
    text = (SHIPPED / "gpus.csv").read_text(encoding="utf-8")
    (tmp_path / "gpus.csv").write_text(change(text), encoding="utf-8")
    with pytest.raises(EngineError, match=re.escape(sentence)) as caught, catalog.using(tmp_path):
        pass
    assert str(caught.value).startswith("gpus.csv")


def test_a_folder_without_tables_says_what_is_asked(tmp_path):
    with pytest.raises(NotAvailable, match=r"asked for one or more of gpus\.csv"), catalog.using(tmp_path):
        pass


def test_columns_of_token_prices_are_those_of_the_price_book():
    # a cell asks both for the same fields
    assert [f.name for f in dataclasses.fields(catalog.ApiPrice)] != []
    assert {f.name for f in dataclasses.fields(catalog.ApiPrice)} == set(prices.record("gpt-4-turbo"))
