"""Every shipped template printed for every shipped customer: no number cut to ###, no error, no placeholder."""

import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from workbook import customers
from workbook.locate import shipped, shipped_names
from workbook.proposal import Proposals

pytestmark = [pytest.mark.long, pytest.mark.soffice]

EXAMPLES = customers.read(shipped("examples", "customers.csv")).good
OTHERS = ["assumptions.xlsx"]  # filled by analysts, not by a batch
PROPOSALS = [name for name in shipped_names("templates") if name.endswith(".xlsx") and name not in OTHERS]
BAD = ("###", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "{{", "}}", "Err:5")


def pages_and_faults(pdf: Path) -> tuple[int, list[str]]:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing: apt-get install poppler-utils"
    text = subprocess.run([program, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert text.strip()
    lines = [line.strip() for line in text.splitlines() if any(bad in line for bad in BAD)]
    return text.count("\f"), [f"{pdf.name}: {line}" for line in lines]


def test_every_render_of_all_shipped_templates(soffice, tmp_path, told):
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
    printed = [pdf for first in range(0, len(files), 20) for pdf in soffice.convert(files[first : first + 20], "pdf")]
    counted = [pages_and_faults(pdf) for pdf in printed]
    assert len(counted) == len(PROPOSALS) * len(EXAMPLES) + len(OTHERS)
    assert [fault for _, faults in counted for fault in faults] == []
    told(
        "every shipped template printed by LibreOffice for every shipped customer",
        f"{len(counted)} workbooks, {sum(pages for pages, _ in counted):,} pages, no ###, no error, no placeholder; "
        f"{time.perf_counter() - start:.0f} s",
    )
