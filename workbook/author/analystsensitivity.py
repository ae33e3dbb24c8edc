"""Sheet Sensitivity of the analyst's workbook: what moves the cost, how sure it is, where the order of options turns.

Yellow cells ask, `llm-tco summary` answers with blue figures; differences and labels are native formulas, and functions
of the add-in stand beside the figures that they give too.
"""

from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from engine.result import MEASURES
from workbook.author import inputsheet
from workbook.author.options import OPTIONS
from workbook.author.styles import GREY_INK, HAIRLINE, NAVY, RULE, SAND, TEAL, Styles
from workbook.sensitivity import BARS, BINS, SETTINGS, STATISTICS

SHEET = "Sensitivity"
LABEL, ID, FIRST = 1, 2, 3
LAST = FIRST + 7  # the widest part: risk of seven options and one more column
SET_ROW, TORNADO, CHARTS, GRID, RISK, POINTS = 4, 10, 25, 46, 57, 70
HISTOGRAM = LAST + 2  # columns beside the page
ACROSS = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)
DOWN = (0.5, 0.75, 1.0, 1.5, 2.0)
ASKED = ("users", "queries_per_user_day", "api_output_price", "gpu_price", "tariff", "wacc", "target_utilisation")
SPARE_POINTS = 2
RISK_LABELS = {
    "mean": "Mean",
    "sd": "Standard deviation",
    "p5": "5 of 100 cases are below",
    "p10": "10 of 100 cases are below",
    "p50": "Median",
    "p90": "90 of 100 cases are below",
    "p95": "95 of 100 cases are below",
    "probability": "Probability to be the cheapest",
    "regret": "Mean cost above the cheapest of the run",
}
LABELS_OF_SETTINGS = {
    "sel_Option": "Option",
    "sel_Measure": "Measure",
    "sel_Swing": "Swing of the tornado; blank: from low to high",
    "sel_Against": "Against, for the turning points",
    "sel_Runs": "Runs of the Monte Carlo",
    "sel_Seed": "Seed; the same one gives the same figures",
}


def write(book: Workbook, styles: Styles) -> None:
    """Write the sheet and its names sel_..., blk_sens_tornado, blk_grid, blk_montecarlo, blk_histogram, blk_points."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(LABEL, LABEL, 40)
    page.set_column(ID, ID, 23)
    page.set_column(FIRST, LAST, 13.5)
    page.set_column(LAST + 1, LAST + 1, 3)
    page.set_column(HISTOGRAM, HISTOGRAM + 1, 13)
    page.set_row(0, 28)
    page.write_string(0, LABEL, "Sensitivity", styles.get("title"))
    page.write_string(
        1,
        LABEL,
        "What moves the cost, how sure it is, where the order turns · yellow cells ask, llm-tco summary writes the "
        "blue figures · amounts in {{currency}}",
        styles.get("subtitle"),
    )
    _settings(book, page, styles)
    _tornado(book, page, styles)
    _histogram(book, page, styles)
    font = str(styles.get("label").font_name)
    for chart, column in ((_bars(book, font), LABEL), (_columns(book, font), FIRST + 2)):
        chart.set_size({"width": 640 if column == LABEL else 560, "height": 380})
        page.insert_chart(CHARTS, column, chart, {"object_position": 1, "x_offset": 4, "y_offset": 4})
    _grid(book, page, styles)
    _risk(book, page, styles)
    last = _points(book, page, styles)
    page.set_h_pagebreaks([GRID - 1])
    page.freeze_panes(3, ID)
    page.repeat_rows(0, 2)
    page.print_area(0, 0, last, LAST)


def _define(book: Workbook, name: str, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
    book.define_name(name, f"={SHEET}!{xl_range_abs(row, column, row + rows - 1, column + columns - 1)}")


def _settings(book: Workbook, page: Worksheet, styles: Styles) -> None:
    _heading(page, SET_ROW - 1, "What is asked", styles)
    rules: dict[str, dict[str, Any]] = {
        "sel_Option": {"validate": "list", "source": [o.id for o in OPTIONS]},
        "sel_Against": {"validate": "list", "source": [o.id for o in OPTIONS]},
        "sel_Measure": {"validate": "list", "source": list(MEASURES)},
        "sel_Swing": {"validate": "decimal", "criteria": "between", "minimum": 0.01, "maximum": 1},
        "sel_Runs": {"validate": "integer", "criteria": "between", "minimum": 2, "maximum": 1_000_000},
        "sel_Seed": {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 4_294_967_295},
    }
    for number, (name, label) in enumerate(LABELS_OF_SETTINGS.items()):
        row, column = SET_ROW + number % 3, LABEL if number < len(LABELS_OF_SETTINGS) / 2 else FIRST + 1
        cell = ID if column == LABEL else FIRST + 5
        page.write_string(row, column, label, styles.get("label"))
        value, kind = SETTINGS[name], "input_rate" if name == "sel_Swing" else "plain"
        look = styles.get("input", kind, align="right")
        page.write(row, cell, value, look)
        rule = rules[name] | {"error_message": f"{label}: choose one of the list, or a number within its limits"}
        page.data_validation(row, cell, row, cell, rule)
        _define(book, name, row, cell)
    row = SET_ROW + 3
    asked = "+".join(
        f"IF({name}<>INDEX(blk_sens_run,1,{_ones(number + 1)}),1,0)" for number, name in enumerate(SETTINGS)
    )
    page.write_formula(
        row,
        LABEL,
        f'=IF(out_inputs_changed+{asked}>0,"● Inputs or questions have changed since the last run: llm-tco summary",'
        '"✓ Answers belong to the inputs and questions as they stand")',
        styles.get("light", font_color=TEAL),
        "",
    )
    page.write_string(row, FIRST + 1, "Result with the inputs as they are", styles.get("label", bold=True))
    page.write_blank(row, FIRST + 5, None, styles.get("stated", "figure", bold=True))
    _define(book, "blk_sens_base", row, FIRST + 5)
    for number in range(len(SETTINGS)):
        page.write_blank(1, HISTOGRAM + number, None, styles.get("unit", font_size=8))
    _define(book, "blk_sens_run", 1, HISTOGRAM, 1, len(SETTINGS))


def _ones(number: int) -> str:
    """Write a whole number of a formula without typing it: the column of a cell."""
    return f"COLUMN({xl_col_to_name(number - 1)}$1)"


def _heading(page: Worksheet, row: int, text: str, styles: Styles, note: str = "") -> None:
    page.set_row(row, 20)
    for column in range(LABEL, LAST + 1):
        page.write_blank(row, column, None, styles.get("section"))
    page.write_string(row, LABEL, text, styles.get("section"))
    if note:
        page.write_string(row, FIRST, note, styles.get("note", bottom=1, bottom_color=TEAL))


def _heads(page: Worksheet, row: int, texts: dict[int, str], styles: Styles, height: int = 18) -> None:
    page.set_row(row, height)
    for column in range(LABEL, LAST + 1):
        look = styles.get("header") if column <= ID else styles.get("header", align="right", text_wrap=True)
        text = texts.get(column, "")
        if text.startswith("="):
            page.write_formula(row, column, text, look, "")
        else:
            page.write_string(row, column, text, look)


def _label_of(cell: str) -> str:
    ids, labels = inputsheet.column(inputsheet.ID), inputsheet.column(inputsheet.LABEL)
    return f'=IF({cell}="","",INDEX({labels},MATCH({cell},{ids},0)))'


def _tornado(book: Workbook, page: Worksheet, styles: Styles) -> None:
    _heading(page, TORNADO - 1, "What moves it most: each input alone, from its low to its high", styles)
    texts = ("Input", "id", "low", "high", "at low", "at high", "spread", "change at low", "change at high")
    _heads(page, TORNADO, dict(enumerate(texts, LABEL)), styles)
    for row in range(TORNADO + 1, TORNADO + 1 + BARS):
        number = row + 1
        page.write_formula(row, LABEL, _label_of(f"$C{number}"), styles.get("label", **HAIRLINE), "")
        page.write_blank(row, ID, None, styles.get("stated", font_size=9, **HAIRLINE))
        for column in range(FIRST, FIRST + 5):
            page.write_blank(row, column, None, styles.get("stated", "figure", **HAIRLINE))
        for column, at in ((FIRST + 5, "F"), (FIRST + 6, "G")):
            text = f'=IF(ISNUMBER(${at}{number}),${at}{number}-blk_sens_base,"")'
            page.write_formula(row, column, text, styles.get("calc", "money", **HAIRLINE), "")
        page.write_blank(row, LAST, None, styles.get("label", **HAIRLINE))
    _define(book, "blk_sens_tornado", TORNADO + 1, ID, BARS, 6)


def _histogram(book: Workbook, page: Worksheet, styles: Styles) -> None:
    page.write_string(GRID, HISTOGRAM, "cost", styles.get("header", align="right"))
    page.write_string(GRID, HISTOGRAM + 1, "share of runs", styles.get("header", align="right"))
    for row in range(GRID + 1, GRID + 1 + BINS):
        page.write_blank(row, HISTOGRAM, None, styles.get("stated", "figure"))
        page.write_blank(row, HISTOGRAM + 1, None, styles.get("stated", "input_rate"))
    _define(book, "blk_histogram", GRID + 1, HISTOGRAM, BINS, 2)


def _bars(book: Workbook, font: str) -> Chart:
    chart = book.add_chart({"type": "bar"})
    first, last = TORNADO + 1, TORNADO + BARS
    for column, colour in ((FIRST + 5, SAND), (FIRST + 6, TEAL)):
        series = {
            "name": [SHEET, TORNADO, column],
            "categories": [SHEET, first, LABEL, last, LABEL],
            "values": [SHEET, first, column, last, column],
            "fill": {"color": colour},
            "gap": 40,
            "overlap": 100,
        }
        chart.add_series(series)
    _style(chart, "Change of the cost, each input alone", font)
    chart.set_y_axis({"reverse": True, "label_position": "low", **_axis(font)})
    chart.set_x_axis(
        {"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": RULE}}, **_axis(font)}
    )
    return chart


def _columns(book: Workbook, font: str) -> Chart:
    chart = book.add_chart({"type": "column"})
    first, last = GRID + 1, GRID + BINS
    chart.add_series(
        {
            "name": "share of the runs",
            "categories": [SHEET, first, HISTOGRAM, last, HISTOGRAM],
            "values": [SHEET, first, HISTOGRAM + 1, last, HISTOGRAM + 1],
            "fill": {"color": NAVY},
            "gap": 8,
        }
    )
    _style(chart, "How sure it is: share of the runs by cost", font)
    chart.set_x_axis({"num_format": "#,##0", **_axis(font)})
    chart.set_y_axis({"num_format": "0%", "major_gridlines": {"visible": True, "line": {"color": RULE}}, **_axis(font)})
    return chart


def _axis(font: str) -> dict[str, Any]:
    return {"num_font": {"name": font, "size": 9, "color": GREY_INK}, "line": {"color": RULE}}


def _style(chart: Chart, title: str, font: str) -> None:
    heading = {"name": font, "size": 11, "bold": True, "color": NAVY}
    chart.set_title({"name": title, "name_font": heading, "overlay": False, "layout": {"x": 0.02, "y": 0.03}})
    chart.set_legend({"position": "bottom", "font": {"name": font, "size": 9, "color": GREY_INK}})
    chart.set_chartarea({"border": {"none": True}})


def _grid(book: Workbook, page: Worksheet, styles: Styles) -> None:
    _heading(page, GRID - 1, "Two inputs together", styles, "multiples of their values, within their limits")
    typed = styles.get("input", "text", align="right", font_size=9)
    ids = f"={inputsheet.column(inputsheet.ID)}"
    for row, name, label in ((GRID, "sel_Across", "Across"), (GRID + 1, "sel_Down", "Down")):
        page.write_string(row, LABEL, label, styles.get("label", bold=True))
        page.write_string(row, ID, str(SETTINGS[name]), typed)
        page.data_validation(row, ID, row, ID, {"validate": "list", "source": ids})
        _define(book, name, row, ID)
    for row in (GRID, GRID + 1):
        page.write_formula(row, FIRST, _label_of(f"$C${row + 1}"), styles.get("note", indent=1), "")
    top = GRID + 2
    for number, step in enumerate(ACROSS):
        page.write_number(top, FIRST + number, step, styles.get("input", "input_rate", align="right"))
        page.write_blank(top + 1, FIRST + number, None, styles.get("stated", "figure", bold=True))
    _define(book, "sel_Steps_across", top, FIRST, 1, len(ACROSS))
    _define(book, "blk_grid_across", top + 1, FIRST, 1, len(ACROSS))
    page.write_string(top + 1, LABEL, "Multiples at the left and above; values in bold", styles.get("note"))
    for number, step in enumerate(DOWN):
        row = top + 2 + number
        page.write_number(row, LABEL, step, styles.get("input", "input_rate", align="right"))
        page.write_blank(row, ID, None, styles.get("stated", "figure", bold=True))
        for column in range(FIRST, FIRST + len(ACROSS)):
            page.write_blank(row, column, None, styles.get("stated", "figure", **HAIRLINE))
    _define(book, "sel_Steps_down", top + 2, LABEL, len(DOWN))
    _define(book, "blk_grid_down", top + 2, ID, len(DOWN))
    _define(book, "blk_grid", top + 2, FIRST, len(DOWN), len(ACROSS))
    scale = {"type": "3_color_scale", "min_color": "#E3F1E7", "mid_color": "#FFFFFF", "max_color": "#F7D9D3"}
    page.conditional_format(top + 2, FIRST, top + 1 + len(DOWN), FIRST + len(ACROSS) - 1, scale)


def _risk(book: Workbook, page: Worksheet, styles: Styles) -> None:
    _heading(page, RISK - 1, "How sure it is: inputs with low and high vary together", styles)
    heads = {LABEL: "Monte Carlo", ID: '=sel_Runs&" runs, seed "&sel_Seed'}
    _heads(page, RISK, heads | {FIRST + i: option.label for i, option in enumerate(OPTIONS)}, styles, height=30)
    for row, name in enumerate(STATISTICS, RISK + 1):
        kind = "input_rate" if name == "probability" else "figure"
        page.write_string(row, LABEL, RISK_LABELS[name], styles.get("label", **HAIRLINE))
        page.write_string(row, ID, name, styles.get("unit", font_size=9, **HAIRLINE))
        for column in range(FIRST, FIRST + len(OPTIONS)):
            page.write_blank(row, column, None, styles.get("stated", kind, **HAIRLINE))
    _define(book, "blk_montecarlo", RISK + 1, FIRST, len(STATISTICS), len(OPTIONS))


def _points(book: Workbook, page: Worksheet, styles: Styles) -> int:
    _heading(page, POINTS - 1, "Where the order turns", styles)
    heads = {LABEL: "Input", ID: "id", FIRST: "in use", FIRST + 1: "turns at", FIRST + 2: "change", FIRST + 3: "TCO_"}
    _heads(page, POINTS, heads, styles)
    rows = len(ASKED) + SPARE_POINTS
    ids, in_use = inputsheet.column(inputsheet.ID), inputsheet.column(inputsheet.IN_USE)
    for row, name in enumerate((*ASKED, *[""] * SPARE_POINTS), POINTS + 1):
        number = row + 1
        page.write_formula(row, LABEL, _label_of(f"$C{number}"), styles.get("label", **HAIRLINE), "")
        page.write(row, ID, name or None, styles.get("input", "text", font_size=9))
        page.data_validation(row, ID, row, ID, {"validate": "list", "source": f"={ids}"})
        text = f'=IF($C{number}="","",INDEX({in_use},MATCH($C{number},{ids},0)))'
        page.write_formula(row, FIRST, text, styles.get("link", "figure", align="right", **HAIRLINE), "")
        page.write_blank(row, FIRST + 1, None, styles.get("stated", "figure", **HAIRLINE))
        page.write_blank(row, FIRST + 4, None, styles.get("note", locked=False, indent=1))
        change = f'=IF(AND(ISNUMBER($E{number}),ISNUMBER($D{number})),IF($D{number}=0,"",$E{number}/$D{number}-1),"")'
        page.write_formula(row, FIRST + 2, change, styles.get("calc", "rate", align="right", **HAIRLINE), "")
        live = f"TCO_BREAKEVEN(Assumptions,sel_Option,sel_Against,$C{number},,,sel_Measure)"
        text = f'=IF(OR($C{number}="",sel_Option=sel_Against),"",_xlfn.IFNA({live},"none"))'
        page.write_formula(row, FIRST + 3, text, styles.get("calc", "figure", align="right", **HAIRLINE), "")
    _define(book, "sel_Points", POINTS + 1, ID, rows)
    _define(book, "blk_points", POINTS + 1, FIRST + 1, rows)
    _define(book, "blk_points_notes", POINTS + 1, FIRST + 4, rows)
    row = POINTS + 1 + rows
    formula = "=TCO_BREAKEVEN(Assumptions,sel_Option,sel_Against,id,,,sel_Measure)"
    page.write_string(row, LABEL, formula, styles.get("unit", font_size=9))
    for number in range(3):
        page.write_blank(row + 1 + number, LABEL, None, styles.get("note", locked=False))
    _define(book, "blk_sens_notes", row + 1, LABEL, 3)
    return row + 3
