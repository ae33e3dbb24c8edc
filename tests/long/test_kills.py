"""Fifty kills at random moments: no torn file, nothing lost, nothing made twice, whatever made the files."""

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from test_many_proposals import ROOT, batch, write_customers

pytestmark = pytest.mark.long

KILLS = 50
SEED = 20261121
PROPOSALS = 120
ENGINES = (("--workers", "1"), ("--workers", "2"), ("--engine", "dask", "--workers", "2"))
WEIGHTS = (4, 4, 1)  # a cluster of dask takes seconds to start


@dataclass
class Tally:
    kills: int = 0
    while_writing: int = 0
    finished: int = 0
    made: dict[str, int] = field(default_factory=dict)


def test_fifty_kills_at_random_moments(tmp_path, told, until_gone):
    chance = random.Random(SEED)  # noqa: S311  no secret
    data, whole, out = write_customers(tmp_path / "customers.csv", PROPOSALS), tmp_path / "whole", tmp_path / "out"
    _, seconds = batch(data, whole, "--workers", "2")
    expected = hashes(whole)
    tally, there = Tally(), {}
    while tally.kills < KILLS:
        engine = chance.choices(ENGINES, WEIGHTS)[0]
        group, finished = killed(data, out, engine, chance.uniform(0.2, seconds * (2 if "dask" in engine else 1)))
        until_gone(group)
        now = workbooks(out)
        assert there.items() <= now.items(), "a file that stood there whole was written again"
        assert {name: expected[name] for name in now} == {name: hash_of(out / name) for name in now}, "a torn file"
        assert noted(out) >= set(now), "a file that the journal does not know"
        tally.kills += not finished
        tally.while_writing += not finished and len(now) > len(there)
        there = now
        if finished or len(now) == PROPOSALS:
            counts, _ = batch(data, out, *engine)
            assert (counts["written"], counts["up_to_date"]) == (0, PROPOSALS)
            assert hashes(out) == expected
            tally.finished += 1
            shutil.rmtree(out)
            there = {}
    counts, _ = batch(data, out, "--workers", "2")
    assert counts["written"] + counts["up_to_date"] == PROPOSALS
    assert counts["up_to_date"] == len(there)
    assert hashes(out) == expected, "the folder is not what an undisturbed run leaves"
    assert tally.while_writing >= KILLS / 4, "the moments were not in the writing"
    told(
        f"{KILLS} times kill -9 at random moments of batches of {PROPOSALS}, resumed (1 and 2 processes, dask)",
        f"{tally.while_writing} of them while files were written; no torn file, none lost, none made twice; "
        f"{tally.finished + 1} batches came to their end byte for byte as undisturbed ones",
    )


def killed(data: Path, out: Path, engine: tuple[str, ...], after: float) -> tuple[int, bool]:
    """Start a batch and kill its main process; its group, and whether it came to its end before."""
    command = [sys.executable, "-m", "workbook.cli", "batch", str(data), "--out", str(out), *engine]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return process.pid, process.returncode != -signal.SIGKILL


def workbooks(out: Path) -> dict[str, tuple[int, int]]:
    """Proposals in the folder, each with what tells whether it was written again."""
    found = {path.name: path.stat() for path in out.glob("L*.xlsx")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in found.items()}


def noted(out: Path) -> set[str]:
    lines = [line for path in out.glob("*journal*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    return {json.loads(line)["file"] for line in lines if line.endswith("}")}


def hashes(out: Path) -> dict[str, str]:
    """All files by name: nothing else may be left, no temporary file, no journal of a process, no lock."""
    return {path.name: hash_of(path) for path in out.iterdir()}


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
