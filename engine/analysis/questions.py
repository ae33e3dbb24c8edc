"""Figures of many cases at once: what their analyses ask is collected, stacked along the scenarios, and worked out.

An analysis that needs figures is a generator: it yields a `Question` and is sent the figures. `together` runs any
number of them in step and answers each round of questions with few passes of the engine; one alone is a round of one.
A pass takes hardly longer for a hundred scenarios than for one. Every scenario has the bits that it has alone.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np

from engine.analysis.ranges import NUMERIC
from engine.analysis.scenarios import BLOCK, SHAPING, figure, outcomes
from engine.case import Case
from engine.errors import EngineError
from engine.inputs import Inputs, assumptions
from engine.options import OPTIONS
from engine.resolve import SAME_AS, Resolved, cloud_row, in_use
from engine.result import Result
from engine.units import Array

T = TypeVar("T")

AT_ONCE = 32  # analyses that run in step: each keeps some hundred KB of random runs while it waits
_FOLLOWERS: dict[str, tuple[str, ...]] = {
    **{other: tuple(n for n, o in SAME_AS.items() if o == other) for other in SAME_AS.values()},
    "api_input_price": ("api_cached_price",),
    "api_cached_share": ("api_cached_price",),
    "prompt_tokens": ("api_input_price", "api_output_price", "api_cached_price"),
}
"""Inputs that, left blank, take another value when this one moves; prices in USD follow the exchange rate as well."""
_FREE_TEXTS = ("currency", "energy", "options", "api_model")
"""Texts that nothing but the values of other inputs follows from."""
_SERVING_TEXTS = ("model", "precision", "engine", "gpu", "cloud_instance", "cloud_region")
"""Texts that decide what hardware serves, unless measured and typed figures do."""

_PLACES = {name: place for place, name in enumerate(n for n, a in assumptions().items() if a.kind in NUMERIC)}
"""Numeric inputs by their place in the values of a case."""


class Base:
    """A case about which much is asked: its values in use are looked up once.

    Parameters
    ----------
    inputs : Inputs
        The case.
    looked_up : mapping of str to Resolved, optional
        Its values in use by assumption; left out: looked up here.
    """

    def __init__(self, inputs: Inputs, looked_up: Mapping[str, Resolved] | None = None) -> None:
        self.inputs = inputs
        self.in_use = in_use(inputs) if looked_up is None else looked_up

    @cached_property
    def values(self) -> Array:
        """Values in use of the numeric inputs, NaN where there is none, shape (inputs,)."""
        found = [self.in_use[name].value for name in _PLACES]
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64)

    def value(self, name: str) -> float:
        """Return the value in use of a numeric input, or raise why there is none."""
        found = self.values[_PLACES[name]]
        return float(Case(self.inputs)[name][0, 0] if np.isnan(found) else found)

    @cached_property
    def kind(self) -> tuple[object, ...]:
        """What cases have in common that can be worked out in one pass: choices, years, and which figures there are."""
        inputs = self.inputs
        free = (*_FREE_TEXTS, *(() if self._is_modelled else _SERVING_TEXTS))
        texts = [getattr(inputs, n) for n, a in assumptions().items() if a.kind == "text" and n not in free]
        years = [getattr(inputs, name) for name in SHAPING]
        return (*texts, *years, self._is_modelled, np.isnan(self.values).tobytes())

    @property
    def _is_modelled(self) -> bool:
        """Whether any fleet may need the throughput model, or an instance with another GPU than the own servers'."""
        inputs = self.inputs
        if inputs.replica_rps is None or inputs.gpus_per_replica is None:
            return True
        if inputs.cloud_instances is not None or inputs.cloud_instance is None:
            return False
        try:
            return cloud_row(inputs).gpu_id != str(inputs.gpu).lower()
        except EngineError:
            return True

    def following(self, draws: Mapping[str, Array]) -> set[str]:
        """Name the blank inputs that are not drawn and take other values because of those that are."""
        names = {name for drawn in draws for name in _FOLLOWERS.get(drawn, ())}
        if "fx_rate" in draws:
            names |= {name for name, found in self.in_use.items() if found.in_usd}
        return {name for name in names if name not in draws and getattr(self.inputs, name) is None}


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
        blank = frozenset(name for name in self.draws if np.isnan(self.base.values[_PLACES[name]]))
        return (self.options, self.measure, blank, self.base.kind)

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
            found[number] = error

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
    """Split a group so that the arrays of a pass stay within the cache."""
    packs: list[list[int]] = [[]]
    rows = 0
    for number in members:
        if packs[-1] and rows + questions[number].size > BLOCK:
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
            return [error]
    half = len(asked) // 2
    return [*_answered(asked[:half]), *_answered(asked[half:])]


def _one(asked: Question) -> list[Array | EngineError]:
    inputs = asked.base.inputs
    if asked.draws:
        return [outcomes(inputs, asked.options, asked.measure, asked.draws)]
    case = Case(inputs)
    return [np.stack([figure(Result(case, OPTIONS[option]), asked.measure) for option in asked.options])]


def _stacked(asked: Sequence[Question]) -> list[Array | EngineError]:
    """Answer questions of one kind in one pass: the values of every case stand in the rows of its scenarios."""
    sizes = [question.size for question in asked]
    ends = np.cumsum(sizes)
    case = Case(asked[0].base.inputs, _columns(asked, sizes, ends))
    figures = np.empty((len(asked[0].options), ends[-1]))
    for row, option in enumerate(asked[0].options):
        figures[row] = figure(Result(case, OPTIONS[option]), asked[0].measure)
    return list(np.split(figures, ends[:-1], axis=1))


def _columns(asked: Sequence[Question], sizes: Sequence[int], ends: Any) -> dict[str, Array]:  # noqa: ANN401  integers
    """Give the values of every input by scenario, a single one where it is the same in all of them."""
    drawn = [_drawn(question) for question in asked]
    moved = set().union(*drawn)
    values = np.array([question.base.values for question in asked])
    same = (values == values[0]).all(axis=0)
    columns: dict[str, Array] = {}
    spread = np.repeat(values, sizes, axis=0).T
    for place, name in enumerate(_PLACES):
        if name in moved or not (same[place] or np.isnan(values[0, place])):
            columns[name] = np.ascontiguousarray(spread[place])
        elif same[place]:
            columns[name] = values[:1, place]
    for end, size, draws in zip(ends, sizes, drawn, strict=True):
        for name, chosen in draws.items():
            columns[name][end - size : end] = chosen
    return {name: column for name, column in columns.items() if name not in SHAPING}


def _drawn(asked: Question) -> dict[str, Array]:
    """Give what is drawn, and what follows it."""
    following = asked.base.following(asked.draws)
    if not following:
        return dict(asked.draws)
    case = Case(asked.base.inputs, asked.draws)
    return {**asked.draws, **{name: case[name][:, 0] for name in following}}
