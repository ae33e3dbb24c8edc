"""The measurements: three files of a folder, each row a replica with what was measured on it."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from engine import catalog
from engine.errors import EngineError, NotAvailable, WrongKind
from engine.throughput.replica import Replica, replica
from engine.units import Array

FILES = {"max load": "throughput_published.csv", "concurrency": "latency_measured.csv", "prompt": "ttft_published.csv"}
"""Kinds of measurement: throughput at the largest load, throughput and times at a concurrency, time of one prompt."""
MEASURED = ("tokens_per_s", "ttft", "tpot", "concurrency", "requests")
TAGS = ("kind", "row", "gpu", "model", "precision", "engine", "release", "group")


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
    """Texts by `TAGS`: group is the configuration without the lengths and the load."""
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

    Benchmark runs under limits on response times are left out: they measure the limits.
    """
    found = [(kind, row) for kind, name in FILES.items() for row in _records(folder / name)]
    kept = [(kind, row) for kind, row in found if "offline" in row.get("scenario", "offline")]
    replicas = [_replica(kind, row) for kind, row in kept]
    stacked = {f.name: np.array([getattr(r, f.name) for r in replicas], dtype=np.float64) for f in fields(Replica)}
    columns = np.array([_measured(kind, row) for kind, row in kept], dtype=np.float64).T
    texts = [_tags(kind, row) for kind, row in kept]
    tags = {name: np.array([text[i] for text in texts]) for i, name in enumerate(TAGS)}
    newest = max(row.get("measured") or row.get("date") or "" for _, row in kept)
    return Rows(Replica(**stacked), **dict(zip(MEASURED, columns, strict=True)), tags=tags, newest=newest)


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
    return kind, row.get("row_id", ""), row["gpu"], row["model"], row["precision"], backend, release, group
