"""The price lists of an analyst's workbook: which tables of the catalogue it shows, and their rows."""

import datetime as dt
from dataclasses import dataclass

from engine import catalog, prices
from engine.catalog.rows import Row
from engine.catalog.tables import rows as catalog_rows
from engine.errors import EngineError
from workbook.cells import Scalar

API_ROWS = 30  # the price book has thousands of models: those of one provider, the cheapest prompts first
COLUMNS = ("id", "name", "", "", "", "", "unit", "source", "as of", "confidence")
SPARE = 3  # empty rows at the end of a list, for the rows of a later catalogue


@dataclass(frozen=True)
class PriceList:
    """A table of the catalogue as it stands on paper: four figures by the attribute that holds them."""

    table: str
    title: str
    name: str
    figures: tuple[tuple[str, str], ...]
    """Heading and attribute."""
    unit: str = ""
    """Unit where the row has none."""


LISTS = (
    PriceList(
        "gpu",
        "GPUs",
        "gpu",
        (("Memory, GB", "mem_gb"), ("TDP, W", "tdp_w"), ("Price, low", "price_usd_low"), ("high", "price_usd_high")),
        "USD per GPU",
    ),
    PriceList(
        "server",
        "Servers, with their GPUs",
        "item",
        (("GPUs", "gpus"), ("Price, low", "price_low_usd"), ("typical", "price_typ_usd"), ("high", "price_high_usd")),
        "USD",
    ),
    PriceList(
        "cloud",
        "Rented instances, in the first US region of the list",
        "gpu",
        (("GPUs", "gpus"), ("On demand", "on_demand"), ("1 year", "reserved_1y"), ("3 years", "reserved_3y")),
    ),
    PriceList(
        "api",
        "Token API, models of the provider in use",
        "model",
        (("Prompt", "input_per_mtok"), ("Cached prompt", "cached_input_per_mtok"), ("Answer", "output_per_mtok")),
    ),
    PriceList("licence", "Software licences", "item", (("Price", "price_usd"), ("Term, years", "term_years"))),
    PriceList("energy", "Electricity", "country", (("Price", "value"),)),
    PriceList("salary", "People", "role", (("A year", "value"),)),
    PriceList(
        "llm",
        "Models with published weights",
        "model",
        (
            ("Parameters, bn", "params_total_b"),
            ("active", "params_active_b"),
            ("Layers", "layers"),
            ("KV heads", "kv_heads"),
        ),
    ),
)


def capacity(price_list: PriceList) -> int:
    """Rows that the workbook keeps for a list."""
    return (API_ROWS if price_list.table == "api" else len(catalog_rows(price_list.table))) + SPARE


def rows(price_list: PriceList, api_model: str, as_of: dt.date | None = None) -> list[list[Scalar]]:
    """Give the rows of a list, in the columns `COLUMNS`.

    Parameters
    ----------
    price_list : PriceList
        One of `LISTS`.
    api_model : str
        The model in use; the price book's models of its provider are listed.
    as_of : date, optional
        Newest prices at or before this date; blank: the newest of all.

    Examples
    --------
    >>> rows(LISTS[0], "")[0][:4]
    ['l4', 'L4', 24.0, 72.0]
    """
    if price_list.table == "api":
        return _api_rows(price_list, api_model, as_of)
    found = [_found(price_list.table, id_, as_of) for id_ in catalog_rows(price_list.table)]
    return [
        _row(price_list, {name: getattr(row, name, None) for name in _attributes(price_list)}) for row in found if row
    ]


def _found(table: str, id_: str, as_of: dt.date | None) -> Row | None:
    """Find the row in force; None when the catalogue is younger than the date."""
    try:
        if table == "cloud":
            return catalog.cloud(id_, None, as_of)
        same = [row for row in catalog_rows(table)[id_] if as_of is None or row.as_of <= as_of.isoformat()]
    except EngineError:
        return None
    newest: Row | None = max(same, key=lambda row: str(row.as_of), default=None)
    return newest


def _attributes(price_list: PriceList) -> list[str]:
    return [
        "id",
        price_list.name,
        *(a for _, a in price_list.figures),
        "unit",
        "source",
        "as_of",
        "confidence",
        "region",
    ]


def _row(price_list: PriceList, record: dict[str, Scalar]) -> list[Scalar]:
    figures = [record.get(attribute) for _, attribute in price_list.figures]
    name = record[price_list.name]
    if price_list.table == "cloud":
        name = f"{name}, {record['region']}"
    unit = record.get("unit") or price_list.unit
    said = [record["source"], record["as_of"], record["confidence"]]
    return [record["id"], name, *figures, *[None] * (4 - len(figures)), unit, *said]


def _api_rows(price_list: PriceList, api_model: str, as_of: dt.date | None) -> list[list[Scalar]]:
    """Give the model in use first, then the cheapest of the same provider."""
    try:
        used = prices.record(api_model, as_of)
    except EngineError:
        return []
    provider = str(used["provider"])
    records = [
        prices.record(id_, as_of) for id_ in prices.ids() if id_.startswith(f"{provider}/") and id_ != used["id"]
    ]
    priced = [record for record in records if record["input_per_mtok"] is not None]
    priced.sort(key=lambda record: (float(record["input_per_mtok"] or 0), str(record["id"])))
    return [_row(price_list, dict(record)) for record in [used, *priced][:API_ROWS]]
