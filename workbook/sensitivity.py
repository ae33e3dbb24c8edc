"""What the sheet Sensitivity of an analyst's workbook shows, as its yellow cells ask: swings, risk, turning points.

Every part stands by itself: one that has no answer stays blank and says why, the others are there all the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from engine import tco
from engine.analysis.breakeven import breakeven
from engine.analysis.montecarlo import cheapest, draws, montecarlo
from engine.analysis.ranges import numeric, value_in_use
from engine.analysis.scenarios import feasible_outcomes, figure, known, outcomes
from engine.analysis.sensitivity import tornado
from engine.errors import EngineError, NotAvailable, WrongKind
from engine.inputs import OPTION_IDS, Inputs
from engine.units import Array
from workbook.cells import Scalar, is_blank
from workbook.template import Template

BARS = 12  # inputs of the tornado
BINS = 20  # columns of the histogram
STATISTICS = ("mean", "sd", "p5", "p10", "p50", "p90", "p95", "probability", "regret")
SETTINGS = {  # name of the cell: what it holds when it is blank
    "sel_Option": "onprem",
    "sel_Against": "api",
    "sel_Measure": "tco",
    "sel_Swing": None,
    "sel_Runs": 1000.0,
    "sel_Seed": 1.0,
    "sel_Across": "queries_per_user_day",
    "sel_Down": "users",
}
BLOCKS = (
    *("blk_sens_base", "blk_sens_tornado", "blk_grid_across", "blk_grid_down", "blk_grid", "blk_montecarlo"),
    *("blk_histogram", "blk_points", "blk_points_notes"),
)
"""Blank where there is no answer: figures of an earlier run would be taken for one."""
LISTS = ("sel_Steps_across", "sel_Steps_down", "sel_Points")
Blocks: TypeAlias = dict[str, Sequence[Sequence[Scalar]]]


@dataclass(frozen=True)
class Question:
    """What the yellow cells of the sheet ask.

    Attributes
    ----------
    settings : dict
        Contents of the cells `SETTINGS` by name.
    across, down : sequence of float
        Multiples of the two inputs of the grid.
    points : sequence of str
        Inputs whose turning point is looked for; empty where the row is.
    """

    settings: dict[str, Scalar]
    across: Sequence[float]
    down: Sequence[float]
    points: Sequence[str]

    def text(self, name: str) -> str:
        """Give a setting that is an id, in lower case."""
        return str(self.settings[name]).strip().lower()

    def number(self, name: str) -> float:
        """Give a setting that is a number.

        Raises
        ------
        WrongKind
            When it is none.
        """
        value = self.settings[name]
        if not isinstance(value, float | int):
            raise WrongKind(f'{name}: "{value}" where a number is asked; type one into the yellow cell')
        return float(value)


def asked(template: Template) -> Question | None:
    """Read the yellow cells; None in a workbook without them."""
    if not {*SETTINGS, *LISTS} <= template.areas.keys():
        return None
    given = {name: template.read_values(name)[0][0] for name in SETTINGS}
    settings = {name: SETTINGS[name] if is_blank(value) else value for name, value in given.items()}
    across, down, points = ([cell for row in template.read_values(name) for cell in row] for name in LISTS)
    return Question(settings, _steps(across), _steps(down), ["" if is_blank(p) else str(p) for p in points])


def _steps(cells: Sequence[Scalar]) -> list[float]:
    return [float(cell) if isinstance(cell, float | int) else float("nan") for cell in cells]


def answered(inputs: Inputs, question: Question) -> Blocks:
    """Work out every block of the sheet, the reasons of those that have no answer among them."""
    blocks: Blocks = {name: [] for name in BLOCKS}
    blocks |= {"blk_sens_run": [[question.settings[name] for name in SETTINGS]]}
    reasons: dict[str, list[str]] = {}
    answers: dict[str, Callable[[Inputs, Question], Blocks]] = {
        "base": _base,
        "tornado": _tornado,
        "grid": _grid,
        "risk": _risk,
        "histogram": _histogram,
    }
    for name, answer in answers.items():
        try:
            blocks |= answer(inputs, question)
        except EngineError as error:
            reasons.setdefault(str(error), []).append(name)
    points = list(_points(inputs, question, reasons))
    blocks |= {"blk_points": [[value] for value, _ in points], "blk_points_notes": [[note] for _, note in points]}
    return blocks | {"blk_sens_notes": [[f"no {' and '.join(parts)}: {reason}"] for reason, parts in reasons.items()]}


def _base(inputs: Inputs, question: Question) -> Blocks:
    result = tco.evaluate(inputs, known(question.text("sel_Option")))
    return {"blk_sens_base": [[float(figure(result, question.text("sel_Measure"))[0])]]}


def _tornado(inputs: Inputs, question: Question) -> Blocks:
    swing = None if question.settings["sel_Swing"] is None else question.number("sel_Swing")
    rows = tornado(inputs, question.text("sel_Option"), question.text("sel_Measure"), swing)[1:]
    return {"blk_sens_tornado": [[_plain(cell) for cell in row] for row in rows[:BARS]]}


def _plain(cell: object) -> Scalar:
    """Give a cell; an end without a result stays blank."""
    return cell if isinstance(cell, float | str) else None


def _grid(inputs: Inputs, question: Question) -> Blocks:
    across, down = numeric(question.text("sel_Across")), numeric(question.text("sel_Down"))
    if across.id == down.id:
        raise WrongKind(f"{across.id} stands on both sides of the grid; choose two inputs")
    columns, rows = _stepped(inputs, across.id, question.across), _stepped(inputs, down.id, question.down)
    pairs = {across.id: np.tile(columns, len(rows)), down.id: np.repeat(rows, len(columns))}
    option, measure = known(question.text("sel_Option")), question.text("sel_Measure")
    wanted = np.isfinite(pairs[across.id]) & np.isfinite(pairs[down.id])
    figures = np.full(len(wanted), np.nan)
    if wanted.any():
        chosen = {name: values[wanted] for name, values in pairs.items()}
        figures[wanted] = feasible_outcomes(inputs, (option,), measure, chosen)[0][0]
    return {
        "blk_grid_across": [[_finite(value) for value in columns]],
        "blk_grid_down": [[_finite(value)] for value in rows],
        "blk_grid": [[_finite(value) for value in row] for row in figures.reshape(len(rows), len(columns))],
    }


def _stepped(inputs: Inputs, name: str, steps: Sequence[float]) -> Array:
    """Give the multiples of an input's value, within its limits, whole where it is."""
    assumption = numeric(name)
    values = value_in_use(inputs, name) * np.array(steps)
    rounded = values if assumption.kind == "number" else np.floor(values + 0.5)
    return np.clip(rounded, assumption.low, assumption.high)


def _finite(value: float) -> Scalar:
    return float(value) if np.isfinite(value) else None


def _drawing(question: Question) -> tuple[str, int, int]:
    return question.text("sel_Measure"), int(question.number("sel_Runs")), int(question.number("sel_Seed"))


def _risk(inputs: Inputs, question: Question) -> Blocks:
    measure, runs, seed = _drawing(question)
    found: dict[str, list[Scalar]] = {}
    for option in inputs.option_ids:
        try:
            found[option] = [_plain(value) for _, value in montecarlo(inputs, option, measure, runs, seed)]
        except NotAvailable:
            if option == question.text("sel_Option"):
                raise
    for option, *shares in cheapest(inputs, measure, runs, seed)[1:]:
        if str(option) in found:
            found[str(option)] += [_plain(share) for share in shares]
    columns = [dict(enumerate(found.get(option, ()))) for option in OPTION_IDS]
    return {"blk_montecarlo": [[column.get(row) for column in columns] for row in range(len(STATISTICS))]}


def _histogram(inputs: Inputs, question: Question) -> Blocks:
    """Give the middle of each column and the share of the runs in it."""
    measure, runs, seed = _drawing(question)
    values = outcomes(inputs, (known(question.text("sel_Option")),), measure, draws(inputs, runs, seed))[0]
    counts, edges = np.histogram(values, BINS)
    middles = (edges[:-1] + edges[1:]) / 2
    return {"blk_histogram": [[float(m), float(n) / runs] for m, n in zip(middles, counts, strict=True)]}


def _points(inputs: Inputs, question: Question, reasons: dict[str, list[str]]) -> Iterator[tuple[Scalar, str | None]]:
    """Give for each input the value at which the two options change their order, or why there is none."""
    pair = question.text("sel_Option"), question.text("sel_Against")
    for name in question.points:
        if not name:
            yield None, None
            continue
        try:
            yield breakeven(inputs, *pair, name, measure=question.text("sel_Measure")), None
        except NotAvailable:
            yield None, "the order stays between a hundredth and a hundred times the value"
        except EngineError as error:
            reasons.setdefault(str(error), []).append(f"turning point of {name}")
            yield None, "no answer: see below"
