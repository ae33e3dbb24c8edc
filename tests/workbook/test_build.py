"""What llm-tco build writes: VBA that LibreOffice compiles and runs, a workbook with right values, the same bytes."""

import json
import re
import warnings
import xml.etree.ElementTree as ET
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from workbook import build, lint, macrobook, macros, ovba, ribbon, vba
from workbook.cells import ERROR_TEXTS
from workbook.functions import FUNCTIONS
from workbook.libreoffice.soffice import run
from workbook.locate import shipped
from workbook.package import Package
from workbook.registry import Argument, Function

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # oletools calls pyparsing by its older names
    from oletools.olevba import VBA_Parser

ROOT = Path(__file__).parents[2]

# Stands for the VBA half of xlwings, which needs its DLL: says what it was called with.
SPY = [
    ovba.Module(
        "xlwings",
        "procedural",
        """Attribute VB_Name = "xlwings"
Private Said As String
Public Function XLPy() As Object
    Set XLPy = New Spy
End Function
Public Function RunPython(ByVal Command As String)
    Said = Command
End Function
Public Function LastCommand() As String
    LastCommand = Said
End Function
""",
    ),
    ovba.Module(
        "Spy",
        "class",
        """Attribute VB_Name = "Spy"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Option Explicit
Public Function CallUDF(ByVal Script As String, ByVal Name As String, ByVal Arguments As Variant, _
        ByVal Book As Variant, ByVal Caller As Variant) As Variant
    Dim i As Long
    If Name = "TCO_CAPM" Or Name = "TCO_LAST_ERROR" Then Err.Raise 1000, , "no Python"
    If Name = "TCO_WACC" Then
        CallUDF = "#N/A"
        Exit Function
    End If
    CallUDF = Script & " " & Name & " " & (UBound(Arguments) + 1) & ":"
    For i = LBound(Arguments) To UBound(Arguments)
        CallUDF = CallUDF & " " & TypeName(Arguments(i))
    Next i
End Function
""",
    ),
]
PROBE = ovba.Module(
    "probe",
    "procedural",
    """Attribute VB_Name = "probe"
Option Explicit
Public Function Mapped(ByVal Text As String) As String
    Dim Value As Variant
    Value = TcoValue(Text)
    Mapped = IIf(IsError(Value), CStr(Value), "text")
End Function
Public Function Table() As String
    Dim Cells(1 To 2, 1 To 2) As Variant, Result As Variant
    Cells(1, 1) = 1.5
    Cells(1, 2) = "#DIV/0!"
    Cells(2, 1) = "#N/A!"
    Cells(2, 2) = True
    Result = TcoResult(Cells)
    Table = CStr(Result(1, 1)) & "|" & CStr(Result(1, 2)) & "|" & CStr(Result(2, 1)) & "|" & TypeName(Result(2, 2))
End Function
Public Function OneRow() As String
    Dim Result As Variant
    Result = TcoResult(Array(1.5, "#DIV/0!", "total"))
    OneRow = CStr(Result(0)) & "|" & CStr(Result(1)) & "|" & CStr(Result(2))
End Function
""",
)


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory) -> dict[str, Path]:
    return {path.name: path for path in build.build(tmp_path_factory.mktemp("build"))}


def test_everything_is_written(artefacts):
    names = ["llm_tco", "llm_tco_call", "llm_tco_result", "llm_tco_ribbon", "llm_tco_help"]
    assert list(artefacts) == ["llm-tco.xlsm", "llm-tco.xlam", "llm-tco.oxt", *(f"{name}.bas" for name in names)]


def test_same_version_same_bytes(artefacts, tmp_path):
    assert {p.name: p.read_bytes() for p in build.build(tmp_path)} == {n: p.read_bytes() for n, p in artefacts.items()}


def test_macros_in_the_repository_are_up_to_date(tmp_path):
    fresh = {p.name: p.read_bytes() for p in build.write_macros(tmp_path)}
    assert {p.name: p.read_bytes() for p in (ROOT / "macros").glob("*.bas")} == fresh, "run: make macros"
    assert all(b"do not edit" in data for data in fresh.values())


EXCEL_FILES = {
    "llm-tco.xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "llm-tco.xlam": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
}
OWN_MODULES = {"xlwings", "Dictionary", "llm_tco", "llm_tco_call", "llm_tco_result", "llm_tco_ribbon", "llm_tco_help"}


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def sources_of(path: Path) -> dict[str, str]:
    parser = VBA_Parser("vbaProject.bin", parts_of(path)["xl/vbaProject.bin"])
    sources = {stream.rpartition("/")[2]: text for _, stream, _, text in parser.extract_macros()}
    parser.close()
    return sources


@pytest.mark.parametrize("name", EXCEL_FILES)
def test_the_sheets_are_tied_to_the_modules_of_the_project(artefacts, name):
    parts = parts_of(artefacts[name])
    assert EXCEL_FILES[name] in parts["[Content_Types].xml"].decode()
    sheets = sorted(part for part in parts if part.startswith("xl/worksheets/") and part.endswith(".xml"))
    codes = [re.findall(rb'codeName="(\w+)"', parts[part]) for part in ("xl/workbook.xml", *sheets)]
    assert [len(found) for found in codes] == [1] * len(codes)
    named = {found[0].decode() for found in codes}
    assert named == {"ThisWorkbook", *(f"Sheet{i}" for i in range(1, len(sheets) + 1))}
    assert set(sources_of(artefacts[name])) == named | OWN_MODULES


@pytest.mark.parametrize("name", EXCEL_FILES)
def test_our_linter_finds_nothing(artefacts, name):
    assert lint.check(artefacts[name].read_bytes(), name) == []


@pytest.mark.parametrize("name", EXCEL_FILES)
def test_every_button_calls_a_macro_and_every_macro_python_that_is_there(artefacts, name):
    parts = parts_of(artefacts[name])
    assert 'Target="customUI/customUI.xml"' in parts["_rels/.rels"].decode()
    tree = ET.fromstring(parts["customUI/customUI.xml"])  # noqa: S314  our own file
    buttons = [node.get("onAction") for node in tree.iter() if node.get("onAction")]
    assert len(buttons) == 4
    source = sources_of(artefacts[name])["llm_tco_ribbon"]
    for macro in buttons:
        assert f"Public Sub {macro}(ByVal Control As IRibbonControl)" in source
    entries = re.findall(r'TcoRun "(\w+)"', source)
    assert entries == ["regenerate_summary", "new_proposal", "show_help"]
    assert all(callable(getattr(macros, entry)) for entry in entries)
    assert f"import {ribbon.PYTHON_MODULE}; " in source.replace('" & "', "")
    assert macros.__name__ == ribbon.PYTHON_MODULE


def test_an_addin_works_on_the_active_workbook_and_reads_its_own_settings(artefacts):
    """There need not be an active workbook when a cell is calculated, but there is one when a button is pressed."""
    addin, book = (sources_of(artefacts[n])["xlwings"] for n in ("llm-tco.xlam", "llm-tco.xlsm"))
    assert "ActiveWorkbook" not in sources_of(artefacts["llm-tco.xlam"])["llm_tco_call"]
    changed = [(a, b) for a, b in zip(addin.splitlines(), book.splitlines(), strict=True) if a != b]
    assert len(changed) == 2
    assert all(a == b.replace("ThisWorkbook", "ActiveWorkbook") for a, b in changed)
    assert 'PROJECT_NAME As String = "llm-tco"' in addin  # not the settings of the user's other xlwings workbooks
    assert "Option Private Module" in addin.splitlines()[1]  # GetConfig and others are no worksheet functions


@pytest.mark.parametrize("name", EXCEL_FILES)
def test_hidden_sheets_hold_settings_and_help_texts(artefacts, name):
    data = artefacts[name].read_bytes()
    book = openpyxl.load_workbook(BytesIO(_as_workbook(data)))
    settings = {row[0]: row[1] for row in book["llm-tco.conf"].values}
    assert settings["UDF MODULES"] == "workbook.excel"
    assert settings["ADD_WORKBOOK_TO_PYTHONPATH"] == "FALSE"
    assert all(settings)  # xlwings stops at a blank row
    assert book["llm-tco.conf"].sheet_state == "hidden"
    assert book["_IntelliSense_"].sheet_state == "veryHidden"
    header, *rows = book["_IntelliSense_"].values
    assert header[0] == "FunctionInfo"
    assert [row[0] for row in rows] == [f.name for f in FUNCTIONS]
    for row, f in zip(rows, FUNCTIONS, strict=True):
        assert row[1] == f.help
        texts = [text for text in row[3:] if text is not None]
        assert texts[::2] == [a.name for a in f.arguments]
        assert all(0 < len(text) <= 255 for text in texts)


def _as_workbook(data: bytes) -> bytes:
    """Openpyxl refuses the content type of an add-in."""
    package = Package.read(data)
    types = package.part("[Content_Types].xml").replace(b"addin.macroEnabled", b"sheet.macroEnabled")
    return package.write({"[Content_Types].xml": types})


def test_any_workbook_gets_macros_and_keeps_its_cells(tmp_path):
    """As Excel writes it: sheet properties of its own, a prefix on every element."""
    book = openpyxl.Workbook()
    book.active.sheet_properties.tabColor = "FF0000"
    book.active["B2"] = 7
    book.create_sheet("Two")
    book.save(tmp_path / "plain.xlsx")
    plain = (tmp_path / "plain.xlsx").read_bytes()
    sheets = [macrobook.HiddenSheet("More & more", [["a <b>", 1.5], ["c", True]])]
    data = macrobook.with_macros(
        plain, [vba.result_module()], ribbon=ribbon.RIBBON, hidden=sheets, opened="TcoDescribe"
    )
    assert lint.check(data, "book.xlsm") == []
    again = openpyxl.load_workbook(BytesIO(data))
    assert again.sheetnames == ["Sheet", "Two", "More & more"]
    assert again["Sheet"]["B2"].value == 7
    assert again["Sheet"].sheet_properties.tabColor.rgb == "00FF0000"
    assert [s.sheet_properties.codeName for s in again] == ["Sheet1", "Sheet2", "Sheet3"]
    assert list(again["More & more"].values) == [("a <b>", 1.5), ("c", True)]
    parts = (tmp_path / "out.xlsm").write_bytes(data) and sources_of(tmp_path / "out.xlsm")
    assert set(parts) == {"ThisWorkbook", "Sheet1", "Sheet2", "Sheet3", "llm_tco_result"}
    assert "Private Sub Workbook_Open()\n    TcoDescribe\nEnd Sub" in parts["ThisWorkbook"].replace("\r\n", "\n")


def test_another_xlwings_is_noticed(monkeypatch):
    monkeypatch.setattr(vba, "_XLWINGS_CHANGES", (("no such text", ""),))
    with pytest.raises(ValueError, match=r"xlwings\.bas has 0 times 'no such text' instead of once"):
        vba.xlwings_modules()


def test_the_wizard_gets_the_text_of_every_argument():
    source = ribbon.help_module(FUNCTIONS).source
    assert "On Error Resume Next" in source
    for f in FUNCTIONS:
        if f.arguments:
            body = source.partition(f"Private Sub Describe_{f.name}()")[2].partition("End Sub")[0]
            assert f'Macro:="{f.name}", Category:="{f.category}"' in body
            texts = re.findall(r'^        "((?:[^"]|"")*)"', body, re.MULTILINE)
            assert [t.replace('""', '"') for t in texts] == [ribbon.argument_help(a) for a in f.arguments]
            assert body.count(" _\n") <= 24
    assert max(map(len, source.splitlines())) <= 1023


def test_the_workbook_is_the_assumption_workbook_with_its_values(artefacts):
    template = parts_of(shipped("templates", "assumptions.xlsx"))
    parts = parts_of(artefacts["llm-tco.xlsm"])
    changed = {name for name in template if template[name] != parts[name]}
    sheets = {name for name in template if name.startswith(("xl/worksheets/sheet", "xl/chartsheets/sheet"))}
    workbook = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "[Content_Types].xml"}
    assert changed == sheets | workbook
    for name in sheets:
        assert re.sub(rb'<sheetPr codeName="\w+"/>| codeName="\w+"', b"", parts[name]) == template[name]


@pytest.mark.soffice
def test_calc_gives_the_same_values_for_the_formulas_of_the_workbook(artefacts, calc_with_addin):
    cached = formulas_of(artefacts["llm-tco.xlsm"])
    recalculated = formulas_of(calc_with_addin.recalculate(artefacts["llm-tco.xlsm"]))
    assert len(cached) > 100
    assert any(isinstance(value, float) and value > 1e5 for value in cached.values())
    for cell, wanted in cached.items():
        shown = recalculated.get(cell)
        assert shown == (pytest.approx(wanted, rel=1e-9) if isinstance(wanted, int | float) else wanted), cell


def formulas_of(path: Path) -> dict[str, object]:
    sheet = openpyxl.load_workbook(path, data_only=True)["Formulas"]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")}


@pytest.mark.soffice
def test_libreoffice_finds_every_module_of_the_project(artefacts, soffice):
    answer = session(soffice, {"file": str(artefacts["llm-tco.xlsm"]), "calls": []})
    assert set(answer["modules"]) == set(sources_of(artefacts["llm-tco.xlsm"]))


@pytest.fixture(scope="module")
def vba_answers(soffice, tmp_path_factory) -> dict:
    """Our modules compiled and run by LibreOffice; its CVErr makes the text "Error 2042", which is enough to see it."""
    own = [vba.functions_module(FUNCTIONS), vba.call_module(), vba.result_module()]
    own += [ribbon.ribbon_module(), ribbon.help_module(FUNCTIONS)]
    path = tmp_path_factory.mktemp("vba") / "book.xlsm"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        book.add_vba_project(BytesIO(ovba.project([*vba.document_modules(1), *own, *SPY, PROBE])), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        sheet.set_vba_name("Sheet1")
        sheet.write_column("C1", [1, 2, 3])
        formulas = ["=TCO_NPV(C1,C1:C3)", "=TCO_CRF(8%,3)", '=TCO_FLOWS(C1:C3,"onprem")']
        formulas += ["=TCO_WACC(60%,40%,10%,5%)", "=TCO_CAPM(4%,1,5%)"]
        for row, formula in enumerate(formulas):
            sheet.write_formula(row, 0, formula)
    calls = [
        *(["probe.Mapped", [text]] for text in (*ERROR_TEXTS, "onprem", "#N/A!")),
        ["probe.Table", []],
        ["probe.OneRow", []],
        ["llm_tco.TCO_CAPM", [0.04, 1.0, 0.05]],
        ["llm_tco.TCO_LAST_ERROR", []],
        ["llm_tco_help.TcoDescribe", []],
        ["llm_tco_ribbon.TcoRun", ["show_help"]],
        ["xlwings.LastCommand", []],
    ]
    return session(soffice, {"file": str(path), "cells": True, "calls": calls})


@pytest.mark.soffice
def test_every_error_text_becomes_its_error_value(vba_answers):
    # xlErrNull, xlErrDiv0, xlErrValue, xlErrRef, xlErrName, xlErrNum, xlErrNA of Excel's object model
    codes = [2000, 2007, 2015, 2023, 2029, 2036, 2042]
    assert vba_answers["results"][:9] == [*(f"Error {code}" for code in codes), "text", "text"]
    assert vba_answers["results"][9] == "1.5|Error 2007|#N/A!|Boolean"
    assert vba_answers["results"][10] == "1.5|Error 2007|total"  # xlwings flattens a table of one row


@pytest.mark.soffice
def test_wrappers_pass_ranges_whole_and_say_what_was_left_out(vba_answers):
    shown = {address: vba_answers["cells"]["Sheet1"][address][1] for address in ("A1", "A2", "A3")}
    overrides = " Error" * 9  # line and four pairs
    assert shown == {
        "A1": "workbook.excel TCO_NPV 3: Range Range Error",
        "A2": "workbook.excel TCO_CRF 2: Double Double",
        "A3": f"workbook.excel TCO_FLOWS 11: Range String{overrides}",
    }


@pytest.mark.soffice
def test_without_python_the_cell_is_an_error_and_the_sentence_is_kept(vba_answers):
    cells = vba_answers["cells"]["Sheet1"]
    assert cells["A5"][1] == "Error 2015"  # #VALUE!
    assert vba_answers["results"][12] == "TCO_CAPM: no Python"


@pytest.mark.soffice
def test_a_button_runs_its_python(vba_answers):
    assert vba_answers["results"][-1] == "import workbook.macros; workbook.macros.show_help()"


@pytest.mark.soffice
def test_an_error_that_python_returns_is_an_error_in_the_cell(vba_answers):
    assert vba_answers["cells"]["Sheet1"]["A4"][1] == "Error 2042"  # #N/A


def session(calc, task: dict) -> dict:
    script = Path(__file__).with_name("uno_session.py")
    output = run(["/usr/bin/python3", str(script), json.dumps({"command": calc.command(), **task})], timeout=120)
    return json.loads(output.strip().splitlines()[-1])


def test_names_that_vba_reserves_get_a_line_under_them():
    source = vba.functions_module(FUNCTIONS).source
    assert "ByVal option_ As Variant" in source
    assert not re.search(r"\b(?:ByVal|Array\() ?(?:option|currency|date|type|name) ?(?: As|,|\))", source)


def test_every_function_is_described_for_the_wizard():
    source = vba.functions_module(FUNCTIONS).source
    described = dict(re.findall(r'^Attribute (\w+)\.VB_Description = "((?:[^"]|"")*)"$', source, re.MULTILINE))
    assert {n: t.replace('""', '"') for n, t in described.items()} == {f.name: f.help for f in FUNCTIONS}
    assert max(map(len, described.values())) <= 255


def test_a_wrapper_that_the_editor_could_not_hold_is_refused():
    arguments = tuple(Argument(f"x{i}", "number", "") for i in range(150))
    too_long = Function("TCO_LONG", max, "test", "", arguments, "", returns_table=False)
    with pytest.raises(ValueError, match="TCO_LONG: its wrapper exceeds"):
        vba.functions_module([too_long])


def test_the_shell_builds(tmp_path):
    from click.testing import CliRunner

    from workbook.cli import cli

    answer = CliRunner().invoke(cli, ["build", "--out", str(tmp_path / "new" / "folder")])
    assert [Path(line).name for line in answer.output.split("\n") if line][:3] == [*EXCEL_FILES, "llm-tco.oxt"]
    assert (tmp_path / "new" / "folder" / "llm-tco.oxt").is_file()
