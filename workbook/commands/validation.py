"""`llm-tco validate`: everything that is wrong with a template and with customers' data, at once."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import counted
from workbook.commands.batch import SOME_FAILED, show_problems

if TYPE_CHECKING:
    from workbook.lint.contract import Fault

BAD_TEMPLATE = 2


@click.command("validate", short_help="Check a template, and customers' data with it.")
@click.argument("template", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(template: Path, data: Path | None, as_json: bool) -> int:
    """Check TEMPLATE, and with DATA every row of it, down to the calculation of every option.

    Exit code 2: the template is not good; 1: only rows of the data are not.
    """
    from workbook import validate

    found = validate.validate(template, data)
    for note in found.notes:
        click.echo(note, err=True)
    for fault in found.faults:
        click.echo(f"{template.name}, {fault}", err=True)
    failed = show_problems(found.problems)
    if as_json:
        listed = [*map(asdict, found.faults), *map(asdict, found.problems)]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        click.echo(_summary(found.faults, failed))
    return BAD_TEMPLATE if found.faults else SOME_FAILED if failed else 0


def _summary(faults: "Sequence[Fault]", failed: int) -> str:
    parts = [f"{counted(len(faults), 'problem')} of the template"] if faults else []
    parts += [f"{counted(failed, 'row')} with problems"] if failed else []
    return ", ".join(parts) or "no problems"
