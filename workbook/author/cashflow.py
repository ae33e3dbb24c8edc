"""Sheet CashFlow: flows, present values and measures of every option."""

from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.options import MONEY, ONPREM, OPTIONS, Option
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


STATED = "by the engine; blank: none"


def cashflow() -> TimeSheet:
    """Yearly and cumulative cash of each option, nominal and in money of today."""
    blocks = tuple(Named(f"blk_rows_{o.id}_cashflow", (*_block(o), None)) for o in OPTIONS)
    return TimeSheet(
        "CashFlow",
        "Cash flow by year",
        SUBTITLE + " · costs are positive",
        (*_units(), None, *blocks, *_cheapest_two(), None, Named("blk_rows_onprem_investment", (*_investment(), None))),
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
    if option.charged:  # it buys hardware
        dated += "".join(f"+{part}" for part in (f"[{option.tax}tax_dated]", *option.sometimes_dated))
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
        Row(f"{o}_at", "End of year", "yr", "=[year]", kind="whole", note="axis of the chart of cumulative cash"),
        Row(f"{o}_cumulative_pv", "Cumulative present value", MONEY, f"=[live]*([{o}_cumulative_pv<]+[{o}_pv])"),
        *_measures(option),
        *_cash_needs(option),
    )


def _cash_needs(option: Option) -> tuple[Row, ...]:
    """Return what a treasurer asks of an option, and its cost before tax."""
    o = option.id
    bought = f"SUMPRODUCT([{o}_acquisition:]*(in_horizon-[year:]))"
    paper = f"+in_depreciation_benefit*{bought}" if option.charged else ""
    relief = f'IF(in_capital_mode="npv",-[{o}_tax_shield@G],IF(in_capital_mode="none",0,0{paper}))'
    rows = (
        ("start", "Cash need at the start", f"=[{o}_cash@H]"),
        ("first_year", "Cash need of year 1", f"=[{o}_cash@I]"),
        ("largest_year", "Largest cash need of a year", f"=MAX([{o}_cash:])"),
        ("peak_funding", "Peak funding", f"=MAX([{o}_cumulative:])"),
        ("pretax", "TCO before tax", f"=[{o}_m_tco@F]+{relief}"),
    )
    notes = {"peak_funding": "most cash out at the end of any year"}
    return tuple(
        Row(f"{o}_{key}", label, MONEY, total=formula, total_name=f"out_{o}_{key}", note=notes.get(key, ""))
        for key, label, formula in rows
    )


def _ranked(rank: str, key: str, options: tuple[Option, ...] = OPTIONS) -> str:
    """Return the row of the option of this rank; options that are not compared have none."""
    return "(" + "+".join(f"(out_{o.id}_rank={rank})*[{o.id}_{key}]" for o in options) + ")"


def _cheapest_two() -> tuple[Row | Section, ...]:
    """Compare the cheapest option with the next best in cash: where their cumulative costs meet."""
    whole = "INT([meets@F])"
    step = f"INDEX([first_cash:],MIN({whole}+1,in_horizon)+1)-INDEX([first_cash:],{whole}+1)"
    return (
        Section("The cheapest option and the next best"),
        Row(
            "first_cash",
            "Cumulative cash, cheapest",
            MONEY,
            f"=[live]*{_ranked('1', 'cumulative')}",
            years_name="out_first_cash",
        ),
        Row("second_cash", "Cumulative cash, next best", MONEY, f"=[live]*{_ranked('(1+1)', 'cumulative')}"),
        Row("ahead", "Cheapest above next best", MONEY, "=[first_cash]-[second_cash]"),
        Row(
            "meets",
            "Year in which they meet",
            "yr",
            "=IF(AND([live]=1,[ahead<]>0,[ahead]<=0,SUM([meets:<])=0),[year]-1+[ahead<]/([ahead<]-[ahead]),0)",
            total='=IF(SUM([meets:])=0,"",SUM([meets:]))',
            kind="number",
            note="for the first time; blank: never",
            total_name="out_meeting_year",
        ),
        Row(
            "meets_at",
            "Cumulative cash there",
            MONEY,
            total=f'=IF([meets@F]="","",INDEX([first_cash:],{whole}+1)+([meets@F]-{whole})*({step}))',
            total_name="out_meeting_cash",
        ),
    )


def _investment() -> tuple[Row | Section, ...]:
    """Own servers as an investment: what they save against the best of the others, by year."""
    others = tuple(o for o in OPTIONS if o is not ONPREM)

    def saving(key: str) -> str:
        return f"=[rival@F]*({_ranked('[own_rival@F]', key, others)}-[onprem_{key}])"

    rate = "out_stated_irr"
    at_rate = f"/(1+{rate})^([year]-[running_lead]*{{0}})"
    worth = {
        who: f"=IF(ISNUMBER({rate}),({dated}){at_rate.format('0')}+({flowing}){at_rate.format('1')},0)"
        for who, dated, flowing in (
            ("own", "[onprem_dated]", "[onprem_flowing]"),
            ("rival", "[onprem_dated]+[saved_dated]", "[onprem_flowing]+[saved_flowing]"),
        )
    }
    compared = "+".join(f"out_{o.id}_compared" for o in OPTIONS)
    return (
        Section("Own servers instead of the best of the others: savings positive"),
        Row(
            "rival",
            "Is there another option",
            "0/1",
            total=f"=IF(AND(out_onprem_compared=1,{compared}>1),1,0)",
            kind="flag",
            total_name="out_has_rival",
        ),
        Row(
            "own_rival",
            "Rank of the best of the others",
            "-",
            total="=IF(out_onprem_rank=1,1+1,1)",
            kind="whole",
            total_name="out_rival_rank",
        ),
        Row("saved_dated", "Saving at a date of its own", MONEY, saving("dated"), total=SUM),
        Row("saved_flowing", "Saving over the year", MONEY, saving("flowing"), total=SUM),
        Row("saved", "Saving", MONEY, "=[saved_dated]+[saved_flowing]", total=SUM, look="total"),
        Row("saved_so_far", "Cumulative saving", MONEY, "=[live]*([saved_so_far<]+[saved])"),
        Row(
            "saved_funding",
            "Most that own servers cost more",
            MONEY,
            total="=MAX(0,-MIN([saved_so_far:]))",
            total_name="out_rival_funding",
            note="extra funding against the other option",
        ),
        Row(
            "saved_pv",
            "Present value of the saving",
            MONEY,
            "=[saved_dated]*[d_end]+[saved_flowing]*[d_run]",
            total=SUM,
            total_name="out_rival_npv",
            note="total: incremental NPV",
        ),
        Row("saved_pv_so_far", "Cumulative present value", MONEY, "=[live]*([saved_pv_so_far<]+[saved_pv])"),
        Row(
            "saved_back",
            "Discounted payback",
            "yr",
            "=IF(AND([live]=1,[saved_pv_so_far<]<0,[saved_pv_so_far]>=0,SUM([saved_back:<])=0),"
            "[year]-[saved_pv_so_far]/[saved_pv],0)",
            total='=IF(MIN([saved_pv_so_far:])>=0,0,IF(SUM([saved_back:])=0,"",SUM([saved_back:])))',
            kind="number",
            note="for the first time; blank: never",
            total_name="out_rival_payback",
        ),
        Row("irr", "Internal rate of return, stated", "1/yr", kind="rate", total_name="out_stated_irr", note=STATED),
        Row("months", "Plain payback, stated", "month", kind="number", total_name="out_stated_months", note=STATED),
        Row(
            "running_lead",
            "Running flows fall earlier by",
            "yr",
            '=IF(AND(in_timing="mid",[year]>0),k_half,0)',
            kind="number",
        ),
        Row("own_at_irr", "Own servers at the stated return", MONEY, worth["own"], total=SUM, note="check of the IRR"),
        Row(
            "rival_at_irr", "The other option at it", MONEY, worth["rival"], total=SUM, note="worth the same at the IRR"
        ),
    )


def _measures(option: Option) -> tuple[Row, ...]:
    o = option.id
    capital = f"+[{o}_capital@F]" if option.charged else ""
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
