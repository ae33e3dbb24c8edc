"""A template and customers' data looked at together before anything is written: every problem in one pass."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import EngineError, NotAvailable, all_of, counted, each
from engine.review import refused
from workbook import batch, customers, inputtable
from workbook.contents import contents
from workbook.customers import Customer, Customers
from workbook.generated import computed
from workbook.lint import check
from workbook.lint.contract import Fault
from workbook.lint.contract import faults as contract_faults
from workbook.locate import shipped
from workbook.making import left_blank, problems_of
from workbook.problems import Problem
from workbook.proposal import Proposals
from workbook.summary import read_inputs
from workbook.template import Template


@dataclass(frozen=True)
class Validation:
    """What a check of a template and of data says.

    Attributes
    ----------
    faults : tuple of Fault
        Of the template.
    problems : tuple of Problem
        Of the rows of the data, in their order; a file that cannot be read is row 0.
    notes : tuple of str
        What was found in the template and detected in the data.
    """

    faults: tuple[Fault, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def validate(template: Path, data: Path | None = None) -> Validation:
    """Check a template, and with data every row of it.

    Parameters
    ----------
    template : Path
        An .xlsx or .xlsm file.
    data : Path, optional
        Customers' data as :func:`workbook.customers.read` takes it.

    Raises
    ------
    NotAvailable
        When the template cannot be read.
    """
    content = _read(template)
    if is_plan(content, template.name):
        return _plan(content, template.name, data)
    faults = contract_faults(content, template.name)
    found, problems = _rows(data) if data else (None, ())
    notes = found.notes if found else ()
    if not faults:
        compiled = Proposals.load(template).template
        bound = sum(name.startswith("in_") for name in compiled.areas)
        notes = (
            f"{template.name}: {counted(bound, 'input')}, {counted(len(compiled.formula_cells), 'formula')}",
            *notes,
        )
        faults = list(_trial(template, found))
    notes = (*notes, *_blank(template))
    if found is not None:
        problems = _checked(found, None if faults else template)
    return Validation(tuple(faults), problems, notes)


def _blank(template: Path) -> Iterator[str]:
    """Say what proposals have no value for until Excel calculates it, when the template can be compiled at all."""
    with suppress(EngineError):
        if places := left_blank(Proposals.load(template)):
            yield f"{template.name}: without a value until Excel has opened the file: {', '.join(places)}"


def is_plan(content: bytes, name: str) -> bool:
    """Whether a file is an analyst's workbook, which has the names Assumptions and blk_log, and no template."""
    try:
        return {inputtable.NAME, "blk_log"} <= Template.compile(content, name).areas.keys()
    except EngineError:  # the checks of templates say what is wrong with it
        return False


def _plan(content: bytes, name: str, data: Path | None) -> Validation:
    """Check the inputs of an analyst's workbook, its checks, and the file itself."""
    faults = [Fault(f.sheet or f.part, f.cell, "", "", f"{f.what} [{f.rule}]", f.remedy) for f in check(content, name)]
    if data is not None:
        remedy = "give a template such as proposal_en.xlsx; llm-tco new --customer makes a plan of one row"
        faults.append(Fault("", "", "", "", "is an analyst's workbook, which no customers' data go into", remedy))
    template = Template.compile(content, name)
    notes = (f"{name}: an analyst's workbook",)
    try:
        table = read_inputs(content, template)
        inputs = table.inputs()
        failures = [*computed(inputs)[1].values(), *refused(inputs)]
        faults += [_of_input(table.placed(reason)) for reason in each(all_of(failures))] if failures else []
        notes = (f"{name}: an analyst's workbook, {counted(len(table.places), 'input')}, scenario {table.scenario}",)
    except EngineError as error:
        faults += [_of_input(problem) for problem in each(error)]
    red = [check for check in template.areas if check.startswith("chk_") and template.read_values(check) == [[0]]]
    more = (f"{name}: {counted(len(red), 'check')} red at the last run: {', '.join(red)}",) if red else ()
    return Validation(tuple(faults), (), (*notes, *more))


def _of_input(error: EngineError) -> Fault:
    """Split a sentence that begins with a cell."""
    found = re.match(r"(\w+)!([A-Z]+[0-9]+) (.*)", str(error), re.DOTALL)
    sheet, cell, sentence = found.groups() if found else ("", "", str(error))
    reason, _, remedy = sentence.partition("; ")
    return Fault(sheet, cell, "", "", reason, remedy)


def _read(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise NotAvailable(f"{template}: the template cannot be read ({error.strerror}); check the path") from None


def _rows(data: Path) -> tuple[Customers | None, tuple[Problem, ...]]:
    """Read the data; a file that cannot be read is one problem beside those of the template."""
    try:
        return customers.read(data), ()
    except EngineError as error:
        reason, _, remedy = str(error).partition("; ")
        for path in (str(data), data.name):
            reason = re.sub(rf"^{re.escape(path)}(: | )", "", reason)
        return None, (Problem(0, "", "(file)", data.name, reason, remedy),)


def _checked(found: Customers, template: Path | None) -> tuple[Problem, ...]:
    """Calculate every row; without a good template what the rows say by themselves."""
    if template is None:
        problems = [*found.problems, *(p for customer in found.good for p in _calculated(customer))]
        return tuple(sorted(problems, key=lambda p: p.row))
    with tempfile.TemporaryDirectory() as nothing_done_yet:
        return batch.check(batch.plan(found, template, Path(nothing_done_yet))).problems


def _calculated(customer: Customer) -> Iterator[Problem]:
    try:
        contents(customer)
    except EngineError as error:
        yield from problems_of(customer, error)


def _trial(template: Path, found: Customers | None) -> Iterator[Fault]:
    """Make one proposal, of the first customer who can be calculated or of a shipped example, and look at it."""
    good = [c for c in found.good if not list(_calculated(c))] if found else []
    if not good:
        good = list(customers.read(shipped("examples", "customers.csv")).good)
    proposals = Proposals.load(template)
    texts = {field: good[0].fields.get(field, field) for field in proposals.template.fields}
    try:
        proposals.make(replace(good[0], fields=texts))
    except EngineError as error:
        yield Fault("", "", "", "", f"a trial with customer {good[0].id} fails: {error}", "")
