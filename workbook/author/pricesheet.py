"""Sheet Prices of the analyst's workbook: room for the catalogue's rows, which the engine writes with their dates."""

import datetime as dt
from typing import Any

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import inputsheet
from workbook.author.styles import HAIRLINE, Styles
from workbook.evaluate import EPOCH
from workbook.pricelist import COLUMNS, LISTS, PriceList, capacity

SHEET = "Prices"
REVIEWED = dt.date(2026, 11, 21)  # of the shipped workbook; llm-tco new writes its own day
STALE_FILL, STALE_INK = "#FBE7C2", "#8A5A00"
FIRST = 1
FIGURES = range(FIRST + 2, FIRST + 6)
WIDTHS = (33, 46, 12, 12, 12, 12, 21, 70, 10, 10)
AGES = 2  # row of the day of the review; below it after how many days a price is amber, and too old to be used
LISTS_FROM = AGES + 4
SMALL = {"unit", "source", "as of", "confidence"}


def write(book: Workbook, styles: Styles) -> None:
    """Write the headings of every list, the format of its cells and its names blk_prices_<table>, lst_<table>."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    for column, width in enumerate(WIDTHS, FIRST):
        page.set_column(column, column, width)
    page.set_row(0, 28)
    page.write_string(0, FIRST, "Prices", styles.get("title"))
    page.write_string(
        1,
        FIRST,
        "Catalogue of llm-tco {{engine_version}}, in USD unless the unit says otherwise · prices as of "
        "{{prices_as_of}} · written by llm-tco summary: type your own prices on sheet Inputs",
        styles.get("subtitle"),
    )
    _ages(book, page, styles)
    row = LISTS_FROM
    for price_list in LISTS:
        row = _list(book, page, row, price_list, styles)
    page.freeze_panes(LISTS_FROM - 1, FIRST + 1)
    page.print_area(0, 0, row - 2, FIRST + len(COLUMNS) - 1)


def _ages(book: Workbook, page: Worksheet, styles: Styles) -> None:
    """Write the day that ages are counted from, which is typed: nothing in the workbook depends on the clock."""
    rows = (
        ("Reviewed on", "sel_Review_date", "date", reviewed(), ""),
        ("Amber ▲ when older than, days", "sel_Amber_days", "input_whole", 90, "out_text_amber"),
        (
            "Check fails when in use and older than",
            "sel_Oldest_days",
            "input_whole",
            1095,
            "out_text_oldest",
        ),
    )
    for row, (label, name, kind, value, text) in enumerate(rows, AGES):
        page.write_string(row, FIRST, label, styles.get("label"))
        page.write_number(row, FIRST + 1, value, styles.get("input", kind, align="left"))
        book.define_name(name, f"={SHEET}!$C${row + 1}")
        if text:
            day = f"(sel_Review_date-{name})"
            iso = f'=YEAR{day}&"-"&TEXT(MONTH{day},"00")&"-"&TEXT(DAY{day},"00")'
            page.write_formula(row, FIRST + 2, iso, styles.get("unit", align="left"), "")
            book.define_name(text, f"={SHEET}!$D${row + 1}")


def reviewed() -> int:
    """Return the day of the shipped workbook's review as Excel counts days."""
    return (REVIEWED - EPOCH).days


def too_old() -> str:
    """Return the formula that counts prices in use whose date lies before the limit; dates are texts like 2026-11."""
    unit, in_use, as_of = (
        inputsheet.column(number) for number in (inputsheet.UNIT, inputsheet.IN_USE, inputsheet.AS_OF)
    )
    prices = f'({unit}>=in_currency)*({unit}<in_currency&"z")*({in_use}<>"")*({in_use}<>0)'  # USD, USD/kWh ...
    typed_date = f"ISNUMBER({as_of})*({as_of}<sel_Review_date-sel_Oldest_days)"
    written = f'ISTEXT({as_of})*({as_of}<>"")*({as_of}<out_text_oldest)'
    return f"=SUMPRODUCT({prices}*({written}+{typed_date}))"


def amber(page: Worksheet, cells: str, first: str, styles: Styles) -> None:
    """Show in amber, with a mark, dates before the day that the sheet Prices gives."""
    look = styles.book.add_format({"bg_color": STALE_FILL, "font_color": STALE_INK, "num_format": '"▲ "@'})
    rule = {"type": "formula", "criteria": f'=AND(ISTEXT({first}),{first}<>"",{first}<out_text_amber)', "format": look}
    page.conditional_format(cells, rule)


def _list(book: Workbook, page: Worksheet, row: int, price_list: PriceList, styles: Styles) -> int:
    page.set_row(row, 20)
    for column in range(FIRST, FIRST + len(COLUMNS)):
        page.write(row, column, price_list.title if column == FIRST else None, styles.get("section"))
    heads = [heading for heading, _ in price_list.figures]
    for column, text in enumerate(COLUMNS, FIRST):
        head = (heads + [""] * 4)[column - FIGURES[0]] if column in FIGURES else text
        more: dict[str, Any] = {"align": "right"} if column in FIGURES else {"indent": 1} if text == "unit" else {}
        look = styles.get("header", **more)
        page.write_string(row + 1, column, head, look)
    first, last = row + 2, row + 1 + capacity(price_list)
    for line in range(first, last + 1):
        for column, text in enumerate(COLUMNS, FIRST):
            small: dict[str, Any] = {"font_size": 8, "text_wrap": True} if text in SMALL else {}
            small |= {"indent": 1} if text == "unit" else {}
            figure = styles.get("link", "plain_price", **HAIRLINE)
            page.write_blank(
                line, column, None, figure if column in FIGURES else styles.get("label", **HAIRLINE, **small)
            )
    amber(page, f"J{first + 1}:J{last + 1}", f"$J{first + 1}", styles)
    name = f"blk_prices_{price_list.table}"
    book.define_name(name, f"={SHEET}!{xl_range_abs(first, FIRST, last, FIRST + len(COLUMNS) - 1)}")
    book.define_name(f"lst_{price_list.table}", f"={SHEET}!{xl_range_abs(first, FIRST, last, FIRST)}")
    return last + 2
