"""The places of a part that may change, and what fills them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.errors import OutOfLimits, WrongKind
from workbook.areas import CellKey
from workbook.cells import Scalar
from workbook.xmlbytes import Node, checked, escape, escape_string, read_string

FIELD = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
MAX_HEADER = 255  # characters of a header or footer, codes included

_FONT_SIZE = re.compile(r"&\d+$")


@dataclass(frozen=True)
class Contents:
    """What a template's cells hold by themselves.

    Attributes
    ----------
    constants : mapping of CellKey to Scalar
        Values of cells without formula.
    cached : mapping of CellKey to Scalar
        Values that the file states for formula cells.
    texts : mapping of CellKey to str
        Texts with ``{{field}}`` in them, as they stand in the template.
    calculated : frozenset of CellKey
        Formula cells and the other cells of array formulas.
    hidden_rows, hidden_columns : mapping of str to frozenset of int
        By sheet.
    """

    constants: Mapping[CellKey, Scalar]
    cached: Mapping[CellKey, Scalar]
    texts: Mapping[CellKey, str]
    calculated: frozenset[CellKey]
    hidden_rows: Mapping[str, frozenset[int]]
    hidden_columns: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Filling:
    """What one customer's workbook differs in."""

    contents: Contents
    inputs: Mapping[CellKey, Scalar]
    caches: Mapping[CellKey, Scalar]
    fields: Mapping[str, str]
    hidden_rows: Mapping[str, Collection[int]]
    hidden_columns: Mapping[str, Collection[int]]

    def value(self, key: CellKey) -> Scalar:
        """Give what the cell will hold, whichever kind of cell it is."""
        if key in self.contents.calculated:
            return self.caches.get(key)
        if key in self.inputs:
            return self.inputs[key]
        if key in self.contents.texts:
            return filled(self.contents.texts[key], self.fields)
        return self.contents.constants.get(key)

    def hides_on(self, sheet: str) -> bool:
        """Whether any row or column of a sheet is hidden."""
        contents = self.contents
        everywhere = (contents.hidden_rows, contents.hidden_columns, self.hidden_rows, self.hidden_columns)
        return any(hidden.get(sheet) for hidden in everywhere)

    def is_hidden(self, key: CellKey) -> bool:
        """Whether the cell's row or column is hidden, by the template or by this filling."""
        sheet, row, column = key
        return (
            row in self.contents.hidden_rows.get(sheet, ())
            or column in self.contents.hidden_columns.get(sheet, ())
            or row in self.hidden_rows.get(sheet, ())
            or column in self.hidden_columns.get(sheet, ())
        )


class Slot(Protocol):
    """A place in a part that may change."""

    def render(self, filling: Filling) -> bytes:
        """Give the bytes that stand there."""


@dataclass(frozen=True)
class Edit:
    """A slot and the bytes of the part that it stands for; none when it only inserts."""

    start: int
    end: int
    slot: Slot


@dataclass(frozen=True)
class TextSlot:
    """An element whose text has ``{{field}}`` in it.

    Attributes
    ----------
    kind : str
        ``string`` (cells, comments), ``header`` (headers and footers) or ``plain`` (drawings, properties).
    """

    where: str
    text: str
    kind: str
    open: bytes
    close: bytes

    def render(self, filling: Filling) -> bytes:
        """Fill the fields in."""
        if self.kind == "header":
            return self.open + escape_string(self._header(filling.fields)) + self.close
        text = checked(filled(self.text, filling.fields), self.where)
        return self.open + (escape_string(text) if self.kind == "string" else escape(text)) + self.close

    def _header(self, fields: Mapping[str, str]) -> str:
        text = checked(FIELD.sub(lambda found: _header_value(found, fields), self.text), self.where)
        if len(text) > MAX_HEADER:
            raise OutOfLimits(
                f"{self.where}: with its fields filled in the header or footer has {len(text)} characters, "
                f"the limit is {MAX_HEADER}; shorten the fields or the text"
            )
        return text


@dataclass(frozen=True)
class CalculationSlot:
    """How the workbook calculates: as the template says, or on opening when a formula is left without a value."""

    original: bytes
    on_opening: bytes

    def render(self, filling: Filling) -> bytes:
        """Write the setting."""
        missing = any(filling.caches.get(key) is None for key in filling.contents.calculated)
        return self.on_opening if missing else self.original


def _header_value(found: re.Match[str], fields: Mapping[str, str]) -> str:
    """Write a value where & begins a code, and where digits after a font size would belong to it."""
    value = fields[found[1]].replace("&", "&&")
    glued = value[:1].isdigit() and _FONT_SIZE.search(found.string[: found.start()])
    return f" {value}" if glued else value


def filled(text: str, fields: Mapping[str, str]) -> str:
    """Fill the fields into a text.

    >>> filled("Prepared for {{ customer_name }}", {"customer_name": "{{x}} AG"})
    'Prepared for {{x}} AG'
    """
    return FIELD.sub(lambda found: fields[found[1]], text)


def text_edits(root: Node, kind: str, where: str, within: tuple[str, ...], names: tuple[str, ...]) -> Iterator[Edit]:
    """Find the placeholders of a part.

    Parameters
    ----------
    root : Node
        The part.
    kind : str
        As in `TextSlot`.
    where : str
        How errors call the part.
    within : tuple of str
        Elements that a reader sees as one text: an entry of the shared strings, a paragraph.
    names : tuple of str
        Elements in them that hold the text.

    Raises
    ------
    WrongKind
        When a placeholder is spread over several runs.
    """
    for whole in root.all(*within):
        leaves = [whole] if whole.name in names else list(whole.all(*names))
        texts = ["".join(leaf.text) for leaf in leaves]
        _check_not_split(texts, where)
        for leaf, text in zip(leaves, texts, strict=True):
            if FIELD.search(text):
                yield Edit(leaf.start, leaf.end, _text_slot(leaf, text, kind, where))


def _check_not_split(texts: list[str], where: str) -> None:
    whole = FIELD.findall("".join(texts))
    if len(whole) != sum(len(FIELD.findall(text)) for text in texts):
        raise WrongKind(
            f"{where}: a placeholder in {''.join(texts)!r} is spread over differently formatted runs; "
            "type it again in one go, with one format"
        )


def _text_slot(leaf: Node, text: str, kind: str, where: str) -> TextSlot:
    name = leaf.prefix + leaf.name.encode()
    attributes = leaf.raw_attributes
    if kind == "string":
        text = read_string(text)
        if "xml:space" not in leaf.attributes:
            attributes += b' xml:space="preserve"'
    return TextSlot(where, text, kind, b"<" + name + attributes + b">", b"</" + name + b">")
