"""One way from cell values to a result, for every host: coercion, blanks, ranges, defaults, errors.

Excel, LibreOffice, the headless engine and the shell only translate their cell values into those of
`workbook.cells` and back; what a function means is decided here, once.
"""

import datetime as dt
import difflib
import logging
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from engine.analysis import selector
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind, counted
from engine.inputs import Inputs, assumptions, percent_hint
from workbook.assumptions import from_rows, ranges_of
from workbook.cells import Cell, CellError, Rows, Scalar, from_engine_error, is_blank, rows_of, to_cell
from workbook.functions import FUNCTIONS_BY_NAME
from workbook.lasterror import last_error, remember
from workbook.registry import Argument, Function

EPOCH = dt.date(1899, 12, 30)  # serial number 0 of a spreadsheet's calendar, after its leap-year mistake of 1900


def evaluate(name: str, cells: Sequence[Cell]) -> Cell:
    """Evaluate the worksheet function `name` on cell values.

    Parameters
    ----------
    name : str
        Name in any case, ``TCO_NPV``.
    cells : sequence of Cell
        The arguments in their order; None, empty text or a missing tail stand for arguments left out.

    Returns
    -------
    Cell
        A scalar, rows, or a `CellError` with its sentence; nothing is raised for bad input.

    Examples
    --------
    >>> evaluate("TCO_CRF", [0.08, 3])
    0.388033514...
    >>> evaluate("TCO_CRF", ["8 %", 3]).message
    'TCO_CRF rate: text "8 %" where a number is asked'
    """
    function = FUNCTIONS_BY_NAME.get(name.upper())
    if function is None:
        return CellError("#NAME?", f"{name} is no function of llm-tco{_suggestion(name, list(FUNCTIONS_BY_NAME))}")
    passed = first_error(cells)
    if passed is not None and function.call is not last_error:
        return passed
    try:
        result = to_cell(function.call(**bind(function, cells)))
    except EngineError as error:
        result = from_engine_error(error)
    except Exception as mistake:  # ours, not the analyst's: the cell says so, the log where, the host stays up
        logging.getLogger("llm_tco").exception(name)
        result = CellError("#VALUE!", f"{function.name}: {type(mistake).__name__}: {mistake}; please report it")
    shown = first_error([result])
    if shown is not None:
        remember(shown)
    return result


def first_error(cells: Sequence[Cell]) -> CellError | None:
    """Return the first error in these cells: one that comes in goes out unchanged."""
    for cell in cells:
        for row in rows_of(cell):
            for value in row:
                if isinstance(value, CellError):
                    return value
    return None


def bind(function: Function, cells: Sequence[Cell]) -> dict[str, Any]:
    """Turn cell values into the keyword arguments of the engine's function, or raise with every problem found."""
    if len(cells) > len(function.arguments):
        room = counted(len(function.arguments), "argument")
        msg = f"{function.name} takes {room}, got {len(cells)}: {function.signature}"
        raise WrongKind(msg)
    padded = [*cells, *[None] * (len(function.arguments) - len(cells))]
    named = len(function.named_arguments)
    bound: dict[str, Any] = {}
    problems: list[EngineError] = []
    for argument, cell in zip(function.named_arguments, padded[:named], strict=True):
        try:
            bound[argument.name] = _argument_value(function, argument, cell, padded[named:])
        except Problems as several:
            problems += several.problems
        except EngineError as problem:
            problems.append(type(problem)(f"{function.name} {problem}"))
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return bound


def _argument_value(function: Function, argument: Argument, cell: Cell, overrides: Sequence[Cell]) -> Any:  # noqa: ANN401
    if argument.kind == "assumptions":
        if [list(row) for row in rows_of(cell)] in ([[None]], [[""]]):
            raise NotAvailable(f"{argument.name} is required and blank: {function.signature}")
        return _assumptions(cell, overrides)
    if argument.kind == "list":
        return _list(argument, cell)
    if argument.kind == "table":
        return _table(argument, cell)
    value = _single(argument, cell)
    if is_blank(value):
        if argument.required:
            msg = f"{argument.name} is required and blank: {function.signature}"
            raise NotAvailable(msg)
        return argument.default
    return _COERCE[argument.kind](argument, value)


def _single(argument: Argument, cell: Cell) -> Scalar:
    rows = rows_of(cell)
    if len(rows) != 1 or len(rows[0]) != 1:
        columns = len(rows[0]) if rows else 0
        msg = f"{argument.name}: one cell is asked, a block of {len(rows)} x {columns} was given"
        raise WrongKind(msg)
    return rows[0][0]


def _number(argument: Argument, value: Scalar) -> float:
    number = as_number(argument.name, value)
    unit = "" if argument.unit in {"", "-"} else f" {argument.unit}"
    if argument.low is not None and (number < argument.low or (argument.above and number == argument.low)):
        relation = "not above" if argument.above else "below"
        msg = f"{argument.name}: {number:.15g} is {relation} {argument.low:.15g}{unit}; {_allowed(argument)}"
        raise OutOfLimits(msg)
    if argument.high is not None and number > argument.high:
        hint = percent_hint(argument.unit, argument.high, number) or f"; {_allowed(argument)}"
        msg = f"{argument.name}: {number:.15g} is above {argument.high:.15g}{unit}{hint}"
        raise OutOfLimits(msg)
    return number


def _allowed(argument: Argument) -> str:
    """Say which numbers may be written."""
    least = None if argument.low is None else f"{'more than ' if argument.above else ''}{argument.low:.15g}"
    if argument.high is None:
        return f"write {least}" if argument.above else f"write {least} or more"
    return f"write {argument.high:.15g} or less" if least is None else f"write {least} to {argument.high:.15g}"


def as_number(name: str, value: Scalar) -> float:
    """Read a cell as a number: TRUE and FALSE count as 1 and 0, a date as its serial number, text never.

    >>> as_number("load", True)
    1.0
    """
    if isinstance(value, str):
        msg = f'{name}: text "{value[:60]}" where a number is asked'
        raise WrongKind(msg)
    if isinstance(value, dt.date):
        return float(((value.date() if isinstance(value, dt.datetime) else value) - EPOCH).days)
    number = float(value)  # type: ignore[arg-type]  # blanks and errors are gone by now
    if not math.isfinite(number):
        msg = f"{name}: {number} is not a finite number"
        raise OutOfLimits(msg)
    return number


def _whole(argument: Argument, value: Scalar) -> int:
    number = _number(argument, value)
    if number != round(number):
        msg = f"{argument.name}: {number:.15g} is not a whole number"
        raise OutOfLimits(msg)
    return round(number)


def _flag(argument: Argument, value: Scalar) -> bool:
    number = as_number(argument.name, value)
    if number not in {0.0, 1.0}:
        msg = f"{argument.name}: {number:.15g} is neither 0 nor 1"
        raise OutOfLimits(msg)
    return bool(number)


def _text(argument: Argument, value: Scalar) -> str:
    if not isinstance(value, str):
        msg = f"{argument.name}: {as_number(argument.name, value):.15g} where text is asked"
        raise WrongKind(msg)
    text = value.strip()
    if not argument.choices:
        return text
    if text.lower() not in argument.choices:
        msg = f'{argument.name}: "{text[:60]}" is none of {", ".join(argument.choices)}'
        raise WrongKind(msg)
    return text.lower()


def _date(argument: Argument, value: Scalar) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            msg = f'{argument.name}: "{value[:60]}" is no date; write 2026-11-21 or use a date cell'
            raise WrongKind(msg) from None
    number = as_number(argument.name, value)
    if not 1 <= number <= 2958465:  # noqa: PLR2004  1900-01-01 to 9999-12-31, what a spreadsheet can hold
        msg = f"{argument.name}: {number:.15g} is no date"
        raise OutOfLimits(msg)
    return EPOCH + dt.timedelta(days=int(number))


def _number_or_text(argument: Argument, value: Scalar) -> float | str:
    return value.strip() if isinstance(value, str) else _number(argument, value)


def _list(argument: Argument, cell: Cell) -> list[float]:
    """Read a column, a row or a block as one list; a blank cell in it is 0."""
    values = [value for row in rows_of(cell) for value in row]
    if len(values) == 1 and is_blank(values[0]) and argument.required:
        msg = f"{argument.name} is required and blank"
        raise NotAvailable(msg)
    return [0.0 if is_blank(v) else as_number(f"{argument.name}, value {i}", v) for i, v in enumerate(values, 1)]


def _table(argument: Argument, cell: Cell) -> Rows:
    """Give a block as it is; what its cells mean is the engine's to say."""
    if not isinstance(cell, list):
        msg = f"{argument.name}: a table with a header row is asked, one cell was given"
        raise NotAvailable(f"{argument.name} is required and blank") if is_blank(cell) else WrongKind(msg)
    return cell


def _assumptions(cell: Cell, overrides: Sequence[Cell]) -> Inputs:
    rows = tuple(map(tuple, rows_of(cell)))
    chosen: list[tuple[str, Scalar]] = []  # by a scenario; a pair with one value goes before it
    changes: list[tuple[str, Scalar]] = []
    problems: list[EngineError] = []
    for number, (name_cell, value_cell) in enumerate(zip(overrides[::2], overrides[1::2], strict=True), 1):
        try:
            if isinstance(value_cell, list):
                chosen += _scenario(number, name_cell, value_cell)
            else:
                changes += _override(number, name_cell, value_cell)
        except Problems as several:
            problems += several.problems
        except EngineError as problem:
            problems.append(problem)
    for names in ([name for name, _ in chosen], [name for name, _ in changes]):
        problems += [
            WrongKind(f"{name} is replaced twice by the pairs of this formula; keep one of them")
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
    replaced = (*chosen, *changes)
    kinds = tuple(type(value) for row in (*rows, *replaced) for value in row)
    return _inputs(rows, kinds, replaced, tuple(problems))


def _scenario(number: int, name_cell: Cell, table: Rows) -> list[tuple[str, Scalar]]:
    """Read a pair whose value is a table of scenarios: the values of the one that it names."""
    name = _single(Argument(f"name{number}", "text", ""), name_cell)
    if is_blank(name):
        listed = ", ".join(selector.scenario_names(table))
        msg = f"name{number}: the name of a scenario is asked, beside its table: {listed}"
        raise NotAvailable(msg)
    text = name if isinstance(name, str) else f"{as_number(f'name{number}', name):.15g}"  # a scenario called 2027
    return list(selector.scenario_values(table, text).items())  # type: ignore[arg-type]  # cells in, cells out


def _override(number: int, name_cell: Cell, value_cell: Cell) -> list[tuple[str, Scalar]]:
    """Read a pair of overrides: id and value, or nothing when the value is blank."""
    name = _single(Argument(f"name{number}", "text", ""), name_cell)
    value = _single(Argument(f"value{number}", "value", ""), value_cell)
    if is_blank(value) and is_blank(name):
        return []
    if not isinstance(name, str) or is_blank(name):
        msg = f"name{number}: the id of an assumption is asked, beside the value {value}"
        raise WrongKind(msg)
    if is_blank(value):
        return _known(name.strip().lower())
    return [(name.strip().lower(), None if isinstance(value, str) and value.strip().lower() == "auto" else value)]


def _known(name: str) -> list[tuple[str, Scalar]]:
    """Change nothing, but refuse an id that does not exist: a typing error beside a blank cell is one all the same."""
    if name not in assumptions():
        Inputs.read({name: None})
    return []


@lru_cache(maxsize=64)
def _inputs(
    rows: tuple[tuple[Scalar, ...], ...],
    kinds: tuple[type, ...],  # noqa: ARG001  tells TRUE from 1, which are equal keys
    overrides: tuple[tuple[str, Scalar], ...],
    problems: tuple[EngineError, ...],
) -> Inputs:
    """Validate assumptions, once for the same cells: a model asks for many figures of one range."""
    values, found = from_rows(rows)
    return Inputs.read(values | dict(overrides), [*found, *problems], ranges_of(rows))


def _suggestion(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, 1)
    return f"; did you mean {close[0]}?" if close else ""


_COERCE: dict[str, Any] = {
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "text": _text,
    "date": _date,
    "value": lambda _argument, value: value,
    "number or text": _number_or_text,
}
