"""Capacity under limits, the choice of GPUs, and what sizing makes of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import catalog, choice, sizing, tco
from engine.case import Case
from engine.errors import NoSolution, NotAvailable, OutOfLimits, Problems
from engine.inputs import Inputs
from engine.serving import calibrate, modelled, service
from engine.sizing import Fleet
from engine.throughput.capacity import capacity, service_replica
from engine.throughput.constants import constants
from engine.throughput.room import PRODUCTION
from engine.throughput.steady import load

LOAD = {
    "users": 20000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "precision": "fp8", "gpu": "h100-sxm",
    "prompt_tokens": 1000, "output_tokens": 500,
}  # fmt: skip


def inputs(**values):
    return Inputs.read({**LOAD, **values})


def fleet(**values):
    return Fleet(Case(inputs(**values)))


def times(found, batch, **values):
    """Times of the replica that was chosen, at so many requests in flight."""
    asked = service(Case(inputs(**values)))
    r = service_replica(asked, catalog.gpu(inputs(**values).gpu), int(found.gpus[0, 0]), 8)
    return load(r, constants(), batch, PRODUCTION)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({}, "tpot"),
        ({"ttft_limit": 0.8}, "ttft"),
        ({"tpot_limit": 60, "latency_limit": 15}, "latency"),
        ({"tpot_limit": 60}, "memory"),
    ],
)
def test_the_largest_load_within_the_limits_and_the_limit_that_one_more_breaks(limits, name):
    found = modelled(Case(inputs(**limits)), catalog.gpu("h100-sxm"), np.array([[8.0]]))
    assert found.binding == (name,)
    batch = found.batch[0, 0]
    assert batch == round(batch)
    at, beyond = times(found, batch, **limits), times(found, batch + 1, **limits)
    case = inputs(**limits)
    for limit in ("ttft", "tpot", "latency"):
        most = getattr(case, f"{limit}_limit") or math.inf
        assert float(np.asarray(getattr(at, limit)).flat[0]) <= most
        if name == limit:
            assert float(np.asarray(getattr(beyond, limit)).flat[0]) > most
    assert found.requests_per_s[0, 0] == pytest.approx(float(np.asarray(at.requests_per_s).flat[0]), rel=1e-12)


def test_fewest_gpus_that_meet_the_limits():
    asked = service(Case(inputs(precision="fp16", tpot_limit=0.02)))
    found = choice.replica(asked, catalog.gpu("h100-sxm"), 8)
    assert found.gpus[0, 0] == 4
    # two hold the weights only with the memory filled as benchmarks do, and are too slow besides
    assert capacity(asked, catalog.gpu("h100-sxm"), 2, 8).requests_per_s[0, 0] == 0
    assert found.requests_per_s[0, 0] == capacity(asked, catalog.gpu("h100-sxm"), 4, 8).requests_per_s[0, 0]


def test_production_memory_refuses_what_benchmarks_run():
    # Llama 70B in 8 bit, 72.65 GB, was measured on one H100; operations leave 0.9 x 80 - 3 = 69 GB
    found = fleet(tpot_limit=None)
    assert found.gpus_per_replica[0, 0] == 2


def test_a_model_larger_than_a_node_gets_a_stage_for_each_node():
    f = fleet(model="llama-3.1-405b", precision="fp16", spare_replicas=0, users=100)
    assert f.gpus_per_replica[0, 0] == 16
    assert (f.replicas[0, 0], f.nodes[0, 0], f.gpus[0, 0]) == (1, 2, 16)


def test_a_typed_replica_size_is_kept_and_a_typed_capacity_wins():
    assert fleet(gpus_per_replica=8).gpus_per_replica[0, 0] == 8
    typed = fleet(replica_rps=3)
    assert typed.replica_rps[0, 0] == 3
    assert typed.gpus_per_replica[0, 0] == 2  # the fewest that meet the limits
    assert typed.ends == (typed, typed)


def test_levers_act_where_physics_says():
    base = fleet().replica_rps[0, 0]
    assert fleet(prefix_cache_hit=0.5).replica_rps[0, 0] > 1.1 * base
    assert fleet(pruned_layers=0.2, gpus_per_replica=2).replica_rps[0, 0] > 1.1 * base
    assert fleet(pruned_layers=0.2).gpus_per_replica[0, 0] == 1  # which holds what is left of the model
    assert fleet(engine="vllm").replica_rps[0, 0] < base
    assert fleet(gpus_per_replica=4, precision="fp16").replica_rps[0, 0] < fleet(gpus_per_replica=4).replica_rps[0, 0]
    assert fleet(gpu="b200").replica_rps[0, 0] > base
    half = fleet(response_cache_hit=0.5)
    assert half.demand_rps[0, 0] == pytest.approx(fleet().demand_rps[0, 0] / 2, rel=1e-12)
    assert half.replica_rps[0, 0] == base


def test_speculative_decoding_is_no_capacity():
    assert fleet(speculative_acceptance=0.7).replica_rps[0, 0] == fleet().replica_rps[0, 0]


def test_speculative_decoding_meets_a_limit_that_would_be_missed():
    tight = {"tpot_limit": 0.009, "precision": "fp16"}
    with pytest.raises(NoSolution, match=r"tpot_limit 0.009 s: 8 x h100-sxm need 0.0\d+ s per output token"):
        fleet(**tight).replica_rps  # noqa: B018
    assert fleet(**tight, speculative_acceptance=0.7).replica_rps[0, 0] > 0


def test_more_load_never_needs_fewer_gpus_and_tighter_limits_never_serve_more():
    needed = [fleet(users=users).gpus[0, 0] for users in range(500, 60000, 2500)]
    assert needed == sorted(needed)
    served = [fleet(tpot_limit=limit, gpus_per_replica=4).replica_rps[0, 0] for limit in np.linspace(0.015, 0.2, 30)]
    assert served == sorted(served)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(100, 8000), st.floats(10, 2000), st.floats(0.02, 0.2), st.sampled_from(("h100-sxm", "l40s", "b200")),
    st.floats(1, 3),
)  # fmt: skip
def test_longer_requests_never_need_fewer_gpus(prompt, output, limit, gpu, factor):
    def needed(prompt_tokens):
        try:
            return fleet(prompt_tokens=prompt_tokens, output_tokens=output, tpot_limit=limit, gpu=gpu,
                         gpus_per_replica=4).gpus[0, 0]  # fmt: skip
        except NoSolution:
            return math.inf

    assert needed(prompt * factor) >= needed(prompt)


def test_scenarios_are_single_cases_side_by_side():
    base = inputs()
    drawn = {
        "prompt_tokens": np.array([500.0, 1000.0, 4000.0, 1000.0]),
        "tpot_limit": np.array([0.05, 0.02, 0.03, 0.05]),
        "gpus_per_node": np.array([8.0, 4.0, 8.0, 8.0]),
        "calibration": np.array([1.0, 0.8, 1.2, 1.0]),
    }
    together = Fleet(Case(base, drawn))
    for i in range(4):
        alone = Fleet(Case(base.replaced(**{name: float(values[i]) for name, values in drawn.items()})))
        assert together.replica_rps[i, 0] == alone.replica_rps[0, 0]
        assert together.gpus[i].tolist() == alone.gpus[0].tolist()
        assert together.modelled.binding[i] == alone.modelled.binding[0]


def test_the_band_of_gpus_and_capacity():
    f = fleet(users=200000)
    assert f.gpus_low[0, 0] <= f.gpus[0, 0] <= f.gpus_high[0, 0]
    assert f.gpus_low[0, 0] < f.gpus_high[0, 0]
    assert f.nodes_low[0, 0] <= f.nodes[0, 0] <= f.nodes_high[0, 0]
    assert f.capacity_low[0, 0] < f.capacity_rps[0, 0] < f.capacity_high[0, 0]
    assert sizing.sizing(inputs(users=200000), "gpus_high") == f.gpus_high[0, 0]


def test_a_warning_for_what_is_outside_the_range_or_too_small():
    assert fleet().warning == ""
    assert "GPU architecture Gaudi" in fleet(gpu="gaudi3").warning
    assert "of the capacity" in fleet(gpus=8, users=500000).warning
    wide, narrow = fleet(gpu="gaudi3"), fleet()
    assert wide.capacity_low[0, 0] / wide.capacity_rps[0, 0] < narrow.capacity_low[0, 0] / narrow.capacity_rps[0, 0]


def test_binding_of_a_small_load_is_the_demand_or_the_minimum():
    assert fleet(users=10).binding == "demand"
    assert fleet(users=10, min_replicas=5).binding == "minimum"
    assert fleet(users=200000).binding == "tpot"


def test_other_gpus_are_rented_by_the_model_for_them():
    f = fleet(cloud_instance="aws/p4d.24xlarge", precision="fp16")
    instances = f.cloud_instances[0, 0]
    a100 = modelled(f.case, catalog.gpu("a100-40gb"), np.array([[8.0]]))
    replicas = math.ceil(f.demand_rps[0, 0] / (a100.requests_per_s[0, 0] * 0.8)) + 1
    assert instances == math.ceil(replicas / (8 // a100.gpus[0, 0]))
    with pytest.raises(NotAvailable, match="set cloud_instances"):
        fleet(cloud_instance="aws/p4d.24xlarge", precision="fp16", replica_rps=2).cloud_instances  # noqa: B018
    assert tco.cloud(inputs(cloud_instance="aws/p4d.24xlarge", precision="fp16"), "rental") > 0


def test_calibration_scales_the_capacity_that_memory_bounds_and_narrows_the_band():
    open_ = {"tpot_limit": 60}
    before, after = fleet(**open_), fleet(**open_, calibration=0.9)
    assert after.replica_rps[0, 0] == pytest.approx(0.9 * before.replica_rps[0, 0], rel=1e-12)

    def width(f):
        return f.capacity_high[0, 0] / f.capacity_low[0, 0]

    assert width(after) < width(before)


@pytest.mark.parametrize("factor", [1, 1.0001])
def test_a_benchmark_that_the_model_matches_is_a_measurement_too(factor):
    before, after = fleet(tpot_limit=60), fleet(tpot_limit=60, calibration=factor)
    assert after.capacity_low[0, 0] >= before.capacity_low[0, 0]
    assert after.capacity_high[0, 0] < before.capacity_high[0, 0]


def test_calibrate_returns_measured_over_modelled():
    case = inputs(gpus_per_replica=4)
    asked = service(Case(case))
    expected = load(service_replica(asked, catalog.gpu("h100-sxm"), 4, 8), constants(), 64).tokens_per_s
    factor = calibrate(case, 1.3 * float(np.asarray(expected).flat[0]), 64)
    assert factor == pytest.approx(1.3, rel=1e-12)
    assert calibrate(case.replaced(calibration=factor), 1.3 * float(np.asarray(expected).flat[0]), 64) == factor
    with pytest.raises(NoSolution, match=r"measured_tokens_per_s 1e\+09 is .* times what 4 x h100-sxm should give"):
        calibrate(case, 1e9, 64)


REFUSED = [
    ({"model": None}, NotAvailable, "replica_rps is blank, and modelling it needs model; set it, or replica_rps to a"),
    ({"prompt_tokens": None, "output_tokens": None}, NotAvailable, "needs prompt_tokens, output_tokens; set them"),
    ({"gpu": None}, NotAvailable, "gpu is required and blank"),
    ({"prompt_tokens": 200000}, OutOfLimits, "prompt_tokens 200000 is above the context of llama-3.1-70b"),
    ({"gpu": "a100-sxm-80gb"}, NoSolution, "a100-sxm-80gb has no fp8 arithmetic"),
    ({"gpus_per_replica": 1}, NoSolution, r"needs 72.7 GB for weights and .* 1 x h100-sxm of 80 GB leaves 69.0 GB"),
    ({"gpus_per_replica": 3}, NoSolution, "3 GPUs do not divide the 64 attention heads"),
    ({"ttft_limit": 0.01}, NoSolution, r"ttft_limit 0.01 s: 8 x h100-sxm need 0.\d+ s to the first token of llama-3"),
    ({"latency_limit": 0.5}, NoSolution, r"latency_limit 0.5 s: 8 x h100-sxm need .* s for an answer .* raise"),
    ({"model": "kimi-k2", "gpu": "l4", "precision": "fp16"}, NoSolution, r"needs 2052 GB, 72 x l4 has 1728 GB"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kind", "sentence"), REFUSED, ids=lambda v: str(v)[:40])
def test_refusals_name_the_value_and_the_remedy(values, kind, sentence):
    with pytest.raises(kind, match=sentence):
        fleet(**values).gpus  # noqa: B018


def test_zero_users_and_no_queries():
    assert fleet(queries_per_user_day=0).replicas[0, 0] == 1  # the spare
    with pytest.raises(Problems, match="users: 0 is below 1 person"):
        fleet(users=0)


# The vendor paper's tables (users: 5,000, 10,000, 50,000) beside what the model says of the same load: 25 queries in
# 16 hours, no peak, 95 % utilisation, no spare. The paper's counts follow from 8/7 requests/s for a 70B replica of
# four H100 PCIe and 48/7 for a 7B replica of one, and at least two replicas of the 7B model from 10,000 users.
PAPER = {"70b": (8 / 7, 4, (8, 16, 80)), "7b": (48 / 7, 1, (1, 2, 4))}
PHYSICAL = {"70b": (4, (12, 20, 88)), "7b": (1, (1, 1, 4))}
USERS = (5000, 10000, 50000)


def paper_fleet(size, users, **values):
    return Fleet(Case(Inputs.read({
        "users": users, "queries_per_user_day": 25, "active_hours": 16, "peak_factor": 1, "target_utilisation": 0.95,
        "spare_replicas": 0, "gpu": "h100-pcie", "gpus_per_node": 4, "model": f"llama-2-{size}", "prompt_tokens": 1300,
        "output_tokens": 200, "tpot_limit": 0.045, **values,
    })))  # fmt: skip


@pytest.mark.parametrize("size", ["70b", "7b"])
def test_the_paper_s_counts_and_the_physical_ones_side_by_side(size):
    rps, gpus, printed = PAPER[size]
    minimum = {u: 2 if size == "7b" and u >= 10000 else 1 for u in USERS}
    paper = [paper_fleet(size, u, replica_rps=rps, gpus_per_replica=gpus, min_replicas=minimum[u]) for u in USERS]
    assert tuple(f.gpus[0, 0] for f in paper) == printed
    per_replica, counts = PHYSICAL[size]
    physical = [paper_fleet(size, u) for u in USERS]
    assert all(f.gpus_per_replica[0, 0] == per_replica for f in physical)
    assert tuple(f.gpus[0, 0] for f in physical) == counts
    # the paper's capacity of a replica lies inside the band of the model
    low, high = (f.replica_rps[0, 0] for f in physical[0].ends)
    assert low < rps < high


# --- no limit ---------------------------------------------------------------------------------------------------------
def test_a_blank_limit_is_its_default_and_a_typed_0_is_no_limit():
    blank, typed, default = fleet(tpot_limit=None), fleet(tpot_limit=0), fleet(tpot_limit=0.05)
    assert blank.replica_rps[0, 0] == default.replica_rps[0, 0]
    assert typed.modelled.binding == ("memory",)
    assert typed.replica_rps[0, 0] == fleet(tpot_limit=60).replica_rps[0, 0]
    for name in ("ttft_limit", "latency_limit"):
        assert fleet(**{name: 0}).replica_rps[0, 0] == fleet(**{name: None}).replica_rps[0, 0]
