"""The catalogue of phrases: complete, with the same places, one word for one thing, short enough for its cell."""

import ast
import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal

from engine.inputs import OPTION_IDS, assumptions
from workbook import customers
from workbook.author import frontmatter, proposal
from workbook.author.grid import Row, walk
from workbook.author.labels import LABELS, SECTIONS
from workbook.contents import contents
from workbook.languages import LANGUAGES, PLURAL, language, places, read_phrases, says_something
from workbook.locate import shipped

ROOT = Path(__file__).parents[2]
OTHERS = [code for code in LANGUAGES if code != "en"]
PHRASES = {row["en"]: row for row in read_phrases()}
FORMS = {"en": 2, "es": 2, "it": 2, "pl": 3}

TERMS = {  # English: how the finance people of each language say it, as a pattern
    "residual value": ("valor residual", "wartoś\\w+ rezydualn\\w+|rezyd", "valore residuo|residuo"),
    "depreciation": ("amortiza", "amortyzac", "ammortament"),
    "depreciate": ("amortiza", "amortyz", "ammortizz"),
    "cost of capital": ("coste (.* )?del? capital", "koszt\\w* kapitału|kapitał", "costo .*del capitale"),
    "discount factor": ("de descuento", "współczynnik\\w* dysk(ontow)?", "fattor[ei].* di sconto"),
    "present value": ("valor(es)? actual(es)?", "wartoś\\w+ bieżąc\\w+", "valor[ei] attual[ei]"),
    "cash flow": ("flujo", "przepływ", "fluss[oi]"),
    "cumulative": ("acumulad", "skumulowan", "cumulat"),
    "payback": ("recuperación", "okres zwrotu", "recupero"),
    "internal rate of return": ("tasa interna de retorno", "wewnętrzna stopa zwrotu", "tasso interno di rendimento"),
    "cost of ownership": ("coste total de propiedad", "całkowit\\w+ koszt\\w* posiadania", "costo totale di proprietà"),
    "own servers": ("servidores propios", "własn", "server (di proprietà|propri)"),
    "rented gpus": ("gpu alquiladas", "wynajęt\\w+ gpu", "gpu a noleggio"),
    "token api": ("api por tokens", "api tokenow\\w+", "api a token"),
    "exchange rate": ("tipo de cambio", "kurs\\w* walutow", "tasso di cambio"),
    "tax rate": ("tipo impositivo", "staw[ck]", "aliquota"),
    "tax relief": ("ahorro fiscal", "tarcz\\w+ podatkow", "scudo fiscale"),
    "break-even": ("punto|equilibrio", "zrówn", "pareggio"),
    "horizon": ("horizonte", "horyzon", "orizzonte"),
    "utilisation": ("utilización", "wykorzystani", "utilizzo"),
    "wacc": ("wacc",) * 3,
    "tco": ("tco",) * 3,
    "pue": ("pue",) * 3,
    "npv": ("npv|van|vna",) * 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def written() -> str:
    """Every text that stands in our sources, one below the other."""
    texts = []
    for path in (p for folder in ("engine", "workbook") for p in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts += [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    texts += [
        a.unit.replace("money", "{{currency}}").replace("currency/", "{{currency}}/") for a in assumptions().values()
    ]
    return "\n".join(texts).replace('""', '"')


def test_every_phrase_has_every_language_and_stands_once():
    rows = read_phrases()
    assert [row for row in rows if set(row) != set(LANGUAGES) or not all(row.values())] == []
    assert len(PHRASES) == len(rows)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_places_of_its_phrase(code):
    wrong = {en: row[code] for en, row in PHRASES.items() if places(en) != places(row[code])}
    assert wrong == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_begins_and_ends_as_its_phrase_does(code):
    """With the same blanks, where texts are joined, and with a full stop where that has one."""
    wrong = {}
    for en, row in PHRASES.items():
        text = row[code]
        blanks = (len(en) - len(en.lstrip()), len(en) - len(en.rstrip()))
        kept = blanks == (len(text) - len(text.lstrip()), len(text) - len(text.rstrip())) and "  " not in text.strip()
        stopped = en.rstrip()[-1] not in ".?:" or text.rstrip()[-1] == en.rstrip()[-1]
        if not (kept and stopped):
            wrong[en] = text
    assert wrong == {}


@pytest.mark.parametrize("code", OTHERS)
def test_plural_forms_are_as_many_as_the_language_has(code):
    plurals = {en: row[code] for en, row in PHRASES.items() if PLURAL in en}
    assert len(plurals) >= 2
    assert {en: t for en, t in plurals.items() if en.count(PLURAL) + 1 != 2 or t.count(PLURAL) + 1 != FORMS[code]} == {}


def test_no_phrase_is_an_id():
    """Ids stand in cells that formulas compare, and pass through the translation as they are."""
    assert PHRASES.keys() & {*assumptions(), *OPTION_IDS} == set()


def test_nothing_is_kept_that_nobody_says(written):
    pieces = {
        en: [p for p in re.split(r"\{\w+\}|\|", en.replace("{{", "").replace("}}", "")) if says_something(p)]
        for en in PHRASES
    }
    blob = written.replace("{{", "").replace("}}", "")
    stale = [en for en, found in pieces.items() if not all(piece.strip() in blob for piece in found)]
    assert stale == []


@pytest.mark.parametrize("code", OTHERS)
def test_one_word_for_one_thing(code):
    column = OTHERS.index(code)
    wrong = []
    for en, row in PHRASES.items():
        for term, patterns in TERMS.items():
            if re.search(rf"(?<!or )\b{re.escape(term)}", en, re.IGNORECASE) and not re.search(
                patterns[column], row[code], re.IGNORECASE
            ):
                wrong.append((term, en, row[code]))
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_sheet_is_called_by_its_name(code):
    """Where an English text speaks of sheet Checks, the translation speaks of the tab of that name."""
    tabs = {tab: PHRASES[tab][code] for tab in proposal.TABS}
    assert len(set(tabs.values())) == len(tabs)
    assert [tab for tab in tabs.values() if len(tab) > 20 or set(tab) & set("[]:*?/\\'")] == []
    wrong = [
        (en, row[code])
        for en, row in PHRASES.items()
        for tab in re.findall(r"\bsheet ([A-Z][A-Za-z]+)", en)
        if tabs[tab] not in row[code]
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_labels_fit_their_columns(code):
    """The column of labels takes 38 figures, that of notes 31 and smaller type; letters are narrower than figures."""
    rows = [item for sheet in proposal.model().sheets for item, _ in walk(sheet.items) if isinstance(item, Row)]
    limits = [(row.label, 43) for row in rows] + [(row.note, 50) for row in rows if row.note]
    limits += [(text, 43) for text in (*LABELS.values(), *SECTIONS.values())]
    limits += [(row.unit, 24) for row in rows] + [(a.unit, 27) for a in assumptions().values()]
    long = {}
    for en, limit in limits:
        text = language(code).text(en) or ""
        if len(text) > max(limit, len(en)):
            long[en] = (limit, len(text), text)
    assert long == {}


@pytest.mark.parametrize("code", OTHERS)
def test_paragraphs_take_two_lines(code):
    """The sheet Disclaimer gives each two lines of some 118 letters."""
    texts = [text for _, text in frontmatter.METHOD] + list(frontmatter.DISCLAIMER)
    assert [text for text in texts if len(language(code).text(text) or "") > 2 * 118] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_help_has_a_translation(code):
    assert [a.help for a in assumptions().values() if language(code).text(a.help) is None] == []


@pytest.mark.parametrize("code", OTHERS)
def test_choices_are_explained_where_their_ids_are_english_words(code):
    """The value on the sheet is an id, `advance`; the note beside it says what that means in the reader's language."""
    plain = {"precision", "engine"}  # names of formats and products
    wrong = [
        (a.id, choice)
        for a in assumptions().values()
        for choice in a.spec.choices
        if a.id not in plain and not re.search(rf"\b{choice}\b", language(code).text(a.help) or "")
    ]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_dates_are_those_of_the_unicode_consortium(code):
    """Babel holds the locale data of CLDR."""
    for month in range(1, 13):
        for day in (1, 2, 15, 28):
            date = dt.date(2026, month, day)
            assert language(code).long_date(date) == format_date(date, "long", locale=code)


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_numbers_are_those_of_the_unicode_consortium(code):
    """From five digits on; Excel groups four too, CLDR does not in Spanish and Polish."""
    for number in (0.5, 12.25, 123.0, 12345.0, -98765.5, 1234567.89):
        english = f"{number:,.2f}"
        ours = language(code).piece(english)
        assert ours == format_decimal(number, "#,##0.00", locale=code)


def test_what_the_engine_says_is_put_into_words():
    say = {code: language(code).piece for code in LANGUAGES}
    warning = "Own servers: peak demand is 1,250% of the capacity in year 3"
    assert say["en"](warning) == warning
    assert say["es"](warning) == "Servidores propios: la demanda pico es el 1.250% de la capacidad en el año 3"
    assert say["pl"](warning) == "Serwery własne: obciążenie szczytowe to 1\N{NO-BREAK SPACE}250% wydajności w roku 3"
    outside = "outside the calibrated range: prompt_tokens 30000 (measured: 10 to 20000); GPU architecture x (measured: a, b); the band is wider"  # noqa: E501
    assert say["en"](outside) == outside
    assert say["it"](outside) == (
        "fuori dall'intervallo calibrato: prompt_tokens 30000 (misurato: 10\N{EN DASH}20000); "
        "architettura GPU x (misurato: a, b); la banda è più ampia"
    )
    assert say["it"]("as inflation") == "come inflation"
    assert [say["pl"](word) for word in ("high", "customer input", "2026-03-15", "2026-03")] == [
        "wysoka", "dane klienta", "15.03.2026", "03.2026",
    ]  # fmt: skip
    assert (
        say["es"]("Uptime Institute Global Data Center Survey 2025")
        == "Uptime Institute Global Data Center Survey 2025"
    )


@pytest.mark.parametrize("code", OTHERS)
def test_every_warning_and_every_source_of_the_examples_is_put_into_words(code):
    examples = customers.read(shipped("examples", "customers.csv")).good
    changes = {"0007": {"prompt_tokens": 60000.0, "replica_rps": None, "fx_as_of": None}, "GB-LAW-3": {"users": 90000}}
    told = set()
    for customer in examples:
        changed = customer.inputs.replaced(**changes.get(customer.id, {}))
        says = contents(replace(customer, inputs=changed))
        told |= {*says.warnings, *(r.source for r in says.in_use.values() if r.confidence in {"", "customer"})}
    assert len([t for t in told if "outside the calibrated" in t or "has no date" in t or "peak demand" in t]) >= 3
    assert {text for text in told if language(code).text(text) is None} <= {""}
    own = {a.spec.source for a in assumptions().values() if "llm-tco" in a.spec.source}
    assert [text for text in own if language(code).text(text) is None] == []
