"""The sentences behind the error values of cells, which a cell itself does not hold.

formualizer keeps the kind of an error in a cell and nothing more. So every call of a TCO function in a formula has a
number, its sentence is kept under it, and a cell that shows an error finds it there or in the cells it refers to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbook.areas import Area, CellKey, parse_area
from workbook.cells import Cell, CellError, rows_of
from workbook.evaluate import first_error
from workbook.references import resolve
from workbook.sheets import Sheets


@dataclass(frozen=True)
class Site:
    """A call of a TCO function: the cell and the name in its formula, and the last reference among its arguments."""

    key: CellKey
    name: str
    operand: str


class Sentences:
    """What the TCO functions of one workbook said last, by call, and how cells depend on each other.

    Parameters
    ----------
    sheets : Sheets
        The formulas of the workbook.
    """

    def __init__(self, sheets: Sheets) -> None:
        self._sheets = sheets
        self._sites: list[Site] = []
        self._of_cell: dict[CellKey, list[int]] = {}
        self._failed: dict[int, Cell] = {}
        self._texts: dict[CellKey, str] = {}
        self._anchors: dict[CellKey, CellKey] = {}
        self._known: dict[tuple[CellKey, str], str] = {}  # sentences found since the last call

    def formula(self, key: CellKey, text: str, area: Area | None = None) -> None:
        """Remember the formula of a cell; with `area` the cells that it fills as an array."""
        self._texts[key] = text
        for cell in area.cells() if area else ():
            self._anchors[cell] = key

    def site(self, key: CellKey, name: str, operand: str) -> int:
        """Give a number to a call in the formula of a cell."""
        self._sites.append(Site(key, name, operand))
        self._of_cell.setdefault(key, []).append(len(self._sites) - 1)
        return len(self._sites) - 1

    def forget(self, key: CellKey) -> None:
        """Drop the calls of a formula that is replaced; numbers are not given twice."""
        self._known.clear()
        for number in self._of_cell.pop(key, []):
            self._failed.pop(number, None)

    def at(self, number: int) -> Site:
        """Give the call of this number."""
        return self._sites[number]

    def heard(self, number: int, cells: Sequence[Cell], result: Cell) -> None:
        """Keep the result of a call that failed by itself; an error among its arguments has its own origin."""
        self._known.clear()
        if first_error([result]) is None or first_error(cells) is not None:
            self._failed.pop(number, None)
        else:
            self._failed[number] = result

    def of_argument(self, number: int, error: CellError) -> CellError:
        """Give an error that came as the argument of a call with its sentence."""
        site = self.at(number)
        return self._traced(self._areas(site.key, site.operand), error)

    def of_cell(self, key: CellKey, error: CellError) -> CellError:
        """Give the error that a cell shows with its sentence."""
        if (key, error.code) not in self._known:
            found = self._traced([Area(*key)], error)
            self._known[key, error.code] = "" if found.message == error.message else found.message
        return replace(error, message=self._known[key, error.code] or error.message)

    def of_formula(self, key: CellKey, text: str, error: CellError) -> CellError:
        """Give the error of a formula that would stand in this cell with its sentence."""
        return self._traced(self._operands(key, text), error)

    def _traced(self, areas: Sequence[Area], error: CellError) -> CellError:
        """Look for the call that failed in these cells, then in those that they refer to, and so on."""
        if not any(self._message(number, None, error.code) for number in self._failed):
            return error
        seen: set[CellKey] = set()
        todo = list(areas)
        while todo:
            area = todo.pop(0)
            for key in self._formula_cells(area):
                if key in seen or self._known.get((key, error.code)) == "":
                    continue
                seen.add(key)
                if message := self._own(key, error.code) or self._known.get((key, error.code), ""):
                    return replace(error, message=message)
                anchor = self._anchors.get(key, key)
                todo += self._operands(anchor, self._texts.get(anchor, ""))
        self._known |= {(key, error.code): "" for key in seen}  # no need to look there again
        return error

    def _formula_cells(self, area: Area) -> Iterator[CellKey]:
        if area.rows == area.columns == 1:
            yield area.sheet, area.row, area.column
            return
        for sheet, row, column in [*self._texts, *(key for key in self._anchors if key not in self._texts)]:
            if sheet.lower() == area.sheet.lower() and area.contains(row, column):
                yield sheet, row, column

    def _own(self, key: CellKey, code: str) -> str:
        """Give what a call in the formula of this very cell said."""
        anchor = self._anchors.get(key, key)
        for number in self._of_cell.get(anchor, ()):
            if message := self._message(number, (key[1] - anchor[1], key[2] - anchor[2]), code):
                return message
        return ""

    def _message(self, number: int, place: tuple[int, int] | None, code: str) -> str:
        """Give the sentence of a failed call: of the cell at this place of its table, else the first of the kind."""
        rows = rows_of(self._failed[number]) if number in self._failed else []
        errors = [value for row in rows for value in row if isinstance(value, CellError) and value.code == code]
        if place and place[0] < len(rows) and place[1] < len(rows[place[0]]):
            there = rows[place[0]][place[1]]
            errors = [there, *errors] if isinstance(there, CellError) and there.code == code else errors
        return errors[0].message if errors else ""

    def _operands(self, key: CellKey, text: str) -> list[Area]:
        import formualizer

        tokens = formualizer.tokenize(f"={text.removeprefix('=')}").tokens() if text else []
        ranges = [token.value for token in tokens if str(token.subtype).endswith("Range")]
        return [area for operand in ranges for area in self._areas(key, operand)]

    def _areas(self, key: CellKey, operand: str) -> list[Area]:
        """Give the cells that a reference in the formula of this cell stands for."""
        text = resolve(self._sheets, key[1], operand) or operand
        quoted = key[0].replace("'", "''")
        area = parse_area(text if "!" in text else f"'{quoted}'!{text.removesuffix('#')}")
        return [area] if area else []
