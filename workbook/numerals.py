"""Numbers and dates as people of different countries write them into text files."""

import datetime as dt
import re
from collections.abc import Iterable

_SPACES = re.compile("(?<=\\d)[ \u00a0\u202f'\u2019](?=\\d{3}(?!\\d))")  # thousands in French, Swiss, SI style
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)(e[+-]?\d+)?\s*(%?)", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+")
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # 1.234 is 1234 in Berlin and a bit more than 1 in Boston
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class AmbiguousError(ValueError):
    """Two readings of one text, and nothing around it that decides."""


def decimal_mark(texts: Iterable[str]) -> str:
    """Find the decimal mark that a file's numbers use: ``.`` or ``,``, ``""`` without evidence, ``.,`` when mixed.

    >>> decimal_mark(["0,173", "50000"]), decimal_mark(["1.234"]), decimal_mark(["1.234.567"])
    (',', '', ',')
    """
    return "".join(sorted({mark for text in texts if (mark := _evidence(text))}, reverse=True))


def _evidence(text: str) -> str:
    found = _NUMBER.fullmatch(_SPACES.sub("", text.strip()))
    body = found.group(2) if found else ""
    marks = re.sub(r"\d", "", body)
    if not marks or _EITHER.fullmatch(body):
        return ""
    if len(set(marks)) == 1 and len(marks) > 1:
        return "," if marks[0] == "." else "."
    return marks[-1]


def read_number(text: str, decimal: str) -> float | None:
    """Read a number; None when the text is none.

    Parameters
    ----------
    text : str
        As in the file, with thousands marks, a per cent sign or an exponent.
    decimal : str
        What :func:`decimal_mark` found in the file.

    Raises
    ------
    AmbiguousError
        For ``1.234`` where the file does not tell whether the mark groups thousands.

    Examples
    --------
    >>> read_number("1.234,5", ","), read_number("8 %", ""), read_number("50 000", ""), read_number("n/a", "")
    (1234.5, 0.08, 50000.0, None)
    """
    found = _NUMBER.fullmatch(_SPACES.sub("", text.strip()))
    if not found:
        return None
    sign, body, exponent, percent = found.groups()
    digits = _with_point(body, decimal)
    if digits is None:
        return None
    number = float(f"{sign}{digits}{exponent or ''}")
    return float(f"{number / 100:.15g}") if percent else number


def _with_point(body: str, decimal: str) -> str | None:
    marks = re.sub(r"\d", "", body)
    if len(set(marks)) == 2:  # noqa: PLR2004  both marks: the last one is the decimal
        whole, _, fraction = body.rpartition(marks[-1])
        return _ungrouped(whole) + "." + fraction if _GROUPED.fullmatch(whole) and marks[-1] not in whole else None
    if len(marks) > 1:
        return _ungrouped(body) if _GROUPED.fullmatch(body) else None
    if marks and _EITHER.fullmatch(body):
        if decimal not in {".", ","}:
            raise AmbiguousError(body)
        return body.replace(marks, "." if marks == decimal else "")
    return body.replace(",", ".")


def _ungrouped(body: str) -> str:
    return re.sub("[.,]", "", body)


def read_date(text: str) -> dt.date | None:
    """Read ISO, German (21.11.2026) or slashed dates; None when the text is no date.

    Raises
    ------
    AmbiguousError
        For 05/06/2026, which is May in one country and June in another.

    Examples
    --------
    >>> read_date("21.11.2026") == read_date("2026-11-21") == read_date("11/21/2026")
    True
    """
    text = text.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED.fullmatch(text):
        first, second, year = map(int, found.groups())
        if max(first, second) <= 12 and first != second:  # noqa: PLR2004  either can be the month
            raise AmbiguousError(text)
        day, month = max(first, second), min(first, second)
    elif found := _ISO.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
