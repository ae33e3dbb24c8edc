"""A workbook made into one with macros, part by part: VBA project, ribbon, hidden sheets; the rest stays as it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from workbook import ovba, vba
from workbook.areas import cell_name
from workbook.book import Book
from workbook.cells import Scalar
from workbook.package import Package, deflated, pack
from workbook.xmlbytes import Node

_TYPES, _ROOT_RELATIONS = "[Content_Types].xml", "_rels/.rels"
_PROJECT, _RIBBON = "xl/vbaProject.bin", "customUI/customUI.xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_RELATION = f"{_RELATIONS}/worksheet"
_PROJECT_TYPE = "application/vnd.ms-office.vbaProject"
_PROJECT_RELATION = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_RELATION = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_MAIN_TYPES = {  # whether it is an add-in
    False: "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    True: "application/vnd.ms-excel.addin.macroEnabled.main+xml",
}
_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class HiddenSheet:
    """A sheet to append that does not show: ``hidden`` ones a person can unhide, ``veryHidden`` ones only VBA."""

    name: str
    rows: Sequence[Sequence[Scalar]]
    state: str = "veryHidden"


@dataclass
class _Parts:
    """Parts on their way: changed bytes by name, over those of the package."""

    package: Package
    changed: dict[str, bytes] = field(default_factory=dict)

    def __getitem__(self, name: str) -> bytes:
        return self.changed.get(name) or self.package.part(name)

    def insert(self, name: str, before: bytes, text: str) -> None:
        """Put text in front of the last occurrence of a closing tag."""
        head, tag, tail = self[name].rpartition(before)
        self.changed[name] = head + text.encode() + tag + tail


def with_macros(
    data: bytes,
    modules: Sequence[ovba.Module],
    *,
    ribbon: str,
    hidden: Sequence[HiddenSheet],
    opened: str = "",
    addin: bool = False,
) -> bytes:
    """Return the workbook with macros.

    Parameters
    ----------
    data : bytes
        An .xlsx file.
    modules : sequence of Module
        Code; the modules of the workbook and its sheets are made to match the sheets.
    ribbon : str
        Custom user interface, XML.
    hidden : sequence of HiddenSheet
        Sheets to append.
    opened : str
        Name of the macro to run when the file is opened.
    addin : bool
        Whether the file is an add-in (.xlam), its sheets not shown, or a workbook (.xlsm).

    Returns
    -------
    bytes
        The same workbook and modules give the same bytes.
    """
    package = Package.read(data)
    book, parts = Book(package), _Parts(package)
    sheet_parts = [*book.sheet_parts.values(), *_append_sheets(book, parts, hidden)]
    for number, part in enumerate(sheet_parts, 1):
        parts.changed[part] = _with_code_name(
            book.parse(part) if part in package.entries else None, parts[part], number
        )
    parts.changed[book.main] = _workbook_code_name(parts[book.main])
    if addin:  # as Excel saves it
        parts.changed[book.main] = re.sub(rb"(<(?:\w+:)?workbookView\b)", rb'\1 visibility="hidden"', parts[book.main])
    documents = vba.document_modules(len(sheet_parts), opened)
    parts.changed[_PROJECT] = ovba.project([*documents, *modules])
    parts.changed[_RIBBON] = ribbon.encode()
    _relate(parts, _relations_of(book.main), _PROJECT_RELATION, _PROJECT.rpartition("/")[2], "rIdMacros")
    _relate(parts, _ROOT_RELATIONS, _RIBBON_RELATION, _RIBBON, "rIdRibbon")
    _override(parts, {_PROJECT: _PROJECT_TYPE})
    parts.changed[_TYPES] = parts[_TYPES].replace(book.types[book.main].encode(), _MAIN_TYPES[addin].encode())
    return package.write(parts.changed)


def empty_workbook(sheet: str) -> bytes:
    """Return a workbook of one empty sheet."""
    relation = '<Relationship Id="rId1" Type="{}" Target="{}"/>'.format
    parts = {
        _TYPES: f'<Types xmlns="{_CONTENT_TYPES}"><Default Extension="rels" ContentType="{_RELATIONS_TYPE}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_WORKBOOK_TYPE}"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{_SHEET_TYPE}"/></Types>',
        _ROOT_RELATIONS: _relationships(relation(f"{_RELATIONS}/officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><workbookPr/><bookViews><workbookView/>'
        f'</bookViews><sheets><sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relationships(relation(_SHEET_RELATION, "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData/></worksheet>',
    }
    return pack([deflated(name, (_DECLARATION + text).encode()) for name, text in parts.items()])


def _relationships(content: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE_RELATIONS}">{content}</Relationships>'


def _append_sheets(book: Book, parts: _Parts, sheets: Sequence[HiddenSheet]) -> list[str]:
    """Write hidden sheets at the end and return their parts."""
    listed = list(book.root.all("sheet"))
    number = max(int(node.attributes["sheetId"]) for node in listed)
    prefix = listed[0].prefix.decode()
    added = []
    for sheet in sheets:
        number += 1
        part = f"xl/worksheets/hidden{number}.xml"
        parts.changed[part] = _sheet(sheet.rows)
        attributes = f'name={quoteattr(sheet.name)} sheetId="{number}" state="{sheet.state}"'
        tag = f'<{prefix}sheet {attributes} xmlns:r="{_RELATIONS}" r:id="rIdHidden{number}"/>'
        parts.insert(book.main, f"</{prefix}sheets>".encode(), tag)
        _relate(parts, _relations_of(book.main), _SHEET_RELATION, part.removeprefix("xl/"), f"rIdHidden{number}")
        _override(parts, {part: _SHEET_TYPE})
        added.append(part)
    return added


def _sheet(rows: Iterable[Sequence[Scalar]]) -> bytes:
    body = "".join(
        f'<row r="{r}">{"".join(_cell(cell_name(r, c), value) for c, value in enumerate(row, 1))}</row>'
        for r, row in enumerate(rows, 1)
    )
    return f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'.encode()


def _cell(address: str, value: Scalar) -> str:
    if isinstance(value, bool):
        return f'<c r="{address}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{address}"><v>{value!r}</v></c>'
    return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _with_code_name(root: Node | None, data: bytes, number: int) -> bytes:
    """Name the module of a sheet; the element sheetPr comes first in it."""
    name = f'codeName="Sheet{number}"'
    properties = root.child("sheetPr") if root else None
    if properties is not None:
        end = properties.attributes_end
        kept = re.sub(rb'\s+codeName="[^"]*"', b"", properties.raw_attributes)
        return data[: properties.attributes_start] + kept + f" {name}".encode() + data[end:]
    prefix = root.prefix.decode() if root else ""
    start = root.inner if root else data.index(b"<sheetData")
    return data[:start] + f"<{prefix}sheetPr {name}/>".encode() + data[start:]


def _workbook_code_name(data: bytes) -> bytes:
    found = re.search(rb"<(\w+:)?workbookPr\b", data)
    if found:
        rest = re.sub(rb'^([^>]*?)\s+codeName="[^"]*"', rb"\1", data[found.end() :])
        return data[: found.end()] + b' codeName="ThisWorkbook"' + rest
    first = re.search(rb"<(\w+:)?(bookViews|sheets)\b", data)
    if first is None:
        return data
    return data[: first.start()] + b'<workbookPr codeName="ThisWorkbook"/>' + data[first.start() :]


def _relate(parts: _Parts, part: str, kind: str, target: str, name: str) -> None:
    parts.insert(part, b"</Relationships>", f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>')


def _override(parts: _Parts, types: Mapping[str, str]) -> None:
    for part, kind in types.items():
        parts.insert(_TYPES, b"</Types>", f'<Override PartName="/{part}" ContentType="{kind}"/>')


def _relations_of(part: str) -> str:
    folder, _, file = part.rpartition("/")
    return f"{folder}/_rels/{file}.rels"
