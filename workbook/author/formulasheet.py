"""Sheet Formulas of the analyst's workbook: worksheet functions at work on the inputs, to be copied into one's own."""

from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.styles import HAIRLINE, Styles

SHEET = "Formulas"
LABEL, VALUE, FORMULA = range(1, 4)
NOTE = FORMULA + 8  # a formula runs on over the columns before it
HEADER = 3
SPILL_COLUMNS = 19  # line, unit, years 0..15, total
FIGURE = "figure"

CELLS: tuple[tuple[str, str, str], ...] = (
    ("Own servers, total cost", "=TCO_ONPREM(Assumptions)", "present value over the horizon"),
    ("Rented GPUs, total cost", "=TCO_CLOUD(Assumptions)", ""),
    ("Token API, total cost", "=TCO_API(Assumptions)", ""),
    ("Seats, total cost", "=TCO_SEAT(Assumptions)", ""),
    ("Own servers, per user and month", '=TCO_ONPREM(Assumptions,"per_user_month")', "any measure by its id"),
    ("Own servers, per million tokens", '=TCO_ONPREM(Assumptions,"per_mtok")', ""),
    (
        "Power bill of all years",
        '=TCO_ONPREM(Assumptions,"power")',
        "any cost line by its id; for hundreds of figures the table below once, and INDEX: a sixtieth of the time",
    ),
    (
        "Own servers with twice the users",
        '=TCO_ONPREM(Assumptions,"tco","users",2*in_users)',
        "up to four pairs id, value replace an input",
    ),
    (
        "Own servers at a lower cost of capital",
        '=TCO_ONPREM(Assumptions,"tco","wacc",in_wacc/2)',
        "the workbook's own inputs stay as they are",
    ),
    ("GPUs in year 1", "=TCO_GPUS(Assumptions)", ""),
    ("Servers in year 1", "=TCO_NODES(Assumptions)", ""),
    ("IT power in year 1, kW", '=TCO_SIZING(Assumptions,"it_kw")', ""),
    (
        "Queries a day at which own servers beat the API",
        '=TCO_BREAKEVEN(Assumptions,"api","onprem","queries_per_user_day")',
        "where the order changes; #N/A where it never does",
    ),
    (
        "Months until own servers cost less than renting",
        '=TCO_PAYBACK_MONTHS(Assumptions,"onprem","cloud")',
        "cumulative cash, undiscounted",
    ),
    ("Memory of a GPU, GB", '=TCO_CATALOG("gpu",in_gpu,"mem_gb")', "any field of the catalogue, sheet Prices"),
    ("Weights of 70 billion parameters in 8 bit, GB", '=TCO_WEIGHTS_GB(70,"fp8")', ""),
    ("Engine", "=TCO_VERSION()", ""),
)
BARE = ("=TCO_FLOWS", "=TCO_MONTECARLO")  # tables without a row of headings
PAGE_BREAK = 3  # the table that begins the second page
TABLES: tuple[tuple[str, str, int, int], ...] = (  # title, formula, rows and columns that get a format
    ("The options side by side", "=TCO_COMPARE(Assumptions)", 5, 4),
    ("Cash of own servers by year, from year 0", '=TCO_FLOWS(Assumptions,"onprem")', 1, 16),
    ("Own servers by line and year", '=TCO_ONPREM(Assumptions,"table")', 19, SPILL_COLUMNS),
    (
        "Risk, as sheet Sensitivity asks: inputs with low and high vary",
        "=TCO_MONTECARLO(Assumptions,sel_Option,sel_Measure,sel_Runs,sel_Seed)",
        7,
        2,
    ),
    ("Every scenario side by side", '=TCO_SCENARIOS(Assumptions,Scenarios,"tco")', 6, 9),
    (
        "What moves it, as sheet Sensitivity asks",
        "=TCO_TORNADO(Assumptions,sel_Option,sel_Measure,sel_Swing)",
        24,
        6,
    ),
)


def write(book: Workbook, styles: Styles) -> None:
    """Write single values in a table, and below it the formulas that fill several cells."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(LABEL, LABEL, 44)
    page.set_column(VALUE, VALUE, 15)
    page.set_column(FORMULA, LABEL + SPILL_COLUMNS - 1, 10.5)
    page.set_row(0, 28)
    page.write_string(0, LABEL, "Formulas", styles.get("title"))
    page.write_string(
        1,
        LABEL,
        "Worksheet functions of llm-tco on the inputs of this workbook, in {{currency}} · they need the add-in to "
        "recalculate; without it they show the values of the last run",
        styles.get("subtitle"),
    )
    row = _values(page, styles)
    for number, (title, formula, rows, columns) in enumerate(TABLES):
        if number == PAGE_BREAK:
            page.set_h_pagebreaks([row + 1])
        row = _table(page, row + 1, title, formula, (rows, columns), styles)
    page.freeze_panes(HEADER + 1, VALUE)
    page.print_area(0, 0, row - 1, LABEL + SPILL_COLUMNS - 1)


def _values(page: Worksheet, styles: Styles) -> int:
    for column in range(LABEL, LABEL + SPILL_COLUMNS):
        page.write_blank(HEADER, column, None, styles.get("header"))
    page.write_string(HEADER, LABEL, "What", styles.get("header"))
    page.write_string(HEADER, VALUE, "Value", styles.get("header", align="right"))
    page.write_string(HEADER, FORMULA, "Formula", styles.get("header", indent=1))
    page.write_string(HEADER, NOTE, "Note", styles.get("header"))
    for row, (label, formula, note) in enumerate(CELLS, HEADER + 1):
        page.write_string(row, LABEL, label, styles.get("label", **HAIRLINE))
        page.write_string(row, FORMULA, formula, styles.get("unit", indent=1))
        page.write_formula(row, VALUE, formula, styles.get("result", FIGURE, align="right", **HAIRLINE), 0)
        page.write_string(row, NOTE, note, styles.get("note"))
    return HEADER + len(CELLS) + 1


def _table(page: Worksheet, row: int, title: str, formula: str, size: tuple[int, int], styles: Styles) -> int:
    page.set_row(row, 20)
    for column in range(LABEL, LABEL + SPILL_COLUMNS):
        page.write(row, column, title if column == LABEL else None, styles.get("section"))
    page.write_string(row + 1, LABEL, formula, styles.get("unit"))
    rows, columns = size
    top = row + 2
    for line in range(top, top + rows):
        heading: dict[str, Any] = {"bold": True, "bottom": 1} if line == top and not formula.startswith(BARE) else {}
        first = styles.get("label", FIGURE, align="left", **heading)
        figures = styles.get("calc", FIGURE, align="right", **heading)
        for column in range(LABEL, LABEL + columns):
            page.write_blank(line, column, None, first if column == LABEL else figures)
        if line == top:
            page.write_dynamic_array_formula(top, LABEL, top, LABEL, formula, first, 0)
    return top + rows
