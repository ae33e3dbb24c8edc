"""Sheets Cover and Guide of the analyst's workbook: what it is, how it stands, and how to work with it."""

from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.frontmatter import DISCLAIMER, METHOD, write_table
from workbook.author.pricesheet import STALE_FILL, STALE_INK
from workbook.author.styles import AMBER, BAD_FILL, BAD_INK, GOOD_FILL, LINK_INK, NAVY, TEAL, Styles

CONTENTS = {
    "About": "Purpose, conventions, colours, how to refresh, limits",
    "Summary": "Recommendation, three numbers, charts; cost by line and measure",
    "Questions": "What a finance director asks: cash, demand, use, certainty, return, what turns the recommendation",
    "Inputs": "Every assumption with limits, low, high, source, date and confidence: the one sheet to type on",
    "Scenarios": "Base, Low, High and the customer's figures: which one the whole workbook shows is chosen here",
    "Prices": "The catalogue: GPUs, servers, instances, tokens, licences, electricity, people, models",
    "Need": "Users, queries and tokens by year",
    "Sizing": "Replicas, GPUs, servers, power and staff by year",
    "Costs": "Every cost line of every option by year, and its part of the TCO",
    "Capital": "Purchases, service life, depreciation, cost of capital, residual value",
    "Alternatives": "Leases, colocation, and own servers with a provider for the peaks",
    "CashFlow": "Cash and present value by year, and every measure of the comparison",
    "Sensitivity": "What moves the cost most, two inputs together, Monte Carlo, where the order of options turns",
    "Formulas": "Worksheet functions on these inputs, to copy into your own sheets",
    "Checks": "The workbook against itself and against the engine, and warnings",
    "ChartData": "The figures behind the charts",
    "Log": "Every run with what has changed since the one before",
    "Guide": "How to work with it, method, limits and terms",
}
LIGHT = (
    '=IF(chk_all=0,"✗ Checks fail: see sheet Checks",IF(out_inputs_changed>0,"● "&out_inputs_changed&'
    'IF(out_inputs_changed=1," input has"," inputs have")&" changed since the last run: llm-tco summary",'
    '"✓ All checks pass: workbook and engine agree"))'
)
FACTS = (  # label, text, name of the cell
    ("Last run", "", "meta_run_date"),
    ("Engine", "", "meta_engine_version"),
    ("Price book", "", "meta_prices_as_of"),
    (
        "Prices as of",
        (
            '=IF(in_prices_as_of="","",YEAR(in_prices_as_of)&"-"&TEXT(MONTH(in_prices_as_of),"00")&"-"'
            '&TEXT(DAY(in_prices_as_of),"00"))'
        ),
        "out_text_prices_as_of",
    ),
    ("Currency", "=in_currency", ""),
    ("Scenario", "=sel_Scenario", ""),
    ("Tax", '=IF(in_tax_rate+in_depreciation_benefit>0,"after tax","pre-tax")', "out_text_tax_basis"),
)
STEPS = (
    (
        "1 Type",
        (
            "On sheet Inputs, into the yellow cells. A blank base takes what stands under resolved, the catalogue's "
            "figure or the default. Give every figure of your own its source, date and confidence; low and high make "
            "the scenarios Low and High and let it vary on sheet Sensitivity. Sheet Scenarios chooses what is shown."
        ),
    ),
    (
        "2 Look",
        (
            "Need, Sizing, Costs, Capital, CashFlow and Summary are native formulas and follow at once. The TCO_ "
            "functions on sheet Formulas follow too where the add-in is installed."
        ),
    ),
    (
        "3 Run",
        (
            "Close the workbook and run llm-tco summary FILE: the engine calculates the same figures independently, "
            "sheet Checks compares them, prices that depend on the model or the GPU are looked up again, and the Log "
            "gets a line."
        ),
    ),
    (
        "What is yours",
        (
            "Everything but the cells that llm-tco writes: resolved and the sources that begin with », the sheet "
            "Prices, the blue figures on Questions, Sizing and Checks, the second page of Summary, the Log. Sheets, "
            "formats, comments and formulas of your own stay as they are, byte for byte."
        ),
    ),
    (
        "Rows of Inputs",
        (
            "Do not sort them: the model reads the rows by their place, and a check turns red. Hide or restyle what "
            "you like."
        ),
    ),
)


ABOUT = (
    (
        "Purpose",
        (
            "To compare what it costs to give people a large language model: own servers, rented GPUs, a token API, "
            "seats and their variants, over up to 15 years, for a decision and for the questions that follow it."
        ),
    ),
    (
        "Audience",
        (
            "Finance analysts who build the case, and those who check it. A customer gets a proposal instead "
            "(llm-tco batch), which needs no add-in and holds nothing internal."
        ),
    ),
    (
        "Sign and time",
        (
            "Costs are positive, residual value and tax relief negative. Year 0 is today, year t ends t years later; "
            "the same column is the same year on every sheet. Prices of year 1 are today's."
        ),
    ),
    (
        "Money",
        (
            "One currency, sheet Inputs. Prices of the catalogue are in USD and are converted once, at the typed and "
            "dated rate. Value added tax is left out."
        ),
    ),
    (
        "To refresh",
        (
            "Native formulas follow at once. TCO_ functions follow where the add-in is installed. llm-tco summary FILE "
            "writes the blue figures, the values of TCO_ functions and a line of the log. Prices: a new version of "
            "llm-tco, llm-tco upgrade FILE; then type the day of the review on sheet Prices."
        ),
    ),
    (
        "Protection",
        (
            "Formulas are locked without a password: Review, Unprotect Sheet. Sheets Formulas, Summary, Prices, "
            "Sensitivity, Checks and Log are open, and so are sheets of your own."
        ),
    ),
    (
        "Limits",
        (
            "Quality of answers, data sovereignty, lock-in and time to start are not priced. Throughput without a "
            "measurement is a model's estimate with a band. Tax is simplified and equal for all options. Random draws "
            "are independent unless the inputs say otherwise. The figures are estimates, not offers."
        ),
    ),
    (
        "Method",
        (
            "Every cost line is calculated twice: by formulas on these sheets and by the engine. Sheet Checks compares "
            "both, one light on the cover sums it up. Every definition stands in the documentation of llm-tco."
        ),
    ),
)
KEY = (  # look, sign, what it means
    ("input", "type here", "Blue on yellow with a frame: inputs, the only cells to type into"),
    ("stated", "engine", "Blue on yellow without a frame: written by llm-tco summary, replaced at the next run"),
    ("calc", "1,234", "Black: calculated on this sheet"),
    ("link", "1,234", "Green: taken over from another sheet or from the catalogue"),
    ("result", "1,234", "Bold blue: results"),
    ("unit", "USD", "Grey: units, ids, notes"),
    ("stale", "▲ 2024-04", "Amber with ▲: a price older than sheet Prices allows"),
    ("good", "✓ 1", "Green fill with ✓: a check that passes; a dash where it does not apply"),
    ("bad", "✗ 0", "Red fill with ✗: a check that fails; ● inputs have changed since the last run"),
)


def write_about(book: Workbook, styles: Styles) -> None:
    """Write purpose, conventions, the key of the colours and the limits."""
    page = book.get_worksheet_by_name("About")
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 125)
    page.set_row(0, 28)
    page.write_string(0, 1, "About this workbook", styles.get("title"))
    page.write_string(1, 1, "llm-tco {{engine_version}} · {{customer_label}}", styles.get("subtitle"))
    row = write_table(page, 3, "What it is", ABOUT, styles)
    page.set_row(row + 1, 20)
    page.write_string(row + 1, 1, "Colours and signs", styles.get("section"))
    page.write_blank(row + 1, 2, None, styles.get("section"))
    fills = {
        "stale": styles.get("label", bg_color=STALE_FILL, font_color=STALE_INK),
        "good": styles.get("label", bg_color=GOOD_FILL, font_color=LINK_INK),
        "bad": styles.get("label", bg_color=BAD_FILL, font_color=BAD_INK, bold=True),
    }
    for number, (look, sign, text) in enumerate(KEY, row + 2):
        sample = fills[look] if look in fills else styles.get(look, locked=True)
        page.write_string(number, 1, sign, sample)
        page.write_string(number, 2, text, styles.get("label", font_size=11, indent=1))
    page.print_area(0, 0, row + 1 + len(KEY), 2)


def write_cover(book: Workbook, styles: Styles) -> None:
    """Write title, versions, the overall light and the contents; names blk_title, meta_..., out_text_..."""
    page = book.get_worksheet_by_name("Cover")
    page.set_column(0, 0, 4)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 112)
    for row in range(3):
        page.set_row(row, 14, styles.get("label", bg_color=NAVY))
    page.set_row(3, 4, styles.get("label", bg_color=TEAL))
    page.set_row(5, 40)
    page.set_row(6, 24)
    page.write_string(5, 1, "Cost of large language models", styles.get("title", font_size=32))
    page.write_string(
        6, 1, "Own servers, rented GPUs, token API and seats compared", styles.get("subtitle", font_size=15)
    )
    page.set_row(8, 30)
    name = styles.get("input", "text", font_size=20, bold=True, font_color=TEAL, indent=1, align="left")
    page.merge_range(8, 1, 8, 2, "", name)
    page.write_string(8, 1, "Worked example: an assistant for 5,000 employees", name)
    book.define_name("blk_title", "=Cover!$B$9")
    _facts(book, page, styles)
    top = 12 + len(FACTS)
    page.write_string(top, 1, "Contents", styles.get("section"))
    page.write_blank(top, 2, None, styles.get("section"))
    link = styles.get("label", font_color=TEAL, underline=1, font_size=11)
    for row, (sheet, text) in enumerate(CONTENTS.items(), top + 1):
        page.write_url(row, 1, f"internal:'{sheet}'!A1", link, sheet)
        page.write_string(row, 2, text, styles.get("label", font_size=11))
    page.print_area(0, 0, top + 1 + len(CONTENTS), 2)


def _facts(book: Workbook, page: Worksheet, styles: Styles) -> None:
    look: dict[str, Any] = {"font_size": 12, "align": "left"}
    for row, (label, text, name) in enumerate(FACTS, 10):
        page.write_string(row, 1, label, styles.get("unit", font_size=12))
        if text:
            page.write_formula(row, 2, text, styles.get("label", **look), "")
        else:
            page.write_blank(row, 2, None, styles.get("label", **look))
        if name:
            book.define_name(name, f"=Cover!$C${row + 1}")
    row = 10 + len(FACTS)
    book.define_name("out_text_light", f"=Cover!$C${row + 1}")
    page.write_string(row, 1, "Checks", styles.get("unit", font_size=12))
    page.write_formula(row, 2, LIGHT, styles.get("light"), "")
    states = {
        "=chk_all=0": BAD_INK,
        "=AND(chk_all=1,out_inputs_changed>0)": AMBER,
        "=AND(chk_all=1,out_inputs_changed=0)": LINK_INK,
    }
    for test, colour in states.items():
        look = {"type": "formula", "criteria": test, "format": styles.book.add_format({"font_color": colour})}
        page.conditional_format(row, 2, row, 2, look)


def write_guide(book: Workbook, styles: Styles) -> None:
    """Write the steps, the method in brief and the terms."""
    page = book.get_worksheet_by_name("Guide")
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 22)
    page.set_column(2, 2, 125)
    page.set_row(0, 28)
    page.write_string(0, 1, "Guide", styles.get("title"))
    page.write_string(1, 1, "llm-tco {{engine_version}} · {{customer_label}}", styles.get("subtitle"))
    row = write_table(page, 3, "How to work with this workbook", STEPS, styles)
    row = write_table(page, row + 1, "How to read it", [m for m in METHOD if m[0] != "What to change"], styles)
    terms = [text.replace("sheet Assumptions", "the sheets Inputs and Prices") for text in DISCLAIMER]
    row = write_table(page, row + 1, "Terms", [(str(i), text) for i, text in enumerate(terms, 1)], styles)
    page.print_area(0, 0, row - 1, 2)
