"""The brand of whoever sends the proposals: name, two colours, font and logo, from one small file."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from engine.errors import NotAvailable, Problems, WrongKind


@dataclass(frozen=True)
class Brand:
    """What a brand file says; left out: a neutral one.

    Attributes
    ----------
    name : str
        Who sends the proposal, on the cover; empty: nobody is named.
    primary, accent : str
        Colour of titles and headers, and of lines and links, as #RRGGBB.
    font : str
        Font of every cell and chart.
    logo : str
        Path of a PNG or JPEG beside the brand file; empty: none.
    """

    name: str = ""
    primary: str = "#17324D"
    accent: str = "#2B7A85"
    font: str = "Calibri"
    logo: str = ""


def read(path: Path) -> Brand:
    """Read a brand file.

    Raises
    ------
    NotAvailable
        When the file or the logo cannot be read.
    Problems
        Everything that is wrong with it.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotAvailable(f"{path}: the brand file cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongKind(f"{path}: no brand file ({error})") from None
    known = {field.name for field in fields(Brand)}
    problems = [WrongKind(f"{path}: {key} is none of {', '.join(sorted(known))}") for key in found.keys() - known]
    problems += [
        WrongKind(f"{path}: {key} is {value!r}; write text in quotes")
        for key, value in found.items()
        if key in known and not isinstance(value, str)
    ]
    problems += [
        WrongKind(f'{path}: {key} is "{found[key]}"; write a colour as #17324D')
        for key in ("primary", "accent")
        if isinstance(found.get(key), str) and not re.fullmatch("#[0-9A-Fa-f]{6}", found[key])
    ]
    logo = path.parent / str(found.get("logo", ""))
    if found.get("logo") and not logo.is_file():
        problems.append(WrongKind(f"{path}: there is no logo {logo}"))
    if problems:
        raise Problems(problems)
    return Brand(**found | ({"logo": str(logo)} if found.get("logo") else {}))
