"""Batches: the same bytes from any run, resumed by key, nothing half-written whatever stops a run."""

import csv
import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from engine import tco
from engine.errors import EngineError
from workbook import batch, customers, lint, manifest, proposal
from workbook.locate import shipped
from workbook.lock import LOCK, alone
from workbook.package import Package
from workbook.proposal import Proposals

ROOT = Path(__file__).parents[2]
HEAD = "customer_id,customer_name,proposal_date,users,queries_per_user_day,prompt_tokens,output_tokens,api_model,seat_price,currency,fx_rate,options\n"  # noqa: E501


def lines(*ids: str, users: int = 100) -> str:
    currency = ("USD,", "EUR,0.9")
    rows = (f"{i},Customer {i},2026-11-23,{users + n},20,900,300,gpt-4-turbo,30" for n, i in enumerate(ids))
    return HEAD + "".join(f'{row},{currency[n % 2]},"api,seat"\n' for n, row in enumerate(rows))


def run(
    data: Path, out: Path, template: Path | None = None, workers: int = 1, only: tuple[str, ...] = ()
) -> batch.Outcome:
    return batch.run(batch.plan(customers.read(data), template, out, only), out, workers)


def hashes(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbook.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(lines("a", "b", "c", "d"))
    return path


def test_any_number_of_workers_gives_the_same_bytes(data, tmp_path):
    run(data, tmp_path / "one")
    run(data, tmp_path / "two", workers=2)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert set(hashes(tmp_path / "one")) == {
        "a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx", "index.xlsx", "journal.jsonl", "manifest.csv", "manifest.json",
    }  # fmt: skip


def test_the_formulas_of_a_template_are_opened_once_whatever_the_order_of_the_rows(tmp_path):
    """They take some 30 MB: a process keeps those of one template, so it must not change to and fro."""
    path, tongues = tmp_path / "data.csv", ("en", "it", "es")
    head, *rows = lines(*"abcdef").splitlines()
    path.write_text("\n".join([f"{head},language", *(f"{row},{tongues[n % 3]}" for n, row in enumerate(rows))]))
    proposal._opened.cache_clear()
    outcome = run(path, tmp_path / "out")
    assert [record.id for record in outcome.records] == list("abcdef")
    assert len({record.template for record in outcome.records}) == 3
    assert proposal._opened.cache_info().misses == 3


def test_a_second_run_does_only_what_is_missing_changed_or_damaged(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    before = hashes(out)
    again = run(data, out)
    assert (again.written, again.done) == (0, 4)
    assert hashes(out) == before
    (out / "a.xlsx").unlink()
    (out / "b.xlsx").write_bytes((out / "b.xlsx").read_bytes()[:-1])
    data.write_text(data.read_text().replace("Customer c", "Customer C"))
    assert (run(data, out).written, hashes(out)["a.xlsx"], hashes(out)["b.xlsx"]) == (
        3,
        before["a.xlsx"],
        before["b.xlsx"],
    )
    assert hashes(out)["c.xlsx"] != before["c.xlsx"]


def test_another_template_means_another_file(data, tmp_path):
    template = tmp_path / "own.xlsx"
    template.write_bytes(shipped("templates", "proposal_en.xlsx").read_bytes())
    run(data, tmp_path / "out", template)
    book = openpyxl.load_workbook(template)
    book.properties.title = "Changed"
    book.save(template)
    assert run(data, tmp_path / "out", template).written == 4


def test_a_torn_or_foreign_journal_line_is_passed_over(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    journal = out / manifest.JOURNAL
    text = journal.read_text().split("\n")
    journal.write_text("\n".join([text[0], '{"id": "b", "fi', "[]", "null", '{"other": 1}', text[2], text[3][:40]]))
    outcome = run(data, out)
    assert (outcome.written, outcome.done) == (2, 2)
    assert journal.read_text().split("\n") == text


def test_the_manifest_tells_what_is_in_the_folder(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert {"version", "compressor", "price_book"} <= listed.keys()
    by_id = {c.id: c.inputs for c in customers.read(data).good}
    for entry in listed["proposals"]:
        content = (out / entry["file"]).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert entry["figures"]["seat_tco"] == tco.seat(by_id[entry["id"]], "tco")
        assert entry["figures"]["api_per_user_month"] == tco.api(by_id[entry["id"]], "per_user_month")
    with (out / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["customer_id"] for row in rows] == ["a", "b", "c", "d"]
    assert [float(row["seat_tco"]) for row in rows] == [e["figures"]["seat_tco"] for e in listed["proposals"]]


def test_the_index_links_every_file_and_adds_up_by_currency(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    book = openpyxl.load_workbook(out / "index.xlsx")
    rows = list(book["Proposals"].iter_rows(min_row=2))
    assert [row[2].hyperlink.target for row in rows] == ["a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx"]
    header = [cell.value for cell in book["Proposals"][1]]
    seat = header.index("seat TCO")
    totals = {
        row[0]: dict(zip([c.value for c in book["Totals"][1]], row, strict=True)) for row in book["Totals"].values
    }
    for currency in ("USD", "EUR"):
        mine = [row[seat].value for row in rows if row[3].value == currency]
        assert totals[currency]["seat TCO"] == pytest.approx(sum(mine), rel=1e-12)
        assert totals[currency]["Proposals"] == len(mine) == 2


def test_only_some_customers_leave_the_others_listed(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    (out / "b.xlsx").unlink()
    (out / "c.xlsx").unlink()
    outcome = run(data, out, only=("b",))
    assert (outcome.written, [r.id for r in outcome.records]) == (1, ["a", "b", "d"])
    assert not (out / "c.xlsx").exists()
    with pytest.raises(EngineError, match='no customer "B" in the data'):
        run(data, out, only=("B",))


def test_a_file_that_cannot_be_replaced_fails_alone(data, tmp_path):
    out = tmp_path / "out"
    (out / "b.xlsx").mkdir(parents=True)
    outcome = run(data, out)
    assert [r.id for r in outcome.records] == ["a", "c", "d"]
    assert [(p.row, p.customer_id) for p in outcome.problems] == [(3, "b")]
    assert "b.xlsx" in str(outcome.problems[0])
    assert not list(out.glob(".*.tmp"))


def test_a_template_of_a_row_stands_beside_the_given_one(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        (tmp_path / name).write_bytes(shipped("templates", "proposal_en.xlsx").read_bytes())
    data = tmp_path / "data.csv"
    data.write_text(
        lines("a", "b").replace(",options\n", ",options,template\n").replace('seat"\n', 'seat",two.xlsx\n', 1)
    )
    plan = batch.plan(customers.read(data), tmp_path / "one.xlsx", tmp_path / "out")
    assert {job.customer.id: Path(job.template).name for job in plan.jobs} == {"a": "two.xlsx", "b": "one.xlsx"}


def test_a_field_that_the_template_needs_is_asked_for(tmp_path):
    book = openpyxl.load_workbook(shipped("templates", "proposal_en.xlsx"))
    book["Cover"]["A40"] = "{{greeting}}"
    book.save(tmp_path / "own.xlsx")
    data = tmp_path / "data.csv"
    data.write_text(lines("a"))
    outcome = run(data, tmp_path / "out", tmp_path / "own.xlsx")
    assert "no column x_greeting" in str(outcome.problems[0])
    data.write_text(
        lines("a").replace(",options\n", ",options,x_greeting\n").replace('seat"\n', 'seat","=Dear, all"\n')
    )
    assert run(data, tmp_path / "out", tmp_path / "own.xlsx").written == 1
    assert openpyxl.load_workbook(tmp_path / "out" / "a.xlsx")["Cover"]["A40"].value == "=Dear, all"


def test_exit_codes_and_streams(data, tmp_path):
    out = tmp_path / "out"
    dry = cli("batch", data, "--out", out, "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, "4 to write, 0 up to date, 0 with problems; nothing was written\n")
    assert not out.exists()
    done = cli("batch", data, "--out", out, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "out": str(out), "written": 4, "up_to_date": 0, "failed": 0, "not_tried": 0, "linted": 4, "problems": [],
        "not_of_this_run": [], "left_blank": {},
    }  # fmt: skip
    assert "4 of 4 proposals" in done.stderr
    data.write_text(lines("a", "b").replace(",100,20", ",-1,20"))
    failed = cli("batch", data, "--out", out)
    assert failed.returncode == 1
    assert "row 2 (a), users -1: is below 1" in failed.stderr
    assert "1 failed (see" in failed.stdout
    assert cli("batch", data, "--out", data).returncode == 2
    assert cli("batch", data, "--out", out, "--template", tmp_path / "none.xlsx").returncode == 2


def test_proposals_of_customers_who_are_gone_are_named_and_kept(data, tmp_path):
    out = tmp_path / "out"
    run(data, out)
    (out / "notes.txt").write_text("mine")
    data.write_text(lines("a", "c"))
    done = cli("batch", data, "--out", out)
    assert "files not of this run, delete them if they are not needed: b.xlsx, d.xlsx\n" in done.stdout
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["not_of_this_run"] == ["b.xlsx", "d.xlsx"]
    assert (out / "b.xlsx").is_file()


def test_fail_fast_begins_nothing_after_a_failure(data, tmp_path):
    data.write_text(lines("a", "b", "c").replace("gpt-4-turbo", "gpt-4-turbid", 2).replace("turbid", "turbo", 1))
    out = tmp_path / "out"
    done = cli("batch", data, "--out", out, "--fail-fast", "--json", "--workers", "1")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["written"], told["failed"], told["not_tried"]) == (1, 1, 1)
    assert [entry["id"] for entry in json.loads((out / "manifest.json").read_text())["proposals"]] == ["a"]
    assert run(data, out).written == 1  # without the option the rest is done: c
    data.write_text(lines("a", "b", "c", "d").replace(",102,", ",many,"))
    outcome = batch.run(batch.plan(customers.read(data), None, tmp_path / "new"), tmp_path / "new", 2, fail_fast=True)
    assert (outcome.written, len(outcome.problems), outcome.not_tried) == (0, 1, 3)


def test_fail_fast_writes_nothing_when_the_data_have_a_bad_row_and_says_so(data, tmp_path):
    data.write_text(lines("a", "b", "c", "d").replace(",102,", ",many,"))
    done = cli("batch", data, "--out", tmp_path / "out", "--fail-fast")
    assert (done.returncode, list((tmp_path / "out").glob("*.xlsx"))) == (1, [tmp_path / "out" / "index.xlsx"])
    assert ", 3 not tried because --fail-fast begins nothing while a row is bad" in done.stdout
    dry = cli("batch", data, "--out", tmp_path / "none", "--fail-fast", "--dry-run")
    assert dry.stdout.startswith("0 to write, 0 up to date, 1 with problems, 3 not tried because --fail-fast")
    data.write_text(lines("a", "b", "c").replace("gpt-4-turbo", "gpt-4-turbid", 2).replace("turbid", "turbo", 1))
    dry = cli("batch", data, "--out", tmp_path / "none", "--fail-fast", "--dry-run", "--json")
    told = json.loads(dry.stdout)
    assert (told["to_write"], told["failed"], told["not_tried"]) == (1, 1, 1)
    assert not (tmp_path / "none").exists()


def test_only_some_customers_do_not_point_to_a_file_that_is_not_written(data, tmp_path):
    data.write_text(lines("a", "b", "c").replace(",101,", ",many,"))
    done = cli("batch", data, "--out", tmp_path / "out", "--only", "b")
    assert (done.returncode, (tmp_path / "out" / "failed.csv").exists()) == (1, False)
    assert "row 3 (b), users many" in done.stderr
    assert done.stdout.startswith("0 written, 1 failed (with --only no failed.csv is written): ")


def test_a_dry_run_finds_what_only_filling_can_break(tmp_path):
    """A header takes 255 characters: neither the data nor the calculation are wrong."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"] = "Seat", None
    book.defined_names["in_users"] = DefinedName("in_users", attr_text="Sheet!$B$1")
    book.active.oddHeader.left.text = "{{note}}"
    book.save(tmp_path / "mine.xlsx")
    head = "customer_id,customer_name,proposal_date,users,seat_price,options,x_note\n"
    rows = "".join(f"{id_},A,2026-11-23,10,30,seat,{note}\n" for id_, note in (("a", "short"), ("b", "n" * 300)))
    (tmp_path / "data.csv").write_text(head + rows)
    template = ("--template", tmp_path / "mine.xlsx")
    dry = cli("batch", tmp_path / "data.csv", *template, "--out", tmp_path / "out", "--dry-run")
    assert dry.stdout == "1 to write, 0 up to date, 1 with problems; nothing was written\n"
    assert "the limit is 255" in dry.stderr
    assert "2 of 2 proposals, 1 failed" in dry.stderr
    assert not (tmp_path / "out").exists()
    checked = cli("validate", tmp_path / "mine.xlsx", tmp_path / "data.csv")
    assert "the limit is 255" in checked.stderr
    done = cli("batch", tmp_path / "data.csv", *template, "--out", tmp_path / "out")
    assert done.stdout.startswith("1 written, 1 failed (see ")


SPANISH = """\
customer_id;customer_name;proposal_date;users;queries_per_user_day;prompt_tokens;output_tokens;api_model;tariff;wacc;seat_price;currency;fx_rate;options
A-1;Compañía Ñandú, S.A.;23/11/2026;1.500;20;900;300;gpt-4-turbo;0,178;8 %;30,50;EUR;0,92;"api,seat"
A-2;Peña & Hijos;23/11/2026;1.2o0;20;900;300;gpt-4-turbo;0,178;8 %;30;EUR;0,92;"api,seat"
A-3;=HYPERLINK("http://x");23/11/2026;2000;20;900;300;gpt-4-turbid;0,178;8 %;30;EUR;0,92;"api,seat"
A-1;Duplicada;23/11/2026;2000;20;900;300;gpt-4-turbo;0,178;8 %;30;EUR;0,92;"api,seat"
A-5;Otra;31/02/2026;2000;20;900;300;gpt-4-turbo;0,178;8 %;30;EUR;0,92;"api,seat"
;Sin id;23/11/2026;2000;20;900;300;gpt-4-turbo;0,178;8 %;30;EUR;0,92;"api,seat"
A-8;Buena;23/11/2026;2000;20;900;300;gpt-4-turbo;0,178;8 %;30;EUR;0,92;"api,seat"
A-9;Tarifa negativa;23/11/2026;2000;20;900;300;gpt-4-turbo;-0,178;8;-30;EUR;0,92;"api,seat"
"""


def test_a_spanish_file_with_mixed_errors_is_mended_and_run_again(tmp_path):
    data, out = tmp_path / "datos.csv", tmp_path / "out"
    data.write_bytes(SPANISH.encode("cp1252"))
    dry = cli("batch", data, "--out", out, "--dry-run")
    assert (dry.returncode, out.exists()) == (1, False)
    assert dry.stdout == "2 to write, 0 up to date, 6 with problems; nothing was written\n"
    fast = json.loads(cli("batch", data, "--out", tmp_path / "fast", "--fail-fast", "--json").stdout)
    assert (fast["written"], fast["not_tried"]) == (0, 3)  # the two good ones, and the one that calculation refuses
    done = cli("batch", data, "--out", out)
    assert done.returncode == 1
    assert done.stdout == f"2 written, 6 failed (see {out / 'failed.csv'}): {out}\n"
    for text in (
        'row 3 (A-2), users 1.2o0: text "1.2o0" where a number is asked',
        "row 4 (A-3), api_model gpt-4-turbid: ",
        "row 5 (A-1), customer_id A-1: stands in row 2 already",
        "row 6 (A-5), proposal_date 31/02/2026: is no date",
        "row 7 (no id), customer_id: is required and blank",
        "row 9 (A-9), wacc 8: is above 0.5 1/yr: for 8 percent write 8% or 0.08",
        "row 9 (A-9), seat_price -30: ",
        "row 9 (A-9), tariff -0,178: ",
    ):
        assert text in dry.stderr
        assert text in done.stderr
    failed = (out / "failed.csv").read_text(encoding="utf-8-sig")
    assert failed.splitlines()[0].endswith(";options;x_problem")
    mended = failed.replace(";-0,178;8;-30;", ";0,178;8 %;30;")
    for wrong, right in (("1.2o0;", "1.200;"), ("gpt-4-turbid;", "gpt-4-turbo;"), (";31/02", ";28/02")):
        mended = mended.replace(wrong, right, 1)
    (tmp_path / "mended.csv").write_text(mended, encoding="utf-8-sig")
    first = hashes(out)
    again = cli("batch", tmp_path / "mended.csv", "--out", out)
    assert "customer_id A-1: has a proposal in the folder already, A-1.xlsx for Compañía Ñandú, S.A." in again.stderr
    assert "4 written, 2 failed" in again.stdout
    assert "not of this run" not in again.stdout
    assert {name: hashes(out)[name] for name in ("A-1.xlsx", "A-8.xlsx")} == {
        n: first[n] for n in ("A-1.xlsx", "A-8.xlsx")
    }
    listed = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["id"] for entry in listed["proposals"]] == ["A-1", "A-8", "A-2", "A-3", "A-5", "A-9"]
    assert openpyxl.load_workbook(out / "index.xlsx")["Proposals"].max_row == 7
    rest = (out / "failed.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[1] for line in rest[1:]] == ["Duplicada", "Sin id"]
    rest[1:] = [rest[1].replace("A-1;", "A-4;", 1), rest[2].replace(";Sin id", "A-6;Sin id", 1)]
    (tmp_path / "rest.csv").write_text("\n".join(rest), encoding="utf-8")
    assert json.loads(cli("batch", tmp_path / "rest.csv", "--out", out, "--json").stdout)["written"] == 2
    assert not (out / "failed.csv").exists()
    assert len(json.loads((out / "manifest.json").read_text(encoding="utf-8"))["proposals"]) == 8


def test_two_runs_do_not_write_into_one_folder_at_once(data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with alone(out):
        refused = cli("batch", data, "--out", out)
        assert refused.returncode == 2
        assert "another run of llm-tco is writing there; wait" in refused.stderr
        assert [path.name for path in out.iterdir()] == [LOCK]
    assert list(out.iterdir()) == []
    (out / LOCK).write_text("process 1 on a machine that is gone")  # of a run that was killed
    assert run(data, out).written == 4
    assert not (out / LOCK).exists()


def broken(template: Path, old: bytes, new: bytes) -> None:
    """Change the bytes of the sheets of a template."""
    package = Package.read(shipped("templates", "proposal_en.xlsx").read_bytes(), "t")
    parts = {name: package.part(name) for name in package.names if name.startswith("xl/worksheets/sheet")}
    changed = {name: part.replace(old, new, 1) for name, part in parts.items() if old in part}
    assert changed
    template.write_bytes(package.write(changed))


def test_a_file_that_excel_would_repair_is_not_written(data, tmp_path):
    template = tmp_path / "own.xlsx"
    broken(
        template,
        b"<pageMargins",
        b'<mergeCells count="2"><mergeCell ref="AA1:AB2"/><mergeCell ref="AB2:AC3"/></mergeCells><pageMargins',
    )
    outcome = run(data, tmp_path / "out", template)
    assert (outcome.written, len(outcome.problems)) == (0, 4)
    assert "a.xlsx would not open cleanly in Excel" in str(outcome.problems[0])
    assert not list((tmp_path / "out").glob("[a-d].xlsx"))


def test_what_filling_can_break_is_looked_at_in_every_file():
    """The rules for filled files find what the rules for all files find, when it is of values and texts."""
    made = Proposals.load(shipped("templates", "proposal_en.xlsx")).make(
        customers.read(shipped("examples", "customers.csv")).good[0]
    )
    package = Package.read(made.data, "p.xlsx")
    assert lint.check(made.data, "p.xlsx", lint.FILLED) == []
    sheet = next(n for n in package.names if n.startswith("xl/worksheets/sheet") and b"<v>" in package.part(n))
    for old, new in ((b"<v>", b"<v>NaN"), (b"<v>", b"<v>\x07"), (b"</row>", b"</rwo>")):
        spoilt = package.write({sheet: package.part(sheet).replace(old, new, 1)})
        found = lint.check(spoilt, "p.xlsx", lint.FILLED)
        assert found
        assert set(found) <= set(lint.check(spoilt, "p.xlsx"))


def test_of_a_large_run_a_sample_is_linted(data, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "ALL_LINTED", 20)
    data.write_text(lines(*(f"c{n}" for n in range(40))))
    todo = batch.plan(customers.read(data), None, tmp_path / "out")
    assert batch.run(todo, tmp_path / "out", 1).linted < 20
    assert batch.run(todo, tmp_path / "all", 1, lint_all=True).linted == 40


def with_excel_only(template: Path) -> Path:
    """The shipped template with formulas and a chart that cannot be calculated without Excel."""
    book = openpyxl.load_workbook(shipped("templates", "proposal_en.xlsx"))
    cover = book["Cover"]
    cover["A40"], cover["A41"], cover["A42"] = "=TODAY()", "=IFERROR(A40+1,0)", "=1+2"
    chart = openpyxl.chart.LineChart()
    chart.series.append(openpyxl.chart.Series("Cover!$A$1:$XFC$999999"))  # more cells than anybody shows
    cover.add_chart(chart, "C40")
    book.save(template)
    return template


def test_what_only_excel_can_calculate_is_left_blank_and_listed(data, tmp_path):
    template, out = with_excel_only(tmp_path / "own.xlsx"), tmp_path / "out"
    done = cli("batch", data, "--template", template, "--out", out)
    assert done.returncode == 0, done.stderr
    listed = (
        "own.xlsx: without a value until Excel has opened the file: Cover!A40 (TODAY), Cover!A41 (TODAY), own.xlsx, "
    )
    assert listed in done.stdout
    entries = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["proposals"]
    for entry in entries:
        assert entry["left_blank"][:2] == ["Cover!A40 (TODAY)", "Cover!A41 (TODAY)"]
        assert entry["left_blank"][2:] == ["own.xlsx, part xl/charts/chart1.xml, 'Cover'!$A$1:$XFC$999999"]
        cover = openpyxl.load_workbook(out / entry["file"], data_only=True)["Cover"]
        assert [cover[cell].value for cell in ("A40", "A41", "A42")] == [None, None, 3]
    again = json.loads(cli("batch", data, "--template", template, "--out", out, "--json").stdout)
    assert again["left_blank"] == {"own.xlsx": entries[0]["left_blank"]}
    told = cli("validate", template)
    assert "Cover!A40 (TODAY), Cover!A41 (TODAY)" in told.stderr


def test_author_and_company_are_cleared_or_as_they_are_given(data, tmp_path):
    out = tmp_path / "out"
    assert cli("batch", data, "--out", out).returncode == 0
    assert cli("inspect", out / "a.xlsx", "--strict").returncode == 0
    assert cli("inspect", out / "index.xlsx", "--strict").returncode == 0
    given = ("--author", "Finance & <Co>", "--company", "Acme AG")
    assert json.loads(cli("batch", data, "--out", out, *given, "--json").stdout)["written"] == 4
    assert json.loads(cli("batch", data, "--out", out, *given, "--json").stdout)["up_to_date"] == 4
    assert openpyxl.load_workbook(out / "a.xlsx").properties.creator == "Finance & <Co>"
    assert b"<Company>Acme AG</Company>" in Package.read(out / "a.xlsx").part("docProps/app.xml")
    assert cli("inspect", out / "a.xlsx", "--strict").returncode == 1
    allowed = ("--allow", "Acme AG", "--allow", "Finance & <Co>")
    assert cli("inspect", out / "a.xlsx", "--strict", *allowed).returncode == 0
    refused = cli("batch", data, "--out", out, "--author", "a\x07b")
    assert (refused.returncode, "--author: the text has the character U+0007" in refused.stderr) == (2, True)


def test_validate_tells_all_problems_of_template_and_data(data, tmp_path):
    template = shipped("templates", "proposal_en.xlsx")
    assert cli("validate", template, data).returncode == 0
    data.write_text(lines("a", "b", "c").replace("gpt-4-turbo", "gpt-4-turbid").replace(",102,", ",many,"))
    found = cli("validate", template, data, "--json")
    assert found.returncode == 1
    assert [(p["row"], p["field"]) for p in json.loads(found.stdout)] == [
        (2, "api_model"),
        (3, "api_model"),
        (4, "users"),
        (4, "api_model"),
    ]
    book = openpyxl.load_workbook(template)
    book.defined_names["in_tarif"] = openpyxl.workbook.defined_name.DefinedName("in_tarif", attr_text="Cover!$A$50")
    book.save(tmp_path / "wrong.xlsx")
    wrong = cli("validate", tmp_path / "wrong.xlsx")
    assert (wrong.returncode, "in_tarif" in wrong.stderr) == (2, True)


def test_demo_writes_the_shipped_examples(tmp_path):
    done = cli("demo", "--out", tmp_path / "proposals")
    assert done.returncode == 0, done.stderr
    count = len(customers.read(shipped("examples", "customers.csv")).good)
    assert len(list((tmp_path / "proposals").glob("*.xlsx"))) == count + 1
    lines = done.stdout.splitlines()
    paper = next(i for i, line in enumerate(lines) if "Reference case 70B, 50,000 users" in line)
    assert lines[paper].split()[-4:] == ["4,162", "16,656", "22,500", "54,000"]
    assert lines[paper + 1].split() == ["2.31", "9.25", "12.50", "30.00"]  # the vendor paper's 2.31 and 12.50 USD


def _start(data: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workbook.cli", "batch", str(data), "--out", str(out), *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True, cwd=ROOT, start_new_session=True)


def _wait_for_files(out: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while len(list(out.glob("*.xlsx"))) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_with_130_and_a_second_run_goes_on(tmp_path, workers):
    data, out = tmp_path / "data.csv", tmp_path / "out"
    data.write_text(lines(*(f"c{n}" for n in range(80))))
    process = _start(data, out, "--workers", workers)
    _wait_for_files(out, 25, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    outcome = run(data, out)
    assert outcome.done >= 25  # what was there is not made again
    assert outcome.problems == ()
    assert outcome.written + outcome.done == 80


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_run_leaves_no_torn_file_no_process_and_nothing_to_do_twice(tmp_path, until_gone):
    data, out, whole = tmp_path / "data.csv", tmp_path / "out", tmp_path / "whole"
    data.write_text(lines(*(f"c{n}" for n in range(30))))
    run(data, whole)
    expected, there = hashes(whole), {}
    for count, workers in ((1, "1"), (7, "2"), (16, "1")):
        process = _start(data, out, "--workers", workers)
        _wait_for_files(out, count, process)
        process.kill()
        process.communicate(timeout=60)
        until_gone(process.pid)
        now = {path.name: path.stat().st_ino for path in out.glob("*.xlsx")}
        assert {name: hashes(out)[name] for name in now} == {name: expected[name] for name in now}
        assert there.items() <= now.items()
        there = now
    outcome = run(data, out)
    assert (outcome.done, outcome.written) == (len(there), 30 - len(there))
    assert {name: (out / name).stat().st_ino for name in there} == there
    assert hashes(out) == expected
