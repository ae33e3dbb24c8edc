"""Options of several commands: what a formula sees, and which catalogue."""

from pathlib import Path

import click

book_option = click.option(
    "--workbook",
    "book",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The workbook whose cells, names and tables the formula sees.",
)
settings_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="ID=VALUE",
    help="Set an assumption: users=5000, wacc=8%, model=...; repeatable.",
)
catalog_option = click.option(
    "--catalog",
    "place",
    type=click.Path(exists=True, path_type=Path),
    help="A folder of catalogue tables, or one file, instead of the shipped ones.",
)
