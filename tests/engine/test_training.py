"""Training formulas against published runs and hand calculations."""

import numpy as np
import pytest

from engine import catalog, finetuning, training
from engine.errors import NotAvailable

H100 = "h100-sxm"


def test_flops_of_a_published_run():
    # Llama 3.1 405B: 6 x 405e9 x 15e12; its paper (arXiv:2407.21783, section 3.2) prints 3.8e25 for 15.6e12 tokens
    assert training.train_flops(405, 15000) == 3.645e25
    assert training.train_flops(405, 15600) == pytest.approx(3.8e25, rel=0.005)


def test_days_at_the_ideal_peak_of_a_published_estimate():
    # 3.8e25 / (16,000 x 1,979e12) = 1.2001e6 s = 13.89 days; params x tokens chosen to give 3.8e25
    assert training.train_days(1, 3.8e25 / 6e18, 16000, 1979, 1) == pytest.approx(13.89, abs=0.005)


def test_gpu_hours_against_metas_model_card():
    # Llama 3.1 405B took 30.84 million H100-hours (model card); its paper reports 38-43 % MFU
    hours = training.train_cost(405, 15600, 16384, H100, 0.40, "gpu_hours")
    assert hours == pytest.approx(30.84e6, rel=0.15)


def test_measures_by_hand():
    gpu = catalog.gpu(H100)
    # 6 x 8e9 x 15e12 = 7.2e23 operations; 1,024 GPUs at 40 % of the dense peak
    seconds = 7.2e23 / (1024 * gpu.fp16_dense_tflops * 1e12 * 0.4)
    gpu_hours = 1024 * seconds / 3600
    kwh = gpu_hours * gpu.tdp_w / 1000 * 2
    capex = 1024 * 30000 / (1 - 0.5)
    expected = {
        "days": seconds / 86400,
        "gpu_hours": gpu_hours,
        "energy_kwh": kwh,
        "energy_cost": kwh * 0.083,
        "capex": capex,
        "amortised": capex * seconds / (4 * 365 * 86400),
    }
    for measure, value in expected.items():
        result = training.train_cost(8, 15000, 1024, H100, 0.4, measure, 30000, 2, 0.083)
        assert result == pytest.approx(value, rel=1e-14), measure
    assert training.train_cost(8, 15000, 1024, H100, 0.4, "rent", 2.5) == pytest.approx(gpu_hours * 2.5, rel=1e-14)


@pytest.mark.parametrize(
    ("measure", "needs"),
    [("rent", "price"), ("capex", "price"), ("amortised", "price"), ("energy_cost", "tariff")],
)
def test_a_blank_price_is_named(measure, needs):
    with pytest.raises(NotAvailable, match=f"^{needs} is blank: the measure {measure} needs"):
        training.train_cost(8, 15000, 1024, H100, measure=measure)


def test_an_unknown_gpu_is_not_available():
    with pytest.raises(NotAvailable, match="h100"):
        training.train_cost(8, 15000, 1024, "h100-xyz", measure="days")


def test_cluster_of_a_published_estimate():
    # 16,000 x 30,000 = 480 million USD, half of the whole: 960 million, not 480 x 1.5
    assert training.cluster_capex(16000, 30000, 0) == 480e6
    assert training.cluster_capex(16000, 30000) == 960e6


@pytest.mark.parametrize(
    ("method", "gigabytes"),
    [
        ("full", 6480),  # 405 x 16
        ("bf16", 3240),  # 405 x 8
        ("adam8bit", 2430),  # 405 x 6
        ("lora", 874.8),  # 405 x (2 + 16 x 0.01)
        ("qlora", 287.55),  # 405 x (0.55 + 16 x 0.01)
    ],
)
def test_memory_of_fine_tuning(method, gigabytes):
    assert finetuning.finetune_gb(405, method) == pytest.approx(gigabytes, rel=1e-14)


def test_an_adapter_without_parameters_is_the_frozen_model():
    assert finetuning.finetune_gb(70, "lora", 0) == 140
    # an adapter as large as the model trains 16 bytes more for each parameter
    assert finetuning.finetune_gb(70, "lora", 1) == 70 * 18


def test_zero_paper_example():
    # Rajbhandari et al. 2020, section 3.1: GPT-2 with 1.5 billion parameters needs at least 24 GB
    assert finetuning.finetune_gb(1.5) == 24


def test_an_array_of_scenarios_equals_the_numbers_one_by_one():
    tokens, mfu = np.array([[1000.0], [15000.0], [333.3]]), np.array([[0.31], [0.4], [0.55]])
    together = training.train_cost(70, tokens, 512, H100, mfu, "amortised", 28500.0)
    alone = [
        training.train_cost(70, t, 512, H100, m, "amortised", 28500.0)
        for t, m in zip(tokens.ravel().tolist(), mfu.ravel().tolist(), strict=True)
    ]
    assert together.ravel().tolist() == alone
