"""Rules of what a sheet has beside its cells: merged areas, columns, validation, conditions, links, headers."""

import re
from collections.abc import Iterable, Iterator

from workbook.areas import MAX_COLUMNS, Area, cell_name
from workbook.lint.book import MAIN, Book, Element, Sheet, area_of, local_name, overlap, whole
from workbook.lint.findings import Finding
from workbook.lint.styles import differential_formats
from workbook.slots import HEADERS, MAX_HEADER

MAX_LINKS = 65_530
MAX_LIST = 255  # characters of a list typed into a data validation
MAX_FORMULA = 255  # characters of a validation's formula as Excel takes it from a user
MAX_VALIDATIONS = 65_534
MAX_TITLE, MAX_MESSAGE = 32, 255  # UTF-16 code units
MAX_WIDTH = 255
MAX_HEIGHT = 409.5  # points

_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_WHOLE = re.compile(r"\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?\d{1,7}:\$?\d{1,7}")
_LIMITS = {"promptTitle": MAX_TITLE, "errorTitle": MAX_TITLE, "prompt": MAX_MESSAGE, "error": MAX_MESSAGE}


def sheets(book: Book) -> Iterator[Finding]:
    """Apply every rule of this module to every sheet."""
    formats = differential_formats(book)
    for sheet in book.sheets:
        if sheet.root is not None:
            yield from merges(sheet, sheet.root)
            yield from columns(sheet, sheet.root)
            yield from validations(sheet, sheet.root)
            yield from conditions(sheet, sheet.root, formats)
            yield from links(sheet, sheet.root)
            yield from headers(sheet, sheet.root)


def merges(sheet: Sheet, root: Element) -> Iterator[Finding]:
    """Require that merged areas are areas and share no cell."""
    areas: list[Area] = []
    for node in root.iterfind(f"{MAIN}mergeCells/{MAIN}mergeCell"):
        reference = node.get("ref", "")
        area = area_of(reference)
        if area is None or area.rows * area.columns < 2:  # noqa: PLR2004  one cell needs no merging
            yield sheet.finding("area", f'"{reference}" is no area that can be merged')
        else:
            areas.append(area)
    for one, other in overlapping(areas):
        what = f"the merged areas {reference_of(one)} and {reference_of(other)} overlap"
        yield sheet.finding("merge-overlap", what, cell_name(other.row, other.column))


def overlapping(areas: Iterable[Area]) -> Iterator[tuple[Area, Area]]:
    """Give the pairs of areas that share a cell, going down the sheet so that each is compared with few."""
    open_above: list[Area] = []
    for area in sorted(areas, key=lambda a: (a.row, a.column)):
        open_above = [above for above in open_above if above.row + above.rows > area.row]
        yield from ((above, area) for above in open_above if overlap(above, area))
        open_above.append(area)


def columns(sheet: Sheet, root: Element) -> Iterator[Finding]:
    """Widths of columns are given once for each column and within Excel's limit; heights of rows as well."""
    last = 0
    for node in root.iterfind(f"{MAIN}cols/{MAIN}col"):
        first, end = whole(node, "min"), whole(node, "max")
        if first is None or end is None or not last < first <= end <= MAX_COLUMNS:
            what = f"columns {node.get('min')} to {node.get('max')} stand after column {last}, or are none"
            yield sheet.finding("column-widths", what)
        else:
            last = end
        if not _within(node.get("width"), MAX_WIDTH):
            yield sheet.finding("column-widths", f"width {node.get('width')} is not between 0 and {MAX_WIDTH}")
    for row in root.iterfind(f"{MAIN}sheetData/{MAIN}row[@ht]"):
        if not _within(row.get("ht"), MAX_HEIGHT):
            what = f"height {row.get('ht')} of row {row.get('r')} is not between 0 and {MAX_HEIGHT}"
            yield sheet.finding("column-widths", what)


def _within(text: str | None, limit: float) -> bool:
    try:
        return text is None or 0 <= float(text) <= limit
    except ValueError:
        return False


def validations(sheet: Sheet, root: Element) -> Iterator[Finding]:
    """Rules for what may be typed: their texts are short enough, and they say for which cells they are."""
    nodes = root.findall(f"{MAIN}dataValidations/{MAIN}dataValidation")
    if len(nodes) > MAX_VALIDATIONS:
        yield sheet.finding("data-validation", f"{len(nodes):,} validations, the limit is {MAX_VALIDATIONS:,}")
    for node in nodes:
        cell = node.get("sqref", "").partition(" ")[0].partition(":")[0]
        yield from _cells_of(sheet, node)
        for reason in _long_texts(node):
            yield sheet.finding("data-validation", reason, cell)


def _long_texts(node: Element) -> Iterator[str]:
    for attribute, limit in _LIMITS.items():
        length = _length(_ESCAPED.sub("?", node.get(attribute, "")))
        if length > limit:
            yield f"its {attribute} has {length} characters, the limit is {limit}"
    for formula in node.iterchildren(f"{MAIN}formula1", f"{MAIN}formula2"):
        text = formula.text or ""
        listed = text[1:-1].replace('""', '"') if text.startswith('"') and text.endswith('"') else ""
        if _length(listed) > MAX_LIST:
            yield f"its list has {_length(listed)} characters, the limit is {MAX_LIST}"
        elif not listed and _length(text) > MAX_FORMULA:
            yield f"its formula has {_length(text)} characters, the limit is {MAX_FORMULA}"
        elif node.get("type") == "list" and '"' in listed:
            yield "its list has a quotation mark, which no list typed into a validation can have"


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def conditions(sheet: Sheet, root: Element, formats: int) -> Iterator[Finding]:
    """Conditional formats have priorities, formats that are there and cells to apply to."""
    for node in root.iterchildren(f"{MAIN}conditionalFormatting"):
        yield from _cells_of(sheet, node)
        cell = node.get("sqref", "").partition(" ")[0].partition(":")[0]
        for rule in node.iterchildren(f"{MAIN}cfRule"):
            if not whole(rule, "priority"):
                what = f"a rule has the priority {rule.get('priority')}, not a number from 1"
                yield sheet.finding("conditional-format", what, cell)
            index = whole(rule, "dxfId")
            if index is not None and index >= formats:
                yield sheet.finding("conditional-format", f"a rule has the format {index}, there are {formats}", cell)


def _cells_of(sheet: Sheet, node: Element) -> Iterator[Finding]:
    references = node.get("sqref", "").split()
    bad = [ref for ref in references if area_of(ref) is None and not _WHOLE.fullmatch(ref)]
    for reference in bad or ([] if references else [""]):
        yield sheet.finding("area", f'<{local_name(node)}> applies to "{reference}", which is no area')


def links(sheet: Sheet, root: Element) -> Iterator[Finding]:
    """Links stand on cells and are not too many."""
    nodes = root.findall(f"{MAIN}hyperlinks/{MAIN}hyperlink")
    if len(nodes) > MAX_LINKS:
        yield sheet.finding("hyperlinks", f"{len(nodes):,} links, the limit is {MAX_LINKS:,}")
    for node in nodes:
        if area_of(node.get("ref", "")) is None:
            yield sheet.finding("area", f'a link stands on "{node.get("ref", "")}", which is no area')


def headers(sheet: Sheet, root: Element) -> Iterator[Finding]:
    """Headers and footers are not longer than Excel reads."""
    for node in root.iterfind(f"{MAIN}headerFooter/*"):
        length = _length(_ESCAPED.sub("?", node.text or ""))
        if local_name(node) in HEADERS and length > MAX_HEADER:
            what = f"<{local_name(node)}> has {length} characters, codes included; the limit is {MAX_HEADER}"
            yield sheet.finding("header-length", what)


def merged_areas(sheet: Sheet) -> list[Area]:
    """List the merged areas of a sheet."""
    nodes = [] if sheet.root is None else sheet.root.findall(f"{MAIN}mergeCells/{MAIN}mergeCell")
    return [area for node in nodes if (area := area_of(node.get("ref", "")))]


def reference_of(area: Area) -> str:
    """Write an area as a user reads it.

    >>> reference_of(Area("", 1, 1, 2, 2))
    'A1:B2'
    """
    return f"{cell_name(area.row, area.column)}:{cell_name(area.row + area.rows - 1, area.column + area.columns - 1)}"
