"""Formulas whose value cannot be known here: functions of Excel alone, the clock, chance; and all that follows.

They are left without a value in a proposal and listed, never guessed: ``IFERROR(CUBEVALUE(...), 0)`` is not 0.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from workbook.areas import CellKey, cell_name, cell_position

UNTOLD = frozenset({"TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "INFO", "CELL"})
"""Functions whose value depends on the moment, on chance or on the machine."""

_CALL = re.compile(r"([A-Za-z_][\w.]*)\(")
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_UNKNOWN = ("Name", "NImpl")


def uncalculable(book: Any, formulas: Mapping[CellKey, str | None]) -> dict[CellKey, str]:  # noqa: ANN401
    """Give the formula cells whose value cannot be told without Excel, with the function that is to blame.

    Parameters
    ----------
    book : formualizer's workbook
        With the formulas in it, evaluated once.
    formulas : mapping of CellKey to str
        The formula cells.
    """
    called = {key: _functions(book.get_formula(*key) or "") for key in formulas}
    beyond = UNTOLD | _unknown(frozenset().union(*called.values()))
    found = {key: min(names & beyond) for key, names in called.items() if names & beyond}
    return _with_dependents(book, found)


def _functions(formula: str) -> frozenset[str]:
    calls = _CALL.findall(_TEXT.sub("", formula)) if "(" in formula else ()
    return frozenset(name.upper().removeprefix("_XLFN.").removeprefix("_XLWS.") for name in calls)


def _unknown(names: Collection[str]) -> frozenset[str]:
    """Try every function without arguments: one that is not known says so, whatever its arguments."""
    import formualizer

    from workbook import lifting
    from workbook.functions import FUNCTIONS_BY_NAME

    asked = sorted(n for n in names if n not in FUNCTIONS_BY_NAME and not n.startswith(lifting.PREFIX))
    trial = formualizer.Workbook()
    trial.add_sheet("S")
    for row, name in enumerate(asked, 1):
        trial.set_formula("S", row, 1, f"={name}()")
    trial.evaluate_all()
    return frozenset(name for row, name in enumerate(asked, 1) if _is_unknown(trial.get_value("S", row, 1)))


def _is_unknown(value: object) -> bool:
    return isinstance(value, dict) and value.get("kind") in _UNKNOWN


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
