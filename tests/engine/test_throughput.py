"""The throughput model: hand calculations, limit cases, laws, and sentences for what cannot be."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import catalog, memory
from engine.errors import NoSolution, NotAvailable, OutOfLimits
from engine.throughput import throughput
from engine.throughput.band import band, outside
from engine.throughput.constants import Constants, constants, document
from engine.throughput.layout import layout
from engine.throughput.replica import Replica, peak_flops, replica
from engine.throughput.room import PRODUCTION, batch_limit, cache, room
from engine.throughput.steady import SEQUENCES, load, prepare, running_load, schedulable, step
from engine.throughput.steps import decode, efficiency, kept, prefill, untouched

# peaks reached in full, nothing fixed, no host, no communication: what remains is the textbook
IDEAL = Constants(
    **{f.name: 1e-30 for f in fields(Constants)}
    | dict.fromkeys(("mbu", "mbu_int4", "mfu", "mfu_4", "mfu_widened", "amd", "grace"), 1.0)
    | dict.fromkeys(("mfu_prefill_attention", "mfu_decode_attention", "vllm", "sglang"), 1.0)
    | dict.fromkeys(("link_nvlink", "link_pcie5", "link_pcie"), 1e30)
)
MODELS = (
    "llama-3.1-8b",
    "llama-3.1-70b",
    "mixtral-8x7b",
    "qwen3-30b-a3b",
    "deepseek-v3",
    "gemma-3-27b",
    "gpt-oss-120b",
)
GPUS = ("h100-sxm", "h100-pcie", "l40s", "a100-sxm-80gb", "b200", "gb200", "mi300x", "rtx-pro-6000")


def of(model="llama-3.1-70b", gpu="h100-sxm", tp=4, pp=1, precision="fp16", prompt=1000.0, output=500.0):
    return replica(catalog.llm(model), catalog.gpu(gpu), tp, pp, precision, prompt, output)


def test_a_decode_step_reads_weights_and_caches_and_multiplies():
    # Llama-3.1-70B in 16 bit on 4 H100, 10 requests of 1,250 tokens in flight:
    # weights without the input embedding (70.55e9 - 128,256 x 8,192) x 2 = 139.00e9 bytes
    # caches 10 x 1,250 x 327,680 = 4.096e9 bytes; both at 4 x 3.35e12 bytes/s
    # arithmetic 2 x (70.55e9 - 128,256 x 8,192) x 10 at 4 x 989e12 (the input embedding is looked up, not multiplied)
    r = of()
    bytes_ = (70.55e9 - 128256 * 8192) * 2 + 10 * 1250 * 327680
    operations = 2 * (70.55e9 - 128256 * 8192) * 10
    by_hand = bytes_ / (4 * 3.35e12) + operations / (4 * 989e12)
    assert float(decode(r, IDEAL, efficiency(r, IDEAL), 10.0, 1250.0)) == pytest.approx(by_hand, rel=1e-12)


def test_clocks_fall_where_power_is_short():
    # an H100 PCIe has 350 W for 756 TFLOP/s, an SXM 700 W for 989: the cube root of 0.654 of its share of the peak
    pcie, sxm = (efficiency(of(gpu=name), constants()).flops / catalog.gpu(name).fp16_dense_tflops
                 for name in ("h100-pcie", "h100-sxm"))  # fmt: skip
    assert pcie / sxm == pytest.approx((350 / 756 / (700 / 989)) ** (1 / 3), rel=1e-12)


def test_a_prompt_is_arithmetic_and_causal_attention():
    # 2 x parameters without both embeddings x 1,000 tokens, and 4 x 80 layers x 64 heads x 128 x 1,000^2 / 2
    r = of()
    matrices = 2 * (70.55e9 - 2 * 128256 * 8192) * 1000
    attention = 4 * 80 * 64 * 128 * 1000**2 / 2
    by_hand = (matrices + attention) / (4 * 989e12)
    assert float(prefill(r, IDEAL, efficiency(r, IDEAL))) == pytest.approx(by_hand, rel=1e-12)


def test_the_prefix_cache_spares_the_arithmetic_of_its_tokens_but_not_looking_at_them():
    whole, half = of(), replace(of(), cached=0.5)
    matrices = 2 * (70.55e9 - 2 * 128256 * 8192) * 500
    attention = 4 * 80 * 64 * 128 * (1000**2 - 500**2) / 2  # the second half looks at all that came before
    by_hand = (matrices + attention) / (4 * 989e12)
    assert float(prefill(half, IDEAL, efficiency(half, IDEAL))) == pytest.approx(by_hand, rel=1e-12)
    assert (
        float(prefill(half, IDEAL, efficiency(half, IDEAL)))
        > float(prefill(whole, IDEAL, efficiency(whole, IDEAL))) / 2
    )


def test_the_steady_state_balances_decoding_and_prompts():
    # every request makes 500 steps, in each of which 10 / 500 prompts are read
    r = of()
    e = efficiency(r, IDEAL)
    by_hand = float(decode(r, IDEAL, e, 10.0, 1250.0) + prefill(r, IDEAL, e) * 10 / 500)
    assert float(step(r, IDEAL, np.float64(10))) == pytest.approx(by_hand, rel=1e-9)
    found = load(r, IDEAL, 10)
    assert float(found.latency) == pytest.approx(500 * by_hand, rel=1e-9)
    assert float(found.tokens_per_s) == pytest.approx(10 / by_hand, rel=1e-9)


def test_steps_that_hold_prompts_and_answers_and_the_host_beside_the_gpu():
    # 8B has 32 layers: 1 ms of fixed time a step. 10 requests of 500 tokens start 0.02 prompts a step, 2,000 one each
    r = of("llama-3.1-8b", tp=1)
    fixed, mixed = replace(IDEAL, step=1e-3), replace(IDEAL, step=1e-3, mixed_step=0.5)
    for batch, share in ((10.0, 0.02), (2000.0, 1.0)):
        more = float(step(r, mixed, np.float64(batch)) - step(r, fixed, np.float64(batch)))
        assert more == pytest.approx(0.5 * 1e-3 * share, rel=1e-6)
    static = replace(r, host=0.0)  # a static batch reads its prompts before its answers
    assert float(step(static, mixed, np.float64(10))) == float(step(static, fixed, np.float64(10)))
    # 4 ms of the host beside 3 ms of the GPU are 5 ms
    gpu = float(step(r, IDEAL, np.float64(10)))
    busy = replace(IDEAL, host_sequence=gpu * 4 / 3 / 10)
    assert float(step(r, busy, np.float64(10))) == pytest.approx(gpu * 5 / 3, rel=1e-9)


def test_little_s_law_and_the_parts_of_an_answer():
    found = load(of(), constants(), 32)
    assert float(found.requests_per_s * found.latency) == pytest.approx(32, rel=1e-12)
    assert float(found.ttft + 499 * found.tpot) == pytest.approx(float(found.latency), rel=1e-12)


def test_requests_beyond_memory_wait():
    r, c = of("llama-3.1-70b", "h100-sxm", 2, precision="fp8", prompt=4000.0, output=1000.0), constants()
    full = float(batch_limit(r, c))
    twice, once = load(r, c, 2 * full), load(r, c, full)
    assert float(twice.tokens_per_s) == pytest.approx(float(once.tokens_per_s), rel=1e-12)
    assert float(twice.latency) == pytest.approx(2 * float(once.latency), rel=1e-12)
    assert float(twice.tpot) == pytest.approx(float(once.tpot), rel=1e-12)
    assert float(twice.ttft) > float(once.latency)


def test_room_by_hand():
    # an 80 GB card holds 80 GiB less 0.4 %; caches get 90 % of what weights and buffers leave of it
    # production: 90 % of the label less 3 GB on each card
    r = of(tp=4)
    assert room(r, constants(), PRODUCTION) == pytest.approx(4 * (0.9 * 80e9 - 3e9))
    assert cache(r) == pytest.approx(1500 * 327680)
    left = 4 * (80e9 * 1.0694 - constants().workspace * 1e9) - 141.1e9
    by_hand = 0.9 * left / (1500 * 327680)
    assert float(batch_limit(r, constants())) == pytest.approx(by_hand, rel=1e-12)


def test_heads_that_are_fewer_than_gpus_are_copied():
    # 8 key-value heads over 16 GPUs: every cache is held twice
    assert cache(of(tp=16)) == pytest.approx(2 * float(cache(of(tp=8))))
    # a mixture model divides its sequences instead, and so does a compressed cache
    assert float(cache(of("deepseek-v3", tp=8))) == float(cache(of("deepseek-v3", tp=1)))


def test_windows_forget():
    # Gemma 3 27B: 10 of 62 layers see everything, the others 1,024 tokens
    r = of("gemma-3-27b", prompt=8000.0, output=192.0)
    assert float(kept(r, 8192.0)) == pytest.approx(10 / 62 * 8192 + 52 / 62 * 1024)
    assert float(kept(r, 1000.0)) == pytest.approx(1000)


def test_experts_left_unused():
    # Mixtral: 2 of 8 experts for a token; four tokens leave each unused with probability 0.75^4
    assert float(untouched(of("mixtral-8x7b"), 4.0)) == pytest.approx(0.75**4)
    assert float(untouched(of("llama-3.1-8b"), 4.0)) == 0


def test_pruned_layers_leave_the_embeddings():
    r = of().pruned(0.25)
    assert r.layers == 60
    assert r.parameters == pytest.approx((70.55e9 - 2 * 128256 * 8192) * 0.75 + 2 * 128256 * 8192)
    assert cache(r) == pytest.approx(0.75 * float(cache(of())))


def test_weights_are_those_of_the_memory_formula():
    for precision in ("fp32", "fp16", "fp8", "int8", "fp4", "int4"):
        gpu = "b200"
        assert of(gpu=gpu, precision=precision).weights_total / 1e9 == pytest.approx(
            memory.weights_gb("llama-3.1-70b", precision), rel=1e-12
        )


def test_int4_saves_memory_and_hardly_arithmetic():
    plain, small = (throughput("llama-3.1-70b", "h100-sxm", 4, p, 128, 128) for p in ("fp16", "int4"))
    assert small < 1.3 * plain  # bound by arithmetic, which stays in 16 bit
    # published with FP8 over FP16 at the same GPUs: x 1.3 to 2.4, TensorRT-LLM 0.14
    assert 1.3 * plain < throughput("llama-3.1-70b", "h100-sxm", 4, "fp8", 128, 128) < 2.4 * plain


def test_speculative_decoding_helps_one_request_and_not_a_full_replica():
    r, c = of(precision="fp8"), constants()
    one, sped = load(r, c, 1), load(r, c, 1, acceptance=0.7)
    assert float(sped.latency) < 0.6 * float(one.latency)
    full = load(r, c, acceptance=0.7)
    assert float(full.tokens_per_s) == pytest.approx(float(load(r, c).tokens_per_s), rel=0.02)


def test_engines_differ_in_time():
    r, c = of(), constants()
    base, vllm = load(r, c, 16), load(r, c, 16, engine="vllm")
    assert float(vllm.latency) == pytest.approx(c.vllm * float(base.latency), rel=1e-12)


def test_a_measurement_scales_all_times():
    r, c = of(), constants()
    base, measured = load(r, c, 16), load(r, c, 16, calibration=0.8)
    assert float(measured.tokens_per_s) == pytest.approx(0.8 * float(base.tokens_per_s), rel=1e-12)
    assert float(measured.ttft) == pytest.approx(float(base.ttft) / 0.8, rel=1e-12)


# --- laws -------------------------------------------------------------------------------------------------------------
replicas = st.builds(
    of,
    model=st.sampled_from(MODELS),
    gpu=st.sampled_from(GPUS),
    tp=st.sampled_from((1, 2, 4, 8)),
    pp=st.sampled_from((1, 2)),
    precision=st.sampled_from(("fp16", "int4")),
    prompt=st.floats(1, 20000),
    output=st.floats(1, 4000),
)


@settings(max_examples=200, deadline=None)
@given(replicas, st.floats(1, 4000), st.floats(1, 3))
def test_a_larger_batch_never_lowers_throughput_and_never_speeds_up_an_answer(r, batch, more):
    few, many = (running_load(prepare(r, constants()), np.float64(b)) for b in (batch, batch * more))
    assert float(many.tokens_per_s) >= float(few.tokens_per_s) * (1 - 1e-12)
    assert float(many.latency) >= float(few.latency) * (1 - 1e-12)
    assert float(many.ttft) >= float(few.ttft) * (1 - 1e-12)


@settings(max_examples=200, deadline=None)
@given(
    replicas, st.floats(1, 500), st.sampled_from(("bandwidth", "flops", "flops_16", "link", "memory")), st.floats(1, 4)
)
def test_faster_hardware_never_lowers_throughput(r, batch, part, factor):
    c = constants()
    better = replace(r, **{part: getattr(r, part) * factor})
    assert float(load(better, c, batch).tokens_per_s) >= float(load(r, c, batch).tokens_per_s) * (1 - 1e-12)


@settings(max_examples=100, deadline=None)
@given(replicas, st.floats(1, 3))
def test_longer_requests_need_more_time_and_memory(r, factor):
    c = constants()
    longer = replace(r, prompt=r.prompt * factor)
    assert float(load(longer, c, 4).latency) >= float(load(r, c, 4).latency) * (1 - 1e-12)
    assert float(batch_limit(longer, c)) <= float(batch_limit(r, c)) * (1 + 1e-12) or float(batch_limit(r, c)) < 0


@settings(max_examples=50, deadline=None)
@given(st.lists(replicas, min_size=2, max_size=5), st.floats(1, 300))
def test_arrays_are_stacked_numbers(several, batch):
    c = constants()
    together = Replica(**{f.name: np.array([float(getattr(r, f.name)) for r in several]) for f in fields(Replica)})
    alone = [
        float(
            load(
                Replica(**{f.name: np.array([float(getattr(r, f.name))]) for f in fields(Replica)}), c, batch
            ).ttft.flat[0]
        )
        for r in several
    ]
    assert load(together, c, batch).ttft.tolist() == alone


# --- the worksheet function -------------------------------------------------------------------------------------------
def test_measures_agree_with_each_other():
    def cell(measure):
        return throughput("llama-3.1-70b", "h100-sxm", 4, "fp8", 1000, 500, 32, measure)

    assert cell("tokens_per_s") == pytest.approx(500 * cell("requests_per_s"), rel=1e-12)
    assert cell("latency") == pytest.approx(cell("ttft") + 499 * cell("tpot"), rel=1e-12)
    assert cell("low") < cell("tokens_per_s") < cell("high")
    assert cell("ttft_low") < cell("ttft") < cell("ttft_high")
    assert cell("concurrency") == 32
    assert cell("warning") == ""


def test_without_concurrency_memory_decides():
    found = throughput("llama-3.1-70b", "h100-sxm", 4, "fp16", measure="concurrency")
    assert found == pytest.approx(float(batch_limit(of(), constants())), rel=1e-12)
    assert throughput("llama-3.1-8b", "b200", 1, "fp4", 128, 128, measure="concurrency") == SEQUENCES
    assert schedulable(of("qwen3-235b-a22b", tp=8)) == 8 * SEQUENCES
    assert schedulable(of("llama-3.1-8b"), PRODUCTION) == SEQUENCES / 2


REFUSED = [
    (("llama-3.1-70b", "h100-sxm"), NoSolution, r"needs 141 GB, 1 x h100-sxm has 80 GB: more GPUs, a lower precision"),
    (("llama-3.1-70b", "h100-sxm", 2, "fp16", 100000), NoSolution, r"for one request, 2 x h100-sxm of 160 GB leaves"),
    (("llama-2-7b", "h100-sxm", 1, "fp16", 5000), OutOfLimits, r"5000 is above the context of llama-2-7b, 4096 tok"),
    (("llama-3.1-8b", "a100-sxm-80gb", 1, "fp8"), NoSolution, r"has no fp8 arithmetic: use fp16, int8 or int4, or a"),
    (("llama-3.1-8b", "h100-sxm", 1, "fp4"), NoSolution, "h100-sxm has no fp4 arithmetic: use fp16, fp8, int8 or int4"),
    (("llama-3.1-8b", "h100-sxm", 3), NoSolution, r"3 GPUs do not divide the 32 attention heads .* use 2 or 4 GPUs"),
    (("llama-3.1-8b", "h100-sxm", 12), NoSolution, r"12 GPUs does not fill whole nodes of 8: use 8 or 16 GPUs"),
    (("llama-9", "h100-sxm"), NotAvailable, 'no llm "llama-9" in the catalogue'),
    (("llama-3.1-8b", "h1000"), NotAvailable, 'no gpu "h1000" in the catalogue'),
]


@pytest.mark.parametrize(("arguments", "kind", "sentence"), REFUSED, ids=lambda v: str(v)[:40])
def test_refusals_name_the_value_and_the_remedy(arguments, kind, sentence):
    with pytest.raises(kind, match=sentence):
        throughput(*arguments)
    if kind is not NotAvailable:
        assert throughput(*arguments, measure="fits") is False


def test_a_model_published_in_4_bit_runs_where_there_is_no_4_bit_arithmetic():
    assert throughput("gpt-oss-120b", "h100-sxm", 2, "fp4", measure="fits") is True
    assert of("gpt-oss-120b", precision="fp4").flops == peak_flops(catalog.gpu("h100-sxm"), "fp16")


def test_layouts_put_stages_where_links_end():
    llama = catalog.llm("llama-3.1-70b")
    assert layout(llama, catalog.gpu("h100-sxm"), 16) == (8, 2)
    assert layout(llama, catalog.gpu("rtx-pro-6000"), 8) == (4, 2)
    assert layout(llama, catalog.gpu("l40s"), 4) == (4, 1)
    assert layout(llama, catalog.gpu("gb200"), 8, 4) == (4, 2)


# --- what the fit says of itself --------------------------------------------------------------------------------------
def test_the_errors_recorded_with_the_constants_are_those_promised():
    errors = document()["errors"]
    name = "throughput at the largest load"
    assert errors["fitted"][name]["median"] <= 0.10
    assert errors["fitted"][name]["p90"] <= 0.30
    assert abs(errors["fitted"][name]["bias"]) <= 0.03
    assert errors["leave one gpu out"][name]["median"] <= 0.13
    assert errors["leave one model out"][name]["median"] <= 0.10
    assert all(errors[of]["time per output token"]["median"] <= 0.12 for of in errors)
    for kind in (name, "throughput at a concurrency"):
        assert all(errors[of][kind]["p90"] <= 0.305 for of in errors)
        assert all(abs(errors[of][kind]["bias"]) <= 0.03 for of in errors)
    assert document()["rows_said_not_to_fit"] == 0
    coverage = document()["coverage"]
    assert all(0.87 <= share <= 0.93 for of in coverage.values() for share in of.values())


def test_bands_are_wider_for_mixtures_beyond_the_range_and_narrower_after_a_measurement():
    dense, mixture = catalog.llm("llama-3.1-70b"), catalog.llm("mixtral-8x7b")

    def width(*arguments, **named):
        low, high = band(*arguments, **named)
        assert low < 1 < high
        return np.log(high / low)

    assert width(dense, beyond=False) < width(mixture, beyond=False)
    assert width(dense, beyond=True) == pytest.approx(1.5 * width(dense, beyond=False))
    assert width(dense, beyond=False, loaded=True, measured=True) < width(dense, beyond=False, loaded=True)


@pytest.mark.parametrize("name", ["llama-3.1-70b", "mixtral-8x7b"])
@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize("beyond", [True, False])
def test_the_band_of_a_measured_replica_lies_inside_the_modelled_one(name, loaded, beyond):
    modelled = band(catalog.llm(name), beyond, loaded=loaded)
    low, high = band(catalog.llm(name), beyond, loaded=loaded, measured=True)
    assert modelled[0] <= low < 1 < high <= modelled[1]
    assert (low, high) != modelled


def test_what_lies_outside_the_range_is_named():
    llama = catalog.llm("llama-3.1-70b")
    assert outside(llama, catalog.gpu("h100-sxm"), 4, "fp8", 1000, 500) == ""
    text = outside(llama, catalog.gpu("gaudi3"), 16, "int8", 60000, 500)
    assert "prompt_tokens 60000 (measured: 128 to 20000)" in text
    assert "GPUs 16" in text
    assert "GPU architecture Gaudi" in text
    assert "precision int8" in text


def test_the_documentation_shows_the_constants_and_errors_in_force():
    text = (Path(__file__).parents[2] / "docs" / "sizing.md").read_text(encoding="utf-8")
    for name, value in document()["constants"].items():
        assert f"| `{name}` | {value:.3g} |" in text
    for figures in document()["errors"].values():
        for name, e in figures.items():
            line = next(line for line in text.splitlines() if line.startswith(f"| {name} | {e['rows']} |"))
            assert f"{e['median']:.1%} / {e['p90']:.1%} / {e['bias']:+.1%}" in line
