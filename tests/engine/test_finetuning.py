"""Goodput, fine-tuning and renting against owning: published figures, hand calculations, a simulation of failures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import catalog, finetuning, training
from engine.errors import NoSolution, NotAvailable
from workbook.evaluate import evaluate

H100 = "h100-sxm"

# Interruptions --------------------------------------------------------------------------------------------------------


def simulated_goodput(mtbf, checkpoint, restart, interval, stretches, seed):
    """Play failures minute by minute: every failure loses the work since the last checkpoint and costs a restart."""
    draw = np.random.default_rng(seed)
    clock = 0.0
    for _ in range(stretches):
        while True:
            failure = draw.exponential(mtbf)
            if failure >= interval + checkpoint:
                clock += interval + checkpoint
                break
            clock += failure
            while (again := draw.exponential(mtbf)) < restart:  # it fails while it starts
                clock += again
            clock += restart
    return stretches * interval / clock


@pytest.mark.parametrize(
    ("mtbf", "checkpoint", "restart", "interval"), [(167, 0.5, 5, 12), (167, 5, 20, 40), (60, 10, 15, 30)]
)
def test_goodput_equals_a_simulation_of_failures(mtbf, checkpoint, restart, interval):
    got = training.train_goodput(1, mtbf / 60, checkpoint, restart, interval)
    assert got == pytest.approx(simulated_goodput(mtbf, checkpoint, restart, interval, 40_000, 1), rel=0.01)


def test_goodput_by_hand():
    # 1,000 GPUs of 10,000 h each: an interruption every 600 min; 30 min of work, 2 min of checkpoint, 10 min of restart
    by_hand = 30 / (600 * math.exp(10 / 600) * (math.exp(32 / 600) - 1))
    assert training.train_goodput(1000, 10000, 2, 10, 30) == pytest.approx(by_hand, rel=1e-14)
    assert by_hand == pytest.approx(1 - 2 / 30 - (15 + 10) / 600, abs=0.01)  # Young's rule of thumb


def test_a_cluster_that_fails_faster_than_it_starts_never_advances():
    assert training.train_goodput(1e9, 1, 10, 60) == 0


@given(st.floats(1, 1e5), st.floats(1e3, 1e6), st.floats(0.05, 30), st.floats(0, 60))
def test_no_interval_loses_less_than_the_one_chosen(gpus, mtbf, checkpoint, restart):
    best = training.train_goodput(gpus, mtbf, checkpoint, restart)
    minutes = mtbf * 60 / gpus
    tried = training.train_goodput(gpus, mtbf, checkpoint, restart, np.geomspace(checkpoint / 100, 10 * minutes, 400))
    assert 0 <= best <= 1
    if checkpoint < minutes / 2:  # the series is meant for checkpoints that are short beside the time between failures
        assert best >= tried.max() * 0.999


def test_llama_3_over_90_percent_is_attainable_with_its_published_interruptions():
    # arXiv:2407.21783, section 3.3.4: 466 interruptions in 54 days on 16,384 GPUs, effective time higher than 90 %
    mtbf = 54 * 24 * 16384 / 466
    assert mtbf == pytest.approx(45566, abs=1)
    assert training.train_goodput(16384, mtbf, 0.25, 5) > 0.9
    assert training.train_goodput(16384, mtbf, 5, 30) < 0.7  # slow storage and restarts would have cost a third


def test_goodput_stretches_days_gpu_hours_rent_and_energy():
    assert training.train_days(405, 15000, 16000, 989, 0.4, 0.8) == pytest.approx(
        training.train_days(405, 15000, 16000, 989) / 0.8, rel=1e-14
    )
    for measure in ("gpu_hours", "days", "rent", "energy_kwh", "energy_cost", "amortised"):
        plain = training.train_cost(8, 15000, 1024, H100, 0.4, measure, 2.5, 2, 0.083)
        lost = training.train_cost(8, 15000, 1024, H100, 0.4, measure, 2.5, 2, 0.083, goodput=0.8)
        assert lost == pytest.approx(plain / 0.8, rel=1e-14), measure
    capex = [training.train_cost(8, 1, 1024, H100, 0.4, "capex", 30000, goodput=g) for g in (1, 0.5)]
    assert capex[0] == capex[1]


# Renting against owning -----------------------------------------------------------------------------------------------


def test_llama_3_1_405b_rented_and_owned_as_worked_from_its_model_card():
    # model card: 30.84 million GPU-hours; 16,384 GPUs need 30.84e6 / 16384 / 24 = 78.4 days for them
    # rent at 2.5: 77.1 million; 960 million over 4 years: 960 x 78.43 / 1460 = 51.6 million
    mfu = 6 * 405e9 * 15e12 / (30.84e6 * 3600 * 989e12)
    assert mfu == pytest.approx(0.332, abs=0.0005)
    arguments = (405, 15000, 16384, H100, 2.5, 30000 * 16000 / 16384, 0)
    assert training.train_compare(*arguments, "rent", mfu) == pytest.approx(77.1e6, abs=0.05e6)
    assert training.train_compare(*arguments, "own", mfu) == pytest.approx(51.57e6, abs=0.05e6)


def test_own_cluster_by_hand():
    table = training.train_compare(8, 15000, 1024, H100, 2.5, 30000, 0.1, "table", 0.4, 0.9, 0.6, 5, 0.4, 1.8)
    hours = 6 * 8e9 * 15e12 / (989e12 * 0.4 * 3600) / 0.9
    own_hour = 30000 / 0.6 / (5 * 8760 * 0.6) + 0.7 * 1.8 * 0.1
    assert table[0] == ["option", "cost", "per GPU-hour", "ratio"]
    assert table[1] == ["rent", pytest.approx(hours * 2.5), 2.5, pytest.approx(2.5 / min(2.5, own_hour))]
    assert table[2] == ["own", pytest.approx(hours * own_hour), pytest.approx(own_hour), pytest.approx(1.0)]


@given(
    st.floats(0.5, 20), st.floats(1000, 1e5), st.floats(0, 0.5), st.floats(0.05, 1), st.floats(0, 0.9)
)  # fmt: skip
def test_at_the_break_even_utilisation_both_cost_the_same(rent, gpu_price, tariff, utilisation, other_share):
    def compare(measure, at):
        return training.train_compare(
            70, 1000, 512, H100, rent, gpu_price, tariff, measure, utilisation=at, other_share=other_share
        )

    try:
        even = compare("breakeven_utilisation", utilisation)
    except NotAvailable:
        assert rent <= 0.7 * 2 * tariff
        return
    assert compare("own_gpu_hour", even) == pytest.approx(rent, rel=1e-9)
    assert (compare("own", utilisation) <= compare("rent", utilisation)) == (utilisation >= even) or math.isclose(
        utilisation, even, rel_tol=1e-9
    )


def test_a_rent_below_the_electricity_never_breaks_even():
    with pytest.raises(NotAvailable, match="renting is cheaper at any utilisation"):
        training.train_compare(8, 100, 8, H100, 0.1, 30000, 0.2, "breakeven_utilisation")


# Fine-tuning ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params_b", "method", "gigabytes"),
    [
        # 16 bytes: a data-cloud vendor starts from 6.5 TB for 405B; 8 bytes: 3.25 TB, as Hugging Face prints it
        (405.9, "full", 6494), (405.9, "bf16", 3247), (70.6, "full", 1129.6), (70.6, "bf16", 564.8),
        (8.03, "full", 128),
        # Hugging Face's post on Llama 3.1 prints 950, 160, 16 GB for LoRA and 250, 48, 6 GB for QLoRA, share not given
        (405.9, "lora", 877), (70.6, "lora", 152), (8.03, "lora", 17),
        (405.9, "qlora", 288), (70.6, "qlora", 50), (8.03, "qlora", 6),
    ],
)  # fmt: skip
def test_memory_table_of_llama_3_1(params_b, method, gigabytes):
    assert finetuning.finetune_gb(params_b, method) == pytest.approx(gigabytes, abs=0.55)


@pytest.mark.parametrize(
    ("params_b", "method", "printed"),
    [(8.03, "lora", 16), (8.03, "qlora", 6), (70.6, "lora", 160), (70.6, "qlora", 48), (405.9, "lora", 950),
     (405.9, "qlora", 250), (405.9, "bf16", 3250)],
)  # fmt: skip
def test_memory_within_a_fifth_of_the_table_in_the_llama_3_1_post(params_b, method, printed):
    assert finetuning.finetune_gb(params_b, method) == pytest.approx(printed, rel=0.2)


def test_full_fine_tuning_of_70b_is_16_bytes_a_parameter_not_the_500_gb_of_the_post():
    assert finetuning.finetune_gb(70.6) == pytest.approx(1129.6)
    assert finetuning.finetune_gb(70.6, "bf16") == pytest.approx(564.8)  # what 500 GB can mean


@pytest.mark.parametrize(
    ("params_b", "method", "gpus"),
    [
        (8.03, "qlora", 1),  # 5.7 GB in 72
        (8.03, "full", 2),  # 128.5 / 72 = 1.8
        (70.6, "lora", 3),  # 152.5 / 72 = 2.1
        (70.6, "full", 16),  # 1,129.6 / 72 = 15.7
        (405.9, "lora", 16),  # 876.7 / 72 = 12.2, two nodes
        (405.9, "full", 96),  # 6,494.4 / 72 = 90.2, twelve nodes
    ],
)
def test_gpus_that_hold_a_run_on_h100(params_b, method, gpus):
    assert finetuning.finetune_gpus(params_b, H100, method) == gpus


def test_activations_take_room_on_every_gpu():
    # 72 - 40 = 32 GB are left: 1,129.6 / 32 = 35.3, five nodes of 8
    assert finetuning.finetune_gpus(70.6, H100, activations=40) == 40
    assert finetuning.finetune_gpus(70.6, H100, activations=40, gpus_per_node=1) == 36
    with pytest.raises(NoSolution, match=r"72 GB do not fit into 90% of the 80 GB of h100-sxm"):
        finetuning.finetune_gpus(8, H100, activations=72)


def test_memory_that_fills_a_gpu_to_the_last_byte_needs_no_second():
    assert finetuning.finetune_gpus(4.5, H100) == 1  # 72 GB in 0.9 x 80


def test_activations_by_hand():
    llm = catalog.llm("llama-3.1-8b")  # 32 layers of 4,096, 32 heads
    assert (llm.layers, llm.hidden, llm.heads) == (32, 4096, 32)
    sbhl = 8192 * 2 * 4096 * 32 / 1e9
    assert finetuning.activation_gb("llama-3.1-8b", 8192, 2, "full") == pytest.approx(2 * sbhl, rel=1e-14)
    assert finetuning.activation_gb("llama-3.1-8b", 8192, 2, "selective") == pytest.approx(34 * sbhl, rel=1e-14)
    assert finetuning.activation_gb("llama-3.1-8b", 8192, 2, "none") == pytest.approx((34 + 5 * 64) * sbhl, rel=1e-14)


def test_operations_of_full_training_lora_and_qlora():
    full = finetuning.finetune_gpu_hours(8, 0.01, H100)
    assert full == pytest.approx(6 * 8e9 * 1e7 / (989e12 * 0.4 * 3600), rel=1e-14)
    assert finetuning.finetune_gpu_hours(8, 0.01, H100, "lora") == pytest.approx(full * 4 / 6, rel=1e-14)
    assert finetuning.finetune_gpu_hours(8, 0.01, H100, "qlora") == pytest.approx(full * 4 / 6 * 1.3, rel=1e-14)
    assert full == pytest.approx(training.train_cost(8, 0.01, 1, H100, 0.4, "gpu_hours"), rel=1e-14)


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
def test_renting_against_owning_a_fine_tuning_run_by_hand(method):
    """An own GPU-hour: twice the GPU's price over four years of which half is worked, and 1.4 kW at 0.1."""
    arguments = (70.6, 0.1, H100, 2.5, 30000, 0.1, method)
    hours = finetuning.finetune_gpu_hours(70.6, 0.1, H100, method, 0.35, 0.9)
    own = 2 * 30000 / (4 * 365 * 24 * 0.5) + 0.7 * 2 * 0.1
    rest = {"mfu": 0.35, "goodput": 0.9, "utilisation": 0.5}
    assert finetuning.finetune_compare(*arguments, "rent", **rest) == pytest.approx(hours * 2.5, rel=1e-14)
    assert finetuning.finetune_compare(*arguments, "own_gpu_hour", **rest) == pytest.approx(own, rel=1e-14)
    assert finetuning.finetune_compare(*arguments, "own", **rest) == pytest.approx(hours * own, rel=1e-14)
    table = finetuning.finetune_compare(*arguments, **rest)
    assert table[0] == ["option", "cost", "per GPU-hour", "ratio"]
    assert table[1] == ["rent", pytest.approx(hours * 2.5), 2.5, 1.0]
    at = finetuning.finetune_compare(*arguments, "breakeven_utilisation", **rest)
    even = finetuning.finetune_compare(*arguments, "own_gpu_hour", **rest | {"utilisation": at})
    assert even == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("name", "cells", "code", "sentence"),
    [
        ("TCO_TRAIN_GOODPUT", [16384, 45566, 0, 5], "#NUM!", "checkpoint_minutes: 0 is not above 0 min"),
        ("TCO_FINETUNE_GPUS", [8, "h100-xyz"], "#N/A", "h100"),
        ("TCO_FINETUNE_GPU_HOURS", [8, 1, H100, "full", 40], "#NUM!", "mfu: 40 is above 1"),
        ("TCO_ACTIVATION_GB", ["llama-3.1-8b", 8192, 1, "some"], "#VALUE!", '"some" is none of none, selective, full'),
        ("TCO_TRAIN_COMPARE", [8, 100, 8, H100, 0, 0, 0], "#DIV/0!", "costs nothing"),
    ],
)
def test_bad_input_is_an_error_of_the_cell(name, cells, code, sentence):
    got = evaluate(name, cells)
    assert got.code == code
    assert sentence in got.message
