"""`llm-tco functions`: the help of every worksheet function, in the terminal or as JSON."""

import json

import click


@click.command("functions", short_help="List the worksheet functions, or explain one.")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="All that is known of each function, for programs.")
def command(name: str | None, *, as_json: bool) -> int:
    """List the worksheet functions, or explain the one called NAME: arguments, units, limits."""
    from workbook import help as pages
    from workbook.functions import FUNCTIONS

    chosen = [pages.find(name)] if name else list(FUNCTIONS)
    if as_json:
        described = [pages.described(function) for function in chosen]
        click.echo(json.dumps(described[0] if name else described, indent=1))
    else:
        click.echo(pages.page(chosen[0]) if name else pages.overview())
    return 0
