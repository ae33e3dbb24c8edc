"""Rules of what lies on the cells: shapes, comments, charts and what charts remember of their cells."""

import math
from collections import Counter
from collections.abc import Iterator

from workbook.cells import ERROR_TEXTS
from workbook.lint.book import MAIN, Book, Element, Sheet, local_name, position, text_of, whole
from workbook.lint.findings import Finding
from workbook.lint.formulas import facts
from workbook.lint.texts import too_long

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def shape_ids(book: Book) -> Iterator[Finding]:
    """Shapes of a drawing have ids of their own."""
    for part, root in book.roots.items():
        if local_name(root) == "wsDr":
            ids = Counter(node.get("id") for node in root.iter("{*}cNvPr") if not _is_alternative(node))
            for number in (number for number, count in ids.items() if count > 1):
                yield Finding("shape-id", part, f"two shapes have the id {number}")


def _is_alternative(node: Element) -> bool:
    """Whether a shape stands in for another one in programs that do not know that one."""
    return any(local_name(above) == "Fallback" for above in node.iterancestors())


def comments(book: Book) -> Iterator[Finding]:
    """Comments stand on cells, one on each, have an author and a shape that shows them."""
    for sheet in book.sheets:
        for part in book.related(sheet.part, "comments"):
            yield from _comments(sheet, part, book.roots.get(part))
            if sheet.root is not None and sheet.root.find(f"{MAIN}legacyDrawing") is None:
                yield sheet.finding("comments", "has comments and no legacyDrawing that shows them")


def _comments(sheet: Sheet, part: str, root: Element | None) -> Iterator[Finding]:
    if root is None:
        return
    authors = sum(1 for _ in root.iterfind(f"{MAIN}authors/{MAIN}author"))
    seen: set[str] = set()
    for comment in root.iter(f"{MAIN}comment"):
        cell = comment.get("ref", "")
        if position(cell) is None or cell in seen:
            reason = "no cell has" if cell not in seen else "two comments have"
            yield Finding("comments", part, f'the address "{cell}" {reason}', sheet.name, cell)
        seen.add(cell)
        author = whole(comment, "authorId")
        if author is None or author >= authors:
            what = f"the comment has author {comment.get('authorId')}, there are {authors} (from 0)"
            yield Finding("comments", part, what, sheet.name, cell)
        if reason := too_long(text_of(comment)):
            yield Finding("string-length", part, f"the comment {reason}", sheet.name, cell)


def charts(book: Book) -> Iterator[Finding]:
    """Charts refer to cells that are there, remember their values in order, and have the axes that they use."""
    sheets = frozenset(sheet.name.lower() for sheet in book.sheets)
    names = {node.get("name", "").lower() for node in book.defined_names}
    for part, root in book.roots.items():
        if root.tag != f"{_CHART}chartSpace":
            continue
        for node in root.iter(f"{_CHART}f"):
            yield from _reference(part, node.text or "", sheets, names)
        for cache in root.iter(f"{_CHART}numCache", f"{_CHART}strCache", f"{_CHART}lvl"):
            yield from _cache(part, cache)
        yield from _axes(part, root)


def _reference(part: str, text: str, sheets: frozenset[str], names: set[str]) -> Iterator[Finding]:
    found = facts(text)
    for _, what in found.faults:
        yield Finding("chart-reference", part, what)
    if found.files:
        return  # the names of another workbook are not known here
    for sheet in sorted(found.sheets - sheets):
        if not (sheet.endswith((".xlsx", ".xlsm")) and found.names):  # 'Book.xlsx'!Name: a name of the workbook itself
            yield Finding("chart-reference", part, f"={text} refers to the sheet {sheet}, which is not there")
    for name in sorted(found.names - names):
        yield Finding("chart-reference", part, f"={text} refers to the name {name}, which is not there")


def _cache(part: str, cache: Element) -> Iterator[Finding]:
    kind, last = local_name(cache), -1
    counted = cache.find(f"{_CHART}ptCount")
    count = math.inf if counted is None else whole(counted, "val")
    for point in cache.iterchildren(f"{_CHART}pt"):
        index = whole(point, "idx")
        if index is None or count is None or not last < index < count:
            yield Finding("chart-cache", part, f"{kind} has point {point.get('idx')} after {last}, of {count} points")
            return
        last = index
        value = point.findtext(f"{_CHART}v") or ""
        if kind == "numCache" and not _is_number(value):
            yield Finding("chart-cache", part, f"numCache has the value {value!r} at point {index}, which is no number")


def _is_number(text: str) -> bool:
    """Whether a point can be drawn or is an error of its cell, which the schema's text and Excel allow there."""
    if text in ERROR_TEXTS:
        return True
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _axes(part: str, root: Element) -> Iterator[Finding]:
    plots = root.find(f"{_CHART}chart/{_CHART}plotArea")
    if plots is None:
        return
    axes = [
        node.find(f"{_CHART}axId").get("val", "")
        for node in plots.iterchildren()
        if local_name(node).endswith("Ax") and node.find(f"{_CHART}axId") is not None
    ]
    used = [
        node.get("val", "")
        for plot in plots.iterchildren()
        if local_name(plot).endswith("Chart")
        for node in plot.iterchildren(f"{_CHART}axId")
    ]
    for axis in dict.fromkeys(axis for axis in used if axis not in axes):
        yield Finding("chart-axis", part, f"a plot uses the axis {axis}, which the chart does not have")
    for axis in {axis for axis in axes if axes.count(axis) > 1}:
        yield Finding("chart-axis", part, f"two axes have the id {axis}")
