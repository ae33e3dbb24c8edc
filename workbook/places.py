"""Where a part finds the values of its cells.

A filling gives thousands of cells, and the next one gives the same cells in the same order. So their places are looked
up once, and from then on a part picks its values by place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from workbook.areas import CellKey
from workbook.cellslots import UNCHANGED, CellSlot
from workbook.slots import Filling, Slot

_Pick = Callable[[Sequence[Any]], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Gaps:
    """The slots of a part that are written anew in every filling, in their order.

    Attributes
    ----------
    cells : tuple of CellSlot or None
        Plain cells; a cell whose text has fields is none.
    others : tuple of (int, slot)
        Slots that are no plain cells, with their places.
    """

    cells: tuple[CellSlot | None, ...]
    others: tuple[tuple[int, Slot], ...]

    @classmethod
    def of(cls, slots: Sequence[Slot]) -> "Gaps":
        """Tell plain cells from other slots."""
        cells = tuple(slot if isinstance(slot, CellSlot) and not slot.text else None for slot in slots)
        return cls(cells, tuple((place, slot) for place, slot in enumerate(slots) if cells[place] is None))


@dataclass(frozen=True)
class Order:
    """The cells of a filling in the order in which they are given, and where the parts find theirs among them."""

    calculated: Sequence[CellKey]
    given: Sequence[CellKey]
    _picks: dict[Gaps, _Pick] = field(default_factory=dict, compare=False, repr=False)

    def pick(self, gaps: Gaps) -> _Pick:
        """Give what picks the values of a part out of a `Row`."""
        if gaps not in self._picks:
            self._picks[gaps] = itemgetter(*self._places(gaps), 0, 0)  # two more: of one it gives no tuple
        return self._picks[gaps]

    def _places(self, gaps: Gaps) -> list[int]:
        calculated = {key: place for place, key in enumerate(self.calculated)}
        given = {key: place for place, key in enumerate(self.given, len(self.calculated))}
        blank, unchanged = -2, -1  # as `Row` ends
        return [
            unchanged
            if cell is None
            else calculated.get(cell.key, blank)
            if cell.calculated
            else given.get(cell.key, unchanged)
            for cell in gaps.cells
        ]


@dataclass(frozen=True)
class Row:
    """The values of a filling one after the other, in an order."""

    order: Order
    values: Sequence[Any]

    @classmethod
    def of(cls, filling: Filling, last: Order | None) -> "Row":
        """Lay the values of a filling out, in the last one's order if that is the same."""
        order = Order([*filling.caches], [*filling.inputs])
        values = [*filling.caches.values(), *filling.inputs.values(), None, UNCHANGED]
        return cls(last if last == order else order, values)

    def of_part(self, gaps: Gaps) -> tuple[Any, ...]:
        """Give the value of every gap of a part: `UNCHANGED` where the template's cell stays, and where no cell is."""
        return self.order.pick(gaps)(self.values)[:-2]
