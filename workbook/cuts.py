"""A part cut at the places that may change.

Compiling a template cuts each part once; filling joins the pieces. Whatever lies between two slots is never looked at
again, which is why it cannot be lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from operator import is_not, ne
from typing import Any, TypeAlias

from engine.errors import EngineError
from workbook.cellslots import WRITTEN, ColumnsSlot, RowSlot
from workbook.places import Gaps, Row
from workbook.slots import Edit, Filling, Slot

_LAYOUTS = 12  # of one part that are kept; the shipped examples have at most nine of a sheet

_Layout: TypeAlias = list[bytes]
"""What stands before, between and after the values of a part, for values of certain types and certain hidden rows."""

_Hidden: TypeAlias = tuple[frozenset[int], ...]
"""Rows and columns of a sheet that a filling hides."""


@dataclass(frozen=True)
class Cut:
    """A part as pieces with a slot after each piece but the last."""

    pieces: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    _layouts: dict[tuple[tuple[type, ...], _Hidden], _Layout] = field(default_factory=dict, compare=False, repr=False)
    _between: dict[_Hidden, Sequence[bytes]] = field(default_factory=dict, compare=False, repr=False)

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
            for cell, value in zip(gaps.cells, values, strict=True):
                if cell:
                    cell.written(value)  # says which cell it is
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
        hidden = tuple(frozenset(of.get(self._sheet, ())) for of in (filling.hidden_rows, filling.hidden_columns))
        layouts = self._layouts
        if (kinds, hidden) not in layouts:
            layouts[kinds, hidden] = self._laid_out(filling, kinds, hidden)
            if len(layouts) > _LAYOUTS:
                del layouts[next(iter(layouts))]
        return layouts[kinds, hidden]

    def _laid_out(self, filling: Filling, kinds: tuple[type, ...], hidden: _Hidden) -> _Layout:
        """Put together what stands around the values; of the last layout everything that is the same is taken over."""
        between = self._standing(filling, hidden)
        places = range(len(between))
        if not self._layouts:
            return [self._piece(place, kinds, between) for place in places]
        (last_kinds, last_hidden), last = next(reversed(self._layouts.items()))
        changed = {*compress(places, map(is_not, kinds, last_kinds))}
        changed |= {place + 1 for place in changed}
        changed |= {*compress(places, map(ne, between, self._standing(filling, last_hidden)))}
        layout = last.copy()
        for place in changed:
            layout[place] = self._piece(place, kinds, between)
        return layout

    def _piece(self, place: int, kinds: tuple[type, ...], between: Sequence[bytes]) -> bytes:
        """Give what stands between the value before a place and the value of the place."""
        cells = self._gaps.cells
        last = cells[place - 1] if place else None
        after = last.around(kinds[place - 1])[1] if last else b""
        cell = cells[place] if place < len(cells) else None
        return after + between[place] + (cell.around(kinds[place])[0] if cell else b"")

    def _standing(self, filling: Filling, hidden: _Hidden) -> Sequence[bytes]:
        """Give what stands between the gaps whatever their values: pieces, rows, columns."""
        if hidden not in self._between:
            rows, columns = ({self._sheet: found} for found in hidden)
            shown = replace(filling, hidden_rows=rows, hidden_columns=columns)
            between, standing = [], [self.pieces[0]]
            for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
                if _is_fixed(slot):
                    standing += (slot.render(shown), piece)
                else:
                    between.append(b"".join(standing))
                    standing = [piece]
            if len(self._between) >= _LAYOUTS:
                self._between.clear()
            self._between[hidden] = [*between, b"".join(standing)]
        return self._between[hidden]


def _is_fixed(slot: Slot) -> bool:
    """Whether nothing but hidden rows and columns changes what stands in a slot."""
    return isinstance(slot, ColumnsSlot) or (isinstance(slot, RowSlot) and not slot.outside)
