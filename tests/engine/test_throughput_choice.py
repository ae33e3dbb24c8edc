"""Which replica is chosen, what binds it, and the factor from a measurement: by hand, and with every size tried."""

from dataclasses import replace

import numpy as np
import pytest

from engine import catalog, choice
from engine.case import Case
from engine.errors import NoSolution
from engine.inputs import Inputs
from engine.serving import calibrate, modelled, service
from engine.sizing import Fleet
from engine.throughput import throughput
from engine.throughput.capacity import capacity, service_replica
from engine.throughput.constants import constants
from engine.throughput.room import PRODUCTION
from engine.throughput.steady import load

CASE = {
    "users": 20000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "precision": "fp8", "gpu": "h100-sxm",
    "prompt_tokens": 1000, "output_tokens": 500,
}  # fmt: skip
NO_LIMITS = {"ttft_limit": 0, "tpot_limit": 0, "latency_limit": 0}
LIMITS = tuple(NO_LIMITS)


def inputs(**values):
    return Inputs.read({**CASE, **values})


# model, precision, GPU, GPUs in a node: GPUs of the smallest replica. Without limits memory alone decides: operations
# have 0.9 of the label less 3 GB of each card for the weights (the last column), and some GB for a request
HELD = (
    ("llama-3.1-8b", "fp16", "l4", 8, 1),  # 18.6: 16.1
    ("llama-3.1-70b", "fp8", "l40s", 8, 2),  # 40.2, 80.4: 72.7
    ("llama-3.1-70b", "fp16", "h100-sxm", 8, 4),  # 69, 138, (207): 141.1, and three do not divide 64 heads
    ("llama-3.1-70b", "fp16", "h200", 8, 2),  # 123.9, 247.8: 141.1
    ("llama-3.1-70b", "fp16", "mi300x", 8, 1),  # 169.8: 141.1
    ("llama-3.1-405b", "fp8", "h200", 8, 4),  # 247.8, 495.6: 408
    ("llama-3.1-405b", "fp8", "h100-sxm", 8, 8),  # 276, 552: 408
    ("llama-3.1-405b", "fp16", "h100-sxm", 8, 16),  # 552, 1104: 812
    ("llama-3.1-405b", "fp16", "h100-sxm", 4, 12),  # the same in nodes of four: 276, 552, 828
    ("qwen2.5-7b", "fp16", "l4", 8, 1),  # 18.6: 15.2
)


@pytest.mark.parametrize(("model", "precision", "gpu", "node", "gpus"), HELD)
def test_the_smallest_replica_that_holds_the_model(model, precision, gpu, node, gpus):
    case = inputs(model=model, precision=precision, gpu=gpu, gpus_per_node=node, **NO_LIMITS)
    assert Fleet(Case(case)).gpus_per_replica[0, 0] == gpus


def test_a_rented_replica_takes_whole_instances_where_one_does_not_hold_it():
    # 812 GB of weights; an instance of eight A100 40 GB has 8 x (0.9 x 40 - 3) = 264 GB for them: four instances each
    case = inputs(model="llama-3.1-405b", precision="fp16", cloud_instance="aws/p4d.24xlarge", users=100, **NO_LIMITS)
    for spare in (0, 2):
        assert Fleet(Case(case.replaced(spare_replicas=spare))).cloud_instances[0, 0] == 4 * (1 + spare)


@pytest.mark.parametrize(
    ("model", "node", "sizes"),
    [
        ("qwen2.5-7b", 8, [1, 2, 4]),  # 28 heads: eight do not divide them, so no whole node either
        ("qwen2.5-7b", 4, [1, 2, 4, *range(8, 73, 4)]),
        ("llama-3.2-3b", 6, [1, 2, 4, 6, *range(12, 73, 6)]),  # 24 heads; six fill a node, three are not tried
        ("smollm-360m", 8, [1]),  # 15 heads
        ("llama-3.1-70b", 1, list(range(1, 73))),  # a stage on each
    ],
)
def test_sizes_that_divide_the_heads_and_fill_nodes(model, node, sizes):
    assert choice.sizes(catalog.llm(model), node) == sizes


@pytest.mark.parametrize("tpot", [0.012, 0.014, 0.017, 0.02, 0.03, 0.05])
def test_no_smaller_replica_keeps_the_limits(tpot):
    asked = service(Case(inputs(precision="fp16", tpot_limit=tpot)))
    serving = [n for n in (1, 2, 4, 8) if capacity(asked, catalog.gpu("h100-sxm"), n, 8).requests_per_s[0, 0] > 0]
    assert choice.replica(asked, catalog.gpu("h100-sxm"), 8).gpus[0, 0] == min(serving)


def test_the_cases_above_need_different_sizes():
    chosen = [Fleet(Case(inputs(precision="fp16", tpot_limit=t))).gpus_per_replica[0, 0] for t in (0.012, 0.05)]
    assert chosen == [8, 4]


# --- what binds -------------------------------------------------------------------------------------------------------
def at(batch, asked, gpus=2):
    r = service_replica(asked, catalog.gpu("h100-sxm"), gpus, 8)
    return load(r, constants(), np.float64(batch), PRODUCTION)


@pytest.mark.parametrize(
    ("limited", "named"),
    [
        (("ttft_limit", "tpot_limit", "latency_limit"), "ttft"),
        (("tpot_limit", "latency_limit"), "tpot"),
        (("ttft_limit", "latency_limit"), "ttft"),
        (("latency_limit",), "latency"),
    ],
)
def test_of_limits_that_one_more_request_breaks_together_the_narrowest_is_named(limited, named):
    # each limit lies between its times with 20 and with 21 requests in flight; a user meets the first token first,
    # then each token, and the whole answer last
    free = service(Case(inputs(**NO_LIMITS)))
    fewer, more = at(20, free), at(21, free)
    between = {
        name: (np.asarray(getattr(fewer, name.split("_")[0])) + np.asarray(getattr(more, name.split("_")[0]))) / 2
        for name in limited
    }
    found = capacity(replace(free, **between), catalog.gpu("h100-sxm"), 2, 8)
    assert found.batch[0, 0] == 20
    assert found.binding == (named,)


def test_the_engine_binds_where_memory_holds_more_than_it_schedules():
    # 8B on a B200: 0.9 x 180 - 3 - 9 GB for requests of 250 tokens x 64 KB, some 9,000 of them; 2,048 are scheduled
    small = {"model": "llama-3.1-8b", "gpu": "b200", "prompt_tokens": 150, "output_tokens": 100, **NO_LIMITS}
    found = modelled(Case(inputs(**small)), catalog.gpu("b200"), np.array([[8.0]]), np.array([[1.0]]))
    assert found.batch[0, 0] == PRODUCTION.sequences
    assert found.binding == ("engine",)
    longer = {**small, "prompt_tokens": 15000}
    bound = modelled(Case(inputs(**longer)), catalog.gpu("b200"), np.array([[8.0]]), np.array([[1.0]]))
    # weights in 8 bit beside both embeddings in 16, 64 KB for each token
    weights = 8.03e9 + 2 * 128256 * 4096
    assert bound.batch[0, 0] == pytest.approx((0.9 * 180e9 - 3e9 - weights) / (15100 * 65536), abs=1)
    assert bound.binding == ("memory",)
    assert Fleet(Case(inputs(**small, users=10_000_000))).binding == "engine"


# --- a measurement ----------------------------------------------------------------------------------------------------
BENCHMARK = {"model": "llama-3.1-8b", "precision": "fp8", "gpu": "h100-sxm", "gpus_per_replica": 1}


@pytest.mark.parametrize("engine", ["tensorrt-llm", "vllm", "sglang"])
@pytest.mark.parametrize("concurrency", [1, 32])
def test_calibrate_compares_with_the_engine_of_the_assumptions(engine, concurrency):
    cell = throughput("llama-3.1-8b", "h100-sxm", 1, "fp8", 1000, 500, concurrency, engine=engine)
    case = inputs(**BENCHMARK, engine=engine)
    assert calibrate(case, 0.8 * cell, concurrency) == pytest.approx(0.8, rel=1e-12)


def test_calibrate_compares_with_speculative_decoding_where_it_is_on():
    # a benchmark of one request with three proposed tokens, of which 0.7 are accepted: 1 + 0.7 + 0.49 + 0.343 tokens
    # from a step that reads the same weights, so up to 2.533 times the throughput, less what checking costs
    plain = throughput("llama-3.1-8b", "h100-sxm", 1, "fp8", 1000, 500, 1)
    factor = calibrate(inputs(**BENCHMARK, speculative_acceptance=0.7), 2.533 * plain, 1)
    assert 1.0 < factor < 1.3
    assert calibrate(inputs(**BENCHMARK), 2.533 * plain, 1) == pytest.approx(2.533, rel=1e-9)


def test_a_calibration_in_use_does_not_choose_the_replica_of_the_measurement():
    case = inputs(precision="fp16", tpot_limit=0.018)
    slow = case.replaced(calibration=0.6)
    sizes = [Fleet(Case(c)).gpus_per_replica[0, 0] for c in (case, slow)]
    assert sizes[0] < sizes[1]  # the slower replica needs more GPUs for the same limit
    assert calibrate(slow, 1500, 32) == calibrate(case, 1500, 32)


def test_a_measurement_far_below_the_model_is_of_something_else():
    # the assumption calibration is refused below 0.05
    cell = throughput("llama-3.1-8b", "h100-sxm", 1, "fp8", 1000, 500, 32)
    case = inputs(**BENCHMARK)
    assert calibrate(case, 0.051 * cell, 32) == pytest.approx(0.051, rel=1e-12)
    with pytest.raises(NoSolution, match=r"is 0\.049 times what 1 x h100-sxm should give: outside 0\.05 to 20"):
        calibrate(case, 0.049 * cell, 32)
