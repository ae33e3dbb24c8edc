"""The outlook in one pass against the functions that work out each of its figures alone."""

import numpy as np
import pytest

from engine.analysis.breakeven import breakeven
from engine.analysis.flippoints import flip_points
from engine.analysis.montecarlo import cheapest, montecarlo
from engine.analysis.outlook import outlook
from engine.analysis.sensitivity import tornado
from engine.analysis.stress import stress
from engine.inputs import Inputs
from workbook import customers
from workbook.locate import shipped

CASES = {c.id: c.inputs for c in customers.read(shipped("examples", "customers.csv")).good}
FEW = ("REF-70B-05K", "0007", "US-BANK-11", "GB-LAW-3")


@pytest.fixture(scope="module", params=FEW)
def case(request) -> Inputs:
    return CASES[request.param]


def test_the_cheapest_as_planned_and_under_stress(case):
    seen = outlook(case, case.option_ids, runs=2)
    planned, kept, *changes = ([float(x) for x in row[1:-1]] for row in stress(case)[1:])
    assert seen.base == pytest.approx(planned, rel=1e-12)
    assert [seen.kept(option) for option in seen.options] == pytest.approx(kept, rel=1e-12)
    for found, wanted in zip(seen.changes.values(), changes, strict=True):
        assert found == pytest.approx(wanted, rel=1e-12)
    assert seen.best == stress(case)[1][-1]


def test_rows_of_the_tornado(case):
    """Typed inputs alone: the function leaves out what is looked up by another input."""
    seen = outlook(case, case.option_ids, runs=2)
    row = seen.options.index(seen.best)
    ours = {m.name: (m.low, m.high, seen.low[row, i], seen.high[row, i]) for i, m in enumerate(seen.moved)}
    theirs = {name: figures[:4] for name, *figures in tornado(case, seen.best, "tco", 0.2)[1:] if name in ours}
    assert len(theirs) > 5
    for name, figures in theirs.items():
        assert ours[name] == pytest.approx(tuple(figures), rel=1e-12), name


def test_probabilities_and_percentiles(case):
    seen = outlook(case, case.option_ids)
    named = {m.name: (m.low, m.high) for m in seen.moved}
    ranged = Inputs.read({**case.typed, **{m.name: m.value for m in seen.moved}}, ranges=named)
    seen = outlook(ranged, case.option_ids)
    for option, probability, regret in cheapest(ranged)[1:]:
        odds = seen.odds(option)
        assert (odds["probability"], odds["regret"]) == pytest.approx((probability, regret), rel=1e-9), option
        figures = dict(montecarlo(ranged, option))
        assert {k: odds[k] for k in ("mean", "p5", "p50", "p95")} == pytest.approx(
            {k: figures[k] for k in ("mean", "p5", "p50", "p95")}, rel=1e-12
        )


def test_runs_take_distribution_and_correlation_as_stated():
    case = CASES["US-BANK-11"]
    ranged = {
        "tariff": (0.06, 0.14, "uniform", "gpu_price 0.7"),
        "gpu_price": (25000, 38000, "normal"),
        "users": (30000, 60000),
    }
    case = Inputs.read(case.typed, ranges=ranged)
    seen = outlook(case, case.option_ids)
    for option in seen.options:
        odds, figures = seen.odds(option), dict(montecarlo(case, option))
        assert odds["p95"] == pytest.approx(figures["p95"], rel=1e-12), option
        assert odds["mean"] == pytest.approx(figures["mean"], rel=1e-12), option


def test_flip_points_are_break_evens(case):
    """All but prompt prices beside a blank cached price, which follows a typed one and stands still otherwise."""
    seen = outlook(case, case.option_ids, runs=2)
    points = [p for p in flip_points(case, seen) if p.name != "api_input_price"]
    assert [p.distance for p in points] == sorted(p.distance for p in points)
    for point in points[:6]:
        if point.flip is not None:
            assert point.flip == pytest.approx(breakeven(case, *seen.rivals, point.name), rel=1e-6), point.name


def test_what_is_agreed_or_chosen_stands_still():
    """Terms of a lease, discounts of a provider, the split of a hybrid: they move between typed ends alone."""
    agreed = {"lease_term": 3, "lease_residual": 0.1, "hybrid_replicas": 5, "api_offpeak_discount": 0.5,
              "api_long_prompt": 9000, "api_volume_mtok": 100, "api_volume_discount": 0.1}  # fmt: skip
    case = CASES["US-BANK-11"].replaced(lease_rate=0.06, **agreed)
    moved = {m.name for m in outlook(case, ("onprem", "lease"), runs=2).moved}
    assert "lease_rate" in moved
    assert not moved & set(agreed)
    ranged = Inputs.read(case.typed, ranges={"lease_term": (2, 5)})
    assert [m.name for m in outlook(ranged, ("lease",), runs=2).moved] == ["lease_term"]


def test_a_price_in_usd_follows_the_exchange_rate():
    case = CASES["GB-LAW-3"]
    seen = outlook(case, ("api",), runs=2)
    at = next(i for i, m in enumerate(seen.moved) if m.name == "fx_rate")
    alone = outlook(case.replaced(fx_rate=seen.moved[at].high), ("api",), runs=2)
    assert seen.high[0, at] == pytest.approx(alone.base[0], rel=1e-12)


def test_one_scenario_without_a_result_leaves_the_others():
    """40 GPUs do not fit into six servers of four."""
    typed = CASES["REF-70B-05K"].replaced(gpus=20, nodes=6).typed
    ranged = Inputs.read(typed, ranges={"tariff": (0.1, 0.2), "gpus": (16, 40)})
    seen = outlook(ranged, ("onprem", "api"))
    assert seen.runs.shape[1] == 0
    assert seen.odds("onprem") == {}
    tariff = [m.name for m in seen.moved].index("tariff")
    assert np.isfinite(seen.low[:, tariff]).all()
