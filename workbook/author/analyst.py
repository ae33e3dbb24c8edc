"""The analyst's workbook as a whole: inputs, prices, the native model of the proposals, functions, checks, log."""

import csv
import datetime as dt
import io

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from workbook.author import (
    analystchecks,
    analystcover,
    analystsensitivity,
    chartdata,
    checks,
    enginelines,
    formulasheet,
    grid,
    inputsheet,
    logsheet,
    pricesheet,
    questions,
    scenarios,
    summary,
)
from workbook.author.alternatives import alternatives
from workbook.author.capital import capital
from workbook.author.cashflow import cashflow
from workbook.author.costs import costs
from workbook.author.grid import Model
from workbook.author.live import STATE, LiveSheet, LiveStyles
from workbook.author.need import need, sizing
from workbook.author.styles import AMBER, CLAY, MOSS, NAVY, SLATE, TEAL, Styles
from workbook.locate import shipped
from workbook.newbook import Entry, filled
from workbook.summary import regenerated

TABS = {
    "Cover": NAVY,
    "About": NAVY,
    "Summary": TEAL,
    "Questions": TEAL,
    "Inputs": CLAY,
    "Scenarios": CLAY,
    "Prices": CLAY,
    "Need": SLATE,
    "Sizing": SLATE,
    "Costs": AMBER,
    "Capital": AMBER,
    "Alternatives": CLAY,
    "CashFlow": AMBER,
    "Sensitivity": AMBER,
    "Formulas": TEAL,
    "Checks": MOSS,
    "ChartData": SLATE,
    "Log": SLATE,
    "Guide": SLATE,
}
ONE_PAGE = {"Cover", "About", "Questions", "Sizing", "Costs", "Guide"}
PORTRAIT = {"Questions"}
STATED = ("Need", "Sizing", "Costs", "Capital", "Alternatives", "CashFlow", "Formulas", "ChartData", "Log")
"""Sheets whose third row says what their figures belong to, on every printed page."""
LOCKED = (
    *("About", "Questions", "Inputs", "Scenarios"),
    *("Need", "Sizing", "Costs", "Capital", "Alternatives", "CashFlow", "ChartData"),
)
"""Sheets whose formulas are locked, without a password; what is typed, and what the engine writes, is not."""
ALLOWED = ("objects", "scenarios", "format_cells", "format_columns", "format_rows", "select_locked_cells")
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001  a fixed date: the same sources give the same bytes
RUN = dt.date(2026, 11, 21)  # the run that the shipped workbook's log begins with
EXCEL = 191029  # the calculation engine of today's Excel, which then trusts the values of the file


def model() -> Model:
    """Return the rows of all sheets of years."""
    return Model((need(), sizing(live=True), capital(), alternatives(live=True), costs(), cashflow()))


def build() -> bytes:
    """Return the analyst's workbook with the worked example, every formula with its value."""
    with shipped("examples", "assumptions.csv").open(encoding="utf-8", newline="") as file:
        entries = [Entry.of_record(record) for record in csv.DictReader(file)]
    book = filled(blank(), "assumptions.xlsx", entries)
    return regenerated(book, "assumptions.xlsx", date=RUN, note="worked example").data


def blank() -> bytes:
    """Return the workbook as XlsxWriter makes it: no inputs, no values."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "Cost of large language models", "author": "llm-tco", "created": CREATED})
    book.set_size(24000, 14000)
    book.set_calc_mode("auto", EXCEL)
    book.calc_on_load = (
        False  # every value is there; without the add-in a calculation would lose those of our functions
    )
    for name, colour in TABS.items():
        _page_setup(book.add_worksheet(name, LiveSheet), name, colour)
    styles, rows = LiveStyles(book), model()
    analystcover.write_cover(book, styles)
    inputsheet.write(book, styles)
    scenarios.write(book, styles)
    pricesheet.write(book, styles)
    as_of = inputsheet.column(inputsheet.AS_OF).rpartition("!")[2].replace("$", "")
    pricesheet.amber(book.get_worksheet_by_name(inputsheet.SHEET), as_of, f"${as_of.partition(':')[0]}", styles)
    for sheet in rows.sheets:
        grid.write(book, rows, sheet, styles)
    analystsensitivity.write(book, styles)
    formulasheet.write(book, styles)
    chartdata.write(book, rows, styles, computed_only=True)
    checks.write(book, rows, styles, analystchecks.edition(rows))
    summary.write(book, rows, styles, analystcover.LIGHT, stated=True)
    questions.write(book, styles, live=True)
    enginelines.write(book, styles)
    logsheet.write(book, styles)
    analystcover.write_about(book, styles)
    analystcover.write_guide(book, styles)
    _finish(book, styles)
    book.get_worksheet_by_name("Cover").activate()
    book.close()
    return target.getvalue()


def _finish(book: xlsxwriter.Workbook, styles: Styles) -> None:
    """Say on every page what its figures belong to, and lock the formulas."""
    for name in STATED:
        page = book.get_worksheet_by_name(name)
        page.write_formula(2, 1, STATE, styles.get("note"), "")
        page.repeat_rows(2, 3)
    for name in LOCKED:
        allowed = dict.fromkeys((*ALLOWED, "select_unlocked_cells"), True)
        book.get_worksheet_by_name(name).protect("", allowed)


def _page_setup(page: Worksheet, name: str, colour: str) -> None:
    page.set_tab_color(colour)
    page.hide_gridlines(2)
    if name in PORTRAIT:
        page.set_portrait()
    else:
        page.set_landscape()
    page.set_paper(9)  # A4
    page.center_horizontally()
    page.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.7)
    page.fit_to_pages(1, 1 if name in ONE_PAGE else 0)
    small = "&8&K7A8591"
    page.set_footer(f"&L{small}&F · &A&C{small}Page &P of &N&R{small}llm-tco")
    page.set_zoom(90)
