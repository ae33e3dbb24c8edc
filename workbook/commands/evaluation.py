"""`llm-tco eval`: any formula from the shell, TCO functions included."""

import difflib
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.errors import EngineError, NotAvailable, OutOfLimits, WrongKind
from workbook.commands.formulaoptions import book_option, catalog_option, settings_option

if TYPE_CHECKING:
    from engine.inputs import Assumption
    from workbook.areas import CellKey
    from workbook.cells import Cell, Scalar
    from workbook.headless import Calculator

_NO_NUMBERS = {"nan", "inf", "infinity"}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%?)", re.IGNORECASE)


@click.command("eval", short_help="Evaluate a formula, TCO functions included.")
@click.argument("formula")
@book_option
@settings_option
@catalog_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each formula.")
def command(formula: str, book: Path | None, settings: tuple[str, ...], *, place: Path | None, as_json: bool) -> int:
    """Evaluate FORMULA; the name Assumptions stands for the workbook's inputs, or the defaults and --set.

    FORMULA - reads one formula per line from standard input and answers one line each.

    \b
    llm-tco eval "=TCO_CRF(8%,3)"
    llm-tco eval "=TCO_API(Assumptions)" --set users=5000 --set ...
    """  # noqa: D301  \b is click's mark for lines that stay as they are
    from workbook.catalogcare.place import catalogue

    click.get_current_context().with_resource(catalogue(place))
    calculator = calculator_for(book, read_settings(settings))
    if formula != "-":
        try:
            value = calculator.evaluate_formula(formula)
        except EngineError as error:
            raise click.UsageError(str(error)) from error
        click.echo(_json(formula, value) if as_json else _text(value))
        return 0
    refused = 0
    for line in map(str.strip, sys.stdin):
        answer, accepted = _answer(calculator, line)
        refused += not accepted
        click.echo(_json(line, answer) if as_json else _one_line(answer))
        sys.stdout.flush()
    return 1 if refused else 0


def _answer(calculator: "Calculator", formula: str) -> "tuple[Cell, bool]":
    """Give the value of a formula and whether Excel would accept it; an empty line is answered by one."""
    from workbook.cells import from_engine_error

    if not formula:
        return "", True
    try:
        return calculator.evaluate_formula(formula), True
    except EngineError as error:
        return from_engine_error(error), False


def calculator_for(book: Path | None, settings: "dict[str, Scalar]") -> "Calculator":
    """Open the workbook, or an empty one, with the name Assumptions for the inputs and with the settings in them."""
    from workbook.headless import Calculator
    from workbook.inputtable import NAME

    if book is None:
        calculator = Calculator(None, with_functions=True)
        calculator.name_rows(NAME, _with_defaults(settings), _rows(settings))
        return calculator
    calculator = Calculator(book.read_bytes(), with_functions=True, name=book.name)
    calculator.calculate({})
    places = _places(calculator)
    if settings:
        calculator.calculate(_set_cells(places, book.name, settings))
    if places and calculator.area_of_name(NAME) is None:
        calculator.name_rows(NAME, _rows({id_: calculator.value(key) for id_, key in places.items()}))
    return calculator


def _rows(values: "Mapping[str, Scalar]") -> "list[list[Scalar]]":
    return [["id", "value"], *([id_, value] for id_, value in values.items())]


def _with_defaults(settings: "dict[str, Scalar]") -> "list[list[Scalar]]":
    """Give a row for every assumption: as set, else its default, else blank."""
    from engine.inputs import assumptions

    return _rows({id_: settings.get(id_, known.default) for id_, known in assumptions().items()})


def _places(calculator: "Calculator") -> "dict[str, CellKey]":
    """Find the cell of every input: in the range Assumptions, or where a proposal names its cells in_<id>."""
    from engine.inputs import assumptions
    from workbook.assumptions import value_places
    from workbook.inputtable import NAME

    area = calculator.area_of_name(NAME)
    if area is None:
        areas = {id_: calculator.area_of_name(f"in_{id_}") for id_ in assumptions()}
        return {id_: (area.sheet, area.row, area.column) for id_, area in areas.items() if area}
    keys = list(area.cells())
    values = [calculator.value(key) for key in keys]
    places = value_places([values[i : i + area.columns] for i in range(0, len(values), area.columns)])
    return {id_: keys[row * area.columns + column] for id_, (row, column) in places.items()}


def _set_cells(places: "Mapping[str, CellKey]", book: str, settings: "Mapping[str, Scalar]") -> "dict[CellKey, Scalar]":
    """Give the cells of the workbook's own assumptions that --set replaces."""
    if not places:
        msg = f"{book} has no name Assumptions for a range of inputs, which --set needs; define it in the Name Manager"
        raise NotAvailable(msg)
    for id_ in settings:
        if id_ not in places:
            msg = f"{id_} has no row in the Assumptions of {book}; add a row with this id, or leave --set {id_} out"
            raise NotAvailable(msg)
    return {places[id_]: value for id_, value in settings.items()}


def read_settings(texts: Sequence[str]) -> "dict[str, Scalar]":
    """Read the texts ID=VALUE of --set: numbers, percentages, TRUE and FALSE, else text."""
    settings: dict[str, Scalar] = {}
    for key, value in map(_setting, texts):
        if key in settings:
            msg = f"--set {key} is given twice"
            raise WrongKind(msg)
        settings[key] = value
    return settings


def _setting(text: str) -> "tuple[str, Scalar]":
    """Read ``id=value``."""
    from engine.inputs import assumptions

    name, equals, value = (part.strip() for part in text.partition("="))
    key = name.lower()
    if not equals:
        msg = f'"{text}" is not of the form id=value, users=5000'
        raise WrongKind(msg)
    known = assumptions()
    if key not in known:
        close = difflib.get_close_matches(key, known, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        msg = f"{name[:60]} is no assumption{hint}"
        raise NotAvailable(msg)
    return key, value if known[key].kind == "text" else _finite(known[key], value)


def _finite(assumption: "Assumption", text: str) -> "Scalar":
    """Read the value of a number; a cell cannot hold what is not finite."""
    from workbook.problems import remedy_of

    value = read_value(text)
    if text.lstrip("+-").lower() in _NO_NUMBERS or (isinstance(value, float) and not math.isfinite(value)):
        msg = f"--set {assumption.id}: {text[:60]} is not a finite number; {remedy_of(assumption)}"
        raise OutOfLimits(msg)
    return value


def read_value(text: str) -> "Scalar":
    """Read a value as typed into a cell: number, percentage, TRUE, FALSE, text; nothing is a blank cell.

    >>> read_value("8%"), read_value("1e3"), read_value("true"), read_value("h100-sxm"), read_value("")
    (0.08, 1000.0, True, 'h100-sxm', None)
    """
    found = _NUMBER.fullmatch(text)
    if found:
        number = Decimal(found.group(1))  # 0.1% is the double next to 0.001, as in a cell
        return float(number / 100 if found.group(2) else number)
    return {"": None, "true": True, "false": False}.get(text.lower(), text)


def _json(formula: str, value: "Cell") -> str:
    from workbook.cells import CellError

    if isinstance(value, CellError):
        return json.dumps({"formula": formula, "error": value.code, "message": value.message})
    return json.dumps({"formula": formula, "value": _plain(value)})


def _plain(value: "Cell") -> Any:  # noqa: ANN401  JSON
    from workbook.cells import CellError

    if isinstance(value, list):
        return [[_plain(item) for item in row] for row in value]
    if isinstance(value, CellError):
        return {"error": value.code, "message": value.message}
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004  15 digits
        return int(value)
    return value


def _text(value: "Cell") -> str:
    if not isinstance(value, list):
        return _one_line(value)
    if sys.stdout.isatty():
        return _drawn(value)
    return "\n".join("\t".join(_shown(item) for item in row) for row in value)


def _one_line(value: "Cell") -> str:
    from workbook.cells import CellError

    if isinstance(value, list):
        return json.dumps(_plain(value))
    return f"{value.code} {value.message}".strip() if isinstance(value, CellError) else _shown(value)


def _shown(value: "Scalar") -> str:
    """Write a value as a cell shows it, with 15 significant digits."""
    from workbook.cells import CellError

    if isinstance(value, CellError):
        return value.code
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.15G}" if isinstance(value, float) else str("" if value is None else value)


def _drawn(rows: "Sequence[Sequence[Scalar]]") -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    for column in zip(*rows, strict=True):
        numbers = sum(isinstance(item, float) for item in column)
        table.add_column(justify="right" if numbers > len(column) / 2 else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(item)) for item in row))
    console = Console()
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n")
