"""Options lease, colo and hybrid, and the prices of a token API, against calculations by hand and numpy-financial."""

import numpy as np
import numpy_financial as npf
import pytest

from engine import prices
from engine.analysis.scenarios import outcomes
from engine.errors import NotAvailable, OutOfLimits, Problems
from engine.inputs import Inputs
from engine.leasing import payment
from engine.tco import compare, evaluate, flows

ONE_SERVER = {  # 100,000 of hardware, 10,000 of services; 4.4 kW
    "gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "gpu_price": 10000, "node_price": 20000,
    "services_rate": 0.1, "gpu_kw": 0.5, "node_kw": 0.4, "tariff": 0.1, "pue": 1.5, "licence_price": 0,
    "sysadmin_salary": 0, "ml_salary": 0, "horizon": 4, "hardware_life": 4, "wacc": 0.1,
}  # fmt: skip


def result(option, **more):
    return evaluate(Inputs.read({**ONE_SERVER, **more}), option)


# -- lease ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, 1e-9, 0.03, 0.12])
@pytest.mark.parametrize("years", [1, 3, 7])
@pytest.mark.parametrize("unpaid", [0.0, 0.25])
@pytest.mark.parametrize("monthly", [True, False])
@pytest.mark.parametrize("when", ["begin", "end"])
def test_payments_are_those_of_pmt(rate, years, unpaid, monthly, when):
    m = 12 if monthly else 1
    ours = payment(np.array([[rate]]), np.array([[float(years)]]), np.array([[unpaid]]), monthly=monthly,
                   in_advance=when == "begin")[0, 0]  # fmt: skip
    assert ours == pytest.approx(
        -npf.pmt(rate / m, years * m, 1, -unpaid, when) * m, rel=1e-7 if rate == 1e-9 else 1e-12
    )


def test_a_lease_that_is_returned_starts_anew():
    """110,000 at 6 %, two years, yearly in advance: 110,000 / (1 + 1/1.06) = 56,601.94 at 0, 1, 2 and 3."""
    leased = result("lease", lease_term=2, lease_rate=0.06, lease_paid="yearly")
    yearly = 110000 / (1 + 1 / 1.06)
    assert leased.line("lease")[0].tolist() == pytest.approx([yearly] * 4 + [0])
    assert leased.line("acquisition")[0].tolist() == [0] * 5
    assert leased.line("residual")[0].tolist() == [0] * 5
    energy = 4.4 * 8760 * 0.1 * 1.5
    assert leased.line("power")[0].tolist() == pytest.approx([0] + [energy] * 4)
    by_hand = sum(yearly / 1.1**t for t in range(4)) + sum(energy / 1.1**t for t in range(1, 5))
    assert leased.measure("tco") == pytest.approx(by_hand)
    assert leased.measure("capex") == 0


def test_a_buy_out_is_bought_depreciated_and_sold():
    """20 % of 110,000 unpaid after two years; bought for 22,000 at 2, written off over two years, sold for 10 %."""
    leased = result("lease", lease_term=2, lease_rate=0.06, lease_paid="yearly", lease_due="arrears",
                    lease_end="buyout", lease_residual=0.2, residual_rate=0.1, tax_rate=0.3,
                    depreciation_life=2)  # fmt: skip
    yearly = (110000 - 22000 / 1.06**2) / (1 / 1.06 + 1 / 1.06**2)
    assert leased.line("lease")[0].tolist() == pytest.approx([0, yearly, yearly, 0, 0])
    assert leased.line("acquisition")[0].tolist() == pytest.approx([0, 0, 22000, 0, 0])
    assert leased.line("residual")[0].tolist() == pytest.approx([0, 0, 0, 0, -10000])
    energy = 4.4 * 8760 * 0.1 * 1.5
    relief = [0, yearly + energy, yearly + energy, 11000 + energy, 11000 + energy - 10000]
    assert leased.line("tax_shield")[0].tolist() == pytest.approx([-0.3 * r for r in relief])
    assert leased.measure("capex") == pytest.approx(22000)


def test_lease_or_buy_as_in_the_textbook():
    """Net advantage: price less present value, at 10 % x (1 - 30 %), of payments after tax and lost depreciation."""
    case = {"lease_term": 4, "lease_payment": 0.0275, "lease_paid": "yearly", "cost_of_debt": 0.1, "tax_rate": 0.3,
            "depreciation_life": 4, "residual_rate": 0}  # fmt: skip
    yearly = 110000 * 0.0275 * 12  # at 0, 1, 2, 3
    lease_pv = npf.npv(0.07, [yearly * 0.7] * 4)
    buying = 110000 - npf.npv(0.07, [0] + [0.3 * 110000 / 4] * 4)
    leased = result("lease", **case)
    assert leased.measure("lease_pv") == pytest.approx(lease_pv)
    assert leased.measure("lease_advantage") == pytest.approx(buying - lease_pv)
    table = outcomes(leased.case.inputs, ("lease",), "lease_advantage", {"cost_of_debt": np.array([0.1, 0.2])})[0]
    assert table[0] == leased.measure("lease_advantage")
    assert table[1] > table[0]  # dearer debt speaks for the lease


def test_what_joins_later_is_leased_to_the_end_of_the_horizon():
    """A second server in year 2 of 3 under leases of three years: two years, and a third of it stays unpaid."""
    case = {k: v for k, v in ONE_SERVER.items() if k not in {"gpus", "nodes", "model_instances"}}
    growing = Inputs.read({**case, "users": 1000, "queries_per_user_day": 36, "active_hours": 10, "peak_factor": 1,
                           "target_utilisation": 1, "replica_rps": 1, "gpus_per_replica": 8, "spare_replicas": 0,
                           "user_growth": 0.42, "horizon": 3, "lease_rate": 0.05, "lease_paid": "yearly",
                           "lease_due": "arrears", "gpus_per_node": 8})  # fmt: skip
    leased = evaluate(growing, "lease")
    assert leased.plan.fleet.nodes[0].tolist() == [1, 2, 3]
    own = -npf.pmt(0.05, 3, 110000)
    second, third = -npf.pmt(0.05, 2, 110000, -110000 / 3), -npf.pmt(0.05, 1, 110000, -220000 / 3)
    assert leased.line("lease")[0].tolist() == pytest.approx([0, own, own + second, own + second + third])


def test_a_lease_beyond_the_life_of_its_hardware_is_paid_in_full():
    """With hardware worth nothing at the end of the horizon, a lease of 12 years is no way to pay a third of it."""
    terms = {"lease_rate": 0.06, "lease_paid": "yearly", "lease_due": "arrears"}
    yearly = -npf.pmt(0.06, 4, 110000)
    for term in (4, 5, 12):
        assert result("lease", lease_term=term, **terms).line("lease")[0].tolist() == pytest.approx([0] + [yearly] * 4)
    kept = result("lease", lease_term=12, hardware_life=8, **terms)  # half of its life is left, and of its value
    yearly = -npf.pmt(0.06, 4, 110000, -55000)
    assert kept.line("lease")[0].tolist() == pytest.approx([0] + [yearly] * 4)


def test_a_quote_longer_than_the_horizon_is_refused():
    with pytest.raises(Problems, match="lease_term 5 years, longer than horizon 4"):
        result("lease", lease_payment=0.02, lease_term=5)
    with pytest.raises(NotAvailable, match="lease_rate is required"):
        result("lease").measure("tco")


# -- colo -------------------------------------------------------------------------------------------------------------


def test_a_hall_by_hand():
    hall = result("colo", colo_rent=200, colo_metered=1, colo_pue=1.3, inflation=0.1, energy_escalation=0,
                  colo_setup_cost=500, colo_annual_cost=100, horizon=2, hardware_life=2)  # fmt: skip
    rent = 4.4 * 200 * 12
    assert hall.line("colocation")[0].tolist() == pytest.approx([0, rent, rent * 1.1])
    assert hall.line("power")[0].tolist() == pytest.approx([0, *[4.4 * 8760 * 0.1 * 1.3] * 2])
    assert hall.line("setup")[0].tolist() == [500, 0, 0]
    assert hall.line("annual")[0].tolist() == pytest.approx([0, 100, 110])
    assert result("colo", colo_rent=200).line("power")[0].tolist() == [0] * 5
    assert result("onprem", colo_rent=200, colo_metered=1).measure("tco") == result("onprem").measure("tco")
    with pytest.raises(NotAvailable, match="colo_rent is required"):
        result("colo").measure("tco")


# -- hybrid -----------------------------------------------------------------------------------------------------------

SPLIT = {  # 20 requests a second at the peak of an even rise, one replica of one GPU for each
    "users": 36000, "queries_per_user_day": 10, "active_hours": 10, "peak_factor": 2, "replica_rps": 1,
    "gpus_per_replica": 1, "gpus_per_node": 4, "gpu": "l40s", "target_utilisation": 1, "spare_replicas": 0,
    "gpu_price": 8000, "node_price": 4000, "gpu_kw": 0.4, "node_kw": 0.4, "tariff": 0.1, "pue": 1, "licence_price": 0,
    "sysadmin_salary": 100000, "ml_salary": 100000, "prompt_tokens": 1000, "output_tokens": 500, "horizon": 1,
    "wacc": 0, "api_input_price": 1, "api_output_price": 2, "api_fte": 0.3, "api_setup_cost": 700,
    "onprem_setup_cost": 900, "head_node_price": 5000, "head_node_kw": 0.1,
}  # fmt: skip


def test_a_split_by_hand():
    """Half of the replicas carry three quarters of the queries: 21.6 million of the 86.4 million a year overflow."""
    half = evaluate(Inputs.read({**SPLIT, "hybrid_replicas": 10}), "hybrid")
    assert half.line("peaks")[0].tolist() == pytest.approx([0, 21.6e6 * 0.002])
    assert half.line("acquisition")[0].tolist() == [10 * 8000 + 3 * 4000 + 5000, 0]
    kw = 10 * 0.4 + 3 * 0.4 + 0.1
    assert half.line("power")[0].tolist() == pytest.approx([0, kw * 8760 * 0.1])
    assert half.line("sysadmin")[0, 1] == pytest.approx((0.1 + 0.9 * 2 / 19) * 100000)
    assert half.line("ml_engineer")[0, 1] == pytest.approx((0.2 + 0.8 * 9 / 39 + 0.3) * 100000)
    assert half.line("setup")[0].tolist() == [1600, 0]
    assert [half.measure(name) for name in ("own_replicas", "own_gpus", "own_share")] == [10, 10, 0.75]
    assert half.measure("total") == pytest.approx(sum(half.measure(line) for line in half.lines))


def test_the_split_is_found_and_can_be_read():
    inputs = Inputs.read({**SPLIT, "options": "onprem,api,hybrid", "api_output_price": 9})
    found = evaluate(inputs, "hybrid")
    every = [evaluate(inputs.replaced(hybrid_replicas=n), "hybrid").measure("tco") for n in range(21)]
    assert found.measure("tco") == min(every)
    assert found.measure("own_replicas") == every.index(min(every))
    assert 0 < found.measure("own_replicas") < 20
    assert [row[0] for row in compare(inputs)[1:]] == ["onprem", "api", "hybrid"]
    assert flows(inputs, "hybrid", "peaks")[0] == found.line("peaks")[0].tolist()


def test_each_scenario_has_the_split_of_its_own():
    inputs = Inputs.read(SPLIT)
    drawn = {"api_input_price": np.linspace(0.1, 6, 40), "users": np.linspace(1000, 200000, 40).round()}
    together = outcomes(inputs, ("hybrid",), "tco", drawn)[0]
    splits = outcomes(inputs, ("hybrid",), "own_replicas", drawn)[0]
    for s in range(40):
        alone = evaluate(inputs.replaced(**{name: values[s] for name, values in drawn.items()}), "hybrid")
        assert (alone.measure("tco"), alone.measure("own_replicas")) == (together[s], splits[s])
    assert len(set(splits)) > 10


def test_peaks_on_rented_instances_by_hand():
    """Five of 20 replicas are missing in the quarter of the time above: 2 of 5 instances, for 5/20 of the hours."""
    rented = {"hybrid_peak": "cloud", "cloud_instances": 5, "cloud_price": 10, "cloud_gpus_per_instance": 4,
              "cloud_licence_price": 0, "cloud_admin_saving": 0.5, "hybrid_replicas": 15}  # fmt: skip
    part = evaluate(Inputs.read({**SPLIT, **rented}), "hybrid")
    assert part.line("peaks")[0, 1] == pytest.approx(2 * 10 * 730 * 12 * 0.25)
    reserved = evaluate(Inputs.read({**SPLIT, **rented, "cloud_term": "1yr"}), "hybrid")
    assert reserved.line("peaks")[0, 1] == pytest.approx(2 * 10 * 730 * 12)
    nodes4, nodes5 = (0.1 + 0.9 * n / 19 for n in (3, 4))
    assert part.line("sysadmin")[0, 1] == pytest.approx((nodes4 + 0.5 * (nodes5 - nodes4)) * 100000)
    assert part.line("ml_engineer")[0, 1] == pytest.approx((0.2 + 0.8 * 19 / 39) * 100000)


def test_a_typed_day_of_24_hours():
    """Eight hours at 10 % and eight at 2.5 % of the day; an hour at the peak of 20 1/s would hold 20 %."""
    day = "0 0 0 0 0 0 0 0 " + "4 4 4 4 4 4 4 4 " + "1 1 1 1 1 1 1 1"
    inputs = Inputs.read({**SPLIT, "load_profile": day, "hybrid_replicas": 5})
    assert evaluate(inputs, "hybrid").measure("own_share") == pytest.approx(8 * 0.05 + 8 * 0.025)
    assert evaluate(inputs.replaced(hybrid_replicas=10), "hybrid").measure("own_share") == 1.0
    with pytest.raises(OutOfLimits, match=r"busiest hour holds 0\.1 of a day, .* only 0\.05 an hour"):
        evaluate(inputs.replaced(peak_factor=1, active_hours=20), "hybrid").measure("own_share")
    for bad in ("1 2 3", " ".join(["x"] * 24), " ".join(["0"] * 24), " ".join(["-1"] * 24)):
        with pytest.raises(Problems, match="24 figures of 0 or more"):
            Inputs.read({"load_profile": bad})
    assert Inputs.read({"load_profile": "; ".join(["0,5"] * 24)}).load_profile


def test_all_that_a_hybrid_misses_is_said_at_once():
    with pytest.raises(NotAvailable) as told:
        evaluate(Inputs.read({"users": 100, "queries_per_user_day": 5}), "hybrid").measure("tco")
    for name in ("gpu is required", "node_price is required", "api_model is required", "prompt_tokens is required"):
        assert name in str(told.value)
    typed = Inputs.read({**ONE_SERVER, "gpus": 16, "nodes": 2, "users": 10, "queries_per_user_day": 1,
                         "prompt_tokens": 10, "output_tokens": 10, "api_input_price": 1,
                         "api_output_price": 1})  # fmt: skip
    with pytest.raises(NotAvailable, match="model"):  # nothing says what a replica serves
        evaluate(typed, "hybrid").measure("tco")


def test_a_fleet_of_nothing_leaves_all_to_the_provider():
    inputs = Inputs.read({**SPLIT, "gpus": 0})
    assert evaluate(inputs, "hybrid").measure("own_share") == 0
    assert evaluate(inputs, "hybrid").measure("tco") == evaluate(inputs, "api").measure("tco")


# -- prices of a token API --------------------------------------------------------------------------------------------

TOKENS = {"users": 1000, "queries_per_user_day": 10, "prompt_tokens": 3000, "output_tokens": 1000, "horizon": 1,
          "api_input_price": 2, "api_output_price": 10}  # fmt: skip
QUERIES = 1000 * 10 * 20 * 12


def bill(**more):
    return evaluate(Inputs.read({**TOKENS, **more}), "api").measure("tokens")


def test_discounts_by_hand():
    assert bill() == pytest.approx(QUERIES * 0.016)
    assert bill(api_offpeak_share=0.4, api_offpeak_discount=0.5) == pytest.approx(QUERIES * 0.016 * 0.8)
    both = bill(api_offpeak_share=0.4, api_offpeak_discount=0.5, api_batch_share=0.5)
    assert both == pytest.approx(QUERIES * 0.016 * 0.8 * 0.75)
    # 800 Mtok a month; 300 of them beyond 500
    assert bill(api_volume_mtok=500, api_volume_discount=0.2) == pytest.approx(QUERIES * 0.016 * (1 - 0.2 * 3 / 8))
    assert bill(api_volume_mtok=900, api_volume_discount=0.2) == pytest.approx(QUERIES * 0.016)
    with pytest.raises(Problems, match=r"api_volume_discount 0\.2 without api_volume_mtok"):
        bill(api_volume_discount=0.2)


def test_long_prompts_by_hand():
    long = {"api_long_prompt": 3000, "api_long_input_price": 4, "api_long_output_price": 15}
    assert bill(**long) == bill()  # not above it
    assert bill(**long, prompt_tokens=3001) == pytest.approx(QUERIES * (3001 * 4 + 1000 * 15) / 1e6)
    assert bill(**long, prompt_tokens=6000, api_cached_share=0.5) == pytest.approx(QUERIES * (6000 * 4 + 15000) / 1e6)
    with pytest.raises(NotAvailable, match="api_long_input_price is blank"):
        bill(api_long_prompt=100)
    case = Inputs.read({**TOKENS, **long})
    several = outcomes(case, ("api",), "tokens", {"prompt_tokens": np.array([100.0, 3000.0, 5000.0])})[0]
    assert several.tolist() == [bill(**long, prompt_tokens=p) for p in (100, 3000, 5000)]


def test_tiers_of_the_price_book_hold_for_the_whole_query():
    assert prices.steps("gemini-2.5-pro") == [200000.0]
    assert [prices.api_price("gemini-2.5-pro", "output", None, n) for n in (200000, 200001)] == [10.0, 15.0]
    booked = {k: v for k, v in TOKENS.items() if not k.startswith("api_")} | {"api_model": "gemini-2.5-pro"}
    inputs = Inputs.read({**booked, "api_cached_share": 0.5})
    short, long = (evaluate(inputs.replaced(prompt_tokens=n), "api").measure("tokens") for n in (1e5, 3e5))
    assert short == pytest.approx(QUERIES * (1e5 * (1.25 + 0.125) / 2 + 1000 * 10) / 1e6)
    assert long == pytest.approx(QUERIES * (3e5 * (2.5 + 0.25) / 2 + 1000 * 15) / 1e6)
    several = outcomes(inputs, ("api",), "tokens", {"prompt_tokens": np.array([1e5, 2e5, 3e5])})[0]
    assert several.tolist() == [
        evaluate(inputs.replaced(prompt_tokens=n), "api").measure("tokens") for n in (1e5, 2e5, 3e5)
    ]
    euro = inputs.replaced(currency="EUR", fx_rate=0.5)
    two = outcomes(euro, ("api",), "tokens", {"prompt_tokens": np.array([1e5, 3e5]), "fx_rate": np.array([0.5, 0.8])})[
        0
    ]
    assert two.tolist() == pytest.approx([short * 0.5, long * 0.8])
    typed = outcomes(Inputs.read(TOKENS), ("api",), "tokens", {"prompt_tokens": np.array([1e3, 3e5])})[0]
    assert typed.tolist() == [bill(prompt_tokens=1e3), bill(prompt_tokens=3e5)]
