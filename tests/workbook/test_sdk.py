"""The Open XML SDK finds nothing in what we write that it does not find in the template."""

from pathlib import Path

import pytest
from exotic import exotic
from test_blocks import BOOK, filled_table
from test_exotic import CACHES, INPUTS

from workbook.build import build
from workbook.customers import read
from workbook.locate import shipped
from workbook.package import Package
from workbook.proposal import Proposals
from workbook.template import Template

pytestmark = pytest.mark.sdk

EXAMPLES = read(shipped("examples", "customers.csv")).good


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_validator_finds_what_is_wrong(sdk_errors, tmp_path):
    """A format that does not exist: without this finding the other tests would prove nothing."""
    package = Package.read(exotic())
    sheet = package.part("xl/worksheets/sheet1.xml").replace(b'<c r="B2"', b'<c r="B2" s="99"')
    broken = written(tmp_path, "b.xlsm", package.write({"xl/worksheets/sheet1.xml": sheet}))
    assert [kind for _, kind, _ in sdk_errors(broken)] == ["Semantic"]


@pytest.mark.parametrize("number", [0, len(EXAMPLES) // 2, len(EXAMPLES) - 1])
def test_proposals(sdk_errors, tmp_path, number):
    path = shipped("templates", "proposal_en.xlsx")
    data = Proposals.load(path).make(EXAMPLES[number]).data
    assert sdk_errors(written(tmp_path, "p.xlsx", data)) <= sdk_errors(path)


def test_the_exotic_workbook(sdk_errors, tmp_path):
    assert sdk_errors(written(tmp_path, "e.xlsm", exotic())) == set()
    filled = Template.compile(exotic()).fill(INPUTS, CACHES)
    assert sdk_errors(written(tmp_path, "f.xlsm", filled)) == set()


def test_a_grown_table(sdk_errors, tmp_path):
    before = sdk_errors(written(tmp_path, "t.xlsx", BOOK))
    assert sdk_errors(written(tmp_path, "g.xlsx", filled_table(57))) <= before


def test_what_excel_installs(sdk_errors, tmp_path):
    built = [path for path in build(tmp_path) if path.suffix in {".xlsm", ".xlam", ".xlsx"}]
    assert built
    assert {path.name: sdk_errors(path) for path in built} == {path.name: set() for path in built}
