"""A tree of figures with their words, for the terminal and for programs."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbook.cells import Cell, CellError

if TYPE_CHECKING:
    from rich.tree import Tree


@dataclass(frozen=True)
class Node:
    """A figure of a result.

    Attributes
    ----------
    value : Cell
        Number, text, table or error; None where the node only holds others.
    text : str
        What it is, in words.
    source : str
        Where the figure comes from: source, date, confidence.
    """

    label: str
    value: Cell = None
    unit: str = ""
    text: str = ""
    source: str = ""
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """Give this node and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, label: str) -> "Node":
        """Give the first node of that label."""
        return next(node for node in self.walk() if node.label == label)


def drawn(node: Node) -> "Tree":
    """Draw a tree for the terminal."""
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(_line(node), guide_style="dim")
    stack = [(tree, node)]
    while stack:
        branch, parent = stack.pop()
        for child in parent.children:
            below = branch.add(_line(child) if isinstance(child, Node) else Text(str(child)))
            stack.append((below, child))
    return tree


def _line(node: Node) -> Any:  # noqa: ANN401  rich's Text
    from rich.text import Text

    line = Text(node.label, style="bold" if node.children else "")
    if node.value is not None:
        line.append("  ")
        line.append(shown(node.value), style="red" if isinstance(node.value, CellError) else "green")
    if node.unit and node.value is not None:
        line.append(f" {node.unit}")
    message = node.value.message if isinstance(node.value, CellError) else ""
    for words, style in ((message, "red"), (node.text, ""), (node.source, "dim")):
        if words:
            line.append(f"  {words}", style=style)
    return line


def shown(value: Cell) -> str:
    """Write a value for reading: thousands apart, ten digits at most.

    >>> shown(4162047.123456789), shown(0.0977), shown(8.0)
    ('4,162,047.123', '0.0977', '8')
    """
    if isinstance(value, list):
        if len(value) == 1:
            return " | ".join(shown(item) for item in value[0])
        return f"table of {len(value)} x {len(value[0])}"
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:,.10g}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def as_json(node: Node) -> dict[str, Any]:
    """Give a tree as JSON holds it, without what is empty."""
    value: Any = node.value
    if isinstance(value, CellError):
        value = {"error": value.code, "message": value.message}
    elif isinstance(value, dt.date):
        value = value.isoformat()
    elif isinstance(value, list):
        value = [[item.code if isinstance(item, CellError) else item for item in row] for row in value]
    told = {"label": node.label, "value": value, "unit": node.unit, "text": node.text, "source": node.source}
    children = [as_json(child) for child in node.children]
    return {name: part for name, part in told.items() if part not in ("", None)} | (
        {"children": children} if children else {}
    )
