"""Monte Carlo: closed forms of the triangular distribution, the generator against numpy's own, refusals."""

import math

import numpy as np
import pytest

from engine.analysis.distributions import percentile, triangular, uniforms
from engine.analysis.montecarlo import cheapest, draws, montecarlo
from engine.errors import NotAvailable, OutOfLimits, Problems
from engine.inputs import Inputs
from engine.tco import evaluate
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

SEATS = {"users": 100, "seat_price": 30, "horizon": 1}
PINNED = ["0x1.2040987bcbda2p-2", "0x1.13e65d5e96020p-1", "0x1.b8c1cb6077950p-2"]


def triangle(low, mode, high, share):
    """Textbook inverse of the triangular distribution, one value at a time."""
    at_mode = (mode - low) / (high - low)
    if share < at_mode:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1 - share) * (high - low) * (high - mode))


@pytest.mark.parametrize(("low", "mode", "high"), [(20, 30, 60), (30, 30, 50), (10, 30, 30)])
def test_a_linear_case_has_the_moments_and_percentiles_of_its_triangle(low, mode, high):
    runs = 100_000
    inputs = Inputs.read(SEATS | {"seat_price": mode}, ranges={"seat_price": (low, high)})
    got = dict(montecarlo(inputs, "seat", "per_user_month", runs, 7))
    variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    sampling = 4 * math.sqrt(variance / runs)
    assert got["mean"] == pytest.approx((low + mode + high) / 3, abs=sampling)
    assert got["sd"] == pytest.approx(math.sqrt(variance), rel=0.02)
    for share in (5, 10, 50, 90, 95):
        x = triangle(low, mode, high, share / 100)
        density = (
            2 * (x - low) / ((high - low) * (mode - low))
            if x < mode
            else 2 * (high - x) / ((high - low) * (high - mode))
        )
        spread = math.sqrt(share / 100 * (1 - share / 100) / runs) / density
        assert got[f"p{share}"] == pytest.approx(x, abs=4 * spread), share


def test_rows_and_their_order():
    inputs = Inputs.read(SEATS, ranges={"seat_price": (20, 40)})
    table = montecarlo(inputs, "seat")
    assert [row[0] for row in table] == ["mean", "sd", "p5", "p10", "p50", "p90", "p95"]
    figures = [row[1] for row in table[2:]]
    assert figures == sorted(figures)


def test_figures_are_those_of_single_cases_of_the_draws():
    inputs = Inputs.read(SEATS, ranges={"seat_price": (20, 45), "users": (50, 400), "wacc": (0.05, 0.1)})
    drawn = draws(inputs, 50, 3)
    assert list(drawn) == ["users", "seat_price", "wacc"]
    costs = [
        evaluate(inputs.replaced(**{name: float(values[run]) for name, values in drawn.items()}), "seat").measure("tco")
        for run in range(50)
    ]
    table = dict(montecarlo(inputs, "seat", "tco", 50, 3))
    assert table["mean"] == pytest.approx(np.mean(costs), rel=1e-14)
    assert table["sd"] == pytest.approx(np.std(costs, ddof=1), rel=1e-12)
    assert [table[f"p{p}"] for p in (5, 10, 50, 90, 95)] == pytest.approx(
        np.percentile(costs, [5, 10, 50, 90, 95]), rel=1e-14
    )


def test_whole_inputs_are_drawn_whole():
    inputs = Inputs.read(SEATS, ranges={"users": (90, 110), "licence_bundled": (0, 1)})
    drawn = draws(inputs, 2000, 1)
    assert set(drawn["users"]) <= set(range(90, 111))
    assert len(set(drawn["users"])) > 15
    assert set(drawn["licence_bundled"]) == {0.0, 1.0}


def test_same_seed_same_bits_and_another_seed_other_bits():
    inputs = Inputs.read(SEATS, ranges={"seat_price": (20, 40), "users": (50, 200)})
    assert montecarlo(inputs, "seat", "tco", 500, 9) == montecarlo(inputs, "seat", "tco", 500, 9)
    assert montecarlo(inputs, "seat", "tco", 500, 9) != montecarlo(inputs, "seat", "tco", 500, 8)


def test_the_bits_of_this_release():
    """Raw PCG64 bits are promised by numpy for all releases: a change here changes figures in customers' files."""
    assert [u.hex() for u in uniforms(1, "users", 3)] == PINNED


def test_uniforms_are_those_of_numpys_generator():
    import zlib

    stream = np.random.SeedSequence(42, spawn_key=(zlib.crc32(b"tariff"),))
    assert (uniforms(42, "tariff", 1000) == np.random.Generator(np.random.PCG64(stream)).random(1000)).all()


def test_uniforms_are_uniform_and_independent():
    a, b = uniforms(1, "users", 100_000), uniforms(1, "wacc", 100_000)
    counts = np.bincount((a * 20).astype(int), minlength=20)
    chi_squared = ((counts - 5000) ** 2 / 5000).sum()
    assert chi_squared < 43.8  # 99.9 % of 19 degrees of freedom
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.0125  # four standard errors
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 0.0125


def test_another_input_that_varies_leaves_the_draws_of_the_first():
    one = draws(Inputs.read(SEATS, ranges={"seat_price": (20, 40)}), 100, 1)
    two = draws(Inputs.read(SEATS, ranges={"seat_price": (20, 40), "users": (50, 200)}), 300, 1)
    assert (one["seat_price"] == two["seat_price"][:100]).all()


def test_options_see_the_same_draws():
    """Two options of the same cost, moved by the same input, have the same distribution to the last bit."""
    same = {"seat_price": 0, "seat_annual_cost": 1000, "api_annual_cost": 1000, "users": 5, "queries_per_user_day": 0,
            "prompt_tokens": 1, "output_tokens": 1, "api_input_price": 1, "api_output_price": 1,
            "horizon": 5}  # fmt: skip
    inputs = Inputs.read(same, ranges={"inflation": (-0.05, 0.2), "wacc": (0.05, 0.12), "api_input_price": (1, 3)})
    assert montecarlo(inputs, "seat") == montecarlo(inputs, "api")


def test_percentiles_are_those_of_percentile_inc():
    # LibreOffice and Excel: =PERCENTILE.INC({1,2,4,8},0.1) = 1.3, 0.9 = 6.8
    ordered = np.array([1.0, 2.0, 4.0, 8.0])
    assert percentile(ordered, 0.1) == pytest.approx(1.3)
    assert percentile(ordered, 0.9) == pytest.approx(6.8)
    assert [percentile(ordered, s) for s in (0, 0.5, 1)] == [1, 3, 8]


def test_the_ends_of_the_triangle():
    assert triangular(np.array([0.0, 1.0]), 2, 3, 7).tolist() == [2, 7]
    assert triangular(np.array([0.25]), 2, 3, 6).tolist() == [3]  # (3 - 2) / (6 - 2) of the values lie below the mode


def test_the_probability_of_being_cheapest_has_a_closed_form():
    # the API costs 12.50 a user and month; a seat between 10 and 15, most often 12: P(seat < 12.5) =
    # 1 - (15 - 12.5)^2 / ((15 - 10) (15 - 12)) = 1 - 6.25 / 15
    inputs = Inputs.read(
        SEATS | {"seat_price": 12, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500,
                 "api_input_price": 10, "api_output_price": 30, "options": "seat,api,cloud"},
        ranges={"seat_price": (10, 15)},
    )  # fmt: skip
    header, seat, api, cloud = cheapest(inputs, "per_user_month", 100_000)
    assert header == ["option", "probability", "mean regret"]
    assert seat[1] == pytest.approx(1 - 6.25 / 15, abs=4 * math.sqrt(0.25 / 100_000))
    assert seat[1] + api[1] == pytest.approx(1, abs=1e-12)
    assert "cloud_instance is required and blank" in str(cloud[1])
    # regret of the API: the mean of 12.5 - seat where that is positive; of both it differs by the mean difference
    assert api[2] - seat[2] == pytest.approx(12.5 - (10 + 12 + 15) / 3, abs=0.02)
    assert seat[2] > 0


def test_options_that_tie_share_their_runs():
    same = {"seat_price": 0, "seat_annual_cost": 1000, "api_annual_cost": 1000, "users": 5, "queries_per_user_day": 0,
            "prompt_tokens": 1, "output_tokens": 1, "api_input_price": 1, "api_output_price": 1,
            "options": "seat,api"}  # fmt: skip
    inputs = Inputs.read(same, ranges={"wacc": (0.05, 0.12)})
    assert cheapest(inputs)[1:] == [["seat", 0.5, 0.0], ["api", 0.5, 0.0]]


REFUSALS = [
    ({}, NotAvailable, "no input varies"),
    ({"users": (50, None)}, NotAvailable, "no input varies"),
    ({"users": (100, 100)}, NotAvailable, "no input varies"),
    ({"currency": ("EUR", "USD")}, NotAvailable, "no input varies"),
    ({"users": (101, 200)}, OutOfLimits, "users: the value 100 is not between low 101 and high 200"),
    ({"gpus": (8, 16)}, NotAvailable, "gpus has a low and a high but no value between them"),
    ({"users": (200, 100)}, Problems, "users: low 200 is above high 100"),
]


@pytest.mark.parametrize(("ranges", "kind", "sentence"), REFUSALS, ids=[r[2][:24] for r in REFUSALS])
def test_refusals(ranges, kind, sentence):
    with pytest.raises(kind, match=sentence):
        montecarlo(Inputs.read(SEATS, ranges=ranges), "seat")


def test_a_blank_value_varies_around_the_catalogue():
    inputs = Inputs.read(
        {"gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "node_price": 0},
        ranges={"gpu_price": (20000, 40000)},
    )
    # 8 GPUs between 20,000 and 40,000, most often at the catalogue's price
    in_use = evaluate(inputs, "onprem").measure("acquisition") / 8
    got = dict(montecarlo(inputs, "onprem", "acquisition", 20_000))
    assert got["mean"] / 8 == pytest.approx((20000 + in_use + 40000) / 3, rel=0.005)


def test_from_a_cell():
    rows = [["low", "id", "high", "value"], [None, "users", None, 100.0], [20.0, "seat_price", 40.0, 30.0]]
    table = cell("TCO_MONTECARLO", [rows, "seat", "per_user_month", 500.0, 3.0])
    assert [row[0] for row in table] == ["mean", "sd", "p5", "p10", "p50", "p90", "p95"]
    assert table == cell("TCO_MONTECARLO", [rows, "SEAT", "Per_User_Month", 500.0, 3.0, "tariff", 0.2])
    assert table != cell("TCO_MONTECARLO", [rows, "seat", "per_user_month", 500.0])
    for bad, code in (([rows, "seat", "tco", 1.0], "#NUM!"), ([rows, "seat", "tco", 2.5], "#NUM!"),
                      ([rows, "seat", "tco", 10.0, -1.0], "#NUM!"), ([rows[:2], "seat"], "#N/A"),
                      ([rows, "seat", "tco", 10.0, 1.0, "seat_price", 50.0], "#NUM!")):  # fmt: skip
        result = cell("TCO_MONTECARLO", bad)
        assert isinstance(result, CellError), bad
        assert result.code == code
