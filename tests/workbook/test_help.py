"""Help is written from the table of functions; the README's table is of today."""

from pathlib import Path

import pytest

from engine.errors import NotAvailable
from workbook import help as pages
from workbook.functions import FUNCTIONS

README = Path(__file__).parents[2] / "README.md"


def test_the_table_of_the_readme_is_of_today():
    text = README.read_text("utf-8")
    assert pages.with_table(text) == text, "run: python -m workbook.help"


def test_the_readme_starts_with_the_two_commands():
    first, second = README.read_text("utf-8").splitlines()[:2]
    assert first.split()[:2] == ["make", "demo"]
    assert second.split()[:2] == ["make", "test"]


def test_a_readme_without_marks_is_refused():
    with pytest.raises(NotAvailable, match="lacks the line"):
        pages.with_table("# llm-tco\n")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_page_names_every_argument_with_unit_and_limits(function):
    page = pages.page(function)
    for argument in function.named_arguments:
        line = next(line for line in page.splitlines() if line.split()[:1] == [argument.name])
        assert argument.help in line
        assert f"[{argument.unit}]" in line or not argument.unit
        assert argument.low is None or f"{argument.low:g}" in line
        assert all(choice in line for choice in argument.choices)
    assert function.example in page
    assert function.signature in pages.markdown()
    assert function.signature in pages.overview()
