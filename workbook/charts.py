"""Charts carry copies of the cells they show; here the copies are written from the same values as the cells.

Viewers that do not calculate (previews, phones, Protected View) draw a chart from these copies.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from workbook.areas import Area, CellKey, parse_reference
from workbook.cells import CellError, Scalar
from workbook.cellslots import WRITTEN, number_text, value_text
from workbook.cuts import Cut
from workbook.slots import Edit, Filling, text_edits
from workbook.xmlbytes import Node, checked, escape_string, parse

_CACHES = {
    "numRef": "numCache",
    "strRef": "strCache",
    "multiLvlStrRef": "multiLvlStrCache",
    "datalabelsRange": "dlblRangeCache",
}
MAX_POINTS = 256_000  # of one chart in Excel
_CATEGORIES = ("cat", "xVal")
_QUOTED = r"""(?:"(?:[^"]|"")*")"""
_LITERAL = re.compile(rf"""=?\s*(?:{_QUOTED}|\{{(?:{_QUOTED}|[^{{}}"])*\}}|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*""")
"""A text, a number or an array of them in place of cells: LibreOffice writes typed names of series so."""


@dataclass(frozen=True)
class ReferenceSlot:
    """A reference of a chart with its copy of the cells.

    Attributes
    ----------
    kind : str
        Its element: numRef, strRef, multiLvlStrRef or datalabelsRange.
    holder : str
        The element around it: cat, val, tx ...
    prefix, inner : bytes
        Prefix of the element, and of the points inside the copy.
    formula : bytes
        The reference as it is written.
    number_format : bytes
        ``<c:formatCode>`` as the template has it.
    rest : bytes
        What follows the copy.
    areas : tuple of Area
        What it refers to; empty when that cannot be told without Excel: then the copy is left empty, never stale.
    visible_only : bool
        Whether points in hidden rows and columns are left out.
    """

    where: str
    kind: str
    holder: str
    prefix: bytes
    inner: bytes
    formula: bytes
    number_format: bytes
    rest: bytes
    areas: tuple[Area, ...]
    visible_only: bool

    def render(self, filling: Filling) -> bytes:
        """Write the reference with the values of this filling."""
        values = self.values(filling)
        kind = self._kind_for(values)
        cache = (
            self._levels(values) if kind == "multiLvlStrRef" else self._points(kind, list(chain.from_iterable(values)))
        )
        tag, copy = self.prefix + kind.encode(), self.prefix + _CACHES[kind].encode()
        return b"<%s>%s<%s>%s</%s>%s</%s>" % (tag, self.formula, copy, cache, copy, self.rest, tag)

    def values(self, filling: Filling) -> list[list[Scalar]]:
        """Give what the chart shows of the cells, line by line."""
        lines = self._cells
        if self.visible_only and any(filling.hides_on(area.sheet) for area in self.areas):
            lines = [[key for key in line if not filling.is_hidden(key)] for line in lines]
        return [list(map(filling.value, line)) for line in lines]

    @cached_property
    def _cells(self) -> list[list[CellKey]]:
        return [line for area in self.areas for line in _lines(area, self.kind)]

    def _kind_for(self, values: list[list[Scalar]]) -> str:
        """Categories that are text now are written as text, whatever the template's were."""
        text = any(isinstance(value, str) and value for line in values for value in line)
        return "strRef" if self.kind == "numRef" and self.holder in _CATEGORIES and text else self.kind

    def _points(self, kind: str, values: list[Scalar]) -> bytes:
        head = self.number_format if kind == "numRef" else b""
        return head + self._count(len(values)) + self._written(kind, values)

    def _levels(self, lines: list[list[Scalar]]) -> bytes:
        """One level a column of the range, the innermost, the last one, first."""
        lines = [line for line in lines if line]
        levels = b"".join(
            b"<%slvl>%s</%slvl>" % (self.inner, self._written("strRef", line), self.inner) for line in reversed(lines)
        )
        return self._count(len(lines[0]) if lines else 0) + levels

    def _count(self, points: int) -> bytes:
        return b'<%sptCount val="%d"/>' % (self.inner, points)

    def _written(self, kind: str, values: list[Scalar]) -> bytes:
        write, where = _number if kind == "numRef" else _text, self.where
        openings, close = _openings(self.inner, len(values)), b"</%sv></%spt>" % (self.inner, self.inner)
        return b"".join(
            [
                opening + write(value, where) + close
                for opening, value in zip(openings, values, strict=True)
                if value is not None
            ]
        )


@dataclass(frozen=True)
class AxisEnd:
    """Where an axis of years ends: at the last year that is shown; by themselves programs add a year after it.

    Attributes
    ----------
    prefix : bytes
        Prefix of the element.
    years : tuple of ReferenceSlot
        What the series have along the axis.
    given : bytes
        The element as the template has it, for a chart that shows nothing.
    """

    where: str
    prefix: bytes
    years: tuple[ReferenceSlot, ...]
    given: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the end of the axis for this filling."""
        shown = chain.from_iterable(line for slot in self.years for line in slot.values(filling))
        numbers = [value for value in shown if isinstance(value, int | float)]
        return b'<%smax val="%s"/>' % (self.prefix, number_text(max(numbers), self.where)) if numbers else self.given


def compile_chart(data: bytes, names: Mapping[str, Area], sheets: frozenset[str], where: str) -> Cut:
    """Cut a chart at its copies of cells and at its placeholders.

    Parameters
    ----------
    data : bytes
        The part.
    names : mapping of str to Area
        Defined names that are plain areas.
    sheets : frozenset of str
        Names of the workbook's sheets.
    where : str
        How errors call the part.
    """
    root = parse(data, where)
    edits = list(text_edits(root, "plain", where, ("p",), ("t",)))
    visible = _plots_visible_only(root)
    for holder, node in _references(root):
        slot = _slot(holder, node, names, visible, where)
        if slot and all(area.sheet in sheets for area in slot.areas):
            edits.append(Edit(node.start, node.end, slot))
    return Cut.at(data, [*edits, *_axes_of_years(root, names, visible, where)])


def _axes_of_years(root: Node, names: Mapping[str, Area], visible: bool, where: str) -> Iterator[Edit]:
    """Find the axes with an end of their own along which a scatter chart has years: columns of a name blk_years..."""
    years = [area for name, area in names.items() if name.startswith("blk_years")]
    for chart in root.all("scatterChart"):
        found = (_slot(holder, node, names, visible, where) for holder, node in _references(chart))
        along = tuple(s for s in found if s and s.holder == "xVal" and any(_within(s.areas, area) for area in years))
        axis = next((node.attributes.get("val") for node in chart.all("axId")), None)  # the first is the one below
        for node in root.all("valAx") if along else ():
            end, of = next(node.all("max"), None), node.child("axId")
            if end is not None and of is not None and of.attributes.get("val") == axis:
                yield Edit(end.start, end.end, AxisEnd(where, end.prefix, along, end.raw))


def _within(areas: tuple[Area, ...], years: Area) -> bool:
    """Whether areas stand in the columns of years of their sheet."""
    first, last = years.column, years.column + years.columns
    return bool(areas) and all(
        area.sheet == years.sheet and first <= area.column and area.column + area.columns <= last for area in areas
    )


def _slot(holder: Node, node: Node, names: Mapping[str, Area], visible: bool, where: str) -> ReferenceSlot | None:
    formula = node.child("f")
    if formula is None or formula.text.replace("[0]", "").count("[") or "#REF!" in formula.text:
        return None  # another workbook's cells, or none: the copy is all there is
    if _LITERAL.fullmatch(formula.text):
        return None  # no cells that could change
    cache = node.child(_CACHES[node.name])
    inner = node.prefix if node.name != "datalabelsRange" else _point_prefix(cache, node)
    code = cache.child("formatCode") if cache else None
    default = b"<%sformatCode>General</%sformatCode>" % (inner, inner)
    return ReferenceSlot(
        where=f"{where}, {formula.text}",
        kind=node.name,
        holder=holder.name,
        prefix=node.prefix,
        inner=inner,
        formula=node.data[node.inner : formula.end],
        number_format=code.raw if code else default,
        rest=node.data[(cache or formula).end : node.inner_end],
        areas=_small(parse_reference(formula.text, names)),
        visible_only=visible and holder.name != "tx",
    )


def _small(areas: tuple[Area, ...]) -> tuple[Area, ...]:
    """Leave a copy of half a sheet empty: Excel draws at most this many points."""
    return areas if sum(area.rows * area.columns for area in areas) <= MAX_POINTS else ()


def _point_prefix(cache: Node | None, node: Node) -> bytes:
    """Prefix of the points in a copy that belongs to an extension: the chart's own."""
    return cache.children[0].prefix if cache and cache.children else b"c:" if node.prefix else b""


def _references(node: Node) -> Iterator[tuple[Node, Node]]:
    for child in node.children:
        if child.name in _CACHES:
            yield node, child
        else:
            yield from _references(child)


def _plots_visible_only(root: Node) -> bool:
    node = next(root.all("plotVisOnly"), None)
    return node is None or node.attributes.get("val", "1") not in {"0", "false"}


def _lines(area: Area, kind: str) -> list[list[CellKey]]:
    """Cells of an area in the order of the points; multi-level categories by level, along the longer side."""
    cells = list(area.cells())
    if kind != "multiLvlStrRef":
        return [cells]
    by_row = [cells[i : i + area.columns] for i in range(0, len(cells), area.columns)]
    return by_row if area.columns > area.rows else [list(column) for column in zip(*by_row, strict=True)]


@lru_cache(maxsize=256)
def _openings(prefix: bytes, points: int) -> tuple[bytes, ...]:
    """Give what stands before the value of every point."""
    return tuple(b'<%spt idx="%d"><%sv>' % (prefix, index, prefix) for index in range(points))


def _number(value: Scalar, where: str) -> bytes:
    """Write a point's number; text counts as 0 in a chart, an error stays one."""
    if type(value) is float and value in WRITTEN:  # as its cell has it
        return WRITTEN[value]
    if isinstance(value, CellError):
        return value_text(value, where)
    if isinstance(value, str):
        return b"0"
    return number_text(value or 0.0, where)


def _text(value: Scalar, where: str) -> bytes:
    if isinstance(value, str):
        return WRITTEN[value] if value in WRITTEN else escape_string(checked(value, where))
    if isinstance(value, bool):
        return b"TRUE" if value else b"FALSE"
    if isinstance(value, CellError):
        return value_text(value, where)
    if isinstance(value, dt.date):
        return number_text(value, where)
    return f"{value:.15g}".encode()
