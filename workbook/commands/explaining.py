"""`llm-tco explain`: a number as a tree of lines, formulas, inputs and sources."""

import json
import sys
from pathlib import Path

import click

from workbook.commands.formulaoptions import book_option, catalog_option, settings_option

WIDTH = 160  # of the tree where no terminal says its own


@click.command("explain", short_help="Show how a number comes about: lines, formulas, inputs, sources.")
@click.argument("formula")
@book_option
@settings_option
@catalog_option
@click.option("--json", "as_json", is_flag=True, help="The tree as JSON.")
def command(*, formula: str, book: Path | None, settings: tuple[str, ...], place: Path | None, as_json: bool) -> int:
    """Explain FORMULA: the measure, the lines that make it, their inputs with source, date and confidence.

    A formula that only names a cell of the workbook, such as =Summary!C5, explains the formula in that cell.

    \b
    llm-tco explain "=TCO_API(Assumptions)" --set users=5000 --set ...
    """  # noqa: D301  \b is click's mark for lines that stay as they are
    from workbook import tree
    from workbook.catalogcare.place import catalogue
    from workbook.commands.evaluation import calculator_for, read_settings
    from workbook.explain import explain

    with catalogue(place):
        calculator = calculator_for(book, read_settings(settings))
        value, calls = calculator.evaluate_heard(formula)
        inner = calculator.formula_of(formula)
        node = explain(f"{formula} holds {inner}" if inner else formula, value, calls)
    if as_json:
        click.echo(json.dumps(tree.as_json(node), ensure_ascii=False, indent=1))
    else:
        _print(tree.drawn(node))
    return 0


def _print(drawn: object) -> None:
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    console.print(drawn)
