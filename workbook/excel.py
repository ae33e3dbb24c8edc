"""The worksheet functions for Excel on Windows: xlwings' COM server calls the names ``TCO_...`` of this module.

The only module that imports xlwings. Error values come in as their texts and leave as their texts; the VBA wrapper of
the workbook turns them into real error values, which xlwings cannot write. On other systems xlwings' decorators do
nothing and the functions are plain Python.
"""

import datetime as dt
import inspect
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlwings as xw

from workbook.cells import ERROR_TEXTS, Cell, CellError, Scalar
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS
from workbook.registry import Function


def published(function: Function) -> Callable[..., Any]:
    """Build the Python function that xlwings calls for a worksheet function.

    Parameters
    ----------
    function : Function
        A row of the table of functions.

    Returns
    -------
    callable
        Takes cell values as xlwings reads them with ``ndim=2`` and ``err_to_str``; None: an argument left out.

    Examples
    --------
    >>> power = next(published(function) for function in FUNCTIONS if function.name == "TCO_POWER")
    >>> power([[22400]], [[1296]], [[0.083]]), power([[22400]], [["#DIV/0!"]], [[0.083]])
    (2409523.2, '#DIV/0!')
    """

    def call(*arguments: Any) -> Any:  # noqa: ANN401  what COM gives
        return _outgoing(evaluate(function.name, [_incoming(argument) for argument in arguments]))

    call.__name__ = call.__qualname__ = function.name
    call.__doc__ = function.help
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # xlwings reads the arguments from it
        [_parameter(argument.name, required=argument.required) for argument in function.arguments]
    )
    decorated: Callable[..., Any] = xw.func(category=function.category)(call)
    for argument in function.arguments:
        decorated = xw.arg(argument.name, ndim=2, err_to_str=True, doc=argument.help)(decorated)
    return decorated


def _parameter(name: str, *, required: bool) -> inspect.Parameter:
    default = inspect.Parameter.empty if required else None
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _incoming(argument: Any) -> Cell:  # noqa: ANN401
    if isinstance(argument, list | tuple):
        rows = [[_value(value) for value in (row if isinstance(row, list | tuple) else [row])] for row in argument]
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows
    return _value(argument)


def _value(value: Any) -> Scalar:  # noqa: ANN401
    if isinstance(value, str) and value in ERROR_TEXTS:
        return CellError(value)
    if isinstance(value, Decimal):  # a cell in a currency format
        return float(value)
    scalar: Scalar = value
    return scalar


def _outgoing(cell: Cell) -> Any:  # noqa: ANN401
    if isinstance(cell, list):
        return [[_written(value) for value in row] for row in cell]
    return _written(cell)


def _written(value: Scalar) -> Any:  # noqa: ANN401
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001  a cell's date has no time zone
    return value


def _log_to_file() -> None:
    """Keep what goes wrong: Excel's engine runs without a window."""
    log = logging.getLogger("llm_tco")
    folder = Path(os.environ.get("LLM_TCO_LOG") or tempfile.gettempdir())
    handler = logging.FileHandler(folder / "llm-tco-excel.log", encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)


if sys.platform == "win32":  # elsewhere nothing but tests imports this module
    _log_to_file()
globals().update({function.name: published(function) for function in FUNCTIONS})
