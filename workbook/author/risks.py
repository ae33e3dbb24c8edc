"""Sheets Risks and Glossary: what is not in a price, with the figure it touches; and what the words mean."""

from dataclasses import dataclass
from typing import Any

from xlsxwriter.workbook import Workbook

from workbook.author.grid import EXTRA, YEAR_0, Model
from workbook.author.options import OPTIONS
from workbook.author.styles import HAIRLINE, Styles

RISKS_SHEET, GLOSSARY_SHEET = "Risks", "Glossary"
PLANNED = 4  # column with the figure
HEADS: dict[int, dict[str, Any]] = {PLANNED: {"align": "right"}, PLANNED + 1: {"indent": 1}}


@dataclass(frozen=True)
class Risk:
    """A risk or a factor without a price.

    Attributes
    ----------
    touches : str
        Which figure of the proposal moves when it happens.
    formula, kind : str
        That figure, and how it is written.
    """

    name: str
    text: str
    touches: str
    formula: str
    kind: str
    answer: str


def _placed(formula: str, model: Model) -> str:
    """Replace {row} by what a formula takes of a row of the model."""
    year_1 = YEAR_0 + 1
    return formula.format(
        utilisation=model.years("utilisation"),
        sysadmin_fte=model.cell("sysadmin_fte", year_1),
        ml_fte=model.cell("ml_fte", year_1),
        power=model.cell("onprem_power", EXTRA),
    )


def _of_cheapest(figure: str) -> str:
    """Return the formula of a figure of the cheapest option, such as the cost of a query; blank where it has none."""
    formula = '""'
    for option in reversed(OPTIONS):
        formula = f"IF(out_{option.id}_rank=1,out_{option.id}_{figure},{formula})"
    return f"={formula}"


RISKS = (
    Risk(
        "Data sovereignty",
        "Prompts and answers leave the house with an API, seats and rented instances; law or customers may forbid it.",
        "TCO of own servers, the option that keeps data in the house",
        '=IF(out_onprem_compared=1,out_onprem_tco,"")',
        "money",
        "Settle with the data protection officer which data may leave, before prices decide.",
    ),
    Risk(
        "Lock-in",
        "Prompts, tools and fine-tuned weights fit one supplier; reserved terms and purchases bind for years.",
        "Purchases and set-up of the cheapest option",
        _of_cheapest("capex"),
        "money",
        "Keep an interface that two suppliers serve; test a second model once a year.",
    ),
    Risk(
        "Quality parity",
        "The options run different models. A cheaper answer that is wrong more often costs more elsewhere.",
        "TCO of the cheapest option per query",
        _of_cheapest("per_query"),
        "fine",
        "Compare the answers of all options on a hundred real questions before deciding.",
    ),
    Risk(
        "Supply",
        "GPUs have had delivery times of months; instances of the wanted kind can be sold out in a region.",
        "GPUs of year 1",
        "=INDEX(blk_gpus,1,1)",
        "whole",
        "Obtain delivery dates in writing; plan the time until then with an API.",
    ),
    Risk(
        "Obsolescence",
        "Every new generation of GPUs has cut the cost of a token; hardware that is bought keeps its cost.",
        "Residual value and tax in the TCO of own servers",
        '=IF(out_onprem_compared=1,out_onprem_total-out_onprem_capex-out_onprem_opex,"")',
        "money",
        "Depreciate over no more years than the model is used; see the decline of prices on sheet Assumptions.",
    ),
    Risk(
        "Decline of token prices",
        "Token prices have fallen every year, at different rates for each level of quality.",
        "Token prices at which the case flips, of those assumed",
        '=IF(out_stated_api_level="","",out_stated_api_level)',
        "rate",
        "Read this share together with the decline assumed on sheet Questions.",
    ),
    Risk(
        "Demand that does not come",
        "Adoption is slower, or users ask less, than planned; bought hardware then stands idle.",
        "Use of the capacity at the peak, highest year",
        "=MAX({utilisation})",
        "rate",
        "Start small and grow; see half the demand on sheet Questions.",
    ),
    Risk(
        "Throughput below plan",
        "Other prompts, settings or software serve less than measured or modelled; more GPUs are needed.",
        "GPUs at the low end of the capacity, year 1",
        "=INDEX(blk_gpus_high,1,1)",
        "whole",
        "Measure one replica with own prompts before the order.",
    ),
    Risk(
        "People",
        "Running own servers takes people who are scarce; if they leave, the service stops.",
        "System administrators and ML engineers, year 1",
        "={sysadmin_fte}+{ml_fte}",
        "number",
        "Plan for a deputy; compare with managed operation.",
    ),
    Risk(
        "Energy prices",
        "Tariffs move with markets and grid fees.",
        "Power and cooling in the TCO of own servers",
        '=IF(out_onprem_compared=1,{power},"")',
        "money",
        "Fix the tariff for the horizon, or vary it on sheet Assumptions.",
    ),
)

TERMS = (
    ("API, token API", "A supplier runs the model; every prompt and answer is billed by its tokens."),
    ("Break-even", "The value of an input, or the time, at which two options cost the same."),
    ("Capital mode", "How purchases enter the cost: npv discounts all cash; annuity, book and simple add a charge."),
    ("Cost of capital (WACC)", "Mean return that lenders and owners expect; the rate that discounts later cash."),
    ("Discounted payback", "Years until the discounted savings of an investment have paid for it."),
    ("FTE", "Full-time equivalent: the work of one person in full time."),
    (
        "GPU, node, replica",
        "Accelerator; server that holds several; one running copy of the model over one or more GPUs.",
    ),
    ("Incremental NPV", "Present value of the savings of one option against another one; positive: it pays."),
    ("IRR", "Internal rate of return: the discount rate at which an investment is worth nothing."),
    ("kW, kWh, PUE", "Power; energy; energy of the data centre over the energy of its computers."),
    ("Mtok", "A million tokens. A token is a piece of a word, in English some four characters."),
    ("Net present cost", "Costs of all years, each discounted to today."),
    ("Peak", "The busiest time; its load over the mean load is the peak factor."),
    ("Peak funding", "The most cash that is out at the end of any year."),
    ("Percentile", "5 % of the random runs lie below the 5th percentile, 5 % above the 95th."),
    ("Prefix cache, response cache", "Parts of prompts, or whole answers, that need not be worked out again."),
    ("Regret", "What an option costs more than the cheapest in a random run, on average."),
    ("Residual value", "What hardware can be sold for at the end."),
    ("Seat", "A licence for one user and month."),
    (
        "TCO",
        "Total cost of ownership: everything that an option costs over the horizon, in money of today in mode npv.",
    ),
    ("Utilisation", "Demand at the peak over the capacity; over all hours of a year where that is said."),
)


def write_risks(book: Workbook, model: Model, styles: Styles) -> None:
    """Write the risks, each with the figure that it touches."""
    page = book.get_worksheet_by_name(RISKS_SHEET)
    page.set_column(0, 0, 1.5)
    for column, width in enumerate((24, 62, 44, 16, 62), 1):
        page.set_column(column, column, width)
    page.set_row(0, 28)
    page.write_string(0, 1, "Risks and factors without a price", styles.get("title"))
    page.write_string(
        1,
        1,
        "{{customer_label}} · amounts in {{currency}} · {{tax_basis}} · prices as of {{prices_as_of}}",
        styles.get("subtitle"),
    )
    for column, text in enumerate(("Risk", "What may happen", "Figure that it touches", "As planned", "What to do"), 1):
        page.write_string(3, column, text, styles.get("header", **HEADS.get(column, {})))
    body = styles.get("body", valign="vcenter", **HAIRLINE)
    for row, risk in enumerate(RISKS, 4):
        page.set_row(row, 36)
        page.write_string(row, 1, risk.name, styles.get("body", bold=True, valign="vcenter", **HAIRLINE))
        page.write_string(row, 2, risk.text, body)
        page.write_string(row, 3, risk.touches, body)
        page.write_formula(
            row, 4, _placed(risk.formula, model), styles.get("calc", risk.kind, align="right", **HAIRLINE), 0
        )
        page.write_string(row, 5, risk.answer, styles.get("body", valign="vcenter", indent=1, **HAIRLINE))
    page.print_area(0, 0, 3 + len(RISKS), 5)


def write_glossary(book: Workbook, styles: Styles) -> None:
    """Write the glossary."""
    page = book.get_worksheet_by_name(GLOSSARY_SHEET)
    page.set_column(0, 0, 1.5)
    page.set_column(1, 1, 30)
    page.set_column(2, 2, 110)
    page.set_row(0, 28)
    page.write_string(0, 1, "Glossary", styles.get("title"))
    page.write_string(1, 1, "{{customer_label}} · {{proposal_date}}", styles.get("subtitle"))
    page.write_string(3, 1, "Term", styles.get("header"))
    page.write_string(3, 2, "Meaning", styles.get("header"))
    for row, (term, text) in enumerate(TERMS, 4):
        page.set_row(row, 20)
        page.write_string(row, 1, term, styles.get("label", bold=True, **HAIRLINE))
        page.write_string(row, 2, text, styles.get("label", **HAIRLINE))
    page.print_area(0, 0, 3 + len(TERMS), 2)
