"""Sheet ChartData: the figures behind the charts of the summary that stand on no other sheet."""

from typing import Any

from xlsxwriter.utility import xl_col_to_name

from workbook.author.costs import ONPREM, OPTIONS, Option
from workbook.author.grid import Model
from workbook.author.styles import Styles

SHEET = "ChartData"
GROUPS = {  # id of the group of cost lines: label in the legend
    "hardware": "Hardware and network",
    "capital": "Cost of capital",
    "energy": "Power and colocation",
    "licence": "Software licences",
    "usage": "Rental, tokens, seats",
    "staff": "Staff",
    "other": "Maintenance, set-up, other",
    "end": "Residual value and tax relief",
}
STACK_HEADER, GRID_HEADER = 4, 12
COMPARED = 2  # column C: is the option part of the comparison
FIRST = 3  # column D: the first figure
STEPS = 11


def write(book: Any, model: Model, styles: Styles) -> None:  # noqa: ANN401  XlsxWriter is untyped
    """Write both tables."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 30)
    page.set_column(2, FIRST + STEPS, 13)
    page.set_row(0, 28)
    page.write_string(0, 1, "Chart data", styles.get("title"))
    page.write_string(1, 1, "{{customer_label}} · figures behind the charts of the summary, in {{currency}}", styles.get("subtitle"))
    page.write_string(STACK_HEADER - 1, 1, "Parts of the TCO by option", styles.get("result", font_size=12))
    page.write_string(STACK_HEADER, 1, "Option", styles.get("header"))
    page.write_row(STACK_HEADER, COMPARED, ["Compared", *GROUPS.values(), "TCO"], styles.get("header", text_wrap=True, align="right"))
    page.set_row(STACK_HEADER, 30)
    for row, option in enumerate(OPTIONS, STACK_HEADER + 1):
        _stack(book, page, model, row, option, styles)
        _hideable(book, f"blk_rows_{option.id}_stack", row)
    _grid(book, page, model, styles)
    page.freeze_panes(3, 2)
    page.print_area(0, 0, GRID_HEADER + 1 + len(OPTIONS), FIRST + STEPS - 1)


def _hideable(book: Any, name: str, row: int) -> None:  # noqa: ANN401
    book.define_name(name, f"={SHEET}!$B${row + 1}:$B${row + 1}")


def _stack(book: Any, page: Any, model: Model, row: int, option: Option, styles: Styles) -> None:  # noqa: ANN401
    page.write_string(row, 1, option.label, styles.get("label"))
    wanted = f'=IF(ISNUMBER(SEARCH("{option.id}",in_options)),1,0)'
    page.write_formula(row, COMPARED, wanted, styles.get("calc", "flag"), 0)
    book.define_name(f"out_{option.id}_compared", f"={SHEET}!${xl_col_to_name(COMPARED)}${row + 1}")
    for column, group in enumerate(GROUPS, FIRST):
        keys = [f"{option.id}_{line.id}" for line in option.lines if line.group == group]
        if group == "capital" and option is ONPREM:
            keys = ["onprem_capital"]
        if keys:
            formula = "=" + "+".join(f"[{key}@G]" for key in keys)
            page.write_formula(row, column, model.resolve(formula), styles.get("link", "money"), 0)
        else:
            page.write_blank(row, column, None, styles.get("calc", "money"))
    total = FIRST + len(GROUPS)
    cells = f"{xl_col_to_name(FIRST)}{row + 1}:{xl_col_to_name(total - 1)}{row + 1}"
    page.write_formula(row, total, f"=SUM({cells})", styles.get("total", "money"), 0)


def _grid(book: Any, page: Any, model: Model, styles: Styles) -> None:  # noqa: ANN401
    """Cost per user and month over queries per user and day, from none to what the fleet can serve."""
    page.write_string(GRID_HEADER - 1, 1, "TCO per user and month against queries per user and working day",
                      styles.get("result", font_size=12))  # fmt: skip
    page.write_string(GRID_HEADER, 1, "Queries per user and day", styles.get("header"))
    page.write_string(GRID_HEADER, COMPARED, "At most", styles.get("header", align="right"))
    header = styles.get("header", "input_price", align="right")
    most = f"$C${GRID_HEADER + 2}"
    for column in range(FIRST, FIRST + STEPS):
        before = xl_col_to_name(column - 1)
        formula = f"=0*{most}" if column == FIRST else f"={before}{GRID_HEADER + 1}+{most}/k_steps"
        page.write_formula(GRID_HEADER, column, formula, header, 0)
    # own and rented GPUs cost the same up to their capacity: the axis ends there, or at twice the need when unknown
    page.write_string(GRID_HEADER + 1, 1, "End of the axis: capacity of the fleet", styles.get("note"))
    usage = f"MAX({model.years('utilisation')})"
    page.write_formula(
        GRID_HEADER + 1, COMPARED, f"=in_queries_per_user_day*IF({usage}>0,1/{usage},1+1)", styles.get("calc", "number"), 0
    )
    for row, option in enumerate(OPTIONS, GRID_HEADER + 2):
        page.write_string(row, 1, option.label, styles.get("label"))
        fixed, variable = f"out_{option.id}_per_user_month", "0"
        if option.id == "api":  # only token bills grow with the queries; tax relief grows with them
            part = f"({model.cell('api_tokens', 6)}*(1-in_tax_rate)/{model.cell('u_user_months', 5)})"
            slope = f"IF(in_queries_per_user_day>0,{part}/in_queries_per_user_day,0)"  # seats alone ask for no queries
            fixed, variable = f"out_api_per_user_month-{part}", slope
        for column in range(FIRST, FIRST + STEPS):
            queries = f"{xl_col_to_name(column)}${GRID_HEADER + 1}"
            formula = f"={fixed}" if variable == "0" else f"={fixed}+{variable}*{queries}"
            page.write_formula(row, column, formula, styles.get("calc", "price"), 0)
        _hideable(book, f"blk_rows_{option.id}_grid", row)
