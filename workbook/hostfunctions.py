"""Functions of Excel that formualizer calculates in another way than Excel and LibreOffice, calculated as they do.

Registered in its place under their own names. The tests compare all of them with LibreOffice.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from workbook import lifting
from workbook.hostarguments import CellProblem, number, text
from workbook.hostfinance import db, ddb, ipmt, ppmt
from workbook.numbertext import digits, formatted, general

SNAP = 2.0**-48
"""A difference of numbers that is smaller than this part of them is zero."""

COUNTED = 1e12
"""Up to here fifteen digits leave room behind the point for the rounding of binary arithmetic."""

DIGITS, GENERAL, LESS, NET = "LLMTCO_DIGITS", "LLMTCO_GENERAL", "LLMTCO_LESS", "LLMTCO_NET"
"""Not of Excel: a number to fifteen digits; the text of one; a difference that is zero when nearly so; its digits."""

_NUMBER = re.compile(r"[+-]?\$?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d+)?%?")
_DATE = re.compile(r"(?:[yYdDhHsS]+|[mM]+|AM/PM|\[h\]|[-/., :]|\"[^\"]*\"|\\.)+")


def register(book: Any) -> None:  # noqa: ANN401  formualizer's workbook
    """Calculate these functions in a workbook as Excel and LibreOffice do."""
    for name, function in OWN.items():
        book.register_function(name, _each(function), allow_override_builtin=True)
        if "." in name:  # newer than the file format, which writes them with this prefix
            book.register_function(f"_XLFN.{name}", _each(function), allow_override_builtin=True)
    for name in OWN.keys() & lifting.SINGLE:
        book.register_function(lifting.PREFIX + name, _each(OWN[name]))
    for name, function in ((DIGITS, _passed(_fifteen)), (GENERAL, _passed(_as_text)), (LESS, _less), (NET, _net)):
        book.register_function(name, function, min_args=1, max_args=2)


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    """Apply a function of single values, element by element where it gets ranges; errors pass."""

    def one(*values: Any) -> Any:  # noqa: ANN401
        try:
            return next((v for v in values if isinstance(v, dict)), None) or function(*values)
        except (CellProblem, ZeroDivisionError, OverflowError, TypeError) as problem:
            kinds = {ZeroDivisionError: "Div", OverflowError: "Num", TypeError: "Value"}
            return {"type": "Error", "kind": kinds.get(type(problem), str(problem))}

    def called(*arguments: Any) -> Any:  # noqa: ANN401
        return lifting.element_by_element(one, arguments)

    return called


def _passed(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def called(value: Any) -> Any:  # noqa: ANN401
        return [[function(item) for item in row] for row in value] if isinstance(value, list) else function(value)

    return called


def _fifteen(value: Any) -> Any:  # noqa: ANN401
    return digits(value) if type(value) is float and not value.is_integer() else value


def _as_text(value: Any) -> Any:  # noqa: ANN401
    return general(value) if type(value) is float else value


def less(value: Any, other: Any) -> float:  # noqa: ANN401
    """Take one number from another; zero when only the rounding of binary arithmetic is left."""
    return _difference(number(value), number(other))


def _difference(a: float, b: float) -> float:
    return 0.0 if abs(a - b) < SNAP * abs(a) else a - b


_less_each = _each(less)
_net_each = _each(lambda value, other: _fifteen(less(value, other)))


def _less(value: Any, other: Any) -> Any:  # noqa: ANN401
    if type(value) is float and type(other) is float:  # nearly always: a fraction of the time
        return _difference(value, other)
    return _less_each(value, other)


def _net(value: Any, other: Any) -> Any:  # noqa: ANN401
    if type(value) is float and type(other) is float and (value - other).is_integer():
        return value - other
    return _net_each(value, other)


def _floor(value: float) -> float:
    """Round down a number whose last binary digits do not count."""
    below = math.floor(value)
    is_next = value != below and abs(value) < COUNTED and digits(value) >= below + 1
    return float(below + is_next)


def _ceiling(value: float) -> float:
    return -_floor(-value)


def ceiling(value: Any, step: Any) -> float:  # noqa: ANN401
    """CEILING: away from zero when both have the same sign."""
    n, s = number(value), number(step)
    if n > 0 > s:
        raise CellProblem("Num")
    return _ceiling(n / s) * s if s else 0.0


def floor(value: Any, step: Any) -> float:  # noqa: ANN401
    """FLOOR: towards zero when both have the same sign."""
    n, s = number(value), number(step)
    if n > 0 > s:
        raise CellProblem("Num")
    return _floor(n / s) * s if n or s else 0.0


def ceiling_math(value: Any, step: Any = 1.0, mode: Any = 0.0) -> float:  # noqa: ANN401
    """CEILING.MATH, which rounds negative numbers up, with a mode away from zero."""
    n, s = number(value), _step(step, mode)
    return 0.0 if not s else (_floor if n < 0 and number(mode) else _ceiling)(n / s) * s


def floor_math(value: Any, step: Any = 1.0, mode: Any = 0.0) -> float:  # noqa: ANN401
    """FLOOR.MATH, which rounds negative numbers down, with a mode towards zero."""
    n, s = number(value), _step(step, mode)
    return 0.0 if not s else (_ceiling if n < 0 and number(mode) else _floor)(n / s) * s


def _step(step: Any, mode: Any) -> float:  # noqa: ANN401
    """Read the step of the two; left out before a mode, formualizer passes 0."""
    return abs(number(step)) or float(bool(number(mode)))


def mround(value: Any, step: Any) -> float:  # noqa: ANN401
    """MROUND: the nearest multiple, ties away from zero."""
    n, s = number(value), number(step)
    if n * s < 0:
        raise CellProblem("Num")
    return math.floor(n / s + 0.5) * s if s else 0.0


def mod(value: Any, divisor: Any) -> float:  # noqa: ANN401
    """MOD: the remainder, with the sign of the divisor."""
    n, d = number(value), number(divisor)
    return less(n, _floor(n / d) * d)


def quotient(value: Any, divisor: Any) -> float:  # noqa: ANN401
    """QUOTIENT: the whole part of a division."""
    ratio = number(value) / number(divisor)
    return math.copysign(_floor(abs(ratio)), ratio) + 0.0


def time(hours: Any, minutes: Any, seconds: Any) -> float:  # noqa: ANN401
    """TIME: the part of a day."""
    total = int(number(hours)) * 3600 + int(number(minutes)) * 60 + int(number(seconds))
    if total < 0:
        raise CellProblem("Num")
    return total % 86_400 / 86_400


def replace(old: Any, start: Any, count: Any, new: Any) -> str:  # noqa: ANN401
    """REPLACE: a part of a text by another."""
    first, length, whole = int(number(start)) - 1, int(number(count)), text(old)
    if first < 0 or length < 0:
        raise CellProblem("Value")
    return whole[:first] + text(new) + whole[first + length :]


def hyperlink(address: Any, shown: Any = None) -> Any:  # noqa: ANN401
    """HYPERLINK: what the cell shows."""
    return address if shown is None else shown


def value_of(written: Any) -> Any:  # noqa: ANN401
    """VALUE: the number that a text states, as one types it in English."""
    if isinstance(written, bool):
        raise CellProblem("Value")
    if not isinstance(written, str):
        return number(written)
    plain = written.strip()
    is_negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1] if is_negative else plain
    if _NUMBER.fullmatch(plain) and any(c.isdigit() for c in plain):
        amount = float(re.sub(r"[$,%]", "", plain)) / (100 if plain.endswith("%") else 1)
        return -amount if is_negative else amount
    return lifting.calculated("VALUE", [written])


def text_of(value: Any, code: Any) -> Any:  # noqa: ANN401
    """TEXT: a number in a number format; a format that is not known here has no value."""
    form = text(code)
    if isinstance(value, bool):
        return text(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            if "@" in form or ";" in form:
                raise CellProblem("NImpl") from None
            return value
    if _is_date(form):
        return lifting.calculated("TEXT", [number(value), form])
    written = formatted(number(value), form)
    if written is None:
        raise CellProblem("NImpl")
    return written


def _is_date(form: str) -> bool:
    return _DATE.fullmatch(form) is not None and re.search("[yYmMdDhHsS]", form) is not None


def is_format_known(form: str) -> bool:
    """Whether TEXT can write numbers of either sign in this format.

    >>> [is_format_known(form) for form in ("#,##0.0%", "dd.mm.yyyy", "# ?/?", "[>9]0;0.0")]
    [True, True, False, False]
    """
    return _is_date(form) or all(formatted(value, form) is not None for value in (1, -1, 0))


OWN: dict[str, Callable[..., Any]] = {
    "INT": lambda value: _floor(number(value)),
    "CEILING": ceiling,
    "FLOOR": floor,
    "CEILING.MATH": ceiling_math,
    "FLOOR.MATH": floor_math,
    "FLOOR.PRECISE": lambda value, step=1.0: floor_math(value, step),
    "MROUND": mround,
    "MOD": mod,
    "QUOTIENT": quotient,
    "DB": db,
    "DDB": ddb,
    "IPMT": ipmt,
    "PPMT": ppmt,
    "TIME": time,
    "REPLACE": replace,
    "UPPER": lambda value: text(value).upper(),
    "LOWER": lambda value: text(value).lower(),
    "PROPER": lambda value: text(value).title(),
    "HYPERLINK": hyperlink,
    "VALUE": value_of,
    "TEXT": text_of,
}
"""Functions by their names, and how they are calculated here."""
