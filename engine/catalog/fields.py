"""Catalogue figures by the name of table, row and column: what a cell can ask for."""

import dataclasses
import datetime as dt

from engine import prices
from engine.catalog.tables import FILES, cloud_row, find, rows
from engine.errors import NotAvailable


def field(table: str, id: str, field: str, as_of: dt.date | None = None) -> float | str:  # noqa: A002  names are the contract's
    """Figure or text of the catalogue.

    Parameters
    ----------
    table : {"gpu", "llm", "server", "cloud", "api", "licence", "energy", "salary"}
        Table of the catalogue.
    id : text
        Id of the row in any case, such as h100-sxm; an instance of another region: aws/p5.48xlarge@eu-north-1.
    field : text
        Column of the table, such as tdp_w; every table has source, as_of and confidence.
    as_of : date
        Newest row at or before this date; left out: the newest of all.

    Returns
    -------
    number or text
        In the unit that the name of the column tells.

    Examples
    --------
    >>> field("gpu", "H100-SXM", "tdp_w")
    700.0
    >>> field("gpu", "h100-sxm", "fp4_dense_tflops")
    Traceback (most recent call last):
    engine.errors.NotAvailable: h100-sxm has no fp4_dense_tflops in the catalogue
    """
    row_id, row = _row(table, id, as_of)
    column = field.strip().lower()
    if column not in row:
        raise NotAvailable(f'table {table} has no field "{field}"; it has {", ".join(row)}')
    value = row[column]
    if value is None:
        raise NotAvailable(f"{row_id} has no {column} in the catalogue")
    return value


def ids(table: str, contains: str | None = None) -> list[list[str]]:
    """Column of the ids of a table.

    Parameters
    ----------
    table : {"gpu", "llm", "server", "cloud", "api", "licence", "energy", "salary"}
        Table of the catalogue.
    contains : text
        Only ids that contain this text, in any case; left out: all.

    Returns
    -------
    table
        One id in each row.

    Examples
    --------
    >>> ids("gpu", "h100")
    [['h100-sxm'], ['h100-pcie'], ['h100-nvl']]
    """
    wanted = (contains or "").strip().lower()
    found = [id_ for id_ in (prices.ids() if table == "api" else rows(table)) if wanted in id_]
    if not found:
        raise NotAvailable(f'no id of table {table} contains "{contains}"')
    return [[id_] for id_ in found]


def _row(table: str, id_: str, as_of: dt.date | None) -> tuple[str, dict[str, float | str | None]]:
    if table == "api":
        record = prices.record(id_, as_of)
        return str(record["id"]), record
    row = cloud_row(id_, None, as_of) if table == "cloud" else find(table, id_, as_of)
    return row.id, {f.name: getattr(row, f.name) for f in dataclasses.fields(FILES[table][1])}
