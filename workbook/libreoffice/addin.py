"""The Calc side of the add-in: values of Calc to cell values and back, errors that Calc knows.

This file is copied into the .oxt and runs in LibreOffice's own Python. It imports nothing but the standard library
until the first cell is calculated, so that a broken installation is an error in a cell, not an office that fails.
"""

import datetime as dt
import logging
import os
import site
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CALC_CODES = {
    "#NULL!": 521,
    "#DIV/0!": 532,
    "#VALUE!": 519,
    "#REF!": 524,
    "#NAME?": 525,
    "#NUM!": 503,
    "#N/A": 32767,
}
_TEXTS = {code: text for text, code in CALC_CODES.items()}
_EPOCH = dt.date(1899, 12, 30)
_failure = ""


def error_number(text: str) -> float:
    """Return the number that Calc shows as the error value `text`: a NaN that carries Calc's code in its low bits.

    >>> struct.pack(">d", error_number("#N/A")).hex()
    '7ff8000000007fff'
    """
    code: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8 << 48 | CALC_CODES[text]))[0]
    return code


def method(name: str, *, table: bool) -> Callable[..., Any]:
    """Return the UNO method that evaluates the worksheet function `name`."""

    def evaluate_in_calc(_self: object, *arguments: Any) -> Any:  # noqa: ANN401
        result = to_calc(_evaluate(name, arguments))
        if table and not isinstance(result, tuple):
            return ((result,),)
        return result

    return evaluate_in_calc


def prepare(folders: list[str], version: tuple[int, int]) -> None:
    """Put the folders of the engine's environment in front of the import path.

    They come first because the system's Python may have an older numpy of its own.

    Raises
    ------
    ImportError
        When LibreOffice's Python and the environment differ in their minor version: compiled packages do not load.
    """
    if sys.version_info[:2] != version:
        here, there = (".".join(map(str, v)) for v in (sys.version_info[:2], version))
        msg = f"LibreOffice runs Python {here}, llm-tco is installed for Python {there}: install it for Python {here}"
        raise ImportError(msg)
    before = list(sys.path)
    for folder in reversed([f for f in os.environ.get("LLM_TCO_SITE", "").split(os.pathsep) if f] or folders):
        site.addsitedir(folder)
    sys.path[:] = [p for p in sys.path if p not in before] + before


def to_calc(value: Any) -> Any:  # noqa: ANN401
    """Turn a result into what Calc takes: floats, texts, error numbers, rows as tuples.

    >>> to_calc([[1, "a"], [True, None]])
    ((1.0, 'a'), (1.0, ''))
    """
    if isinstance(value, list | tuple):
        return tuple(tuple(to_calc(item) for item in row) for row in value) or ((error_number("#N/A"),),)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return float((dt.date(value.year, value.month, value.day) - _EPOCH).days)
    if isinstance(value, int | float):
        return float(value)
    return error_number(value.code)


def from_calc(value: Any, error: Callable[[str], Any]) -> Any:  # noqa: ANN401
    """Turn an argument as Calc passes it into a cell value; `error` makes an error value of its text.

    Numbers, booleans and dates come as floats, texts as str, an argument left out as None, a range as rows of these
    with empty text for a blank cell, or as a cell range object where the function table says assumptions.

    >>> from_calc(((1.0, ""), ("a", 2.0)), str)
    [[1.0, None], ['a', 2.0]]
    """
    if isinstance(value, tuple):
        return [[None if item == "" else item for item in row] for row in value]
    if hasattr(value, "getDataArray"):
        return list(_range_rows(value, error))
    return value


def _range_rows(cells: Any, error: Callable[[str], Any]) -> Iterator[list[Any]]:  # noqa: ANN401
    cells = _used_part(cells)
    for r, row in enumerate(cells.getDataArray()):
        # an error comes as None; its kind has to be asked from the cell
        yield [
            error(_TEXTS.get(cells.getCellByPosition(c, r).getError(), "#VALUE!"))
            if item is None
            else None
            if item == ""
            else item
            for c, item in enumerate(row)
        ]


def _used_part(cells: Any) -> Any:  # noqa: ANN401
    """Cut whole columns down to the rows in use: a million rows take a second for every cell."""
    address = cells.getRangeAddress()
    cursor = cells.getSpreadsheet().createCursor()
    cursor.gotoEndOfUsedArea(False)
    last = cursor.getRangeAddress().EndRow
    if address.EndRow <= last or address.StartRow > last:
        return cells
    return cells.getCellRangeByPosition(0, 0, address.EndColumn - address.StartColumn, max(0, last - address.StartRow))


def _evaluate(name: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    global _failure  # noqa: PLW0603  what TCO_LAST_ERROR says when the engine itself cannot be asked
    try:
        import llm_tco_table  # type: ignore[import-not-found, unused-ignore]  # generated into the .oxt

        if "workbook.evaluate" not in sys.modules:
            prepare(llm_tco_table.SITE, llm_tco_table.PYTHON)
        from workbook.cells import CellError
        from workbook.evaluate import evaluate

        return evaluate(name, [from_calc(a, CellError) for a in arguments])
    except Exception as problem:  # noqa: BLE001  whatever it is, the cell shows an error and the office stays up
        _log().exception(name)
        sentence = f"{name}: {type(problem).__name__}: {problem}"
        if name == "TCO_LAST_ERROR":
            return _failure or sentence
        _failure = sentence
        return error_number("#VALUE!")


def _log() -> logging.Logger:
    log = logging.getLogger("llm_tco")
    if not log.handlers:
        folder = Path(os.environ.get("LLM_TCO_LOG") or tempfile.gettempdir())
        handler = logging.FileHandler(folder / "llm-tco-calc.log", encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
    return log
