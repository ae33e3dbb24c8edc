"""The names of a template and what is written into their cells.

`in_<id>` takes the value in use of an assumption; `src_`, `asof_`, `conf_<id>` or the rows of `blk_sources` its
provenance; `blk_replicas`, `blk_gpus`, `blk_nodes`, `blk_capacity_rps` the fleet of years 1..N as the engine sizes it;
`out_engine_<option>_<measure>` the engine's own results; `blk_warnings` its warnings. Columns of `blk_years...` beyond
the horizon and rows of `blk_rows_<option>...` of options not asked for are hidden.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import zip_longest
from typing import Any, TypeAlias

from engine.errors import EngineError, Problems, WrongKind
from engine.fleet import Fleet
from engine.hybrid import HybridPlan
from engine.inputs import OPTION_IDS, assumptions
from engine.result import MEASURES
from workbook.areas import Area, CellKey
from workbook.cells import Scalar, to_scalar
from workbook.contents import Contents, or_none
from workbook.statements import SHRINKING, STATED, stated
from workbook.template import Template

SIZING: Mapping[str, Callable[[Fleet], Any]] = {
    "blk_replicas": lambda fleet: fleet.replicas,
    "blk_gpus": lambda fleet: fleet.gpus_needed,
    "blk_nodes": lambda fleet: fleet.nodes_needed,
    "blk_capacity_rps": lambda fleet: fleet.capacity_rps,
    "blk_gpus_low": lambda fleet: fleet.gpus_low,
    "blk_gpus_high": lambda fleet: fleet.gpus_high,
    "blk_nodes_low": lambda fleet: fleet.nodes_low,
    "blk_nodes_high": lambda fleet: fleet.nodes_high,
    "blk_capacity_low": lambda fleet: fleet.capacity_low,
    "blk_capacity_high": lambda fleet: fleet.capacity_high,
    "blk_cloud_capacity_rps": lambda fleet: fleet.cloud_capacity_rps,
}
"""What the engine states of the fleet, for the years 1..N; what follows from it, formulas of the template work out."""
SPLIT: Mapping[str, Callable[[HybridPlan], Any]] = {
    "blk_hybrid_replicas": lambda plan: plan.fleet.replicas,
    "blk_hybrid_gpus": lambda plan: plan.fleet.gpus_needed,
    "blk_hybrid_nodes": lambda plan: plan.fleet.nodes_needed,
    "blk_hybrid_instances": lambda plan: plan.fleet.model_instances,
    "blk_hybrid_share": lambda plan: plan.overflow[0],
    "blk_hybrid_hours": lambda plan: plan.overflow[1],
}
"""What it states of the split of the option hybrid, alike."""
PROVENANCE = {"src": "source", "asof": "as_of", "conf": "confidence"}
"""What is said about every input, by the prefix of a cell's name and in the order of the block blk_sources."""
BESIDE = {"blk_sources": tuple(PROVENANCE), "blk_delivered": ("in",)}
"""Blocks beside the inputs, with what their columns say: source, date, confidence; the value as delivered."""
_IDS = "|".join(OPTION_IDS)
_OPTION_ROWS = re.compile(rf"blk_rows_((?:{_IDS})(?:_or_(?:{_IDS}))*)(_\w+)?")
_ENGINE_RESULT = re.compile(rf"out_engine_({'|'.join(OPTION_IDS)})_(\w+)")


def bindings(template: Template) -> list[tuple[str, Area]]:
    """Find the names of a template that are ours to fill, and refuse those that nothing fills."""
    known = assumptions()
    ours: list[tuple[str, Area]] = []
    problems: list[EngineError] = []
    for name, area in template.areas.items():
        prefix, _, rest = name.partition("_")
        if prefix in {"in", "src", "asof", "conf"}:
            if rest not in known:
                problems.append(
                    WrongKind(f"{template.name}: the name {name} stands for no assumption; delete or rename it")
                )
            ours.append((name, area))
        elif name in SIZING or name in SPLIT or name in STATED or name == "blk_warnings" or _is_result(name):
            ours.append((name, area))
    if not any(name.startswith("in_") for name, _ in ours):
        problems.append(WrongKind(f"{template.name} has no name that begins with in_, so nothing can be filled in"))
    if problems:
        raise Problems(problems)
    return [*ours, *(cell for block, prefixes in BESIDE.items() for cell in _beside_inputs(template, block, prefixes))]


def _beside_inputs(template: Template, block: str, prefixes: tuple[str, ...]) -> Iterator[tuple[str, Area]]:
    """Name the cells of a block that stand in the row of an input, as if each had a name of its own."""
    area = template.areas.get(block)
    if area is None:
        return
    for name in assumptions():
        cell = template.areas.get(f"in_{name}")
        if cell and cell.sheet == area.sheet and area.row <= cell.row < area.row + area.rows:
            for column, prefix in enumerate(prefixes[: area.columns], area.column):
                yield f"{prefix}_{name}", Area(area.sheet, cell.row, column)


def cells(names: Sequence[tuple[str, Area]], says: Contents) -> dict[CellKey, Scalar]:
    """Give every cell that is written, with its value; None blanks a cell."""
    bound: dict[CellKey, Scalar] = {}
    for name, area in names:
        values, keys = _values_of(name)(says, area), area.keys
        if len(keys) == 1:  # nearly all
            bound[keys[0]] = to_scalar(values[0]) if values else None
            continue
        for key, value in zip_longest(keys, values[: len(keys)]):  # cells without a value are blanked
            bound[key] = to_scalar(value)
    return bound


def _is_result(name: str) -> bool:
    found = _ENGINE_RESULT.fullmatch(name)
    return found is not None and found[2] in MEASURES


Values: TypeAlias = Callable[[Contents, Area], Sequence[Any]]


@cache
def _values_of(name: str) -> Values:
    """Say what a name binds: a function that gives its values, cell by cell, for an area."""
    prefix, _, rest = name.partition("_")
    if prefix == "in":
        return lambda says, _: (says.in_use[rest].value,)
    if prefix in PROVENANCE:
        return lambda says, _: (getattr(says.in_use[rest], PROVENANCE[prefix]) or None,)
    return _values_of_block(name) or _values_of_result(name)


def _values_of_block(name: str) -> Values | None:
    if name == "blk_warnings":
        return lambda says, area: _fitting(says.warnings, area)
    if name in STATED:
        return lambda says, area: _laid_out(stated(says, name), area)
    if name in SIZING:
        return lambda says, _: _sized(says, SIZING[name])
    return (lambda says, _: _split(says, SPLIT[name])) if name in SPLIT else None


def _values_of_result(name: str) -> Values:
    option, measure = _ENGINE_RESULT.fullmatch(name).groups()  # type: ignore[union-attr]  # that is how it got here
    return lambda says, _: (float(getattr(says.results[option], measure)[0]),) if option in says.results else ()


def _sized(says: Contents, figure: Callable[[Fleet], Any]) -> list[float]:
    sized = or_none(partial(figure, says.fleet))
    return [] if sized is None else sized[0].tolist()


def _split(says: Contents, figure: Callable[[HybridPlan], Any]) -> list[float]:
    plan = says.results["hybrid"].plan if "hybrid" in says.results else None
    return figure(plan)[0].tolist() if isinstance(plan, HybridPlan) else []


def _laid_out(rows: Sequence[Sequence[Scalar]], area: Area) -> list[Scalar]:
    """Put rows into an area, blanks where they are shorter; rows that do not fit are left out."""
    filled = [[*row, *[None] * area.columns][: area.columns] for row in rows[: area.rows]]
    return [value for row in filled for value in row]


def _fitting(lines: Sequence[str], area: Area) -> list[Scalar]:
    """Put lines into the first column of a block; what does not fit is counted in its last line."""
    shown = list(lines)
    if len(shown) > area.rows:
        rest = len(shown) - area.rows + 1
        shown = [*shown[: area.rows - 1], f"and {rest} more warnings; they stand in the manifest"]
    return [cell for line in shown for cell in (line, *[None] * (area.columns - 1))]


def hidden_columns(template: Template, says: Contents) -> dict[str, Collection[int]]:
    """Columns of the years beyond the horizon, wherever a name blk_years... marks the years 0..15."""
    horizon = int(says.inputs.horizon or 0)
    hidden: dict[str, set[int]] = {}
    for name, area in template.areas.items():
        if name.startswith("blk_years"):
            hidden.setdefault(area.sheet, set()).update(range(area.column + horizon + 1, area.column + area.columns))
    return {sheet: columns for sheet, columns in hidden.items() if columns}


def hidden_rows(template: Template, says: Contents) -> dict[str, Collection[int]]:
    """Rows of the options that are not asked for, and of purchases that the horizon leaves no year for."""
    horizon = int(says.inputs.horizon or 0)
    hidden: dict[str, set[int]] = {}
    for name, area in template.areas.items():
        option = _OPTION_ROWS.fullmatch(name)
        if option and not set(option[1].split("_or_")) & set(says.inputs.option_ids):
            hidden.setdefault(area.sheet, set()).update(range(area.row, area.row + area.rows))
        elif name in SHRINKING:
            used = len(stated(says, name))
            hidden.setdefault(area.sheet, set()).update(range(area.row + used, area.row + area.rows))
        elif name.startswith("blk_purchases_"):
            hidden.setdefault(area.sheet, set()).update(range(area.row + horizon, area.row + area.rows))
    return {sheet: rows for sheet, rows in hidden.items() if rows}
