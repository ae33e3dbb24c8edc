"""Hostile and odd input that the other tests leave out: values, templates, XML in good zip files, folders, disks."""

import datetime as dt
import io
import os
import re
import resource
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.errors import EngineError, OutOfLimits, WrongKind
from workbook.batch import plan, run
from workbook.customers import read
from workbook.headless import Calculator
from workbook.inspection import inspect
from workbook.package import Package, write_atomic
from workbook.template import Template
from workbook.xmlbytes import hardened_parser

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, CHART, BOOK = "xl/worksheets/sheet1.xml", "xl/charts/chart1.xml", "xl/workbook.xml"
CUSTOMERS = (
    "customer_id,customer_name,proposal_date,users,queries_per_user_day,prompt_tokens,output_tokens,api_model,options\n"
)


def row(customer_id: str) -> str:
    return f"{customer_id},Muster AG,2026-01-31,1000,10,500,200,gpt-4-turbo,api\n"


def small(*names: str) -> bytes:
    """Inputs, a merged title, a formula, an array formula, a chart."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("S")
    sheet.merge_range("A1:C1", "Title")
    sheet.write_column("A2", [1, 2, 3])
    sheet.write_formula("B2", "=A2*2", None, 2)
    sheet.write_array_formula("C2:C4", "{=A2:A4*2}", None, 2)
    sheet.write("D1", "text")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=S!$A$2:$A$4"})
    sheet.insert_chart("F2", chart)
    for number, area in enumerate(names):
        book.define_name(f"in_{'abcdefgh'[number]}", f"=S!{area}")
    book.close()
    return file.getvalue()


def changed(part: str, old: str, new: str, data: bytes | None = None) -> bytes:
    package = Package.read(data or small("$A$2"))
    text = package.part(part).decode()
    assert old in text, old
    return package.write({part: text.replace(old, new).encode()})


TEMPLATE = Template.compile(small("$A$2", "$D$1"), "t.xlsx")


def cell(value: object, address: str = "A2") -> object:
    data = TEMPLATE.fill({("S", 2, 1) if address == "A2" else ("S", 1, 4): value}, {})
    return openpyxl.load_workbook(io.BytesIO(data))["S"][address].value


@pytest.mark.parametrize(
    ("value", "read_back"),
    [
        (Decimal("0.1"), 0.1),
        (np.float32(0.5), 0.5),
        (np.float64(1e-300), 1e-300),
        (np.int64(7), 7),
        (True, True),
        (np.True_, True),
        (pd.Timestamp("2026-01-31 06:00"), 46053.25),
        (dt.date(9999, 12, 31), 2958465),
        (None, None),
        (2**53, 2**53),
        (-0.0, 0),
    ],
)
def test_values_of_other_libraries_are_read_as_what_they_are(value, read_back):
    assert cell(value) == read_back
    assert isinstance(cell(value), bool) == isinstance(read_back, bool)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("nan"), "nan is not a number"),
        (Decimal("NaN"), "nan is not a number"),
        (np.float32("inf"), "inf is not a number"),
        (pd.NaT, "the date is missing"),
        (pd.NA, "<NA> is no value of a cell"),
        (b"bytes", "b'bytes' is no value of a cell"),
        ([1, 2], r"\[1, 2\] is no value of a cell"),
        (1 + 2j, "is no value of a cell"),
        (object, "is no value of a cell"),
        (pd.Timestamp("2026-01-31", tz="Asia/Tokyo"), "time zone"),
        (dt.date(1899, 12, 31), "before 1900"),
        (dt.datetime(1, 1, 1), "before 1900"),  # noqa: DTZ001
    ],
)
def test_values_that_no_cell_holds_are_refused_by_name(value, sentence):
    with pytest.raises(EngineError, match=rf"in_a \(S!A2\): .*{sentence}"):
        cell(value)


@pytest.mark.parametrize(
    "text", ["0123", "1E5", "TRUE", "1/2", "00:00", "#N/A", "e\u0301", " a ", "\u202ea", "=1+1", "😀"]
)
def test_texts_that_look_like_something_else_stay_text(text):
    assert cell(text, "D1") == text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (small("$B$1"), r"the name in_a, S!B1 lies under a merged cell"),
        (small("$A$2", "$A$2"), r"in_a and in_b name the same cell S!A2; give each its own"),
        (small("$A$1:$XFD$1048576"), "in_a covers 1048576 x 16384 cells; name one cell"),
        (
            changed(SHEET, 'ref="C2:C4"', 'ref="A1:XFD1048576"'),
            "an array formula over A1:XFD1048576, the limit is 200,000",
        ),
        (changed(SHEET, 'r="A3"', 'r="QQQQ3"'), "no workbook that a spreadsheet program wrote"),
        (changed(SHEET, '<row r="2"', '<row r="two"'), "no workbook that a spreadsheet program wrote"),
        (changed(SHEET, '<c r="D1" t="s"><v>1</v>', '<c r="D1" t="s"><v>-1</v>'), "'-1' is no value of type 's'"),
        (changed(SHEET, '<c r="D1" t="s"><v>1</v>', '<c r="D1"><v>twelve</v>'), "'twelve' is no value of type 'n'"),
        (changed(BOOK, 'r:id="rId1"', 'r:id="rId99"'), "no workbook that a spreadsheet program wrote"),
        (changed(BOOK, 'name="S" ', ""), "no workbook that a spreadsheet program wrote"),
        (changed(SHEET, "<sheetData>", "<a>" * 400 + "<sheetData>"), "not well-formed"),
        (changed(SHEET, "<sheetData>", "<a>" * 400 + "</a>" * 400 + "<sheetData>"), "not well-formed.*depth"),
        (changed(SHEET, "<sheetData>", "<sheetData>&evil;"), "not well-formed"),
        (changed(SHEET, "<?xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><?xml'), "has a DOCTYPE"),
        (changed(SHEET, 'encoding="UTF-8"', 'encoding="UTF-7"'), "is written in UTF-7"),
    ],
)
def test_templates_that_would_mislead_or_hang_are_refused(data, sentence):
    with pytest.raises((WrongKind, OutOfLimits), match=sentence):
        Template.compile(data, "t.xlsx")


def test_an_array_formula_over_a_whole_sheet_is_refused_by_recalc_too():
    data = changed(SHEET, 'ref="C2:C4"', 'ref="A1:XFD1048576"')
    with pytest.raises(OutOfLimits, match="sheet S, cell C2: an array formula over A1:XFD1048576"):
        Calculator(data)


def test_huge_areas_cost_nothing():
    """A merge, a column range and a chart over more cells than there is memory for."""
    data = changed(SHEET, 'ref="A1:C1"', 'ref="E1:XFD1048576"')
    data = changed(SHEET, "<sheetData>", '<cols><col min="1" max="999999999" hidden="1"/></cols><sheetData>', data)
    data = changed(CHART, "S!$A$2:$A$4", "S!$A$1:$XFC$1048576", data)
    template = Template.compile(data)
    assert template.uncached == ("template.xlsx, part xl/charts/chart1.xml, S!$A$1:$XFC$1048576",)
    with zipfile.ZipFile(io.BytesIO(template.fill({("S", 2, 1): 5.0}, {}))) as archive:
        assert b"<c:pt " not in archive.read(CHART)


def test_a_value_for_a_covered_cell_is_refused():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("S")
    sheet.merge_range("A1:B2", "x")
    book.define_name("blk_a", "=S!$A$1:$B$3")
    book.close()
    template = Template.compile(file.getvalue(), "t.xlsx")
    with pytest.raises(WrongKind, match=r"t\.xlsx, S!B1 lies under a merged cell and would not be seen"):
        template.fill({("S", 1, 2): 1.0}, {})
    template.fill({("S", 1, 1): 1.0, ("S", 1, 2): None}, {})


def test_an_input_that_shares_a_formula_is_refused():
    data = changed(SHEET, "<f>A2*2</f>", '<f t="shared" ref="B2:B3" si="0">A2*2</f>', small("$B$3"))
    data = changed(SHEET, '<c r="A3"><v>2</v></c>', '<c r="A3"><v>2</v></c><c r="B3"><f t="shared" si="0"/></c>', data)
    with pytest.raises(WrongKind, match=r"S!B3 holds a formula; give the name to an input cell"):
        Template.compile(data, "t.xlsx").fill({("S", 3, 2): 1.0}, {})


def test_the_stated_span_of_a_row_follows_its_cells():
    data = changed(SHEET, '<row r="2" spans="1:4"', '<row r="2" spans="1:2 3:4"', small("$K$2", "$L$2"))
    template = Template.compile(data)

    def spans(inputs: dict[tuple[str, int, int], object]) -> str:
        with zipfile.ZipFile(io.BytesIO(template.fill(inputs, {}))) as archive:
            return re.search(rb'<row r="2"[^>]*?spans="([^"]+)"', archive.read(SHEET))[1].decode()

    assert spans({}) == "1:2 3:4"
    assert spans({("S", 2, 11): 1.0}) == "1:11"
    assert spans({("S", 2, 12): "x"}) == "1:12"


JUNK = st.sampled_from(
    ["", "-1", "1e9", "A1:A0", "XFE1", "\u0661", "99999999999999999999", "S!", "#REF!", "1:2:3", "true"]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([SHEET, CHART, BOOK, "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]), st.data())
def test_any_attribute_may_be_junk(part, data):
    """Read right or refused with a sentence; never an exception of ours or of a library, never a hang."""
    package = Package.read(small("$A$2"))
    text = package.part(part).decode()
    values = list(re.finditer(r'="([^"]*)"', text))
    hit = data.draw(st.sampled_from(values))
    broken = package.write({part: (text[: hit.start(1)] + data.draw(JUNK) + text[hit.end(1) :]).encode()})
    refusals: list[EngineError] = []
    for look in (inspect, lambda data, name: Template.compile(data, name).fill({}, {})):
        try:
            look(broken, "junk.xlsx")
        except EngineError as error:
            refusals.append(error)
    assert all("junk.xlsx" in str(error) for error in refusals)


def test_a_link_in_the_folder_is_not_followed(tmp_path):
    """A proposal must not end up behind a link that somebody laid under its name."""
    (tmp_path / "c.csv").write_text(CUSTOMERS + row("a") + row("b"), encoding="utf-8")
    out, secret = tmp_path / "out", tmp_path / "secret.xlsx"
    out.mkdir()
    secret.write_bytes(b"untouched")
    (out / "a.xlsx").symlink_to(secret)
    outcome = run(plan(read(tmp_path / "c.csv"), None, out), out, 1)
    assert secret.read_bytes() == b"untouched"
    assert [record.id for record in outcome.records] == ["b"]
    assert "would leave the folder" in outcome.problems[0].reason


def test_a_full_disk_fails_row_by_row_and_leaves_no_torn_file(tmp_path):
    """A limit of the system on the size of files stands for the disk that is full in the middle of a file."""
    (tmp_path / "c.csv").write_text(CUSTOMERS + row("a") + row("b"), encoding="utf-8")
    command = [sys.executable, "-m", "workbook.cli", "batch", str(tmp_path / "c.csv"), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--workers", "1"],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("cannot be written") == 2
    assert "Traceback" not in done.stderr
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert not {name for name in left if name.startswith(("a", "b", "."))}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "c.csv").write_text(CUSTOMERS + row("a"), encoding="utf-8")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(EngineError, match="no folder to write to"):
        run(plan(read(tmp_path / "c.csv"), None, tmp_path / "file"), tmp_path / "file", 1)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that even root cannot write to")
def test_a_read_only_folder():
    with pytest.raises(EngineError, match="cannot be written"):
        write_atomic(Path("/proc/self/a.xlsx"), b"x")


def test_two_runs_on_one_folder_at_once_leave_whole_files(tmp_path):
    rows = [f"c{number}" for number in range(6)]
    (tmp_path / "c.csv").write_text(CUSTOMERS + "".join(map(row, rows)), encoding="utf-8")
    command = [sys.executable, "-m", "workbook.cli", "batch", str(tmp_path / "c.csv"), "--out", str(tmp_path / "out")]
    command += ["--workers", "1"]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
    ends = [process.communicate()[1].decode() for process in both]
    assert not [text for text in ends if "Traceback" in text], ends
    for path in (tmp_path / "out").glob("c*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    again = run(plan(read(tmp_path / "c.csv"), None, tmp_path / "out"), tmp_path / "out", 1)
    assert again.written + again.done == len(rows)
    assert not [name for name in os.listdir(tmp_path / "out") if name.startswith(".")]  # noqa: PTH208


@pytest.mark.soffice
def test_calc_sees_text_where_text_was_written(soffice, tmp_path):
    texts = ['=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "http://evil/x", "#REF!"]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.xlsx").write_bytes(TEMPLATE.fill({("S", 1, 4): text}, {}))
    saved = soffice.recalculate_many([tmp_path / f"{number}.xlsx" for number in range(len(texts))])
    cells = [openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["S"]["D1"] for path in saved]
    assert [found.value for found in cells] == texts
    assert {found.data_type for found in cells} <= {"s"}


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "workbook").rglob("*.py")), ids=lambda p: p.name)
def test_every_reader_of_xml_is_the_hardened_one(path):
    text = path.read_text(encoding="utf-8")
    assert ("XMLParser(" in text) == (path.name == "xmlbytes.py")
    assert len(re.findall(r"fromstring\(", text)) == len(
        re.findall(r"fromstring\([^()]*, (hardened_parser\(\)|parser)\)", text)
    )


def test_the_parser_follows_nothing_out_of_a_part(tmp_path):
    """Below the package reader, which refuses every DOCTYPE before: the second door is shut as well."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    root = etree.fromstring(
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "{tmp_path.as_uri()}/secret.txt">]><a>&e;</a>', hardened_parser()
    )
    assert "secret" not in "".join(root.itertext())
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(etree.XMLSyntaxError):
        root = etree.fromstring(f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a b="&l9;"/>', hardened_parser())
    with pytest.raises(etree.XMLSyntaxError, match="depth"):
        etree.fromstring("<a>" * 300 + "</a>" * 300, hardened_parser())


ODD_NAMES = [
    "\u202egnp.exe",
    "😀 & Søn",
    "𠮷野家",
    "Cafe\u0301",
    "0123",
    "1E5",
    "TRUE",
    "1/2",
    "00:00",
    "NaN",
    "-0",
    "#N/A",
]


def test_odd_names_and_ids_come_through_the_whole_batch_as_text(tmp_path):
    """From a CSV file into the cells, the file names, the manifest and the index: no number, date, truth or error."""
    rows = "".join(row(name).replace("Muster AG", name) for name in ODD_NAMES)
    (tmp_path / "c.csv").write_text(CUSTOMERS + rows, encoding="utf-8")
    outcome = run(plan(read(tmp_path / "c.csv"), None, tmp_path / "out"), tmp_path / "out", 1)
    assert outcome.problems == ()
    assert [(record.id, record.name) for record in outcome.records] == [(name, name) for name in ODD_NAMES]
    for record in outcome.records:
        book = openpyxl.load_workbook(tmp_path / "out" / record.file)
        named = [cell for line in book["Cover"].iter_rows() for cell in line if cell.value == record.name]
        assert named, record.name
        assert {found.data_type for found in named} <= {"s", "inlineStr"}
    index = openpyxl.load_workbook(tmp_path / "out" / "index.xlsx")["Proposals"]
    assert [index.cell(n, 2).value for n in range(2, index.max_row + 1)] == ODD_NAMES
    assert {index.cell(n, 2).data_type for n in range(2, index.max_row + 1)} == {"s"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_no_number_of_a_json_file_is_endless(tmp_path, number):
    values = '"queries_per_user_day": 1, "prompt_tokens": 1, "output_tokens": 1, "options": "api", '
    values += '"api_model": "gpt-4-turbo"'
    one = f'[{{"customer_id": "a", "customer_name": "A", "proposal_date": "2026-01-31", "users": {number}, {values}}}]'
    (tmp_path / "c.json").write_text(one, encoding="utf-8")
    found = read(tmp_path / "c.json")
    assert (found.good, [problem.field for problem in found.problems]) == ((), ["users"])


@pytest.mark.parametrize("rows", ["", "\n\n", ",,,,,,,,\n"])
def test_a_batch_without_customers_is_one_sentence(tmp_path, rows):
    (tmp_path / "c.csv").write_text(CUSTOMERS + rows, encoding="utf-8")
    with pytest.raises(EngineError, match=r"c\.csv"):
        read(tmp_path / "c.csv")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a zip", "is not a workbook"),
        (small("$A$2")[:-60], "damaged or cut off"),
        (OLE, "Excel 97-2003 file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (changed(BOOK, MAIN, STRICT), "Strict Open XML"),
        (changed(BOOK, "<workbookPr ", '<workbookPr date1904="1" '), "counts dates from 1904"),
        (changed(SHEET, "<?xml", "<!DOCTYPE x><?xml"), "has a DOCTYPE"),
        (changed(BOOK, ">S!$A$2<", ">S!#REF!<"), "the cells of the name in_a have been deleted"),
        (small("$B$1"), "lies under a merged cell"),
    ],
)
def test_a_batch_with_a_hostile_template_ends_with_its_sentence(tmp_path, data, sentence):
    (tmp_path / "t.xlsx").write_bytes(data)
    (tmp_path / "c.csv").write_text(CUSTOMERS + row("a"), encoding="utf-8")
    with pytest.raises(EngineError, match=sentence):
        plan(read(tmp_path / "c.csv"), tmp_path / "t.xlsx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_input_that_holds_a_formula_is_refused_row_by_row(tmp_path):
    package = Package.read(changed(BOOK, ">S!$A$2<", ">S!$B$2<"))
    book = package.part(BOOK).replace(b'name="in_a"', b'name="in_users"')
    (tmp_path / "t.xlsx").write_bytes(package.write({BOOK: book}))
    (tmp_path / "c.csv").write_text(CUSTOMERS + row("a"), encoding="utf-8")
    outcome = run(plan(read(tmp_path / "c.csv"), tmp_path / "t.xlsx", tmp_path / "out"), tmp_path / "out", 1)
    assert "S!B2 holds a formula: give the name to an input cell" in str(outcome.problems[0])


def test_a_hidden_input_is_filled_and_inspect_says_that_it_is_hidden():
    data = changed(SHEET, '<row r="2"', '<row r="2" hidden="1"')
    assert [(i.name, i.hidden) for i in inspect(data, "h.xlsx").inputs] == [("in_a", True)]
    filled = Template.compile(data).fill({("S", 2, 1): 7.0}, {})
    assert openpyxl.load_workbook(io.BytesIO(filled))["S"]["A2"].value == 7
