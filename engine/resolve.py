"""The value in use of every assumption, and where it comes from: typed, default, catalogue or another assumption."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from engine import catalog, prices
from engine.errors import EngineError, NotAvailable
from engine.inputs import Inputs, assumptions

Value = float | str | dt.date

SAME_AS = {
    "energy_escalation": "inflation",
    "salary_escalation": "inflation",
    "hardware_life": "horizon",
    "colo_pue": "pue",
    "api_long_cached_price": "api_long_input_price",
    "cost_of_debt": "lease_rate",
}
"""Blank here means the value of the other assumption."""


@dataclass(frozen=True)
class Resolved:
    """A value in use with its provenance; `value` None is a limit or size that is not set."""

    value: Value | None
    source: str
    as_of: str
    confidence: str
    in_usd: bool = False
    """Whether the value is a catalogue amount in USD times the exchange rate."""


_NOT_SET = Resolved(None, "not set", "", "")


def resolve(inputs: Inputs, name: str) -> Resolved:
    """Return the value in use of assumption `name`.

    Raises
    ------
    NotAvailable
        When it is required and blank, or the catalogue has no figure for it; the sentence names the id to set.

    Examples
    --------
    >>> resolve(Inputs.read({"gpu": "h100-sxm"}), "gpu_kw").value
    0.7
    """
    typed = getattr(inputs, name)
    if name in inputs.model_fields_set:
        return Resolved(typed, "customer input", "", "customer")
    if typed is not None:
        return _default(name)
    assumption = assumptions()[name]
    if name in SAME_AS:
        other = resolve(inputs, SAME_AS[name])
        source = "not set" if other.value is None else f"as {SAME_AS[name]}"
        return Resolved(other.value, source, other.as_of, other.confidence)
    if assumption.spec.catalog:
        table, row, field = assumption.spec.catalog
        return _dated(name, _from_usd(_ROWS[table](row), float(catalog.field(table, row, field)), inputs))
    if name in _CATALOG:
        return _dated(name, _CATALOG[name](inputs))
    if assumption.required:
        raise _blank(name)
    return _NOT_SET


@cache
def _default(name: str) -> Resolved:
    """Give the default of an assumption with its source."""
    assumption = assumptions()[name]
    spec = assumption.spec
    neutral = assumption.default == 0
    return Resolved(assumption.default, *(_NEUTRAL if neutral else (spec.source, spec.as_of, spec.confidence)))


def in_use(inputs: Inputs) -> dict[str, Resolved]:
    """Look up every assumption; not set where it is required and blank, or the catalogue has no figure for it.

    >>> in_use(Inputs.read({"users": 5}))["users"].value, in_use(Inputs.read({}))["users"].source
    (5.0, 'not set')
    """
    found: dict[str, Resolved] = {}
    for name in assumptions():
        try:
            found[name] = resolve(inputs, name)
        except EngineError:
            found[name] = _NOT_SET
    return found


def _dated(name: str, found: Resolved) -> Resolved:
    """Refuse a price of the catalogue that nobody can tell the age of."""
    priced = assumptions()[name].unit.startswith("money")
    if priced and not found.as_of.strip() and found.confidence != "customer":
        raise NotAvailable(
            f"{name}: {found.value:.15g} of the catalogue ({found.source or 'no source'}) has no date; fill as_of "
            f"of its row, or type {name}"
        )
    return found


_NEUTRAL = ("not applied", "", "")


def required(inputs: Inputs, name: str) -> str:
    """Return a required text assumption."""
    value = getattr(inputs, name)
    if value is None:
        raise _blank(name)
    return str(value)


def _blank(name: str) -> NotAvailable:
    return NotAvailable(f"{name} is required and blank ({assumptions()[name].help.partition('; ')[0].rstrip('.')})")


def fx(inputs: Inputs) -> float:
    """Factor from USD, the currency of the catalogue, to the currency of the assumptions. [currency/USD]"""
    if currency_of(inputs) == "USD":
        return 1.0
    if inputs.fx_rate is None:
        raise NotAvailable(
            f"fx_rate is required and blank: catalogue amounts are in USD, the results in {currency_of(inputs)}; set "
            "fx_rate, and fx_as_of, its date"
        )
    return inputs.fx_rate


def cloud_row(inputs: Inputs) -> catalog.CloudInstance:
    """Return the catalogue row of the rented instance, in its region, at the date of the prices."""
    instance = required(inputs, "cloud_instance")
    try:
        return catalog.cloud(instance, inputs.cloud_region, inputs.prices_as_of)
    except NotAvailable as reason:
        with _of("cloud_instance"):
            catalog.cloud(instance, None, inputs.prices_as_of)
        raise NotAvailable(f"cloud_region: {reason}") from None


@contextmanager
def _of(name: str) -> Iterator[None]:
    """Say of which assumption the catalogue does not know the id."""
    try:
        yield
    except NotAvailable as reason:
        raise NotAvailable(f"{name}: {reason}") from None


def currency_of(inputs: Inputs) -> str:
    """Return the ISO code of the results, in capitals."""
    return str(inputs.currency).upper()


def _from_row(row: catalog.Row, value: Value) -> Resolved:
    return Resolved(value, row.source, row.as_of, row.confidence)


def _from_usd(row: catalog.Row, price: float, inputs: Inputs) -> Resolved:
    return Resolved(price * fx(inputs), row.source, row.as_of, row.confidence, in_usd=True)


def _gpu(attribute: str) -> Callable[[Inputs], Resolved]:
    def from_gpu(inputs: Inputs) -> Resolved:
        row = catalog.gpu(required(inputs, "gpu"))
        return _from_row(row, float(getattr(row, attribute)))

    return from_gpu


def _gpu_price(inputs: Inputs) -> Resolved:
    row = catalog.gpu(required(inputs, "gpu"))
    return _from_usd(row, row.price_usd, inputs)


def _tariff(inputs: Inputs) -> Resolved:
    """Catalogue tariff: in the model's own currency as it is, in USD at fx_rate, in a third currency refused."""
    row = catalog.energy(required(inputs, "energy"))
    if row.currency == currency_of(inputs):
        return _from_row(row, row.value)
    if row.currency != "USD":
        raise NotAvailable(
            f"tariff: the catalogue row {row.id} is in {row.currency}, the results in {currency_of(inputs)}; "
            "type tariff"
        )
    return _from_usd(row, row.value, inputs)


def _cloud_price(inputs: Inputs) -> Resolved:
    row = cloud_row(inputs)
    return _from_usd(row, row.price(str(inputs.cloud_term)), inputs)


def _cloud_gpus(inputs: Inputs) -> Resolved:
    row = cloud_row(inputs)
    return _from_row(row, float(row.gpus))


def _cloud_region(inputs: Inputs) -> Resolved:
    row = cloud_row(inputs)
    return _from_row(row, row.region)


def _token_price(direction: str) -> Callable[[Inputs], Resolved]:
    def from_price_book(inputs: Inputs) -> Resolved:
        model = required(inputs, "api_model")
        with _of("api_model"):
            usd = prices.api_price(model, direction, inputs.prices_as_of, inputs.prompt_tokens)
            source = prices.price_source(model, inputs.prices_as_of)
        return Resolved(usd * fx(inputs), *source, in_usd=True)

    return from_price_book


def from_price_book(inputs: Inputs, name: str) -> bool:
    """Whether an assumption is a token price that is looked up for the model, by the length of a prompt."""
    if name == "api_cached_price" and (inputs.api_input_price is not None or not inputs.api_cached_share):
        return False  # another price stands in
    return name in {"api_input_price", "api_output_price", "api_cached_price"} and getattr(inputs, name) is None


def price_steps(inputs: Inputs) -> list[float]:
    """Lengths of a prompt above which the price book has other prices for the model. [token]"""
    model = required(inputs, "api_model")
    with _of("api_model"):
        return prices.steps(model, inputs.prices_as_of)


def _cached_price(inputs: Inputs) -> Resolved:
    """Price book, the typed input price where there is one, or the input price while nothing is cached."""
    if inputs.api_input_price is not None or not inputs.api_cached_share:
        price = resolve(inputs, "api_input_price")
        return replace(price, source="as api_input_price")
    return _token_price("cached_input")(inputs)


def _prices_as_of(_inputs: Inputs) -> Resolved:
    return Resolved(prices.PRICE_BOOK_DATE, "shipped price book", prices.PRICE_BOOK_DATE.isoformat(), "high")


_CATALOG: dict[str, Callable[[Inputs], Resolved]] = {
    "gpus_per_node": _gpu("gpus_per_node"),
    "whole_nodes": _gpu("whole_nodes"),
    "gpu_kw": _gpu("tdp_kw"),
    "gpu_price": _gpu_price,
    "tariff": _tariff,
    "cloud_region": _cloud_region,
    "cloud_price": _cloud_price,
    "cloud_gpus_per_instance": _cloud_gpus,
    "api_input_price": _token_price("input"),
    "api_output_price": _token_price("output"),
    "api_cached_price": _cached_price,
    "prices_as_of": _prices_as_of,
}
_ROWS: dict[str, Callable[[str], catalog.Row]] = {"licence": catalog.licence, "salary": catalog.salary}
