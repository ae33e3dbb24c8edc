"""Sheet Questions: what a CFO asks, one table a question, on one page."""

from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import chartdata
from workbook.author.flips import write_flips
from workbook.author.options import OPTIONS
from workbook.author.stated import Column, label_of, write_by_option, write_heading, write_section
from workbook.author.styles import HAIRLINE, Styles

SHEET = "Questions"
COLUMNS = 9  # B..J
STATED_AT = COLUMNS + 3  # ids and figures that the engine states beside the printed page
USE_HEADER = 12 + 2 * len(OPTIONS)  # below two tables by option, 0-based
CASES = (
    "As planned",
    "Half the demand, size kept",
    "Half the demand, resized",
    "Twice the demand, resized",
    "Half the token prices",
)
BANDS = ("used 5 %", "used 25 %", "used 50 %", "used 100 %")


def write(book: Workbook, styles: Styles, *, live: bool = False) -> None:
    """Write the sheet; names blk_stress, blk_stress_winners, blk_use, blk_odds, blk_token_prices.

    In a live workbook, whose sheet Sensitivity asks something else, the flip points stand here: name blk_flips.
    """
    page = book.get_worksheet_by_name(SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 36)
    page.set_column(2, COLUMNS, 16)
    subtitle = "{{customer_label}} · amounts in {{currency}} · {{tax_basis}} · prices as of {{prices_as_of}}"
    write_heading(page, "What a finance director asks", subtitle, COLUMNS, styles)
    row = _cash(book, page, 4, styles)
    row = _demand(book, page, row + 1, styles)
    row = _use(book, page, USE_HEADER - 1, styles)
    row = _certainty(book, page, row + 1, styles, live=live)
    row = _own_servers(book, page, row + 1, styles)
    if live:
        row = write_flips(book, page, SHEET, row + 1, STATED_AT, COLUMNS, styles)
    row = _included(book, page, row + 1, styles, live=live)
    page.print_area(0, 0, row - 1, COLUMNS)


def _cash(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    write_section(page, row, "How much cash, and when? What does tax change?", COLUMNS, styles)
    columns = (
        Column("Cash at the start", formula="=out_{o}_start"),
        Column("Cash of year 1", formula="=out_{o}_first_year"),
        Column("Largest need of a year", formula="=out_{o}_largest_year"),
        Column("Peak funding", formula="=out_{o}_peak_funding"),
        Column("All years, undiscounted", formula="=out_{o}_total"),
        Column("TCO before tax", formula="=out_{o}_pretax"),
        Column("TCO after tax", formula="=out_{o}_tco"),
        Column("Effect of tax", formula="=out_{o}_tco-out_{o}_pretax"),
    )
    return write_by_option(book, page, SHEET, row + 1, "Option", columns, "blk_cash", styles)


def _demand(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    write_section(
        page, row, "What if the demand or the token prices turn out differently? TCO of each option", COLUMNS, styles
    )
    after = write_by_option(
        book, page, SHEET, row + 1, "Option", [Column(case) for case in CASES], "blk_stress", styles
    )
    page.write_string(after, 1, "Cheapest", styles.get("label", bold=True))
    for column in range(2, 2 + len(CASES)):
        cell = xl_rowcol_to_cell(after, STATED_AT + column - 2)
        page.write_formula(after, column, label_of(cell), styles.get("result", align="right", shrink=True), "")
        page.write_blank(after, STATED_AT + column - 2, None, styles.get("stated", font_size=8))
    area = xl_range_abs(after, STATED_AT, after, STATED_AT + len(CASES) - 1)
    book.define_name("blk_stress_winners", f"={SHEET}!{area}")
    return after + 1


def _use(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    write_section(
        page, row, "What does a million tokens cost when the hardware of year 1 is used more or less?", COLUMNS, styles
    )
    return write_by_option(
        book, page, SHEET, row + 1, "Option", [Column(text, "price") for text in BANDS], "blk_use", styles
    )


def _certainty(book: Workbook, page: Worksheet, row: int, styles: Styles, *, live: bool) -> int:
    text = "How sure is it? 1,000 random runs, every uncertain input between the ends that sheet Sensitivity shows"
    if live:
        text = "How sure is it? 1,000 random runs, every input with low and high varies as sheet Inputs says"
    write_section(page, row, text, COLUMNS, styles)
    columns = (
        Column("Probability of being cheapest", "rate"),
        Column("Mean cost above the cheapest"),
        Column("Mean TCO"),
        Column("5 % of runs below"),
        Column("Median TCO"),
        Column("5 % of runs above"),
    )
    after = write_by_option(book, page, SHEET, row + 1, "Option", columns, "blk_odds", styles)
    write_section(page, after + 1, "How much is committed, and what rests on doubtful figures?", COLUMNS, styles)
    committed = (
        Column("Signed at the start"),
        Column("Committed in all"),
        Column("Share of low confidence", "rate"),
    )
    after = write_by_option(book, page, SHEET, after + 2, "Option", committed, "blk_commitment", styles)
    return _band(book, page, after - len(OPTIONS) - 1, styles)


def _band(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    """Write the cost at the ends of the sizing band beside the table before it."""
    page.write_string(row - 1, 6, "What if the modelled throughput errs?", styles.get("section"))
    for column, text in ((6, "TCO, replicas serve much"), (7, "TCO, replicas serve little")):
        page.write_string(row, column, text, styles.get("header", align="right", text_wrap=True))
    for line in range(row + 1, row + 1 + len(OPTIONS)):
        for column in (6, 7):
            page.write_blank(line, column, None, styles.get("stated", "money", **HAIRLINE))
    book.define_name("blk_band", f"={SHEET}!{xl_range_abs(row + 1, 6, row + len(OPTIONS), 7)}")
    return row + 1 + len(OPTIONS)


def _own_servers(book: Workbook, page: Worksheet, row: int, styles: Styles) -> int:
    """Own servers as an investment, and the token price at which the case flips: labels at the left, figures beside."""
    write_section(
        page, row, "Own servers as an investment, and the token prices at which the case flips", COLUMNS, styles
    )
    rival = "INDEX(lst_option_labels,MATCH(out_rival_rank,lst_option_ranks,0))"
    owned = 'IF(out_has_rival=1,{},"\N{EN DASH}")'
    stated = 'IF({0}="","none",{0})'
    ids = xl_rowcol_to_cell(row + 1, STATED_AT)
    left = (
        ("Own servers compared with", f"={owned.format(rival)}", ""),
        ("Incremental net present value", f"={owned.format('out_rival_npv')}", "money"),
        ("Internal rate of return (stated)", f"={owned.format(stated.format('out_stated_irr'))}", "rate"),
        ("Discounted payback, years", f"={owned.format(stated.format('out_rival_payback'))}", "number"),
        ("Plain payback, months (stated)", f"={owned.format(stated.format('out_stated_months'))}", "number"),
        ("Most that own servers cost more", f"={owned.format('out_rival_funding')}", "money"),
    )
    level, decline = "out_stated_api_level", "out_stated_api_decline"
    never = f'OR({level}="",{level}<=0,in_api_price_decline<=0)'  # no decline brings a price to zero
    wait = f'=IF({never},"none",IF({level}>=1,0,LN({level})/LN(1-in_api_price_decline)))'
    right = (
        ("Token API compared with", label_of(ids), ""),
        ("Token prices at which they cost the same", f"={stated.format(level)}", "rate"),
        ("Steady decline a year to get there", f"={stated.format(decline)}", "rate"),
        ("Decline of token prices assumed a year", "=in_api_price_decline", "rate"),
        ("Years until then at the decline assumed", wait, "number"),
        ("Purchases, share of the TCO before tax", _share_of_purchases(), "rate"),
    )
    for line, (a, b) in enumerate(zip(left, right, strict=True), row + 1):
        for first, (label, formula, kind) in ((1, a), (5, b)):
            for column in range(first, first + 4 if first > 1 else first + 3):
                page.write_blank(line, column, None, styles.get("label", **HAIRLINE))
            page.write_string(line, first, label, styles.get("label", **HAIRLINE))
            at = 2 if first == 1 else 8
            look = styles.get("calc", kind, align="right", shrink=True, **HAIRLINE)
            page.write_formula(line, at, formula, look, "")
    for column in range(STATED_AT, STATED_AT + 3):
        page.write_blank(row + 1, column, None, styles.get("stated", "factor", font_size=8))
    book.define_name(level, f"={SHEET}!{xl_range_abs(row + 1, STATED_AT + 1, row + 1, STATED_AT + 1)}")
    book.define_name(decline, f"={SHEET}!{xl_range_abs(row + 1, STATED_AT + 2, row + 1, STATED_AT + 2)}")
    area = xl_range_abs(row + 1, STATED_AT, row + 1, STATED_AT + 2)
    book.define_name("blk_token_prices", f"={SHEET}!{area}")
    return row + 1 + len(left)


def _share_of_purchases() -> str:
    bought, cost = ("+".join(f"(out_{o.id}_rank=1)*out_{o.id}_{m}" for o in OPTIONS) for m in ("capex", "pretax"))
    return f"=IF(({cost})=0,0,({bought})/({cost}))"


def _included(book: Workbook, page: Worksheet, row: int, styles: Styles, *, live: bool) -> int:
    write_section(
        page,
        row,
        "What is in the figures? ✓ with an amount, \N{EN DASH} not part of the option or nothing typed",
        COLUMNS,
        styles,
    )
    columns = []
    for position, label in enumerate(chartdata.GROUPS.values()):
        part = f"{chartdata.SHEET}!${xl_col_to_name(chartdata.FIRST + position)}${{row}}"
        columns.append(Column(label, "", f'=IF({part}=0,"\N{EN DASH}","✓")'))
    after = write_by_option(book, page, SHEET, row + 1, "Option", columns, "blk_included", styles)
    text = (
        "In none of them: preparing data, building and testing the application, training of users, "
        "quality of answers, the value of data sovereignty, the cost of changing the supplier. See sheet Risks."
    )
    if live:  # a workbook without that sheet
        text = text.removesuffix(" See sheet Risks.")
    page.write_string(after, 1, text, styles.get("note"))
    return after + 1
