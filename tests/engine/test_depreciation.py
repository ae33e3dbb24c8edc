"""Depreciation: Excel's documented values, the law's tables built from their rule, and identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.depreciation import MACRS_PERCENT, depreciation, depreciation_schedule
from engine.errors import OutOfLimits

METHODS = ("sln", "syd", "db", "ddb", "macrs", "bonus")
assets = st.tuples(st.floats(1, 1e7), st.sampled_from(sorted(MACRS_PERCENT)), st.floats(0, 1)).map(
    lambda a: (a[0], a[1], a[0] * a[2])
)


def schedule(cost, life, method, salvage=0.0):
    return [float(depreciation(cost, life, year, method, salvage)) for year in range(1, life + 2)]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("sln", [180, 180, 180, 180, 180, 0]),
        ("syd", [300, 240, 180, 120, 60, 0]),  # 900 x 5/15, 4/15, ...
        ("db", [369, 232.839, 146.921409, 92.707409079, 58.498375128849, 0]),  # rate 1 - 0.1^(1/5) = 0.369
        ("ddb", [400, 240, 144, 86.4, 29.6, 0]),  # 40 % of the book; year 5 stops at the salvage value: 129.6 - 100
        ("bonus", [900, 0, 0, 0, 0, 0]),
        ("macrs", [200, 320, 192, 115.2, 115.2, 57.6]),  # half-year convention, one year more, salvage ignored
    ],
)
def test_the_textbook_asset(method, expected):
    assert schedule(1000, 5, method, 100) == pytest.approx(expected, rel=1e-13)


def test_excels_documented_examples():
    # help pages of SYD, DB and DDB: 30,000 over 10 years to 7,500; 1,000,000 over 6 to 100,000; 2,400 over 10 to 300
    assert depreciation(30000, 10, 1, "syd", 7500) == pytest.approx(4090.91, abs=0.005)
    assert depreciation(30000, 10, 10, "syd", 7500) == pytest.approx(409.09, abs=0.005)
    assert depreciation(1_000_000, 6, 1, "db", 100_000) == pytest.approx(319_000, rel=1e-13)
    assert depreciation(2400, 10, 1, "ddb", 300) == pytest.approx(480, rel=1e-13)
    assert depreciation(2400, 10, 10, "ddb", 300) == pytest.approx(22.12, abs=0.005)


def test_a_published_macrs_year():
    assert depreciation(250_000, 5, 2, "macrs") == 80_000


@pytest.mark.parametrize("life", sorted(MACRS_PERCENT))
def test_macrs_tables_follow_the_rule_of_the_law(life):
    # 200 % declining balance (150 % for 15 and 20 years), straight line once that gives more, half of the first year;
    # the publication rounds to 0.01 % (0.001 % for 20 years) and moves last digits so that the column sums to 100 %
    rate = (1.5 if life > 10 else 2.0) / life
    left, rule = 100.0, []
    for year in range(1, life + 2):
        declining = left * rate * (0.5 if year == 1 else 1.0)
        remaining = life - (year - 1.5) if year > 1 else life
        straight = left / max(remaining, 1.0) * (0.5 if year == 1 else 1.0)
        rule.append(left if year == life + 1 else max(declining, straight))
        left -= rule[-1]
    assert MACRS_PERCENT[life] == pytest.approx(rule, abs=0.001 if life == 20 else 0.0101)
    assert sum(MACRS_PERCENT[life]) == pytest.approx(100, rel=1e-14)


def test_macrs_last_digits_stand_where_the_publication_prints_them():
    # the rule above leaves open which years are rounded up
    assert {MACRS_PERCENT[15][year - 1] for year in (9, 11, 13, 15)} == {5.91}
    assert {MACRS_PERCENT[15][year - 1] for year in (7, 8, 10, 12, 14)} == {5.90}
    assert {MACRS_PERCENT[20][year - 1] for year in range(9, 20, 2)} == {4.462}
    assert {MACRS_PERCENT[20][year - 1] for year in range(10, 21, 2)} == {4.461}
    assert MACRS_PERCENT[7][4:7] == (8.93, 8.92, 8.93)
    assert MACRS_PERCENT[10][6:10] == (6.55, 6.55, 6.56, 6.55)


@given(assets, st.sampled_from(["sln", "syd", "macrs", "bonus"]))
def test_the_whole_depreciable_amount_is_written_off(asset, method):
    cost, life, salvage = asset
    base = cost if method == "macrs" else cost - salvage
    assert sum(schedule(cost, life, method, salvage)) == pytest.approx(base, rel=1e-12, abs=1e-9)


@given(assets, st.sampled_from(METHODS))
def test_book_value_and_depreciation_make_the_cost(asset, method):
    cost, life, salvage = asset
    charges = schedule(cost, life, method, salvage)
    assert min(charges) >= 0
    book = cost - sum(charges)
    lowest = 0 if method == "macrs" else salvage
    # Excel's db may end a little below the salvage value, because it rounds its rate to three decimals
    slack = cost * (1 - (1 - 0.0005) ** life) if method == "db" else 1e-9 * cost
    assert lowest - slack <= book <= cost


@given(assets)
def test_ddb_stops_at_the_salvage_value(asset):
    cost, life, salvage = asset
    book = cost
    for year in range(1, life + 1):  # the definition, year by year
        charge = min(book * min(1, 2 / life), max(book - salvage, 0))
        assert depreciation(cost, life, year, "ddb", salvage) == pytest.approx(charge, rel=1e-9, abs=1e-9 * cost)
        book -= charge


@pytest.mark.parametrize("method", METHODS)
def test_schedule_is_the_share_of_an_asset_without_salvage(method):
    shares = depreciation_schedule(5, method)
    assert len(shares) == (6 if method == "macrs" else 5)
    assert (1000 * shares).tolist() == pytest.approx(schedule(1000, 5, method)[: len(shares)], rel=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_edges_of_life_and_cost(method):
    assert depreciation(1000, 5, 7, method) == 0
    assert depreciation(1000, 5, 10**6, method) == 0
    assert schedule(0, 5, method) == [0] * 6
    if method != "macrs":
        assert schedule(1000, 1, method, 100) == [900, 0]  # one year writes everything off
        assert sum(schedule(1000, 100, method, 100)) <= 905


def test_db_without_salvage_is_written_off_at_once_as_in_excel():
    assert schedule(1000, 5, "db") == [1000, 0, 0, 0, 0, 0]


def test_refusals_name_value_and_limit():
    with pytest.raises(OutOfLimits, match="macrs has no table for 4 years; it knows 3, 5, 7, 10, 15, 20"):
        depreciation(1000, 4, 1, "macrs")
    with pytest.raises(OutOfLimits, match="salvage: 1200 is above the cost 1000"):
        depreciation(1000, 5, 1, "sln", 1200)


@pytest.mark.parametrize("method", METHODS)
@given(st.lists(st.tuples(st.floats(0, 1e7), st.floats(0, 1)), min_size=1, max_size=5), st.integers(1, 8))
def test_an_array_of_assets_equals_the_assets_one_by_one(method, rows, year):
    cost = np.array([c for c, _ in rows])
    salvage = np.array([c * s for c, s in rows])
    together = depreciation(cost, 5, year, method, salvage)
    alone = [depreciation(c, 5, year, method, s) for c, s in zip(cost.tolist(), salvage.tolist(), strict=True)]
    assert together.tolist() == alone
