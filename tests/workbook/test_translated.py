"""Proposals and offers in four languages: the same names, numbers and pages, and no English left over."""

import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace

import openpyxl
import pytest
from test_formulatext import office_with

from engine.inputs import OPTION_IDS, assumptions
from workbook import customers, lint
from workbook.author import brand, offer, proposal
from workbook.author.labels import CHOICES
from workbook.author.translated import MissingPhrases, TranslatedBook
from workbook.languages import LANGUAGES, language, read_phrases, says_something
from workbook.locate import shipped
from workbook.proposal import Proposals

OTHERS = [code for code in LANGUAGES if code != "en"]
EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
CUSTOMERS = ("0007", "PL-SHOP-9")
ERRORS = ("###", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "Err:5", "{{")
BUILDS = {
    "proposal": lambda code: proposal.build(language(code), BRAND),
    "offer": lambda code: offer.build(language(code)),
}
BRAND = brand.read(shipped("templates", "brand.toml"))
STAYS = {  # words that are the same in a language as in English
    "GPU", "TCO", "Id", "id", "s", "h", "kW", "kWh", "kW/GPU", "s/h", "1/s", "token", "token/Mtok", "Mtok", "x",
    "kW, kWh, PUE", "Capital", "Total", "Tokens", "Model", "Region", "Hardware", "Colocation", "replica", "FTE", "IRR",
    "Percentile", "llm-tco {{engine_version}}", "Total: {option}", "{{currency}}/GPU", "{{currency}}/kWh",
    "{{currency}}/GPU/h", "{{currency}}/Mtok", "{{currency}}/USD",
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, str, str], bytes]:
    """Proposals and offers of two customers in every language."""
    return {
        (family, code, id_): Proposals.load(shipped("templates", f"{family}_{code}.xlsx")).make(EXAMPLES[id_]).data
        for family in BUILDS
        for code in LANGUAGES
        for id_ in CUSTOMERS
    }


@pytest.fixture(scope="module")
def books(made) -> dict[tuple[str, str, str], openpyxl.Workbook]:
    return {key: openpyxl.load_workbook(io.BytesIO(data), data_only=True) for key, data in made.items()}


def places(book: openpyxl.Workbook) -> dict[str, tuple[int, str]]:
    """Names with the number of the sheet and the cells on it."""
    found = {}
    for name, defined in book.defined_names.items():
        sheet, _, cells = defined.attr_text.rpartition("!")
        found[name] = (book.sheetnames.index(sheet.strip("'").replace("''", "'")), cells)
    return found


def cells(book: openpyxl.Workbook) -> dict[tuple[int, str], object]:
    return {
        (number, cell.coordinate): cell.value
        for number, sheet in enumerate(book)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("family", BUILDS)
def test_shipped_templates_are_what_the_sources_build(family, code):
    def parts(data: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return {name: package.read(name) for name in package.namelist()}

    ours, built = parts(shipped("templates", f"{family}_{code}.xlsx").read_bytes()), parts(BUILDS[family](code))
    assert [name for name in built if ours.get(name) != built[name]] == [], "run python -m workbook.author"
    assert ours.keys() == built.keys()


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("family", BUILDS)
def test_names_stand_for_the_same_cells_in_every_language(books, family, code):
    assert places(books[family, code, "0007"]) == places(books[family, "en", "0007"])


@pytest.mark.parametrize("id_", CUSTOMERS)
@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("family", BUILDS)
def test_numbers_are_the_same_in_every_language(books, family, code, id_):
    ours, english = cells(books[family, code, id_]), cells(books[family, "en", id_])
    assert ours.keys() == english.keys()
    numbers = {key: value for key, value in english.items() if not isinstance(value, str)}
    assert len(numbers) > (2000 if family == "proposal" else 30)
    assert {key: (value, ours[key]) for key, value in numbers.items() if ours[key] != value} == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_check_is_green(books, code):
    for id_ in CUSTOMERS:
        book = books["proposal", code, id_]
        checks = {n: p for n, p in places(book).items() if n.startswith("chk_")}
        assert len(checks) > 40
        assert {
            n for n, (sheet, cell) in checks.items() if book.worksheets[sheet][cell.replace("$", "")].value != 1
        } == set()


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("family", BUILDS)
def test_no_english_is_left_in_a_cell(books, family, code):
    """What reads as in English is a word that stays, an id, a citation, or the customer's own."""
    ours, english = books[family, code, "0007"], books[family, "en", "0007"]
    named = places(ours)
    inputs = {p for name, p in named.items() if name.startswith(("in_", "out_stated_"))}
    ids = {*assumptions(), *OPTION_IDS, *(choice for a in assumptions().values() for choice in a.spec.choices)}
    own = {EXAMPLES["0007"].name, EXAMPLES["0007"].id, "llm-tco 0.1.0"}
    translated = {row["en"]: row[code] for row in read_phrases()}
    left = []
    theirs = cells(english)
    for key, text in cells(ours).items():
        if not isinstance(text, str) or text != theirs[key] or not says_something(text):
            continue
        address = (key[0], "$" + re.sub(r"(\d+)", r"$\1", key[1]))
        if text in ids | own or text.startswith(("k_", "meta_", "EUR")) or address in inputs or text in STAYS:
            continue
        if any(name == "blk_sources" and key[0] == p[0] for name, p in named.items()) and text not in translated:
            continue  # a citation, or the value of an input as delivered
        if family == "offer" and text not in translated:
            continue
        left.append((key, text))
    assert left == []


def test_the_words_that_stay_are_those_of_the_catalogue():
    same = {row["en"] for row in read_phrases() if any(row[code] == row["en"] for code in OTHERS)}
    assert same == STAYS


@pytest.mark.parametrize(
    ("code", "date", "amount"),
    [
        ("en", "2026-11-23", "458,559"),
        ("es", "23 de noviembre de 2026", "458.559"),
        ("pl", "23 listopada 2026", "458\N{NO-BREAK SPACE}559"),
        ("it", "23 novembre 2026", "458.559"),
    ],
)
def test_dates_and_amounts_in_texts_are_the_customers(books, code, date, amount):
    book = books["proposal", code, "0007"]
    texts = [value for value in cells(book).values() if isinstance(value, str)]
    tco = places(book)["out_api_tco"]
    figure = book.worksheets[tco[0]][tco[1].replace("$", "")].value
    amount = language(code).piece(f"{figure:,.0f}")
    assert date in texts
    recommendation = places(book)["out_text_recommendation"]
    assert amount in book.worksheets[recommendation[0]][recommendation[1].replace("$", "")].value
    assert book.worksheets[1].oddFooter.left.text.startswith("Nordlicht Versicherung AG · ")


@pytest.mark.soffice
@pytest.mark.parametrize(
    ("code", "reader"), [("es", "en-US"), ("es", "es-ES"), ("pl", "en-US"), ("pl", "pl-PL"), ("it", "it-IT")]
)
def test_libreoffice_calculates_the_same_in_the_readers_country(books, made, libreoffice_at, tmp_path, code, reader):
    """Every cell, texts to the letter: with English settings and with those of the customer's country."""
    path = tmp_path / "proposal.xlsx"
    path.write_bytes(made["proposal", code, "PL-SHOP-9"])
    done = office_with(libreoffice_at, tmp_path / "office", reader).recalculate(path)
    theirs = cells(openpyxl.load_workbook(done, data_only=True))
    texts = 0
    for key, ours in cells(books["proposal", code, "PL-SHOP-9"]).items():
        found = theirs.get(key)
        if isinstance(ours, str):
            assert (found or "") == ours, key
            texts += 1
        elif isinstance(ours, int | float):
            assert found == pytest.approx(ours, rel=1e-9, abs=1e-5), key
    assert texts > 1000


@pytest.fixture(scope="module")
def printed(made, soffice, tmp_path_factory) -> dict[tuple[str, str, str], list[str]]:
    """Print everything in one start of LibreOffice, and read the pages."""
    folder = tmp_path_factory.mktemp("languages")
    paths = {key: folder / f"{'_'.join(key)}.xlsx" for key in made}
    for key, path in paths.items():
        path.write_bytes(made[key])
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install poppler-utils"
    command = [program, "-layout"]
    texts = {}
    for key, pdf in zip(paths, soffice.convert(list(paths.values()), "pdf"), strict=True):
        done = subprocess.run([*command, str(pdf), "-"], capture_output=True, text=True, check=True)
        texts[key] = done.stdout.split("\f")[:-1]
    return texts


@pytest.mark.soffice
def test_no_error_and_no_cut_number_on_paper(printed):
    assert [(key, bad) for key, pages in printed.items() for bad in ERRORS if bad in "\f".join(pages)] == []


@pytest.mark.soffice
@pytest.mark.parametrize("id_", CUSTOMERS)
def test_every_language_has_the_same_pages(printed, id_):
    assert {code: len(printed["offer", code, id_]) for code in LANGUAGES} == dict.fromkeys(LANGUAGES, 2)
    counts = {code: sheets(printed["proposal", code, id_], code) for code in LANGUAGES}
    assert counts == dict.fromkeys(LANGUAGES, counts["en"])
    assert len(counts["en"]) == len(proposal.TABS)


def sheets(pages: list[str], code: str) -> list[int]:
    """Count the pages of each sheet, in the order of the book; the footer names the sheet."""
    tabs = [language(code).text(tab) for tab in proposal.TABS]
    found = [tab for page in pages for tab in tabs if re.search(rf"· {re.escape(tab)}\s{{3,}}", page.strip()[-400:])]
    assert len(found) == len(pages)
    counts = Counter(found)
    return [counts[tab] for tab in tabs]


@pytest.mark.soffice
@pytest.mark.parametrize("code", OTHERS)
def test_no_english_phrase_is_left_on_paper(printed, code):
    """Lines of the page, cut where the columns are, against every phrase of the catalogue."""
    english = {row["en"].strip() for row in read_phrases() if row[code] != row["en"] and len(row["en"]) > 3}
    words = {row[code].strip() for row in read_phrases()}
    for family in BUILDS:
        for id_ in CUSTOMERS:
            pieces = {p.strip() for page in printed[family, code, id_] for p in re.split(r"\s{2,}|\n| · ", page)}
            assert (pieces & english) - words - {*assumptions()} == set(), (family, id_)


@pytest.mark.soffice
def test_prices_in_yen_have_no_decimals_and_those_in_euros_have(soffice, tmp_path):
    """A seat costs 4,200 JPY or 27 EUR a month; small prices keep their decimals in any currency."""
    paths = []
    for id_ in ("JP-LOG-5", "ES-AGUA-12"):
        paths.append(tmp_path / f"{id_}.xlsx")
        paths[-1].write_bytes(Proposals.load(shipped("templates", "offer_en.xlsx")).make(EXAMPLES[id_]).data)
    program = shutil.which("pdftotext")
    assert program
    command = [program, "-layout"]
    yen, euros = (
        subprocess.run([*command, str(pdf), "-"], capture_output=True, text=True, check=True).stdout
        for pdf in soffice.convert(paths, "pdf")
    )
    seats = next(line for line in yen.splitlines() if "Seats" in line)
    assert re.search(r" 4,200 ", seats)
    assert "4,200.00" not in seats  # what was typed stands with decimals on the next page
    api = next(line for line in yen.splitlines() if "Token API" in line and "JPY" not in line and "," in line)
    assert re.search(r" \d\d\.\d\d ", api)
    assert re.search(r" \d\d\.\d\d ", next(line for line in euros.splitlines() if "Seats" in line))


def test_a_text_without_a_translation_holds_up_the_book():
    book = TranslatedBook(language("pl"))
    page = book.add_worksheet("Costs")
    page.write_string(0, 0, "Nobody has said this before")
    page.write_formula(1, 0, '="Nor "&A1&" this"')
    page.write_string(2, 0, "Network")
    with pytest.raises(MissingPhrases, match="2 texts have no pl") as caught:
        book.finished()
    assert caught.value.missing == ("Nobody has said this before", "Nor {1} this")


def test_everything_that_reaches_a_file_is_translated():
    book = TranslatedBook(language("it"))
    page = book.add_worksheet("Costs")
    other = book.add_worksheet("CashFlow")
    page.write(0, 0, "Network")
    page.write_row(1, 0, ["Network", 3, None, "users"])
    page.merge_range(2, 0, 2, 3, "Network")
    page.write_url(3, 0, "internal:'CashFlow'!A1", None, "Network")
    page.write_formula(4, 0, "=CashFlow!$A$1*Costs!$A$5", None, 0)
    page.set_footer("&L&8&K7A8591{{customer_label}} · Costs&CPage &P of &N")
    limits = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
    page.data_validation(5, 0, 5, 0, limits | {"error_message": "users must lie between 1 and 1,000"})
    page.conditional_format(
        6, 0, 6, 0, {"type": "formula", "criteria": "=CashFlow!$A$1=1", "format": book.add_format()}
    )
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": "Network", "values": ["CashFlow", 0, 0, 2, 0], "categories": "=CashFlow!$A$1:$A$3"})
    chart.set_title({"name": "Network", "name_font": {"name": "Arial"}})
    chart.set_y_axis({"name": "Network", "num_format": '"Year "0'})
    other.insert_chart(0, 0, chart, {"description": "Network"})
    book.define_name("out_x", "=CashFlow!$A$1")
    book.add_format({"num_format": "#,##0.00"})
    with zipfile.ZipFile(io.BytesIO(book.finished())) as package:
        text = "\n".join(package.read(n).decode() for n in package.namelist() if n.endswith(".xml"))
    assert "Network" not in text.replace("NetworkPanel", "")
    assert text.count("<t>Rete</t>") == 1  # one shared string
    for wanted in (
        "'Flussi di cassa'!$A$1*Costi!$A$5", "· Costi&amp;CPagina &amp;P di &amp;N",
        'location="\'Flussi di cassa\'!A1"',
        "users deve essere compreso tra 1 e 1.000", "<c:f>'Flussi di cassa'!$A$1:$A$3</c:f>", "<a:t>Rete</a:t>",
        "&quot;Anno &quot;0", 'descr="Rete"', "'Flussi di cassa'!$A$1=1", ">'Flussi di cassa'!$A$1<", "<c:v>Rete</c:v>",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_every_choice_is_said_in_words_beside_its_id():
    """Ids are the same everywhere; number formats of the weights and names of software speak for themselves."""
    choices = {a.id: a.spec.choices for a in assumptions().values() if a.spec.choices}
    assert {id_: tuple(words) for id_, words in CHOICES.items()} == {
        id_: found for id_, found in choices.items() if id_ not in {"precision", "engine"}
    }


@pytest.mark.parametrize(("code", "words"), [("en", "straight line"), ("es", "lineal"), ("pl", "liniowa")])
def test_a_choice_is_said_in_the_language_of_the_proposal(code, words):
    example = next(c for c in customers.read(shipped("examples", "customers.csv")).good if c.id == "0007")
    customer = replace(example, inputs=example.inputs.replaced(depreciation_method="sln"))
    book = openpyxl.load_workbook(
        io.BytesIO(Proposals.load(shipped("templates", f"proposal_{code}.xlsx")).make(customer).data), data_only=True
    )
    ((sheet, cell),) = book.defined_names["in_depreciation_method"].destinations
    value = book[sheet][cell.replace("$", "")]
    assert (value.value, book[sheet].cell(value.row, value.column + 1).value) == ("sln", words)


@pytest.mark.parametrize("family", BUILDS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_templates_and_what_is_made_of_them_are_sound(made, family, code):
    path = shipped("templates", f"{family}_{code}.xlsx")
    assert lint.check(path.read_bytes(), path.name) == []
    for id_ in CUSTOMERS:
        assert lint.check(made[family, code, id_], path.name, lint.FILLED) == []


@pytest.mark.sdk
@pytest.mark.parametrize("family", BUILDS)
@pytest.mark.parametrize("code", LANGUAGES)
def test_the_open_xml_sdk_finds_nothing(made, sdk_errors, tmp_path, family, code):
    path = tmp_path / "made.xlsx"
    path.write_bytes(made[family, code, "0007"])
    assert sdk_errors(path) == set()
