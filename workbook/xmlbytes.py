"""XML whose elements know where they stand in the bytes, so that a part can be cut and everything else kept.

Also the rules of text in a spreadsheet's XML: what may stand in it, and how it is escaped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import OutOfLimits, WrongKind

MAX_TEXT = 32_767  # UTF-16 code units that a cell holds

# No possessive quantifiers: those of Python 3.11.2, which Debian 12 ships, match wrongly.
_SIMPLE = rb'((?:\s+[\w:]+="[^"<>]*")*)'
_MARKUP = re.compile(
    # a whole cell as every program writes it (attributes, attributes of the formula, its text, the value): most of a
    # sheet, and one step instead of six
    rb"<c" + _SIMPLE + rb">(?:<f" + _SIMPLE + rb"(?:/>|>([^<]*)</f>))?(?:<v>([^<]*)</v>)?</c>"
    # closing slash, prefix, name, attributes, slash of an empty element; none of them in comments
    rb"""| <!--.*?--> | <!\[CDATA\[.*?\]\]> | <\?.*?\?>
       | <(/?) ([^\s:/>]+:)? ([^\s:/>]+) ([^>"'/]* (?: (?: "[^"]*" | '[^']*' | /(?!>) ) [^>"'/]* )*) (/?)>""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TEXT = re.compile(rb"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<\?.*?\?>|([^<]+)|<[^>]*>", re.DOTALL)
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED_CHARACTER = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_OTHER_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])([^"']+)["']""", re.IGNORECASE)


@dataclass(slots=True)
class Node:
    """An element: its local name, its prefix with the colon, and its places in the bytes of the part.

    Attributes
    ----------
    start, end : int
        The whole element.
    inner, inner_end : int
        Its content; equal to `end` in an element without content (``<c/>``).
    """

    data: bytes
    prefix: bytes
    name: str
    start: int
    attributes_start: int
    attributes_end: int
    inner: int
    empty: bool
    inner_end: int = 0
    end: int = 0
    children: list["Node"] = field(default_factory=list)
    parsed: dict[str, str] | None = None

    @property
    def raw(self) -> bytes:
        """The element as it is written."""
        return self.data[self.start : self.end]

    @property
    def raw_attributes(self) -> bytes:
        """The attributes as they are written, with the space before them."""
        return self.data[self.attributes_start : self.attributes_end]

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes by name as written, prefix included."""
        if self.parsed is None:
            pairs = _ATTRIBUTE.findall(self.raw_attributes.decode())
            self.parsed = {name: _unescape(double or single) for name, double, single in pairs}
        return self.parsed

    @property
    def text(self) -> str:
        """Text of the element and of those inside it."""
        content = self.data[self.inner : self.inner_end]
        if b"<" not in content:
            return _unescape(content.decode())
        return "".join(c.decode() if c else _unescape(t.decode()) for c, t in _TEXT.findall(content))

    def child(self, name: str) -> "Node | None":
        """Give the first child of that name."""
        for node in self.children:  # a loop: next() of a generator takes twice as long, and every cell comes here
            if node.name == name:
                return node
        return None

    def all(self, *names: str) -> Iterator["Node"]:
        """Give elements of these names at any depth, in the order of the part."""
        for node in self.children:
            if node.name in names:
                yield node
            yield from node.all(*names)


def parse(data: bytes, where: str) -> Node:
    """Read a part into elements; the root is returned.

    Raises
    ------
    WrongKind
        When it is not well-formed XML in UTF-8.
    """
    well_formed(data, where)
    document = Node(data, b"", "", 0, 0, 0, 0, empty=False)
    open_nodes = [document]
    names: dict[bytes, str] = {}
    for found in _MARKUP.finditer(data):
        cell, _, _, _, close, prefix, raw, _, empty = found.groups()
        if cell is not None:
            open_nodes[-1].children.append(_cell(data, found))
            continue
        if raw is None:
            continue
        if close:
            node = open_nodes.pop()
            node.inner_end, node.end = found.span()
            continue
        start, end = found.span()
        name = names.get(raw) or names.setdefault(raw, raw.decode())
        node = Node(data, prefix or b"", name, start, *found.span(8), end, bool(empty))
        open_nodes[-1].children.append(node)
        if empty:
            node.inner_end = node.end = end
        else:
            open_nodes.append(node)
    return document.children[0]


def _cell(data: bytes, found: re.Match[bytes]) -> Node:
    """Build the element of a cell, its formula and its value from one match."""
    start, end = found.span()
    first, last = found.span(1)
    node = Node(data, b"", "c", start, first, last, last + 1, False, end - 4, end)  # </c> has 4 bytes
    at = last + 1
    first, last = found.span(2)
    if first >= 0:
        inner, inner_end = found.span(3)
        if inner < 0:
            inner = inner_end = after = last + 2
        else:
            after = inner_end + 4
        node.children.append(Node(data, b"", "f", at, first, last, inner, found[3] is None, inner_end, after))
        at = after
    inner, inner_end = found.span(4)
    if inner >= 0:
        node.children.append(Node(data, b"", "v", at, at + 2, at + 2, inner, False, inner_end, inner_end + 4))
    return node


def well_formed(data: bytes, where: str) -> Any:  # noqa: ANN401  an element of lxml
    """Read a part as lxml does, when it is what this module reads too: XML in UTF-8.

    Raises
    ------
    WrongKind
        When it is something else; other encodings are legal, and no program saves workbooks in them.
    """
    from lxml import etree

    declared = _OTHER_ENCODING.match(data)
    other = declared[1].decode("latin-1") if declared else "UTF-16 or UTF-32" if b"\0" in data[:4] else ""
    if other:
        raise WrongKind(f"{where} is written in {other}, not in UTF-8; save the file again in Excel")
    try:
        root = etree.fromstring(data, hardened_parser())
        data.decode()
    except (etree.XMLSyntaxError, UnicodeDecodeError) as error:
        raise WrongKind(f"{where} is not well-formed XML in UTF-8 ({error}); save the file again in Excel") from error
    return root


def hardened_parser() -> Any:  # noqa: ANN401  lxml's parser
    """Give a parser of lxml that follows nothing out of the part: no entities, no DTD, no network, no endless tree."""
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _unescape(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    return chr(int(found[1], 16) if found[1] else int(found[2]))


def read_string(text: str) -> str:
    r"""Undo the spreadsheet's own escapes.

    >>> read_string("a_x000D_b_x005F_x0041_")
    'a\rb_x0041_'
    """
    return _ESCAPED_CHARACTER.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def checked(text: str, where: str) -> str:
    """Pass on a text that a cell can hold.

    Raises
    ------
    WrongKind
        When it has control characters or half characters.
    OutOfLimits
        When it is longer than a cell holds.
    """
    if bad := _FORBIDDEN.search(text):
        raise WrongKind(
            f"{where}: the text has the character U+{ord(bad[0]):04X} at position {bad.start() + 1}, "
            "which no workbook can hold; remove it"
        )
    if len(text) > MAX_TEXT // 2:
        length = len(text.encode("utf-16-le")) // 2
        if length > MAX_TEXT:
            raise OutOfLimits(f"{where}: the text has {length:,} characters, a cell holds {MAX_TEXT:,}; shorten it")
    return text


def escape(text: str) -> bytes:
    """Write text as XML.

    >>> escape("R&D <1>")
    b'R&amp;D &lt;1&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def escape_string(text: str) -> bytes:
    """Write text as XML where a spreadsheet applies escapes of its own: in cells, not in drawings.

    >>> escape_string("_x0041_")
    b'_x005F_x0041_'
    """
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return escape(text.replace("\r\n", "\n").replace("\r", "_x000D_"))


def without(attributes: bytes, *names: bytes) -> bytes:
    """Drop attributes from a start tag, keep the others byte for byte.

    >>> without(b' r="A1" s="3" t="s"', b"t")
    b' r="A1" s="3"'
    """
    for name in names:
        if name in attributes:
            attributes = re.sub(rb"""\s+""" + name + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", b"", attributes)
    return attributes
