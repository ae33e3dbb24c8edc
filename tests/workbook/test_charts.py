"""The copies of cells inside charts say what the cells say."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from workbook import customers, lint
from workbook.areas import Area
from workbook.cells import ERROR_TEXTS, CellError
from workbook.charts import compile_chart
from workbook.locate import shipped
from workbook.places import Row
from workbook.proposal import Proposals
from workbook.recalc import recalculate
from workbook.slots import Contents, Filling
from workbook.template import Template

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
NS = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
YEARS = [2026.0, 2027.0, 2028.0, 2029.0]


def template() -> Template:
    """Costs by year (rows 2-5) of two options (columns B, C), with inputs on a sheet of their own."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    data, cost = book.add_worksheet("Data"), book.add_worksheet("Cost")
    data.write("A1", 1)
    cost.write_row("A1", ["Year", "Own", "Rented"])
    for row in range(1, 5):
        cost.write_number(row, 0, 2025 + row)
        cost.write_formula(row, 1, f"=Data!$A$1*{row}", None, row)
        cost.write_formula(row, 2, f"=Data!$A$1*{row}*2", None, 2 * row)
    cost.write_formula("E1", "=A1", None, "Year")
    book.define_name("in_base", "=Data!$A$1")
    book.define_name("in_title", "=Cost!$D$1")
    book.define_name("Own", "=Cost!$B$2:$B$5")
    book.define_name("Growing", "=OFFSET(Cost!$B$2,0,0,3,1)")
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for column in "BC":
        chart.add_series(
            {"name": f"=Cost!${column}$1", "categories": "=Cost!$A$2:$A$5", "values": f"=Cost!${column}$2:${column}$5"}
        )
    chart.add_series({"name": "=Cost!$D$1", "values": "=Cost!Own"})
    chart.add_series({"name": "typed", "values": "=Cost!Growing"})
    cost.insert_chart("A10", chart)
    book.close()
    return Template.compile(buffer.getvalue())


TEMPLATE = template()


def results(base: float) -> dict[tuple[str, int, int], object]:
    values = {("Cost", row + 1, 2): base * row for row in range(1, 5)}
    values |= {("Cost", row + 1, 3): base * row * 2 for row in range(1, 5)}
    return {**values, ("Cost", 1, 5): "Year"}


def series(data: bytes) -> list[dict[str, list[str]]]:
    """Points of every series by holder: read from the file with lxml, not with our own reader."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = etree.fromstring(archive.read("xl/charts/chart1.xml"))
    return [
        {
            holder: points(node)
            for holder in ("tx", "cat", "val")
            if (node := one.find(f"{C}{holder}")) is not None and node.find(f".//{C}f") is not None
        }
        for one in root.iter(f"{C}ser")
    ]


def points(node: etree._Element) -> list[str]:
    found = [(int(pt.get("idx")), pt.findtext(f"{C}v")) for pt in node.iter(f"{C}pt")]
    count = int(next(node.iter(f"{C}ptCount")).get("val"))
    assert [i for i, _ in found] == sorted({i for i, _ in found})
    return [dict(found).get(i, "") for i in range(count)]


def numbers(texts: list[str]) -> list[float]:
    return [float(text) for text in texts]


def test_copies_equal_the_cells():
    data = TEMPLATE.fill({("Data", 1, 1): 0.1, ("Cost", 1, 4): "A&B <own>"}, results(0.1))
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Cost"]
    own, rented, named, growing = series(data)
    assert numbers(own["cat"]) == [sheet.cell(row, 1).value for row in range(2, 6)] == YEARS
    assert numbers(own["val"]) == [sheet.cell(row, 2).value for row in range(2, 6)]
    assert numbers(rented["val"]) == [sheet.cell(row, 3).value for row in range(2, 6)]
    assert (own["tx"], rented["tx"], named["tx"]) == (["Own"], ["Rented"], ["A&B <own>"])
    assert named["val"] == own["val"]
    assert growing["val"] == []  # OFFSET needs Excel: no copy rather than a stale one
    assert [reference.split(", ")[-1] for reference in TEMPLATE.uncached] == ["Cost!Growing"]


def test_hidden_points_are_left_out():
    data = TEMPLATE.fill({}, results(1), hidden_rows={"Cost": [1, 4, 5]})
    own, *_ = series(data)
    assert (own["tx"], numbers(own["cat"]), numbers(own["val"])) == (["Own"], YEARS[:2], [1, 2])
    data = TEMPLATE.fill({}, results(1), hidden_columns={"Cost": [3]})
    own, rented, *_ = series(data)
    assert (rented["tx"], rented["val"], numbers(own["val"])) == (["Rented"], [], [1, 2, 3, 4])


def test_what_numbers_cannot_be_drawn():
    values = results(1) | {("Cost", 2, 2): CellError("#N/A"), ("Cost", 3, 2): "n/a", ("Cost", 4, 2): None}
    assert series(TEMPLATE.fill({}, values))[0]["val"] == ["#N/A", "0", "", "4"]


def chart(holder: str, reference: str, *, visible: str = '<c:plotVisOnly val="1"/>') -> bytes:
    body = f"<c:ser><c:{holder}>{reference}</c:{holder}></c:ser>"
    return f"<c:chartSpace {NS}><c:chart><c:plotArea>{body}</c:plotArea>{visible}</c:chart></c:chartSpace>".encode()


def filled(data: bytes, values: dict[tuple[int, int], object], hidden_rows: tuple[int, ...] = ()) -> str:
    """The reference of the chart with these cells of sheet S."""
    cells = {("S", row, column): value for (row, column), value in values.items()}
    contents = Contents(cells, {}, {}, frozenset(), {"S": frozenset(hidden_rows)}, {})
    cut = compile_chart(data, {"Block": Area("S", 1, 1, 2, 1)}, frozenset({"S"}), "chart1.xml")
    filling = Filling(contents, {}, {}, {}, {}, {})
    text = cut.render(filling, Row.of(filling, None)).decode()
    return re.search(r"<c:ser><c:\w+>(.*)</c:\w+></c:ser>", text)[1]


VALUES = {(1, 1): 1.0, (2, 1): 2.5, (3, 1): 7.0}


def test_a_reference_without_a_copy_gets_one():
    bare = "<c:numRef><c:f>S!$A$1:$A$2</c:f></c:numRef>"
    assert filled(chart("val", bare), VALUES) == (
        "<c:numRef><c:f>S!$A$1:$A$2</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        '<c:ptCount val="2"/><c:pt idx="0"><c:v>1</c:v></c:pt><c:pt idx="1"><c:v>2.5</c:v></c:pt>'
        "</c:numCache></c:numRef>"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "&quot;Own servers&quot;",
        "=&quot;say &quot;&quot;A1&quot;&quot;&quot;",
        "{1,2}",
        '{"a}";"b"}',
        "{&quot;x&quot;}",
        "1.5E-3",
    ],
)
@pytest.mark.parametrize("holder", ["tx", "cat", "val"])
def test_what_is_typed_in_place_of_cells_keeps_its_copy(typed, holder):
    kind, copy = ("numRef", "numCache") if holder == "val" else ("strRef", "strCache")
    point = '<c:pt idx="0"><c:v>7</c:v></c:pt>'
    old = f'<c:{kind}><c:f>{typed}</c:f><c:{copy}><c:ptCount val="1"/>{point}</c:{copy}></c:{kind}>'
    assert filled(chart(holder, old), VALUES) == old
    cells = old.replace(typed, "S!$A$1:$A$2&amp;&quot;x&quot;")  # not typed, and not to be told without Excel
    assert '<c:ptCount val="0"/>' in filled(chart(holder, cells), VALUES)


@pytest.mark.soffice
def test_names_typed_into_charts_survive_libreoffice(soffice, tmp_path):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("S")
    sheet.write_column("A1", [1, 2])
    book.define_name("in_a", "=S!$A$1")
    line = book.add_chart({"type": "line"})
    line.add_series({"name": "Own servers", "values": "=S!$A$1:$A$2"})
    sheet.insert_chart("C1", line)
    book.close()
    (tmp_path / "t.xlsx").write_bytes(buffer.getvalue())
    template = Template.compile(soffice.recalculate(tmp_path / "t.xlsx").read_bytes())
    assert b"<c:f>&quot;Own servers&quot;</c:f>" in template.package.part("xl/charts/chart1.xml")
    (one,) = series(template.fill({("S", 1, 1): 5.0}, {}))
    assert (one["tx"], numbers(one["val"])) == (["Own servers"], [5, 2])


@pytest.mark.parametrize("code", ERROR_TEXTS)
def test_an_error_of_a_charted_cell_is_the_point_and_the_file_is_clean(code):
    data = TEMPLATE.fill({}, results(1) | {("Cost", 3, 2): CellError(code)})
    assert series(data)[0]["val"] == ["1", code, "3", "4"]
    assert lint.check(data) == []


def test_an_error_that_only_newer_programs_have_is_that_of_its_cell():
    data = TEMPLATE.fill({}, results(1) | {("Cost", 3, 2): CellError("#SPILL!")})
    assert openpyxl.load_workbook(io.BytesIO(data), data_only=True, read_only=True)["Cost"]["B3"].value == "#VALUE!"
    assert series(data)[0]["val"][1] == "#VALUE!"


def test_a_workbook_with_an_error_in_a_chart_is_recalculated():
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("Cost")
    sheet.write_column("A1", [0, 4])
    sheet.write_column("B1", ["=1/A1", "=1/A2"])
    line = book.add_chart({"type": "line"})
    line.add_series({"values": "=Cost!$B$1:$B$2"})
    sheet.insert_chart("D1", line)
    book.close()
    data = recalculate(buffer.getvalue()).data
    assert series(data)[0]["val"] == ["#DIV/0!", "0.25"]
    assert lint.added(buffer.getvalue(), data) == []


def test_format_and_extensions_are_kept():
    rest = "<c:extLst><c:ext uri='x'/></c:extLst>"
    code = "<c:formatCode>#,##0\\ &quot;k$&quot;</c:formatCode>"
    old = f'<c:numRef><c:f>S!$A$3</c:f><c:numCache>{code}<c:ptCount val="9"/></c:numCache>{rest}</c:numRef>'
    new = filled(chart("val", old), VALUES)
    assert new == old.replace('<c:ptCount val="9"/>', '<c:ptCount val="1"/><c:pt idx="0"><c:v>7</c:v></c:pt>')


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("(S!$A$1,S!$A$3)", ["1", "7"]),
        ("'S'!$A$2:$A$3", ["2.5", "7"]),
        ("[0]!Block", ["1", "2.5"]),
        ("S!block", ["1", "2.5"]),
        ("S!$A:$A", []),
        ("S!Dynamic", []),
    ],
)
def test_references_of_every_kind(formula, expected):
    stale = "<c:ptCount val='1'/><c:pt idx='0'><c:v>99</c:v></c:pt>"
    old = f"<c:numRef><c:f>{formula}</c:f><c:numCache>{stale}</c:numCache></c:numRef>"
    assert re.findall("<c:v>(.*?)</c:v>", filled(chart("val", old), VALUES)) == expected


@pytest.mark.parametrize("formula", ["[1]S!$A$1", "'[Other.xlsx]S'!$A$1", "S!#REF!", "Gone!$A$1"])
def test_cells_of_other_workbooks_keep_their_copy(formula):
    copy = "<c:ptCount val='1'/><c:pt idx='0'><c:v>old</c:v></c:pt>"
    old = f"<c:strRef><c:f>{formula}</c:f><c:strCache>{copy}</c:strCache></c:strRef>"
    assert filled(chart("tx", old), VALUES) == old


def test_categories_that_are_text_now_are_text():
    bare = "<c:numRef><c:f>S!$A$1:$A$2</c:f></c:numRef>"
    new = filled(chart("cat", bare), {(1, 1): "Own", (2, 1): 2026.0})
    assert re.findall(r"<(c:\w+)[ >]", new) == [
        "c:strRef",
        "c:f",
        "c:strCache",
        "c:ptCount",
        "c:pt",
        "c:v",
        "c:pt",
        "c:v",
    ]
    assert re.findall("<c:v>(.*?)</c:v>", new) == ["Own", "2026"]
    assert filled(chart("val", bare), {(1, 1): "Own"}).startswith("<c:numRef>")


def test_text_copies():
    bare = "<c:strRef><c:f>S!$A$1:$A$6</c:f></c:strRef>"
    column = ["R&D", True, CellError("#N/A"), dt.date(2026, 1, 31), 0.1 + 0.2, None]
    new = filled(chart("cat", bare), {(row, 1): value for row, value in enumerate(column, 1)})
    assert re.findall("<c:v>(.*?)</c:v>", new) == ["R&amp;D", "TRUE", "#N/A", "46053", "0.3"]
    assert '<c:ptCount val="6"/>' in new


def test_levels_of_categories_start_inside():
    cells = {(1, 1): "On site", (1, 2): "2026", (2, 2): "2027", (3, 1): "Cloud", (3, 2): "2026"}
    bare = "<c:multiLvlStrRef><c:f>S!$A$1:$B$3</c:f></c:multiLvlStrRef>"
    new = filled(chart("cat", bare), cells)
    levels = [re.findall(r'idx="(\d)"><c:v>(.*?)<', level) for level in re.findall("<c:lvl>.*?</c:lvl>", new)]
    assert levels == [[("0", "2026"), ("1", "2027"), ("2", "2026")], [("0", "On site"), ("2", "Cloud")]]
    assert '<c:multiLvlStrCache><c:ptCount val="3"/>' in new


def test_hidden_rows_of_the_template_and_charts_that_show_them():
    bare = "<c:numRef><c:f>S!$A$1:$A$3</c:f></c:numRef>"
    assert re.findall("<c:v>(.*?)</c:v>", filled(chart("val", bare), VALUES, (2,))) == ["1", "7"]
    shown = chart("val", bare, visible='<c:plotVisOnly val="0"/>')
    assert re.findall("<c:v>(.*?)</c:v>", filled(shown, VALUES, (2,))) == ["1", "2.5", "7"]


def test_labels_from_cells():
    old = (
        '<c15:datalabelsRange xmlns:c15="x"><c15:f>S!$A$1:$A$2</c15:f><c15:dlblRangeCache><c:ptCount val="1"/>'
        '<c:pt idx="0"><c:v>old</c:v></c:pt></c15:dlblRangeCache></c15:datalabelsRange>'
    )
    new = filled(chart("ext", old), VALUES)
    assert '<c15:dlblRangeCache><c:ptCount val="2"/><c:pt idx="0"><c:v>1</c:v></c:pt>' in new


def test_libreoffice_draws_the_filled_chart(soffice, tmp_path):
    """Calc opens the file and writes the same points from its own calculation."""
    (tmp_path / "c.xlsx").write_bytes(TEMPLATE.fill({("Data", 1, 1): 3.0}, results(3)))
    own, rented, *_ = series(soffice.recalculate(tmp_path / "c.xlsx").read_bytes())
    assert numbers(own["val"]) == [3, 6, 9, 12]
    assert numbers(rented["val"]) == [6, 12, 18, 24]
    assert own["cat"] == ["2026", "2027", "2028", "2029"]


@pytest.mark.parametrize("horizon", [1, 4, 15])
def test_the_axis_of_years_ends_with_the_horizon(horizon):
    """Programs that end it by themselves draw a year more."""
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    example = next(c for c in customers.read(shipped("examples", "customers.csv")).good if c.id == "0007")
    made = proposals.make(replace(example, inputs=example.inputs.replaced(horizon=horizon))).data
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    (chart,) = [chart for chart in charts if "<c:scatterChart>" in chart]
    below, beside = re.findall(r"<c:valAx>.*?</c:valAx>", chart)
    assert re.findall(r'<c:max val="([^"]*)"/>', below) == [str(horizon)]
    assert "<c:max" not in beside
    assert [chart for chart in charts if "<c:max" in chart] == [chart]
