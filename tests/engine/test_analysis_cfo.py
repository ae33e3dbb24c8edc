"""What a CFO asks, by hand: savings as an investment, idle hardware, less demand, other token prices."""

import numpy as np
import numpy_financial
import pytest

from engine.analysis.investment import investment
from engine.analysis.stress import api_flip, stress, utilisation
from engine.errors import DividesByZero, EngineError, NoSolution, NotAvailable, WrongKind
from engine.inputs import Inputs
from engine.tco import evaluate, flows
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

TWO = {"users": 100, "seat_price": 2.5, "queries_per_user_day": 0, "prompt_tokens": 1, "output_tokens": 1,
       "api_input_price": 1, "api_output_price": 1, "horizon": 5, "api_setup_cost": 10000}  # fmt: skip
FLEET = {
    "users": 5000, "queries_per_user_day": 20, "user_growth": 0.3, "gpu": "h100-pcie", "gpus_per_node": 4,
    "prompt_tokens": 1000, "output_tokens": 300, "gpus_per_replica": 2, "replica_rps": 3, "node_price": 20000,
    "cloud_price": 30, "cloud_gpus_per_instance": 8, "cloud_instances": 2, "api_input_price": 2,
    "api_output_price": 8, "api_setup_cost": 20000, "api_fte": 0.5, "seat_price": 20, "horizon": 4, "inflation": 0.03,
}  # fmt: skip
TAXED = FLEET | {"tax_rate": 0.25, "residual_rate": 0.1, "hardware_life": 3, "network_rate": 0.1}


def test_an_investment_by_hand():
    """10,000 once, 100 x 2.5 x 12 = 3,000 a year saved."""
    case = Inputs.read(TWO)
    annuity = (1 - 1.08**-5) / 0.08
    assert investment(case, "api", "seat", "npv") == pytest.approx(-10000 + 3000 * annuity)
    assert investment(case, "api", "seat", "peak_funding") == 10000
    # 3,000 a year are worth 9,936.38 after four years and 2,041.75 in the fifth
    four = 3000 * (1 - 1.08**-4) / 0.08
    in_years = 4 + (10000 - four) / (3000 / 1.08**5)
    assert investment(case, "api", "seat", "discounted_payback") == pytest.approx(in_years)
    table = investment(case, "api", "seat")
    assert table[0] == ["line", "unit", 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, "total"]
    rows = {row[0]: row[1:] for row in table[1:]}
    assert rows["saving"] == ["USD pre-tax", -10000.0, 3000.0, 3000.0, 3000.0, 3000.0, 3000.0, 5000.0]
    assert rows["cumulative_saving"][1:] == [-10000.0, -7000.0, -4000.0, -1000.0, 2000.0, 5000.0, None]
    assert rows["cost api"][1:3] == [10000.0, 0.0]
    assert rows["cost seat"][1:3] == [0.0, 3000.0]
    assert rows["cumulative_present_value"][-2] == pytest.approx(investment(case, "api", "seat", "npv"))


@pytest.mark.parametrize("values", [FLEET, TAXED], ids=["plain", "taxed"])
@pytest.mark.parametrize(("a", "b"), [("onprem", "cloud"), ("onprem", "seat"), ("api", "seat"), ("onprem", "api")])
def test_rate_of_return_and_present_value_against_numpy_financial(values, a, b):
    inputs = Inputs.read(values)
    saving = np.array(flows(inputs, b)[0]) - np.array(flows(inputs, a)[0])
    assert investment(inputs, a, b, "npv") == pytest.approx(numpy_financial.npv(0.08, saving), rel=1e-9)
    if np.count_nonzero(np.diff(np.sign(saving))) == 1:
        assert investment(inputs, a, b, "irr") == pytest.approx(numpy_financial.irr(saving), rel=1e-8)
    assert investment(inputs, a, b, "peak_funding") == pytest.approx(max(0, -np.cumsum(saving).min()))


@pytest.mark.parametrize("seed", range(60))
def test_investments_of_random_cases_against_numpy_financial(seed):
    """An outlay and yearly savings that grow or shrink, at random: rate of return, present value, payback."""
    rng = np.random.default_rng(seed)
    years = int(rng.integers(1, 11))
    case = Inputs.read(TWO | {"horizon": years, "api_setup_cost": float(rng.uniform(1e3, 5e4)),
                              "seat_price": float(rng.uniform(0.5, 30)), "user_growth": float(rng.uniform(-0.3, 0.5)),
                              "wacc": float(rng.uniform(0, 0.3))})  # fmt: skip
    saving = np.array(flows(case, "seat")[0]) - np.array(flows(case, "api")[0])
    assert investment(case, "api", "seat", "npv") == pytest.approx(
        numpy_financial.npv(case.wacc, saving), rel=1e-9, abs=1e-6
    )
    theirs = numpy_financial.irr(saving)
    if -0.9 < theirs < 10:  # no other: the savings change their sign once
        assert investment(case, "api", "seat", "irr") == pytest.approx(theirs, rel=1e-7, abs=1e-9)
    present = np.cumsum(saving / (1 + case.wacc) ** np.arange(years + 1))
    if present[-1] < 0:
        with pytest.raises(NotAvailable, match="never pay back"):
            investment(case, "api", "seat", "discounted_payback")
    else:
        back = investment(case, "api", "seat", "discounted_payback")
        before = int(np.floor(back))
        share = back - before
        assert (1 - share) * present[before] + share * present[min(before + 1, years)] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("timing", ["end", "mid"])
def test_at_the_rate_of_return_both_options_are_worth_the_same(timing):
    inputs = Inputs.read(TAXED | {"timing": timing})
    rate = investment(inputs, "onprem", "cloud", "irr")
    assert 0 < rate < 0.5 or inputs.wacc != rate
    at = inputs.model_copy(update={"wacc": rate})  # beyond the limit of the wacc, which is no limit of a return
    worth = [evaluate(at, option).measure("npv") for option in ("onprem", "cloud")]
    assert worth[0] == pytest.approx(worth[1], rel=1e-9)


def test_several_rates_of_return_are_told_not_chosen():
    """Near the textbook's -1000, 2500, -1540 with 10 % and 40 %: hardware for 1,000, bought again for 1,540."""
    inputs = Inputs.read({
        "gpus": 1, "nodes": 1, "model_instances": 0, "gpu": "h100-pcie", "gpu_price": 1000, "node_price": 0,
        "gpu_price_decline": 1 - 1.54**0.5, "hardware_life": 2, "horizon": 4, "licence_price": 0, "sysadmin_salary": 0,
        "tariff": 0, "users": 1, "queries_per_user_day": 1, "working_days_per_month": 1, "query_growth": -0.9,
        "prompt_tokens": 2500 / 1.2, "output_tokens": 1, "api_output_price": 0, "api_input_price": 1e5,
        "api_price_decline": 0.9,
    })  # fmt: skip
    saving = np.array(flows(inputs, "api")[0]) - np.array(flows(inputs, "onprem")[0])
    assert saving[:3] == pytest.approx([-1000, 2500, -1540 + 25])
    rates = sorted(1 / x.real - 1 for x in np.roots(saving[::-1]) if abs(x.imag) < 1e-9 and 0.1 < x.real < 10)
    assert len(rates) == 2
    with pytest.raises(NoSolution, match="2 rates of return, " + ", ".join(f"{rate:.4%}" for rate in rates)):
        investment(inputs, "onprem", "api", "irr")


def test_no_rate_of_return():
    with pytest.raises(NoSolution, match="seat instead of api has no rate of return"):
        investment(Inputs.read(TWO | {"seat_price": 0}), "seat", "api", "irr")
    with pytest.raises(NotAvailable, match="never pay back"):
        investment(Inputs.read(TWO | {"seat_price": 1}), "api", "seat", "discounted_payback")
    with pytest.raises(WrongKind, match="margin"):
        investment(Inputs.read(TWO), "api", "seat", "margin")
    with pytest.raises(WrongKind, match="compared with itself"):
        investment(Inputs.read(TWO), "api", "api")


def test_cost_per_token_falls_with_the_use_of_own_hardware():
    """Twice as full, half the cost; at 100 % every second of the year is worked."""
    inputs = Inputs.read(
        FLEET | {"options": "onprem,cloud,api,seat", "api_setup_cost": 0, "api_fte": 0, "inflation": 0}
    )
    header, *rows = utilisation(inputs)
    assert header == ["utilisation", "queries_per_user_day", "onprem", "cloud", "api", "seat"]
    assert [row[0] for row in rows] == [0.05, 0.25, 0.5, 1.0]
    assert rows[0][2] == pytest.approx(20 * rows[3][2])
    assert rows[1][3] == pytest.approx(4 * rows[3][3])
    assert {round(row[4], 9) for row in rows} == {round((1000 * 2 + 300 * 8) / 1300, 9)}  # the API never gets cheaper
    # the demand of year 1 is 5000 x 20 x 2 / 36000 = 5.56 a second: ceil(5.56 / 2.4) + 1 = 4 replicas of 3 a second
    asked = 4 * 3 * 8760 * 3600
    assert rows[3][1] == pytest.approx(asked / (5000 * 20 * 12))
    level = inputs.replaced(user_growth=0)
    tco = evaluate(level, "onprem").measure("tco")
    discount = sum(1.08**-t for t in range(1, 5))
    assert rows[3][2] == pytest.approx(tco / (asked * 1300 / 1e6 * discount))


def test_utilisation_of_nobody_and_of_unknown_capacity():
    with pytest.raises(DividesByZero, match="nobody asks anything"):
        utilisation(Inputs.read(FLEET | {"queries_per_user_day": 0}))
    with pytest.raises(EngineError, match="replica_rps"):
        utilisation(Inputs.read({k: v for k, v in FLEET.items() if k != "replica_rps"} | {"gpus": 8, "nodes": 2}))


def test_half_the_demand():
    inputs = Inputs.read(FLEET | {"options": "onprem,cloud,api,seat"})
    table = {row[0]: row[1:] for row in stress(inputs)}
    assert table["case"] == ["onprem", "cloud", "api", "seat", "cheapest"]
    base = [evaluate(inputs, o).measure("tco") for o in inputs.option_ids]
    assert table["as planned"][:4] == base
    kept = table["half the demand, size kept"]
    assert kept[:2] == base[:2]  # what is bought and rented is paid for
    halved = inputs.replaced(queries_per_user_day=10)
    assert kept[2:4] == [evaluate(halved, o).measure("tco") for o in ("api", "seat")]
    assert table["half the demand, resized"][:4] == [evaluate(halved, o).measure("tco") for o in inputs.option_ids]
    twice = inputs.replaced(queries_per_user_day=40)
    assert table["twice the demand, resized"][:4] == [evaluate(twice, o).measure("tco") for o in inputs.option_ids]
    cheap = inputs.replaced(api_input_price=1, api_output_price=4)
    assert table["half the token prices"][:4] == [evaluate(cheap, o).measure("tco") for o in inputs.option_ids]
    for name, row in table.items():
        if name != "case":
            assert row[4] == inputs.option_ids[int(np.argmin(row[:4]))]
    per_query = {row[0]: row[1:] for row in stress(inputs, "per_query")}
    assert per_query["half the demand, size kept"][0] == 2 * per_query["as planned"][0]


def test_the_size_of_leased_and_hosted_servers_is_kept_too():
    """With half the demand they cost what they cost; a hybrid has no size of its own to keep."""
    inputs = Inputs.read(FLEET | {"options": "lease,colo,hybrid,onprem", "lease_rate": 0.06, "colo_rent": 150})
    table = {row[0]: row[1:] for row in stress(inputs)}
    planned, kept, resized = (
        table[case] for case in ("as planned", "half the demand, size kept", "half the demand, resized")
    )
    assert kept[:2] == planned[:2]
    assert kept[3] == planned[3]
    assert isinstance(kept[2], NotAvailable)
    assert "no size to keep" in str(kept[2])
    assert all(less < plan for less, plan in zip(resized[:4], planned[:4], strict=True))
    _, *rows = utilisation(inputs.replaced(options="lease,colo", user_growth=0, inflation=0))
    assert rows[0][2] == pytest.approx(20 * rows[3][2])
    assert rows[0][3] == pytest.approx(20 * rows[3][3])


def test_an_option_without_figures_shows_its_reason():
    table = stress(Inputs.read({k: v for k, v in FLEET.items() if not k.startswith("api")}))
    assert all(isinstance(row[3], NotAvailable) for row in table[1:])
    assert all(row[5] in {"onprem", "cloud", "seat"} for row in table[1:])
    nothing = stress(Inputs.read({"users": 5}))
    assert all(isinstance(value, EngineError) for row in nothing[1:] for value in row[1:])


@pytest.mark.parametrize("option", ["onprem", "cloud", "seat"])
@pytest.mark.parametrize("values", [FLEET, TAXED], ids=["plain", "taxed"])
def test_at_the_flip_level_the_api_costs_as_much(option, values):
    inputs = Inputs.read(values | {"api_cached_share": 0.3, "api_cached_price": 0.5})
    level = api_flip(inputs, option)
    moved = inputs.replaced(api_input_price=2 * level, api_output_price=8 * level, api_cached_price=0.5 * level)
    assert evaluate(moved, "api").measure("tco") == pytest.approx(evaluate(inputs, option).measure("tco"), rel=1e-9)


def test_no_flip_level():
    with pytest.raises(NotAvailable, match="even free of charge the API would cost"):
        api_flip(Inputs.read(FLEET | {"api_setup_cost": 1e8}), "seat")
    with pytest.raises(NotAvailable, match="bills no tokens"):
        api_flip(Inputs.read(FLEET | {"queries_per_user_day": 0}), "seat")
    with pytest.raises(WrongKind, match="compared with itself"):
        api_flip(Inputs.read(FLEET), "api")


def test_from_cells():
    rows = [["id", "value"], *[[k, float(v)] for k, v in TWO.items()], ["options", "api,seat"]]
    assert cell("TCO_INVESTMENT", [rows, "api", "seat", "IRR"]) == pytest.approx(
        numpy_financial.irr([-1e4, *[3000] * 5])
    )
    assert cell("TCO_INVESTMENT", [rows, "api", "seat"])[1][:3] == ["cost api", "USD pre-tax", 10000.0]
    assert cell("TCO_STRESS", [rows])[1][3] in {"api", "seat"}
    assert cell("TCO_API_FLIP", [rows, "seat", "queries_per_user_day", 10.0]) > 0
    none = cell("TCO_UTILISATION", [rows])
    assert isinstance(none, CellError)
    assert none.code == "#DIV/0!"
    ranged = [["id", "value", "low", "high"], *[[*row, None, None] for row in rows[1:]], ["wacc", 0.08, 0.05, 0.1]]
    assert [row[0] for row in cell("TCO_CHEAPEST", [ranged])] == ["option", "api", "seat"]
