"""A part cut at the places that may change.

Compiling a template cuts each part once; filling joins the pieces. Whatever lies between two slots is never looked at
again, which is why it cannot be lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from engine.errors import EngineError
from workbook.cellslots import WRITTEN, CellSlot, ColumnsSlot, RowSlot
from workbook.places import Gaps, Row
from workbook.slots import Edit, Filling, Slot

_LAYOUTS = 12  # of one part that are kept; the shipped examples have at most nine of a sheet

_Layout: TypeAlias = list[bytes]
"""What stands before, between and after the values of a part, for values of certain types and certain hidden rows."""


@dataclass(frozen=True)
class Cut:
    """A part as pieces with a slot after each piece but the last."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    _layouts: dict[Any, _Layout] = field(default_factory=dict, compare=False, repr=False)

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

    def render(self, filling: Filling, row: Row) -> bytes:
        """Join the pieces with what stands in the slots.

        Nearly all slots are cells. What stands around their values is put together once for all proposals with values
        of the same types, so that a proposal's own work is to look its values up.

        Parameters
        ----------
        filling : Filling
            What is filled in.
        row : Row
            Its values laid out.
        """
        gaps = self._gaps
        values = row.of_part(gaps)
        out: list[bytes] = [b""] * (2 * len(values) + 1)
        out[::2] = self._layout(filling, values)
        try:
            out[1::2] = map(WRITTEN.__getitem__, values)
        except (EngineError, TypeError):
            for place, cell in gaps.cells:
                cell.written(values[place])  # says which cell it is
            raise
        for place, slot in gaps.others:
            out[2 * place + 1] = slot.render(filling)
        return b"".join(out)

    @cached_property
    def _gaps(self) -> Gaps:
        return Gaps.of([slot for slot in self.slots if not _is_fixed(slot)])

    @cached_property
    def _sheet(self) -> str:
        return next((slot.sheet for slot in self.slots if isinstance(slot, RowSlot | ColumnsSlot)), "")

    def _layout(self, filling: Filling, values: Sequence[Any]) -> _Layout:
        kinds = tuple(map(type, values))
        hidden = (frozenset(of.get(self._sheet, ())) for of in (filling.hidden_rows, filling.hidden_columns))
        key = (kinds, *hidden)
        layouts = self._layouts
        if key not in layouts:
            last = next(reversed(layouts.values()), None)
            layouts[key] = self._laid_out(filling, kinds, last or [b""] * (len(values) + 1))
            if len(layouts) > _LAYOUTS:
                del layouts[next(iter(layouts))]
        return layouts[key]

    def _laid_out(self, filling: Filling, kinds: Sequence[type], last: _Layout) -> _Layout:
        """Put together what stands around the values; what is as in the last layout is not held twice."""
        layout: _Layout = []
        standing = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            if _is_fixed(slot):
                standing += (slot.render(filling), piece)
                continue
            before, after = slot.around(kinds[len(layout)]) if isinstance(slot, CellSlot) else (b"", b"")
            layout.append(b"".join((*standing, before)))
            standing = [after, piece]
        layout.append(b"".join(standing))
        return [old if old == new else new for old, new in zip(last, layout, strict=True)]


def _is_fixed(slot: Slot) -> bool:
    """Whether nothing but hidden rows and columns changes what stands in a slot."""
    return isinstance(slot, ColumnsSlot) or (isinstance(slot, RowSlot) and not slot.outside)
