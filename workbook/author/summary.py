"""Sheet Summary: the recommendation, three numbers, the options side by side and three charts on one page."""

from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import chartdata, marks
from workbook.author.grid import CONSTANT, LAST_YEAR, YEAR_0, YEAR_15, Model
from workbook.author.options import OPTIONS
from workbook.author.styles import AMBER, BAD_INK, LINK_INK, OPTION_COLOURS, SERIES_COLOURS, SLATE, TEAL, Styles

SHEET = "Summary"
COLUMNS, WIDTH = 12, 18  # columns B..M
YEARS = 'IF(in_horizon=1," year"," years")'
TABLE = 9  # header row of the options, 0-based
LIST = range(TABLE + 2, TABLE + 2 + len(OPTIONS))  # rows of the options as Excel counts
TEXTS = TABLE + len(OPTIONS) + 2
LAST = TEXTS + 38
LIGHT = (
    '=IF(chk_all=0,"✗ Checks fail: see sheet Checks",IF(out_inputs_changed>0,'
    '"● Inputs have been changed since the figures of the engine were stated",'
    '"✓ All checks pass: workbook and engine agree"))'
)


def write(book: Workbook, model: Model, styles: Styles, light: str = LIGHT, *, stated: bool = False) -> None:
    """Write the page.

    Parameters
    ----------
    light : str
        Formula of its overall light.
    stated : bool
        Whether the sheets Questions and Sensitivity are there, whose figures the sentences then take up.
    """
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
    _charts(book, page, model, styles)
    _what_changes(page, model, styles, light, stated=stated)
    page.print_area(0, 0, LAST, COLUMNS + 1)


def _figures(column: str) -> str:
    return f"${column}${LIST[0]}:${column}${LIST[-1]}"


def _name_of(rank: str) -> str:
    """Return the label of the option of this rank (column L holds the ranks)."""
    return f"INDEX({_figures('B')},MATCH({rank},{_figures('L')},0))"


def _value_of(rank: str, column: str) -> str:
    return f"INDEX({_figures(column)},MATCH({rank},{_figures('L')},0))"


def _saving() -> str:
    """Return what the cheapest option costs less than the next best, as a share; a tie is at most k_guard."""
    other = _value_of("1+1", "D")
    return f"IF({other}=0,0,1-{_value_of('1', 'D')}/{other})"


def _recommendation(book: Workbook, page: Worksheet, styles: Styles) -> None:
    money, several = '"#,##0"', f"COUNT({_figures('L')})>1"
    saving = _saving()
    best, next_best = (f"TEXT({_value_of(rank, 'D')},{money})" for rank in ("1", "1+1"))
    text = (
        f'="Lowest cost: "&{_name_of("1")}&", "&{best}&" "&in_currency&" over "&in_horizon&{YEARS}'
        f'&IF({several},IF({saving}<=k_guard,", as much as "&{_name_of("1+1")}&".",", "&TEXT({saving},"0.0%")'
        f'&" less than "&{_name_of("1+1")}&" ("&{next_best}&")."),".")'
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
        edge: dict[str, Any] = {"left": 5, "left_color": TEAL}
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
        book.define_name(f"out_{option.id}_rank", f"={SHEET}!$L${row + 1}")
    book.define_name("lst_option_ranks", f"={SHEET}!{_figures('L')}")


def _option(page: Worksheet, row: int, o: str, label: str, styles: Styles) -> None:
    number = row + 1
    page.merge_range(
        row, 1, row, 2, label, styles.get("cell", bold=True, font_size=11, font_color=OPTION_COLOURS.get(o, SLATE))
    )
    page.merge_range(row, 3, row, 4, "", styles.get("cell", "money", font_size=11))
    cheapest, before = f"MIN({_figures('D')})", f"$D${LIST[0]}:$D{number}"
    cells = {
        3: (f'=IF(out_{o}_compared=1,out_{o}_tco,"")', "money"),
        5: (f"=out_{o}_per_user_month", "price"),
        6: (f"=out_{o}_per_query", "fine"),
        7: (f"=out_{o}_capex", "money"),
        8: (f"=out_{o}_opex", "money"),
        9: (f"=out_{o}_total-out_{o}_capex-out_{o}_opex", "money"),
        10: (f'=IF(out_{o}_compared=1,IF({cheapest}=0,"",$D{number}/{cheapest}),"")', "ratio"),
        11: (
            # comparisons of numbers: a criterion "<"&D14 would be a text of 15 digits, and rank some values wrongly;
            # of options that differ by rounding alone the first in the list is the better
            (
                f"=IF(out_{o}_compared=1,SUMPRODUCT(({_figures('D')}<$D{number}*(1-k_guard))*1)"
                f"+SUMPRODUCT(({before}>=$D{number}*(1-k_guard))*({before}<=$D{number}*(1+k_guard))),"
                '"")'
            ),
            "whole",
        ),
        12: (f'=IF(AND(chk_{o}_tco=1,chk_{o}_lines=1),"✓","✗")', ""),
    }
    for column, (formula, kind) in cells.items():
        look = styles.get("cell", kind, font_size=11) if kind else styles.get("cell", align="right", font_size=11)
        page.write_formula(row, column, formula, look, 0 if kind else "")


def _what_changes(page: Worksheet, model: Model, styles: Styles, light_formula: str, *, stated: bool) -> None:
    row, first = TEXTS + 20, 7
    texts = [_capacity_text(model), _finance_text(), _warnings_text()]
    texts = [*_stated_texts(model), *texts] if stated else [_queries_text(), *texts]
    page.merge_range(row, first, row, COLUMNS, "What would change our mind", styles.get("section"))
    for offset, text in enumerate(texts):
        top = row + 1 + offset * 2
        look = styles.get("body", font_size=10, valign="vcenter")
        page.merge_range(top, first, top + 1, COLUMNS, "", look)
        page.write_formula(top, first, text, look, "")
    light = row + 2 + len(texts) * 2
    page.merge_range(light, first, light, COLUMNS, "", styles.get("light"))
    page.write_formula(light, first, light_formula, styles.get("light"), "")
    states = {
        "=chk_all=0": BAD_INK,
        "=AND(chk_all=1,out_inputs_changed>0)": AMBER,
        "=AND(chk_all=1,out_inputs_changed=0)": LINK_INK,
    }
    for criteria, colour in states.items():
        look = styles.book.add_format({"font_color": colour})
        page.conditional_format(light, first, light, COLUMNS, {"type": "formula", "criteria": criteria, "format": look})


def _of(block: str, column: int) -> str:
    """Return a cell of the first row of a block."""
    return f"INDEX({block},1,{'+'.join('1' * column)})"


def _label(cell: str) -> str:
    return f"INDEX(lst_option_labels,MATCH({cell},lst_option_ids,0))"


def _flip_text() -> str:
    """Name the nearest flip point."""
    id_, value, flip = (_of("blk_flips", column) for column in (1, 2, 3))
    name = f"INDEX(lst_inputs,MATCH({id_},lst_input_ids,0))"
    return (
        f'=IF(COUNT({_figures("L")})<=1,"One option alone is compared: no input can change the order.",'
        f'IF({id_}="","No single input between a hundredth and a hundred times its value changes the order of the two '
        f'cheapest options.","Nearest flip point: "&{name}&" at "&TEXT({flip},"#,##0.00")&" instead of "'
        f'&TEXT({value},"#,##0.00")&"; beyond it the cheaper option is "&{_name_of("1+1")}&"."))'
    )


def _tokens_text(model: Model) -> str:
    level, rival = "out_stated_api_level", _of("blk_token_prices", 1)
    provider_alone = f'AND({rival}="hybrid",in_hybrid_peak="api",{model.cell("h_own", CONSTANT)}=0)'
    return (
        '=IF(out_api_compared=0,"No token API is compared.",'
        f'IF({provider_alone},"Beside the token API it is best to own no server at all.",'
        f'IF({level}="","No level of token prices makes the token API cost as much as the best of the others.",'
        f'"Token prices at "&TEXT({level},"0%")&" of those assumed make the token API cost as much as "'
        f'&{_label(rival)}&".")))'
    )


def _demand_text() -> str:
    half, twice = (_of("blk_stress_winners", column) for column in (2, 4))
    return (
        f'=IF(OR({half}="",{twice}=""),"Half or twice the demand has no result.",'
        f'"Cheapest with half the demand and the size kept: "&{_label(half)}&"; with twice the demand: "'
        f'&{_label(twice)}&".")'
    )


def _odds_text() -> str:
    best, next_best = (
        f"INDEX(blk_odds,MATCH(INDEX(lst_option_ids,MATCH({rank},{_figures('L')},0)),lst_option_ids,0),1)"
        for rank in ("1", "1+1")
    )
    tie = f"IF(COUNT({_figures('L')})>1,{_saving()}<=k_guard,1=0)"
    return (
        f'=IF({best}="","The random runs have no result.",IF({tie},{_name_of("1")}&" or "&{_name_of("1+1")}'
        f'&": cheapest in "&TEXT({best}+{next_best},"0.0%")'
        '&" of 1,000 random runs in which every uncertain input varies.",'
        f'{_name_of("1")}&": cheapest in "&TEXT({best},"0.0%")'
        '&" of 1,000 random runs in which every uncertain input varies."))'
    )


def _cash_text() -> str:
    peak = "+".join(f"(out_{o.id}_rank=1)*out_{o.id}_peak_funding" for o in OPTIONS)
    return f'="Peak funding of "&{_name_of("1")}&": "&TEXT({peak},"#,##0")&" "&in_currency&", undiscounted."'


def _queries_text() -> str:
    crossing, planned = (f'TEXT({name},"#,##0.0")' for name in ("out_crossing_queries", "in_queries_per_user_day"))
    return (
        '=IF(out_api_compared=0,"No cost compared here grows with every query.",'
        f'IF(out_crossing_queries>0,"For this fleet: the token API costs less than "&out_text_crossing'
        f'&" below "&{crossing}'
        f'&" queries per user and day; "&{planned}&" are planned.",'
        '"The order of the options does not change with the queries that this fleet can serve."))'
    )


def _capacity_text(model: Model) -> str:
    most = f"MAX({model.years('utilisation')})"
    return (
        "=IF(out_onprem_compared+out_cloud_compared+out_lease_compared+out_colo_compared=0,"
        '"No fleet of GPUs that serves the whole load is compared.",'
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


def _stated_texts(model: Model) -> tuple[str, ...]:
    return _flip_text(), _tokens_text(model), _demand_text(), _odds_text(), _cash_text()


def _charts(book: Workbook, page: Worksheet, model: Model, styles: Styles) -> None:
    charts = (
        (_stack(book, styles), TEXTS, 1, "Stacked columns: the parts of the total cost of ownership of each option"),
        (_cumulative(book, model, styles), TEXTS, 7, "Lines: cumulative undiscounted cash of each option by year"),
        (
            _queries(book, styles),
            TEXTS + 19,
            1,
            "Lines: cost per user and month of each option by queries per user and day",
        ),
    )
    for chart, row, column, description in charts:
        chart.set_size({"width": 778, "height": 372})
        # anchored to cells at both ends, so that it stays on the page whatever the width of a character is
        page.insert_chart(
            row, column, chart, {"object_position": 1, "x_offset": 4, "y_offset": 4, "description": description}
        )


def _stack(book: Workbook, styles: Styles) -> Chart:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    first, last = chartdata.STACK_HEADER + 1, chartdata.STACK_HEADER + len(OPTIONS)
    for position, colour in enumerate(SERIES_COLOURS):
        column = chartdata.FIRST + position
        chart.add_series(
            {
                "name": [chartdata.SHEET, chartdata.STACK_HEADER, column],
                "categories": [chartdata.SHEET, first, 1, last, 1],
                "values": [chartdata.SHEET, first, column, last, column],
                **marks.stacked(styles.colour(colour), position),
                "gap": 60,
            }
        )
    return marks.styled(chart, "Total cost of ownership by part", styles)


def _cumulative(book: Workbook, model: Model, styles: Styles) -> Chart:
    """Cash by year of every option, and the point where the cheapest falls below the next best."""
    chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for position, option in enumerate(OPTIONS):
        row, at = (model.home["onprem_cumulative"].rows[f"{option.id}_{key}"] for key in ("cumulative", "at"))
        chart.add_series(
            {
                "name": option.label,
                # years of its own rows: with them hidden, LibreOffice too leaves an option out of the legend
                "categories": ["CashFlow", at, YEAR_0, at, YEAR_15],
                "values": ["CashFlow", row, YEAR_0, row, YEAR_15],
                **marks.line(styles, option.id, position),
            }
        )
    x, y = chartdata.MEETING + 1, chartdata.MEETING + 2
    chart.add_series(
        {
            "name": [chartdata.SHEET, chartdata.MEETING + 3, 2],
            "categories": [chartdata.SHEET, x, 2, x, 2],
            "values": [chartdata.SHEET, y, 2, y, 2],
            "line": {"none": True},
            "marker": {
                "type": "diamond",
                "size": 12,
                "fill": {"color": "#000000"},
                "border": {"color": "#000000"},
            },
        }
    )
    styled = marks.styled(chart, "Cumulative cash by year, undiscounted", styles)
    axis = {"num_font": marks.font(styles), "num_format": '"Year "0', "min": 0, "max": LAST_YEAR, "major_unit": 1}
    styled.set_x_axis(axis | {"line": {"color": SLATE}, "label_position": "low", "major_gridlines": {"visible": False}})
    return styled


def _queries(book: Workbook, styles: Styles) -> Chart:
    chart = book.add_chart({"type": "line"})
    first, last = chartdata.FIRST, chartdata.FIRST + chartdata.STEPS - 1
    for position, option in enumerate(chartdata.BY_QUERIES):
        row = chartdata.GRID_HEADER + 2 + position
        chart.add_series(
            {
                "name": option.label,
                "categories": [chartdata.SHEET, chartdata.GRID_HEADER, first, chartdata.GRID_HEADER, last],
                "values": [chartdata.SHEET, row, first, row, last],
                **marks.line(styles, option.id, position),
            }
        )
    title = "TCO per user and month by queries per user and day"
    return marks.styled(chart, title, styles, "queries per user and working day", "0.0")
