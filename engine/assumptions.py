"""Every assumption: its id, unit, limits, default, help and where the default comes from.

One field is one assumption; a field's docstring is its help text on every sheet and in every dialog. A default of
None means blank: the catalogue, the sizing or another assumption gives the value where a result needs it, as the
help says. Money is in the currency of the assumptions.
"""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["number", "whole", "flag", "text", "date"]

PLANNING = "planning value of llm-tco, to be replaced by the customer's own figure"


@dataclass(frozen=True)
class Spec:
    """What a field is, beside its pydantic limits."""

    kind: Kind
    unit: str
    low: float | None = None
    high: float | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    catalog: tuple[str, str, str] | None = None
    """Table, row and field of the catalogue that give the default."""
    source: str = PLANNING
    as_of: str = "2026-11"
    confidence: str = "medium"


def _number(unit: str, low: float, high: float, default: float | None = None, **spec: Any) -> Any:  # noqa: ANN401  pydantic's Field is Any
    return Field(default, ge=low, le=high, json_schema_extra={"spec": Spec("number", unit, low, high, **spec)})  # type: ignore[dict-item]


def _whole(unit: str, low: float, high: float, default: int | None = None, **spec: Any) -> Any:  # noqa: ANN401
    return Field(default, ge=low, le=high, json_schema_extra={"spec": Spec("whole", unit, low, high, **spec)})  # type: ignore[dict-item]


def _flag(default: int | None = None) -> Any:  # noqa: ANN401
    return Field(default, ge=0, le=1, json_schema_extra={"spec": Spec("flag", "0/1", 0, 1)})  # type: ignore[dict-item]


def _text(default: str | None = None, *choices: str, unit: str = "", **spec: Any) -> Any:  # noqa: ANN401
    return Field(default, json_schema_extra={"spec": Spec("text", unit, choices=choices, **spec)})  # type: ignore[dict-item]


def _date() -> Any:  # noqa: ANN401
    return Field(None, json_schema_extra={"spec": Spec("date", "date")})  # type: ignore[dict-item]


class Section(BaseModel):
    """A section of the assumptions: frozen, no unknown ids, no NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, strict=True, use_attribute_docstrings=True
    )


class Workload(Section):
    """Who asks how much."""

    users: float | None = _whole("person", 1, 1e9, required=True)
    """People who use the service in year 1."""
    queries_per_user_day: float | None = _number("1/day", 0, 1e5, required=True)
    """Queries of one user on a working day, before the response cache."""
    working_days_per_month: float | None = _number("day", 0, 31, 20)
    """Days of a month on which users ask."""
    prompt_tokens: float | None = _number("token", 1, 1e7, required=True)
    """Mean length of a prompt, context included."""
    output_tokens: float | None = _number("token", 1, 1e7, required=True)
    """Mean length of an answer."""
    active_hours: float | None = _number("h/day", 0.1, 24, 10)
    """Hours over which the queries of a working day spread."""
    peak_factor: float | None = _number("-", 1, 100, 2)
    """Peak over mean load inside the active hours."""
    user_growth: float | None = _number("1/yr", -0.9, 10, 0)
    """Growth of users from year to year."""
    query_growth: float | None = _number("1/yr", -0.9, 10, 0)
    """Growth of queries per user from year to year."""
    response_cache_hit: float | None = _number("fraction", 0, 0.99, 0)
    """Share of queries answered from a response cache: neither served nor billed."""
    prefix_cache_hit: float | None = _number("fraction", 0, 0.99, 0)
    """Share of prompt tokens found in the prefix cache of own or rented GPUs."""


class Serving(Section):
    """What is served, on what, and how much of it."""

    model: str | None = _text(unit="id", required=True)
    """Catalogue id of the served model."""
    precision: str | None = _text("fp16", "fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4")
    """Number format of the weights."""
    engine: str | None = _text("tensorrt-llm", "tensorrt-llm", "vllm", "sglang")
    """Inference engine."""
    gpu: str | None = _text(unit="id", required=True)
    """Catalogue id of the GPU in own servers."""
    gpus_per_node: float | None = _whole("GPU", 1, 72)
    """GPUs in one server; blank: as in the catalogue."""
    gpus_per_replica: float | None = _whole("GPU", 1, 72)
    """GPUs that hold one copy of the model; blank: fewest that meet the limits."""
    ttft_limit: float | None = _number("s", 0, 600)
    """Limit on the time to the first token; blank or 0: none."""
    tpot_limit: float | None = _number("s", 0, 60, 0.05)
    """Limit on the time per output token; blank: the default, as everywhere; 0: none."""
    latency_limit: float | None = _number("s", 0, 3600)
    """Limit on the whole answer; blank or 0: none."""
    target_utilisation: float | None = _number("fraction", 0.05, 1, 0.8)
    """Share of a replica's capacity that is planned for at the peak."""
    spare_replicas: float | None = _whole("replica", 0, 1000, 1)
    """Replicas beyond the need, for failures and maintenance."""
    min_replicas: float | None = _whole("replica", 1, 1000, 1)
    """Never fewer replicas than this."""
    replica_rps: float | None = _number("1/s", 0, 1e6)
    """Measured requests per second of one replica; wins over the model."""
    calibration: float | None = _number("-", 0.05, 20, 1)
    """Measured over modelled throughput."""
    speculative_acceptance: float | None = _number("fraction", 0, 0.95, 0)
    """Acceptance rate of speculative decoding; 0: off."""
    pruned_layers: float | None = _number("fraction", 0, 0.9, 0)
    """Share of the model's layers removed."""
    gpus: float | None = _whole("GPU", 0, 1e7)
    """GPUs in use; blank or auto: sized; a figure wins."""
    nodes: float | None = _whole("node", 0, 1e6)
    """Servers in use; blank or auto: sized; a figure wins."""
    model_instances: float | None = _number("instance", 0, 1e6)
    """Model instances, for the ML staff only; blank: replicas."""
    whole_nodes: float | None = _flag()
    """1: servers are bought full of GPUs; blank: 1 for boards of 4 or 8 (SXM, OAM), 0 for PCIe cards."""


class OnPrem(Section):
    """Own servers."""

    gpu_price: float | None = _number("money/GPU", 0, 1e6)
    """Price of one GPU; blank: mean of the catalogue's low and high."""
    node_price: float | None = _number("money/node", 0, 1e7, required=True)
    """Price of one server without its GPUs."""
    head_node_price: float | None = _number("money", 0, 1e7, 0)
    """Management servers, all together."""
    services_rate: float | None = _number("fraction of hardware", 0, 2, 0)
    """Deployment and support, bought with the hardware."""
    network_rate: float | None = _number("fraction of hardware", 0, 2, 0)
    """Switches and cables, bought with the hardware."""
    maintenance_rate: float | None = _number("fraction of hardware/yr", 0, 1, 0)
    """Yearly maintenance, from year 1."""
    gpu_kw: float | None = _number("kW/GPU", 0, 10)
    """Nameplate power of one GPU; blank: the catalogue's TDP."""
    node_kw: float | None = _number("kW/node", 0, 100, 1)
    """Nameplate power of one server without its GPUs."""
    head_node_kw: float | None = _number("kW", 0, 1000, 0)
    """Nameplate power of the management servers, all together."""
    load_factor: float | None = _number("fraction", 0, 1, 1)
    """Mean over nameplate power."""
    pue: float | None = _number(
        "-", 1, 5, 1.54, source="Uptime Institute Global Data Center Survey 2025", as_of="2025", confidence="high"
    )
    """Power usage effectiveness: energy of the facility over energy of its IT."""
    tariff: float | None = _number("money/kWh", 0, 10)
    """Price of electricity; blank: catalogue row of `energy`."""
    energy: str | None = _text("us-industrial", unit="id")
    """Catalogue row of the tariff."""
    colo_price: float | None = _number("money/kW/month", 0, 1e5, 0)
    """Colocation per contracted nameplate kW, PUE not applied."""
    colo_includes_power: float | None = _flag(1)
    """1: no power line while colo_price is above 0."""
    licence_price: float | None = _number("money/GPU/term", 0, 1e6, catalog=("licence", "nvaie-5y", "price_usd"))
    """AI platform licence for one GPU and term; blank: five-year list price of the catalogue."""
    licence_term: float | None = _number("yr", 0.1, 20, 5)
    """Term of that price."""
    licence_bundled: float | None = _flag(0)
    """1: free for the first term."""
    licence_payment: str | None = _text("prorated", "prorated", "prepaid")
    """Equal amounts by year, or whole terms in advance."""
    sysadmin_salary: float | None = _number("money/yr", 0, 1e7, catalog=("salary", "us-sysadmin", "value"))
    """Loaded yearly cost of one system administrator; blank: catalogue."""
    sysadmin_fte_min: float | None = _number("FTE", 0, 100, 0.1)
    """System administration at one node."""
    sysadmin_fte_max: float | None = _number("FTE", 0, 1000, 1)
    """System administration at sysadmin_nodes_max nodes."""
    sysadmin_nodes_max: float | None = _whole("node", 1, 1e6, 20)
    """Nodes at which sysadmin_fte_max is reached."""
    ml_salary: float | None = _number("money/yr", 0, 1e7, catalog=("salary", "us-ml-engineer", "value"))
    """Loaded yearly cost of one ML engineer; blank: catalogue."""
    ml_fte_min: float | None = _number("FTE", 0, 100, 0.2)
    """ML engineering at one model instance."""
    ml_fte_max: float | None = _number("FTE", 0, 1000, 1)
    """ML engineering at ml_instances_max instances."""
    ml_instances_max: float | None = _whole("instance", 1, 1e6, 40)
    """Model instances at which ml_fte_max is reached."""
    residual_rate: float | None = _number("fraction", 0, 1, 0)
    """Resale value of hardware at the end of its life, over its price."""
    hardware_life: float | None = _number("yr", 0.5, 30)
    """Years that hardware serves before it is bought again; blank: the horizon."""
    gpu_price_decline: float | None = _number("1/yr", -1, 0.9, 0)
    """Yearly fall of GPU prices, for purchases after year 0."""
    onprem_setup_cost: float | None = _number("money", 0, 1e9, 0)
    """Once, in year 0."""
    onprem_annual_cost: float | None = _number("money/yr", 0, 1e9, 0)
    """Any other yearly cost of own servers."""


class Cloud(Section):
    """Rented GPU instances."""

    cloud_instance: str | None = _text(unit="id", required=True)
    """Catalogue id of the instance, aws/p5.48xlarge; bare names when unique."""
    cloud_region: str | None = _text()
    """Region of the price; blank: the catalogue's first US region."""
    cloud_term: str | None = _text("on_demand", "on_demand", "1yr", "3yr", "spot")
    """Rental contract."""
    cloud_price: float | None = _number("money/instance/h", 0, 1e5)
    """Price of one instance-hour; blank: the catalogue's at that term."""
    cloud_gpus_per_instance: float | None = _whole("GPU", 1, 72)
    """GPUs of one instance; blank: as in the catalogue."""
    cloud_instances: float | None = _whole("instance", 0, 1e6)
    """Instances rented; blank: sized."""
    cloud_hours_month: float | None = _number("h/month", 0, 744, 730)
    """Hours rented in a month, on demand and spot only; 1yr and 3yr pay 730."""
    cloud_uplift: float | None = _number("fraction", 0, 5, 0)
    """Storage, support and network, on top of the rental."""
    cloud_licence_price: float | None = _number(
        "money/GPU/h", 0, 1000, catalog=("licence", "nvaie-cloud-hour", "price_usd")
    )
    """AI platform licence per rented GPU and hour; blank: catalogue."""
    cloud_licence_hours_week: float | None = _number("h/week", 0, 168, 168)
    """Hours a week on which that licence is billed."""
    cloud_admin_saving: float | None = _number("fraction", 0, 1, 0.66)
    """Share of system administration that rented instances save; of that line only."""
    cloud_price_decline: float | None = _number("1/yr", -1, 0.9, 0)
    """Yearly fall of on-demand and spot prices."""
    cloud_setup_cost: float | None = _number("money", 0, 1e9, 0)
    """Once, in year 0."""
    cloud_annual_cost: float | None = _number("money/yr", 0, 1e9, 0)
    """Any other yearly cost of rented instances."""


class Api(Section):
    """Tokens bought from a provider."""

    api_model: str | None = _text(unit="id", required=True)
    """Model of the price book."""
    api_input_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million prompt tokens; blank: price book."""
    api_output_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million output tokens; blank: price book."""
    api_cached_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million cached prompt tokens; blank: price book, or the input price where that is typed."""
    api_cached_share: float | None = _number("fraction", 0, 1, 0)
    """Prompt tokens billed at the cached price."""
    api_batch_share: float | None = _number("fraction", 0, 1, 0)
    """Tokens sent through the provider's batch interface."""
    api_batch_discount: float | None = _number("fraction", 0, 1, 0.5)
    """Discount of the batch interface on input, cached and output tokens."""
    api_offpeak_share: float | None = _number("fraction", 0, 1, 0)
    """Tokens sent in the hours of the provider's off-peak price."""
    api_offpeak_discount: float | None = _number("fraction", 0, 1, 0)
    """Discount of those hours on input, cached and output tokens."""
    api_long_prompt: float | None = _number("token", 0, 1e7)
    """Mean length of a prompt above which the long prices hold; blank: the price book's tiers, if any."""
    api_long_input_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million prompt tokens above that length."""
    api_long_output_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million output tokens above that length."""
    api_long_cached_price: float | None = _number("money/Mtok", 0, 1e5)
    """Price of a million cached prompt tokens above that length; blank: api_long_input_price."""
    api_volume_mtok: float | None = _number("Mtok/month", 0, 1e12)
    """Tokens of a month beyond which the volume discount holds; blank: none."""
    api_volume_discount: float | None = _number("fraction", 0, 1, 0)
    """Discount on tokens beyond api_volume_mtok."""
    api_price_decline: float | None = _number("1/yr", -1, 0.9, 0)
    """Yearly fall of token prices."""
    api_fte: float | None = _number("FTE", 0, 1000, 0)
    """People who run the integration, at ml_salary."""
    api_setup_cost: float | None = _number("money", 0, 1e9, 0)
    """Once, in year 0."""
    api_annual_cost: float | None = _number("money/yr", 0, 1e9, 0)
    """Any other yearly cost of the API."""


class Seat(Section):
    """An AI suite bought per user."""

    seat_price: float | None = _number("money/user/month", 0, 1e5, required=True)
    """Price of one seat and month."""
    seat_setup_cost: float | None = _number("money", 0, 1e9, 0)
    """Once, in year 0."""
    seat_annual_cost: float | None = _number("money/yr", 0, 1e9, 0)
    """Any other yearly cost of the suite."""


class Colo(Section):
    """Own servers in a rented hall; all else as own servers."""

    colo_rent: float | None = _number("money/kW/month", 0, 1e5, required=True)
    """Rent of the hall in option colo, per nameplate kW; colo_price is for option onprem."""
    colo_metered: float | None = _flag(0)
    """1: electricity is metered and paid on top of the rent."""
    colo_pue: float | None = _number("-", 1, 5)
    """PUE of the hall, on metered electricity; blank: pue."""
    colo_setup_cost: float | None = _number("money", 0, 1e9, 0)
    """Once, in year 0: cross-connects, move-in."""
    colo_annual_cost: float | None = _number("money/yr", 0, 1e9, 0)
    """Any other yearly cost of the hall, such as remote hands."""


class Lease(Section):
    """Own servers that are leased; all else as own servers."""

    lease_term: float | None = _whole("yr", 1, 15, 3)
    """Years of a lease; one that would outlast the horizon ends with it."""
    lease_rate: float | None = _number("1/yr", 0, 1, required=True)
    """Interest rate in the payments, nominal: a twelfth of it a month; not needed where lease_payment is typed."""
    lease_payment: float | None = _number("fraction of price/month", 0, 1)
    """A lessor's quote: payment of a month over the price; blank: from lease_rate."""
    lease_residual: float | None = _number("fraction of price", 0, 1, 0)
    """Value at the end of lease_term: not repaid by the payments, and the price of a buy-out."""
    lease_paid: str | None = _text("monthly", "monthly", "yearly")
    """Payments by month, which fall as running costs do, or by year."""
    lease_due: str | None = _text("advance", "advance", "arrears")
    """Payments at the start or at the end of their month or year."""
    lease_end: str | None = _text("return", "return", "buyout")
    """Hardware goes back and is leased anew, or is bought and serves to the end of hardware_life."""
    cost_of_debt: float | None = _number("1/yr", 0, 1)
    """Interest rate of borrowing, before tax: what a lease is compared with a purchase at; blank: lease_rate."""


class Hybrid(Section):
    """Own servers for the base of the load, a provider for its peaks."""

    hybrid_peak: str | None = _text("api", "api", "cloud")
    """Where the queries above the capacity of the own servers go."""
    hybrid_replicas: float | None = _whole("replica", 0, 1e6)
    """Most replicas on own servers; blank: the number that costs least."""
    load_profile: str | None = _text(unit="24 figures")
    """Load of the 24 hours from midnight, any scale; blank: follows from peak_factor and active_hours."""


class Finance(Section):
    """Time, capital, tax, prices and currency."""

    horizon: float | None = _whole("yr", 1, 15, 3)
    """Years of the comparison."""
    wacc: float | None = _number("1/yr", 0, 0.5, 0.08)
    """Weighted average cost of capital, nominal; after tax when tax_rate is above 0."""
    timing: str | None = _text("end", "end", "mid")
    """Running costs fall at the end or in the middle of a year."""
    capital_mode: str | None = _text("npv", "npv", "annuity", "book", "simple", "none")
    """How capital is charged; npv is the standard, the others are conventions of vendors' papers."""
    depreciation_benefit: float | None = _number("1/yr of acquisition", 0, 0.5, 0)
    """Yearly relief on the acquisition, a short cut for the tax shield; not together with tax_rate."""
    tax_rate: float | None = _number("fraction", 0, 0.9, 0)
    """Corporate tax, on every option alike."""
    depreciation_method: str | None = _text("sln", "sln", "syd", "db", "ddb", "macrs", "bonus")
    """Depreciation for tax."""
    depreciation_life: float | None = _whole("yr", 1, 40, 5)
    """Years of depreciation for tax."""
    inflation: float | None = _number("1/yr", -0.5, 5, 0)
    """Yearly rise of licence, network, colocation, seat, on-demand, spot, maintenance and annual costs."""
    energy_escalation: float | None = _number("1/yr", -0.5, 5)
    """Yearly rise of the power line; blank: inflation."""
    salary_escalation: float | None = _number("1/yr", -0.5, 5)
    """Yearly rise of the staff lines; blank: inflation."""
    currency: str | None = _text("USD")
    """ISO code of every typed amount and of the results."""
    fx_rate: float | None = _number("currency/USD", 0, 1e9)
    """Applied once to catalogue amounts, which are in USD; needed when the currency is not USD."""
    fx_as_of: Any = _date()
    """Date of fx_rate."""
    prices_as_of: Any = _date()
    """Date of the prices; blank: the shipped price book's own date, never today."""
    options: str | None = _text("onprem,cloud,api,seat")
    """Options compared, in this order."""


SECTIONS: dict[str, type[Section]] = {
    "workload": Workload,
    "serving": Serving,
    "onprem": OnPrem,
    "cloud": Cloud,
    "api": Api,
    "seat": Seat,
    "colo": Colo,
    "lease": Lease,
    "hybrid": Hybrid,
    "finance": Finance,
}
