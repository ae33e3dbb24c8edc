"""`llm-tco diff`: every difference between two workbooks is listed, and nothing else."""

import datetime as dt
import io
import json

import pytest
import xlsxwriter
from click.testing import CliRunner

from workbook.cells import CellError
from workbook.cli import cli
from workbook.difference import Change, compare
from workbook.package import Package


def book(price: float = 12.5, formula: str = "=A1*2", name: str = "=Cost!$A$1", sheet: str = "Cost", **cells) -> bytes:
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True})
    workbook.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001  two books differ in nothing else
    cost = workbook.add_worksheet(sheet)
    cost.write("A1", price)
    cost.write_formula("A2", formula, None, 25)
    for address, value in cells.items():
        cost.write(address, value)
    workbook.define_name("Price", name.replace("Cost", sheet))
    workbook.close()
    return file.getvalue()


def seen(before: bytes, after: bytes) -> list[Change]:
    return [change for change in compare(before, after) if change.kind != "part"]


def test_a_file_is_itself_whatever_its_compression():
    package = Package.read(book())
    assert compare(book(), book()) == []
    assert compare(book(), package.write({n: package.part(n) for n in package.names})) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"price": 13}, [Change("cell", "Cost!A1", 12.5, 13.0)]),
        ({"formula": "=A1*3"}, [Change("formula", "Cost!A2", "A1*2", "A1*3")]),
        ({"B5": "new"}, [Change("cell", "Cost!B5", None, "new")]),
        ({"name": "=Cost!$A$2"}, [Change("name", "Price", "Cost!$A$1", "Cost!$A$2")]),
    ],
)
def test_one_change_is_one_line(changed, expected):
    assert seen(book(), book(**changed)) == expected
    swapped = [Change(c.kind, c.where, c.after, c.before) for c in expected]
    assert seen(book(**changed), book()) == swapped


def test_true_is_not_one_and_text_is_not_a_number():
    assert seen(book(B1=True), book(B1=1)) == [Change("cell", "Cost!B1", True, 1.0)]
    assert seen(book(B1="1"), book(B1=1)) == [Change("cell", "Cost!B1", "1", 1.0)]


def test_errors_by_their_code():
    package = Package.read(book())
    sheet = package.part("xl/worksheets/sheet1.xml").replace(b'<c r="A2">', b'<c r="A2" t="e">')
    changed = package.write({"xl/worksheets/sheet1.xml": sheet.replace(b"<v>25</v>", b"<v>#N/A</v>")})
    assert seen(book(), changed) == [Change("cell", "Cost!A2", 25.0, CellError("#N/A"))]


def test_a_shared_formula_is_the_formula_that_the_cell_has():
    package = Package.read(book(A3=1))
    sheet = package.part("xl/worksheets/sheet1.xml").decode()
    plain = sheet.replace('<c r="A3"><v>1</v></c>', '<c r="A3"><f>A2*2</f><v>1</v></c>')
    shared = plain.replace("<f>A1*2</f>", '<f t="shared" ref="A2:A3" si="0">A1*2</f>')
    shared = shared.replace("<f>A2*2</f>", '<f t="shared" si="0"/>')
    files = [package.write({"xl/worksheets/sheet1.xml": text.encode()}) for text in (plain, shared)]
    assert seen(*files) == []


def test_sheets_and_parts_that_come_and_go():
    assert seen(book(), book(sheet="Costs"))[:2] == [
        Change("sheet", "Cost", "there", None),
        Change("sheet", "Costs", None, "there"),
    ]
    package = Package.read(book())
    assert compare(book(), package.write({"docProps/extra.xml": b"<a/>"})) == [
        Change("part", "docProps/extra.xml", None, "4 bytes")
    ]


def test_from_the_shell(tmp_path):
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    one.write_bytes(book())
    two.write_bytes(book(price=100))
    run = CliRunner().invoke
    assert run(cli, ["diff", str(one), str(one)], standalone_mode=False).return_value == 0
    result = run(cli, ["diff", str(one), str(two)], standalone_mode=False)
    assert result.return_value == 1
    assert "Cost!A1" in result.output
    assert "100 " in result.output
    result = run(cli, ["diff", str(one), str(two), "--json"], standalone_mode=False)
    assert result.return_value == 1
    assert {"kind": "cell", "where": "Cost!A1", "before": 12.5, "after": 100.0} in json.loads(result.output)
    assert json.loads(run(cli, ["diff", str(one), str(one), "--json"], standalone_mode=False).output) == []
