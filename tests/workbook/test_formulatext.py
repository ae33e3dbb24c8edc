"""Texts and numbers inside formulas: the same meaning in every Excel, the marks and plurals of the customer."""

import re
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from babel import Locale
from babel.numbers import format_decimal

from workbook.author.formulatext import Writer
from workbook.headless import evaluate_formula
from workbook.languages import LANGUAGES, language
from workbook.locate import shipped

OTHERS = [code for code in LANGUAGES if code != "en"]
NUMBERS = (0, 0.4, -0.4, 0.5, 1.5, 2.5, 0.285, 1.005, 12.345, 999.95, 1234.55, -1234.55, 34567.5, 1234567.891, 0.145)
FORMATS = {"0": 0, "#,##0": 0, "#,##0.0": 1, "#,##0.00": 2, "0.0": 1, "0%": 0, "0.0%": 1}


def formula(code: str, number: float, layout: str) -> str:
    return Writer(language(code), {}).formula(f'=TEXT({number!r},"{layout}")')


def expected(code: str, number: float, layout: str) -> str:
    """The number as text by Babel: rounded half away from zero on its decimal digits, as Excel rounds."""
    from decimal import ROUND_HALF_UP, Decimal

    shown = Decimal(repr(number)) * (100 if "%" in layout else 1)
    rounded = shown.quantize(Decimal(1).scaleb(-FORMATS[layout]), ROUND_HALF_UP) + 0
    pattern = layout.replace("%", "") if "," in layout else layout.replace("%", "").replace("0", "0", 1)
    text = format_decimal(rounded, pattern, locale="en")
    marks = {",": LANGUAGES[code].thousands, ".": LANGUAGES[code].decimal}
    return "".join(marks.get(c, c) for c in text) + ("%" if "%" in layout else "")


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("code", list(LANGUAGES))
def test_a_number_in_a_text_has_the_marks_of_the_language(code, layout):
    for number in NUMBERS:
        assert evaluate_formula(formula(code, number, layout)) == expected(code, number, layout), (number, layout)


def office_with(libreoffice_at, folder: Path, locale: str):
    office = libreoffice_at(folder)
    settings = office.profile / "user" / "registrymodifications.xcu"
    value = f'<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop>'
    item = f'<item oor:path="/org.openoffice.Setup/L10N">{value}</item>'
    stated = settings.read_text(encoding="utf-8")
    settings.write_text(stated.replace("</oor:items>", f"{item}</oor:items>"), encoding="utf-8")
    return office


@pytest.mark.soffice
@pytest.mark.parametrize("reader", ["en-US", "es-ES", "pl-PL", "de-CH"])
def test_readers_of_any_locale_see_the_number_that_is_meant(libreoffice_at, tmp_path, reader):
    """LibreOffice with the settings of a country; thousands may have the reader's mark, decimals the customer's."""
    path = tmp_path / "numbers.xlsx"
    cases = [(code, n, layout) for code in LANGUAGES for n in NUMBERS for layout in FORMATS]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, case in enumerate(cases):
            sheet.write_formula(row, 0, formula(*case), None, "")
        sheet.write_formula(len(cases), 0, '=TEXT(1234.5,"#,##0.0")', None, "")
    done = office_with(libreoffice_at, tmp_path / "office", reader).recalculate(path)
    cells = [row[0] for row in openpyxl.load_workbook(done, data_only=True).active.iter_rows(values_only=True)]
    found = dict(zip(cases, cells, strict=False))
    if reader in {"es-ES", "pl-PL"}:  # the plain function, for comparison: what is avoided here
        assert cells[-1] != "1,234.5"
    for (code, number, layout), text in found.items():
        meant = expected(code, number, layout)
        if code == "en":  # follows the reader
            assert re.sub(r"\D", "", text) == re.sub(r"\D", "", meant)
            continue
        if reader == "en-US" or (reader == "es-ES" and code in {"es", "it"}):
            assert text == meant, (code, number, layout)
        thousands = "[.,'\N{RIGHT SINGLE QUOTATION MARK}\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"
        whole, _, decimals = meant.partition(language(code).decimal)
        bare = re.sub(r"\D", "", whole)
        pattern = (
            "-?" + f"{thousands}?".join(bare) + (re.escape(language(code).decimal + decimals) if decimals else "%?")
        )
        assert re.fullmatch(pattern, text), (reader, code, number, layout, text)


def test_polish_plurals_are_those_of_the_unicode_consortium():
    rule = Locale("pl").plural_form
    years = {"one": " rok", "few": " lata", "many": " lat"}
    text = Writer(language("pl"), {}).formula('=number&IF(number=1," year"," years")')
    for number in range(1, 126):
        assert evaluate_formula(text.replace("number", str(number))) == f"{number}{years[rule(number)]}"


def test_a_translation_may_put_the_parts_in_another_order():
    class Backwards(type(language("es"))):
        def text(self, english):
            return {"{1} of {2}": "{2}: {1}!", "a": "A"}.get(english)

    plain = LANGUAGES["es"]
    writer = Writer(Backwards(plain.code, "", ".", ",", "", ""), {})
    assert writer.formula('=IF(x="a",y&" of "&z,"a")') == '=IF(x="a",z&": "&y&"!","A")'
    assert writer.formula('=SEARCH("a",x)&COUNTIF(y,"a*")') == '=SEARCH("a",x)&COUNTIF(y,"a*")'
    assert writer.missing == {}
    writer.formula('="b "&x')
    assert list(writer.missing) == ["b {1}"]


def test_sheets_are_called_by_their_names():
    writer = Writer(language("en"), {"Costs": "'Koszty i ceny'", "Cash": "Kasa"})
    assert writer.formula("=Costs!$A$1+SUM('Costs'!B2:C3)-OtherCosts!A1*Cash!B$2") == (
        "='Koszty i ceny'!$A$1+SUM('Koszty i ceny'!B2:C3)-OtherCosts!A1*Kasa!B$2"
    )


def test_every_formula_of_the_template_passes_unchanged_in_english():
    writer = Writer(language("en"), {})
    book = openpyxl.load_workbook(shipped("templates", "proposal_en.xlsx"))
    formulas = [c.value for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) > 3000
    # neighbouring texts become one
    assert [f for f in formulas if writer.formula(f).replace('"&"', "") != f.replace('"&"', "")] == []


@pytest.mark.parametrize("layout", ["yyyy-mm-dd", "General", "#,##0 €", "00.0"])
def test_a_format_that_reads_otherwise_elsewhere_is_refused(layout):
    with pytest.raises(ValueError, match="reads otherwise in an Excel of another language"):
        Writer(language("en"), {}).formula(f'=TEXT(x,"{layout}")')


def test_leading_zeros_are_the_same_everywhere():
    assert Writer(language("pl"), {}).formula('=YEAR(d)&"-"&TEXT(MONTH(d),"00")') == '=YEAR(d)&"-"&TEXT(MONTH(d),"00")'


@pytest.mark.parametrize("text", ["=IF(a,b", "=a)", '="x"&{1,2'])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError, match=r"not closed|out of place"):
        Writer(language("en"), {}).formula(text)


def test_a_long_text_is_split_for_excel():
    class Long(type(language("es"))):
        def text(self, english):
            return english * 30

    written = Writer(Long("es", "", ".", ",", "", ""), {}).formula('=IF(x,"0123456789 abc ","")')
    assert max(len(piece) for piece in re.findall('"([^"]*)"', written)) == 255
    assert "".join(re.findall('"([^"]*)"', written)) == "0123456789 abc " * 30
