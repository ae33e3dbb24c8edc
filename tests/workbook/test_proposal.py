"""A finished proposal: what it says, and that two other programs calculate the same."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from engine import tco
from engine.inputs import assumptions
from engine.resolve import resolve
from workbook import customers
from workbook.headless import Calculator
from workbook.locate import shipped
from workbook.proposal import Proposals

TEMPLATE = shipped("templates", "proposal_en.xlsx")
EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("proposals")
    proposals = Proposals.load(TEMPLATE)
    for number, customer in enumerate(EXAMPLES.values()):
        (folder / f"{number}.xlsx").write_bytes(proposals.make(customer).data)
    return {id_: folder / f"{number}.xlsx" for number, id_ in enumerate(EXAMPLES)}


Cells = dict[tuple[str, int, int], object]


def values(path: Path) -> Cells:
    """All cells by sheet, row and column as calamine, a third reader, sees them."""
    book = CalamineWorkbook.from_path(path)
    return {
        (sheet, row, column): value
        for sheet in book.sheet_names
        for row, line in enumerate(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), 1)
        for column, value in enumerate(line, 1)
    }


@pytest.fixture(scope="module")
def formulas(made) -> list[tuple[str, int, int]]:
    """Cells with a formula, the same in every proposal."""
    book = openpyxl.load_workbook(made["0007"])
    return [(s.title, c.row, c.column) for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]


def named(book: openpyxl.Workbook, name: str) -> object:
    sheet, address = book.defined_names[name].attr_text.split("!")
    return book[sheet.strip("'")][address.replace("$", "")].value


def checks(cells: Cells) -> dict[str, object]:
    """The check cells by name; the places are the template's."""
    areas = Proposals.load(TEMPLATE).template.areas
    return {name: cells[next(iter(area.cells()))] for name, area in areas.items() if name.startswith("chk_")}


def largest(cells: Cells, sheet: str, row: int) -> float:
    """The largest figure of a row: a difference on the sheet Checks is as exact as what it was taken from."""
    return max((abs(v) for c in range(1, 12) if isinstance(v := cells.get((sheet, row, c)), int | float)), default=1.0)


@pytest.mark.soffice
def test_libreoffice_calculates_every_cached_value(made, formulas, soffice):
    recalculated = soffice.recalculate_many(list(made.values()))
    numbers = 0
    for (customer_id, path), other in zip(made.items(), recalculated, strict=True):
        ours, theirs = values(path), values(other)
        for key in formulas:
            x, y = ours[key], theirs[key]
            where = f"{customer_id} {key}: {x!r} cached, {y!r} in LibreOffice"
            assert x not in ERRORS, where
            if isinstance(x, int | float) and isinstance(y, int | float):
                scale = max(1.0, abs(x), largest(ours, *key[:2]) if key[0] == "Checks" else 0.0)
                assert abs(x - y) <= TOLERANCE * scale, where
                numbers += 1
            else:
                assert x == y, where
        assert set(checks(theirs).values()) == {1}
    assert numbers > 2000 * len(made)


def test_every_check_is_green_and_no_cell_shows_an_error(made):
    for customer_id, path in made.items():
        cells = values(path)
        found = checks(cells)
        assert len(found) > 40
        assert {name: value for name, value in found.items() if value != 1} == {}, customer_id
        assert not [key for key, value in cells.items() if value in ERRORS]


def altered(path: Path, line: str, year: int, target: Path) -> Path:
    """Copy a proposal with 1 added to one year of one cost line."""
    book = openpyxl.load_workbook(path)
    sheet = book["Costs"]
    year_0 = Proposals.load(TEMPLATE).template.areas["blk_years_costs"].column
    option, label = line.split("/")
    start = next(r for r in range(1, sheet.max_row) if sheet.cell(r, 2).value == option)
    row = next(r for r in range(start + 1, sheet.max_row) if sheet.cell(r, 2).value == label)
    cell = sheet.cell(row, year_0 + year)
    assert cell.data_type == "f"
    cell.value = f"{cell.value}+1"
    book.save(target)
    return target


ALTERED = ["Own servers/Power and cooling", "Rented GPUs/Rental of instances", "Token API/Tokens", "Seats/Seats"]


@pytest.mark.parametrize("line", ALTERED)
def test_one_altered_cost_cell_turns_a_check_red(made, tmp_path, line):
    path = altered(made["REF-70B-10K"], line, 2, tmp_path / "altered.xlsx")
    found = checks(Calculator(path.read_bytes()).calculate({}))
    option = {"Own servers": "onprem", "Rented GPUs": "cloud", "Token API": "api", "Seats": "seat"}[line.split("/")[0]]
    assert (found["chk_all"], found[f"chk_{option}_tco"]) == (0, 0)


@pytest.mark.soffice
def test_libreoffice_sees_the_red_check_too(made, tmp_path, soffice):
    path = altered(made["0007"], ALTERED[0], 1, tmp_path / "altered.xlsx")
    found = checks(values(soffice.recalculate(path)))
    assert (found["chk_all"], found["chk_onprem_tco"], found["chk_api_tco"]) == (0, 0, 1)


def test_the_same_customer_gives_the_same_bytes(made):
    fresh = Proposals(TEMPLATE.read_bytes(), TEMPLATE.name)
    for customer_id in reversed(EXAMPLES):  # another order, another calculator
        assert fresh.make(EXAMPLES[customer_id]).data == made[customer_id].read_bytes()


def test_openpyxl_pandas_and_calamine_read_the_same_values(made, formulas):
    path = made["US-BANK-11"]
    book = openpyxl.load_workbook(path, data_only=True)
    frames = pd.read_excel(path, sheet_name=None, header=None, keep_default_na=False, engine="openpyxl")
    cells = values(path)
    numbers = 0
    for sheet, row, column in formulas:
        value = book[sheet].cell(row, column).value
        if value in (None, ""):  # pandas leaves out what is empty at the end of a sheet
            continue
        others = (cells[sheet, row, column], frames[sheet].iloc[row - 1, column - 1])
        if isinstance(value, int | float):
            assert others == (value, value), (sheet, row, column)
            numbers += 1
        elif isinstance(value, str):
            assert [str(other) for other in others] == [value, value], (sheet, row, column)
    assert numbers > 2000


def test_every_input_stands_with_its_value_in_use_and_its_source(made):
    for customer_id in ("0007", "GB-LAW-3", "REF-7B-05K"):
        inputs = EXAMPLES[customer_id].inputs
        book = openpyxl.load_workbook(made[customer_id], data_only=True)
        sheet = book["Assumptions"]
        for name in assumptions():
            value = named(book, f"in_{name}")
            value = value.date() if isinstance(value, dt.datetime) else value
            try:
                found = resolve(inputs, name)
            except ValueError:
                assert value is None, name
                continue
            assert value == found.value, name
            row = int(book.defined_names[f"in_{name}"].attr_text.rpartition("$")[2])
            shown = [sheet.cell(row, column).value or "" for column in (5, 6, 7)]
            assert shown == [found.source, found.as_of, found.confidence], name


def test_the_vendor_papers_smallest_case_by_hand(made):
    book = openpyxl.load_workbook(made["REF-7B-05K"], data_only=True)
    acquisition = (1 * 21000 + 1 * 20000 + 15500) * 1.08
    factor = 3 * 0.08 / (1 - 1.08**-3) - 3 * 0.06  # annuity, less the depreciation benefit
    power = (1 * 0.35 + 1 * 1 + 0.5) * 8760 * 0.173 * 1.5 * 3
    licence, sysadmin, ml_engineer = 18000 / 5 * 3, 110000 * 0.1 * 3, 158000 * 0.2 * 3
    own = acquisition * factor + power + licence + sysadmin + ml_engineer
    assert named(book, "out_onprem_tco") == pytest.approx(own, rel=1e-12)
    assert own == pytest.approx(211266.1861, abs=5e-5)  # published price set A, 7B for 5,000 users
    cloud = 7.24 * 730 * 12 * 1.063 * 3 + 8 * 1 * 80 * 52 * 3 + sysadmin * (1 - 0.66) + ml_engineer
    assert named(book, "out_cloud_tco") == pytest.approx(cloud, rel=1e-12)
    assert named(book, "out_api_per_user_month") == pytest.approx(12.50, rel=1e-12)


def test_years_beyond_the_horizon_and_options_not_asked_for_are_hidden(made):
    path = made["CH-PB-1"]  # six years; own servers, seats, token API
    areas = Proposals.load(TEMPLATE).template.areas
    book = openpyxl.load_workbook(path)
    costs = book["Costs"]
    hidden = {
        column
        for dimension in costs.column_dimensions.values()
        if dimension.hidden
        for column in range(dimension.min, dimension.max + 1)
    }
    year_0 = areas["blk_years_costs"].column
    assert {c - year_0 for c in hidden if c >= year_0} == set(range(7, 16))
    rows = {o: range(a.row, a.row + a.rows) for o in ("onprem", "cloud") for a in [areas[f"blk_rows_{o}_costs"]]}
    assert all(costs.row_dimensions[row].hidden for row in rows["cloud"])
    assert not any(costs.row_dimensions[row].hidden for row in rows["onprem"])


def test_proposals_carry_no_function_of_ours_no_link_and_no_open_placeholder(made):
    for path in made.values():
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                text = archive.read(name).decode("utf-8", "replace")
                assert "TCO_" not in text, name
                assert "{{" not in text, name
                assert 'TargetMode="External"' not in text, name
                assert "externalLink" not in name


def test_headline_figures_are_the_engines(made):
    customer = EXAMPLES["IN-IT-8"]
    figures = Proposals.load(TEMPLATE).make(customer).figures
    assert figures["cloud_tco"] == tco.cloud(customer.inputs, "tco")
    book = openpyxl.load_workbook(io.BytesIO(made["IN-IT-8"].read_bytes()), data_only=True)
    for option in ("onprem", "cloud", "api", "seat"):
        assert named(book, f"out_{option}_tco") == pytest.approx(figures[f"{option}_tco"], rel=TOLERANCE)
        assert named(book, f"out_engine_{option}_tco") == figures[f"{option}_tco"]


def test_low_confidence_is_said(made):
    book = openpyxl.load_workbook(made["CH-PB-1"], data_only=True)
    sheet, area = book.defined_names["blk_warnings"].attr_text.split("!")
    texts = [row[0].value for row in book[sheet][area.replace("$", "")]]
    assert "low confidence" in texts[0]
    assert "gpu_price" in texts[0]
