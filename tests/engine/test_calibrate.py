"""Fitting: constants come back from measurements that they made, whatever a tenth of the rows says."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from engine import catalog
from engine.calibrate import __main__ as command
from engine.calibrate.fit import fit, leave_one_out, predict
from engine.calibrate.report import calibrated_range, errors, joined, summary
from engine.calibrate.rows import FILES, read
from engine.errors import NotAvailable, WrongKind
from engine.throughput.constants import Constants, constants
from engine.throughput.replica import replica
from engine.throughput.room import batch_limit
from engine.throughput.steady import alone_prefill, load, schedulable, step

pytest.importorskip("scipy")
CONFIGURATIONS = [
    ("Llama-3.1-8B", "H100-SXM", 1, "fp8"),
    ("Llama-3.1-70B", "H200", 4, "fp8"),
    ("Llama-3.1-70B", "A100-SXM-80GB", 4, "fp16"),
    ("Mixtral-8x7B", "H100-SXM", 2, "fp16"),
    ("Llama-3.1-8B", "L40S", 1, "fp16"),
]
DERIVED = "output_tokens_per_s_derived"
ENGINE = "TensorRT-LLM 1.0"
LENGTHS = [(128, 128), (128, 2048), (1000, 1000), (2048, 128), (5000, 500)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Measurements made by the model in use: 3 % noise, and every tenth row half of what it should be."""
    path, noise, rows = tmp_path_factory.mktemp("measured"), np.random.default_rng(7), []
    for number, (model, gpu, tp, precision) in enumerate(CONFIGURATIONS):
        for isl, osl in LENGTHS:
            r = of(model, gpu, tp, precision, isl, osl)
            for batch in (None, 4, 32):
                found = load(r, constants(), batch)
                factor = float(np.exp(noise.normal(0, 0.03))) * (0.5 if len(rows) % 10 == 9 else 1.0)
                rows.append((number, model, gpu, tp, precision, isl, osl, batch, found, factor))
    common = ["row_id", "model", "gpu", "precision", "tp", "isl", "osl"]
    published = [
        [f"T{i}", m, g, p, tp, isl, osl, tp, 1, "", "", float(f.tokens_per_s) * x, "offline max load", ENGINE, "2026"]
        for i, (_, m, g, tp, p, isl, osl, batch, f, x) in enumerate(rows)
        if batch is None
    ]  # fmt: skip
    write(
        path / FILES["max load"],
        [*common, "n_gpus", "pp", "batch_or_concurrency", "num_requests", "tokens_per_s", "scenario", "engine", "date"],
        [*published, [*published[0][:11], 1.0, "server", "TensorRT-LLM 1.0", "2026"]],
    )
    write(
        path / FILES["concurrency"],
        [*common, "backend", "backend_version", "concurrency", "ttft_ms", "tpot_ms", DERIVED, "measured"],
        [
            [f"L{i}", m, g, p, tp, isl, osl, "trtllm", "1.0", batch, 1e3 * float(f.ttft) / x, 1e3 * float(f.tpot) / x,
             float(f.tokens_per_s) * x, "2026-02-03"]
            for i, (_, m, g, tp, p, isl, osl, batch, f, x) in enumerate(rows)
            if batch
        ],
    )  # fmt: skip
    alone = [
        [m, g, p, tp, isl, 1e3 * float(alone_prefill(of(m, g, tp, p, isl, 1.0), constants())), ENGINE, "2024"]
        for m, g, tp, p in CONFIGURATIONS
        for isl in (128, 2048)
    ]  # fmt: skip
    write(path / FILES["prompt"], ["model", "gpu", "precision", "tp", "isl", "ttft_ms", "engine", "date"], alone)
    return path


def of(model, gpu, tp, precision, isl, osl):
    return replica(catalog.llm(model), catalog.gpu(gpu), tp, 1, precision, isl, osl)


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_runs_under_limits_are_left_out(folder):
    rows = read(folder)
    assert len(rows) == 25 + 50 + 10
    assert rows.newest == "2026-02-03"


def test_rows_that_no_gpu_can_reach_or_hold_and_runs_listed_twice_are_left_out(folder, tmp_path):
    for name in FILES.values():
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / FILES["concurrency"]
    table = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    first = next(row for row in table if row["model"] == "Llama-3.1-70B" and row["concurrency"] == "4")
    # 4 H200 read 68.4 GB of 8-bit weights (embeddings aside) 4 x 4.8e12 / 68.4e9 = 281 times a second, 4 tokens each
    reach = 4 * 4 * 4.8e12 / 68.4e9
    changes = (
        {DERIVED: reach * 1.01, "ttft_ms": 1},
        {"tp": 1, "precision": "fp16", DERIVED: 100},  # 141 GB of weights beside 151 GB of memory: held
        {"tp": 1, "precision": "fp16", DERIVED: 100, "gpu": "H100-SXM"},  # 86 GB: not held
        {"model": "Llama-3.3-70B"},  # the same run under the name of its twin
    )
    table += [{**first, "ttft_ms": first["ttft_ms"] + "1" * len(c) * ("tp" in c), **c} for c in changes]
    write(path, list(first), [list(row.values()) for row in table])
    rows, before = read(tmp_path), read(folder)
    assert len(rows) == len(before) + 1
    assert np.sum(rows.replica.tp == 1) == np.sum(before.replica.tp == 1) + 1


def with_requests(rows, requests):
    return replace(rows, requests=np.full(len(rows), float(requests)))


def test_the_end_of_a_run_by_hand(folder):
    rows = read(folder)
    rows = rows[np.arange(len(rows)) == np.argmax(rows.tags["kind"] == "max load")]
    r, c = rows.replica, constants()
    batch = float(np.minimum(batch_limit(r, c), schedulable(r))[0])
    whole, half = (float(r.output[0] * step(r, c, np.array([b]))[0]) for b in (batch, batch / 2))
    # 3.2 batches: 2.7 answers in full load, and a last one over which half of the requests are in flight
    found = predict(with_requests(rows, 3.2 * batch), c)
    assert found.tokens_per_s[0] == pytest.approx(3.2 * batch * r.output[0] / (2.7 * whole + half), rel=1e-12)
    assert found.tokens_per_s[0] < found.steady[0]
    # what starts together ends together
    assert predict(with_requests(rows, batch), c).tokens_per_s[0] == pytest.approx(found.steady[0], rel=1e-12)
    # a long run hardly feels its end
    assert predict(with_requests(rows, 1e4 * batch), c).tokens_per_s[0] == pytest.approx(found.steady[0], rel=1e-3)


def test_predictions_do_not_jump_with_the_memory_that_buffers_take(folder):
    # a jump is invisible to the regression, which then stops short of the best constants
    rows = read(folder)
    rows = with_requests(rows[rows.tags["kind"] == "max load"], 1000)
    around = [predict(rows, replace(constants(), workspace=w)).tokens_per_s for w in np.linspace(3.0, 6.0, 1501)]
    change = np.abs(np.diff(np.log(around), axis=0))
    assert change.max() < 0.003
    assert change.max() > 0


def test_the_fit_finds_what_made_the_measurements(folder):
    rows = read(folder)
    found = summary(rows, predict(rows, fit(rows)))
    assert found["throughput at the largest load"]["median"] < 0.06
    assert found["throughput at a concurrency"]["median"] < 0.05
    assert found["time per output token"]["median"] < 0.05
    assert found["time to first token under load"]["median"] < 0.10


def test_the_same_measurements_give_the_same_constants(folder):
    assert fit(read(folder)) == fit(read(folder))


def test_rows_left_out_are_predicted_without_them(folder):
    rows = read(folder)
    parts = leave_one_out(rows, "gpu")
    assert set(parts) == {"A100-SXM-80GB", "H100-SXM", "H200", "L40S"}
    together = joined(rows, "gpu", parts)
    assert not np.any(np.isnan(together.tokens_per_s))
    left = rows.tags["gpu"] == "L40S"
    without = predict(rows[left], fit(rows[~left]))
    assert together.tokens_per_s[left].tolist() == without.tokens_per_s.tolist()


def test_errors_by_hand():
    assert errors(np.array([1.1, 0.8, 1.0]), np.ones(3)) == {"rows": 3, "median": 0.1, "p90": 0.18, "bias": 0.0}


def test_the_range_spans_what_was_measured_under_load(folder):
    # single prompts, answered with one token, do not stretch the range of answers
    assert calibrated_range(read(folder)) == {
        "prompt_tokens": [128, 5000],
        "output_tokens": [128, 2048],
        "gpus": [1, 4],
        "params_total_b": [8.03, 70.55],
        "arch": ["Ada", "Ampere", "Hopper"],
        "attention": ["GQA"],
        "precision": ["fp16", "fp8"],
    }


def test_the_command_writes_a_file_that_the_model_reads(folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "constants.json"
    monkeypatch.setattr("sys.argv", ["calibrate", str(folder), str(out)])
    assert command.main() == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert Constants(**written["constants"])
    assert written["rows"] == {"concurrency": 50, "max load": 25, "prompt": 10}
    assert {"bands", "range", "errors", "coverage", "newest_measurement", "version"} <= set(written)
    tables = capsys.readouterr().out
    assert "leave one gpu out" in tables
    assert "max load, model left out" in tables


def test_what_is_missing_or_unknown_is_named(folder, tmp_path, monkeypatch, capsys):
    with pytest.raises(NotAvailable, match=r"throughput_published.csv is not in the folder"):
        read(tmp_path)
    monkeypatch.setattr("sys.argv", ["calibrate", str(tmp_path)])
    assert command.main() == 2
    assert "is not in the folder" in capsys.readouterr().err
    for name in FILES.values():
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / FILES["max load"]
    path.write_text(path.read_text(encoding="utf-8").replace("Mixtral-8x7B", "Mixtral-9x9B", 1), encoding="utf-8")
    with pytest.raises(WrongKind, match=r'row T\d+ of throughput_published.csv: no llm "Mixtral-9x9B"'):
        read(tmp_path)
