"""Laws of the analysis functions, searched by Hypothesis."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.analysis.breakeven import breakeven, crossings
from engine.analysis.distributions import triangular
from engine.analysis.payback import payback_months
from engine.analysis.search import flips, grid
from engine.analysis.sensitivity import tornado
from engine.errors import NotAvailable
from engine.inputs import Inputs
from engine.tco import evaluate

BASE = {
    "gpu": "h100-pcie", "gpus_per_node": 4, "gpus_per_replica": 2, "replica_rps": 0.7, "node_price": 20000,
    "users": 3000, "queries_per_user_day": 20, "prompt_tokens": 1000, "output_tokens": 300, "seat_price": 12,
    "cloud_instances": 2, "cloud_price": 30, "cloud_gpus_per_instance": 8, "api_input_price": 2, "api_output_price": 8,
}  # fmt: skip
cases = st.fixed_dictionaries(
    {
        "horizon": st.integers(1, 6),
        "wacc": st.floats(0.01, 0.3),
        "user_growth": st.floats(-0.2, 0.4),
        "users": st.integers(50, 20000),
        "seat_price": st.floats(2, 60),
        "api_output_price": st.floats(1, 60),
        "cloud_price": st.floats(3, 90),
        "tax_rate": st.sampled_from([0, 0.25]),
        "residual_rate": st.sampled_from([0, 0.2]),
        "api_setup_cost": st.floats(1, 1e6),
    }
)
pairs = st.sampled_from(
    [(a, b) for a in ("onprem", "cloud", "api", "seat") for b in ("onprem", "cloud", "api", "seat") if a < b]
)
continuous = st.sampled_from(
    ["queries_per_user_day", "seat_price", "api_output_price", "tariff", "gpu_price", "cloud_price", "wacc"]
)


def difference(inputs, options, **values):
    moved = inputs.replaced(**values)
    a, b = (evaluate(moved, option).measure("tco") for option in options)
    return a - b, max(abs(a), abs(b))


@settings(max_examples=60, deadline=None)
@given(cases, pairs, continuous)
def test_at_the_break_even_costs_are_equal_or_step_over_each_other_and_before_it_the_order_holds(values, options, name):
    inputs = Inputs.read({**BASE, **values})
    low = {"wacc": 0.0, "tariff": 0.001}.get(name)
    high = {"wacc": 0.5, "tariff": 10.0}.get(name)
    try:
        x = breakeven(inputs, *options, name, low, high)
    except NotAvailable:
        return
    gap, scale = difference(inputs, options, **{name: x})
    before, _ = difference(inputs, options, **{name: x * (1 - 1e-7)})
    after, _ = difference(inputs, options, **{name: x * (1 + 1e-7)})
    assert abs(gap) <= 1e-6 * scale or before * gap < 0
    assert before * after <= 0 or min(abs(before), abs(after)) <= 1e-12 * scale
    start = low if low is not None else getattr(inputs, name) / 100 if getattr(inputs, name) else None
    assume(start is not None)
    order = {np.sign(difference(inputs, options, **{name: v})[0]) for v in np.linspace(start, x * (1 - 1e-6), 9)}
    assert len(order) == 1


@settings(max_examples=40, deadline=None)
@given(cases, pairs)
def test_the_order_of_the_arguments_does_not_matter(values, options):
    inputs = Inputs.read({**BASE, **values})
    forth = list(crossings(inputs, *options, "queries_per_user_day", 1, 40))
    back = list(crossings(inputs, *reversed(options), "queries_per_user_day", 1, 40))
    assert forth == back


def changes_of_order(slope, tread, offset, high=30):
    """Where tread x floor(x / tread) and slope x + offset change their order on 0 to `high`, in fractions.

    Along a tread the gap falls by slope x tread; it crosses 0 inside, or jumps over it to the next tread.
    """
    slope, tread, offset = (Fraction(v) for v in (slope, tread, offset))
    places, above = [], None
    for k in range(int(high / tread) + 1):
        start, end = k * tread, min((k + 1) * tread, Fraction(high))
        at_start, at_end = (k * tread - slope * x - offset for x in (start, end))
        assume(all(gap == 0 or abs(gap) > 1e-6 for gap in (at_start, at_end)))  # nearer than the search tells apart
        for place, gap in ((start, at_start), ((k * tread - offset) / slope, at_end)):
            if gap and above not in (None, gap > 0):
                places.append(float(place))
            above = gap > 0 if gap else above
    assume(at_end != 0)
    return places


@settings(max_examples=150, deadline=None)
@given(st.floats(0.3, 3), st.floats(0.5, 5), st.floats(-2, 2), st.booleans())
@example(0.5, 0.76953125, 0.76953125, False)  # at the second step the stairs just reach the line, and stay below it
@example(0.5, 1.0, 1e-5, False)  # they cross 20 millionths before the second step, and again on it
def test_every_crossing_of_stairs_and_a_line_is_found(slope, tread, offset, whole):
    """h floor(x / t) against s x + c, against exact fractions, or every whole value tried."""

    def costs(x):
        return np.stack([10 + np.floor(x / tread) * tread, 10 + slope * x + offset])

    if whole:
        points = np.arange(0, 31.0)
        a, b = costs(points)
        side = np.sign(np.where(np.abs(a - b) <= 1e-9, 0, a - b))
        assume(np.all(side != 0))
        expected = points[1:][side[1:] != side[:-1]].tolist()
    else:
        expected = changes_of_order(slope, tread, offset)
    found = list(flips(costs, grid(0, 30, whole=whole), whole=whole))
    assert len(found) == len(expected)
    assert found == pytest.approx(expected, abs=0 if whole else 1e-8)


@settings(max_examples=60, deadline=None)
@given(cases, pairs)
def test_after_the_payback_the_other_option_has_cost_more(values, options):
    """The payback of either order; both exist together only when one of them is 0."""
    inputs = Inputs.read({**BASE, **values})
    months = []
    for first, second in (options, options[::-1]):
        try:
            months.append(payback_months(inputs, first, second))
        except NotAvailable:
            months.append(None)
    assert None not in months or set(months) != {None}
    assert months.count(0) == 1
    assert all(m is None or 0 <= m <= 12 * inputs.horizon for m in months)


@settings(max_examples=25, deadline=None)
@given(cases, st.sampled_from(["onprem", "cloud", "api", "seat"]), st.floats(0.05, 0.9))
def test_rows_of_a_tornado_are_cases_of_their_own(values, option, swing):
    inputs = Inputs.read({**BASE, **values})
    for name, low, high, at_low, at_high, spread in tornado(inputs, option, "tco", swing)[1:]:
        assert low < high
        if isinstance(at_low, float):
            assert at_low == evaluate(inputs.replaced(**{name: low}), option).measure("tco")
        if isinstance(at_high, float):
            assert at_high == evaluate(inputs.replaced(**{name: high}), option).measure("tco")
        if isinstance(spread, float):
            assert spread == abs(at_high - at_low)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1), st.floats(-100, 100), st.floats(0.01, 100), st.floats(0.001, 0.999))
def test_the_distribution_of_its_inverse_is_the_probability(probability, low, width, place):
    mode, high = low + place * width, low + width
    x = float(triangular(np.array([probability]), low, mode, high)[0])
    assert low <= x <= high
    rising, falling = (x - low) ** 2 / (width * (mode - low)), 1 - (high - x) ** 2 / (width * (high - mode))
    assert (rising if x < mode else falling) == pytest.approx(probability, abs=1e-9)
