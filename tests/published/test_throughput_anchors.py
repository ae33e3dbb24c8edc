"""Published measurements of throughput, each with its source, against the model as a cell asks it.

One row for every pair of GPU and model that was published (the middle one by its number), none of them treated apart.
Rows whose figures the stated GPUs cannot reach are not among them: weights beyond their memory, or more arithmetic
than their peak (runs on more GPUs than stated).
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.throughput import throughput

ROWS = list(csv.DictReader((Path(__file__).parent / "throughput_anchors.csv").read_text(encoding="utf-8").splitlines()))


def cell(row, measure="tokens_per_s"):
    engine = row["engine"] if row["kind"] == "concurrency" else "tensorrt-llm"
    return throughput(
        row["model"], row["gpu"], int(row["gpus"]), row["precision"], float(row["prompt_tokens"]),
        float(row["output_tokens"]), float(row["concurrency"]) if row["concurrency"] else None, measure, engine,
    )  # fmt: skip


def sizes(rows, measure, column, scale=1.0):
    return np.array([abs(cell(row, measure) / (float(row[column]) * scale) - 1) for row in rows])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["row"])
def test_what_was_measured_fits(row):
    assert cell(row, "fits") is True


def test_throughput_is_as_near_as_the_documentation_says():
    errors = sizes(ROWS, "tokens_per_s", "tokens_per_s")
    assert np.median(errors) < 0.12
    assert np.percentile(errors, 90) < 0.40


def test_time_per_output_token():
    loaded = [row for row in ROWS if row["kind"] == "concurrency"]
    assert len(loaded) > 10
    assert np.median(sizes(loaded, "tpot", "tpot_ms", 1e-3)) < 0.15


def test_the_band_holds_most_of_them():
    # 90 % in the long run: 61 rows lie outside in fewer than 12 cases with a probability of 98 %
    inside = [cell(row, "low") <= float(row["tokens_per_s"]) <= cell(row, "high") for row in ROWS]
    assert len(ROWS) > 55
    assert np.mean(inside) > 0.8


def test_every_row_names_its_source():
    assert all(row["source"] and row["date"] for row in ROWS)
