"""`recalc`: formula cells get their values, every other byte of the file stays, LibreOffice agrees."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from books import COST, book, formulas

from engine.errors import WrongKind
from workbook import lint
from workbook.cells import CellError
from workbook.package import Package
from workbook.recalc import recalculate


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def cells(data: bytes) -> dict[str, object]:
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[COST]
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}


def test_formula_cells_get_their_values_and_nothing_else_changes():
    data = formulas("=in_users*2", '=TCO_POWER(in_users,1,0.1,,0.5)&" USD"', "=TCO_CRF(-5,3)", "=A1>100")
    result = recalculate(data)
    assert cells(result.data) == {"A1": 200, "A2": "5 USD", "A3": "#NUM!", "A4": True}
    before, after = parts(data), parts(result.data)
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet2.xml"}
    kept = openpyxl.load_workbook(io.BytesIO(result.data))[COST]
    assert kept["A2"].value == '=TCO_POWER(in_users,1,0.1,,0.5)&" USD"'  # as the analyst wrote it
    assert result.formulas == 4
    assert list(result.errors) == [(COST, 3, 1)]
    assert recalculate(result.data).data == result.data


def test_tables_of_our_functions_fill_their_cells():
    def write(sheet):
        sheet.write_array_formula("A1:D1", '{=TCO_FLOWS(Assumptions,"seat",,"seat_price",20)}', None, -1)
        sheet.write_dynamic_array_formula("A3", '=TCO_FLOWS(Assumptions,"seat",,"seat_price",20)', None, -1)
        sheet.write_array_formula("A5:E5", '{=TCO_FLOWS(Assumptions,"seat",,"seat_price",20)}', None, -1)

    values = cells(recalculate(book(write)).data)
    flows = [0, 24000, 24000, 24000]
    assert [values[f"{c}1"] for c in "ABCD"] == flows
    assert [values[f"{c}3"] for c in "ABCD"] == flows  # the file said one cell; the table has grown into four
    assert [values[f"{c}5"] for c in "ABCDE"] == [*flows, "#N/A"]


def test_a_table_that_has_grown_states_its_new_range():
    def write(sheet):
        sheet.write_dynamic_array_formula("B2:B3", "=SEQUENCE(in_users)", None, -1)

    data = recalculate(book(write, {"users": 4})).data
    assert b'ref="B2:B5"' in parts(data)["xl/worksheets/sheet2.xml"]
    assert [cells(data)[f"B{row}"] for row in (2, 3, 4, 5)] == [1, 2, 3, 4]


def test_cells_that_need_excel_keep_their_value():
    def write(sheet):
        sheet.write_formula("A1", '=CUBEVALUE("Sales","[Measures].[Profit]")', None, 42)
        sheet.write_formula("A2", "=in_users", None, -1)

    result = recalculate(book(write))
    assert cells(result.data) == {"A1": 42, "A2": 100}
    assert result.kept == ((COST, 1, 1),)


def test_errors_come_with_their_sentence_and_a_mistyped_name_of_ours_is_one():
    errors = recalculate(formulas("=TCO_CRF(-5,3)", "=A1+1", "=TCO_CFR(1,2)")).errors
    said = [errors[COST, row, 1].message for row in (1, 2, 3)]
    assert said[0] == said[1] == "TCO_CRF rate: -5 is not above -1 1/yr; write more than -1 to 1"
    assert said[2] == "TCO_CFR is no function of llm-tco; did you mean TCO_CRF?"


def test_a_file_that_would_break_is_not_written_but_what_was_wrong_before_is_no_reason():
    package = Package.read(formulas("=in_users*2"), "b.xlsx")
    part = "xl/worksheets/sheet2.xml"
    twice = b'<mergeCells count="2"><mergeCell ref="C1:D2"/><mergeCell ref="D2:E3"/></mergeCells><pageMargins'
    overlap = package.write({part: package.part(part).replace(b"<pageMargins", twice)})
    assert [finding.rule for finding in lint.check(overlap)] == ["merge-overlap"]
    assert lint.added(overlap, recalculate(overlap).data) == []
    (finding,) = lint.added(formulas("=in_users*2"), overlap)
    with pytest.raises(WrongKind, match=r"out\.xlsx would not open cleanly in Excel: .*merge-overlap"):
        lint.refuse([finding], "out.xlsx")


def test_placeholders_stay():
    def write(sheet):
        sheet.write_string("A1", "Offer for {{customer_name}}")
        sheet.write_formula("A2", "=LEN(A1)", None, -1)

    data = recalculate(book(write)).data
    assert cells(data) == {"A1": "Offer for {{customer_name}}", "A2": 27}


@pytest.mark.soffice
def test_libreoffice_calculates_the_same(calc_with_addin, tmp_path: Path):
    texts = [
        "=in_users*2+TCO_CRF(Inputs!B3,3)",
        "=TCO_POWER(in_users,1,0.1,,0.5)",
        "=TCO_CRF(-5,3)",
        '=TCO_SEAT(Inputs!A1:C5,"tco","seat_price",20)',
        "=SUM(A1:A2)",
    ]
    path = tmp_path / "analyst.xlsx"
    path.write_bytes(recalculate(formulas(*texts)).data)
    ours = cells(path.read_bytes())
    theirs = cells(calc_with_addin.recalculate(path).read_bytes())
    assert CellError(str(ours.pop("A3"))) == CellError(str(theirs.pop("A3")))
    assert len(ours) == 4
    assert {k: f"{v:.14g}" for k, v in ours.items()} == {k: f"{v:.14g}" for k, v in theirs.items()}
