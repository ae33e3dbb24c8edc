"""The rows of the catalogue: one class per table, its attributes are the columns of the CSV file.

A blank figure is None: nobody published it, and no other figure stands in for it.
"""

from dataclasses import dataclass

from engine.errors import NotAvailable

TERMS = {"on_demand": "on_demand", "1yr": "reserved_1y", "3yr": "reserved_3y", "spot": "spot"}
"""Rental terms as the assumptions name them, and their columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row tells: its id, where its figures come from, of which date, and how far to trust them."""

    id: str
    source: str
    as_of: str
    """Date or the beginning of the period, ISO 8601 to the precision known: 2024, 2024-07 or 2024-07-15."""
    confidence: str
    """high, medium, low (recalled or illustrative: verify before use) or derived (calculated by us)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu(Row):
    """An accelerator. All peaks are dense: data sheets often print the double, with sparsity."""

    gpu: str
    vendor: str
    arch: str
    form_factor: str
    mem_gb: float
    mem_bw_gbs: float
    fp16_dense_tflops: float
    fp8_dense_tflops: float | None
    fp4_dense_tflops: float | None
    int8_dense_tops: float | None
    tdp_w: float
    interconnect: str
    link_gbs_per_gpu_unidir: float
    gpus_per_node_typ: float
    price_usd_low: float | None
    price_usd_high: float | None
    price_note: str

    @property
    def price_usd(self) -> float:
        """Mean of the lowest and the highest price found [USD]."""
        if self.price_usd_low is None or self.price_usd_high is None:
            raise NotAvailable(f"{self.id} has no price in the catalogue ({self.price_note or 'none'}); set gpu_price")
        return (self.price_usd_low + self.price_usd_high) / 2

    @property
    def tdp_kw(self) -> float:
        """Thermal design power [kW]."""
        return self.tdp_w / 1000

    @property
    def gpus_per_node(self) -> int:
        """GPUs that a usual server carries [GPU]."""
        return int(self.gpus_per_node_typ)

    @property
    def whole_nodes(self) -> bool:
        """Whether it is sold on full boards only: SXM, OAM and NVL72 are, PCIe cards are not."""
        return not self.form_factor.startswith("PCIe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Llm(Row):
    """A model with published weights: what its memory and its arithmetic follow from."""

    model: str
    family: str
    params_total_b: float
    params_active_b: float
    layers: float
    hidden: float
    heads: float
    kv_heads: float
    head_dim: float
    intermediate: float
    vocab: float
    context: float
    attention: str
    """MHA, GQA, GQA+SWA (some layers see a sliding window only), MLA, MLA+DSA, hybrid (some layers keep a state)."""
    n_experts: float
    experts_per_token: float
    moe_intermediate: float
    full_attn_layers: float
    sliding_window: float
    kv_bytes_per_token_fp16: float
    kv_latent_dim: float | None
    """Width of the compressed key-value vector of MLA, rotary part included."""
    tied_embeddings: float
    """1 where the output layer shares the matrix of the input embedding."""
    mlp_matrices: float
    """3 for a gated feed-forward block, 2 for a plain one."""
    licence: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(Row):
    """A server, or a rack sold as one piece."""

    item: str
    kind: str
    gpus: float
    gpu: str
    gpu_id: str
    price_low_usd: float | None
    price_typ_usd: float | None
    price_high_usd: float | None
    power_max_kw: float | None
    power_avg_kw: float | None
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudInstance(Row):
    """The rental prices of an instance in a region [USD per instance-hour]."""

    provider: str
    instance: str
    gpu: str
    gpu_id: str
    """Id in the table `gpu`; empty when the GPU is not in it or not known exactly."""
    gpus: float
    gpu_mem_gb: float
    region: str
    """The provider's own name; `us`: any region there; `all`: one price everywhere."""
    on_demand: float | None
    reserved_1y: float | None
    reserved_3y: float | None
    spot: float | None
    on_demand_per_gpu: float | None
    unit: str
    note: str

    def price(self, term: str) -> float:
        """Price at a rental term, never that of another term [USD per instance-hour].

        Parameters
        ----------
        term : str
            on_demand, 1yr, 3yr or spot.
        """
        price: float | None = getattr(self, TERMS[term])
        if price is None:
            known = ", ".join(t for t, column in TERMS.items() if getattr(self, column) is not None)
            raise NotAvailable(
                f"{self.id} in {self.region}, prices of {self.as_of}: no {term} price in the catalogue "
                f"(it has {known}); set cloud_price"
            )
        return price


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence(Row):
    """A software licence per GPU, for the period that `unit` names."""

    item: str
    price_usd: float
    unit: str
    term_years: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy(Row):
    """Price of electricity for large or non-household consumers [`currency`/kWh]."""

    country: str
    value: float
    currency: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Salary(Row):
    """Yearly cost (`basis` loaded) or pay (`basis` gross) of one person [`currency`/yr]."""

    role: str
    country: str
    value: float
    currency: str
    basis: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPrice(Row):
    """Prices of a token API [USD/Mtok], which stand in for those of the price book; `id` is provider/model."""

    provider: str
    model: str
    input_per_mtok: float
    cached_input_per_mtok: float | None
    output_per_mtok: float | None
    tiering: str
    """flat, or tiered where longer prompts have other prices than these."""
    unit: str
