"""Sheet Log of the analyst's workbook: a line for every run, and the inputs as the last run found them."""

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import inputsheet
from workbook.author.options import OPTIONS
from workbook.author.styles import HAIRLINE, Styles

SHEET = "Log"
ENTRIES = 300
FIRST = 1
HEADERS = (
    ("Date", 11, "text"),
    ("Engine", 10, "text"),
    ("Prices as of", 12, "text"),
    ("Changed", 9, "whole"),
    ("What has changed since the line above", 76, ""),
    *((option.label, 14, "money") for option in OPTIONS),
    ("Warnings", 10, "whole"),
)
HEADER = 3
LAST_ID = FIRST + len(HEADERS) + 1  # beside the page
LAST_VALUE = LAST_ID + 1


def write(book: Workbook, styles: Styles) -> None:
    """Write the sheet; names blk_log, blk_last_inputs and out_inputs_changed."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_row(0, 28)
    page.write_string(0, FIRST, "Log", styles.get("title"))
    page.write_string(
        1,
        FIRST,
        "One line for each run of llm-tco summary; total cost of ownership in {{currency}} · lines are only added",
        styles.get("subtitle"),
    )
    for column, (text, width, kind) in enumerate(HEADERS, FIRST):
        page.set_column(column, column, width)
        more = {"align": "right"} if kind in {"whole", "money"} else {"indent": 0 if kind else 1}
        page.write_string(HEADER, column, text, styles.get("header", **more))
    _entries(page, styles)
    last = HEADER + ENTRIES
    book.define_name("blk_log", f"={SHEET}!{xl_range_abs(HEADER + 1, FIRST, last, FIRST + len(HEADERS) - 1)}")
    _last_inputs(book, page, styles)
    page.freeze_panes(HEADER + 1, FIRST + 1)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, last, FIRST + len(HEADERS) - 1)


def _entries(page: Worksheet, styles: Styles) -> None:
    looks = [
        styles.get("calc", kind, valign="top", **HAIRLINE)
        if kind
        else styles.get("label", text_wrap=True, valign="top", font_size=9, indent=1, **HAIRLINE)
        for _, _, kind in HEADERS
    ]
    for row in range(HEADER + 1, HEADER + 1 + ENTRIES):
        for column, look in enumerate(looks, FIRST):
            page.write_blank(row, column, None, look)


def _last_inputs(book: Workbook, page: Worksheet, styles: Styles) -> None:
    """Room for the inputs in use at the last run, in the rows of the sheet Inputs, and how many differ now."""
    page.set_column(LAST_ID, LAST_ID, 24)
    page.set_column(LAST_VALUE, LAST_VALUE, 22)
    page.write_string(HEADER, LAST_ID, "Inputs at the last run", styles.get("header"))
    page.write_string(HEADER, LAST_VALUE, "in use then", styles.get("header", align="right"))
    first, last = inputsheet.HEADER + 1, inputsheet.last_row() - 1
    for row in range(first, last + 1):
        page.write_blank(row, LAST_ID, None, styles.get("unit", font_size=9))
        page.write_blank(row, LAST_VALUE, None, styles.get("unit", "plain", font_size=9, align="right"))
    book.define_name("blk_last_inputs", f"={SHEET}!{xl_range_abs(first, LAST_ID, last, LAST_VALUE)}")
    now, then = inputsheet.column(inputsheet.IN_USE), xl_range_abs(first, LAST_VALUE, last, LAST_VALUE)
    page.write_string(1, LAST_ID, "Inputs that differ now", styles.get("label"))
    page.write_formula(1, LAST_VALUE, f"=SUMPRODUCT(({now}<>{then})*1)", styles.get("result", "flag"), 0)
    book.define_name("out_inputs_changed", f"={SHEET}!{xl_range_abs(1, LAST_VALUE, 1, LAST_VALUE)}")
    page.write_string(0, LAST_ID, "Weights of the model, GB", styles.get("label"))
    page.write_blank(0, LAST_VALUE, None, styles.get("stated", "figure"))
    book.define_name("blk_weights_gb", f"={SHEET}!{xl_range_abs(0, LAST_VALUE, 0, LAST_VALUE)}")


def moved_rows() -> str:
    """Return the formula that counts rows of the inputs that do not stand where the last run found them."""
    then = xl_range_abs(inputsheet.HEADER + 1, LAST_ID, inputsheet.last_row() - 1, LAST_ID)
    return f"=SUMPRODUCT(({inputsheet.column(inputsheet.ID)}<>{SHEET}!{then})*1)"
