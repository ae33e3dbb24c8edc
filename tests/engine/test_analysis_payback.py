"""Payback in months: published cases, hand calculations, and the cash summed month by month."""

import numpy as np
import pytest

from engine.analysis.payback import payback_months
from engine.errors import NotAvailable, WrongKind
from engine.inputs import Inputs
from engine.tco import flows
from workbook.cells import CellError
from workbook.evaluate import evaluate as cell

# Lenovo LP2225: one server of 833,806 USD that runs for 0.87 USD an hour against one rented instance
LENOVO = {
    "gpus": 8, "nodes": 1, "model_instances": 1, "gpu": "h100-sxm", "gpu_price": 0, "node_price": 833806, "tariff": 0,
    "licence_price": 0, "sysadmin_salary": 0, "ml_salary": 0, "onprem_annual_cost": 0.87 * 8760, "cloud_instances": 1,
    "cloud_gpus_per_instance": 8, "cloud_licence_price": 0, "horizon": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "cloud_price", "hours", "tolerance"),
    [("LNV25-01", 98.32, 8556, 1), ("LNV25-03", 77.43, 10890, 2), ("LNV25-04", 53.95, 15710, 4)],
)
def test_lenovo_lp2225_hours_to_break_even(case, cloud_price, hours, tolerance):
    inputs = Inputs.read(LENOVO | {"cloud_price": cloud_price})
    assert payback_months(inputs, "onprem", "cloud") * 730 == pytest.approx(hours, abs=tolerance), case


def test_tax_and_residual_value_play_no_part():
    inputs = Inputs.read(LENOVO | {"cloud_price": 98.32})
    plain = payback_months(inputs, "onprem", "cloud")
    assert payback_months(inputs.replaced(tax_rate=0.3, residual_rate=0.4), "onprem", "cloud") == plain
    assert payback_months(inputs.replaced(depreciation_benefit=0.06), "onprem", "cloud") == plain


def seats(**values):
    """Two options that are nothing but a set-up and a yearly cost: api against seat."""
    zero = {"users": 1, "seat_price": 0, "queries_per_user_day": 0, "prompt_tokens": 1, "output_tokens": 1,
            "api_input_price": 1, "api_output_price": 1}  # fmt: skip
    return Inputs.read(zero | values)


def test_inside_a_year_the_running_costs_are_even():
    # 10,000 more at first, 4,000 saved a year: 2.5 years
    case = seats(api_setup_cost=10000, api_annual_cost=1000, seat_annual_cost=5000)
    assert payback_months(case, "api", "seat") == 30


def test_costs_that_rise_are_saved_at_their_own_price():
    # inflation 100 %: 4,000 in year 1, 8,000 in year 2: 10,000 after 1 + 6,000 / 8,000 years
    case = seats(api_setup_cost=10000, api_annual_cost=1000, seat_annual_cost=5000, inflation=1)
    assert payback_months(case, "api", "seat") == 21


def test_cheaper_at_once_is_zero_even_if_dearer_later():
    case = seats(seat_setup_cost=1, api_annual_cost=100)
    assert payback_months(case, "api", "seat") == 0
    assert payback_months(seats(seat_annual_cost=10), "api", "seat") == 0  # level at first, below from then on


def test_level_for_ever_or_never_below_is_not_available():
    with pytest.raises(
        NotAvailable, match="api never falls below seat within the horizon of 3 years: it has cost 0 USD"
    ):
        payback_months(seats(), "api", "seat")
    with pytest.raises(NotAvailable, match="4000 USD more at the end"):
        payback_months(seats(api_setup_cost=10000, api_annual_cost=1000, seat_annual_cost=3000), "api", "seat")
    exactly = seats(api_setup_cost=9000, seat_annual_cost=3000)  # even at the end of year 3, never below
    with pytest.raises(NotAvailable, match="it has cost 0 USD more"):
        payback_months(exactly, "api", "seat")


def test_a_later_purchase_of_the_other_pays_back_on_its_day():
    # the server is bought again after two years: until then renting has cost 12 x 730 x 3 a year less than half of it
    case = Inputs.read(LENOVO | {"node_price": 100000, "cloud_price": 8, "onprem_annual_cost": 0, "hardware_life": 2})
    # cloud after 24 months: 140,160 > 100,000, so own servers are ahead after 100,000 / 70,080 years ...
    assert payback_months(case, "onprem", "cloud") == pytest.approx(12 * 100000 / 70080)
    # ... and the cloud, cheaper at once, has its payback at 0
    assert payback_months(case, "cloud", "onprem") == 0
    # with 30,000 for the start of the rental and 60,000 a year the cloud falls below when the second server is bought
    late = case.replaced(cloud_price=60000 / 8760, cloud_setup_cost=130000 - 1)
    assert payback_months(late, "onprem", "cloud") == 0
    later = case.replaced(cloud_price=60000 / 8760, cloud_setup_cost=100001, onprem_annual_cost=60000)
    assert payback_months(later, "cloud", "onprem") == 24


def by_the_month(inputs, first, second):
    """The first hundredth of a month at which the cumulative cash of `first` is below, from the rows of the lines."""

    def cumulative(option, times):
        total = np.zeros_like(times)
        lines = {
            "onprem": ("power", "colocation", "licence", "sysadmin", "ml_engineer", "maintenance", "annual"),
            "cloud": ("rental", "cloud_licence", "sysadmin", "ml_engineer", "annual"),
        }[option]
        years = np.floor(times / 12).astype(int)
        for line in lines:
            row = np.array([*flows(inputs, option, line)[0], 0.0])
            total += np.cumsum(row)[years] + row[years + 1] * (times / 12 - years)
        for line in ("acquisition", "network", "setup"):
            total += np.cumsum([*flows(inputs, option, line)[0], 0.0])[years]
        return total

    times = np.arange(0, 12 * inputs.horizon, 0.01)
    below = cumulative(first, times) < cumulative(second, times)
    return times[np.argmax(below)] if below.any() else None


@pytest.mark.parametrize("cloud_price", [3, 5, 8, 9, 12, 30])
def test_a_growing_fleet_against_its_cash_month_by_month(cloud_price):
    inputs = Inputs.read({
        "users": 5000, "queries_per_user_day": 20, "user_growth": 0.4, "gpu": "h100-pcie", "gpus_per_node": 4,
        "gpus_per_replica": 2, "replica_rps": 3, "node_price": 20000, "hardware_life": 3, "network_rate": 0.1,
        "maintenance_rate": 0.05, "horizon": 6, "inflation": 0.03, "cloud_price": cloud_price, "cloud_instances": 3,
        "cloud_gpus_per_instance": 8, "cloud_setup_cost": 5000, "cloud_licence_price": 0,
    })  # fmt: skip
    expected = by_the_month(inputs, "onprem", "cloud")
    if expected is None:
        with pytest.raises(NotAvailable):
            payback_months(inputs, "onprem", "cloud")
    else:
        assert payback_months(inputs, "onprem", "cloud") == pytest.approx(expected, abs=0.011)


def test_prepaid_licences_are_paid_when_their_term_starts():
    # 8 GPUs x 10,000 on day one and again after two years; 6,000 a month for the cloud: 80,000 / 6,000 months
    case = Inputs.read(LENOVO | {
        "node_price": 0, "licence_price": 10000, "licence_term": 2, "licence_payment": "prepaid",
        "onprem_annual_cost": 0, "cloud_price": 6000 / 730,
    })  # fmt: skip
    assert payback_months(case, "onprem", "cloud") == pytest.approx(80000 / 6000)


def test_an_option_against_itself_or_unknown():
    with pytest.raises(WrongKind, match="seat is compared with itself"):
        payback_months(seats(), "seat", "SEAT")
    with pytest.raises(WrongKind, match="barter"):
        payback_months(seats(), "barter", "seat")


def test_from_a_cell():
    rows = [["id", "value"], *[[k, float(v) if not isinstance(v, str) else v] for k, v in LENOVO.items()]]
    assert cell("TCO_PAYBACK_MONTHS", [rows, "onprem", "cloud", "cloud_price", 98.32]) == pytest.approx(8556.2442 / 730)
    never = cell("TCO_PAYBACK_MONTHS", [rows, "onprem", "cloud", "cloud_price", 1.0])
    assert isinstance(never, CellError)
    assert never.code == "#N/A"
