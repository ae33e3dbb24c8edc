"""Arguments of native functions, read as Excel reads them."""

from typing import Any

from workbook.numbertext import general


class CellProblem(Exception):
    """What becomes the error value of the cell: its kind, as formualizer calls it."""


def number(value: Any) -> float:  # noqa: ANN401
    """Read an argument that is a number: of a text, what is written; a blank is 0."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise CellProblem("Value") from None
    return float(value or 0)


def text(value: Any) -> str:  # noqa: ANN401
    """Read an argument that is a text."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(value).upper() if isinstance(value, bool) else general(value)
