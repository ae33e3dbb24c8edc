"""The shipped analyst's workbook: built from its sources, its inputs guarded, its native model equal to the engine."""

import io
import re
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.utils import range_boundaries

import engine
from engine import prices, tco
from engine.inputs import Inputs, assumptions
from engine.result import MEASURES
from engine.sizing import Case, Fleet
from workbook import lint, pricelist
from workbook.author import analyst, inputsheet
from workbook.author.grid import YEAR_0, YEAR_15
from workbook.cells import CellError
from workbook.headless import Calculator
from workbook.summary import read_inputs
from workbook.template import Template

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
MODEL = analyst.model()
TOLERANCE = 1e-9
VALUE = "F"


@pytest.fixture(scope="module")
def data() -> bytes:
    return SHIPPED.read_bytes()


@pytest.fixture(scope="module")
def book(data):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def shown(data):
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


@pytest.fixture(scope="module")
def native(data) -> Calculator:
    """The workbook in a program without our functions: the native model alone."""
    return Calculator(data)


@pytest.fixture(scope="module")
def template(data) -> Template:
    return Template.compile(data, SHIPPED.name)


@pytest.fixture(scope="module")
def table(data, template):
    return read_inputs(data, template)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def row_of(table, name: str) -> int:
    return table.key(name)[1]


def test_the_shipped_workbook_is_what_the_sources_build(data):
    shipped, built = parts(data), parts(analyst.build())
    assert list(shipped) == list(built)
    assert [name for name in shipped if shipped[name] != built[name]] == [], "run make templates"


def test_the_linter_finds_nothing(data):
    assert lint.check(data, SHIPPED.name) == []


# --- the inputs


def test_the_name_assumptions_is_the_table_with_its_header(book, template):
    area = template.areas["Assumptions"]
    sheet = book[area.sheet]
    header = [sheet.cell(area.row, area.column + i).value for i in range(area.columns)]
    assert header == list(inputsheet.HEADERS)
    left, top, right, bottom = range_boundaries(sheet.tables["tblInputs"].ref)
    assert (top, left, bottom - top + 1, right - left + 1) == (area.row, area.column, area.rows, area.columns)


def test_every_assumption_has_its_row_and_its_name(table, template):
    assert list(table.places) == list(assumptions())
    assert {name: template.areas[f"in_{name}"].row for name in assumptions()} == {
        name: row_of(table, name) for name in assumptions()
    }


def test_every_value_cell_is_guarded_and_explained(book, table):
    """Limits as the engine states them; low and high under the same limits."""
    rules = {}
    for rule in book["Inputs"].data_validations.dataValidation:
        for cell in str(rule.sqref).split():
            rules[cell] = rule
    for name, a in assumptions().items():
        row = row_of(table, name)
        numeric = a.kind in {"number", "whole", "flag"}
        for column in "EFG" if numeric else VALUE:
            rule = rules[f"{column}{row}"]
            assert rule.prompt, name
            assert a.help.rstrip(".")[:40] in rule.prompt
            assert len(rule.prompt) <= 255
            assert len(rule.promptTitle) <= 32
            if numeric:
                assert rule.type == ("decimal" if a.kind == "number" else "whole")
                assert (float(rule.formula1), float(rule.formula2)) == (a.low, a.high)
                assert rules[f"H{row}"].formula1 == '"triangular,uniform,normal"'
                assert rules[f"I{row}"].prompt.startswith("Inputs with which it moves")
            elif a.spec.choices:
                assert rule.formula1.strip('"').split(",") == list(a.spec.choices)


def test_lists_of_ids_lead_to_the_catalogue(shown, template):
    for name, catalogued in (("gpu", "h100-sxm"), ("llm", "llama-3.1-70b"), ("cloud", "aws/p5.48xlarge")):
        area = template.areas[f"lst_{name}"]
        ids = [shown[area.sheet].cell(area.row + i, area.column).value for i in range(area.rows)]
        assert catalogued in ids
    assert shown["Inputs"].cell(1, 2).value == "Inputs"


def test_every_input_in_use_has_a_source_with_a_date_or_says_that_it_is_the_default(shown, table):
    bare = []
    for name in assumptions():
        row = row_of(table, name)
        value, source, as_of, confidence = (shown["Inputs"][f"{c}{row}"].value for c in "JKLM")
        if value not in {None, "", 0}:
            told = source and (as_of or source.startswith(("default", "» as ", "» shipped")))
            if not told or (as_of and confidence is None):
                bare.append((name, value, source, as_of, confidence))
    assert bare == []


def test_catalogue_figures_are_left_blank_with_the_figure_beside(shown, table):
    """32,500 USD is the mean of the catalogue's 25,000 and 40,000 for this card; the others are looked up there too."""
    expected = {"gpu_price": 32500, "gpu_kw": 0.7, "cloud_price": 55.04, "api_output_price": 10, "licence_price": 18000}
    for name, value in expected.items():
        row = row_of(table, name)
        cells = [shown["Inputs"][f"{c}{row}"].value for c in "FJP"]
        assert cells == [None, value, value]
        assert shown["Inputs"][f"K{row}"].value.startswith("» ")


# --- the native model


def test_no_typed_number_in_a_formula_but_0_and_1(book):
    names = [sheet.name for sheet in MODEL.sheets] + ["Inputs", "Checks", "ChartData", "Summary", "Cover", "Log"]
    typed = [
        (name, cell.coordinate, token.value)
        for name in names
        for row in book[name].iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
        for token in Tokenizer(cell.value).items
        if token.type == Token.OPERAND and token.subtype == Token.NUMBER and token.value not in {"0", "1"}
    ]
    assert typed == []


def test_one_formula_a_row_copied_right(book):
    differences = []
    for sheet in MODEL.sheets:
        for key, row in sheet.rows.items():
            first = book[sheet.name].cell(row + 1, YEAR_0 + 1)
            for column in range(YEAR_0 + 2, YEAR_15 + 2):
                cell = book[sheet.name].cell(row + 1, column)
                if isinstance(first.value, str):
                    moved = Translator(first.value, origin=first.coordinate).translate_formula(cell.coordinate)
                    if cell.value != moved:
                        differences.append((sheet.name, key, cell.coordinate))
    assert differences == []


def test_functions_of_the_engine_stand_on_their_own_sheet_alone(book):
    """The model is native: it works without the add-in."""
    where = {
        sheet.title
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if "TCO_" in str(getattr(cell.value, "text", cell.value)) and str(cell.value)[:1] in "=<"
    }
    assert where == {"Formulas", "Scenarios", "Sensitivity"}


EDITS = {
    "as shipped": {},
    "more users, shorter horizon": {"users": 50000, "horizon": 3},
    "longest horizon": {"horizon": 15, "user_growth": 0.05, "hardware_life": 4.5},
    "cached tokens at their own price": {"api_input_price": 3, "api_cached_price": 0.5},
    "paper mode": {"capital_mode": "annuity", "tax_rate": 0, "residual_rate": 0, "depreciation_benefit": 0.06},
    "typed size": {"gpus": 40, "nodes": 6, "model_instances": 3},
    "typed GPUs, sized servers": {"gpus": 40},
    "auto is blank": {"gpus": "auto", "nodes": "auto", "licence_price": "auto"},
    "prices typed over the catalogue": {"gpu_price": 21000, "cloud_price": 40, "api_input_price": 1, "tariff": 0.2},
    "replica over two servers": {"gpus_per_replica": 16, "replica_rps": 9},
    "escalators apart": {"energy_escalation": 0.06, "salary_escalation": 0.01, "timing": "mid"},
    "some options": {"options": "api,seat"},
    "cards": {"whole_nodes": 0, "gpus_per_replica": 3, "spare_replicas": 0, "min_replicas": 2},
    "prepaid": {"licence_payment": "prepaid", "licence_term": 2, "licence_bundled": 1},
}


@pytest.mark.parametrize("name", EDITS)
def test_the_native_model_follows_edits_as_the_engine_does(name, native, table, template):
    """Nothing is run in between: the analyst types, the sheets follow."""
    edits = EDITS[name]
    values = native.calculate({table.key(id_): value for id_, value in edits.items()})
    typed = {id_: table.cell(id_) for id_ in assumptions()} | edits
    inputs = Inputs.read(typed)
    differences = []
    for option in inputs.option_ids:
        result = tco.evaluate(inputs, option)
        largest = max(abs(result.tco[0]), abs(result.total[0]), *(abs(f.total).max() for f in result.flows.values()))
        for measure in MEASURES:
            value = values[next(template.areas[f"out_{option}_{measure}"].cells())]
            expected = float(getattr(result, measure)[0])
            scale = max(1, abs(expected) if measure.startswith("per_") else largest)
            if not abs(value - expected) <= TOLERANCE * scale:
                differences.append((option, measure, value, expected))
        for line in result.lines:
            home = MODEL.home[f"{option}_{line}"]
            for year, expected in enumerate(result.line(line)[0]):
                value = values[home.name, home.rows[f"{option}_{line}"] + 1, YEAR_0 + 1 + year]
                if not abs(value - expected) <= TOLERANCE * max(1, largest):
                    differences.append((option, line, year, value, expected))
    assert differences == []
    wrong = {key for key, value in values.items() if isinstance(value, CellError)}
    assert {key for key in wrong if "TCO_" not in native.sheets.formulas.get(key, "") and key[0] != "Formulas"} == set()


def test_need_and_fleet_are_native_formulas(native, table):
    """50,000 users x 25 queries x 2 / 36,000 s = 69.44 queries/s; / (4 x 0.8) = 21.7 -> 22, + 1 spare = 23 replicas of
    4 GPUs; 2 to a server of 8: 12 servers, bought full: 96 GPUs.
    """
    values = native.calculate({table.key("users"): 50000.0})
    year1 = {
        key: values[MODEL.home[key].name, MODEL.home[key].rows[key] + 1, YEAR_0 + 2]
        for key in ("demand", "replicas", "gpus", "nodes", "capacity")
    }
    assert year1 == {"demand": pytest.approx(69.4444444444), "replicas": 23, "gpus": 96, "nodes": 12, "capacity": 92}


def test_without_a_measured_capacity_the_engines_need_stands(native, table):
    """What the last run stated: 4 replicas of 4 GPUs in the two servers of year 1."""
    values = native.calculate({table.key("replica_rps"): None})
    row = {key: MODEL.home[key].rows[key] + 1 for key in ("replicas", "gpus", "nodes")}
    assert [values["Sizing", row[key], YEAR_0 + 2] for key in row] == [4, 16, 2]
    case = Inputs.read({id_: table.cell(id_) for id_ in table.places})
    assert [Fleet(Case(case)).replicas[0, 0], Fleet(Case(case)).gpus[0, 0], Fleet(Case(case)).nodes[0, 0]] == [4, 16, 2]


# --- checks, versions, values


def check(template, values, name):
    return values[next(template.areas[name].cells())]


def test_all_checks_are_green(native, template):
    values = native.calculate({})
    names = [name for name in template.areas if name.startswith("chk_")]
    assert len(names) > 50
    assert {name for name in names if check(template, values, name) != 1} == set()


def test_after_an_edit_the_engines_figures_rest_and_the_cover_says_so(native, table, template):
    values = native.calculate({table.key("users"): 5001.0})
    assert check(template, values, "out_inputs_changed") == 1
    assert check(template, values, "chk_all") == 1
    assert check(template, values, "out_text_light") == "● 1 input has changed since the last run: llm-tco summary"


def test_a_changed_cost_formula_turns_the_check_red(data):
    changed = openpyxl.load_workbook(io.BytesIO(data))
    home = MODEL.home["cloud_rental"]
    cell = changed[home.name].cell(home.rows["cloud_rental"] + 1, YEAR_0 + 3)
    cell.value = f"{cell.value}+1"
    target = io.BytesIO()
    changed.save(target)
    values = Calculator(target.getvalue()).calculate({})
    template = Template.compile(target.getvalue())
    assert [check(template, values, name) for name in ("chk_cloud_tco", "chk_all", "chk_api_tco")] == [0, 0, 1]


def test_sorted_rows_and_missing_sources_turn_checks_red(native, table, template):
    moved = native.calculate({table.key("users", "id"): "wacc"})
    assert check(template, moved, "chk_rows") == 0
    bare = native.calculate({table.key("wacc", "source"): None})
    assert check(template, bare, "chk_sources") == 0
    borrowed = native.calculate({table.key("gpu_price"): 20000.0})  # the catalogue's source beside another figure
    assert check(template, borrowed, "chk_sources") == 0


def test_it_says_which_engine_and_price_book_it_is_of(shown, template):
    said = [template.read_values(f"meta_{name}")[0][0] for name in ("engine_version", "prices_as_of", "run_date")]
    assert said == [engine.__version__, prices.PRICE_BOOK_DATE.isoformat(), analyst.RUN.isoformat()]
    assert shown["Cover"]["B9"].value.startswith("Worked example")


def test_prices_are_those_of_the_catalogue(template):
    """Independent of the writer: a few figures of the reference files, and the number of rows."""
    gpu = {row[0]: row for row in template.read_values("blk_prices_gpu")}
    assert gpu["h100-sxm"][2:4] == [80, 700]
    assert gpu["h100-sxm"][7:10] == [gpu["h100-sxm"][7], gpu["h100-sxm"][8], "medium"]
    cloud = {row[0]: row for row in template.read_values("blk_prices_cloud")}
    assert (cloud["aws/p5.48xlarge"][3], cloud["aws/p5.48xlarge"][8]) == (55.04, "2026-01-21")
    for price_list in pricelist.LISTS:
        rows = template.read_values(f"blk_prices_{price_list.table}")
        filled = [row for row in rows if row[0] is not None]
        assert len(filled) <= len(rows) - pricelist.SPARE
        assert all(row[7] and row[8] and row[9] for row in filled), price_list.table


@pytest.mark.soffice
def test_every_value_of_the_file_is_what_libreoffice_calculates(shown, calc_with_addin):
    """All formulas, those with our functions and their tables among them."""
    again = openpyxl.load_workbook(calc_with_addin.recalculate(SHIPPED), data_only=True)
    differences = []
    for sheet in shown:
        for row in sheet.iter_rows():
            for cell in row:
                value, other = cell.value, again[sheet.title][cell.coordinate].value
                if isinstance(value, int | float) and isinstance(other, int | float):
                    same = abs(value - other) <= TOLERANCE * max(1.0, abs(value)) or abs(value - other) < 1e-6
                else:
                    same = (value or None) == (other or None)
                if not same:
                    differences.append((sheet.title, cell.coordinate, value, other))
    assert differences == []


def test_examples_of_functions_show_what_the_native_model_shows(shown, template):
    """Two calculations side by side on one sheet: TCO_ONPREM(Assumptions) and the sheet CashFlow."""
    sheet = shown["Formulas"]
    values = {sheet.cell(row, 4).value: sheet.cell(row, 3).value for row in range(5, 30) if sheet.cell(row, 4).value}
    for option in ("onprem", "cloud", "api", "seat"):  # that the shipped plan compares
        native_tco = template.read_values(f"out_{option}_tco")[0][0]
        assert values[f"=TCO_{option.upper()}(Assumptions)"] == pytest.approx(native_tco, rel=1e-12)
    assert not [value for value in values.values() if isinstance(value, str) and value.startswith("#")]


# --- on paper


def test_one_font_a4_landscape_footers_and_repeated_headings(book, data):
    assert {f.name for f in book._fonts} == {"Calibri"}
    for sheet in book:
        upright = "portrait" if sheet.title in analyst.PORTRAIT else "landscape"
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, upright)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
        assert sheet.print_area, sheet.title
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.sheet_view.showGridLines is False
    for name in ("Inputs", "Need", "Sizing", "Costs", "Capital", "CashFlow", "Checks", "Log"):
        assert book[name].print_title_rows, name
    assert "{{" not in "".join(part.decode(errors="replace") for part in parts(data).values())


def test_years_beyond_the_horizon_and_unused_rows_are_hidden(data, book):
    """Five years: the columns of years 0..5 are H..M."""
    sheet = parts(data)[f"xl/worksheets/sheet{book.sheetnames.index('Sizing') + 1}.xml"].decode()
    columns = {}
    for low, high, rest in re.findall(r'<col min="(\d+)" max="(\d+)"([^>]*)/>', sheet):
        columns |= dict.fromkeys(range(int(low), int(high) + 1), 'hidden="1"' in rest)
    assert [columns[c] for c in range(8, 24)] == [False] * 6 + [True] * 10


@pytest.mark.soffice
def test_rendered_pages(calc_with_addin):
    pdf = calc_with_addin.to_pdf(SHIPPED)
    pages = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    pages = pages.split("\f")[:-1]
    assert 30 <= len(pages) <= 42
    assert "###" not in "".join(pages)
    assert not re.search(r"#(?:N/A(?! where)|NAME|NUM|VALUE|REF|DIV)", "".join(pages))
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    inputs = [page for page in pages if "· Inputs" in page]
    assert len(inputs) == 4
    assert all("confidence" in page.splitlines()[0] or "Inputs" in page for page in inputs)  # headings on each page
    assert sum("· Summary" in page for page in pages) == 2
    assert "Every run with what has changed" in pages[0]
