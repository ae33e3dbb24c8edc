"""Scenarios: a table of ids and scenarios, of which one is chosen by its name, or all stand side by side."""

from collections.abc import Sequence
from typing import Any

from engine.analysis.scenarios import cheapest_of
from engine.errors import EngineError, NotAvailable, Problems, WrongKind
from engine.inputs import Inputs
from engine.result import MEASURES, Rows
from engine.tco import value_or_error

BASE = "base"
"""The scenario that every case has: its assumptions as they are, unless the table has a column of this name."""
DESCRIPTIVE = ("id", "label", "unit", "section", "note")  # headers of columns that are no scenario


def scenarios(assumptions: Inputs, table: Rows, measure: str = "tco") -> Rows:
    """Cost of every option in every scenario of a table, side by side.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are compared.
    table : table
        Header row id, then the names of the scenarios; below it ids and their values. A blank cell: no change.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is shown.

    Returns
    -------
    table
        Header; scenario, the options, and the cheapest of them; first the assumptions as they are. What cannot be
        computed shows its error. [money]

    Notes
    -----
    One scenario in any function: a pair of its name and the table, =TCO_COMPARE(Assumptions,"tco","Low",Scenarios).
    Columns label, unit, section and note of the table are no scenarios; auto sets an assumption back to blank.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "options": "seat"})
    >>> scenarios(case, [["id", "Low", "High"], ["seat_price", 20, 45], ["users", None, 200]], "per_user_month")
    [['scenario', 'seat', 'cheapest'], ['base', 30.0, 'seat'], ['Low', 20.0, 'seat'], ['High', 45.0, 'seat']]
    """
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    options = assumptions.option_ids
    rows: Rows = [["scenario", *options, "cheapest"]]
    for name in scenario_names(table):
        values = [_figure(assumptions, table, name, option, measure.lower()) for option in options]
        rows.append([name, *values, cheapest_of(options, values)])
    return rows


def scenario_names(table: Sequence[Sequence[Any]]) -> list[str]:
    """Return the names of the scenarios of a table, `base` first when the table does not have it.

    >>> scenario_names([["id", "label", "Low", "High"], ["wacc", "Cost of capital", 0.06, 0.1]])
    ['base', 'Low', 'High']
    """
    names = list(_columns(table).values())
    return names if BASE in map(str.lower, names) else [BASE, *names]


def scenario_values(table: Sequence[Sequence[Any]], name: str) -> dict[str, object]:
    """Return the values of one scenario by assumption id; ids with a blank cell are left out, auto is None.

    Parameters
    ----------
    table : sequence of rows
        Header row with id and the names of the scenarios, below it ids and values.
    name : str
        Name of a scenario, in any case.

    Raises
    ------
    WrongKind
        A table without header, a name or an id that stands twice, a value without an id.
    NotAvailable
        When the table has no such scenario; the sentence lists those it has.

    Examples
    --------
    >>> scenario_values([["id", "Low", "High"], ["wacc", 0.06, 0.1], ["users", "", 200]], "low")
    {'wacc': 0.06}
    """
    columns = {text.lower(): column for column, text in _columns(table).items()}
    chosen = name.strip().lower()
    if chosen not in columns and chosen != BASE:
        raise NotAvailable(
            f'scenario: "{name[:60]}" is none of {", ".join(scenario_names(table))}; write one of these names, or add '
            "a column of that name to the scenarios"
        )
    key = _headers(table).index("id")
    values: dict[str, object] = {}
    problems: list[EngineError] = []
    for number, row in enumerate(table[1:], 2):
        id_ = _text(row[key]).lower()
        value = row[columns[chosen]] if chosen in columns else None
        blank = value is None or (isinstance(value, str) and not value.strip())
        if not id_ and not blank:
            problems.append(WrongKind(f"row {number} of the scenarios has the value {value} and no id"))
        elif id_ and id_ in values:
            problems.append(WrongKind(f"{id_[:60]} stands twice in the scenarios, again in row {number}"))
        elif id_:
            values[id_] = value
    if problems:
        raise Problems(problems)
    return {id_: _given(value) for id_, value in values.items() if _text(value)}


def _given(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() == "auto" else value


def _columns(table: Sequence[Sequence[Any]]) -> dict[int, str]:
    """Give the name of the scenario in each column that holds one."""
    headers = _headers(table)
    if "id" not in headers:
        raise WrongKind(
            f"the scenarios are a block of {len(table)} x {len(table[0])} cells without a header id; their first row "
            "holds id and the names of the scenarios (a table's own name leaves it out: pass Table[#All])"
        )
    names = {column: _text(table[0][column]) for column, text in enumerate(headers) if text not in {"", *DESCRIPTIVE}}
    texts = [name.lower() for name in names.values()]
    twice = next((name for name in names.values() if texts.count(name.lower()) > 1), None)
    if twice is not None:
        raise WrongKind(f'the scenario "{twice[:60]}" stands in two columns; give one of them another name')
    return names


def _headers(table: Sequence[Sequence[Any]]) -> list[str]:
    return [_text(cell).lower() for cell in table[0]]


def _text(cell: object) -> str:
    """Read a cell as text: a scenario may be called 2027."""
    return "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell).strip()


def _figure(
    inputs: Inputs, table: Sequence[Sequence[Any]], scenario: str, option: str, measure: str
) -> float | EngineError:
    """Give the measure of an option in a scenario, or why there is none."""
    try:
        return value_or_error(inputs.replaced(**scenario_values(table, scenario)), option, measure)
    except EngineError as error:
        return error
