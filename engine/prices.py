"""The price book of token APIs: dated prices from the data of genai-prices, read without its network or clock.

Where a price depends on the length of the prompt, the price of short prompts (the base tier) is given unless a length
is named: above the start of a tier, all tokens of the query have its price. A catalogue
that is read instead of the shipped one can hold token prices of its own; they win over the book's.
"""

import dataclasses
import datetime as dt
import difflib
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from engine.catalog.rows import ApiPrice
from engine.catalog.tables import at_or_before, newest, rows
from engine.errors import NotAvailable

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

PRICE_BOOK_DATE = dt.date(2026, 11, 21)
"""The day of the shipped prices, used when no date is given."""

NOON = dt.time(12, tzinfo=dt.UTC)  # some prices depend on the hour; a date means its noon
_KEYS = {"input": "input_mtok", "output": "output_mtok", "cached_input": "cache_read_mtok"}
_UNIT = "USD per 1M tokens"


def api_price(
    model: str, direction: str = "input", as_of: dt.date | None = None, prompt_tokens: float | None = None
) -> float:
    """Price of a token API.

    Parameters
    ----------
    model : text
        Id in the price book in any case: gpt-4-turbo, or with its provider: openai/gpt-4-turbo.
    direction : {"input", "output", "cached_input"}
        Which tokens are billed.
    as_of : date
        Day of the price, at 12:00 UTC; left out: the date of the shipped price book, never today.
    prompt_tokens : number, 0 or more
        Length of the prompt, for models with other prices for long ones; left out: the price of short ones. [token]

    Returns
    -------
    number
        Price of a million tokens. [USD/Mtok]

    Notes
    -----
    A name without provider means the list price of the maker of the model. When the price book does not know the
    maker, all providers of that name must agree; otherwise the error lists them.

    Examples
    --------
    >>> api_price("gpt-4-turbo", "output")
    30.0
    >>> api_price("openai/gpt-4o", "cached_input")
    1.25
    >>> api_price("gpt-5.4"), api_price("gpt-5.4", prompt_tokens=300000)
    (2.5, 5.0)
    """
    own = _own(model, as_of)
    id_, price = _price_of(own, direction) if own else _listed(model, direction, as_of, prompt_tokens or 0.0)
    if price is None:
        missing = f"{id_} has no {direction} price in the price book"
        raise NotAvailable(f"{missing}; set api_{direction.removesuffix('_input')}_price")
    return price


@lru_cache(maxsize=4096)
def _listed(model: str, direction: str, as_of: dt.date | None, prompt: float) -> tuple[str, float | None]:
    provider, found = _find(model, as_of)
    return _id(provider, found), _prices(found, as_of, prompt)[direction]


def steps(model: str, as_of: dt.date | None = None) -> list[float]:
    """List the lengths of a prompt above which a model has other prices.

    >>> steps("gpt-5.4"), steps("gpt-4o")
    ([272000.0], [])
    """
    if _own(model, as_of):
        return []
    _, found = _find(model, as_of)
    price = found.get_prices(_moment(as_of))
    tiered = [getattr(price, key) for key in _KEYS.values()]
    return sorted({float(tier.start) for prices in tiered if hasattr(prices, "base") for tier in prices.tiers})


def price_source(model: str, as_of: dt.date | None = None) -> tuple[str, str, str]:
    """Name source, date and confidence of the prices of a model.

    >>> price_source("gpt-4-turbo")
    ('genai-prices 0.2.3, openai/gpt-4-turbo', '2026-11-21', 'medium')
    """
    if own := _own(model, as_of):
        return own.source, own.as_of, own.confidence
    return _listed_source(model, as_of)


@lru_cache(maxsize=4096)
def _listed_source(model: str, as_of: dt.date | None) -> tuple[str, str, str]:
    from importlib.metadata import version

    # medium: collected from the providers' pages by others; low: asked for a day that the book has no price of
    provider, found = _find(model, as_of)
    source = f"genai-prices {version('genai-prices')}, {_id(provider, found)}"
    if as_of is None or as_of == PRICE_BOOK_DATE or _has_history(found):
        return source, (as_of or PRICE_BOOK_DATE).isoformat(), "medium"
    return f"{source}; no price of {as_of.isoformat()} known", PRICE_BOOK_DATE.isoformat(), "low"


def _has_history(model: "ModelInfo") -> bool:
    """Whether the book tells prices of different days apart."""
    from genai_prices.types import StartDateConstraint

    return isinstance(model.prices, list) and any(
        isinstance(price.constraint, StartDateConstraint) for price in model.prices
    )


def record(model: str, as_of: dt.date | None = None) -> dict[str, float | str | None]:
    """Give a model as a row of the catalogue, figures that the book lacks as None."""
    if own := _own(model, as_of):
        return dataclasses.asdict(own)
    provider, found = _find(model, as_of)
    price = _prices(found, as_of)
    source, date, confidence = price_source(model, as_of)
    return {
        "id": _id(provider, found),
        "provider": provider.id,
        "model": found.id,
        "input_per_mtok": price["input"],
        "cached_input_per_mtok": price["cached_input"],
        "output_per_mtok": price["output"],
        "tiering": "tiered" if _is_tiered(found, as_of) else "flat",
        "unit": _UNIT,
        "source": source,
        "as_of": date,
        "confidence": confidence,
    }


def ids() -> tuple[str, ...]:
    """List every model that is billed by token, as ``provider/model``."""
    return tuple(dict.fromkeys([*rows("api"), *_listed_ids()]))


@cache
def _listed_ids() -> tuple[str, ...]:
    return tuple(_id(p, m) for p in _providers() for m in p.models if _prices(m, None)["input"] is not None)


def _providers() -> "list[Provider]":
    from genai_prices.data import providers  # 0.3 s

    return providers


@cache
def _by_name() -> "dict[str, list[tuple[Provider, ModelInfo]]]":
    found: dict[str, list[tuple[Provider, ModelInfo]]] = {}
    for provider in _providers():
        for model in provider.models:
            found.setdefault(model.id.lower(), []).append((provider, model))
    return found


def _own(name: str, as_of: dt.date | None) -> ApiPrice | None:
    """Find a row that stands in for the price book, by its id or by another name that the book knows it under."""
    table = rows("api")
    if not table:
        return None
    wanted = name.strip().lower()
    same = table.get(wanted) or table.get(_listed_id(wanted, as_of)) or _bare(table, wanted)
    dated = at_or_before(same, as_of)
    return newest(dated, None) if dated else None


def _bare(table: dict[str, tuple[ApiPrice, ...]], name: str) -> tuple[ApiPrice, ...]:
    fitting = [same for id_, same in table.items() if id_.partition("/")[2] == name]
    return fitting[0] if len(fitting) == 1 else ()


def _listed_id(name: str, as_of: dt.date | None) -> str:
    try:
        return _id(*_find(name, as_of))
    except NotAvailable:
        return ""


def _price_of(row: ApiPrice, direction: str) -> tuple[str, float | None]:
    return row.id, getattr(row, f"{direction}_per_mtok")


def _find(name: str, as_of: dt.date | None) -> "tuple[Provider, ModelInfo]":
    """Find a model: with its provider, by its maker, or by any providers that agree on the price."""
    wanted = name.strip().lower()
    return _of_provider(wanted) or _of_maker(wanted) or _of_any(wanted, as_of) or _not_found(name)


def _of_provider(name: str) -> "tuple[Provider, ModelInfo] | None":
    prefix, _, model_name = name.partition("/")
    provider = next((p for p in _providers() if p.id == prefix), None)
    return _offer(provider, model_name) if provider and model_name else None


def _of_maker(name: str) -> "tuple[Provider, ModelInfo] | None":
    maker = next((p for p in _providers() if p.model_match and p.model_match.is_match(name)), None)
    return _offer(maker, name) if maker else None


def _offer(provider: "Provider", name: str) -> "tuple[Provider, ModelInfo] | None":
    """Find a model of a provider: by its id first, because the patterns for other spellings overlap."""
    exact = next((m for p, m in _by_name().get(name, []) if p is provider), None)
    model = exact or provider.find_model(name, all_providers=_providers())
    return (provider, model) if model else None


def _of_any(name: str, as_of: dt.date | None) -> "tuple[Provider, ModelInfo] | None":
    offers = [(p, m) for p, m in _by_name().get(name, []) if _prices(m, as_of)["input"] is not None]
    if len({tuple(_prices(model, as_of).items()) for _, model in offers}) > 1:
        listed = ", ".join(f"{_id(p, m)} ({_prices(m, as_of)['input']:g})" for p, m in offers)
        raise NotAvailable(f'"{name}" has different prices (input, USD/Mtok): write one of {listed}')
    return offers[0] if offers else None


def _not_found(name: str) -> "tuple[Provider, ModelInfo]":
    wanted = name.strip().lower()
    known = [*_by_name(), *ids()]
    close = [i for i in known if wanted and i.startswith(wanted)][:5] or difflib.get_close_matches(wanted, known, 3)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    raise NotAvailable(f'no api model "{name}" in the price book{hint}')


def _prices(model: "ModelInfo", as_of: dt.date | None, prompt: float = 0.0) -> dict[str, float | None]:
    price = model.get_prices(_moment(as_of))
    return {direction: _at_length(getattr(price, key), prompt) for direction, key in _KEYS.items()}


def _moment(as_of: dt.date | None) -> dt.datetime:
    return dt.datetime.combine(as_of or PRICE_BOOK_DATE, NOON)


def _at_length(price: Any, prompt: float) -> float | None:  # noqa: ANN401  a number, or the book's tiers of it
    """Price of the highest tier that a prompt exceeds: it holds for all of its tokens."""
    if hasattr(price, "base"):
        price = next((tier.price for tier in reversed(price.tiers) if prompt > tier.start), price.base)
    return float(price) if isinstance(price, Decimal) else None


def _is_tiered(model: "ModelInfo", as_of: dt.date | None) -> bool:
    price = model.get_prices(_moment(as_of))
    return any(hasattr(getattr(price, key), "base") for key in _KEYS.values())


def _id(provider: "Provider", model: "ModelInfo") -> str:
    return f"{provider.id}/{model.id}".lower()
