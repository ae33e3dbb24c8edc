"""`llm-tco upgrade`: the inputs of an older workbook in the current one, and a list of what does not match."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.comments import Comment

import engine
from engine.errors import NotAvailable
from engine.inputs import assumptions
from workbook.cli import cli
from workbook.summary import read_inputs
from workbook.template import Template
from workbook.upgrade import upgrade

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
DAY = dt.date(2026, 12, 1)


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> Path:
    """A workbook of a version that lacked `wacc`, called `gpu_price` gpu_cost and knew an id that is gone."""
    book = openpyxl.load_workbook(SHIPPED)
    sheet = book["Inputs"]
    row = {sheet.cell(r, 2).value: r for r in range(5, sheet.max_row + 1)}
    sheet.cell(row["gpu_price"], 2).value = "gpu_cost"
    sheet.cell(row["gpu_price"], 6).value = 21000
    sheet.cell(row["gpu_price"], 11).value = "quotation 4711"
    sheet.cell(row["gpu_price"], 12).value = "2026-10"
    sheet.cell(row["wacc"], 2).value = "floppy_disks"
    sheet.cell(row["wacc"], 6).value = 3
    sheet.cell(row["users"], 6).value = "=1000*6"
    sheet.cell(row["users"], 5).value = 5500
    sheet.cell(row["users"], 15).value = "head count of 1 October"
    sheet.cell(row["users"], 8).value = "normal"
    sheet.cell(row["users"], 9).value = "queries_per_user_day 0.3"
    book["Cover"]["C12"] = "0.0.9"
    book["Cover"]["B9"] = "Plan of Ana"
    book.create_sheet("Board paper")["A1"] = "mine"
    book["Inputs"]["F6"].comment = Comment("ask HR", "Ana")
    del book.defined_names["in_wacc"]
    path = tmp_path_factory.mktemp("old") / "plan.xlsx"
    book.save(path)
    return path


@pytest.fixture(scope="module")
def done(old):
    return upgrade(old, date=DAY, renamed={"gpu_cost": "gpu_price"})


def test_the_meta_cell_of_the_fixture_is_the_one_that_tells_the_version(old):
    assert Template.compile(old.read_bytes()).read_values("meta_engine_version") == [["0.0.9"]]


def test_what_is_new_renamed_gone_and_left_behind_is_listed(done):
    assert done.written_by == "0.0.9"
    assert done.new == ("wacc",)
    assert done.renamed == {"gpu_cost": "gpu_price"}
    assert done.gone == {"floppy_disks": 3}
    assert done.formulas == {"users": "Inputs!F6"}
    assert done.left_behind == ("Board paper",)
    assert done.comments == ("Inputs!F6",)


def test_values_ranges_sources_and_notes_are_carried_over(done, old):
    template = Template.compile(done.summary.data)
    table = read_inputs(done.summary.data, template)
    columns = ("value", "low", "high", "source", "as of", "note")
    assert [table.cell("users", c) for c in columns] == [
        *(6000, 5500, 7000, "example: head count of the departments in scope", "2026-11", "head count of 1 October")
    ]
    assert [table.cell("users", c) for c in ("distribution", "correlation")] == ["normal", "queries_per_user_day 0.3"]
    assert [table.cell("gpu_price", c) for c in ("value", "source", "as of")] == [21000, "quotation 4711", "2026-10"]
    assert table.cell("wacc") == 0.08  # the default
    before = read_inputs(old.read_bytes(), Template.compile(old.read_bytes()))
    kept = [id_ for id_ in assumptions() if id_ not in {"users", "gpu_price", "wacc"}]
    assert {id_: table.cell(id_) for id_ in kept} == {id_: before.cell(id_) for id_ in kept}


def test_the_new_workbook_is_calculated_and_begins_a_log(done):
    template = Template.compile(done.summary.data)
    assert template.read_values("chk_all") == [[1]]
    assert template.read_values("meta_engine_version") == [[engine.__version__]]
    assert template.read_values("blk_title") == [["Plan of Ana"]]
    log = [row for row in template.read_values("blk_log") if row[0] is not None]
    assert [row[4] for row in log] == ["taken over from plan.xlsx, llm-tco 0.0.9; first run"]
    assert done.summary.run.says.inputs.users == 6000


def test_a_workbook_of_a_newer_version_is_refused(tmp_path):
    book = openpyxl.load_workbook(SHIPPED)
    book["Cover"]["C12"] = "99.1.0"
    path = tmp_path / "plan.xlsx"
    book.save(path)
    with pytest.raises(NotAvailable, match=r"written by llm-tco 99\.1\.0, this is .*; install 99\.1\.0 or newer"):
        upgrade(path, date=DAY)


def test_a_workbook_without_inputs_is_refused(tmp_path):
    path = tmp_path / "plan.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(NotAvailable, match="no name Assumptions"):
        upgrade(path, date=DAY)


def test_the_command_writes_beside_and_leaves_the_old_one(old):
    before = old.read_bytes()
    target = old.with_name(f"plan_{engine.__version__}.xlsx")
    runner = CliRunner()
    told = runner.invoke(cli, ["upgrade", str(old), "--date", "2026-12-01"], standalone_mode=False)
    assert told.return_value == 0, told.output
    assert "gone: gpu_cost (was 21000), floppy_disks (was 3)" in told.output
    assert "sheets left in the old workbook: Board paper" in told.output
    assert old.read_bytes() == before
    made = openpyxl.load_workbook(io.BytesIO(target.read_bytes()), data_only=True)
    assert made["Inputs"]["F6"].value == 6000
    again = runner.invoke(cli, ["upgrade", str(old)], standalone_mode=False)
    assert "is there already" in str(again.exception)
