"""One customer, one workbook: values for the names of a template, calculated, filled.

The template's native formulas calculate every cost line. Written here are the inputs in use with their sources, the
fleet by year as the engine sizes it, and the engine's own results, which the sheet Checks holds against the formulas.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from engine.errors import NotAvailable, Problems, WrongKind
from workbook.areas import CellKey
from workbook.binding import bindings, cells, hidden_columns, hidden_rows
from workbook.cells import CellError, Scalar
from workbook.contents import Contents, contents
from workbook.customers import Customer
from workbook.headless import Calculator
from workbook.template import Template


@dataclass(frozen=True)
class Proposal:
    """A finished workbook and what the manifest says about it."""

    data: bytes
    figures: Mapping[str, float]
    warnings: tuple[str, ...]


class Proposals:
    """A compiled template and its calculator, for any number of customers."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.template = Template.compile(data, name)
        self._names = bindings(self.template)

    @staticmethod
    def load(path: str | Path) -> "Proposals":
        """Compile the template at `path`, once for each content in a process."""
        path = Path(path)
        try:
            return _compiled(path.name, path.read_bytes())
        except OSError as error:
            raise NotAvailable(f"{path}: the template cannot be read ({error.strerror})") from None

    @cached_property
    def calculator(self) -> Calculator:
        """The template's formulas, opened when the first proposal is calculated."""
        return Calculator(self.data)

    def contents(self, customer: Customer) -> Contents:
        """Work out what the proposal says.

        Raises
        ------
        Problems
            Options that are asked for and cannot be computed, each with its reason; texts that the template needs.
        """
        found = contents(customer)
        missing = [field for field in self.template.fields if field not in found.fields]
        if missing:
            raise Problems(
                [
                    NotAvailable(f"{self.template.name} has {{{{{m}}}}} and the row no column x_{m}; add it")
                    for m in missing
                ]
            )
        return found

    def cells(self, says: Contents) -> dict[CellKey, Scalar]:
        """Give every cell that is written, with its value; None blanks a cell."""
        return cells(self.template, self._names, says)

    def make(self, customer: Customer) -> Proposal:
        """Calculate and fill the workbook of one customer.

        Raises
        ------
        EngineError
            When an option cannot be computed, a value does not fit the template, or a formula shows an error.
        """
        says = self.contents(customer)
        inputs = self.cells(says)
        caches = self.calculator.calculate({**self.template.field_values(says.fields), **inputs})
        _refuse_errors(self.template, caches)
        rows, columns = hidden_rows(self.template, says), hidden_columns(self.template, says)
        data = self.template.fill(inputs, caches, says.fields, rows, columns)
        return Proposal(data, says.figures, says.warnings)


@lru_cache(maxsize=8)
def _compiled(name: str, data: bytes) -> Proposals:
    return Proposals(data, name)


def _refuse_errors(template: Template, caches: Mapping[CellKey, Scalar]) -> None:
    """Refuse to write a workbook that shows an error."""
    wrong = [(key, value) for key, value in caches.items() if isinstance(value, CellError)]
    if wrong:
        (sheet, row, column), error = wrong[0]
        name = next((n for n, a in template.areas.items() if a.sheet == sheet and a.contains(row, column)), "a formula")
        raise WrongKind(
            f"{template.name}, sheet {sheet}, row {row}, column {column} ({name}) shows {error.code} for these inputs, "
            f"as do {len(wrong) - 1} other cells; check the template's formulas"
        )
