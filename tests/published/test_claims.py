"""Every claim of the five documents: the printed figure where it is right, the correct one where it is not."""

import csv
import re

import pytest
from claims_page import HERE, PAGE, claims, figure, page

CLAIMS = claims()
CHECKED = [row for row in CLAIMS if row["ours"]]
FALSE_AS_PRINTED = ("wrong", "inconsistent", "dated")


def name(row):
    """Put the wrong figure of a paper into the name of its test: 004-02 is 1.5824e+19 not 3.2e19."""
    wrong = f" not {row['printed']}" if row["verdict"] in FALSE_AS_PRINTED else ""
    return f"{row['id']} is {row['expected']}{wrong}".replace(" ", "_")


@pytest.mark.parametrize("row", CHECKED, ids=name)
def test_claim(row):
    got = figure(row)
    if row["expected"] in {"TRUE", "FALSE"}:
        assert got is (row["expected"] == "TRUE"), row["note"]
    else:
        assert got == pytest.approx(float(row["expected"]), abs=float(row["tolerance"]), rel=1e-12), row["note"]


def number(text):
    found = re.search(r"\d[\d,]*\.?\d*(?:e\d+)?", text)
    if not found:
        return None
    value = float(found[0].replace(",", ""))
    return value * 1e6 if "million" in text else value / 100 if "%" in text else value


@pytest.mark.parametrize("row", [r for r in CHECKED if r["verdict"] == "right"], ids=lambda r: r["id"])
def test_a_right_claim_is_the_printed_figure_to_half_its_last_digit(row):
    printed, got = number(row["printed"]), figure(row)
    if row["printed"].startswith("over "):
        assert got > printed
        return
    digits = re.sub(r"e\d+| .*|,", "", row["printed"])
    decimals = len(digits.partition(".")[2])
    half = 0.5 * 10**-decimals * (printed / float(digits) if float(digits) else 1)
    assert got == pytest.approx(printed, abs=half * 1.01)


@pytest.mark.parametrize("row", [r for r in CHECKED if r["verdict"] in FALSE_AS_PRINTED], ids=lambda r: r["id"])
def test_a_claim_called_wrong_is_off_by_more_than_its_last_digit(row):
    printed = number(row["printed"])
    if printed is None:
        assert row["expected"] == "FALSE"
    else:
        assert abs(figure(row) / printed - 1) > 0.04


def test_a_truncated_claim_would_be_printed_otherwise_if_rounded():
    truncated = {r["id"]: r for r in CHECKED if r["verdict"] == "right, truncated"}
    assert {"000-03", "000-04", "000-05"} <= set(truncated)
    for row in truncated.values():
        assert row["ours"].startswith("=ROUNDDOWN("), row["id"]


def test_claims_without_a_figure_of_ours_say_why():
    for row in CLAIMS:
        assert row["source"], row["id"]
        assert row["ours"] or row["note"], row["id"]
    assert {row["id"] for row in CLAIMS if not row["ours"]} == {"002-04", "003-05", "003-06", "003-07"}


def test_every_claim_of_every_document_is_here_once():
    ids = [row["id"] for row in CLAIMS]
    assert len(ids) == len(set(ids))
    for document, last in (("000", 22), ("001", 6), ("002", 5), ("003", 7), ("004", 8)):
        numbers = {int(i[4:6]) for i in ids if i.startswith(document)}
        assert set(range(1, last + 1)) <= numbers, document


def test_no_figure_stands_twice_beside_the_cost_cases():
    with (HERE / "cost_cases.csv").open(encoding="utf-8", newline="") as file:
        cases = {(row["formula"], row["expected"]) for row in csv.DictReader(file) if row["formula"]}
    with (HERE / "claims.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file) if (row["ours"], row["expected"]) in cases] == []


def test_the_page_is_the_one_that_make_docs_writes():
    assert PAGE.read_text(encoding="utf-8") == page()
