"""Assumptions that remember which of them a calculation asks for."""

from typing import Any

from engine.inputs import Inputs, assumptions


class Traced:
    """Stands where the engine expects `Inputs` and answers as they do.

    Attributes
    ----------
    asked : dict of str to None
        Ids of the assumptions asked for, in their order.

    Examples
    --------
    >>> from typing import cast
    >>> from engine.case import Case
    >>> traced = Traced(Inputs.read({"users": 100}))
    >>> _ = Case(cast(Inputs, traced)).users
    >>> sorted(traced.asked)
    ['horizon', 'user_growth', 'users']
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self.asked: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever Inputs has
        if name in assumptions():
            self.asked[name] = None
        return getattr(self._inputs, name)
