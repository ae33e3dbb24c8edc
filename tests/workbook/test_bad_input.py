"""Bad rows: a clear error with row, field, value and remedy; the other rows are written; nothing half-written stays."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from workbook import batch, customers, filenames
from workbook.manifest import FAILED, OWN_FILES, csv_bytes, escaped

SEAT = {"proposal_date": "2026-11-23", "users": "100", "seat_price": "30", "options": "seat"}
OWN = {
    "proposal_date": "2026-11-23", "users": "100", "queries_per_user_day": "20", "prompt_tokens": "900",
    "output_tokens": "300", "model": "llama-3.1-8b", "gpu": "l40s", "gpus_per_replica": "1", "replica_rps": "2",
    "node_price": "20000", "options": "onprem",
}  # fmt: skip


def write_csv(path: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def run(folder: Path, *rows: dict[str, str]) -> tuple[batch.Outcome, Path]:
    out = folder / "out"
    plan = batch.plan(customers.read(write_csv(folder / "data.csv", *rows)), None, out)
    return batch.run(plan, out, workers=1), out


def row(customer_id: str, name: str = "Someone", base: dict[str, str] = SEAT, **values: str) -> dict[str, str]:
    return {"customer_id": customer_id, "customer_name": name, **base, **values}


def left_over(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()} - set(OWN_FILES)


BAD = [
    (row("bad", base=OWN, tariff="-0.12"), "tariff", "-0.12", "below 0", "from 0 to 10"),
    (row("bad", wacc="8"), "wacc", "8", "above 0.5", "write 8% or 0.08"),
    (row("bad", base=OWN, model="lama-3.1-8b"), "model", "lama-3.1-8b", "no llm", "did you mean llama-3.1-8b"),
    (row("bad", base=OWN, gpu="h100"), "gpu", "h100", "in the catalogue", "h100-sxm"),
    (row("bad", api_model="gpt-99", options="api", queries_per_user_day="1", prompt_tokens="1", output_tokens="1"),
     "api_model", "gpt-99", "price book", ""),
    (row("bad", users="many"), "users", "many", "where a number is asked", "whole number from 1"),
    (row("bad", users="1e400"), "users", "1e400", "not a finite number", "whole number from 1"),
    (row("bad", users="NaN"), "users", "NaN", "where a number is asked", "whole number from 1"),
    (row("bad", users="10.5"), "users", "10.5", "not a whole number", "whole number from 1"),
    (row("bad", users=""), "users", "", "required and blank", ""),
    (row("bad", seat_price=""), "seat_price", "", "required and blank", ""),
    (row("bad", name=""), "customer_name", "", "required and blank", "fill it in"),
    (row("bad", proposal_date=""), "proposal_date", "", "required and blank", "fill it in"),
    (row("bad", proposal_date="tomorrow"), "proposal_date", "tomorrow", "no date", "2026-11-21"),
    (row("good-1"), "customer_id", "good-1", "stands in row 2 already", "its own"),
    (row("bad", base=OWN, replica_rps="", model=""), "replica_rps", "", "blank", "set it, or replica_rps to a"),
    (row("bad", tax_rate="0.3", depreciation_benefit="0.06"), "tax_rate", "0.3", "both set", ""),
    (row("bad", capital_mode="annuity", residual_rate="0.1"), "residual_rate", "0.1", "no meaning", "set it to 0"),
    (row("bad", currency="EURO"), "currency", "EURO", "no ISO code", ""),
    (row("bad", options="onprem,loan"), "options", "onprem,loan", "no list of", ""),
    (row("bad", name="bell \x07 rings"), "customer_name", "bell", "U+0007", "delete it"),
    (row("bad", name="x" * 40_000), "customer_name", "xxx", "40000 characters", "shorten it"),
    (row("bad", language="tlh"), "language", "tlh", "has no template", "write one of en"),
    (row("bad", template="../secret.xlsx"), "template", "../secret.xlsx", "is no plain file name", "without a folder"),
    (row("bad", template="offer.xlsx"), "template", "offer.xlsx", "not among the shipped", "one of offer_en.xlsx"),
    (row("bad", template="assumptions.xlsx"), "template", "assumptions.xlsx", "not among", "one of offer_en.xlsx"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "field", "value", "reason", "remedy"), BAD, ids=[f"{b[1]}-{b[2][:12]}" for b in BAD])
def test_a_bad_row_is_named_and_the_others_are_written(tmp_path, bad, field, value, reason, remedy):
    outcome, out = run(tmp_path, row("good-1"), bad, row("good-2"))
    assert [record.id for record in outcome.records] == ["good-1", "good-2"]
    assert left_over(out) == {"good-1.xlsx", "good-2.xlsx"}
    problem = outcome.problems[0]
    assert problem.row == 3
    assert problem.field == field or not field
    assert problem.value.startswith(value)
    sentence = str(problem)
    assert sentence.startswith("row 3 (")
    for part in (field, reason, remedy):
        assert part in sentence


def test_a_sentence_names_the_field_once(tmp_path):
    own = {**OWN, "gpu": "", "gpus_per_replica": ""}
    outcome, _ = run(tmp_path, row("bad", base=own), row("paper", tax_rate="0.3", depreciation_benefit="0.06"))
    gpu = next(problem for problem in outcome.problems if problem.field == "gpu")
    assert str(gpu).startswith("row 2 (bad), gpu: is required and blank")
    assert "tax_rate 0.3: and depreciation_benefit 0.06 are both set" not in str(outcome.problems[-1])


def test_all_problems_of_a_file_come_at_once(tmp_path):
    outcome, _ = run(tmp_path, row("a", users="x", wacc="8", proposal_date="?"), row("b", seat_price="-1"), row("c"))
    assert [(p.row, p.field) for p in outcome.problems] == [
        (2, "proposal_date"), (2, "users"), (2, "wacc"), (3, "seat_price"),
    ]  # fmt: skip


def test_what_an_option_lacks_is_told_beside_values_that_are_wrong(tmp_path):
    rows = [
        row("ids", base=OWN, model="llama-3.1-8bb", gpu="l40ss", tariff="-1", node_price="", wacc="x"),
        row("text", base=OWN, name="x" * 40_000, node_price=""),
        row("replica", base=OWN, replica_rps="", prompt_tokens="200000", gpu="a100-sxm-80gb", precision="fp8",
            gpus_per_replica="3", node_price="-5"),
        row("other", base=OWN, options="onprem,seat", gpu_price="-1", users="0"),
    ]  # fmt: skip
    outcome, _ = run(tmp_path, *rows)
    assert [(p.customer_id, p.field) for p in outcome.problems] == [
        ("ids", "wacc"), ("ids", "tariff"), ("ids", "gpu"), ("ids", "model"), ("ids", "node_price"),
        ("text", "customer_name"), ("text", "node_price"),
        ("replica", "node_price"), ("replica", "prompt_tokens"), ("replica", "precision"),
        ("replica", "gpus_per_replica"),
        ("other", "gpu_price"), ("other", "users"), ("other", "seat_price"),
    ]  # fmt: skip


def test_a_message_says_field_and_value_once_and_ends_with_one_remedy(tmp_path):
    own = {**OWN, "replica_rps": ""}
    outcome, _ = run(
        tmp_path,
        row("a", base=own, prompt_tokens="200000", gpu="a100-sxm-80gb", precision="fp8", gpus_per_replica="3"),
        row("b", base=OWN, node_price=""),
        row("c", options="onprem;seat"),
        row("d", base=own, gpus_per_replica="", tpot_limit="0.00001"),
    )
    context, arithmetic, heads, blank, listed, limit = (str(p).split(", ", 1)[1] for p in outcome.problems)
    assert context == (
        "prompt_tokens 200000: is above the context of llama-3.1-8b, 131072 tokens for prompt and answer: shorten "
        "them to 131072 in all or choose a model with a longer context"
    )
    assert arithmetic == "precision fp8: a100-sxm-80gb has no fp8 arithmetic: use fp16, int8 or int4, or a GPU with fp8"
    assert heads == "gpus_per_replica 3: 3 GPUs do not divide the 32 attention heads of llama-3.1-8b: use 2 or 4 GPUs"
    assert blank == (
        "node_price: is required and blank (Price of one server without its GPUs): write a number from 0 to 10000000 "
        "USD/node"
    )
    assert listed == (
        'options onprem;seat: "onprem;seat" is no list of onprem, cloud, api, seat, lease, colo, hybrid: write those '
        "to compare with commas between, such as onprem,api"
    )
    assert limit.startswith("tpot_limit 1e-05: ")
    assert limit.count("tpot_limit") == 2  # the field, and what to raise


HOSTILE = [
    '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-2+3", "../../etc/x", "CON", "x" * 300,
    "\u202egnp.exe \u200f\u05d0\u05d1\u05d2", "Ünïcödé 🏦 株式会社", "{{customer_id}}", "a & b < c > 'd'",
    "_x0041_", "&[Page] &P",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=[ascii(n)[:24] for n in HOSTILE])
def test_a_hostile_name_is_stored_as_plain_text(tmp_path, name):
    outcome, out = run(tmp_path, row("one", name))
    assert outcome.problems == ()
    book = openpyxl.load_workbook(out / "one.xlsx")
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    holding = [cell for cell in cells if name in str(cell.value) and cell.data_type != "f"]
    assert holding, "the name stands nowhere"
    assert all(cell.data_type in {"s", "inlineStr"} and cell.hyperlink is None for cell in holding)
    index = openpyxl.load_workbook(out / "index.xlsx")["Proposals"]
    assert (unescape(index["B2"].value), index["B2"].data_type) == (name, "s")


@pytest.mark.parametrize(
    "customer_id",
    [
        "../../etc/x",
        "CON",
        "con.txt",
        "x" * 300,
        "\u202e0042",
        'a/b\\c:d*e?f"g<h>i|j',
        "..",
        ".",
        "-",
        "🏦",
        "Łódź 7",
        "NUL.xlsx",
    ],
)
def test_every_id_gives_a_file_inside_the_folder(tmp_path, customer_id):
    outcome, out = run(tmp_path, row(customer_id))
    assert [r.id for r in outcome.records] == [customer_id]
    name = outcome.records[0].file
    assert left_over(out) == {name}
    assert not set(name) & set('/\\:*?"<>|')
    assert not name.startswith(".")
    assert len(name.encode()) <= 120
    assert name.split(".")[0].lower() not in {"con", "nul"}
    assert {p.name for p in tmp_path.iterdir()} == {"data.csv", "out"}


def test_ids_that_differ_by_case_only_get_files_of_their_own(tmp_path):
    outcome, out = run(tmp_path, row("ab"), row("AB"), row("a b"), row("a/b"))
    assert len({record.file.casefold() for record in outcome.records}) == 4
    assert len(left_over(out)) == 4


def test_names_do_not_depend_on_the_order_of_the_rows():
    ids = ["ab", "AB", "c", "a/b", "a b"]
    assert filenames.assign(ids) == filenames.assign(reversed(ids))


def test_a_name_depends_on_its_own_id_alone():
    """A run with other rows beside it overwrites the same file."""
    together = filenames.assign(["a/b", "a b", "a-b", "CON", "x" * 300, "plain"])
    assert {i: filenames.assign([i])[i] for i in together} == together
    assert together["plain"] == "plain.xlsx"
    assert together["a-b"] == "a-b.xlsx"


def test_failed_rows_come_back_as_a_file_that_can_be_mended_and_run(tmp_path):
    rows = [
        row("good"),
        row("a", '=HYPERLINK("http://x")', user_growth="-0.1", users="x"),
        row("0042", "Späti", wacc="8"),
    ]
    _, out = run(tmp_path, *rows)
    text = (out / FAILED).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b"'=HYPERLINK" in text
    mended = text.decode("utf-8-sig").replace(",x,", ",10,", 1).replace(",8,", ",8%,", 1)
    (tmp_path / "mended.csv").write_text(mended, encoding="utf-8")
    found = customers.read(tmp_path / "mended.csv")
    assert [(c.id, c.name) for c in found.good] == [("a", '=HYPERLINK("http://x")'), ("0042", "Späti")]
    assert found.good[0].inputs.user_growth == -0.1
    batch.run(batch.plan(found, None, out), out, workers=1)
    assert not (out / FAILED).exists()


def test_what_a_spreadsheet_would_take_for_a_formula_is_escaped_in_our_csv():
    hostile = ["=1+1", "+cmd", "-2+3", "@SUM(1)", "\t=1", "\r=1"]
    assert [escaped(text) for text in hostile] == [f"'{text}" for text in hostile]
    assert csv_bytes([["a=b", "-0.12", "+5", -3]], ",") == b"\xef\xbb\xbfa=b,-0.12,+5,-3\r\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "is empty"), ("customer,users\n1,2\n", "column customer_id is missing"), (None, "no such file")],
)
def test_a_file_of_no_use_ends_with_exit_code_2_and_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "data.csv"
    if content is not None:
        path.write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "workbook.cli", "batch", str(path), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
