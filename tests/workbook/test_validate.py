"""`llm-tco validate`: every breach of the template's contract and every bad row is told in one pass."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from engine.inputs import assumptions
from workbook.areas import cell_name
from workbook.cells import CellError
from workbook.lint.contract import YEARS, Fault, faults, is_calculable
from workbook.locate import shipped
from workbook.summary import read_inputs
from workbook.template import Template
from workbook.validate import validate

ROOT = Path(__file__).parents[2]
TEMPLATE = shipped("templates", "proposal_en.xlsx")
HEADER = (
    "customer_id,customer_name,proposal_date,options,users,queries_per_user_day,prompt_tokens,output_tokens,api_model"
)
GOOD = "a,A AG,2026-11-21,api,100,20,1000,500,gpt-4-turbo"


def book(build=None, names=()) -> bytes:
    """A small template: users in B2, a result in B3, and whatever a test adds."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    cost = workbook.add_worksheet("Cost")
    cost.write("A1", "Costs of {{customer_name}}")
    cost.write("B2", 10)
    cost.write_formula("B3", "=B2*12", None, 120)
    workbook.define_name("in_users", "=Cost!$B$2")
    workbook.define_name("out_api_tco", "=Cost!$B$3")
    for name, reference in names:
        workbook.define_name(name, reference)
    if build:
        build(cost, workbook)
    workbook.close()
    return out.getvalue()


def found(*args, **kwargs) -> list[tuple[str, str]]:
    return [
        (f"{f.sheet}!{f.cell}" if f.cell else f.sheet, f.reason) for f in faults(book(*args, **kwargs), "book.xlsx")
    ]


def test_a_small_template_is_good():
    assert found() == []


def test_the_shipped_template_is_good():
    assert faults(TEMPLATE.read_bytes(), TEMPLATE.name) == []


NAMES = {
    "in_tarif": ("=Cost!$B$9", "Cost!B9", "stands for no assumption", "did you mean in_tariff?"),
    "src_user": ("=Cost!$B$9", "Cost!B9", "stands for no assumption", "did you mean src_users?"),
    "in_wacc": ("=Cost!$B$9:$C$9", "Cost!B9", "takes one value, and names several cells", "let it refer to one cell"),
    "in_tariff": ("=Cost!$B$9*2", "", "refers to no cells of a sheet", "let it refer to cells, as =Sheet!$B$4"),
    "IN_tariff": ("=Cost!$B$9", "", "is not in lower case, so nothing fills it", "rename it in_tariff"),
    "Cost!in_tariff": ("=Cost!$B$9", "", "belongs to one sheet, so nothing fills it", "scope Workbook"),
    "in_horizon": ("=Cost!$B$2", "Cost!B2", "shares its cell with in_", "give each of the two its own cell"),
    "in_pue": ("=Cost!$B$3", "Cost!B3", "holds a formula, which a value would replace", "input cell"),
    "out_engine_api_tcco": ("=Cost!$B$9", "Cost!B9", '"tcco" is no measure', "did you mean out_engine_api_tco?"),
    "out_engine_apy_tco": ("=Cost!$B$9", "Cost!B9", '"apy" is no option', "did you mean out_engine_api_tco?"),
    "blk_rows_onprm_costs": ("=Cost!$B$9", "Cost!B9", '"onprm" is no option', "did you mean blk_rows_onprem_costs?"),
    "blk_replicas": ("=Cost!$B$9:$K$9", "Cost!B9", f"takes 1 x {YEARS} cells", f"1 x {YEARS}"),
    "blk_years_costs": ("=Cost!$B$9:$P$9", "Cost!B9", f"takes any x {YEARS + 1} cells", "any x 16"),
    "blk_purchases_gpus": ("=Cost!$B$9:$B$20", "Cost!B9", f"takes {YEARS} x any cells", "15 x any"),
    "blk_warnings": ("=Cost!$B$9:$C$16", "Cost!B9", "takes any x 1 cells", "any x 1"),
    "blk_sources": ("=Cost!$B$9:$C$16", "Cost!B9", "takes any x 3 cells", "any x 3"),
    "blk_replica": ("=Cost!$B$9", "Cost!B9", "is no block that is filled", "did you mean blk_replicas?"),
    "out_api_npv": ("=Cost!$B$9", "Cost!B9", "shows a result and holds no formula", "give the cell a formula"),
    "chk_sum": ("=Cost!$B$9", "Cost!B9", "shows a result and holds no formula", "give the cell a formula"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_breaks_the_contract_is_told_with_its_remedy(name):
    reference, place, reason, remedy = NAMES[name]
    told = faults(book(names=[(name, reference)]), "book.xlsx")
    assert [f for f in told if f.name in {name.rpartition("!")[2], "in_users"}] == told
    (fault,) = told
    assert (f"{fault.sheet}!{fault.cell}" if fault.cell else "") == place
    assert reason in fault.reason
    assert remedy in fault.remedy


def test_a_template_without_inputs_is_refused():
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    workbook.add_worksheet()
    workbook.close()
    (fault,) = faults(out.getvalue(), "empty.xlsx")
    assert "has no name that begins with in_" in fault.reason


def test_an_input_under_a_merged_cell_is_told():
    told = found(lambda cost, _: cost.merge_range("D2:D4", "x"), names=[("in_wacc", "=Cost!$D$3")])
    assert told == [("Cost!D3", "lies under a merged cell")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("for {{custmer_name}}", "is no placeholder that we fill"),
        ("for {{customer name}}", "has a placeholder that cannot be read"),
        ("for {{customer_name}", "has a placeholder that cannot be read"),
    ],
)
def test_placeholders_are_checked_in_cells_and_footers(text, reason):
    assert found(lambda cost, _: cost.write("A5", text)) == [("Cost!A5", reason)]
    assert found(lambda cost, _: cost.set_footer(f"&L{text}")) == [("Cost", reason)]
    assert [r for _, r in found(lambda cost, _: cost.insert_textbox("A5", text))] == [reason]


def test_placeholders_of_the_users_own_are_good():
    assert found(lambda cost, _: cost.write("A5", "{{contact}}, {{ region }}")) == []


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("=TCO_CRF(8%,3)", "TCO_CRF shows #NAME? to a customer without our functions"),
        ("=TODAY()", "TODAY changes with every calculation"),
        ("=_xlfn.RANDARRAY(2)", "RANDARRAY changes with every calculation"),
        ('=CUBEVALUE("a","b")', "CUBEVALUE cannot be calculated without Excel"),
    ],
)
def test_functions_that_no_proposal_can_have_are_named(formula, reason):
    told = found(lambda cost, _: cost.write_formula("C7", formula, None, 1))
    assert [(place, text[: len(reason)]) for place, text in told] == [("Cost!C7", reason)]


def test_functions_of_names_are_looked_at_too():
    assert [f.name for f in faults(book(names=[("factor", "=TCO_CRF(8%,3)")]), "b.xlsx")] == ["factor"]


def test_formulas_that_excel_refuses_are_told():
    told = found(lambda cost, _: cost.write_formula("C7", "=SUM(B2", None, 1))
    assert [place for place, _ in told] == ["Cost!C7"]
    assert "is no formula that Excel accepts" in told[0][1]


def test_links_to_other_workbooks_are_told():
    from exotic import exotic

    assert "takes figures from outside the workbook" in [f.reason for f in faults(exotic(), "exotic.xlsm")]


def test_what_can_be_calculated_is_asked_of_the_calculator():
    assert is_calculable("xlookup")
    assert not is_calculable("getpivotdata")


def test_a_damaged_file_is_one_sentence():
    assert next(str(f) for f in faults(b"PK", "cut.xlsx")).startswith("cut.xlsx is damaged")


def test_faults_read_as_sentences():
    fault = Fault("Cost", "B9", "in_tarif", "", "stands for no assumption", "did you mean in_tariff?")
    assert str(fault) == "Cost!B9 in_tarif stands for no assumption; did you mean in_tariff?"


def test_several_breaches_are_told_in_one_pass():
    names = [("in_tarif", "=Cost!$B$9"), ("blk_warnings", "=Cost!$B$9:$C$16"), ("in_pue", "=Cost!$B$3")]
    told = faults(book(lambda cost, _: cost.write_formula("C7", "=NOW()", None, 1), names), "book.xlsx")
    assert {f.name for f in told} == {"in_tarif", "blk_warnings", "in_pue", "NOW"}


def test_a_good_template_is_tried_with_a_customer(tmp_path):
    template = tmp_path / "divides.xlsx"
    template.write_bytes(book(lambda cost, _: cost.write_formula("C7", "=1/(B2-B2)", None, 1)))
    (fault,) = validate(template).faults
    assert "a trial with customer" in fault.reason
    assert "#DIV/0!" in fault.reason


def test_template_and_rows_are_told_together(tmp_path):
    template, data = tmp_path / "wrong.xlsx", tmp_path / "data.csv"
    template.write_bytes(book(names=[("in_tarif", "=Cost!$B$9")]))
    data.write_text(
        "\n".join([HEADER, GOOD.replace(",100,", ",many,"), GOOD.replace("a,A", "b,B").replace("turbo", "turbid")])
    )
    told = validate(template, data)
    assert [f.name for f in told.faults] == ["in_tarif"]
    assert [(p.row, p.field) for p in told.problems] == [(2, "users"), (3, "api_model")]


def test_data_that_cannot_be_read_do_not_hide_the_template(tmp_path):
    template, data = tmp_path / "wrong.xlsx", tmp_path / "data.csv"
    template.write_bytes(book(names=[("in_tarif", "=Cost!$B$9")]))
    data.write_text("customer_id,colour\n1,red\n")
    told = validate(template, data)
    assert [f.name for f in told.faults] == ["in_tarif"]
    assert [(p.row, p.field) for p in told.problems] == [(0, "(file)")]
    assert "colour" in told.problems[0].reason


def test_a_placeholder_without_its_column_is_told_for_each_row(tmp_path):
    template, data = tmp_path / "own.xlsx", tmp_path / "data.csv"
    template.write_bytes(book(lambda cost, _: cost.write("A5", "{{contact}}")))
    data.write_text(f"{HEADER}\n{GOOD}")
    told = validate(template, data)
    assert told.faults == ()
    assert [p.row for p in told.problems] == [2]
    assert "x_contact" in str(told.problems[0])
    data.write_text("\n".join([f"{HEADER},x_contact", f"{GOOD},Ann"]))
    assert validate(template, data).problems == ()


def cli(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbook.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_commands_tell_and_end_with_their_codes(tmp_path):
    good, wrong, data = tmp_path / "good.xlsx", tmp_path / "wrong.xlsx", tmp_path / "data.csv"
    good.write_bytes(book())
    wrong.write_bytes(book(names=[("in_tarif", "=Cost!$B$9")]))
    data.write_text("\n".join([HEADER, GOOD.replace(",100,", ",many,")]))
    assert (done := cli("validate", good)).returncode == 0
    assert done.stdout == "no problems\n"
    assert cli("validate", good, data).returncode == 1
    told = cli("validate", wrong, data, "--json")
    assert told.returncode == 2
    assert [item.get("name") or item.get("field") for item in json.loads(told.stdout)] == ["in_tarif", "users"]
    assert "wrong.xlsx, Cost!B9 in_tarif stands for no assumption; did you mean in_tariff?" in told.stderr
    assert cli("validate", tmp_path / "none.xlsx").returncode == 2


def test_lint_tells_all_files_and_ends_with_2(tmp_path):
    good, wrong = tmp_path / "good.xlsx", tmp_path / "wrong.xlsx"
    good.write_bytes(book())
    wrong.write_bytes(book(lambda cost, _: cost.write_formula("C7", "=SUM(B2", None, 1)))
    assert (done := cli("lint", good)).returncode == 0
    assert (done.stdout, done.stderr) == ("", "1 checked, no problems\n")
    told = cli("lint", good, wrong)
    assert told.returncode == 2
    assert told.stdout.startswith(f"{wrong}: Cost!C7 (xl/worksheets/sheet1.xml): ")
    (item,) = json.loads(cli("lint", wrong, "--json").stdout)
    assert (item["rule"], item["sheet"], item["cell"]) == ("formula-syntax", "Cost", "C7")
    assert item["remedy"]
    assert cli("lint", tmp_path / "none.xlsx").returncode == 2


def test_many_findings_alike_are_counted(tmp_path):
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_bytes(book(lambda cost, _: [cost.write_formula(row, 5, "=SUM(B2", None, 1) for row in range(9)]))
    told = cli("lint", wrong).stdout.splitlines()
    assert len(told) == 6
    assert told[-1] == f"{wrong}: 4 more of [formula-syntax] on sheet Cost; --json lists all"
    assert len(json.loads(cli("lint", wrong, "--json").stdout)) == 9


def test_an_analysts_plan_is_checked_as_a_plan(tmp_path):
    """Not as a template: its names are those of the workbook that lives on, and nothing is filled into it."""
    shipped_plan = shipped("templates", "assumptions.xlsx")
    good = validate(shipped_plan)
    assert good.faults == ()
    assert good.notes == (f"assumptions.xlsx: an analyst's workbook, {len(assumptions())} inputs, scenario Base",)
    template = Template.compile(shipped_plan.read_bytes())
    key = read_inputs(shipped_plan.read_bytes(), template).key("users")
    path = tmp_path / "plan.xlsx"
    path.write_bytes(template.fill({key: "many"}, template.contents.cached))
    (fault,) = validate(path).faults
    assert (f"{fault.sheet}!{fault.cell}", fault.reason) == (
        "Inputs!F6",
        'users: text "many" where a number is asked (person)',
    )
    (fault,) = validate(shipped_plan, shipped("examples", "customers.csv")).faults
    assert fault.reason == "is an analyst's workbook, which no customers' data go into"


def plan_with(path, **inputs):
    """Write the shipped plan with other inputs."""
    shipped_plan = shipped("templates", "assumptions.xlsx").read_bytes()
    template = Template.compile(shipped_plan)
    table = read_inputs(shipped_plan, template)
    path.write_bytes(template.fill({table.key(id_): v for id_, v in inputs.items()}, template.contents.cached))
    return path


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (
            {"api_model": "nix", "cloud_instance": "aws/p9"},
            {"cloud_instance": "aws/p9", "api_model": "nix"},
        ),
        (
            {"prompt_tokens": 200000.0, "gpu": "a100-sxm-80gb", "precision": "fp8", "gpus_per_replica": 3.0}
            | {"replica_rps": None, "options": "api,onprem"},
            {"prompt_tokens": "context of", "precision": "no fp8 arithmetic", "gpus_per_replica": "do not divide"},
        ),
        (
            {"tariff": CellError("#REF!"), "gpu": "h100-sxmm", "model": "foo", "options": "api;foo", "horizon": 99.0},
            {"tariff": "#REF!", "gpu": "h100-sxmm", "model": "foo", "options": "commas", "horizon": "above 15"},
        ),
    ],
    ids=["ids", "replica", "limits"],
)
def test_all_that_summary_would_refuse_of_a_plan_is_told_with_its_cell(tmp_path, inputs, told):
    path = plan_with(tmp_path / "plan.xlsx", **inputs)
    template = Template.compile(path.read_bytes())
    table = read_inputs(path.read_bytes(), template)
    said = [str(fault) for fault in validate(path).faults]
    assert len(said) == len(told), said
    for id_, words in told.items():
        sheet, row, column = table.key(id_)
        (fault,) = (s for s in said if s.startswith(f"{sheet}!{cell_name(row, column)} "))
        assert words in fault
        assert "CellError" not in fault


def test_a_file_that_cannot_be_read_is_no_row_of_itself(tmp_path):
    empty = tmp_path / "customers.csv"
    empty.write_bytes(b"")
    (problem,) = validate(TEMPLATE, empty).problems
    assert str(problem).startswith("customers.csv: is empty: its first row names the columns")
