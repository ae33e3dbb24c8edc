"""Workbooks in a language: whatever text an author writes, in English, is written in the language of the book.

An author writes English texts, formulas, formats and charts, and never asks for the language. What reaches a cell, a
chart, a footer or a rule passes here on its way into the file.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from engine.inputs import OPTION_IDS, assumptions
from workbook.author.formulatext import Writer
from workbook.languages import LANGUAGES, Language

CODES = frozenset(assumptions()) | frozenset(OPTION_IDS) | LANGUAGES.keys()
WHOLE_CURRENCIES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
"""Currencies without a smaller unit, by ISO 4217."""
_PART = re.compile(r"(&[LCR])")  # left, centre and right part of a footer
_CODES = re.compile(r'(?:&"[^"]*"|&K[0-9A-F]{6}|&\d+|&[BIU])*')
_RULE_TEXTS = ("input_title", "input_message", "error_title", "error_message")
_RULE_FORMULAS = ("criteria", "value", "minimum", "maximum", "source")


class MissingPhrases(ValueError):
    """Texts that have no translation."""

    def __init__(self, language: Language, missing: Mapping[str, None]) -> None:
        listed = "\n".join(f"  {phrase!r}" for phrase in missing)
        super().__init__(f"{len(missing)} texts have no {language.code} in workbook/phrases.csv:\n{listed}")
        self.missing = tuple(missing)


class TranslatedSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet whose texts are translated as they are written."""

    writer: Writer
    prices: list[tuple[int, int]]
    """Cells whose format shows a price with decimals."""

    def write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> Any:  # noqa: ANN401
        """Write a text."""
        return super().write_string(row, col, self._text(string), cell_format)

    def write_formula(
        self,
        row: int,
        col: int,
        formula: str,
        cell_format: Format | None = None,
        value: Any = 0,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Write a formula with its texts translated."""
        self._note_price(row, col, cell_format)
        return super().write_formula(row, col, self.writer.formula(formula), cell_format, value)

    def write_blank(self, row: int, col: int, blank: Any, cell_format: Format | None = None) -> Any:  # noqa: ANN401
        """Write the format of an empty cell."""
        self._note_price(row, col, cell_format)
        return super().write_blank(row, col, blank, cell_format)

    def write(self, row: int, col: int, *args: Any) -> Any:  # noqa: ANN401
        """Write anything."""
        return super().write(row, col, *(self._text(a) if isinstance(a, str) else a for a in args))

    def write_row(self, row: int, col: int, data: Any, cell_format: Format | None = None) -> Any:  # noqa: ANN401
        """Write a row of anything."""
        return super().write_row(row, col, [self._text(a) if isinstance(a, str) else a for a in data], cell_format)

    def merge_range(self, first_row: int, first_col: int, last_row: int, last_col: int, data: Any, *more: Any) -> Any:  # noqa: ANN401
        """Merge cells and write a text into them."""
        text = self._text(data) if isinstance(data, str) else data
        return super().merge_range(first_row, first_col, last_row, last_col, text, *more)

    def write_url(
        self,
        row: int,
        col: int,
        url: str,
        cell_format: Format | None = None,
        string: str | None = None,
        tip: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Write a link, which may lead to another sheet."""
        target = url.removeprefix("internal:")
        link = url if target == url else f"internal:{self.writer.references(target)}"
        return super().write_url(row, col, link, cell_format, string and self._text(string), tip and self._text(tip))

    def set_footer(self, footer: str = "", *more: Any) -> None:  # noqa: ANN401
        """Set the footer."""
        super().set_footer(self._marginal(footer), *more)

    def set_header(self, header: str = "", *more: Any) -> None:  # noqa: ANN401
        """Set the header."""
        super().set_header(self._marginal(header), *more)

    def data_validation(self, *args: Any) -> Any:  # noqa: ANN401
        """Add a rule for what may be typed, with its messages."""
        *cells, rule = args
        return super().data_validation(*cells, self._rule(rule))

    def conditional_format(self, *args: Any) -> Any:  # noqa: ANN401
        """Add a conditional format."""
        *cells, rule = args
        return super().conditional_format(*cells, self._rule(rule))

    def insert_chart(self, row: int, col: int, chart: Chart, options: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Insert a chart with its description."""
        return super().insert_chart(row, col, chart, self._described(options))

    def insert_image(self, row: int, col: int, source: Any, options: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Insert a picture with its description."""
        return super().insert_image(row, col, source, self._described(options))

    def insert_textbox(self, row: int, col: int, text: str, options: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Insert a text box."""
        return super().insert_textbox(row, col, self._text(text), self._described(options))

    def show_prices(self, whole: Format) -> None:
        """Show prices from 100 on without decimals where the currency has no smaller unit."""
        if self.prices:
            # Excel reads the formula from the first area, LibreOffice from the corner of all: one cell is to be both
            corner = xl_rowcol_to_cell(*(min(numbers) for numbers in zip(*self.prices, strict=True)))
            cells = dict.fromkeys([corner, *(xl_rowcol_to_cell(*place) for place in self.prices)])
            test = f'=AND(ABS({corner})>=100,ISNUMBER(SEARCH(in_currency,"{WHOLE_CURRENCIES}")))'
            rule = {"type": "formula", "criteria": test, "format": whole, "multi_range": " ".join(cells)}
            super().conditional_format(corner, rule)

    def _note_price(self, row: int, col: int, cell_format: Format | None) -> None:
        if getattr(cell_format, "kind", "") == "price":
            self.prices.append((row, col))

    def _text(self, english: str) -> str:
        """Translate what is for reading; codes are the same everywhere."""
        return english if english in CODES or english.startswith(("k_", "meta_")) else self.writer.text(english)

    def _marginal(self, text: str) -> str:
        pieces = (part if _PART.fullmatch(part) else self._coded(part) for part in _PART.split(text))
        return "".join(pieces)

    def _coded(self, part: str) -> str:
        codes = match[0] if (match := _CODES.match(part)) else ""
        return codes + self._text(part[len(codes) :])

    def _rule(self, rule: dict[str, Any]) -> dict[str, Any]:
        texts = {key: self._text(rule[key]) for key in _RULE_TEXTS if key in rule}
        formulas = {
            key: self.writer.formula(rule[key]) for key in _RULE_FORMULAS if str(rule.get(key, "")).startswith("=")
        }
        return rule | texts | formulas

    def _described(self, options: dict[str, Any] | None) -> dict[str, Any] | None:
        if not options or "description" not in options:
            return options
        return options | {"description": self._text(options["description"])}


class TranslatedChart(Chart):  # type: ignore[misc]
    """A chart whose texts are translated; what it is a chart of, the class it is mixed with says."""

    writer: Writer

    def add_series(self, options: dict[str, Any] | None = None) -> None:
        """Add a series."""
        super().add_series(self._translated(options or {}))

    def set_x_axis(self, options: dict[str, Any]) -> None:
        """Set the axis below."""
        super().set_x_axis(self._translated(options))

    def set_y_axis(self, options: dict[str, Any]) -> None:
        """Set the axis at the side."""
        super().set_y_axis(self._translated(options))

    def set_y2_axis(self, options: dict[str, Any]) -> None:
        """Set the axis at the other side."""
        super().set_y2_axis(self._translated(options))

    def set_title(self, options: dict[str, Any] | None = None) -> None:
        """Set the title."""
        super().set_title(self._translated(options or {}))

    def _translated(self, options: dict[str, Any]) -> dict[str, Any]:
        return {key: self._option(key, value) for key, value in options.items()}

    def _option(self, key: str, value: Any) -> Any:  # noqa: ANN401
        writer = self.writer
        if isinstance(value, dict):
            return value if "font" in key else self._translated(value)
        if isinstance(value, list) and value and isinstance(value[0], str):  # sheet, row, column ...
            return [writer.language.text(value[0]) or value[0], *value[1:]]
        if isinstance(value, list):
            return [self._translated(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, str) and value.startswith("="):
            return writer.references(value)
        if isinstance(value, str) and key in {"name", "value"}:
            return writer.text(value)
        return writer.number_format(value) if key == "num_format" else value


class TranslatedBook(Workbook):  # type: ignore[misc]
    """A workbook in a language; authors call sheets by their English names.

    Parameters
    ----------
    language : Language
        In which it is written.
    """

    def __init__(self, language: Language) -> None:
        self.target = io.BytesIO()
        super().__init__(self.target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self.tabs: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self.writer = Writer(language, self._references)

    def add_worksheet(self, name: str, *more: Any) -> TranslatedSheet:  # noqa: ANN401
        """Add a sheet by its English name."""
        self.tabs[name] = self.writer.text(name)
        self._references[name] = quote_sheetname(self.tabs[name])
        page = super().add_worksheet(self.tabs[name], *(more or (TranslatedSheet,)))
        page.writer, page.prices = self.writer, []
        return page  # type: ignore[no-any-return]

    def get_worksheet_by_name(self, name: str) -> Any:  # noqa: ANN401
        """Give the sheet of an English name."""
        return super().get_worksheet_by_name(self.tabs[name])

    def add_format(self, properties: dict[str, Any] | None = None) -> Format:
        """Add a format; numbers and dates are laid out as in the language."""
        changed = dict(properties or {})
        if isinstance(changed.get("num_format"), str):
            changed["num_format"] = self.writer.number_format(changed["num_format"])
        return super().add_format(changed)

    def add_chart(self, options: dict[str, Any]) -> Any:  # noqa: ANN401
        """Add a chart."""
        chart = super().add_chart(options)
        kind = type(chart)
        chart.__class__ = type(kind.__name__, (TranslatedChart, kind), {"writer": self.writer})
        return chart

    def define_name(self, name: str, formula: str) -> Any:  # noqa: ANN401
        """Define a name."""
        return super().define_name(name, self.writer.references(formula))

    def set_properties(self, properties: dict[str, Any]) -> None:
        """Set the document's properties."""
        texts = {
            key: self.writer.text(properties[key]) for key in ("title", "subject", "comments") if key in properties
        }
        super().set_properties(properties | texts)

    def finished(self) -> bytes:
        """Close the book and give its bytes.

        Raises
        ------
        MissingPhrases
            Texts that have no translation, all of them.
        """
        whole = self.add_format({"num_format": "#,##0;-#,##0"})
        for page in self.worksheets():
            page.show_prices(whole)
        self.close()
        if self.writer.missing:
            raise MissingPhrases(self.writer.language, self.writer.missing)
        return self.target.getvalue()
