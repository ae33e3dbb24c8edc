"""The second page of the analyst's summary: cost by line and the measures, as the engine calculated them."""

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import summary
from workbook.author.options import OPTIONS
from workbook.author.styles import HAIRLINE, TOTAL_EDGE, Styles
from workbook.generated import LINE_ROWS, MEASURE_ROWS

TOP = summary.LAST + 2
LABEL, UNIT, FIRST = 1, 3, 4  # columns B, D and E
PRICED = {"per_user_month": "price", "per_mtok": "price", "per_query": "fine", "ratio": "ratio", "saving": "rate"}


def write(book: Workbook, styles: Styles) -> None:
    """Write the headings, the formats and the names blk_lines and blk_measures."""
    page = book.get_worksheet_by_name(summary.SHEET)
    page.set_row(TOP, 24)
    page.write_string(TOP, LABEL, "Cost by line and measure", styles.get("title", font_size=16))
    page.write_string(
        TOP + 1,
        LABEL,
        "Parts of the total cost of ownership in {{currency}}, {{tax_basis}}, as the engine calculated them on "
        "{{proposal_date}}; the page above follows the inputs at once",
        styles.get("subtitle"),
    )
    row = _block(book, page, TOP + 3, "blk_measures", [PRICED.get(m, "money") for m in MEASURE_ROWS], styles)
    row = _block(book, page, row + 1, "blk_lines", ["money"] * LINE_ROWS, styles)
    page.set_h_pagebreaks([TOP])
    page.fit_to_pages(1, 0)
    page.print_area(0, 0, row, summary.COLUMNS + 1)


def _block(book: Workbook, page: Worksheet, row: int, name: str, kinds: list[str], styles: Styles) -> int:
    """Write a heading and the room below it: label, unit, a figure an option."""
    page.set_row(row, 30)
    for column in range(LABEL, FIRST + len(OPTIONS)):
        page.write_blank(row, column, None, styles.get("header"))
    page.write_string(row, LABEL, "Measure" if name == "blk_measures" else "Cost line", styles.get("header"))
    for number, option in enumerate(OPTIONS):
        page.write_string(row, FIRST + number, option.label, styles.get("header", align="right", text_wrap=True))
    for line, kind in enumerate(kinds, row + 1):
        edge = {"bold": True, **TOTAL_EDGE} if line == row + 1 else HAIRLINE
        for column in range(LABEL, FIRST + len(OPTIONS)):
            page.write_blank(line, column, None, styles.get("label", **edge))
        page.write_blank(line, UNIT, None, styles.get("unit", **edge))
        for number in range(len(OPTIONS)):
            look = styles.get("calc", kind, align="right", **edge)
            page.write_blank(line, FIRST + number, None, look)
    area = xl_range_abs(row + 1, LABEL, row + len(kinds), FIRST + len(OPTIONS) - 1)
    book.define_name(name, f"={summary.SHEET}!{area}")
    return row + len(kinds) + 1
