"""A worksheet function described from a Python function: signature and numpydoc docstring are the only source.

Excel, LibreOffice, the shell, the README table and the tests read these records, so help, units and limits
are written once, at the formula.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

KINDS = ("number", "whole", "text", "flag", "date", "list", "value", "number or text", "table", "assumptions")
OVERRIDE_PAIRS = 4
HELP_LIMIT = 255  # what Excel's function wizard shows


@dataclass(frozen=True)
class Argument:
    """One argument of a worksheet function.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    low, high : float or None
        Limits; `low` itself is excluded when `above`.
    choices : tuple of str
        Allowed texts, empty when any text is.
    """

    name: str
    kind: str
    help: str
    unit: str = ""
    required: bool = True
    default: Any = None
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Function:
    """A worksheet function: its Excel name, its arguments and the Python function behind it."""

    name: str
    call: Callable[..., Any]
    category: str
    help: str
    arguments: tuple[Argument, ...]
    unit: str
    returns_table: bool
    example: str = ""

    @property
    def takes_assumptions(self) -> bool:
        """Whether override pairs follow the named arguments."""
        return any(a.kind == "assumptions" for a in self.arguments)

    @property
    def signature(self) -> str:
        """How the call is written in the help: optional arguments in brackets, with their default."""
        more = ", ..." if self.takes_assumptions else ""
        return f"{self.name}({', '.join(_written(a) for a in self.named_arguments)}{more})"

    @cached_property
    def named_arguments(self) -> tuple[Argument, ...]:
        """The arguments without the override pairs."""
        return tuple(a for a in self.arguments if not _OVERRIDE.fullmatch(a.name))


def function(
    name: str, call: Callable[..., Any], category: str, *, returns_table: bool = False, example: str = ""
) -> Function:
    """Describe `call` as the worksheet function `name`.

    Parameters
    ----------
    name : str
        The name in the cell, ``TCO_...``.
    call : callable
        Its numpydoc section `Parameters` gives each argument as ``name : kind[, limits]`` with a help text that
        ends in ``[unit]``. Kinds: see `KINDS`; limits: ``0 to 1``, ``0 or more``, ``above 0``; texts with a fixed
        choice are written ``{"end", "mid"}``.
    category : str
        Heading in Excel's function wizard.
    returns_table : bool
        Whether the result can have more than one cell.
    example : str
        A formula and its value, for the help.

    Raises
    ------
    TypeError
        When the docstring does not describe every argument.
    """
    sections = _sections(inspect.getdoc(call) or "")
    described = dict(_described(sections.get("Parameters", "")))
    arguments = [_argument(name, p, described) for p in inspect.signature(call).parameters.values()]
    if any(a.kind == "assumptions" for a in arguments):
        arguments += _overrides()
    unit = re.search(r"\[([^\[\]]+)\]\s*$", sections.get("Returns", "").strip())
    return Function(
        name=name,
        call=call,
        category=category,
        help=_one_line(sections["summary"]),
        arguments=tuple(arguments),
        unit=unit.group(1) if unit else "",
        returns_table=returns_table,
        example=example,
    )


_REPLACEMENT = "Its value here; blank: no change; auto: back to blank. Or a table of scenarios, its name before it."
_OVERRIDE = re.compile(r"(?:name|value)\d")
_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_NUMBER = r"-?\d[\d.e+]*"
_LIMITS = re.compile(
    rf"(?P<low>{_NUMBER}) to (?P<high>{_NUMBER})|(?P<least>{_NUMBER}) or more"
    rf"|above (?P<above>{_NUMBER})(?: to (?P<most>{_NUMBER}))?"
)


def _sections(doc: str) -> Mapping[str, str]:
    pieces = _HEADING.split(doc)
    named = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return {"summary": pieces[0].split("\n\n")[0], **named}


def _described(section: str) -> list[tuple[str, tuple[str, str]]]:
    """Split a numpydoc section into (name, (type, text))."""
    entries = re.split(r"^(\w[\w, ]*?) : (.+)$", section, flags=re.MULTILINE)
    return [
        (name.strip(), (kind.strip(), text))
        for names, kind, text in zip(entries[1::3], entries[2::3], entries[3::3], strict=True)
        for name in names.split(",")
    ]


def _argument(function_name: str, parameter: inspect.Parameter, described: Mapping[str, tuple[str, str]]) -> Argument:
    if parameter.name not in described:
        msg = f"{function_name}: the docstring does not describe {parameter.name}"
        raise TypeError(msg)
    written, text = described[parameter.name]
    help_text, unit = _split_unit(_one_line(text))
    choices = tuple(re.findall(r'"([^"]+)"', written)) if written.startswith("{") else ()
    kind = "text" if choices else written.split(",")[0]
    if kind not in KINDS:
        msg = f"{function_name}: {parameter.name} has the unknown kind {kind!r}"
        raise TypeError(msg)
    if kind in {"number", "whole", "list"} and not unit:
        msg = f"{function_name}: {parameter.name} has no [unit]"
        raise TypeError(msg)
    required = parameter.default is inspect.Parameter.empty
    return Argument(
        name=parameter.name,
        kind=kind,
        help=help_text,
        unit=unit,
        required=required,
        default=None if required else parameter.default,
        choices=choices,
        **_limits(written),
    )


def _limits(written: str) -> dict[str, Any]:
    found = _LIMITS.search(written)
    if not found:
        return {}
    text = found.groupdict()
    low, high = text["low"] or text["least"] or text["above"], text["high"] or text["most"]
    return {"low": float(low), "high": float(high) if high else None, "above": text["above"] is not None}


def _overrides() -> list[Argument]:
    return [
        argument
        for i in range(1, OVERRIDE_PAIRS + 1)
        for argument in (
            Argument(f"name{i}", "text", f"Id of assumption {i} to replace in this formula.", required=False),
            Argument(f"value{i}", "value", _REPLACEMENT, required=False),
        )
    ]


def _split_unit(text: str) -> tuple[str, str]:
    found = re.search(r"\s*\[([^\[\]]+)\]$", text)
    return (text[: found.start()], found.group(1)) if found else (text, "")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _written(argument: Argument) -> str:
    if argument.required:
        return argument.name
    default = argument.default
    if default is None:
        return f"[{argument.name}]"
    return f'[{argument.name}="{default}"]' if isinstance(default, str) else f"[{argument.name}={default:g}]"
