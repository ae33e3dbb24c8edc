"""`llm-tco summary` and `llm-tco new`: only what is generated changes, and the log tells what the analyst changed."""

import datetime as dt
import io
import json
import os
import re
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from engine import tco
from engine.errors import NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Inputs, assumptions
from workbook.cli import cli
from workbook.commands.summarising import _told
from workbook.inputtable import InputTable
from workbook.libreoffice.names import to_calc, to_excel
from workbook.libreoffice.soffice import run
from workbook.newbook import Entry, filled, new, one_customer
from workbook.package import Package
from workbook.shown import show
from workbook.summary import Summary, read_inputs, regenerate, regenerated
from workbook.template import Template

SHIPPED = Path(__file__).parents[2] / "templates" / "assumptions.xlsx"
CUSTOMERS = Path(__file__).parents[2] / "examples" / "customers.csv"
DAY = dt.date(2026, 11, 30)
GENERATED_SHEETS = {
    *("About", "Questions", "Sensitivity", "Alternatives"),
    *(
        "Cover",
        "Summary",
        "Inputs",
        "Scenarios",
        "Prices",
        "Need",
        "Sizing",
        "Costs",
        "Capital",
        "CashFlow",
        "Formulas",
        "Checks",
    ),
    *("ChartData", "Log", "Guide"),
}
OFFICE_PYTHON = "/usr/bin/python3"
EDIT = Path(__file__).with_name("uno_edit.py")


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@cache
def compiled(data: bytes) -> Template:
    return Template.compile(data)


@cache
def table_of(data: bytes) -> InputTable:
    return read_inputs(data, compiled(data))


def edited(data: bytes, **values: object) -> bytes:
    """Type values as an analyst does: these cells change, no formula is calculated."""
    template = compiled(data)
    cells = {table_of(data).key(name): value for name, value in values.items()}
    return template.fill(cells, template.contents.cached, {field: f"{{{{{field}}}}}" for field in template.fields})


def read(data: bytes, sheet: str, cell: str) -> object:
    """What a cell shows, as another reader sees it."""
    return shown(data)[sheet][cell].value


@cache
def shown(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def named(data: bytes, name: str) -> object:
    return compiled(data).read_values(name)


def log_of(data: bytes) -> list[list[object]]:
    return [row for row in named(data, "blk_log") if row[0] is not None]


@pytest.fixture(scope="module")
def data() -> bytes:
    return SHIPPED.read_bytes()


@pytest.fixture(scope="module")
def changed(data):
    """More users, a longer horizon, own servers only against the API."""
    return regenerated(edited(data, users=6000.0, horizon=8.0, options="onprem,api"), "plan.xlsx", date=DAY)


# --- what is written


def test_nothing_changes_where_nothing_is_new(data):
    again = regenerated(data, "plan.xlsx", date=dt.date(2026, 11, 21))
    assert again.changes == []
    assert again.data == data


def test_the_log_gets_a_line_with_what_has_changed(data, changed):
    before, after = log_of(data), log_of(changed.data)
    assert after[:-1] == before
    assert after[-1][:5] == [
        *("2026-11-30", "0.1.0", "2026-11-21", 3),
        "users 5000 → 6000; horizon 5 → 8; options onprem,cloud,api,seat → onprem,api",
    ]
    inputs = Inputs.read(dict(_typed(changed.data)))
    expected = [float(tco.evaluate(inputs, "onprem").tco[0]), None, float(tco.evaluate(inputs, "api").tco[0]), None]
    assert after[-1][5:9] == [value and pytest.approx(value, rel=1e-12) for value in expected]


def test_a_second_run_of_the_same_day_adds_no_line(changed):
    again = regenerated(changed.data, "plan.xlsx", date=DAY)
    assert again.changes == []
    assert again.data == changed.data
    next_day = regenerated(changed.data, "plan.xlsx", date=DAY + dt.timedelta(days=1))
    assert log_of(next_day.data)[-1][4] == "no input changed"


@pytest.mark.soffice
def test_every_value_after_a_run_is_what_a_program_of_its_own_calculates(changed, tmp_path, calc_with_addin):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(changed.data)
    theirs = openpyxl.load_workbook(calc_with_addin.recalculate(path), data_only=True)
    differences = []
    for sheet in openpyxl.load_workbook(path, data_only=True):
        for row in sheet.iter_rows():
            for cell in row:
                value, other = cell.value, theirs[sheet.title][cell.coordinate].value
                if isinstance(value, int | float) and isinstance(other, int | float):
                    same = abs(value - other) <= max(1e-9 * abs(value), 1e-6)
                else:
                    same = (value or None) == (other or None)
                if not same:
                    differences.append((sheet.title, cell.coordinate, value, other))
    assert differences == []


def test_all_checks_are_green_after_a_run(changed):
    template = compiled(changed.data)
    checks = {name: template.read_values(name)[0][0] for name in template.areas if name.startswith("chk_")}
    assert {name: value for name, value in checks.items() if value != 1} == {}
    assert template.read_values("out_inputs_changed") == [[0]]
    assert template.read_values("meta_run_date") == [["2026-11-30"]]


def test_the_summary_by_line_and_measure_is_the_engines(changed):
    inputs = Inputs.read(dict(_typed(changed.data)))
    result = tco.evaluate(inputs, "onprem")
    measures = {row[0]: row for row in named(changed.data, "blk_measures")}
    assert measures["TCO per user and month"][3] == pytest.approx(float(result.per_user_month[0]), rel=1e-12)
    assert measures["TCO per million tokens"][3] == pytest.approx(float(result.per_mtok[0]), rel=1e-12)
    assert measures["TCO per user and month"][4] is None  # rented GPUs are not asked for
    lines = {row[0]: row[3] for row in named(changed.data, "blk_lines") if row[0]}
    total = lines.pop("Total cost of ownership")
    assert sum(value for value in lines.values() if value) == pytest.approx(total, rel=1e-12)
    assert total == pytest.approx(float(result.tco[0]), rel=1e-12)


def test_years_and_options_are_shown_as_the_inputs_ask(data, changed):
    """Horizon 5 -> 8: years 0..8 are H..P; rows of options that are not compared are hidden, and come back."""
    assert _hidden_years(data) == set(range(14, 24))
    assert _hidden_years(changed.data) == set(range(17, 24))
    back = regenerated(edited(changed.data, horizon=5.0, options="onprem,cloud,api,seat"), "plan.xlsx", date=DAY)
    assert _hidden_years(back.data) == _hidden_years(data)
    before, hidden, after = (compiled(d).contents.hidden_rows["Costs"] for d in (data, changed.data, back.data))
    assert before == after
    assert len(hidden) > len(before)


def test_charts_show_the_values_of_the_cells(changed):
    """The stacked columns show both options that are left; their first part is hardware, which the API has none of."""
    charts = [
        part.decode() for name, part in parts(changed.data).items() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
    ]
    stack = next(chart for chart in charts if "barChart" in chart)
    points = [re.findall(r"<c:v>([^<]*)</c:v>", series) for series in re.findall(r"<c:val>.*?</c:val>", stack)]
    shown = openpyxl.load_workbook(io.BytesIO(changed.data), data_only=True)["ChartData"]
    assert float(points[0][0]) == pytest.approx(shown["D6"].value, rel=1e-12)
    counts = [re.search(r'ptCount val="(\d+)"', values)[1] for values in re.findall(r"<c:val>.*?</c:val>", stack)]
    assert set(counts) == {"2"}


# --- what is the analyst's stays


@pytest.fixture(scope="module")
def own(data) -> bytes:
    """The workbook with a sheet of the analyst's: formulas, comment, formats, rule, chart; saved by another program."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.create_sheet("Board paper", 1)
    sheet["A1"] = "=in_users*2"
    sheet["A2"] = "=out_onprem_tco/1000"
    sheet["A3"] = "a {{name}} in braces"
    sheet["B1"] = 42
    sheet["B1"].font, sheet["B1"].fill = Font(name="Georgia", bold=True), PatternFill("solid", "00FFCC00")
    sheet["B1"].comment = Comment("agreed with the board", "Ana")
    sheet.conditional_formatting.add("A1:A2", ColorScaleRule("min", None, "00FF0000", "max", None, "0000FF00"))
    rule = DataValidation("whole", operator="between", formula1="1", formula2="9")
    rule.add("B1")
    sheet.add_data_validation(rule)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=2))
    sheet.add_chart(chart, "D4")
    book["Costs"]["B60"].comment = Comment("why so little?", "Ana")
    book["Inputs"]["O6"] = "head count of 1 October"
    target = io.BytesIO()
    book.save(target)
    return regenerated(target.getvalue(), "own.xlsx", date=DAY).data  # the values of all formulas


def test_sheets_comments_formats_and_formulas_of_the_analyst_survive_byte_for_byte(own):
    after = regenerated(edited(own, users=7000.0), "own.xlsx", date=DAY + dt.timedelta(days=1)).data
    before, now = parts(own), parts(after)
    assert list(before) == list(now)
    sheets = openpyxl.load_workbook(io.BytesIO(own)).sheetnames
    generated = {f"xl/worksheets/sheet{i}.xml" for i, name in enumerate(sheets, 1) if name in GENERATED_SHEETS}
    mine = f"xl/worksheets/sheet{sheets.index('Board paper') + 1}.xml"
    different = {name for name in before if before[name] != now[name]}
    assert different <= generated | {mine} | {name for name in before if name.startswith("xl/charts/")}
    values = re.compile(rb"<v>[^<]*</v>")
    assert values.sub(b"", before[mine]) == values.sub(b"", now[mine])  # the values of its formulas, nothing else
    assert (read(own, "Board paper", "A1"), read(after, "Board paper", "A1")) == (10000, 14000)
    assert read(after, "Inputs", "O6") == "head count of 1 October"
    for name in different & generated:  # formulas, formats, rules: the frame around the values
        assert _frame(before[name]) == _frame(now[name]), name
    assert read(after, "Board paper", "A3") == "a {{name}} in braces"


def test_a_source_of_the_analyst_stays_and_one_of_ours_follows_the_value(data):
    typed = regenerated(edited(data, gpu_price=21000.0), "plan.xlsx", date=DAY).data
    row = table_of(typed).key("gpu_price")[1]
    assert [read(typed, "Inputs", f"{c}{row}") for c in "JKLMP"] == [21000, None, None, None, 32500]
    assert compiled(typed).read_values("chk_sources") == [[0]]  # a figure without a source
    table = table_of(typed)
    told = compiled(typed).fill({table.key("gpu_price", "source"): "quotation 4711"}, {})
    blank = regenerated(edited(told, gpu_price=None), "plan.xlsx", date=DAY).data
    assert [read(blank, "Inputs", f"{c}{row}") for c in "JK"] == [32500, "quotation 4711"]


def test_inputs_that_are_formulas_are_calculated_first(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["Inputs"]["F6"] = "=1000*7"
    target = io.BytesIO()
    book.save(target)
    result = regenerated(target.getvalue(), "plan.xlsx", date=DAY)
    assert result.run.says.inputs.users == 7000
    assert openpyxl.load_workbook(io.BytesIO(result.data))["Inputs"]["F6"].value == "=1000*7"


# --- what is refused


@pytest.mark.parametrize(("lock", "program"), [("~$plan.xlsx", "Excel"), (".~lock.plan.xlsx#", "LibreOffice")])
def test_an_open_workbook_is_refused(data, tmp_path, lock, program):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(data)
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(NotAvailable, match=rf"open in {program}: close plan\.xlsx and run again"):
        regenerate(path, date=DAY)
    assert path.read_bytes() == data


def test_a_workbook_that_cannot_be_replaced_stays_as_it_is(data, tmp_path, monkeypatch):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(edited(data, users=6000.0))
    before = path.read_bytes()

    def held(*_: object) -> None:  # what Windows does while another program has the file open
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", held)
    with pytest.raises(NotAvailable, match=r"close plan\.xlsx and run again"):
        regenerate(path, date=DAY)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["plan.xlsx"]


def test_wrong_inputs_are_told_with_their_cells_and_nothing_is_written(data, tmp_path):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(edited(data, tariff=-0.12, wacc=8.0, users="many", gpu="h100-sxm"))
    before = path.read_bytes()
    with pytest.raises(Problems) as told:
        regenerate(path, date=DAY)
    table = table_of(before)
    sentences = str(told.value)
    for name, text in (
        ("tariff", "tariff: -0.12 is below 0 USD/kWh"),
        ("wacc", "wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08"),
        ("users", 'users: text "many" where a number is asked (person)'),
    ):
        assert f"Inputs!F{table.key(name)[1]} {text}" in sentences
    assert path.read_bytes() == before


def test_an_option_that_cannot_be_computed_does_not_stop_the_others(data):
    result = regenerated(edited(data, node_price=None), "plan.xlsx", date=DAY)
    assert list(result.run.failures) == ["onprem"]
    assert list(result.run.says.results) == ["cloud", "api", "seat"]
    template = compiled(result.data)
    checks = {name: template.read_values(name)[0][0] for name in ("chk_computed", "chk_cloud_tco", "chk_all")}
    assert checks == {"chk_computed": 0, "chk_cloud_tco": 1, "chk_all": 0}
    assert "Own servers not computed: node_price is required and blank" in template.read_values("blk_warnings")[0][0]


def test_a_workbook_of_a_newer_version_is_refused(data):
    newer = openpyxl.load_workbook(io.BytesIO(data))
    newer["Cover"]["C12"] = "99.0"
    target = io.BytesIO()
    newer.save(target)
    with pytest.raises(NotAvailable, match=r"written by llm-tco 99\.0"):
        regenerated(target.getvalue(), "plan.xlsx", date=DAY)


def test_without_a_measured_capacity_the_throughput_model_sizes_the_fleet(data):
    """The need is the engine's then, and the checks compare all that follows from it."""
    result = regenerated(edited(data, replica_rps=None, gpus_per_replica=None), "plan.xlsx", date=DAY)
    fleet = result.run.says.fleet
    assert named(result.data, "blk_gpus")[0][:5] == fleet.gpus_needed[0].tolist()
    assert named(result.data, "chk_all") == [[1]]
    assert named(result.data, "blk_capacity_rps")[0][0] == pytest.approx(float(fleet.capacity_rps[0, 0]), rel=1e-12)


def test_sorted_rows_are_refused(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["Inputs"]
    sheet["B6"], sheet["B7"] = sheet["B7"].value, sheet["B6"].value
    target = io.BytesIO()
    book.save(target)
    with pytest.raises(Problems, match=r"the name in_users stands for Inputs!J6, but users is in row 7"):
        regenerated(target.getvalue(), "plan.xlsx", date=DAY)


def test_a_workbook_without_inputs_is_refused():
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    with pytest.raises(NotAvailable, match=r"plan\.xlsx has no name Assumptions"):
        regenerated(target.getvalue(), "plan.xlsx", date=DAY)


def test_a_full_log_is_refused(data):
    template = compiled(data)
    area = template.areas["blk_log"]
    full = {key: "x" for key in area.cells() if key[2] == area.column}
    with pytest.raises(OutOfLimits, match=r"the log has no empty line left after 300"):
        regenerated(template.fill(full, template.contents.cached), "plan.xlsx", date=DAY)


def test_columns_shown_again_leave_their_neighbours_hidden():
    target = io.BytesIO()
    book = openpyxl.Workbook()
    for letter in "BCDE":
        book.active.column_dimensions[letter].hidden = True
    book.active.column_dimensions.group("B", "E", hidden=True)
    book.active["A3"] = 1
    book.active.row_dimensions[3].hidden = True
    book.save(target)
    result = compiled(show(target.getvalue(), "x", {"Sheet": {3}}, {"Sheet": {3, 4}}))
    assert result.contents.hidden_columns["Sheet"] == {2, 5}
    assert result.contents.hidden_rows["Sheet"] == set()


# --- new workbooks, and the round trip


def test_a_new_workbook_of_a_customer_costs_what_his_proposal_says():
    customer = one_customer(CUSTOMERS, "CA-UNI-6")
    made = new({}, customer, date=DAY)
    for option in customer.inputs.option_ids:
        expected = float(tco.evaluate(customer.inputs, option).tco[0])
        assert named(made.data, f"out_{option}_tco")[0][0] == pytest.approx(expected, rel=1e-9)
    assert read(made.data, "Cover", "B9") == "Université de Rivière-Claire"
    assert len(log_of(made.data)) == 1
    assert log_of(made.data)[0][4] == "new workbook; first run"
    assert named(made.data, "chk_all") == [[1]]


def test_settings_come_on_top(data):
    made = new({"users": 12000.0, "wacc": 0.07}, None, date=DAY, title="My plan")
    typed = dict(_typed(made.data))
    assert (typed["users"], typed["wacc"]) == (12000, 0.07)
    assert {k: v for k, v in typed.items() if k not in {"users", "wacc"}} == {
        k: v for k, v in _typed(data) if k not in {"users", "wacc"}
    }
    assert read(made.data, "Cover", "B9") == "My plan"
    with pytest.raises(Problems, match="nothing is no assumption"):
        new({"nothing": 1.0}, None, date=DAY)


@pytest.mark.soffice
def test_round_trip_through_libreoffice(data, tmp_path, calc_with_addin):
    """Export, edit in LibreOffice as an analyst does, save, read back: equal; then a run, and all checks green."""
    source, saved, book = (tmp_path / name for name in ("calc.xlsx", "saved.xlsx", "plan.xlsx"))
    (tmp_path / "new.xlsx").write_bytes(data)
    to_calc(tmp_path / "new.xlsx", source)
    table = table_of(data)
    edits = {"users": 12345, "wacc": 0.085, "model": "qwen3-32b", "gpu_price": 23456.789, "licence_price": None}
    task = {
        "command": calc_with_addin.command(),
        "file": str(source),
        "saved": str(saved),
        "cells": {"Inputs": {f"F{table.key(name)[1]}": value for name, value in edits.items()}},
        "comment": ["Inputs", "F6", "agreed on 1 October"],
        "sheet": {"name": "Mine", "formulas": {"A1": "=in_users*2", "A2": "plain"}},
    }
    run([OFFICE_PYTHON, str(EDIT), json.dumps(task)], timeout=120)
    to_excel(saved, book)
    before, after = dict(_typed(data)), dict(_typed(book.read_bytes()))
    assert after == before | edits | {"licence_price": ""}  # a formula makes the value, and shows nothing
    result = regenerate(book, date=DAY)
    assert {change.id for change in result.changes} == {"users", "wacc", "model", "gpu_price"}
    assert named(book.read_bytes(), "out_inputs_changed") == [[0]]
    failed = {n for n in compiled(result.data).areas if n.startswith("chk_") and named(result.data, n) != [[1]]}
    assert failed == {"chk_all", "chk_sources"}  # the typed price of a GPU has no source yet
    shown = openpyxl.load_workbook(book, data_only=True)
    assert shown["Mine"]["A1"].value == 24690
    assert shown["Inputs"]["F6"].comment.text == "agreed on 1 October"


def test_entries_leave_no_trace_of_what_stood_in_their_row(data):
    made = filled(data, "x", [Entry("users", 10.0, source="me")])
    table = table_of(made)
    row = [table.cell("users", column) for column in ("low", "value", "high", "source", "note")]
    assert row == [None, 10, None, "me", None]


# --- the shell


def test_commands_from_new_to_summary(tmp_path):
    path = tmp_path / "Plan für Ana.xlsx"
    runner = CliRunner()
    made = runner.invoke(cli, ["new", str(path), "--set", "users=800", "--date", "2026-11-25"], standalone_mode=False)
    assert made.return_value == 0, made.output
    assert "type on sheet Inputs" in made.output
    told = runner.invoke(cli, ["summary", str(path), "--date", "2026-11-26", "--json"], standalone_mode=False)
    answer = json.loads(told.output)
    inputs = Inputs.read(dict(_typed(path.read_bytes())))
    assert answer["tco"]["seat"] == pytest.approx(float(tco.evaluate(inputs, "seat").tco[0]), rel=1e-12)
    assert (answer["changes"], answer["failed"]) == ([], {})
    path.write_bytes(edited(path.read_bytes(), users=900.0))
    told = runner.invoke(cli, ["summary", str(path), "--date", "2026-11-27"], standalone_mode=False)
    assert "users 800 → 900" in told.output
    assert [line[0] for line in log_of(path.read_bytes())] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    twice = runner.invoke(cli, ["new", str(path)], standalone_mode=False)
    assert "is there already" in str(twice.exception)


def _typed(data: bytes) -> list[tuple[str, object]]:
    table = table_of(data)
    return [(name, table.cell(name)) for name in assumptions()]


def _hidden_years(data: bytes) -> frozenset[int]:
    return compiled(data).contents.hidden_columns["CashFlow"]


def _frame(sheet: bytes) -> bytes:
    """A sheet without values, types and texts of its cells and without what is hidden."""
    sheet = re.sub(rb' hidden="(1|true)"', b"", sheet)
    sheet = re.sub(rb"<(v|is)>.*?</\1>|<v ?/>", b"", sheet)
    sheet = re.sub(rb'(<c [^>]*?) t="\w+"', rb"\1", sheet)
    return re.sub(rb"(<c [^>]*)></c>", rb"\1/>", sheet)


def test_an_option_that_cannot_be_computed_takes_no_part(tmp_path):
    """Its price is missing, so its native formulas would make it the cheapest."""
    book = tmp_path / "spot.xlsx"
    done = CliRunner().invoke(cli, ["new", str(book), "--set", "cloud_term=spot", "--date", "2026-11-21"])
    assert "Rented GPUs not computed" in done.output
    sheet = openpyxl.load_workbook(book, data_only=True)
    texts = [cell.value for row in sheet["Summary"].iter_rows() for cell in row if isinstance(cell.value, str)]
    headline = next(text for text in texts if text.startswith("Lowest cost"))
    assert "Rented GPUs" not in headline


def test_an_option_that_costs_nothing_has_no_ratio_and_breaks_nothing(tmp_path):
    made = CliRunner().invoke(
        cli, ["new", str(tmp_path / "free.xlsx"), "--set", "seat_price=0", "--date", "2026-11-21"]
    )
    assert made.exit_code == 0


# --- one sentence a cause


def told(data: bytes) -> tuple[list[str], Summary]:
    result = regenerated(data, "plan.xlsx", date=DAY)
    return _told(Path("plan.xlsx"), result), result


def test_what_is_blank_now_is_said_to_be_blank_and_true_is_one(data):
    lines, _ = told(edited(data, replica_rps=None, whole_nodes=0.0))
    assert "  replica_rps 4 → blank (modelled)" in lines
    assert "  whole_nodes 1 → 0" in lines
    back = regenerated(edited(data, whole_nodes=0.0), "plan.xlsx", date=DAY).data
    lines, _ = told(edited(back, whole_nodes=True))
    assert "  whole_nodes 0 → 1" in lines


def test_a_value_outside_its_range_is_one_sentence(data):
    """Every percentile of every table fails then: it is told once, with the first cell."""
    lines, _ = told(edited(data, users=9000.0))
    assert sum("9000 is not between low 4000 and high 7000" in line for line in lines) == 1
    assert not [line for line in lines if line.endswith("#N/A")]


def test_red_checks_are_told_and_are_exit_code_1(data, tmp_path):
    lines, result = told(edited(data, gpus=4.0))
    rented = "Rented instances cover the peak"  # as many as the GPUs that are typed ask for
    assert set(result.red) == {"Capacity covers the peak", rented, "Every input has a source"}
    assert "  check fails: Capacity covers the peak" in lines
    path = tmp_path / "plan.xlsx"
    path.write_bytes(edited(data, gpus=4.0))
    run_ = CliRunner().invoke(cli, ["summary", str(path), "--date", "2026-11-30"], standalone_mode=False)
    assert run_.return_value == 1
    assert "check fails: Capacity covers the peak" in run_.output


def test_text_for_a_number_has_its_remedy(data):
    with pytest.raises(Problems, match=r"write a number from 0 to 0\.5 1/yr, as a number: a cell that holds text"):
        regenerated(edited(data, wacc="25%"), "plan.xlsx", date=DAY)


def test_a_deleted_row_is_one_sentence_with_what_to_do(data):
    changes = parts(data)
    book = changes["xl/workbook.xml"].decode()
    lost = re.sub(r'(<definedName name="in_wacc">)[^<]*', r"\1Inputs!#REF!", book)
    assert lost != book
    damaged = Package.read(data, "plan.xlsx").write({"xl/workbook.xml": lost.encode()})
    with pytest.raises(WrongKind) as raised:
        regenerated(damaged, "plan.xlsx", date=DAY)
    assert str(raised.value) == (
        "plan.xlsx: the cells of the name in_wacc have been deleted; undo the deletion of the row or sheet, or delete "
        "the name in the Name Manager"
    )
