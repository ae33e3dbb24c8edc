"""Install and doctor: conclusions from facts of machines, recorded or as the documentation of Windows has them."""

import dataclasses
import re
import sys
import zipfile
from io import BytesIO
from pathlib import Path, PureWindowsPath

import pytest
from click.testing import CliRunner

from workbook import build, facts, install, ribbon
from workbook.cli import COMMANDS, cli
from workbook.facts import Facts, read_settings
from workbook.functions import FUNCTIONS

SCRIPTS = r"C:\Users\Ana\tco\Scripts"
HEALTHY = Facts(
    system="win32",
    python="3.12.7",
    executable=rf"{SCRIPTS}\python.exe",
    home=r"C:\Users\Ana",
    application_data=r"C:\Users\Ana\AppData\Roaming",
    xlwings_wanted="0.37.8",
    xlwings="0.37.8",
    libraries=("xlwings32-0.37.8.dll", "xlwings64-0.37.8.dll"),
    registry={
        "excel": r"C:\Program Files\Microsoft Office\Root\Office16\EXCEL.EXE",
        "excel_bits": "x64",
        "macros": "2",
    },
    settings=f'"INTERPRETER_WIN","{SCRIPTS}\\pythonw.exe"\r\n',
    interpreter_found=True,
    addin_xlwings="0.37.8",
    synced=(r"C:\Users\Ana\OneDrive",),
)
EXCEL = HEALTHY.registry
STORE_PYTHON = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12.2032.0_x64\python3.12.exe"
STORE_EXCEL = r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop.Excel_16051.1\Office16\EXCEL.EXE"
IN_ONEDRIVE = '"INTERPRETER_WIN","C:\\Users\\Ana\\OneDrive\\tco\\Scripts\\pythonw.exe"\r\n'
MADE_BY_HAND = HEALTHY.settings + '"DEBUG UDFS","TRUE"\r\n'

CASES = [  # what is different on the machine, what is found, a word of what is said, a word of the remedy
    ({"python": "3.9.13"}, "python-old", "3.9.13", "3.11"),
    ({"executable": STORE_PYTHON}, "python-store", "Microsoft Store", "python.org"),
    ({"xlwings": ""}, "xlwings-missing", "not installed", "pip install xlwings==0.37.8"),
    ({"xlwings": "0.33.1"}, "xlwings-version", "0.33.1", "pip install xlwings==0.37.8"),
    ({"libraries": ("xlwings64-0.36.0.dll",)}, "dll-missing", "xlwings64-0.37.8.dll", "virus scanner"),
    ({"com": "ImportError: DLL load failed while importing pythoncom"}, "com", "DLL load failed", "pywin32"),
    ({"registry": {"macros": "2"}}, "excel-missing", "not installed", "llm-tco calc"),
    ({"registry": EXCEL | {"excel": STORE_EXCEL}}, "excel-store", "Microsoft Store", "Click-to-Run"),
    ({"registry": EXCEL | {"children_policy": "1"}}, "children-blocked", "Defender", "--locked-down"),
    ({"registry": EXCEL | {"children": "6"}}, "children-blocked", "Defender", "--locked-down"),
    ({"registry": EXCEL | {"macros_policy": "4"}}, "macros-off", "by your firm", "Ask IT"),
    ({"registry": EXCEL | {"macros": "4"}}, "macros-off", "#NAME?", "Trust Center"),
    ({"registry": EXCEL | {"macros_policy": "3"}}, "macros-signed", "signed", "Ask IT"),
    ({"addin_from_internet": True}, "from-internet", "downloaded", "Unblock"),
    ({"settings": None}, "settings-missing", "llm-tco.conf", "llm-tco install"),
    ({"settings": f'\r\n{HEALTHY.settings}"A","B"\r\n'}, "settings-blank-line", "blank line", "llm-tco install"),
    ({"interpreter_found": False}, "interpreter-missing", "pythonw.exe", "llm-tco install"),
    ({"engine": "ModuleNotFoundError: No module named 'workbook'"}, "engine", "No module named", "-m pip install"),
    ({"settings": HEALTHY.settings.replace("Ana", "Jürgen")}, "path-not-ascii", "Jürgen", r"C:\tco"),
    ({"settings": IN_ONEDRIVE}, "synced", "OneDrive", r"C:\tco"),
    ({"addin_xlwings": ""}, "addin-missing", "llm-tco.xlam", "llm-tco install"),
    ({"addin_xlwings": "0.36.0"}, "addin-version", "0.36.0", "llm-tco install"),
    ({"office_python": "3.10.4"}, "office-python", "LibreOffice runs Python 3.10", "Python 3.10"),
]


def test_nothing_is_wrong_with_a_healthy_machine():
    assert install.findings(HEALTHY) == []
    assert install.findings(dataclasses.replace(HEALTHY, office_python="3.12.1")) == []


@pytest.mark.parametrize(("different", "kind", "said", "remedy"), CASES, ids=[c[1] for c in CASES])
def test_each_failure_is_told_alone_and_with_its_remedy(different, kind, said, remedy):
    (found,) = install.findings(dataclasses.replace(HEALTHY, **different))
    assert found.kind == kind
    assert said in found.what
    assert remedy in found.remedy


def test_a_blocked_excel_whose_engine_is_started_by_hand_is_fine():
    blocked = dataclasses.replace(HEALTHY, registry=EXCEL | {"children_policy": "1"}, settings=MADE_BY_HAND)
    assert install.findings(blocked) == []


def test_on_other_systems_only_libreoffice_is_looked_at():
    bare = Facts(system="linux", python="3.11.2", executable="/usr/bin/python3", home="/home/ana")
    assert install.findings(bare) == []
    (found,) = install.findings(dataclasses.replace(bare, office_python="3.13.5"))
    assert found.kind == "office-python"
    assert found.what.startswith("LibreOffice runs Python 3.13, llm-tco is installed for Python 3.11")


def test_the_plan_writes_add_in_and_settings_where_excel_looks():
    todo = install.plan(HEALTHY)
    assert todo.addin == r"C:\Users\Ana\AppData\Roaming\Microsoft\Excel\XLSTART\llm-tco.xlam"
    ((path, text),) = todo.texts.items()
    assert path == r"C:\Users\Ana\.llm-tco\llm-tco.conf"
    assert read_settings(text) == {"INTERPRETER_WIN": rf"{SCRIPTS}\pythonw.exe"}
    bare = dataclasses.replace(
        HEALTHY, settings=None, interpreter_found=False, addin_xlwings="", addin_from_internet=True, engine="no"
    )
    assert {f.kind for f in install.findings(bare)} == {"settings-missing", "from-internet"}
    assert install.findings(install.installed(bare, todo)) == []


def test_what_stays_wrong_is_known_before_anything_is_written():
    wrong = dataclasses.replace(HEALTHY, executable=r"C:\Users\Jürgen\tco\Scripts\python.exe", xlwings="0.36.0")
    left = install.findings(install.installed(wrong, install.plan(wrong)))
    assert {f.kind for f in left} == {"xlwings-version", "path-not-ascii"}
    assert all(f.stops for f in left)
    blocked = dataclasses.replace(HEALTHY, registry=EXCEL | {"children": "1"})
    left, cured = (
        install.findings(install.installed(blocked, install.plan(blocked, locked_down=locked)))
        for locked in (False, True)
    )
    assert [f.kind for f in left] == ["children-blocked"]
    assert cured == []


def test_the_settings_are_where_the_macros_read_them():
    """GetConfigFilePath of xlwings: the folder is a dot and the name of the project."""
    from workbook import vba

    main = vba.xlwings_modules()[0].source
    assert 'Environ("USERPROFILE") & "\\." & PROJECT_NAME & "\\" & PROJECT_NAME & ".conf"' in main
    assert PureWindowsPath(*facts.SETTINGS.parts) == PureWindowsPath(f".{vba.PROJECT}", f"{vba.PROJECT}.conf")
    assert f"{vba.PROJECT}.conf" == vba.SETTINGS_SHEET


def test_a_locked_down_machine_gets_an_engine_to_start():
    todo = install.plan(HEALTHY, locked_down=True)
    (settings, shortcut) = todo.texts
    assert read_settings(todo.texts[settings])["DEBUG UDFS"] == "TRUE"
    assert shortcut.endswith(r"Start Menu\Programs\llm-tco engine.cmd")
    assert f'"{SCRIPTS}\\pythonw.exe" -c "import xlwings; xlwings.serve()"' in todo.texts[shortcut]
    assert "Start menu" in todo.clicks[0]


def test_a_firm_that_wants_signatures_is_told():
    todo = install.plan(dataclasses.replace(HEALTHY, registry=EXCEL | {"macros_policy": "3"}))
    assert any("sign" in click for click in todo.clicks)


def test_the_add_in_says_for_which_xlwings_it_was_made():
    from importlib import metadata

    assert facts.addin_version(build.addin()) == metadata.version("xlwings") == facts.wanted_xlwings()


def test_the_add_in_needs_no_library_that_users_do_not_have(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with zipfile.ZipFile(BytesIO(build.addin())) as package:
        assert package.testzip() is None


@pytest.mark.skipif(sys.platform == "win32", reason="writes into the Excel of this machine")
def test_elsewhere_install_says_so_and_doctor_looks_at_libreoffice():
    refused = CliRunner().invoke(cli, ["install"])
    assert refused.exit_code == 1
    assert "Excel runs the functions on Windows only" in refused.output
    looked = CliRunner().invoke(cli, ["doctor"])
    assert looked.exit_code == 0, looked.output
    assert "Excel runs the functions on Windows only" in looked.output
    assert f"Python {sys.version.split()[0]}" in looked.output


MACROS = Path(__file__).parents[2] / "macros"


def test_the_checklist_for_a_person_is_short_and_names_what_there_is():
    text = (MACROS / "WINDOWS_CHECK.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\| (\d+) \| .+ \| .+ \| +\|$", text, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert 10 <= len(steps) <= 20
    assert "**Status: not run.**" in text
    both = text + (MACROS / "WINDOWS.md").read_text(encoding="utf-8")
    assert set(re.findall(r"xlwings==([\d.]+)", both)) == {HEALTHY.xlwings_wanted}
    assert set(re.findall(r"llm-tco ([a-z]+)[ `]", both)) - {"from"} <= {*COMMANDS, "engine"}
    assert set(re.findall(r"TCO_[A-Z_]*[A-Z]", both)) <= {f.name for f in FUNCTIONS}
    labels = re.findall(r'<button [^>]*label="([^"]+)"', ribbon.RIBBON)
    assert all(label in text for label in labels)
