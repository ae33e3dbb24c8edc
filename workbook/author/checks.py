"""Sheet Checks: the workbook against itself and against the engine; chk_ cells hold 1 when all is well, else 0."""

from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from workbook.author import assumptions, chartdata
from workbook.author.cashflow import MEASURES
from workbook.author.costs import OPTIONS, Option
from workbook.author.grid import YEAR_0, Model
from workbook.author.styles import BAD_FILL, BAD_INK, GOOD_FILL, HAIRLINE, LINK_INK, Styles

SHEET = "Checks"
COMPARED_MEASURES = ("tco", "npv", "total", "capex", "opex", "per_user_month")
WARNING_ROWS = 8
HEADER = 5
LABEL, NOTE, VALUE, EXPECTED, DIFFERENCE, STATUS, LIGHT = range(1, 8)
HEADERS = ("Check", "How", "Value", "Expected", "Difference", "1 = passed", "")


@dataclass(frozen=True)
class Check:
    """One check: a value that equals, or does not exceed, another; formulas name rows as sheets of years do."""

    id: str
    label: str
    note: str
    value: str
    expected: str = "=0"
    at_most: bool = False
    option: str = ""
    engine: str = ""
    """Name of the cell with the engine's figure, which is then what is expected."""
    applies: str = ""
    """Condition under which the check means anything."""


def write(book: Any, model: Model, styles: Styles) -> None:  # noqa: ANN401  XlsxWriter is untyped
    """Write the checks, the overall light and the room for warnings."""
    page = book.get_worksheet_by_name(SHEET)
    for column, width in enumerate((1.5, 50, 52, 17, 17, 14, 11, 5)):
        page.set_column(column, column, width)
    page.set_row(0, 28)
    page.write_string(0, LABEL, "Checks", styles.get("title"))
    page.write_string(1, LABEL, "{{customer_label}} · two independent calculations: this workbook and the engine of llm-tco "
                      "{{engine_version}}", styles.get("subtitle"))  # fmt: skip
    for column, text in zip(range(LABEL, LIGHT + 1), HEADERS, strict=True):
        look = styles.get("header", align="right") if column in {VALUE, EXPECTED, DIFFERENCE, STATUS} else styles.get("header")
        page.write_string(HEADER, column, text, look)
    row = _checks(book, page, model, styles)
    _overall(book, page, row, styles)
    last = _warnings(book, page, row + 1, styles)
    _colour(page, styles, row)
    page.freeze_panes(HEADER + 1, NOTE)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, last, LIGHT)


def _checks(book: Any, page: Any, model: Model, styles: Styles) -> int:  # noqa: ANN401
    row = HEADER + 1
    for option in OPTIONS:
        first = row
        row = _heading(page, row, option.label, styles)
        for check in _of_option(option, model):
            _write(book, page, model, row, check, styles)
            row += 1
        book.define_name(f"blk_rows_{option.id}_checks", f"={SHEET}!$B${first + 1}:$B${row}")
    row = _heading(page, row, "Fleet, capital and the workbook itself", styles)
    for check in _of_workbook(model):
        _write(book, page, model, row, check, styles)
        row += 1
    return row


def _heading(page: Any, row: int, text: str, styles: Styles) -> int:  # noqa: ANN401
    page.set_row(row, 20)
    for column in range(LABEL, LIGHT + 1):
        page.write(row, column, text if column == LABEL else None, styles.get("section"))
    return row + 1


def _of_option(option: Option, model: Model) -> list[Check]:
    o = option.id
    lines = "+".join(f"[{o}_{line.id}@F]" for line in option.lines)
    later = {key: model.years(f"{o}_{key}", YEAR_0 + 1) for key in ("dated", "flowing")}
    present = (
        f"=[{o}_cash@H]+NPV(in_wacc,{later['dated']})"
        f'+NPV(in_wacc,{later["flowing"]})*IF(in_timing="mid",(1+in_wacc)^k_half,1)'
    )
    engine = [
        Check(f"{o}_{m}", f"{MEASURES[m][0]} = engine", "native formulas against the engine's own calculation", f"=out_{o}_{m}",
              option=o, engine=f"out_engine_{o}_{m}")
        for m in COMPARED_MEASURES
    ]  # fmt: skip
    return [
        *engine,
        Check(f"{o}_lines", "Lines sum to the total", "sum of line totals against sum of yearly totals", f"={lines}", f"=[{o}_total@F]", option=o),
        Check(f"{o}_present_value", "Present value = NPV function", "discount factors against NPV()", f"=[{o}_pv@F]", present, option=o),
        Check(f"{o}_parts", "Parts of the TCO sum to it", "by line against by year (mode npv)", f"=out_{o}_tco",
              f'=IF(in_capital_mode="npv",[{o}_pv@F],out_{o}_total+{"[onprem_capital@F]" if o == "onprem" else "0"})', option=o),
        Check(f"{o}_cumulative", "Cumulative cash ends at the total", "at the end of the horizon",
              f"=SUMPRODUCT({model.years(f'{o}_cumulative')},{model.years('end')})", f"=out_{o}_total", option=o),
        Check(f"{o}_horizon", "No cash outside the horizon", "years after the horizon",
              f"=SUMPRODUCT({model.years(f'{o}_cash')}*(1-{model.years('live')}))", option=o),
        Check(f"{o}_chart", "Chart shows the whole TCO", "parts in the chart against the TCO", f"={_stack_total(o)}", f"=out_{o}_tco", option=o),
    ]  # fmt: skip


def _stack_total(option: str) -> str:
    row = chartdata.STACK_HEADER + 1 + [o.id for o in OPTIONS].index(option)
    return f"{chartdata.SHEET}!{xl_rowcol_to_cell(row, chartdata.FIRST + len(chartdata.GROUPS))}"


def _of_workbook(model: Model) -> list[Check]:
    fleet = "out_onprem_compared+out_cloud_compared>0"
    own = "out_onprem_compared=1"
    years = model.years
    taxed = f"IF(in_tax_rate>0,[acquired@F]+[networked@F],0)"
    errors = "+".join(
        f"SUMPRODUCT(ISERROR({s.name}!$D$1:${'W'}${s.last + 1})*1)" for s in model.sheets
    )
    inputs, sources = _source_columns()
    return [
        Check("stated", "Need stated for every year", "years with a stated number of GPUs", "=COUNT(blk_gpus)", "=in_horizon",
              applies=fleet),
        Check("sizing", "Stated need = sizing rule", "replicas, GPUs and servers, where a capacity is given", "=[rule_gap@F]", applies=fleet),
        Check("utilisation", "Capacity covers the peak", "largest utilisation at the peak", f"=MAX({years('utilisation')})", "=1", at_most=True,
              applies=fleet),
        Check("fit", "GPUs fit into the servers", "years in which they do not",
              f"=IF(in_gpus_per_node>0,SUMPRODUCT(({years('gpus')}>{years('nodes')}*in_gpus_per_node)*1),0)", applies=own),
        Check("bought", "GPUs bought for growth = GPUs there", "at the end of the horizon", "=[grown_gpus@F]",
              f"=SUMPRODUCT({years('gpus')},{years('end')})", applies=own),
        Check("book", "Book value + depreciation = cost", "tax books at the end of the horizon",
              f"=SUMPRODUCT({years('book')},{years('end')})+[depreciation@F]", f"={taxed}", applies=own),
        Check("charged", "Capital charges = acquisition x (factor - 1)", "modes annuity, book, simple", "=[charged@F]",
              f"=SUMPRODUCT({years('acquired')}*({years('capital_factor')}-1))", applies=own),
        Check("residual", "Residual value not above the hardware", "at the end of the horizon", "=[resale@F]", "=[hardware@F]", at_most=True,
              applies=own),
        Check("shares", "Shares lie between 0 and 1", "largest of the shares typed",
              "=MAX(in_response_cache_hit,in_api_cached_share,in_api_batch_share,in_cloud_admin_saving,in_residual_rate,in_load_factor)", "=1",
              at_most=True),
        Check("sources", "Every input has a source", "inputs in use without one", f'=SUMPRODUCT(({inputs}<>"")*({sources}=""))'),
        Check("errors", "No error values", "cells with an error on the sheets of years", f"={errors}"),
    ]  # fmt: skip


def _source_columns() -> tuple[str, str]:
    rows = f"{assumptions.HEADER + 2}:${{0}}${assumptions.last_input_row()}"
    return tuple(f"{assumptions.SHEET}!${c}${rows.format(c)}" for c in "CE")  # type: ignore[return-value]


def _write(book: Any, page: Any, model: Model, row: int, check: Check, styles: Styles) -> None:  # noqa: ANN401
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
    page.write_formula(row, STATUS, f"=IF({applies},{test},1)" if applies else f"={test}", styles.get("calc", "flag"), 0)
    light = f'IF({status}=1,"✓","✗")'
    page.write_formula(row, LIGHT, f'=IF({applies},{light},"–")' if applies else f"={light}", styles.get("calc", align="center"), "")
    book.define_name(f"chk_{check.id}", f"={SHEET}!$G${row + 1}")


def _scale(check: Check) -> str:
    """Rounding noise grows with the terms of a sum, not with what is left of it."""
    return f",ABS(out_{check.option}_capex)" if check.option else ""


def _overall(book: Any, page: Any, row: int, styles: Styles) -> None:  # noqa: ANN401
    cells = f"$G${HEADER + 2}:$G${row}"
    page.write_formula(2, VALUE, f"=IF(SUM({cells})=COUNT({cells}),1,0)", styles.get("result", "flag"), 0)
    page.write_formula(2, LABEL, f'=IF(chk_all=1,"✓ All checks pass","✗ "&TEXT(COUNT({cells})-SUM({cells}),"0")&" of "'
                       f'&TEXT(COUNT({cells}),"0")&" checks fail")', styles.get("light"), "")  # fmt: skip
    page.write_string(2, NOTE, "1 in the cell at the right when every check below passes", styles.get("note"))
    book.define_name("chk_all", f"={SHEET}!$D$3")


def _warnings(book: Any, page: Any, row: int, styles: Styles) -> int:  # noqa: ANN401
    row = _heading(page, row, "Warnings of the engine", styles)
    for position in range(row, row + WARNING_ROWS):
        page.merge_range(position, LABEL, position, LIGHT, "", styles.get("body"))
    book.define_name("blk_warnings", f"={SHEET}!$B${row + 1}:$B${row + WARNING_ROWS}")
    return row + WARNING_ROWS - 1


def _colour(page: Any, styles: Styles, row: int) -> None:  # noqa: ANN401
    good = styles.book.add_format({"bg_color": GOOD_FILL, "font_color": LINK_INK})
    bad = styles.book.add_format({"bg_color": BAD_FILL, "font_color": BAD_INK, "bold": True})
    for cells, test in ((f"G{HEADER + 2}:H{row}", f"$G{HEADER + 2}"), ("B3", "chk_all")):
        seen = f'AND({test}<>"",{test}={{}})'
        page.conditional_format(cells, {"type": "formula", "criteria": "=" + seen.format(0), "format": bad})
        page.conditional_format(cells, {"type": "formula", "criteria": "=" + seen.format(1), "format": good})


