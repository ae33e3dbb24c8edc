"""Workbooks of Excel in Calc and back: edited in a copy, recalculated by LibreOffice."""

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from click.testing import CliRunner

from workbook import build
from workbook.cells import CellError
from workbook.cli import cli
from workbook.libreoffice.editing import CalcCopy, edit
from workbook.libreoffice.recalculation import recalculate
from workbook.libreoffice.soffice import LibreOfficeError


@pytest.fixture
def book(tmp_path) -> Path:
    new = openpyxl.Workbook()
    new.active.append([0.08, 3, "=TCO_CRF(A1,B1)", "=TCO_CRF(A1,-1)", '=TCO_LAST_ERROR(D1)&""'])
    path = tmp_path / "rates.xlsx"
    new.save(path)
    return path


def saved_in_calc(calc, copy: CalcCopy) -> None:
    """Save the copy as the window does: LibreOffice writes it anew in its own names."""
    out = copy.path.parent / "saved"
    calc.run("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(copy.path))
    (out / copy.path.name).replace(copy.path)
    os.utime(copy.path, (copy.saved - 10, copy.saved - 10))  # written some time ago: whole


@pytest.mark.soffice
def test_what_calc_saves_comes_back_in_excels_names(book, calc_with_addin, tmp_path):
    (tmp_path / "work").mkdir()
    copy = CalcCopy.of(book, tmp_path / "work")
    assert not copy.changed()
    saved_in_calc(calc_with_addin, copy)
    assert copy.changed()
    assert copy.bring_back() == book
    assert not copy.changed()
    assert openpyxl.load_workbook(book).active["C1"].value == "=TCO_CRF(A1,B1)"
    values = next(openpyxl.load_workbook(book, data_only=True).active.values)
    assert values[2:4] == (pytest.approx(0.388033514046328, rel=1e-14), "#NUM!")
    assert values[4].startswith("TCO_CRF years: -1 is below 1")


@pytest.mark.soffice
def test_a_workbook_that_changed_meanwhile_is_not_overwritten(book, calc_with_addin, tmp_path):
    (tmp_path / "work").mkdir()
    copy = CalcCopy.of(book, tmp_path / "work")
    saved_in_calc(calc_with_addin, copy)
    other = book.read_bytes() + b"\0"
    book.write_bytes(other)
    assert copy.bring_back() == tmp_path / "rates from Calc.xlsx"
    assert book.read_bytes() == other


@pytest.mark.soffice
def test_closing_calc_without_saving_leaves_the_workbook(book, calc_with_addin, tmp_path):
    (tmp_path / "work").mkdir()
    before = book.read_bytes()
    copy = CalcCopy.of(book, tmp_path / "work")
    assert edit(calc_with_addin, copy, pytest.fail, "--headless", "--terminate_after_init") == 0
    assert book.read_bytes() == before


def test_other_formats_are_left_to_libreoffice(tmp_path):
    (tmp_path / "a.ods").write_bytes(b"")
    with pytest.raises(LibreOfficeError, match=r"a\.ods is no \.xlsx or \.xlsm file"):
        CalcCopy.of(tmp_path / "a.ods", tmp_path)


@pytest.mark.soffice
def test_recalculation_by_libreoffice_changes_values_and_nothing_else(calc_with_addin, tmp_path):
    before = build.macro_workbook()
    result = recalculate(before, "llm-tco.xlsm", calc_with_addin)
    assert result.kept == ()
    assert result.errors == {}
    assert result.formulas > 1000
    (tmp_path / "a.xlsm").write_bytes(before)
    (tmp_path / "b.xlsm").write_bytes(result.data)
    with zipfile.ZipFile(tmp_path / "a.xlsm") as old, zipfile.ZipFile(tmp_path / "b.xlsm") as new:
        assert old.namelist() == new.namelist()
        changed = [name for name in old.namelist() if old.read(name) != new.read(name)]
    assert all(name.startswith(("xl/worksheets/", "xl/charts/")) for name in changed), changed


@pytest.mark.soffice
def test_the_shell_recalculates_with_libreoffice(book, soffice):  # noqa: ARG001  skips without LibreOffice
    answer = CliRunner().invoke(cli, ["recalc", str(book), "--with", "libreoffice"])
    assert answer.exit_code == 0, answer.output
    assert "3 cells calculated, 1 error" in answer.output
    values = next(openpyxl.load_workbook(book, data_only=True).active.values)
    assert values[2:4] == (pytest.approx(0.388033514046328, rel=1e-14), "#NUM!")
    assert values[4].startswith("TCO_CRF years: -1 is below 1")


@pytest.mark.soffice
def test_a_function_that_libreoffice_does_not_know_keeps_its_value(calc_with_addin, tmp_path):
    path = tmp_path / "unknown.xlsx"
    with xlsxwriter.Workbook(path) as new:
        sheet = new.add_worksheet()
        sheet.write_formula("A1", "=NO_SUCH_FUNCTION(1)", None, 7)
        sheet.write_formula("A2", "=1+1", None, 0)
    result = recalculate(path.read_bytes(), path.name, calc_with_addin)
    assert result.kept == (("Sheet1", 1, 1),)
    (tmp_path / "out.xlsx").write_bytes(result.data)
    assert [c for (c,) in openpyxl.load_workbook(tmp_path / "out.xlsx", data_only=True).active.values] == [7, 2]
    assert CellError("#NAME?") not in result.errors.values()


def test_without_libreoffice_it_is_said_in_one_sentence(book, monkeypatch):
    monkeypatch.setattr("workbook.libreoffice.soffice.find_soffice", lambda: None)
    for command in (["calc", str(book)], ["recalc", str(book), "--with", "libreoffice"]):
        answer = CliRunner().invoke(cli, command)
        assert answer.exit_code == 1
        assert "LibreOffice is not installed" in answer.output
