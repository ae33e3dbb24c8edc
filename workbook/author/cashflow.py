"""Sheet CashFlow: flows, present values and measures of every option."""

from workbook.author.costs import LICENCE, MONEY, ONPREM, OPTIONS, Option
from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.styles import MOSS

MEASURES = {  # id: label, unit, number format
    "tco": ("Total cost of ownership (TCO)", MONEY, "money"),
    "npv": ("Net present cost", MONEY, "money"),
    "total": ("Total, undiscounted", MONEY, "money"),
    "capex": ("Purchases and set-up", MONEY, "money"),
    "opex": ("Running costs", MONEY, "money"),
    "eac": ("Equivalent annual cost", f"{MONEY}/yr", "money"),
    "year1": ("Running costs of year 1", MONEY, "money"),
    "per_user_month": ("TCO per user and month", MONEY, "price"),
    "per_query": ("TCO per query", MONEY, "fine"),
    "per_mtok": ("TCO per million tokens asked", MONEY, "price"),
}


def cashflow() -> TimeSheet:
    """Yearly and cumulative cash of each option, nominal and in money of today."""
    blocks = tuple(Named(f"blk_rows_{o.id}_cashflow", (*_block(o), None)) for o in OPTIONS)
    return TimeSheet(
        "CashFlow",
        "Cash flow by year",
        SUBTITLE + " · costs are positive",
        (*_units(), None, *blocks),
        MOSS,
        constant_header="",
    )


def _units() -> tuple[Row | Section, ...]:
    def weighed(key: str) -> str:
        return f'=IF(in_capital_mode="npv",SUMPRODUCT([{key}:],[d_run:]),SUM([{key}:]))'

    return (
        Section("Units and factors that the measures divide by"),
        Row("annuity", "Sum of the running discount factors", "-", "=[run]*[d_run]", total=SUM, kind="factor"),
        Row(
            "u_user_months",
            "User-months",
            "user-month",
            total=weighed("user_months"),
            kind="number",
            note="mode npv: discounted like the costs",
        ),
        Row("u_queries", "Queries asked", "query", total=weighed("asked"), kind="number"),
        Row("u_mtok", "Tokens asked", "Mtok", total=weighed("mtok"), kind="number"),
    )


def _block(option: Option) -> tuple[Row | Section, ...]:
    o = option.id
    dated = "+".join(f"[{key}]" for key in option.dated)
    if option is ONPREM:
        dated += f'+[tax_dated]+IF(in_licence_payment="prepaid",[{o}_licence],0)'
    assert any(line.discount == LICENCE for line in option.lines) == (option is ONPREM)  # noqa: S101
    return (
        Section(option.label),
        Row(f"{o}_cash", "Cash flow of the year", MONEY, f"=[{o}_total]", total=SUM, look="link"),
        Row(
            f"{o}_dated",
            "of which at a date of its own",
            MONEY,
            f"={dated}",
            total=SUM,
            note="purchases, set-up, prepaid, residual",
        ),
        Row(f"{o}_flowing", "of which over the year", MONEY, f"=[{o}_cash]-[{o}_dated]", total=SUM),
        Row(f"{o}_pv", "Present value", MONEY, f"=[{o}_dated]*[d_end]+[{o}_flowing]*[d_run]", total=SUM, look="total"),
        Row(f"{o}_cumulative", "Cumulative cash", MONEY, f"=[live]*([{o}_cumulative<]+[{o}_cash])"),
        Row(f"{o}_cumulative_pv", "Cumulative present value", MONEY, f"=[live]*([{o}_cumulative_pv<]+[{o}_pv])"),
        *_measures(option),
    )


def _measures(option: Option) -> tuple[Row, ...]:
    o = option.id
    capital = "+[onprem_capital@F]" if option is ONPREM else ""
    capex = "+".join(f"[{o}_{line.id}@F]" for line in option.lines if line.id in {"acquisition", "network", "setup"})
    end = "".join(f"-[{o}_{line.id}@F]" for line in option.lines if line.id in {"residual", "tax_shield"})
    formulas = {
        "tco": f"=[{o}_total@G]{capital}",
        "npv": f"=[{o}_pv@F]",
        "total": f"=[{o}_cash@F]",
        "capex": f"={capex}",
        "opex": f"=[{o}_m_total@F]-[{o}_m_capex@F]{end}",
        "eac": f"=[{o}_m_npv@F]/[annuity@F]",
        "year1": f"=[{o}_running@I]",
        "per_user_month": f"=IF([u_user_months@F]=0,0,[{o}_m_tco@F]/[u_user_months@F])",
        "per_query": f'=IF([u_queries@F]=0,"",[{o}_m_tco@F]/[u_queries@F])',
        "per_mtok": f'=IF([u_mtok@F]=0,"",[{o}_m_tco@F]/[u_mtok@F])',
    }
    return tuple(
        Row(
            f"{o}_m_{measure}",
            label,
            unit,
            total=formulas[measure],
            kind=kind,
            total_name=f"out_{o}_{measure}",
            look="result" if measure == "tco" else "calc",
        )
        for measure, (label, unit, kind) in MEASURES.items()
    )
