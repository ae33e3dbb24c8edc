"""Sheets Cover and Disclaimer: what the workbook is, how to read it, and what it does not promise."""

from collections.abc import Sequence

from xlsxwriter.image import Image
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.styles import BAD_INK, LINK_INK, NAVY, TEAL, Styles

LOGO_HEIGHT, LOGO_RIGHT, SCREEN_DPI = 56, 780, 96  # pixels from the left edge of column C

CONTENTS = {
    "Summary": "The recommendation, three numbers and three charts on one page",
    "Questions": "What a finance director asks: cash, demand, use, certainty, return, what is in the figures",
    "Need": "Users, queries and tokens by year",
    "Sizing": "Replicas, GPUs, servers, power and staff by year",
    "Costs": "Every cost line of every option by year, and its part of the TCO",
    "Capital": "Purchases, service life, depreciation, cost of capital, residual value",
    "Alternatives": "Leases, colocation, and own servers with a provider for the peaks",
    "CashFlow": "Cash and present value by year, and every measure of the comparison",
    "Sensitivity": "What moves the result most, and the break-even points",
    "Assumptions": "Every input with unit, source, date and confidence",
    "Risks": "What has no price, each with the figure that it touches",
    "Glossary": "What the words mean",
    "Disclaimer": "Method, limits and terms",
    "Checks": "The workbook against itself and against the engine, and warnings",
    "ChartData": "The figures behind the charts",
}

METHOD = (
    (
        "What is compared",
        (
            "Total cost of ownership of serving one language model to the users on sheet Need, by own "
            "servers, rented GPUs, a token API or seats. Quality of answers, data sovereignty, lock-in and "
            "time to start are not priced."
        ),
    ),
    (
        "Sign and time",
        (
            "Costs are positive; residual value and tax relief are negative. Columns are years: year 0 is "
            "today, purchases for year t are made at the end of year t - 1. Prices of year 1 are today's; "
            "later years follow the price factors on sheet Costs."
        ),
    ),
    (
        "Money of today",
        (
            "In mode npv the TCO is the present value of every line of every option at the cost of capital. "
            "In the modes annuity, book, simple and none it is the undiscounted sum, with the cost of capital "
            "as a line of own servers."
        ),
    ),
    (
        "Tax",
        (
            "With a tax rate every option is treated alike: running costs and depreciation reduce the tax, "
            "residual value above book value is taxed."
        ),
    ),
    (
        "Two calculations",
        (
            "The sheets calculate every line with formulas of their own. The engine of llm-tco calculates the "
            "same lines independently; sheet Checks compares them. Figures stated by the engine stand blue on "
            "yellow, like inputs."
        ),
    ),
    (
        "Colours",
        (
            "Blue on yellow: inputs and stated figures. Black: calculated here. Green: taken over from "
            "another sheet. Grey: units and notes."
        ),
    ),
    (
        "What to change",
        (
            "Change any blue figure on sheet Assumptions and every cost follows. What the engine states, the need of "
            "GPUs and servers included, stays as delivered: a note says that it is older than the inputs, and the "
            "checks against it rest."
        ),
    ),
)

DISCLAIMER = (
    (
        "This document is an estimate for decision support. It is neither an offer nor a quotation, and no "
        "supplier named in it has confirmed a price."
    ),
    (
        "Prices were collected on the dates stated on sheet Assumptions; prices of hardware, cloud services "
        "and tokens change often. Obtain binding quotations before an investment."
    ),
    (
        "Throughput depends on model, software, settings and load. Capacity should be confirmed by a "
        "measurement before hardware is ordered."
    ),
    "Tax is treated in a simplified way that is equal for all options; it does not replace tax advice.",
)


def write_cover(book: Workbook, styles: Styles) -> None:
    """Write title, customer, dates, the overall light and the table of contents."""
    page = book.get_worksheet_by_name("Cover")
    page.set_column(0, 0, 4)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 112)
    for row in range(3):
        page.set_row(row, 14, styles.get("label", bg_color=NAVY))
    page.set_row(3, 4, styles.get("label", bg_color=TEAL))
    _write_logo(page, 5, styles)
    page.set_row(6, 40)
    page.set_row(7, 24)
    page.write_string(6, 1, "Cost of large language models", styles.get("title", font_size=32))
    page.write_string(
        7, 1, "Own servers, rented GPUs, token API and seats compared", styles.get("subtitle", font_size=15)
    )
    page.set_row(9, 30)
    name = styles.get("title", font_size=22, font_color=TEAL, shrink=True)
    page.merge_range(9, 1, 9, 2, "{{customer_name}}", name)
    facts = (
        ("Customer", "{{customer_id}}"),
        ("Date", "{{proposal_date}}"),
        ("Prices as of", "{{prices_as_of}}"),
        ("Amounts", "{{currency}}, {{tax_basis}}"),
        ("Engine", "llm-tco {{engine_version}}"),
    )
    for row, (label, text) in enumerate(facts, 11):
        page.write_string(row, 1, label, styles.get("unit", font_size=12))
        page.write_string(row, 2, text, styles.get("label", font_size=12))
    page.write_string(16, 1, "Checks", styles.get("unit", font_size=12))
    page.write_formula(
        16, 2, '=IF(chk_all=1,"✓ All checks pass","✗ Checks fail: see sheet Checks")', styles.get("light"), ""
    )
    for value, colour in ((0, BAD_INK), (1, LINK_INK)):
        rule = {
            "type": "formula",
            "criteria": f"=chk_all={value}",
            "format": styles.book.add_format({"font_color": colour}),
        }
        page.conditional_format("C17", rule)
    page.write_string(18, 1, "Contents", styles.get("section"))
    page.write_blank(18, 2, None, styles.get("section"))
    for row, (sheet, text) in enumerate(CONTENTS.items(), 19):
        page.write_url(
            row, 1, f"internal:'{sheet}'!A1", styles.get("label", font_color=TEAL, underline=1, font_size=11), sheet
        )
        page.write_string(row, 2, text, styles.get("label", font_size=11))
    page.print_area(0, 0, 19 + len(CONTENTS), 2)


def _write_logo(page: Worksheet, row: int, styles: Styles) -> None:
    """Put the logo at the right of the title, 20 mm high, and the name of who sends the proposal under it."""
    brand = styles.brand
    if brand.logo:
        image = Image(brand.logo)
        scale = LOGO_HEIGHT / image.height  # in pixels of the sheet; a file has dots per inch of its own
        across, down = scale * image.x_dpi / SCREEN_DPI, scale * image.y_dpi / SCREEN_DPI
        options = {"x_offset": LOGO_RIGHT - image.width * scale, "y_offset": 2, "x_scale": across, "y_scale": down}
        page.insert_image(row, 2, brand.logo, options | {"object_position": 3, "decorative": True})
    if brand.name:
        page.write_string(row + 3, 2, brand.name, styles.get("subtitle", align="right", font_size=12))


def write_disclaimer(book: Workbook, styles: Styles) -> None:
    """Write the method in brief and the terms."""
    page = book.get_worksheet_by_name("Disclaimer")
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 105)
    page.set_row(0, 28)
    page.write_string(0, 1, "Method, limits and terms", styles.get("title"))
    page.write_string(1, 1, "{{customer_label}} · {{proposal_date}}", styles.get("subtitle"))
    row = write_table(page, 3, "How to read this workbook", METHOD, styles)
    write_table(page, row + 1, "Terms", [(str(i), text) for i, text in enumerate(DISCLAIMER, 1)], styles)
    page.print_area(0, 0, row + 2 + len(DISCLAIMER), 2)


def write_table(page: Worksheet, row: int, title: str, rows: Sequence[tuple[str, str]], styles: Styles) -> int:
    """Write a heading and rows of a label and a text, and return the row after them."""
    page.set_row(row, 20)
    page.write_string(row, 1, title, styles.get("section"))
    page.write_blank(row, 2, None, styles.get("section"))
    for position, (label, text) in enumerate(rows, row + 1):
        page.set_row(position, 34)
        page.write_string(position, 1, label, styles.get("body", bold=True, font_size=11))
        page.write_string(position, 2, text, styles.get("body", font_size=11))
    return row + 1 + len(rows)
