"""Which template a row gets: the one that is named, in the language of the row."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from engine.errors import NotAvailable
from engine.inputs import Inputs
from workbook import customers
from workbook.customers import Customer
from workbook.languages import LANGUAGES
from workbook.locate import shipped
from workbook.problems import Problem
from workbook.rowtemplate import families, template_of

ROOT = Path(__file__).parents[2]


def customer(language: str = "", template: str = "") -> Customer:
    return Customer(2, "c1", "C", dt.date(2026, 3, 15), Inputs.read({"users": 10}), language, template)


def name_of(found: Path | Problem) -> str:
    assert isinstance(found, Path), found
    return found.name


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("template", "family"),
    [
        (None, "proposal"),
        (Path("proposal"), "proposal"),
        (Path("offer"), "offer"),
        (Path("offer_en.xlsx"), "offer"),
        (Path("proposal_it.xlsx"), "proposal"),
        (shipped("templates", "offer_pl.xlsx"), "offer"),
    ],
)
def test_a_row_gets_the_member_of_the_family_in_its_language(template, family, code):
    assert name_of(template_of(customer(code), template)) == f"{family}_{code}.xlsx"


def test_without_a_language_the_template_is_the_one_that_is_named():
    assert name_of(template_of(customer(), Path("proposal_it.xlsx"))) == "proposal_it.xlsx"
    assert name_of(template_of(customer(), None)) == "proposal_en.xlsx"
    assert name_of(template_of(customer(), Path("offer"))) == "offer_en.xlsx"
    assert name_of(template_of(customer("", "offer"), None)) == "offer_en.xlsx"


def test_the_template_of_a_row_goes_before_that_of_the_run():
    assert name_of(template_of(customer("es", "offer_en.xlsx"), Path("proposal_en.xlsx"))) == "offer_es.xlsx"
    assert name_of(template_of(customer("es", "offer"), None)) == "offer_es.xlsx"


def test_siblings_of_a_template_stand_beside_it(tmp_path):
    for code in ("en", "pl"):
        shutil.copy(shipped("templates", f"proposal_{code}.xlsx"), tmp_path / f"house_{code}.xlsx")
    path = tmp_path / "house_en.xlsx"
    assert template_of(customer("pl"), path) == tmp_path / "house_pl.xlsx"
    assert template_of(customer("en"), path) == path
    problem = template_of(customer("it"), path)
    assert isinstance(problem, Problem)
    assert str(problem) == (
        "row 2 (c1), language it: has no template: house_it.xlsx is not beside house_en.xlsx: "
        "write one of en, pl, or add that file"
    )


def test_a_language_that_nobody_speaks_here_names_the_four():
    for template in (None, Path("proposal_en.xlsx"), shipped("templates", "offer_en.xlsx")):
        problem = template_of(customer("fr"), template)
        assert str(problem) == "row 2 (c1), language fr: has no template: write one of en, es, pl, it"


def test_a_template_of_its_own_keeps_its_language(tmp_path):
    path = tmp_path / "house.xlsx"
    shutil.copy(shipped("templates", "proposal_es.xlsx"), path)
    assert template_of(customer("es"), path) == path
    assert template_of(customer(), path) == path
    problem = template_of(customer("pl"), path)
    assert isinstance(problem, Problem)
    assert "is not the language of house.xlsx, which is es" in str(problem)


def test_a_template_that_is_not_there_stops_the_run():
    with pytest.raises(NotAvailable, match=r"no nothing.xlsx among the shipped templates"):
        template_of(customer(), Path("nothing.xlsx"))
    assert set(families()) == {"proposal", "offer"}


def cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbook.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_batch_in_four_languages_with_the_second_template(tmp_path):
    data = tmp_path / "data.csv"
    given = {"users": "100", "queries_per_user_day": "20", "prompt_tokens": "900", "output_tokens": "300",
             "api_model": "gpt-4-turbo", "seat_price": "30", "options": '"api,seat"'}  # fmt: skip
    head = ",".join(["customer_id,customer_name,proposal_date,language,template", *given])
    figures = ",".join(given.values())
    rows = [f"{code},Customer,2026-03-15,{code},,{figures}" for code in (*LANGUAGES, "de")]
    rows.append(f"own,Customer,2026-03-15,it,proposal_en.xlsx,{figures}")
    data.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    done = cli("batch", data, "--template", "templates/offer_en.xlsx", "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    assert "row 6 (de), language de: has no template: write one of en, es, pl, it" in done.stderr
    listed = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["proposals"]
    used = {record["id"]: record["template"] for record in listed}
    assert used == {code: f"offer_{code}.xlsx" for code in LANGUAGES} | {"own": "proposal_it.xlsx"}
    index = openpyxl.load_workbook(tmp_path / "out" / "index.xlsx")["Proposals"]
    column = [cell.value for cell in index[1]].index("Template")
    assert {row[0]: row[column] for row in index.iter_rows(min_row=2, values_only=True)} == used
    dates = {}
    for code in LANGUAGES:
        book = openpyxl.load_workbook(tmp_path / "out" / f"{code}.xlsx")
        dates[code] = book.worksheets[0]["C4"].value.split(" · ")[0]
    assert dates == {"en": "2026-03-15", "es": "15 de marzo de 2026", "pl": "15 marca 2026", "it": "15 marzo 2026"}
    assert openpyxl.load_workbook(tmp_path / "out" / "own.xlsx").sheetnames[0] == "Copertina"


def test_the_examples_speak_four_languages():
    found = customers.read(shipped("examples", "customers.csv"))
    assert {c.language or "en" for c in found.good} == set(LANGUAGES)
    assert {c.language: str(c.inputs.currency).upper() for c in found.good if c.language in {"pl", "it", "es"}} == {
        "pl": "PLN", "it": "EUR", "es": "EUR",
    }  # fmt: skip
