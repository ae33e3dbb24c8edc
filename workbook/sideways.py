"""A template's formulas laid on their side, for the calculation of many customers one after the other.

formualizer keeps cells by column, while the years of a model run along its rows: a sum over sixteen years touches
sixteen columns. Here rows and columns have changed places, names are written as the cells that they stand for, and
the cells that customers differ in stand together, because every call that sets cells marks all that follows from them.
The values are the same, in half to two thirds of the time; a template with anything that depends on where cells lie is
calculated as it stands. Formulas in files are never touched.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain, groupby, zip_longest
from operator import itemgetter
from typing import Any

from workbook.areas import Area, CellKey, column_letters, parse_area
from workbook.cellblocks import rectangles
from workbook.cells import Scalar
from workbook.formula import rewrite
from workbook.headless import new_book, special
from workbook.hostvalues import differs, incoming, outgoing
from workbook.lifting import PREFIX, SINGLE, TESTS
from workbook.references import resolve
from workbook.sheets import Sheets

GIVEN = f"{PREFIX}GIVEN"  # the sheet of the cells that customers differ in
MAX_REACH = 200_000  # cells in all ranges; beyond it the layout is not worth its memory
MAX_ROW = 16_384  # rows become columns

_TAKING_RANGES = frozenset(
    {"SUM", "SUMPRODUCT", "SUMSQ", "PRODUCT", "AVERAGE", "MEDIAN", "MAX", "MIN", "SMALL", "LARGE", "AND", "OR"}
    | {"COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS", "SUMIF", "SUMIFS", "AVERAGEIF", "INDEX", "MATCH"}
    | {"NPV", "IRR"}
)
"""Functions that give one value for a range, the same one for a range on its side."""

_IN_ANY_ORDER = frozenset({"COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "MAX", "MIN", "AND", "OR", "INDEX"})
"""Those of them for which the order of the cells makes no difference, or which look one up."""

_TAKING_VALUES = (
    SINGLE
    | frozenset(TESTS)
    | frozenset(
        {"IF", "IFS", "IFERROR", "IFNA", "TRUE", "FALSE", "CHOOSE", "PI", "EVEN", "ODD", "LOG", "MROUND", "QUOTIENT"}
        | {
            "TEXT",
            "FIXED",
            "LEFT",
            "RIGHT",
            "MID",
            "TRIM",
            "UPPER",
            "LOWER",
            "PROPER",
            "SEARCH",
            "FIND",
            "SUBSTITUTE",
            "REPT",
            "T",
        }
        | {"CONCATENATE", "EXACT", "DATE", "YEAR", "MONTH", "DAY", "EDATE", "EOMONTH", "DAYS"}
        | {"PMT", "IPMT", "PPMT", "PV", "FV", "NPER", "RATE", "EFFECT", "NOMINAL", "SLN", "SYD", "DB", "DDB"}
    )
)
KNOWN = _TAKING_RANGES | _TAKING_VALUES | {""}
"""All functions of a formula that can be laid on its side; empty: a plain bracket."""

_FIXED = re.compile(r"(\$?)[A-Za-z]{1,3}(\$?)[0-9]")  # dollar signs of a corner
_OPERATORS = frozenset({"+", "-", "*", "/", "^", "&", "=", "<>", "<", ">", "<=", ">=", "%"})


@dataclass(frozen=True, slots=True)
class _Reference:
    """Cells that a formula refers to, and whether a dollar sign fixes row and column of its two corners.

    formualizer plans neighbours with one formula, copied down, as one; without the dollar signs it would not know them.
    """

    area: Area
    fixed: tuple[bool, bool, bool, bool] = (True, True, True, True)

    def written(self, place: Mapping[CellKey, CellKey]) -> str:
        """Write it on its side, or where `place` has put its cell."""
        area, signs = self.area, ["$" if fixed else "" for fixed in self.fixed]
        is_cell = area.rows == area.columns == 1
        if is_cell:
            sheet, row, column = place.get((key := (area.sheet, area.row, area.column)), key)
            return f"{_quoted(sheet)}!{signs[0]}{column_letters(row)}{signs[1]}{column}"
        first = f"{_quoted(area.sheet)}!{signs[0]}{column_letters(area.row)}{signs[1]}{area.column}"
        last = column_letters(area.row + area.rows - 1), area.column + area.columns - 1
        return f"{first}:{signs[2]}{last[0]}{signs[3]}{last[1]}"


@dataclass(frozen=True, slots=True)
class _Formula:
    """A formula as text, and between it what it refers to."""

    pieces: tuple[str | _Reference, ...]

    @property
    def areas(self) -> Iterator[Area]:
        """What it refers to."""
        return (piece.area for piece in self.pieces if isinstance(piece, _Reference))

    @property
    def shown(self) -> CellKey | None:
        """The cell whose value it gives as it is, if it does nothing else."""
        area = self.pieces[0].area if len(self.pieces) == 1 and isinstance(self.pieces[0], _Reference) else None
        return (area.sheet, area.row, area.column) if area and area.rows == area.columns == 1 else None

    def written(self, place: Mapping[CellKey, CellKey]) -> str:
        """Write it with every reference on its side, or where `place` has put the cell."""
        return "=" + "".join(piece if isinstance(piece, str) else piece.written(place) for piece in self.pieces)


@dataclass
class _Bracket:
    """An open bracket: its function, empty for plain ones, and the pieces of its arguments so far."""

    function: str
    opening: str = ""
    arguments: list[list[str | _Reference]] = field(default_factory=lambda: [[]])
    looked_up: Area | None = None
    """Row or column in which the INDEX that was closed last looks a cell up."""
    is_range_open: bool = False
    """Whether that cell is the start of a range, ``INDEX(row,3):W9``, whose end comes next."""

    def ends_with(self, end: _Reference) -> bool:
        """Put the end of a range that an INDEX starts; False when it could be no row or column."""
        line, self.is_range_open = self.looked_up, False
        area = end.area
        if line is None or area.rows * area.columns > 1 or area.sheet != line.sheet:
            return False
        self.arguments[-1].append(end.written({}))  # never moved: the whole line stands in its place
        return line.contains(area.row, area.column)

    def closed(self) -> list[str | _Reference] | None:
        """Give the whole call; None when on its side it would mean something else."""
        if self.function == "INDEX":
            if len(self.arguments) == 3:  # noqa: PLR2004  row and column change places
                self.arguments[1:] = self.arguments[:0:-1]
            elif any(isinstance(piece, _Reference) and _is_wide(piece.area) for piece in self.arguments[0]):
                return None
        commas: list[list[str | _Reference]] = [[","] for _ in self.arguments[1:]]
        between = chain.from_iterable(zip_longest(self.arguments, commas, fillvalue=[]))
        return [self.opening, *chain.from_iterable(between), ")"]


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
        self, formulas: Mapping[CellKey, _Formula], stated: Mapping[CellKey, Scalar], given: frozenset[CellKey]
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
    names = {name: area for name, text in sheets.names.items() if (area := parse_area(text))}
    is_special = special(sheets)
    formulas: dict[CellKey, _Formula] = {}
    for key, stated in sheets.formulas.items():
        if not stated or key[1] > MAX_ROW:  # none: shared with another cell
            return None
        text = rewrite(stated, partial(resolve, sheets, key[1])) if is_special(stated) else stated
        pieces = _pieces(f"={text}", key[0], names)
        if pieces is None:
            return None
        formulas[key] = _Formula(tuple(pieces))
    areas = {area for formula in formulas.values() for area in formula.areas}
    if sum(area.rows * area.columns for area in areas) > MAX_REACH or any(a.row + a.rows > MAX_ROW for a in areas):
        return None
    read = {key for area in areas for key in area.cells()} - formulas.keys()
    return Sideways(formulas, {key: constants.get(key) for key in read}, frozenset(given))


def _pieces(text: str, sheet: str, names: Mapping[str, Area]) -> list[str | _Reference] | None:
    """Take a formula apart; None when its value could depend on where the cells lie."""
    import formualizer

    here = _quoted(sheet)
    around = [_Bracket("")]  # the formula itself, then the open brackets
    for token in formualizer.tokenize(text).tokens():
        kind, part = (str(tag).rpartition(".")[2] for tag in (token.token_type, token.subtype))
        if kind == "Operand" and part == "Range":
            written = token.value if "!" in token.value else f"{here}!{token.value}"
            named = names.get(token.value.lower())
            found = _reference(written) or (named and _Reference(named))
            if not found or found.area.whole or not _is_same_on_side(found.area, [b.function for b in around]):
                return None
            if around[-1].is_range_open:
                if not around[-1].ends_with(found):
                    return None
            else:
                around[-1].arguments[-1].append(found)
        elif not _followed(token.value, kind, part, around):
            return None
    return around[0].arguments[0]


@lru_cache(maxsize=100_000)  # formulas share most of their references
def _reference(text: str) -> _Reference | None:
    area = parse_area(text)
    if area is None:
        return None
    signs = [(row, column) for column, row in _FIXED.findall(text.rpartition("!")[2])] or [("$", "$")]
    first, last = signs[0], signs[-1]
    return _Reference(area, (first[0] > "", first[1] > "", last[0] > "", last[1] > ""))


def _followed(text: str, kind: str, part: str, around: list[_Bracket]) -> bool:
    """Follow a token that is no reference; False when with it the place of cells could matter."""
    if around[-1].is_range_open:  # its end is no cell: INDEX(..):INDEX(..)
        return False
    if kind in {"Func", "Paren"} and part == "Open":
        around.append(_Bracket(text[:-1].upper().removeprefix(PREFIX), text))
        return around[-1].function in KNOWN
    if part == "Close" and kind != "Array":
        closing = around.pop()
        first = closing.arguments[0][0] if closing.function == "INDEX" and len(closing.arguments[0]) == 1 else None
        around[-1].looked_up = first.area if isinstance(first, _Reference) and not _is_wide(first.area) else None
        call = closing.closed()
        around[-1].arguments[-1] += call or []
        return call is not None
    if kind == "Sep":
        around[-1].looked_up = None
        around[-1].arguments.append([])
        return len(around) > 1
    around[-1].arguments[-1].append(text)
    if text == ":" and kind.startswith("Op"):
        around[-1].is_range_open = around[-1].looked_up is not None and around[-1].function in _TAKING_RANGES
        return around[-1].is_range_open
    around[-1].looked_up = None
    return kind != "Array" and (not kind.startswith("Op") or kind == "Operand" or text in _OPERATORS)


def _is_same_on_side(area: Area, functions: Sequence[str]) -> bool:
    """Whether the functions around a reference give one value from it, with its cells in the same order."""
    if area.rows == area.columns == 1:
        return True
    if _TAKING_RANGES.isdisjoint(functions):
        return False
    counted = functions[-1] in TESTS and "INDEX" not in functions  # truths of cells are counted in any order
    return counted or not _is_wide(area) or functions[-1] in _IN_ANY_ORDER


def _is_wide(area: Area) -> bool:
    return area.rows > 1 and area.columns > 1


def _shown(formulas: Mapping[CellKey, _Formula]) -> dict[CellKey, CellKey]:
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


def _reach(formulas: Mapping[CellKey, _Formula]) -> tuple[set[CellKey], set[CellKey]]:
    """Give the cells that formulas refer to one by one, and those in ranges."""
    areas = {area for formula in formulas.values() for area in formula.areas}
    single = {area for area in areas if area.rows == area.columns == 1}
    return {k for area in single for k in area.cells()}, {k for area in areas - single for k in area.cells()}


def _quoted(sheet: str) -> str:
    doubled = sheet.replace("'", "''")
    return f"'{doubled}'"
