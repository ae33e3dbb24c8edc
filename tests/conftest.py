"""Shared fixtures: LibreOffice as an independent calculator, without and with the add-in; in CI a skip fails."""

import os
from pathlib import Path

import pytest

from workbook.libreoffice.soffice import LibreOffice, find_soffice

IN_CI = os.environ.get("CI", "").lower() == "true"


def _office(folder: Path) -> LibreOffice:
    if find_soffice() is None:
        reason = "LibreOffice (soffice) is not installed: apt-get install libreoffice-calc-nogui python3-uno"
        if IN_CI:
            pytest.fail(reason)
        pytest.skip(reason)
    return LibreOffice(folder)


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> LibreOffice:
    """LibreOffice without our add-in: `recalculate(path)`, `recalculate_many(paths)`, `to_pdf(path)`."""
    return _office(tmp_path_factory.mktemp("soffice"))


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
