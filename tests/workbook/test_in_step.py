"""Customers of a chunk are worked out together; each has the figures, bit for bit, that it has alone."""

import random
from dataclasses import replace

import pytest

from engine.errors import EngineError, Problems
from engine.inputs import Inputs, assumptions
from workbook import customers
from workbook.contents import Contents, contents_of
from workbook.customers import Customer
from workbook.locate import shipped
from workbook.making import Job, drafted
from workbook.proposal import Proposals, Source

TEMPLATE = shipped("templates", "proposal_en.xlsx")
EXAMPLES = customers.read(shipped("examples", "customers.csv")).good
VARIED = 160
CHOICES = {
    "options": ("onprem,api", "api,seat", "cloud,onprem", "onprem,cloud,api,seat", "lease,api", "colo,seat,onprem"),
    "horizon": (1, 2, 3, 5, 8, 12),
    "timing": ("end", "mid"),
    "cloud_term": ("on_demand", "1yr", "3yr"),
    "tax_rate": (0, 0.25),
    "depreciation_benefit": (0, 0.06),
    "lease_rate": (0.05, 0.08),
    "colo_rent": (150, 220),
    "replica_rps": (None, 2.0),
    "gpus_per_replica": (None, 2),
    "cloud_instances": (None, 2),
    "hardware_life": (None, 2, 4),
    "api_cached_share": (0, 0.3),
    "api_price_decline": (0, 0.2),
    "maintenance_rate": (0, 0.1),
    "whole_nodes": (None, 1, 0),
    "api_model": ("no-such-model",),
    "nodes": (None, 1),
}  # fmt: skip


def varied(count: int) -> list[Customer]:
    """Customers like the examples, with some of their inputs chosen anew; some cannot be computed."""
    dice = random.Random(20)  # noqa: S311  no secret
    numbers = [name for name, a in assumptions().items() if a.kind in {"number", "whole"}]
    found: list[Customer] = []
    while len(found) < count:
        example = dice.choice(EXAMPLES)
        typed = dict(example.inputs.typed)
        for name in dice.sample([n for n in numbers if n in typed], 5):
            value = typed[name] * dice.uniform(0.5, 2.0)
            typed[name] = round(value) if assumptions()[name].kind == "whole" else value
        for name in dice.sample(list(CHOICES), dice.randint(0, 4)):
            typed[name] = dice.choice(CHOICES[name])
        try:
            inputs = Inputs.read(typed)
        except Problems:
            continue
        found.append(replace(example, id=f"C{len(found)}", row=len(found), inputs=inputs))
    return found


@pytest.fixture(scope="module")
def proposals() -> Proposals:
    return Proposals.load(TEMPLATE)


def told(proposals: Proposals, says: Contents | Problems) -> object:
    """All that a proposal says; floats as their repr, which tells every bit."""
    if isinstance(says, EngineError):
        return str(says)
    return repr((proposals.cells(says), says.figures, says.warnings, says.fields))


def test_a_chunk_says_of_each_customer_what_he_is_told_alone(proposals):
    everybody = [*EXAMPLES, *varied(VARIED)]
    alone = {c.id: told(proposals, contents_of([c])[0]) for c in everybody}
    assert sum(not text.startswith("({") for text in alone.values()) > VARIED / 100  # some have problems
    for seed, size in ((1, 50), (2, 7)):
        random.Random(seed).shuffle(everybody)  # noqa: S311  no secret
        for first in range(0, len(everybody), size):
            chunk = everybody[first : first + size]
            for customer, says in zip(chunk, contents_of(chunk), strict=True):
                assert told(proposals, says) == alone[customer.id], (seed, customer.id, customer.inputs.typed)


def test_files_do_not_depend_on_the_chunk():
    sources = {"t": Source.read(TEMPLATE)}
    jobs = [Job(customer, "t", f"{customer.id}.xlsx", "k", is_linted=False) for customer in EXAMPLES]
    together = {job.file: draft.data for job, draft in zip(jobs, drafted(jobs, sources), strict=True)}
    for job in jobs[::4]:
        assert next(drafted([job], sources)).data == together[job.file]


def test_a_problem_of_one_customer_is_his_alone():
    good = EXAMPLES[6]
    bad = replace(good, id="bad", row=99, inputs=good.inputs.replaced(seat_price=None, api_model="no-such-model"))
    jobs = [Job(customer, "t", f"{customer.id}.xlsx", "k", is_linted=False) for customer in (good, bad, good)]
    first, wrong, last = drafted(jobs, {"t": Source.read(TEMPLATE)})
    assert first.data == last.data
    assert {p.row for p in wrong.problems} == {99}
    assert {p.field for p in wrong.problems} >= {"seat_price"}
