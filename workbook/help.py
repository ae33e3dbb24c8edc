"""Help that is written from the table of functions: pages for the terminal, the table of the README."""

import difflib
from itertools import groupby
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from workbook.functions import FUNCTIONS, FUNCTIONS_BY_NAME
from workbook.registry import Argument, Function

START, END = "<!-- functions: written by python -m workbook.help -->", "<!-- end of functions -->"


def find(name: str) -> Function:
    """Give the function called `name`, in any case, with or without ``TCO_``.

    Raises
    ------
    NotAvailable
        When there is none.

    Examples
    --------
    >>> find("crf").name
    'TCO_CRF'
    """
    wanted = name.upper().removeprefix("=").partition("(")[0]
    for known in (wanted, f"TCO_{wanted}"):
        if known in FUNCTIONS_BY_NAME:
            return FUNCTIONS_BY_NAME[known]
    close = difflib.get_close_matches(f"TCO_{wanted.removeprefix('TCO_')}", FUNCTIONS_BY_NAME, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    msg = f"{name} is no function of llm-tco{hint}"
    raise NotAvailable(msg)


def described(function: Function) -> dict[str, Any]:
    """Give all that is known of a function, for programs.

    >>> described(find("TCO_CRF"))["arguments"][0]["name"]
    'rate'
    """
    return {
        "name": function.name,
        "signature": function.signature,
        "category": function.category,
        "help": function.help,
        "unit": function.unit,
        "returns_table": function.returns_table,
        "example": function.example,
        "arguments": [_argument(argument) for argument in function.arguments],
    }


def overview() -> str:
    """List every function under its category."""
    lines: list[str] = []
    for category, functions in _by_category():
        lines += ["", category.removeprefix("TCO ").upper()]
        lines += [f"  {function.signature}\n      {function.help}" for function in functions]
    return "\n".join([*lines[1:], "", "llm-tco functions NAME explains the arguments of one function."])


def page(function: Function) -> str:
    """Explain one function: arguments, units, limits, an example.

    >>> print(page(find("TCO_CRF")).splitlines()[0])
    TCO_CRF(rate, years)
    """
    result = f"Gives {'a table or a value' if function.returns_table else 'a value'} [{function.unit}]."
    lines = [
        function.signature,
        f"  {function.help}",
        f"  {result if function.unit else result.replace(' []', '')}",
        "",
    ]
    width = max((len(argument.name) for argument in function.named_arguments), default=0)
    lines += [f"  {a.name:{width}}  {a.help}{_conditions(a)}" for a in function.named_arguments]
    if function.takes_assumptions:
        lines.append(f"  {'...':{width}}  Up to four pairs: id of an assumption, its value in this formula.")
    return "\n".join([*lines, "", f"  Example: {function.example}"])


def markdown() -> str:
    """Write the function table of the README, between its two marks."""
    lines = [START]
    for category, functions in _by_category():
        lines += [
            "",
            f"**{category.removeprefix('TCO ').capitalize()}**",
            "",
            "| function | gives | example |",
            "|---|---|---|",
            *(f"| `{f.signature}` | {_gives(f)} | `{f.example}` |" for f in functions),
        ]
    return "\n".join([*lines, "", END])


def with_table(readme: str) -> str:
    """Put the function table of today into the text of the README.

    Raises
    ------
    NotAvailable
        When the two marks are missing.
    """
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        msg = f"the README lacks the line {START} or {END}"
        raise NotAvailable(msg)
    return before + markdown() + after


def _by_category() -> list[tuple[str, list[Function]]]:
    order = list(dict.fromkeys(function.category for function in FUNCTIONS))
    ordered = sorted(FUNCTIONS, key=lambda function: order.index(function.category))
    return [(category, list(found)) for category, found in groupby(ordered, lambda function: function.category)]


def _gives(function: Function) -> str:
    return f"{function.help} [{function.unit}]" if function.unit else function.help


def _argument(argument: Argument) -> dict[str, Any]:
    return {
        "name": argument.name,
        "kind": argument.kind,
        "unit": argument.unit,
        "help": argument.help,
        "required": argument.required,
        "default": argument.default,
        "low": argument.low,
        "low_excluded": argument.above,
        "high": argument.high,
        "choices": list(argument.choices),
    }


def _conditions(argument: Argument) -> str:
    """Say unit, limits, choices and default."""
    parts = [f"[{argument.unit}]"] if argument.unit else []
    if argument.low is not None and argument.high is not None:
        parts.append(f"{argument.low:g} to {argument.high:g}")
    elif argument.low is not None:
        parts.append(f"above {argument.low:g}" if argument.above else f"{argument.low:g} or more")
    parts += [", ".join(argument.choices)] if argument.choices else []
    parts += [f"default {argument.default}"] if argument.default is not None else []
    return f" ({'; '.join(parts)})" if parts else ""


if __name__ == "__main__":
    readme = Path("README.md")
    readme.write_text(with_table(readme.read_text("utf-8")), "utf-8", newline="\n")
