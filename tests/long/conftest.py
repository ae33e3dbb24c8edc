"""Every long test tells its result in one line, which takes the place of its last one in benchmarks/README.md."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import engine

README = Path(__file__).parents[2] / "benchmarks" / "README.md"
BLOCK = re.compile(r"(<!-- long: written by make check-long -->\n).*?(<!-- end of long -->)", re.DOTALL)
HEAD = "\n| what | last result | when, version |\n|---|---|---|\n"


@pytest.fixture
def told() -> Callable[[str, str], None]:
    """Tell a result: `told("10,000 proposals", "400 s, 25 a second")`."""

    def tell(what: str, result: str) -> None:
        print(f"\n{what}: {result}")  # noqa: T201  make check-long shows it
        text = README.read_text(encoding="utf-8")
        block = BLOCK.search(text)
        assert block, f"{README.name} has no place for the results of make check-long"
        lines = {line.split(" | ")[0].strip("| "): line for line in block[0].splitlines() if line.startswith("| ")}
        lines.pop("what", None)
        lines[what] = f"| {what} | {result} | {dt.datetime.now(dt.UTC).date()}, {engine.__version__} |"
        listed = HEAD + "".join(f"{line}\n" for line in lines.values()) + "\n"
        README.write_text(BLOCK.sub(lambda found: found[1] + listed + found[2], text), encoding="utf-8")

    return tell
