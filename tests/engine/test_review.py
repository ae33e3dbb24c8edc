"""What an option cannot be computed for is told beside wrong values, and nothing that only follows from them."""

import copy
import pickle

import pytest

from engine.errors import Missing, NotAvailable, Problems, WrongKind, all_of, each
from engine.inputs import Inputs
from engine.review import besides, refused
from engine.tco import evaluate

OWN = {
    "users": 1000, "queries_per_user_day": 20, "prompt_tokens": 900, "output_tokens": 300, "model": "llama-3.1-8b",
    "gpu": "l40s", "node_price": 20000, "options": "onprem",
}  # fmt: skip


def told(**values: object) -> list[str]:
    """Give the id that each sentence begins with: what reading says, then what the options lack."""
    case = {**OWN, **values}
    try:
        inputs = Inputs.read(case)
    except Problems as known:
        found = [*known.problems, *besides(case, known.problems)]
    else:
        found = refused(inputs)
    return [str(problem).split()[0].strip(":") for problem in found]


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, []),
        ({"users": 0, "model": "llama", "gpu": "l40ss", "energy": "mars"}, ["users", "gpu", "model", "energy"]),
        ({"options": "onprem,cloud,api,seat", "cloud_instance": "aws/p9", "api_model": "nix"},
         ["cloud_instance", "api_model", "seat_price"]),
        ({"wacc": 8, "tax_rate": 0.3, "depreciation_benefit": 0.1, "node_price": None},
         ["wacc", "tax_rate", "node_price"]),
        ({"prompt_tokens": 200000, "gpu": "a100-sxm-80gb", "precision": "fp8", "gpus_per_replica": 3},
         ["prompt_tokens", "precision", "gpus_per_replica"]),
        ({"gpu": "a100-sxm-80gb", "precision": "fp8", "node_price": None, "options": "onprem,seat"},
         ["precision", "node_price", "seat_price"]),
        ({"tpot_limit": 99, "gpu": "a100-sxm-80gb", "precision": "fp8", "gpus_per_replica": 3},
         ["tpot_limit", "precision", "gpus_per_replica"]),
        # without its GPUs and model a fleet cannot be sized: that follows from the ids
        ({"model": "x", "gpu": "y"}, ["gpu", "model"]),
        # the default precision would need more memory than is there; nobody asked for it
        ({"model": "llama-3.1-70b", "precision": "fp9", "gpus_per_replica": 1}, ["precision"]),
        # a price sizes nothing: that one l40s cannot hold the model is true whatever it costs
        ({"model": "llama-3.1-70b", "gpu_price": -1, "gpus_per_replica": 1}, ["gpu_price", "llama-3.1-70b"]),
        ({"options": "onprem,lone", "node_price": None}, ["options"]),
        ({"usrs": 5, "users": None}, ["usrs", "users"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_and_nothing_that_follows(values, ids):
    assert told(**values) == ids


def test_figures_that_are_missing_are_problems_of_their_own():
    with pytest.raises(Missing) as missing:
        _ = evaluate(Inputs.read({"gpu": "l40s"}), "onprem").tco
    ids = [str(problem).split()[0] for problem in each(missing.value)]
    assert sorted(ids) == ["node_price", "queries_per_user_day", "replica_rps", "users"]
    assert isinstance(missing.value, NotAvailable)


def test_several_problems_stay_what_they_are_when_copied_and_sent_to_another_process():
    several = all_of([WrongKind("a"), NotAvailable("b"), WrongKind("a")])
    for again in (copy.copy(several), pickle.loads(pickle.dumps(several))):  # noqa: S301  our own bytes
        assert (str(again), [type(p) for p in each(again)]) == ("a; b", [WrongKind, NotAvailable])
