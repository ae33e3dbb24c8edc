"""Everything that is wrong with a case in one pass: what its options lack beside values that are wrong themselves.

`Inputs.read` tells limits, ids, choices and contradictions. What an option cannot be computed for shows only when it is
worked out, which takes good inputs; here the wrong ones are left out, and what follows from that is not told.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from engine.errors import EngineError, NotAvailable, Problems, all_of, each
from engine.inputs import Inputs, assumptions, mentions, subjects
from engine.tco import evaluate

PLAIN = frozenset({"prompt_tokens", "output_tokens", "precision", "gpus_per_replica"})
"""What sentences of sizing begin with that are right whatever the other inputs are."""


def refused(inputs: Inputs) -> list[EngineError]:
    """Say what the options that are asked for cannot be computed for, one by one and each once.

    Examples
    --------
    >>> [str(reason) for reason in refused(Inputs.read({"users": 100, "options": "seat"}))]
    ['seat_price is required and blank (Price of one seat and month)']
    """
    found: list[EngineError] = []
    for option in inputs.option_ids:
        result = evaluate(inputs, option)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                _ = result.tco
        except EngineError as reason:  # what is missing may stand behind what no replica can do
            found += [reason, *result.missing()]
    return list(each(all_of(found))) if found else []


def besides(
    values: Mapping[str, object], problems: Sequence[EngineError] = (), wrong: Collection[str] = ()
) -> list[EngineError]:
    """Say what is wrong with a case beside the problems that are known.

    Parameters
    ----------
    values : mapping of str to object
        Cell values by assumption id.
    problems : sequence of EngineError
        What :meth:`Inputs.read` says of them.
    wrong : collection of str
        Ids with a value that could not be read at all.

    Returns
    -------
    list of EngineError
        What the options cannot be computed for, as far as it does not follow from what is wrong.

    Examples
    --------
    >>> case = {"users": 100, "wacc": 8, "options": "seat"}
    >>> try:
    ...     Inputs.read(case)
    ... except Problems as known:
    ...     [str(reason) for reason in besides(case, known.problems)]
    ['seat_price is required and blank (Price of one seat and month)']
    """
    bad = {*wrong, *subjects(problems), *(name for name in values if name not in assumptions())}
    if "options" in bad:
        return []  # nobody knows which are meant
    try:
        found = refused(Inputs.read({name: value for name, value in values.items() if name not in bad}))
    except Problems:
        return []
    sizes = any(map(_sizes, bad))
    return [
        r for r in found if not mentions(r, bad) and (not sizes or isinstance(r, NotAvailable) or subjects([r]) & PLAIN)
    ]


def _sizes(name: str) -> bool:
    """Whether an input can decide what a replica serves and how many there are: no price does."""
    known = assumptions().get(name)
    return known is None or not known.unit.startswith("money")
