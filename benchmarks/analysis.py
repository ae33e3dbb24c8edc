"""Time of the analysis functions, and of the same answers by a loop over single evaluations, in the same run.

python -m benchmarks.analysis
"""

import time
from collections.abc import Callable

import numpy as np

from engine import tco
from engine.analysis.breakeven import breakeven, crossings
from engine.analysis.confidence import confidence
from engine.analysis.montecarlo import cheapest, draws, montecarlo
from engine.analysis.payback import payback_months
from engine.analysis.selector import scenarios
from engine.analysis.sensitivity import tornado
from engine.analysis.sizingband import sizing_band
from engine.inputs import Inputs, assumptions
from workbook import customers
from workbook.locate import shipped

RUNS = 10_000
LOOPED = 200  # runs of the loop, which is 50 times as slow
ROUNDS = 3
VARYING = 12  # inputs with a low and a high
OTHERS = {"options": "onprem,cloud,api,seat,lease,colo,hybrid", "lease_rate": 0.06, "colo_rent": 150.0}
PLANS = [["id", "Low", "High", "Customer"], ["users", 2000, 9000, 4000], ["wacc", 0.06, 0.1, None]]


def main() -> None:
    """Print the time of every function in processor time, because the machine may be shared."""
    case = example()
    count = len(case.option_ids)
    once = _seconds(lambda: cheapest(case, "tco", RUNS))
    _say(f"Monte Carlo, {RUNS:,} runs x {count} options, {VARYING} inputs", once, 1.0)
    loop = _seconds(lambda: by_loop(case, LOOPED)) * RUNS / LOOPED
    _say(f"  a loop over {RUNS:,} single evaluations ({LOOPED} measured)", loop)
    print(f"  {loop / once:.0f} times as fast as the loop (at least 50)")
    others = {name: ends for name, ends in case.ranges.items() if name != "replica_rps"}
    modelled = Inputs.read({**case.typed, "replica_rps": None, "gpus_per_replica": None}, ranges=others)
    _say("  the same with a modelled replica in every run", _seconds(lambda: cheapest(modelled, "tco", RUNS)), 1.0)
    shaped = Inputs.read(case.typed, ranges=together(case))
    _say("  the same with normal and correlated inputs", _seconds(lambda: cheapest(shaped, "tco", RUNS)), 1.0)
    every = Inputs.read({**case.typed, **OTHERS}, ranges=case.ranges)
    _say(
        "  all seven options, the split of hybrid found in every run",
        _seconds(lambda: cheapest(every, "tco", RUNS)),
        1.0,
    )
    _say(f"TCO_MONTECARLO, {RUNS:,} runs, own servers", _seconds(lambda: montecarlo(case, "onprem", "tco", RUNS)), 1.0)
    _say("TCO_TORNADO over all inputs", _seconds(lambda: tornado(case, "onprem", "tco", 0.2)), 0.2)
    _say("TCO_BREAKEVEN, users", _seconds(lambda: breakeven(case, "onprem", "api", "users", 1, 1e6)), 0.2)
    _say(
        "every crossing, users to a million", _seconds(lambda: list(crossings(case, "onprem", "api", "users", 1, 1e6)))
    )
    _say("TCO_TORNADO over all inputs, hybrid", _seconds(lambda: tornado(every, "hybrid", "tco", 0.2)), 0.2)
    _say("TCO_SCENARIOS, four of four options", _seconds(lambda: scenarios(case, PLANS)))
    _say("TCO_CONFIDENCE, own servers", _seconds(lambda: confidence(case, "onprem")))
    _say("TCO_SIZING_BAND, four options", _seconds(lambda: sizing_band(modelled)))
    _say("TCO_PAYBACK_MONTHS", _seconds(lambda: payback_months(case, "onprem", "cloud")), 0.01)


def example() -> Inputs:
    """Growth, tax, hardware bought again, all four options, and the first prices and loads varying by a fifth."""
    customer = next(c for c in customers.read(shipped("examples", "customers.csv")).good if c.id == "US-BANK-11")
    given = {"options": "onprem,cloud,api,seat", "seat_price": 30.0, "api_input_price": 2.5, "api_output_price": 10.0}
    case = customer.inputs.replaced(**given, api_annual_cost=None, api_fte=None)
    numbers = [n for n, a in assumptions().items() if a.kind == "number" and case.typed.get(n)]
    spread = {n: sorted([case.typed[n] * 0.95, case.typed[n] * 1.02]) for n in numbers[:VARYING]}
    return Inputs.read(case.typed, ranges={n: (low, high) for n, (low, high) in spread.items()})


def together(case: Inputs) -> dict[str, tuple[object, ...]]:
    """Give every second input a normal distribution, and each a correlation with the first."""
    first, *others = case.ranges.items()
    spreads: dict[str, tuple[object, ...]] = dict([first])
    for number, (name, (low, high, *_)) in enumerate(others):
        value = case.typed[name]
        reach = min(value - low, high - value)
        middle = (value - reach, value + reach, "normal") if number % 2 else (low, high, "triangular")
        spreads[name] = (*middle, f"{first[0]} 0.3")
    return spreads


def by_loop(case: Inputs, runs: int) -> np.ndarray:
    """Work out every option of every run by itself."""
    drawn = draws(case, runs, 1)
    return np.array(
        [
            [tco.evaluate(moved, option).measure("tco") for option in case.option_ids]
            for moved in (case.replaced(**{n: float(v[run]) for n, v in drawn.items()}) for run in range(runs))
        ]
    )


def _seconds(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def _say(what: str, seconds: float, limit: float | None = None) -> None:
    aim = "" if limit is None else f"   (at most {1000 * limit:.0f} ms)"
    print(f"{what:66}{1000 * seconds:10.1f} ms{aim}")


if __name__ == "__main__":
    main()
