"""Token prices from litellm's list: a JSON object of models with their cost of one token."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.catalog import ApiPrice
from engine.errors import counted
from engine.units import TOKENS_PER_MTOK

MODES = {"chat", "completion", "responses"}
PROVIDERS = {  # its names, where the price book has another
    "bedrock": "aws", "bedrock_converse": "aws", "fireworks_ai": "fireworks", "gemini": "google",
    "text-completion-openai": "openai", "together_ai": "together", "vertex_ai-language-models": "google",
    "xai": "x-ai", "cohere_chat": "cohere", "moonshot": "moonshotai",
}  # fmt: skip


def is_price_list(content: object) -> bool:
    """Whether a JSON document looks like litellm's list."""
    return isinstance(content, dict) and any(
        isinstance(model, dict) and "litellm_provider" in model for model in content.values()
    )


def convert(content: Mapping[str, Any], source: str, as_of: str) -> tuple[list[ApiPrice], list[str]]:
    """Turn the models that are billed by token into rows of the table api.

    Returns
    -------
    rows : list of ApiPrice
        In the order of the list; of an id that stands there twice the first.
    notes : list of str
        What was left out, and why.
    """
    skipped: Counter[str] = Counter()
    found: dict[str, ApiPrice] = {}
    for name, model in content.items():
        row = _row(name, model, source, as_of) if _is_text(name, model) else None
        if row is None:
            skipped["not billed by text token"] += 1
        elif row.id in found:
            skipped["a second price of the same model and provider"] += 1
        else:
            found[row.id] = row
    return list(found.values()), [f"{counted(count, 'model')} left out: {why}" for why, count in skipped.items()]


def _is_text(name: str, model: Any) -> bool:  # noqa: ANN401  JSON
    return name != "sample_spec" and isinstance(model, dict) and model.get("mode") in MODES


def _row(name: str, model: Mapping[str, Any], source: str, as_of: str) -> ApiPrice | None:
    cost, output = (_per_mtok(model.get(f"{part}_cost_per_token")) for part in ("input", "output"))
    if cost is None:
        return None
    theirs = str(model.get("litellm_provider", ""))
    provider = PROVIDERS.get(theirs, theirs).lower()
    bare = name.partition("/")[2] if name.lower().startswith(f"{theirs.lower()}/") else name
    return ApiPrice(
        id=f"{provider}/{bare}".lower(),
        provider=provider,
        model=bare,
        input_per_mtok=cost,
        cached_input_per_mtok=_per_mtok(model.get("cache_read_input_token_cost")),
        output_per_mtok=output,
        tiering="tiered" if any("_above_" in key for key in model) else "flat",
        unit="USD per 1M tokens",
        source=source,
        as_of=as_of,
        confidence="medium",
    )


def _per_mtok(cost: object) -> float | None:
    """Give the price of a million tokens; in decimals, because 3e-06 x 1e6 is not 3 in binary.

    >>> _per_mtok(3e-06), _per_mtok(None)
    (3.0, None)
    """
    if not isinstance(cost, int | float) or isinstance(cost, bool):
        return None
    return float(Decimal(repr(cost)) * int(TOKENS_PER_MTOK))
