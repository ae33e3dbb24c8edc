"""`llm-tco pdf`: a workbook becomes a PDF of the same name; LibreOffice missing is one clear sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

ROOT = Path(__file__).parents[2]


def cli(*arguments: object, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbook.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=variables)


def workbook(path: Path, text: str) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write("A1", text)
    sheet.write_formula("A2", "=6*7", None, 0)  # the file says 0: the PDF shows what LibreOffice calculates
    book.close()
    return path


def text_of(pdf: Path) -> str:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install poppler-utils"
    return subprocess.run([program, str(pdf), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.soffice
def test_workbooks_become_pdf_files_of_their_names(soffice, tmp_path):
    assert soffice
    first, second = workbook(tmp_path / "Früh & spät.xlsx", "Alpha"), workbook(tmp_path / "second.xlsx", "Beta")
    done = cli("pdf", first, second, "--out", tmp_path / "new folder")
    assert done.returncode == 0, done.stderr
    printed = [tmp_path / "new folder" / "Früh & spät.pdf", tmp_path / "new folder" / "second.pdf"]
    assert done.stdout.splitlines() == [str(path) for path in printed]
    assert [text_of(path).split() for path in printed] == [["Alpha", "42"], ["Beta", "42"]]


@pytest.mark.soffice
def test_without_out_the_pdf_lies_beside_the_workbook(soffice, tmp_path):
    assert soffice
    path = workbook(tmp_path / "one.xlsx", "Alpha")
    assert cli("pdf", path).returncode == 0
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.pdf", "one.xlsx"]


@pytest.mark.soffice
def test_the_shipped_proposal_prints_without_errors_and_cut_numbers(soffice, tmp_path):
    assert soffice
    from workbook import customers
    from workbook.locate import shipped
    from workbook.proposal import Proposals

    good = customers.read(shipped("examples", "customers.csv")).good
    proposal = tmp_path / "proposal.xlsx"
    proposal.write_bytes(Proposals.load(shipped("templates", "proposal_en.xlsx")).make(good[0]).data)
    assert cli("pdf", proposal).returncode == 0
    text = text_of(tmp_path / "proposal.pdf")
    assert good[0].name in text
    for bad in ("###", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "{{", "Err:5"):
        assert bad not in text


def test_without_libreoffice_the_command_says_so(tmp_path):
    path = workbook(tmp_path / "one.xlsx", "Alpha")
    program = """
import workbook.libreoffice.soffice as office
office.find_soffice = lambda: None
from workbook.cli import main
main()
"""
    command = [sys.executable, "-c", program, "pdf", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert "LibreOffice is not installed" in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_arguments_are_refused_before_libreoffice_starts(tmp_path):
    path = workbook(tmp_path / "one.xlsx", "Alpha")
    missing = cli("pdf", tmp_path / "none.xlsx")
    assert (missing.returncode, "none.xlsx does not exist" in missing.stderr) == (2, True)
    (tmp_path / "b").mkdir()
    other = workbook(tmp_path / "b" / "one.xlsx", "Beta")
    same = cli("pdf", path, other, "--out", tmp_path / "out")
    assert (same.returncode, "several of the files would become" in same.stderr) == (2, True)
