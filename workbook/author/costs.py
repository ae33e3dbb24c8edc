"""Sheet Costs: every cost line of every option by year, each with its undiscounted total and its part of the TCO."""

import re

from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.options import MONEY, OPTIONS, OWN_TAX, Line, Option
from workbook.author.styles import AMBER


def costs() -> TimeSheet:
    """Cost by option and line."""
    blocks = tuple(Named(f"blk_rows_{o.id}_costs", (*_block(o), None)) for o in OPTIONS)
    return TimeSheet(
        "Costs", "Cost by option and line", SUBTITLE, (*_factors(), None, *blocks), AMBER, extra_header="In the TCO"
    )


def _factors() -> tuple[Row | Section, ...]:
    def grown(key: str, label: str, rate: str, note: str = "") -> Row:
        return Row(
            key, label, "-", "=[run]*(1+[@D])^([year]-1)", constant=rate, constant_kind="rate", kind="factor", note=note
        )

    reserved = 'OR(in_cloud_term="1yr",in_cloud_term="3yr")'
    return (
        Section("Price factors (year 1 = 1) and discount factors"),
        grown("e_prices", "General prices", "=in_inflation"),
        grown(
            "e_energy",
            "Energy",
            '=IF(in_energy_escalation="",in_inflation,in_energy_escalation)',
            "blank: general prices",
        ),
        grown(
            "e_salary",
            "Salaries",
            '=IF(in_salary_escalation="",in_inflation,in_salary_escalation)',
            "blank: general prices",
        ),
        Row(
            "e_rental",
            "Rental",
            "-",
            f"=IF({reserved},[run],[e_prices]*(1-in_cloud_price_decline)^([year]-1))",
            kind="factor",
            note="reserved terms renew at their price",
        ),
        Row("e_api", "Token prices", "-", "=[run]*(1-in_api_price_decline)^([year]-1)", kind="factor"),
        Row(
            "e_licence",
            "Licence prices",
            "-",
            '=IF(in_licence_payment="prepaid",[live]*(1+in_inflation)^[year],[e_prices])',
            kind="factor",
            note="paid in advance: prices of the day",
        ),
        Row(
            "d_end",
            "Discount factor, end of year",
            "-",
            "=[live]/(1+in_wacc)^[year]",
            kind="factor",
            note="1 / (1 + wacc) ^ year",
        ),
        Row(
            "d_run",
            "Discount factor, running flows",
            "-",
            '=IF(AND(in_timing="mid",[year]>0),[d_end]*(1+in_wacc)^k_half,[d_end])',
            kind="factor",
            note="half a year earlier with timing mid",
        ),
        Row(
            "d_licence",
            "Discount factor, licences",
            "-",
            '=IF(in_licence_payment="prepaid",[d_end],[d_run])',
            kind="factor",
        ),
        Row(
            "d_lease",
            "Discount factor, lease payments",
            "-",
            '=IF(in_lease_paid="yearly",[d_end],[d_run])',
            kind="factor",
        ),
        Row(
            "volume",
            "Price over that without volume discount",
            "-",
            "=IF(AND(in_api_volume_discount>0,[billed]>0),1-in_api_volume_discount*MAX(0,1-in_api_volume_mtok"
            "/([billed]*(in_prompt_tokens+in_output_tokens)/k_mtok/k_months)),1)",
            kind="factor",
            note="beyond the monthly volume",
        ),
        Row(
            "long_prompts",
            "Prices of long prompts hold",
            "0/1",
            constant='=IF(in_api_long_prompt="",0,IF(in_prompt_tokens>in_api_long_prompt,1,0))',
            constant_kind="flag",
        ),
        Row(
            "rental_hours",
            "Hours billed a month",
            "h",
            constant=f"=IF({reserved},k_hours_month,in_cloud_hours_month)",
            constant_kind="number",
            note="reserved terms: around the clock",
        ),
        Row(
            "query_price",
            "Price of a query",
            MONEY,
            constant=f"=(in_prompt_tokens*((1-in_api_cached_share)*{_price('input')}+in_api_cached_share*{_price('cached')})"
            f"+in_output_tokens*{_price('output')})/k_mtok*(1-in_api_batch_share*in_api_batch_discount)"
            "*(1-in_api_offpeak_share*in_api_offpeak_discount)",
            constant_kind="fine",
            note="prompt, cached, answer, batches, off-peak",
        ),
    )


def _price(tokens: str) -> str:
    """Return the price of a million tokens for the length of the prompts."""
    long = f"in_api_long_{tokens}_price"
    if tokens == "cached":
        long = f'IF({long}="",in_api_long_input_price,{long})'
    return f"IF([long_prompts@D]=1,{long},in_api_{tokens}_price)"


def _block(option: Option) -> tuple[Row | Section, ...]:
    o = option.id
    rows = [
        Row(
            f"{o}_{line.id}",
            line.label,
            MONEY,
            line.years,
            total=SUM,
            extra=_in_tco(line, option.tax),
            note=line.note,
            look="link" if _LINK.fullmatch(line.years) else "calc",
        )
        for line in option.lines
    ]
    first, last = rows[0].key, rows[-1].key
    capital = (
        [
            Row(
                f"{o}_capital",
                "Cost of capital",
                MONEY,
                f"=[{option.charged}]",
                total=SUM,
                extra="=[@F]",
                look="link",
                note="modes annuity, book, simple: no cash flow",
            )
        ]
        if option.charged
        else []
    )
    return (
        Section(option.label, total="undiscounted", extra='=IF(in_capital_mode="npv","present value","undiscounted")'),
        *rows,
        Row(
            f"{o}_total",
            f"Total: {option.label}",
            MONEY,
            f"=SUM([{first}]:[{last}])",
            total=SUM,
            extra=f"=SUM([{first}@G]:[{last}@G])",
            look="total",
        ),
        *capital,
        Row(
            f"{o}_running",
            "of which running costs",
            MONEY,
            "=" + "+".join(f"[{key}]" for key in option.running),
            total=SUM,
            note="deductible, due within the year",
        ),
    )


_LINK = re.compile(r"=\[(\w+)\]")  # nothing but the figure of another sheet or option


def _in_tco(line: Line, tax: str) -> str:
    """Return the formula of a line's part of the TCO: its present value in mode npv, else its plain sum."""
    if line.discount == OWN_TAX:
        worth = f"SUMPRODUCT([{tax}tax_running:],[d_run:])+SUMPRODUCT([{tax}tax_dated:],[d_end:])"
    else:
        worth = f"SUMPRODUCT([:],[{line.discount}:])"
    return f'=IF(in_capital_mode="npv",{worth},[@F])'
