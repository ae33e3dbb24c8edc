"""Two runs side by side: what moved is told with what differs, what did not move is not told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.errors import EngineError
from workbook import batch, customers, runs
from workbook.cli import cli
from workbook.manifest import Record
from workbook.runs import Cause, Run

HEAD = "customer_id,customer_name,proposal_date,users,seat_price,horizon,options\n"
ABOUT = {"version": "1.0", "price_book": "2026-11-01"}


def run(folder: Path, name: str, rows: str) -> Path:
    data, out = folder / f"{name}.csv", folder / name
    data.write_text(HEAD + rows)
    batch.run(batch.plan(customers.read(data), None, out), out, 1)
    return out


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    before = run(
        folder,
        "a",
        "s,Same,2026-11-23,100,30,,seat\nl,Little,2026-11-23,100,30,,seat\nm,Much,2026-11-23,100,30,,seat\ng,Gone,2026-11-23,9,30,,seat\n",
    )
    after = run(
        folder,
        "b",
        "s,Same,2026-11-23,100,30,,seat\nl,Little,2026-11-23,101,30,,seat\nm,Much,2026-11-23,100,33,3,seat\nn,New,2026-11-23,9,30,,seat\n",
    )
    return before, after


def test_the_table_tells_what_moved_and_why(two):
    done = CliRunner().invoke(cli, ["compare", *map(str, two)], standalone_mode=False)
    assert done.return_value == 1
    line = next(line for line in done.stdout.splitlines() if "Much (m)" in line)
    assert "+10.0%" in line
    assert "horizon default → 3; seat_price 30 → 33" in line
    assert "Little" not in done.stdout  # 1 %
    assert "Same" not in done.stdout
    assert done.stdout.splitlines()[-1] == "1 of 3 quotes moved by more than 2 %, 1 new, 1 gone"


def test_json_and_threshold(two):
    done = CliRunner().invoke(cli, ["compare", *map(str, two), "--threshold", "0.5%", "--json"], standalone_mode=False)
    told = json.loads(done.stdout)
    assert [(move["id"], move["status"]) for move in told["moves"]] == [
        ("l", "moved"), ("m", "moved"), ("n", "new"), ("g", "gone"),
    ]  # fmt: skip
    assert told["moves"][0]["causes"] == [{"what": "users", "before": 100, "after": 101}]
    assert told["moves"][0]["change"] == pytest.approx(0.01)
    same = CliRunner().invoke(cli, ["compare", str(two[0]), str(two[0] / "manifest.json")], standalone_mode=False)
    assert same.return_value == 0
    wrong = CliRunner().invoke(cli, ["compare", *map(str, two), "--threshold", "200%"])
    assert "200% is no share from 0 to 1; write 2% or 0.02" in wrong.output


def record(**values: object) -> Record:
    known = Record("a", "A", "a.xlsx", 1, "0", "k", "USD", {"api_tco": 100.0, "seat_tco": 0.0}, inputs={"users": 5.0})
    return replace(known, **values)


@pytest.mark.parametrize(
    ("after", "about", "figure", "change", "causes"),
    [
        (record(figures={"api_tco": 102.0, "seat_tco": 0.0}), ABOUT, None, None, None),  # 2 % is not more than 2 %
        (record(figures={"api_tco": 97.0, "seat_tco": 0.0}), ABOUT, "api_tco", -0.03, ()),
        (record(figures={"api_tco": 90.0, "seat_tco": 0.0}), ABOUT | {"price_book": "2026-12-01"}, "api_tco", -0.1,
         (Cause("price book", "2026-11-01", "2026-12-01"),)),
        (record(figures={"api_tco": 150.0}), ABOUT, "seat_tco", None, ()),  # a figure is missing
        (record(currency="EUR"), ABOUT, "api_tco", 0.0, (Cause("currency", "USD", "EUR"),)),
        (record(figures={"api_tco": 200.0, "seat_tco": 0.0}, template="own.xlsx", template_sha256="abcdefghij"), ABOUT,
         "api_tco", 1.0, (Cause("template", "", "own.xlsx abcdefgh"),)),
    ],
)  # fmt: skip
def test_what_counts_as_moved(after, about, figure, change, causes):
    found = runs.compare(Run(ABOUT, {"a": record()}), Run(about, {"a": after}), 0.02)
    if figure is None:
        assert found.moves == ()
        return
    (move,) = found.moves
    assert (move.figure, move.causes) == (figure, causes)
    assert move.change == (None if change is None else pytest.approx(change))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": "1", "price_book": "x", "proposals": [{"id": 1}]}'])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(EngineError, match="is no manifest"):
        runs.read_run(tmp_path)
    with pytest.raises(EngineError, match="no manifest can be read"):
        runs.read_run(tmp_path / "nowhere")
