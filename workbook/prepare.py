"""What is settled once about a file before it is filled: signatures, pivots, macros, and who it says has made it."""

import hashlib
import posixpath
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from engine.errors import NotAvailable
from workbook.package import Package
from workbook.xmlbytes import Node, escape, parse, without

CORE, EXTENDED = "docProps/core.xml", "docProps/app.xml"
PEOPLE = {CORE: ("creator", "lastModifiedBy"), EXTENDED: ("Company", "Manager")}
"""Properties that say who made a file, by part."""

ALLOWED = "allowed_macros.txt"
"""The list of VBA projects that may go to customers, beside the template."""

_DUBLIN = ("title", "subject", "creator", "description")  # of the namespace dc; the others are of their part's own
_DUBLIN_CORE = b' xmlns:dc="http://purl.org/dc/elements/1.1/"'
_SIGNATURE = "/digital-signature/origin"
_MACROS = "vbaProject.bin"
_TEMPLATE_TYPES = {
    b"spreadsheetml.template.main+xml": b"spreadsheetml.sheet.main+xml",
    b"ms-excel.template.macroEnabled.main+xml": b"ms-excel.sheet.macroEnabled.main+xml",
}


def settled(package: Package) -> Package:
    """Take away the file's digital signature, which any change breaks, and let its pivot tables refresh on opening.

    The signature of a VBA project covers the macros alone and stays with them.
    """
    signatures = _signature_parts(package)
    changes = _unsigned(package, signatures) if signatures else {}
    changes |= {part: _refreshing(package, part) for part in package.names if "/pivotCacheDefinition" in part}
    changes = {part: content for part, content in changes.items() if content != package.part(part)}
    if not changes:
        return package
    return Package.read(package.write(changes, signatures), package.name)


def as_document(
    data: bytes,
    name: str,
    properties: Mapping[str, str] = MappingProxyType({}),
    allowed_macros: Collection[str] = (),
) -> bytes:
    """Make a file that may leave the house out of a designer's template.

    Parameters
    ----------
    data : bytes
        An .xlsx, .xltx, .xlsm or .xltm file.
    name : str
        How errors call it.
    properties : mapping of str to str
        Title, subject, creator ...; with placeholders if need be. Author, last editor, company and manager that are
        neither given nor a placeholder are cleared.
    allowed_macros : collection of str
        SHA-256 of the VBA projects that may be handed on.

    Raises
    ------
    NotAvailable
        When it has macros that are not allowed.
    """
    package = Package.read(data, name)
    digest = macros_hash(package)
    if digest and digest not in allowed_macros:
        raise NotAvailable(
            f"{name} has macros (SHA-256 {digest}) that nobody has allowed for customers; save the template as .xlsx, "
            f"or add this SHA-256 as a line to {ALLOWED} beside it"
        )
    types = package.part("[Content_Types].xml")
    for template, book in _TEMPLATE_TYPES.items():
        types = types.replace(template, book)
    changes = {part: _with_properties(package, part, properties) for part in PEOPLE if part in package.entries}
    changes |= _without_paths(package)
    return package.write({"[Content_Types].xml": types, **changes})


def allowed_macros(template: Path) -> frozenset[str]:
    """Read which VBA projects may leave the house: the first word of each line of the list beside a template."""
    path = template.with_name(ALLOWED)
    lines = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
    return frozenset(line.split()[0].lower() for line in lines if line.strip() and not line.startswith("#"))


def macros_hash(package: Package) -> str:
    """SHA-256 of the file's VBA project; empty when it has none."""
    projects = [part for part in package.names if posixpath.basename(part).lower() == _MACROS.lower()]
    return hashlib.sha256(b"".join(map(package.part, projects))).hexdigest() if projects else ""


def suffix(package: Package) -> str:
    """Give the ending of the files made from it: Excel opens no workbook with macros called .xlsx, nor the reverse."""
    return ".xlsm" if b"macroEnabled" in package.part("[Content_Types].xml") else ".xlsx"


def _signature_parts(package: Package) -> tuple[str, ...]:
    relations = package.part("_rels/.rels") if "_rels/.rels" in package.entries else b""
    if _SIGNATURE.encode() not in relations:
        return ()
    origins = [_target(node) for node in parse(relations, "_rels/.rels").children if _is_signature(node)]
    folders = tuple(posixpath.dirname(origin) + "/" for origin in origins)
    return tuple(part for part in package.names if part.startswith(folders))


def _target(node: Node) -> str:
    return posixpath.normpath(posixpath.join("/", node.attributes["Target"])).lstrip("/")


def _is_signature(node: Node) -> bool:
    return node.attributes.get("Type", "").endswith(_SIGNATURE)


def _unsigned(package: Package, signatures: Collection[str]) -> dict[str, bytes]:
    """Take what speaks of the signature out of the relations and the content types."""
    relations = parse(package.part("_rels/.rels"), "_rels/.rels")
    types = parse(package.part("[Content_Types].xml"), "[Content_Types].xml")
    gone = [node for node in types.children if node.attributes.get("PartName", "").lstrip("/") in signatures]
    return {
        "_rels/.rels": _cut_out(relations.data, [node for node in relations.children if _is_signature(node)]),
        "[Content_Types].xml": _cut_out(types.data, gone),
    }


def _cut_out(data: bytes, nodes: Collection[Node]) -> bytes:
    for node in sorted(nodes, key=lambda n: -n.start):
        data = data[: node.start] + data[node.end :]
    return data


def _refreshing(package: Package, part: str) -> bytes:
    """Let a pivot table read its source when the file is opened: its own copy is of the template's figures."""
    data = package.part(part)
    if part.endswith(".rels"):
        return data
    root = parse(data, part)
    if root.name != "pivotCacheDefinition" or root.attributes.get("refreshOnLoad") in {"1", "true"}:
        return data
    attributes = without(root.raw_attributes, b"refreshOnLoad") + b' refreshOnLoad="1"'
    return data[: root.attributes_start] + attributes + data[root.attributes_end :]


def _with_properties(package: Package, part: str, properties: Mapping[str, str]) -> bytes:
    root = parse(package.part(part), part)
    wanted = {name: properties.get(name, "") for name in PEOPLE[part]}
    wanted |= {
        name: text for name, text in properties.items() if (name in {"Company", "Manager"}) == (part == EXTENDED)
    }
    data = root.data
    for node in sorted(root.children, key=lambda n: -n.start):
        text = wanted.pop(node.name, None)
        if text is not None and (node.name in properties or b"{{" not in node.raw):
            data = data[: node.start] + _property(node.prefix, node.name, node.raw_attributes, text) + data[node.end :]
    at = data.rindex(b"</")
    return data[:at] + b"".join(_new_property(root, name, text) for name, text in sorted(wanted.items())) + data[at:]


def _new_property(root: Node, name: str, text: str) -> bytes:
    if not text:
        return b""
    return _property(b"dc:", name, _DUBLIN_CORE, text) if name in _DUBLIN else _property(root.prefix, name, b"", text)


def _property(prefix: bytes, name: str, attributes: bytes, text: str) -> bytes:
    tag = prefix + name.encode()
    return b"<" + tag + attributes + b">" + escape(text) + b"</" + tag + b">"


def _without_paths(package: Package) -> dict[str, bytes]:
    """Take out where on his disk the designer had the file, which Excel notes in the workbook part."""
    changes = {}
    for part in package.names:
        if part.endswith("workbook.xml") and b"absPath" in (data := package.part(part)):
            choices = [n for n in parse(data, part).all("AlternateContent") if next(n.all("absPath"), None)]
            changes[part] = _cut_out(data, choices)
    return changes
