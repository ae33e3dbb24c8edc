"""Cell values as every host sees them, and the seven error values of a spreadsheet."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from engine import errors

ERROR_TEXTS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")


@dataclass(frozen=True)
class CellError:
    """A real error value of a cell, with the sentence behind it.

    Two errors are equal when their codes are, as in a spreadsheet.
    """

    code: str
    message: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CellError) and other.code == self.code

    def __hash__(self) -> int:
        return hash(self.code)

    def __str__(self) -> str:
        """Show it as the cell does."""
        return self.code


Scalar: TypeAlias = float | str | bool | dt.date | CellError | None
Rows: TypeAlias = list[list[Scalar]]
Cell: TypeAlias = Scalar | Rows
"""What stands in a cell or a range: None is a blank cell, a range is a list of rows."""

_CODES: tuple[tuple[type[errors.EngineError], str], ...] = (
    (errors.DividesByZero, "#DIV/0!"),
    (errors.NotAvailable, "#N/A"),
    (errors.OutOfLimits, "#NUM!"),
    (errors.WrongKind, "#VALUE!"),
)


def from_engine_error(error: errors.EngineError) -> CellError:
    """Translate an engine error into the error value that a cell shows; of several problems the first decides.

    >>> from_engine_error(errors.NotAvailable("users is required")).code
    '#N/A'
    """
    if isinstance(error, errors.Problems):
        first = from_engine_error(error.problems[0])
        return CellError(first.code, str(error))
    return CellError(next(code for kind, code in _CODES if isinstance(error, kind)), str(error))


def to_scalar(value: object) -> Scalar:
    """Turn one engine value into a cell value: plain float, text, boolean, date, blank or error; never NaN.

    >>> to_scalar(np.float64(2)), to_scalar(-0.0), to_scalar(float("nan")).code
    (2.0, 0.0, '#NUM!')
    """
    if type(value) is float and math.isfinite(value):  # most cells
        return value + 0.0  # -0.0 would print as -0 in some hosts
    if value is None or isinstance(value, (str, bool, CellError, dt.date)):
        return value
    if isinstance(value, errors.EngineError):
        return from_engine_error(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.integer | np.floating):
        number = float(value)
        if not math.isfinite(number):
            return CellError("#NUM!", f"the result is not a finite number ({number})")
        return number + 0.0
    msg = f"no cell value: {type(value).__name__}"
    raise TypeError(msg)


def to_cell(value: object) -> Cell:
    """Turn an engine result, a scalar or a table of rows, into cell values."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return to_scalar(value.item())
    if isinstance(value, list | tuple | np.ndarray):
        return [[to_scalar(item) for item in (row if _is_row(row) else [row])] for row in value]
    return to_scalar(value)


def _is_row(value: object) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def rows_of(cell: Cell) -> Sequence[Sequence[Scalar]]:
    """See a cell as a range of one cell, a range as it is."""
    return cell if isinstance(cell, list) else [[cell]]


def is_blank(value: Cell) -> bool:
    """Blank cell or empty text."""
    return value is None or value == ""
