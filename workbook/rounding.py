"""Formulas in which the rounding of binary arithmetic would show: comparisons and texts of computed numbers.

0.1 * 3 is 0.30000000000000004 to a computer. Excel and LibreOffice compare numbers by fifteen digits, write no more of
them as text, and take a difference that is nearly zero for zero; formualizer does not. What is compared or written and
has been computed with fractions gets a function around it here; whole numbers and typed ones are left alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from workbook.hostfunctions import DIGITS, GENERAL, LESS, NET

COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})


class Kind(IntEnum):
    """What a value can be, the more the more digits."""

    TEXT = 0
    WHOLE = 1
    TYPED = 2
    COMPUTED = 3


_GIVING_WHOLE = frozenset(
    {"INT", "COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS", "MATCH", "XMATCH", "ROW", "ROWS", "COLUMN", "LEN"}
    | {"COLUMNS", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "AND", "OR", "NOT", "XOR", "TRUE", "FALSE", "EXACT", "SIGN"}
    | {"ISBLANK", "ISERR", "ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "ISLOGICAL", "ISNONTEXT", "FIND", "SEARCH", "DATE"}
    | {"EDATE", "EOMONTH", "DAYS", "QUOTIENT", "EVEN", "ODD", "WEEKDAY", "CODE", "ISEVEN", "ISODD"}
)
_GIVING_TEXT = frozenset(
    {"TEXT", "FIXED", "LEFT", "RIGHT", "MID", "TRIM", "UPPER", "LOWER", "PROPER", "SUBSTITUTE", "REPLACE", "REPT"}
    | {"CONCATENATE", "CONCAT", "TEXTJOIN", "CHAR", "DOLLAR", "T", "ADDRESS", "CLEAN", "UNICHAR", "ROMAN"}
)
_GIVING_TYPED = frozenset({"ROUND", "ROUNDUP", "ROUNDDOWN", "VALUE", "NUMBERVALUE"})
_GIVING = {
    **dict.fromkeys(_GIVING_WHOLE, Kind.WHOLE),
    **dict.fromkeys(_GIVING_TEXT, Kind.TEXT),
    **dict.fromkeys(_GIVING_TYPED, Kind.TYPED),
}
_PASSING = frozenset(
    {"MAX", "MIN", "ABS", "N", "IFERROR", "IFNA", "INDEX", "CHOOSE", "SMALL", "LARGE", "LOOKUP", "VLOOKUP", "HLOOKUP"}
    | {"XLOOKUP", "MODE", "MAXIFS", "MINIFS", ""}
)
"""Functions that give one of their arguments as it is."""

_READING_TEXT: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(
        ("LEFT", "RIGHT", "MID", "LEN", "UPPER", "LOWER", "PROPER", "TRIM", "REPT", "CLEAN"), frozenset({0})
    ),
    **dict.fromkeys(("FIND", "SEARCH", "EXACT"), frozenset({0, 1})),
    "SUBSTITUTE": frozenset({0, 1, 2}),
    "REPLACE": frozenset({0, 3}),
    **dict.fromkeys(("CONCATENATE", "CONCAT", "TEXTJOIN"), frozenset(range(256))),
}
"""The arguments that these functions read as text, counted from 0."""

SENSITIVE = re.compile(rf"[=<>&]|\b(?:if|sign|{'|'.join(name.lower() for name in _READING_TEXT)})\(", re.IGNORECASE)
_BINDING = ({"=", "<>", "<", ">", "<=", ">="}, {"&"}, {"+", "-"}, {"*", "/"}, {"^"})
Cells = Callable[[str], Kind]


class _NotFollowedError(Exception):
    """A formula that is left as it is."""


@dataclass
class Part:
    """A part of a formula: its text, and what it can be; of a sum also what it is the difference of."""

    text: str
    kind: Kind
    difference: str = ""
    references: tuple[str, ...] = ()
    """Cells whose value it gives as it is."""

    @property
    def compared(self) -> "Part":
        """The part as it has to be for a comparison, with a difference that can be zero."""
        return Part(self.difference, self.kind) if self.difference and self.kind is Kind.COMPUTED else self

    @property
    def rounded(self) -> "Part":
        """The part with fifteen digits; of a difference, with no more than its numbers have."""
        if self.difference.startswith(LESS):
            return Part(NET + self.difference.removeprefix(LESS), Kind.TYPED)
        return self.compared.within(DIGITS)

    def within(self, function: str) -> "Part":
        """Give the part with a function around it, if it is computed."""
        return Part(f"{function}({self.text})", Kind.TYPED) if self.kind is Kind.COMPUTED else self


@dataclass
class _Reader:
    """Reads one formula from left to right."""

    tokens: Sequence[tuple[str, str, str]]
    kind_of: Cells
    compared: set[str] = field(default_factory=set)
    """References to what is compared."""
    at: int = 0

    @property
    def next(self) -> tuple[str, str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "", "")

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0]

    def operation(self, level: int = 0) -> Part:
        """Read operands with operators that bind at least this strongly."""
        if level == len(_BINDING):
            return self.operand()
        left = self.operation(level + 1)
        while self.next[1] == "OpInfix" and self.next[0] in _BINDING[level]:
            operator = self.take()
            right = self.operation(level + 1)
            if operator in COMPARISONS:
                self.compared.update(left.references, right.references)
            left = _combined(left, operator, right)
        return left

    def operand(self) -> Part:
        text, kind, part = self.next
        if kind == "OpPrefix":
            sign, inner = self.take(), self.operand()
            return Part(sign + inner.text, inner.kind)
        if kind == "Paren" and part == "Open":
            self.take()
            inner = self.operation()
            self.closed()
            read = Part(f"({inner.text})", inner.kind, inner.difference and f"({inner.difference})", inner.references)
        elif kind == "Func" and part == "Open":
            read = self.call()
        elif kind == "Operand":
            is_reference = part == "Range"
            kind_of = self.kind_of(text) if is_reference else _literal(text, part)
            read = Part(self.take(), kind_of, references=(text,) if is_reference and kind_of is Kind.COMPUTED else ())
        else:
            raise _NotFollowedError
        while self.next[1] == "OpPostfix":
            read = Part(read.text + self.take(), max(read.kind, Kind.TYPED))
        if self.next[1] == "OpInfix" and self.next[0] in {":", " ", ","}:
            raise _NotFollowedError
        return read

    def closed(self) -> None:
        if self.next[2] != "Close":
            raise _NotFollowedError
        self.take()

    def call(self) -> Part:
        opening = self.take()
        name = opening[:-1].upper().removeprefix("_XLFN.")
        arguments: list[Part] = []
        if self.next[2] != "Close":
            arguments.append(self.argument())
            while self.next[1] == "Sep":
                self.take()
                arguments.append(self.argument())
        self.closed()
        reading = _READING_TEXT.get(name, frozenset())
        written = [a.within(GENERAL) if i in reading else a for i, a in enumerate(arguments)]
        if name in {"IF", "SIGN"} and written:
            self.compared.update(written[0].references)
            written[0] = written[0].compared
        if name == "ABS" and written:
            difference = f"{opening}{written[0].compared.text})" if written[0].difference else ""
        else:
            difference = ""
        passed = tuple(r for a in arguments for r in a.references) if name in _PASSING else ()
        text = f"{opening}{','.join(a.text for a in written)})"
        return Part(text, _kind_of_call(name, arguments), difference, passed)

    def argument(self) -> Part:
        return Part("", Kind.WHOLE) if self.next[1] == "Sep" or self.next[2] == "Close" else self.operation()


def _literal(text: str, part: str) -> Kind:
    if part == "Text":
        return Kind.TEXT
    return Kind.WHOLE if part != "Number" or text.isdigit() else Kind.TYPED


def _kind_of_call(name: str, arguments: Sequence[Part]) -> Kind:
    most = max((argument.kind for argument in arguments[name == "IF" :]), default=Kind.WHOLE)
    if name in _GIVING or name == "IF" or name in _PASSING:
        return _GIVING.get(name, most)
    is_sum_of_whole = name in {"SUM", "SUMPRODUCT", "SUMIF", "SUMIFS"} and most <= Kind.WHOLE
    return Kind.WHOLE if is_sum_of_whole else Kind.COMPUTED


def _combined(left: Part, operator: str, right: Part) -> Part:
    plain = left.text + operator + right.text
    if operator in COMPARISONS:
        if operator in {"=", "<>"} and not plain.isascii() and any(p.text.startswith('"') for p in (left, right)):
            return Part(f"UPPER({left.text}){operator}UPPER({right.text})", Kind.WHOLE)  # "ä" is "Ä"
        if Kind.TEXT in {left.kind, right.kind} or Kind.COMPUTED not in {left.kind, right.kind}:
            return Part(plain, Kind.WHOLE)
        # no number but a difference is nearly zero: it keeps its first fifteen digits, however small
        a = left.compared if right.text == "0" else left.rounded
        b = right.compared if left.text == "0" else right.rounded
        return Part(a.text + operator + b.text, Kind.WHOLE)
    if operator == "&":
        return Part(f"{left.within(GENERAL).text}&{right.within(GENERAL).text}", Kind.TEXT)
    kinds = {left.kind, right.kind}
    kind = Kind.WHOLE if operator in "+-*" and max(kinds) <= Kind.WHOLE else Kind.COMPUTED
    difference = ""
    if operator in "+-" and kind is Kind.COMPUTED:
        difference = f"{LESS}({left.text},{right.text if operator == '-' else f'-({right.text})'})"
    return Part(plain, kind, difference)


def shown_as_in_excel(text: str, kind_of: Cells, *, is_compared: bool = False) -> str:
    """Write a formula so that what it compares or writes as text has the digits that Excel knows.

    Parameters
    ----------
    text : str
        Without the equal sign.
    kind_of : callable
        Gives the kind of what a reference stands for.
    is_compared : bool
        Whether other formulas compare the result: then a difference that is nearly zero is zero.

    Examples
    --------
    >>> computed = lambda reference: Kind.COMPUTED
    >>> shown_as_in_excel('IF(A1*1.1=A2,"ok","Total "&A1)', computed)
    'IF(LLMTCO_DIGITS(A1*1.1)=LLMTCO_DIGITS(A2),"ok","Total "&LLMTCO_GENERAL(A1))'
    >>> shown_as_in_excel("A1-A2", computed), shown_as_in_excel("A1-A2", computed, is_compared=True)
    ('A1-A2', 'LLMTCO_LESS(A1,A2)')
    >>> shown_as_in_excel("A1-A2>0", computed), shown_as_in_excel('A1="x"', computed)
    ('LLMTCO_LESS(A1,A2)>0', 'A1="x"')
    """
    part = read(text, kind_of, set())
    return text if part is None else (part.compared if is_compared else part).text


def read(text: str, kind_of: Cells, compared: set[str]) -> Part | None:
    """Read a formula; None when it is written in a way that is not followed here."""
    import formualizer

    try:
        tokens = [_named(token) for token in formualizer.tokenize(f"={text}").tokens()]
        reader = _Reader([token for token in tokens if token[1] != "Whitespace"], kind_of, compared)
        read = reader.operation()
    except (_NotFollowedError, formualizer.TokenizerError):
        return None
    return read if reader.at == len(reader.tokens) else None


def _named(token: Any) -> tuple[str, str, str]:  # noqa: ANN401
    kind, part = (str(tag).rpartition(".")[2] for tag in (token.token_type, token.subtype))
    return token.value, kind, part
