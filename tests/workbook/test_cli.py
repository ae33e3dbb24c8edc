"""The shell: examples of the contract, answers as text and JSON, exit codes, start-up time."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from books import COST, book, formulas

from engine.inputs import assumptions
from workbook.commands.evaluation import calculator_for
from workbook.customers import read
from workbook.headless import evaluate_formula
from workbook.locate import shipped
from workbook.proposal import Proposals

PYTHON = [sys.executable, "-m", "workbook.cli"]


def run(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PYTHON, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60, encoding="utf-8"
    )


EXAMPLES = {  # texts: the digits that the contract prints before its three dots
    '=TCO_CATALOG("gpu","h100-sxm","tdp_w")': 700,
    '=TCO_API_PRICE("gpt-4-turbo","output")': 30,
    "=TCO_WEIGHTS_GB(405)": 810,
    '=TCO_WEIGHTS_GB(405,"int4")': 202.5,
    '=TCO_KV_BYTES("llama-3.1-70b")': 327680,
    "=TCO_DEMAND(50000,25,16)": 50000 * 25 / (16 * 3600),
    "=TCO_POWER(22400,1296,0.083)": 2409523.2,
    "=TCO_LICENCE(80,18000,5,3)": 864000,
    "=TCO_FTE(20,20,10%,100%)": 1,
    '=TCO_CAPITAL_FACTOR("annuity",8%,3,6%)': "0.984100542",
    "=TCO_USD_PER_MTOK(0.36,2000)": 0.05,
    "=TCO_QUERY_COST(1000,500,10,30)": 0.025,
    "=TCO_WACC(60%,40%,11%,5%,30%)": 0.08,
    "=TCO_CRF(8%,3)": "0.388033514",
    '=TCO_DEPRECIATION(100000,5,2,"macrs")': 32000,
    "=TCO_TRAIN_FLOPS(405,15000)": 3.645e25,
    "=TCO_CLUSTER_CAPEX(16000,30000)": 960000000,
    '=TCO_FINETUNE_GB(405,"bf16")': 3240,
}


@pytest.fixture(scope="module")
def answers():
    done = run("eval", "-", "--json", stdin="\n".join(EXAMPLES))
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_example_of_the_contract(answers):
    assert [answer["formula"] for answer in answers] == list(EXAMPLES)
    for answer in answers:
        expected, shown = EXAMPLES[answer["formula"]], f"{answer['value']:.15g}"
        if isinstance(expected, str):
            assert shown.startswith(expected)
        else:
            assert shown == f"{expected:.15g}", answer


def test_one_formula_prints_what_a_cell_shows():
    done = run("eval", "=TCO_DEMAND(50000,25,16)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "21.7013888888889\n", "")


def test_json_of_every_kind_of_value():
    lines = ["=0.1+0.2", '="a"&1', "=1>2", "={1,2;3,4}", "=TCO_CRF(-5,3)", "=SUM(", '={1,"x";TRUE,#N/A}']
    done = run("eval", "-", "--json", stdin="\n".join(lines) + "\n")
    number, text, flag, rows, error, refused, mixed = map(json.loads, done.stdout.splitlines())
    assert number["value"] == 0.1 + 0.2  # every bit
    assert (text["value"], flag["value"], rows["value"]) == ("a1", False, [[1, 2], [3, 4]])
    assert set(error) == {"formula", "error", "message"}
    assert error["error"] == "#NUM!"
    assert error["message"].startswith("TCO_CRF rate: -5")
    assert refused["error"] == "#VALUE!"
    assert mixed["value"][1][1]["error"] == "#N/A"
    assert done.returncode == 1  # one line is no formula, the others are answered


def test_standard_input_gets_one_line_for_each_formula():
    done = run("eval", "-", stdin="=1+1\n={1,2;3,4}\n \n=TCO_CRF(,3)\n\n=TCO_LAST_ERROR()\n")
    sentence = "TCO_CRF rate is required and blank: TCO_CRF(rate, years)"
    assert done.stdout.splitlines() == ["2", "[[1, 2], [3, 4]]", "", f"#N/A {sentence}", "", sentence]
    assert done.returncode == 0


def test_a_table_is_tab_separated_when_piped():
    done = run("eval", '=TCO_FLOWS(Assumptions,"seat")', "--set", "users=5", "--set", "seat_price=20")
    assert done.stdout == "0\t1200\t1200\t1200\n"


@pytest.mark.parametrize(
    ("settings", "formula", "shown"),
    [
        (["users=5", "seat_price=20", "horizon=1", "wacc=25%"], "=TCO_SEAT(Assumptions)", "960"),
        (["users=5", "seat_price=2e1", "horizon=1", "wacc=0"], "=TCO_SEAT(Assumptions)", "1200"),
        (["USERS=5", "seat_price=20", "capital_mode=none"], '=TCO_SEAT(Assumptions,"tco")', "3600"),
        (["users="], "=INDEX(Assumptions,2,1)", "users"),
        (["licence_bundled=TRUE"], '=VLOOKUP("licence_bundled",Assumptions,2,FALSE)', "TRUE"),
        (["model=405"], '=ISTEXT(VLOOKUP("model",Assumptions,2,FALSE))', "TRUE"),
        (["model=a=b"], '=VLOOKUP("model",Assumptions,2,FALSE)', "a=b"),
        ([], '=VLOOKUP("wacc",Assumptions,2,FALSE)', "0.08"),  # the default
        (["wacc=9%"], '=VLOOKUP("wacc",Assumptions,2,FALSE)', "0.09"),
        ([], '=VLOOKUP("users",Assumptions,2,FALSE)&"."', "."),  # there is none: blank
        ([], "=ROWS(Assumptions)-COUNTA(INDEX(Assumptions,0,1))", "0"),
    ],
)
def test_settings(settings, formula, shown):
    options = [word for setting in settings for word in ("--set", setting)]
    assert run("eval", formula, *options).stdout == f"{shown}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["eval", "=1", "--set", "usrs=5"], "usrs is no assumption; did you mean users?"),
        (["eval", "=1", "--set", "users"], '"users" is not of the form id=value'),
        (["eval", "=1", "--set", "users=1", "--set", "users=2"], "--set users is given twice"),
        (["eval", "=1", "--set", "seat_price=1e400"], "--set seat_price: 1e400 is not a finite number; write a number"),
        (["eval", "=1", "--set", "wacc=NaN"], "--set wacc: NaN is not a finite number; write a number from 0 to 0.5"),
        (["eval", "=SUM("], "no formula that Excel would accept"),
        (["eval"], "Missing argument"),
        (["eval", "=1", "--workbook", "nowhere.xlsx"], "does not exist"),
        (["functions", "TCO_CFR"], "TCO_CFR is no function of llm-tco; did you mean TCO_CRF?"),
        (["recalc", __file__], "test_cli.py"),
        (["evil"], "No such command"),
    ],
)
def test_bad_usage(arguments, sentence):
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_name_that_lists_the_defaults_changes_no_result():
    """Defaults that are listed are not typed: what they stand for in the catalogue and in the analysis stays."""
    settings = {"users": 500.0, "queries_per_user_day": 20.0, "prompt_tokens": 900.0, "output_tokens": 300.0}
    settings |= {"api_model": "gpt-4-turbo", "seat_price": 30.0, "options": "api,seat"}
    formulas_of_it = ['=TCO_COMPARE(Assumptions,"table")', '=TCO_TORNADO(Assumptions,"api","tco",20%)']
    formulas_of_it += ["=TCO_COMPARE(Assumptions)", '=TCO_API(Assumptions,"table","wacc",9%)']
    calculator = calculator_for(None, settings)
    bare = [evaluate_formula(text, None, [[*item] for item in settings.items()]) for text in formulas_of_it]
    assert [calculator.evaluate_formula(text) for text in formulas_of_it] == bare
    assert len(bare[1]) > 5
    assert calculator.evaluate_formula("=ROWS(Assumptions)") == len(assumptions()) + 1


def test_a_proposal_without_the_name_is_read_by_its_input_cells(tmp_path: Path):
    example = next(c for c in read(shipped("examples", "customers.csv")).good if "onprem" in c.inputs.option_ids)
    made = Proposals.load(shipped("templates", "proposal_en.xlsx")).make(example)
    path = tmp_path / "proposal.xlsx"
    path.write_bytes(made.data)
    calculator = calculator_for(path, {})
    assert calculator.evaluate_formula('=VLOOKUP("users",Assumptions,2,FALSE)') == example.inputs.users
    for option in example.inputs.option_ids:
        cost = calculator.evaluate_formula(f"=TCO_{option.upper()}(Assumptions)")
        assert math.isclose(cost, made.figures[f"{option}_tco"], rel_tol=1e-9), option
    more = calculator_for(path, {"users": 2 * example.inputs.users})
    assert more.evaluate_formula("=INDEX(in_users,1)") == 2 * example.inputs.users
    assert more.evaluate_formula('=VLOOKUP("users",Assumptions,2,FALSE)') == 2 * example.inputs.users


def test_a_value_outside_its_limits_is_an_error_value():
    done = run("eval", "=TCO_SEAT(Assumptions)", "--set", "wacc=8", "--json")
    assert json.loads(done.stdout)["error"] == "#NUM!"
    assert "wacc: 8 is above 0.5" in json.loads(done.stdout)["message"]


def test_a_workbook_and_settings_on_top(tmp_path: Path):
    path = tmp_path / "model.xlsx"
    path.write_bytes(formulas("=in_users*2", "=TCO_CRF(Inputs!B3,3)"))
    asked = f"='{COST.replace(chr(39), 2 * chr(39))}'!A1+ROWS(Assumptions)"
    assert run("eval", asked, "--workbook", str(path)).stdout == "205\n"
    assert run("eval", asked, "--workbook", str(path), "--set", "users=7").stdout == "19\n"
    done = run("eval", "=1", "--workbook", str(path), "--set", "pue=2")
    assert done.returncode == 2
    assert "pue has no row in the Assumptions of model.xlsx" in done.stderr


def test_recalc_writes_beside_or_in_place(tmp_path: Path):
    path, out = tmp_path / "model.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(data := formulas("=in_users*2", "=TCO_CRF(-5,3)"))
    done = run("recalc", str(path), "-o", str(out))
    assert done.returncode == 0
    assert "2 cells calculated, 1 error" in done.stderr
    assert "A2 #NUM!" in done.stderr
    assert path.read_bytes() == data
    assert run("recalc", str(path)).returncode == 0
    assert path.read_bytes() == out.read_bytes()
    assert run("eval", "=1", "--workbook", str(out)).stdout == "1\n"
    path.write_bytes(book(lambda sheet: sheet.write_formula("A1", '=CUBEVALUE("a","b")', None, 42)))
    done = run("recalc", str(path))
    assert (done.returncode, "A1 needs Excel" in done.stderr) == (1, True)


def test_functions_for_people_and_programs():
    described = json.loads(run("functions", "--json").stdout)
    crf = next(entry for entry in described if entry["name"] == "TCO_CRF")
    assert [argument["name"] for argument in crf["arguments"]] == ["rate", "years"]
    assert all(argument["unit"] for argument in crf["arguments"])
    text = run("functions").stdout
    assert all(entry["signature"] in text and entry["help"] for entry in described)
    assert "1 to 1000" in run("functions", "crf").stdout


def test_help_loads_none_of_the_heavy_libraries():
    """What makes `--help` start fast; its time stands in benchmarks/."""
    listed = "from click.testing import CliRunner; CliRunner().invoke(workbook.cli.cli, ['--help'])"
    loaded = (
        "print([m for m in ('numpy', 'pandas', 'pydantic', 'formualizer', 'openpyxl', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, workbook.cli\n{listed}\n{loaded}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_version():
    from engine import __version__

    assert run("--version").stdout == f"llm-tco {__version__}\n"


def test_the_number_of_a_cell_has_fifteen_digits():
    shown = float(run("eval", "=TCO_CRF(8%,3)").stdout)
    assert math.isclose(shown, 0.08 * 1.08**3 / (1.08**3 - 1), rel_tol=1e-14)
    assert run("eval", "=TCO_TRAIN_FLOPS(405,15000)").stdout == "3.645E+25\n"
