"""Every shipped template printed for every shipped customer: no number cut to ###, no error, no placeholder."""

import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from workbook import customers
from workbook.locate import shipped, shipped_names
from workbook.proposal import Proposals

pytestmark = [pytest.mark.long, pytest.mark.soffice]

ROOT = Path(__file__).parents[2]
EXAMPLES = customers.read(shipped("examples", "customers.csv")).good
OTHERS = ["assumptions.xlsx"]  # filled by analysts, not by a batch
PROPOSALS = [name for name in shipped_names("templates") if name.endswith(".xlsx") and name not in OTHERS]
BAD = re.compile(
    r"###|\{\{|\}\}|Err:5|#REF!|#NAME\?|#VALUE!|#DIV/0!|#NUM!|#NULL!"
    r"|(?:^|\s{2})#N/A(?:\s{2}|$)"  # as a cell shows it; a help text may speak of it
)


def pages_and_faults(pdf: Path) -> tuple[int, list[str]]:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install poppler-utils"
    text = subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert text.strip()
    lines = [line.strip() for line in text.splitlines() if BAD.search(line)]
    return text.count("\f"), [f"{pdf.name}: {line}" for line in lines]


def test_every_render_of_all_shipped_templates(soffice, tmp_path, told):
    assert soffice
    start = time.perf_counter()
    files: list[Path] = []
    for name in PROPOSALS:
        proposals = Proposals.load(shipped("templates", name))
        for customer in EXAMPLES:
            texts = dict.fromkeys(proposals.template.fields, "text") | dict(customer.fields)
            path = tmp_path / f"{Path(name).stem}-{customer.row}.xlsx"
            path.write_bytes(proposals.make(replace(customer, fields=texts)).data)
            files.append(path)
    for name in OTHERS:
        files.append(tmp_path / name)
        files[-1].write_bytes(shipped("templates", name).read_bytes())
    command = [sys.executable, "-m", "workbook.cli", "pdf", *map(str, files), "--out", str(tmp_path / "pdf")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counted = [pages_and_faults(Path(pdf)) for pdf in done.stdout.splitlines()]
    assert len(counted) == len(PROPOSALS) * len(EXAMPLES) + len(OTHERS)
    assert [fault for _, faults in counted for fault in faults] == []
    told(
        "every shipped template printed by LibreOffice for every shipped customer",
        f"{len(counted)} workbooks, {sum(pages for pages, _ in counted):,} pages, no ###, no error, no placeholder; "
        f"{time.perf_counter() - start:.0f} s",
    )
