"""A designer's own template in a batch: macros, functions of Excel alone, properties; from the shell to the file."""

import io
import json
import re
import zipfile

import pytest
import xlsxwriter
from click.testing import CliRunner

from workbook import ovba, vba
from workbook.cli import cli
from workbook.inspection import inspect
from workbook.lint import check

CUSTOMERS = (
    "customer_id,customer_name,proposal_date,users,queries_per_user_day,prompt_tokens,output_tokens,api_model,options\n"
    "a-1,Muster AG,2026-01-31,1000,10,500,200,gpt-4-turbo,api\n"
)


def designed(macros: bytes | None = None, *formulas: str) -> bytes:
    """A one-sheet proposal of somebody who knows nothing of the shipped one."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"author": "Dora Designer", "company": "Design AG", "title": "For {{customer_name}}"})
    sheet = book.add_worksheet("Offer")
    if macros is not None:
        book.add_vba_project(io.BytesIO(macros), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        sheet.set_vba_name("Sheet1")
    sheet.write("A1", "Prepared for {{customer_name}}")
    sheet.write("B2", 1)
    for row, formula in enumerate(("=B2*12", *formulas), 2):
        sheet.write_formula(row, 1, formula, None, -1)
    book.define_name("in_users", "=Offer!$B$2")
    book.define_name("out_engine_api_tco", "=Offer!$D$2")
    book.close()
    return file.getvalue()


@pytest.fixture
def run(tmp_path):
    (tmp_path / "c.csv").write_text(CUSTOMERS, encoding="utf-8")

    def run(template: bytes, name: str):
        (tmp_path / name).write_bytes(template)
        arguments = [
            "batch",
            str(tmp_path / "c.csv"),
            "--template",
            str(tmp_path / name),
            "--out",
            str(tmp_path / "out"),
        ]
        return CliRunner().invoke(cli, arguments, standalone_mode=False)

    return run


def sheet_of(path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_properties_of_the_designer_do_not_reach_the_customer(run, tmp_path):
    assert run(designed(), "t.xlsx").return_value == 0
    data = next((tmp_path / "out").glob("a-1*.xlsx")).read_bytes()
    assert inspect(data, "a.xlsx").personal == ()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<dc:title>For Muster AG</dc:title>" in archive.read("docProps/core.xml")
    assert check(data, "a.xlsx") == []


def test_cells_for_excel_alone_are_blank_and_listed(run, tmp_path):
    template = designed(None, '=CUBEVALUE("c","m")', "=IFERROR(B4,0)", "=B3+TODAY()", "=B3*2")
    assert run(template, "t.xlsx").return_value == 0
    sheet = sheet_of(next((tmp_path / "out").glob("a-1*.xlsx")))
    held = dict(re.findall(r'<c r="(B\d)"[^>]*><f>[^<]*</f>(?:<v>([^<]*)</v>)?</c>', sheet))
    assert held == {"B3": "12000", "B4": "", "B5": "", "B6": "", "B7": "24000"}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    (warning,) = [w for w in manifest["proposals"][0]["warnings"] if w.startswith("blank until opened in Excel")]
    for cell in ("Offer!B4 (CUBEVALUE)", "Offer!B5 (CUBEVALUE)", "Offer!B6 (TODAY)"):
        assert cell in warning
    assert "B7" not in warning


def test_macros_need_to_be_allowed_and_keep_their_file_type(run, tmp_path):
    template = designed(ovba.project(vba.document_modules(1)))
    refused = run(template, "t.xlsm")
    digest = re.search(r"SHA-256 ([0-9a-f]{64})", str(refused.exception) + refused.output)[1]
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("a-1*"))
    (tmp_path / "allowed_macros.txt").write_text(f"# ours\n{digest}  t.xlsm, checked\n", encoding="utf-8")
    assert run(template, "t.xlsm").return_value == 0
    (made,) = (tmp_path / "out").glob("a-1*")
    assert made.suffix == ".xlsm"
    assert inspect(made.read_bytes(), made.name).macros == digest
    assert check(made.read_bytes(), made.name) == []
