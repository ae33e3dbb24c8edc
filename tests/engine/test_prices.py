"""The price book: list prices, dates, names that several providers carry, and no network."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from engine import catalog, prices
from engine.errors import NotAvailable
from engine.prices import PRICE_BOOK_DATE, api_price, price_source
from workbook.registry import function

# Prices of 2026-11-21 in genai-prices 0.2.3 that the price list of litellm 1.109.1 confirms, and first the prices that
# were published: OpenAI's list of April 2024, arXiv:2509.18101 table I, Groq and Together.
# input, cached input, output [USD/Mtok]
LIST = {
    "gpt-4-turbo": (10, None, 30),
    "gpt-4": (30, None, 60),
    "gpt-5": (1.25, 0.125, 10),
    "gemini-2.5-pro": (1.25, 0.125, 10),
    "claude-opus-4-0": (15, 1.5, 75),
    "grok-4-0709": (3, 0.75, 15),
    "gpt-4o": (2.5, 1.25, 10),
    "gpt-4o-mini": (0.15, 0.075, 0.6),
    "gpt-4.1": (2, 0.5, 8),
    "gpt-5-nano": (0.05, 0.005, 0.4),
    "gpt-5.5": (5, 0.5, 30),  # tiered: base
    "o1": (15, 7.5, 60),
    "claude-sonnet-4-5": (3, 0.3, 15),  # tiered: base
    "claude-haiku-4-5": (1, 0.1, 5),
    "claude-opus-5-5": (4, 0.2, 20),
    "gemini-2.5-flash": (0.3, 0.03, 2.5),
    "gemini-3.8-flash": (0.75, 0.075, 3.75),
    "mistral-large-2512": (0.5, 0.05, 1.5),
    "mistral-medium-3-5": (1.5, 0.15, 7.5),
    "groq/llama-3.3-70b-versatile": (0.59, None, 0.79),
    "together/meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo": (3.5, None, 3.5),
    "together/openai/gpt-oss-120b": (0.15, None, 0.6),
    "aws/meta.llama3-3-70b-instruct-v1:0": (0.72, None, 0.72),
    "zai/GLM-5.3": (1.4, 0.26, 4.4),
}


@pytest.mark.parametrize(("model", "expected"), LIST.items(), ids=list(LIST))
def test_list_prices_without_dust(model, expected):
    paid, cached, answered = expected
    assert api_price(model) == paid
    assert api_price(model, "output") == answered
    if cached is None:
        with pytest.raises(NotAvailable, match="no cached_input price in the price book; set api_cached_price"):
            api_price(model, "cached_input")
    else:
        assert api_price(model, "cached_input") == cached


def test_the_query_of_the_vendor_paper():
    # 1,000 prompt and 500 answer tokens of GPT-4 Turbo, 25 queries on 20 days: 12.50 USD per user and month
    query = (1000 * api_price("gpt-4-turbo") + 500 * api_price("gpt-4-turbo", "output")) / 1e6
    assert query * 25 * 20 == 12.5


# Dates ----------------------------------------------------------------------------------------------------------------


def test_without_a_date_the_day_of_the_book_counts():
    assert dt.date(2026, 11, 21) == PRICE_BOOK_DATE
    for model in ("mistral-large-4", "gemini-4-argon", "deepseek-v4-flash"):
        assert api_price(model) == api_price(model, "input", PRICE_BOOK_DATE)


@pytest.mark.parametrize(
    ("model", "day", "expected"),
    [
        ("o3", dt.date(2025, 6, 9), 10),  # OpenAI cut the price by 80 % on 2025-06-10
        ("o3", dt.date(2025, 6, 10), 2),
        ("mistral-large-4", dt.date(2026, 10, 19), 0.68),
        ("mistral-large-4", dt.date(2026, 10, 20), 1.36),
        ("mistral-large-4", dt.date(2026, 10, 29), 0.7),
        ("gemini-4-argon", dt.date(2026, 11, 30), 2),
        ("gemini-4-argon", dt.date(2026, 12, 1), 4),
    ],
)
def test_prices_change_on_their_day(model, day, expected):
    assert api_price(model, "input", day) == expected


def test_a_date_means_its_noon_utc():
    # DeepSeek is dearer from 1:00 to 4:00 and from 6:00 to 10:00 UTC: 0.30 instead of 0.15
    assert api_price("deepseek-v4-flash") == 0.15


# Names ----------------------------------------------------------------------------------------------------------------


def test_names_in_any_case_and_dated_spellings():
    assert api_price(" GPT-4-Turbo ") == api_price("gpt-4-turbo") == api_price("OpenAI/gpt-4-turbo")
    assert price_source("gpt-4o-2024-08-06")[0].endswith("openai/gpt-4o")


def test_a_bare_name_is_the_price_of_its_maker_not_of_a_reseller():
    assert api_price("claude-opus-5-5") == api_price("anthropic/claude-opus-5-5") == 4
    assert api_price("quicksilverpro/claude-opus-5-5") == 1


def test_different_prices_without_a_maker_are_refused_with_the_ids_to_write():
    name = "meta-llama/llama-3.1-70b-instruct"
    with pytest.raises(NotAvailable, match="has different prices") as refused:
        api_price(name)
    offers = [f"novita/{name}", f"openrouter/{name}"]
    assert all(offer in str(refused.value) for offer in offers)
    assert len({api_price(offer) for offer in offers}) == 2


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("gpt4", "gpt-4"),
        ("gpt-4-turbox", "gpt-4-turbo"),
        ("claude-opus", "claude-opus-4-0"),
        ("mistrall-large-4", "large"),
    ],
)
def test_unknown_names_get_suggestions(name, close):
    with pytest.raises(NotAvailable, match=f'no api model "{name}" in the price book; did you mean .*{close}'):
        api_price(name)


@pytest.mark.parametrize("name", ["", "/", "openai/", "no-such-provider/no-such-model"])
def test_nonsense_is_not_available(name):
    with pytest.raises(NotAvailable):
        api_price(name)


def test_every_id_of_the_table_finds_its_own_row():
    for (id_,) in catalog.ids("api"):
        assert prices.record(id_)["id"] == id_


def test_row_of_the_catalogue():
    assert catalog.field("api", "gpt-4-turbo", "output_per_mtok") == 30
    assert catalog.field("api", "gpt-4-turbo", "provider") == "openai"
    assert catalog.field("api", "gpt-4-turbo", "tiering") == "flat"
    assert catalog.field("api", "gemini-2.5-pro", "tiering") == "tiered"
    assert catalog.field("api", "o3", "input_per_mtok", dt.date(2025, 6, 9)) == 10
    assert catalog.field("api", "gpt-4-turbo", "as_of") == "2026-11-21"
    assert ["openai/gpt-4-turbo"] in catalog.ids("api", "gpt-4-t")
    with pytest.raises(NotAvailable, match="openai/gpt-4-turbo has no cached_input_per_mtok"):
        catalog.field("api", "gpt-4-turbo", "cached_input_per_mtok")


def test_models_not_billed_by_token_have_no_price():
    with pytest.raises(
        NotAvailable, match="openai/whisper-1 has no input price in the price book; set api_input_price"
    ):
        api_price("whisper-1")


def test_no_network():
    script = """
import sys
def refuse(event, _arguments):
    if event.startswith("socket."):
        raise SystemExit(f"network: {event}")
sys.addaudithook(refuse)
from engine.prices import api_price
print(api_price("gpt-4-turbo", "output"))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("30.0", 0), done.stderr


def test_the_price_book_is_read_on_first_use_only():
    script = "import sys, engine.catalog, engine.prices; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False).returncode == 0


def test_docstring_declares_a_worksheet_function():
    described = function("TCO_TEST", api_price, "test")
    assert [(a.name, a.kind, a.choices) for a in described.arguments] == [
        ("model", "text", ()),
        ("direction", "text", ("input", "output", "cached_input")),
        ("as_of", "date", ()),
        ("prompt_tokens", "number", ()),
    ]
    assert described.unit == "USD/Mtok"


def test_a_price_for_a_day_that_the_book_does_not_know_is_marked_so():
    source, as_of, confidence = price_source("gpt-4o", dt.date(2020, 1, 1))
    assert source.endswith("no price of 2020-01-01 known")
    assert (as_of, confidence) == ("2026-11-21", "low")
