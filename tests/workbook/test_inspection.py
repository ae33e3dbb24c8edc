"""`llm-tco inspect`: what is in a file, and what its author may not want to send along."""

import io
import json

import pytest
import xlsxwriter
from click.testing import CliRunner
from exotic import exotic

from workbook.cli import cli
from workbook.inspection import concerns, inspect
from workbook.locate import shipped
from workbook.package import Package

EXOTIC = exotic()
FOUND = inspect(EXOTIC, "exotic.xlsm")


def test_names_inputs_formulas_and_links():
    assert FOUND.sheets == {"Inputs": "visible", "Cost": "visible"}
    assert FOUND.names["out_total"] == "Cost!$B$7"
    assert [(i.name, i.cell, i.value, i.hidden) for i in FOUND.inputs] == [
        ("in_price", "Inputs!B3", 12.5, False),
        ("in_region", "Inputs!B4", "EU", False),
        ("in_users", "Inputs!B2", 100, False),
    ]
    assert FOUND.formulas == {"Cost": 6}
    assert FOUND.links == ("file:///C:/Users/designer/Prices.xlsx",)
    assert len(FOUND.macros) == 64


def test_personal_data_are_listed_with_their_part():
    listed = {(found.what, found.value, found.where) for found in FOUND.personal}
    assert listed == {
        ("creator", "A. Designer", "docProps/core.xml"),
        ("lastModifiedBy", "A. Designer", "docProps/core.xml"),
        ("Company", "Design AG", "docProps/app.xml"),
        ("folder of the author", "C:\\Users\\designer\\Documents\\", "xl/workbook.xml"),
        ("person", "Anna Example <anna@example.com>", "xl/persons/person.xml"),
        ("printer", "HP LaserJet Finance", "xl/printerSettings/printerSettings1.bin"),
        ("refreshed by", "A. Designer", "xl/pivotCache/pivotCacheDefinition1.xml"),
    }


def test_parts_that_matter_are_named():
    kinds = {part.kind for part in FOUND.parts}
    assert kinds >= {"macros", "external link", "pivot table", "slicer", "form control", "ribbon", "digital signature"}
    sizes = {part.name: part.size for part in FOUND.parts}
    assert sizes["customXml/item1.xml"] == len(b'<crm xmlns="urn:example:crm"><deal>4711</deal></crm>')


def test_hidden_sheets_rows_and_columns():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for title in ("Shown", "Hidden", "Very"):
        book.add_worksheet(title).write(0, 0, "{{customer_name}}")
    book.worksheets()[1].hide()
    book.worksheets()[2].very_hidden()
    shown = book.worksheets()[0]
    shown.set_row(4, None, None, {"hidden": True})
    shown.set_column(3, 3, None, None, {"hidden": True})
    for name, cell in (("row", "$A$5"), ("column", "$D$1"), ("shown", "$B$1")):
        book.define_name(f"in_{name}", f"=Shown!{cell}")
    book.define_name("in_sheet", "=Hidden!$A$2")
    book.define_name("Shown!own", "=Shown!$A$1")
    book.close()
    found = inspect(file.getvalue(), "h.xlsx")
    assert found.sheets == {"Shown": "visible", "Hidden": "hidden", "Very": "veryHidden"}
    assert {i.name: i.hidden for i in found.inputs} == {
        "in_row": True, "in_column": True, "in_sheet": True, "in_shown": False,
    }  # fmt: skip
    assert found.names["Shown!own"] == "Shown!$A$1"
    assert found.fields == ("customer_name",)


@pytest.mark.parametrize("as_json", [False, True])
def test_from_the_shell(tmp_path, as_json):
    path = tmp_path / "exotic.xlsm"
    path.write_bytes(EXOTIC)
    result = CliRunner().invoke(cli, ["inspect", str(path), *["--json"] * as_json])
    assert result.exit_code == 0, result.output
    if as_json:
        listed = json.loads(result.output)
        assert listed["inputs"][0] == {"name": "in_price", "cell": "Inputs!B3", "value": 12.5, "hidden": False}
        assert {"where": "docProps/app.xml", "what": "Company", "value": "Design AG"} in listed["personal"]
    else:
        for text in (
            "in_users",
            "anna@example.com",
            "HP LaserJet Finance",
            "Prices.xlsx",
            "macros",
            "C:\\Users\\designer",
        ):
            assert text in result.output


def test_markup_in_a_file_is_shown_as_text(tmp_path):
    """Rich would take [red] in a name's text for a colour."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.add_worksheet("S").write(0, 0, "[red]not red[/red]")
    book.define_name("in_a", "=S!$A$1")
    book.close()
    (tmp_path / "m.xlsx").write_bytes(file.getvalue())
    assert "[red]not red[/red]" in CliRunner().invoke(cli, ["inspect", str(tmp_path / "m.xlsx")]).output


def test_strict_refuses_what_should_not_leave_the_house(tmp_path):
    (tmp_path / "exotic.xlsm").write_bytes(EXOTIC)
    refused = CliRunner().invoke(cli, ["inspect", str(tmp_path / "exotic.xlsm"), "--strict"], standalone_mode=False)
    assert refused.return_value == 1
    for concern in (
        "exotic.xlsm, docProps/core.xml: creator A. Designer",
        "docProps/app.xml: Company Design AG",
        "xl/workbook.xml: folder of the author C:\\Users\\designer\\Documents\\",
        "xl/persons/person.xml: person Anna Example",
        "xl/printerSettings/printerSettings1.bin: printer HP LaserJet Finance",
        "reads from file:///C:/Users/designer/Prices.xlsx",
        "xl/externalLinks/externalLink1.xml: external link",
        "xl/threadedComments/threadedComment1.xml: comment with its writer",
        "customXml/item1.xml: data of another program",
    ):
        assert concern in refused.stderr
    assert "Inspect Document" in refused.stderr
    shown = CliRunner().invoke(cli, ["inspect", str(tmp_path / "exotic.xlsm")], standalone_mode=False)
    assert (shown.return_value, shown.stderr) == (0, "")


@pytest.mark.parametrize("how", ["hide", "very_hidden"])
def test_strict_refuses_hidden_sheets_and_passes_names_that_are_allowed(how):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"author": "Acme AG", "company": "Acme AG"})
    for title in ("Shown", "Other"):
        book.add_worksheet(title)
    getattr(book.worksheets()[1], how)()
    book.close()
    found = inspect(file.getvalue(), "h.xlsx")
    state = {"hide": "hidden", "very_hidden": "veryHidden"}[how]
    assert concerns(found, ["Acme AG"]) == (f"sheet Other is {state}",)
    assert "docProps/app.xml: Company Acme AG" in concerns(found)


@pytest.mark.parametrize(
    ("part", "content", "told"),
    [
        (
            "xl/connections.xml",
            b'<connections><connection><dbPr connection="Server=db1"/></connection></connections>',
            {"reads from Server=db1", "xl/connections.xml: data connection"},
        ),
        (
            "xl/pivotCache/pivotCacheRecords1.xml",
            b"<pivotCacheRecords/>",
            {"xl/pivotCache/pivotCacheRecords1.xml: copy of a pivot table's source"},
        ),
        ("xl/model/item.data", b"x", {"xl/model/item.data: data model"}),
        ("xl/embeddings/oleObject1.bin", b"x", {"xl/embeddings/oleObject1.bin: embedded file"}),
        ("xl/queryTables/queryTable1.xml", b"<queryTable/>", {"xl/queryTables/queryTable1.xml: query"}),
    ],
)
def test_strict_refuses_parts_that_bring_data_along(part, content, told):
    before = set(concerns(FOUND))
    found = inspect(Package.read(EXOTIC, "e.xlsm").write({part: content}), "e.xlsm")
    assert set(concerns(found)) - before == told


def test_the_shipped_templates_name_nobody_but_the_product():
    for path in shipped("templates", "proposal_en.xlsx").parent.glob("*.xlsx"):
        assert {found.value for found in inspect(path.read_bytes(), path.name).personal} <= {"llm-tco"}, path.name
