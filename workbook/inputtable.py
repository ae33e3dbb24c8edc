"""The inputs of an analyst's workbook: the range Assumptions, read with the address of every cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.analysis.ranges import ranges
from engine.errors import EngineError, NotAvailable, Problems
from engine.inputs import Inputs, assumptions, currency_of
from engine.resolve import SAME_AS
from engine.review import besides
from workbook.areas import Area, CellKey, cell_name
from workbook.assumptions import from_rows, ranges_of, value_places
from workbook.cells import Scalar, is_blank
from workbook.problems import remedy_of, tells_what_to_do

NAME = "Assumptions"
NUMERIC = ("number", "whole", "flag")
GENERATED = "» "
"""A source that begins like this is the engine's; it is written, and replaced, while the value is blank."""
AS_BLANK = frozenset(SAME_AS) | {
    *("gpus", "nodes", "model_instances", "cloud_instances"),
    *("ttft_limit", "tpot_limit", "latency_limit", "fx_rate"),
    *("api_long_prompt", "api_volume_mtok", "hybrid_replicas"),
}
"""Figures whose blank means something else than 0 to the formulas of the model."""
LISTED = {"gpu": "gpu", "model": "llm", "energy": "energy", "cloud_instance": "cloud"}
"""Texts that are ids of a price list of the workbook."""
PROVENANCE = ("source", "as of", "confidence", "note")


@dataclass(frozen=True)
class InputTable:
    """The rows of the range Assumptions and where they stand.

    Attributes
    ----------
    book : str
        How errors call the workbook.
    area : Area
        The range, with its header row.
    rows : sequence of rows
        Its values.
    typed : mapping of str to CellKey
        Where the value in use of an id is typed, when the workbook has scenarios.
    customer : mapping of str to (CellKey, Scalar)
        Figures of the scenario Customer, with their cells.
    scenario : str
        The scenario in use.
    """

    book: str
    area: Area
    rows: Sequence[Sequence[Scalar]]
    typed: Mapping[str, CellKey] = field(default_factory=dict)
    customer: Mapping[str, tuple[CellKey, Scalar]] = field(default_factory=dict)
    scenario: str = "Base"

    @cached_property
    def places(self) -> Mapping[str, tuple[int, int]]:
        """Row and column, from 0, of the value of each id."""
        return value_places(self.rows)

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Column, from 0, of each header in lower case."""
        return {str(cell).strip().lower(): i for i, cell in enumerate(self.rows[0]) if not is_blank(cell)}

    @property
    def typed_column(self) -> str:
        """Header of the column that is typed: base where a scenario makes the value, in other tables the value."""
        return "base" if "base" in self.columns else "value"

    def key(self, id_: str, column: str = "") -> CellKey | None:
        """Give the cell of an id in a column, left out: in the typed one; None when the table has it not."""
        column = column or self.typed_column
        if id_ not in self.places or column not in self.columns:
            return None
        return self.area.sheet, self.area.row + self.places[id_][0], self.area.column + self.columns[column]

    def cell(self, id_: str, column: str = "value") -> Scalar:
        """Give what stands for an id in a column, left out: the value in use; None when the table has it not."""
        if id_ not in self.places or column not in self.columns:
            return None
        return self.rows[self.places[id_][0]][self.columns[column]]

    def is_left_blank(self, id_: str, column: str = "value") -> bool:
        """Whether the value, or what is typed in another column, is left to the engine."""
        value = self.cell(id_, column)
        return is_blank(value) or (isinstance(value, str) and value.strip().lower() in {"", "auto"})

    def inputs(self) -> Inputs:
        """Read and check the inputs.

        Raises
        ------
        Problems
            Every problem, with the cell that it stands in.
        """
        values, found = from_rows(self.rows)
        try:
            inputs = Inputs.read(values, found, ranges_of(self.rows))
            ranges(inputs)
        except Problems as several:
            problems = [*several.problems, *besides(values, several.problems)]
            raise Problems([self.placed(problem) for problem in problems]) from None
        return inputs

    def placed(self, problem: EngineError) -> EngineError:
        """Put the cell before a sentence that begins with an id."""
        end = re.match(r"(low|high) of (\w+)|(\w+): (low|distribution|correlation) ", str(problem))
        if end:
            id_, column = (end[2], end[1]) if end[1] else (end[3], end[4])
            place = self.key(id_.lower(), column)
            if place:
                return type(problem)(f"{place[0]}!{cell_name(*place[1:])} {problem}")
        first = re.match(r"\w+", str(problem))
        id_ = first[0].lower() if first else ""
        key = self.typed.get(id_) or self.key(id_)
        if key is None:
            return type(problem)(f"{self.book}, {problem}")
        told = tells_what_to_do(str(problem)) or id_ not in assumptions()
        remedy = "" if told else remedy_of(assumptions()[id_], currency_of({"currency": self.cell("currency")}))
        if "where a number is asked" in str(problem) and remedy:
            remedy += ", as a number: a cell that holds text shows it at the left"
        return type(problem)(f"{key[0]}!{cell_name(*key[1:])} {problem}{remedy and '; '}{remedy}")

    def misplaced(self, names: Mapping[str, Area]) -> Iterator[str]:
        """Give a sentence for every name in_<id> that stands beside another id: the rows have been moved."""
        for id_ in self.places:
            area, key = names.get(f"in_{id_}"), self.key(id_)
            if area and key and (area.sheet, area.row) != key[:2]:
                yield (
                    f"the name in_{id_} stands for {area.sheet}!{cell_name(area.row, area.column)}, but {id_} is in "
                    f"row {key[1]}; undo the sorting of the table, or let the name refer to row {key[1]}"
                )


def read(book: str, area: Area | None, values: Mapping[CellKey, Scalar]) -> InputTable:
    """Take the range Assumptions out of a workbook's values.

    Raises
    ------
    NotAvailable
        When the workbook has no such name.
    """
    if area is None:
        raise NotAvailable(
            f"{book} has no name {NAME} for a range of inputs; start from llm-tco new, or define the name "
            "(Formulas, Name Manager) for a table with the headers id and value"
        )
    cells = [values.get(key) for key in area.cells()]
    return InputTable(book, area, [cells[i : i + area.columns] for i in range(0, len(cells), area.columns)])
