"""Sheets of a workbook that lives on: what a proposal states once, `{{currency}}`, follows the inputs by a formula."""

import re
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbook.author.formulatext import Writer
from workbook.author.styles import Styles
from workbook.languages import LANGUAGES

STATE = '="Prices as of "&out_text_prices_as_of&" · scenario "&sel_Scenario&" · "&out_text_light'
"""What a printed page says of its figures."""
ENGLISH = Writer(LANGUAGES["en"], {})
FIELD = re.compile(r"\{\{(\w+)\}\}")
FOLLOWS = {  # placeholder of the shared sheets: the name whose cell says it
    "customer_label": "blk_title",
    "currency": "in_currency",
    "tax_basis": "out_text_tax_basis",
    "prices_as_of": "out_text_prices_as_of",
    "engine_version": "meta_engine_version",
    "proposal_date": "meta_run_date",
}


class LiveSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet on which a text with placeholders becomes a formula."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> Any:  # noqa: ANN401
        """Write a text, or the formula that joins its parts."""
        if FIELD.search(string):
            return self.write_formula(row, col, following(string), cell_format, "")
        return super().write_string(row, col, string, cell_format)

    def write_formula(
        self,
        row: int,
        col: int,
        formula: str,
        cell_format: Format | None = None,
        value: Any = 0,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Write a formula whose numbers in texts read alike in every Excel."""
        return super().write_formula(row, col, ENGLISH.formula(formula), cell_format, value)


class LiveStyles(Styles):
    """Formats in which figures of the engine are not locked: a run from the ribbon writes them into the open book."""

    def get(self, look: str, kind: str = "", **more: Any) -> Format:  # noqa: ANN401  values of XlsxWriter's properties
        """Return the format of a look and a kind."""
        return super().get(look, kind, **({"locked": False} if look == "stated" else {}) | more)


def following(text: str) -> str:
    """Turn a text with placeholders into a formula.

    >>> following("amounts in {{currency}}")
    '="amounts in "&in_currency'
    """
    pieces = FIELD.split(text)
    terms = [FOLLOWS[piece] if odd % 2 else quoted(piece) for odd, piece in enumerate(pieces) if piece]
    return "=" + "&".join(terms)


def quoted(text: str) -> str:
    """Write a text as a formula does.

    >>> quoted('19" rack')
    '"19"" rack"'
    """
    return '"' + text.replace('"', '""') + '"'
