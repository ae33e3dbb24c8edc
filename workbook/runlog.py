"""The log of an analyst's workbook: what differs from the inputs of the last run, and where the next line goes."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import engine
from engine import prices
from engine.errors import OutOfLimits
from engine.inputs import OPTION_IDS, assumptions
from workbook.areas import Area, CellKey, cell_name
from workbook.cells import Scalar, is_blank
from workbook.evaluate import EPOCH
from workbook.generated import Run, last_inputs
from workbook.template import Template

SAME = 1e-12  # relative: programs that save a workbook keep 15 digits
MODELLED = frozenset({"replica_rps", "gpus_per_replica", "gpus", "nodes", "model_instances", "cloud_instances"})
"""What the engine works out where nothing is typed."""
LISTED = 40  # changes that a line spells out


@dataclass(frozen=True)
class Change:
    """An input that is another than at the last run."""

    id: str
    before: Scalar
    after: Scalar
    typed: bool
    blank: bool = False
    """Whether nothing is set now: not typed, no default, nothing in the catalogue."""

    def __str__(self) -> str:
        """Say it in a line: users 5000 -> 6000."""
        how = "" if self.typed else " (modelled)" if self.id in MODELLED else " (catalogue or default)"
        after = "blank" if self.blank else _said(self.id, self.after)
        return f"{self.id} {_said(self.id, self.before)} → {after}{'' if self.blank and how[2:3] == 'c' else how}"


def changes(template: Template, run: Run) -> list[Change] | None:
    """Give the inputs in use that differ from those of the last run; None when there was none."""
    area = template.areas.get("blk_last_inputs")
    if area is None:
        return None
    before = {str(id_): value for id_, value, *_ in template.read_values("blk_last_inputs") if not is_blank(id_)}
    if not before:
        return None
    after = {str(id_): value for id_, value in last_inputs(run, area) if id_ is not None}
    ids = [*after, *(id_ for id_ in before if id_ not in after)]
    return [
        Change(
            id_,
            before.get(id_),
            after.get(id_),
            not run.table.is_left_blank(id_),
            id_ in run.table.places and run.table.is_left_blank(id_) and run.resolved(id_) is None,
        )
        for id_ in ids
        if not _same(before.get(id_), after.get(id_))
    ]


def entry(
    template: Template, run: Run, date: dt.date, differences: Sequence[Change] | None, note: str = ""
) -> dict[CellKey, Scalar]:
    """Give the cells of the next line of the log; none when the last line says the same already.

    Parameters
    ----------
    differences : sequence of Change, optional
        None on the first run.
    note : str
        What the line says of itself, before the changes.

    Raises
    ------
    OutOfLimits
        When the log is full.
    """
    area = template.areas.get("blk_log")
    if area is None:
        return {}
    lines = template.read_values("blk_log")
    used = [number for number, line in enumerate(lines) if not all(is_blank(cell) for cell in line)]
    row = _next_row(area, used)
    stamp: list[Scalar] = [date.isoformat(), engine.__version__, prices.PRICE_BOOK_DATE.isoformat()]
    repeated = bool(used) and lines[used[-1]][: len(stamp)] == stamp and not differences and not note
    if repeated and differences is not None:
        return {}
    if row is None:
        raise OutOfLimits(
            f"{template.name}, sheet {area.sheet}: the log has no empty line left after {area.rows}; copy it to a "
            f"sheet of your own and clear {cell_name(area.row, area.column)} and below"
        )
    costs = [float(run.says.results[o].tco[0]) if o in run.says.results else None for o in OPTION_IDS]
    scenario = "" if run.table.scenario == "Base" else f"scenario {run.table.scenario}"
    said = "; ".join(filter(None, [note, scenario, _summed_up(differences)]))
    line = [*stamp, float(len(differences or ())), said, *costs, float(len(run.warnings))]
    return {(area.sheet, row, area.column + i): value for i, value in enumerate(line[: area.columns])}


def _next_row(area: Area, used: Sequence[int]) -> int | None:
    number = used[-1] + 1 if used else 0
    return area.row + number if number < area.rows else None


def _summed_up(differences: Sequence[Change] | None) -> str:
    if differences is None:
        return "first run"
    if not differences:
        return "no input changed"
    more = f"; and {len(differences) - LISTED} more" if len(differences) > LISTED else ""
    return "; ".join(map(str, differences[:LISTED])) + more


def _same(before: Scalar, after: Scalar) -> bool:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return math.isclose(before, after, rel_tol=SAME, abs_tol=1e-15)
    return before == after or (is_blank(before) and is_blank(after))


def _said(id_: str, value: Scalar) -> str:
    if is_blank(value) or (value == 0 and (known := assumptions().get(id_)) and (known.low or 0) > 0):
        return "blank"  # a figure that cannot be 0 stood for nothing
    if isinstance(value, float) and id_ in assumptions() and assumptions()[id_].kind == "date":
        return (EPOCH + dt.timedelta(days=value)).isoformat()
    return f"{value:.15g}" if isinstance(value, float) else str(value)
