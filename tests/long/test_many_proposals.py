"""Ten thousand proposals end to end, by the command line as a user runs it; then once more with nothing to do."""

import csv
import hashlib
import json
import random
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
COUNT = 10_000
MB_A_PROCESS = 600  # a process that keeps what it has written would need more than a gigabyte


def write_customers(path: Path, count: int, seed: int = 1) -> Path:
    """The shipped examples again and again, each with an id and a number of users of its own."""
    with (ROOT / "examples" / "customers.csv").open(encoding="utf-8-sig", newline="") as file:
        examples = list(csv.DictReader(file))
    chance = random.Random(seed)  # noqa: S311  no secret
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(examples[0]))
        writer.writeheader()
        for number in range(count):
            row = examples[number % len(examples)]
            users = max(1, int(float(row["users"]) * chance.uniform(0.5, 1)))  # fewer: typed nodes still hold them
            writer.writerow({**row, "customer_id": f"L{number:05d}", "users": users})
    return path


def batch(data: Path, out: Path, *more: str) -> tuple[dict[str, int], float]:
    command = [sys.executable, "-m", "workbook.cli", "batch", str(data), "--out", str(out), "--json", *more]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout), time.perf_counter() - start


def test_ten_thousand_proposals(tmp_path, told):
    data, out = write_customers(tmp_path / "customers.csv", COUNT), tmp_path / "out"
    counts, seconds = batch(data, out, "--workers", "2")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert (counts["written"], counts["failed"]) == (COUNT, 0)
    assert COUNT / 20 < counts["linted"] < COUNT / 5  # the sample
    proposals = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["proposals"]
    assert [entry["id"] for entry in proposals] == [f"L{number:05d}" for number in range(COUNT)]
    for number, entry in enumerate(proposals):
        content = (out / entry["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
        if number % 100 == 0:
            with zipfile.ZipFile(out / entry["file"]) as archive:
                assert archive.testzip() is None
    assert len({entry["sha256"] for entry in proposals}) == COUNT
    listed = {entry["file"] for entry in proposals}
    others = {path.name for path in out.iterdir()} - listed
    assert others == {"index.xlsx", "journal.jsonl", "manifest.csv", "manifest.json"}
    assert peak < MB_A_PROCESS
    again, idle = batch(data, out, "--workers", "2")
    assert (again["written"], again["up_to_date"]) == (0, COUNT)
    total = sum(entry["bytes"] for entry in proposals) / 2**30
    told(
        f"{COUNT:,} proposals, 2 processes, hashes verified",
        f"{seconds:.0f} s, {COUNT / seconds:.0f} a second, {total:.2f} GB, at most {peak:.0f} MB a process; "
        f"a second run finds all of them done in {idle:.0f} s",
    )
