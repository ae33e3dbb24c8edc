"""Functions of one value that take a range element by element, which formualizer does not do.

``SUMPRODUCT(ISERROR(A1:B9)*1)`` would count no error at all. Where an argument is a range or an array, the function is
calculated here for each element; the tests of kind directly, the others by formualizer itself, one value at a time.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import count
from typing import Any

from workbook.areas import parse_area

PREFIX = "LLMTCO_"

TESTS: dict[str, Callable[[Any], bool]] = {
    "ISERROR": lambda value: isinstance(value, dict),
    "ISERR": lambda value: isinstance(value, dict) and value.get("kind") != "Na",
    "ISNA": lambda value: isinstance(value, dict) and value.get("kind") == "Na",
    "ISNUMBER": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "ISTEXT": lambda value: isinstance(value, str),
    "ISNONTEXT": lambda value: not isinstance(value, str),
    "ISLOGICAL": lambda value: isinstance(value, bool),
    "ISBLANK": lambda value: value is None,
}
SINGLE = frozenset(
    {"ABS", "INT", "SIGN", "TRUNC", "SQRT", "EXP", "LN", "LOG10", "POWER", "MOD", "LEN", "VALUE", "N", "NOT"}
    | {"ROUND", "ROUNDUP", "ROUNDDOWN", "CEILING", "FLOOR"}
)
LIFTED = frozenset(TESTS) | SINGLE
PASSING = LIFTED | {"IF", "IFERROR", "IFNA"}  # with an array inside, these give an array


def place_numbers(name: str, operand: str) -> str:
    """Write ``ROW(B2:B4)`` or ``COLUMN(B2:D2)`` as the array that it is; empty for anything else.

    >>> place_numbers("ROW", "$B$2:B4"), place_numbers("COLUMN", "Cost!B2:D2"), place_numbers("ROW", "B2")
    ('{2;3;4}', '{2,3,4}', '')
    """
    if name not in {"ROW", "COLUMN"} or ":" not in operand:
        return ""
    area = parse_area(operand if "!" in operand else f"here!{operand}")
    if area is None or area.whole:
        return ""
    if name == "ROW":
        return f"{{{';'.join(str(area.row + i) for i in range(area.rows))}}}"
    return f"{{{','.join(str(area.column + i) for i in range(area.columns))}}}"


def register(book: Any, besides: Collection[str] = ()) -> None:  # noqa: ANN401  formualizer's workbook
    """Make the lifted functions known to a workbook, besides those that it knows already."""
    for name, test in TESTS.items():
        book.register_function(PREFIX + name, _tested(test), min_args=1, max_args=1)
    for name in SINGLE - set(besides):
        book.register_function(PREFIX + name, _calculated(name))


def _tested(test: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def lifted(value: Any) -> Any:  # noqa: ANN401
        return [[test(item) for item in row] for row in value] if isinstance(value, list) else test(value)

    return lifted


def _calculated(name: str) -> Callable[..., Any]:
    def lifted(*arguments: Any) -> Any:  # noqa: ANN401
        return element_by_element(lambda *values: calculated(name, values), arguments)

    return lifted


def element_by_element(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:  # noqa: ANN401
    """Apply a function of single values to arguments that may be ranges, as rows."""
    if not any(isinstance(value, list) for value in arguments):
        return function(*arguments)
    blocks = [value if isinstance(value, list) else [[value]] for value in arguments]
    height, width = max(map(len, blocks)), max(len(block[0]) for block in blocks)
    return [[function(*(_at(block, i, j) for block in blocks)) for j in range(width)] for i in range(height)]


def _at(block: list[list[Any]], row: int, column: int) -> Any:  # noqa: ANN401
    """Give an element; one row or column repeats, beyond a larger block is #N/A."""
    i, j = (0 if len(block) == 1 else row), (0 if len(block[0]) == 1 else column)
    return block[i][j] if i < len(block) and j < len(block[0]) else {"type": "Error", "kind": "Na"}


def calculated(name: str, values: Sequence[Any]) -> Any:  # noqa: ANN401
    """Calculate formualizer's function of this name for single values, in a workbook of its own."""
    book, row = _workbench(), _formula(name, len(values))
    book.set_values_batch("Sheet1", row, 2, [[*values]])
    return book.evaluate_cell("Sheet1", row, 1)


@cache
def _formula(name: str, arguments: int) -> int:
    """Write the formula of a function, once: what a workbook has ever been told of formulas, it keeps.

    Returns
    -------
    int
        The row of the formula, before its arguments.
    """
    book, row = _workbench(), next(_ROWS)
    cells = ",".join(f"{column}{row}" for column, _ in zip("BCDE", range(arguments), strict=False))
    book.set_formula("Sheet1", row, 1, f"={name}({cells})")
    return row


_ROWS = count(1)


@cache
def _workbench() -> Any:  # noqa: ANN401
    import formualizer

    book = formualizer.Workbook(config=formualizer.WorkbookConfig(enable_changelog=False))  # nothing is ever undone
    book.add_sheet("Sheet1")
    return book
