"""The options as native formulas: their cost lines, how each is discounted, and where it stands in the charts."""

from dataclasses import dataclass

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
