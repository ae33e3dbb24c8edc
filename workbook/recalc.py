"""Recalculation of a workbook without Excel: its formulas get their values, nothing else in the file changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbook.areas import CellKey, cell_name
from workbook.cells import CellError, Scalar
from workbook.headless import Calculator
from workbook.hostvalues import NOT_SAID
from workbook.package import Package
from workbook.sheetrows import rows_of
from workbook.sheets import ArrayFormula
from workbook.template import Template
from workbook.xmlbytes import parse


@dataclass(frozen=True)
class Recalculated:
    """A recalculated workbook.

    Attributes
    ----------
    data : bytes
        The file.
    formulas : int
        Cells that have a value from a formula.
    errors : mapping of CellKey to CellError
        Formula cells that show an error.
    kept : tuple of CellKey
        Cells that cannot be calculated without Excel; they keep the value of the file.
    values : mapping of CellKey to Scalar
        What the formula cells show now.
    """

    data: bytes
    formulas: int
    errors: Mapping[CellKey, CellError]
    kept: tuple[CellKey, ...]
    values: Mapping[CellKey, Scalar] = field(default_factory=dict)


def recalculate(data: bytes, name: str = "the workbook") -> Recalculated:
    """Recalculate a workbook with TCO functions.

    Parameters
    ----------
    data : bytes
        An .xlsx or .xlsm file.
    name : str
        How errors call it.

    Raises
    ------
    WrongKind
        When the file is no workbook.
    """
    calculator = Calculator(data, with_functions=True, name=name)
    values = calculator.calculate({})
    template = Template.compile(_with_room(data, calculator), name)
    cached = template.contents.cached
    beyond = calculator.uncalculable(untold=()).keys() | {key for key in values if _needs_excel(values[key])}
    kept = {key: cached[key] for key in values if key in beyond and _is_known(cached.get(key))}
    caches: dict[CellKey, Scalar] = values | kept
    return Recalculated(
        data=_without_room(template.fill({}, caches, template.own_fields), calculator),
        formulas=len(values),
        errors={key: value for key, value in caches.items() if isinstance(value, CellError)},
        kept=tuple(kept),
        values=caches,
    )


def _is_known(value: Scalar) -> bool:
    return value is not None and not isinstance(value, CellError)


def _needs_excel(value: Scalar) -> bool:
    """Whether a function is not known; a mistyped name of ours is no function of Excel, and has its sentence."""
    return isinstance(value, CellError) and value.code == "#NAME?" and value.message in NOT_SAID


def _with_room(data: bytes, calculator: Calculator) -> bytes:
    """Widen the range that the file states for a table when the table has grown, so that its new cells are written."""
    package = Package.read(data)
    changes: dict[str, bytes] = {}
    for array in calculator.sheets.arrays:
        area = calculator.spilled(array) if array.dynamic else array.area
        rows, columns = max(area.rows, array.area.rows), max(area.columns, array.area.columns)
        if (rows, columns) != (array.area.rows, array.area.columns):
            part = changes.get(array.part) or package.part(array.part)
            changes[array.part] = _with_range(part, array, cell_name(area.row + rows - 1, area.column + columns - 1))
    return package.write(changes) if changes else data


def _without_room(data: bytes, calculator: Calculator) -> bytes:
    """Narrow the range that the file states for a table when the table has shrunk: its old cells are blank by now."""
    package = Package.read(data)
    changes: dict[str, bytes] = {}
    for array in calculator.sheets.arrays:
        area = calculator.spilled(array) if array.dynamic else array.area
        if area.rows < array.area.rows or area.columns < array.area.columns:
            part = changes.get(array.part) or package.part(array.part)
            last = cell_name(area.row + area.rows - 1, area.column + area.columns - 1)
            changes[array.part] = _with_range(part, array, last)
    return package.write(changes) if changes else data


def _with_range(part: bytes, array: ArrayFormula, last: str) -> bytes:
    place = (array.area.row, array.area.column)
    rows = (row for data in parse(part, array.part).all("sheetData") for row in rows_of(data))
    formula = next(c.formula for row in rows for c in row.cells if (row.number, c.column) == place)
    if formula is None:
        return part
    first = cell_name(*place)
    stated = part[formula.start : formula.inner]
    room = re.sub(rb'ref="[^"]*"', f'ref="{first}:{last}"'.encode(), stated)
    return part[: formula.start] + room + part[formula.inner :]
