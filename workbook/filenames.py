"""File names of proposals: from the customer's id, never from the name, safe on every system."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable

from engine.errors import OutOfLimits

LONGEST = 80  # bytes of a slug: with a folder and a suffix it stays far below every system's limit
_PORTS = {f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"}
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | _PORTS
"""Names that Windows gives to devices, with any extension."""


def slug(customer_id: str) -> str:
    r"""Reduce an id to letters, digits, hyphens, underscores and inner dots; a shortened one carries a hash.

    >>> slug("ACME 7/b"), slug("../../etc/x"), slug("CON"), slug("\u202e0042")
    ('ACME-7-b', 'etc-x', 'id-CON', '0042')
    """
    text = unicodedata.normalize("NFC", customer_id)
    kept = "".join("" if unicodedata.category(c) == "Cf" else c if c.isalnum() or c in "-_." else " " for c in text)
    name = "-".join(kept.split()).strip("-.")
    while ".." in name:
        name = name.replace("..", ".")
    name = name.replace("-.", "-").replace(".-", "-")
    if not name:
        return f"id-{digest(customer_id)}"
    if len(name.encode()) > LONGEST:
        short = name.encode()[:LONGEST].decode(errors="ignore").rstrip("-.")
        return f"{short}-{digest(customer_id)}"
    return f"id-{name}" if name.split(".")[0].casefold() in _DEVICES else name


def digest(text: str) -> str:
    """Return eight characters that tell two ids of one slug apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def assign(customer_ids: Iterable[str], suffix: str = ".xlsx") -> dict[str, str]:
    """Give every id its file name; one that cannot be kept as it is gets a hash, so that another run names it alike.

    What other ids there are plays a part only where two differ by case alone: then all of them get a hash.

    >>> assign(["a1", "B2", "B 2"])
    {'a1': 'a1.xlsx', 'B2': 'B2.xlsx', 'B 2': 'B-2-2fe093f9.xlsx'}
    >>> sorted(n.casefold()[:2] for n in assign(["ab", "AB"]).values()), len(set(assign(["ab", "AB"]).values()))
    (['ab', 'ab'], 2)

    Raises
    ------
    OutOfLimits
        When two ids cannot be told apart even so, which takes a deliberate collision.
    """
    slugs = {customer_id: _own(customer_id) for customer_id in customer_ids}
    used = Counter(_folded(name) for name in slugs.values())
    names = {i: _with_hash(i, name) if used[_folded(name)] > 1 else name for i, name in slugs.items()}
    if len({_folded(name) for name in names.values()}) < len(names):
        msg = "two customer_id values give the same file name; change one of them"
        raise OutOfLimits(msg)
    return {customer_id: name + suffix for customer_id, name in names.items()}


def _own(customer_id: str) -> str:
    """Give the name that depends on the id alone."""
    name = slug(customer_id)
    return name if name == customer_id else _with_hash(customer_id, name)


def _with_hash(customer_id: str, name: str) -> str:
    suffix = f"-{digest(customer_id)}"
    return name if name.endswith(suffix) else name + suffix


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())
