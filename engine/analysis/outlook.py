"""What a recommendation rests on: all options at both ends of every uncertain input and in random runs, in one pass."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from engine.analysis.distributions import percentile, triangular, uniforms
from engine.analysis.montecarlo import draws
from engine.analysis.questions import Question, Steps, alone, feasible
from engine.analysis.ranges import NUMERIC, ranges
from engine.analysis.stack import Base
from engine.analysis.stress import FLEETS, TOKEN_PRICES
from engine.errors import EngineError
from engine.inputs import OPTION_IDS, Inputs, assumptions
from engine.resolve import SAME_AS
from engine.units import Array

SWING = 0.2
"""How far an uncertain input moves from its value where no low and high are given. [fraction]"""
RUNS, SEED = 1000, 1
FEW = 8  # inputs drawn in one pass: its arrays stay within the cache
DECISIONS = frozenset(
    (
        "working_days_per_month",
        "gpus_per_node",
        "gpus_per_replica",
        "ttft_limit",
        "tpot_limit",
        "latency_limit",
        "target_utilisation",
        "spare_replicas",
        "min_replicas",
        "pruned_layers",
        "gpus",
        "nodes",
        "model_instances",
        "licence_term",
        "sysadmin_fte_min",
        "sysadmin_fte_max",
        "sysadmin_nodes_max",
        "ml_fte_min",
        "ml_fte_max",
        "ml_instances_max",
        "cloud_gpus_per_instance",
        "cloud_instances",
        "cloud_hours_month",
        "cloud_licence_hours_week",
        "api_batch_discount",
        "api_offpeak_discount",
        "api_long_prompt",
        "api_volume_mtok",
        "api_volume_discount",
        "lease_term",
        "lease_residual",
        "hybrid_replicas",
        "horizon",
        "depreciation_benefit",
        "tax_rate",
        "depreciation_life",
    )
)
"""What is chosen, agreed or given by the calendar, and therefore not uncertain unless a low and a high say so."""
CHANGES = ("half_demand", "twice_demand", "half_token_prices")
QUERIES = "queries_per_user_day"


@dataclass(frozen=True)
class Moved:
    """An uncertain input with its value and the ends between which it moves."""

    name: str
    value: float
    low: float
    high: float
    in_usd: bool
    """Whether it stands in USD times the exchange rate, with which it then moves."""


@dataclass(frozen=True)
class Outlook:
    """Total cost of ownership of every option in many scenarios; NaN where a scenario has no result. [money]

    Attributes
    ----------
    options : tuple of str
        Options compared, in the order of the first axis of all arrays.
    moved : tuple of Moved
        Inputs that move one at a time, in the order of the second axis of `low` and `high`.
    base : array, shape (options,)
        As planned.
    low, high : array, shape (options, moved)
        With one input at its low or high end.
    changes : dict of str to array, shape (options,)
        With half and twice the queries, sized anew, and with half the token prices.
    runs : array, shape (options, runs)
        Random runs: as the ranges say, else triangular with the value as mode; without columns when one has no result.
    """

    options: tuple[str, ...]
    moved: tuple[Moved, ...]
    base: Array
    low: Array
    high: Array
    changes: dict[str, Array]
    runs: Array

    @cached_property
    def ranking(self) -> list[int]:
        """Positions of the options, cheapest first; the first named wins a tie."""
        return [int(i) for i in np.argsort(self.base, kind="stable")]

    @property
    def best(self) -> str:
        """Cheapest option as planned."""
        return self.options[self.ranking[0]]

    @property
    def next_best(self) -> str | None:
        """Second cheapest option."""
        return self.options[self.ranking[1]] if len(self.options) > 1 else None

    @property
    def rivals(self) -> tuple[str, ...]:
        """Return the two cheapest options."""
        return tuple(self.options[i] for i in self.ranking[:2])

    def widest(self, option: str) -> list[int]:
        """Positions of the moved inputs that change the cost of an option, widest first."""
        row = self.options.index(option)
        spread = np.abs(self.high[row] - self.low[row])
        matters = spread > 1e-12 * max(1.0, abs(float(self.base[row])))
        order = np.argsort(-np.where(np.isnan(spread), -1.0, spread), kind="stable")
        return [int(i) for i in order if matters[i]]

    def cheapest_at(self, costs: Array) -> list[str | None]:
        """Cheapest option by scenario of costs, shape (options, S), the first of those that tie; None without all."""
        order = sorted(range(len(self.options)), key=lambda row: OPTION_IDS.index(self.options[row]))
        tied = np.isclose(costs, costs.min(axis=0), rtol=1e-9, atol=0.0)[order]
        first, complete = np.argmax(tied, axis=0), ~np.isnan(costs.sum(axis=0))
        return [self.options[order[f]] if c else None for f, c in zip(first, complete, strict=True)]

    def kept(self, option: str) -> float:
        """Cost with half the demand when the fleet stays as planned: bought and rented hardware costs the same."""
        row = self.options.index(option)
        return float(self.base[row] if option in FLEETS else self.changes["half_demand"][row])

    def odds(self, option: str) -> dict[str, float]:
        """Probability of being the cheapest, mean regret, mean and percentiles of the runs; empty without runs."""
        if not self.runs.shape[1]:
            return {}
        values, (lowest, winners) = self.runs[self.options.index(option)], self._lowest
        ordered = np.sort(values)
        return {
            "probability": float(np.mean((values == lowest) / winners)),
            "regret": float(np.mean(values - lowest)),
            "mean": float(values.mean()),
            **{f"p{p}": percentile(ordered, p / 100) for p in (5, 50, 95)},
        }

    @cached_property
    def _lowest(self) -> tuple[Array, Array]:
        """Lowest cost of each run, and the number of options that have it."""
        lowest = self.runs.min(axis=0)
        return lowest, (self.runs == lowest).sum(axis=0)


def outlook(inputs: Inputs, options: tuple[str, ...], runs: int = RUNS, seed: int = SEED) -> Outlook:
    """Work out the cost of all options with every uncertain input at its ends, under stress, and in random runs.

    Parameters
    ----------
    inputs : Inputs
        The case; where any input has a low and a high, those that have move between them, else every uncertain input
        moves by 20 % of its value.
    options : tuple of str
        Options that can be computed.
    runs, seed : int
        Random runs, as in `engine.analysis.montecarlo`.

    Examples
    --------
    >>> case = Inputs.read({"users": 100, "seat_price": 30, "horizon": 1}, ranges={"seat_price": (20, 40)})
    >>> seen = outlook(case, ("seat",), runs=100)
    >>> seen.base.round(2).tolist(), seen.low.round(2).tolist(), [moved.name for moved in seen.moved]
    ([33333.33], [[22222.22]], ['seat_price'])
    """
    return alone(outlook_steps(Base(inputs), options, runs, seed))


def outlook_steps(base: Base, options: tuple[str, ...], runs: int = RUNS, seed: int = SEED) -> Steps[Outlook]:
    """Work out what `outlook` does, in step with others."""
    moved = _moved(base)
    figures_of = {m.name: m for m in moved} | _fixed(base, moved)
    planned = _planned(base, moved, figures_of)
    size = 1 + 2 * len(moved) + len(CHANGES)
    try:
        drawn = _drawn(base, moved, figures_of, runs, seed)
        drawn = {name: np.concatenate([planned[name], drawn[name]]) for name in figures_of}
        figures = yield Question(base, options, "tco", drawn)
    except EngineError:  # one scenario is impossible: those of the tornado one by one, no random runs
        figures = yield from feasible(Question(base, options, "tco", planned))
    ends = figures[:, 1 : 1 + 2 * len(moved)]
    changes = {name: figures[:, 1 + 2 * len(moved) + i] for i, name in enumerate(CHANGES)}
    return Outlook(options, moved, figures[:, 0], ends[:, ::2], ends[:, 1::2], changes, figures[:, size:])


def _moved(base: Base) -> tuple[Moved, ...]:
    given = {r.name: (r.low, r.high) for r in ranges(base.inputs)}
    followers = _followers(base)
    found = []
    for name, assumption in assumptions().items():
        chosen = name not in given if given else name in DECISIONS or assumption.kind == "flag"
        if assumption.kind not in NUMERIC or chosen or name in followers:
            continue
        resolved = base.in_use[name]
        value = resolved.value
        if not isinstance(value, int | float) or not value:
            continue
        low, high = given.get(name, (value * (1 - SWING), value * (1 + SWING)))
        ends = sorted(_allowed(name, value if end is None else end) for end in (low, high))
        if ends[0] < ends[1] and ends[0] <= value <= ends[1]:
            found.append(Moved(name, float(value), ends[0], ends[1], resolved.in_usd))
    return tuple(found)


def _allowed(name: str, value: float) -> float:
    """Nearest value within the limits, a whole one where the input is whole."""
    assumption = assumptions()[name]
    rounded = value if assumption.kind == "number" else math.floor(value + 0.5)
    return float(min(max(rounded, assumption.low or 0.0), assumption.high or 0.0))  # numbers have limits


def _followers(base: Base) -> dict[str, str]:
    """Blank inputs that take the value of another one, and so move with it."""
    typed = base.inputs.model_fields_set
    same = {name: other for name, other in SAME_AS.items() if name not in typed}
    cached, prompt = (base.in_use[name] for name in ("api_cached_price", "api_input_price"))
    if "api_cached_price" not in typed and cached.value is not None and cached.value == prompt.value:
        same["api_cached_price"] = "api_input_price"
    return same


def _fixed(base: Base, moved: tuple[Moved, ...]) -> dict[str, Moved]:
    """Return queries and token prices, which the changes move even where they are not uncertain."""
    found = {}
    for name in (QUERIES, *TOKEN_PRICES):
        if any(m.name == name for m in moved):
            continue
        resolved = base.in_use[name]
        if isinstance(resolved.value, int | float):
            value = float(resolved.value)
            found[name] = Moved(name, value, value, value, resolved.in_usd)
    return found


def _planned(base: Base, moved: tuple[Moved, ...], figures: Mapping[str, Moved]) -> dict[str, Array]:
    """Values by scenario: as planned, each input at its low and high, then the changes."""
    values = {name: np.full(1 + 2 * len(moved) + len(CHANGES), m.value) for name, m in figures.items()}
    for i, m in enumerate(moved):
        values[m.name][1 + 2 * i : 3 + 2 * i] = m.low, m.high
    half, twice, cheap = range(1 + 2 * len(moved), 1 + 2 * len(moved) + len(CHANGES))
    if QUERIES in values:
        values[QUERIES][[half, twice]] *= (0.5, 2.0)
    for name in TOKEN_PRICES:
        if name in values:
            values[name][cheap] *= 0.5
    return _consistent(base, values, figures)


def _drawn(
    base: Base, moved: tuple[Moved, ...], figures: Mapping[str, Moved], runs: int, seed: int
) -> dict[str, Array]:
    stated = draws(base.inputs, runs, seed) if any(spread.varies for spread in ranges(base.inputs)) else {}
    values = {name: np.full(runs, m.value) for name, m in figures.items()}
    values |= {m.name: stated[m.name] for m in moved if m.name in stated}
    free = [m for m in moved if m.name not in stated]
    for first in range(0, len(free), FEW):
        some = free[first : first + FEW]
        ends = np.array([(m.low, m.value, m.high) for m in some]).T[:, :, None]
        drawn = triangular(_uniforms(seed, [m.name for m in some], runs), *ends)
        for m, row in zip(some, drawn, strict=True):
            values[m.name] = row if assumptions()[m.name].kind == "number" else np.floor(row + 0.5)
    return _consistent(base, values, figures)


def _consistent(base: Base, values: dict[str, Array], figures: Mapping[str, Moved]) -> dict[str, Array]:
    """Let prices in USD follow the exchange rate, and inputs that take the value of another one follow that."""
    rate = figures.get("fx_rate")
    for name, m in figures.items():
        if rate and m.in_usd:
            values[name] = values[name] * (values[rate.name] / rate.value)
    for name, other in _followers(base).items():
        if name in values and other in values:
            values[name] = values[other]
    return values


def _uniforms(seed: int, names: Sequence[str], runs: int) -> Array:
    """Random numbers of some inputs, shape (inputs, runs)."""
    return np.stack([_kept(seed, name, runs) for name in names])


@lru_cache(maxsize=512)
def _kept(seed: int, name: str, runs: int) -> Array:
    """Keep the random numbers of an input, which are the same for every case."""
    drawn = uniforms(seed, name, runs)
    drawn.flags.writeable = False
    return drawn
