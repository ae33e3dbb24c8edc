"""Reading assumptions: every id, every limit, all problems in one pass."""

import datetime as dt

import pytest

from engine.errors import NotAvailable, OutOfLimits, Problems, WrongKind
from engine.inputs import Inputs, assumptions

NUMERIC = [a for a in assumptions().values() if a.kind in {"number", "whole", "flag"}]


def problems(**values):
    with pytest.raises(Problems) as caught:
        Inputs.read(values)
    return caught.value.problems


def test_there_are_131_assumptions_in_ten_sections_each_with_help():
    assert len(assumptions()) == 131
    assert {a.section for a in assumptions().values()} == {
        "workload", "serving", "onprem", "cloud", "api", "seat", "colo", "lease", "hybrid", "finance"
    }  # fmt: skip
    assert all(20 < len(a.help) < 256 or len(a.help) > 10 for a in assumptions().values())


@pytest.mark.parametrize("assumption", NUMERIC, ids=lambda a: a.id)
def test_every_limit_is_kept_and_named(assumption):
    step = 1 if assumption.kind != "number" else 0.001
    beyond = max(step, float(round(assumption.high * 1e-6)) if step == 1 else assumption.high * 1e-6)
    for value, relation, limit in (
        (assumption.low - step, "below", assumption.low),
        (assumption.high + beyond, "above", assumption.high),
    ):
        found = problems(**{assumption.id: value})
        assert len(found) == 1
        assert isinstance(found[0], OutOfLimits)
        assert str(found[0]).startswith(f"{assumption.id}: {value:.15g} is {relation} {limit:.15g}")


@pytest.mark.parametrize("assumption", NUMERIC, ids=lambda a: a.id)
def test_limits_themselves_are_allowed(assumption):
    if assumption.id in {"fx_rate", "tax_rate", "depreciation_benefit", "residual_rate", "api_volume_discount"}:
        return  # allowed alone, but they exclude or need something else
    for value in (assumption.low, assumption.high):
        assert getattr(Inputs.read({assumption.id: value}), assumption.id) == value


@pytest.mark.parametrize("assumption", NUMERIC, ids=lambda a: a.id)
def test_text_for_a_number_is_refused_with_the_text_and_the_unit(assumption):
    (found,) = problems(**{assumption.id: "about 5"})
    assert isinstance(found, WrongKind)
    unit = assumption.unit.replace("money", "USD").replace("currency/", "USD/")
    asked = f" ({unit})" if unit != "-" else ""
    assert str(found) == f'{assumption.id}: text "about 5" where a number is asked{asked}'


def test_errors_speak_of_the_currency_that_is_typed():
    found = problems(currency="eur", tariff="cheap", node_price=-1)
    assert sorted(map(str, found)) == [
        "node_price: -1 is below 0 EUR/node; write a number from 0 to 10000000",
        'tariff: text "cheap" where a number is asked (EUR/kWh)',
    ]


def test_one_of_something_is_told_in_the_singular():
    (found,) = problems(depreciation_method="macrs", depreciation_life=1)
    assert str(found).startswith("depreciation_life: 1 year, macrs has tables for 3, 5")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_are_refused(value):
    (found,) = problems(wacc=value)
    assert isinstance(found, OutOfLimits)
    assert "not a finite number" in str(found)


@pytest.mark.parametrize("value", [None, "", "  ", "auto", "AUTO"])
def test_blank_and_auto_take_the_default(value):
    assert Inputs.read({"wacc": value}).wacc == 0.08
    assert Inputs.read({"wacc": value}).model_fields_set == set()


def test_true_and_false_count_as_numbers():
    assert Inputs.read({"licence_bundled": True}).licence_bundled == 1.0


def test_a_rate_above_its_limit_hints_at_the_percent_sign():
    (found,) = problems(wacc=8)
    assert str(found) == "wacc: 8 is above 0.5 1/yr; for 8 percent write 8% or 0.08"


def test_whole_numbers():
    (found,) = problems(users=10.5)
    assert str(found) == "users: 10.5 is not a whole number"


def test_all_problems_at_once_in_one_sentence_each():
    found = problems(tariff=-0.12, wacc=8, gpu=5, users="many", curency="EUR", cloud_term="4yr")
    assert len(found) == 6
    text = "; ".join(str(p) for p in found)
    for part in (
        "tariff: -0.12 is below 0",
        "wacc: 8",
        "gpu: 5",
        'users: text "many"',
        "did you mean currency?",
        "4yr",
    ):
        assert part in text


def test_unknown_id_is_not_in_the_catalogue_of_ids():
    (found,) = problems(gpu_prise=1)
    assert isinstance(found, NotAvailable)
    assert str(found) == "gpu_prise is no assumption; did you mean gpu_price?"


def test_amounts_are_named_in_the_case_s_currency():
    (found,) = problems(tariff=-1, currency="EUR")
    assert "below 0 EUR/kWh" in str(found)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tax_rate": 0.25, "depreciation_benefit": 0.06}, "both set"),
        ({"tax_rate": 0.25, "capital_mode": "annuity"}, "no meaning in capital_mode annuity"),
        ({"residual_rate": 0.2, "capital_mode": "book"}, "no meaning in capital_mode book"),
        ({"options": "onprem,edge"}, "no list of onprem, cloud, api, seat"),
        ({"currency": "EURO"}, "no ISO code"),
        ({"fx_rate": 0.9}, "leave it blank or set currency"),
    ],
)
def test_contradictions_are_errors_not_silence(values, words):
    (found,) = problems(**values)
    assert isinstance(found, WrongKind)
    assert words in str(found)


@pytest.mark.parametrize("value", [dt.date(2026, 1, 15), dt.datetime(2026, 1, 15, 9, 30), "2026-01-15", 46037.0])  # noqa: DTZ001
def test_dates_come_as_dates_text_or_serial_numbers(value):
    assert Inputs.read({"prices_as_of": value}).prices_as_of == dt.date(2026, 1, 15)


def test_a_changed_copy_is_validated_again():
    base = Inputs.read({"users": 10})
    assert base.replaced(wacc=0.1).wacc == 0.1
    assert base.replaced(users=None).users is None
    with pytest.raises(Problems, match="below 0"):
        base.replaced(tariff=-1)
