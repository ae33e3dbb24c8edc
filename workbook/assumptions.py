"""A range of assumptions, with or without header row, as values by id."""

from collections.abc import Sequence

from engine.errors import EngineError, WrongKind
from workbook.cells import Scalar, is_blank

COLUMNS = 2  # id and value, when there is no header row
SPREAD = ("low", "high", "distribution", "correlation")
"""Columns that say how an input may vary, in the order in which the engine takes them."""


def from_rows(rows: Sequence[Sequence[Scalar]]) -> tuple[dict[str, Scalar], list[EngineError]]:
    """Read a range as assumptions.

    Parameters
    ----------
    rows : sequence of rows
        A table whose first row holds the headers ``id`` and ``value`` among others in any order, or two bare columns
        id and value.

    Returns
    -------
    values : dict
        Cell values by assumption id, lower case, in the order of the range.
    problems : list of EngineError
        What is wrong with the range itself: repeated ids, values without an id.

    Examples
    --------
    >>> from_rows([["id", "label", "value"], ["users", "People", 5000.0]])
    ({'users': 5000.0}, [])
    """
    columns = _columns(rows)
    if columns is None:
        return {}, [_shape_problem(rows)]
    id_column, value_column, first = columns
    values: dict[str, Scalar] = {}
    problems: list[EngineError] = []
    for number, row in enumerate(rows[first:], first + 1):
        name, value = row[id_column], row[value_column]
        if is_blank(name):
            if not is_blank(value):
                problems.append(WrongKind(f"row {number} of the assumptions has the value {value} and no id"))
            continue
        key = str(name).strip().lower()
        if key in values:
            problems.append(WrongKind(f"{key[:60]} stands twice in the assumptions, again in row {number}"))
        values[key] = value
    return values, problems


def ranges_of(rows: Sequence[Sequence[Scalar]]) -> dict[str, tuple[Scalar, ...]]:
    """Give the cells of low, high, distribution and correlation of each id that has any; empty without these columns.

    >>> ranges_of([["id", "value", "high", "low"], ["users", 5000.0, 9000.0, 2000.0], ["wacc", 0.08, None, None]])
    {'users': (2000.0, 9000.0, None, None)}
    """
    id_column, _, first = _columns(rows) or (0, 0, 0)
    header = [str(cell).strip().lower() if isinstance(cell, str) else "" for cell in rows[0]]
    columns = [header.index(name) if first and name in header else None for name in SPREAD]
    found: dict[str, tuple[Scalar, ...]] = {}
    if columns == [None] * len(SPREAD):
        return found
    for row in rows[first:]:
        cells = tuple(None if column is None else row[column] for column in columns)
        if not is_blank(row[id_column]) and not all(map(is_blank, cells)):
            found[str(row[id_column]).strip().lower()] = cells
    return found


def value_places(rows: Sequence[Sequence[Scalar]]) -> dict[str, tuple[int, int]]:
    """Give row and column, from 0, of the value of each id; empty when the range is none of assumptions.

    >>> value_places([["id", "label", "value"], ["users", "People", 5000.0]])
    {'users': (1, 2)}
    """
    id_column, value_column, first = _columns(rows) or (0, 0, len(rows))
    return {
        str(row[id_column]).strip().lower(): (number, value_column)
        for number, row in enumerate(rows[first:], first)
        if not is_blank(row[id_column])
    }


def _columns(rows: Sequence[Sequence[Scalar]]) -> tuple[int, int, int] | None:
    """Return the columns of id and value and the number of header rows."""
    header = [str(cell).strip().lower() if isinstance(cell, str) else "" for cell in rows[0]]
    if "id" in header and "value" in header:
        return header.index("id"), header.index("value"), 1
    return (0, 1, 0) if len(header) == COLUMNS else None


def _shape_problem(rows: Sequence[Sequence[Scalar]]) -> EngineError:
    return WrongKind(
        f"the assumptions are a block of {len(rows)} x {len(rows[0])} cells without a header row that holds id and "
        "value; a table's own name leaves its header out: pass the name Assumptions, Table[#All], or two columns id "
        "and value"
    )
