"""`llm-tco validate`: everything that is wrong with a template and with customers' data, at once."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from workbook.commands.batch import SOME_FAILED, read_plan, show_problems


@click.command("validate", short_help="Check a template, and customers' data with it.")
@click.argument("template", type=click.Path(path_type=Path))
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(template: Path, data: Path | None, as_json: bool) -> int:
    """Check TEMPLATE, and with DATA every row of it, down to the calculation of every option."""
    from workbook import batch
    from workbook.proposal import Proposals

    compiled = Proposals.load(template).template
    bound = sum(name.startswith("in_") for name in compiled.areas)
    click.echo(f"{template.name}: {bound} inputs, {len(compiled.formula_cells)} formulas", err=True)
    problems = batch.check(read_plan(data, template, template.parent)) if data else ()
    failed = show_problems(problems)
    if as_json:
        click.echo(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=1))
    else:
        click.echo(f"{failed} rows with problems" if failed else "no problems")
    return SOME_FAILED if failed else 0
