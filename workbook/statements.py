"""What only the engine can say in a proposal, as blocks of cells: ranges, flip points, odds, stress, returns.

A block is a list of rows; ids of assumptions and options stand in it, never their labels, so that a template names them
in its own language. Blocks by option have a row for each of `OPTION_IDS`, blank for options that are not compared.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine.analysis.cash import commitments
from engine.analysis.confidence import confidence
from engine.analysis.flippoints import first_flip
from engine.analysis.investment import rate_of_return
from engine.analysis.payback import months_until
from engine.analysis.questions import Steps
from engine.analysis.sizingband import sizing_band
from engine.analysis.stress import api_flip_steps, utilisation_steps
from engine.errors import EngineError
from engine.inputs import OPTION_IDS
from engine.options import API, ONPREM
from engine.result import Result
from workbook.cells import Scalar
from workbook.contents import Contents, Rows, or_none

STEEPEST = 0.9  # decline of token prices a year up to which a flip is looked for


def tornado(says: Contents) -> Rows:
    """Give the inputs that move the recommended option most: id, value, ends, cost and cheapest at both."""
    seen = says.outlook
    row = seen.options.index(seen.best)
    widest = seen.widest(seen.best)
    lows, highs = seen.low[:, widest], seen.high[:, widest]
    moved = [seen.moved[i] for i in widest]
    columns = (lows[row], highs[row], seen.cheapest_at(lows), seen.cheapest_at(highs))
    return [
        [m.name, m.value, m.low, m.high, _figure(low), _figure(high), at_low, at_high]
        for m, low, high, at_low, at_high in zip(moved, *columns, strict=True)
    ]


def flips(says: Contents) -> Rows:
    """Give the inputs at which the two best options change their order, nearest first: id, value, value at the flip."""
    return [[point.name, point.planned, point.flip] for point in says.flips if point.flip is not None]


def odds(says: Contents) -> Rows:
    """By option: probability of being the cheapest, mean regret, mean, 5th, 50th and 95th percentile of the cost."""
    return _by_option(says, lambda option: list(says.outlook.odds(option).values()))


def stress(says: Contents) -> Rows:
    """By option: as planned, half the demand with the size kept and resized, twice the demand, half the prices."""
    seen = says.outlook

    def costs(option: str) -> list[Scalar]:
        row = seen.options.index(option)
        return [_figure(seen.base[row]), _figure(seen.kept(option)), *(_figure(c[row]) for c in seen.changes.values())]

    return _by_option(says, costs)


def stress_winners(says: Contents) -> Rows:
    """Cheapest option in each of the cases of `stress`."""
    seen = says.outlook
    kept = np.array([seen.kept(option) for option in seen.options])
    return [list(seen.cheapest_at(np.array([seen.base, kept, *seen.changes.values()]).T))]


def commitment(says: Contents) -> Rows:
    """By option: signed at the start, ever committed, share of the cost that rests on figures of low confidence."""
    doubtful = any(found.confidence == "low" for found in says.in_use.values()) or says.is_modelled

    def amounts(option: str) -> list[Scalar]:
        found = or_none(partial(commitments, says.results[option]))
        return [
            *((float(found[0][0]), float(found[0].sum())) if found else (None, None)),
            or_none(partial(confidence, says.inputs, option, "low")) if doubtful else 0.0,
        ]

    return _by_option(says, amounts)


def band(says: Contents) -> Rows:
    """By option: cost where replicas serve as much as the high end of the band, and as little as the low end."""
    if not says.is_modelled:
        return _by_option(says, lambda option: [float(says.results[option].tco[0])] * 2)
    rows = {option: (much, little) for option, little, _, much in sizing_band(says.inputs)[1:]}
    return _by_option(says, lambda option: [_scalar(cost) for cost in rows[option]])


def use(says: Contents) -> Rows:
    """By option: cost per million tokens with the hardware of year 1 used at 5, 25, 50 and 100 %."""
    table = or_none(partial(says.worked_out, _use))
    if table is None:
        return []
    columns = dict(zip(table[0][2:], zip(*(row[2:] for row in table[1:]), strict=True), strict=True))
    return _by_option(says, lambda option: [_scalar(v) for v in columns.get(option, ())])


def _use(says: Contents) -> Steps[list[list[Any]]]:
    return utilisation_steps(says.base, tuple(says.results), says.fleet)


def _against_rival(figure: Callable[[Result, Result], float]) -> Callable[[Contents], Rows]:
    """Give a figure of own servers instead of the best of the others."""

    def stated(says: Contents) -> Rows:
        rival = _rival(says, ONPREM.id)
        return [] if rival is None else [[or_none(partial(figure, says.results[ONPREM.id], says.results[rival]))]]

    return stated


def token_prices(says: Contents) -> Rows:
    """Give the best option but the API, and the level and the decline of token prices at which both cost the same."""
    return says.worked_out(_token_prices)


def _token_prices(says: Contents) -> Steps[Rows]:
    rival = _rival(says, API.id)
    if rival is None:
        return []
    try:
        level: float | None = yield from api_flip_steps(says.base, rival)
    except EngineError:
        level = None
    if says.results[API.id].tco[0] <= says.results[rival].tco[0]:
        return [[rival, level, None]]
    declines = np.linspace(0.0, STEEPEST, 32)
    decline = yield from first_flip(says.base, (API.id, rival), "api_price_decline", declines, whole=False)
    return [[rival, level, decline]]


def binding(says: Contents) -> Rows:
    """Say what decides the number of GPUs."""
    return [[or_none(lambda: says.fleet.binding)]] if not {"api", "seat"} >= says.results.keys() else []


def planned(says: Contents) -> Rows:
    """Cost of the cheapest option as planned."""
    return [[float(says.outlook.base[says.outlook.ranking[0]])]]


STATED: Mapping[str, Callable[[Contents], Rows]] = {
    "blk_tornado": tornado,
    "out_stated_tco": planned,
    "blk_flips": flips,
    "blk_odds": odds,
    "blk_stress": stress,
    "blk_stress_winners": stress_winners,
    "blk_commitment": commitment,
    "blk_band": band,
    "blk_use": use,
    "out_stated_irr": _against_rival(rate_of_return),
    "out_stated_months": _against_rival(months_until),
    "blk_token_prices": token_prices,
    "out_stated_binding": binding,
}
"""Blocks by the name of their cells."""


def stated(says: Contents, name: str) -> Rows:
    """Give a block of `STATED`, worked out once."""
    if name not in says.stated:
        says.stated[name] = STATED[name](says)
    return says.stated[name]


SHRINKING = ("blk_tornado", "blk_flips")
"""Blocks whose unused rows are hidden."""


def _by_option(says: Contents, row: Callable[[str], list[Scalar]]) -> Rows:
    return [row(option) if option in says.results else [] for option in OPTION_IDS]


def _rival(says: Contents, option: str) -> str | None:
    """Cheapest of the others, where the option takes part and there are others."""
    others = {o: float(r.tco[0]) for o, r in says.results.items() if o != option}
    return min(others, key=others.__getitem__) if option in says.results and others else None


def _figure(cost: float) -> float | None:
    return None if np.isnan(cost) else float(cost)


def _scalar(value: float | EngineError) -> float | None:
    return None if isinstance(value, EngineError) else value
