"""A template's formulas laid on their side, for the calculation of many customers one after the other.

formualizer keeps cells by column, while the years of a model run along its rows: a sum over sixteen years touches
sixteen columns. Here rows and columns have changed places, names are written as the cells that they stand for, and
the cells that customers differ in stand together, because every call that sets cells marks all that follows from them.
The values are the same, in half to two thirds of the time; a template with anything that depends on where cells lie is
calculated as it stands. Formulas in files are never touched.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from workbook.areas import Area, CellKey
from workbook.cellblocks import rectangles
from workbook.cells import Scalar
from workbook.computed import Formulas
from workbook.formula import rewrite
from workbook.headless import new_book, ranges, special
from workbook.hostvalues import differs, incoming, outgoing
from workbook.lifting import PREFIX
from workbook.references import resolve
from workbook.sheets import Sheets
from workbook.turned import Turned, turned
from workbook.unsupported import cause

GIVEN = f"{PREFIX}GIVEN"  # the sheet of the cells that customers differ in
MAX_REACH = 200_000  # cells in all ranges; beyond it the layout is not worth its memory
MAX_ROW = 16_384  # rows become columns


@dataclass
class _Block:
    """Cells that are set in one call, row by row as they stand on their side, and what stands in them now."""

    sheet: str
    row: int
    column: int
    columns: int
    keys: tuple[CellKey, ...]
    values: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, area: Area) -> "_Block":
        """Lay an area on its side."""
        across = Area("", area.column, area.row, area.columns, area.rows)
        keys = tuple((area.sheet, row, column) for _, column, row in across.cells())
        return cls(area.sheet, across.row, across.column, across.columns, keys)

    def put(self, book: Any, values: list[Any]) -> None:  # noqa: ANN401  formualizer's workbook
        """Set the cells, unless they hold these values."""
        if not self.values or any(map(differs, values, self.values)):
            rows = [values[i : i + self.columns] for i in range(0, len(values), self.columns)]
            book.set_values_batch(self.sheet, self.row, self.column, rows)
            self.values = values


@dataclass(frozen=True)
class _Results:
    """The formula cells of a sheet, and where they are in the rectangle that is read in one call."""

    area: Area
    keys: tuple[CellKey, ...]
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]

    @classmethod
    def of(cls, sheet: str, keys: Sequence[CellKey]) -> "_Results":
        rows, columns = {key[1] for key in keys}, {key[2] for key in keys}
        area = Area(sheet, min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1)
        places = [(column - area.row) * area.columns + row - area.column for _, row, column in keys]
        return cls(area, tuple(keys), itemgetter(*places, 0))  # one more, so that it always gives several

    def read(self, book: Any) -> Iterator[tuple[CellKey, Scalar]]:  # noqa: ANN401
        import formualizer

        a = self.area
        last = (a.row + a.rows - 1, a.column + a.columns - 1)
        block = book.sheet(a.sheet).get_values(formualizer.RangeAddress(a.sheet, a.row, a.column, *last))
        return zip(self.keys, map(incoming, self.pick(list(chain.from_iterable(block)))), strict=False)


class Sideways:
    """A workbook that is calculated again and again for other values of the same cells; made by `laid_on_side`."""

    def __init__(
        self, formulas: Mapping[CellKey, Turned], stated: Mapping[CellKey, Scalar], given: frozenset[CellKey]
    ) -> None:
        self._stated = {key: outgoing(value) for key, value in stated.items()}
        self._book = new_book()
        self._shown = _shown(formulas)
        formulas = {key: formula for key, formula in formulas.items() if key not in self._shown}
        self._results = [_Results.of(sheet, list(keys)) for sheet, keys in groupby(sorted(formulas), itemgetter(0))]
        for sheet in (GIVEN, *{key[0]: None for key in chain(formulas, stated)}):
            self._book.add_sheet(sheet)
        single, ranged = _reach(formulas)
        moved = [key for key in sorted(single) if key in given and key in stated]
        place = self._shown | {key: (GIVEN, 1, row) for row, key in enumerate(moved, 1)}  # years remain neighbours
        self._blocks = [_Block(GIVEN, 1, 1, 1, tuple(moved))] if moved else []
        self._blocks += map(_Block.of, rectangles(ranged & stated.keys() & given, formulas))
        for (sheet, row, column), value in self._stated.items():
            if value is not None and (sheet, row, column) not in place:
                self._book.set_value(sheet, column, row, value)
        for (sheet, row, column), formula in formulas.items():
            self._book.set_formula(sheet, column, row, formula.written(place))

    def calculate(self, inputs: Mapping[CellKey, Scalar]) -> dict[CellKey, Scalar]:
        """Give the value of every formula cell after setting these input cells, as `Calculator.calculate` does."""
        stated = self._stated
        for block in self._blocks:
            block.put(self._book, [outgoing(inputs[k]) if k in inputs else stated.get(k) for k in block.keys])
        self._book.evaluate_all()
        values = dict(chain.from_iterable(block.read(self._book) for block in self._results))
        return values | {key: values[source] for key, source in self._shown.items()}


def laid_on_side(sheets: Sheets, constants: Mapping[CellKey, Scalar], given: Collection[CellKey]) -> Sideways | None:
    """Lay the formulas of a workbook on their side.

    Parameters
    ----------
    sheets : Sheets
        The formulas, and the names in them.
    constants : mapping of CellKey to Scalar
        What the file states for the other cells.
    given : collection of CellKey
        The cells that calculations may set.

    Returns
    -------
    Sideways or None
        None: something in the workbook depends on where cells lie, or cannot be told; calculate it as it stands.
    """
    if sheets.arrays:
        return None
    names = ranges(sheets)
    is_special = special(sheets)
    texts: dict[CellKey, str] = {}
    for key, stated in sheets.formulas.items():
        if not stated or key[1] > MAX_ROW or cause(stated):  # none: shared with another cell
            return None
        texts[key] = rewrite(stated, partial(resolve, sheets, key[1])) if is_special(stated) else stated
    formulas: dict[CellKey, Turned] = {}
    for key, text in (texts | Formulas(texts, constants, names).changed()).items():
        formula = turned(f"={text}", key[0], names)
        if formula is None:
            return None
        formulas[key] = formula
    areas = {area for formula in formulas.values() for area in formula.areas}
    if sum(area.rows * area.columns for area in areas) > MAX_REACH or any(a.row + a.rows > MAX_ROW for a in areas):
        return None
    read = {key for area in areas for key in area.cells()} - formulas.keys()
    return Sideways(formulas, {key: constants.get(key) for key in read}, frozenset(given))


def _shown(formulas: Mapping[CellKey, Turned]) -> dict[CellKey, CellKey]:
    """Give the cells that only show the value of another formula, each with that one; those in ranges stay formulas."""
    ranged = _reach(formulas)[1]
    shows = {key: source for key, formula in formulas.items() if (source := formula.shown) in formulas}
    shown: dict[CellKey, CellKey] = {}
    for key in (key for key in shows if key not in ranged):
        passed = [key]
        while (source := shows.get(passed[-1])) and source not in passed:
            passed.append(source)
        if source is None:  # else they show each other
            shown[key] = passed[-1]
    return shown


def _reach(formulas: Mapping[CellKey, Turned]) -> tuple[set[CellKey], set[CellKey]]:
    """Give the cells that formulas refer to one by one, and those in ranges."""
    areas = {area for formula in formulas.values() for area in formula.areas}
    single = {area for area in areas if area.rows == area.columns == 1}
    return {k for area in single for k in area.cells()}, {k for area in areas - single for k in area.cells()}
