"""Time of one call: worksheet functions of an option, and building blocks, inside the engine and from a cell.

python -m benchmarks.functions
"""

import timeit
from collections.abc import Callable

from engine import tco
from engine.inputs import Inputs
from workbook import customers
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS_BY_NAME
from workbook.locate import shipped

OPTION_LIMIT, BLOCK_LIMIT = 1000.0, 20.0  # microseconds
BLOCKS: dict[str, list[object]] = {
    "TCO_POWER": [22400.0, 1296.0, 0.083],
    "TCO_LICENCE": [80.0, 18000.0, 5.0, 3.0],
    "TCO_FTE": [20.0, 20.0, 0.1, 1.0],
    "TCO_DEMAND": [50000.0, 25.0, 16.0],
    "TCO_USD_PER_MTOK": [0.36, 2000.0],
    "TCO_QUERY_COST": [1000.0, 500.0, 10.0, 30.0],
    "TCO_CAPITAL_FACTOR": ["annuity", 0.08, 3, 0.06],
    "TCO_NPV": [0.08, [-100.0, 40.0, 40.0, 40.0]],
    "TCO_WACC": [0.6, 0.4, 0.11, 0.05, 0.3],
    "TCO_CAPM": [0.04, 1.2, 0.05],
    "TCO_CRF": [0.08, 3],
    "TCO_EAC": [1000.0, 0.08, 3],
    "TCO_DEPRECIATION": [100000.0, 5, 2, "macrs"],
    "TCO_PAYBACK": [[-100.0, 40.0, 40.0, 40.0]],
    "TCO_TRAIN_FLOPS": [405.0, 15000.0],
    "TCO_TRAIN_DAYS": [405.0, 15000.0, 16000.0, 989.0],
    "TCO_CLUSTER_CAPEX": [16000.0, 30000.0],
    "TCO_FINETUNE_GB": [405.0, "bf16"],
}


def main() -> None:
    """Print the time of every call, in microseconds."""
    examples = {c.id: c.inputs for c in customers.read(shipped("examples", "customers.csv")).good}
    case = examples["US-BANK-11"]  # growth, MACRS, tax, hardware bought again: the longest way
    rows = [["id", "value"], *[[name, value] for name, value in case.typed.items()]]
    for option in ("onprem", "cloud", "api", "seat"):
        inside = _microseconds(lambda option=option: tco.evaluate(case, option).measure("tco"))
        _say(f"TCO_{option.upper()}", inside, _cell(f"TCO_{option.upper()}", [rows]), OPTION_LIMIT)
    _say("reading the assumptions", _microseconds(lambda: Inputs.read(case.typed)), None, OPTION_LIMIT)
    for name, arguments in BLOCKS.items():
        call = FUNCTIONS_BY_NAME[name].call
        cells = [[a] if isinstance(a, list) else a for a in arguments]
        _say(name, _microseconds(lambda call=call, a=arguments: call(*a)), _cell(name, cells), BLOCK_LIMIT)


def _cell(name: str, cells: list[object]) -> float:
    return _microseconds(lambda: evaluate(name, cells))  # type: ignore[arg-type]  # cell values of a benchmark


def _microseconds(work: Callable[[], object]) -> float:
    work()
    count, _ = timeit.Timer(work).autorange()
    return min(timeit.repeat(work, number=max(1, count // 5), repeat=5)) / max(1, count // 5) * 1e6


def _say(name: str, inside: float, cell: float | None, limit: float) -> None:
    from_cell = "" if cell is None else f"{cell:10.1f}"
    print(f"{name:28}{inside:10.1f}{from_cell:>10}   {'' if inside <= limit else f'above the goal of {limit:g}'}")


if __name__ == "__main__":
    main()
