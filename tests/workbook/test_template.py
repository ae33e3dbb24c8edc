"""Filling a template: only named cells, formula values and placeholders change; readers of three projects agree."""

import datetime as dt
import io
import pickle
import re
import struct
import warnings
import zipfile
import zlib

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from engine.errors import NotAvailable, OutOfLimits, Problems, WrongKind
from workbook.areas import Area
from workbook.cells import CellError
from workbook.template import Template

PIXEL = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\3\1\1\0"
    b"\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
)
FIELDS = {"customer": "Müller & Söhne <KG>", "date": "2026-01-31", "prices": "3 January"}


def rich_template() -> bytes:
    """A workbook with everything that load-and-save libraries lose."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": "Offer for {{customer}}", "author": "", "created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001
    book.set_custom_property("Class", "internal")
    inputs, cost = book.add_worksheet("In put's"), book.add_worksheet("Cost")
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    inputs.set_column(0, 0, 30)
    inputs.set_column(2, 5, 12, money)
    for row, (label, value) in enumerate([("Users", 100), ("Price", 12.5), ("Name", "nobody"), ("Active", True)]):
        inputs.write(row, 0, label)
        inputs.write(row, 1, value)
    inputs.write_blank("B5", None, money)
    inputs.write("A8", "Prepared for {{customer}}, {{ date }}")
    inputs.write_rich_string("A9", "For ", bold, "{{customer}}", " only")
    inputs.write_comment("B1", "Users of {{customer}}")
    inputs.insert_image("H1", "p.png", {"image_data": io.BytesIO(PIXEL)})
    inputs.insert_textbox("H6", "Dear {{customer}}")
    inputs.data_validation("B1", {"validate": "integer", "criteria": ">", "value": 0})
    inputs.set_footer("&L&9{{customer}}&C&12{{prices}}&RPage &P of &N")
    inputs.conditional_format("B1:B4", {"type": "data_bar", "data_bar_2010": True})
    for row in range(5):
        cost.write(row + 1, 0, f"Year {row}")
        cost.write_formula(row + 1, 1, f"='In put''s'!$B$1*'In put''s'!$B$2*{row}", money, 1250 * row)
    cost.write_formula("C2", "=\"Total \"&'In put''s'!B3", None, "Total nobody")
    cost.write_formula("C3", "=B2>0", None, False)
    cost.write_formula("C4", "=1/B2", None, "#DIV/0!")
    cost.write_array_formula("E2:E4", "{=B2:B4*2}", None, 0)
    cost.write_number("E3", 2500)
    cost.write_number("E4", 5000)
    cost.add_table("H2:I4", {"name": "Lines", "columns": [{"header": "Line"}, {"header": "USD"}]})
    cost.add_sparkline("D2", {"range": "Cost!B2:B6"})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"name": "=Cost!$A$1", "categories": "=Cost!$A$2:$A$6", "values": "=Cost!$B$2:$B$6"})
    chart.set_title({"name": "Cost of {{customer}}"})
    cost.insert_chart("A10", chart)
    for name, area in (
        ("in_users", "'In put''s'!$B$1"),
        ("in_price", "'In put''s'!$B$2"),
        ("in_name", "'In put''s'!$B$3"),
        ("in_active", "'In put''s'!$B$4"),
        ("in_tariff", "'In put''s'!$B$5"),
        ("in_start", "'In put''s'!$C$2"),
        ("blk_rows", "'In put''s'!$B$20:$C$22"),
        ("out_total", "Cost!$B$6"),
    ):
        book.define_name(name, f"={area}")
    book.define_name("Cost!in_local", "=Cost!$A$1")  # names of one sheet bind nothing
    book.close()
    return buffer.getvalue()


RICH = rich_template()
TEMPLATE = Template.compile(RICH, "rich.xlsx")
SHEET = "In put's"
CACHES = {
    **{("Cost", row + 2, 2): 300.0 * 10.25 * row for row in range(5)},
    ("Cost", 2, 3): 'Total "A&B"',
    ("Cost", 3, 3): True,
    ("Cost", 4, 3): CellError("#N/A"),
    ("Cost", 2, 5): 0.0,
    ("Cost", 3, 5): 6150.0,
    ("Cost", 4, 5): 12300.0,
}
INPUTS = {(SHEET, 1, 2): 300.0, (SHEET, 2, 2): 10.25, (SHEET, 3, 2): "A&B", (SHEET, 4, 2): False}


def key(name: str) -> tuple[str, int, int]:
    return next(iter(TEMPLATE.areas[name].cells()))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def raw_parts(data: bytes) -> dict[str, bytes]:
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
            start = info.header_offset + 30 + name + extra
            found[info.filename] = data[start : start + info.compress_size]
    return found


def opened(data: bytes, *, values: bool = True) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it would lose; it never saves here
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values)


def framed(data: bytes, sheet: str, engine: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pd.read_excel(io.BytesIO(data), sheet_name=sheet, header=None, engine=engine)


def fill(inputs=None, caches=None, fields=None, **hidden) -> bytes:
    return TEMPLATE.fill(INPUTS if inputs is None else inputs, caches or CACHES, fields or FIELDS, **hidden)


def test_only_declared_parts_change():
    before, after = raw_parts(RICH), raw_parts(fill())
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/sharedStrings.xml",
        "xl/charts/chart1.xml",
        "xl/drawings/drawing1.xml",
        "xl/comments1.xml",
        "docProps/core.xml",
    }


def test_the_templates_own_values_give_the_templates_own_sheets():
    """Every byte of the sheets is accounted for: putting back what was there changes nothing."""
    again = Template.compile(RICH).fill({}, TEMPLATE.contents.cached, FIELDS)
    before, after = raw_parts(RICH), raw_parts(again)
    assert before["xl/worksheets/sheet2.xml"] == after["xl/worksheets/sheet2.xml"]
    sheet = parts(RICH)["xl/worksheets/sheet1.xml"].replace(
        b"{{customer}}", "Müller &amp;&amp; Söhne &lt;KG&gt;".encode()
    )
    assert parts(again)["xl/worksheets/sheet1.xml"] == sheet.replace(b"&amp;12{{prices}}", b"&amp;12 3 January")


def test_bytes_outside_the_declared_cells_are_identical():
    """Blank the declared cells in both files with a pattern of their own, then compare byte by byte."""
    declared = {b"xl/worksheets/sheet1.xml": b"B1|B2|B3|B4", b"xl/worksheets/sheet2.xml": b"[BCE][2-6]"}
    before, after = parts(RICH), parts(fill())
    for part, cells in declared.items():
        pattern = re.compile(rb'<c r="(?:' + cells + rb')"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
        old, new = (pattern.sub(b"@", p[part.decode()]) for p in (before, after))
        old, new = (re.sub(rb"<oddFooter>.*</oddFooter>", b"", x) for x in (old, new))
        assert old.count(b"@") >= 4
        assert old == new
    formulas = rb"<f.*?</f>"
    sheet = "xl/worksheets/sheet2.xml"
    assert re.findall(formulas, before[sheet]) == re.findall(formulas, after[sheet])
    assert len(re.findall(formulas, after[sheet])) == 9


def test_three_readers_see_every_value():
    data = fill()
    book = opened(data)
    assert [book[SHEET].cell(row, 2).value for row in range(1, 6)] == [300, 10.25, "A&B", False, None]
    wanted = {k: ("#N/A" if isinstance(v, CellError) else v) for k, v in CACHES.items()}
    assert {k: book[k[0]].cell(k[1], k[2]).value for k in CACHES} == wanted
    for engine in ("openpyxl", "calamine"):
        frame = framed(data, "Cost", engine)
        assert [frame.iloc[row + 1, 1] for row in range(5)] == [CACHES["Cost", row + 2, 2] for row in range(5)]
        assert frame.iloc[1, 2] == 'Total "A&B"'
    assert opened(data, values=False)["Cost"]["B3"].value == "='In put''s'!$B$1*'In put''s'!$B$2*1"


def test_placeholders_are_filled_everywhere():
    data = fill()
    assert TEMPLATE.fields == ("customer", "date", "prices")
    assert not [name for name, content in parts(data).items() if b"{{" in content]
    book = opened(data)
    assert book[SHEET]["A8"].value == "Prepared for Müller & Söhne <KG>, 2026-01-31"
    assert book[SHEET]["A9"].value == "For Müller & Söhne <KG> only"
    assert book[SHEET]["B1"].comment.text == "Users of Müller & Söhne <KG>"
    assert book.properties.title == "Offer for Müller & Söhne <KG>"
    escaped = "Müller &amp; Söhne &lt;KG&gt;".encode()
    assert b">Dear " + escaped + b"<" in parts(data)["xl/drawings/drawing1.xml"]
    assert b">Cost of " + escaped + b"<" in parts(data)["xl/charts/chart1.xml"]
    assert b"<b/>" in parts(data)["xl/sharedStrings.xml"]  # the run keeps its format
    assert TEMPLATE.field_values(FIELDS)[SHEET, 8, 1] == "Prepared for Müller & Söhne <KG>, 2026-01-31"
    with pytest.raises(NotAvailable, match=r"rich\.xlsx has the placeholder \{\{date\}\}.*give date"):
        TEMPLATE.fill({}, {}, {"customer": "x", "prices": "y"})


def test_a_field_is_filled_once_and_never_read_again():
    data = fill(fields={**FIELDS, "customer": "{{date}} =1+1"})
    assert opened(data)[SHEET]["A9"].value == "For {{date}} =1+1 only"


def test_header_codes_of_a_name_are_text():
    footer = re.search(rb"<oddFooter>(.*)</oddFooter>", parts(fill())["xl/worksheets/sheet1.xml"])[1].decode()
    # & doubled, and a space so that "3 January" does not become font size 123
    assert footer == "&amp;L&amp;9Müller &amp;&amp; Söhne &lt;KG&gt;&amp;C&amp;12 3 January&amp;RPage &amp;P of &amp;N"
    with pytest.raises(OutOfLimits, match=r"header or footer has 3\d\d characters, the limit is 255"):
        fill(fields={**FIELDS, "customer": "x" * 300})


HOSTILE = (
    '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(1)", "http://evil/x", "#REF!", "TRUE",
    "0123", "1E5",
    "1/2", " leading and trailing ", "line\nline\ttab", "a _x0041_ b", "\u202eevil\u200f", "\U0001f600 🇨🇭", "ĳé́",
    "]]>", '<c r="A1"/>', "&amp;", "'quoted'", "x" * 32_767, "😀" * 16_383,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    data = fill({key("in_name"): text}, {**CACHES, ("Cost", 2, 3): text}, {**FIELDS, "customer": text[:200]})
    calamine = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert calamine.get_sheet_by_name(SHEET).to_python(skip_empty_area=False)[2][1] == text
    assert calamine.get_sheet_by_name("Cost").to_python(skip_empty_area=False)[1][2] == text
    xml = parts(data)["xl/worksheets/sheet1.xml"]
    assert re.search(rb'<c r="B3" t="inlineStr"(?: s="\d+")?><is><t xml:space="preserve">', xml)
    assert b"<f>" not in xml
    book = opened(data)
    assert (book[SHEET]["B3"].data_type, book["Cost"]["C2"].data_type) == ("s", "s")
    assert not book[SHEET]["B3"].hyperlink


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("a\x0bb", WrongKind, r"in_name \(In put's!B3\): the text has the character U\+000B at position 2.*remove it"),
        ("\ud800", WrongKind, r"U\+D800 at position 1"),
        ("\ufffe", WrongKind, r"U\+FFFE"),
        ("x" * 40_000, OutOfLimits, r"in_name \(In put's!B3\): the text has 40,000 characters, a cell holds 32,767"),
        ("😀" * 16_384, OutOfLimits, r"has 32,768 characters"),
    ],
)
def test_text_that_no_cell_can_hold_is_refused(text, kind, sentence):
    with pytest.raises(kind, match=sentence):
        fill({key("in_name"): text})
    with pytest.raises(kind):
        fill(fields={**FIELDS, "customer": text})
    with pytest.raises(kind, match="Cost!C2"):
        fill(caches={**CACHES, ("Cost", 2, 3): text})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_no_cell_holds_nan(number):
    with pytest.raises(WrongKind, match=r"in_users \(In put's!B1\): (nan|-?inf) is not a number"):
        fill({key("in_users"): number})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
)
def test_numbers_and_texts_come_back_bit_for_bit(number, text):
    for forbidden in "\ufffe\uffff":
        text = text.replace(forbidden, "")
    data = fill({key("in_users"): number, key("in_name"): text or "x"}, {**CACHES, ("Cost", 2, 2): number})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(SHEET).to_python()
    assert sheet[0][1] == number
    assert sheet[2][1] == (text or "x")
    assert opened(data)["Cost"]["B2"].value == number


def test_dates_are_serial_numbers():
    moments = {
        dt.date(2026, 1, 31): 46053,
        dt.datetime(2026, 1, 31, 6): 46053.25,  # noqa: DTZ001
        dt.date(1900, 1, 1): 1,
        dt.date(1900, 3, 1): 61,
    }
    for moment, serial in moments.items():
        assert opened(fill({key("in_price"): moment}))[SHEET]["B2"].value == serial
    with pytest.raises(OutOfLimits, match="1899-12-31 is before 1900-01-01"):
        fill({key("in_price"): dt.date(1899, 12, 31)})
    with pytest.raises(WrongKind, match="time zone"):
        fill({key("in_price"): dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})


def test_a_formula_without_a_result_has_no_value_rather_than_a_stale_one():
    book = opened(TEMPLATE.fill(INPUTS, {}, FIELDS))
    assert {book[k[0]].cell(k[1], k[2]).value for k in CACHES} == {None}
    assert (
        b"<c:pt "
        not in re.search(rb"<c:val>.*</c:val>", parts(TEMPLATE.fill({}, {}, FIELDS))["xl/charts/chart1.xml"])[0]
    )


def test_cells_that_are_not_there_are_created_in_place():
    block = list(TEMPLATE.areas["blk_rows"].cells())
    inputs = {cell: float(i) for i, cell in enumerate(block) if i != 2}
    data = fill({**inputs, key("in_start"): dt.date(2026, 2, 1), key("in_tariff"): 0.12})
    sheet = opened(data)[SHEET]
    assert [sheet.cell(r, c).value for _, r, c in block] == [0, 1, None, 3, 4, 5]
    assert sheet["C2"].number_format == sheet["C20"].number_format == "#,##0.00"  # the column's format, as in Excel
    assert sheet["B5"].value == 0.12
    xml = parts(data)["xl/worksheets/sheet1.xml"]
    rows = [int(n) for n in re.findall(rb'<row r="(\d+)"', xml)]
    assert rows == sorted(set(rows))
    assert re.findall(rb'<c r="([A-Z]+)2"', xml) == [b"A", b"B", b"C"]
    assert b'<dimension ref="A1:F22"/>' in xml
    assert b'<dimension ref="A1:F9"/>' in parts(fill())["xl/worksheets/sheet1.xml"]
    assert len(framed(data, SHEET, "openpyxl")) == 22
    assert b'<row r="20"' not in parts(fill({}))["xl/worksheets/sheet1.xml"]


def test_rows_and_columns_are_hidden():
    hidden = {"hidden_rows": {SHEET: [2, 13, 14, 21]}, "hidden_columns": {SHEET: [1, 4, 5, 30], "Cost": [2]}}
    data = fill(**hidden)
    sheet = opened(data)[SHEET]
    assert {n for n, row in sheet.row_dimensions.items() if row.hidden} == {2, 13, 14, 21}
    spans = re.findall(rb'<col min="(\d+)" max="(\d+)"([^>]*)/>', parts(data)["xl/worksheets/sheet1.xml"])
    seen = [(int(low), int(high), b"hidden" in rest) for low, high, rest in spans]
    assert seen == [(1, 1, True), (3, 3, False), (4, 5, True), (6, 6, False), (30, 30, True)]
    assert all(b"style=" in rest for low, _, rest in spans if b"3" <= low <= b"6" and len(low) == 1 and low != b"30")
    assert opened(data)["Cost"].column_dimensions["B"].hidden
    with pytest.raises(WrongKind, match="has no sheet 'Costs' to hide rows or columns of; it has In put's, Cost"):
        fill(hidden_rows={"Costs": [1]})


def test_what_the_template_tells():
    assert "in_local" not in TEMPLATE.areas
    assert TEMPLATE.sheets == (SHEET, "Cost")
    assert TEMPLATE.areas["blk_rows"] == Area(SHEET, 20, 2, 3, 2)
    assert TEMPLATE.constants[SHEET, 3, 2] == "nobody"
    assert TEMPLATE.constants[SHEET, 4, 2] is True
    assert len(TEMPLATE.formula_cells) == 9
    assert TEMPLATE.calculated_cells - TEMPLATE.formula_cells == {("Cost", 3, 5), ("Cost", 4, 5)}
    assert TEMPLATE.read_values("in_users") == [[100.0]]
    assert TEMPLATE.read_values("out_total") == [[5000.0]]
    assert TEMPLATE.read_values("blk_rows") == [[None, None]] * 3
    with pytest.raises(NotAvailable, match="has no name in_nothing"):
        TEMPLATE.read_values("in_nothing")


def test_only_named_cells_without_formula_are_filled():
    with pytest.raises(WrongKind, match=r"rich\.xlsx, Cost!B6 holds a formula; give the name to an input cell"):
        fill({key("out_total"): 1.0})
    with pytest.raises(Problems, match=r"In put's!A1 cannot be filled: no name.*In put's!Z99 cannot"):
        fill({(SHEET, 1, 1): 1.0, (SHEET, 99, 26): 1.0})


def test_same_input_same_bytes_also_in_another_process():
    again = pickle.loads(pickle.dumps(TEMPLATE))  # noqa: S301  our own bytes
    assert fill() == fill() == again.fill(INPUTS, CACHES, FIELDS)
    assert fill() != fill({key("in_users"): 1.0})


VALUE = st.sampled_from(
    [None, 0.0, -0.0, 1.0, 1, True, False, "", "1", "=1", 2.5, dt.date(2026, 1, 31), CellError("#N/A")]
)
FILLING = st.tuples(
    st.permutations(sorted(TEMPLATE.input_cells)).flatmap(
        lambda cells: st.lists(VALUE, max_size=len(cells)).map(lambda values: dict(zip(cells, values, strict=False)))
    ),
    st.permutations(sorted(CACHES)).flatmap(
        lambda cells: st.lists(VALUE, max_size=len(cells)).map(lambda values: dict(zip(cells, values, strict=False)))
    ),
    st.sets(st.integers(1, 25)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(FILLING, min_size=2, max_size=4))
def test_what_was_filled_before_changes_nothing(fillings):
    """What a template keeps from its files, types, orders, hidden rows, values, does not leak into the next."""
    used = Template.compile(RICH, "rich.xlsx")
    for inputs, caches, hidden in fillings:
        data = used.fill(inputs, caches, FIELDS, {SHEET: hidden})
        assert data == Template.compile(RICH, "rich.xlsx").fill(inputs, caches, FIELDS, {SHEET: hidden})
        cost = opened(data)["Cost"]
        for (_, row, column), value in caches.items():
            found, wanted = cost.cell(row, column).value, getattr(value, "code", value)
            if isinstance(wanted, dt.date):
                wanted = 46053
            assert (found, isinstance(found, bool)) == (None if wanted == "" else wanted, isinstance(wanted, bool))


# Files that no library here writes: parts by hand.

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"


def by_hand(sheet: str, names: str = "", workbook: str = "", strings: str = "") -> bytes:
    """A workbook of one sheet `S` with this XML."""
    contents = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/book.xml" ContentType="'
        'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/s.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/strings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r" Type="{OFFICE}/officeDocument" '
        'Target="xl/book.xml"/></Relationships>',
        "xl/book.xml": workbook
        or f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
        f"<definedNames>{names}</definedNames></workbook>",
        "xl/_rels/book.xml.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
        f'Target="/xl/s.xml"/><Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="strings.xml"/>'
        "</Relationships>",
        "xl/s.xml": sheet,
        "xl/strings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def name(text: str, area: str) -> str:
    return f'<definedName name="{text}">{area}</definedName>'


STRANGE = f"""<?xml version="1.0"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData><!-- <c r="A1"><v>9</v></c> -->
<x:row><x:c><x:v>1</x:v></x:c><x:c s='1' t = "s" ><x:v>0</x:v></x:c><x:c/>
<x:c><x:f t="shared" ref="D1:D2" si="0">A1*2</x:f><x:v>2</x:v></x:c></x:row>
<x:row hidden='1' ht="20"><x:c r="B2" t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r>
<x:r><x:t><![CDATA[<b>&]]></x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:is></x:c>
<x:c r="D2"><x:f t="shared" si="0"/><x:v>5</x:v></x:c></x:row><x:row r="9"/>
</x:sheetData><x:pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/></x:worksheet>"""


def test_prefixes_comments_cdata_and_cells_without_addresses():
    names = name("in_a", "S!$A$1") + name("in_c", "S!$C$1") + name("in_new", "S!$E$9") + name("in_text", "S!$B$2")
    template = Template.compile(by_hand(STRANGE, names, strings="<si><t>one</t></si>"))
    assert template.formula_cells == {("S", 1, 4), ("S", 2, 4)}
    assert template.constants == {("S", 1, 1): 1.0, ("S", 1, 2): "one", ("S", 2, 2): "a<b>&"}
    caches = {("S", 1, 4): 14.0, ("S", 2, 4): 10.0}
    filled = template.fill({("S", 1, 1): 7.0, ("S", 1, 3): "t", ("S", 9, 5): True}, caches)
    expected = (
        STRANGE.replace("<x:c><x:v>1</x:v></x:c>", "<x:c><x:v>7</x:v></x:c>")
        .replace("<x:c/>", '<x:c t="inlineStr"><x:is><x:t xml:space="preserve">t</x:t></x:is></x:c>')
        .replace("</x:f><x:v>2</x:v>", "</x:f><x:v>14</x:v>")
        .replace('si="0"/><x:v>5</x:v>', 'si="0"/><x:v>10</x:v>')
        .replace('<x:row r="9"/>', '<x:row r="9"><x:c r="E9" t="b"><x:v>1</x:v></x:c></x:row>')
    )
    assert parts(filled)["xl/s.xml"].decode() == expected
    unchanged = template.fill({}, {("S", 1, 4): 2.0, ("S", 2, 4): 5.0})
    assert raw_parts(unchanged) == raw_parts(by_hand(STRANGE, names, strings="<si><t>one</t></si>"))


def test_an_empty_sheet_gets_cells_and_hidden_rows():
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    template = Template.compile(by_hand(sheet, name("blk_a", "S!$B$2:$B$4")))
    filled = template.fill({("S", 3, 2): 1.0}, {}, {}, {"S": [1, 4, 6]}, {"S": [2]})
    assert parts(filled)["xl/s.xml"].decode() == (
        f'<worksheet xmlns="{MAIN}"><cols><col min="2" max="2" width="9.140625" hidden="1"/></cols><sheetData>'
        '<row r="1" hidden="1"/><row r="3"><c r="B3"><v>1</v></c></row><row r="4" hidden="1"></row>'
        '<row r="6" hidden="1"/></sheetData></worksheet>'
    )
    assert parts(template.fill({}, {}))["xl/s.xml"].decode() == sheet


def test_value_metadata_goes_with_the_value_array_flags_stay():
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" cm="1" vm="2" t="e"><f t="array" ref="A1">X()</f>'
    )
    sheet += "<v>#VALUE!</v><extLst/></c></row></sheetData></worksheet>"
    filled = Template.compile(by_hand(sheet)).fill({}, {("S", 1, 1): 2.0})
    assert b'<c r="A1" cm="1"><f t="array" ref="A1">X()</f><v>2</v><extLst/></c>' in parts(filled)["xl/s.xml"]


EMPTY = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'


def book_xml(properties: str = "", namespace: str = MAIN) -> str:
    return (
        f'<workbook xmlns="{namespace}" xmlns:r="{OFFICE}">{properties}<sheets><sheet name="S" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>"
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (by_hand(EMPTY, name("in_a", "S!#REF!")), r"the cells of the name in_a have been deleted; undo the deletion"),
        (by_hand(EMPTY, name("in_a", "OFFSET(S!$A$1,1,0)")), "the name in_a refers to OFFSET"),
        (by_hand(EMPTY, name("out_b", "Gone!$A$1")), r"the name out_b refers to Gone!\$A\$1"),
        (by_hand(EMPTY, workbook=book_xml('<workbookPr date1904="1"/>')), "counts dates from 1904"),
        (
            by_hand(EMPTY, workbook=book_xml(namespace="http://purl.oclc.org/ooxml/spreadsheetml/main")),
            "Strict Open XML",
        ),
        (by_hand(EMPTY, workbook="<document/>"), "is an Office file but not a workbook"),
        (by_hand(EMPTY[:-5]), r"t\.xlsx, sheet S is not well-formed XML"),
        (
            by_hand(EMPTY, strings="<si><r><t>{{cust</t></r><r><t>omer}}</t></r></si>"),
            "spread over differently formatted",
        ),
        (
            by_hand(f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="s"><v>7</v></c></row></sheetData></worksheet>'),
            "t.xlsx, sheet S, cell A1: '7' is no value of type 's'",
        ),
    ],
)
def test_templates_that_cannot_be_used_are_refused(data, sentence):
    with pytest.raises(WrongKind, match=sentence):
        Template.compile(data, "t.xlsx")


def test_all_bad_names_are_listed_at_once():
    bad = name("in_a", "S!#REF!") + name("in_b", "3.5") + name("Other", "3.5")
    with pytest.raises(Problems) as caught:
        Template.compile(by_hand(EMPTY, bad))
    assert len(caught.value.problems) == 2


def test_inline_text_with_placeholders():
    cell = '<c r="{0}" t="inlineStr"><is><t>Dear {{{{customer}}}}</t></is></c>'
    row = f'<row r="1">{cell.format("A1")}{cell.format("B1")}</row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    template = Template.compile(by_hand(sheet, name("in_b", "S!$B$1")))
    assert template.fields == ("customer",)
    book = opened(template.fill({}, {}, {"customer": " A "}))
    assert (book["S"]["A1"].value, book["S"]["B1"].value) == ("Dear  A ", "Dear  A ")
    book = opened(template.fill({("S", 1, 2): "typed"}, {}, {"customer": "A"}))
    assert (book["S"]["A1"].value, book["S"]["B1"].value) == ("Dear A", "typed")


def test_placeholders_out_of_reach_are_listed():
    assert TEMPLATE.unfilled == ()
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><f>"{{{{a}}}}"</f></c></row></sheetData>'
    sheet += '<dataValidations><dataValidation prompt="{{b}}" sqref="A1"/></dataValidations></worksheet>'
    template = Template.compile(by_hand(sheet, strings="<si><t>{{c}}</t></si>"))
    assert template.fields == ("c",)
    assert set(template.unfilled) == {"xl/s.xml: {{a}}", "xl/s.xml: {{b}}"}


def test_a_file_that_libreoffice_saved(soffice, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(RICH)
    saved = soffice.recalculate(tmp_path / "t.xlsx").read_bytes()
    template = Template.compile(saved, "lo.xlsx")
    assert template.areas["in_users"] == TEMPLATE.areas["in_users"]
    # Calc writes a typed TRUE as the formula TRUE()
    assert template.formula_cells == TEMPLATE.formula_cells | {key("in_active")}
    inputs = {k: v for k, v in INPUTS.items() if k != key("in_active")}
    caches = {k: CACHES.get(k) for k in template.calculated_cells}
    filled = template.fill(inputs, caches, {f: FIELDS[f] for f in template.fields})
    changed = {n for n in raw_parts(saved) if raw_parts(saved)[n] != raw_parts(filled)[n]}
    assert changed <= {*template.cuts}
    assert "xl/styles.xml" not in changed
    book = opened(filled)
    assert [book["Cost"].cell(r, 2).value for r in range(2, 7)] == [CACHES["Cost", r, 2] for r in range(2, 7)]
    again = template.fill({}, template.contents.cached, {f: FIELDS[f] for f in template.fields})
    before, after = (parts(data)["xl/worksheets/sheet2.xml"] for data in (saved, again))
    assert after == before.replace(b' t="n"', b"")  # Calc states the type that a cell has anyway


def test_libreoffice_calculates_the_same_from_a_filled_file(soffice, tmp_path):
    """Independent recalculation from the inputs as they stand in the file; 1/B2 with B2 = 0 is an error of its own."""
    (tmp_path / "filled.xlsx").write_bytes(fill())
    book = opened(soffice.recalculate(tmp_path / "filled.xlsx").read_bytes())
    assert [book["Cost"].cell(row, 2).value for row in range(2, 7)] == [300 * 10.25 * year for year in range(5)]
    assert [book["Cost"].cell(row, 5).value for row in range(2, 5)] == [0, 6150, 12300]
    assert book["Cost"]["C2"].value == "Total A&B"
    assert book["Cost"]["C4"].value == "#DIV/0!"
    assert book[SHEET]["A8"].value == "Prepared for Müller & Söhne <KG>, 2026-01-31"


def test_crc_and_sizes_hold():
    data = fill()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert all(zlib.crc32(archive.read(i)) == i.CRC for i in archive.infolist())
