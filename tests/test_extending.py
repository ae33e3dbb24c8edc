"""The diff of docs/extending.md, applied to a copy of the sources: the line it shows is there, and what follows."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")

SEEN = """
import datetime as dt, json
from engine.inputs import Inputs
from workbook.author import proposal
from workbook.customers import Customer
from workbook.headless import Calculator
from workbook.explain import explain
from workbook.proposal import Proposals

CASE = {"gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "gpu_price": 10000, "node_price": 20000,
        "users": 100, "queries_per_user_day": 1, "prompt_tokens": 10, "output_tokens": 10, "horizon": 2,
        "inflation": 0.1, "insurance_rate": 0.03, "options": "onprem"}
calculator = Calculator(None, with_functions=True)
calculator.name_rows("Assumptions", [["id", "value"], *([k, v] for k, v in CASE.items())])
value = lambda formula: calculator.evaluate_heard(formula)[0]
tree = explain("=TCO_ONPREM(Assumptions)", *calculator.evaluate_heard("=TCO_ONPREM(Assumptions)"))
proposals = Proposals(proposal.build(), "proposal_en.xlsx")
says = proposals.contents(Customer(2, "c", "Any", dt.date(2026, 11, 23), Inputs.read(CASE)))
found = proposals.calculator.calculate({**proposals.template.field_values(says.fields), **proposals.cells(says)})
check = lambda name: found[next(iter(proposals.template.areas[name].cells()))]
print(json.dumps({
    "sum": value('=TCO_ONPREM(Assumptions,"insurance")'),
    "flows": value('=TCO_FLOWS(Assumptions,"onprem","insurance")'),
    "rows": [row[0] for row in value('=TCO_ONPREM(Assumptions,"table")')],
    "more": value('=TCO_ONPREM(Assumptions,"total")') - value('=TCO_ONPREM(Assumptions,"total","insurance_rate",0)'),
    "explained": [node.label for node in tree.find("insurance").children],
    "help": tree.find("insurance").text,
    "green": [check("chk_onprem_tco"), check("chk_onprem_total"), check("chk_onprem_lines")],
}))
"""


def hunks(diff: str) -> list[tuple[str, str, str]]:
    """File, text before, text after, of every hunk of a diff."""
    found = []
    for path, body in re.findall(r"^--- (\S+)\n(.*?)(?=^--- |\Z)", diff, re.DOTALL | re.MULTILINE):
        for hunk in body.split("@@\n")[1:]:
            lines = hunk.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if not line.startswith("+"))
            after = "".join(line[1:] for line in lines if not line.startswith("-"))
            found.append((path, before, after))
    return found


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("extended")
    for package in ("engine", "workbook"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "templates", folder / "templates")
    diff = re.search(r"```diff\n(.*?)```", PAGE, re.DOTALL).group(1)
    for path, before, after in hunks(diff):
        text = (folder / path).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path}: the context of the diff stands {text.count(before)} times:\n{before}"
        (folder / path).write_text(text.replace(before, after), encoding="utf-8")
    return folder


def test_the_line_of_the_diff_is_in_every_place(extended):
    environment = {**os.environ, "PYTHONPATH": str(extended), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", SEEN], cwd=extended, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    first = 100000 * 0.03  # eight cards of 10,000 and a server of 20,000
    assert seen["flows"] == [[0, pytest.approx(first), pytest.approx(first * 1.1)]]
    assert seen["sum"] == pytest.approx(first * 2.1)
    assert seen["more"] == pytest.approx(first * 2.1)
    assert "insurance" in seen["rows"]
    assert "insurance_rate" in seen["explained"]
    assert seen["help"] == "Yearly insurance of the hardware in service."
    assert seen["green"] == [1, 1, 1]


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`((?:engine|workbook)/[\w/]+\.\w+)`", PAGE))))
def test_every_place_named_exists(place):
    assert (ROOT / place).is_file()


def test_the_option_shown_is_the_one_in_the_sources():
    option = re.findall(r"```diff\n(.*?)```", PAGE, re.DOTALL)[1]
    engine = dict(re.findall(r"^--- (engine/\S+)\n(.*?)(?=^--- )", option, re.DOTALL | re.MULTILINE))
    assert len(engine) == 2
    for path, body in engine.items():
        shown = "".join(line[1:] for line in body.splitlines(keepends=True))
        assert shown in (ROOT / path).read_text(encoding="utf-8"), path
