"""Figures of many cases at once: what their analyses ask is collected, stacked along the scenarios, and worked out.

An analysis that needs figures is a generator: it yields a `Question` and is sent the figures. `together` runs any
number of them in step and answers each round of questions with few passes of the engine; one alone is a round of one.
A pass takes hardly longer for a hundred scenarios than for one. Every scenario has the bits that it has alone.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TypeAlias, TypeVar, cast

import numpy as np

from engine.analysis.ranges import NUMERIC
from engine.analysis.scenarios import BLOCK, SHAPING, Members, figure, outcomes
from engine.case import Case
from engine.errors import EngineError, WrongKind
from engine.inputs import Inputs, assumptions
from engine.options import OPTIONS
from engine.resolve import SAME_AS, Resolved, in_use
from engine.result import Result
from engine.units import Array

T = TypeVar("T")

AT_ONCE = 64  # analyses that run in step: each keeps some hundred KB of random runs while it waits
_FOLLOWERS: dict[str, tuple[str, ...]] = {
    **{other: tuple(n for n, o in SAME_AS.items() if o == other) for other in SAME_AS.values()},
    "api_input_price": ("api_cached_price",),
    "api_cached_share": ("api_cached_price",),
    "prompt_tokens": ("api_input_price", "api_output_price", "api_cached_price"),
}
"""Inputs that, left blank, take another value when this one moves; prices in USD follow the exchange rate as well."""
_SERVING_TEXTS = ("model", "precision", "engine", "gpu", "cloud_instance", "cloud_region")
"""Texts that decide what hardware serves, unless measured and typed figures do."""
_FREE_TEXTS = ("currency", "energy", "options", "api_model")
"""Texts from which nothing but the values of other inputs follows."""
_HARDWARE = ("serving", "onprem")
_SECTIONS = {
    "onprem": _HARDWARE,
    "cloud": (*_HARDWARE, "cloud"),
    "api": ("api",),
    "seat": ("seat",),
    "lease": (*_HARDWARE, "lease"),
    "colo": (*_HARDWARE, "colo"),
}
"""Sections of the inputs that an option rests on, beside the workload and finance."""

_PLACES = {name: place for place, name in enumerate(n for n, a in assumptions().items() if a.kind in NUMERIC)}
"""Numeric inputs by their place in the values of a case."""
_OTHERS = tuple(name for name, a in assumptions().items() if a.kind not in NUMERIC)


@cache
def _resting_on(sections: frozenset[str]) -> tuple[list[int], list[str]]:
    """Places of the numeric inputs, and names of the texts, on which options with these sections rest."""
    known = assumptions()
    names = [name for name, a in known.items() if a.section in sections or a.section in {"workload", "finance"}]
    places = [_PLACES[name] for name in names if name in _PLACES and name != "fx_rate"]  # prices are converted already
    texts = [name for name in names if known[name].kind == "text" and name not in _FREE_TEXTS]
    return places, texts


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
        self._kinds: dict[tuple[str, ...], tuple[object, ...]] = {}

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
    def others(self) -> tuple[object, ...]:
        """Texts and dates, in the order of `_OTHERS`."""
        return tuple(getattr(self.inputs, name) for name in _OTHERS)

    def kind(self, options: tuple[str, ...]) -> tuple[object, ...]:
        """Return what cases have in common that fit one pass for these options: choices, years, known figures.

        It decides nothing but the number of passes: cases that differ in anything that a pass asks for are told apart.
        """
        if options not in self._kinds:
            sections = frozenset(section for option in options for section in _SECTIONS[option])
            places, texts = _resting_on(sections)
            measured = self.inputs.replica_rps is not None and self.inputs.gpus_per_replica is not None
            rented = "cloud" in options and self.inputs.cloud_instances is None
            free = _SERVING_TEXTS if measured and not rented else ()
            said = tuple(getattr(self.inputs, name) for name in texts if name not in free)
            years = tuple(getattr(self.inputs, name) for name in SHAPING)
            self._kinds[options] = (said, years, np.isnan(self.values[places]).tobytes())
        return self._kinds[options]

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
    ends = np.cumsum([question.size for question in asked])
    case = _Stack(asked, ends)
    figures = np.empty((len(asked[0].options), ends[-1]))
    for row, option in enumerate(asked[0].options):
        figures[row] = figure(Result(case, OPTIONS[option]), asked[0].measure)
    return list(np.split(figures, ends[:-1], axis=1))


class _Stack(Case):
    """The cases of some questions, each in the rows of its scenarios.

    Whatever is asked for and is not there for all of them in this form is refused; they are then asked about apart.
    """

    def __init__(self, asked: Sequence[Question], ends: Members) -> None:
        bases = [question.base for question in asked]
        values = np.array([base.values for base in bases])
        columns, self._partly = _columns(asked, values, ends)
        alike = dict(zip(_OTHERS, _shared([base.others for base in bases]), strict=True))
        alike |= {name: float(values[0, _PLACES[name]]) for name in SHAPING}  # which all of one kind share
        super().__init__(cast("Inputs", _Alike(alike)), columns)

    def is_set(self, name: str) -> bool:
        """Whether a numeric assumption has a figure, in all of the cases or in none."""
        if name in self._partly:
            raise _apart(name)
        return name in self._varied

    def _resolved(self, name: str) -> Array:
        raise _apart(name)


class _Alike:
    """The inputs that some cases have in common."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> object:
        found = self._values.get(name, _DIFFERS)
        if found is _DIFFERS:
            raise _apart(name)
        return found


_DIFFERS = object()


def _shared(others: Sequence[tuple[object, ...]]) -> list[object]:
    return [values[0] if all(v == values[0] for v in values) else _DIFFERS for values in zip(*others, strict=True)]


def _apart(name: str) -> EngineError:
    return WrongKind(f"{name} is not the same in all of these cases")


def _columns(asked: Sequence[Question], values: Array, ends: Members) -> tuple[dict[str, Array], set[str]]:
    """Give the values of every input by scenario, one where all have the same; and name inputs that only some have."""
    drawn = [_drawn(question) for question in asked]
    moved = set().union(*drawn)
    known = ~np.isnan(values)
    same, everywhere = (np.asarray((values == values[0]).all(axis=0)), np.asarray(known.all(axis=0)))
    partly = np.asarray(known.any(axis=0)) & ~everywhere
    spread = np.repeat(values, np.diff(ends, prepend=0), axis=0).T
    columns: dict[str, Array] = {}
    lacking: set[str] = set()
    for place, name in enumerate(_PLACES):
        if name in SHAPING:
            continue
        if partly[place] or (name in moved and not known[0, place]):
            if not all(name in draws or known[row, place] for row, draws in enumerate(drawn)):
                lacking.add(name)
                continue
        elif not known[0, place]:
            continue
        columns[name] = values[:1, place] if same[place] and name not in moved else np.array(spread[place])
    for end, size, draws in zip(ends, np.diff(ends, prepend=0), drawn, strict=True):
        for name, chosen in draws.items():
            if name in columns:
                columns[name][end - size : end] = chosen
    return columns, lacking


def _drawn(asked: Question) -> dict[str, Array]:
    """Give what is drawn, and what follows it."""
    following = asked.base.following(asked.draws)
    if not following:
        return dict(asked.draws)
    case = Case(asked.base.inputs, asked.draws)
    return {**asked.draws, **{name: case[name][:, 0] for name in following}}
