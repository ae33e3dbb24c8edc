"""Laws that hold for every case, searched by Hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import finance, tco
from engine.case import Case
from engine.inputs import Inputs
from engine.options import OPTIONS
from engine.result import Result

share = st.floats(0, 0.9)
rate = st.floats(0, 0.4)
BASE = {
    "gpu": "h100-pcie", "gpus_per_node": 4, "gpus_per_replica": 2, "replica_rps": 3, "node_price": 20000,
    "users": 5000, "queries_per_user_day": 20, "prompt_tokens": 1000, "output_tokens": 300, "seat_price": 20,
    "cloud_instances": 2, "cloud_price": 30, "cloud_gpus_per_instance": 8, "api_input_price": 2,
    "api_output_price": 8, "lease_rate": 0.07, "colo_rent": 150,
}  # fmt: skip
cases = st.fixed_dictionaries(
    {
        "horizon": st.integers(1, 15),
        "wacc": rate,
        "timing": st.sampled_from(["end", "mid"]),
        "user_growth": st.floats(-0.3, 0.5),
        "inflation": st.floats(-0.1, 0.2),
        "hardware_life": st.sampled_from([None, 1, 2.5, 4, 7]),
        "residual_rate": share,
        "network_rate": st.floats(0, 0.3),
        "services_rate": st.floats(0, 0.3),
        "maintenance_rate": st.floats(0, 0.2),
        "licence_payment": st.sampled_from(["prorated", "prepaid"]),
        "licence_bundled": st.booleans(),
        "licence_term": st.floats(0.5, 8),
        "tax_rate": st.sampled_from([0, 0.19, 0.35]),
        "depreciation_method": st.sampled_from(["sln", "syd", "db", "ddb", "macrs", "bonus"]),
        "onprem_setup_cost": st.floats(0, 1e5),
        "gpu_price_decline": st.floats(-0.2, 0.5),
        "lease_term": st.integers(1, 6),
        "lease_residual": share,
        "lease_paid": st.sampled_from(["monthly", "yearly"]),
        "lease_due": st.sampled_from(["advance", "arrears"]),
        "lease_end": st.sampled_from(["return", "buyout"]),
        "hybrid_peak": st.sampled_from(["api", "cloud"]),
    }
)


def inputs(values, **more):
    return Inputs.read({**BASE, **values, **more})


@settings(max_examples=60, deadline=None)
@given(cases)
def test_lines_sum_to_the_total_in_every_year_and_over_all(values):
    for option in OPTIONS:
        result = tco.evaluate(inputs(values), option)
        lines = np.sum([result.line(name)[0] for name in result.lines], axis=0)
        assert result.total_by_year[0] == pytest.approx(lines, rel=1e-12, abs=1e-6)
        assert result.measure("total") == pytest.approx(lines.sum(), rel=1e-12, abs=1e-6)
        assert result.measure("npv") == pytest.approx(result.present_value_by_year.sum(), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_end_book_value_and_depreciation_make_the_cost(values):
    purchases = tco.evaluate(inputs(values), "onprem").plan.purchases
    cost = (purchases.acquisition + purchases.network).sum()
    assert purchases.depreciation.sum() + purchases.book_value[0, 0] == pytest.approx(cost, rel=1e-12)
    assert purchases.book_value[0, 0] >= -1e-6 * cost


@settings(max_examples=60, deadline=None)
@given(cases)
def test_with_end_timing_the_npv_is_the_discounted_total_row(values):
    result = tco.evaluate(inputs(values, timing="end"), "onprem")
    assert result.measure("npv") == pytest.approx(finance.npv(values["wacc"], result.total_by_year[0]), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.001, 0.4), st.floats(0, 0.3), st.integers(1, 15))
def test_npv_over_the_annuity_equals_the_annuity_mode_per_year_for_flat_flows(wacc, benefit, horizon):
    flat = {"wacc": wacc, "depreciation_benefit": benefit, "horizon": horizon}
    npv = tco.evaluate(inputs(flat, capital_mode="npv"), "onprem").measure("tco")
    annuity = tco.evaluate(inputs(flat, capital_mode="annuity"), "onprem").measure("tco")
    assert npv / finance.annuity_factor(wacc, horizon) == pytest.approx(annuity / horizon, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 1e6), st.floats(-0.5, 1), st.sampled_from(["npv", "annuity", "none"]), rate)
def test_api_cost_per_user_and_month_is_independent_of_users(users, growth, mode, wacc):
    values = {"capital_mode": mode, "wacc": wacc, "user_growth": growth}
    one = tco.api(inputs(values, users=1), "per_user_month")
    assert tco.api(inputs(values, users=round(users)), "per_user_month") == pytest.approx(one, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 1e6), rate, st.floats(0.01, 0.6), st.integers(1, 10), st.sampled_from(["end", "mid"]))
def test_equal_cash_ranks_equal_with_and_without_tax(cost, wacc, tax, horizon, timing):
    """An own-server and a cloud case whose cash is the same every year cost the same, taxed or not."""
    values = {
        "gpus": 0, "nodes": 0, "model_instances": 0, "gpu": "h100-pcie", "node_price": 0, "gpu_price": 0, "tariff": 0,
        "onprem_annual_cost": cost, "onprem_setup_cost": 2 * cost, "cloud_annual_cost": cost,
        "cloud_setup_cost": 2 * cost, "cloud_instances": 0, "cloud_price": 1, "cloud_gpus_per_instance": 8,
        "wacc": wacc, "horizon": horizon, "timing": timing,
    }  # fmt: skip
    for rate_of_tax in (0, tax):
        case = Inputs.read({**values, "tax_rate": rate_of_tax})
        assert tco.onprem(case) == pytest.approx(tco.cloud(case), rel=1e-12)
    taxed = tco.onprem(Inputs.read({**values, "tax_rate": tax}))
    assert taxed == pytest.approx((1 - tax) * tco.onprem(Inputs.read(values)), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(cases, st.sampled_from(["tariff", "pue", "gpu_price", "node_price", "users"]), st.floats(1.01, 3))
def test_own_servers_never_get_cheaper_when_a_price_or_the_load_rises(values, name, factor):
    plain = {**values, "residual_rate": 0, "tax_rate": 0, "hardware_life": None}
    base = {"tariff": 0.1, "pue": 1.2, "gpu_price": 25000, "node_price": 20000, "users": 5000}[name]
    low = tco.onprem(inputs(plain, **{name: base}))
    assert tco.onprem(inputs(plain, **{name: round(base * factor) if name == "users" else base * factor})) >= low * (
        1 - 1e-12
    )


@settings(max_examples=30, deadline=None)
@given(cases, st.lists(st.floats(0.01, 0.3), min_size=2, max_size=5))
def test_scenarios_side_by_side_equal_scenarios_one_by_one_bit_for_bit(values, waccs):
    case = inputs(values)
    draws = {"wacc": np.array(waccs), "tariff": np.array(waccs) / 2, "users": np.round(np.array(waccs) * 1e5)}
    for option in OPTIONS.values():
        together = Result(Case(case, draws), option)
        alone = [Result(Case(case, {k: v[i : i + 1] for k, v in draws.items()}), option) for i in range(len(waccs))]
        for measure in ("tco", "total", "capex", "opex", "eac", "year1", "per_user_month"):
            expected = [float(getattr(r, measure)[0]) for r in alone]
            got = np.broadcast_to(getattr(together, measure), (len(waccs),)).tolist()
            assert got == expected, (option.id, measure)
