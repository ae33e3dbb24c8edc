"""Formulas whose value cannot be known here: functions of Excel alone, the clock, chance; and all that follows.

They are left without a value in a proposal and listed, never guessed: ``IFERROR(CUBEVALUE(...), 0)`` is not 0.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from workbook.areas import CellKey, cell_name, cell_position
from workbook.hostfunctions import is_format_known
from workbook.lifting import PREFIX
from workbook.proven import PROVEN

OF_OURS = ("TCO_", PREFIX)
UNTOLD = frozenset({"TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "INFO", "CELL"})
"""Functions whose value depends on the moment, on chance or on the machine."""

_CALL = re.compile(r"([A-Za-z_][\w.]*)\(")
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_AS_NUMBER = re.compile(
    r"§\s*[-+*/^%]|[-+*/^]\s*§|\b(?:IF|NOT|CHOOSE|DAY|MONTH|YEAR|HOUR|MINUTE|SECOND|DAYS|EDATE|EOMONTH)\(\s*§\s*[,)]|\bCHOOSE\(\s*\"",
    re.IGNORECASE,
)
"""A text that is no plain number where Excel wants one: "1,000" * 2, DAY("1 May 2026")."""


def uncalculable(
    book: Any,  # noqa: ANN401
    formulas: Mapping[CellKey, str | None],
    untold: Collection[str] = UNTOLD,
) -> dict[CellKey, str]:
    """Give the formula cells whose value cannot be told without Excel, with the function that is to blame.

    Parameters
    ----------
    book : formualizer's workbook
        With the formulas in it, evaluated once.
    formulas : mapping of CellKey to str
        The formula cells.
    untold : collection of str
        Functions that are known and whose value is not to be told all the same.
    """
    causes = {key: cause(book.get_formula(*key) or "", untold) for key in formulas}
    return _with_dependents(book, {key: name for key, name in causes.items() if name})


def cause(formula: str, untold: Collection[str] = UNTOLD) -> str:
    """Give what makes the value of a formula uncertain here: a function, or a text that is used as a number.

    >>> cause('=TEXT(A1,"# ?/?")'), cause('="Dated "&TEXT(A1,"d mmmm yyyy")')
    ('TEXT in the format # ?/?', '')
    >>> cause("=SUM(A1,CUBEVALUE(B1))"), cause('="1,000"*A1'), cause('=A1&"-"&RAND()'), cause('=A1*"2"&"-"')
    ('CUBEVALUE', 'a text as a number', 'RAND', '')
    """
    beyond = [n for n in _functions(formula) if n in untold or not (n in PROVEN or n.startswith(OF_OURS))]
    if beyond:
        return min(beyond)
    if '"' not in formula:
        return ""
    texts = _TEXT.sub(lambda found: '"1"' if _is_number(found[0][1:-1]) else "§", formula)
    if _AS_NUMBER.search(texts):
        return "a text as a number"
    unknown = [form for form in _formats(formula) if not is_format_known(form)] if "TEXT(" in formula.upper() else []
    return f"TEXT in the format {unknown[0]}" if unknown else ""


def _formats(formula: str) -> Iterator[str]:
    """Give the number formats that a formula states for TEXT."""
    import formualizer

    opened, before = [], ""
    for token in formualizer.tokenize(f"={formula.removeprefix('=')}").tokens():
        kind, part = (str(tag).rpartition(".")[2] for tag in (token.token_type, token.subtype))
        if part == "Open":
            opened.append(token.value.upper())
        elif part == "Close" and opened and opened.pop() == "TEXT(" and before.startswith('"'):
            yield before[1:-1].replace('""', '"')
        before = token.value if kind != "Whitespace" else before


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _functions(formula: str) -> frozenset[str]:
    calls = _CALL.findall(_TEXT.sub("", formula)) if "(" in formula else ()
    return frozenset(name.upper().removeprefix("_XLFN.").removeprefix("_XLWS.") for name in calls)


def _with_dependents(book: Any, found: dict[CellKey, str]) -> dict[CellKey, str]:  # noqa: ANN401
    todo = list(found)
    while todo:
        key = todo.pop()
        for dependent in _dependents(book, key):
            if dependent not in found:
                found[dependent] = found[key]
                todo.append(dependent)
    return found


def _dependents(book: Any, key: CellKey) -> Iterator[CellKey]:  # noqa: ANN401
    quoted = key[0].replace("'", "''")
    report = book.dependents(f"'{quoted}'!{cell_name(*key[1:])}", max_results=1_000_000, max_work=1_000_000_000)
    for dependent in report.dependents:
        sheet, _, address = str(dependent.cell).rpartition("!")
        plain = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
        yield plain, *cell_position(address.replace("$", ""))
