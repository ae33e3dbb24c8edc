"""Sheet Inputs of the analyst's workbook: one table, a row an assumption, headings between; the names in_<id>.

Typed is the column `base`; `value` is what the chosen scenario makes of it, sheet Scenarios, and what TCO_ functions
read. The cell that the formulas of the model read is `in use`: the value, else what the engine has resolved from the
catalogue or the default. The engine writes the column `resolved`, and the source of rows that are left blank.
"""

from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from engine.analysis.ranges import DISTRIBUTIONS
from engine.inputs import Assumption, assumptions
from workbook.author.assumptions import INPUT_HEIGHT, number_format, write_constants
from workbook.author.labels import LABELS, SECTIONS
from workbook.author.options import OPTIONS
from workbook.author.styles import GREY_INK, HAIRLINE, LINK_INK, TEAL, Styles
from workbook.inputtable import AS_BLANK, GENERATED, LISTED, NUMERIC

SHEET = "Inputs"
ID, LABEL, UNIT, LOW, BASE, HIGH, DISTRIBUTION, CORRELATION, IN_USE = range(1, 10)
SOURCE, AS_OF, CONFIDENCE, OWNER, NOTE, RESOLVED, VALUE = range(10, 17)
HEADERS = (
    *("id", "label", "unit", "low", "base", "high", "distribution", "correlation", "in use"),
    *("source", "as of", "confidence", "owner", "note", "resolved", "value"),
)
WIDTHS = (21, 32, 18, 9, 14, 9, 10, 15, 13, 50, 9, 10, 9, 24, 14.5, 14.5)
HEADER = 3
SCENARIOS, LOWER = "Scenarios", 6 + len(OPTIONS)  # its table has the rows of this one, that many rows further down
HELP_TITLE, HELP_TEXT = 32, 255  # characters that Excel shows


def last_row() -> int:
    """Return the last row of the table, as Excel counts."""
    return HEADER + 1 + len(assumptions()) + len(SECTIONS)


def column(number: int) -> str:
    """Return the cells of a column of the table, without its header, with the sheet."""
    return f"{SHEET}!{xl_range_abs(HEADER + 1, number, last_row() - 1, number)}"


def write(book: Workbook, styles: Styles) -> None:
    """Write the sheet, its table and its names."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    for number, width in zip(range(ID, VALUE + 1), WIDTHS, strict=True):
        page.set_column(number, number, width)
    page.set_row(0, 28)
    page.write_string(0, ID, "Inputs", styles.get("title"))
    page.write_string(
        1,
        ID,
        "Type into the yellow cells. A blank base takes what stands under resolved: the catalogue's figure or the "
        "default. Scenarios stand on sheet Scenarios. llm-tco summary writes resolved, and the sources that begin "
        "with " + GENERATED.strip(),
        styles.get("subtitle"),
    )
    page.write_formula(
        HEADER - 1,
        ID,
        '="Scenario in use: "&sel_Scenario&IF(sel_Scenario="Base",""," ● sheet Scenarios gives the values")',
        styles.get("label", bold=True),
        "",
    )
    _table(page, styles)
    row = HEADER + 1
    for section, title in SECTIONS.items():
        _heading(page, row, title, styles)
        for assumption in (a for a in assumptions().values() if a.section == section):
            row += 1
            _assumption(page, row, assumption, styles)
            book.define_name(f"in_{assumption.id}", f"={SHEET}!{xl_range_abs(row, IN_USE, row, IN_USE)}")
        row += 1
    _names(book, row)
    last = write_constants(book, page, row + 1, SHEET, (LABEL, BASE, UNIT, ID), styles)
    _colours(page, styles)
    page.freeze_panes(HEADER + 1, UNIT)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, last, NOTE)


def _table(page: Worksheet, styles: Styles) -> None:
    page.set_row(HEADER, 18)
    right = {LOW, BASE, HIGH, IN_USE, RESOLVED, VALUE}
    page.add_table(
        HEADER,
        ID,
        last_row() - 1,
        VALUE,
        {
            "name": "tblInputs",
            "style": None,
            "autofilter": False,  # sorted rows would leave the names in_<id> behind
            "columns": [
                {
                    "header": header,
                    "header_format": styles.get("header", align="right")
                    if number in right
                    else styles.get("header", indent=1 if number in {DISTRIBUTION, SOURCE} else 0),
                }
                for number, header in enumerate(HEADERS, ID)
            ],
        },
    )


def _names(book: Workbook, row: int) -> None:
    def area(first: int, last: int, top: int = HEADER + 1) -> str:
        return f"={SHEET}!{xl_range_abs(top, first, row - 1, last)}"

    book.define_name("Assumptions", area(ID, VALUE, HEADER))
    book.define_name("blk_inputs", area(LOW, CORRELATION))
    book.define_name("blk_provenance", area(SOURCE, NOTE))
    book.define_name("blk_resolved", area(RESOLVED, RESOLVED))
    for name, number in (("lst_inputs", LABEL), ("lst_input_units", UNIT), ("lst_input_ids", ID)):
        book.define_name(name, area(number, number))


def _heading(page: Worksheet, row: int, title: str, styles: Styles) -> None:
    page.set_row(row, 20)
    for number in range(ID, VALUE + 1):
        page.write(row, number, title if number == LABEL else None, styles.get("section"))


def _assumption(page: Worksheet, row: int, a: Assumption, styles: Styles) -> None:
    page.set_row(row, INPUT_HEIGHT)
    small: dict[str, Any] = {"text_wrap": True, "font_size": 8, **HAIRLINE}
    align: dict[str, Any] = {} if a.kind in NUMERIC else {"align": "right"}
    form = number_format(a)
    typed = styles.get("input", form, **align)
    page.write_string(row, ID, a.id, styles.get("unit", font_size=9, **HAIRLINE))
    page.write_string(row, LABEL, LABELS[a.id], styles.get("label", **HAIRLINE))
    unit = a.unit.replace("money", "{{currency}}").replace("currency/", "{{currency}}/")
    page.write_string(row, UNIT, unit, styles.get("unit", indent=1, font_size=9, **HAIRLINE))
    page.write_blank(row, BASE, None, typed)
    look = styles.get("input", form, font_size=9) if a.kind in NUMERIC else styles.get("label", **HAIRLINE)
    page.write_blank(row, LOW, None, look)
    page.write_blank(row, HIGH, None, look)
    _spread(page, row, a, styles)
    page.write_formula(row, IN_USE, _in_use(a, row + 1), styles.get("calc", form, bold=True, **align, **HAIRLINE), "")
    for number in (SOURCE, AS_OF, CONFIDENCE, OWNER, NOTE):
        indent = 1 if number == SOURCE else 0
        page.write_blank(row, number, None, styles.get("note", align="left", indent=indent, **small, locked=False))
    grey = styles.get("calc", form, font_color=GREY_INK, **(align or {"align": "right"}), **HAIRLINE)
    written = styles.get("calc", form, font_color=GREY_INK, **(align or {"align": "right"}), **HAIRLINE, locked=False)
    page.write_blank(row, RESOLVED, None, written)
    page.write_formula(row, VALUE, f"={SCENARIOS}!$I${row + 1 + LOWER}", grey, "")
    guard(page, row, BASE, a)
    if a.kind in NUMERIC:
        for number in (LOW, HIGH):
            guard(page, row, number, a)


def _spread(page: Worksheet, row: int, a: Assumption, styles: Styles) -> None:
    """Room for how a figure is distributed between low and high, and with which others it moves."""
    small: dict[str, Any] = {"font_size": 8, "text_wrap": True}
    for number in (DISTRIBUTION, CORRELATION):
        small["indent"] = 1 if number == DISTRIBUTION else 0
        look = styles.get("input", "text", **small) if a.kind in NUMERIC else styles.get("label", **HAIRLINE)
        page.write_blank(row, number, None, look)
    if a.kind not in NUMERIC:
        return
    rule: dict[str, Any] = {"ignore_blank": True, "error_title": a.id[:HELP_TITLE]}
    kinds = {
        "validate": "list",
        "source": list(DISTRIBUTIONS),
        "input_title": f"Distribution of {a.id}"[:HELP_TITLE],
        "input_message": "How random runs draw it between low and high. Blank: triangular, most often the value in "
        "use; uniform: all alike; normal: low and high are the 5th and the 95th percentile.",
        "error_message": f"The distribution of {a.id} is one of {', '.join(DISTRIBUTIONS)}",
    }
    page.data_validation(row, DISTRIBUTION, row, DISTRIBUTION, rule | kinds)
    others = {
        "validate": "any",
        "input_title": f"Correlation of {a.id}"[:HELP_TITLE],
        "input_message": "Inputs with which it moves in random runs, each with a correlation from -1 to 1: "
        "gpu_price 0.6; tariff -0.2. Both need low and high; one of the two rows is enough. Blank: independent.",
    }
    page.data_validation(row, CORRELATION, row, CORRELATION, rule | others)


def _in_use(a: Assumption, row: int) -> str:
    """Give the formula of the value in use; a blank figure counts as 0 where the model calculates with it."""
    value = f"${xl_col_to_name(VALUE)}"
    typed, resolved = f"{value}{row}", f"${xl_col_to_name(RESOLVED)}{row}"
    if a.id == "api_cached_price":  # beside a typed price of prompt tokens, that one
        ids = list(assumptions())
        given = f"{value}{row - ids.index(a.id) + ids.index('api_input_price')}"
        resolved = f'IF(OR({given}="",{given}="auto"),{resolved},{given})'
    nothing = "0" if a.kind in NUMERIC and a.id not in AS_BLANK else '""'
    given = f"{typed}*1" if a.kind == "flag" else typed  # TRUE counts as 1, which a comparison with 1 would deny
    return f'=IF(OR({typed}="",{typed}="auto"),IF({resolved}="",{nothing},{resolved}),{given})'


def guard(page: Worksheet, row: int, number: int, a: Assumption, which: str = "") -> None:
    """Limit what a cell takes, and say what it is when it is selected."""
    which = which or {LOW: "Low of ", HIGH: "High of "}.get(number, "")
    rule: dict[str, Any] = {
        "validate": "any",
        "ignore_blank": True,
        "input_title": f"{which}{a.id}"[:HELP_TITLE],
        "input_message": _help(a)[:HELP_TEXT],
        "error_title": a.id[:HELP_TITLE],
    }
    if a.spec.choices:
        rule |= {"validate": "list", "source": list(a.spec.choices)}
        rule["error_message"] = f"{a.id} is one of {', '.join(a.spec.choices)}"[:HELP_TEXT]
    elif a.id in LISTED:
        rule |= {"validate": "list", "source": f"=lst_{LISTED[a.id]}", "error_type": "warning"}
        rule["error_message"] = f"Not an id of the sheet Prices; keep it only if {a.id} is one all the same."
    elif a.kind in NUMERIC and a.low is not None and a.high is not None:
        kind = "decimal" if a.kind == "number" else "integer"
        rule |= {"validate": kind, "criteria": "between", "minimum": a.low, "maximum": a.high}
        rule["error_message"] = f"{a.id} must lie between {a.low:,.10g} and {a.high:,.10g} {_spoken(a)}"[:HELP_TEXT]
    page.data_validation(row, number, row, number, rule)


def _help(a: Assumption) -> str:
    unit = "" if a.unit in {"", "-", "id"} else f" [{_spoken(a)}]"
    limits = f" Between {a.low:,.10g} and {a.high:,.10g}." if a.low is not None and a.high is not None else ""
    default = f" Blank: {a.default:g}." if isinstance(a.default, float | int) else ""
    default = f" Blank: {a.default}." if isinstance(a.default, str) else default
    needed = " Required for the options that use it." if a.required else ""
    return f"{a.help.rstrip('.')}{unit}.{limits}{default}{needed}"


def _spoken(a: Assumption) -> str:
    """Return the unit as a rule says it, whose text cannot follow the currency of the model."""
    return a.unit.replace("money", "currency")


def _colours(page: Worksheet, styles: Styles) -> None:
    """Show in green what comes from the column resolved."""
    first, last = HEADER + 2, last_row()
    id_, base, resolved, value, source = (
        f"${xl_col_to_name(number)}{first}" for number in (ID, BASE, RESOLVED, VALUE, SOURCE)
    )
    looks: dict[int, tuple[str, dict[str, Any]]] = {
        IN_USE: (f'=AND({id_}<>"",{value}="",{resolved}<>"")', {"font_color": LINK_INK}),
        SOURCE: (f'=AND({base}<>"",{source}="")', {"left": 5, "left_color": TEAL}),
    }
    for number, (test, look) in looks.items():
        rule = {"type": "formula", "criteria": test, "format": styles.book.add_format(look)}
        page.conditional_format(first - 1, number, last - 1, number, rule)
