"""A formula on its side: its references with rows and columns exchanged, if it then gives the same value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, zip_longest

from workbook.areas import Area, CellKey, column_letters, parse_area
from workbook.hostfunctions import DIGITS, GENERAL, LESS, NET
from workbook.lifting import PREFIX, SINGLE, TESTS

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
_OF_OURS = frozenset(name.removeprefix(PREFIX) for name in (DIGITS, GENERAL, LESS, NET))
KNOWN = _TAKING_RANGES | _TAKING_VALUES | _OF_OURS | {""}
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
class Turned:
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


def turned(text: str, sheet: str, names: Mapping[str, Area]) -> Turned | None:
    """Take a formula apart; None when its value could depend on where the cells lie.

    Parameters
    ----------
    text : str
        With the leading equal sign.
    sheet : str
        Where it stands.
    names : mapping of str to Area
        The defined names in lower case, with their cells.

    Examples
    --------
    >>> turned("=SUM($H10:J10)*users", "Cost", {"users": Area("Inputs", 2, 3)}).written({})
    "=SUM('Cost'!J$8:J10)*'Inputs'!$B$3"
    >>> turned("=ROW(A1)", "Cost", {})
    """
    pieces = _pieces(text, sheet, names)
    return None if pieces is None else Turned(tuple(pieces))


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


@lru_cache(maxsize=1024)  # neighbours share their references; few are kept, because a template is taken apart once
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


def _quoted(sheet: str) -> str:
    doubled = sheet.replace("'", "''")
    return f"'{doubled}'"
