"""LibreOffice: an independent calculator, and with our add-in a host of the functions, plain names in and out."""

import json
import struct
import sys
import time
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula

import engine
from workbook.cells import CellError
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS
from workbook.libreoffice import addin, oxt
from workbook.libreoffice.names import to_calc
from workbook.libreoffice.soffice import LibreOffice, LibreOfficeError, run

OFFICE_PYTHON = "/usr/bin/python3"  # has the module uno
SESSION = Path(__file__).with_name("uno_session.py")

ASSUMPTIONS = [
    ["id", "value", "note"],
    ["users", 5000, "people"],
    ["queries_per_user_day", 10, None],
    ["prompt_tokens", 1000, None],
    ["output_tokens", 500, None],
    ["replica_rps", 2.5, None],
    ["gpus_per_replica", 4, None],
    ["gpu", "h100-sxm", None],
    ["node_price", 90000, None],
    ["gpu_price", 25000, None],
    ["node_kw", 3, None],
    ["tariff", 0.12, None],
    ["wacc", 0.08, None],
    ["user_growth", None, "blank: the default"],
]
ROWS = len(ASSUMPTIONS)
WITH_ERROR = [["id", "value"], ["users", 5000], ["tariff", CellError("#DIV/0!")]]

# formula, the arguments as `evaluate` sees them; cells: H1 = 0.08, H2 = 3, H3 blank, H4 = TRUE, H5 text, H6 = 1/0
SCALARS = [
    ("TCO_CRF(8%,3)", [0.08, 3.0]),
    ("tco_crf(H1,H2)", [0.08, 3.0]),
    ("TCO_CRF(H1,H3)", [0.08, None]),
    ("TCO_CRF(H1,Nothing)", [0.08, None]),
    ("TCO_CRF(H1,H4)", [0.08, True]),
    ("TCO_CRF(H1,H5)", [0.08, "annuity"]),
    ("TCO_CRF(H1,H6)", [0.08, CellError("#DIV/0!")]),
    ("TCO_CRF(H1,-3)", [0.08, -3.0]),
    ("TCO_CAPITAL_FACTOR(H5,8%,3,6%)", ["annuity", 0.08, 3.0, 0.06]),
    ("TCO_CAPITAL_FACTOR(H5,8%,3,,H2)", ["annuity", 0.08, 3.0, None, 3.0]),
    ("TCO_CAPITAL_FACTOR(H5,8%,3,H3,H3)", ["annuity", 0.08, 3.0, None, None]),
    ("TCO_WACC(0,0,1%,1%)", [0.0, 0.0, 0.01, 0.01]),
    ("TCO_NPV(8%,J1:J3)", [0.08, [[-100.0], [None], [125.0]]]),
    ("TCO_NPV(8%,J5:L5)", [0.08, [[-100.0, 60.0, 60.0]]]),
    ("TCO_NPV(8%,{-100,60,60})", [0.08, [[-100.0, 60.0, 60.0]]]),
    ("TCO_PAYBACK(J5:L5)", [[[-100.0, 60.0, 60.0]]]),
    ("TCO_VERSION()", []),
    ('TCO_CATALOG("gpu","h100-sxm","tdp_w")', ["gpu", "h100-sxm", "tdp_w"]),
    ('TCO_CATALOG("gpu","h100-sxm","source")', ["gpu", "h100-sxm", "source"]),
    ('TCO_CATALOG("gpu","no such","tdp_w")', ["gpu", "no such", "tdp_w"]),
    ('TCO_API_PRICE("gpt-4-turbo","output",DATE(2025,6,1))', ["gpt-4-turbo", "output", 45809.0]),
    ("TCO_ONPREM(Assumptions)", [ASSUMPTIONS]),
    (
        'TCO_ONPREM(Assumptions,"capex","users",H2*1000,"wacc",9%)',
        [ASSUMPTIONS, "capex", "users", 3000.0, "wacc", 0.09],
    ),
    ('TCO_ONPREM(Assumptions,"tco","users",H3)', [ASSUMPTIONS, "tco", "users", None]),
    ('TCO_ONPREM(Assumptions,"no such")', [ASSUMPTIONS, "no such"]),
    ("TCO_ONPREM(N1:O3)", [WITH_ERROR]),  # the error itself, not Calc's usual #VALUE!
    ("TCO_ONPREM(Inputs!A:C)", [ASSUMPTIONS]),
    ("TCO_GPUS(Assumptions)", [ASSUMPTIONS]),
]
TABLES = [
    ("TCO_ONPREM", 'TCO_ONPREM(Assumptions,"table")', [ASSUMPTIONS, "table"]),
    ("TCO_COMPARE", "TCO_COMPARE(Assumptions)", [ASSUMPTIONS]),  # errors inside the table
    ("TCO_CATALOG_IDS", 'TCO_CATALOG_IDS("gpu")', ["gpu"]),
]


@pytest.fixture(scope="module")
def formulas(tmp_path_factory) -> Path:
    """A workbook as Excel saves it: plain names, nothing calculated."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Scalars"
    given = {"H1": 0.08, "H2": 3, "H4": True, "H5": "annuity", "H6": "=1/0", "J1": -100, "J3": 125, "J5": -100}
    given |= {"K5": 60, "L5": 60, "N1": "id", "O1": "value", "N2": "users", "O2": 5000, "N3": "tariff", "O3": "=1/0"}
    for address, value in given.items():
        sheet[address] = value
    for row, (formula, _) in enumerate(SCALARS, 1):
        sheet.cell(row, 1, f"={formula}")
    inputs = book.create_sheet("Inputs")
    for row in ASSUMPTIONS:
        inputs.append(row)
    define = openpyxl.workbook.defined_name.DefinedName
    book.defined_names["Assumptions"] = define("Assumptions", attr_text=f"Inputs!$A$1:$C${ROWS}")
    book.defined_names["Nothing"] = define("Nothing", attr_text="Scalars!$H$3")
    for name, formula, cells in TABLES:
        table = evaluate(name, cells)
        target = f"A1:{openpyxl.utils.get_column_letter(len(table[0]))}{len(table)}"
        book.create_sheet(name)["A1"] = ArrayFormula(target, f"={formula}")
    path = tmp_path_factory.mktemp("formulas") / "plain names.xlsx"
    book.save(path)
    return path


@pytest.fixture(scope="module")
def calculated(calc_with_addin, formulas) -> Path:
    return calc_with_addin.recalculate(formulas)


def expected(formula: str, cells: list):
    value = evaluate(formula.partition("(")[0], cells)
    return value.code if isinstance(value, CellError) else value


def as_saved(value):
    """LibreOffice writes 15 digits, rounded from 17: the last one can differ by 1 from rounding once."""
    return pytest.approx(value, rel=1e-14, abs=0) if isinstance(value, float) else value


@pytest.mark.soffice
def test_every_cell_equals_the_engine(calculated):
    sheet = openpyxl.load_workbook(calculated, data_only=True)["Scalars"]
    found = {f: sheet.cell(row, 1).value for row, (f, _) in enumerate(SCALARS, 1)}
    wanted = {f: as_saved(expected(f, cells)) for f, cells in SCALARS}
    assert found == wanted
    assert found["TCO_VERSION()"] == engine.__version__  # the canary: without the add-in it would be #NAME?
    assert {"#N/A", "#DIV/0!", "#VALUE!", "#NUM!"} < set(found.values())


@pytest.mark.soffice
def test_errors_are_real_and_not_text(calculated):
    sheet = openpyxl.load_workbook(calculated, data_only=True)["Scalars"]
    kinds = {sheet.cell(row, 1).value: sheet.cell(row, 1).data_type for row in range(1, len(SCALARS) + 1)}
    assert {kinds[e] for e in ("#N/A", "#DIV/0!", "#VALUE!", "#NUM!")} == {"e"}


@pytest.mark.soffice
@pytest.mark.parametrize(("name", "cells"), [(name, cells) for name, _, cells in TABLES], ids=[t[0] for t in TABLES])
def test_tables_fill_their_cells_with_numbers_texts_and_errors(calculated, name, cells):
    rows = openpyxl.load_workbook(calculated, data_only=True)[name].iter_rows(values_only=True)
    found = [["" if v is None else v for v in row] for row in rows]
    wanted = [
        ["" if v is None else as_saved(v.code if isinstance(v, CellError) else v) for v in r]
        for r in evaluate(name, cells)
    ]
    assert found == wanted
    assert len(found) > 3


@pytest.mark.soffice
def test_the_saved_file_has_plain_names_again(calculated, formulas):
    before, after = (openpyxl.load_workbook(p)["Scalars"] for p in (formulas, calculated))
    for row in range(1, len(SCALARS) + 1):
        written = after.cell(row, 1).value.replace("TRUE()", "TRUE")
        assert written == before.cell(row, 1).value.replace("tco_crf", "TCO_CRF").replace("A:C", "$A$1:$C$1048576") or (
            "Inputs!" in written
        )
    with zipfile.ZipFile(calculated) as package:
        everything = b"".join(package.read(n) for n in package.namelist()).upper()
    assert b"ORG.LLMTCO" not in everything
    assert b"#NAME?" not in everything


@pytest.mark.soffice
def test_same_bits_as_the_engine(calc_with_addin, formulas, tmp_path):
    """Read over UNO, where no file with its 15 digits lies between."""
    named = tmp_path / "calc.xlsx"
    to_calc(formulas, named)
    cells = office(calc_with_addin, {"file": str(named), "cells": True})["cells"]["Scalars"]
    for row, (formula, arguments) in enumerate(SCALARS, 1):
        kind, value, error = cells[f"A{row}"]
        wanted = expected(formula, arguments)
        if wanted in addin.CALC_CODES:
            assert error == addin.CALC_CODES[wanted], formula
        else:
            assert error == 0, formula
            assert (value if kind == "text" else float.fromhex(value)) == wanted, formula


@pytest.mark.soffice
def test_an_engine_that_is_missing_is_an_error_in_the_cell_and_a_sentence(libreoffice_at, tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TCO_LOG", str(tmp_path))
    calc = libreoffice_at(tmp_path / "office", oxt.build(FUNCTIONS, site=[tmp_path]))
    book = openpyxl.Workbook()
    book.active.append(["=TCO_CRF(8%,3)", "=1+1", "=TCO_LAST_ERROR(A1)"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    (values,) = openpyxl.load_workbook(calc.recalculate(path), data_only=True).active.values
    assert values[:2] == ("#VALUE!", 2)
    assert values[2].startswith("TCO_CRF: ImportError: No module named 'workbook'")
    assert "No module named 'workbook'" in (tmp_path / "llm-tco-calc.log").read_text(encoding="utf-8")


BROKEN_ENGINE = {
    "cells.py": "class CellError:\n    pass\n",
    "evaluate.py": """
import time

def evaluate(name, cells):
    if name == "TCO_CRF":
        raise RuntimeError("a slip in " + name)
    if name == "TCO_CAPM":
        time.sleep(2)
    return 0.1
""",
}


@pytest.mark.soffice
def test_an_engine_that_fails_or_is_slow_leaves_the_office_standing(libreoffice_at, tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TCO_LOG", str(tmp_path))
    (tmp_path / "workbook").mkdir()
    for name, text in {"__init__.py": "", **BROKEN_ENGINE}.items():
        (tmp_path / "workbook" / name).write_text(text, encoding="utf-8")
    calc = libreoffice_at(tmp_path / "office", oxt.build(FUNCTIONS, site=[tmp_path]))
    book = openpyxl.Workbook()
    book.active.append(["=TCO_CRF(8%,3)", "=TCO_CAPM(4%,1,5%)", "=IFERROR(TCO_CRF(8%,3),7)", "=TCO_NPV(8%,B1)", "=1+1"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    (values,) = openpyxl.load_workbook(calc.recalculate(path), data_only=True).active.values
    assert values == ("#VALUE!", 0.1, 7, 0.1, 2)
    assert "RuntimeError: a slip in TCO_CRF" in (tmp_path / "llm-tco-calc.log").read_text(encoding="utf-8")


@pytest.mark.soffice
def test_another_minor_version_is_one_sentence_in_the_log_and_in_the_cell(libreoffice_at, tmp_path, monkeypatch):
    monkeypatch.setenv("LLM_TCO_LOG", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 99, 0, "final", 0))  # the Python that builds the extension
    extension = oxt.build(FUNCTIONS)
    monkeypatch.undo()
    monkeypatch.setenv("LLM_TCO_LOG", str(tmp_path))
    calc = libreoffice_at(tmp_path / "office", extension)
    book = openpyxl.Workbook()
    book.active.append(["=TCO_CRF(8%,3)", "=TCO_LAST_ERROR(A1)"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    (values,) = openpyxl.load_workbook(calc.recalculate(path), data_only=True).active.values
    assert values[0] == "#VALUE!"
    sentence = "llm-tco is installed for Python 3.99: install it for Python 3."
    assert sentence in values[1]
    assert sentence in (tmp_path / "llm-tco-calc.log").read_text(encoding="utf-8")


@pytest.mark.soffice
def test_recalculation_ignores_what_the_file_says(soffice, tmp_path):
    """XlsxWriter claims to be Excel; LibreOffice would believe its cached values."""
    paths = [tmp_path / "a" / "book.xlsx", tmp_path / "b" / "book.xlsx"]
    for factor, path in enumerate(paths, 2):
        path.parent.mkdir()
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        sheet.write("A1", factor)
        sheet.write_formula("A2", "=A1*21", None, 999)
        book.close()
    results = soffice.recalculate_many(paths)
    assert [openpyxl.load_workbook(r, data_only=True).active["A2"].value for r in results] == [42, 63]
    assert soffice.to_pdf(paths[0]).read_bytes().startswith(b"%PDF")


@pytest.mark.soffice
def test_what_libreoffice_cannot_read_is_an_error_that_names_the_file(soffice, tmp_path):
    path = tmp_path / "no workbook.xlsx"
    path.write_bytes(b"PK\3\4 broken")
    with pytest.raises(LibreOfficeError, match=r"did not convert .*no workbook\.xlsx to xlsx"):
        soffice.recalculate(path)


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path):
    child = tmp_path / "child"
    script = (
        "import pathlib, subprocess, time; p = subprocess.Popen(['sleep', '60']);"
        f"pathlib.Path({str(child)!r}).write_text(str(p.pid)); time.sleep(60)"
    )
    with pytest.raises(LibreOfficeError, match="did not end within 2 s"):
        run([sys.executable, "-c", script], timeout=2)
    stat = Path(f"/proc/{child.read_text()}/stat")
    deadline = time.monotonic() + 20  # the kill is sent; a busy machine takes its time
    while stat.exists() and stat.read_text().split()[2] != "Z":  # Z: ended, waiting for init to collect it
        assert time.monotonic() < deadline, "the child still runs"
        time.sleep(0.05)


# -- the parts of the extension, without LibreOffice ------------------------------------------------------------------


def test_same_functions_same_bytes():
    assert oxt.build(FUNCTIONS) == oxt.build(FUNCTIONS)


def test_the_type_library_lists_every_function_with_its_arguments():
    """Read with a reader of its own, written from LibreOffice's unoidl/README.md."""
    data = oxt.type_library(FUNCTIONS)
    assert data[:8] == b"UNOIDL\xff\0"
    root, entries = struct.unpack_from("<II", data, 8)
    assert entries == 1
    names, position = [], root
    for _ in range(3):  # org, llmtco, XFunctions
        name, payload = struct.unpack_from("<II", data, position)
        names.append(data[name : data.index(b"\0", name)].decode())
        position = payload + 5
        if data[payload] != 0:
            break
    assert names == ["org", "llmtco", "XFunctions"]
    methods = _methods(data, payload)
    assert list(methods) == [oxt.method_name(f.name) for f in FUNCTIONS]
    for f in FUNCTIONS:
        result, arguments = methods[oxt.method_name(f.name)]
        assert result == ("[][]any" if f.returns_table else "any")
        assert [name for name, _ in arguments] == [a.name for a in f.arguments]


def _methods(data: bytes, position: int) -> dict:
    def number() -> int:
        nonlocal position
        position += 4
        return struct.unpack_from("<I", data, position - 4)[0]

    def text() -> str:
        nonlocal position
        length = number()
        position += length
        return data[position - length : position].decode("ascii")

    assert data[position] == 5  # an interface
    position += 1
    assert [number(), text(), number(), number()] == [1, "com.sun.star.uno.XInterface", 0, 0]
    found = {}
    for _ in range(number()):
        name, result, arguments = text(), text(), []
        for _ in range(number()):
            assert data[position] == 0  # in
            position += 1
            arguments.append((text(), text()))
        assert number() == 0  # exceptions
        found[name] = (result, arguments)
    return found


def test_calc_gets_names_and_help_of_every_argument():
    with zipfile.ZipFile(BytesIO(oxt.build(FUNCTIONS))) as package:
        tree = ET.fromstring(package.read("CalcAddIns.xcu"))  # noqa: S314  our own file
        listed = ET.fromstring(package.read("META-INF/manifest.xml"))  # noqa: S314
        paths = {e.get("{http://openoffice.org/2001/manifest}full-path") for e in listed}
        assert paths <= set(package.namelist())
        for name in package.namelist():
            if name.endswith(".py"):
                compile(package.read(name), name, "exec")
    key = "{http://openoffice.org/2001/registry}name"
    nodes = {node.get(key): node for node in tree.find("node/node/node")}
    assert list(nodes) == [oxt.method_name(f.name) for f in FUNCTIONS]
    for f in FUNCTIONS:
        node = nodes[oxt.method_name(f.name)]
        shown = {p.get(key): p.findtext("value") for p in node.findall("prop")}
        assert shown["DisplayName"] == shown["CompatibilityName"] == f.name
        assert shown["Description"] == f.help
        assert [p.get(key) for p in node.find("node")] == [a.name for a in f.arguments]
        assert all(p.findtext("prop[2]/value") for p in node.find("node"))


def test_values_cross_to_calc_and_back():
    assert addin.to_calc([[1, None], ["a", True]]) == ((1.0, ""), ("a", 1.0))
    assert addin.from_calc((("", 2.0), ("a", "")), CellError) == [[None, 2.0], ["a", None]]
    assert addin.from_calc(None, CellError) is None
    bits = [struct.pack(">d", addin.to_calc(CellError(text))).hex() for text in ("#DIV/0!", "#N/A")]
    assert bits == ["7ff8000000000214", "7ff8000000007fff"]  # 532 and 32767 in the low bits of a NaN


def test_another_python_is_said_in_one_sentence():
    here = ".".join(map(str, sys.version_info[:2]))
    with pytest.raises(ImportError, match=f"LibreOffice runs Python {here}, llm-tco is installed for Python 3.5"):
        addin.prepare([], (3, 5))


def test_the_environments_packages_come_before_the_systems(monkeypatch, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "editable.pth").write_text(str(tmp_path / "more"), encoding="utf-8")
    monkeypatch.setattr(sys, "path", ["/system"])
    monkeypatch.delenv("LLM_TCO_SITE", raising=False)
    addin.prepare([str(tmp_path)], sys.version_info[:2])
    assert sys.path == [str(tmp_path), str(tmp_path / "more"), "/system"]
    monkeypatch.setenv("LLM_TCO_SITE", str(tmp_path / "more"))
    monkeypatch.setattr(sys, "path", ["/system"])
    addin.prepare(["/elsewhere"], sys.version_info[:2])
    assert sys.path == [str(tmp_path / "more"), "/system"]


def office(calc: LibreOffice, task: dict) -> dict:
    output = run([OFFICE_PYTHON, str(SESSION), json.dumps({"command": calc.command(), **task})], timeout=120)
    return json.loads(output.strip().splitlines()[-1])
