"""Sheet Prices of the analyst's workbook: room for the catalogue's rows, which the engine writes with their dates."""

from typing import Any

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.styles import HAIRLINE, Styles
from workbook.pricelist import COLUMNS, LISTS, PriceList, capacity

SHEET = "Prices"
FIRST = 1
FIGURES = range(FIRST + 2, FIRST + 6)
WIDTHS = (33, 46, 12, 12, 12, 12, 21, 70, 10, 10)
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
    row = 3
    for price_list in LISTS:
        row = _list(book, page, row, price_list, styles)
    page.freeze_panes(3, FIRST + 1)
    page.print_area(0, 0, row - 2, FIRST + len(COLUMNS) - 1)


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
    name = f"blk_prices_{price_list.table}"
    book.define_name(name, f"={SHEET}!{xl_range_abs(first, FIRST, last, FIRST + len(COLUMNS) - 1)}")
    book.define_name(f"lst_{price_list.table}", f"={SHEET}!{xl_range_abs(first, FIRST, last, FIRST)}")
    return last + 2
