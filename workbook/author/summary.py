"""Sheet Summary: the recommendation, three numbers, the options side by side and three charts on one page."""

from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import chartdata
from workbook.author.costs import OPTIONS
from workbook.author.grid import HEADER, YEAR_0, YEAR_15, Model
from workbook.author.styles import BAD_INK, FONT, GREY_INK, LINK_INK, NAVY, OPTION_COLOURS, RULE, SERIES_COLOURS, Styles

SHEET = "Summary"
COLUMNS, WIDTH = 12, 18  # columns B..M
YEARS = 'IF(in_horizon=1," year"," years")'
TABLE = 9  # header row of the options, 0-based
LIST = range(TABLE + 2, TABLE + 2 + len(OPTIONS))  # rows of the options as Excel counts
TEXTS = TABLE + len(OPTIONS) + 2
LAST = TEXTS + 38
LIGHT = '=IF(chk_all=1,"✓ All checks pass: workbook and engine agree","✗ Checks fail: see sheet Checks")'


def write(book: Workbook, model: Model, styles: Styles, light: str = LIGHT) -> None:
    """Write the page; `light` is the formula of its overall light."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(1, COLUMNS, WIDTH)
    page.set_column(COLUMNS + 1, COLUMNS + 1, 1.5)
    page.set_row(0, 28)
    page.write_string(0, 1, "Executive summary", styles.get("title"))
    page.write_string(
        1,
        1,
        "{{customer_label}} · {{proposal_date}} · amounts in {{currency}} · {{tax_basis}} · prices as of "
        "{{prices_as_of}}",
        styles.get("subtitle"),
    )
    _recommendation(book, page, styles)
    _tiles(page, styles)
    _table(book, page, styles)
    _charts(book, page, model)
    _what_changes(page, model, styles, light)
    page.print_area(0, 0, LAST, COLUMNS + 1)


def _figures(column: str) -> str:
    return f"${column}${LIST[0]}:${column}${LIST[-1]}"


def _name_of(rank: str) -> str:
    """Return the label of the option of this rank (column L holds the ranks)."""
    return f"INDEX({_figures('B')},MATCH({rank},{_figures('L')},0))"


def _value_of(rank: str, column: str) -> str:
    return f"INDEX({_figures(column)},MATCH({rank},{_figures('L')},0))"


def _recommendation(book: Workbook, page: Worksheet, styles: Styles) -> None:
    money, several = '"#,##0"', f"COUNT({_figures('L')})>1"
    other = _value_of("1+1", "D")
    saving = f"IF({other}=0,0,1-{_value_of('1', 'D')}/{other})"
    best, next_best = (f"TEXT({_value_of(rank, 'D')},{money})" for rank in ("1", "1+1"))
    text = (
        f'="Lowest cost: "&{_name_of("1")}&", "&{best}&" "&in_currency&" over "&in_horizon&{YEARS}'
        f'&IF({several},", "&TEXT({saving},"0%")&" less than "&{_name_of("1+1")}&" ("&{next_best}&").",".")'
    )
    page.set_row(3, 34)
    page.merge_range(3, 1, 3, COLUMNS, "", styles.get("lead"))
    page.write_formula(3, 1, text, styles.get("lead"), "")
    book.define_name("out_text_recommendation", f"={SHEET}!$B$4")


def _tiles(page: Worksheet, styles: Styles) -> None:
    several = f"COUNT({_figures('L')})>1"
    tiles = (
        (
            "Total cost of ownership",
            f"={_value_of('1', 'D')}",
            "money",
            f'={_name_of("1")}&", "&in_currency&" over "&in_horizon&{YEARS}',
        ),
        ("Per user and month", f"={_value_of('1', 'F')}", "price", '=in_currency&", all costs included"'),
        (
            "Saving against the next best",
            f"=IF({several},{_value_of('1+1', 'D')}-{_value_of('1', 'D')},0)",
            "money",
            f'=IF({several},"against "&{_name_of("1+1")}&", in "&in_currency,"no other option compared")',
        ),
    )
    for row, height in ((4, 18), (5, 34), (6, 18)):
        page.set_row(row, height)
    for tile, (label, value, kind, note) in enumerate(tiles):
        first = 1 + tile * 4
        edge: dict[str, Any] = {"left": 5, "left_color": OPTION_COLOURS["cloud"]}
        looks = (
            styles.get("tile_label", **edge),
            styles.get("tile_value", kind, **edge),
            styles.get("tile_note", **edge),
        )
        for row, look in enumerate(looks, 4):
            page.merge_range(row, first, row, first + 3, "", look)
        page.write_string(4, first, label, looks[0])
        page.write_formula(5, first, value, looks[1], 0)
        page.write_formula(6, first, note, looks[2], "")


def _table(book: Workbook, page: Worksheet, styles: Styles) -> None:
    header, right = styles.get("header", text_wrap=True), styles.get("header", text_wrap=True, align="right")
    page.set_row(TABLE - 1, 8)
    page.set_row(TABLE, 30)
    page.merge_range(TABLE, 1, TABLE, 2, "Option", header)
    page.merge_range(TABLE, 3, TABLE, 4, "Total cost of ownership", right)
    heads = {
        5: "Per user and month",
        6: "Per query",
        7: "Purchases and set-up",
        8: "Running costs",
        9: "Residual value and tax",
        10: "Against cheapest",
        11: "Rank",
        12: "Checked",
    }
    for column, text in heads.items():
        page.write_string(TABLE, column, text, right)
    for row, option in enumerate(OPTIONS, TABLE + 1):
        _option(page, row, option.id, option.label, styles)
        book.define_name(f"blk_rows_{option.id}_summary", f"={SHEET}!$B${row + 1}:$B${row + 1}")


def _option(page: Worksheet, row: int, o: str, label: str, styles: Styles) -> None:
    number = row + 1
    page.merge_range(row, 1, row, 2, label, styles.get("cell", bold=True, font_size=11, font_color=OPTION_COLOURS[o]))
    page.merge_range(row, 3, row, 4, "", styles.get("cell", "money", font_size=11))
    cheapest = f"MIN({_figures('D')})"
    cells = {
        3: (f'=IF(out_{o}_compared=1,out_{o}_tco,"")', "money"),
        5: (f"=out_{o}_per_user_month", "price"),
        6: (f"=out_{o}_per_query", "fine"),
        7: (f"=out_{o}_capex", "money"),
        8: (f"=out_{o}_opex", "money"),
        9: (f"=out_{o}_total-out_{o}_capex-out_{o}_opex", "money"),
        10: (f'=IF(out_{o}_compared=1,IF({cheapest}=0,"",$D{number}/{cheapest}),"")', "ratio"),
        11: (
            # comparisons of numbers: a criterion "<"&D14 would be a text of 15 digits, and rank some values wrongly
            (
                f"=IF(out_{o}_compared=1,SUMPRODUCT(({_figures('D')}<$D{number})*1)"
                f'+SUMPRODUCT(($D${LIST[0]}:$D{number}=$D{number})*1),"")'
            ),
            "whole",
        ),
        12: (f'=IF(AND(chk_{o}_tco=1,chk_{o}_lines=1),"✓","✗")', ""),
    }
    for column, (formula, kind) in cells.items():
        look = styles.get("cell", kind, font_size=11) if kind else styles.get("cell", align="right", font_size=11)
        page.write_formula(row, column, formula, look, 0 if kind else "")


def _what_changes(page: Worksheet, model: Model, styles: Styles, light_formula: str) -> None:
    row, first = TEXTS + 20, 7
    texts = (_queries_text(), _capacity_text(model), _finance_text(), _warnings_text())
    page.merge_range(row, first, row, COLUMNS, "What would change our mind", styles.get("section"))
    for offset, text in enumerate(texts):
        top = row + 2 + offset * 3
        look = styles.get("body", font_size=11)
        page.merge_range(top, first, top + 2, COLUMNS, "", look)
        page.write_formula(top, first, text, look, "")
    light = row + 2 + len(texts) * 3
    page.merge_range(light, first, light, COLUMNS, "", styles.get("light"))
    page.write_formula(light, first, light_formula, styles.get("light"), "")
    for value, colour in ((0, BAD_INK), (1, LINK_INK)):
        page.conditional_format(
            light,
            first,
            light,
            COLUMNS,
            {
                "type": "formula",
                "criteria": f"=chk_all={value}",
                "format": styles.book.add_format({"font_color": colour}),
            },
        )


def _queries_text() -> str:
    crossing, planned = (f'TEXT({name},"#,##0.0")' for name in ("out_crossing_queries", "in_queries_per_user_day"))
    return (
        '=IF(out_api_compared=0,"No cost compared here grows with every query.",'
        f'IF(out_crossing_queries>0,"For this fleet: the token API costs less than "&out_text_crossing'
        f'&" below "&{crossing}'
        f'&" queries per user and day; "&{planned}&" are planned.",'
        '"The order of the options does not change with the number of queries."))'
    )


def _capacity_text(model: Model) -> str:
    most = f"MAX({model.years('utilisation')})"
    return (
        '=IF(out_onprem_compared+out_cloud_compared=0,"No fleet of GPUs is compared.",'
        f'IF(COUNT({model.years("capacity")})=0,"The capacity of the fleet is not stated.",'
        'IF(chk_served=0,"The fleet holds no copy of the model: it serves nothing.",'
        f'"At the peak "&TEXT({most},"0%")&" of the capacity is used; beyond 100% the fleet has to grow.")))'
    )


def _finance_text() -> str:
    return (
        f'="Cost of capital "&TEXT(in_wacc,"0.0%")&", horizon "&in_horizon&{YEARS}&", capital treated by mode "'
        '&in_capital_mode&", "&IF(in_tax_rate+in_depreciation_benefit>0,"after tax.","before tax.")'
    )


def _warnings_text() -> str:
    count = 'COUNTIF(blk_warnings,"?*")'
    return f'=IF({count}>0,{count}&IF({count}=1," warning"," warnings")&": see sheet Checks.","No warnings.")'


def _charts(book: Workbook, page: Worksheet, model: Model) -> None:
    charts = (
        (_stack(book), TEXTS, 1, "Stacked columns: the parts of the total cost of ownership of each option"),
        (_cumulative(book, model), TEXTS, 7, "Lines: cumulative undiscounted cash of each option by year"),
        (_queries(book), TEXTS + 19, 1, "Lines: cost per user and month of each option by queries per user and day"),
    )
    for chart, row, column, description in charts:
        chart.set_size({"width": 778, "height": 372})
        # anchored to cells at both ends, so that it stays on the page whatever the width of a character is
        page.insert_chart(
            row, column, chart, {"object_position": 1, "x_offset": 4, "y_offset": 4, "description": description}
        )


def _style(chart: Chart, title: str, x: str = "", x_format: str = "", y_format: str = "#,##0") -> Chart:
    font = {"name": FONT, "size": 9, "color": GREY_INK}
    chart.set_title(
        {
            "name": title,
            "name_font": {"name": FONT, "size": 11, "bold": True, "color": NAVY},
            "overlay": False,
            "layout": {"x": 0.02, "y": 0.03},
        }
    )
    axis: dict[str, Any] = {"num_font": font, "line": {"color": RULE}, "major_tick_mark": "none"}
    chart.set_x_axis(
        axis
        | ({"name": x, "name_font": font | {"bold": False}} if x else {})
        | ({"num_format": x_format} if x_format else {})
        | {"label_position": "low"}
    )
    chart.set_y_axis(
        axis
        | {
            "num_format": y_format,
            "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
            "line": {"none": True},
        }
    )
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _stack(book: Workbook) -> Chart:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    first, last = chartdata.STACK_HEADER + 1, chartdata.STACK_HEADER + len(OPTIONS)
    for position, colour in enumerate(SERIES_COLOURS):
        column = chartdata.FIRST + position
        chart.add_series(
            {
                "name": [chartdata.SHEET, chartdata.STACK_HEADER, column],
                "categories": [chartdata.SHEET, first, 1, last, 1],
                "values": [chartdata.SHEET, first, column, last, column],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    return _style(chart, "Total cost of ownership by part")


def _lines(book: Workbook, rows: dict[str, tuple[str, int]], first: int, last: int, header: tuple[str, int]) -> Chart:
    chart = book.add_chart({"type": "line"})
    for option, (sheet, row) in rows.items():
        chart.add_series(
            {
                "name": next(o.label for o in OPTIONS if o.id == option),
                "categories": [header[0], header[1], first, header[1], last],
                "values": [sheet, row, first, row, last],
                "line": {"color": OPTION_COLOURS[option], "width": 2.25},
            }
        )
    return chart


def _cumulative(book: Workbook, model: Model) -> Chart:
    rows = {o.id: ("CashFlow", model.home["onprem_cumulative"].rows[f"{o.id}_cumulative"]) for o in OPTIONS}
    return _style(
        _lines(book, rows, YEAR_0, YEAR_15, ("CashFlow", HEADER)), "Cumulative cash, undiscounted", "", '"Year "0'
    )


def _queries(book: Workbook) -> Chart:
    rows = {o.id: (chartdata.SHEET, chartdata.GRID_HEADER + 2 + i) for i, o in enumerate(OPTIONS)}
    last = chartdata.FIRST + chartdata.STEPS - 1
    chart = _lines(book, rows, chartdata.FIRST, last, (chartdata.SHEET, chartdata.GRID_HEADER))
    return _style(
        chart, "TCO per user and month by queries per user and day", "queries per user and working day", "0.0"
    )
