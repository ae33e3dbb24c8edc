"""Many cases in one: their values in use stand in the rows of their scenarios, so that one pass works all of them out.

Every scenario has the bits that it has alone, because each formula works row by row; what decides between formulas, a
text or whether a figure is set, must be the same for all the cases of a stack.
"""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import TypeAlias, cast

import numpy as np

from engine.analysis.ranges import NUMERIC
from engine.analysis.scenarios import SHAPING
from engine.case import Case
from engine.errors import EngineError, WrongKind
from engine.fleet import Fleet
from engine.inputs import Inputs, assumptions
from engine.lines import Option
from engine.options import OPTIONS
from engine.resolve import SAME_AS, Resolved, in_use
from engine.result import Result
from engine.units import Array

Draws: TypeAlias = Mapping[str, Array]
"""Values of numeric inputs by scenario, shape (S,)."""

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

    @cached_property
    def case(self) -> Case:
        """The case by itself."""
        return Case(self.inputs)

    @cached_property
    def fleet(self) -> Fleet:
        """What it needs."""
        return Fleet(self.case)

    def value(self, name: str) -> float:
        """Return the value in use of a numeric input, or raise why there is none."""
        found = self.values[_PLACES[name]]
        return float(self.case[name][0, 0] if np.isnan(found) else found)

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

    def following(self, draws: Draws) -> set[str]:
        """Name the blank inputs that are not drawn and take other values because of those that are."""
        names = {name for drawn in draws for name in _FOLLOWERS.get(drawn, ())}
        if "fx_rate" in draws:
            names |= {name for name, found in self.in_use.items() if found.in_usd}
        return {name for name in names if name not in draws and getattr(self.inputs, name) is None}


class Stack(Case):
    """Several cases, each in the rows of its own scenarios.

    Whatever is asked for and is not there for all of them in this form is refused; they are then worked out apart.

    Parameters
    ----------
    bases : sequence of Base
        The cases.
    draws : sequence of mapping of str to array
        What is drawn of each, by scenario.
    sizes : sequence of int
        Scenarios of each.
    """

    def __init__(self, bases: Sequence[Base], draws: Sequence[Draws], sizes: Sequence[int]) -> None:
        drawn = [_drawn(base, chosen) for base, chosen in zip(bases, draws, strict=True)]
        values = np.array([base.values for base in bases])
        columns, self._partly = _columns(values, drawn, sizes)
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


def _columns(values: Array, drawn: Sequence[Draws], sizes: Sequence[int]) -> tuple[dict[str, Array], set[str]]:
    """Give the values of every input by scenario, one where all have the same; and name inputs that only some have."""
    moved = set().union(*drawn)
    known = ~np.isnan(values)
    same, everywhere = (np.asarray((values == values[0]).all(axis=0)), np.asarray(known.all(axis=0)))
    partly = np.asarray(known.any(axis=0)) & ~everywhere
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
        alike = same[place] and name not in moved
        columns[name] = values[:1, place] if alike else np.repeat(values[:, place], sizes)
    for end, size, draws in zip(np.cumsum(sizes), sizes, drawn, strict=True):
        for name, chosen in draws.items():
            if name in columns:
                columns[name][end - size : end] = chosen
    return columns, lacking


def _drawn(base: Base, draws: Draws) -> Draws:
    """Give what is drawn, and what follows it."""
    following = base.following(draws)
    if not following:
        return draws
    case = Case(base.inputs, draws)
    return {**draws, **{name: case[name][:, 0] for name in following}}


def results_of(bases: Sequence[Base], option: str) -> list[Result | EngineError]:
    """Work out one option for many cases, like with like in one pass; or give the reason why one has no result.

    >>> bases = [Base(Inputs.read({"users": users, "seat_price": 30})) for users in (100, 200)]
    >>> [float(result.total[0]) for result in results_of(bases, "seat")]
    [108000.0, 216000.0]
    """
    found: dict[int, Result | EngineError] = {}
    groups: dict[object, list[int]] = {}
    for number, base in enumerate(bases):
        kind = number if OPTIONS[option].plan.decides else base.kind((option,))
        groups.setdefault(kind, []).append(number)
    for members in groups.values():
        found |= zip(members, _results([bases[number] for number in members], OPTIONS[option]), strict=True)
    return [found[number] for number in range(len(bases))]


def _results(bases: Sequence[Base], option: Option) -> list[Result | EngineError]:
    """Work out an option for cases of one kind; where a pass fails, for each half of them by itself."""
    try:
        if len(bases) == 1:
            return [Result(bases[0].case, option, bases[0].fleet)]  # what it lacks it says when it is asked
        together = Result(Stack(bases, [{}] * len(bases), [1] * len(bases)), option)
        return [together.scenario(row, base.case, base.fleet) for row, base in enumerate(bases)]
    except EngineError as error:
        if len(bases) == 1:
            return [bare(error)]
    half = len(bases) // 2
    return [*_results(bases[:half], option), *_results(bases[half:], option)]


def bare(error: EngineError) -> EngineError:
    """Return an error that is kept without the way it came, which would keep all that was there in memory."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)
