"""Proposals on paper: LibreOffice prints every example, and what a reader would stumble over is looked for."""

import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from workbook import customers
from workbook.author.proposal import ONE_PAGE, TABS
from workbook.locate import shipped
from workbook.proposal import Proposals

EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
ERRORS = ("###", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "Err:5", "{{")
MOST_PAGES = {  # of sheets that may take several
    "Need": 2,
    "Sizing": 2,
    "Costs": 5,
    "Capital": 5,
    "CashFlow": 6,
    "Assumptions": 7,
    "Checks": 5,
    "ChartData": 2,
}


@pytest.fixture(scope="module")
def printed(soffice, tmp_path_factory) -> dict[str, Path]:
    """Print all examples in one go."""
    folder = tmp_path_factory.mktemp("printed")
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    paths = {}
    for customer_id, customer in EXAMPLES.items():
        paths[customer_id] = folder / f"{customer_id}.xlsx"
        paths[customer_id].write_bytes(proposals.make(customer).data)
    return {customer_id: soffice.to_pdf(path) for customer_id, path in paths.items()}


def pages(pdf: Path) -> list[str]:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install poppler-utils"
    text = subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def sheet_of(page: str) -> str:
    """Read the name of the sheet in the footer: customer · sheet."""
    found = re.findall(rf"· ({'|'.join(TABS)})\s+Page \d+ of \d+", page)
    assert len(found) == 1, page[-300:]
    return found[0]


@pytest.mark.soffice
@pytest.mark.parametrize("customer_id", EXAMPLES)
def test_no_error_no_cut_number_no_open_placeholder(printed, customer_id):
    text = "\f".join(pages(printed[customer_id]))
    assert [error for error in ERRORS if error in text] == []
    assert EXAMPLES[customer_id].name[:40] in text


@pytest.mark.soffice
@pytest.mark.parametrize("customer_id", EXAMPLES)
def test_every_sheet_is_printed_on_as_many_pages_as_promised(printed, customer_id):
    counts = Counter(sheet_of(page) for page in pages(printed[customer_id]))
    assert counts.keys() == TABS.keys()
    assert {sheet: counts[sheet] for sheet in ONE_PAGE} == dict.fromkeys(ONE_PAGE, 1)
    assert {sheet: n for sheet, n in counts.items() if n > MOST_PAGES.get(sheet, 1)} == {}


@pytest.mark.soffice
@pytest.mark.parametrize("customer_id", EXAMPLES)
def test_charts_are_on_the_page_with_their_titles_and_legends(printed, customer_id):
    by_sheet = {sheet_of(page): page for page in reversed(pages(printed[customer_id]))}
    titles = {
        "Summary": ("Total cost of ownership by part", "Cumulative cash by year", "TCO per user and month by queries"),
        "Sensitivity": ("TCO of the cheapest option above or below plan", "Cost of a million tokens by use"),
    }
    for sheet, wanted in titles.items():
        assert [title for title in wanted if title not in by_sheet[sheet]] == [], sheet
    assert re.search(r"Break-even in year \d|No break-even within the horizon", by_sheet["Summary"])
    assert re.search(r"Input at low +.*Input at high", by_sheet["Sensitivity"])


def test_charts_carry_the_figures_of_their_cells():
    """Viewers that do not calculate draw what the file says: no chart is empty."""
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    data = proposals.make(EXAMPLES["0007"]).data
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        charts = [package.read(n).decode() for n in package.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", n)]
    assert len(charts) == 5
    for chart in charts:
        assert len(re.findall(r"<c:v>-?[\d.]+(?:E-?\d+)?</c:v>", chart)) >= 8


def test_every_amount_percentage_and_negative_is_formatted():
    """No calculated number on a page for readers stands in the format General."""
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    data = proposals.make(EXAMPLES["US-BANK-11"]).data
    values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    bare = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in values
        if sheet.title != "Assumptions"  # whose constants are of many kinds
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float) and cell.number_format == "General"
    ]
    assert bare == []
