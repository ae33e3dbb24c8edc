"""Cost lines, tax and present values, each worked by hand for a case small enough to follow."""

import pytest

from engine import tco
from engine.errors import DividesByZero, NotAvailable, WrongKind
from engine.inputs import Inputs

FLEET = {"gpu": "h100-sxm", "gpus": 8, "nodes": 1, "model_instances": 1, "gpu_price": 10000, "node_price": 20000,
         "gpu_kw": 0.7, "node_kw": 2.4, "tariff": 0.1, "pue": 1.25, "licence_price": 5000, "licence_term": 5,
         "sysadmin_salary": 100000, "ml_salary": 150000}  # fmt: skip
LOAD = {"users": 1000, "queries_per_user_day": 10, "prompt_tokens": 1500, "output_tokens": 500}
GROWING = {
    "users": 3600,
    "queries_per_user_day": 10,
    "active_hours": 1,
    "peak_factor": 1,
    "target_utilisation": 1,
    "replica_rps": 10,
    "gpus_per_replica": 1,
    "gpus_per_node": 1,
    "spare_replicas": 0,
    "user_growth": 1,
    "gpu": "h100-pcie",
    "gpu_price": 1000,
    "node_price": 500,
}  # fmt: skip  1, 2, 4, 8 GPUs in years 1..4


def result(option="onprem", base=FLEET, **values):
    return tco.evaluate(Inputs.read({**base, **values}), option)


def row(name, option="onprem", base=FLEET, **values):
    return result(option, base, **values).line(name)[0].tolist()


def test_own_servers_line_by_line():
    assert row("acquisition", services_rate=0.1) == pytest.approx([110000, 0, 0, 0])
    assert row("network", network_rate=0.05) == pytest.approx([5000, 0, 0, 0])
    assert row("power") == pytest.approx([0, *[(8 * 0.7 + 2.4) * 8760 * 1.25 * 0.1] * 3])
    assert row("licence") == pytest.approx([0, 8000, 8000, 8000])
    assert row("sysadmin") == pytest.approx([0, 10000, 10000, 10000])
    assert row("ml_engineer") == pytest.approx([0, 30000, 30000, 30000])
    assert row("maintenance", maintenance_rate=0.02) == pytest.approx([0, 2000, 2000, 2000])
    assert row("setup", onprem_setup_cost=777) == [777, 0, 0, 0]
    assert row("annual", onprem_annual_cost=10, inflation=0.1) == pytest.approx([0, 10, 11, 12.1])


def test_colocation_replaces_the_power_line_unless_power_is_extra():
    assert row("colocation", colo_price=200) == pytest.approx([0, *[8.0 * 200 * 12] * 3])
    assert row("power", colo_price=200) == [0, 0, 0, 0]
    assert row("power", colo_price=200, colo_includes_power=0)[1] > 0


def test_escalators_act_on_their_lines_from_year_2():
    values = {"inflation": 0.1, "energy_escalation": 0.2, "salary_escalation": 0.3, "horizon": 2}
    for name, rate in (("power", 0.2), ("sysadmin", 0.3), ("ml_engineer", 0.3), ("licence", 0.1)):
        _, first, second = row(name, **values)
        assert second / first == pytest.approx(1 + rate), name
    _, first, second = row("power", inflation=0.1, horizon=2)
    assert second / first == pytest.approx(1.1)  # blank: as inflation


def test_growth_is_bought_a_year_before_it_is_needed():
    assert row("acquisition", base=GROWING, horizon=4) == pytest.approx([1500, 1500, 3000, 6000, 0])
    cheaper = row("acquisition", base=GROWING, horizon=4, gpu_price_decline=0.1)
    assert cheaper == pytest.approx([1500, 500 + 900, 2 * 500 + 2 * 810, 4 * 500 + 4 * 729, 0])


def test_hardware_is_bought_again_after_its_life():
    assert row("acquisition", hardware_life=2, horizon=5) == pytest.approx([100000, 0, 100000, 0, 100000, 0])
    assert row("acquisition", hardware_life=2.5, horizon=5) == pytest.approx([100000, 0, 100000, 0, 100000, 0])
    assert row("acquisition", hardware_life=5, horizon=5) == pytest.approx([100000, 0, 0, 0, 0, 0])
    # 1 GPU at 0, 1 more at 1, 2 more at 2 and the first one again, 4 more at 3 and the second one again
    again = row("acquisition", base=GROWING, hardware_life=2, horizon=4)
    assert again == pytest.approx([1500, 1500, 3000 + 1500, 6000 + 1500, 0])


def test_residual_value_by_purchase_and_age_without_services():
    flows = row("residual", residual_rate=0.2, hardware_life=5, services_rate=0.5)
    assert flows == pytest.approx([0, 0, 0, -100000 * (1 - 0.8 * 3 / 5)])
    grown = row("residual", base=GROWING, horizon=2, hardware_life=4, residual_rate=0.1)
    assert grown == pytest.approx([0, 0, -(1500 * (1 - 0.9 * 2 / 4) + 1500 * (1 - 0.9 / 4))])
    assert row("residual") == [0, 0, 0, 0]  # life = horizon, worth nothing at its end


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"licence_payment": "prepaid", "licence_term": 2, "horizon": 3}, [40000, 0, 40000, 0]),
        ({"licence_payment": "prepaid", "licence_term": 5, "horizon": 3}, [40000, 0, 0, 0]),
        ({"licence_payment": "prepaid", "licence_term": 1.5, "horizon": 3}, [40000, 40000, 0, 0]),
        ({"licence_payment": "prepaid", "licence_term": 0.5, "horizon": 2}, [80000, 80000, 0]),
        ({"licence_payment": "prepaid", "licence_term": 2, "horizon": 3, "licence_bundled": 1}, [0, 0, 40000, 0]),
        ({"licence_bundled": 1, "licence_term": 2, "horizon": 3}, [0, 0, 0, 20000]),
        ({"licence_bundled": 1, "licence_term": 1.5, "horizon": 3}, [0, 0, 40000 / 1.5 / 2, 40000 / 1.5]),
        ({"licence_bundled": 1, "licence_term": 2, "horizon": 4, "hardware_life": 2}, [0, 0, 0, 0, 0]),
        ({"licence_payment": "prepaid", "licence_term": 2, "horizon": 3, "inflation": 0.1}, [40000, 0, 48400, 0]),
    ],
)
def test_licences_prorated_prepaid_and_bundled(values, expected):
    assert row("licence", **values) == pytest.approx(expected)


def test_prepaid_licences_of_growth_start_with_their_gpus():
    flows = row("licence", base=GROWING, horizon=4, licence_payment="prepaid", licence_price=100, licence_term=2)
    # 1 GPU pays at 0 and 2, 1 at 1 and 3, 2 at 2, 4 at 3
    assert flows == pytest.approx([100, 100, 100 + 200, 100 + 400, 0])


CLOUD = {**FLEET, "cloud_instances": 2, "cloud_price": 10, "cloud_gpus_per_instance": 8}


def test_rented_instances_line_by_line():
    assert row("rental", "cloud", CLOUD, cloud_uplift=0.1) == pytest.approx([0, *[2 * 10 * 8760 * 1.1] * 3])
    assert row("rental", "cloud", CLOUD, cloud_hours_month=100) == pytest.approx([0, *[2 * 10 * 1200] * 3])
    assert row("cloud_licence", "cloud", CLOUD, cloud_licence_price=1, cloud_licence_hours_week=80) == pytest.approx(
        [0, *[16 * 80 * 52] * 3]
    )
    assert row("sysadmin", "cloud", CLOUD) == pytest.approx([0, *[3400] * 3])
    assert row("ml_engineer", "cloud", CLOUD) == pytest.approx([0, *[30000] * 3])


@pytest.mark.parametrize(("term", "factor"), [("on_demand", 1.1 * 0.8), ("spot", 1.1 * 0.8), ("1yr", 1), ("3yr", 1)])
def test_only_on_demand_and_spot_prices_move_and_only_they_can_be_switched_off(term, factor):
    _, first, second = row(
        "rental", "cloud", CLOUD, cloud_term=term, inflation=0.1, cloud_price_decline=0.2, horizon=2,
        cloud_hours_month=365,
    )  # fmt: skip
    assert second / first == pytest.approx(factor)
    assert first == pytest.approx(2 * 10 * 12 * (365 if term in {"on_demand", "spot"} else 730))


def test_a_missing_term_is_not_available_and_never_another_term_s_price():
    with pytest.raises(NotAvailable, match="set cloud_price"):
        tco.cloud(
            Inputs.read({**FLEET, "cloud_instances": 1, "cloud_instance": "aws/p5.48xlarge", "cloud_term": "3yr"})
        )


def test_tokens_with_caches_batch_and_decline():
    prices = {"api_input_price": 4, "api_output_price": 20, "api_cached_price": 1}
    per_year = 1000 * 10 * 20 * 12  # queries
    plain = (1500 * 4 + 500 * 20) / 1e6
    assert row("tokens", "api", LOAD, **prices) == pytest.approx([0, *[per_year * plain] * 3])
    cached = (1500 * (0.6 * 4 + 0.4 * 1) + 500 * 20) / 1e6
    assert row("tokens", "api", LOAD, api_cached_share=0.4, **prices)[1] == pytest.approx(per_year * cached)
    assert row("tokens", "api", LOAD, api_batch_share=0.5, **prices)[1] == pytest.approx(per_year * plain * 0.75)
    assert row("tokens", "api", LOAD, response_cache_hit=0.2, **prices)[1] == pytest.approx(per_year * plain * 0.8)
    _, first, second = row("tokens", "api", LOAD, api_price_decline=0.3, inflation=0.5, horizon=2, **prices)
    assert second / first == pytest.approx(0.7)
    assert row("ml_engineer", "api", LOAD, api_fte=0.5, ml_salary=100000, **prices)[1] == 50000


def test_a_typed_input_price_is_the_cached_price_too():
    values = {"api_input_price": 4, "api_output_price": 20, "api_cached_share": 0.4}
    assert row("tokens", "api", LOAD, **values) == row("tokens", "api", LOAD, **{**values, "api_cached_share": 0})


def test_own_servers_never_ask_for_the_api_s_model_nor_seats_for_gpus():
    assert tco.onprem(Inputs.read(FLEET)) > 0
    assert tco.seat(Inputs.read({"users": 10, "seat_price": 30}), "total") == 10800
    with pytest.raises(NotAvailable, match="api_model is required and blank"):
        tco.api(Inputs.read(LOAD))


def test_present_values_at_the_end_and_in_the_middle_of_a_year():
    values = {"onprem_setup_cost": 1000, "residual_rate": 0.2, "network_rate": 0.1, "wacc": 0.21}
    end, mid = result(**values), result(timing="mid", **values)
    running = 8.0 * 8760 * 1.25 * 0.1 + 8000 + 10000 + 30000
    dated = 100000 + 10000 + 1000 - 100000 * 0.2 / 1.21**3
    assert float(end.npv[0]) == pytest.approx(dated + running * sum(1.21**-t for t in (1, 2, 3)), rel=1e-12)
    assert float(mid.npv[0]) == pytest.approx(dated + running * sum(1.21**-t for t in (0.5, 1.5, 2.5)), rel=1e-12)
    assert float(mid.eac[0]) == pytest.approx(float(mid.npv[0]) / sum(1.21**-t for t in (0.5, 1.5, 2.5)), rel=1e-12)


def test_tax_shield_and_the_book_left_at_the_end():
    r = result(tax_rate=0.25, network_rate=0.1, residual_rate=0.3, onprem_setup_cost=400, services_rate=0.1)
    running = 8.0 * 8760 * 1.25 * 0.1 + 8000 + 10000 + 30000
    cost = 110000 + 10000
    relief = -0.25 * (running + cost / 5)
    gain = 100000 * 0.3 - cost * 2 / 5
    assert r.line("tax_shield")[0].tolist() == pytest.approx([-100, relief, relief, relief + 0.25 * gain])
    assert r.tax_basis == "after tax"


def test_accelerated_depreciation_moves_relief_forward_not_up():
    straight = row("tax_shield", tax_rate=0.25)
    bonus = row("tax_shield", tax_rate=0.25, depreciation_method="bonus")
    assert sum(bonus) == pytest.approx(sum(straight))
    assert bonus[1] < straight[1]


def test_depreciation_benefit_is_a_share_of_the_acquisition_in_service():
    assert row("tax_shield", depreciation_benefit=0.06) == pytest.approx([0, -6000, -6000, -6000])
    assert row("tax_shield", depreciation_benefit=0.06, hardware_life=2, horizon=4) == pytest.approx([0, *[-6000] * 4])
    assert row("tax_shield", depreciation_benefit=0.06, capital_mode="annuity") == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("mode", "factor"),
    [
        ("simple", 1 + 3 * (0.08 - 0.06)),
        ("none", 1.0),
        ("book", 1 + 0.08 * (1 + 2 / 3 + 1 / 3) - 0.18),
        ("annuity", 3 * 0.08 / (1 - 1.08**-3) - 0.18),
    ],
)
def test_paper_modes_charge_capital_on_the_acquisition_only(mode, factor):
    r = result(capital_mode=mode, depreciation_benefit=0.06, network_rate=0.1, onprem_setup_cost=50)
    assert float(r.capital.sum()) == pytest.approx(100000 * (factor - 1), abs=1e-6)
    assert float(r.tco[0]) == pytest.approx(float(r.total[0]) + 100000 * (factor - 1), rel=1e-12)
    assert r.line("residual").sum() == 0


def test_later_purchases_are_charged_over_their_remaining_years():
    r = result(base=GROWING, horizon=2, capital_mode="simple", wacc=0.1)
    # 1,500 over two years and 1,500 over one year: 10 % of each a year
    assert r.capital[0].tolist() == pytest.approx([0, 150, 150 + 150])


def test_capital_is_no_cash_and_stands_below_the_total():
    table = result(capital_mode="annuity").table()
    names = [line[0] for line in table]
    assert names.index("total") < names.index("capital")
    total = table[names.index("total")]
    assert total[-1] == pytest.approx(sum(line[-1] for line in table[1 : names.index("total")]))
    assert table[0] == ["line", "unit", 0.0, 1.0, 2.0, 3.0, "total"]
    assert table[1][1] == "USD pre-tax"


def test_measures_are_defined_from_each_other():
    r = result(base={**FLEET, **LOAD}, tax_rate=0.2, residual_rate=0.1, network_rate=0.1)
    m = {name: r.measure(name) for name in ("total", "capex", "opex", "residual", "tax_shield", "npv", "tco", "year1")}
    assert m["total"] == pytest.approx(m["capex"] + m["opex"] + m["residual"] + m["tax_shield"], rel=1e-12)
    assert m["npv"] == m["tco"]
    assert m["year1"] == pytest.approx(m["opex"] / 3, rel=1e-12)
    months = sum(1.08**-t for t in (1, 2, 3)) * 12000
    assert r.measure("per_user_month") == pytest.approx(m["tco"] / months, rel=1e-12)
    assert r.measure("per_query") == pytest.approx(m["tco"] / (months * 200), rel=1e-12)
    assert r.measure("per_mtok") == pytest.approx(m["tco"] / (months * 200 * 2000 / 1e6), rel=1e-12)


def test_no_queries_no_cost_of_a_query():
    values = {**LOAD, "queries_per_user_day": 0}
    with pytest.raises(DividesByZero, match="nobody asks"):
        result(base={**FLEET, **values}).measure("per_query")


def test_unknown_measures_and_lines_list_the_known_ones():
    with pytest.raises(WrongKind, match=r"none of tco, npv, total"):
        result().measure("tcoo")
    with pytest.raises(WrongKind, match=r"none of acquisition, network"):
        result().line("powr")
    assert result().line("rental")[0].tolist() == [0, 0, 0, 0]  # own servers rent nothing


def test_catalogue_amounts_are_converted_once_and_typed_amounts_never():
    euro = {"currency": "EUR", "fx_rate": 0.8}
    base = {k: v for k, v in FLEET.items() if k not in {"gpu_price", "tariff", "licence_price", "sysadmin_salary"}}
    dollars, euros = result(base=base, node_price=0), result(base=base, node_price=0, **euro)
    for name in ("acquisition", "power", "licence", "sysadmin"):
        assert euros.measure(name) == pytest.approx(0.8 * dollars.measure(name)), name
    assert euros.measure("ml_engineer") == dollars.measure("ml_engineer")  # typed
    with pytest.raises(NotAvailable, match="fx_rate is required"):
        result(base=base, currency="EUR").measure("power")


def test_a_tariff_row_in_the_case_s_own_currency_needs_no_rate_and_one_in_a_third_is_refused():
    base = {k: v for k, v in FLEET.items() if k != "tariff"}
    assert row("power", base=base, currency="EUR", energy="de")[1] == pytest.approx(8.0 * 8760 * 1.25 * 0.178)
    with pytest.raises(NotAvailable, match="type tariff"):
        row("power", base=base, currency="PLN", fx_rate=4, energy="de")


def test_compare_ranks_what_can_be_computed_and_shows_the_error_of_what_cannot():
    table = tco.compare(Inputs.read({**FLEET, **LOAD, "seat_price": 30, "options": "seat,api,onprem"}))
    assert table[0] == ["option", "tco (pre-tax)", "ratio", "saving"]
    assert [line[0] for line in table[1:]] == ["seat", "api", "onprem"]
    seat, api, own = table[1:]
    assert isinstance(api[1], NotAvailable)
    assert own[2:] == [1.0, 0.0]
    assert seat[2] == pytest.approx(seat[1] / own[1])
    assert seat[3] == pytest.approx(1 - own[1] / seat[1])
