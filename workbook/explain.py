"""A result as a tree that a person can read: formula, lines, what each is made of, inputs and their sources."""

import datetime as dt
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from engine import catalog, prices
from engine.analysis import breakeven
from engine.errors import EngineError, NotAvailable
from engine.inputs import Inputs
from engine.tracing import Traced
from workbook.cells import Cell, from_engine_error, to_cell
from workbook.evaluate import bind
from workbook.functions import FUNCTIONS_BY_NAME
from workbook.headless import Call
from workbook.provenance import input_nodes, option_node, sizing_node
from workbook.registry import Argument, Function
from workbook.tree import Node

MOST_CROSSINGS = 200


def explain(formula: str, value: Cell, calls: list[Call]) -> Node:
    """Explain a formula by the calls of TCO functions in it.

    Parameters
    ----------
    formula : str
        The formula, for the root of the tree.
    value : Cell
        Its result.
    calls : list of Call
        What it called, from `Calculator.evaluate_heard`.
    """
    nodes = tuple(explain_call(call) for call in calls)
    if len(nodes) == 1 and calls[0].result == value:
        return replace(nodes[0], label=formula)
    return Node(formula, value, children=nodes)


def explain_call(call: Call) -> Node:
    """Explain one call: an option by its lines, sizing by its fleet, anything else by its arguments."""
    function = FUNCTIONS_BY_NAME[call.name]
    named = f"{call.name}({', '.join(_written(cell) for cell in call.cells)})"
    try:
        node = _SPECIAL.get(call.name, _general)(function, bind(function, call.cells))
    except EngineError as error:
        return Node(named, from_engine_error(error), text=function.help)
    return replace(node, label=named, value=call.result)


def _written(cell: Cell) -> str:
    if isinstance(cell, list):
        return "Assumptions" if len(cell) > 1 and len(cell[0]) > 1 else "range"
    if isinstance(cell, str):
        return f'"{cell}"' if cell else ""
    return f"{cell:.15g}" if isinstance(cell, float) else "" if cell is None else str(cell)


def _unit(function: Function, arguments: Mapping[str, Any]) -> str:
    inputs = next((value for value in arguments.values() if isinstance(value, Inputs)), None)
    return function.unit.replace("money", str(inputs.currency).upper()) if inputs else function.unit


def _of(function: Function, arguments: Mapping[str, Any], children: Iterable[Node]) -> Node:
    return Node(function.name, None, _unit(function, arguments), function.help, children=tuple(children))


def _general(function: Function, arguments: Mapping[str, Any]) -> Node:
    """Show arguments with their units, the equation, and the assumptions that the result asked for."""
    return _of(
        function, arguments, [*_equation(function), *_arguments(function, arguments), *_asked(function, arguments)]
    )


def _arguments(function: Function, arguments: Mapping[str, Any]) -> list[Node]:
    return [
        Node(argument.name, _plain(arguments[argument.name]), argument.unit, argument.help,
             _told(argument, arguments[argument.name]))
        for argument in function.named_arguments
        if argument.kind != "assumptions"
    ]  # fmt: skip


def _told(argument: Argument, value: object) -> str:
    """Say where an argument comes from: left out, its default, or the row of the catalogue that it names."""
    if argument.name in _ROWS and isinstance(value, str):
        try:
            row = _ROWS[argument.name](value)
        except NotAvailable:
            return ""
        return f"[{row.source}, {row.as_of}, {row.confidence}]"
    if argument.required or value != argument.default:
        return ""
    return "left out" if value is None else "default"


_ROWS: dict[str, Callable[[str], catalog.Row]] = {"gpu": catalog.gpu, "model": catalog.llm}


def _plain(value: object) -> Cell:
    return value if isinstance(value, dt.date) else to_cell(value)


_NOTES = re.compile(r"^Notes\n-+\n(.*?)(?:\n\n\w+\n-+\n|\Z)", re.DOTALL | re.MULTILINE)


def _equation(function: Function) -> list[Node]:
    """Quote the notes of the docstring, which hold the formula."""
    found = _NOTES.search(inspect.getdoc(function.call) or "")
    return [Node("formula", None, text=" ".join(found.group(1).split()))] if found else []


def _asked(function: Function, arguments: Mapping[str, Any]) -> list[Node]:
    inputs = arguments.get("assumptions")
    if not isinstance(inputs, Inputs):
        return []
    traced = Traced(inputs)
    function.call(**{**arguments, "assumptions": traced})
    return [Node("inputs", None, text="asked for by this result", children=tuple(input_nodes(inputs, traced.asked)))]


def _option(function: Function, arguments: Mapping[str, Any]) -> Node:
    option = function.name.removeprefix("TCO_").lower()
    return option_node(arguments["assumptions"], option, arguments["measure"].lower())


def _flows(_function: Function, arguments: Mapping[str, Any]) -> Node:
    line = arguments["line"].lower()
    measure = "npv" if line in {"discount_factor", "present_value", "cumulative"} else line
    return option_node(arguments["assumptions"], arguments["option"], measure)


def _compare(function: Function, arguments: Mapping[str, Any]) -> Node:
    inputs: Inputs = arguments["assumptions"]
    measure = arguments["measure"].lower()
    return _of(function, arguments, [option_node(inputs, option, measure) for option in inputs.option_ids])


def _sizing(function: Function, arguments: Mapping[str, Any]) -> Node:
    return _of(function, arguments, sizing_node(arguments["assumptions"]).children)


def _breakeven(function: Function, arguments: Mapping[str, Any]) -> Node:
    """List every value at which the order changes: own servers against tokens cross at many a step."""
    found = list(islice(breakeven.crossings(**arguments), MOST_CROSSINGS))
    text = "values at which the cheaper of the two changes" + (
        "; there are more" if len(found) == MOST_CROSSINGS else ""
    )
    at = tuple(Node(f"crossing {number}", value) for number, value in enumerate(found, 1))
    crossings = Node("crossings", float(len(found)), text=text, children=at)
    return _of(function, arguments, [*_arguments(function, arguments), crossings])


def _catalogue(function: Function, arguments: Mapping[str, Any]) -> Node:
    told = {name: catalog.field(**{**arguments, "field": name}) for name in ("id", "source", "as_of", "confidence")}
    return _of(function, arguments, [Node(name, value) for name, value in told.items()])


def _api_price(function: Function, arguments: Mapping[str, Any]) -> Node:
    told = prices.record(arguments["model"], arguments["as_of"])
    return _of(
        function,
        arguments,
        [Node(name, value, "USD/Mtok" if name.endswith("_mtok") else "") for name, value in told.items()],
    )


_SPECIAL: dict[str, Callable[[Function, Mapping[str, Any]], Node]] = {
    "TCO_ONPREM": _option,
    "TCO_CLOUD": _option,
    "TCO_API": _option,
    "TCO_SEAT": _option,
    "TCO_LEASE": _option,
    "TCO_COLO": _option,
    "TCO_HYBRID": _option,
    "TCO_FLOWS": _flows,
    "TCO_COMPARE": _compare,
    "TCO_SIZING": _sizing,
    "TCO_GPUS": _sizing,
    "TCO_NODES": _sizing,
    "TCO_BREAKEVEN": _breakeven,
    "TCO_CATALOG": _catalogue,
    "TCO_API_PRICE": _api_price,
}
