"""One customer, one workbook: values for the names of a template, calculated, filled.

The template's native formulas calculate every cost line. Written here are the inputs in use with their sources, the
fleet by year as the engine sizes it, and the engine's own results, which the sheet Checks holds against the formulas.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

from engine.errors import NotAvailable, Problems, WrongKind
from workbook.areas import CellKey, cell_name
from workbook.binding import bindings, cells, hidden_columns, hidden_rows
from workbook.cells import CellError, Scalar
from workbook.contents import Contents, contents
from workbook.customers import Customer
from workbook.headless import Calculator
from workbook.languages import LANGUAGES, Language
from workbook.prepare import allowed_macros, as_document, suffix
from workbook.sheets import read_sheets
from workbook.sideways import Sideways, laid_on_side
from workbook.template import Template
from workbook.wording import Wording, fields, written_in

SHOWN = 5  # cells that a warning names


@dataclass(frozen=True)
class Proposal:
    """A finished workbook and what the manifest says about it."""

    data: bytes
    figures: Mapping[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """A template as it was read: what every worker process compiles, also one that does not see the file.

    Attributes
    ----------
    macros : frozenset of str
        SHA-256 of the VBA projects that may be handed on.
    properties : tuple of (str, str)
        Document properties of the proposals, ``("creator", "Acme AG")``; those of people that are left out are cleared.
    """

    name: str
    data: bytes
    macros: frozenset[str] = frozenset()
    properties: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, path: Path, properties: tuple[tuple[str, str], ...] = ()) -> "Source":
        """Read a template and the list of allowed macros beside it.

        Raises
        ------
        NotAvailable
            When it cannot be read.
        """
        try:
            return cls(path.name, path.read_bytes(), allowed_macros(path), properties)
        except OSError as error:
            raise NotAvailable(f"{path}: the template cannot be read ({error.strerror})") from None


class Proposals:
    """A compiled template and its calculator, for any number of customers."""

    def __init__(
        self,
        data: bytes,
        name: str,
        allowed_macros: Collection[str] = (),
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.data = as_document(data, name, properties, allowed_macros)
        self.template = Template.compile(self.data, name)
        self.suffix = suffix(self.template.package)
        self._names = bindings(self.template)

    @staticmethod
    def load(path: str | Path) -> "Proposals":
        """Compile the template at `path`, once for each content in a process."""
        return Proposals.of(Source.read(Path(path)))

    @staticmethod
    def of(source: Source) -> "Proposals":
        """Compile a template that was read, once for each content in a process."""
        return _compiled(source)

    @property
    def calculator(self) -> Calculator | Sideways:
        """The template's formulas, opened when a proposal is calculated and the last one was of another template."""
        return _opened(self)[0]

    @property
    def bound_cells(self) -> frozenset[CellKey]:
        """Every cell that `cells` writes for one customer or another."""
        return frozenset(key for _, area in self._names for key in area.keys)

    @property
    def blank(self) -> Mapping[CellKey, str]:
        """Formula cells left without a value, each with the function to blame: only Excel can calculate them."""
        return _opened(self)[1]

    def contents(self, customer: Customer) -> Contents:
        """Work out what the proposal says.

        Raises
        ------
        Problems
            Options that are asked for and cannot be computed, each with its reason; texts that the template needs.
        """
        return self.checked(contents(customer))

    def checked(self, found: Contents) -> Contents:
        """Return what a proposal says, or raise which texts the template needs besides."""
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
        return cells(self._names, says)

    def make(self, customer: Customer) -> Proposal:
        """Calculate and fill the workbook of one customer.

        Raises
        ------
        EngineError
            When an option cannot be computed, a value does not fit the template, or a formula shows an error.
        """
        return self.filled(self.contents(customer))

    def filled(self, says: Contents) -> Proposal:
        """Calculate and fill the workbook that says this."""
        language = self._language(says.customer)
        texts = fields(says, language)
        inputs = self._wording.cells(self.cells(says), language)
        blank = self.blank
        calculated = self.calculator.calculate({**self.template.field_values(texts), **inputs})
        caches = {key: value for key, value in calculated.items() if key not in blank}
        _refuse_errors(self.template, caches)
        rows, columns = hidden_rows(self.template, says), hidden_columns(self.template, says)
        data = self.template.fill(inputs, caches, texts, rows, columns)
        return Proposal(data, says.figures, (*says.warnings, *self._blank_warning()))

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self.template)

    def _language(self, customer: Customer) -> Language:
        """Return the language of the template; where it does not say, that of the customer's row."""
        return LANGUAGES[written_in(self.template) or customer.language or "en"]

    def _blank_warning(self) -> tuple[str, ...]:
        if not self.blank:
            return ()
        cells = [f"{sheet}!{cell_name(row, column)} ({name})" for (sheet, row, column), name in self.blank.items()]
        more = f" and {len(cells) - SHOWN} more" if len(cells) > SHOWN else ""
        return (f"blank until opened in Excel, which alone can calculate them: {', '.join(cells[:SHOWN])}{more}",)


@lru_cache(maxsize=8)
def _compiled(source: Source) -> Proposals:
    return Proposals(source.data, source.name, source.macros, dict(source.properties))


@lru_cache(maxsize=1)  # some 30 MB; batches do the proposals of a template one after the other
def _opened(proposals: Proposals) -> tuple[Calculator | Sideways, Mapping[CellKey, str]]:
    """Open the formulas of a template, and say which of them only Excel can calculate."""
    template = proposals.template
    given = proposals.bound_cells | template.contents.texts.keys()
    if side := laid_on_side(read_sheets(proposals.data), template.constants, given):
        return side, {}  # it takes no function that only Excel has
    plain = Calculator(proposals.data)
    plain.calculate({})
    return plain, plain.uncalculable()


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
