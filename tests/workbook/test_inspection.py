"""`llm-tco inspect`: what is in a file, and what its author may not want to send along."""

import io
import json

import pytest
import xlsxwriter
from click.testing import CliRunner
from exotic import exotic

from workbook.cli import cli
from workbook.inspection import inspect
from workbook.locate import shipped

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


def test_the_shipped_templates_name_nobody_but_the_product():
    for path in shipped("templates", "proposal_en.xlsx").parent.glob("*.xlsx"):
        assert {found.value for found in inspect(path.read_bytes(), path.name).personal} <= {"llm-tco"}, path.name
