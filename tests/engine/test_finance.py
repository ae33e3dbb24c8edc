"""Time value of money: textbook values, identities, and one code path for numbers and scenarios."""

import math

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import finance
from engine.errors import DividesByZero, NotAvailable

rates = st.floats(-0.5, 2).map(lambda r: round(r, 6))
years = st.integers(1, 40)
money = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))
flows = st.lists(money, min_size=1, max_size=20)
timing = st.sampled_from(["end", "mid"])

# --- discounting -----------------------------------------------------------------------------------------------


def test_npv_of_excels_own_example():
    # =NPV(10%,-10000,3000,4200,6800) is 1188.44 in Excel's help, where the first flow is discounted too;
    # ours leaves it undiscounted: 1188.44 x 1.1 = 1307.29
    assert finance.npv(0.1, [0, -10000, 3000, 4200, 6800]) == pytest.approx(1188.44, abs=0.005)
    assert finance.npv(0.1, [-10000, 3000, 4200, 6800]) == pytest.approx(1307.29, abs=0.005)


@given(rates, flows)
def test_npv_equals_numpy_financial(rate, values):
    assert finance.npv(rate, values) == pytest.approx(npf.npv(rate, values), rel=1e-10, abs=1e-6 * 2 ** len(values))


@given(rates, flows)
def test_mid_year_is_half_a_year_of_interest_on_all_but_today(rate, values):
    end, mid = finance.npv(rate, values), finance.npv(rate, values, "mid")
    size = finance.npv(rate, np.abs(values))
    assert mid - values[0] == pytest.approx((end - values[0]) * math.sqrt(1 + rate), rel=1e-9, abs=1e-9 * size)


@given(st.floats(100, 1e6), st.lists(st.floats(1, 1e6), min_size=1, max_size=15))
def test_npv_at_the_internal_rate_of_return_is_zero(outlay, returns):
    values = [-outlay, *returns]
    irr = npf.irr(values)
    assume(-0.9 < irr < 10)
    assert finance.npv(irr, values) == pytest.approx(0, abs=1e-6 * (outlay + sum(returns)))


@given(rates, timing, st.lists(st.tuples(money, money), min_size=1, max_size=20), st.floats(-10, 10))
def test_npv_is_linear_in_the_flows(rate, when, pairs, factor):
    first, second = np.array(pairs).T
    size = finance.npv(rate, np.abs(first) * (1 + abs(factor)) + np.abs(second), when)
    together = finance.npv(rate, factor * first + second, when)
    apart = factor * finance.npv(rate, first, when) + finance.npv(rate, second, when)
    assert together == pytest.approx(apart, rel=1e-9, abs=1e-12 * size)


def test_growth_and_discount_factors_by_hand():
    assert finance.growth(0.1, 3).tolist() == [1, 1.1, 1.1 * 1.1]
    assert finance.discount_factors(0.25, 2).tolist() == [1, 0.8, 1 / 1.5625]
    # mid: 1.44^-0.5 = 1/1.2 and 1.44^-1.5 = 1/1.728
    assert finance.discount_factors(0.44, 2, "mid").tolist() == pytest.approx([1, 1 / 1.2, 1 / 1.728], rel=1e-15)


def test_far_years_beyond_the_range_of_numbers():
    assert finance.npv(10, [1.0] * 1001) == pytest.approx(1.1, rel=1e-15)  # 1 + 1/11 + 1/121 + ... = 1 + 1/10
    assert not math.isfinite(finance.npv(-0.999, [1.0] * 1001))  # the cell shows #NUM!


# --- annuities -------------------------------------------------------------------------------------------------


@given(st.floats(1e-3, 2), years)
def test_crf_equals_the_textbook_formula_and_pmt(rate, n):
    assert finance.crf(rate, n) == pytest.approx(rate / (1 - (1 + rate) ** -n), rel=1e-10)
    assert finance.crf(rate, n) == pytest.approx(-npf.pmt(rate, n, 1), rel=1e-10)


@given(rates, years)
def test_crf_times_annuity_is_one(rate, n):
    assert finance.crf(rate, n) * finance.annuity_factor(rate, n) == pytest.approx(1, rel=1e-15)


def test_crf_without_interest_is_an_even_split():
    assert [finance.crf(0, n) for n in (1, 3, 7)] == [1, 1 / 3, 1 / 7]


@given(rates, flows, years, timing)
def test_equivalent_annual_cost_has_the_same_present_value(rate, values, n, when):
    worth = finance.npv(rate, values)
    yearly = finance.eac(worth, rate, n, when)
    assert finance.npv(rate, [0.0] + [yearly] * n, when) == pytest.approx(worth, rel=1e-10)


# --- capital ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("annuity", 3 * 0.08 / (1 - 1.08**-3) - 0.18),  # the vendor paper's 0.9841
        ("book", 1 + 0.08 * (1 + 2 / 3 + 1 / 3) - 0.18),  # 8 % on the opening book: 16 %
        ("simple", 1 + 3 * (0.08 - 0.06)),
        ("npv", 1 - 0.06 * (1 / 1.08 + 1 / 1.08**2 + 1 / 1.08**3)),  # 0.8453741808
        ("none", 1),
    ],
)
def test_capital_factors_by_hand(mode, expected):
    assert finance.capital_factor(mode, 0.08, 3, 0.06) == pytest.approx(expected, rel=1e-14)


def test_book_value_over_another_life():
    # five-year life seen for three years: 1 + 0.8 + 0.6 = 2.4 of interest-bearing book
    assert finance.capital_factor("book", 0.08, 3, 0, 5) == pytest.approx(1 + 0.08 * 2.4, rel=1e-15)
    # two-year life: nothing is left in the third and fourth year, not a negative book
    assert finance.capital_factor("book", 0.08, 4, 0, 2) == pytest.approx(1 + 0.08 * 1.5, rel=1e-15)


@given(st.sampled_from(["annuity", "book", "simple", "npv", "none"]), years)
def test_capital_is_free_without_interest_and_benefit(mode, n):
    assert finance.capital_factor(mode, 0, n) == pytest.approx(1, rel=1e-15)


@given(st.floats(0, 0.5), years, st.floats(0, 0.1))
def test_annuity_mode_is_the_npv_mode_as_level_payments(cost_of_capital, n, benefit):
    # n payments of (1 - benefit x annuity) x CRF = n x CRF - n x benefit
    npv_mode = finance.capital_factor("npv", cost_of_capital, n, benefit)
    annuity_mode = finance.capital_factor("annuity", cost_of_capital, n, benefit)
    assert annuity_mode == pytest.approx(n * npv_mode * finance.crf(cost_of_capital, n), rel=1e-9, abs=1e-9)


def test_cost_of_capital_by_hand():
    # 60 % x 11 % + 40 % x 5 % x 70 % = 6.6 % + 1.4 %
    assert finance.wacc(600, 400, 0.11, 0.05, 0.30) == pytest.approx(0.08, rel=1e-15)
    assert finance.wacc(1, 0, 0.11, 0.05) == 0.11
    assert finance.capm(0.03, 0, 0.05) == 0.03  # no market risk
    assert finance.capm(0.03, 1, 0.05) == 0.08  # the market itself


def test_cost_of_no_capital():
    with pytest.raises(DividesByZero, match="equity \\+ debt is 0"):
        finance.wacc(0, 0, 0.11, 0.05)


# --- payback ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "rate", "expected"),
    [
        ([-100, 40, 40, 40], 0, 2.5),
        ([-100, 100], 0, 1),
        ([-1] + [0.1] * 10, 0, 10),  # binary fractions add up to 0.9999999999999999
        ([-100, 60, 60.5], 0.1, 1 + (100 - 60 / 1.1) / (60.5 / 1.21)),  # discounted flows: 54.5454 and 50
        ([0, -100, 200], 0, 1.5),  # counted from today, not from the outlay
        ([10, -100, 200], 0, 1.45),
        ([-100, 150, -80, 100], 0, 2 / 3),  # the first return counts
        ([-100, 0, 0, 100, 0], 0, 3),
        ([5, 10], 0, 0),
        ([0, 0], 0, 0),
    ],
)
def test_payback_by_hand(values, rate, expected):
    assert finance.payback(values, rate) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("values", [[-100], [-100, 40, 40], [-100, 40, -40, 90]])
def test_payback_that_never_comes(values):
    with pytest.raises(NotAvailable, match=f"never pay back within {len(values) - 1} years"):
        finance.payback(values)


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(0, 0.5))
def test_payback_of_level_savings(outlay, saving, rate):
    values = [-outlay] + [saving] * 30
    assume(finance.npv(rate, values) > 1e-6 * outlay)
    simple, discounted = finance.payback(values), finance.payback(values, rate)
    assert simple == pytest.approx(outlay / saving, rel=1e-9)
    assert discounted >= simple * (1 - 1e-9)  # interest never shortens it
    assert finance.payback([10 * v for v in values], rate) == pytest.approx(discounted, rel=1e-9)  # no unit of money
    whole = math.floor(discounted)  # cut the flow of the last year short and nothing is left over
    cut = [*values[: whole + 1], saving * (discounted - whole)]
    assert finance.npv(rate, cut) == pytest.approx(0, abs=1e-9 * outlay + 1e-9 * saving)


# --- one code path ---------------------------------------------------------------------------------------------

scenario_rates = st.lists(rates, min_size=1, max_size=5)


@given(scenario_rates, st.integers(1, 20), timing)
def test_discounting_of_scenarios_equals_one_by_one(many, n, when):
    column = np.array(many)[:, None]
    assert finance.growth(column, n).tolist() == [finance.growth(r, n).tolist() for r in many]
    alone = [finance.discount_factors(r, n, when).tolist() for r in many]
    assert finance.discount_factors(column, n, when).tolist() == alone


@given(scenario_rates, st.integers(1, 20), st.floats(0, 0.2))
def test_capital_of_scenarios_equals_one_by_one(many, n, benefit):
    column = np.array(many)[:, None]
    for mode in ("annuity", "book", "simple", "npv"):
        together = finance.capital_factor(mode, column, n, benefit)
        assert together.tolist() == [[finance.capital_factor(mode, r, n, benefit)] for r in many]
    assert finance.eac(1000.0, column, n).tolist() == [[finance.eac(1000.0, r, n)] for r in many]
    assert finance.wacc(2.0, 1.0, column, 0.05, 0.3).tolist() == [[finance.wacc(2.0, 1.0, r, 0.05, 0.3)] for r in many]
    assert finance.capm(0.02, 1.1, column).tolist() == [[finance.capm(0.02, 1.1, r)] for r in many]


@given(st.lists(st.tuples(rates, st.lists(money, min_size=7, max_size=7)), min_size=1, max_size=5))
def test_flows_of_scenarios_equal_one_by_one(scenarios):
    column = np.array([[rate] for rate, _ in scenarios])
    block = np.array([values for _, values in scenarios])
    assert finance.npv(column, block, "mid").tolist() == [finance.npv(r, v, "mid") for r, v in scenarios]
    assert finance.payback(block, column).tolist() == [_payback_or_inf(v, r) for r, v in scenarios]


def test_the_layout_in_memory_does_not_change_the_bits():
    block = np.random.default_rng(1).uniform(-1, 1, (50, 31))
    alone = [finance.npv(0.07, row.tolist()) for row in block]
    assert finance.npv(0.07, np.asfortranarray(block)).tolist() == alone


def _payback_or_inf(values, rate):
    try:
        return finance.payback(values, rate)
    except NotAvailable:
        return math.inf
