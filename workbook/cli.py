"""`llm-tco`: the command line. Exit codes: 0 done, 1 some rows failed, 2 bad usage or input, 130 interrupted."""

import importlib
import os
import sys

import click

from engine import __version__
from engine.errors import EngineError

COMMANDS = {
    "demo": "workbook.commands.demo:command",
    "batch": "workbook.commands.batch:command",
    "compare": "workbook.commands.comparing:command",
    "validate": "workbook.commands.validation:command",
    "lint": "workbook.commands.linting:command",
    "pdf": "workbook.commands.pdf:command",
    "new": "workbook.commands.starting:command",
    "summary": "workbook.commands.summarising:command",
    "upgrade": "workbook.commands.upgrading:command",
    "eval": "workbook.commands.evaluation:command",
    "explain": "workbook.commands.explaining:command",
    "functions": "workbook.commands.functions:command",
    "recalc": "workbook.commands.recalculation:command",
    "catalog": "workbook.commands.catalogue:command",
    "inspect": "workbook.commands.inspection:command",
    "diff": "workbook.commands.difference:command",
    "calc": "workbook.commands.calc:command",
    "build": "workbook.commands.building:command",
    "install": "workbook.commands.installing:install",
    "doctor": "workbook.commands.installing:doctor",
}
"""Where each command is; a module is imported when its command is called or listed."""

BAD_INPUT, INTERRUPTED = 2, 130


class _Commands(click.Group):
    """Commands that are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Tell what large language models cost to run: own servers, rented GPUs, token API or seats."""


def main() -> None:
    """Run the command line; commands return their exit code, errors are one sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a console of another code page must not end a run
    sys.exit(_run())


def _run() -> int:
    try:
        return int(cli(prog_name="llm-tco", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except EngineError as error:
        click.echo(f"llm-tco: {error}", err=True)
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("llm-tco: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # `llm-tco functions | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    main()
