"""`llm-tco summary`: an analyst's workbook calculated anew; only what is marked as generated is written.

Written are the cells of the names blk_, out_engine_ and meta_, the values that the file keeps of formulas and charts,
a line of the log, and which years and options are shown. Every other byte of the workbook stays.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import Problems, WrongKind
from engine.inputs import OPTION_IDS
from workbook import generated, inputtable, lint, runlog, scenarios
from workbook.areas import Area, CellKey
from workbook.binding import hidden_columns, hidden_rows
from workbook.bookversion import refuse_newer
from workbook.cells import CellError, Scalar
from workbook.generated import Run
from workbook.headless import Calculator
from workbook.package import Package, refuse_open, write_atomic
from workbook.recalc import recalculate
from workbook.runlog import Change
from workbook.shown import show
from workbook.template import Template

SHORTENED = ("blk_lines", "blk_prices_", "blk_log", "blk_sens_tornado", "blk_flips")
"""Lists whose unused rows are hidden."""


@dataclass(frozen=True)
class Summary:
    """A regenerated workbook.

    Attributes
    ----------
    data : bytes
        The file.
    run : Run
        Inputs, results, warnings, options that could not be computed.
    changes : sequence of Change, optional
        Inputs that differ from the last run; None when this is the first.
    errors : mapping of CellKey to CellError
        Formulas that show an error.
    kept : tuple of CellKey
        Formulas that only Excel can calculate; they keep their value.
    red : tuple of str
        Checks that fail, as the sheet calls them.
    """

    data: bytes
    run: Run
    changes: Sequence[Change] | None
    errors: Mapping[CellKey, CellError]
    kept: tuple[CellKey, ...]
    red: tuple[str, ...] = ()


def regenerate(path: Path, *, date: dt.date, note: str = "") -> Summary:
    """Calculate the workbook at `path` anew and write it in one step; with an error it stays as it is.

    Parameters
    ----------
    path : Path
        An .xlsx or .xlsm file with a range named Assumptions.
    date : date
        Day of the run, for the log.
    note : str
        Remark for the log, before the changes.

    Raises
    ------
    NotAvailable
        When another program has the workbook open, a newer version wrote it, or it cannot be read or written.
    Problems
        Inputs that are wrong, each with its cell.
    """
    refuse_open(path)
    data = read(path)
    result = regenerated(data, path.name, date=date, note=note)
    if result.data != data:
        lint.refuse(lint.added(data, result.data, path.name), path.name)
        write_atomic(path, result.data)
    return result


def regenerated(data: bytes, name: str, *, date: dt.date, note: str = "") -> Summary:
    """Calculate the workbook in `data` anew; arguments and errors as `regenerate`."""
    template = Template.compile(data, name)
    refuse_newer(template)
    run = generated.calculated(read_inputs(data, template), _title(template), date)
    differences = runlog.changes(template, run)
    cells = generated.generated(template, run, date) | runlog.entry(template, run, date, differences, note)
    result = recalculate(_written(data, template, run, cells), name)
    return Summary(result.data, run, differences, result.errors, result.kept, _red(template, result.values))


def _red(template: Template, values: Mapping[CellKey, Scalar]) -> tuple[str, ...]:
    """Give the checks that fail: the text of the first cell in their row."""
    names = [name for name in template.areas if name.startswith("chk_") and name != "chk_all"]
    failed = [key for name in names for key in template.areas[name].cells() if values.get(key, 1) != 1]
    first = {(sheet, row): column for sheet, row, column in sorted(template.constants, reverse=True)}
    labels = [(sheet, row, first.get((sheet, row), column)) for sheet, row, column in failed]
    return tuple(str(template.constants.get(key, key)) for key in labels)


def read_inputs(data: bytes, template: Template) -> inputtable.InputTable:
    """Read the inputs of a workbook, formulas among them calculated.

    Raises
    ------
    Problems
        When the names in_<id> do not stand in the rows of their ids.
    NotAvailable
        When the workbook has no range of inputs.
    """
    calculator = Calculator(data, with_functions=True, name=template.name)
    calculator.calculate({})
    area = calculator.area_of_name(inputtable.NAME)
    table = inputtable.read(template.name, area, _values(calculator, template, area))
    moved = [WrongKind(sentence) for sentence in table.misplaced(template.areas)]
    if moved:
        raise Problems(moved)
    selector, block = (template.areas.get(name) for name in (scenarios.SELECTOR, scenarios.BLOCK))
    choice = next(iter(_values(calculator, template, selector).values()), None)
    scenario = scenarios.in_use(selector, choice)
    customer = scenarios.figures_of_customer(block, _values(calculator, template, block))
    told = replace(table, customer=customer, scenario=scenario)
    return replace(told, typed=scenarios.typed_cells(told, scenario))


def _values(calculator: Calculator, template: Template, area: Area | None) -> dict[CellKey, Scalar]:
    return {key: _value(calculator, template, key) for key in area.cells()} if area else {}


def _value(calculator: Calculator, template: Template, key: CellKey) -> Scalar:
    """Give the value of a cell; of a formula that only Excel can calculate the value that Excel left."""
    value = calculator.value(key)
    return template.contents.cached.get(key, value) if value == CellError("#NAME?") else value


def _title(template: Template) -> str:
    rows = template.read_values("blk_title") if "blk_title" in template.areas else [[None]]
    return str(rows[0][0] or template.name)


def _written(data: bytes, template: Template, run: Run, cells: Mapping[CellKey, Scalar]) -> bytes:
    """Write the generated cells, and show the years and options that the inputs ask for."""
    rows = _with_unused(template, cells, hidden_rows(template, run.says))
    columns = hidden_columns(template, run.says)
    managed_rows, managed_columns = _managed(template)
    shown = show(
        data,
        template.name,
        _to_show(managed_rows, rows, template.contents.hidden_rows),
        _to_show(managed_columns, columns, template.contents.hidden_columns),
    )
    ours = template if shown is data else Template.compile(shown, template.name)
    return ours.fill(cells, ours.contents.cached, ours.own_fields, rows, columns)


def _to_show(
    managed: Mapping[str, Collection[int]],
    hide: Mapping[str, Collection[int]],
    hidden: Mapping[str, Collection[int]],
) -> dict[str, Collection[int]]:
    """Give what is hidden now and shall not be."""
    found = {sheet: (set(ours) & set(hidden[sheet])) - set(hide.get(sheet, ())) for sheet, ours in managed.items()}
    return {sheet: numbers for sheet, numbers in found.items() if numbers}


def _with_unused(
    template: Template, cells: Mapping[CellKey, Scalar], rows: Mapping[str, Collection[int]]
) -> dict[str, Collection[int]]:
    """Add the rows of lists that nothing is written into."""
    hidden = {sheet: set(numbers) for sheet, numbers in rows.items()}
    for name, area in template.areas.items():
        if name.startswith(SHORTENED):
            used = {key[1] for key in area.cells() if cells.get(key, template.constants.get(key)) is not None}
            hidden.setdefault(area.sheet, set()).update(set(_range(area)) - used)
    return dict(hidden)


def _managed(template: Template) -> tuple[dict[str, Collection[int]], dict[str, Collection[int]]]:
    """Give the rows and columns that runs hide and show: years, options, purchases, ends of lists."""
    rows: dict[str, set[int]] = {}
    columns: dict[str, set[int]] = {}
    prefixes = tuple(f"blk_rows_{option}" for option in OPTION_IDS)
    for name, area in template.areas.items():
        if name.startswith(("blk_purchases_", *prefixes, *SHORTENED)):
            rows.setdefault(area.sheet, set()).update(_range(area))
        elif name.startswith("blk_years"):
            columns.setdefault(area.sheet, set()).update(range(area.column, area.column + area.columns))
    return dict(rows), dict(columns)


def _range(area: Area) -> range:
    return range(area.row, area.row + area.rows)


def read(path: Path) -> bytes:
    """Read a workbook file, with a sentence when that fails."""
    try:
        return path.read_bytes()
    except OSError:
        Package.read(path)  # says why
        raise
