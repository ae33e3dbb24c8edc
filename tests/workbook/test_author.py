"""The shipped template: built from its sources byte for byte, and by the rules of a model that can be audited."""

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter

from engine.inputs import OPTION_IDS, assumptions
from engine.result import MEASURES
from workbook.author import brand, proposal
from workbook.author.grid import YEAR_0, YEAR_15, Row, walk
from workbook.author.labels import LABELS

SHIPPED = Path(__file__).parents[2] / "templates" / "proposal_en.xlsx"
MODEL = proposal.model()
FUNCTIONS = frozenset(
    (
        *(
            "ABS",
            "AND",
            "COUNT",
            "COUNTIF",
            "DB",
            "DDB",
            "FIXED",
            "IF",
            "IFERROR",
            "INDEX",
            "INT",
            "ISERROR",
            "ISNUMBER",
            "MATCH",
        ),
        *(
            "LN",
            "MAX",
            "MIN",
            "NPV",
            "OR",
            "PMT",
            "ROUND",
            "ROUNDUP",
            "SEARCH",
            "SLN",
            "SUM",
            "SUMIF",
            "SUMPRODUCT",
            "SYD",
        ),
    )
)
"""Functions that Excel 2010, LibreOffice and formualizer compute alike: test_native_model compares every cell."""


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(SHIPPED)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def formulas(book):
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    yield sheet.title, cell


def test_the_shipped_template_is_what_the_sources_build():
    look = brand.read(SHIPPED.with_name("brand.toml"))
    shipped, built = parts(SHIPPED.read_bytes()), parts(proposal.build(brand=look))
    assert list(shipped) == list(built)
    assert [name for name in shipped if shipped[name] != built[name]] == [], "run python -m workbook.author"


def test_two_builds_give_the_same_bytes():
    assert proposal.build() == proposal.build()


def test_every_assumption_has_a_label_and_a_cell(book):
    assert list(LABELS) == list(assumptions())
    assert {f"in_{name}" for name in assumptions()} <= set(book.defined_names)


def test_names_are_those_of_the_contract(book):
    ids, options = "|".join(assumptions()), "|".join(OPTION_IDS)
    sheets = "|".join(sheet.name.lower() for sheet in MODEL.sheets)
    patterns = (
        rf"in_({ids})",
        r"k_\w+",
        r"chk_\w+",
        rf"out_({options})_(compared|{'|'.join(MEASURES)})",
        rf"out_engine_({options})_\w+",
        r"out_text_\w+",
        rf"out_({options})_(rank|start|first_year|largest_year|peak_funding|pretax)",
        r"out_(crossing_queries|inputs_changed|has_rival|first_cash|meeting_\w+|rival_\w+|stated_\w+)",
        r"lst_(option_(ids|labels|ranks)|inputs|input_(ids|units))",
        r"blk_(delivered|tornado|flips|odds|stress|stress_winners|commitment|band|use|token_prices)",
        r"blk_(capacity|gpus|nodes)_(low|high)",
        r"blk_hybrid_(replicas|gpus|nodes|instances|share|hours)",
        "blk_(sources|warnings|replicas|gpus|nodes|capacity_rps|cloud_instances|cloud_capacity_rps)",
        rf"blk_rows_({options})_\w+",
        rf"blk_years_({sheets})",
        r"blk_purchases_\w+",
        r"meta_\w+",
    )
    builtin = r"_xlnm\..*|Print_\w+"
    assert [n for n in book.defined_names if not re.fullmatch("|".join((*patterns, builtin)), n)] == []


def test_a_year_stands_in_the_same_column_of_every_sheet(book):
    columns = {book.defined_names[f"blk_years_{s.name.lower()}"].attr_text.split("!")[1] for s in MODEL.sheets}
    assert columns == {"$H$4:$W$4"}


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
                        differences.append((sheet.name, key, cell.coordinate, cell.value, moved))
    assert differences == []


def test_no_typed_number_in_a_formula_but_0_and_1(book):
    typed = [
        (sheet, cell.coordinate, token.value)
        for sheet, cell in formulas(book)
        for token in Tokenizer(cell.value).items
        if token.type == Token.OPERAND and token.subtype == Token.NUMBER and token.value not in {"0", "1"}
    ]
    assert typed == []


def test_only_functions_that_every_host_computes(book):
    used = {
        token.value.rstrip("(").upper()
        for _, cell in formulas(book)
        for token in Tokenizer(cell.value).items
        if token.type == Token.FUNC and token.subtype == Token.OPEN
    }
    assert used == FUNCTIONS


def test_every_line_has_a_label_and_a_unit():
    bare = [
        (sheet.name, item.key)
        for sheet in MODEL.sheets
        for item, _ in walk(sheet.items)
        if isinstance(item, Row) and not (item.unit and (item.label or item.label_formula))
    ]
    assert bare == []


def test_labels_and_notes_fit_their_columns():
    """At 10 and 9 points the columns hold some 45 characters."""
    rows = [item for sheet in MODEL.sheets for item, _ in walk(sheet.items) if isinstance(item, Row)]
    assert [row.key for row in rows if len(row.note) > 42 or len(row.label) > 45] == []


def test_no_placeholder_inside_a_formula(book):
    assert [(s, c.coordinate) for s, c in formulas(book) if "{{" in c.value] == []


def test_no_formula_is_longer_than_excel_takes(book):
    assert max(len(cell.value) for _, cell in formulas(book)) < 8192


def test_every_sheet_prints_on_a4_with_a_footer(book):
    for sheet in book:
        upright = "portrait" if sheet.title in proposal.PORTRAIT else "landscape"
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, upright)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
        assert sheet.page_setup.fitToWidth in {None, 1}  # 1 is what Excel takes when nothing is said
        assert sheet.print_area, sheet.title
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.sheet_view.showGridLines is False


def test_charts_stay_inside_the_printed_page_and_do_not_overlap(book):
    charts = {}
    for sheet in book:
        anchors = [chart.anchor for chart in sheet._charts]
        boxes = [(a._from.col, a._from.row, a.to.col, a.to.row) for a in anchors]
        last = openpyxl.utils.range_boundaries(sheet.print_area.split("!")[-1].replace("$", ""))
        assert all(right < last[2] and bottom < last[3] for _, _, right, bottom in boxes), (sheet.title, boxes, last)
        for i, (l1, t1, r1, b1) in enumerate(boxes):
            for l2, t2, r2, b2 in boxes[i + 1 :]:
                assert r1 < l2 or r2 < l1 or b1 < t2 or b2 < t1, (sheet.title, get_column_letter(l1 + 1))
        charts[sheet.title] = len(boxes)
    assert {title: count for title, count in charts.items() if count} == {"Summary": 3, "Sensitivity": 2}
