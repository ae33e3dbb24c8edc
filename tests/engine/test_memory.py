"""Memory of weights and key-value cache, against cards, papers and measured checkpoints."""

import pytest

from engine import catalog
from engine.catalog.tables import rows
from engine.errors import NotAvailable
from engine.memory import BYTES, SCALED_BYTES, kv_bytes, kv_values, parameters, weights_gb
from workbook.registry import function

LLMS = [row for (row,) in rows("llm").values()]
DENSE = [m for m in LLMS if not m.n_experts and m.attention in {"MHA", "GQA", "GQA+SWA"}]


def test_examples_of_the_contract():
    assert weights_gb(405) == 810
    assert weights_gb(405, "int4") == 202.5
    assert kv_bytes("llama-3.1-70b") == 327680


@pytest.mark.parametrize(
    ("precision", "gb"),
    [("fp32", 280), ("fp16", 140), ("bf16", 140), ("fp8", 70), ("int8", 70), ("fp4", 35), ("int4", 35)],
)
def test_a_number_counts_billions_of_parameters(precision, gb):
    assert weights_gb(70, precision) == gb
    assert weights_gb(70.0, precision) == gb


def test_weights_of_an_architecture_by_hand():
    # Llama 3.1 70B: 70.55e9 parameters, of which 2 x 128,256 x 8,192 = 2.101346304e9 are embeddings in 16 bit
    embeddings = 2 * 128256 * 8192
    others = 70.55e9 - embeddings
    expected = {
        "fp32": 282.2,
        "fp16": 141.1,
        "fp8": (others + embeddings * 2) / 1e9,
        "int8": 72.651346304,
        "fp4": (others * 0.5625 + embeddings * 2) / 1e9,
        "int4": (others * 0.53 + embeddings * 2) / 1e9,
    }
    for precision, gb in expected.items():
        assert weights_gb("Llama-3.1-70B", precision) == pytest.approx(gb, rel=1e-12)


@pytest.mark.parametrize(
    ("model", "count"),
    [
        # parameters of the published safetensors files
        ("llama-3.1-8b", 8_030_261_248),
        ("llama-3.1-405b", 405_853_388_800),
        ("mistral-7b", 7_248_023_552),
        ("qwen2.5-72b", 72_706_203_648),
    ],
)
def test_weights_against_published_checkpoints(model, count):
    assert weights_gb(model) == pytest.approx(2 * count / 1e9, rel=1e-3)


def test_tied_embeddings_count_once():
    # Gemma 2 9B: 256,000 x 3,584 once; counted twice the 8-bit weights would be 0.92 GB more
    assert weights_gb("gemma-2-9b", "fp8") == pytest.approx(9.24 + 256000 * 3584 / 1e9, rel=1e-12)


@pytest.mark.parametrize("model", LLMS, ids=lambda m: m.id)
def test_fewer_bits_never_need_more_memory(model):
    sizes = [weights_gb(model.id, precision) for precision in ("fp32", "fp16", "fp8", "fp4", "int4")]
    assert sizes == sorted(sizes, reverse=True)
    assert weights_gb(model.id) == pytest.approx(2 * model.params_total_b, rel=1e-12)


def test_scales_only_add():
    assert all(SCALED_BYTES[precision] >= BYTES[precision] for precision in BYTES)


@pytest.mark.parametrize("model", DENSE, ids=lambda m: m.id)
def test_parameters_from_the_architecture_match_the_card(model):
    assert parameters(model) == pytest.approx(model.params_total_b * 1e9, rel=3e-3)


def test_all_dense_models_are_checked():
    assert len(DENSE) == 36


@pytest.mark.parametrize("model", ["mixtral-8x7b", "deepseek-v3", "nemotron-h-56b"])
def test_other_architectures_are_not_counted(model):
    with pytest.raises(NotAvailable, match=f"{model}: only dense transformers"):
        parameters(catalog.llm(model))


# Key-value cache ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("llama-2-7b", 2 * 32 * 32 * 128 * 2),  # 524,288: multi-head attention
        ("llama-2-70b", 2 * 80 * 8 * 128 * 2),  # 327,680: grouped-query attention
        ("llama-3.3-70b", 327680),
        ("llama-3.1-8b", 131072),
        ("mistral-7b", 131072),
        ("llama-3.1-405b", 516096),
        ("qwen3-32b", 262144),
        ("qwen3-235b-a22b", 192512),
        ("mixtral-8x7b", 131072),
        ("deepseek-v3", 61 * (512 + 64) * 2),  # 70,272: compressed, arXiv:2412.19437
        ("phi-3-mini-3.8b", 393216),
        ("smollm-135m", 23040),
        ("qwen3.5-397b-a17b", 2 * 15 * 2 * 256 * 2),  # hybrid: 15 full-attention layers of 60
        ("nemotron-h-56b", 2 * 10 * 8 * 128 * 2),  # hybrid: 10 of 118
    ],
)
def test_cache_of_a_token(model, expected):
    assert kv_bytes(model) == expected


@pytest.mark.parametrize("model", LLMS, ids=lambda m: m.id)
def test_cache_agrees_with_the_catalogue(model):
    # the column was collected with the architecture, the function works it out
    assert kv_values(model) * 2 == model.kv_bytes_per_token_fp16


@pytest.mark.parametrize(("precision", "share"), [("fp32", 2), ("bf16", 1), ("fp8", 0.5), ("int8", 0.5), ("fp4", 0.25)])
def test_cache_in_other_formats(precision, share):
    assert kv_bytes("llama-3.1-70b", precision) == 327680 * share


def test_unknown_model():
    for call in (weights_gb, kv_bytes):
        with pytest.raises(NotAvailable, match=r'no llm "llama-3.1-7b" in the catalogue; did you mean llama-3.1-70b'):
            call("llama-3.1-7b")


@pytest.mark.parametrize(("call", "kind", "unit"), [(weights_gb, "number or text", "GB"), (kv_bytes, "text", "byte")])
def test_docstrings_declare_worksheet_functions(call, kind, unit):
    described = function("TCO_TEST", call, "test")
    model, precision = described.arguments
    assert (model.kind, precision.default, described.unit) == (kind, "fp16", unit)
    assert precision.choices == tuple(BYTES)
