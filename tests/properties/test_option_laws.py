"""Laws of the options that finance or share the own servers, searched by Hypothesis over random cases."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.inputs import Inputs
from engine.load import overflow, overflow_of_profile
from engine.tco import evaluate

BASE = {
    "gpu": "h100-sxm", "gpus_per_node": 8, "prompt_tokens": 1000, "output_tokens": 300, "cloud_gpus_per_instance": 8,
    "cloud_instance": "aws/p5.48xlarge", "lease_rate": 0.07, "colo_rent": 150, "licence_price": 9000,
}  # fmt: skip
cases = st.fixed_dictionaries(
    {
        "users": st.integers(100, 300_000),
        "queries_per_user_day": st.floats(1, 40),
        "active_hours": st.floats(4, 24),
        "peak_factor": st.floats(1, 8),
        "user_growth": st.floats(-0.3, 0.6),
        "replica_rps": st.floats(0.5, 6),
        "gpus_per_replica": st.sampled_from([1, 2, 4, 8]),
        "spare_replicas": st.integers(0, 2),
        "min_replicas": st.integers(1, 4),
        "whole_nodes": st.booleans(),
        "node_price": st.floats(5000, 80000),
        "gpu_price": st.floats(5000, 40000),
        "head_node_price": st.floats(0, 30000),
        "horizon": st.integers(1, 6),
        "hardware_life": st.sampled_from([None, 2, 4]),
        "tax_rate": st.sampled_from([0, 0.3]),
        "wacc": st.floats(0, 0.2),
        "api_input_price": st.floats(0.05, 8),
        "api_output_price": st.floats(0.05, 20),
        "api_setup_cost": st.floats(0, 50000),
        "api_annual_cost": st.floats(0, 50000),
        "api_fte": st.floats(0, 1),
        "cloud_price": st.floats(5, 60),
        "cloud_setup_cost": st.floats(0, 50000),
        "onprem_setup_cost": st.floats(0, 50000),
        "onprem_annual_cost": st.floats(0, 50000),
        "licence_payment": st.sampled_from(["prorated", "prepaid"]),
        "hybrid_peak": st.sampled_from(["api", "cloud"]),
        "cloud_term": st.sampled_from(["on_demand", "1yr"]),
    }
)


def costs_of(inputs, *options):
    return [float(evaluate(inputs, option).tco[0]) for option in options]


@settings(max_examples=150, deadline=None)
@given(cases)
def test_a_hybrid_never_costs_more_than_the_better_of_its_parts(values):
    inputs = Inputs.read({**BASE, **values})
    own, provider, hybrid = costs_of(inputs, "onprem", values["hybrid_peak"], "hybrid")
    assert hybrid <= min(own, provider) * (1 + 1e-12)


@settings(max_examples=100, deadline=None)
@given(cases)
def test_a_hybrid_equals_its_parts_at_the_ends_of_the_range(values):
    inputs = Inputs.read({**BASE, **values})
    own, provider = costs_of(inputs, "onprem", values["hybrid_peak"])
    assert costs_of(inputs.replaced(hybrid_replicas=1_000_000), "hybrid") == [own]
    assert costs_of(inputs.replaced(hybrid_replicas=0), "hybrid") == pytest.approx([provider], rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_the_split_is_the_best_of_all_while_there_are_few(values):
    inputs = Inputs.read({**BASE, **values})
    all_own = evaluate(inputs, "onprem").plan.fleet.replicas.max()
    assume(all_own <= 32)
    found = evaluate(inputs, "hybrid")
    tried = [costs_of(inputs.replaced(hybrid_replicas=n), "hybrid")[0] for n in range(int(all_own) + 1)]
    assert found.measure("tco") == min(tried)
    assert found.measure("total") == pytest.approx(sum(found.measure(line) for line in found.lines), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(cases)
def test_the_split_of_a_large_fleet_is_near_the_best(values):
    inputs = Inputs.read({**BASE, **values, "users": 3_000_000, "horizon": 2})
    all_own = int(evaluate(inputs, "onprem").plan.fleet.replicas.max())
    found = evaluate(inputs, "hybrid").measure("tco")
    step = max(1, all_own // 60)
    tried = min(costs_of(inputs.replaced(hybrid_replicas=n), "hybrid")[0] for n in range(0, all_own + 1, step))
    assert found <= tried * 1.03  # steps of servers and instances: the best neighbourhood is not always found


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1, 20))
def test_more_capacity_leaves_less_and_the_ends_are_all_and_nothing(a, b, peak_factor):
    low, high = sorted((a, b))
    share, hours = overflow(np.array([[0.0, low, high, 1.0]]), np.array([[peak_factor]]))
    assert share[0, 0] == 1
    assert hours[0, 0] == 1
    assert share[0, 3] == hours[0, 3] == 0
    assert share[0, 1] >= share[0, 2] - 1e-12
    assert hours[0, 1] >= hours[0, 2] - 1e-12


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(1, 6))
def test_the_load_curve_agrees_with_its_sum_over_many_short_hours(level, peak_factor):
    u = (np.arange(200_000) + 0.5) / 200_000
    load = peak_factor * u ** (peak_factor - 1)  # over the mean
    assert load.mean() == pytest.approx(1, abs=1e-4)
    above = np.maximum(0, load - level * peak_factor).mean()
    assert overflow(np.array([[level]]), np.array([[peak_factor]]))[0][0, 0] == pytest.approx(above, abs=2e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=24, max_size=24), st.floats(0, 1))
def test_a_typed_day_by_hand(figures, level):
    assume(sum(figures) > 0.1)
    day = np.array(figures) / sum(figures)
    peak = day.max() * 1.1
    by_hand = sum(max(0.0, hour - level * peak) for hour in day)
    share, hours = overflow_of_profile(np.array([[level]]), day, np.array([[peak]]))
    assert share[0, 0] == pytest.approx(by_hand, abs=1e-8)
    assert 0 <= hours[0, 0] <= 1


@settings(max_examples=60, deadline=None)
@given(cases)
def test_a_hall_at_the_price_of_the_own_room_costs_what_onprem_does_in_it(values):
    """colo_price turns onprem into colocation; the option colo is the same for the same rent."""
    inputs = Inputs.read({**BASE, **values, "colo_setup_cost": values["onprem_setup_cost"],
                          "colo_annual_cost": values["onprem_annual_cost"]})  # fmt: skip
    assert costs_of(inputs, "colo") == costs_of(inputs.replaced(colo_price=150), "onprem")
    metered = inputs.replaced(colo_metered=1, colo_rent=0)
    assert costs_of(metered, "colo") == pytest.approx(costs_of(inputs, "onprem"), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases, st.integers(1, 6), st.floats(0, 0.3))
def test_a_lease_at_the_cost_of_debt_is_worth_what_a_loan_is(values, term, rate):
    """Yearly arrears, no tax, hardware worth its straight-line value: leasing at the cost of debt is buying."""
    inputs = Inputs.read({**BASE, **values, "tax_rate": 0, "lease_rate": rate, "cost_of_debt": rate,
                          "lease_paid": "yearly", "lease_due": "arrears", "lease_term": term,
                          "hardware_life": term, "licence_price": 0})  # fmt: skip
    lease = evaluate(inputs, "lease")
    bought = evaluate(inputs, "onprem")
    # own hardware is sold at its straight-line value, which the lease leaves unpaid; services and network are not
    assert lease.measure("lease_advantage") == pytest.approx(0, abs=1e-9 * bought.measure("acquisition"))


@settings(max_examples=60, deadline=None)
@given(cases, st.integers(1, 5), st.floats(0.01, 0.3), st.floats(0, 0.5))
def test_the_cheaper_money_shows_in_the_total_cost_at_the_same_rate(values, term, rate, residual):
    """With wacc at the after-tax cost of debt, the difference of the two options is the advantage, line by line."""
    tax = values["tax_rate"]
    inputs = Inputs.read({**BASE, **values, "lease_rate": rate, "cost_of_debt": 0.06, "wacc": 0.06 * (1 - tax),
                          "lease_term": term, "lease_residual": residual, "hardware_life": term,
                          "licence_price": 0})  # fmt: skip
    own, leased = costs_of(inputs, "onprem", "lease")
    assert own - leased == pytest.approx(evaluate(inputs, "lease").measure("lease_advantage"), abs=1e-7 * own)
