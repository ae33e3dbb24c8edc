"""How far a figure can be from those of today before it must be a slip of unit, decimal or column."""

Range = tuple[float, float]

LIMITS: dict[str, dict[str, Range]] = {
    "gpu": {
        "mem_gb": (8, 1000),
        "mem_bw_gbs": (100, 50_000),
        "fp16_dense_tflops": (50, 20_000),
        "fp8_dense_tflops": (50, 40_000),
        "fp4_dense_tflops": (50, 80_000),
        "int8_dense_tops": (50, 40_000),
        "tdp_w": (30, 5000),
        "link_gbs_per_gpu_unidir": (8, 5000),
        "gpus_per_node_typ": (1, 144),
        "price_usd_low": (500, 200_000),
        "price_usd_high": (500, 200_000),
    },
    "llm": {
        "params_total_b": (0.01, 20_000),
        "params_active_b": (0.01, 20_000),
        "layers": (1, 1000),
        "hidden": (64, 100_000),
        "heads": (1, 1024),
        "head_dim": (16, 1024),
        "vocab": (1000, 2_000_000),
        "context": (256, 100_000_000),
        "kv_bytes_per_token_fp16": (100, 20_000_000),
    },
    "server": {
        "price_low_usd": (1000, 20_000_000),
        "price_typ_usd": (1000, 20_000_000),
        "price_high_usd": (1000, 20_000_000),
        "power_max_kw": (0.1, 500),
        "power_avg_kw": (0.05, 500),
    },
    "cloud": {"gpus": (1, 144), "gpu_mem_gb": (8, 1000), "on_demand_per_gpu": (0.05, 60)},
    "licence": {"price_usd": (0, 200_000), "term_years": (0.1, 20)},
    "energy": {"value": (0.005, 1.5)},
    "salary": {"value": (3000, 1_000_000)},
    "api": {"input_per_mtok": (0, 2000), "cached_input_per_mtok": (0, 2000), "output_per_mtok": (0, 10_000)},
}
"""Lowest and highest believable figure by table and column, in the unit of the column."""

ORDERED: dict[str, tuple[tuple[str, str], ...]] = {
    "gpu": (("price_usd_low", "price_usd_high"),),
    "llm": (("params_active_b", "params_total_b"), ("kv_heads", "heads"), ("full_attn_layers", "layers")),
    "server": (
        ("price_low_usd", "price_typ_usd"),
        ("price_typ_usd", "price_high_usd"),
        ("power_avg_kw", "power_max_kw"),
    ),
    "cloud": (
        ("reserved_3y", "reserved_1y"),
        ("reserved_1y", "on_demand"),
        ("reserved_3y", "on_demand"),
        ("spot", "on_demand"),
    ),
    "api": (("cached_input_per_mtok", "input_per_mtok"), ("input_per_mtok", "output_per_mtok")),
}
"""Columns of which the first is never above the second."""

AGEING = ("gpu", "server", "cloud", "licence", "energy", "salary", "api")
"""Tables whose figures the market moves; the architecture of a published model stays."""

MEMORY_TOLERANCE = 0.07  # what providers print and what the board leaves differ by the part for error correction
FAR_FROM_OTHERS = 3.0  # times the median price of the same GPU elsewhere
ENOUGH_OTHERS = 3  # prices of a GPU that make a median
