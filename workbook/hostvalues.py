"""Cell values as formualizer holds them, and as the rest of the program does."""

import datetime as dt
import math
from typing import Any

from workbook.cells import Cell, CellError, Scalar, to_scalar
from workbook.evaluate import EPOCH

_KINDS = {
    "#NULL!": "Null",
    "#DIV/0!": "Div",
    "#VALUE!": "Value",
    "#REF!": "Ref",
    "#NAME?": "Name",
    "#NUM!": "Num",
    "#N/A": "Na",
}
_ERRORS = {  # how formualizer names an error: the value that a cell shows, and what it means when nobody said more
    "Null": ("#NULL!", "the two ranges have no cell in common"),
    "Div": ("#DIV/0!", "division by zero"),
    "Value": ("#VALUE!", "a value of the wrong kind"),
    "Ref": ("#REF!", "a cell, sheet or table that is not there"),
    "Name": ("#NAME?", "a function or name that is not known"),
    "Num": ("#NUM!", "a number outside the limits of the function, or no solution"),
    "Na": ("#N/A", "a value that is not available"),
    "Spill": ("#VALUE!", "something stands where the table would spill"),
    "Circ": ("#VALUE!", "the formula depends on its own result"),
    "NImpl": ("#NAME?", "a function that cannot be calculated without Excel"),
}


NOT_SAID = frozenset(meaning for _, meaning in _ERRORS.values())
"""Sentences of errors that no TCO function gave."""


def fit(result: Any, height: float, width: float) -> Any:  # noqa: ANN401  formualizer's cell values
    """Bring a result to the cells of its array formula as Excel does: one row or column repeats, the rest is #N/A."""
    rows = result if isinstance(result, list) else [[result]]
    missing = {"type": "Error", "kind": "Na"}

    def at(row: int, column: int) -> Any:  # noqa: ANN401
        i, j = (0 if len(rows) == 1 else row), (0 if len(rows[0]) == 1 else column)
        return rows[i][j] if i < len(rows) and j < len(rows[0]) else missing

    return [[at(row, column) for column in range(int(width))] for row in range(int(height))]


def differs(value: object, other: object) -> bool:
    """Whether two values differ to a formula: TRUE is not 1."""
    return value != other or type(value) is not type(other)


def outgoing(value: Scalar) -> Any:  # noqa: ANN401
    """Give a value as formualizer takes it; a date as its serial number."""
    if isinstance(value, CellError):
        return {"type": "Error", "kind": _KINDS.get(value.code, "Value"), "message": value.message}
    if isinstance(value, dt.date):
        return float(((value.date() if isinstance(value, dt.datetime) else value) - EPOCH).days)
    return value


def incoming_cell(value: object) -> Cell:
    """Read what formualizer hands to a function: one value, or a range as rows."""
    if isinstance(value, list):
        return [[incoming(item) for item in (row if isinstance(row, list) else [row])] for row in value]
    return incoming(value)


def shown(cell: Cell) -> Cell:
    """Show 0 for a blank cell, as a formula that refers to one does."""
    if isinstance(cell, list):
        return [[0.0 if value is None else value for value in row] for row in cell]
    return 0.0 if cell is None else cell


def incoming(value: Any) -> Scalar:  # noqa: ANN401
    """Read one value of formualizer; an error that nobody explained gets the meaning of its kind."""
    if type(value) is float and math.isfinite(value):  # nearly every value: half the time of `to_scalar`
        return value + 0.0
    if isinstance(value, dict):
        code, meaning = _ERRORS.get(str(value.get("kind")), ("#VALUE!", "the formula has no value"))
        return CellError(code, str(value.get("message") or meaning))
    return to_scalar(value)
