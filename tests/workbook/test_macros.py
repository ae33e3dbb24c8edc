"""What the buttons do to an open workbook; xlwings' front is genuine, Excel behind it is not: see `open_book.py`."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
import xlwings
from open_book import calling

from workbook import build, macros
from workbook.cells import CellError
from workbook.customers import read
from workbook.functions import FUNCTIONS
from workbook.locate import shipped
from workbook.summary import regenerated
from workbook.template import Template

DAY = dt.date(2026, 3, 1)


def sheet_of(values: dict, hidden_rows=(), hidden_columns=()) -> Template:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Summary"
    for address, value in values.items():
        sheet[address] = value
    for row in hidden_rows:
        sheet.row_dimensions[row].hidden = True
    for column in hidden_columns:
        sheet.column_dimensions[column].hidden = True
    out = BytesIO()
    book.save(out)
    return Template.compile(out.getvalue(), "book.xlsx")


def test_cells_that_changed_are_brought_and_formulas_are_left_to_excel(tmp_path):
    before = sheet_of({"A1": 1, "A2": "old", "A3": 5, "A4": "=A1*2", "A5": True, "A7": "same"})
    after = sheet_of({"A1": 2, "A2": "new", "A4": "=A1*2", "A5": 1, "A6": "0042", "A7": "same"})
    with calling(tmp_path / "book.xlsx") as fake:
        macros.bring(xlwings.Book.caller(), before, after)
    rows = {1: 2.0, 2: "'new", 3: "", 5: 1.0, 6: "'0042"}
    assert fake.cells == {("Summary", row, 1): value for row, value in rows.items()}


def test_text_stays_text_and_an_error_is_an_error():
    assert macros._for_excel("0042") == "'0042"  # Excel would read a number
    assert macros._for_excel('=HYPERLINK("http://x","y")').startswith("'=")
    assert macros._for_excel(CellError("#N/A")) == "=#N/A"
    assert [macros._for_excel(v) for v in (None, "", 1.5, True)] == [None, "", 1.5, True]


def test_years_that_come_and_go(tmp_path):
    before = sheet_of({"A1": 1, "A9": 1, "H1": 1}, hidden_rows=[4, 5], hidden_columns="GH")
    after = sheet_of({"A1": 1, "A9": 1, "H1": 1}, hidden_rows=[5, 6], hidden_columns="H")
    with calling(tmp_path / "book.xlsx") as fake:
        macros.bring(xlwings.Book.caller(), before, after)
    assert fake.heights == {("Summary", "4:4"): macros.ROW_HEIGHT, ("Summary", "6:6"): 0}
    assert fake.widths == {("Summary", "G:G"): 11.5}  # as wide as the year beside it


@pytest.fixture
def book(tmp_path):
    """An analyst's workbook with the assumptions of a shipped customer."""
    customer = read(shipped("examples", "customers.csv")).good[0]
    new = openpyxl.Workbook()
    sheet = new.active
    sheet.title = "Inputs"
    sheet.append(["id", "value"])
    for row in customer.inputs.typed.items():
        sheet.append(row)
    area = f"Inputs!$A$1:$B${sheet.max_row}"
    new.defined_names["Assumptions"] = openpyxl.workbook.defined_name.DefinedName("Assumptions", attr_text=area)
    path = tmp_path / "Acme 2026.xlsx"
    new.save(path)
    return path


def test_a_proposal_beside_the_workbook_is_made_and_opened(book, monkeypatch):
    monkeypatch.setattr(macros, "_TODAY", lambda: DAY)
    with calling(book) as fake:
        macros.new_proposal()
    target = book.with_name("Acme 2026 proposal 2026-03-01.xlsx")
    assert fake.app.said == []
    assert fake.app.opened == [str(target)]
    assert fake.saved == 1
    shown = openpyxl.load_workbook(target, data_only=True)
    cells = [cell for sheet in shown for row in sheet.values for cell in row]
    assert "Acme 2026" in cells
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith("#")]


def test_the_summary_of_the_open_workbook_becomes_that_of_its_file(tmp_path, monkeypatch):
    """The open workbook changes in the cells in which `llm-tco summary` would change the file, and in no formula."""
    monkeypatch.setattr(macros, "_TODAY", lambda: DAY)
    path = tmp_path / "llm-tco.xlsm"
    path.write_bytes(build.macro_workbook())
    with calling(path) as fake:
        macros.regenerate_summary()
    assert fake.app.said == []
    before = Template.compile(path.read_bytes(), path.name)
    after = Template.compile(regenerated(path.read_bytes(), path.name, date=DAY).data, path.name)
    assert fake.cells
    assert not set(fake.cells) & (before.formula_cells | before.covered_cells)
    for key in after.constants.keys() | fake.cells.keys():
        shown = fake.cells.get(key, before.constants.get(key))
        shown = shown.removeprefix("'") if isinstance(shown, str) else shown
        assert shown == ("" if after.constants.get(key) is None else after.constants[key]), key


def test_what_is_wrong_is_said_in_a_box(book):
    wrong = openpyxl.load_workbook(book)
    wrong["Inputs"].append(["tariff_typo", 1])
    wrong["Inputs"]["A2"] = "userz"
    wrong.save(book)
    with calling(book) as fake:
        macros.new_proposal()
    ((sentence, title, mode),) = fake.app.said
    assert "userz" in sentence
    assert (title, mode) == ("llm-tco", "critical")
    assert fake.app.opened == []


def test_help_explains_every_function(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(macros.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(macros.webbrowser, "open", opened.append)
    macros.show_help()
    page = (tmp_path / "llm-tco functions.html").read_text(encoding="utf-8")
    assert opened == [(tmp_path / "llm-tco functions.html").as_uri()]
    assert all(f"{f.name}(" in page for f in FUNCTIONS)
    assert page.count("<pre>") == page.count("</pre>") == len(FUNCTIONS)
