"""A case: the assumptions as arrays with a leading scenario axis, all that a formula of the model may see."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from engine import finance
from engine.errors import NotAvailable
from engine.inputs import Inputs, assumptions
from engine.resolve import SAME_AS, from_price_book, price_steps, resolve
from engine.units import Array


class Case:
    """The assumptions of one case, or of S scenarios of it.

    Parameters
    ----------
    inputs : Inputs
        The base case.
    vary : mapping of str to array, shape (S,), optional
        Values of some numeric assumptions by scenario; all others keep their base value.

    Examples
    --------
    >>> Case(Inputs.read({"users": 5000}))["users"]
    array([[5000.]])
    >>> Case(Inputs.read({}), {"wacc": np.array([0.08, 0.1])})["wacc"].shape
    (2, 1)
    """

    def __init__(self, inputs: Inputs, vary: Mapping[str, Array] | None = None) -> None:
        self.inputs = inputs
        self.years = int(inputs.horizon or 0)
        self._varied: dict[str, Array] = {name: values[:, None] for name, values in (vary or {}).items()}
        self._values = dict(self._varied)
        self.missing: list[NotAvailable] | None = None

    def collecting(self, **sizes: float) -> "Case":
        """Return a copy that counts 1 for a figure that is missing and keeps the reason in `missing`.

        Sizes that are not set take the given values, so that what stands behind them is reached.
        """
        standing = {name: value for name, value in sizes.items() if not self.is_set(name)}
        copy = Case(self.inputs.model_copy(update=standing), {n: v[:, 0] for n, v in self._varied.items()})
        copy.missing = []
        return copy

    @property
    def scenarios(self) -> int:
        """Scenarios S of this case; 1 when nothing varies."""
        return max((len(values) for values in self._varied.values()), default=1)

    def repeated(self, name: str, choices: Array) -> "Case":
        """Return a case in which each scenario stands once for every one of its `choices` of assumption `name`.

        Parameters
        ----------
        name : str
            A numeric assumption.
        choices : array, shape (S, choices)
            Its values.
        """
        times = choices.shape[1]
        varied = {n: np.repeat(values[:, 0], times) for n, values in self._varied.items()}
        return Case(self.inputs, {**varied, name: choices.ravel()})

    def __getitem__(self, name: str) -> Array:
        """Return the value in use of a numeric assumption, shape (S, 1) or (1, 1)."""
        value = self._values.get(name)
        if value is None:
            try:
                value = self._resolved(name)
            except NotAvailable as reason:
                if self.missing is None:
                    raise
                self.missing.append(reason)
                return np.ones((1, 1))
            self._values[name] = value
        return value

    def _resolved(self, name: str) -> Array:
        if name in SAME_AS and getattr(self.inputs, name) is None:
            return self[SAME_AS[name]]
        if name == "api_cached_price" and self.inputs.api_cached_price is None and "api_input_price" in self._varied:
            return self["api_input_price"]  # a typed input price is the cached price as well
        if "prompt_tokens" in self._varied and from_price_book(self.inputs, name):
            return self._by_length(name)
        resolved = resolve(self._lookup_inputs, name)
        if resolved.value is None:
            raise NotAvailable(f"{name} is blank ({assumptions()[name].help.rstrip('.')})")
        value = np.array([[resolved.value]], dtype=np.float64)
        return value * self["fx_rate"] if resolved.in_usd and "fx_rate" in self._varied else value

    def _by_length(self, name: str) -> Array:
        """Look up a token price for every length of a prompt that the scenarios have."""
        prompts = self["prompt_tokens"]
        starts = [start for start in price_steps(self.inputs) if start < prompts.max()]
        prices = np.empty_like(prompts)
        for start in [0.0, *starts]:
            at = self._lookup_inputs.model_copy(update={"prompt_tokens": np.nextafter(start, np.inf)})
            prices[prompts > start] = float(str(resolve(at, name).value))
        return prices * self["fx_rate"] if "fx_rate" in self._varied else prices

    @cached_property
    def _lookup_inputs(self) -> Inputs:
        """The inputs that the catalogue is read for: those it depends on stand for all their scenarios."""
        standing: dict[str, float] = {}
        if "fx_rate" in self._varied:
            standing["fx_rate"] = 1.0  # amounts in USD, which each scenario converts at its own rate
        if "api_cached_share" in self._varied:
            standing["api_cached_share"] = float(self["api_cached_share"].max())  # where nothing is cached: no effect
        return self.inputs.model_copy(update=standing) if standing else self.inputs

    def is_set(self, name: str) -> bool:
        """Whether a numeric assumption has a figure, typed or drawn."""
        return name in self._values or getattr(self.inputs, name) is not None

    def any(self, name: str) -> bool:
        """Whether a numeric assumption differs from 0 in any scenario."""
        return bool(np.any(self[name]))

    def growth(self, name: str, sign: int = 1) -> Array:
        """Return (1 + sign x rate)^(t-1) of years 1..N for a yearly rate, shape (S, N)."""
        return finance.growth(sign * self[name], self.years)

    @cached_property
    def inflation(self) -> Array:
        """Price level of years 1..N, shape (S, N)."""
        return self.growth("inflation")

    @cached_property
    def users(self) -> Array:
        """Users of years 1..N, shape (S, N). [person]"""
        return self["users"] * self.growth("user_growth")

    @cached_property
    def queries(self) -> Array:
        """Queries asked in years 1..N, before the response cache, shape (S, N). [1/yr]"""
        per_user = self["queries_per_user_day"] * self.growth("query_growth")
        return self.users * per_user * self["working_days_per_month"] * 12.0

    @cached_property
    def billed_queries(self) -> Array:
        """Queries that the response cache does not answer, shape (S, N). [1/yr]"""
        return self.queries * (1.0 - self["response_cache_hit"])

    @cached_property
    def discount(self) -> Array:
        """Discount factors of flows dated at years 0..N, shape (S, N + 1)."""
        return finance.discount_factors(self["wacc"], self.years, "end")

    @cached_property
    def running_discount(self) -> Array:
        """Discount factors of running flows: at the end or in the middle of a year, as `timing` says."""
        return finance.discount_factors(self["wacc"], self.years, str(self.inputs.timing))
