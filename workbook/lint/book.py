"""A workbook as the rules look at it: parsed parts, content types, relations, sheets."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any, TypeAlias

from workbook.areas import MAX_COLUMNS, MAX_ROWS, Area, cell_position
from workbook.lint.findings import Finding
from workbook.package import Package

Element: TypeAlias = Any
"""An element of lxml, which has no types of its own."""

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TEXT, _PHONETIC = f"{MAIN}t", f"{MAIN}rPh"
_XML = (".xml", ".rels", ".vml")


@dataclass(frozen=True)
class Relation:
    """One relation of a part; `target` is a part, or what stands in the file when it lies outside."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass
class Sheet:
    """A worksheet or chart sheet in the order of the tabs."""

    name: str
    part: str
    number: int
    state: str
    root: Element | None

    def finding(self, rule: str, what: str, cell: str = "") -> Finding:
        """Say what is wrong on this sheet."""
        return Finding(rule, self.part, what, self.name, cell)

    @cached_property
    def formulas(self) -> list[tuple[str, Element]]:
        """Formula cells with their formulas, in the order of the sheet."""
        found = [] if self.root is None else search("m:sheetData/m:row/m:c/m:f")(self.root)
        return [(f.getparent().get("r", ""), f) for f in found]

    def formula_texts(self) -> set[str]:
        """Give the formulas alone, which is quicker."""
        return set() if self.root is None else set(search("m:sheetData/m:row/m:c/m:f/text()")(self.root))


@cache
def search(path: str) -> Element:
    """Prepare a search in a part: ten times as fast as a walk through it."""
    from lxml import etree

    return etree.XPath(path, namespaces={"m": MAIN[1:-1], "r": RELATION[1:-1]}, smart_strings=False)


@dataclass
class Book:
    """A package with its XML parsed.

    Attributes
    ----------
    roots : mapping of str to Element
        The parts that are well-formed XML.
    defaults, overrides : mapping of str to str
        Content types by ending and by part.
    relations : mapping of str to list of Relation
        By the part that they belong to; the package's own belong to ``""``.
    main : str
        The workbook's part, or empty when none is found.
    """

    package: Package
    roots: dict[str, Element]
    defaults: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)
    relations: dict[str, list[Relation]] = field(default_factory=dict)
    main: str = ""
    sheets: list[Sheet] = field(default_factory=list)

    def type_of(self, part: str) -> str:
        """Content type of a part; empty when it has none."""
        return self.overrides.get(part.lower()) or self.defaults.get(part.rpartition(".")[2].lower(), "")

    def related(self, part: str, kind: str) -> Iterator[str]:
        """Parts that a part is related to by the last word of the relation's type, and that exist."""
        for relation in self.relations.get(part, ()):
            if relation.kind.rpartition("/")[2] == kind and relation.target in self.package.entries:
                yield relation.target

    def root_of(self, kind: str) -> Element | None:
        """Give the root of the workbook's part of that kind: ``styles``, ``sharedStrings``; None when it has none."""
        return next((self.roots[part] for part in self.related(self.main, kind) if part in self.roots), None)

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings as plain text."""
        root = self.root_of("sharedStrings")
        return [] if root is None else [text_of(item) for item in root.iterchildren(f"{MAIN}si")]

    @cached_property
    def tables(self) -> list[tuple[Sheet, str, Element]]:
        """Every table with its sheet and its part."""
        return [
            (sheet, part, self.roots[part])
            for sheet in self.sheets
            for part in self.related(sheet.part, "table")
            if part in self.roots
        ]

    @cached_property
    def defined_names(self) -> list[Element]:
        """The elements that define names."""
        return list(self.roots[self.main].iter(f"{MAIN}definedName"))


def open_book(package: Package, roots: dict[str, Element]) -> Book:
    """Find out how the parts of a package belong together."""
    book = Book(package, roots)
    types = roots.get("[Content_Types].xml")
    for node in () if types is None else types.iter("{*}Default", "{*}Override"):
        kind = node.get("ContentType", "")
        if node.tag.endswith("}Default"):
            book.defaults[node.get("Extension", "").lower()] = kind
        else:
            book.overrides[node.get("PartName", "").lstrip("/").lower()] = kind
    for part, root in roots.items():
        if part.endswith(".rels"):
            book.relations[_source(part)] = list(_relations(_source(part), root))
    mains = [r.target for r in book.relations.get("", ()) if r.kind.endswith("/officeDocument") and r.target in roots]
    book.main = mains[0] if mains else ""
    book.sheets = list(_sheets(book)) if mains else []
    return book


def _source(rels: str) -> str:
    """Give the part that a .rels part speaks of.

    >>> _source("xl/_rels/workbook.xml.rels"), _source("_rels/.rels")
    ('xl/workbook.xml', '')
    """
    folder, file = posixpath.split(rels)
    return posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))


def _relations(source: str, root: Element) -> Iterator[Relation]:
    for node in root.iterchildren(f"{_PACKAGE_RELATION}Relationship"):
        target, external = node.get("Target", ""), node.get("TargetMode") == "External"
        if not external:
            path = posixpath.join("/", posixpath.dirname(source), target.partition("#")[0])
            target = posixpath.normpath(path).lstrip("/") if target.partition("#")[0] else source
        yield Relation(node.get("Id", ""), node.get("Type", ""), target, external)


def _sheets(book: Book) -> Iterator[Sheet]:
    targets = {r.id: r.target for r in book.relations.get(book.main, ())}
    for number, node in enumerate(book.roots[book.main].iter(f"{MAIN}sheet")):
        part = targets.get(node.get(f"{RELATION}id", ""), "")
        yield Sheet(node.get("name", ""), part, number, node.get("state", "visible"), book.roots.get(part))


def is_xml(part: str) -> bool:
    """Whether the ending of a part says that it is XML."""
    return part.lower().endswith(_XML)


def local_name(element: Element) -> str:
    """Name of an element without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(item: Element) -> str:
    """Text of a shared or inline string: its runs without the reading aids of East Asian text."""
    if len(item) == 1 and item[0].tag == _TEXT:
        return item[0].text or ""
    return "".join(t.text or "" for t in item.iter(f"{MAIN}t") if t.getparent().tag != _PHONETIC)


def whole(element: Element, attribute: str) -> int | None:
    """Read an attribute as a whole number; None when it is missing or no number."""
    text = element.get(attribute, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else None  # noqa: PLR2004  as an int64


def is_true(text: str | None) -> bool:
    """Whether an attribute says yes."""
    return text in {"1", "true", "on"}


@lru_cache(maxsize=200_000)
def position(address: str) -> tuple[int, int] | None:
    """Row and column of a cell's address, None when it is none; sheets share most of their addresses.

    >>> position("C7"), position("XFE1"), position("7C")
    ((7, 3), None, None)
    """
    try:
        row, column = cell_position(address)
    except ValueError:
        return None
    return (row, column) if 1 <= row <= MAX_ROWS and column <= MAX_COLUMNS else None


def area_of(reference: str, sheet: str = "") -> Area | None:
    """Read an area without sheet; None when it is none or begins behind its end.

    >>> area_of("B2:C3")
    Area(sheet='', row=2, column=2, rows=2, columns=2)
    """
    first, _, last = reference.partition(":")
    start, end = position(first), position(last or first)
    if start is None or end is None or end[0] < start[0] or end[1] < start[1]:
        return None
    return Area(sheet, *start, end[0] - start[0] + 1, end[1] - start[1] + 1)


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas of a sheet share a cell."""
    return (
        one.row < other.row + other.rows
        and other.row < one.row + one.rows
        and one.column < other.column + other.columns
        and other.column < one.column + one.columns
    )


def twice(values: list[str]) -> list[str]:
    """Values that a list holds more than once, upper and lower case alike.

    >>> twice(["a", "B", "b"])
    ['b']
    """
    return [value for value, count in Counter(value.lower() for value in values).items() if count > 1]
