"""Elements in the order of the schema, and counts that agree: Excel repairs a file where they do not."""

from collections.abc import Iterator

from workbook.lint.book import MAIN, Book, Element, local_name, search, whole
from workbook.lint.findings import Finding

_ORDERS = {
    "worksheet": """sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection
        protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
        conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks
        colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF
        picture oleObjects controls webPublishItems tableParts extLst""",
    "chartsheet": """sheetPr sheetViews sheetProtection customSheetViews pageMargins pageSetup headerFooter drawing
        legacyDrawing legacyDrawingHF drawingHF picture webPublishItems extLst""",
    "workbook": """fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups
        externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes
        webPublishing fileRecoveryPr webPublishObjects extLst""",
    "styleSheet": "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst",
    "table": "autoFilter sortState tableColumns tableStyleInfo extLst",
    "comments": "authors commentList extLst",
}
_REPEATED = {"conditionalFormatting", "fileRecoveryPr"}
_COUNTED = {
    "numFmts": "numFmt",
    "fonts": "font",
    "fills": "fill",
    "borders": "border",
    "cellStyleXfs": "xf",
    "cellXfs": "xf",
    "cellStyles": "cellStyle",
    "dxfs": "dxf",
    "mergeCells": "mergeCell",
    "dataValidations": "dataValidation",
    "tableColumns": "tableColumn",
    "tableParts": "tablePart",
}


def element_order(book: Book) -> Iterator[Finding]:
    """Require the order of the schema and each element once."""
    for part, root in book.roots.items():
        order = _ORDERS.get(local_name(root), "").split() if root.tag.startswith(MAIN) else []
        yield from _out_of_order(part, root, order)


def _out_of_order(part: str, root: Element, order: list[str]) -> Iterator[Finding]:
    last, before = -1, ""
    for child in root.iterchildren(f"{MAIN}*") if order else ():
        name = local_name(child)
        place = order.index(name) if name in order else None
        if place is None:
            yield Finding("element-order", part, f"<{name}> does not belong into <{local_name(root)}>")
        elif place < last:
            yield Finding("element-order", part, f"<{name}> stands after <{before}> and belongs before it")
        elif place == last and name not in _REPEATED:
            yield Finding("element-order", part, f"<{name}> is there twice")
        if place is not None:
            last, before = max(place, last), name if place >= last else before


def counts(book: Book) -> Iterator[Finding]:
    """Require that a list which says how many it holds says it right."""
    for part, root in book.roots.items():
        for node in search("m:*[@count]")(root) if root.tag.startswith(MAIN) else ():
            name = local_name(node)
            listed, stated = _COUNTED.get(name), whole(node, "count")
            if listed and stated is not None:
                there = int(search(f"count(m:{listed})")(node))
                if there != stated:
                    yield Finding("count", part, f"<{name}> says {stated} and holds {there}")
    strings = book.root_of("sharedStrings")
    stated = None if strings is None else whole(strings, "uniqueCount")
    if stated is not None and stated != len(book.strings):
        part = next(book.related(book.main, "sharedStrings"))
        yield Finding("count", part, f"<sst> says {stated} different texts and holds {len(book.strings)}")
