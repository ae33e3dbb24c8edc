"""Sheet Sensitivity of a proposal: what moves the result, where it flips, and what the use of the hardware changes.

The analyst's workbook has a sheet Sensitivity of its own (`sensitivity.py`), which can be asked anew.
"""

from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import chartdata, marks, questions
from workbook.author.flips import of_input, write_flips, write_header
from workbook.author.options import OPTIONS
from workbook.author.stated import label_of, write_heading, write_section
from workbook.author.styles import HAIRLINE, NAVY, RULE, SKY, Styles

SHEET = "Sensitivity"
COLUMNS = 10  # B..K
TORNADO_ROWS = 12
TORNADO = 5  # header row, 0-based
CHARTS = TORNADO + TORNADO_ROWS + 3
CHART_ROWS = 19
FLIPS = CHARTS + CHART_ROWS + 2
LABEL, UNIT, VALUE, LOW, HIGH, AT_LOW, AT_HIGH, SPREAD, CHEAPEST_LOW, CHEAPEST_HIGH = range(1, COLUMNS + 1)
STATED_AT = COLUMNS + 3  # the engine's block beside the printed page
DOWN, UP = STATED_AT + 9, STATED_AT + 10  # what the chart shows
HEADERS = (
    "Input",
    "Unit",
    "Value",
    "Low",
    "High",
    "TCO at low",
    "TCO at high",
    "Spread",
    "Cheapest at low",
    "Cheapest at high",
)


def write(book: Workbook, styles: Styles) -> None:
    """Write the sheet; names blk_tornado, blk_flips, out_stated_tco."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(LABEL, LABEL, 38)
    page.set_column(UNIT, UNIT, 20)
    page.set_column(VALUE, SPREAD, 14.5)
    page.set_column(CHEAPEST_LOW, CHEAPEST_HIGH, 22)
    subtitle = "{{customer_label}} · amounts in {{currency}} · {{tax_basis}} · prices as of {{prices_as_of}}"
    write_heading(page, "Sensitivity and flip points", subtitle, COLUMNS, styles)
    text = "What moves the TCO of the cheapest option most: one input at a time"
    write_section(page, TORNADO - 1, text, COLUMNS, styles)
    _tornado(book, page, styles)
    after = write_flips(book, page, SHEET, FLIPS - 1, STATED_AT, COLUMNS, styles)
    charts = (
        (LABEL, 690, _bars(book, styles), "Bars: TCO of the cheapest option above or below plan"),
        (AT_LOW, 560, _use(book, styles), "Lines: cost per million tokens by use of the hardware"),
    )
    for column, width, chart, description in charts:
        chart.set_size({"width": width, "height": CHART_ROWS * 20 - 10})
        place: dict[str, Any] = {"object_position": 1, "x_offset": 6, "y_offset": 4}
        page.insert_chart(CHARTS, column, chart, place | {"description": description})
    page.print_area(0, 0, after - 1, COLUMNS)


def _stated(column: int, row: int) -> str:
    return str(xl_rowcol_to_cell(row, STATED_AT + column, col_abs=True))


def _tornado(book: Workbook, page: Worksheet, styles: Styles) -> None:
    """Write the table, the stated block beside it, and what the chart takes."""
    write_header(page, TORNADO, HEADERS, styles)
    for column, text in ((DOWN, "Input at low"), (UP, "Input at high")):
        page.write_string(TORNADO, column, text, styles.get("header", text_wrap=True))
    look = {kind: styles.get("calc", kind, align="right", shrink=True, **HAIRLINE) for kind in ("figure", "money", "")}
    first, last = TORNADO + 1, TORNADO + TORNADO_ROWS
    shown = '=IF({0}="","",{0})'.format
    for row in range(first, last + 1):
        id_, low, high = _stated(0, row), _stated(4, row), _stated(5, row)
        page.write_formula(row, LABEL, of_input(id_, "lst_inputs"), styles.get("label", **HAIRLINE), "")
        page.write_formula(row, UNIT, of_input(id_, "lst_input_units"), styles.get("unit", shrink=True, **HAIRLINE), "")
        for column, stated in ((VALUE, 1), (LOW, 2), (HIGH, 3)):
            page.write_formula(row, column, shown(_stated(stated, row)), look["figure"], "")
        page.write_formula(row, AT_LOW, shown(low), look["money"], "")
        page.write_formula(row, AT_HIGH, shown(high), look["money"], "")
        page.write_formula(row, SPREAD, f'=IF(OR({low}="",{high}=""),"",ABS({high}-{low}))', look["money"], "")
        for column, stated in ((CHEAPEST_LOW, 6), (CHEAPEST_HIGH, 7)):
            page.write_formula(row, column, label_of(_stated(stated, row)), look[""], "")
        for column, end in ((DOWN, low), (UP, high)):
            page.write_formula(row, column, f'=IF({end}="",0,{end}-out_stated_tco)', look["money"], 0)
        for column in range(STATED_AT, STATED_AT + 8):
            page.write_blank(row, column, None, styles.get("stated", "figure", font_size=8))
    page.write_string(TORNADO - 1, STATED_AT, "As stated: id, value, low, high, TCO, cheapest", styles.get("note"))
    page.write_blank(TORNADO, STATED_AT, None, styles.get("stated", "money", font_size=8))
    book.define_name("out_stated_tco", f"={SHEET}!{xl_range_abs(TORNADO, STATED_AT, TORNADO, STATED_AT)}")
    book.define_name("blk_tornado", f"={SHEET}!{xl_range_abs(first, STATED_AT, last, STATED_AT + 7)}")


def _bars(book: Workbook, styles: Styles) -> Any:  # noqa: ANN401  XlsxWriter has no types
    """Tornado: the difference to the plan at both ends, the widest on top; hatched and solid tell them apart."""
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    first, last = TORNADO + 1, TORNADO + TORNADO_ROWS
    for column, colour in ((DOWN, SKY), (UP, NAVY)):
        chart.add_series(
            {
                "name": [SHEET, TORNADO, column],
                "categories": [SHEET, first, LABEL, last, LABEL],
                "values": [SHEET, first, column, last, column],
                **marks.area(styles.colour(colour), hatched=column == DOWN),
                "gap": 40,
            }
        )
    marks.styled(chart, "TCO of the cheapest option above or below plan", styles)
    # of a bar chart XlsxWriter calls the upright axis of the categories y
    chart.set_y_axis(
        {
            "reverse": True,
            "label_position": "low",
            "num_font": marks.font(styles),
            "line": {"color": styles.colour(NAVY)},
        }
    )
    chart.set_x_axis(
        {
            "num_format": "#,##0",
            "num_font": marks.font(styles),
            "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
            "label_position": "high",
            "line": {"none": True},
        }
    )
    return chart


def _use(book: Workbook, styles: Styles) -> Any:  # noqa: ANN401
    """Cost per million tokens against the use of the hardware."""
    chart = book.add_chart({"type": "line"})
    sheet, header, first = questions.SHEET, questions.USE_HEADER, questions.USE_HEADER + 1
    last = 1 + len(questions.BANDS)
    for position, option in enumerate(OPTIONS):
        if option not in chartdata.BY_QUERIES:
            continue  # a hybrid has no such table: its split changes with the use
        chart.add_series(
            {
                "name": [sheet, first + position, 1],
                "categories": [sheet, header, 2, header, last],
                "values": [sheet, first + position, 2, first + position, last],
                **marks.line(styles, option.id, position),
            }
        )
    return marks.styled(chart, "Cost of a million tokens by use of the hardware", styles, y_format="#,##0.00")
