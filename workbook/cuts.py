"""A part cut at the places that may change.

Compiling a template cuts each part once; filling joins the pieces. Whatever lies between two slots is never looked at
again, which is why it cannot be lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from workbook.areas import CellKey
from workbook.cellslots import CellSlot
from workbook.slots import Edit, Filling, Slot

NOWHERE: CellKey = ("", 0, 0)  # no formula stands there


@dataclass(frozen=True)
class Cut:
    """A part as pieces with a slot after each piece but the last."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    @classmethod
    def at(cls, data: bytes, edits: Iterable[Edit]) -> "Cut":
        """Cut a part; an insertion comes before an edit that begins at the same byte."""
        pieces: list[bytes] = []
        slots: list[Slot] = []
        position = 0
        for edit in sorted(edits, key=lambda e: (e.start, e.end)):
            pieces.append(data[position : edit.start])
            slots.append(edit.slot)
            position = edit.end
        return cls((*pieces, data[position:]), tuple(slots))

    def render(self, filling: Filling) -> bytes:
        """Join the pieces with what stands in the slots; nearly all of them are formulas with a number."""
        out: list[bytes] = [b""] * (len(self.pieces) + len(self.slots))
        out[::2] = self.pieces
        digits, caches = filling.digits, filling.caches
        out[1::2] = [
            (cell.number + digits[value] + cell.close if value else cell.zero)
            if cell and type(value) is float and value - value == 0.0
            else slot.render(filling)
            for slot, cell, value in zip(self.slots, self._formulas, map(caches.get, self._keys), strict=True)
        ]
        return b"".join(out)

    @cached_property
    def _formulas(self) -> tuple[CellSlot | None, ...]:
        return tuple(slot if isinstance(slot, CellSlot) and slot.calculated else None for slot in self.slots)

    @cached_property
    def _keys(self) -> tuple[CellKey, ...]:
        return tuple(cell.key if cell else NOWHERE for cell in self._formulas)
