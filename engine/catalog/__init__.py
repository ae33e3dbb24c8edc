"""The catalogue: GPUs, models, servers, rented instances, licences, electricity and pay, each row with its source.

The tables are the CSV files beside this module; a new figure is a new row with source, date and confidence.
"""

import datetime as dt

from engine.catalog.fields import field, ids
from engine.catalog.rows import ApiPrice, CloudInstance, Energy, Gpu, Licence, Llm, Row, Salary, Server
from engine.catalog.tables import cloud_row, find, using

__all__ = [
    "ApiPrice",
    "CloudInstance",
    "Energy",
    "Gpu",
    "Licence",
    "Llm",
    "Row",
    "Salary",
    "Server",
    "cloud",
    "energy",
    "field",
    "gpu",
    "ids",
    "licence",
    "llm",
    "salary",
    "server",
    "using",
]


def gpu(id_: str) -> Gpu:
    """Find a GPU.

    >>> gpu("h100")
    Traceback (most recent call last):
    engine.errors.NotAvailable: no gpu "h100" in the catalogue; did you mean h100-sxm, h100-pcie, h100-nvl?
    """
    row: Gpu = find("gpu", id_)
    return row


def llm(id_: str) -> Llm:
    """Find a model with published weights."""
    row: Llm = find("llm", id_)
    return row


def server(id_: str) -> Server:
    """Find a server."""
    row: Server = find("server", id_)
    return row


def cloud(id_: str, region: str | None = None, as_of: dt.date | None = None) -> CloudInstance:
    """Find a rented instance.

    Parameters
    ----------
    id_ : str
        ``aws/p5.48xlarge``, or the bare name where only one provider offers it.
    region : str, optional
        Blank: the first US region of the catalogue, else its first region. Where a provider has one price
        everywhere, any region has it.
    as_of : date, optional
        Newest prices at or before this date; blank: the newest of all.

    Examples
    --------
    >>> cloud("p5.48xlarge").price("on_demand")
    55.04
    >>> cloud("aws/p5.48xlarge", as_of=dt.date(2024, 4, 1)).price("3yr")
    53.95
    """
    return cloud_row(id_, region, as_of)


def licence(id_: str, as_of: dt.date | None = None) -> Licence:
    """Find a licence."""
    row: Licence = find("licence", id_, as_of)
    return row


def energy(id_: str, as_of: dt.date | None = None) -> Energy:
    """Find a price of electricity.

    >>> energy("us-industrial").value
    0.0977
    """
    row: Energy = find("energy", id_, as_of)
    return row


def salary(id_: str, as_of: dt.date | None = None) -> Salary:
    """Find the yearly cost or pay of a role."""
    row: Salary = find("salary", id_, as_of)
    return row
