"""Sheet ChartData: the figures behind the charts of the summary that stand on no other sheet."""

from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.grid import EXTRA, TOTAL, YEAR_0, Model
from workbook.author.options import OPTIONS, Option
from workbook.author.styles import Styles

SHEET = "ChartData"
BY_QUERIES = tuple(option for option in OPTIONS if option.id != "hybrid")
"""Options whose cost per user is known at any number of queries: the split of a hybrid changes with the load."""
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
STACK_HEADER = 4
GRID_HEADER = STACK_HEADER + len(OPTIONS) + 4
COMPARED = 2  # column C: is the option part of the comparison
FIRST = 3  # column D: the first figure
STEPS = 11
CROSSING = GRID_HEADER + 4 + len(BY_QUERIES)
MEETING = CROSSING + 7


def write(book: Workbook, model: Model, styles: Styles, *, computed_only: bool = False) -> None:
    """Write both tables.

    With `computed_only` an option takes part once the engine has computed it: in a live workbook one whose price nobody
    knows would otherwise look cheap.
    """
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 30)
    page.set_column(2, FIRST + STEPS, 14)
    page.set_row(0, 28)
    page.write_string(0, 1, "Chart data", styles.get("title"))
    page.write_string(
        1, 1, "{{customer_label}} · figures behind the charts of the summary, in {{currency}}", styles.get("subtitle")
    )
    page.write_string(STACK_HEADER - 1, 1, "Parts of the TCO by option", styles.get("result", font_size=12))
    page.write_string(STACK_HEADER, 1, "Option", styles.get("header"))
    page.write_row(
        STACK_HEADER,
        COMPARED,
        ["Compared", *GROUPS.values(), "TCO"],
        styles.get("header", text_wrap=True, align="right"),
    )
    page.set_row(STACK_HEADER, 30)
    ids = FIRST + len(GROUPS) + 1
    page.write_string(STACK_HEADER, ids, "Id", styles.get("header", indent=1))
    for name, column in (("lst_option_ids", ids), ("lst_option_labels", 1)):
        cells = xl_range_abs(STACK_HEADER + 1, column, STACK_HEADER + len(OPTIONS), column)
        book.define_name(name, f"={SHEET}!{cells}")
    for row, option in enumerate(OPTIONS, STACK_HEADER + 1):
        page.write_string(row, ids, option.id, styles.get("unit", font_size=9, indent=1))
        _stack(book, page, model, row, option, styles, computed_only=computed_only)
        _hideable(book, f"blk_rows_{option.id}_stack", row)
    _grid(book, page, model, styles)
    page.freeze_panes(3, 2)
    _meeting(page, styles)
    page.print_area(0, 0, MEETING + 3, FIRST + STEPS - 1)


def stack_row(option: Option) -> int:
    """Return the row of an option in the parts of the TCO, as Excel counts."""
    return STACK_HEADER + 2 + OPTIONS.index(option)


def _hideable(book: Workbook, name: str, row: int) -> None:
    book.define_name(name, f"={SHEET}!$B${row + 1}:$B${row + 1}")


def _stack(
    book: Workbook,
    page: Worksheet,
    model: Model,
    row: int,
    option: Option,
    styles: Styles,
    *,
    computed_only: bool,
) -> None:
    page.write_string(row, 1, option.label, styles.get("label"))
    asked = f'ISNUMBER(SEARCH("{option.id}",in_options))'
    computed = f'AND({asked},out_engine_{option.id}_tco<>"")' if computed_only else asked
    wanted = f"=IF({computed},1,0)"
    page.write_formula(row, COMPARED, wanted, styles.get("calc", "flag"), 0)
    book.define_name(f"out_{option.id}_compared", f"={SHEET}!${xl_col_to_name(COMPARED)}${row + 1}")
    for column, group in enumerate(GROUPS, FIRST):
        keys = [f"{option.id}_{line.id}" for line in option.lines if line.group == group]
        if group == "capital" and option.charged:
            keys = [f"{option.id}_capital"]
        if keys:
            formula = "=" + "+".join(f"[{key}@G]" for key in keys)
            page.write_formula(row, column, model.resolve(formula), styles.get("link", "money"), 0)
        else:
            page.write_blank(row, column, None, styles.get("calc", "money"))
    total = FIRST + len(GROUPS)
    cells = f"{xl_col_to_name(FIRST)}{row + 1}:{xl_col_to_name(total - 1)}{row + 1}"
    page.write_formula(row, total, f"=SUM({cells})", styles.get("total", "money"), 0)


def _grid(book: Workbook, page: Worksheet, model: Model, styles: Styles) -> None:
    """Cost per user and month over queries per user and day, from none to what the fleet can serve."""
    page.write_string(
        GRID_HEADER - 1,
        1,
        "TCO per user and month against queries per user and working day",
        styles.get("result", font_size=12),
    )
    page.write_string(GRID_HEADER, 1, "Queries per user and day", styles.get("header"))
    page.write_string(GRID_HEADER, COMPARED, "At most", styles.get("header", align="right"))
    header = styles.get("header", "input_price", align="right")
    most = f"$C${GRID_HEADER + 2}"
    for column in range(FIRST, FIRST + STEPS):
        before = xl_col_to_name(column - 1)
        formula = f"=0*{most}" if column == FIRST else f"={before}{GRID_HEADER + 1}+{most}/k_steps"
        page.write_formula(GRID_HEADER, column, formula, header, 0)
    # own and rented GPUs cost the same up to what the sizing rule lets them serve, spares and reserve apart: the axis
    # ends there, or at twice the need when that is unknown
    page.write_string(GRID_HEADER + 1, 1, "End of the axis: planned load of the fleet", styles.get("note"))
    # the largest use in any year of the replicas that are no spares; 1 where there are none: nothing divides by 0
    spare, replicas = "in_spare_replicas", "blk_replicas"
    serving = f"({replicas}-{spare}+({replicas}<={spare})*({spare}-{replicas}+1))"
    use = f"SUMPRODUCT(MAX({model.years('utilisation', YEAR_0 + 1)}*{replicas}/{serving}))"
    page.write_formula(
        GRID_HEADER + 1,
        COMPARED,
        f"=in_queries_per_user_day*IF({use}>0,MAX(1,in_target_utilisation/{use}),1+1)",
        styles.get("calc", "number"),
        0,
    )
    for row, option in enumerate(BY_QUERIES, GRID_HEADER + 2):
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
        if option.id != "api":
            own = f'=IF(out_{option.id}_compared=1,{fixed},"")'
            page.write_formula(row, COMPARED, own, styles.get("calc", "price"), 0)
        _hideable(book, f"blk_rows_{option.id}_grid", row)
    _crossing(book, page, model, styles)


def _crossing(book: Workbook, page: Worksheet, model: Model, styles: Styles) -> None:
    """Where the token API costs as much as the cheapest option whose cost does not follow the queries."""
    first, last = GRID_HEADER + 3, GRID_HEADER + 2 + len(BY_QUERIES)
    costs, labels = f"$C${first}:$C${last}", f"$B${first}:$B${last}"
    slope, top = _api_slope(model), CROSSING
    flat = f"$C${top + 3}"
    applies = f"AND(out_api_compared=1,COUNT({costs})>0,{model.cell('api_tokens', EXTRA)}>0)"
    usage, end = f"MAX({model.years('utilisation')})", f"$C${GRID_HEADER + 2}"
    page.write_string(
        top, 1, "Where the token API crosses the cheapest of the others", styles.get("result", font_size=12)
    )
    rows = (
        (
            "Cheapest of the others",
            f'=IF(COUNT({costs})>0,INDEX({labels},MATCH(MIN({costs}),{costs},0)),"")',
            "",
            "out_text_crossing",
        ),
        ("Its cost per user and month", f"=IF(COUNT({costs})>0,MIN({costs}),0)", "price", ""),
        (
            "Queries per user and day at the crossing",
            f"=IF({applies},({flat}-out_api_per_user_month)/({slope})+in_queries_per_user_day,0)",
            "number",
            "",
        ),
        (
            "The same, if this fleet serves so many",
            f"=IF(OR({usage}=0,$C${top + 4}<={end}),$C${top + 4},0)",
            "number",
            "out_crossing_queries",
        ),
    )
    for row, (label, formula, kind, name) in enumerate(rows, top + 1):
        page.write_string(row, 1, label, styles.get("label"))
        page.write_formula(row, 2, formula, styles.get("calc", kind, align="right"), 0 if kind else "")
        if name:
            book.define_name(name, f"={SHEET}!$C${row + 1}")


def _meeting(page: Worksheet, styles: Styles) -> None:
    """Point of the chart of cumulative cash; where the two never meet, the end of the cheapest line."""
    page.write_string(
        MEETING, 1, "Where the cheapest option falls below the next best in cash", styles.get("result", font_size=12)
    )
    end = "INDEX(out_first_cash,in_horizon+1)"
    rows = (
        ("Year", '=IF(out_meeting_year="",in_horizon,out_meeting_year)', "number"),
        ("Cumulative cash", f'=IF(out_meeting_year="",{end},out_meeting_cash)', "money"),
        (
            "Legend",
            (
                '=IF(out_meeting_year="","No break-even within the horizon",'
                '"Break-even in year "&TEXT(out_meeting_year,"0.0"))'
            ),
            "",
        ),
    )
    for row, (label, formula, kind) in enumerate(rows, MEETING + 1):
        page.write_string(row, 1, label, styles.get("label"))
        look = styles.get("calc", kind, align="right" if kind else "left")  # the legend runs on into empty cells
        page.write_formula(row, 2, formula, look, 0 if kind else "")


def _api_slope(model: Model) -> str:
    """Cost per user and month of one query a day; tax relief grows with the token bill."""
    bill, months = model.cell("api_tokens", EXTRA), model.cell("u_user_months", TOTAL)
    return f"{bill}*(1-in_tax_rate)/{months}/in_queries_per_user_day"
