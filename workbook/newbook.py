"""A new analyst's workbook from the shipped one: with inputs of the shell, of a customer, or of another workbook."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError, NotAvailable, Problems
from engine.inputs import assumptions
from workbook import customers
from workbook.areas import CellKey
from workbook.cells import Scalar, is_blank
from workbook.customers import Customer
from workbook.evaluate import EPOCH
from workbook.inputtable import NAME, NUMERIC, InputTable
from workbook.locate import shipped
from workbook.summary import Summary, regenerated
from workbook.template import Template

SHIPPED = "assumptions.xlsx"
TEXTS = ("source", "as_of", "confidence", "note", "owner", "distribution", "correlation")


@dataclass(frozen=True)
class Entry:
    """What is typed for one input; None leaves a cell blank."""

    id: str
    value: Scalar = None
    low: Scalar = None
    high: Scalar = None
    source: str | None = None
    as_of: str | None = None
    confidence: str | None = None
    note: str | None = None
    owner: str | None = None
    distribution: Scalar = None
    correlation: Scalar = None

    @classmethod
    def of_record(cls, record: Mapping[str, str]) -> "Entry":
        """Read a row of texts: a number where the input is one.

        >>> Entry.of_record({"id": "wacc", "value": "0.09", "source": "board"}).value
        0.09
        """
        numeric = assumptions()[record["id"]].kind in NUMERIC

        def cell(name: str) -> Scalar:
            text = record.get(name) or None
            return float(text) if text and numeric else text

        texts = {name: record.get(name) or None for name in TEXTS}
        return cls(record["id"], cell("value"), cell("low"), cell("high"), **texts)

    def cells(self) -> dict[str, Scalar]:
        """Give the cells by the header of their column."""
        return {
            "low": self.low,
            "base": self.value,
            "high": self.high,
            "distribution": self.distribution,
            "correlation": self.correlation,
            "source": self.source,
            "as of": self.as_of,
            "confidence": self.confidence,
            "note": self.note,
            "owner": self.owner,
        }


def new(settings: Mapping[str, Scalar], customer: Customer | None, *, date: dt.date, title: str = "") -> Summary:
    """Make a workbook from the shipped one.

    Parameters
    ----------
    settings : mapping of str to Scalar
        Values by assumption id, on top of the worked example or of the customer's.
    customer : Customer, optional
        Whose typed inputs replace those of the worked example.
    date : date
        Day of the first run, for the log.
    title : str
        What it says on its cover; blank: the customer's name or the worked example's.

    Raises
    ------
    Problems
        Inputs that are wrong.
    """
    path = shipped("templates", SHIPPED)
    data = path.read_bytes()
    unknown = [id_ for id_ in settings if id_ not in assumptions()]
    if unknown:
        raise Problems(
            [NotAvailable(f"{id_} is no assumption; llm-tco new sets inputs by their id") for id_ in unknown]
        )
    entries = [] if customer is None else of_customer(customer)
    made = "set when the workbook was made"
    entries += [Entry(id_, value, source=made, as_of=date.isoformat()) for id_, value in settings.items()]
    name = title or (customer.name if customer else "")
    book = filled(data, path.name, entries, name, afresh=date)
    return regenerated(book, path.name, date=date, note="new workbook")


def of_customer(customer: Customer) -> list[Entry]:
    """Give the inputs of a customer: typed ones, and the defaults of the others."""
    typed = customer.inputs.typed
    source = f"customer {customer.id}"
    return [
        Entry(id_, typed[id_], source=source, as_of=customer.proposal_date.isoformat())
        if id_ in typed
        else of_default(id_)
        for id_ in assumptions()
    ]


def of_default(id_: str) -> Entry:
    """Give the default of an input with its source; a blank one is left to the engine."""
    a = assumptions()[id_]
    if a.default is None:
        return Entry(id_)
    if a.default == 0 or a.kind == "text":
        return Entry(id_, a.default, source="default of llm-tco")
    return Entry(id_, a.default, None, None, a.spec.source, a.spec.as_of, a.spec.confidence)


def one_customer(path: Path, id_: str) -> Customer:
    """Find a customer of a data file.

    Raises
    ------
    Problems
        When the row has problems.
    NotAvailable
        When there is no such customer.
    """
    found = customers.read(path)
    customer = next((c for c in found.good if c.id == id_), None)
    if customer is not None:
        return customer
    row = next((row for row, record in found.raw.items() if record.get("customer_id") == id_), None)
    problems: list[EngineError] = [NotAvailable(str(problem)) for problem in found.problems if problem.row == row]
    if row is not None and problems:
        raise Problems(problems)
    known = ", ".join(c.id for c in found.good[:8])
    raise NotAvailable(f"{path.name} has no customer {id_}; it has {known}")


def filled(
    data: bytes, name: str, entries: Iterable[Entry], title: str = "", *, afresh: dt.date | None = None
) -> bytes:
    """Type inputs into a workbook of ours; formulas are not calculated, `workbook.summary.regenerated` does that.

    Parameters
    ----------
    data : bytes
        The workbook.
    name : str
        How errors call it.
    entries : iterable of Entry
        Whole rows: a column that an entry leaves out is blanked.
    title : str
        What it says on its cover; blank: as it is.
    afresh : date, optional
        The day on which it begins a log of its own, and its prices were looked at.
    """
    template = Template.compile(data, name)
    table = InputTable(name, template.areas[NAME], template.read_values(NAME))
    cells = _cells(table, entries)
    if title:
        cells[next(template.areas["blk_title"].cells())] = title
    if afresh:
        cells |= {key: None for log in ("blk_log", "blk_last_inputs") for key in template.areas[log].cells()}
        cells |= {key: float((afresh - EPOCH).days) for key in template.areas["sel_Review_date"].cells()}
    return template.fill(cells, template.contents.cached)


def _cells(table: InputTable, entries: Iterable[Entry]) -> dict[CellKey, Scalar]:
    cells: dict[CellKey, Scalar] = {}
    for entry in entries:
        for column, value in entry.cells().items():
            key = table.key(entry.id, column)
            if key is not None and not (is_blank(value) and is_blank(table.cell(entry.id, column))):
                cells[key] = value
    return cells
