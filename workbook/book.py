"""How the parts of a workbook file hang together: sheets, shared strings, content types."""

import posixpath
from functools import cached_property

from engine.errors import WrongKind
from workbook.package import Package
from workbook.sheetrows import string_of
from workbook.xmlbytes import Node, parse

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TRUE = ("1", "true", "on")


class Book:
    """The parts of a workbook and how they are connected.

    Parameters
    ----------
    package : Package
        The file.
    reads_1904 : bool
        Whether the caller reads dates that count from 1904; without it such a workbook is refused.

    Attributes
    ----------
    root : Node
        The workbook part.
    sheet_parts : dict of str to str
        Part of every worksheet and chart sheet, in their order.
    """

    def __init__(self, package: Package, *, reads_1904: bool = False) -> None:
        self.package = package
        self.main = self._main_part()
        self.root = self.parse(self.main)
        self._check_kind()
        if not reads_1904:
            self._check_calendar()
        self.relations = self.relations_of(self.main)
        self.sheet_parts = self._sheet_parts()

    def parse(self, part: str) -> Node:
        """Read a part."""
        return parse(self.package.part(part), f"{self.package.name}, part {part}")

    @staticmethod
    def relations_part(part: str) -> str:
        """Give the part that holds the relations of another, whether it is there or not."""
        folder, file = posixpath.split(part)
        return posixpath.join(folder, "_rels", f"{file}.rels")

    def relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """Relations of a part by id: the last word of their type, and the part they lead to."""
        folder, path = posixpath.dirname(part), self.relations_part(part)
        if path not in self.package.entries:
            return {}
        relations: dict[str, tuple[str, str]] = {}
        for node in self.parse(path).all("Relationship"):
            found = node.attributes
            if found.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, found["Target"])).lstrip("/")
                relations[found["Id"]] = (found["Type"].rpartition("/")[2], target)
        return relations

    def _main_part(self) -> str:
        for kind, target in self.relations_of("").values():
            if kind == "officeDocument":
                if target.endswith(".bin"):
                    raise WrongKind(f"{self.package.name} is a binary workbook (.xlsb); save it as .xlsx or .xlsm")
                return target
        raise WrongKind(f"{self.package.name} is a zip file but not a workbook; give the .xlsx or .xlsm file itself")

    def _check_kind(self) -> None:
        if self.root.name != "workbook":
            raise WrongKind(f"{self.package.name} is an Office file but not a workbook; give an .xlsx or .xlsm file")
        if _MAIN not in self.root.attributes.values():
            raise WrongKind(
                f"{self.package.name} is saved as Strict Open XML; in Excel choose Save As, Excel Workbook (.xlsx)"
            )

    def _check_calendar(self) -> None:
        properties = self.root.child("workbookPr")
        if properties and properties.attributes.get("date1904") in _TRUE:
            raise WrongKind(
                f"{self.package.name} counts dates from 1904; in Excel clear File, Options, Advanced, "
                "Use 1904 date system, and check its dates"
            )

    def _sheet_parts(self) -> dict[str, str]:
        """Worksheets and chart sheets in their order."""
        parts: dict[str, str] = {}
        sheets = self.root.child("sheets")
        for node in sheets.children if sheets else ():
            relation = next(v for k, v in node.attributes.items() if k.endswith(":id"))
            kind, target = self.relations[relation]
            if kind in {"worksheet", "chartsheet"}:
                parts[node.attributes["name"]] = target
        return parts

    @cached_property
    def strings(self) -> list[str]:
        """The shared strings."""
        for kind, target in self.relations.values():
            if kind == "sharedStrings":
                return [string_of(node) for node in self.parse(target).children if node.name == "si"]
        return []

    @cached_property
    def types(self) -> dict[str, str]:
        """Content type by part."""
        root = self.parse("[Content_Types].xml")
        types = {n.attributes["PartName"].lstrip("/"): n.attributes["ContentType"] for n in root.all("Override")}
        return {part: kind for part, kind in types.items() if part in self.package.entries}
