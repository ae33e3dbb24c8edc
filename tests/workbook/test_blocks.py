"""Blocks of fixed capacity, and tables that grow with everything that says how long they are."""

import io
import re
import warnings
import zipfile

import openpyxl
import pytest
import xlsxwriter

from engine.errors import NotAvailable, OutOfLimits, Problems, WrongKind
from workbook.blocks import place
from workbook.growth import grown
from workbook.headless import Calculator
from workbook.package import Package
from workbook.template import Template


def template_with_table(below: str = "", total: str = "=SUM(Items[USD])") -> bytes:
    """Items with a calculated column, formats, validations, sparkline, chart and names over its whole columns."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    items, cost = book.add_worksheet("My items"), book.add_worksheet("Cost")
    money = book.add_format({"num_format": "#,##0.00"})
    columns = [
        {"header": "Item"},
        {"header": "Count"},
        {"header": "Price", "format": money},
        {"header": "USD", "formula": "=Items[[#This Row],[Count]]*Items[[#This Row],[Price]]", "format": money},
        {"header": "Double"},
    ]
    items.add_table("B3:F6", {"name": "Items", "columns": columns})
    for row in range(4, 7):
        items.write_row(row - 1, 1, [f"Item {row}", row, 10])
        items.write_formula(row - 1, 5, f"=D{row}*2+$A$1", money, 20)
    items.conditional_format("D4:D6", {"type": "data_bar", "data_bar_2010": True})
    items.conditional_format("D4", {"type": "cell", "criteria": ">", "value": 5, "format": money})
    items.data_validation("C4:C6", {"validate": "integer", "criteria": ">", "value": 0})
    items.write("H3", "beside")
    if below:
        items.write(below, "in the way")
    cost.write_formula("A1", total, None, 0)
    cost.write_formula("A2", "=ROWS(Items[USD])", None, 0)
    cost.data_validation("B1", {"validate": "list", "source": "='My items'!$B$4:$B$6"})
    cost.add_sparkline("C1", {"range": "'My items'!$C$4:$C$6"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "='My items'!$B$4:$B$6", "values": "='My items'!$E$4:$E$6"})
    cost.insert_chart("E2", chart)
    book.define_name("blk_items", "='My items'!$B$4:$F$6")
    book.define_name("Prices", "='My items'!$D$4:$D$6")
    book.define_name("blk_fixed", "=Cost!$A$20:$B$23")
    book.define_name("blk_other", "=Cost!$D$22:$D$25")
    book.close()
    return file.getvalue()


BOOK = template_with_table()


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".bin")}


def opened(data: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it would lose; it never saves here
        return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def values(data: bytes, sheet: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in opened(data)[sheet].iter_rows()]


def test_unused_rows_of_a_block_are_hidden():
    template = Template.compile(BOOK)
    placed = place(template, {"blk_fixed": [["a", 1.0], ["b"]]})
    assert placed.inputs == {
        ("Cost", 20, 1): "a", ("Cost", 20, 2): 1.0, ("Cost", 21, 1): "b", ("Cost", 21, 2): None,
        ("Cost", 22, 1): None, ("Cost", 22, 2): None, ("Cost", 23, 1): None, ("Cost", 23, 2): None,
    }  # fmt: skip
    assert placed.hidden_rows == {"Cost": {22, 23}}
    filled = template.fill(placed.inputs, {}, {}, placed.hidden_rows)
    sheet = opened(filled)["Cost"]
    assert [sheet.row_dimensions[row].hidden for row in range(20, 24)] == [False, False, True, True]


def test_a_row_that_another_block_needs_is_not_hidden():
    placed = place(Template.compile(BOOK), {"blk_fixed": [["a"]], "blk_other": [[1.0], [2.0]]})
    assert placed.hidden_rows == {"Cost": {21, 24, 25}}


def test_a_full_block_hides_nothing():
    placed = place(Template.compile(BOOK), {"blk_fixed": [["a"]] * 4})
    assert placed.hidden_rows == {}


def test_overflow_is_an_error_never_a_truncation():
    template = Template.compile(BOOK, "t.xlsx")
    with pytest.raises(OutOfLimits, match=r"t\.xlsx, blk_fixed: 47 items, capacity 4; make the block larger"):
        place(template, {"blk_fixed": [["a", 1.0]] * 47})
    with pytest.raises(OutOfLimits, match="a line has 3 values, the block has 2 columns"):
        place(template, {"blk_fixed": [["a", 1.0, 2.0]]})
    with pytest.raises(Problems) as caught:
        place(template, {"blk_fixed": [["a"]] * 5, "blk_nowhere": []})
    assert len(caught.value.problems) == 2


def filled_table(lines: int) -> bytes:
    data = grown(BOOK, {"blk_items": lines})
    template = Template.compile(data)
    placed = place(template, {"blk_items": [[f"Line {i}", float(i), 2.5] for i in range(1, lines + 1)]})
    calculator = Calculator(data)
    return template.fill(placed.inputs, calculator.calculate(placed.inputs), {}, placed.hidden_rows)


def test_a_table_grows_with_all_that_belongs_to_it():
    after = parts(filled_table(57))
    table = after["xl/tables/table1.xml"]
    assert re.findall(r' ref="([^"]+)"', table) == ["B3:F60", "B3:F60"]  # its own and that of the filter buttons
    items, cost = after["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet2.xml"]
    assert '<dimension ref="B3:H60"/>' in items
    assert 'sqref="D4:D60"' in items
    assert "<xm:sqref>D4:D60</xm:sqref>" in items
    assert 'sqref="D4"' in items  # a rule for one cell stays with it
    assert 'sqref="C4:C60"' in items
    assert "<xm:f>'My items'!C4:C60</xm:f>" in cost
    assert "<formula1>'My items'!$B$4:$B$60</formula1>" in cost
    assert after["xl/charts/chart1.xml"].count("$60</c:f>") == 2
    assert ">'My items'!$B$4:$F$60</definedName>" in after["xl/workbook.xml"]
    assert ">'My items'!$D$4:$D$60</definedName>" in after["xl/workbook.xml"]
    assert items.count("<row ") == 58
    assert re.search(r'<c r="F60"[^>]*><f>D60\*2\+\$A\$1</f>', items)
    style = re.search(r'<c r="E6" (s="\d+")', items)[1]
    assert f'<c r="E60" {style}>' in items


def test_a_grown_tables_total_counts_every_row():
    """57 lines of i x 2.5: the sum is 2.5 x 57 x 58 / 2 = 4,132.50."""
    rows = values(filled_table(57), "Cost")
    assert (rows[0][0], rows[1][0]) == (4132.5, 57)


@pytest.mark.soffice
def test_calc_counts_every_row_too(soffice, tmp_path):
    path = tmp_path / "grown.xlsx"
    path.write_bytes(filled_table(57))
    rows = values(soffice.recalculate(path).read_bytes(), "Cost")
    assert (rows[0][0], rows[1][0]) == (4132.5, 57)
    items = values(path.read_bytes(), "My items")
    assert items[59][1:6] == ["Line 57", 57, 2.5, 142.5, 5]


def test_what_is_long_enough_stays_byte_for_byte():
    assert grown(BOOK, {"blk_items": 2}) is BOOK
    assert grown(BOOK, {"blk_items": 4}) == grown(BOOK, {"blk_items": 4}) != BOOK


def test_formatted_blank_rows_below_give_way():
    package = Package.read(BOOK)
    sheet = package.part("xl/worksheets/sheet1.xml").replace(
        b"</sheetData>", b'<row r="7"><c r="B7" s="1"/></row></sheetData>'
    )
    after = parts(grown(package.write({"xl/worksheets/sheet1.xml": sheet}), {"blk_items": 5}))
    assert after["xl/worksheets/sheet1.xml"].count('<row r="7"') == 1


def test_shared_formulas_are_written_out():
    package = Package.read(BOOK)
    sheet = package.part("xl/worksheets/sheet1.xml").decode()
    shared = sheet.replace("<f>D4*2+$A$1</f>", '<f t="shared" ref="F4:F6" si="0">D4*2+$A$1</f>')
    for row in (5, 6):
        shared = shared.replace(f"<f>D{row}*2+$A$1</f>", '<f t="shared" si="0"/>')
    after = parts(grown(package.write({"xl/worksheets/sheet1.xml": shared.encode()}), {"blk_items": 5}))
    assert "<f>D8*2+$A$1</f>" in after["xl/worksheets/sheet1.xml"]


def test_the_order_of_calculation_is_left_to_excel():
    package = Package.read(BOOK)
    types = package.part("[Content_Types].xml").replace(
        b"</Types>",
        b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'spreadsheetml.calcChain+xml"/></Types>',
    )
    relations = package.part("xl/_rels/workbook.xml.rels").replace(
        b"</Relationships>",
        b'<Relationship Id="rIdC" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain" '
        b'Target="calcChain.xml"/></Relationships>',
    )
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="A1" i="2"/></calcChain>'
    )
    chained = package.write(
        {"[Content_Types].xml": types, "xl/_rels/workbook.xml.rels": relations, "xl/calcChain.xml": chain}
    )
    after = parts(grown(chained, {"blk_items": 5}))
    assert not [name for name, text in after.items() if "calcChain" in name or "calcChain" in text]


@pytest.mark.parametrize(
    ("data", "name", "kind", "sentence"),
    [
        (BOOK, "blk_nowhere", NotAvailable, "there is no such name"),
        (BOOK, "blk_fixed", WrongKind, r"Cost!\$A\$20:\$B\$23 is not the body of a table"),
        (template_with_table(below="C9"), "blk_items", WrongKind, "My items!C9 lies below the table"),
        (
            template_with_table(total="=SUM('My items'!E4:E6)"),
            "blk_items",
            WrongKind,
            r"SUM\('My items'!E4:E6\) in Cost!A1 covers the rows of the table by addresses",
        ),
    ],
)
def test_what_would_be_wrong_is_refused(data, name, kind, sentence):
    with pytest.raises(kind, match=sentence):
        grown(data, {name: 50}, "t.xlsx")
