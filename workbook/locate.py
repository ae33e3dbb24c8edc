"""Files that come with the product: beside the packages in a checkout, inside this package when installed."""

from pathlib import Path

from engine.errors import NotAvailable

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE.parent, _PACKAGE / "shipped")


def shipped(folder: str, name: str) -> Path:
    """Find a shipped file.

    >>> shipped("examples", "customers.csv").name
    'customers.csv'

    Raises
    ------
    NotAvailable
        When there is none of that name; the sentence lists what there is.
    """
    for place in _PLACES:
        path = place / folder / name
        if path.is_file():
            return path
    known = shipped_names(folder)
    raise NotAvailable(f"no {name} among the shipped {folder}; there are {', '.join(known) or 'none'}")


def shipped_names(folder: str) -> list[str]:
    """Give the names of the files that are shipped in a folder."""
    return sorted({path.name for place in _PLACES for path in (place / folder).glob("*.*")})
