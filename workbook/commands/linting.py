"""`llm-tco lint`: what Excel would repair or refuse in a workbook."""

import json
from dataclasses import asdict
from pathlib import Path

import click

PROBLEMS = 2


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
        for path, finding in found:
            click.echo(f"{path}: {finding}")
        broken = len({path for path, _ in found})
        click.echo(
            f"{len(files)} checked, {broken} with problems" if found else f"{len(files)} checked, no problems", err=True
        )
    return PROBLEMS if found else 0


def _read(path: Path) -> bytes:
    from engine.errors import NotAvailable

    try:
        return path.read_bytes()
    except OSError as error:
        raise NotAvailable(f"{path} cannot be read ({error.strerror}); check the path") from None
