"""Batches over dask: the same bytes as from local processes, written by the process that asked, whatever breaks off."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import NotAvailable
from workbook import batch, cluster, customers

ROOT = Path(__file__).parents[2]
HEAD = (
    "customer_id,customer_name,proposal_date,users,queries_per_user_day,prompt_tokens,output_tokens,api_model,options\n"
)
STRICT = [sys.executable, "-W", "error"]  # a warning of dask, in any of its processes, would be an error


def write_data(path: Path, count: int) -> Path:
    """Rows of which one, the third, is only found to be wrong where it is calculated."""
    rows = [f"c{n},Customer {n},2026-11-23,{100 + n},20,900,300,gpt-4-turbo,api\n" for n in range(count)]
    rows[2] = rows[2].replace("gpt-4-turbo", "gpt-4-turbid")
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def command(data: Path, out: Path, *more: object) -> list[str]:
    return [*STRICT, "-m", "workbook.cli", "batch", str(data), "--out", str(out), "--json", *map(str, more)]


def run(data: Path, out: Path, *more: object) -> tuple[dict[str, object], str]:
    done = subprocess.run(command(data, out, *more), capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1, done.stderr  # the row that cannot be calculated
    return json.loads(done.stdout), done.stderr


def hashes(out: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """Rows, and what one local process writes for them."""
    folder = tmp_path_factory.mktemp("local")
    data = write_data(folder / "data.csv", 26)
    told, _ = run(data, folder / "one", "--workers", 1)
    assert told["written"] == 25
    run(data, folder / "four", "--workers", 4)
    assert hashes(folder / "four") == hashes(folder / "one")
    return data, hashes(folder / "one")


@contextmanager
def background(*arguments: object, program: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A program of dask that runs for the time of the block."""
    start = [*STRICT, "-c", program] if program else [*STRICT, "-m"]
    process = subprocess.Popen(
        [*start, *map(str, arguments)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[str]:
    """A real scheduler on the loopback, without workers yet."""
    found = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    asked = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", found)
    with background("distributed.cli.dask_scheduler", *asked) as process:
        deadline = time.monotonic() + 60
        while not found.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        yield json.loads(found.read_text(encoding="utf-8"))["address"]


WORKER = "import sys; from distributed.cli.dask_worker import main; sys.exit(main())"


def worker(address: str, folder: Path, program: str = WORKER) -> "contextmanager[subprocess.Popen[bytes]]":
    """A worker of two threads, in a folder that is not ours, which sees nothing of the files."""
    options = ("--nthreads", 2, "--no-nanny", "--no-dashboard", "--local-directory", folder)
    return background(address, *options, program=program)


def test_two_processes_of_dask_write_the_same_bytes_as_local_ones(expected, tmp_path):
    data, files = expected
    told, said = run(data, tmp_path / "out", "--engine", "dask", "--workers", 2)
    assert (told["written"], told["failed"], told["linted"]) == (25, 1, 26)
    assert told["problems"][0]["field"] == "api_model"
    assert "26 of 26 proposals, 1 failed" in said
    assert hashes(tmp_path / "out") == files


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("end", ["SIGINT", "SIGKILL"])
def test_a_run_that_was_broken_off_goes_on(expected, tmp_path, end):
    data, files = expected
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(data, out, "--engine", "dask", "--workers", 2), cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while len(list(out.glob("*.xlsx"))) < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(process.pid, getattr(signal, end))
    _, said = process.communicate(timeout=60)
    assert b"Traceback" not in said
    assert process.returncode == (130 if end == "SIGINT" else -9)
    there = {path.name: path.stat().st_ino for path in out.glob("*.xlsx")}
    told, _ = run(data, out, "--engine", "dask", "--workers", 2)
    assert told["up_to_date"] == len(there) >= 5
    assert {name: (out / name).stat().st_ino for name in there} == there  # nothing is made twice
    assert hashes(out) == files


def test_the_address_of_a_scheduler(expected, scheduler, tmp_path):
    data, files = expected
    with worker(scheduler, tmp_path / "elsewhere"):
        told, _ = run(data, tmp_path / "out", "--engine", "dask", "--scheduler", scheduler)
    assert told["written"] == 25
    assert hashes(tmp_path / "out") == files


def test_a_worker_with_another_version_is_refused(expected, scheduler, tmp_path):
    other = f"import engine; engine.__version__ = '0.0.1'; {WORKER}"
    with worker(scheduler, tmp_path / "elsewhere", other):
        arguments = command(expected[0], tmp_path / "out", "--engine", "dask", "--scheduler", scheduler)
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert "a dask worker has llm-tco 0.0.1, " in done.stderr
    assert "install the same on both" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_no_workers_no_scheduler_no_dask(expected, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    todo = batch.plan(customers.read(expected[0]), None, tmp_path / "out")
    with pytest.raises(NotAvailable, match=f"--scheduler {scheduler}: it has no workers; start some with dask worker"):
        batch.run(todo, tmp_path / "out", scheduler=scheduler)
    with pytest.raises(NotAvailable, match=r"no dask scheduler answers .*; start one with dask scheduler"):
        batch.run(todo, tmp_path / "out", scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NotAvailable, match="run pip install distributed"):
        batch.run(todo, tmp_path / "out", scheduler="")


def test_a_worker_that_dies_is_replaced_by_the_others(tmp_path, scheduler):
    data = write_data(tmp_path / "data.csv", 60)
    with worker(scheduler, tmp_path / "one") as first, worker(scheduler, tmp_path / "two"):
        process = subprocess.Popen(
            command(data, tmp_path / "out", "--engine", "dask", "--scheduler", scheduler),
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "out").glob("*.xlsx"))) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        first.kill()
        printed, said = process.communicate(timeout=120)
    assert json.loads(printed)["written"] == 59, said


def test_options_that_belong_together(expected, tmp_path):
    for options in (("--scheduler", "tcp://a:1"), ("--engine", "dask", "--scheduler", "tcp://a:1", "--workers", 2)):
        done = subprocess.run(
            command(expected[0], tmp_path / "o", *options), capture_output=True, check=False, cwd=ROOT
        )
        assert done.returncode == 2
        assert b"--scheduler needs --engine dask" in done.stderr
