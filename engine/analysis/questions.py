"""Figures of many cases at once: what their analyses ask is collected, stacked along the scenarios, and worked out.

An analysis that needs figures is a generator: it yields a `Question` and is sent the figures. `together` runs any
number of them in step and answers each round of questions with few passes of the engine; one alone is a round of one.
A pass takes hardly longer for a hundred scenarios than for one. Every scenario has the bits that it has alone.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import numpy as np

from engine.analysis.scenarios import SHAPING, figure, outcomes
from engine.analysis.stack import Base, Stack, bare
from engine.errors import EngineError
from engine.options import OPTIONS
from engine.result import Result
from engine.units import Array

T = TypeVar("T")

AT_ONCE = 64  # analyses that run in step: each keeps some 300 KB of random runs while it waits
ROWS = 3_300  # scenarios of a pass over several cases: its arrays take some 10 MB


@dataclass(frozen=True, eq=False)
class Question:
    """A measure of some options in some scenarios of a case, as `engine.analysis.scenarios.outcomes` takes them."""

    base: Base
    options: tuple[str, ...]
    measure: str
    draws: Mapping[str, Array] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Scenarios; 1 where nothing is drawn: the case as planned."""
        return len(next(iter(self.draws.values()))) if self.draws else 1

    @property
    def kind(self) -> tuple[object, ...] | None:
        """What questions have in common that can be answered in one pass; None for those that are answered alone."""
        if any(name in self.draws for name in SHAPING) or any(OPTIONS[o].plan.decides for o in self.options):
            return None
        return (self.options, self.measure, self.base.kind(self.options))

    def parts(self, first: slice) -> "Question":
        """Return the question about some of the scenarios."""
        return Question(self.base, self.options, self.measure, {n: v[first] for n, v in self.draws.items()})


Steps: TypeAlias = Generator[Question, Array, T]
"""An analysis on its way: it yields questions and is sent figures of shape (options, S), or is thrown the error."""


def alone(steps: Steps[T]) -> T:
    """Run one analysis to its end.

    >>> from engine.inputs import Inputs
    >>> base = Base(Inputs.read({"users": 100, "seat_price": 30}))
    >>> alone(feasible(Question(base, ("seat",), "per_user_month", {"seat_price": np.array([10.0, 40.0])})))
    array([[10., 40.]])
    """
    (found,) = together([steps])
    if isinstance(found, EngineError):
        raise found
    return found


def together(many: Sequence[Steps[T]]) -> list[T | EngineError]:
    """Run analyses in step, and return what each has found, or the error that ended it."""
    found: list[T | EngineError] = []
    for first in range(0, len(many), AT_ONCE):
        found += _in_step(many[first : first + AT_ONCE])
    return found


def _in_step(many: Sequence[Steps[T]]) -> list[T | EngineError]:
    found: dict[int, T | EngineError] = {}
    waiting: dict[int, Question] = {}

    def advance(number: int, answer: Array | EngineError | None) -> None:
        steps = many[number]
        try:
            if isinstance(answer, EngineError):
                waiting[number] = steps.throw(answer)
            else:
                waiting[number] = next(steps) if answer is None else steps.send(answer)
        except StopIteration as end:
            found[number] = end.value
        except EngineError as error:
            found[number] = bare(error)

    for number in range(len(many)):
        advance(number, None)
    while waiting:
        asked = dict(waiting)
        waiting.clear()
        for number, answer in zip(asked, answers(list(asked.values())), strict=True):
            advance(number, answer)
    return [found[number] for number in range(len(many))]


def feasible(question: Question) -> Steps[Array]:
    """Ask for what there is: NaN in the scenarios that have no result, found by halves."""
    try:
        return (yield question)
    except EngineError:
        if question.size == 1:
            return np.full((len(question.options), 1), np.nan)
    half = question.size // 2
    first = yield from feasible(question.parts(slice(half)))
    second = yield from feasible(question.parts(slice(half, None)))
    return np.hstack([first, second])


def answers(questions: Sequence[Question]) -> list[Array | EngineError]:
    """Work out what is asked, like with like in one pass; a question without an answer leaves the others theirs."""
    found: dict[int, Array | EngineError] = {}
    groups: dict[object, list[int]] = {}
    for number, question in enumerate(questions):
        kind = question.kind
        groups.setdefault(number if kind is None else kind, []).append(number)
    for members in groups.values():
        for pack in _packs(members, questions):
            found |= zip(pack, _answered([questions[number] for number in pack]), strict=True)
    return [found[number] for number in range(len(questions))]


def _packs(members: Sequence[int], questions: Sequence[Question]) -> list[list[int]]:
    """Split a group so that the arrays of a pass stay small."""
    packs: list[list[int]] = [[]]
    rows = 0
    for number in members:
        if packs[-1] and rows + questions[number].size > ROWS:
            packs.append([])
            rows = 0
        packs[-1].append(number)
        rows += questions[number].size
    return packs


def _answered(asked: Sequence[Question]) -> list[Array | EngineError]:
    """Answer questions of one kind; where a pass fails, each half of them by itself."""
    try:
        return _one(asked[0]) if len(asked) == 1 else _stacked(asked)
    except EngineError as error:
        if len(asked) == 1:
            return [bare(error)]
    half = len(asked) // 2
    return [*_answered(asked[:half]), *_answered(asked[half:])]


def _one(asked: Question) -> list[Array | EngineError]:
    base = asked.base
    if asked.draws:
        return [outcomes(base.inputs, asked.options, asked.measure, asked.draws)]
    planned = [Result(base.case, OPTIONS[option], base.fleet) for option in asked.options]
    return [np.stack([figure(result, asked.measure) for result in planned])]


def _stacked(asked: Sequence[Question]) -> list[Array | EngineError]:
    """Answer questions of one kind in one pass."""
    sizes = [question.size for question in asked]
    case = Stack([question.base for question in asked], [question.draws for question in asked], sizes)
    figures = np.empty((len(asked[0].options), sum(sizes)))
    for row, option in enumerate(asked[0].options):
        figures[row] = figure(Result(case, OPTIONS[option]), asked[0].measure)
    return list(np.split(figures, np.cumsum(sizes)[:-1], axis=1))
