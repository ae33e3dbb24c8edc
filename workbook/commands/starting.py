"""`llm-tco new`: a workbook to start from."""

import datetime as dt
from pathlib import Path

import click


@click.command(name="new", short_help="Write a new analyst's workbook.")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--set", "settings", multiple=True, metavar="ID=VALUE", help="Set an input: users=5000, wacc=8%; repeatable."
)
@click.option("--customer", metavar="DATA#ID", help="Take the inputs of a customer: customers.csv#ACME-1.")
@click.option("--title", default="", help="What stands on the cover.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of the run for the log; left out: today.")
def command(out: Path, settings: tuple[str, ...], customer: str | None, title: str, date: dt.datetime | None) -> int:
    """Write the analyst's workbook OUT: the shipped worked example, a customer's inputs, your own values on top.

    \b
    llm-tco new plan.xlsx
    llm-tco new plan.xlsx --set users=12000 --set wacc=7%
    llm-tco new acme.xlsx --customer customers.csv#ACME-1
    """  # noqa: D301  \b is click's mark for lines that stay as they are
    from workbook import lint
    from workbook.commands.evaluation import read_settings
    from workbook.commands.summarising import day
    from workbook.newbook import new, one_customer
    from workbook.package import write_atomic

    if out.exists():
        msg = f"{out} is there already; delete it or choose another name"
        raise click.UsageError(msg)
    if out.suffix.lower() != ".xlsx":
        msg = f"{out}: the workbook is an .xlsx file; call it {out.with_suffix('.xlsx').name}"
        raise click.UsageError(msg)
    data, separator, id_ = (customer or "").rpartition("#")
    if customer and not separator:
        msg = f"--customer {customer}: write the file, #, and the customer_id: customers.csv#ACME-1"
        raise click.UsageError(msg)
    chosen = one_customer(Path(data), id_) if customer else None
    made = new(read_settings(settings), chosen, date=day(date), title=title)
    lint.refuse(lint.check(made.data, out.name), out.name)
    write_atomic(out, made.data)
    click.echo(f"{out}: open it in Excel or LibreOffice, type on sheet Inputs, then run llm-tco summary {out}")
    for warning in made.run.warnings:
        click.echo(f"  warning: {warning}")
    for label in made.red:
        click.echo(f"  check fails: {label}")
    return 1 if made.run.failures or made.red else 0
