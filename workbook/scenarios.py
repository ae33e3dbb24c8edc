"""The scenarios of an analyst's workbook: which one is in use, where its figures are typed, what each of them costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import tco
from engine.errors import EngineError, WrongKind
from engine.inputs import OPTION_IDS, Inputs
from workbook.areas import Area, CellKey, cell_name
from workbook.assumptions import ranges_of
from workbook.cells import Scalar, is_blank
from workbook.inputtable import InputTable

BASE, LOW, HIGH, CUSTOMER = SCENARIOS = ("Base", "Low", "High", "Customer")
SELECTOR = "sel_Scenario"
BLOCK = "blk_scenario_inputs"
_TYPED = 3 + SCENARIOS.index(CUSTOMER)
"""Column of the customer's figures in the block, after id, label and unit."""


@dataclass(frozen=True)
class Outcome:
    """What every option costs in every scenario.

    Attributes
    ----------
    costs : sequence of rows
        An option a row, a scenario a column; None where it has no cost.
    reasons : sequence of str
        Why a scenario has none, a sentence a cause.
    """

    costs: Sequence[Sequence[Scalar]]
    reasons: Sequence[str]


def in_use(area: Area | None, value: Scalar) -> str:
    """Give the scenario that a workbook shows.

    Parameters
    ----------
    area : Area, optional
        The cell of the name sel_Scenario; None: a workbook without scenarios, which shows what is typed.
    value : Scalar
        What stands in it.

    Raises
    ------
    WrongKind
        When it is none of the scenarios.
    """
    if area is None:
        return BASE
    found = next((s for s in SCENARIOS if s.lower() == str(value or "").strip().lower()), None)
    if found is None:
        where = f"{area.sheet}!{cell_name(area.row, area.column)}"
        raise WrongKind(
            f'{where} the scenario "{value or ""}" is none of {", ".join(SCENARIOS)}; choose one of the list'
        )
    return found


def figures_of_customer(area: Area | None, values: Mapping[CellKey, Scalar]) -> dict[str, tuple[CellKey, Scalar]]:
    """Give cell and value of every figure typed for the scenario Customer, by the id of its row."""
    found: dict[str, tuple[CellKey, Scalar]] = {}
    for row in range(area.row, area.row + area.rows) if area else ():
        assert area  # noqa: S101  there are rows
        id_, key = values.get((area.sheet, row, area.column)), (area.sheet, row, area.column + _TYPED)
        if not is_blank(id_) and not is_blank(values.get(key)):
            found[str(id_).strip().lower()] = key, values[key]
    return found


def typed_cells(table: InputTable, scenario: str) -> dict[str, CellKey]:
    """Give the cell in which the value in use of each id is typed."""
    cells: dict[str, CellKey] = {}
    for id_ in table.places:
        column = scenario.lower() if scenario in {LOW, HIGH} and not is_blank(table.cell(id_, scenario.lower())) else ""
        key = table.key(id_, column)
        if scenario == CUSTOMER and id_ in table.customer:
            key = table.customer[id_][0]
        if key:
            cells[id_] = key
    return cells


def values_of(table: InputTable, scenario: str) -> dict[str, Scalar]:
    """Give the value of each id in a scenario, as the sheet Scenarios works it out by formulas."""
    values = {id_: table.cell(id_, table.typed_column) for id_ in table.places}
    if scenario in {LOW, HIGH}:
        ends = {id_: table.cell(id_, scenario.lower()) for id_ in values}
        values |= {id_: end for id_, end in ends.items() if not is_blank(end)}
    if scenario == CUSTOMER:
        values |= {id_: value for id_, (_, value) in table.customer.items() if id_ in values}
    return values


def outcome(table: InputTable, options: Sequence[str]) -> Outcome:
    """Work out the total cost of options in every scenario; one that has none does not stop the others."""
    columns: list[dict[str, float]] = []
    reasons: dict[str, list[str]] = {}
    for scenario in SCENARIOS:
        costs: dict[str, float] = {}
        try:
            inputs = Inputs.read(values_of(table, scenario), [], ranges_of(table.rows))
            for option in options:
                if option in inputs.option_ids:
                    costs[option] = float(tco.evaluate(inputs, option).tco[0])
        except EngineError as error:
            reasons.setdefault(str(error), []).append(scenario)
        columns.append(costs)
    return Outcome(
        [[costs.get(option) for costs in columns] for option in OPTION_IDS],
        [f"scenario {' and '.join(names)} not computed: {reason}" for reason, names in reasons.items()],
    )
