"""Break-even by hand, by closed forms and by trying every value."""

import math

import numpy as np
import numpy_financial
import pytest

from engine.analysis.breakeven import breakeven, crossings
from engine.analysis.search import flips, grid
from engine.errors import NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Inputs
from engine.tco import evaluate
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

LOAD = {"queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500, "working_days_per_month": 20}
PRICES = {"api_input_price": 10, "api_output_price": 30, "seat_price": 30}
SEATS = LOAD | PRICES | {"users": 100}

# One replica, a GPU in a node of its own, serves 10 queries of each of 100 users: 100 x 10 / (10 x 3600) = 1/36 a
# second. A node costs 100 and nothing else costs anything; the API takes 12 for each query per user and day:
# 100 users x 240 days x 1e-6 Mtok x p = 12 gives p = 500.
STAIRS = {
    "users": 100, "queries_per_user_day": 8, "horizon": 1, "active_hours": 10, "peak_factor": 1,
    "target_utilisation": 1, "replica_rps": 1 / 36, "gpus_per_replica": 1, "gpus_per_node": 1, "spare_replicas": 0,
    "gpu": "h100-pcie", "gpu_price": 0, "node_price": 100, "licence_price": 0, "sysadmin_salary": 0, "ml_salary": 0,
    "tariff": 0, "prompt_tokens": 1, "output_tokens": 1, "working_days_per_month": 20, "api_input_price": 500,
    "api_output_price": 0, "wacc": 0,
}  # fmt: skip


def test_the_stairs_are_as_described():
    inputs = Inputs.read(STAIRS)
    assert evaluate(inputs, "onprem").measure("total") == 100
    assert evaluate(inputs.replaced(queries_per_user_day=10.01), "onprem").measure("total") == 200
    assert evaluate(inputs, "api").measure("total") == pytest.approx(12 * 8)


def test_every_crossing_of_a_staircase_and_a_line():
    """100 ceil(q/10) against 12 q: equal at 100 k / 12 inside step k, turned back at the next step."""
    found = list(crossings(Inputs.read(STAIRS), "onprem", "api", "queries_per_user_day", 0.5, 45))
    by_hand = [100 / 12, 10, 200 / 12, 20, 300 / 12, 30, 400 / 12, 40, 500 / 12]
    assert found == pytest.approx(by_hand, rel=1e-8)


def test_break_even_is_the_lowest_crossing_from_low():
    inputs = Inputs.read(STAIRS)
    assert breakeven(inputs, "onprem", "api", "queries_per_user_day") == pytest.approx(100 / 12, rel=1e-9)
    assert breakeven(inputs, "api", "onprem", "queries_per_user_day", 9, 45) == pytest.approx(10, rel=1e-8)
    assert breakeven(inputs, "api", "onprem", "queries_per_user_day", 11, 45) == pytest.approx(200 / 12, rel=1e-9)


def test_at_a_step_the_value_is_on_the_far_side():
    inputs = Inputs.read(STAIRS)
    x = breakeven(inputs, "onprem", "api", "queries_per_user_day", 9, 15)
    order = [difference(inputs.replaced(queries_per_user_day=v), "onprem", "api") for v in (9, x * (1 - 1e-8), x)]
    assert [v < 0 for v in order] == [True, True, False]


def difference(inputs, option_a, option_b, measure="tco"):
    return evaluate(inputs, option_a).measure(measure) - evaluate(inputs, option_b).measure(measure)


FLEET = LOAD | PRICES | {
    "users": 2000, "gpu": "h100-pcie", "gpus_per_node": 4, "gpus_per_replica": 2, "replica_rps": 0.4,
    "node_price": 20000, "user_growth": 0.2, "network_rate": 0.1, "cloud_price": 20, "cloud_gpus_per_instance": 8,
    "cloud_instance": "aws/p5.48xlarge", "tax_rate": 0.2, "api_input_price": 14.2, "api_output_price": 42.6,
    "seat_price": 17.7, "cloud_instances": 3,
}  # fmt: skip


@pytest.mark.parametrize(("option_a", "option_b", "top"), [("onprem", "api", 4700), ("onprem", "seat", 4700)])
def test_whole_users_against_every_value_tried_one_by_one(option_a, option_b, top):
    inputs = Inputs.read(FLEET)
    tried = range(3500, top)
    order = [difference(inputs.replaced(users=users), option_a, option_b) < 0 for users in tried]
    changes = [users for users, before, after in zip(tried[1:], order, order[1:], strict=False) if before != after]
    assert len(changes) > 10, "the case has no steps worth searching"
    assert list(crossings(inputs, option_a, option_b, "users", 3500, top - 1)) == changes
    assert breakeven(inputs, option_a, option_b, "users", 3500, top - 1) == changes[0]


def test_seat_price_has_a_closed_form():
    # 25 queries x 20 days x (1000 x 10 + 500 x 30) / 1e6 = 12.50 a user and month, whatever the horizon
    assert breakeven(Inputs.read(SEATS), "api", "seat", "seat_price", measure="per_user_month") == 12.5


def test_set_up_over_users_has_a_closed_form():
    # set-up 10,000 once against 100 x (30 - 12.5) x 12 = 21,000 a year for 100 users, undiscounted over 1 year:
    # 10,000 / ((30 - 12.5) x 12) = 47.6 users, so from 48 on
    inputs = Inputs.read(SEATS | {"horizon": 1, "api_setup_cost": 10000})
    assert breakeven(inputs, "api", "seat", "users", measure="total") == math.ceil(10000 / (17.5 * 12))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("wacc", 0.001, 0.5), ("api_price_decline", -0.9, 0.9), ("inflation", -0.4, 1), ("user_growth", -0.9, 3)],
)
def test_both_measures_are_equal_at_the_crossing(name, low, high):
    inputs = Inputs.read(SEATS | {"api_setup_cost": 10000, "horizon": 5, "seat_price": 15})
    x = breakeven(inputs, "api", "seat", name, low, high)
    at = inputs.replaced(**{name: x})
    assert difference(at, "api", "seat") == pytest.approx(0, abs=1e-6 * evaluate(at, "api").measure("tco"))
    assert low < x < high


def test_the_wacc_of_equal_present_values_is_the_rate_of_return():
    # 10,000 once saves 100 users x (15 - 12.5) x 12 = 3,000 in each of five years
    inputs = Inputs.read(SEATS | {"api_setup_cost": 10000, "horizon": 5, "seat_price": 15})
    rate = numpy_financial.irr([-10000, 3000, 3000, 3000, 3000, 3000])
    assert breakeven(inputs, "api", "seat", "wacc", 0, 0.5) == pytest.approx(rate, rel=1e-9)


def test_years_of_a_comparison_are_whole():
    # a set-up of 40,000 against 21,000 a year: 1.9 years
    inputs = Inputs.read(SEATS | {"api_setup_cost": 40000})
    assert breakeven(inputs, "api", "seat", "horizon", measure="total") == 2


def test_a_measure_of_one_unit_has_the_break_even_of_the_whole():
    inputs = Inputs.read(FLEET)
    both = [breakeven(inputs, "onprem", "api", "api_output_price", measure=m) for m in ("tco", "per_mtok")]
    assert both[0] == both[1]


def test_the_default_range_is_a_hundredth_to_a_hundred_times_the_value_within_the_limits():
    inputs = Inputs.read(SEATS | {"seat_price": 2000})
    with pytest.raises(NotAvailable, match=r"keep their order from seat_price 20 \(tco .*\) to 100000 "):
        breakeven(inputs, "api", "seat", "seat_price")
    assert breakeven(inputs, "api", "seat", "seat_price", 1) == 12.5
    with pytest.raises(NotAvailable, match=r"from peak_factor 1 .* to 100 "):
        breakeven(inputs.replaced(peak_factor=2), "api", "seat", "peak_factor", 1)


def test_a_catalogue_price_in_use_is_a_value_to_search_around():
    inputs = Inputs.read({k: v for k, v in FLEET.items() if k != "cloud_price"})
    x = breakeven(inputs, "onprem", "cloud", "cloud_price")
    at = inputs.replaced(cloud_price=x)
    assert difference(at, "onprem", "cloud") == pytest.approx(0, abs=1e-6 * evaluate(at, "cloud").measure("tco"))


def test_values_without_a_result_are_passed_over():
    # below 10 nodes the 40 typed GPUs have no room; what there is above them is found
    inputs = Inputs.read(FLEET | {"gpus": 40, "nodes": 20, "api_input_price": 10, "api_output_price": 30})
    at_ten = evaluate(inputs.replaced(nodes=10), "onprem").measure("tco")
    at_hundred = evaluate(inputs.replaced(nodes=100), "onprem").measure("tco")
    between = inputs.replaced(seat_annual_cost=(at_ten + at_hundred) / 6, seat_price=0, tax_rate=0, wacc=0)
    x = breakeven(between, "onprem", "seat", "nodes", 1, 100)
    assert x > 10
    assert difference(between.replaced(nodes=x - 1), "onprem", "seat") < 0
    assert difference(between.replaced(nodes=x), "onprem", "seat") >= 0


REFUSALS = [
    (("api", "api", "users"), WrongKind, "option_b: api is compared with itself"),
    (("api", "barter", "users"), WrongKind, 'option: "barter" is none of onprem, cloud, api, seat'),
    (("api", "seat", "user"), Problems, "user is no assumption; did you mean users?"),
    (("api", "seat", "precision"), WrongKind, "precision: a text input cannot be varied"),
    (("api", "seat", "users", 0), Problems, "low of users: 0 is below 1 person"),
    (("api", "seat", "wacc", 0, 8), Problems, "high of wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08"),
    (("api", "seat", "users", 10, 5), OutOfLimits, "users: low 10 is not below high 5"),
    (("api", "seat", "users", 1.5, 5), Problems, "low of users: 1.5 is not a whole number"),
    (("api", "seat", "user_growth"), NotAvailable, "user_growth is 0, which gives no range .*; give low and high"),
    (("api", "seat", "gpus"), NotAvailable, "gpus has no value to search around; give low and high"),
    (("api", "seat", "api_annual_cost", 0, 10), NotAvailable, "keep their order from api_annual_cost 0"),
    (("api", "seat", "tariff", 0.1, 0.2), NotAvailable, "api and seat keep their order from tariff 0.1"),
    (("onprem", "seat", "users"), NotAvailable, "gpu is required and blank"),
    (("api", "seat", "users", 1, 9, "price"), WrongKind, 'measure: "price" is none of tco'),
]


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"), REFUSALS, ids=lambda v: "-".join(map(str, v)) if isinstance(v, tuple) else ""
)
def test_refusals(arguments, kind, sentence):
    with pytest.raises(kind, match=sentence):
        breakeven(Inputs.read(SEATS), *arguments)


def test_the_fx_rate_of_a_case_in_usd_cannot_be_searched():
    with pytest.raises(Problems, match=r"low of fx_rate: 0\.5 for USD"):
        breakeven(Inputs.read(SEATS), "api", "seat", "fx_rate", 0.5, 2)


def test_equal_costs_have_no_order_to_change():
    inputs = Inputs.read(SEATS | {"seat_price": 12.5})
    with pytest.raises(NotAvailable, match="keep their order"):
        breakeven(inputs, "api", "seat", "users", 1, 1000)


def test_an_end_without_result_is_named_as_such():
    inputs = Inputs.read(FLEET | {"gpus": 40, "seat_price": 5000})
    with pytest.raises(NotAvailable, match=r"from nodes 1 \(no result\) to 12 \(tco .* and .*\)"):
        breakeven(inputs, "onprem", "seat", "nodes", 1, 12)


def test_touching_the_edge_is_no_change():
    """Both cost the same at 0, then one stays dearer."""
    stairs = lambda x: np.stack([x, 2 * x])  # noqa: E731
    assert list(flips(stairs, grid(0, 10, whole=False), whole=False)) == []


TOUCHING = {
    # a - b at the whole values 0 to 6, and where the order changes
    "touches once": ([-2, -1, 0, -1, -2, -2, -2], []),
    "stays equal for a while and turns back": ([2, 0, 0, 0, 1, 1, 1], []),
    "touches, turns back and changes later": ([2, 0, 1, 1, -1, -1, -1], [4]),
    "stays equal for a while and changes": ([2, 0, 0, 0, -1, -1, -1], [1]),
    "touches twice and changes at the second": ([-1, 0, -1, 0, 1, 1, 1], [3]),
    "stays equal to the end": ([2, 1, 0, 0, 0, 0, 0], [2]),
    "equal at first": ([0, 0, 1, 1, 1, 1, 1], []),
    "equal again before nothing is known": ([-1, 0, None, None, -1, -1, 1], [6]),
}


@pytest.mark.parametrize("case", TOUCHING)
@pytest.mark.parametrize("ahead", [True, False])
def test_costs_that_touch_keep_their_order(case, ahead):
    gaps, changes = TOUCHING[case]
    gap = np.array([np.nan if g is None else g for g in gaps])

    def costs(x):
        return np.stack([10 + gap[x.astype(int)], np.full(len(x), 10.0)])

    assert list(flips(costs, grid(0, 6, whole=True), whole=True, ahead=ahead)) == changes
    # the same on straight lines between the values, where all are known
    if None not in gaps:
        lines = lambda x: np.stack([10 + np.interp(x, range(7), gap), np.full(len(x), 10.0)])  # noqa: E731
        found = list(flips(lines, grid(0, 6, whole=False), whole=False, ahead=ahead))
        roots = [c - 1 + gaps[c - 1] / (gaps[c - 1] - gaps[c]) for c in changes]
        assert found == pytest.approx(roots, abs=1e-8)


def test_a_change_at_zero_inside_the_range():
    found = list(flips(lambda x: np.stack([1 + x, 1 - x]), grid(-3, 10, whole=False), whole=False))
    assert found == pytest.approx([0], abs=1e-12)


def test_from_a_cell():
    rows = [["id", "value"], *[[name, float(value)] for name, value in SEATS.items()]]
    assert cell("TCO_BREAKEVEN", [rows, "API", "Seat", "Seat_Price"]) == 12.5
    assert cell("TCO_BREAKEVEN", [rows, "api", "seat", "seat_price", None, None, None, "output_tokens", 100.0]) == 6.5
    none = cell("TCO_BREAKEVEN", [rows, "api", "seat", "seat_price", 20.0, 40.0])
    assert isinstance(none, CellError)
    assert none.code == "#N/A"
    assert "try a wider low and high" in none.message
    assert cell("TCO_BREAKEVEN", [rows, "api", "seat", "users", 0.0]).code == "#NUM!"
    assert cell("TCO_BREAKEVEN", [rows, "api", "api", "users"]).code == "#VALUE!"
