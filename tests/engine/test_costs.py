"""Cost formulas against published figures, hand calculations and their limit cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import costs

amount = st.floats(0, 1e6)
share = st.floats(0, 1)


def test_energy_of_a_published_training_run():
    # 22.4 MW over 54 days of 24 h = 29,030,400 kWh, at 0.083 USD/kWh
    assert costs.power(22400, 54 * 24, 1.0) == 29_030_400
    assert costs.power(22400, 54 * 24, 0.083) == pytest.approx(2_409_523.2, rel=1e-15)


def test_energy_of_a_published_h200_node():
    # public three-year appendix: 294,336 kWh = 8 kW x 1.4 x 8,760 h x 3 years, at 0.0977 USD/kWh "about 29,000 USD"
    kwh = costs.power(8, 8760 * 3, 1.0, 1.4)
    assert kwh == pytest.approx(294_336, rel=1e-12)
    assert costs.power(8, 8760 * 3, 0.0977, 1.4) == pytest.approx(29_000, abs=500)


def test_licence_of_published_per_gpu_year():
    # NVIDIA's own example: 8 GPUs x 4,500 USD a year
    assert costs.licence(8, 4500) == 36_000
    # a five-year licence of 18,000 costs 3,600 a year: 80 x 3,600 x 3
    assert costs.licence(80, 18000, 5, 3) == 864_000


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, 0.0),  # nothing to look after
        (0.5, 0.1),  # clipped at the lower end
        (1, 0.1),
        (10.5, 0.55),  # half way between 1 and 20: 0.1 + 0.9 / 2
        (20, 1.0),
        (1000, 1.0),  # clipped at the upper end
    ],
)
def test_staff_on_the_line(count, expected):
    assert costs.fte(count, 20, 0.1, 1.0) == pytest.approx(expected, rel=1e-15)


def test_staff_when_the_line_has_no_length():
    assert costs.fte(0, 1, 0.1, 0.8) == 0
    assert costs.fte(1, 1, 0.1, 0.8) == 0.8
    assert costs.fte(7, 1, 0.1, 0.8) == 0.8


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 100), share, share)
def test_more_to_look_after_never_needs_fewer_people(a, b, count_max, low, more):
    few, many = sorted((a, b))
    high = low + more
    assert costs.fte(few, count_max, low, high) <= costs.fte(many, count_max, low, high) + 1e-12
    assert 0 <= costs.fte(few, count_max, low, high) <= high + 1e-12


def test_cost_per_mtok_by_hand():
    # 2,000 token/s x 3,600 s = 7.2 Mtok an hour; 0.36 / 7.2 = 0.05
    assert costs.usd_per_mtok(0.36, 2000) == pytest.approx(0.05, rel=1e-15)
    # at a quarter of the load each token costs four times as much
    assert costs.usd_per_mtok(0.36, 2000, 0.25) == pytest.approx(0.20, rel=1e-15)


def test_query_cost_of_the_vendor_paper():
    # 1,000 x 10 + 500 x 30 = 25,000 USD per million queries; 25 and 40 queries on 20 days: 12.50 and 20.00 a month
    query = costs.query_cost(1000, 500, 10, 30)
    assert query * 25 * 20 == 12.50
    assert query * 40 * 20 == 20.00


@pytest.mark.parametrize(("input_price", "output_price", "total"), [(2, 12, 590_400), (4, 20, 1_036_800)])
def test_cached_prompts_of_a_published_three_year_cost(input_price, output_price, total):
    # 180,000 Mtok, four parts prompt to one part output, half of the prompt cached at a tenth of its price
    cost = costs.query_cost(144e9, 36e9, input_price, output_price, 0.5, input_price / 10)
    assert cost == pytest.approx(total, rel=1e-12)


def test_cached_price_left_out_is_the_input_price():
    assert costs.query_cost(1000, 500, 10, 30, 0.7) == pytest.approx(costs.query_cost(1000, 500, 10, 30), rel=1e-15)
    # all of the prompt cached for nothing: only the answer is paid, 500 x 30 / 1e6
    assert costs.query_cost(1000, 500, 10, 30, 1, 0) == 0.015


def test_demand_by_hand():
    # 50,000 x 25 = 1.25 million queries over 16 x 3,600 = 57,600 s
    assert costs.demand(50000, 25, 16) == 1_250_000 / 57_600
    # twice the mean at the peak, a fifth answered from the cache: x 1.6
    assert costs.demand(50000, 25, 16, 2, 0.2) == pytest.approx(1.6 * 1_250_000 / 57_600, rel=1e-15)


SCALARS_AND_FUNCTIONS = [
    (costs.power, (amount, amount, amount, st.floats(1, 3), share)),
    (costs.licence, (amount, amount, st.floats(0.1, 20), amount)),
    (costs.fte, (st.floats(0, 50), st.floats(1, 20), share, share)),
    (costs.usd_per_mtok, (amount, st.floats(0.1, 1e6), st.floats(0.01, 1))),
    (costs.query_cost, (amount, amount, amount, amount, share, amount)),
    (costs.demand, (amount, amount, st.floats(0.1, 24), st.floats(1, 10), share)),
]


@pytest.mark.parametrize(("formula", "arguments"), SCALARS_AND_FUNCTIONS, ids=lambda p: getattr(p, "__name__", ""))
@given(data=st.data())
def test_an_array_of_scenarios_equals_the_numbers_one_by_one(formula, arguments, data):
    rows = data.draw(st.lists(st.tuples(*arguments), min_size=1, max_size=5))
    together = formula(*(np.array(column)[:, None] for column in zip(*rows, strict=True)))
    assert together.tolist() == [[formula(*row)] for row in rows]
