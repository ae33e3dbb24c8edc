"""Rules of the package: the zip file, content types, relations, well-formed XML."""

import contextlib
import re
import struct
from collections.abc import Iterator

from workbook.lint.book import MAIN, Book, Element, is_xml, local_name, search
from workbook.lint.findings import Finding
from workbook.package import Package
from workbook.sheetrows import write_addresses
from workbook.xmlbytes import hardened_parser

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_DESCRIPTOR = 0x8  # bit 3 of the flags: sizes follow the data
_CONTROL = re.compile(r"invalid (?:xml)?Char value (\d+)")
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_MACRO_BOOK = "application/vnd.ms-excel."
_DRAWING = "application/vnd.openxmlformats-officedocument.drawing"
_TYPES = {
    "officeDocument": (
        f"{_BOOK}sheet.main+xml",
        f"{_BOOK}template.main+xml",
        f"{_MACRO_BOOK}sheet.macroEnabled.main+xml",
        f"{_MACRO_BOOK}template.macroEnabled.main+xml",
        f"{_MACRO_BOOK}addin.macroEnabled.main+xml",
    ),
    "worksheet": (f"{_BOOK}worksheet+xml",),
    "chartsheet": (f"{_BOOK}chartsheet+xml",),
    "styles": (f"{_BOOK}styles+xml",),
    "sharedStrings": (f"{_BOOK}sharedStrings+xml",),
    "table": (f"{_BOOK}table+xml",),
    "comments": (f"{_BOOK}comments+xml",),
    "calcChain": (f"{_BOOK}calcChain+xml",),
    "sheetMetadata": (f"{_BOOK}sheetMetadata+xml",),
    "externalLink": (f"{_BOOK}externalLink+xml",),
    "drawing": (f"{_DRAWING}+xml",),
    "chart": (f"{_DRAWING}ml.chart+xml",),
    "vmlDrawing": (f"{_DRAWING.removesuffix('.drawing')}.vmlDrawing",),
    "theme": ("application/vnd.openxmlformats-officedocument.theme+xml",),
    "vbaProject": ("application/vnd.ms-office.vbaProject",),
    "core-properties": ("application/vnd.openxmlformats-package.core-properties+xml",),
    "extended-properties": ("application/vnd.openxmlformats-officedocument.extended-properties+xml",),
}
"""Content types by the last word of the relation that leads to the part."""


def zip_headers(data: bytes, package: Package) -> Iterator[Finding]:
    """Each part's header before its data says the same as the directory at the end of the file.

    Programs that read a file as it arrives believe the first, all others the second.
    """
    foreign, directory = _directory(data)
    if foreign:
        yield Finding("zip-header", "", f"{foreign} bytes stand before the first part, or between parts and directory")
    for name, (offset, method, crc, packed, size) in directory.items():
        _, _, flags, found, _, _, *sizes, length, _ = _LOCAL.unpack_from(data, offset)
        here = data[offset + _LOCAL.size : offset + _LOCAL.size + length]
        if here != name or found != method:
            what = f"the part {name.decode(errors='replace')} is called {here.decode(errors='replace')} at its data"
            yield Finding("zip-header", name.decode(errors="replace"), what)
        elif not flags & _DESCRIPTOR and tuple(sizes) != (crc, packed, size):
            yield Finding("zip-header", name.decode(errors="replace"), "its size differs between data and directory")
    if len(directory) != len(package.entries):
        yield Finding("zip-header", "", f"the directory lists {len(directory)} parts, read were {len(package.entries)}")


def _directory(data: bytes) -> tuple[int, dict[bytes, tuple[int, int, int, int, int]]]:
    """Read offset, method, checksum and sizes of every part from the end of the file.

    Bytes that the offsets do not count are given too, and left out as readers of zip files do.
    """
    end = data.rfind(b"PK\5\6")
    count, length, stated = struct.unpack_from("<HLL", data, end + 10)
    offset = end - length
    foreign = offset - stated
    found: dict[bytes, tuple[int, int, int, int, int]] = {}
    for _ in range(count):
        *_, method, _, _, crc, packed, size, name, extra, comment, _, _, _, at = _CENTRAL.unpack_from(data, offset)
        found[data[offset + _CENTRAL.size : offset + _CENTRAL.size + name]] = (at + foreign, method, crc, packed, size)
        offset += _CENTRAL.size + name + extra + comment
    return foreign, found


def parse(package: Package) -> tuple[dict[str, Element], list[Finding]]:
    """Parse every XML part, and say which are not well-formed."""
    from lxml import etree

    roots: dict[str, Element] = {}
    findings: list[Finding] = []
    parser = hardened_parser()
    for part in filter(is_xml, package.names):
        content = package.part(part)
        try:
            roots[part] = etree.fromstring(content, parser)
            with contextlib.suppress(ValueError):  # addresses that no cell has are a finding of their own
                write_addresses(roots[part])
        except (etree.XMLSyntaxError, ValueError) as error:
            if not part.lower().endswith(".vml"):  # Excel writes and reads VML that is no XML
                findings.append(_not_xml(part, str(error)))
    return roots, findings


def _not_xml(part: str, reason: str) -> Finding:
    bad = _CONTROL.search(reason)
    if bad is None:
        return Finding("xml", part, f"is not well-formed XML ({reason})")
    return Finding("control-character", part, f"holds the character U+{int(bad[1]):04X}, which XML forbids ({reason})")


def content_types(book: Book) -> Iterator[Finding]:
    """Every part has a content type, the one that its role asks for."""
    for part in book.package.names:
        if part != "[Content_Types].xml" and not part.endswith("/") and not book.type_of(part):
            yield Finding("content-type", part, "has no content type in [Content_Types].xml")
    for relation in (r for relations in book.relations.values() for r in relations if not r.external):
        wanted = _TYPES.get(relation.kind.rpartition("/")[2], ())
        found = book.type_of(relation.target)
        if found and wanted and relation.target in book.package.entries and found not in wanted:
            yield Finding(
                "content-type", relation.target, f"has the content type {found}; as {wanted[0]} it would work"
            )
    there = {part.lower() for part in book.package.names}
    for part in book.overrides:
        if part not in there:
            yield Finding("content-type-of-nothing", part, "has a content type in [Content_Types].xml but is not there")


def relations(book: Book) -> Iterator[Finding]:
    """Every relation leads to a part, every id that a part uses is a relation, and no id is there twice."""
    for source, found in book.relations.items():
        ids = [relation.id for relation in found]
        for relation in found:
            if not relation.external and relation.target not in book.package.entries:
                yield Finding("relation-target", source, f"{relation.id} leads to {relation.target}, which is missing")
        for twice in {i for i in ids if ids.count(i) > 1}:
            yield Finding("relation-twice", source, f"the relation {twice} is defined twice")
    for part, root in book.roots.items():
        known = {relation.id for relation in book.relations.get(part, ())}
        for used in sorted(_used_ids(root) - known):
            yield Finding("relation-id", part, f"uses the relation {used}, which is not defined for this part")


def _used_ids(root: Element) -> set[str]:
    """Give the ids of relations that a part uses: attributes of that namespace, which no cell has."""
    if local_name(root) in {"Relationships", "Types", "sst", "styleSheet"}:
        return set()
    found = set(search("@r:*")(root))
    for child in root.iterchildren("{*}*"):
        if child.tag != f"{MAIN}sheetData":
            found.update(search("descendant-or-self::*/@r:*")(child))
    return {value for value in found if value}


def orphans(book: Book) -> Iterator[Finding]:
    """Every part can be reached from the package's relations."""
    reached, waiting = {""}, [""]
    while waiting:
        for relation in book.relations.get(waiting.pop(), ()):
            if not relation.external and relation.target not in reached:
                reached.add(relation.target)
                waiting.append(relation.target)
    for part in book.package.names:
        if part not in reached and not part.endswith((".rels", "/")) and part != "[Content_Types].xml":
            yield Finding("orphan-part", part, "belongs to nothing: no relation leads to it")
    for source in book.relations:
        if source and source not in book.package.entries:
            yield Finding("orphan-part", source, "has relations but is not there")


def macros(book: Book) -> Iterator[Finding]:
    """Require that a file with macros says so in its content type, and that its ending fits."""
    kind, name = book.type_of(book.main), book.package.name.lower()
    enabled = "macroEnabled" in kind
    if not enabled and any(True for _ in book.related(book.main, "vbaProject")):
        yield Finding("macro-type", book.main, f"the file holds macros, its content type {kind} says it has none")
    elif name.endswith((".xlsx", ".xltx")) and enabled:
        yield Finding(
            "macro-type", book.main, f"{book.package.name} has the content type of a file with macros ({kind})"
        )
    elif name.endswith((".xlsm", ".xltm", ".xlam")) and not enabled and kind:
        yield Finding(
            "macro-type", book.main, f"{book.package.name} has the content type of a file without macros ({kind})"
        )


def transitional(book: Book) -> Iterator[Finding]:
    """Require the namespaces that all programs read."""
    namespace = book.roots[book.main].tag.partition("}")[0].lstrip("{")
    if "purl.oclc.org" in namespace:
        yield Finding("strict", book.main, "is saved as Strict Open XML, which few programs read")
