"""Parts of a replica by hand: what hardware reports of itself, levers on mixtures and prompts, engines, the range."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from test_throughput import IDEAL, of  # beside this file

from engine import catalog
from engine.throughput import throughput
from engine.throughput.band import outside
from engine.throughput.constants import constants, document
from engine.throughput.replica import peak_flops
from engine.throughput.room import cache
from engine.throughput.steady import alone_prefill, load, step
from engine.throughput.steps import efficiency, host, prompt_experts

MIB = 2**20


@pytest.mark.parametrize(
    ("gpu", "mib"),
    # total memory as nvidia-smi lists it, with ECC on
    [("l4", 23034), ("l40s", 46068), ("a10", 23028), ("a100-sxm-80gb", 81920), ("h100-sxm", 81559), ("h200", 143771)],
)
def test_memory_is_what_the_card_reports(gpu, mib):
    assert of(gpu=gpu).memory == pytest.approx(mib * MIB, rel=0.006)


def test_32_bit_runs_as_tf32_at_half_the_peak_of_16():
    # data sheets: A100 156 beside 312 TFLOP/s, H100 SXM 494.7 beside 989.4, both dense
    assert peak_flops(catalog.gpu("a100-sxm-80gb"), "fp32") == 156e12
    assert peak_flops(catalog.gpu("h100-sxm"), "fp32") == pytest.approx(494.7e12, rel=1e-3)
    # a long prompt is arithmetic: twice the time; the weights, read once for each token, are twice as large as well
    slow, fast = (float(alone_prefill(of(precision=p, prompt=8000.0), IDEAL)) for p in ("fp32", "fp16"))
    attention = 4 * 80 * 64 * 128 * 8000**2 / 2 / (4 * 989e12)  # stays in 16 bit
    assert slow - attention == pytest.approx(2 * (fast - attention), rel=1e-3)


def test_pruned_layers_take_their_experts_and_what_a_token_uses_of_them():
    # Mixtral: 32 layers of 8 experts of three matrices 4,096 x 14,336, two of them for a token
    whole, pruned = of("mixtral-8x7b"), of("mixtral-8x7b").pruned(0.25)
    one = 3 * 4096 * 14336
    assert whole.experts == pytest.approx(32 * 8 * one, rel=2e-3)
    assert pruned.experts == pytest.approx(24 * 8 * one, rel=2e-3)
    # a token leaves out six of eight experts
    for r in (whole, pruned):
        assert r.parameters - r.active == pytest.approx(0.75 * r.experts, rel=1e-12)
    # attention of 32 query and 8 key-value heads, two experts, both embeddings
    attention, embeddings = 2 * 4096 * (32 + 8) * 128, 2 * 32000 * 4096
    assert whole.active == pytest.approx(32 * (attention + 2 * one) + embeddings, rel=2e-3)
    assert pruned.active == pytest.approx(24 * (attention + 2 * one) + embeddings, rel=2e-3)
    assert cache(pruned) == pytest.approx(2 * 24 * 8 * 128 * 2 * 1500)
    dense = of().pruned(0.25)
    assert dense.active == dense.parameters  # a token uses all that is left of a dense model


def test_the_prefix_cache_spares_the_host_and_the_experts_of_its_tokens():
    # 10 requests of 500 tokens start 10 / 500 prompts a step, of whose 1,000 tokens 400 are new: 1 ms each
    r, c = replace(of(), cached=0.6), replace(IDEAL, host_prompt_token=1e-3)
    assert float(host(r, c, 10.0)) == pytest.approx(1e-3 * 10 / 500 * 400, rel=1e-9)
    # five tokens of Mixtral, three of them cached: two leave an expert unused with probability 0.75^2
    five = replace(of("mixtral-8x7b", tp=2, prompt=5.0), cached=0.6)
    read = five.experts * (1 - 0.75**2) * 2 / (2 * 3.35e12)
    assert float(prompt_experts(five, IDEAL, efficiency(five, IDEAL), 1.0)) == pytest.approx(read, rel=1e-9)


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_an_engine_has_a_factor_of_its_own_on_the_first_token(engine):
    r, c = of(), replace(constants(), ttft_vllm=0.7, ttft_sglang=1.9)
    base, other = load(r, c, 16), load(r, c, 16, engine=engine)
    factor = {"vllm": 0.7, "sglang": 1.9}[engine]
    assert float(other.ttft) == pytest.approx(factor * float(base.ttft), rel=1e-12)
    assert float(other.ttft + 499 * other.tpot) == pytest.approx(float(other.latency), rel=1e-12)


def test_a_prompt_alone_reads_half_of_the_weights_before_arithmetic_hides_the_rest():
    # one token: 141.1 GB at 4 x 3.35e12 bytes/s; two all-reduces of 5 microseconds in each of 80 layers; 3 ms a step
    r = of(prompt=1.0)
    reading = 70.55e9 * 2 / (4 * 3.35e12)
    arithmetic = 2 * (70.55e9 - 2 * 128256 * 8192) / (4 * 989e12)
    assert float(alone_prefill(r, IDEAL)) == pytest.approx(reading / 2 + arithmetic, rel=1e-4)
    c = replace(IDEAL, allreduce_nvlink=5e-6, step=3e-3, layer=1e-5)
    more = float(alone_prefill(r, c) - alone_prefill(r, IDEAL))
    assert more == pytest.approx(2 * 80 * 5e-6 + 3e-3 + 80 * 1e-5, rel=1e-6)


def test_each_stage_after_the_first_loses_its_share_in_bubbles():
    for pp, share in ((1, 0.0), (2, 0.03), (4, 0.09)):
        r = of(tp=4, pp=pp)
        slower = float(step(r, replace(IDEAL, pipeline=0.03), 10.0) / step(r, IDEAL, 10.0))
        assert slower == pytest.approx(1 + share, rel=1e-9)


def test_the_constants_of_one_maker_or_host_act_on_theirs_alone():
    c = replace(IDEAL, amd=0.6, grace=2.0, host_sequence=1e-5)
    slow, fast = (efficiency(of(gpu="mi300x"), k).flops for k in (c, IDEAL))
    assert slow / fast == pytest.approx(0.6, rel=1e-12)
    assert efficiency(of(gpu="h200"), c).flops == efficiency(of(gpu="h200"), IDEAL).flops
    # 100 sequences of 10 microseconds on an x86 host, twice that on Grace
    assert float(host(of(gpu="b200"), c, 100.0)) == pytest.approx(1e-3, rel=1e-9)
    assert float(host(of(gpu="gb200"), c, 100.0)) == pytest.approx(2e-3, rel=1e-9)


# --- bands and the calibrated range -----------------------------------------------------------------------------------
def reach(model, gpu, measure, of_, *concurrency):
    """Say how far an end of the band lies from the figure, in the logarithm."""
    gpus = {"llama-3.1-70b": 4, "mixtral-8x7b": 4}[model]
    cell = (model, gpu, gpus, "fp16", 1000, 500, *(concurrency or (None,)))
    return np.log(throughput(*cell, measure) / throughput(*cell, of_))


ENDS = {"low": "tokens_per_s", "high": "tokens_per_s", "ttft_low": "ttft", "ttft_high": "ttft"}


@pytest.mark.parametrize(("model", "kind"), [("llama-3.1-70b", "dense"), ("mixtral-8x7b", "mixture")])
def test_the_cell_shows_the_band_of_its_figure(model, kind):
    bands = document()["bands"]
    shown = {
        "max load": [reach(model, "h100-sxm", end, "tokens_per_s") for end in ("low", "high")],
        "concurrency": [reach(model, "h100-sxm", end, "tokens_per_s", 16) for end in ("low", "high")],
        "ttft": [reach(model, "h100-sxm", f"ttft_{end}", "ttft", 16) for end in ("low", "high")],
    }
    for name, ends in shown.items():
        assert np.exp(ends).tolist() == pytest.approx(bands[name][kind], rel=1e-12)
    assert all(a != b for a, b in combinations(shown.values(), 2))


@pytest.mark.parametrize("end", ENDS)
def test_the_band_of_the_cell_is_wider_outside_the_range(end):
    # Gaudi: half as far again in the logarithm
    inside, beyond = (reach("llama-3.1-70b", gpu, end, ENDS[end], 16) for gpu in ("h100-sxm", "gaudi3"))
    assert beyond == pytest.approx(1.5 * inside, rel=1e-9)


INSIDE = {"model": "llama-3.1-70b", "gpu": "h100-sxm", "gpus": 4, "precision": "fp8", "prompt": 1000, "output": 500}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"prompt": 100}, "prompt_tokens 100 (measured: "),
        ({"output": 50}, "output_tokens 50 (measured: "),
        ({"output": 10000}, "output_tokens 10000 (measured: "),
        ({"gpus": 12}, "GPUs 12 (measured: 1 to 8)"),
        ({"model": "llama-3.2-1b"}, "parameters in billions 1.236 (measured: "),
        ({"model": "glm-5"}, "attention MLA+DSA (measured: "),
        ({"gpu": "mi355x"}, "GPU architecture CDNA4 (measured: "),
        ({"precision": "int8"}, "precision int8 (measured: "),
    ],
)
def test_each_side_of_the_range_is_named_alone(change, sentence):
    asked = INSIDE | change
    said = outside(catalog.llm(asked["model"]), catalog.gpu(asked["gpu"]), *list(asked.values())[2:])
    assert said.startswith(f"outside the calibrated range: {sentence}")
    assert said.count("measured:") == 1
    assert said.endswith("; the band is wider")


def test_no_model_above_the_range_is_taken_for_one_inside():
    largest = replace(catalog.llm("llama-3.1-70b"), params_total_b=2000.0)
    assert "parameters in billions 2000" in outside(largest, catalog.gpu("h100-sxm"), 4, "fp8", 1000, 500)
