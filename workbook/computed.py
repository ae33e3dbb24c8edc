"""The formulas of a workbook in which the rounding of binary arithmetic would show, by what their cells can be."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from workbook.areas import Area, CellKey, parse_area
from workbook.rounding import SENSITIVE, Kind, Part, read

MAX_CELLS = 500  # of a range that is looked at cell by cell
YEARS = "blk_years"  # names of years, which are whole numbers in every proposal
MAX_DEPTH = 40  # cells that refer to cells that refer to cells; beyond it they count as computed


class Constants(Protocol):
    """What stands in cells without a formula."""

    def get(self, key: CellKey, /) -> Any:  # noqa: ANN401
        """Give the value of a cell."""


class Formulas:
    """The formulas of a workbook, read with what their cells can be.

    Parameters
    ----------
    texts : mapping of CellKey to str
        The formulas, without the equal sign; empty for those that are not read.
    constants : Constants
        The values of the cells without a formula.
    names : mapping of str to Area
        Names of ranges, in lower case. What is typed in them can change.
    """

    def __init__(self, texts: Mapping[CellKey, str], constants: Constants, names: Mapping[str, Area]) -> None:
        self._texts, self._constants, self._names = texts, constants, names
        bound = (area for name, area in names.items() if not name.startswith(YEARS) and _is_small(area))
        self._typed = {key for area in bound for key in area.cells()}
        self._parts: dict[CellKey, Part | None] = {}
        self._ranges: dict[str, Kind] = {}
        self._compared: set[str] = set()
        self._depth = 0

    def changed(self) -> dict[CellKey, str]:
        """Give the formulas that have to be written in another way, as `shown_as_in_excel` does."""
        for key, text in self._texts.items():
            if SENSITIVE.search(text):
                self._part(key)
        compared = {key for full in self._compared for key in self._area(full).cells()}
        for key in compared & self._texts.keys():
            self._part(key)
        new = {key: (part.compared if key in compared else part).text for key, part in self._parts.items() if part}
        return {key: text for key, text in new.items() if _without_spaces(text) != _without_spaces(self._texts[key])}

    def _part(self, key: CellKey) -> "Part | None":
        if key not in self._parts:
            self._parts[key] = None  # for a formula that refers to itself
            self._depth += 1
            if self._depth <= MAX_DEPTH:
                compared: set[str] = set()
                self._parts[key] = read(self._texts[key], partial(self._of_reference, key[0]), compared)
                self._compared |= {self._full(key[0], reference) for reference in compared}
            self._depth -= 1
        return self._parts[key]

    def _full(self, sheet: str, reference: str) -> str:
        quoted = sheet.replace("'", "''")
        return reference if "!" in reference or reference.lower() in self._names else f"'{quoted}'!{reference}"

    def _area(self, full: str) -> Area:
        area = self._names.get(full.lower()) or parse_area(full)
        return area if area and _is_small(area) else Area("", 1, 1, 1, 1)

    def _of_reference(self, sheet: str, reference: str) -> Kind:
        full = self._full(sheet, reference)
        if full not in self._ranges:
            area = self._area(full)
            self._ranges[full] = max(map(self._of_cell, area.cells())) if area.sheet else Kind.COMPUTED
        return self._ranges[full]

    def _of_cell(self, key: CellKey) -> Kind:
        if key in self._texts:
            part = self._part(key)
            return part.kind if part else Kind.COMPUTED
        value = self._constants.get(key)
        is_whole = key not in self._typed and not (isinstance(value, float) and not value.is_integer())
        return Kind.WHOLE if is_whole else Kind.TYPED


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _is_small(area: Area) -> bool:
    return not area.whole and area.rows * area.columns <= MAX_CELLS
