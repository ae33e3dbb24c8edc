"""Sheet Assumptions: every input in use with unit, source, date and confidence, and the constants of the calendar."""

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from engine.inputs import Assumption, assumptions
from workbook.author.labels import CHOICES, LABELS, SECTIONS
from workbook.author.styles import HAIRLINE, Styles
from workbook.author.translated import TranslatedBook
from workbook.wording import LANGUAGE

SHEET = "Assumptions"
LABEL, VALUE, UNIT, SOURCE, AS_OF, CONFIDENCE, NOTE, ID, DELIVERED = range(1, 10)
HEADERS = ("Assumption", "Value in use", "Unit", "Source", "As of", "Confidence", "Note", "Id", "As delivered")
WIDTHS = (36, 17, 22, 46, 10, 11, 46, 22, 15)
INPUT_HEIGHT = 23  # two lines of small print: sources are long
HEADER = 3

FORMATS = {  # units whose figures need decimals
    "money/kWh": "input_fine",
    "currency/USD": "input_fine",
    "money/Mtok": "input_price",
    "money/instance/h": "input_price",
    "money/GPU/h": "input_price",
    "money/user/month": "input_price",
}

CONSTANTS = {
    "k_months": (12, "month/yr", "Months of a year"),
    "k_weeks": (52, "week/yr", "Weeks of a year"),
    "k_hours_day": (24, "h/day", "Hours of a day"),
    "k_hours_year": (8760, "h/yr", "Hours of a year"),
    "k_hours_month": (730, "h/month", "Hours of a month (reserved instances)"),
    "k_seconds_hour": (3600, "s/h", "Seconds of an hour"),
    "k_mtok": (1_000_000, "token/Mtok", "Tokens of a million"),
    "k_half": (0.5, "-", "One half"),
    "k_guard": (1e-9, "-", "Guard before rounding up"),
    "k_tolerance": (1e-9, "-", "Relative tolerance of the checks"),
    "k_steps": (10, "-", "Steps of the chart over queries"),
}


def write(book: TranslatedBook, styles: Styles) -> None:
    """Write the sheet and define in_<id>, blk_sources, the rows of each option and the constants."""
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    for column, width in zip(range(LABEL, DELIVERED + 1), WIDTHS, strict=True):
        page.set_column(column, column, width)
    page.set_row(0, 28)
    page.write_string(0, LABEL, "Assumptions", styles.get("title"))
    page.write_string(
        1,
        LABEL,
        "{{customer_label}} · every figure with its source, date and confidence · blue on yellow: inputs",
        styles.get("subtitle"),
    )
    for column, text in zip(range(LABEL, DELIVERED + 1), HEADERS, strict=True):
        right: dict[str, Any] = {"align": "right"} if column in {VALUE, DELIVERED} else {}
        page.write_string(HEADER, column, text, styles.get("header", **right))
    row = HEADER + 1
    for section, title in SECTIONS.items():
        first = row
        row = _section(page, row, title, styles)
        for assumption in (a for a in assumptions().values() if a.section == section):
            _assumption(page, row, assumption, styles)
            book.define_name(f"in_{assumption.id}", f"={SHEET}!$C${row + 1}")
            row += 1
        row += 1
        if section in {"cloud", "api", "seat"}:  # salaries of own servers serve every option
            book.define_name(f"blk_rows_{section}_assumptions", f"={SHEET}!$B${first + 1}:$B${row}")
    book.define_name("blk_sources", f"={SHEET}!$E${HEADER + 2}:$G${row}")
    _delivered(book, page, row, styles)
    for name, letter in (("lst_inputs", "B"), ("lst_input_units", "D"), ("lst_input_ids", "I")):
        book.define_name(name, f"={SHEET}!${letter}${HEADER + 2}:${letter}${row}")
    last = write_constants(book, page, row, SHEET, (LABEL, VALUE, UNIT, ID), styles) + 1
    page.write_string(last, LABEL, "Language", styles.get("label"))
    page.write_string(last, VALUE, book.writer.language.code, styles.get("calc", align="right"))
    page.write_string(last, ID, LANGUAGE, styles.get("unit", font_size=9))
    book.define_name(LANGUAGE, f"={SHEET}!${xl_col_to_name(VALUE)}${last + 1}")
    page.freeze_panes(HEADER + 1, VALUE)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, last, DELIVERED)


def _delivered(book: Workbook, page: Worksheet, last: int, styles: Styles) -> None:
    """Count the inputs that have been changed since the engine stated its figures."""
    first, column = HEADER + 2, xl_col_to_name(DELIVERED)
    book.define_name("blk_delivered", f"={SHEET}!${column}${first}:${column}${last}")
    page.write_string(1, ID, "Changed since delivery", styles.get("subtitle", align="right"))
    changed = f"=SUMPRODUCT(($C${first}:$C${last}<>${column}${first}:${column}${last})*1)"
    page.write_formula(1, DELIVERED, changed, styles.get("result", "flag"), 0)
    book.define_name("out_inputs_changed", f"={SHEET}!${column}$2")


def _section(page: Worksheet, row: int, title: str, styles: Styles) -> int:
    page.set_row(row, 20)
    for column in range(LABEL, DELIVERED + 1):
        page.write(row, column, title if column == LABEL else None, styles.get("section"))
    return row + 1


def _assumption(page: Worksheet, row: int, a: Assumption, styles: Styles) -> None:
    page.set_row(row, INPUT_HEIGHT)
    page.write_string(row, LABEL, LABELS[a.id], styles.get("label", **HAIRLINE))
    align = {} if a.kind in {"number", "whole", "flag"} else {"align": "right"}
    page.write_blank(row, VALUE, None, styles.get("input", number_format(a), **align))
    unit = styles.get("unit", indent=1, shrink=True, **HAIRLINE)
    if a.id in CHOICES:
        page.write_formula(row, UNIT, _choice(f"${xl_col_to_name(VALUE)}{row + 1}", CHOICES[a.id]), unit, "")
    else:
        page.write_string(
            row, UNIT, a.unit.replace("money", "{{currency}}").replace("currency/", "{{currency}}/"), unit
        )
    for column in (SOURCE, AS_OF, CONFIDENCE):
        page.write_blank(row, column, None, styles.get("note", align="left", text_wrap=True, font_size=8, **HAIRLINE))
    page.write_string(row, NOTE, a.help, styles.get("note", text_wrap=True, font_size=8, **HAIRLINE))
    page.write_string(row, ID, a.id, styles.get("unit", font_size=9, **HAIRLINE))
    page.write_blank(row, DELIVERED, None, styles.get("unit", number_format(a), align="right", font_size=9, **HAIRLINE))
    _validate(page, row, a)


def _choice(cell: str, labels: Mapping[str, str]) -> str:
    """Return the formula that says in words what the id in a cell stands for."""
    return "=" + "".join(f'IF({cell}="{id_}","{label}",' for id_, label in labels.items()) + '""' + ")" * len(labels)


def _validate(page: Worksheet, row: int, a: Assumption) -> None:
    rule: dict[str, Any] = {"ignore_blank": True, "error_title": a.id}
    if a.spec.choices:
        rule |= {"validate": "list", "source": list(a.spec.choices)}
    elif a.kind in {"number", "whole", "flag"} and a.low is not None and a.high is not None:
        kind = "decimal" if a.kind == "number" else "integer"
        rule |= {"validate": kind, "criteria": "between", "minimum": a.low, "maximum": a.high}
        rule["error_message"] = f"{a.id} must lie between {a.low:,.15g} and {a.high:,.15g}"
    else:
        return
    page.data_validation(row, VALUE, row, VALUE, rule)


def number_format(a: Assumption) -> str:
    """Return the kind of number format of an assumption's value.

    >>> number_format(assumptions()["wacc"]), number_format(assumptions()["node_price"])
    ('input_rate', 'input_whole')
    """
    if a.kind in {"date", "text"}:
        return a.kind
    if a.unit in FORMATS:
        return FORMATS[a.unit]
    if a.unit.startswith(("fraction", "1/yr")):
        return "input_rate"
    return "input_whole" if a.unit.startswith("money") or a.kind == "whole" else "plain"


def write_constants(
    book: Workbook, page: Worksheet, row: int, sheet: str, columns: tuple[int, int, int, int], styles: Styles
) -> int:
    """Write the constants of the calendar and their names; the columns are those of label, value, unit and name."""
    label_column, value_column, unit_column, id_column = columns
    row = _section(page, row, "Constants", styles)
    for name, (value, unit, label) in CONSTANTS.items():
        page.write_string(row, label_column, label, styles.get("label"))
        page.write_number(row, value_column, value, styles.get("calc", "plain"))
        page.write_string(row, unit_column, unit, styles.get("unit", indent=1))
        page.write_string(row, id_column, name, styles.get("unit", font_size=9))
        book.define_name(name, f"={sheet}!${xl_col_to_name(value_column)}${row + 1}")
        row += 1
    return row - 1


def last_input_row() -> int:
    """Return the row number of the last input on the sheet, as Excel counts.

    A heading stands above each section and an empty row between two.
    """
    inputs = sum(a.section in SECTIONS for a in assumptions().values())
    return HEADER + 1 + inputs + len(SECTIONS) + len(SECTIONS) - 1
