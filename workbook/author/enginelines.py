"""The second page of the analyst's summary: cost by line and the measures of the options compared, by the engine."""

from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import summary
from workbook.author.options import OPTIONS
from workbook.author.styles import HAIRLINE, TOTAL_EDGE, Styles
from workbook.generated import LINE_ROWS, MEASURE_ROWS

TOP = summary.LAST + 2
LABEL, UNIT, FIRST = 1, 3, 4  # columns B, D and E
BESIDE, FIGURES = summary.COLUMNS + 3, FIRST - LABEL  # the engine's block beside the page, and its first figure
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
    """Write a heading and lines of label, unit and a figure an option, from the block that the engine fills beside.

    The block has a column for every option, the page one for each that is compared, from the left.
    """
    page.set_row(row, 30)
    page.write_string(row, LABEL, "Measure" if name == "blk_measures" else "Cost line", styles.get("header"))
    for column in range(LABEL + 1, FIRST):
        page.write_blank(row, column, None, styles.get("header"))
    for number, option in enumerate(OPTIONS):
        before = xl_range(row, BESIDE, row, BESIDE + FIGURES + number - 1)
        text = f"=IF(out_{option.id}_compared=1,MAX({before})+1,0)"
        page.write_formula(row, BESIDE + FIGURES + number, text, styles.get("unit", "flag", font_size=8), 0)
        order = _order(row)
        text = f'=IF({_nth(number)}>MAX({order}),"",INDEX(lst_option_labels,MATCH({_nth(number)},{order},0)))'
        page.write_formula(row, FIRST + number, text, styles.get("header", align="right", text_wrap=True), "")
    for line, kind in enumerate(kinds, row + 1):
        _line(page, row, line, kind, styles)
    _only_used(page, row, row + len(kinds), styles)
    area = xl_range_abs(row + 1, BESIDE, row + len(kinds), BESIDE + FIGURES + len(OPTIONS) - 1)
    book.define_name(name, f"={summary.SHEET}!{area}")
    return row + len(kinds) + 1


def _line(page: Worksheet, header: int, line: int, kind: str, styles: Styles) -> None:
    edge = TOTAL_EDGE if line == header + 1 else HAIRLINE
    bold: dict[str, Any] = {"bold": line == header + 1}
    for column in range(LABEL, FIRST):
        page.write_blank(line, column, None, styles.get("label", **edge))
    for column, place, look in ((LABEL, 0, "label"), (UNIT, UNIT - LABEL, "unit")):
        cell = xl_rowcol_to_cell(line, BESIDE + place)
        page.write_formula(line, column, f'=IF({cell}="","",{cell})', styles.get(look, **bold, **edge), "")
        page.write_blank(line, BESIDE + place, None, styles.get("stated", font_size=8))
    figures = xl_range_abs(line, BESIDE + FIGURES, line, BESIDE + FIGURES + len(OPTIONS) - 1)
    for number in range(len(OPTIONS)):
        page.write_blank(line, BESIDE + FIGURES + number, None, styles.get("stated", kind, font_size=8))
        head = xl_rowcol_to_cell(header, FIRST + number, row_abs=True)
        figure = f"INDEX({figures},1,MATCH({_nth(number)},{_order(header)},0))"
        text = f'=IF({head}="","",IF({figure}="","",{figure}))'
        page.write_formula(line, FIRST + number, text, styles.get("calc", kind, align="right", **bold), "")


def _order(header: int) -> str:
    """Return the cells that number the options compared; 0 where one is not."""
    return str(xl_range_abs(header, BESIDE + FIGURES, header, BESIDE + FIGURES + len(OPTIONS) - 1))


def _nth(number: int) -> str:
    """Write a whole number of a formula without typing it: the column of a cell."""
    return f"COLUMN({xl_col_to_name(number)}$1)"


def _only_used(page: Worksheet, header: int, last: int, styles: Styles) -> None:
    """Draw lines where an option stands, and leave the paper white elsewhere."""
    first, right = xl_rowcol_to_cell(header, FIRST, row_abs=True), FIRST + len(OPTIONS) - 1
    areas = ((header, header, "=", {"bg_color": "#FFFFFF"}), (header + 1, header + 1, "<>", TOTAL_EDGE))
    for top, bottom, sign, look in (*areas, (header + 2, last, "<>", HAIRLINE)):
        rule = {"type": "formula", "criteria": f'={first}{sign}""', "format": styles.book.add_format(look)}
        page.conditional_format(top, FIRST, bottom, right, rule)
