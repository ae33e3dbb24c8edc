"""What the uncertainty of the sizing costs: every option at the low and the high end of the 90 % band."""

from engine.case import Case
from engine.errors import EngineError, WrongKind
from engine.fleet import Fleet
from engine.inputs import Inputs
from engine.lines import Option
from engine.options import CLOUD, OPTIONS
from engine.result import MEASURES, Result, Rows


def sizing_band(assumptions: Inputs, measure: str = "tco") -> Rows:
    """Cost of every option when a replica serves as little, or as much, as the 90 % band of the throughput model says.

    Parameters
    ----------
    assumptions : assumptions
        Range of assumptions: id and value; its `options` are listed.
    measure : {"tco", "npv", "total", "capex", "opex", "eac", "year1", "per_user_month", "per_query", "per_mtok"}
        What is shown.

    Returns
    -------
    table
        Header; option, cost where replicas serve little, as planned, where they serve much. An option that cannot be
        computed shows its error. [money]

    Notes
    -----
    The fleet is sized anew at each end, as gpus_high and gpus_low of TCO_SIZING are. What is bought by token or by seat
    does not depend on it, nor does a fleet with a measured replica_rps or typed gpus.

    Examples
    --------
    >>> case = Inputs.read({"users": 50000, "queries_per_user_day": 25, "model": "llama-3.1-70b", "precision": "fp8",
    ...                     "gpu": "h100-sxm", "prompt_tokens": 1000, "output_tokens": 500, "node_price": 90000,
    ...                     "options": "onprem"})
    >>> [round(cost / 1000) for cost in sizing_band(case, "capex")[1][1:]]
    [2100, 1750, 1400]
    """
    if measure.lower() not in MEASURES:
        raise WrongKind(f'measure: "{measure[:60]}" is none of {", ".join(MEASURES)}')
    options = [OPTIONS[name] for name in assumptions.option_ids]
    return [
        ["option", "replicas serve little", "as planned", "replicas serve much"],
        *[
            [option.id, *[_figure(assumptions, option, measure.lower(), end) for end in (0, None, 1)]]
            for option in options
        ],
    ]


def _figure(inputs: Inputs, option: Option, measure: str, end: int | None) -> float | EngineError:
    """Give the measure as planned, or at one end of the band."""
    try:
        case = Case(inputs)
        result = Result(case, option, None if end is None else _fleet_at(case, option, end))
        return float(getattr(result, measure)[0])
    except EngineError as error:
        return error


def _fleet_at(case: Case, option: Option, end: int) -> Fleet | None:
    """Give the fleet of one end; none where its size is typed, or not asked for: it is as planned."""
    if case.is_set("replica_rps") or case.is_set("gpus") or not (option.capitalised or option is CLOUD):
        return None
    return Fleet(case).ends[end]
