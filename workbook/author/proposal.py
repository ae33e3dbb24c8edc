"""The proposal template as a whole: sheets in reading order, page set-up, document properties."""

import datetime as dt

from xlsxwriter.worksheet import Worksheet

from workbook.author import assumptions, chartdata, checks, frontmatter, grid, questions, risks, summary, tornadosheet
from workbook.author.alternatives import alternatives
from workbook.author.brand import Brand
from workbook.author.capital import capital
from workbook.author.cashflow import cashflow
from workbook.author.costs import costs
from workbook.author.grid import Model
from workbook.author.need import need, sizing
from workbook.author.styles import AMBER, CLAY, MOSS, NAVY, SLATE, TEAL, Styles
from workbook.author.translated import TranslatedBook
from workbook.languages import LANGUAGES, Language

TABS = {
    "Cover": NAVY,
    "Summary": TEAL,
    "Questions": TEAL,
    "Need": SLATE,
    "Sizing": SLATE,
    "Costs": AMBER,
    "Capital": AMBER,
    "Alternatives": CLAY,
    "CashFlow": AMBER,
    "Sensitivity": TEAL,
    "Assumptions": CLAY,
    "Risks": CLAY,
    "Glossary": SLATE,
    "Disclaimer": SLATE,
    "Checks": MOSS,
    "ChartData": SLATE,
}
ONE_PAGE = {"Cover", "Summary", "Questions", "Sensitivity", "Risks", "Glossary", "Disclaimer"}
PORTRAIT = {"Questions"}  # a page of many rows
CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001  a fixed date: the same sources give the same bytes


def model() -> Model:
    """Return the rows of all sheets of years."""
    return Model((need(), sizing(), capital(), alternatives(), costs(), cashflow()))


def build(language: Language = LANGUAGES["en"], brand: Brand | None = None) -> bytes:
    """Return the proposal template in a language, with a brand; left out: a neutral one."""
    book = TranslatedBook(language)
    book.set_properties(
        {
            "title": "Cost of large language models: {{customer_name}}",
            "subject": "Proposal {{customer_id}}",
            "author": "llm-tco",
            "comments": "Prices as of {{prices_as_of}}, engine {{engine_version}}",
            "created": CREATED,
        }
    )
    book.set_size(24000, 14000)
    styles, rows = Styles(book, brand or Brand()), model()
    for name, colour in TABS.items():
        _page_setup(book.add_worksheet(name), name, styles.colour(colour))
    frontmatter.write_cover(book, styles)
    assumptions.write(book, styles)
    for sheet in rows.sheets:
        grid.write(book, rows, sheet, styles)
    chartdata.write(book, rows, styles)
    checks.write(book, rows, styles)
    summary.write(book, rows, styles, stated=True)
    questions.write(book, styles)
    tornadosheet.write(book, styles)
    risks.write_risks(book, rows, styles)
    risks.write_glossary(book, styles)
    frontmatter.write_disclaimer(book, styles)
    book.get_worksheet_by_name("Cover").activate()
    return book.finished()


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
    left, right = f"{{{{customer_label}}}} · {name}", "Prices as of {{prices_as_of}}"
    page.set_footer(f"&L{small}{left}&C{small}Page &P of &N&R{small}{right}")
    page.set_zoom(90)
