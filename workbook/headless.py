"""Calculation without Excel: a workbook's formulas, the TCO functions among them, in formualizer.

Serves the cached values of proposals, `llm-tco recalc` and `llm-tco eval`. LibreOffice checks the numbers in the tests.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from workbook.cells import Cell, CellError, Scalar, to_scalar
from workbook.evaluate import EPOCH, evaluate
from workbook.formula import rewrite
from workbook.functions import FUNCTIONS
from workbook.references import area_of_name, cell_name, resolve, unfollowed
from workbook.sheets import Area, ArrayFormula, Sheets, area_of, read_sheets

CellKey: TypeAlias = tuple[str, int, int]
"""Sheet, row and column, counted from 1."""

FIT = "LLMTCO_FIT"  # brings the result of an array formula to the size of its cells
ANSWER = "LLMTCO_ANSWER"  # hands a whole result, table or not, to the caller of `evaluate_formula`
LAST_CELL = (1_048_576, 16_384)  # where formulas of the shell stand: nobody's data is there

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


class Calculator:
    """Recalculates one workbook for changing inputs.

    Parameters
    ----------
    data : bytes, optional
        An .xlsx or .xlsm file; None: an empty workbook.
    with_functions : bool
        Whether the TCO functions are known; proposals do without them.
    """

    def __init__(self, data: bytes | None, *, with_functions: bool = False) -> None:
        self.sheets = Sheets(b"") if data is None else read_sheets(data)
        self._book = _open(self.sheets, with_functions=with_functions)
        self._changed: dict[CellKey, Any] = {}  # what stood in the cells that the last call set

    def calculate(self, inputs: Mapping[CellKey, Scalar]) -> dict[CellKey, Scalar]:
        """Give the value of every formula cell after setting these input cells.

        Parameters
        ----------
        inputs : mapping of CellKey to Scalar
            Cells to set; None blanks a cell. Cells set by an earlier call and not by this one are as in the file.

        Returns
        -------
        dict of CellKey to Scalar
            Cells of array formulas included. Errors are `CellError`, dates serial numbers.
        """
        self._restore(inputs)
        for (sheet, row, column), value in inputs.items():
            self._book.set_value(sheet, row, column, _outgoing(value))
        self._book.evaluate_all()
        return self._values()

    def value(self, key: CellKey) -> Scalar:
        """Give the value of any one cell as the last calculation left it."""
        return _incoming(self._book.get_value(*key))

    def evaluate_formula(self, formula: str) -> Cell:
        """Give the whole result, table or not, of a formula on the first sheet, after the last calculation.

        Parameters
        ----------
        formula : str
            With or without the leading equal sign.

        Raises
        ------
        WrongKind
            When Excel would not accept the formula.
        """
        answers: list[Cell] = []

        def answer(cell: object) -> float:
            answers.append(_incoming_cell(cell))
            return 0.0

        text = rewrite(formula, partial(resolve, self.sheets, LAST_CELL[0]))
        self._book.register_function(ANSWER, answer, min_args=1, max_args=1)
        sheet = self._book.sheet_names[0]
        try:
            self._book.set_formula(sheet, *LAST_CELL, f"={ANSWER}({text})")
            failed = self._book.evaluate_cell(sheet, *LAST_CELL)
        finally:
            self._book.set_value(sheet, *LAST_CELL, None)
            self._book.unregister_function(ANSWER)
        return answers[-1] if answers else _incoming_cell(failed)

    def area_of_name(self, name: str) -> tuple[str, Area] | None:
        """Give sheet and cells of a defined name that stands for one range."""
        return area_of_name(self.sheets, name)

    def name_rows(self, name: str, rows: Sequence[Sequence[Scalar]]) -> None:
        """Write rows on a sheet of their own and let a name stand for them in formulas of the shell."""
        self._book.add_sheet(name)
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values, 1):
                self._book.set_value(name, row, column, _outgoing(value))
        self.sheets.names[name.lower()] = f"'{name}'!$A$1:{cell_name(len(rows), len(rows[0]))}"

    def _restore(self, inputs: Mapping[CellKey, Scalar]) -> None:
        for (sheet, row, column), before in self._changed.items():
            if (sheet, row, column) not in inputs:
                self._book.set_value(sheet, row, column, before)
        kept = {key: before for key, before in self._changed.items() if key in inputs}
        self._changed = kept | {key: self._book.get_value(*key) for key in inputs if key not in kept}

    def _values(self) -> dict[CellKey, Scalar]:
        import formualizer

        values: dict[CellKey, Scalar] = {}
        for sheet, cells in self._cells().items():
            top, bottom = min(row for row, _ in cells), max(row for row, _ in cells)
            left, right = min(column for _, column in cells), max(column for _, column in cells)
            area = formualizer.RangeAddress(sheet, top, left, bottom, right)
            block = self._book.sheet(sheet).get_values(area)
            for row, column in cells:
                values[sheet, row, column] = _incoming(block[row - top][column - left])
        return values

    def _cells(self) -> dict[str, list[tuple[int, int]]]:
        """Give the formula cells of every sheet, and the cells into which dynamic arrays have grown."""
        cells = {sheet: list(found) for sheet, found in self.sheets.formulas.items() if found}
        for array in self.sheets.arrays:
            if array.dynamic:
                cells[array.sheet] += set(self._spilled(array).cells) - set(array.cells)
        return cells

    def _spilled(self, array: ArrayFormula) -> ArrayFormula:
        sheet = array.sheet.replace("'", "''")
        row, column = array.cells[0]
        role = self._book.inspect_cell(f"'{sheet}'!{cell_name(row, column)}", include_values=False).cell.spill
        extent = role.extent if role else None
        return replace(array, area=area_of(extent.rpartition("!")[2])) if extent else array


def evaluate_formula(
    formula: str, data: bytes | None = None, assumptions_rows: Sequence[Sequence[Scalar]] = ()
) -> Cell:
    """Evaluate any Excel formula, TCO functions included, in a workbook or without one.

    Parameters
    ----------
    formula : str
        ``=TCO_ONPREM(Assumptions) / 1000``.
    data : bytes, optional
        The workbook whose sheets, names and tables the formula sees.
    assumptions_rows : sequence of rows
        Without a workbook: the rows (id, value) that the name Assumptions stands for.

    Returns
    -------
    Cell
        A scalar, a whole table as rows, or a `CellError` with its sentence.

    Examples
    --------
    >>> evaluate_formula("=ROUND(TCO_CRF(8%,3),6)")
    0.388034
    >>> evaluate_formula("={1,2;3,4}*2")
    [[2.0, 4.0], [6.0, 8.0]]
    """
    calculator = Calculator(data, with_functions=True)
    if data is not None:
        calculator.calculate({})
        return calculator.evaluate_formula(formula)
    calculator.name_rows("Assumptions", [["id", "value"], *assumptions_rows])
    return calculator.evaluate_formula(formula)


def _open(sheets: Sheets, *, with_functions: bool) -> Any:  # noqa: ANN401  formualizer's workbook
    import formualizer

    if sheets.data:
        book = formualizer.load_workbook_bytes(sheets.data)
    else:
        book = formualizer.Workbook()
        book.add_sheet("Sheet1")
    book.set_temporal_egress("serial")  # a date is a number to every formula and every cache
    book.register_function(FIT, _fit, min_args=3, max_args=3)
    if with_functions:
        for function in FUNCTIONS:
            book.register_function(function.name, _host_function(function.name), max_args=len(function.arguments))
    _prepare_formulas(book, sheets)
    return book


def _prepare_formulas(book: Any, sheets: Sheets) -> None:  # noqa: ANN401
    """Set again, as formualizer needs them, the formulas that it would not calculate right as they stand."""
    fixed = {(array.sheet, *array.cells[0]): array for array in sheets.arrays if not array.dynamic}
    special = re.compile("|".join(["tco_", *map(re.escape, unfollowed(sheets))]))
    for sheet, cells in sheets.formulas.items():
        for row, column in cells:
            text = book.get_formula(sheet, row, column)
            array = fixed.get((sheet, row, column))
            if text and (array or special.search(text.lower())):
                plain = rewrite(text, partial(resolve, sheets, row))
                book.set_formula(sheet, row, column, f"={_fitted(plain, array)}")


def _fitted(formula: str, array: ArrayFormula | None) -> str:
    if array is None:
        return formula
    top, left, bottom, right = array.area
    return f"{FIT}({formula},{bottom - top + 1},{right - left + 1})"


def _fit(result: Any, height: float, width: float) -> Any:  # noqa: ANN401  formualizer's cell values
    """Bring a result to the cells of its array formula as Excel does: one row or column repeats, the rest is #N/A."""
    rows = result if isinstance(result, list) else [[result]]
    missing = {"type": "Error", "kind": "Na"}

    def at(row: int, column: int) -> Any:  # noqa: ANN401
        i, j = (0 if len(rows) == 1 else row), (0 if len(rows[0]) == 1 else column)
        return rows[i][j] if i < len(rows) and j < len(rows[0]) else missing

    return [[at(row, column) for column in range(int(width))] for row in range(int(height))]


def _host_function(name: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:  # noqa: ANN401
        result = evaluate(name, [_incoming_cell(argument) for argument in arguments])
        if isinstance(result, list):
            return [[_outgoing("" if value is None else value) for value in row] for row in result]
        return _outgoing("" if result is None else result)

    return call


def _outgoing(value: Scalar) -> Any:  # noqa: ANN401
    if isinstance(value, CellError):
        return {"type": "Error", "kind": _KINDS.get(value.code, "Value"), "message": value.message}
    if isinstance(value, dt.date):
        return float(((value.date() if isinstance(value, dt.datetime) else value) - EPOCH).days)
    return value


def _incoming_cell(value: object) -> Cell:
    if isinstance(value, list):
        return [[_incoming(item) for item in (row if isinstance(row, list) else [row])] for row in value]
    return _incoming(value)


def _incoming(value: Any) -> Scalar:  # noqa: ANN401
    if isinstance(value, dict):
        code, meaning = _ERRORS.get(str(value.get("kind")), ("#VALUE!", "the formula has no value"))
        return CellError(code, str(value.get("message") or meaning))
    return to_scalar(value)
