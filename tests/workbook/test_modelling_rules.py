"""The rules of a model that can be audited, over every workbook that llm-tco makes, as an auditor would apply them.

They follow the FAST standard as far as it is common knowledge: no typed number in a formula, one formula a row, units,
a period in one column everywhere, inputs apart from calculations, every input with its source.
"""

import io
import re
from functools import cache

import openpyxl
import pytest
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.workbook.workbook import Workbook

from engine.inputs import assumptions
from workbook import customers
from workbook.author.grid import HEADER, YEAR_0, YEAR_15
from workbook.locate import shipped
from workbook.proposal import Proposals

EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
SHIPPED = sorted(p.name for p in shipped("templates", "assumptions.xlsx").parent.glob("*.xlsx"))
TEMPLATES = [name for name in SHIPPED if name.startswith("proposal_")]
MADE = ("0007", "REF-70B-50K", "US-BANK-11", "GB-LAW-3")
BOOKS = ("assumptions.xlsx", *TEMPLATES, *(f"made:{customer}" for customer in MADE))
TIMELINE = ("need", "sizing", "costs", "capital", "cashflow")
CONSTANTS = frozenset({"0", "1"})
NUMERIC = ("number", "whole", "flag")


@cache
def data_of(name: str) -> bytes:
    if name.startswith("made:"):
        proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
        return proposals.make(EXAMPLES[name.removeprefix("made:")]).data
    return shipped("templates", name).read_bytes()


@cache
def open_book(name: str) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data_of(name)))


@pytest.fixture(params=BOOKS)
def book(request) -> Workbook:
    return open_book(request.param)


def formulas(book: Workbook):
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    yield cell


def area(book: Workbook, name: str) -> tuple[str, tuple[int, int, int, int]]:
    """Return sheet, first column, first row, last column and last row of a defined name."""
    ((sheet, reference),) = book.defined_names[name].destinations
    return sheet, range_boundaries(reference.replace("$", ""))


def timelines(book: Workbook) -> dict[str, tuple[str, int]]:
    """Return the sheets of years with their position, by the name of their years."""
    return {name: area(book, f"blk_years_{name}")[0] for name in TIMELINE}


@pytest.mark.parametrize("name", sorted({*BOOKS, *SHIPPED}))
def test_no_typed_number_in_a_formula_but_0_and_1(name):
    typed_numbers(open_book(name))


def typed_numbers(book: Workbook) -> None:
    typed = [
        (cell.parent.title, cell.coordinate, token.value)
        for cell in formulas(book)
        for token in Tokenizer(cell.value).items
        if token.type == Token.OPERAND
        and token.subtype == Token.NUMBER
        and token.value not in CONSTANTS
        and "TCO_" not in cell.value  # examples of our functions, to be copied
    ]
    assert typed == []


def test_one_formula_a_row_copied_right(book):
    """Every year column of every row holds the formula of year 1, moved: the same in R1C1 notation."""
    different = []
    for title in timelines(book).values():
        sheet = book[title]
        for row in range(HEADER + 2, sheet.max_row + 1):
            first = sheet.cell(row, YEAR_0 + 2)
            if not (isinstance(first.value, str) and first.value.startswith("=")):
                continue
            for column in range(YEAR_0 + 1, YEAR_15 + 2):
                cell = sheet.cell(row, column)
                moved = Translator(first.value, origin=first.coordinate).translate_formula(cell.coordinate)
                if cell.value != moved:
                    different.append((title, cell.coordinate, cell.value, moved))
    assert different == []


def test_every_row_of_figures_has_its_unit(book):
    """Column E of a sheet of years, for every row with a figure or a formula in it."""
    bare = [
        (title, row)
        for title in timelines(book).values()
        for row in range(HEADER + 2, book[title].max_row + 1)
        if any(book[title].cell(row, c).value is not None for c in range(YEAR_0 - 1, YEAR_15 + 2))
        and not _is_heading(book, title, row)
        and not book[title].cell(row, 5).value
    ]
    assert bare == []


def _is_heading(book: Workbook, title: str, row: int) -> bool:
    """Tell a heading, which names its columns of totals in text."""
    total = book[title].cell(row, YEAR_0 - 1).value
    years = (book[title].cell(row, c).value for c in range(YEAR_0 + 1, YEAR_15 + 2))
    return (
        all(value is None for value in years)
        and isinstance(total, str)
        and '"' in f"{total}{'' if total[:1] == '=' else chr(34)}"
    )


def test_a_period_stands_in_the_same_column_of_every_sheet(book):
    columns = {area(book, f"blk_years_{name}")[1] for name in TIMELINE}
    assert columns == {(YEAR_0 + 1, HEADER + 1, YEAR_15 + 1, HEADER + 1)}
    first = book[timelines(book)["need"]]
    assert first.cell(HEADER + 1, YEAR_0 + 1).value == 0
    for title in list(timelines(book).values())[1:]:
        for column in range(YEAR_0 + 1, YEAR_15 + 2):
            letter = get_column_letter(column)
            wanted = rf"='?{re.escape(first.title)}'?!{letter}\${HEADER + 1}"
            assert re.fullmatch(wanted, book[title].cell(HEADER + 1, column).value), (title, letter)


def test_inputs_stand_on_input_sheets_only(book):
    """On a calculating sheet only what the engine states, published tables and named constants is no formula."""
    inputs = {area(book, f"in_{name}")[0] for name in assumptions()}
    assert len(inputs) == 1
    stated = _cells_of(book, lambda n: n.startswith(("blk_", "out_stated_", "out_engine_", "meta_", "k_", "sel_")))
    typed = [
        (title, cell.row)
        for title in {*timelines(book).values()} - inputs
        for row in book[title].iter_rows(min_row=HEADER + 2)
        for cell in row
        if isinstance(cell.value, int | float) and (title, cell.row, cell.column) not in stated
    ]
    published = {row for row in typed if book[row[0]].cell(row[1], 2).value.startswith("MACRS")}
    assert set(typed) == published, "typed figures outside the inputs"
    assert len(published) == 6


def _cells_of(book: Workbook, wanted) -> set[tuple[str, int, int]]:
    found = set()
    for name in book.defined_names:
        if wanted(name) and "!" in (book.defined_names[name].attr_text or ""):
            sheet, (left, top, right, bottom) = area(book, name)
            found |= {(sheet, r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
    return found


@pytest.mark.parametrize("customer", EXAMPLES)
def test_every_input_has_source_and_date(customer):
    """A value of the customer's own counts as of the proposal's date; 0 and blank rest on nothing."""
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(proposals.make(EXAMPLES[customer]).data))
    bare = []
    for name in assumptions():
        sheet, (column, row, _, _) = area(book, f"in_{name}")
        value, source, as_of, confidence = (
            book[sheet].cell(row, c).value for c in (column, column + 2, column + 3, column + 4)
        )
        if value is None:
            continue
        if not source:
            bare.append((name, "source"))
        elif not as_of and confidence not in {"customer", None} and value != 0:
            bare.append((name, "date", source, confidence))
    assert bare == []


TAMPERED = {
    "typed number": (typed_numbers, "Costs", "I8", lambda old: f"{old}*12"),
    "another formula": (test_one_formula_a_row_copied_right, "Costs", "K8", lambda old: f"{old}+0"),
    "no unit": (test_every_row_of_figures_has_its_unit, "Costs", "E8", lambda _: None),
    "another year": (test_a_period_stands_in_the_same_column_of_every_sheet, "Costs", "J4", lambda _: "=Need!K$4"),
    "a typed figure": (test_inputs_stand_on_input_sheets_only, "Costs", "K8", lambda _: 5.0),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_each_rule_can_fail(what):
    rule, sheet, cell, change = TAMPERED[what]
    book = openpyxl.load_workbook(io.BytesIO(data_of("proposal_en.xlsx")))
    rule(book)
    book[sheet][cell].value = change(book[sheet][cell].value)
    with pytest.raises(AssertionError):
        rule(book)


def test_names_lie_on_the_sheets_that_they_speak_of(book):
    """Names are limited to inputs, constants, results, checks, selectors and blocks."""
    prefixes = (
        "in_",
        "k_",
        "out_",
        "chk_",
        "blk_",
        "lst_",
        "sel_",
        "meta_",
        "_xlnm",
        "Print_",
        "Assumptions",
        "Scenarios",
    )
    assert [name for name in book.defined_names if not name.startswith(prefixes)] == []
    assert column_index_from_string("H") == YEAR_0 + 1
