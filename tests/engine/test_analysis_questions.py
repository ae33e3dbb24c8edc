"""Questions answered in one pass: the bits of single cases, the error of one left to it, passes that are shared."""

import numpy as np
import pytest

from engine.analysis import questions
from engine.analysis.outlook import outlook, outlook_steps
from engine.analysis.questions import ROWS, Question, alone, answers, feasible, together
from engine.analysis.scenarios import outcomes
from engine.analysis.stack import Base
from engine.errors import EngineError, NotAvailable
from engine.inputs import Inputs

CASE = {
    "users": 5000, "queries_per_user_day": 25, "prompt_tokens": 1000, "output_tokens": 500, "replica_rps": 2,
    "gpus_per_replica": 4, "gpu": "h100-sxm", "node_price": 60000, "cloud_instance": "aws/p5.48xlarge",
    "api_model": "gpt-4o", "seat_price": 30, "lease_rate": 0.06, "colo_rent": 180,
}  # fmt: skip
SINGLE = ("onprem", "cloud", "api", "seat", "lease", "colo")
CASES = (
    {}, {"users": 700, "wacc": 0.11}, {"currency": "EUR", "fx_rate": 0.92, "tariff": 0.2}, {"tax_rate": 0.3},
    {"currency": "EUR", "fx_rate": 0.8}, {"depreciation_benefit": 0.05}, {"energy_escalation": 0.04, "inflation": 0.02},
    {"api_cached_share": 0.4}, {"api_input_price": 2.0}, {"gpu": "l40s", "whole_nodes": 1, "cloud_instances": 2},
    {"hardware_life": 2}, {"api_long_prompt": 500, "api_long_input_price": 4, "api_long_output_price": 8},
    {"api_volume_mtok": 1000, "api_volume_discount": 0.2}, {"maintenance_rate": 0.1, "colo_price": 100},
    {"horizon": 9}, {"gpus": 64, "nodes": 8, "model_instances": 2}, {"capital_mode": "annuity"},
)  # fmt: skip
DRAWS = (
    {"queries_per_user_day": np.geomspace(1, 400, 9)},
    {"inflation": np.linspace(0, 0.1, 4), "api_price_decline": np.linspace(0, 0.5, 4)},
    {"api_input_price": np.linspace(0, 9, 5)},
    {"api_cached_share": np.linspace(0, 1, 3), "lease_rate": np.linspace(0, 0.2, 3)},
    {"prompt_tokens": np.array([300.0, 150_000.0, 400_000.0])},
    {"horizon": np.array([1.0, 4.0])},
    {},
)


@pytest.mark.parametrize("options", [(option,) for option in SINGLE] + [("onprem", "api"), ("hybrid", "seat")])
def test_answers_are_those_of_single_cases_bit_for_bit(options):
    bases = [Base(Inputs.read(CASE | change)) for change in CASES]
    asked = [Question(base, options, "tco", draws) for draws in DRAWS for base in bases]
    for question, answer in zip(asked, answers(asked), strict=True):
        (single,) = answers([question])
        if isinstance(single, EngineError):
            assert str(answer) == str(single)
        else:
            assert np.array_equal(answer, single), (question.base.inputs.typed, question.draws)
            if question.draws:
                wanted = outcomes(question.base.inputs, options, "tco", question.draws)
                assert np.array_equal(single, wanted)


@pytest.mark.parametrize("option", SINGLE)
def test_cases_of_a_kind_share_a_pass(option):
    """Otherwise every question would be answered alone: right, and slow."""
    changes = ({}, {"users": 700, "wacc": 0.11}, {"currency": "EUR", "fx_rate": 0.92, "tariff": 0.2}, {"tax_rate": 0.3})
    bases = [Base(Inputs.read(CASE | change)) for change in changes]
    asked = [Question(base, (option,), "tco", {"users": np.array([10.0, 5000.0])}) for base in bases]
    assert len({question.kind for question in asked}) == 1
    assert [answer.shape for answer in questions._stacked(asked)] == [(1, 2)] * 4


def test_cases_that_differ_in_what_is_asked_for_are_told_apart():
    """Of one kind by mistake: the pass refuses to answer one with the figures of another."""
    bases = [Base(Inputs.read(CASE | change)) for change in ({}, {"licence_payment": "prepaid"}, {"gpus": 80})]
    for other in bases[1:]:
        with pytest.raises(EngineError, match="not the same in all"):
            questions._stacked([Question(base, ("onprem",), "tco") for base in (bases[0], other)])


def test_large_groups_are_split_into_packs():
    base = Base(Inputs.read(CASE))
    sizes = (ROWS // 2, ROWS // 2 + 1, 3, ROWS + 5, 2)
    asked = [Question(base, ("seat",), "tco", {"seat_price": np.linspace(1, n, n)}) for n in sizes]
    for n, answer in zip(sizes, answers(asked), strict=True):
        assert answer.shape == (1, n)
        assert answer[0, -1] == pytest.approx(n * answer[0, 0])


def test_an_error_ends_the_analysis_that_asked_and_no_other():
    good, bad = Base(Inputs.read(CASE)), Base(Inputs.read(CASE | {"seat_price": None}))

    def steps(base):
        ((cost,),) = yield Question(base, ("seat",), "total")
        return cost

    def caught(base):
        try:
            yield Question(base, ("seat",), "total")
        except NotAvailable as error:
            return str(error)

    first, missing, last, text = together([steps(good), steps(bad), steps(good), caught(bad)])
    assert first == last == 5000 * 30 * 12 * 3
    assert isinstance(missing, NotAvailable)
    assert str(missing) == text
    assert "seat_price is required and blank" in text
    with pytest.raises(NotAvailable, match="seat_price"):
        alone(steps(bad))


def test_scenarios_without_a_result_are_told_apart():
    typed = Base(Inputs.read(CASE | {"gpus": 40}))
    found = alone(feasible(Question(typed, ("onprem",), "tco", {"nodes": np.array([10.0, 2.0, 12.0, 1.0])})))
    assert np.isnan(found[0]).tolist() == [False, True, False, True]


def test_outlooks_with_ranges_of_their_own():
    """Blank inputs that only some cases draw, distributions, a range that has no result at one of its ends."""
    ranges = (
        {}, {"tariff": (0.05, 0.3)}, {"gpu_price": (20000, 40000, "normal", "tariff 0.5"), "tariff": (0.05, 0.3)},
        {"horizon": (2, 5)}, {"fx_rate": (0.9, 1.1)}, {"prompt_tokens": (200, 200000)}, {"users": (1, 9000, "uniform")},
    )  # fmt: skip
    euro = CASE | {"currency": "EUR", "fx_rate": 1.0, "gpu_price": 30000, "tariff": 0.1}
    cases = [Inputs.read(euro, ranges=given) for given in ranges] + [Inputs.read(CASE)]
    options = ("onprem", "cloud", "api", "seat")
    found = together([outlook_steps(Base(case), options, runs=40) for case in cases])
    for case, seen in zip(cases, found, strict=True):
        single = outlook(case, options, runs=40)
        assert seen.moved == single.moved
        for name in ("base", "low", "high", "runs"):
            assert np.array_equal(getattr(seen, name), getattr(single, name), equal_nan=True), (case.ranges, name)
