"""Sheet Costs: every cost line of every option by year, each with its undiscounted total and its part of the TCO."""

from dataclasses import dataclass

from workbook.author.grid import SUM, Named, Row, Section, TimeSheet
from workbook.author.need import SUBTITLE
from workbook.author.styles import AMBER

MONEY = "{{currency}}"
RUNNING, DATED, LICENCE, OWN_TAX = "d_run", "d_end", "d_licence", "tax"  # how a line is discounted


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
        Line(
            "licence",
            "Software licences",
            "=[e_licence]*[licence_terms]*in_licence_price",
            "licence",
            "licence terms charged x price of a term",
            LICENCE,
        ),
        Line("sysadmin", "System administrators", "=[e_salary]*[sysadmin_fte]*in_sysadmin_salary", "staff"),
        Line("ml_engineer", "ML engineers", "=[e_salary]*[ml_fte]*in_ml_salary", "staff"),
        Line(
            "maintenance",
            "Maintenance",
            "=[e_prices]*in_maintenance_rate*[hardware_there]",
            "other",
            "share of hardware in service",
        ),
        *_setup_and_annual("onprem"),
        Line("residual", "Residual value", "=-[end]*[resale@F]", "end", "resale of hardware at the end", DATED),
        Line(
            "tax_shield",
            "Tax relief",
            "=[tax_running]+[tax_dated]",
            "end",
            "costs, depreciation; tax on resale",
            OWN_TAX,
        ),
    ),
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
        Line("tokens", "Tokens", "=[e_api]*[billed]*[query_price@D]", "usage", "queries billed x price of a query"),
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

OPTIONS = (ONPREM, CLOUD, API, SEAT)


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
            constant="=(in_prompt_tokens*((1-in_api_cached_share)*in_api_input_price+in_api_cached_share*in_api_cached_price)"
            "+in_output_tokens*in_api_output_price)/k_mtok*(1-in_api_batch_share*in_api_batch_discount)",
            constant_kind="fine",
            note="prompt, cached prompt, answer, batches",
        ),
    )


def _block(option: Option) -> tuple[Row | Section, ...]:
    o = option.id
    rows = [
        Row(
            f"{o}_{line.id}",
            line.label,
            MONEY,
            line.years,
            total=SUM,
            extra=_in_tco(line),
            note=line.note,
            look="link" if line.years in {"=[acquired]", "=[networked]", "=[onprem_ml_engineer]"} else "calc",
        )
        for line in option.lines
    ]
    first, last = rows[0].key, rows[-1].key
    capital = (
        [
            Row(
                "onprem_capital",
                "Cost of capital",
                MONEY,
                "=[charged]",
                total=SUM,
                extra="=[@F]",
                look="link",
                note="modes annuity, book, simple: no cash flow",
            )
        ]
        if option is ONPREM
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


def _in_tco(line: Line) -> str:
    """Return the formula of a line's part of the TCO: its present value in mode npv, else its plain sum."""
    if line.discount == OWN_TAX:
        worth = "SUMPRODUCT([tax_running:],[d_run:])+SUMPRODUCT([tax_dated:],[d_end:])"
    else:
        worth = f"SUMPRODUCT([:],[{line.discount}:])"
    return f'=IF(in_capital_mode="npv",{worth},[@F])'
