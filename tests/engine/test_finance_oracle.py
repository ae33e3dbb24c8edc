"""LibreOffice's own SLN, SYD, DB, DDB, NPV and PMT as an independent calculation of the same figures."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from engine import finance
from engine.depreciation import depreciation

SETS = 100


def _depreciation_case(rng):
    cost = round(float(rng.uniform(100, 1e6)), 2)
    salvage = round(cost * float(rng.uniform(0.01, 0.9)), 2)
    life = int(rng.integers(2, 31))
    return cost, salvage, life, int(rng.integers(1, life + 1))


def _flow_case(rng):
    rate = round(float(rng.uniform(-0.3, 0.6)), 4)
    count = int(rng.integers(2, 16))
    return rate, count, np.round(rng.uniform(-1e5, 1e5, count + 1), 2).tolist()


def _formulas_and_our_values():
    rng = np.random.default_rng(20260101)
    for _ in range(SETS):
        cost, salvage, life, year = _depreciation_case(rng)
        yield f"=SLN({cost},{salvage},{life})", depreciation(cost, life, year, "sln", salvage)
        for method in ("syd", "db", "ddb"):
            formula = f"={method.upper()}({cost},{salvage},{life},{year})"
            yield formula, depreciation(cost, life, year, method, salvage)
        rate, count, flows = _flow_case(rng)
        rest = ",".join(map(str, flows[1:]))
        yield f"={flows[0]}+NPV({rate},{rest})", finance.npv(rate, flows)
        yield f"=-PMT({rate},{count},1)", finance.crf(rate, count)
        yield f"=-PMT({rate},{count},{flows[0]})", finance.eac(flows[0], rate, count)
        mid = f"={flows[0]}+NPV({rate},{rest})*(1+{rate})^0.5"
        yield mid, finance.npv(rate, flows, "mid")


@pytest.mark.soffice
def test_libreoffice_calculates_the_same(soffice, tmp_path: Path):
    cases = list(_formulas_and_our_values())
    book = openpyxl.Workbook()
    for row, (formula, _) in enumerate(cases, 1):
        book.active.cell(row, 1, formula)
    path = tmp_path / "oracle.xlsx"
    book.save(path)

    sheet = openpyxl.load_workbook(soffice.recalculate(path), data_only=True).active
    theirs = [sheet.cell(row, 1).value for row in range(1, len(cases) + 1)]

    assert len(cases) == 8 * SETS
    wrong = [
        (formula, float(ours), value)
        for (formula, ours), value in zip(cases, theirs, strict=True)
        # 1e-6 of a cent beside 1e-11: sums of flows that cancel lose digits in both calculations
        if not isinstance(value, int | float) or value != pytest.approx(float(ours), rel=1e-11, abs=1e-8)
    ]
    assert wrong == []
