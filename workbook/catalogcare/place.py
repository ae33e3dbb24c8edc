"""The catalogue that a command line names."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from engine import catalog
from engine.errors import NotAvailable

SHIPPED = "shipped"
"""How the command line names the catalogue that comes with the product."""


def catalogue(name: str | Path | None) -> AbstractContextManager[None]:
    """Give the catalogue of that name: ``shipped`` or nothing, a folder of tables, or the file of one.

    Raises
    ------
    NotAvailable
        When there is neither folder nor file of that name.
    """
    if name is None or str(name) == SHIPPED:
        return nullcontext()
    if not Path(name).exists():
        raise NotAvailable(f"{name} is neither a folder nor a file, nor the word {SHIPPED}")
    return catalog.using(Path(name))
