"""The linter: a workbook with everything in it is clean, and each way to break it is found by its rule."""

# ruff: noqa: E501  the tables of corruptions read best one to a line

import io
import re
import struct
import warnings
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from exotic import by_xlsxwriter as exotic_by_xlsxwriter
from exotic import exotic
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from workbook import lint
from workbook.lint import RULES, cells, formulas, package, shapes
from workbook.lint.book import open_book
from workbook.package import Package, deflated, pack

TEMPLATES = sorted((Path(__file__).parents[2] / "templates").glob("*.xlsx"))
SHEET, SECOND = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
BOOK, TYPES, STYLES, STRINGS = "xl/workbook.xml", "[Content_Types].xml", "xl/styles.xml", "xl/sharedStrings.xml"
BOOK_RELS, SHEET_RELS = "xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet1.xml.rels"
TABLE, SECOND_TABLE, CHART, DRAWING = (
    "xl/tables/table1.xml",
    "xl/tables/table2.xml",
    "xl/charts/chart1.xml",
    "xl/drawings/drawing1.xml",
)
COMMENTS = "xl/comments1.xml"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000000000400018dfa"
    "2b0e0000000049454e44ae426082"
)


@cache
def healthy() -> bytes:
    """A workbook with everything that the rules look at."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "use_future_functions": True})
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    red = book.add_format({"font_color": "red"})
    cost, other, hidden = book.add_worksheet("Cost"), book.add_worksheet("Other's"), book.add_worksheet("Hidden")
    hidden.hide()
    cost.write_string("A1", "Own servers", bold)
    cost.write_rich_string("B1", "bold ", bold, "and ", "plain")
    cost.write_number("A2", 12.5)
    cost.write_number("B2", 1e-7)
    cost.write_boolean("C2", True)
    cost.write_number("D2", 46000, date)
    cost.write_formula("A3", "=SUM(A2,B2)*Rate", None, 12.5)
    cost.write_formula("B3", '=IF(A2>1,"yes","no")', None, "yes")
    cost.write_formula("C3", "=A2/0", None, "#DIV/0!")
    cost.write_formula("D3", '=XLOOKUP(1,A2:A3,B2:B3,"none")', None, "none")
    cost.write_array_formula("A4:B4", "{=A2:B2*2}", None, 25)
    cost.write_formula("C4", "='Other''s'!B2+SUM(tblSecond[Value])", None, 3)
    cost.write_formula("D4", "=TCO_CRF(8%,3)", None, 0.388)
    cost.write_dynamic_array_formula("F2:F3", "=SORT(A2:A3)", None, 12.5)
    cost.write_url("A5", "https://example.org/")
    cost.write_comment("A1", "a comment")
    cost.write_comment("A2", "another")
    cost.merge_range("H1:I2", "merged", bold)
    cost.merge_range("H4:I5", "merged too", bold)
    cost.data_validation(
        "B5", {"validate": "list", "source": ["low", "high"], "input_title": "Choose", "input_message": "one"}
    )
    cost.conditional_format("A2:B3", {"type": "cell", "criteria": ">", "value": 3, "format": red})
    cost.conditional_format("A2:B3", {"type": "data_bar", "data_bar_2010": True})
    cost.add_table(
        "A10:B12", {"name": "tblCost", "columns": [{"header": "Id"}, {"header": "Value"}], "data": [["a", 1]]}
    )
    cost.set_column("A:B", 20)
    cost.set_row(0, 30)
    cost.set_header("&LCosts")
    cost.insert_image("K1", "pixel.png", {"image_data": io.BytesIO(PIXEL)})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "=Cost!$A$2:$A$3", "values": "=Cost!$B$2:$B$3", "values_data": [1, 2]})
    cost.insert_chart("K5", chart)
    other.write_number("B2", 2)
    other.add_table("A4:B6", {"name": "tblSecond", "columns": [{"header": "Id"}, {"header": "Value"}]})
    book.define_name("Rate", "=Cost!$A$2")
    book.define_name("Cost!Local", "=Cost!$B$2")
    book.close()
    return out.getvalue()


def changed(data: bytes, *changes: tuple[str, str, str]) -> bytes:
    """Replace text in parts; (part, old, new), where an empty old makes a new part and a new of None drops it."""
    package = Package.read(data)
    parts = {name: package.part(name) for name in package.names}
    for part, old, new in changes:
        text = parts.get(part, b"").decode()
        assert not old or old in text, f"{old!r} is not in {part}: {text[:3000]}"
        parts[part] = (text.replace(old, new, 1) if old else new).encode("utf-8", "surrogatepass")
    return pack([deflated(name, content) for name, content in parts.items()])


def without(data: bytes, part: str) -> bytes:
    return Package.read(data).write({}, drop=[part])


def rules(data: bytes, name: str = "") -> set[str]:
    return {finding.rule for finding in lint.check(data, name)}


def test_a_healthy_workbook_is_clean():
    assert lint.check(healthy(), "healthy.xlsx") == []


def test_the_healthy_workbook_has_what_the_rules_look_at():
    names = set(Package.read(healthy()).names)
    assert {TABLE, SECOND_TABLE, CHART, DRAWING, COMMENTS, STRINGS, "xl/media/image1.png", "xl/metadata.xml"} <= names
    sheet = Package.read(healthy()).part(SHEET)
    for element in (
        b"<mergeCells",
        b"<dataValidations",
        b"<conditionalFormatting",
        b"<hyperlinks",
        b"<tableParts",
        b't="array"',
    ):
        assert element in sheet


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_shipped_templates_are_clean(path):
    assert lint.check(path.read_bytes(), path.name) == []


def test_generated_proposals_are_clean():
    from workbook import customers
    from workbook.proposal import Proposals

    root = Path(__file__).parents[2]
    makes = Proposals.load(root / "templates" / "proposal_en.xlsx")
    good = customers.read(root / "examples" / "customers.csv").good
    assert good
    for customer in good[:3]:
        assert lint.check(makes.make(customer).data, "proposal.xlsx") == []


A2 = '<c r="A2"><v>12.5</v></c>'
B2 = '<c r="B2"><v>1E-07</v></c>'
LONG = "x" * 32_768
VML = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"

NINETEEN = {  # the corruptions that a check against the published schemas was measured with: it missed thirteen
    "style index out of range": ("cell-style", (SHEET, '<c r="A2">', '<c r="A2" s="99">')),
    "element order": ("element-order", (SHEET, "<sheetData>", "<pageMargins left='1'/><sheetData>")),
    "invalid content type": ("content-type", (TYPES, "spreadsheetml.styles+xml", "spreadsheetml.stiles+xml")),
    "sheet name too long": ("sheet-name", (BOOK, 'name="Hidden"', f'name="{"H" * 32}"')),
    "control character": ("control-character", (STRINGS, "Own servers", "Own\x0bservers")),
    "rows out of order": ("row-order", (SHEET, '<row r="3" ', '<row r="1" ')),
    "cells out of order": ("cell-order", (SHEET, A2 + B2, B2 + A2)),
    "cell twice": ("cell-twice", (SHEET, A2, A2 + A2)),
    "shared string index out of range": ("cell-string", (SHEET, 't="s"><v>0</v>', 't="s"><v>999</v>')),
    "text in a number": ("cell-value", (SHEET, "<v>12.5</v></c>", "<v>12,5 EUR</v></c>")),
    "nan": ("cell-value", (SHEET, "<v>12.5</v></c>", "<v>nan</v></c>")),
    "unbalanced formula": ("formula-syntax", (SHEET, "SUM(A2,B2)*Rate", "SUM(A2,B2*Rate")),
    "overlapping merges": ("merge-overlap", (SHEET, 'ref="H4:I5"', 'ref="H2:I5"')),
    "table column and header differ": ("table-header", (TABLE, 'name="Value"', 'name="Worth"')),
    "table column twice": ("table-columns", (TABLE, 'name="Value"', 'name="Id"')),
    "defined name twice": ("name-twice", (BOOK, "</definedNames>", '<definedName name="RATE">Cost!$A$2</definedName></definedNames>')),
    "string too long": ("string-length", (STRINGS, "Own servers", LONG)),
    "validation list too long": ("data-validation", (SHEET, '"low,high"', f'"{"low," * 70}high"')),
}  # fmt: skip


@pytest.mark.parametrize("title", NINETEEN)
def test_each_of_the_known_corruptions_is_found(title):
    rule, change = NINETEEN[title]
    assert rule in rules(changed(healthy(), change))


def test_a_missing_part_is_found():  # the nineteenth
    assert {"relation-target", "content-type-of-nothing"} <= rules(without(healthy(), CHART))


MORE = {
    "not xml": ("xml", (STYLES, "</styleSheet>", "")),
    "no content type": ("content-type", (TYPES, 'Extension="png"', 'Extension="gif"')),
    "content type of a missing part": ("content-type-of-nothing", (TYPES, "<Override ", '<Override PartName="/xl/a.xml" ContentType="a/b"/><Override ')),
    "relation that is not defined": ("relation-id", (SHEET, '<drawing r:id="', '<drawing r:id="x')),
    "relation twice": ("relation-twice", (SHEET_RELS, "</Relationships>", '<Relationship Id="rId1" Type="t" Target="https://a/" TargetMode="External"/></Relationships>')),
    "orphan": ("orphan-part", ("xl/orphan.xml", "", "<a/>")),
    "relations of a missing part": ("orphan-part", ("xl/_rels/nothing.xml.rels", "", "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'/>")),
    "element twice": ("element-order", (SHEET, "<sheetData>", "<sheetFormatPr/><sheetData>")),
    "element of something else": ("element-order", (TABLE, "<tableColumns", "<rows/><tableColumns")),
    "formula after value": ("element-order", (SHEET, "<f>A2/0</f><v>#DIV/0!</v>", "<v>#DIV/0!</v><f>A2/0</f>")),
    "count of merges": ("count", (SHEET, '<mergeCells count="2">', '<mergeCells count="3">')),
    "count of formats": ("count", (STYLES, '<cellXfs count="', '<cellXfs count="1')),
    "count of texts": ("count", (STRINGS, 'uniqueCount="', 'uniqueCount="1')),
    "sheet name with a slash": ("sheet-name", (BOOK, 'name="Hidden"', 'name="Hid/den"')),
    "sheet name in apostrophes": ("sheet-name", (BOOK, 'name="Hidden"', "name=\"'Hidden\"")),
    "sheet name empty": ("sheet-name", (BOOK, 'name="Hidden"', 'name=""')),
    "sheet name twice": ("sheet-name", (BOOK, 'name="Hidden"', 'name="COST"')),
    "sheet id twice": ("sheet-id", (BOOK, 'sheetId="2"', 'sheetId="1"')),
    "sheet id zero": ("sheet-id", (BOOK, 'sheetId="2"', 'sheetId="0"')),
    "two sheets with one part": ("sheet-id", (BOOK, 'sheetId="2" r:id="rId2"', 'sheetId="2" r:id="rId1"')),
    "active sheet missing": ("active-sheet", (BOOK, "<workbookView ", '<workbookView activeTab="7" ')),
    "active sheet hidden": ("active-sheet", (BOOK, "<workbookView ", '<workbookView activeTab="2" ')),
    "name like a cell": ("name-illegal", (BOOK, 'name="Rate"', 'name="TCO1"')),
    "name with a space": ("name-illegal", (BOOK, 'name="Rate"', 'name="My rate"')),
    "name of a sheet that is missing": ("name-scope", (BOOK, 'localSheetId="0"', 'localSheetId="9"')),
    "print area of no sheet": ("name-scope", (BOOK, "</definedNames>", '<definedName name="_xlnm.Print_Area">Cost!$A$1</definedName></definedNames>')),
    "font out of range": ("style-index", (STYLES, '<cellXfs count="', '<cellXfs x="'), (STYLES, 'fontId="1"', 'fontId="77"')),
    "number format twice": ("number-format", (STYLES, '<numFmts count="1">', '<numFmts count="2"><numFmt numFmtId="164" formatCode="0"/>')),
    "number format not defined": ("number-format", (STYLES, '<numFmt numFmtId="164"', '<numFmt numFmtId="165"')),
    "escape that was not meant": ("string-escape", (STRINGS, "Own servers", "Own _x0041_")),
    "half a character": ("string-escape", (STRINGS, "Own servers", "Own _xD800_")),
    "spaces that get lost": ("string-space", (STRINGS, "<t>Own servers", "<t> Own servers")),
    "empty run": ("string-run", (STRINGS, "<t>plain</t>", "<t></t>")),
    "cell of another row": ("cell-address", (SHEET, '<c r="A2">', '<c r="A9">')),
    "cell beyond the last column": ("cell-address", (SHEET, '<c r="D2" ', '<c r="XFE2" ')),
    "row beyond the last": ("cell-address", (SHEET, '<row r="2"', '<row r="1048577"')),
    "no number at all": ("cell-value", (SHEET, "<v>12.5</v></c>", "<v>1e999</v></c>")),
    "underscores as Python has them": ("cell-value", (SHEET, "<v>12.5</v></c>", "<v>1_2</v></c>")),
    "boolean 2": ("cell-value", (SHEET, 't="b"><v>1</v>', 't="b"><v>2</v>')),
    "error that Excel does not have": ("cell-value", (SHEET, "<v>#DIV/0!</v>", "<v>Err:502</v>")),
    "type that does not exist": ("cell-value", (SHEET, 't="b"', 't="bool"')),
    "no ISO date": ("cell-value", (SHEET, 't="b"', 't="d"')),
    "inline text with another type": ("cell-inline", (SHEET, "<v>12.5</v></c>", "<is><t>12.5</t></is></c>")),
    "inline text missing": ("cell-inline", (SHEET, '<c r="A2">', '<c r="A2" t="inlineStr">')),
    "inline text too long": ("string-length", (SHEET, A2, f'<c r="A2" t="inlineStr"><is><t>{LONG}</t></is></c>')),
    "result too long": ("string-length", (SHEET, "<v>yes</v>", f"<v>{LONG}</v>")),
    "result with a wrong escape": ("string-escape", (SHEET, "<v>yes</v>", "<v>_x0041_</v>")),
    "date before 1900": ("cell-date", (SHEET, "<v>46000</v>", "<v>-1</v>")),
    "date after 9999": ("cell-date", (SHEET, "<v>46000</v>", "<v>2958466</v>")),
    "metadata out of range": ("cell-metadata", (SHEET, 'cm="1"', 'cm="2"')),
    "formula with its equal sign": ("formula-syntax", (SHEET, "<f>A2/0</f>", "<f>=A2/0</f>")),
    "semicolons between arguments": ("formula-syntax", (SHEET, "SUM(A2,B2)", "SUM(A2;B2)")),
    "formula too long": ("formula-length", (SHEET, "<f>A2/0</f>", f"<f>{'+'.join(['A2'] * 3000)}</f>")),
    "text in a formula too long": ("formula-length", (SHEET, '"yes",', f'"{"y" * 256}",')),
    "too deep": ("formula-length", (SHEET, "<f>A2/0</f>", f"<f>{'ABS(' * 65}A2{')' * 65}</f>")),
    "too many arguments": ("formula-length", (SHEET, "<f>A2/0</f>", f"<f>SUM({','.join(['A2'] * 256)})</f>")),
    "prefix missing": ("formula-prefix", (SHEET, "_xlfn.XLOOKUP(", "XLOOKUP(")),
    "second prefix missing": ("formula-prefix", (SHEET, "_xlfn._xlws.SORT(", "_xlfn.SORT(")),
    "function that Excel does not have": ("formula-function", (SHEET, "SUM(A2,B2)", "SUMME(A2,B2)")),
    "sheet that is missing": ("formula-reference", (SHEET, "'Other''s'!B2", "Gone!B2")),
    "name that is missing": ("formula-reference", (SHEET, "*Rate", "*Ratio")),
    "table that is missing": ("formula-reference", (SHEET, "tblSecond[Value]", "tblThird[Value]")),
    "name of another sheet": ("formula-reference", (SECOND, '<c r="B2"><v>2</v>', '<c r="B2"><f>Local</f><v>2</v>')),
    "deleted cells": ("formula-reference", (SHEET, "<f>A2/0</f>", "<f>#REF!/0</f>")),
    "beyond the last row": ("formula-reference", (SHEET, "<f>A2/0</f>", "<f>A1048577/0</f>")),
    "workbook that is not linked": ("formula-reference", (SHEET, "<f>A2/0</f>", "<f>[1]Cost!A2/0</f>")),
    "name that refers to nothing": ("formula-reference", (BOOK, ">Cost!$A$2<", ">#REF!<")),
    "validation that refers to nothing": ("formula-reference", (SHEET, '<formula1>"low,high"', "<formula1>Levels")),
    "condition that refers to nothing": ("formula-reference", (SHEET, "<formula>3</formula>", "<formula>Gone!A1</formula>")),
    "shared formula without its first cell": ("formula-shared", (SHEET, "<f>A2/0</f>", '<f t="shared" si="0"/>')),
    "shared formula without its area": ("formula-shared", (SHEET, "<f>A2/0</f>", '<f t="shared" si="0">A2/0</f>')),
    "array elsewhere": ("formula-array", (SHEET, 'ref="A4:B4"', 'ref="A5:B5"')),
    "merge of one cell": ("area", (SHEET, 'ref="H4:I5"', 'ref="H4"')),
    "condition for no cell": ("area", (SHEET, '<conditionalFormatting sqref="A2:B3"', '<conditionalFormatting sqref="3B:A"')),
    "validation for no cell": ("area", (SHEET, 'sqref="B5"', 'sqref=""')),
    "link on no cell": ("area", (SHEET, '<hyperlink ref="A5"', '<hyperlink ref="5A"')),
    "filter beside the table": ("area", (TABLE, '<autoFilter ref="A10:B12"', '<autoFilter ref="A10:C12"')),
    "columns twice": ("column-widths", (SHEET, "</cols>", '<col min="2" max="3" width="9"/></cols>')),
    "column too wide": ("column-widths", (SHEET, "</cols>", '<col min="9" max="9" width="256"/></cols>')),
    "row too high": ("column-widths", (SHEET, 'ht="30"', 'ht="410"')),
    "validation title too long": ("data-validation", (SHEET, 'promptTitle="Choose"', f'promptTitle="{"C" * 33}"')),
    "validation formula too long": ("data-validation", (SHEET, '"low,high"', f"LEN({'A1' + '+A1' * 90})")),
    "condition without priority": ("conditional-format", (SHEET, ' priority="1"', "")),
    "condition with a missing format": ("conditional-format", (SHEET, 'dxfId="0"', 'dxfId="8"')),
    "header too long": ("header-length", (SHEET, "&amp;LCosts", "C" * 256)),
    "table named as a name": ("table-name", (TABLE, 'displayName="tblCost"', 'displayName="Rate"')),
    "table named as a cell": ("table-name", (TABLE, 'displayName="tblCost"', 'displayName="TBL1"')),
    "two tables of one name": ("table-name", (TABLE, 'displayName="tblCost"', 'displayName="TBLSECOND"')),
    "two tables of one id": ("table-name", (TABLE, ' id="1" name="tblCost"', ' id="2" name="tblCost"')),
    "table narrower than its columns": ("table-columns", (TABLE, 'ref="A10:B12"', 'ref="A10:A12"')),
    "table with a missing format": ("table-columns", (TABLE, '<tableColumn id="2"', '<tableColumn id="2" dataDxfId="9"')),
    "table on merged cells": ("table-overlap", (SHEET, 'ref="H4:I5"', 'ref="B12:C13"')),
    "shapes with one id": ("shape-id", (DRAWING, '<xdr:cNvPr id="3"', '<xdr:cNvPr id="2"')),
    "two comments on a cell": ("comments", (COMMENTS, 'ref="A2"', 'ref="A1"')),
    "comment of nobody": ("comments", (COMMENTS, 'authorId="0"', 'authorId="4"')),
    "comments that nothing shows": ("comments", (SHEET, '<legacyDrawing r:id="rId3"/>', "")),
    "comment too long": ("string-length", (COMMENTS, "a comment", LONG)),
    "chart of a missing sheet": ("chart-reference", (CHART, "Cost!$B$2:$B$3", "Gone!$B$2:$B$3")),
    "chart of a missing name": ("chart-reference", (CHART, "Cost!$B$2:$B$3", "Cost!series_b")),
    "chart of deleted cells": ("chart-reference", (CHART, "Cost!$B$2:$B$3", "#REF!")),
    "chart remembers text for a number": ("chart-cache", (CHART, "<c:v>2</c:v>", "<c:v>two</c:v>")),
    "chart remembers too much": ("chart-cache", (CHART, '<c:ptCount val="2"/><c:pt idx="0"><c:v>1<', '<c:ptCount val="1"/><c:pt idx="0"><c:v>1<')),
    "chart without an axis": ("chart-axis", (CHART, '<c:axId val="', '<c:axId val="9')),
}  # fmt: skip


@pytest.mark.parametrize("title", MORE)
def test_each_other_way_to_break_it_is_found(title):
    rule, *changes = MORE[title]
    assert rule in rules(changed(healthy(), *changes))


def test_a_chain_of_calculation_lists_the_formula_cells_and_no_other():
    chain = "".join(f'<c r="{cell}" i="1"/>' for cell in ("A3", "B3", "C3", "D3", "A4", "B4", "C4", "D4", "F2"))
    assert rules(_with_chain(chain)) == set()  # B4 is filled by the array formula of A4
    assert rules(_with_chain(chain + '<c r="A1"/>')) == {"calc-chain"}
    assert rules(_with_chain(chain.replace('<c r="C4" i="1"/>', ""))) == {"calc-chain"}
    assert rules(_with_chain(chain + '<c r="A1" i="9"/>')) == {"calc-chain"}


def _with_chain(cells: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    return changed(
        healthy(),
        ("xl/calcChain.xml", "", f'<calcChain xmlns="{main}">{cells}</calcChain>'),
        (TYPES, "<Override ", f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/><Override '),
        (
            BOOK_RELS,
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{relation}" Target="calcChain.xml"/></Relationships>',
        ),
    )


def test_no_visible_sheet_is_found():
    hide = [(BOOK, f'sheetId="{n}" r:id', f'sheetId="{n}" state="hidden" r:id') for n in (1, 2)]
    assert "visible-sheet" in rules(changed(healthy(), *hide))


def test_tables_that_overlap_are_found():
    second = '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" id="2" name="tblSecond"'
    moved = changed(
        healthy(),
        (SHEET_RELS, 'Target="../comments1.xml"/>', 'Target="../comments1.xml"/><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/table" Target="../tables/table2.xml"/>'),
        (SECOND_TABLE, 'ref="A4:B6"', 'ref="B12:C13"'),
        (SECOND_TABLE, 'autoFilter ref="A4:B6"', 'autoFilter ref="B12:C13"'),
    )  # fmt: skip
    assert second in Package.read(moved).part(SECOND_TABLE).decode()
    assert "table-overlap" in rules(moved)


def test_too_many_links_are_found():
    links = "".join(f'<hyperlink ref="C{row}" location="Cost!A1"/>' for row in range(1, 65_531))
    assert "hyperlinks" in rules(changed(healthy(), (SHEET, "<hyperlinks>", f"<hyperlinks>{links}")))


MACRO_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PLAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def test_macros_fit_type_and_ending():
    enabled = changed(healthy(), (TYPES, PLAIN_TYPE, MACRO_TYPE))
    assert rules(enabled, "book.xlsm") == set()
    assert rules(enabled, "book.xlsx") == {"macro-type"}
    assert rules(healthy(), "book.xlsm") == {"macro-type"}
    relation = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    project = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default '
    with_project = (
        ("xl/vbaProject.bin", "", "project"),
        (TYPES, "<Default ", project),
        (
            BOOK_RELS,
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{relation}" Target="vbaProject.bin"/></Relationships>',
        ),
    )
    assert rules(changed(enabled, *with_project), "book.xlsm") == set()
    assert rules(changed(healthy(), *with_project)) == {"macro-type"}


def test_strict_open_xml_is_named_and_nothing_else():
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    assert "strict" in rules(changed(healthy(), (BOOK, main, strict)))


def test_a_header_that_differs_from_the_directory_is_found():
    data = bytearray(healthy())
    assert rules(bytes(data)) == set()
    data[30:31] = b"("  # the first letter of the first part's name, before its data only
    assert rules(bytes(data)) == {"zip-header"}
    size = bytearray(healthy())
    size[22:26] = struct.pack("<L", 1)
    assert rules(bytes(size)) == {"zip-header"}


def test_a_cut_off_file_is_one_finding():
    assert rules(healthy()[:2000]) == {"package"}
    assert rules(b"") == {"package"}


def test_a_zip_file_that_is_no_workbook_is_found():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(TYPES, "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>")
    assert rules(out.getvalue()) == {"package"}


def test_every_rule_has_a_case_here():
    text = Path(__file__).read_text(encoding="utf-8")
    untested = [rule for rule in RULES if f'"{rule}"' not in text]
    assert untested == []


def test_findings_say_where_and_what_to_do():
    found = lint.check(changed(healthy(), NINETEEN["overlapping merges"][1]))
    assert [str(f) for f in found] == [
        "Cost!H2 (xl/worksheets/sheet1.xml): the merged areas H1:I2 and H2:I5 overlap [merge-overlap]; unmerge both areas and merge one"
    ]


def test_all_faults_of_a_file_are_found_in_one_pass():
    cases = ("nan", "overlapping merges", "table column and header differ", "string too long", "sheet name too long")
    changes = [NINETEEN[case][1] for case in cases]
    assert {NINETEEN[case][0] for case in cases} <= rules(changed(healthy(), *changes))


PARTS = (SHEET, BOOK, STYLES, STRINGS, TABLE, CHART, COMMENTS, TYPES, BOOK_RELS)
VALUE = re.compile(rb'"[^"<>]*"|>[^<>]+<')


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_value_of_an_attribute_or_text_takes_the_linter_down(data):
    package = Package.read(healthy())
    part = data.draw(st.sampled_from(PARTS))
    content = package.part(part)
    place = data.draw(st.sampled_from(list(VALUE.finditer(content))))
    new = data.draw(
        st.sampled_from(["", "-1", "99999999999", "1.5", "A0", "XFE1", "²", "x" * 300, "A1:B", "#REF!", "rId1"])
    )
    broken = content[: place.start() + 1] + new.encode() + content[place.end() - 1 :]
    for finding in lint.check(package.write({part: broken})):
        assert finding.rule in RULES
        assert str(finding)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(healthy()) - 1), st.integers(1, 255))
def test_no_flipped_byte_takes_the_linter_down(place, flip):
    data = bytearray(healthy())
    data[place] ^= flip
    assert all(finding.rule in RULES for finding in lint.check(bytes(data)))


@pytest.mark.soffice
def test_what_libreoffice_saves_is_clean(soffice, tmp_path):
    (tmp_path / "healthy.xlsx").write_bytes(healthy())
    saved = soffice.recalculate(tmp_path / "healthy.xlsx")
    assert lint.check(saved.read_bytes(), saved.name) == []


def by_openpyxl(data: bytes, *, keep_vba: bool = False) -> bytes:
    """The file as openpyxl saves it; it warns of some of what it drops."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        openpyxl.load_workbook(io.BytesIO(data), keep_vba=keep_vba).save(out)
    return out.getvalue()


def test_what_openpyxl_saves_is_clean():
    assert rules(by_openpyxl(exotic_by_xlsxwriter())) == set()


def test_a_workbook_with_everything_is_clean_and_what_openpyxl_leaves_behind_in_it_is_found():
    assert lint.check(exotic(), "exotic.xlsm") == []
    left = {
        finding.part for finding in lint.check(by_openpyxl(exotic(), keep_vba=True)) if finding.rule == "orphan-part"
    }
    assert "customUI/customUI14.xml" in left  # the ribbon is in the file and no longer in Excel


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=40
)


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS | st.floats(-9.99e307, 9.99e307) | st.booleans(), max_size=12), TEXTS)  # Excel's largest number
def test_whatever_xlsxwriter_is_given_its_file_is_clean(values, extra):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for row, value in enumerate(values):
        sheet.write(row, row % 3, value)
    sheet.write_formula(0, 5, '="' + extra.replace('"', '""') + '"', None, extra)
    book.close()
    assert lint.check(out.getvalue()) == []


CELLS = st.tuples(
    st.sampled_from(["", ' s="0"', ' s="1"', ' s="2"', ' s="9"', ' s="x"']),
    st.sampled_from(["", ' t="n"', ' t="s"', ' t="b"', ' t="e"', ' t="str"', ' t="d"', ' t="inlineStr"', ' t="zz"']),
    st.lists(
        st.sampled_from(["<f>A1</f>", "<v>0</v>", "<v>12.5</v>", "<v>-3</v>", "<v>nan</v>", "<v>1e400</v>", "<v/>"])
        | st.sampled_from(["<v>x</v>", "<v>1_0</v>", "<v>--</v>", "<is><t>a</t></is>", "<extLst/>"]),
        max_size=3,
    ),
)


@given(CELLS)
def test_the_short_way_passes_no_cell_that_the_long_way_faults(parts):
    style, kind, content = parts
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = etree.fromstring(f'<c xmlns="{main}" r="A1"{style}{kind}>{"".join(content)}</c>')
    known = cells._Known({"0": False, "1": False, "2": True}, {"0", "1"})
    if cells._is_common(cell, known):
        assert cells._fault(cell, known) is None


def passes_the_short_way(data: bytes) -> bool:
    package, contents = Package.unpacked(data)
    return lint.is_plainly_clean(data, package, contents, lint.CHECKS)


def test_what_programs_write_goes_the_short_way():
    assert passes_the_short_way(healthy())
    assert [path.name for path in TEMPLATES if not passes_the_short_way(path.read_bytes())] == []


WRONG = [
    "<", ">", "&", "&lt;", "&nothing;", "&#0;", "]]>", "\x0b", "\ufffe", "\r", " ", "_x0041_", "<!-- -->", "<![CDATA[1]]>",
    "<v>1</v>", "<v>", "</v>", "<f>A1</f>", "<f>", "<is><t>a</t></is>", "</c>", "<c/>", '<c r="A1"/>', "</row>", "<row>",
    '<row r="2"/>', "</sheetData>", "<sheetData>", ' t="s"', ' t="d"', ' s="99"', ' cm="2"', ' r="A2"', ' ht="500"', ' ht="x"',
    ' t="shared" si="7"', ' t="array" ref="Z1"', "nan", "1e999", "99999", "-1", "_", "SUM(", "#REF!", "Gone!A1", "1", '"', "A",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_the_short_way_passes_no_sheet_that_the_long_way_faults(data):
    package = Package.read(healthy())
    content = package.part(SHEET).decode()
    start, end = content.index("<sheetData>"), content.index("</sheetData>") + 20
    edges = [found.start() for found in re.finditer(r'[<>"]|(?<=[<>"])', content[start:end])]
    first = start + data.draw(st.sampled_from(edges))
    dropped = data.draw(st.sampled_from([0, 0, 0, 1, 4, 12]))
    wrong = data.draw(st.sampled_from(WRONG))
    broken = package.write({SHEET: (content[:first] + wrong + content[first + dropped :]).encode()})
    if passes_the_short_way(broken):
        assert lint.find(broken, Package.read(broken), lint.CHECKS) == []


def test_a_prefix_that_is_not_declared_is_found():  # Excel writes this attribute, and lxml does not see the rows
    assert "xml" in rules(changed(healthy(), (SHEET, 'xmlns:x14ac="', 'xmlns:x15ac="')))


def test_sheets_in_other_encodings_are_looked_at_as_any_other():
    package = Package.read(healthy())
    content = package.part(SHEET).decode().replace("UTF-8", "UTF-16", 1)
    assert lint.check(package.write({SHEET: content.encode("utf-16")})) == []
    assert rules(package.write({SHEET: content.replace("12.5", "nan").encode("utf-16")})) == {"cell-value"}


PIECES = (
    *("A1", "$B$2", "AB12", "A0", "XFE9", "ZZZ1", "A1048577", "B3#", "A1:B2", "$A:$B", "3:3", "1E5", ".5", "A", "é", "_"),
    *("LOG10(", "SUM(", "q1(", ")", "!", "'Q1 B2'!", "'It''s A1'!", "Q1!", "[1]S!", "T[A1]", "[", "]", "x.A1", "A1.x", "\\"),
    *('"', '"Q4"', '"a""B2"', "'", "$", "&", "+", ",", ":", "#REF!", "TRUE", "{1,2}", "@", "\n", "_xlfn.XLOOKUP(", "Rate", " "),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join), min_size=1, max_size=4))
def test_a_formula_says_what_its_shape_says(written):
    """Formulas are read by their shape; one fault, sheet, name or function more or less would be a rule lost."""
    for formula, shape in zip(written, shapes.shapes(written), strict=True):
        assert said(formulas.facts(shape)) == said(formulas.facts(formula)), (formula, shape)


def said(found: formulas.Facts) -> tuple:
    """Faults by rule, and names that no workbook can have, A3:3, as one: they are missing whatever they are."""
    impossible = {name for name in found.names if set(name) & set(":]$#!'")}
    rules, names = [rule for rule, _ in found.faults], found.names - impossible
    return rules, bool(impossible), replace(found, faults=(), names=names)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_the_formulas_of_the_templates_say_what_their_shapes_say(path):
    read = Package.read(path)
    texts = sorted({text for sheet in open_book(read, package.parse(read)[0]).sheets for text in sheet.formula_texts()})
    found = shapes.shapes(texts)
    assert len(set(found)) < len(texts)
    assert [formulas.facts(shape) for shape in found] == [formulas.facts(text) for text in texts]
