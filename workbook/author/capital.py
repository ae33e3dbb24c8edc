"""Sheet Capital: purchases, what is in service, depreciation, capital charge and residual value."""

from workbook.author.grid import LAST_YEAR, SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.styles import NAVY

PURCHASES = range(LAST_YEAR)

MACRS = {  # percent of cost by year, half-year convention: IRS Publication 946, appendix A, table A-1
    3: (33.33, 44.45, 14.81, 7.41),
    5: (20.00, 32.00, 19.20, 11.52, 11.52, 5.76),
    7: (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    10: (10.00, 18.00, 14.40, 11.52, 9.22, 7.37, 6.55, 6.55, 6.56, 6.55, 3.28),
    15: (5.00, 9.50, 8.55, 7.70, 6.93, 6.23, 5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 2.95),
    20: (
        3.750,
        7.219,
        6.677,
        6.177,
        5.713,
        5.285,
        4.888,
        4.522,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
        4.462,
        4.461,
    ),
}


def capital() -> TimeSheet:
    """Everything that follows from buying hardware; a column is the year in which, or at whose end, it happens."""
    parts = (_bought(), _service(), _licences(), _charge(), _depreciation(), _residual(), _tax())
    rows = tuple(item for part in parts for item in (*part, None))
    absent = Section('=IF(out_onprem_compared=1,"","Own servers are not part of this comparison.")', plain=True)
    return TimeSheet(
        "Capital",
        "Hardware and capital",
        SUBTITLE + " · own servers",
        (absent, Named("blk_rows_onprem_capital", rows)),
        NAVY,
    )


def _bought() -> tuple[Row | Section, ...]:
    grown = "=[buy]*([{0}>]-[{0}])"
    # again after its life: what was bought `life` years before, repeats included
    again = "=[grown_{0}]+[buy]*IF([year]>=[life@D],INDEX([{0}_bought:<],[year]-[life@D]+1+1),0)"
    return (
        Section("Purchases: what year p + 1 needs is bought at the end of year p"),
        Row(
            "life",
            "Service life, whole years",
            "yr",
            constant='=IF(in_hardware_life="",in_horizon,MAX(1,INT(in_hardware_life)))',
            kind="whole",
            note="then bought again; blank: the horizon",
        ),
        Row("grown_nodes", "Servers for growth", "node", grown.format("nodes"), total=SUM, kind="whole"),
        Row("grown_gpus", "GPUs for growth", "GPU", grown.format("gpus"), total=SUM, kind="whole"),
        Row(
            "grown_heads",
            "Management nodes",
            "set",
            "=IF([year]=0,1,0)",
            total=SUM,
            kind="whole",
            note="once, at the start",
        ),
        Row(
            "nodes_bought",
            "Servers bought",
            "node",
            again.format("nodes"),
            total=SUM,
            kind="whole",
            note="growth and replacement",
        ),
        Row(
            "gpus_bought",
            "GPUs bought",
            "GPU",
            again.format("gpus"),
            total=SUM,
            kind="whole",
            note="growth and replacement",
        ),
        Row("heads_bought", "Management nodes bought", "set", again.format("heads"), total=SUM, kind="whole"),
        Row(
            "hardware",
            "Hardware",
            "{{currency}}",
            "=[nodes_bought]*in_node_price+[gpus_bought]*in_gpu_price*(1-in_gpu_price_decline)^[year]+[heads_bought]*in_head_node_price",
            total=SUM,
            note="at prices of the year of purchase",
        ),
        Row(
            "acquired",
            "Acquisition",
            "{{currency}}",
            "=[hardware]*(1+in_services_rate)",
            total=SUM,
            note="hardware and services",
        ),
        Row("networked", "Network", "{{currency}}", "=in_network_rate*[hardware]*(1+in_inflation)^[year]", total=SUM),
    )


def _service() -> tuple[Row | Section, ...]:
    hardware, acquired = in_service("hardware_there", "hardware"), in_service("acquired_there", "acquired")
    return (
        Section("In service: bought before the year and not older than the service life"),
        Row("hardware_there", "Hardware in service, at cost", "{{currency}}", hardware),
        Row("acquired_there", "Acquisition in service, at cost", "{{currency}}", acquired),
    )


def in_service(there: str, bought: str, life: str = "[life@D]") -> str:
    """Return what was there the year before, with what was bought then and without what has served its life."""
    worn_out = f"IF([year]>{life},INDEX([{bought}:],[year]-{life}),0)"
    return f"=[run]*([{there}<]+[{bought}<]-{worn_out})"


def _licences() -> tuple[Row | Section | Named, ...]:
    # cards: growth when paid in advance, else every card in service
    cards = '=IF(in_licence_payment="prepaid",INDEX([grown_gpus:],[@B]+1),INDEX([gpus_bought:],[@B]+1))'
    share = "IF(in_licence_bundled=1,MIN(1,MAX(0,[year]-[@B]-in_licence_term)),1)"
    terms = (
        '=[@D]*IF(in_licence_payment="prepaid",IF([year]>=[@B],[buy]*INDEX([terms_due:],[year]-[@B]+1),0),'
        f"[run]*IF(AND([@B]<=[year]-1,[year]-1<[@B]+[life@D]),{share}/in_licence_term,0))"
    )
    before = "MAX(0,ROUNDUP([year]/in_licence_term-k_guard,0))"
    return (
        Section("Licence terms charged, by purchase"),
        Row(
            "terms_due",
            "Terms that begin at this age of a card",
            "term",
            f"=MAX(0,ROUNDUP(([year]+1)/in_licence_term-k_guard,0))-{before}-IF([year]=0,in_licence_bundled,0)",
            kind="number",
            note="paid in advance; columns are ages 0, 1, ..",
        ),
        Named("blk_purchases_licence", tuple(_purchases("licensed", "GPU", cards, terms, "number", "term", "whole"))),
        Row(
            "licence_terms",
            "Licence terms charged",
            "term",
            _column_sum("licensed"),
            total=SUM,
            kind="number",
            look="total",
        ),
    )


def _charge() -> tuple[Row | Section, ...]:
    years = "[years_left]"
    factor = (
        f'=IF(OR(in_capital_mode="npv",{years}=0),1,'
        f'IF(in_capital_mode="annuity",{years}*([crf]-in_depreciation_benefit),'
        f'IF(in_capital_mode="book",1+in_wacc*({years}+1)*k_half-{years}*in_depreciation_benefit,'
        f'IF(in_capital_mode="simple",1+{years}*(in_wacc-in_depreciation_benefit),1))))'
    )
    return (
        Section("Cost of capital in the modes annuity, book, simple (in mode npv discounting does it)"),
        Row("years_left", "Years left at purchase", "yr", "=MAX(0,in_horizon-[year])", kind="whole"),
        Row(
            "crf",
            "Capital recovery factor",
            "-",
            f"=IF({years}=0,0,IF(in_wacc=0,1/{years},in_wacc/(1-1/(1+in_wacc)^{years})))",
            kind="factor",
        ),
        Row(
            "capital_factor",
            "Capital factor on acquisition",
            "-",
            factor,
            kind="factor",
            note="1 in the modes npv and none",
        ),
        Row(
            "charge",
            "Charge a year of this purchase",
            "{{currency}}",
            f"=IF({years}=0,0,[acquired]*([capital_factor]-1)/{years})",
            note="spread evenly over the years left",
        ),
        Row("charged", "Cost of capital", "{{currency}}", "=[run]*SUM([charge:<])", total=SUM, look="total"),
    )


def _depreciation() -> tuple[Row | Section | Named, ...]:
    life = "in_depreciation_life"
    tables = tuple(
        Row(
            f"macrs_{years}",
            f"MACRS, {years} years",
            "fraction",
            constant=years,
            kind="rate",
            constant_kind="whole",
            values=tuple(round(p / 100, 6) for p in shares[:LAST_YEAR]),
            note="IRS Pub. 946, table A-1",
        )
        for years, shares in MACRS.items()
    )
    rate = (
        "=IF(OR(in_tax_rate=0,[year]=0),0,"
        f'IF(in_depreciation_method="macrs",INDEX([macrs_3]:[macrs_20],MATCH({life},[macrs_3@D]:[macrs_20@D],0)),'
        'IF(in_depreciation_method="bonus",IF([year]=1,1,0),'
        f"IF([year]>{life},0,"
        f'IF(in_depreciation_method="syd",SYD(1,0,{life},[year]),'
        f'IF(in_depreciation_method="ddb",DDB(1,0,{life},[year]),'
        f'IF(in_depreciation_method="db",DB(1,0,{life},[year]),SLN(1,0,{life}))))))))'
    )
    cost = "=INDEX([acquired:],[@B]+1)+INDEX([networked:],[@B]+1)"
    amount = "=IF([year]>[@B],[run]*[@D]*INDEX([depreciation_rate:],[year]-[@B]+1),0)"
    return (
        Section("Tax depreciation, by purchase (only with a tax rate)"),
        *tables,
        Row(
            "depreciation_rate",
            "Share of cost at this age",
            "fraction",
            rate,
            kind="rate",
            note="columns are ages 1, 2, ..",
        ),
        Named("blk_purchases_depreciation", tuple(_purchases("depreciated", "{{currency}}", cost, amount, "money"))),
        Row("depreciation", "Depreciation", "{{currency}}", _column_sum("depreciated"), total=SUM, look="total"),
        Row(
            "book",
            "Tax book value at the end of the year",
            "{{currency}}",
            "=[live]*([book<]+IF(in_tax_rate=0,0,[acquired]+[networked])-[depreciation])",
        ),
    )


def _residual() -> tuple[Row | Section, ...]:
    life = 'IF(in_hardware_life="",in_horizon,in_hardware_life)'
    return (
        Section("Residual value at the end of the horizon, by purchase (mode npv)"),
        Row("residual_life", "Life for resale", "yr", constant=f"={life}", kind="number"),
        Row(
            "residual_share",
            "Share of the hardware price",
            "fraction",
            "=[buy]*(1-(1-in_residual_rate)*MIN(in_horizon-[year],[residual_life@D])/[residual_life@D])",
            kind="rate",
            note="straight line over the life",
        ),
        Row(
            "resale",
            "Residual value",
            "{{currency}}",
            '=IF(in_capital_mode="npv",[hardware]*[residual_share],0)',
            total=SUM,
            note="services excluded",
        ),
    )


def _tax() -> tuple[Row | Section, ...]:
    # what is paid at a date of its own gives its relief at that date: it is discounted like it
    prepaid = 'IF(in_licence_payment="prepaid",[onprem_licence],0)'
    return (
        Section("Tax of own servers (negative: relief)"),
        Row(
            "tax_running",
            "Relief on running costs and depreciation",
            "{{currency}}",
            f'=IF(in_capital_mode<>"npv",0,IF(in_tax_rate>0,-in_tax_rate*([onprem_running]-{prepaid}+[depreciation]),'
            "-in_depreciation_benefit*[acquired_there]))",
            total=SUM,
        ),
        Row(
            "tax_dated",
            "Relief on dated costs, tax on resale",
            "{{currency}}",
            f'=IF(in_capital_mode<>"npv",0,in_tax_rate*([end]*([resale@F]-[book])-[onprem_setup]-{prepaid}))',
            total=SUM,
            note="resale less book value, at the end",
        ),
    )


def _purchases(
    key: str, constant_unit: str, constant: str, years: str, kind: str, unit: str = "", constant_kind: str = ""
) -> list[Row]:
    """Return one row for each purchase p = 0..14; p stands in column B."""
    return [
        Row(
            f"{key}_{p}",
            "",
            unit or constant_unit,
            years,
            constant=constant,
            total=SUM,
            kind=kind,
            constant_kind=constant_kind or kind,
            label_formula="=$H$4" if p == 0 else f"=[{key}_{p - 1}@B]+1",
        )
        for p in PURCHASES
    ]


def _column_sum(key: str) -> str:
    return f"=SUM([{key}_{PURCHASES[0]}]:[{key}_{PURCHASES[-1]}])"
