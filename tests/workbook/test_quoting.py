"""Customers' texts that begin like a formula keep the mark of a text; everything else keeps its bytes."""

import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.escape import unescape

from workbook import customers, lint
from workbook.locate import shipped
from workbook.making import Job, made
from workbook.proposal import Source
from workbook.quoting import FORMULA_STARTS
from workbook.template import Template

STYLES = "xl/styles.xml"


def small() -> bytes:
    """Inputs of three formats, one of which has the mark already; texts with a placeholder; a formula."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold, marked = book.add_format({"bold": True}), book.add_format({"italic": True, "quote_prefix": True})
    sheet = book.add_worksheet("S")
    for row, style in enumerate((None, bold, bold, marked)):
        sheet.write(row, 0, "own", style)
        book.define_name(f"in_{'abcd'[row]}", f"=S!$A${row + 1}")
    sheet.write("B1", "{{customer_name}} and more", bold)
    sheet.write("B2", "For {{customer_name}}")
    sheet.write_formula("B3", "=A1&A2", None, "ownown")
    book.close()
    return file.getvalue()


DATA = small()
TEMPLATE = Template.compile(DATA, "t.xlsx")


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def fill(name: str, *texts: object) -> bytes:
    inputs = {("S", row, 1): text for row, text in enumerate(texts, 1)}
    return TEMPLATE.fill(inputs, {("S", 3, 2): "x"}, {"customer_name": name})


def test_a_file_without_such_texts_keeps_its_formats():
    assert parts(fill("Acme", "a=b", "1-1", -5.0))[STYLES] == parts(DATA)[STYLES]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_the_mark_comes_with_the_text_and_the_format_stays(start):
    text = f"{start}1+1"
    before, after = parts(DATA), parts(data := fill(text, text, "plain", text, text))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["S"]
    assert {cell.coordinate: bool(cell.quotePrefix) for row in sheet.iter_rows() for cell in row if cell.value} == {
        "A1": True, "A2": False, "A3": True, "A4": True, "B1": True, "B2": False, "B3": False,
    }  # fmt: skip
    assert unescape(sheet["A1"].value) == unescape(sheet["A3"].value) == text
    assert unescape(sheet["B1"].value) == f"{text} and more"
    assert (sheet["A1"].font.b, sheet["A3"].font.b, sheet["A4"].font.i, sheet["B1"].font.b) == (False, True, True, True)
    assert {name for name in before if before[name] != after[name]} == {
        STYLES, "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",
    }  # fmt: skip
    assert lint.check(data, "t.xlsx") == []


def test_of_the_formats_only_the_end_of_the_list_changes():
    old, new = (parts(data)[STYLES].decode() for data in (DATA, fill("=1", "=1", "=2", "=3")))
    clones = re.findall(r'<xf [^>]*quotePrefix="1"[^>]*/>', new.partition("</cellXfs>")[0])
    assert len(clones) == 3  # of the template, and of the two formats that needed it
    without_clones = new.replace("".join(clones[1:]) + "</cellXfs>", "</cellXfs>")
    assert re.sub(r'<cellXfs[^>]*count="\d+"', "<cellXfs", without_clones) == re.sub(
        r'<cellXfs count="\d+"', "<cellXfs", old
    )
    assert fill("=1", "=1") == fill("=1", "=1")


def test_the_shipped_template_marks_a_customers_name():
    path = shipped("templates", "proposal_en.xlsx")
    customer = customers.read(shipped("examples", "customers.csv")).good[0]
    hostile = type(customer)(**{**vars(customer), "name": '=HYPERLINK("http://x")'})
    draft = made(Job(hostile, "t", "a.xlsx", "k"), {"t": Source.read(path)})
    assert draft.problems == ()
    assert lint.check(draft.data, "a.xlsx") == []
    cells = [c for sheet in openpyxl.load_workbook(io.BytesIO(draft.data)) for row in sheet.iter_rows() for c in row]
    named = [c for c in cells if str(c.value).startswith("=HYPERLINK") and c.data_type != "f"]
    assert named
    assert all(c.quotePrefix for c in named)
    assert not [c for c in cells if c.quotePrefix and c not in named]


@pytest.mark.soffice
def test_calc_reads_and_keeps_the_marked_text(soffice, tmp_path):
    path = tmp_path / "q.xlsx"
    path.write_bytes(fill("@x", "=1+1", "+cmd", "-2", "=A1"))
    sheet = openpyxl.load_workbook(soffice.recalculate(path))["S"]
    assert [sheet.cell(row, 1).value for row in range(1, 5)] == ["=1+1", "+cmd", "-2", "=A1"]
    assert {sheet.cell(row, 1).data_type for row in range(1, 5)} == {"s"}
    assert openpyxl.load_workbook(soffice.recalculate(path), data_only=True)["S"]["B3"].value == "=1+1+cmd"
