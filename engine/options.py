"""What each option is made of: a new one is an entry here, a new line its name in the options that pay it."""

from engine import hybrid, leasing
from engine.lines import (
    Line,
    Option,
    acquisition,
    annual_line,
    api_ml_engineer,
    cloud_licence,
    cloud_sysadmin,
    colo_power,
    colo_rent,
    colocation,
    licence,
    maintenance,
    ml_engineer,
    network,
    power,
    rental,
    residual,
    seats,
    setup_line,
    sysadmin,
    tokens,
)

ACQUISITION = Line("acquisition", "Servers and GPUs", acquisition)
NETWORK = Line("network", "Network", network)
SYSADMIN = Line("sysadmin", "System administration", sysadmin)
ML_ENGINEER = Line("ml_engineer", "ML engineering", ml_engineer)
RESIDUAL = Line("residual", "Residual value", residual)

POWER = Line("power", "Electricity", power)
COLOCATION = Line("colocation", "Colocation", colocation)
LICENCE = Line("licence", "AI platform licence", licence)
MAINTENANCE = Line("maintenance", "Maintenance", maintenance)

ONPREM = Option(
    "onprem",
    "Own servers",
    (
        ACQUISITION,
        NETWORK,
        POWER,
        COLOCATION,
        LICENCE,
        SYSADMIN,
        ML_ENGINEER,
        MAINTENANCE,
        setup_line("onprem_setup_cost"),
        annual_line("onprem_annual_cost"),
        RESIDUAL,
    ),
    capitalised=True,
)
CLOUD = Option(
    "cloud",
    "Rented GPUs",
    (
        Line("rental", "Instance rental", rental),
        Line("cloud_licence", "AI platform licence", cloud_licence),
        Line("sysadmin", "System administration", cloud_sysadmin),
        ML_ENGINEER,
        setup_line("cloud_setup_cost"),
        annual_line("cloud_annual_cost"),
    ),
)
API = Option(
    "api",
    "Token API",
    (
        Line("tokens", "Tokens", tokens),
        Line("ml_engineer", "ML engineering", api_ml_engineer),
        setup_line("api_setup_cost"),
        annual_line("api_annual_cost"),
    ),
)
SEAT = Option(
    "seat",
    "Seats",
    (Line("seats", "Seats", seats), setup_line("seat_setup_cost"), annual_line("seat_annual_cost")),
)
LEASE = Option(
    "lease",
    "Leased servers",
    (
        Line("lease", "Lease payments", leasing.lease),
        Line("acquisition", "Buy-out", acquisition),
        POWER,
        COLOCATION,
        LICENCE,
        SYSADMIN,
        ML_ENGINEER,
        MAINTENANCE,
        setup_line("onprem_setup_cost"),
        annual_line("onprem_annual_cost"),
        RESIDUAL,
    ),
    capitalised=True,
    plan=leasing.LeasePlan,
)
COLO = Option(
    "colo",
    "Own servers in colocation",
    (
        ACQUISITION,
        NETWORK,
        Line("power", "Metered electricity", colo_power),
        Line("colocation", "Colocation", colo_rent),
        LICENCE,
        SYSADMIN,
        ML_ENGINEER,
        MAINTENANCE,
        setup_line("colo_setup_cost"),
        annual_line("colo_annual_cost"),
        RESIDUAL,
    ),
    capitalised=True,
)
HYBRID = Option(
    "hybrid",
    "Own servers and a provider",
    (
        ACQUISITION,
        NETWORK,
        Line("peaks", "Peaks at the provider", hybrid.peaks),
        POWER,
        COLOCATION,
        LICENCE,
        Line("sysadmin", "System administration", hybrid.sysadmin),
        Line("ml_engineer", "ML engineering", hybrid.ml_engineer),
        MAINTENANCE,
        Line("setup", "Set-up", hybrid.setup),
        Line("annual", "Other yearly costs", hybrid.annual),
        RESIDUAL,
    ),
    capitalised=True,
    plan=hybrid.HybridPlan,
)
OPTIONS = {option.id: option for option in (ONPREM, CLOUD, API, SEAT, LEASE, COLO, HYBRID)}
