"""`llm-tco lint`: what Excel would repair or refuse in a workbook."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workbook.lint import Finding

PROBLEMS = 2
ALIKE = 5  # findings of one rule on one sheet that are printed


@click.command("lint", short_help="Check workbooks for what Excel would repair or refuse.")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(files: tuple[Path, ...], as_json: bool) -> int:
    """Check every FILE (.xlsx, .xlsm) and print each problem with its place, its rule and what to do.

    Exit code 0: all are clean; 2: a file has problems or cannot be read.
    """
    from workbook import lint

    found = [(path, finding) for path in files for finding in lint.check(_read(path), path.name)]
    if as_json:
        listed = [{"file": str(p), **asdict(f), "remedy": f.remedy} for p, f in found]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        _print(found)
        broken = len({path for path, _ in found})
        click.echo(f"{len(files)} checked, {f'{broken} with problems' if found else 'no problems'}", err=True)
    return PROBLEMS if found else 0


def _print(found: "Sequence[tuple[Path, Finding]]") -> None:
    """Print findings; of many alike on one sheet the first few and how many more there are."""
    alike = Counter((path, finding.rule, finding.sheet) for path, finding in found)
    printed: Counter[tuple[Path, str, str]] = Counter()
    for path, finding in found:
        key = (path, finding.rule, finding.sheet)
        printed[key] += 1
        if printed[key] <= ALIKE:
            click.echo(f"{path}: {finding}")
        if printed[key] == ALIKE < alike[key]:
            where = f" on sheet {finding.sheet}" if finding.sheet else ""
            click.echo(f"{path}: {alike[key] - ALIKE} more of [{finding.rule}]{where}; --json lists all")


def _read(path: Path) -> bytes:
    from engine.errors import NotAvailable

    try:
        return path.read_bytes()
    except OSError as error:
        raise NotAvailable(f"{path} cannot be read ({error.strerror}); check the path") from None
