"""`llm-tco build`: what Excel and LibreOffice install."""

from pathlib import Path

import click


@click.command("build", short_help="Write the add-ins for Excel and LibreOffice.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("dist"), show_default=True)
def command(out: Path) -> int:
    """Write workbook and add-in for Excel (.xlsm, .xlam), extension for LibreOffice (.oxt) and macro sources."""
    from workbook.build import build

    for path in build(out):
        click.echo(path)
    return 0
