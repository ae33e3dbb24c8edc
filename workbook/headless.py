"""Calculation without Excel: a workbook's formulas, the TCO functions among them, in formualizer.

Serves the cached values of proposals, `llm-tco recalc` and `llm-tco eval`. LibreOffice checks the numbers in the tests.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from workbook.cells import Cell, CellError, Scalar, to_scalar
from workbook.evaluate import EPOCH, evaluate
from workbook.formula import rewrite
from workbook.functions import FUNCTIONS
from workbook.sheets import ArrayFormula, Sheets, read_sheets

CellKey: TypeAlias = tuple[str, int, int]
"""Sheet, row and column, counted from 1."""

FIT = "LLMTCO_FIT"  # brings the result of an array formula to the size of its cells
ANSWER = "LLMTCO_ANSWER"  # hands a whole result, table or not, to the caller of `evaluate_formula`
SCRATCH = "llm-tco"  # the sheet on which formulas of the shell stand

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

    def evaluate_formula(self, formula: str, names: Mapping[str, str] | None = None) -> Cell:
        """Give the whole result, table or not, of a formula that sees this workbook and its last inputs.

        Parameters
        ----------
        formula : str
            With or without the leading equal sign.
        names : mapping of str to str, optional
            Names in lower case that stand for a reference in this formula.

        Raises
        ------
        WrongKind
            When Excel would not accept the formula.
        """
        answers: list[Cell] = []

        def answer(cell: object) -> float:
            answers.append(_incoming_cell(cell))
            return 0.0

        self._book.register_function(ANSWER, answer, min_args=1, max_args=1)
        try:
            self._book.add_sheet(SCRATCH)
            self._book.set_formula(SCRATCH, 1, 1, f"={ANSWER}({rewrite(formula, names or {})})")
            failed = self._book.evaluate_cell(SCRATCH, 1, 1)
        finally:
            self._book.unregister_function(ANSWER)
        return answers[-1] if answers else _incoming_cell(failed)

    def put_rows(self, rows: Sequence[Sequence[Scalar]]) -> str:
        """Write rows beside the formulas of the shell and give the reference to them."""
        self._book.add_sheet(SCRATCH)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 3):
                self._book.set_value(SCRATCH, number, column, _outgoing(value))
        return f"'{SCRATCH}'!$C$1:$D${len(rows)}"

    def _restore(self, inputs: Mapping[CellKey, Scalar]) -> None:
        for (sheet, row, column), before in self._changed.items():
            if (sheet, row, column) not in inputs:
                self._book.set_value(sheet, row, column, before)
        kept = {key: before for key, before in self._changed.items() if key in inputs}
        self._changed = kept | {key: self._book.get_value(*key) for key in inputs if key not in kept}

    def _values(self) -> dict[CellKey, Scalar]:
        import formualizer

        values: dict[CellKey, Scalar] = {}
        for sheet, cells in self.sheets.formulas.items():
            if not cells:
                continue
            top, bottom = min(row for row, _ in cells), max(row for row, _ in cells)
            left, right = min(column for _, column in cells), max(column for _, column in cells)
            area = formualizer.RangeAddress(sheet, top, left, bottom, right)
            block = self._book.sheet(sheet).get_values(area)
            for row, column in cells:
                values[sheet, row, column] = _incoming(block[row - top][column - left])
        return values


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
    reference = calculator.put_rows([["id", "value"], *assumptions_rows])
    return calculator.evaluate_formula(formula, {"assumptions": reference})


def _open(sheets: Sheets, *, with_functions: bool) -> Any:  # noqa: ANN401  formualizer's workbook
    import formualizer

    book = formualizer.load_workbook_bytes(sheets.data) if sheets.data else formualizer.Workbook()
    book.set_temporal_egress("serial")  # a date is a number to every formula and every cache
    for table in sheets.tables:
        book.add_table(
            table.name,
            table.sheet,
            table.area,
            table.headers,
            header_row=table.header_row,
            totals_row=table.totals_row,
        )
    book.register_function(FIT, _fit, min_args=3, max_args=3)
    if with_functions:
        for function in FUNCTIONS:
            book.register_function(function.name, _host_function(function.name), max_args=len(function.arguments))
    _prepare_formulas(book, sheets, with_functions=with_functions)
    return book


def _prepare_formulas(book: Any, sheets: Sheets, *, with_functions: bool) -> None:  # noqa: ANN401
    anchors = {(a.sheet, *a.cells[0]): a for a in sheets.arrays if not a.dynamic}
    for sheet, cells in sheets.formulas.items():
        for row, column in cells:
            text = book.get_formula(sheet, row, column)
            array = anchors.get((sheet, row, column))
            if not text or not (array or (with_functions and "TCO_" in text.upper())):
                continue
            book.set_formula(sheet, row, column, f"={_fitted(rewrite(text), array)}")


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
