"""A second template: an offer of two upright pages in another dress, with the engine's figures and no model of its own.

It shows that templates are data: what fills it knows its names and nothing else.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

from engine.inputs import assumptions
from engine.options import OPTIONS
from workbook.author.assumptions import number_format
from workbook.author.labels import LABELS
from workbook.author.styles import NUMBER_FORMATS
from workbook.author.translated import TranslatedBook, TranslatedSheet
from workbook.languages import LANGUAGES, Language
from workbook.wording import LANGUAGE

OFFER, DETAILS = "Offer", "Details"
FONT = "Arial"
PLUM, CORAL, SAND, INK, GREY, LINE = "#5B2A4B", "#D9654B", "#F6F1EA", "#2D2A32", "#857B86", "#D8CFC4"
PALE, WHITE = "#E8C9BE", "#FFFFFF"  # on plum
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001  a fixed date: the same sources give the same bytes

FIRST, LAST = 2, 8  # columns C..I; A is the stripe, B a gap
HEADER = 15  # header row of the options, 0-based
ROWS = range(HEADER + 1, HEADER + 1 + len(OPTIONS))
COSTS = f"$D${ROWS[0] + 1}:$D${ROWS[-1] + 1}"
LABEL_CELLS = f"$C${ROWS[0] + 1}:$C${ROWS[-1] + 1}"
BEST = f"MATCH(MIN({COSTS}),{COSTS},0)"
YEARS = 'IF(in_horizon=1," year"," years")'
MEASURES = {  # measure: heading, number format
    "tco": ("Total cost of ownership", "money"),
    "per_user_month": ("Per user and month", "price"),
    "capex": ("Purchases and set-up", "money"),
    "opex": ("Running costs", "money"),
    "year1": ("Running costs of year 1", "money"),
}
KEY_INPUTS = (
    "users", "queries_per_user_day", "prompt_tokens", "output_tokens", "model", "gpu", "cloud_instance", "api_model",
    "seat_price", "tariff", "pue", "horizon", "wacc", "tax_rate", "fx_rate",
)  # fmt: skip
MODELS = {"model": "Model served", "api_model": "Model of the token API", "gpu": "GPU in own servers"}
"""Labels that do not stand under the heading of their section here."""
NEXT_STEPS = (
    "Measure the throughput of the chosen model on a test system with your own prompts.",
    "Have the prices of hardware, rental and tokens confirmed in writing.",
    "Decide on the option, the start and the people in charge.",
)
READING = (
    "Total cost of ownership: all that is paid over the horizon, purchases, running costs and people included.",
    "We recommend the option of the lowest total; quality of answers, data sovereignty and lock-in are not priced.",
    "Calculated by llm-tco {{engine_version}}; what the figures rest on stands on the next page.",
)
TERMS = (
    "Indicative: prices are those of the date above and become binding once they are confirmed in writing.",
    "Amounts are in {{currency}}, {{tax_basis}}, without value added tax.",
    "The proposal with every cost line by year, all assumptions and their sources goes with this offer on request.",
)


@dataclass
class Looks:
    """The formats of the offer, each made once."""

    book: TranslatedBook
    made: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def get(self, size: float = 9, color: str = INK, kind: str = "", **more: Any) -> Format:  # noqa: ANN401
        """Return the format of a size, a colour and a kind of number."""
        # sizes are those on paper: the page is printed at nine tenths
        properties = {"font_name": FONT, "font_size": size + 1, "font_color": color, "valign": "vcenter"} | more
        if kind:
            properties |= {"num_format": NUMBER_FORMATS[kind], "shrink": True}
        key = (("kind", kind), *sorted(properties.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(properties)
            self.made[key].kind = kind
        return self.made[key]


def build(language: Language = LANGUAGES["en"]) -> bytes:
    """Return the offer in a language."""
    book = TranslatedBook(language)
    book.set_properties(
        {
            "title": "Offer: {{customer_name}}",
            "subject": "Offer {{customer_id}}",
            "author": "llm-tco",
            "created": CREATED,
        }
    )
    looks = Looks(book)
    first, second = (_page(book, name) for name in (OFFER, DETAILS))
    _head(first, looks)
    _recommendation(first, looks)
    _options(book, first, looks)
    _chart(book, first)
    _basis(book, second, looks)
    first.activate()
    return book.finished()


def _page(book: TranslatedBook, name: str) -> TranslatedSheet:
    page = book.add_worksheet(name)
    page.hide_gridlines(2)
    page.set_portrait()
    page.set_paper(9)  # A4
    page.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
    page.center_horizontally()
    page.fit_to_pages(1, 1)
    page.set_tab_color(PLUM if name == OFFER else CORAL)
    page.set_column(0, 0, 2.5)
    page.set_column(1, 1, 1.5)
    page.set_column(FIRST, FIRST, 35)
    page.set_column(FIRST + 1, LAST, 13)
    small = f"&8&K{GREY[1:]}"
    page.set_footer(f"&L{small}{{{{customer_label}}}}&R{small}Page &P of &N")
    return page


def _stripe(page: TranslatedSheet, last: int, looks: Looks) -> None:
    """Paint the stripe at the left edge, and print down to the last row."""
    for row in range(last + 1):
        page.write_blank(row, 0, None, looks.get(bg_color=PLUM))
    page.print_area(0, 0, last, LAST)


def _head(page: TranslatedSheet, looks: Looks) -> None:
    page.set_row(1, 34)
    page.set_row(2, 26)
    page.write_string(0, FIRST, "Indicative offer", looks.get(10, CORAL, bold=True))
    page.write_string(1, FIRST, "Your language model, and what it costs", looks.get(24, PLUM, bold=True))
    page.merge_range(2, FIRST, 2, LAST, "{{customer_name}}", looks.get(15, INK, shrink=True))
    page.write_string(
        3,
        FIRST,
        "{{proposal_date}} · amounts in {{currency}} · {{tax_basis}} · prices as of {{prices_as_of}}",
        looks.get(9, GREY),
    )


def _recommendation(page: TranslatedSheet, looks: Looks) -> None:
    """Write the best option on a dark ground, its three figures, and what it saves."""
    for row in range(5, 12):
        for column in range(FIRST, LAST + 1):
            page.write_blank(row, column, None, looks.get(bg_color=PLUM))
    ground: dict[str, Any] = {"bg_color": PLUM, "indent": 1}
    for row, height in ((5, 10), (6, 16), (7, 32), (8, 14), (9, 14), (10, 30), (11, 10)):
        page.set_row(row, height)
    page.write_string(6, FIRST, "We recommend", looks.get(10, PALE, **ground))
    page.merge_range(7, FIRST, 7, LAST, "", looks.get(22, WHITE, bold=True, **ground))
    page.write_formula(7, FIRST, f"=INDEX({LABEL_CELLS},{BEST})", looks.get(22, WHITE, bold=True, **ground), "")
    figures = (
        (FIRST, FIRST, f'="Total cost over "&in_horizon&{YEARS}&", "&in_currency', f"=MIN({COSTS})", "money"),
        (FIRST + 1, FIRST + 3, '="Per user and month, "&in_currency', _best("E"), "price"),
        (FIRST + 4, LAST, '="Less than the next best, "&in_currency', _saving(), "money"),
    )
    for first, last, label, value, kind in figures:
        small, big = (
            looks.get(9, PALE, **ground),
            looks.get(20, WHITE, kind, bold=True, align="left", **ground),
        )
        if last > first:
            page.merge_range(9, first, 9, last, "", small)
            page.merge_range(10, first, 10, last, "", big)
        page.write_formula(9, first, label, small, "")
        page.write_formula(10, first, value, big, 0)
    page.set_row(13, 20)
    page.write_string(13, FIRST, "The options side by side", looks.get(13, PLUM, bold=True))


def _best(column: str) -> str:
    return f"=INDEX(${column}${ROWS[0] + 1}:${column}${ROWS[-1] + 1},{BEST})"


def _saving() -> str:
    return f"=IF(COUNT({COSTS})>1,SMALL({COSTS},1+1)-MIN({COSTS}),0)"


def _options(book: TranslatedBook, page: TranslatedSheet, looks: Looks) -> None:
    """Write a row for each option; those of options that are not asked for are hidden when the offer is filled."""
    edge: dict[str, Any] = {"bottom": 2, "bottom_color": CORAL}
    heads = [*(heading for heading, _ in MEASURES.values()), "Against cheapest"]
    page.set_row(HEADER, 44)  # three lines in some languages
    page.write_string(HEADER, FIRST, "Option", looks.get(9, GREY, bold=True, **edge))
    # the indent keeps figures of twelve digits apart where a space parts their thousands
    right: dict[str, Any] = {"align": "right", "indent": 1}
    for column, heading in enumerate(heads, FIRST + 1):
        page.write_string(HEADER, column, heading, looks.get(9, GREY, bold=True, text_wrap=True, **right, **edge))
    line: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
    for row, (id_, option) in zip(ROWS, OPTIONS.items(), strict=True):
        page.set_row(row, 20)
        page.write_string(row, FIRST, option.label, looks.get(10, bold=True, **line))
        for column, (measure, (_, kind)) in enumerate(MEASURES.items(), FIRST + 1):
            page.write_blank(row, column, None, looks.get(10, INK, kind, **right, **line))
            cell = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
            book.define_name(f"out_engine_{id_}_{measure}", f"={OFFER}!{cell}")
        ratio = f'=IF(OR($D{row + 1}="",MIN({COSTS})=0),"",$D{row + 1}/MIN({COSTS}))'
        page.write_formula(row, LAST, ratio, looks.get(10, INK, "ratio", **right, **line), "")
        book.define_name(f"blk_rows_{id_}_offer", f"={OFFER}!$C${row + 1}:$C${row + 1}")
    best = book.add_format({"bg_color": SAND, "font_color": PLUM})
    rule = {"type": "formula", "criteria": f"=$D{ROWS[0] + 1}=MIN({COSTS})", "format": best}
    page.conditional_format(ROWS[0], FIRST, ROWS[-1], LAST, rule)
    row = _heading(page, ROWS[-1] + 22, "How to read the figures", looks)
    _stripe(page, _lines(page, row, READING, looks), looks)


def _lines(page: TranslatedSheet, row: int, texts: Sequence[str], looks: Looks) -> int:
    """Write texts below each other, and return the row after them."""
    for text in texts:
        page.set_row(row, 28)
        page.merge_range(row, FIRST, row, LAST, text, looks.get(9, text_wrap=True))
        row += 1
    return row


def _chart(book: TranslatedBook, page: TranslatedSheet) -> None:
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": "Total cost of ownership",
            "categories": [OFFER, ROWS[0], FIRST, ROWS[-1], FIRST],
            "values": [OFFER, ROWS[0], FIRST + 1, ROWS[-1], FIRST + 1],
            "fill": {"color": PLUM},
            "gap": 70,
            "data_labels": {"value": True, "num_format": "#,##0", "font": {"name": FONT, "size": 9, "color": INK}},
        }
    )
    font = {"name": FONT, "size": 9, "color": INK}
    chart.set_title(
        {
            "name": "Total cost of ownership by option",
            "name_font": font | {"size": 11, "bold": True, "color": PLUM},
            "overlay": False,
            "layout": {"x": 0.02, "y": 0.03},
        }
    )
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "num_format": "#,##0"})
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": LINE}, "major_tick_mark": "none"})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 790, "height": 400})
    description = "Bars: the total cost of ownership of each option"
    page.insert_chart(ROWS[-1] + 2, FIRST, chart, {"object_position": 1, "description": description})


def _basis(book: TranslatedBook, page: TranslatedSheet, looks: Looks) -> None:
    """Write the second page: what the figures rest on, what the engine warns of, next steps, terms, signatures."""
    page.set_row(0, 30)
    page.write_string(0, FIRST, "What the figures rest on", looks.get(18, PLUM, bold=True))
    row = _inputs(book, page, looks)
    row = _fleet(book, page, row + 1, looks)
    note = looks.get(12, PLUM, bold=True, bottom=2, bottom_color=CORAL)
    row = _heading(page, row + 1, "", looks)
    warned = '=IF(COUNTIF(blk_warnings,"?*")>0,"Please note","Nothing to note: the calculation has no warnings")'
    page.write_formula(row - 1, FIRST, warned, note, "")
    for line in range(row, row + 4):
        page.set_row(line, 24)
        page.merge_range(line, FIRST, line, LAST, "", looks.get(9, text_wrap=True))
    book.define_name("blk_warnings", f"={DETAILS}!$C${row + 1}:$C${row + 4}")
    for title, texts in (("Next steps", NEXT_STEPS), ("Terms", TERMS)):
        row = _heading(page, row + (5 if title == "Next steps" else 1), title, looks)
        row = _lines(page, row, texts, looks)
    _signatures(page, row + 2, looks)
    _stripe(page, row + 5, looks)


def _heading(page: TranslatedSheet, row: int, text: str, looks: Looks) -> int:
    page.set_row(row, 20)
    for column in range(FIRST, LAST + 1):
        page.write_blank(row, column, None, looks.get(bottom=2, bottom_color=CORAL))
    page.write_string(row, FIRST, text, looks.get(12, PLUM, bold=True, bottom=2, bottom_color=CORAL))
    return row + 1


def _inputs(book: TranslatedBook, page: TranslatedSheet, looks: Looks) -> int:
    header = looks.get(9, GREY, bold=True, bottom=2, bottom_color=CORAL)
    right = looks.get(9, GREY, bold=True, align="right", bottom=2, bottom_color=CORAL)
    for column in range(FIRST, LAST + 1):
        page.write_blank(2, column, None, header)
    for column, text in ((FIRST, "Assumption"), (FIRST + 3, "  Unit"), (FIRST + 4, "Source")):
        page.write_string(2, column, text, header)
    page.write_string(2, FIRST + 2, "Value in use", right)
    line: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
    for row, id_ in enumerate(KEY_INPUTS, 3):
        known = assumptions()[id_]
        for column in range(FIRST, LAST + 1):
            page.write_blank(row, column, None, looks.get(**line))
        page.write_string(row, FIRST, MODELS.get(id_, LABELS[id_]), looks.get(9, **line))
        page.merge_range(
            row, FIRST + 1, row, FIRST + 2, "", looks.get(9, PLUM, number_format(known), align="right", **line)
        )
        unit = known.unit.replace("money", "{{currency}}").replace("currency/", "{{currency}}/")
        page.write_string(row, FIRST + 3, unit, looks.get(8, GREY, indent=1, shrink=True, **line))
        page.merge_range(row, FIRST + 4, row, LAST, "", looks.get(7, GREY, text_wrap=True, **line))
        page.set_row(row, 19)
        book.define_name(f"in_{id_}", f"={DETAILS}!$D${row + 1}")
        book.define_name(f"src_{id_}", f"={DETAILS}!$G${row + 1}")
    row = 3 + len(KEY_INPUTS)
    for id_, text in (("currency", "Currency"), ("", "Language")):
        page.write_string(row, FIRST, text, looks.get(9, **line))
        for column in range(FIRST + 1, LAST + 1):
            page.write_blank(row, column, None, looks.get(9, **line))
        look = looks.get(9, PLUM, align="right", **line)
        page.merge_range(row, FIRST + 1, row, FIRST + 2, "" if id_ else book.writer.language.code, look)
        book.define_name(f"in_{id_}" if id_ else LANGUAGE, f"={DETAILS}!$D${row + 1}")
        row += 1
    return row


def _fleet(book: TranslatedBook, page: TranslatedSheet, row: int, looks: Looks) -> int:
    """Write what the engine sized for year 1; blank where no fleet of GPUs is compared."""
    row = _heading(page, row, "The fleet in year 1", looks)
    line: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
    for name, label, unit in (
        ("blk_replicas", "Replicas needed", "replica"),
        ("blk_gpus", "GPUs needed", "GPU"),
        ("blk_nodes", "Servers needed", "node"),
        ("blk_capacity_rps", "Capacity of the fleet", "query/s"),
    ):
        for column in range(FIRST, LAST + 1):
            page.write_blank(row, column, None, looks.get(9, **line))
        page.write_string(row, FIRST, label, looks.get(9, **line))
        kind = "number" if name == "blk_capacity_rps" else "whole"
        page.write_blank(row, FIRST + 2, None, looks.get(9, PLUM, kind, align="right", **line))
        page.write_string(row, FIRST + 3, unit, looks.get(8, GREY, indent=1, **line))
        book.define_name(name, f"={DETAILS}!$E${row + 1}")
        row += 1
    return row


def _signatures(page: TranslatedSheet, row: int, looks: Looks) -> None:
    page.set_row(row, 24)
    rule = looks.get(9, GREY, top=1, top_color=INK)
    for first, last, text in ((FIRST, FIRST + 1, "Place, date"), (FIRST + 3, LAST, "Signature")):
        for column in range(first, last + 1):
            page.write_blank(row + 1, column, None, rule)
        page.write_string(row + 1, first, text, rule)
