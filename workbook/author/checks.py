"""Sheet Checks: the workbook against itself and against the engine; chk_ cells hold 1 when all is well, else 0."""

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.checklist import Check, Edition, of_option, of_workbook, proposal_edition
from workbook.author.grid import Model
from workbook.author.options import OPTIONS
from workbook.author.styles import BAD_FILL, BAD_INK, GOOD_FILL, HAIRLINE, LINK_INK, Styles

SHEET = "Checks"
WARNING_ROWS = 8
HEADER = 5
LABEL, NOTE, VALUE, EXPECTED, DIFFERENCE, STATUS, LIGHT = range(1, 8)
HEADERS = ("Check", "How", "Value", "Expected", "Difference", "1 = passed", "")


def write(book: Workbook, model: Model, styles: Styles, edition: Edition | None = None) -> None:
    """Write the checks, the overall light and the room for warnings."""
    edition = edition or proposal_edition()
    page = book.get_worksheet_by_name(SHEET)
    for column, width in enumerate((1.5, 50, 52, 17, 17, 14, 11, 5)):
        page.set_column(column, column, width)
    page.set_row(0, 28)
    page.write_string(0, LABEL, "Checks", styles.get("title"))
    page.write_string(
        1,
        LABEL,
        "{{customer_label}} · two independent calculations: this workbook and the engine of llm-tco {{engine_version}}",
        styles.get("subtitle"),
    )
    for column, text in zip(range(LABEL, LIGHT + 1), HEADERS, strict=True):
        look = (
            styles.get("header", align="right")
            if column in {VALUE, EXPECTED, DIFFERENCE, STATUS}
            else styles.get("header")
        )
        page.write_string(HEADER, column, text, look)
    row = _checks(book, page, model, styles, edition)
    _overall(book, page, row, styles, edition)
    last = _warnings(book, page, row + 1, styles)
    _colour(page, styles, row)
    page.freeze_panes(HEADER + 1, NOTE)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, last, LIGHT)


def _checks(book: Workbook, page: Worksheet, model: Model, styles: Styles, edition: Edition) -> int:
    row = HEADER + 1
    for option in OPTIONS:
        first = row
        row = _heading(page, row, option.label, styles)
        for check in of_option(option, model):
            _write(book, page, model, row, check, styles, edition)
            row += 1
        book.define_name(f"blk_rows_{option.id}_checks", f"={SHEET}!$B${first + 1}:$B${row}")
    row = _heading(page, row, "Fleet, capital and the workbook itself", styles)
    for check in of_workbook(model, edition):
        _write(book, page, model, row, check, styles, edition)
        row += 1
    return row


def _heading(page: Worksheet, row: int, text: str, styles: Styles) -> int:
    page.set_row(row, 20)
    for column in range(LABEL, LIGHT + 1):
        page.write(row, column, text if column == LABEL else None, styles.get("section"))
    return row + 1


def _write(
    book: Workbook, page: Worksheet, model: Model, row: int, check: Check, styles: Styles, edition: Edition
) -> None:
    page.write_string(row, LABEL, check.label, styles.get("label", **HAIRLINE))
    page.write_string(row, NOTE, check.note, styles.get("note", **HAIRLINE))
    figure = styles.get("calc", "number", **HAIRLINE)
    page.write_formula(row, VALUE, model.resolve(check.value), figure, 0)
    if check.engine:
        page.write_blank(row, EXPECTED, None, styles.get("stated", "number", **HAIRLINE))
        book.define_name(check.engine, f"={SHEET}!$E${row + 1}")
    else:
        page.write_formula(row, EXPECTED, model.resolve(check.expected), figure, 0)
    value, expected, difference, status = (f"{c}{row + 1}" for c in "DEFG")
    page.write_formula(row, DIFFERENCE, f"={value}-{expected}", styles.get("calc", "number", **HAIRLINE), 0)
    margin = f"k_tolerance*MAX(1,ABS({value}),ABS({expected}){_scale(check)})"
    passed = f"{difference}<={margin}" if check.at_most else f"ABS({difference})<={margin}"
    if check.engine:
        passed = f"AND(ISNUMBER({expected}),{passed})"
    test = f"IFERROR(IF({passed},1,0),0)"
    applies = check.applies or (f"out_{check.option}_compared=1" if check.option else "")
    if check.engine and edition.fresh:
        applies = f"AND({applies},{edition.fresh})"
    status_formula = f"=IF({applies},{test},1)" if applies else f"={test}"
    page.write_formula(row, STATUS, status_formula, styles.get("calc", "flag"), 0)
    light = f'IF({status}=1,"✓","✗")'
    shown = f'=IF({applies},{light},"\N{EN DASH}")' if applies else f"={light}"
    page.write_formula(row, LIGHT, shown, styles.get("calc", align="center"), "")
    book.define_name(f"chk_{check.id}", f"={SHEET}!$G${row + 1}")


def _scale(check: Check) -> str:
    """Return a term of the margin: rounding noise grows with the terms of a sum, not with what is left of it."""
    return f",ABS(out_{check.option}_capex)" if check.option and not check.id.endswith("per_user_month") else ""


def _overall(book: Workbook, page: Worksheet, row: int, styles: Styles, edition: Edition) -> None:
    cells = f"$G${HEADER + 2}:$G${row}"
    page.write_formula(2, VALUE, f"=IF(SUM({cells})=COUNT({cells}),1,0)", styles.get("result", "flag"), 0)
    page.write_formula(
        2,
        LABEL,
        f'=IF(chk_all=1,"✓ All checks pass","✗ "&TEXT(COUNT({cells})-SUM({cells}),"0")&" of "'
        f'&TEXT(COUNT({cells}),"0")&" checks fail")',
        styles.get("light"),
        "",
    )
    if edition.remark:
        page.write_formula(2, NOTE, edition.remark, styles.get("note"), "")
    else:
        page.write_string(2, NOTE, "1 in the cell at the right when every check below passes", styles.get("note"))
    book.define_name("chk_all", f"={SHEET}!$D$3")


def _warnings(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    row = _heading(page, row, "Warnings of the engine", styles)
    for position in range(row, row + WARNING_ROWS):
        page.merge_range(position, LABEL, position, LIGHT, "", styles.get("body"))
    book.define_name("blk_warnings", f"={SHEET}!$B${row + 1}:$B${row + WARNING_ROWS}")
    return row + WARNING_ROWS - 1


def _colour(page: Worksheet, styles: Styles, row: int) -> None:
    good = styles.book.add_format({"bg_color": GOOD_FILL, "font_color": LINK_INK})
    bad = styles.book.add_format({"bg_color": BAD_FILL, "font_color": BAD_INK, "bold": True})
    for cells, test in ((f"G{HEADER + 2}:H{row}", f"$G{HEADER + 2}"), ("B3", "chk_all")):
        seen = f'AND({test}<>"",{test}={{}})'
        page.conditional_format(cells, {"type": "formula", "criteria": "=" + seen.format(0), "format": bad})
        page.conditional_format(cells, {"type": "formula", "criteria": "=" + seen.format(1), "format": good})
