"""The measurements: three files of a folder, each row a replica with what was measured on it."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from engine import catalog
from engine.errors import EngineError, NotAvailable, WrongKind
from engine.throughput.replica import Replica, replica
from engine.throughput.steps import kept, untouched
from engine.units import Array

FILES = {"max load": "throughput_published.csv", "concurrency": "latency_measured.csv", "prompt": "ttft_published.csv"}
"""Kinds of measurement: throughput at the largest load, throughput and times at a concurrency, time of one prompt."""
MEASURED = ("tokens_per_s", "ttft", "tpot", "concurrency", "requests")
TAGS = ("kind", "row", "gpu", "model", "precision", "engine", "release", "group", "architecture")


@dataclass(frozen=True)
class Rows:
    """Measurements side by side; NaN where a row has no such figure."""

    replica: Replica
    tokens_per_s: Array
    """Output tokens of one replica; for kind `prompt` 1 / time to first token. [1/s]"""
    ttft: Array
    tpot: Array
    concurrency: Array
    requests: Array
    """Requests of the benchmark run."""
    tags: dict[str, np.ndarray]
    """Texts by `TAGS`: group is the configuration without the lengths and the load, architecture what twins share."""
    newest: str
    """Date of the newest measurement."""

    def __len__(self) -> int:
        return len(self.tokens_per_s)

    def __getitem__(self, chosen: np.ndarray) -> "Rows":
        """Choose rows by a mask."""
        picked = Replica(**{f.name: getattr(self.replica, f.name)[chosen] for f in fields(Replica)})
        arrays = {name: getattr(self, name)[chosen] for name in MEASURED}
        tags = {name: values[chosen] for name, values in self.tags.items()}
        return Rows(picked, **arrays, tags=tags, newest=self.newest)


def read(folder: Path) -> Rows:
    """Read the measurements of a folder.

    Left out by rule, whatever they are rows of: benchmark runs under limits on response times, for they measure the
    limits; a run listed again under the name of a twin (a model of the same architecture); and rows that the
    GPUs they name cannot hold or reach, which were measured on more of them or are misread.
    """
    found = [(kind, row) for kind, name in FILES.items() for row in _records(folder / name)]
    offline = [(kind, row) for kind, row in found if "offline" in row.get("scenario", "offline")]
    kept = list({_run(kind, row): (kind, row) for kind, row in reversed(offline)}.values())[::-1]
    replicas = [_replica(kind, row) for kind, row in kept]
    stacked = {f.name: np.array([getattr(r, f.name) for r in replicas], dtype=np.float64) for f in fields(Replica)}
    columns = np.array([_measured(kind, row) for kind, row in kept], dtype=np.float64).T
    texts = [_tags(kind, row) for kind, row in kept]
    tags = {name: np.array([text[i] for text in texts]) for i, name in enumerate(TAGS)}
    newest = max(row.get("measured") or row.get("date") or "" for _, row in kept)
    rows = Rows(Replica(**stacked), **dict(zip(MEASURED, columns, strict=True)), tags=tags, newest=newest)
    return rows[possible(rows)]


def possible(rows: Rows) -> np.ndarray:
    """Tell which rows hardware allows.

    Weights inside the memory, and below the roofline: peak arithmetic, weights and caches read at full bandwidth.
    """
    r = rows.replica
    arithmetic = 2.0 * (r.active - r.embedding * r.embeddings) * (1.0 + r.prompt / r.output) / (r.gpus * r.flops)
    batch = rows.concurrency
    attention = r.parameters - r.experts - r.embedding * r.embeddings
    weights = (attention + r.experts * (1.0 - untouched(r, batch))) * r.weight_bytes
    caches = batch * r.kv_values * r.kv_bytes * kept(r, r.prompt + r.output / 2.0)
    reading = (weights + caches) / (r.gpus * r.bandwidth) / batch
    reading = np.where(np.isnan(batch) | (rows.tags["kind"] == "prompt"), 0.0, reading)
    below = rows.tokens_per_s * np.maximum(arithmetic, reading) <= 1.0
    return np.asarray(below & (r.weights_total < r.gpus * r.memory))


def _run(kind: str, row: dict[str, str]) -> tuple[str, ...]:
    """Name a run: by its row, or where times at a concurrency were measured by what was measured."""
    if kind != "concurrency":
        return kind, row.get("row_id", ""), *row.values()
    names = ("gpu", "precision", "tp", "isl", "osl", "concurrency", "ttft_ms", "tpot_ms")
    return kind, _architecture(row["model"]), *(row[name] for name in names)


def _architecture(model: str) -> str:
    """Layers, width, heads and size: the same for fine-tuned twins."""
    try:
        llm = catalog.llm(model)
    except EngineError:
        return model
    return f"{llm.layers:g} x {llm.hidden:g}, {llm.heads:g} heads, {llm.params_total_b:.3g}B"


def _records(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise NotAvailable(f"{path.name} is not in the folder {path.parent}; it holds {', '.join(FILES.values())}")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _replica(kind: str, row: dict[str, str]) -> Replica:
    tp, pp = int(float(row["tp"])), int(float(row.get("pp") or 1))
    output = 1.0 if kind == "prompt" else float(row["osl"])
    try:
        llm, gpu = catalog.llm(row["model"]), catalog.gpu(row["gpu"])
        found = replica(llm, gpu, tp, pp, row["precision"], float(row["isl"]), output)
    except EngineError as error:
        raise WrongKind(f"row {row.get('row_id', '?')} of {FILES[kind]}: {error}") from None
    static = "static" in row.get("scenario", "") or kind == "prompt"
    return Replica(**{f.name: getattr(found, f.name) for f in fields(Replica)} | {"host": 0.0 if static else 1.0})


def _measured(kind: str, row: dict[str, str]) -> tuple[float, float, float, float, float]:
    """Tokens per second, time to first token, time per token, concurrency, requests."""
    nan = float("nan")
    ttft, tpot = float(row.get("ttft_ms") or nan) / 1e3, float(row.get("tpot_ms") or nan) / 1e3
    if kind == "prompt":
        return 1.0 / ttft, ttft, nan, 1.0, nan
    if kind == "concurrency":
        return float(row["output_tokens_per_s_derived"]), ttft, tpot, float(row["concurrency"]), nan
    copies = float(row["n_gpus"]) / (float(row["tp"]) * float(row.get("pp") or 1))
    batch = float(row["batch_or_concurrency"] or nan)
    return float(row["tokens_per_s"]) / copies, ttft, tpot, batch, float(row["num_requests"] or nan)


def _tags(kind: str, row: dict[str, str]) -> tuple[str, ...]:
    release = row.get("engine") or f"{row['backend']} {row['backend_version']}".strip()
    backend = row.get("backend", "tensorrt-llm").replace("trtllm", "tensorrt-llm")
    group = " ".join((row["model"], row["gpu"], row["precision"], row["tp"], release))
    release = release.split(" (")[0]
    names = row.get("row_id", ""), row["gpu"], row["model"], row["precision"], backend, release, group
    return kind, *names, _architecture(row["model"])
