"""Sheet Alternatives: what leased servers and own servers with a provider for the peaks are worked out from."""

from workbook.author.capital import in_service
from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE, fte
from workbook.author.styles import CLAY

MONEY = "{{currency}}"
YEARS = "$H$4:$W$4"


WHAT = (
    "Leased servers: the same servers, paid over time; at the end returned, bought out or leased anew",
    "Own servers in colocation: they stand in somebody else's hall, at a rent per kW and month",
    "Own servers and a provider: own servers for the base load, a token API or rented GPUs for the peaks",
)
"""What the options of this sheet are."""
LEFT_OUT = "None of these options is part of this comparison. A new proposal can include them."
LEFT_OUT_LIVE = (
    "None of these options is compared: add lease, colo or hybrid to the input options on sheet Inputs, then run "
    "llm-tco summary."
)


def alternatives(*, live: bool = False) -> TimeSheet:
    """Hardware, payments and tax of the options that finance or share the own servers.

    What they are stands above, so that the page says something where none of them is compared, which is said too.
    """
    compared = (f"out_{option}_compared" for option in ("lease", "colo", "hybrid"))
    return TimeSheet(
        "Alternatives",
        "Leased servers, colocation, own servers with a provider",
        SUBTITLE,
        (
            Section("What these options are"),
            *(Section(f'="{text}"', plain=True) for text in WHAT),
            Section(f'=IF({"+".join(compared)}=0,"{LEFT_OUT_LIVE if live else LEFT_OUT}","")', plain=True),
            Named("blk_rows_lease_or_hybrid_alternatives", (*_by_age(), None)),
            Named("blk_rows_lease_alternatives", (*_lease(), *_ends("lease", "l_", "l_hardware", "l_kept"), None)),
            Named(
                "blk_rows_colo_alternatives", (Section("Tax in colocation (negative: relief)"), *taxes("colo"), None)
            ),
            Named("blk_rows_hybrid_alternatives", (*_hybrid(), *_ends("hybrid", "h_", "h_hardware"))),
        ),
        CLAY,
    )


def _by_age() -> tuple[Row | Section, ...]:
    """Return shares by age in falling order: beside purchases in the order of years their products add up by year."""
    age = f"({YEARS.split(':')[1]}-[year])"

    def terms(key: str, label: str, life: str) -> Row:
        share = f"IF(in_licence_bundled=1,MIN(1,MAX(0,{age}-in_licence_term)),1)/in_licence_term"
        formula = (
            f'=IF(in_licence_payment="prepaid",INDEX([terms_due:],{age}+1),IF(AND({age}>=1,{age}<={life}),{share},0))'
        )
        return Row(key, label, "term", formula, kind="number")

    return (
        Section("Shares by age of a purchase, oldest first"),
        Row("aged_depreciation", "Depreciation", "fraction", f"=INDEX([depreciation_rate:],{age}+1)", kind="rate"),
        terms("aged_terms", "Licence terms of a card", "[life@D]"),
        terms("aged_lease_terms", "Licence terms of a leased card", "[l_life@D]"),
    )


def _by_year(amounts: str, aged: str) -> str:
    """Return the sum over purchases up to this year of the amount times its share at the age it has now."""
    return f"SUMPRODUCT([{amounts}:=],INDEX([{aged}:],COUNT([{aged}:])-[year]):[{aged}@W])"


def _terms(grown: str, bought: str, aged: str) -> str:
    ahead, used = _by_year(grown, aged), _by_year(bought, aged)
    return f'=IF(in_licence_payment="prepaid",[buy]*{ahead},[run]*{used})'


def _bought(prefix: str, what: str, life: str, grown: str) -> str:
    again = f"INDEX([{prefix}{what}:<],[year]-{life}+1+1)"
    return f"=[{grown}]+[buy]*IF([year]>={life},{again},0)"


def _hardware(prefix: str, heads: str) -> str:
    prices = "[{0}nodes]*in_node_price+[{0}gpus]*in_gpu_price*(1-in_gpu_price_decline)^[year]+{1}*in_head_node_price"
    return "=" + prices.format(prefix, heads)


def _lease() -> tuple[Row | Section, ...]:
    life, times = "[l_life@D]", "[l_times@D]"
    cycle = '=IF(in_lease_end="return",in_lease_term,MAX(in_lease_term,[life@D]))'
    pmt = f'PMT(in_lease_rate/{times},{times}*[l_years],1,-[l_unpaid],IF(in_lease_due="advance",1,0))*{times}'
    kept = f'=IF(AND(in_lease_end="buyout",in_lease_term<{life},[year]+in_lease_term<in_horizon),1,0)'
    owned = f"({YEARS}+in_lease_term<=[year]-1)*([year]-1<{YEARS}+{life})"
    used = f"({YEARS}<=[year]-1)*([year]-1<{YEARS}+in_lease_term)"
    return (
        Section("Leased hardware: a lease starts where own servers would be bought"),
        Row("l_life", "Years between two leases", "yr", constant=cycle, kind="whole", note="then leased anew"),
        Row("l_nodes", "Servers leased", "node", _bought("l_", "nodes", life, "grown_nodes"), total=SUM, kind="whole"),
        Row("l_gpus", "GPUs leased", "GPU", _bought("l_", "gpus", life, "grown_gpus"), total=SUM, kind="whole"),
        Row("l_heads", "Management nodes leased", "set", _bought("l_", "heads", life, "grown_heads"), total=SUM,
            kind="whole"),
        Row("l_hardware", "Hardware leased", MONEY, _hardware("l_", "[l_heads]"), total=SUM,
            note="at prices of the year"),
        Row("l_financed", "Price financed", MONEY,
            "=[l_hardware]*(1+in_services_rate+in_network_rate*(1+in_inflation)^[year])", total=SUM,
            note="with services and network"),
        Row("l_years", "Years of this lease", "yr", "=[buy]*MIN(in_lease_term,in_horizon-[year])", kind="whole",
            note="leases end with the horizon"),
        Row("l_unpaid", "Part that stays unpaid", "fraction",
            '=1-(1-in_lease_residual)*MIN(1,[l_years]/MIN(in_lease_term,IF(in_hardware_life="",in_horizon,in_hardware_life)))',
            kind="rate", note="straight line to the value at the end"),
        Row("l_times", "Payments a year", "1/yr", constant='=IF(in_lease_paid="monthly",k_months,1)', kind="whole"),
        Row("l_share", "Payments of a year over the price", "fraction",
            f"=IF([l_years]=0,0,IF(ISNUMBER(in_lease_payment),in_lease_payment*k_months,-{pmt}))", kind="rate",
            note="PMT, or the quote"),
        Row("l_paid", "Payments by year of use", MONEY, f"=[run]*SUMPRODUCT([l_financed:]*[l_share:]*{used})",
            total=SUM),
        Row("l_kept", "Bought out at the end of the lease", "0/1", kept, kind="flag"),
        Row("l_there", "Hardware in service, at cost", MONEY, in_service("l_there", "l_hardware", life)),
        Row("l_owned", "Buy-outs in service, at cost", MONEY,
            f"=[run]*in_lease_residual*SUMPRODUCT([l_financed:]*[l_kept:]*{owned})"),
        Row("l_terms", "Licence terms charged", "term", _terms("grown_gpus", "l_gpus", "aged_lease_terms"), total=SUM,
            kind="number"),
    )  # fmt: skip


def _hybrid() -> tuple[Row | Section, ...]:
    reserved = 'OR(in_cloud_term="1yr",in_cloud_term="3yr")'
    left = "1-IF([replicas]>0,[h_replicas]/[replicas],0)"
    rented = f"ROUNDUP([cloud_instances]*({left})-k_guard,0)/[cloud_instances]*IF({reserved},1,[h_hours])"
    mtok = "([billed]*[h_share]*(in_prompt_tokens+in_output_tokens)/k_mtok/k_months)"
    return (
        Section("Own part of the split, stated by the engine: the number of replicas that costs least"),
        Row("h_replicas", "Replicas on own servers", "replica", kind="whole", name="blk_hybrid_replicas"),
        Row("h_gpus_needed", "GPUs needed", "GPU", kind="whole", name="blk_hybrid_gpus"),
        Row("h_nodes_needed", "Servers needed", "node", kind="whole", name="blk_hybrid_nodes"),
        Row("h_instances", "Model instances", "instance", kind="number", name="blk_hybrid_instances"),
        Row("h_share", "Queries left to the provider", "fraction", kind="rate", name="blk_hybrid_share"),
        Row("h_hours", "Share of the hours in which there are any", "fraction", kind="rate", name="blk_hybrid_hours"),
        Section("Own servers of the split"),
        Row("h_there_gpus", "GPUs there", "GPU", "=[run]*MAX([h_there_gpus<],[h_gpus_needed])", kind="whole",
            note="a fleet never shrinks"),
        Row("h_there_nodes", "Servers there", "node", "=[run]*MAX([h_there_nodes<],[h_nodes_needed])", kind="whole"),
        Row("h_own", "Any own server", "0/1", constant="=IF(SUM([h_there_gpus:])>0,1,0)", kind="flag"),
        Row("h_kw", "IT power, nameplate", "kW",
            "=[run]*([h_there_gpus]*in_gpu_kw+[h_there_nodes]*in_node_kw+[h_own@D]*in_head_node_kw)", kind="number"),
        Row("h_sysadmin", "System administrators", "FTE", fte("h_there_nodes", "sysadmin", "in_sysadmin_nodes_max"),
            kind="number"),
        Row("h_ml", "ML engineers", "FTE", fte("h_instances", "ml", "in_ml_instances_max"), kind="number"),
        Row("h_rented", "Instances rented over all, in use", "fraction",
            f"=IF(AND([cloud_instances]>0,[h_share]>0),{rented},0)", kind="rate", note="cloud for the peaks"),
        Row("h_volume", "Price over that without volume discount", "-",
            f"=IF(AND(in_api_volume_discount>0,{mtok}>0),1-in_api_volume_discount*MAX(0,1-in_api_volume_mtok/{mtok}),1)",
            kind="factor", note="API for the peaks"),
        Row("h_grown_nodes", "Servers for growth", "node", "=[buy]*([h_there_nodes>]-[h_there_nodes])", total=SUM,
            kind="whole"),
        Row("h_grown_gpus", "GPUs for growth", "GPU", "=[buy]*([h_there_gpus>]-[h_there_gpus])", total=SUM,
            kind="whole"),
        Row("h_nodes", "Servers bought", "node", _bought("h_", "nodes", "[life@D]", "h_grown_nodes"), total=SUM,
            kind="whole"),
        Row("h_gpus", "GPUs bought", "GPU", _bought("h_", "gpus", "[life@D]", "h_grown_gpus"), total=SUM,
            kind="whole"),
        Row("h_hardware", "Hardware", MONEY, _hardware("h_", "[heads_bought]*[h_own@D]"), total=SUM,
            note="at prices of the year of purchase"),
        Row("h_there", "Hardware in service, at cost", MONEY, in_service("h_there", "h_hardware")),
        Row("h_owned", "Acquisition in service, at cost", MONEY, in_service("h_owned", "hybrid_acquisition")),
        Row("h_terms", "Licence terms charged", "term", _terms("h_grown_gpus", "h_gpus", "aged_terms"), total=SUM,
            kind="number"),
    )  # fmt: skip


def _ends(option: str, p: str, hardware: str, kept: str = "") -> tuple[Row | Section, ...]:
    """Return depreciation, books, resale, cost of capital and tax of what an option buys."""
    cost = f"[{option}_acquisition]" + (f"+[{option}_network]" if option == "hybrid" else "")
    sold = f"[{hardware}]*[residual_share]" + (f"*[{kept}]" if kept else "")
    return (
        Row(f"{p}cost", "Cost that is written off", MONEY, f"={cost}", total=SUM),
        Row(f"{p}depreciation", "Depreciation", MONEY, f"=[run]*{_by_year(f'{p}cost', 'aged_depreciation')}",
            total=SUM, note="only with a tax rate"),
        Row(f"{p}book", "Tax book value at the end of the year", MONEY,
            f"=[live]*([{p}book<]+IF(in_tax_rate=0,0,[{p}cost])-[{p}depreciation])"),
        Row(f"{p}resale", "Residual value", MONEY, f'=IF(in_capital_mode="npv",{sold},0)', total=SUM,
            note="services excluded"),
        Row(f"{p}charge", "Charge a year of this purchase", MONEY,
            f"=IF([years_left]=0,0,[{option}_acquisition]*([capital_factor]-1)/[years_left])"),
        Row(f"{p}charged", "Cost of capital", MONEY, f"=[run]*SUM([{p}charge:<])", total=SUM),
        *taxes(option, p, f"{p}owned"),
    )  # fmt: skip


def taxes(option: str, own: str = "", benefiting: str = "acquired_there") -> tuple[Row, ...]:
    """Return the relief that falls over the year, and that at a date of its own."""
    dated = f'-IF(in_licence_payment="prepaid",[{option}_licence],0)'
    if option == "lease":
        dated += '-IF(in_lease_paid="yearly",[lease_lease],0)'
    running = f"[{option}_running]{dated}+[{own}depreciation]"
    gain = f"[end]*([{own}resale@F]-[{own}book])-[{option}_setup]{dated}"
    return (
        Row(f"{option}_tax_running", "Relief on running costs and depreciation", MONEY,
            f'=IF(in_capital_mode<>"npv",0,IF(in_tax_rate>0,-in_tax_rate*({running}),'
            f"-in_depreciation_benefit*[{benefiting}]))", total=SUM),
        Row(f"{option}_tax_dated", "Relief on dated costs, tax on resale", MONEY,
            f'=IF(in_capital_mode<>"npv",0,in_tax_rate*({gain}))', total=SUM,
            note="resale less book value, at the end"),
    )  # fmt: skip
