"""Sheet Scenarios of the analyst's workbook: which figures are in use is chosen in one cell, for every sheet at once.

Base is what is typed on sheet Inputs; Low and High take its columns low and high, where there are any; Customer is
typed here. A blank figure is that of Base. All of it is native: no add-in is needed to change the scenario.
"""

from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from engine.inputs import Assumption, assumptions
from workbook.author import inputsheet
from workbook.author.assumptions import number_format
from workbook.author.labels import LABELS, SECTIONS
from workbook.author.options import OPTIONS
from workbook.author.styles import GOOD_FILL, HAIRLINE, LINK_INK, NAVY, TOTAL_EDGE, Styles
from workbook.inputtable import NUMERIC
from workbook.scenarios import CUSTOMER, SCENARIOS, SELECTOR

SHEET = inputsheet.SCENARIOS
ID, LABEL, UNIT, BASE, LOW, HIGH, TYPED, IN_USE, DIFFERS, SOURCE, AS_OF = range(1, 12)
HEADERS = ("id", "label", "unit", *SCENARIOS, "in use", "differs", "source", "as of")
WIDTHS = (21, 32, 16, 14, 14, 14, 14, 14, 14, 40, 10)
CHOICE = 3  # row of the selector
RESULTS = 5  # header row of the costs by scenario
HEADER = inputsheet.HEADER + inputsheet.LOWER
RIGHT = {BASE, LOW, HIGH, TYPED, IN_USE}


def column(number: int) -> str:
    """Return the cells of a column of the table in the rows of the table of inputs, with the sheet."""
    return f"{SHEET}!{xl_range_abs(HEADER + 1, number, last(), number)}"


def unsourced() -> str:
    """Return the formula that counts figures of the customer without a source or a date."""
    typed, source, as_of = (column(number) for number in (TYPED, SOURCE, AS_OF))
    return f'=SUMPRODUCT(({typed}<>"")*((({source}="")+({as_of}=""))>0))'


def sums() -> str:
    """Return the cells with the cost of all options together, by scenario."""
    row = RESULTS + len(OPTIONS) + 2
    return f"{SHEET}!{xl_range_abs(row, BASE, row, TYPED)}"


def write(book: Workbook, styles: Styles) -> None:
    """Write selector, costs by scenario and the table tblScenario; names sel_Scenario, blk_scenarios."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    for number, width in zip(range(ID, AS_OF + 1), WIDTHS, strict=True):
        page.set_column(number, number, width)
    page.set_row(0, 28)
    page.write_string(0, ID, "Scenarios", styles.get("title"))
    page.write_string(
        1,
        ID,
        "Choose one in the yellow cell: every sheet and every TCO_ function follows. Low and High are the columns of "
        "sheet Inputs; type the customer's own figures below; blank: as in Base; auto: looked up",
        styles.get("subtitle"),
    )
    _selector(book, page, styles)
    _results(book, page, styles)
    _table(page, styles)
    row = HEADER + 1
    for section, title in SECTIONS.items():
        page.set_row(row, 20)
        for number in range(ID, AS_OF + 1):
            page.write(row, number, title if number == LABEL else None, styles.get("section"))
        for assumption in (a for a in assumptions().values() if a.section == section):
            row += 1
            _assumption(page, row, assumption, styles)
        row += 1
    left, right = (xl_col_to_name(number) for number in (BASE, TYPED))
    chosen = styles.book.add_format({"bg_color": GOOD_FILL, "font_color": LINK_INK, "bold": True})
    for top in (RESULTS, HEADER):
        rule = {"type": "formula", "criteria": f"={left}${HEADER + 1}=sel_Scenario", "format": chosen}
        page.conditional_format(f"{left}{top + 1}:{right}{top + 1}", rule)
    book.define_name("blk_scenario_inputs", f"={SHEET}!{xl_range_abs(HEADER + 1, ID, last(), AS_OF)}")
    book.define_name("Scenarios", f"={SHEET}!{xl_range_abs(HEADER, ID, last(), TYPED)}")
    page.freeze_panes(HEADER + 1, UNIT)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, row - 1, AS_OF)


def last() -> int:
    """Return the row of the last input."""
    return inputsheet.last_row() - 1 + inputsheet.LOWER


def _selector(book: Workbook, page: Worksheet, styles: Styles) -> None:
    page.set_row(CHOICE, 24)
    page.write_string(CHOICE, ID, "Scenario in use", styles.get("label", bold=True, font_size=11))
    page.write_string(
        CHOICE, LABEL, SCENARIOS[0], styles.get("input", "text", bold=True, font_size=14, font_color=NAVY)
    )
    page.data_validation(
        CHOICE,
        LABEL,
        CHOICE,
        LABEL,
        {
            "validate": "list",
            "source": list(SCENARIOS),
            "input_title": "Scenario in use",
            "input_message": "Every sheet shows the figures of this scenario.",
            "error_message": f"The scenario is one of {', '.join(SCENARIOS)}",
        },
    )
    differing = f'SUMPRODUCT(({column(DIFFERS)}="●")*1)'
    page.write_formula(
        CHOICE,
        BASE,
        f'={differing}&IF({differing}=1," of its figures differs"," of its figures differ")&" from Base"',
        styles.get("note"),
        "",
    )
    book.define_name(SELECTOR, f"={SHEET}!$C${CHOICE + 1}")


def _results(book: Workbook, page: Worksheet, styles: Styles) -> None:
    """Room for the cost of every option in every scenario, and beside it what the sheets and the functions show now."""
    left, right = styles.get("header"), styles.get("header", align="right")
    for number in (ID, LABEL, UNIT):
        page.write_string(RESULTS, number, {ID: "Total cost of ownership"}.get(number, ""), left)
    for number in range(BASE, TYPED + 1):
        page.write_formula(RESULTS, number, f"={xl_col_to_name(number)}${HEADER + 1}", right, "")
    page.write_string(RESULTS, IN_USE, "in use, sheets", right)
    page.write_string(RESULTS, DIFFERS, "TCO_ function", right)
    page.write_string(RESULTS, SOURCE, "", left)
    page.write_blank(RESULTS, AS_OF, None, left)
    first, end = RESULTS + 1, RESULTS + len(OPTIONS)
    for row, option in enumerate(OPTIONS, first):
        o, figure = option.id, styles.get("calc", "money", **HAIRLINE)
        page.write_string(row, ID, option.label, styles.get("label", bold=True, shrink=True, **HAIRLINE))
        book.define_name(f"blk_rows_{o}_scenarios", f"={SHEET}!$B${row + 1}:$B${row + 1}")
        page.write_formula(row, LABEL, "=in_currency", styles.get("unit", **HAIRLINE), "")
        page.write_blank(row, UNIT, None, styles.get("label", **HAIRLINE))
        for number in range(BASE, TYPED + 1):
            page.write_blank(row, number, None, styles.get("stated", "money", **HAIRLINE))
        page.write_formula(row, IN_USE, f'=IF(out_{o}_compared=1,out_{o}_tco,"")', figure, 0)
        live = f'=IF(out_{o}_compared=1,TCO_{o.upper()}(Assumptions),"")'
        page.write_formula(row, DIFFERS, live, figure, 0)
        text = f"=TCO_{o.upper()}(Assumptions)"
        page.write_string(row, SOURCE, text, styles.get("unit", indent=1, **HAIRLINE))
        page.write_blank(row, AS_OF, None, styles.get("label", **HAIRLINE))
    row = end + 1
    page.write_string(row, ID, "Cheapest", styles.get("label", **TOTAL_EDGE, bold=True))
    for number in (LABEL, UNIT, DIFFERS, SOURCE, AS_OF):
        page.write_blank(row, number, None, styles.get("label", **TOTAL_EDGE))
    page.write_string(row, LABEL, "blue: as of the last llm-tco summary", styles.get("note", **TOTAL_EDGE))
    for number in range(BASE, IN_USE + 1):
        cells = xl_range_abs(first, number, end, number)
        names = xl_range_abs(first, ID, end, ID)
        text = f'=IF(COUNT({cells})=0,"",INDEX({names},MATCH(MIN({cells}),{cells},0)))'
        page.write_formula(row, number, text, styles.get("total", align="right"), "")
    page.write_string(row + 1, LABEL, "sum of the options, for a check", styles.get("note"))
    for number in range(BASE, TYPED + 1):
        total = f"=SUM({xl_range_abs(first, number, end, number)})"
        page.write_formula(row + 1, number, total, styles.get("note", "money", align="right"), 0)
    book.define_name("blk_scenarios", f"={SHEET}!{xl_range_abs(first, BASE, end, TYPED)}")


def _table(page: Worksheet, styles: Styles) -> None:
    page.set_row(HEADER, 18)
    looks = {
        number: styles.get("header", align="right" if number in RIGHT else "center" if number == DIFFERS else "left")
        for number in range(ID, AS_OF + 1)
    }
    columns = [{"header": text, "header_format": looks[number]} for number, text in enumerate(HEADERS, ID)]
    options = {"name": "tblScenario", "style": None, "autofilter": False, "columns": columns}
    page.add_table(HEADER, ID, last(), AS_OF, options)


def _assumption(page: Worksheet, row: int, a: Assumption, styles: Styles) -> None:
    form, number = number_format(a), row + 1
    align = {} if a.kind in NUMERIC else {"align": "right"}
    link, typed = styles.get("link", form, **align, **HAIRLINE), styles.get("input", form, **align)
    page.write_string(row, ID, a.id, styles.get("unit", font_size=9, **HAIRLINE))
    page.write_string(row, LABEL, LABELS[a.id], styles.get("label", **HAIRLINE))
    unit = a.unit.replace("money", "{{currency}}").replace("currency/", "{{currency}}/")
    page.write_string(row, UNIT, unit, styles.get("unit", font_size=9, **HAIRLINE))
    source = number - inputsheet.LOWER
    ends = {BASE: inputsheet.BASE, LOW: inputsheet.LOW, HIGH: inputsheet.HIGH}
    for place, origin in ends.items():
        cell = f"{inputsheet.SHEET}!${xl_col_to_name(origin)}${source}"
        blank = '""' if place == BASE else f"$E{number}"
        page.write_formula(row, place, f'=IF({cell}="",{blank},{cell})', link, "")
    page.write_blank(row, TYPED, None, typed)
    inputsheet.guard(page, row, TYPED, a, f"{CUSTOMER}: ")
    picked = f"INDEX($E{number}:$H{number},1,MATCH(sel_Scenario,$E${HEADER + 1}:$H${HEADER + 1},0))"
    look = styles.get("calc", form, bold=True, **align, **HAIRLINE)
    page.write_formula(row, IN_USE, f'=IF({picked}="",$E{number},{picked})', look, "")
    mark = styles.get("calc", align="center", font_color=NAVY, **HAIRLINE)
    page.write_formula(row, DIFFERS, f'=IF($I{number}=$E{number},"","●")', mark, "")
    for place in (SOURCE, AS_OF):
        small = styles.get("note", align="left", text_wrap=True, font_size=8, locked=False, **HAIRLINE)
        page.write_blank(row, place, None, small)
