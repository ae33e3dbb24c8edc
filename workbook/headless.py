"""Calculation without Excel: a workbook's formulas, the TCO functions among them, in formualizer.

Serves the cached values of proposals, `llm-tco recalc` and `llm-tco eval`. LibreOffice checks the numbers in the tests.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from weakref import WeakMethod

from engine.errors import WrongKind
from workbook import hostfunctions, lifting
from workbook.areas import Area, CellKey, corners, parse_area
from workbook.cellblocks import BRIDGE, rectangles
from workbook.cells import Cell, CellError, Scalar
from workbook.computed import Formulas
from workbook.evaluate import evaluate
from workbook.formula import UNKNOWN, rewrite
from workbook.functions import FUNCTIONS
from workbook.hostvalues import NOT_SAID, differs, fit, incoming, incoming_cell, outgoing, shown
from workbook.references import area_of_name, resolve, text_of, unfollowed
from workbook.rounding import Kind, shown_as_in_excel
from workbook.sentences import Sentences
from workbook.sheets import ArrayFormula, Sheets, read_sheets
from workbook.unsupported import UNTOLD, cause, uncalculable

FIT = "LLMTCO_FIT"  # brings the result of an array formula to the size of its cells
ANSWER = "LLMTCO_ANSWER"  # hands a whole result, table or not, to the caller of `evaluate_formula`
PREFIX = lifting.PREFIX  # of sheets that are not in the file
LAST_ERROR = "TCO_LAST_ERROR"
LAST_CELL = (1, 16_384)  # where formulas of the shell stand: nobody has data there

_UNKNOWN = object()


@dataclass(frozen=True)
class Call:
    """A TCO function as a formula called it: the cells it got, in their order, and what it gave."""

    name: str
    cells: list[Cell]
    result: Cell


class Calculator:
    """Recalculates one workbook for changing inputs.

    Parameters
    ----------
    data : bytes, optional
        An .xlsx or .xlsm file; None: an empty workbook.
    with_functions : bool
        Whether the TCO functions are known; proposals do without them.
    name : str
        How errors call the file.
    """

    def __init__(self, data: bytes | None, *, with_functions: bool = False, name: str = "the workbook") -> None:
        self.sheets = Sheets(b"") if data is None else read_sheets(data, name)
        self._heard: list[Call] | None = None
        self._sentences = Sentences(self.sheets) if with_functions else None
        self._stand_ins: list[tuple[Cell, Cell]] = []  # a range, and what TCO functions get in its place
        self._book = _open(self.sheets, self._sentences, name)
        if self._sentences:
            # weakly: the garbage collector does not look into formualizer, and a circle through it would stay for ever
            _register(self._book, WeakMethod(self._call))
        self._original: dict[CellKey, Any] = {}  # what the file has in the cells that some call has set
        self._current: dict[CellKey, Any] = {}  # what stands in them now
        self._calculated = frozenset(self.sheets.formulas)
        grows = any(array.dynamic for array in self.sheets.arrays)  # then nobody knows what is free before calculation
        self._bridge = 1 if grows else BRIDGE

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
        wanted = self._original | {key: outgoing(value) for key, value in inputs.items()}
        self._original = {key: self._original.get(key, self._book.get_value(*key)) for key in wanted}
        self._set({key: value for key, value in wanted.items() if differs(value, self._current.get(key, _UNKNOWN))})
        self._current = wanted
        self._book.evaluate_all()
        return self._values()

    def uncalculable(self, untold: Collection[str] = UNTOLD) -> dict[CellKey, str]:
        """Give the formula cells that only Excel can calculate, each with the function to blame; calculate first."""
        return uncalculable(self._book, self.sheets.formulas, untold)

    def value(self, key: CellKey) -> Scalar:
        """Give the value of any one cell as the last calculation left it."""
        return self._said(key, incoming(self._book.get_value(*key)))

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
            answers.append(shown(incoming_cell(cell)))
            return 0.0

        sheet = self._book.sheet_names[0]
        key = (sheet, *LAST_CELL)
        text = rewrite(formula, partial(resolve, self.sheets, LAST_CELL[0]), _numbers(self._sentences, key))
        if blamed := cause(f"={text}", untold=()):
            return CellError("#NAME?", f"{blamed}: a value that only Excel can calculate")
        text = shown_as_in_excel(text, lambda _reference: Kind.COMPUTED)
        self._book.register_function(ANSWER, answer, min_args=1, max_args=1)
        try:
            self._book.set_formula(sheet, *LAST_CELL, f"={ANSWER}({text})")
            failed = self._book.evaluate_cell(sheet, *LAST_CELL)
        finally:
            self._book.set_value(sheet, *LAST_CELL, None)
            self._book.unregister_function(ANSWER)
        return self._explained(key, formula, answers[-1] if answers else incoming_cell(failed))

    def evaluate_heard(self, formula: str) -> tuple[Cell, list[Call]]:
        """Evaluate a formula as `evaluate_formula` does, and give the calls of TCO functions in it, in their order.

        A formula that only refers to a cell with a formula gives the value and the calls of that cell.
        """
        heard: list[Call] = []
        cell, stated = self._formula_cell(formula)
        self._heard = heard
        try:
            if cell is None:
                return self.evaluate_formula(formula), heard
            if self._sentences:
                self._sentences.forget(cell)
            text = rewrite(stated, partial(resolve, self.sheets, cell[1]), _numbers(self._sentences, cell))
            self._book.set_formula(*cell, f"={text}")  # set once more, so that it is calculated once more
            return self._said(cell, incoming(self._book.evaluate_cell(*cell))), heard
        finally:
            self._heard = None

    def formula_of(self, reference: str) -> str:
        """Give the formula of the one cell that a reference or a name stands for, empty when it has none."""
        stated = self._formula_cell(reference)[1]
        return stated and f"={stated.removeprefix('=')}"

    def _formula_cell(self, reference: str) -> tuple[CellKey | None, str]:
        """Find the cell with a formula of its own, neither shared nor of an array, that a reference stands for."""
        text = reference.strip().removeprefix("=").strip()
        area = self.area_of_name(text) or parse_area(text)
        if area is None or (area.rows, area.columns) != (1, 1):
            return None, ""
        cell = next(area.cells())
        stated = self.sheets.formulas.get(cell)
        in_array = any(cell in array.cells for array in self.sheets.arrays)
        return (cell, stated) if stated and not in_array else (None, "")

    def area_of_name(self, name: str) -> Area | None:
        """Give the cells of a defined name that stands for one range."""
        return area_of_name(self.sheets, name)

    def name_rows(
        self, name: str, rows: Sequence[Sequence[Scalar]], stand_in: Sequence[Sequence[Scalar]] | None = None
    ) -> None:
        """Write rows on a sheet of their own and let a name stand for them in formulas of the shell.

        Parameters
        ----------
        stand_in : sequence of rows, optional
            What TCO functions get in place of these rows: the typed values, where the rows list the defaults too.
        """
        sheet = f"{PREFIX}{name}"
        self._book.add_sheet(sheet)
        self._book.set_values_batch(sheet, 1, 1, [[outgoing(value) for value in row] for row in rows])
        self.sheets.names[name.lower()] = text_of(sheet, (1, 1, len(rows), len(rows[0])))
        if stand_in is not None:
            self._stand_ins.append(([[*row] for row in rows], [[*row] for row in stand_in]))

    def _call(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  formualizer's cell values
        """Evaluate a TCO function; its number in the formulas comes before its arguments."""
        sentences = self._sentences
        assert sentences  # noqa: S101  functions are registered with them only
        number, cells = int(arguments[0]), [self._standing_in(incoming_cell(cell)) for cell in arguments[1:]]
        if name == UNKNOWN:
            name = sentences.at(number).name
        elif name == LAST_ERROR and cells and isinstance(cells[0], CellError):
            cells[0] = sentences.of_argument(number, cells[0])
        result = evaluate(name, cells)
        sentences.heard(number, cells, result)
        call = Call(name, cells, result)
        if self._heard is not None and call not in self._heard:
            self._heard.append(call)
        if isinstance(result, list):
            return [[outgoing("" if value is None else value) for value in row] for row in result]
        return outgoing("" if result is None else result)

    def _standing_in(self, cell: Cell) -> Cell:
        return next((other for rows, other in self._stand_ins if cell == rows), cell)

    def _said(self, key: CellKey, value: Scalar) -> Scalar:
        """Give an error of a cell its sentence."""
        if self._sentences and isinstance(value, CellError) and value.message in NOT_SAID:
            return self._sentences.of_cell(key, value)
        return value

    def _explained(self, key: CellKey, formula: str, answer: Cell) -> Cell:
        """Give errors in the answer to a formula of the shell the sentences of the cells that it refers to."""
        if not self._sentences:
            return answer
        rows = answer if isinstance(answer, list) else [[answer]]
        said = [
            [
                self._sentences.of_formula(key, formula, value)
                if isinstance(value, CellError) and value.message in NOT_SAID
                else value
                for value in row
            ]
            for row in rows
        ]
        self._sentences.forget(key)
        return said if isinstance(answer, list) else said[0][0]

    def _set(self, values: Mapping[CellKey, Any]) -> None:
        """Set cells in as few calls as may be: each call costs the marking of everything that depends on its cells."""
        for area in rectangles(values, self._calculated, self._bridge):
            keys = list(area.cells())
            block = [values[key] if key in values else self._standing(key) for key in keys]
            rows = [block[i : i + area.columns] for i in range(0, len(block), area.columns)]
            self._book.set_values_batch(area.sheet, area.row, area.column, rows)

    def _standing(self, key: CellKey) -> Any:  # noqa: ANN401  formualizer's value
        return self._current[key] if key in self._current else self._book.get_value(*key)

    def _values(self) -> dict[CellKey, Scalar]:
        import formualizer

        values: dict[CellKey, Scalar] = {}
        for sheet, group in groupby(sorted(self._cells()), lambda key: key[0]):
            cells = list(group)
            top, bottom = cells[0][1], cells[-1][1]
            left, right = min(column for _, _, column in cells), max(column for _, _, column in cells)
            area = formualizer.RangeAddress(sheet, top, left, bottom, right)
            block = self._book.sheet(sheet).get_values(area)
            values |= {key: self._said(key, incoming(block[key[1] - top][key[2] - left])) for key in cells}
        return values

    def spilled(self, array: ArrayFormula) -> Area:
        """Give the cells that a dynamic array fills now."""
        sheet, row, column = array.cells[0]
        cell = text_of(sheet, (row, column, row, column)).rpartition(":")[0]
        role = self._book.inspect_cell(cell, include_values=False).cell.spill
        if role is None or role.extent is None:
            return array.area
        top, left, bottom, right = corners(role.extent.rpartition("!")[2])
        return Area(sheet, top, left, bottom - top + 1, right - left + 1)

    def _cells(self) -> list[CellKey]:
        """Give the formula cells, and the cells into which dynamic arrays have grown."""
        grown = [self.spilled(array).cells() for array in self.sheets.arrays if array.dynamic]
        return list(dict.fromkeys([*self.sheets.formulas, *(key for cells in grown for key in cells)]))


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


def new_book(data: bytes = b"") -> Any:  # noqa: ANN401  formualizer's workbook
    """Open a workbook, or an empty one without sheets, as every calculation here needs it."""
    import formualizer

    settings = formualizer.EvaluationConfig()
    settings.enable_parallel = False  # on workbooks of proposals' size its threads take six times as long
    config = formualizer.WorkbookConfig(eval_config=settings, enable_changelog=False)
    book = formualizer.Workbook.from_bytes(data, config=config) if data else formualizer.Workbook(config=config)
    book.set_temporal_egress("serial")  # a date is a number to every formula and every cache
    hostfunctions.register(book)
    lifting.register(book, hostfunctions.OWN)
    book.register_function(FIT, fit, min_args=3, max_args=3)
    return book


def _open(sheets: Sheets, sentences: Sentences | None, name: str) -> Any:  # noqa: ANN401
    try:
        book = new_book(sheets.data)
    except OSError as error:  # its reader is stricter than ours about parts that hold no formulas
        raise WrongKind(f"{name} cannot be calculated ({error}); open it in Excel and save it again") from error
    if not sheets.data:
        book.add_sheet("Sheet1")
    _prepare_formulas(book, sheets, sentences)
    return book


def _register(book: Any, call: WeakMethod[Callable[..., Any]]) -> None:  # noqa: ANN401
    """Make the TCO functions known; how many arguments they take is theirs to say."""

    def answered(name: str, *arguments: Any) -> Any:  # noqa: ANN401  formualizer's cell values
        calculate = call()
        assert calculate  # noqa: S101  the book does not outlive its calculator
        return calculate(name, *arguments)

    for name in (*(function.name for function in FUNCTIONS), UNKNOWN):
        book.register_function(name, partial(answered, name), min_args=1)


def _numbers(sentences: Sentences | None, key: CellKey) -> Callable[[str, str], int] | None:
    return partial(sentences.site, key) if sentences else None


def _prepare_formulas(book: Any, sheets: Sheets, sentences: Sentences | None) -> None:  # noqa: ANN401
    """Set again, as formualizer needs them, the formulas that it would not calculate right as they stand."""
    fixed = {array.cells[0]: array for array in sheets.arrays if not array.dynamic}
    areas = {array.cells[0]: array.area for array in sheets.arrays}
    is_special = special(sheets)
    texts: dict[CellKey, str] = {}
    plain: dict[CellKey, str] = {}
    for key, stated in sheets.formulas.items():
        if key in fixed or stated is None or is_special(stated):
            texts[key] = book.get_formula(*key).removeprefix("=")
            plain[key] = rewrite(texts[key], partial(resolve, sheets, key[1]), _numbers(sentences, key))
        else:
            texts[key] = plain[key] = stated
        if sentences and texts[key]:
            sentences.formula(key, texts[key], areas.get(key))
    plain |= Formulas(plain, _Constants(book), ranges(sheets)).changed()
    for key, text in plain.items():
        fitted = _fitted(text, fixed.get(key))
        if fitted != texts[key]:
            book.set_formula(*key, f"={fitted}")


@dataclass(frozen=True)
class _Constants:
    """What a workbook has in its cells."""

    book: Any

    def get(self, key: CellKey) -> Any:  # noqa: ANN401
        """Give the value of a cell."""
        return self.book.get_value(*key) if key[0] in self.book.sheet_names else None


def ranges(sheets: Sheets) -> dict[str, Area]:
    """Give the names that stand for one range, in lower case."""
    return {name: area for name, text in sheets.names.items() if (area := parse_area(text))}


def special(sheets: Sheets) -> Callable[[str], bool]:
    """Give the test for formulas that formualizer would not calculate right as they stand."""
    lifted = rf"\b(?:{'|'.join(lifting.LIFTED)}|row|column)\(".lower()
    pattern = re.compile("|".join(["tco_", lifted, *map(re.escape, unfollowed(sheets))]))
    return lambda formula: pattern.search(formula.lower()) is not None


def _fitted(formula: str, array: ArrayFormula | None) -> str:
    if array is None:
        return formula
    return f"{FIT}({formula},{array.area.rows},{array.area.columns})"
