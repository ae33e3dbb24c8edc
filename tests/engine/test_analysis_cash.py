"""Cash by year, commitments, tax beside no tax, the band of the sizing, certainty, scope: by hand, by identity."""

import math

import numpy as np
import pytest

from engine import catalog
from engine.analysis.cash import cash_need, committed, pre_tax
from engine.analysis.confidence import LEVELS, NOT_COUNTED, confidence, scope
from engine.analysis.investment import investment, next_best
from engine.analysis.sizingband import sizing_band
from engine.analysis.stress import api_flip, api_flip_years
from engine.errors import DividesByZero, EngineError, NotAvailable, WrongKind
from engine.inputs import Inputs
from engine.options import OPTIONS
from engine.sizing import sizing
from engine.tco import compare, evaluate, flows
from workbook.evaluate import evaluate as cell

FLEET = {
    "users": 5000, "queries_per_user_day": 20, "user_growth": 0.3, "gpu": "h100-pcie", "gpus_per_node": 4,
    "prompt_tokens": 1000, "output_tokens": 300, "gpus_per_replica": 2, "replica_rps": 3, "node_price": 20000,
    "cloud_price": 30, "cloud_gpus_per_instance": 8, "cloud_instances": 2, "api_input_price": 2, "api_output_price": 8,
    "api_setup_cost": 20000, "api_fte": 0.5, "seat_price": 20, "horizon": 4, "inflation": 0.03, "lease_rate": 0.06,
    "colo_rent": 150, "network_rate": 0.1, "hardware_life": 3, "residual_rate": 0.1, "maintenance_rate": 0.05,
    "options": "onprem,cloud,api,seat,lease,colo,hybrid",
}  # fmt: skip
TAXED = FLEET | {"tax_rate": 0.25}
MODELLED = {
    "users": 50000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "precision": "fp8", "gpu": "h100-sxm",
    "prompt_tokens": 1000, "output_tokens": 500, "node_price": 90000, "gpu_price": 25000,
    "cloud_instance": "aws/p5.48xlarge", "api_model": "openai/gpt-4o", "seat_price": 20, "lease_rate": 0.06,
    "colo_rent": 150, "options": "onprem,cloud,api,seat,lease,colo,hybrid",
}  # fmt: skip


# -- cash -------------------------------------------------------------------------------------------------------------


def test_cash_need_by_hand():
    """5,000 once, 100 x 30 x 12 = 36,000 a year; an API of 12.50 a user and month, 15,000 a year."""
    case = Inputs.read({"users": 100, "seat_price": 30, "horizon": 2, "seat_setup_cost": 5000, "options": "seat,api",
                        "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500, "api_input_price": 10,
                        "api_output_price": 30})  # fmt: skip
    assert cash_need(case) == [
        ["cash (USD pre-tax)", 0.0, 1.0, 2.0, "total", "largest year", "peak funding"],
        ["seat", 5000.0, 36000.0, 36000.0, 77000.0, 36000.0, 77000.0],
        ["api", 0.0, 15000.0, 15000.0, 30000.0, 15000.0, 30000.0],
    ]


@pytest.mark.parametrize("values", [FLEET, TAXED], ids=["plain", "taxed"])
def test_cash_need_is_the_flows_of_every_option(values):
    inputs = Inputs.read(values)
    header, *rows = cash_need(inputs)
    assert header[0] == ("cash (USD after tax)" if values is TAXED else "cash (USD pre-tax)")
    for option, *figures in rows:
        cash = np.array(flows(inputs, option)[0])
        assert figures[:5] == cash.tolist()
        assert figures[5:] == [cash.sum(), cash.max(), np.cumsum(cash).max()]
    onprem = {row[0]: row for row in rows}["onprem"]
    assert onprem[-1] > onprem[-3]  # the residual value comes back after the peak


# -- commitments ------------------------------------------------------------------------------------------------------


def by_name(table):
    return {row[0]: row[2:] for row in table}


def test_a_reservation_of_three_years_over_four():
    """Two instances x 10 x 730 x 12 = 175,200 a year: signed for three, and again, of which two stay owed."""
    inputs = Inputs.read({"gpus": 16, "nodes": 2, "model_instances": 2, "cloud_instances": 2, "cloud_price": 10,
                          "cloud_term": "3yr", "horizon": 4, "cloud_licence_price": 0,
                          "cloud_setup_cost": 1000})  # fmt: skip
    a = 175200.0
    rows = by_name(committed(inputs, "cloud"))
    assert rows["committed"] == pytest.approx([3 * a + 1000, 0, 0, 3 * a, 0, 6 * a + 1000])
    assert rows["paid"] == pytest.approx([1000, a, a, a, a, 4 * a + 1000])
    assert rows["outstanding"][:-1] == pytest.approx([3 * a, 2 * a, a, 3 * a, 2 * a])
    assert committed(inputs, "cloud", "peak_outstanding") == pytest.approx(3 * a)
    assert committed(inputs, "cloud", "at_start") == pytest.approx(3 * a + 1000)
    yearly = by_name(committed(inputs.replaced(cloud_term="1yr"), "cloud"))
    assert yearly["committed"] == pytest.approx([a + 1000, a, a, a, 0, 4 * a + 1000])
    assert yearly["outstanding"][:-1] == pytest.approx([a, a, a, a, 0])
    for term in ("on_demand", "spot"):
        assert committed(inputs.replaced(cloud_term=term), "cloud", "total") == 1000


@pytest.mark.parametrize("term", ["1yr", "3yr", "on_demand"])
def test_a_hybrid_without_own_servers_commits_what_renting_commits(term):
    case = {"users": 5000, "queries_per_user_day": 25, "gpu": "h100-sxm", "replica_rps": 1, "gpus_per_replica": 4,
            "node_price": 9, "cloud_instance": "aws/p5.48xlarge", "cloud_price": 50, "cloud_licence_price": 2,
            "cloud_term": term, "cloud_setup_cost": 1000, "hybrid_peak": "cloud", "hybrid_replicas": 0}  # fmt: skip
    inputs = Inputs.read(case)
    for measure in ("total", "at_start", "peak_outstanding"):
        assert committed(inputs, "hybrid", measure) == pytest.approx(committed(inputs, "cloud", measure))


def test_purchases_seats_licences_and_tokens():
    inputs = Inputs.read(FLEET | {"licence_payment": "prepaid"})
    own, seat, tokens = (by_name(committed(inputs, option)) for option in ("onprem", "seat", "api"))
    result = evaluate(inputs, "onprem")
    bought = result.line("acquisition") + result.line("network") + result.line("setup") + result.flow("licence").dated
    care = result.line("maintenance")[0]
    assert own["committed"][:-1] == pytest.approx((bought[0] + np.append(care[1:], 0.0)).tolist())
    assert own["paid"][:-1] == pytest.approx((bought[0] + care).tolist())
    # seats of a year are signed at its start and paid in it
    seats = evaluate(inputs, "seat").line("seats")[0]
    assert seat["committed"][:-1] == [*seats[1:].tolist(), 0.0]
    assert seat["outstanding"][:-1] == pytest.approx([*seats[1:].tolist(), 0.0])
    assert tokens["committed"][:-1] == [20000.0, 0, 0, 0, 0]  # the set-up; a token is paid when it is used


def test_a_lease_is_owed_to_its_end():
    """One lease over its term: signed at the start for all of its payments, a third of them paid a year."""
    inputs = Inputs.read(FLEET | {"user_growth": 0, "lease_term": 3, "horizon": 3, "maintenance_rate": 0,
                                  "licence_price": 0})  # fmt: skip
    rows = by_name(committed(inputs, "lease"))
    paid = evaluate(inputs, "lease").line("lease")[0]
    assert rows["committed"][0] == pytest.approx(paid.sum())
    assert rows["outstanding"][:-1] == pytest.approx([paid.sum(), paid.sum() * 2 / 3, paid.sum() / 3, 0], abs=1e-6)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("more", [{}, {"licence_payment": "prepaid", "cloud_term": "3yr", "hybrid_peak": "cloud"},
                                  {"lease_paid": "yearly", "lease_end": "buyout", "lease_term": 2}])  # fmt: skip
def test_what_is_paid_and_what_can_be_cancelled_is_all_the_cost(option, more):
    inputs = Inputs.read(FLEET | more | {"cloud_instance": "aws/p5.48xlarge"})
    rows = by_name(committed(inputs, option))
    result = evaluate(inputs, option)
    cost = np.array(flows(inputs, option)[0]) - result.line("residual")[0] - result.line("tax_shield")[0]
    assert np.add(rows["paid"], rows["cancellable"])[:-1] == pytest.approx(cost, abs=1e-6)
    assert rows["committed"][-1] == pytest.approx(rows["paid"][-1] + rows["outstanding"][-2], abs=1e-6)
    assert min(rows["outstanding"][:-1]) > -1e-6
    assert min(rows["cancellable"]) > -1e-6


# -- tax --------------------------------------------------------------------------------------------------------------


def test_tax_beside_no_tax():
    inputs = Inputs.read(TAXED)
    header, *rows = pre_tax(inputs)
    assert header == ["option", "pre-tax", "after tax", "tax effect"]
    plain = Inputs.read(FLEET)
    for option, before, after, effect in rows:
        assert before == evaluate(plain, option).measure("tco")
        assert after == evaluate(inputs, option).measure("tco")
        assert effect == after - before < 0
    # all of a seat is deductible at once: a quarter less
    assert rows[3][2] == pytest.approx(0.75 * rows[3][1])
    untaxed = pre_tax(plain)[1]
    assert isinstance(untaxed[2], NotAvailable)
    assert "set tax_rate" in str(untaxed[2])
    with pytest.raises(WrongKind, match="margin"):
        pre_tax(plain, "margin")


# -- next best --------------------------------------------------------------------------------------------------------


def test_the_next_best_is_the_cheapest_other():
    inputs = Inputs.read(FLEET)
    ranked = sorted((row[1], row[0]) for row in compare(inputs)[1:])
    assert next_best(inputs, ranked[0][1]) == ranked[1][1]
    assert next_best(inputs, ranked[3][1]) == ranked[0][1]
    assert investment(inputs, "onprem", "next_best", "npv") == investment(
        inputs, "onprem", next_best(inputs, "onprem"), "npv"
    )
    with pytest.raises(NotAvailable, match="options has no other than seat"):
        next_best(Inputs.read({"users": 1, "seat_price": 1, "options": "seat"}), "seat")
    with pytest.raises(NotAvailable, match="required and blank"):
        next_best(Inputs.read({"users": 1, "seat_price": 1, "options": "seat,api"}), "seat")


# -- token prices -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decline", [0.1, 0.3, 0.6])
def test_after_the_years_of_decline_the_prices_are_at_the_flip(decline):
    inputs = Inputs.read({**FLEET, "users": 100, "seat_price": 1, "api_setup_cost": 0, "api_fte": 0})
    level = api_flip(inputs, "seat")
    assert level < 1
    years = api_flip_years(inputs, "seat", decline)
    assert (1 - decline) ** years == pytest.approx(level)
    then = inputs.replaced(api_input_price=2 * (1 - decline) ** years, api_output_price=8 * (1 - decline) ** years)
    assert evaluate(then, "api").measure("tco") == pytest.approx(evaluate(then, "seat").measure("tco"))
    falling = inputs.replaced(api_price_decline=decline)
    left = math.log(api_flip(falling, "seat")) / math.log(1 - decline)
    assert api_flip_years(falling, "seat") == pytest.approx(max(0.0, left))


def test_no_years_of_decline():
    inputs = Inputs.read({**FLEET, "users": 100, "seat_price": 1, "api_setup_cost": 0, "api_fte": 0})
    assert api_flip_years(inputs.replaced(seat_price=500), "seat", 0.2) == 0.0
    with pytest.raises(NotAvailable, match=r"token prices do not fall \(decline 0\)"):
        api_flip_years(inputs, "seat")
    with pytest.raises(NotAvailable, match="only when tokens are free"):
        api_flip_years(inputs.replaced(seat_price=0), "seat", 0.2)


# -- the band of the sizing -------------------------------------------------------------------------------------------


def test_the_band_is_that_of_the_sizing():
    inputs = Inputs.read(MODELLED)
    rows = {row[0]: row[1:] for row in sizing_band(inputs, "capex")}
    size = {row[0]: row[1] for row in sizing(inputs)}
    assert size["gpus_low"] < size["gpus"] < size["gpus_high"]
    price = [size[f"gpus{end}"] * 25000 + size[f"nodes{end}"] * 90000 for end in ("_high", "", "_low")]
    assert rows["onprem"] == rows["colo"] == price
    tco = {row[0]: row[1:] for row in sizing_band(inputs)}
    assert tco["onprem"][1] == evaluate(inputs, "onprem").measure("tco")
    for option in ("onprem", "cloud", "lease", "colo", "hybrid"):
        assert tco[option][0] > tco[option][1] > tco[option][2]
    for option in ("api", "seat"):
        assert len(set(tco[option])) == 1
    # instances with another GPU have a replica of their own, with the same band
    other = sizing_band(inputs.replaced(cloud_instance="aws/p4d.24xlarge", options="cloud", precision="bf16"))[1]
    assert other[1] > other[2] > other[3]
    peaks = sizing_band(inputs.replaced(cloud_instance="aws/p4d.24xlarge", options="cloud,hybrid", precision="bf16",
                                        hybrid_peak="cloud", hybrid_replicas=0))  # fmt: skip
    assert peaks[2][1:] == pytest.approx(peaks[1][1:])


def test_a_measured_or_typed_fleet_has_no_band():
    for more in ({"replica_rps": 5, "gpus_per_replica": 2}, {"gpus": 48, "nodes": 6, "gpus_per_replica": 2}):
        for row in sizing_band(Inputs.read(MODELLED | more | {"options": "onprem,cloud"}))[1:]:
            assert len(set(row[1:])) == 1, row
    missing = sizing_band(Inputs.read({"users": 5, "options": "onprem"}))[1]
    assert all(isinstance(value, EngineError) for value in missing[1:])


# -- certainty and scope ----------------------------------------------------------------------------------------------


def test_what_the_lines_rest_on():
    inputs = Inputs.read(MODELLED | {"sysadmin_salary": 100000, "ml_salary": 150000, "gpu_price": None})
    table = confidence(inputs, "onprem")
    lines = {row[0]: row[1:] for row in table[1:]}
    result = evaluate(inputs, "onprem")
    cost = sum(row[1] for row in table[1:] if not str(row[0]).startswith("all "))
    assert cost == pytest.approx(result.measure("capex") + result.measure("opex"))
    assert lines["acquisition"][2] == catalog.gpu("h100-sxm").confidence or lines["acquisition"][2] == "medium"
    assert lines["power"][3] in {"throughput model", "node_kw", "target_utilisation", "working_days_per_month",
                                 "active_hours", "peak_factor"}  # fmt: skip
    shares = [confidence(inputs, "onprem", level) for level in LEVELS]
    assert sum(shares) == pytest.approx(1)
    assert shares == pytest.approx([lines[f"all {level}"][1] for level in LEVELS])


def test_low_confidence_is_told():
    """A GPU whose price is of low confidence: the purchase rests on it, power does not."""
    low = next(row for row in ("b200-sxm", "mi300x", "h20", "gb200-nvl72") if _low_priced(row))
    values = {"users": 500, "queries_per_user_day": 20, "gpu": low, "gpus": 8, "nodes": 1, "gpus_per_replica": 4,
              "model_instances": 2, "node_price": 50000, "licence_price": 0, "tariff": 0.1, "pue": 1.3, "gpu_kw": 1,
              "node_kw": 2, "load_factor": 0.9, "ml_salary": 1000, "sysadmin_salary": 1000, "horizon": 3,
              "services_rate": 0.1}  # fmt: skip
    inputs = Inputs.read(values)
    rows = {row[0]: row[1:] for row in confidence(inputs, "onprem")}
    assert rows["acquisition"][2:] == ["low", "gpu_price"]
    assert rows["power"][2] == "customer"
    assert confidence(inputs, "onprem", "low") == pytest.approx(
        evaluate(inputs, "onprem").measure("acquisition")
        / (evaluate(inputs, "onprem").measure("capex") + evaluate(inputs, "onprem").measure("opex"))
    )
    typed = inputs.replaced(gpu_price=30000)
    assert confidence(typed, "onprem", "low") == 0


def _low_priced(gpu):
    try:
        return catalog.gpu(gpu).confidence == "low" and catalog.gpu(gpu).price_usd > 0
    except EngineError:
        return False


def test_a_model_outside_its_range_is_of_low_confidence():
    inputs = Inputs.read(MODELLED | {"prompt_tokens": 100000, "tpot_limit": None, "precision": "fp8"})
    assert "outside the calibrated range" in sizing(inputs, "warning")
    rows = {row[0]: row[1:] for row in confidence(inputs, "onprem")}
    assert rows["acquisition"][2:] == ["low", "throughput model"]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_has_shares_that_add_up(option):
    table = confidence(Inputs.read(FLEET), option)
    assert sum(row[2] for row in table[1:] if str(row[0]).startswith("all ")) == pytest.approx(1)
    assert sum(row[2] for row in table[1:] if not str(row[0]).startswith("all ")) == pytest.approx(1)


def test_a_free_option_rests_on_nothing():
    with pytest.raises(DividesByZero, match="seat costs nothing"):
        confidence(Inputs.read({"users": 5, "seat_price": 0}), "seat")
    with pytest.raises(WrongKind, match="none of table, low"):
        confidence(Inputs.read({"users": 5, "seat_price": 1}), "seat", "doubtful")


def test_a_line_is_called_alike_whatever_the_order_of_the_options():
    forth, back = (
        scope(Inputs.read(FLEET | {"options": names})) for names in ("onprem,lease,colo", "colo,lease,onprem")
    )
    assert {row[0]: row[1] for row in forth} == {row[0]: row[1] for row in back}


def test_what_is_included():
    inputs = Inputs.read(TAXED | {"options": "onprem,api,seat"})
    header, *rows = scope(inputs)
    assert header == ["line", "label", "onprem", "api", "seat"]
    table = {row[0]: row[2:] for row in rows}
    for i, option in enumerate(("onprem", "api", "seat")):
        result = evaluate(inputs, option)
        for line, cells in table.items():
            if line in result.lines:
                assert cells[i] == ("included" if result.line(line).any() else "0 in this case"), (option, line)
            elif line not in dict(NOT_COUNTED):
                assert cells[i] == "not part"
    assert table["power"] == ["included", "not part", "not part"]
    assert table["setup"] == ["0 in this case", "included", "0 in this case"]
    assert table["tax_shield"] == ["included"] * 3
    assert table["vat"] == ["not counted"] * 3
    missing = {row[0]: row[2:] for row in scope(Inputs.read({"users": 5, "options": "seat"}))}
    assert isinstance(missing["seats"][0], NotAvailable)


def test_from_cells():
    rows = [["id", "value"], *[[k, float(v) if isinstance(v, int) else v] for k, v in TAXED.items()]]
    assert cell("TCO_CASH_NEED", [rows])[1][0] == "onprem"
    assert cell("TCO_COMMITTED", [rows, "onprem", "AT_START"]) > 0
    assert cell("TCO_COMMITTED", [rows, "onprem"])[1][0] == "committed"
    assert cell("TCO_PRE_TAX", [rows, "total"])[1][3] < 0
    assert cell("TCO_INVESTMENT", [rows, "onprem", "next_best", "peak_funding"]) > 0
    assert cell("TCO_API_FLIP_YEARS", [rows, "seat", 0.2]) >= 0
    assert cell("TCO_SIZING_BAND", [rows])[0][2] == "as planned"
    assert 0 <= cell("TCO_CONFIDENCE", [rows, "onprem", "low"]) <= 1
    assert cell("TCO_SCOPE", [rows])[1][:3] == ["acquisition", "Servers and GPUs", "included"]
    assert cell("TCO_COMMITTED", [rows, "onprem", "ever"]).code == "#VALUE!"
