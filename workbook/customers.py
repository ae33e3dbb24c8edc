"""Customers' data, row by row: who, when, which assumptions; every problem with row, field, value and remedy."""

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineError, Problems, WrongKind
from engine.inputs import Assumption, Inputs, assumptions, currency_of
from engine.review import besides
from workbook import datafile
from workbook.cells import CellError, Scalar, is_blank
from workbook.numerals import AmbiguousError, decimal_mark, read_date, read_number
from workbook.problems import Problem, as_text, problem, remedy_of, shortened

REQUIRED = ("customer_id", "customer_name", "proposal_date")
OPTIONAL = ("language", "template")
RESERVED = (*REQUIRED, "prices_as_of", "engine_version", "currency", "tax_basis", "language", "template")
"""Placeholders that a proposal fills by itself; an x_ column must not take their name."""
PROBLEM = "x_problem"
"""Column in which a batch says what is wrong with the rows that it gives back; no field of a proposal."""
LONGEST_TEXT = 32_767  # characters of a cell
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FLAG_WORDS = {"true": 1.0, "wahr": 1.0, "vrai": 1.0, "verdadero": 1.0, "vero": 1.0, "prawda": 1.0} | {
    "false": 0.0, "falsch": 0.0, "faux": 0.0, "falso": 0.0, "fałsz": 0.0
}  # fmt: skip  # as Excel saves them in its languages


@dataclass(frozen=True)
class Customer:
    """One good row.

    Attributes
    ----------
    inputs : Inputs
        The validated assumptions; blank cells are left at their defaults.
    template : str
        File name of the template that the row asks for, or empty.
    fields : mapping of str to str
        Free texts for the placeholders of the template, without their ``x_``.
    """

    row: int
    id: str
    name: str
    proposal_date: dt.date
    inputs: Inputs
    language: str = ""
    template: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Customers:
    """All rows of a file: the good ones, the problems of the others, and what was detected while reading."""

    good: tuple[Customer, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    raw: Mapping[int, Mapping[str, str]]
    """Every row as text by column, to give failed rows back for fixing."""
    separator: str = ","


def read(path: Path) -> Customers:
    """Read all customers of a CSV, XLSX or JSON file.

    Parameters
    ----------
    path : Path
        Columns are `customer_id`, `customer_name`, `proposal_date`, any assumption id, `language`, `template` and
        `x_<field>` for free text; a blank cell takes the default.

    Returns
    -------
    Customers
        Rows without problems and the problems of the others, in the order of the file.

    Raises
    ------
    EngineError
        When the file as a whole cannot be read: missing, empty, wrong columns.
    """
    data = datafile.read(path, {*assumptions(), *REQUIRED, *OPTIONAL})
    columns = _columns(path.name, data.header)
    decimal, notes = _decimal(data, columns)
    good: list[Customer] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for number, cells in data.rows:
        row = _Row(number, columns, cells, data.is_text, decimal)
        customer = row.customer(seen)
        problems += row.problems
        if customer is not None and not row.problems:
            good.append(customer)
    padding = (None,) * len(columns)
    raw = {n: dict(zip(columns, map(as_text, (*cells, *padding)), strict=False)) for n, cells in data.rows}
    return Customers(tuple(good), tuple(problems), (*data.notes, *notes), raw, data.separator or ",")


def _columns(name: str, header: Sequence[Scalar]) -> tuple[str, ...]:
    """Check the header; blank columns at the end are what spreadsheets leave behind."""
    columns = [as_text(cell).strip().lower() for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    known = {*assumptions(), *REQUIRED, *OPTIONAL}
    wrong = [_column_problem(column, known) for column in dict.fromkeys(columns)]
    wrong += [f"column {c} stands twice" for c in dict.fromkeys(columns) if columns.count(c) > 1 and c]
    wrong += [f"column {column} is missing" for column in REQUIRED if column not in columns]
    found = [problem for problem in wrong if problem]
    if found:
        raise WrongKind(
            f"{name}: {'; '.join(found)}. Columns are {', '.join(REQUIRED)}, assumption ids, "
            f"{', '.join(OPTIONAL)} and x_<field> for free text"
        )
    return tuple(columns)


def _column_problem(column: str, known: Collection[str]) -> str:
    if column in known:
        return ""
    if not column:
        return "a column has no name"
    if column.startswith("x_"):
        if not re.fullmatch(r"x_[a-z][a-z0-9_]*", column):
            return f'column "{shortened(column)}" is no field name; use letters, digits and _ after x_'
        return f"column {column} takes the place of our own {column[2:]}; rename it" if column[2:] in RESERVED else ""
    close = difflib.get_close_matches(column, known, 1)
    return f'column "{shortened(column)}" is no assumption' + (f"; did you mean {close[0]}?" if close else "")


def _decimal(data: datafile.DataFile, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Find the decimal mark of a text file; Excel never puts a decimal comma beside comma separators."""
    if not data.is_text:
        return ".", ()
    numeric = [i for i, column in enumerate(columns) if column in assumptions() and _is_numeric(assumptions()[column])]
    mark = decimal_mark(str(cells[i]) for _, cells in data.rows for i in numeric if i < len(cells))
    if not mark and data.separator == ",":
        mark = "."
    said = {".": "decimal point", ",": "decimal comma", "": "no decimals", ".,": "decimal points and commas mixed"}[
        mark
    ]
    return mark, (f"numbers: {said}",)


def _is_numeric(assumption: Assumption) -> bool:
    return assumption.kind in {"number", "whole", "flag"}


class _Row:
    """One row on its way to a customer; collects what is wrong with it."""

    def __init__(
        self, number: int, columns: Sequence[str], cells: Sequence[Scalar], is_text: bool, decimal: str
    ) -> None:
        self.number, self.is_text, self.decimal = number, is_text, decimal
        self.cells = dict(zip(columns, [*cells, *[None] * len(columns)], strict=False))
        self.problems: list[Problem] = []
        surplus = [cell for cell in cells[len(columns) :] if not is_blank(cell)]
        self.id = as_text(self.cells["customer_id"]).strip()
        if surplus:
            self._wrong("(no column)", surplus[0], "more cells than columns", "quote texts that hold the separator")

    def customer(self, seen: dict[str, int]) -> Customer | None:
        """Read the whole row, or None when it has problems; `seen` remembers the ids of rows above."""
        names = {name: self._text(name) for name in ("customer_id", "customer_name", *OPTIONAL) if name in self.cells}
        for name in REQUIRED:
            if is_blank(names.get(name, self.cells[name])):
                self._wrong(name, None, "is required and blank", "fill it in")
        self._check_id(seen)
        date = self._proposal_date()
        fields = {name[2:]: self._text(name) for name in self.cells if name.startswith("x_") and name != PROBLEM}
        inputs = self._inputs()
        if self.problems or date is None or inputs is None:
            return None
        return Customer(
            row=self.number, id=self.id, name=names["customer_name"], proposal_date=date, inputs=inputs,
            language=names.get("language", "").lower(), template=names.get("template", ""), fields=fields,
        )  # fmt: skip

    def _check_id(self, seen: dict[str, int]) -> None:
        if not self.id:
            return
        if self.id in seen:
            self._wrong("customer_id", self.id, f"stands in row {seen[self.id]} already", "give every customer its own")
        seen.setdefault(self.id, self.number)

    def _proposal_date(self) -> dt.date | None:
        cell = self.cells["proposal_date"]
        if is_blank(cell):
            return None
        date = self._date("proposal_date", cell)
        if isinstance(date, int | float) and not isinstance(date, bool) and 1 <= date <= 2958465:  # noqa: PLR2004
            date = dt.date(1899, 12, 30) + dt.timedelta(days=int(date))
        if isinstance(date, dt.datetime):
            date = date.date()
        if isinstance(date, dt.date) and date.year >= 1900:  # noqa: PLR2004  where a spreadsheet's calendar starts
            return date
        if not any(p.field == "proposal_date" for p in self.problems):
            self._wrong("proposal_date", cell, "is no date", "write it as 2026-11-21")
        return None

    def _inputs(self) -> Inputs | None:
        values = {name: self._value(known, cell) for name, known, cell in self._assumption_cells()}
        bad = {found.field for found in self.problems}
        read = {name: value for name, value in values.items() if name not in bad}
        inputs: Inputs | None = None
        found: list[EngineError] = []
        try:
            inputs = Inputs.read(read)
        except Problems as error:
            found += error.problems
        if self.problems or found:  # a good row is worked out later, in step with others
            found += besides(read, found, bad)
        self.problems += [problem(e, self.number, self.id, self.cells) for e in found]
        return inputs

    def _assumption_cells(self) -> Iterable[tuple[str, Assumption, Scalar]]:
        known = assumptions()
        return [(n, known[n], c) for n, c in self.cells.items() if n in known and not is_blank(c)]

    def _value(self, assumption: Assumption, cell: Scalar) -> Scalar:
        """Turn a cell into what the assumption asks for; what cannot be read goes on for the engine to refuse."""
        if isinstance(cell, CellError):
            self._wrong(assumption.id, cell.code, cell.message, remedy_of(assumption, currency_of(self.cells)))
            return None
        if assumption.kind == "date":
            return self._date(assumption.id, cell)
        if not self.is_text or not isinstance(cell, str) or not _is_numeric(assumption):
            return cell
        if assumption.kind == "flag" and cell.strip().lower() in _FLAG_WORDS:
            return _FLAG_WORDS[cell.strip().lower()]
        try:
            number = read_number(cell, self.decimal)
        except AmbiguousError:
            plain = re.sub("[.,]", "", cell.strip())
            remedy = f"write {plain}, or with a decimal that has another number of digits, {cell.strip()}0"
            self._wrong(assumption.id, cell, "can be thousands or a decimal, and the file does not tell", remedy)
            return None
        return cell if number is None else number

    def _date(self, name: str, cell: Scalar) -> Scalar:
        if not isinstance(cell, str):
            return cell
        try:
            return read_date(cell) or cell
        except AmbiguousError:
            self._wrong(name, cell, "can be day or month first", "write it as 2026-11-21")
            return None

    def _text(self, name: str) -> str:
        cell = self.cells[name]
        if isinstance(cell, CellError):
            self._wrong(name, cell.code, cell.message, "write a text")
            return ""
        text = as_text(cell).strip()
        if found := _CONTROL.search(text):
            self._wrong(name, text, f"holds the character U+{ord(found[0]):04X}, which no cell can hold", "delete it")
        if len(text) > LONGEST_TEXT:
            self._wrong(name, text, f"has {len(text)} characters, a cell holds {LONGEST_TEXT}", "shorten it")
        return text

    def _wrong(self, name: str, value: Scalar, reason: str, remedy: str) -> None:
        self.problems.append(Problem(self.number, self.id, name, as_text(value), reason, remedy))
