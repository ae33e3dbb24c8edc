"""Sheet Costs: every cost line of every option by year, each with its undiscounted total and its part of the TCO."""

import re
from dataclasses import dataclass

from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.styles import AMBER

MONEY = "{{currency}}"
RUNNING, DATED, LICENCE, LEASE_DATES, OWN_TAX = "d_run", "d_end", "d_licence", "d_lease", "tax"  # how discounted


@dataclass(frozen=True)
class Line:
    """A cost line of an option."""

    id: str
    label: str
    years: str
    group: str
    note: str = ""
    discount: str = RUNNING


@dataclass(frozen=True)
class Option:
    """A way of providing the service: its lines in the order of the statement, all but `capital`."""

    id: str
    label: str
    lines: tuple[Line, ...]
    charged: str = ""
    """Key of the row with the cost of capital of what the option buys."""
    tax: str = ""
    """What the keys of its two rows of tax relief begin with."""

    @property
    def sometimes_dated(self) -> tuple[str, ...]:
        """Formulas of lines that are paid over the year or at a date of their own, as an input says."""
        conditions = {LICENCE: 'in_licence_payment="prepaid"', LEASE_DATES: 'in_lease_paid="yearly"'}
        found = ((conditions.get(line.discount), line.id) for line in self.lines)
        return tuple(f"IF({condition},[{self.id}_{line}],0)" for condition, line in found if condition)

    @property
    def running(self) -> tuple[str, ...]:
        """Keys of the running lines: deductible, due within the year."""
        apart = {"acquisition", "network", "setup", "residual", "tax_shield"}
        return tuple(f"{self.id}_{line.id}" for line in self.lines if line.id not in apart)

    @property
    def dated(self) -> tuple[str, ...]:
        """Keys of the lines with a date of their own."""
        return tuple(f"{self.id}_{line.id}" for line in self.lines if line.discount == DATED)


def _setup_and_annual(option: str) -> tuple[Line, ...]:
    return (
        Line("setup", "Set-up", f"=IF([year]=0,in_{option}_setup_cost,0)", "other", "once, year 0", DATED),
        Line("annual", "Other annual cost", f"=[e_prices]*in_{option}_annual_cost", "other"),
    )


def _own_tax(prefix: str) -> Line:
    relief = f"=[{prefix}tax_running]+[{prefix}tax_dated]"
    return Line("tax_shield", "Tax relief", relief, "end", "costs, depreciation; tax on resale", OWN_TAX)


def _licence(terms: str) -> Line:
    return Line(
        "licence",
        "Software licences",
        f"=[e_licence]*[{terms}]*in_licence_price",
        "licence",
        "licence terms charged x price of a term",
        LICENCE,
    )


def _maintenance(there: str) -> Line:
    formula = f"=[e_prices]*in_maintenance_rate*[{there}]"
    return Line("maintenance", "Maintenance", formula, "other", "share of hardware in service")


def _residual(resale: str) -> Line:
    return Line("residual", "Residual value", f"=-[end]*[{resale}@F]", "end", "resale of hardware at the end", DATED)


def _as_own(id_: str, label: str, group: str) -> Line:
    return Line(id_, label, f"=[onprem_{id_}]", group, "as own servers")


def _tax(option: str) -> Line:
    relief = f'=IF(in_capital_mode="npv",-in_tax_rate*([{option}_running]+[{option}_setup]),0)'
    return Line("tax_shield", "Tax relief", relief, "end", "negative: costs are deductible")


ONPREM = Option(
    "onprem",
    "Own servers",
    (
        Line("acquisition", "Acquisition", "=[acquired]", "hardware", "hardware and services, when bought", DATED),
        Line("network", "Network", "=[networked]", "hardware", "share of the hardware price", DATED),
        Line(
            "power",
            "Power and cooling",
            "=IF(AND(in_colo_price>0,in_colo_includes_power=1),0,[e_energy]*[energy]*in_tariff)",
            "energy",
            "kWh x tariff, or in the colocation price",
        ),
        Line(
            "colocation",
            "Colocation",
            "=[e_prices]*[it_kw]*in_colo_price*k_months",
            "energy",
            "per nameplate kW and month",
        ),
        _licence("licence_terms"),
        Line("sysadmin", "System administrators", "=[e_salary]*[sysadmin_fte]*in_sysadmin_salary", "staff"),
        Line("ml_engineer", "ML engineers", "=[e_salary]*[ml_fte]*in_ml_salary", "staff"),
        _maintenance("hardware_there"),
        *_setup_and_annual("onprem"),
        _residual("resale"),
        _own_tax(""),
    ),
    charged="charged",
)

CLOUD = Option(
    "cloud",
    "Rented GPUs",
    (
        Line(
            "rental",
            "Rental of instances",
            "=[e_rental]*[cloud_instances]*in_cloud_price*[rental_hours@D]*k_months*(1+in_cloud_uplift)",
            "usage",
            "instances x price x hours x (1 + uplift)",
        ),
        Line(
            "cloud_licence",
            "Software licences",
            "=[e_prices]*[cloud_instances]*in_cloud_gpus_per_instance*in_cloud_licence_price*in_cloud_licence_hours_week*k_weeks",
            "licence",
            "GPU hours of the rented instances",
        ),
        Line(
            "sysadmin",
            "System administrators",
            "=[onprem_sysadmin]*(1-in_cloud_admin_saving)",
            "staff",
            "own servers less the saving",
        ),
        Line("ml_engineer", "ML engineers", "=[onprem_ml_engineer]", "staff", "as own servers"),
        *_setup_and_annual("cloud"),
        _tax("cloud"),
    ),
)

API = Option(
    "api",
    "Token API",
    (
        Line(
            "tokens",
            "Tokens",
            "=[e_api]*[billed]*[query_price@D]*[volume]",
            "usage",
            "queries billed x price of a query",
        ),
        Line(
            "ml_engineer",
            "ML engineers",
            "=[e_salary]*[run]*in_api_fte*in_ml_salary",
            "staff",
            "people who run the integration",
        ),
        *_setup_and_annual("api"),
        _tax("api"),
    ),
)

SEAT = Option(
    "seat",
    "Seats",
    (
        Line("seats", "Seats", "=[e_prices]*[users]*in_seat_price*k_months", "usage", "users x price x months"),
        *_setup_and_annual("seat"),
        _tax("seat"),
    ),
)

LEASE = Option(
    "lease",
    "Leased servers",
    (
        Line(
            "lease",
            "Lease payments",
            '=IF(AND(in_lease_paid="yearly",in_lease_due="advance"),[l_paid>],[l_paid])',
            "usage",
            "of what is under lease in the year",
            LEASE_DATES,
        ),
        Line(
            "acquisition",
            "Buy-out",
            "=[buy]*IF([year]>=in_lease_term,in_lease_residual*INDEX([l_financed:],[year]-in_lease_term+1)"
            "*INDEX([l_kept:],[year]-in_lease_term+1),0)",
            "hardware",
            "at the end of a lease",
            DATED,
        ),
        _as_own("power", "Power and cooling", "energy"),
        _as_own("colocation", "Colocation", "energy"),
        _licence("l_terms"),
        _as_own("sysadmin", "System administrators", "staff"),
        _as_own("ml_engineer", "ML engineers", "staff"),
        _maintenance("l_there"),
        Line("setup", "Set-up", "=[onprem_setup]", "other", "as own servers", DATED),
        _as_own("annual", "Other annual cost", "other"),
        _residual("l_resale"),
        _own_tax("lease_"),
    ),
    charged="l_charged",
    tax="lease_",
)

COLO = Option(
    "colo",
    "Own servers in colocation",
    (
        Line("acquisition", "Acquisition", "=[acquired]", "hardware", "hardware and services, when bought", DATED),
        Line("network", "Network", "=[networked]", "hardware", "share of the hardware price", DATED),
        Line(
            "power",
            "Metered power",
            "=in_colo_metered*[e_energy]*[it_kw]*in_load_factor*k_hours_year*in_tariff"
            '*IF(in_colo_pue="",in_pue,in_colo_pue)',
            "energy",
            "kWh x tariff, or in the rent",
        ),
        Line("colocation", "Rent", "=[e_prices]*[it_kw]*in_colo_rent*k_months", "energy", "per nameplate kW and month"),
        _licence("licence_terms"),
        _as_own("sysadmin", "System administrators", "staff"),
        _as_own("ml_engineer", "ML engineers", "staff"),
        _as_own("maintenance", "Maintenance", "other"),
        *_setup_and_annual("colo"),
        _residual("resale"),
        _own_tax("colo_"),
    ),
    charged="charged",
    tax="colo_",
)

_CLOUD_PEAKS = 'AND(in_hybrid_peak="cloud",[h_share]>0)'
_API_PEAKS = 'AND(in_hybrid_peak="api",[h_share]>0)'
HYBRID = Option(
    "hybrid",
    "Own servers and a provider",
    (
        Line("acquisition", "Acquisition", "=[h_hardware]*(1+in_services_rate)", "hardware", "own part", DATED),
        Line(
            "network", "Network", "=in_network_rate*[h_hardware]*(1+in_inflation)^[year]", "hardware", "own part", DATED
        ),
        Line(
            "peaks",
            "Peaks at the provider",
            '=IF(in_hybrid_peak="api",[e_api]*[billed]*[h_share]*[query_price@D]*[h_volume],'
            "([cloud_rental]+[cloud_cloud_licence])*[h_rented])",
            "usage",
            "tokens, or instances in the hours used",
        ),
        Line(
            "power",
            "Power and cooling",
            "=IF(AND(in_colo_price>0,in_colo_includes_power=1),0,"
            "[e_energy]*[h_kw]*in_load_factor*in_pue*k_hours_year*in_tariff)",
            "energy",
            "kWh x tariff, or in the colocation price",
        ),
        Line(
            "colocation",
            "Colocation",
            "=[e_prices]*[h_kw]*in_colo_price*k_months",
            "energy",
            "per nameplate kW and month",
        ),
        _licence("h_terms"),
        Line(
            "sysadmin",
            "System administrators",
            "=[e_salary]*[h_sysadmin]*in_sysadmin_salary"
            f"+IF({_CLOUD_PEAKS},([onprem_sysadmin]-[e_salary]*[h_sysadmin]*in_sysadmin_salary)*(1-in_cloud_admin_saving),0)",
            "staff",
            "own, and rented less the saving",
        ),
        Line(
            "ml_engineer",
            "ML engineers",
            f"=IF({_CLOUD_PEAKS},[onprem_ml_engineer],"
            f"[e_salary]*[h_ml]*in_ml_salary+IF({_API_PEAKS},[api_ml_engineer],0))",
            "staff",
            "own instances, and the integration",
        ),
        _maintenance("h_there"),
        Line(
            "setup",
            "Set-up",
            '=IF([year]=0,[h_own@D]*in_onprem_setup_cost+IF(SUM([h_share:])>0,IF(in_hybrid_peak="api",'
            "in_api_setup_cost,in_cloud_setup_cost),0),0)",
            "other",
            "of what is used, year 0",
            DATED,
        ),
        Line(
            "annual",
            "Other annual cost",
            '=[e_prices]*([h_own@D]*in_onprem_annual_cost+IF([h_share]>0,IF(in_hybrid_peak="api",'
            "in_api_annual_cost,in_cloud_annual_cost),0))",
            "other",
            "of what is used",
        ),
        _residual("h_resale"),
        _own_tax("hybrid_"),
    ),
    charged="h_charged",
    tax="hybrid_",
)

OPTIONS = (ONPREM, CLOUD, API, SEAT, LEASE, COLO, HYBRID)


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
