"""Every numeric input as an array of scenarios: two scenarios side by side equal two cases, bit for bit."""

import numpy as np
import pytest

from engine.analysis.scenarios import BLOCK, feasible_outcomes, outcomes
from engine.errors import DividesByZero, EngineError, OutOfLimits
from engine.inputs import Inputs, assumptions
from engine.options import OPTIONS
from engine.tco import evaluate

FLEET = {
    "users": 5000, "queries_per_user_day": 20, "user_growth": 0.3, "query_growth": -0.05, "peak_factor": 3,
    "prompt_tokens": 1000, "output_tokens": 300, "gpu": "h100-pcie", "gpus_per_node": 4, "gpus_per_replica": 2,
    "replica_rps": 3, "node_price": 20000, "head_node_price": 9000, "services_rate": 0.1, "network_rate": 0.1,
    "maintenance_rate": 0.05, "hardware_life": 2.5, "horizon": 5, "inflation": 0.02, "gpu_price_decline": 0.1,
    "cloud_price": 30, "cloud_gpus_per_instance": 8, "cloud_instance": "aws/p5.48xlarge", "cloud_instances": 3,
    "api_model": "openai/gpt-4o", "api_cached_share": 0.3, "api_batch_share": 0.2, "api_fte": 0.5, "seat_price": 20,
    "lease_rate": 0.07, "lease_term": 2, "cost_of_debt": 0.05, "colo_rent": 180, "api_setup_cost": 20000,
}  # fmt: skip
BASES = {
    "sized": FLEET,
    "taxed": FLEET | {"tax_rate": 0.25, "residual_rate": 0.2, "licence_payment": "prepaid", "timing": "mid",
                      "lease_end": "buyout", "lease_paid": "yearly", "lease_residual": 0.1, "hybrid_peak": "cloud",
                      "api_long_prompt": 900, "api_long_input_price": 4, "api_long_output_price": 15},
    "typed": FLEET | {"gpus": 40, "nodes": 11, "model_instances": 6, "capital_mode": "annuity", "licence_bundled": 1,
                      "hybrid_peak": "cloud", "cloud_term": "1yr", "lease_payment": 0.03},
    "plain": {"users": 300, "queries_per_user_day": 10, "prompt_tokens": 500, "output_tokens": 200, "gpus": 8,
              "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "node_price": 50000, "cloud_instances": 1,
              "cloud_instance": "aws/p5.48xlarge", "api_model": "openai/gpt-4o", "seat_price": 20, "lease_rate": 0.08,
              "colo_rent": 200, "colo_metered": 1},
    "bundled": FLEET | {"licence_payment": "prepaid", "licence_bundled": 1, "colo_price": 150, "capital_mode": "book"},
    "euro": FLEET | {"currency": "EUR", "fx_rate": 0.9, "hardware_life": None, "depreciation_benefit": 0.05,
                     "horizon": 12, "api_cached_share": 0, "lease_due": "arrears", "lease_term": 4,
                     "load_profile": "1 1 1 1 1 1 2 3 5 9 9 9 8 9 9 9 8 6 4 3 2 1 1 1", "peak_factor": 9,
                     "api_offpeak_share": 0.4, "api_offpeak_discount": 0.5, "api_volume_mtok": 300,
                     "api_volume_discount": 0.2},
}  # fmt: skip
NUMERIC = [a for a in assumptions().values() if a.kind in {"number", "whole", "flag"}]


def three_values(assumption, base):
    """Three values of an input: 0 or the lowest where that is allowed, the value in use, far above it."""
    if assumption.kind == "flag":
        return [0.0, 1.0, 0.0]
    typed = getattr(base, assumption.id)
    middle = min(max(typed or 0.3, assumption.low or 0.0), assumption.high)
    upper = min(middle * 40 + 0.013, assumption.high)
    values = [max(assumption.low, 0.0), middle, upper]
    return [float(np.ceil(v)) for v in values] if assumption.kind == "whole" else values


def allowed(inputs, assumption):
    """Those of the values that this base allows: no fx_rate but 1 in USD, no tax in a paper's mode."""

    def is_allowed(value):
        try:
            return bool(inputs.replaced(**{assumption.id: value}))
        except EngineError:
            return False

    return [value for value in three_values(assumption, inputs) if is_allowed(value)] or [1.0]


def figure_or_error(result, measure):
    try:
        return float(getattr(result, measure)[0])
    except EngineError as error:
        return type(error)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("assumption", NUMERIC, ids=lambda a: a.id)
def test_scenarios_of_an_input_equal_cases_of_it_bit_for_bit(base, assumption):
    inputs = Inputs.read(BASES[base])
    values = allowed(inputs, assumption)
    for option in OPTIONS:
        alone = [evaluate(inputs.replaced(**{assumption.id: value}), option) for value in values]
        for measure in ("tco", "capex", "eac", "year1", "per_mtok"):
            got, failures = feasible_outcomes(inputs, (option,), measure, {assumption.id: np.array(values)})
            together = [type(failures[s]) if s in failures else float(got[0, s]) for s in range(len(values))]
            assert together == [figure_or_error(result, measure) for result in alone], (option, measure, values)


MODELLED = {k: v for k, v in FLEET.items() if k not in {"replica_rps", "gpus_per_replica", "gpus_per_node"}} | {
    "model": "llama-3.1-70b", "gpu": "h100-sxm", "ttft_limit": 5, "prefix_cache_hit": 0.2,
}  # fmt: skip
LOAD_AND_SERVING = [a for a in NUMERIC if a.section in {"workload", "serving"}]


@pytest.mark.parametrize("assumption", LOAD_AND_SERVING, ids=lambda a: a.id)
def test_scenarios_of_a_modelled_replica_equal_cases_of_it(assumption):
    """Without a measured replica_rps the throughput model sizes every scenario for itself."""
    inputs = Inputs.read(MODELLED)
    values = allowed(inputs, assumption)
    alone = [evaluate(inputs.replaced(**{assumption.id: value}), "onprem") for value in values]
    got, failures = feasible_outcomes(inputs, ("onprem",), "tco", {assumption.id: np.array(values)})
    together = [type(failures[s]) if s in failures else float(got[0, s]) for s in range(len(values))]
    assert together == [figure_or_error(result, "tco") for result in alone], values


def test_every_numeric_input_moves_some_figure_of_some_base():
    """The comparison above proves nothing for an input that no figure depends on."""
    moved = set()
    for base in BASES.values():
        inputs = Inputs.read(base)
        for assumption in NUMERIC:
            values = np.array(three_values(assumption, inputs))
            for option, measure in [*((o, "npv") for o in OPTIONS), ("lease", "lease_advantage")]:
                got = feasible_outcomes(inputs, (option,), measure, {assumption.id: values})[0][0]
                if len(set(got[np.isfinite(got)])) > 1:
                    moved.add(assumption.id)
    still = {a.id for a in NUMERIC} - moved
    assert still <= SERVING_MODEL_ONLY, still


SERVING_MODEL_ONLY = {  # act through the throughput model alone, which a measured replica_rps replaces
    "prefix_cache_hit", "ttft_limit", "tpot_limit", "latency_limit", "calibration", "speculative_acceptance",
    "pruned_layers",
}  # fmt: skip


def test_blocks_and_groups_put_every_scenario_in_its_place():
    inputs = Inputs.read(FLEET)
    size = BLOCK + 7
    horizon = np.tile([1.0, 5.0, 3.0], size)[:size]
    price = np.linspace(10, 20, size)
    got = outcomes(inputs, ("seat", "api"), "total", {"horizon": horizon, "seat_price": price})
    for s in (0, 1, 2, BLOCK - 1, BLOCK, size - 1):
        case = inputs.replaced(horizon=horizon[s], seat_price=price[s])
        assert got[:, s].tolist() == [evaluate(case, o).measure("total") for o in ("seat", "api")]


def test_scenarios_that_fail_are_told_apart_from_those_that_do_not():
    inputs = Inputs.read(FLEET | {"gpus": 40})
    got, failures = feasible_outcomes(inputs, ("onprem",), "tco", {"nodes": np.array([10.0, 9.0, 12.0, 1.0])})
    assert np.isnan(got[0]).tolist() == [False, True, False, True]
    assert {s: type(e) for s, e in failures.items()} == {1: OutOfLimits, 3: OutOfLimits}
    assert "40 GPUs need 10 nodes of 4 GPUs" in str(failures[1])


def test_a_cost_line_is_a_measure_too():
    inputs = Inputs.read(FLEET)
    got = outcomes(inputs, ("onprem",), "power", {"tariff": np.array([0.1, 0.2])})
    assert got[0].tolist() == [evaluate(inputs.replaced(tariff=t), "onprem").measure("power") for t in (0.1, 0.2)]


def test_the_error_of_a_scenario_is_raised_where_all_must_work():
    with pytest.raises(DividesByZero, match="nobody asks"):
        outcomes(Inputs.read(FLEET), ("api",), "per_query", {"queries_per_user_day": np.array([1.0, 0.0])})
