"""Uniform, normal and correlated inputs: closed forms within sampling error, other libraries, refusals."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy import special, stats

from engine.analysis.distributions import normal, uniform, uniforms
from engine.analysis.montecarlo import cheapest, draws, montecarlo
from engine.analysis.normal import probability_below, quantile
from engine.errors import EngineError, NoSolution, NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Inputs
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

RUNS = 100_000
SEATS = {"users": 100, "seat_price": 30, "horizon": 1}
STANDARD = NormalDist()


def seats(*cells, **others):
    return Inputs.read(SEATS, ranges={"seat_price": cells, **others})


def test_the_normal_distribution_is_that_of_other_libraries():
    shares = np.concatenate([np.linspace(1e-9, 1 - 1e-9, 2001), np.geomspace(1e-300, 0.1, 500)])
    assert quantile(shares) == pytest.approx([STANDARD.inv_cdf(float(p)) for p in shares], rel=1e-14, abs=1e-15)
    deviations = np.linspace(-37, 37, 5001)
    assert probability_below(deviations) == pytest.approx(special.ndtr(deviations), abs=1e-15)
    assert quantile(probability_below(np.linspace(-5, 5, 101))) == pytest.approx(np.linspace(-5, 5, 101), abs=1e-9)


@pytest.mark.parametrize(("least", "most"), [(0, 1e5), (25, 1e5), (28, 31)])
def test_a_normal_distribution_stops_at_the_limits_of_its_input(least, most):
    """Against scipy's truncated normal distribution."""
    deviation = 10 / STANDARD.inv_cdf(0.95)
    reference = stats.truncnorm((least - 30) / deviation, (most - 30) / deviation, loc=30, scale=deviation)
    shares = np.linspace(0.001, 0.999, 999)
    assert normal(shares, 20, 40, least, most) == pytest.approx(reference.ppf(shares), rel=1e-9)
    ends = normal(np.array([0.0, 1.0 - 2**-53]), 20, 40, least, most)
    assert least <= ends[0] < ends[1] <= most


def sampling(share, density, runs=RUNS):
    """Four standard errors of a percentile."""
    return 4 * math.sqrt(share * (1 - share) / runs) / density


def test_a_uniform_input_has_the_percentiles_of_a_line():
    got = dict(montecarlo(seats(20, 60, "uniform"), "seat", "per_user_month", RUNS, 7))
    assert got["mean"] == pytest.approx(40, abs=4 * 40 / math.sqrt(12 * RUNS))
    assert got["sd"] == pytest.approx(40 / math.sqrt(12), rel=0.01)
    for share in (0.05, 0.1, 0.5, 0.9, 0.95):
        assert got[f"p{100 * share:g}"] == pytest.approx(20 + 40 * share, abs=sampling(share, 1 / 40)), share


def test_a_normal_input_has_its_low_and_high_as_percentiles():
    got = dict(montecarlo(seats(20, 40, "Normal"), "seat", "per_user_month", RUNS, 7))
    spread = NormalDist(30, 10 / STANDARD.inv_cdf(0.95))
    assert got["mean"] == pytest.approx(30, abs=4 * spread.stdev / math.sqrt(RUNS))
    assert got["sd"] == pytest.approx(spread.stdev, rel=0.01)
    for share in (0.05, 0.1, 0.5, 0.9, 0.95):
        x = spread.inv_cdf(share)
        assert got[f"p{100 * share:g}"] == pytest.approx(x, abs=sampling(share, spread.pdf(x))), share
    assert spread.inv_cdf(0.05) == pytest.approx(20)


def test_a_sum_of_two_normal_inputs_is_normal_also_when_they_move_together():
    """12 x 100 x price + setup: means add, variances add with twice the covariance."""
    z = STANDARD.inv_cdf(0.95)
    for rho in (None, 0.6, -0.8, 1.0):
        together = None if rho is None else f"seat_price {rho}"
        case = Inputs.read(
            {**SEATS, "seat_setup_cost": 20000},
            ranges={"seat_price": (20, 40, "normal"), "seat_setup_cost": (8000, 32000, "normal", together)},
        )
        got = dict(montecarlo(case, "seat", "total", RUNS, 11))
        seat, setup = 1200 * 10 / z, 12000 / z
        reference = NormalDist(56000, math.sqrt(seat**2 + setup**2 + 2 * (rho or 0) * seat * setup))
        for share in (0.05, 0.5, 0.95):
            x = reference.inv_cdf(share)
            assert got[f"p{100 * share:g}"] == pytest.approx(x, abs=sampling(share, reference.pdf(x))), (rho, share)
        assert got["sd"] == pytest.approx(reference.stdev, rel=0.02)


def test_rank_correlation_of_other_distributions_is_that_of_the_copula():
    """Spearman's rho of a Gaussian copula is 6/pi asin(rho/2)."""
    case = seats(20, 45, None, "users 0.5; wacc -0.3", users=(50, 400, "uniform"), wacc=(0.05, 0.11))
    drawn = draws(case, 50_000, 5)
    for name, rho in (("users", 0.5), ("wacc", -0.3)):
        rank = stats.spearmanr(drawn["seat_price"], drawn[name]).statistic
        assert rank == pytest.approx(6 / math.pi * math.asin(rho / 2), abs=4 / math.sqrt(50_000))
    assert stats.spearmanr(drawn["users"], drawn["wacc"]).statistic == pytest.approx(0, abs=4 / math.sqrt(50_000))
    alone = draws(seats(20, 45, None, None, users=(50, 400, "uniform"), wacc=(0.05, 0.11)), 50_000, 5)
    for name in ("users", "seat_price", "wacc"):  # each keeps its own distribution
        assert stats.ks_2samp(drawn[name], alone[name]).pvalue > 1e-3
    assert (drawn["users"] == alone["users"]).all()  # the first of them, and those beside, keep their draws


def test_inputs_beside_the_correlated_ones_keep_their_draws():
    spreads = {"users": (50, 400), "seat_setup_cost": (0, 9)}
    before = draws(seats(20, 45, wacc=(0.05, 0.11), **spreads).replaced(seat_setup_cost=5), 100, 3)
    after = draws(
        seats(20, 45, wacc=(0.05, 0.11, None, "seat_price 0.9"), **spreads).replaced(seat_setup_cost=5), 100, 3
    )
    same = {name: bool((after[name] == before[name]).all()) for name in before}
    assert same == {"users": True, "seat_price": True, "seat_setup_cost": True, "wacc": False}


def test_same_seed_same_bits_and_the_same_draws_for_every_option():
    case = Inputs.read(
        {**SEATS, "options": "seat", "seat_setup_cost": 10},
        ranges={"seat_price": (20, 40, "normal", "users 0.7"), "users": (50, 200, "uniform")},
    )
    assert montecarlo(case, "seat", "tco", 500, 9) == montecarlo(case, "seat", "tco", 500, 9)
    assert montecarlo(case, "seat", "tco", 500, 9) != montecarlo(case, "seat", "tco", 500, 8)
    assert cheapest(case, "tco", 500, 9)[1] == ["seat", 1.0, 0.0]


def test_whole_values_of_a_uniform_input_are_equally_likely():
    drawn = draws(seats(20, 20, users=(3, 6, "uniform")), 40_000, 1)["users"]
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [3, 4, 5, 6]
    assert stats.chisquare(counts).pvalue > 1e-3
    assert set(uniform(uniforms(1, "x", 1000), 0, 1, whole=True)) == {0.0, 1.0}


def test_a_uniform_input_needs_no_value_between():
    case = Inputs.read({"seat_price": 30, "horizon": 1}, ranges={"users": (3, 6, "uniform")})
    assert dict(montecarlo(case, "seat", "total", 1000))["p50"] in {4 * 360.0, 5 * 360.0}


REFUSED = [
    ({"seat_price": (20, 40, "lognormal")}, WrongKind, 'seat_price: distribution "lognormal" is none of triangular'),
    ({"seat_price": (20, 50, "normal")}, OutOfLimits, "the value 30 is not in the middle, 35, of low 20 and high 50"),
    ({"seat_price": (20, None, "normal")}, NotAvailable, "seat_price: distribution normal without low and high"),
    ({"seat_price": (20, 40, None, "users")}, WrongKind, 'correlation "users" is no id with a number'),
    ({"seat_price": (20, 40, None, "users 1.5")}, OutOfLimits, "correlation 1.5 with users is not between -1 and 1"),
    ({"seat_price": (20, 40, None, "seat_price 1")}, WrongKind, "correlation with itself"),
    ({"seat_price": (20, 40, None, "userz 1")}, NotAvailable, "userz is no assumption; did you mean users?"),
    ({"seat_price": (20, 40, None, "users 0.5")}, NotAvailable, "correlation with users, but users does not vary"),
    ({"seat_price": (None, None, None, "users 0.5")}, NotAvailable, "a correlation without low and high"),
    ({"seat_price": (20, 40, None, "wacc 0.5"), "wacc": (0.05, 0.1, None, "seat_price 0.4")}, WrongKind,
     "correlation 0.4 with seat_price, elsewhere it is 0.5"),
    ({"seat_price": (20, 40, None, "wacc 0.9; users 0.9"), "wacc": (0.05, 0.1, None, "users -0.9"), "users": (50, 200)},
     NoSolution, "cannot hold together with the other correlations"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "sentence"), REFUSED, ids=[r[2][:40] for r in REFUSED])
def test_what_is_refused(given, kind, sentence):
    with pytest.raises(EngineError) as raised:
        montecarlo(Inputs.read(SEATS, ranges=given), "seat")
    problem = raised.value.problems[0] if isinstance(raised.value, Problems) else raised.value
    assert type(problem) is kind
    assert sentence in str(raised.value)


def test_from_a_cell():
    """A correlation is written with a point or, where the list separator is a semicolon anyway, with a comma."""
    rows = [
        ["id", "value", "low", "high", "Distribution", "Correlation"],
        ["users", 100.0, None, None, None, None],
        ["seat_price", 30.0, 20.0, 40.0, "normal", ""],
        ["seat_setup_cost", 20000.0, 8000.0, 32000.0, "uniform", "seat_price -0.5"],
        ["horizon", 1.0, None, None, "", None],
    ]
    point = cell("TCO_MONTECARLO", [rows, "seat", "total", 500.0, 3.0])
    rows[3][5] = "seat_price: -0,5"
    assert cell("TCO_MONTECARLO", [rows, "seat", "total", 500.0, 3.0]) == point
    rows[3][5] = None
    assert cell("TCO_MONTECARLO", [rows, "seat", "total", 500.0, 3.0]) != point
    assert dict(point)["sd"] < dict(cell("TCO_MONTECARLO", [rows, "seat", "total", 500.0, 3.0]))["sd"]
    rows[2][4] = "gaussian"
    refused = cell("TCO_MONTECARLO", [rows, "seat"])
    assert isinstance(refused, CellError)
    assert refused.message == 'seat_price: distribution "gaussian" is none of triangular, uniform, normal'
