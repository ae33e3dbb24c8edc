"""The table of flip points: the inputs that turn the recommendation, and the values at which they do."""

from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.stated import write_section
from workbook.author.styles import HAIRLINE, Styles

ROWS = 10
LABEL, UNIT, PLANNED, FLIP, CHANGE, THEN = range(1, 7)  # columns B..G
HEADERS = ("Input", "Unit", "Planned", "Break-even", "Change", "Then cheapest")


def write_flips(
    book: Workbook, page: Worksheet, sheet: str, row: int, stated_at: int, columns: int, styles: Styles
) -> int:
    """Write the break-even points between the cheapest option and the next best; name blk_flips.

    Parameters
    ----------
    row : int
        Row of the heading, 0-based.
    stated_at : int
        First column of the block that the engine fills beside the printed page: id, value, value at the flip.
    columns : int
        Width of the page.

    Returns
    -------
    int
        The row after it.
    """
    text = "Where the next best option becomes the cheapest: break-even points, nearest first, all else as planned"
    write_section(page, row, text, columns, styles)
    write_header(page, row + 1, HEADERS, styles)
    next_best = "INDEX(lst_option_labels,MATCH(1+1,lst_option_ranks,0))"
    figure = styles.get("calc", "figure", align="right", shrink=True, **HAIRLINE)
    change = styles.get("calc", "change", align="right", **HAIRLINE)
    then = styles.get("calc", align="right", shrink=True, **HAIRLINE)
    first, last = row + 2, row + 1 + ROWS
    for line in range(first, last + 1):
        id_, planned, flip = (xl_rowcol_to_cell(line, stated_at + i, col_abs=True) for i in range(3))
        page.write_formula(line, LABEL, of_input(id_, "lst_inputs"), styles.get("label", **HAIRLINE), "")
        unit = styles.get("unit", shrink=True, **HAIRLINE)
        page.write_formula(line, UNIT, of_input(id_, "lst_input_units"), unit, "")
        shown = ((PLANNED, planned, figure), (FLIP, flip, figure), (CHANGE, f"{flip}/{planned}-1", change))
        for column, formula, look in (*shown, (THEN, next_best, then)):
            page.write_formula(line, column, f'=IF({id_}="","",{formula})', look, "")
        for column in range(stated_at, stated_at + 3):
            page.write_blank(line, column, None, styles.get("stated", "figure", font_size=8))
    book.define_name("blk_flips", f"={sheet}!{xl_range_abs(first, stated_at, last, stated_at + 2)}")
    none = "No input changes the order between a hundredth and a hundred times its value."
    empty = xl_rowcol_to_cell(first, stated_at, col_abs=True)
    page.write_formula(last + 1, LABEL, f'=IF({empty}="","{none}","")', styles.get("note"), "")
    return last + 2


def write_header(page: Worksheet, row: int, texts: tuple[str, ...], styles: Styles) -> None:
    """Write the headings of a table of inputs."""
    page.set_row(row, 30)
    for column, text in enumerate(texts, LABEL):
        look: dict[str, Any] = {} if column in {LABEL, UNIT} else {"align": "right"}
        page.write_string(row, column, text, styles.get("header", text_wrap=True, **look))


def of_input(cell: str, names: str) -> str:
    """Return a formula for what the sheet of inputs says of the input whose id stands in a cell."""
    return f'=IF({cell}="","",INDEX({names},MATCH({cell},lst_input_ids,0)))'
