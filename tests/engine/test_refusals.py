"""What sizing says when no replica serves: the reason is true, and each remedy of the sentence works when followed."""

import random
import re

import numpy as np
import pytest

from engine import catalog
from engine.case import Case
from engine.errors import EngineError, NoSolution, OutOfLimits
from engine.inputs import Inputs
from engine.serving import calibrate, service
from engine.sizing import Fleet
from engine.throughput import throughput
from engine.throughput.capacity import service_replica
from engine.throughput.constants import constants
from engine.throughput.layout import layout
from engine.throughput.room import PRODUCTION, batch_limit
from engine.throughput.steady import load

BASE = {
    "users": 100, "queries_per_user_day": 25, "model": "llama-3.1-405b", "gpu": "l4", "precision": "fp16",
    "prompt_tokens": 200, "output_tokens": 200,
}  # fmt: skip


def fleet(**values):
    return Fleet(Case(Inputs.read({**BASE, **values})))


def sentence(**values):
    with pytest.raises(OutOfLimits) as refused:
        fleet(**values).gpus  # noqa: B018
    return str(refused.value)


def alone(gpus, **values):
    """Room for requests and times of one request, of a replica of so many GPUs."""
    asked = service(Case(Inputs.read({**BASE, **values})))
    r = service_replica(asked, catalog.gpu({**BASE, **values}["gpu"]), gpus, 8)
    found = load(r, constants(), 1.0, PRODUCTION)
    return float(np.max(batch_limit(r, constants(), PRODUCTION))), found


def test_gpus_that_a_sentence_cites_hold_the_model_and_need_what_it_says():
    # 811.7 GB of weights: 8 L4 have 192 GB, 40 have 0.9 x 960 - 120 = 744, 48 have 892.8
    said = sentence()
    gpus, seconds = re.search(
        r"^tpot_limit 0.05 s \(the default\): (\d+) x l4 need ([\d.]+) s per output", said
    ).groups()
    room, found = alone(int(gpus))
    assert (int(gpus), room >= 1) == (48, True)
    assert alone(40)[0] < 1
    assert float(seconds) == pytest.approx(float(np.max(found.tpot)), rel=0.01)


@pytest.mark.parametrize("model", ["qwen3-235b-a22b", "llama-3.1-405b", "mistral-large-123b"])
def test_no_limit_is_to_be_raised_that_nobody_set(model):
    said = sentence(model=model, tpot_limit=0.001)
    assert "raise tpot_limit" in said
    assert "ttft_limit" not in said
    assert "latency_limit" not in said


def test_all_limits_that_are_missed_stand_in_one_sentence_and_are_raised_together():
    limits = {
        "model": "llama-3.1-70b",
        "gpu": "h100-sxm",
        "ttft_limit": 0.01,
        "tpot_limit": 0.001,
        "latency_limit": 0.1,
    }
    said = sentence(**limits)
    raised = dict(re.findall(r"(\w+_limit) to ([\d.]+) s", said))
    assert set(raised) == {"ttft_limit", "tpot_limit", "latency_limit"}
    assert fleet(**limits | {name: float(value) for name, value in raised.items()}).gpus[0, 0] > 0
    for name in raised:  # none of them was named for nothing
        others = {other: float(value) for other, value in raised.items() if other != name}
        assert f"{name} {limits[name]:g} s" in sentence(**limits | others)


def test_small_memory_of_a_request_is_not_written_as_nothing():
    said = sentence(model="deepseek-v3")
    # 671 billion in 16 bit, 61 layers x 576 values x 2 bytes x 400 tokens = 28 MB
    assert "needs 1342.0 GB for weights and 28 MB for one request, 72 x l4 of 1728 GB leaves 1339.2 GB" in said
    assert "0.0 GB" not in said


def test_prompt_and_answer_beyond_the_context_together_are_refused():
    llama = {"model": "llama-2-7b", "prompt_tokens": 4000, "output_tokens": 4000}
    said = sentence(**llama)
    assert said.startswith(
        "prompt_tokens 4000 and output_tokens 4000, together 8000, are above the context of llama-2-7b"
    )
    assert "shorten them to 4096 in all or choose a model with a longer context" in said
    assert fleet(**llama | {"prompt_tokens": 96}).gpus[0, 0] > 0
    assert "output_tokens 5000 is above" in sentence(model="llama-2-7b", output_tokens=5000)
    # of many scenarios, the longest is told
    drawn = {"prompt_tokens": np.array([96.0, 97.0, 300.0])}
    with pytest.raises(OutOfLimits, match="prompt_tokens 300 and output_tokens 4000, together 4300"):
        Fleet(Case(Inputs.read({**BASE, **llama}), drawn)).gpus  # noqa: B018


def test_the_scenario_that_fails_is_the_one_that_is_told():
    drawn = {"tpot_limit": np.array([10.0, 0.25, 10.0]), "prompt_tokens": np.array([200.0, 300.0, 400.0])}
    with pytest.raises(NoSolution, match=r"^tpot_limit 0.25 s: 48 x l4 need"):
        Fleet(Case(Inputs.read(BASE), drawn)).gpus  # noqa: B018


def test_what_stands_in_for_a_model_that_cannot_be_sized():
    measured = sentence(replica_rps=2)
    assert measured.endswith("or set gpus_per_replica to that of the measurement")
    assert fleet(replica_rps=2, gpus_per_replica=48).gpus[0, 0] > 0
    rented = {"gpu": "h100-sxm", "cloud_instance": "aws/g6.48xlarge"}
    with pytest.raises(NoSolution) as refused:
        fleet(**rented).cloud_instances  # noqa: B018
    assert "x l4 need" in str(refused.value)
    assert "set gpu" not in str(refused.value)
    assert str(refused.value).endswith("or set cloud_instances")
    assert fleet(**rented, cloud_instances=9).cloud_instances[0, 0] == 9


def test_a_limit_beyond_what_may_be_typed_is_taken_away():
    said = sentence(model="llama-3.1-8b", calibration=0.05, output_tokens=100000, latency_limit=3600, tpot_limit=0)
    assert "raise latency_limit to 0, no limit" in said


def test_nothing_is_calibrated_on_a_replica_that_cannot_hold_the_model():
    with pytest.raises(NoSolution, match="needs 812 GB, 8 x l4 has 192 GB"):
        calibrate(Inputs.read({**BASE, "gpus_per_replica": 8}), 3.0)
    # memory as benchmarks fill it: operations would refuse one GPU
    tight = Inputs.read(
        {**BASE, "model": "llama-3.1-70b", "gpu": "h100-sxm", "precision": "fp8", "gpus_per_replica": 1}
    )
    assert 0.05 < calibrate(tight, 400.0) < 20


def test_what_is_named_is_of_the_catalogue_in_use(tmp_path):
    rows = (catalog.tables.SHIPPED / "gpus.csv").read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.startswith(("id,", "l4,", "h200,"))]
    (tmp_path / "gpus.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert "set gpu to h100-sxm" in sentence()
    with catalog.using(tmp_path):
        assert "set gpu to h200" in sentence()
    assert "set gpu to h100-sxm" in sentence()


# --- every remedy followed --------------------------------------------------------------------------------------------
def drawn_case(draw):
    """Draw a case at random; extremes are frequent, so that about half of them are refused."""
    models, gpus = ([row[0] for row in catalog.ids(table)] for table in ("llm", "gpu"))
    case = {
        "users": round(10 ** draw.uniform(0, 6)), "queries_per_user_day": draw.choice((0, 1, 25)),
        "model": draw.choice(models), "gpu": draw.choice(gpus),
        "engine": draw.choice(("tensorrt-llm", "vllm", "sglang")),
        "precision": draw.choice(("fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4")),
        "prompt_tokens": round(10 ** draw.uniform(0, 4.5)), "output_tokens": round(10 ** draw.uniform(0, 3.7)),
    }  # fmt: skip
    levers = {
        "ttft_limit": lambda: 10 ** draw.uniform(-2, 1), "tpot_limit": lambda: 10 ** draw.uniform(-2.5, 0),
        "latency_limit": lambda: 10 ** draw.uniform(-1, 2), "speculative_acceptance": lambda: draw.uniform(0, 0.95),
        "prefix_cache_hit": lambda: draw.uniform(0, 0.99), "response_cache_hit": lambda: draw.uniform(0, 0.9),
        "pruned_layers": lambda: draw.uniform(0, 0.9), "calibration": lambda: 10 ** draw.uniform(-1, 1),
        "replica_rps": lambda: 10 ** draw.uniform(-1, 1), "min_replicas": lambda: draw.randint(1, 9),
        "spare_replicas": lambda: draw.randint(0, 3), "gpus_per_replica": lambda: draw.choice((1, 2, 4, 8, 16)),
        "gpus_per_node": lambda: draw.choice((1, 2, 4, 8)),
    }  # fmt: skip
    return case | {name: value() for name, value in levers.items() if draw.random() < 0.25}


def listed(pattern, said):
    """Values of a list in a sentence: a, b or c."""
    found = re.search(
        pattern + r" ((?:[\w.-]+, (?!set|raise|shorten))*[\w.-]+(?: or (?!set|raise|shorten)[\w.-]+)?)", said
    )
    return re.split(", | or ", found[1]) if found else []


def remedies(said, case):
    """Give what a sentence offers, as changes of the case."""
    if both := re.search(r"set gpu to (\S+) and gpus_per_replica to (\d+)", said):
        yield {"gpu": both[1], "gpus_per_replica": float(both[2])}
        said = said.replace(both[0], "")
    if raised := re.findall(r"(\w+_limit) to ([\d.e+-]+)", said):
        yield {name: float(value) for name, value in raised}
    for name, pattern in {
        "precision": "set precision to", "gpu": "set gpu to", "model": "set model to a smaller one such as",
        "gpus_per_replica": r"set gpus_per_replica to(?= \d)",
    }.items():  # fmt: skip
        for value in listed(pattern, said):
            yield {name: float(value) if name == "gpus_per_replica" else value}
    if "gpus_per_replica to that" in said:
        yield {"gpus_per_replica": 1.0}
    if shorter := re.search(r"prompts and answers to (half|a quarter)", said):
        share = {"half": 0.5, "a quarter": 0.25}[shorter[1]]
        yield {name: max(1.0, share * case[name]) for name in ("prompt_tokens", "output_tokens")}
    if within := re.search(r"shorten them to (\d+) in all", said):
        yield {"prompt_tokens": float(within[1]) - 1.0, "output_tokens": 1.0}


def refused(case):
    """Give the sentence of a refusal, or empty text."""
    try:
        assert fleet(**case).gpus[0, 0] > 0
    except EngineError as error:
        return str(error)
    return ""


KINDS = ("a single request", " GB", "above the context")


def test_every_remedy_of_a_refusal_works_when_it_is_followed():
    draw = random.Random(4)  # noqa: S311  cases, not secrets
    sentences = [(said, case) for case in (drawn_case(draw) for _ in range(1000)) if (said := refused(case))]
    # no such arithmetic or layout: told by the throughput model
    others = [said for said, _ in sentences if not any(kind in said for kind in KINDS)]
    assert [said for said in others if not re.search("arithmetic|whole nodes|attention heads", said)] == []
    without = 0
    for kind in KINDS:
        told = [(said, case) for said, case in sentences if kind in said]
        assert len(told) >= 15, kind
        for said, case in told:
            changes = list(remedies(said, case))
            without += not changes
            assert changes or "no single change is enough" in said
            still = [(change, then) for change in changes if (then := refused(case | change))]
            if kind == "above the context":  # shorter requests may still be too much for the GPU: another refusal
                still = [(change, then) for change, then in still if kind in then]
            assert still == [], (said, case)
    assert without <= 0.1 * len(sentences)


# --- what the throughput model says -----------------------------------------------------------------------------------
def test_a_benchmark_beyond_the_context_is_a_warning_and_its_prompt_alone_a_refusal():
    # published: Falcon 180B with 2,048 tokens of answer after 128, on 8 H200, context 2,048
    beyond = ("falcon-180b", "h200", 8, "fp8", 128, 2048)
    assert throughput(*beyond, measure="fits") is True
    assert throughput(*beyond, measure="warning").startswith(
        "prompt_tokens 128 and output_tokens 2048, together 2176, are above the context of falcon-180b, 2048 tokens"
    )
    assert throughput(*beyond[:4], 128, 1920, measure="warning") == ""
    with pytest.raises(OutOfLimits, match="prompt_tokens 2049 is above the context"):
        throughput(*beyond[:4], 2049, 10)


@pytest.mark.parametrize("model", ["llama-3.1-70b", "qwen2.5-7b", "smollm-135m", "phi-4-14b"])
@pytest.mark.parametrize("node", [1, 3, 4, 6, 8, 16, 72])
def test_sizes_that_a_refused_layout_names_can_be_laid_out(model, node):
    llm, gpu = catalog.llm(model), catalog.gpu("h100-sxm")
    for gpus in range(1, 73):
        try:
            layout(llm, gpu, gpus, node)
        except NoSolution as error:
            named = [int(size) for size in re.search("use (.*) GPUs", str(error))[1].split(" or ")]
            assert all(1 <= size <= 72 and layout(llm, gpu, size, node) for size in named)
