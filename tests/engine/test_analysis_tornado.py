"""Tornado: every row against two cases of its own, the rules of what is left out, ranges and their refusals."""

import pytest

from engine.analysis.sensitivity import HEADER, tornado
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Inputs, assumptions
from engine.options import OPTIONS
from engine.tco import evaluate
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

FLEET = {
    "users": 5000, "queries_per_user_day": 20, "user_growth": 0.3, "query_growth": -0.05, "peak_factor": 3,
    "prompt_tokens": 1000, "output_tokens": 300, "gpu": "h100-pcie", "gpus_per_node": 4, "gpus_per_replica": 2,
    "replica_rps": 3, "node_price": 20000, "services_rate": 0.1, "network_rate": 0.1, "maintenance_rate": 0.05,
    "hardware_life": 2.5, "horizon": 5, "inflation": 0.02, "cloud_price": 30, "cloud_gpus_per_instance": 8,
    "cloud_instances": 3, "api_input_price": 2, "api_output_price": 8, "seat_price": 20, "tax_rate": 0.25,
    "residual_rate": 0.1, "currency": "EUR", "fx_rate": 0.9, "tariff": 0.15, "response_cache_hit": 0.6,
    "lease_rate": 0.07, "cost_of_debt": 0.05, "colo_rent": 180, "colo_metered": 1,
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("measure", ["tco", "per_mtok", "capex"])
def test_each_row_is_two_cases_with_one_input_moved(option, measure):
    inputs = Inputs.read(FLEET)
    rows = tornado(inputs, option, measure, 0.3)[1:]
    base = evaluate(inputs, option).measure(measure)
    moved = {row[0] for row in rows}
    for name, low, high, at_low, at_high, spread in rows:
        alone = [evaluate(inputs.replaced(**{name: value}), option).measure(measure) for value in (low, high)]
        assert [at_low, at_high] == alone, name
        assert spread == abs(at_high - at_low)
        assert alone != pytest.approx([base, base], rel=1e-12)
    for name in {a.id for a in assumptions().values() if a.kind in {"number", "whole"}} - moved:
        value = getattr(inputs, name)
        if not value or assumptions()[name].kind == "whole":
            continue  # blank, zero; whole values are tested below
        for factor in (0.7, 1.3):
            moved_value = min(max(value * factor, assumptions()[name].low), assumptions()[name].high)
            other = evaluate(inputs.replaced(**{name: moved_value}), option).measure(measure)
            assert other == pytest.approx(base, rel=1e-12), f"{name} has an effect and no row"


def test_widest_first_under_a_header():
    table = tornado(Inputs.read(FLEET), "onprem", "tco", 0.2)
    assert table[0] == HEADER == ["id", "low value", "high value", "result at low", "result at high", "spread"]
    spreads = [row[5] for row in table[1:]]
    assert spreads == sorted(spreads, reverse=True)
    assert len(spreads) > 20


def rows_by_id(table):
    return {row[0]: row[1:] for row in table[1:]}


def test_values_stay_within_their_limits_and_whole_inputs_whole():
    rows = rows_by_id(tornado(Inputs.read(FLEET | {"load_factor": 0.9}), "onprem", "tco", 0.5))
    assert rows["load_factor"][:2] == [0.45, 1.0]
    assert rows["response_cache_hit"][:2] == pytest.approx([0.3, 0.9])
    assert rows["peak_factor"][:2] == [1.5, 4.5]
    assert rows["gpus_per_node"][:2] == [2.0, 6.0]
    assert rows["horizon"][:2] == [3.0, 8.0]  # 2.5 and 7.5 are rounded as on paper
    assert rows["users"][:2] == [2500.0, 7500.0]
    assert "licence_bundled" not in rows


def test_a_negative_value_swings_from_low_to_high():
    rows = rows_by_id(tornado(Inputs.read(FLEET), "seat", "tco", 0.2))
    assert rows["user_growth"][:2] == pytest.approx([0.24, 0.36])
    rows = rows_by_id(tornado(Inputs.read(FLEET | {"user_growth": -0.5}), "seat", "tco", 0.2))
    assert rows["user_growth"][:2] == pytest.approx([-0.6, -0.4])
    assert rows["user_growth"][2] < rows["user_growth"][3]


def test_text_blank_zero_and_idle_inputs_have_no_row():
    rows = rows_by_id(tornado(Inputs.read(FLEET), "onprem", "tco", 0.2))
    assert {"gpu", "currency", "timing"}.isdisjoint(rows)  # text
    assert {"gpus", "gpu_price", "nodes", "energy_escalation"}.isdisjoint(rows)  # blank
    assert {"head_node_price", "colo_price", "licence_bundled"}.isdisjoint(rows)  # zero
    assert {"seat_price", "api_output_price", "cloud_price", "prompt_tokens"}.isdisjoint(rows)  # nothing to do with it
    assert {"pue", "licence_price", "sysadmin_salary"} <= set(rows)  # defaults count as values


def test_inputs_that_cancel_but_for_the_last_digit_have_no_row():
    """The API's cost of a user and month depends neither on the years nor on their discount."""
    case = Inputs.read({"users": 100, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500,
                        "api_input_price": 10, "api_output_price": 30})  # fmt: skip
    assert {"wacc", "horizon", "users"}.isdisjoint(rows_by_id(tornado(case, "api", "per_user_month", 0.2)))
    assert {"wacc", "horizon", "users"} <= set(rows_by_id(tornado(case, "api", "tco", 0.2)))


def test_a_moved_exchange_rate_moves_the_defaults_in_usd():
    """The licence price is a default in USD: it swings by itself, and it follows the rate."""
    inputs = Inputs.read(FLEET)
    rows = rows_by_id(tornado(inputs, "onprem", "licence", 0.2))
    assert rows["fx_rate"][4] == pytest.approx(rows["licence_price"][4])
    assert rows["licence_price"][:2] == pytest.approx([18000 * 0.9 * 0.8, 18000 * 0.9 * 1.2])


def test_by_hand():
    # 100 seats x 30 x 12 months = 36,000 a year; two years undiscounted 72,000
    case = Inputs.read({"users": 100, "seat_price": 30, "horizon": 2, "seat_setup_cost": 5000})
    # rows of equal spread stand in the order of the input sheet
    assert tornado(case, "seat", "total", 0.25)[1:] == [
        ["users", 75.0, 125.0, 59000.0, 95000.0, 36000.0],
        ["seat_price", 22.5, 37.5, 59000.0, 95000.0, 36000.0],
        ["horizon", 2.0, 3.0, 77000.0, 113000.0, 36000.0],
        ["seat_setup_cost", 3750.0, 6250.0, 75750.0, 78250.0, 2500.0],
    ]


def test_an_end_without_a_result_shows_its_error_and_comes_last():
    inputs = Inputs.read(FLEET | {"gpus": 40, "nodes": 10, "model_instances": 5})
    table = tornado(inputs, "onprem", "tco", 0.2)
    name, low, high, at_low, at_high, spread = table[-1]
    assert (name, low, high) == ("nodes", 8.0, 12.0)
    assert isinstance(at_low, OutOfLimits)
    assert isinstance(spread, OutOfLimits)
    assert at_high == evaluate(inputs.replaced(nodes=12), "onprem").measure("tco")
    assert not any(isinstance(value, EngineError) for row in table[:-3] for value in row)


RANGED = Inputs.read(
    {"users": 100, "seat_price": 30, "horizon": 1, "inflation": 0, "currency": "USD"},
    ranges={
        "seat_price": (20, 45), "users": ("", 120.0), "inflation": (0, 0.1), "wacc": (0.05, 0.1),
        "currency": ("a", "b"), "gpu_price": (1, 2), "horizon": (None, None), "tariff": (None, ""),
    },
)  # fmt: skip


def test_blank_swing_takes_low_and_high():
    assert tornado(RANGED, "seat", "total")[1:] == [
        ["seat_price", 20.0, 45.0, 24000.0, 54000.0, 30000.0],
        ["users", 100.0, 120.0, 36000.0, 43200.0, 7200.0],  # a blank low is the value itself
    ]


def test_typed_ends_move_an_input_whose_value_is_zero_or_blank():
    """Growth planned at 0, GPUs sized, a catalogue price: nothing to swing by, and yet an effect."""
    given = {"user_growth": 0, "inflation": 0.02, "tax_rate": 0, "residual_rate": 0, "currency": "USD", "fx_rate": None,
             "tariff": None, "response_cache_hit": 0}  # fmt: skip
    ends = {"user_growth": (-0.2, 0.5), "gpu_price": (20000, 40000), "gpus": (40, 80), "tariff": (0.05, None),
            "energy_escalation": (0, 0.1), "inflation": (0, 0.05), "tax_rate": (0, 0.3),
            "nodes": (5, None)}  # fmt: skip
    inputs = Inputs.read(FLEET | given, ranges=ends)
    rows = rows_by_id(tornado(inputs, "onprem"))
    assert set(rows) == set(ends) - {"nodes"}  # sized, so it has no value that a blank high could stand for
    assert rows["tariff"][1] == evaluate(inputs, "onprem").case["tariff"][0, 0]
    for name, (low, high, at_low, at_high, _) in rows.items():
        alone = [evaluate(inputs.replaced(**{name: value}), "onprem").measure("tco") for value in (low, high)]
        assert [at_low, at_high] == alone, name  # inflation's: the blank energy escalation follows it
    swung = rows_by_id(tornado(inputs, "onprem", "tco", 0.2))
    assert {"user_growth", "gpu_price", "gpus", "tariff", "tax_rate"}.isdisjoint(swung)


def test_a_swing_given_leaves_low_and_high_aside():
    assert rows_by_id(tornado(RANGED, "seat", "total", 0.1))["seat_price"][:2] == [27.0, 33.0]


RANGE_PROBLEMS = [
    ({"wacc": (0.1, 0.05)}, OutOfLimits, "wacc: low 0.1 is above high 0.05"),
    ({"wacc": (0.05, 8)}, OutOfLimits, "high of wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08"),
    ({"users": (0, 10)}, OutOfLimits, "low of users: 0 is below 1 person"),
    ({"users": (1.5, 10)}, OutOfLimits, "low of users: 1.5 is not a whole number"),
    ({"users": ("few", 10)}, WrongKind, 'low of users: text "few" where a number is asked'),
    ({"wacc": (0.05, float("nan"))}, OutOfLimits, "high of wacc: nan is not a finite number"),
]


@pytest.mark.parametrize(("ranges", "kind", "sentence"), RANGE_PROBLEMS, ids=[r[2][:30] for r in RANGE_PROBLEMS])
def test_problems_of_low_and_high_name_id_and_value(ranges, kind, sentence):
    inputs = Inputs.read({"users": 100, "seat_price": 30}, ranges=ranges)
    assert evaluate(inputs, "seat").measure("total") == 108000  # a slip there concerns the analysis alone
    with pytest.raises(Problems) as raised:
        tornado(inputs, "seat")
    assert [type(p) for p in raised.value.problems] == [kind]
    assert sentence in str(raised.value)


def test_all_problems_of_low_and_high_at_once():
    inputs = Inputs.read(
        {"users": 100, "seat_price": 30},
        ranges={n: r for ranges, _, _ in RANGE_PROBLEMS[1:3] for n, r in ranges.items()},
    )
    with pytest.raises(Problems) as raised:
        tornado(inputs, "seat")
    assert len(raised.value.problems) == 2


def test_neither_swing_nor_range():
    with pytest.raises(NotAvailable, match="no input has a low or a high: give a swing such as 20%"):
        tornado(Inputs.read({"users": 100, "seat_price": 30}), "seat")


def test_a_case_without_result_says_why():
    with pytest.raises(NotAvailable, match="seat_price is required and blank"):
        tornado(Inputs.read({"users": 100}), "seat", "tco", 0.2)


def test_from_a_cell():
    rows = [
        ["id", "value", "high", "low"],
        ["users", 100.0, None, None],
        ["seat_price", 30.0, 45.0, 20.0],
        ["horizon", 1.0, None, ""],
    ]
    assert cell("TCO_TORNADO", [rows, "seat", "total"]) == [
        HEADER,
        ["seat_price", 20.0, 45.0, 24000.0, 54000.0, 30000.0],
    ]
    # an override moves the value, the range stays
    assert cell("TCO_TORNADO", [rows, "seat", "total", None, "users", 10.0])[1][3:] == [2400.0, 5400.0, 3000.0]
    too_much = cell("TCO_TORNADO", [rows, "seat", "total", 20.0])
    assert isinstance(too_much, CellError)
    assert too_much.message == "TCO_TORNADO swing: 20 is above 1 fraction; for 20 percent write 20% or 0.2"
    assert cell("TCO_TORNADO", [rows, "seat", "total", 0.0]).code == "#NUM!"
    assert cell("TCO_TORNADO", [rows, "seat", "margin", 0.2]).code == "#VALUE!"
    assert cell("TCO_TORNADO", [rows[:3], "seat", "power", 0.2]).code == "#VALUE!"
    bare = [row[:2] for row in rows[1:]]
    assert cell("TCO_TORNADO", [bare, "seat"]).code == "#N/A"
    failing = cell("TCO_TORNADO", [[["id", "value"], ["gpus", 8.0], ["nodes", 1.0], ["gpu", "h100-sxm"],
                                    ["node_price", 1.0], ["model_instances", 1.0]], "onprem", "tco", 0.6])  # fmt: skip
    assert {value.code for row in failing for value in row if isinstance(value, CellError)} == {"#NUM!"}
