"""What is in a workbook file: names, inputs, formulas, parts, and what its author may not want to send along."""

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from workbook.areas import cell_name
from workbook.book import Book
from workbook.cells import Scalar
from workbook.package import Package
from workbook.prepare import PEOPLE, macros_hash
from workbook.template import PREFIXES, Template
from workbook.xmlbytes import Node, parse

KINDS = {
    "vbaProject.bin": "macros",
    "vbaProjectSignature": "signature of the macros",
    "_xmlsignatures/": "digital signature",
    "externalLinks/externalLink": "external link",
    "connections.xml": "data connection",
    "queryTables/": "query",
    "pivotCacheRecords": "copy of a pivot table's source",
    "pivotCache/pivotCacheDefinition": "pivot table",
    "customUI": "ribbon",
    "embeddings/": "embedded file",
    "activeX/": "ActiveX control",
    "ctrlProps/": "form control",
    "slicers/": "slicer",
    "threadedComments/": "comment with its writer",
    "customXml/item": "data of another program",
    "model/": "data model",
}
"""What a part is that a reader should know of, by a piece of its name."""
REFUSED = frozenset(
    {
        "external link",
        "data connection",
        "query",
        "copy of a pivot table's source",
        "embedded file",
        "comment with its writer",
        "data of another program",
        "data model",
    }
)
"""Kinds of parts that bring along more than a reader sees; macros have a list of their own, beside the template."""
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ufffc].*", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A part of the file: its size inflated and packed, and what it is when that matters."""

    name: str
    size: int
    packed: int
    kind: str


@dataclass(frozen=True)
class Input:
    """A cell that a filling may set."""

    name: str
    cell: str
    value: Scalar
    hidden: bool


@dataclass(frozen=True)
class Personal:
    """Something that tells who made a file, where, or for whom."""

    where: str
    what: str
    value: str


@dataclass(frozen=True)
class Inspection:
    """Everything that `llm-tco inspect` says about a file.

    Attributes
    ----------
    sheets : mapping of str to str
        Visible, hidden or veryHidden, by sheet.
    names : mapping of str to str
        What each defined name refers to; a sheet's own as ``sheet!name``.
    formulas : mapping of str to int
        Number of formula cells by sheet.
    fields : tuple of str
        Placeholders.
    unfilled : tuple of str
        Placeholders at places that no filling reaches.
    links : tuple of str
        Other files and addresses that it reads from.
    macros : str
        SHA-256 of its VBA project; empty without one.
    """

    file: str
    sheets: Mapping[str, str]
    names: Mapping[str, str]
    inputs: tuple[Input, ...]
    formulas: Mapping[str, int]
    fields: tuple[str, ...]
    unfilled: tuple[str, ...]
    parts: tuple[Part, ...]
    links: tuple[str, ...]
    macros: str
    personal: tuple[Personal, ...]


def inspect(data: bytes, name: str) -> Inspection:
    """Look into a workbook file.

    Parameters
    ----------
    data : bytes
        An .xlsx or .xlsm file.
    name : str
        How errors call it.

    Raises
    ------
    EngineError
        When it is no workbook, damaged or hostile.
    """
    package = Package.read(data, name)
    template = Template.compile(data, name)
    root = Book(package).root
    sheets = {node.attributes["name"]: node.attributes.get("state", "visible") for node in _children(root, "sheets")}
    counts = {sheet: sum(key[0] == sheet for key in template.formula_cells) for sheet in template.sheets}
    return Inspection(
        file=name,
        sheets=sheets,
        names=dict(_names(root, list(sheets))),
        inputs=tuple(_inputs(template, sheets)),
        formulas={sheet: count for sheet, count in counts.items() if count},
        fields=template.fields,
        unfilled=template.unfilled,
        parts=tuple(Part(e.name, e.size, len(e.raw), kind_of(e.name)) for e in package.entries.values()),
        links=tuple(_links(package)),
        macros=macros_hash(package),
        personal=tuple(personal(package)),
    )


def concerns(found: Inspection, allowed: Collection[str] = ()) -> tuple[str, ...]:
    """Say what should not leave the house with a file, one sentence each.

    Parameters
    ----------
    found : Inspection
        From :func:`inspect`.
    allowed : collection of str
        Names that may stand in the file, as that of one's own company.
    """
    hidden = (f"sheet {title} is {state}" for title, state in found.sheets.items() if state != "visible")
    people = (f"{p.where}: {p.what} {p.value}" for p in found.personal if p.value not in allowed)
    links = (f"reads from {link}" for link in found.links)
    parts = (f"{part.name}: {part.kind}" for part in found.parts if part.kind in REFUSED)
    return (*hidden, *people, *links, *parts)


def kind_of(part: str) -> str:
    """Say what a part is when a reader should know of it.

    >>> kind_of("xl/externalLinks/externalLink1.xml"), kind_of("xl/styles.xml")
    ('external link', '')
    """
    return "" if part.endswith(".rels") else next((kind for piece, kind in KINDS.items() if piece in part), "")


def personal(package: Package) -> Iterator[Personal]:
    """List what tells who made a file, where, on what machine, or whom it is about."""
    for part in package.names:
        if not part.endswith(".rels"):
            for piece, read in _READERS.items():
                if piece in part:
                    yield from (
                        Personal(part, what, _shown(value)) for what, value in read(package.part(part)) if value
                    )


def _children(root: Node, name: str) -> list[Node]:
    node = root.child(name)
    return node.children if node else []


def _names(root: Node, sheets: list[str]) -> Iterator[tuple[str, str]]:
    for node in _children(root, "definedNames"):
        found = node.attributes
        scope = f"{sheets[int(found['localSheetId'])]}!" if "localSheetId" in found else ""
        yield scope + found["name"], node.text


def _inputs(template: Template, sheets: Mapping[str, str]) -> Iterator[Input]:
    for name, area in template.areas.items():
        if not name.startswith(PREFIXES[0]):
            continue
        for key in area.cells():
            sheet, row, column = key
            hidden = (
                sheets.get(sheet) != "visible"
                or row in template.contents.hidden_rows.get(sheet, ())
                or column in template.contents.hidden_columns.get(sheet, ())
            )
            value = template.constants.get(key, template.contents.cached.get(key))
            yield Input(name, f"{sheet}!{cell_name(row, column)}", value, hidden)


def _links(package: Package) -> Iterator[str]:
    for part in package.names:
        if part.endswith(".rels"):
            for node in parse(package.part(part), part).children:
                found = node.attributes
                if found.get("TargetMode") == "External" and not found["Type"].endswith("/hyperlink"):
                    yield found["Target"]
        elif posixpath.basename(part) == "connections.xml":
            for node in parse(package.part(part), part).all("dbPr", "webPr", "textPr"):
                yield (
                    node.attributes.get("connection")
                    or node.attributes.get("url")
                    or node.attributes.get("sourceFile", "")
                )


def _properties(data: bytes) -> Iterator[tuple[str, str]]:
    people = {name for names in PEOPLE.values() for name in names}
    yield from ((node.name, node.text) for node in parse(data, "docProps").children if node.name in people)


def _custom_properties(data: bytes) -> Iterator[tuple[str, str]]:
    for node in parse(data, "docProps/custom.xml").all("property"):
        yield f"property {node.attributes.get('name', '')}", node.text


def _folder(data: bytes) -> Iterator[tuple[str, str]]:
    if b"absPath" in data:
        for node in parse(data, "workbook.xml").all("absPath"):
            yield "folder of the author", node.attributes.get("url", "")


def _persons(data: bytes) -> Iterator[tuple[str, str]]:
    for node in parse(data, "persons").all("person"):
        found = node.attributes
        yield "person", f"{found.get('displayName', '')} <{found.get('userId', '')}>"


def _printer(data: bytes) -> Iterator[tuple[str, str]]:
    """Read the printer's name, which a settings part begins with, two bytes a character."""
    yield "printer", _UNPRINTABLE.sub("", data[:64].decode("utf-16-le", errors="replace")) or "settings"


def _writers(data: bytes) -> Iterator[tuple[str, str]]:
    for node in parse(data, "comments").all("author"):
        if not node.text.startswith("tc="):  # stands for a threaded comment, whose person is listed
            yield "writer of a comment", node.text


def _refresher(data: bytes) -> Iterator[tuple[str, str]]:
    yield "refreshed by", parse(data, "pivotCache").attributes.get("refreshedBy", "")


_READERS: Mapping[str, Callable[[bytes], Iterable[tuple[str, str]]]] = {
    "docProps/core.xml": _properties,
    "docProps/app.xml": _properties,
    "docProps/custom.xml": _custom_properties,
    "xl/workbook.xml": _folder,
    "/persons/": _persons,
    "/printerSettings/": _printer,
    "xl/comments": _writers,
    "pivotCacheDefinition": _refresher,
}
"""Where personal data lie, by a piece of the part's name."""


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004  a line of a terminal
