"""Formula text, read by formualizer's tokenizer: what is changed before a formula can be calculated headless."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import WrongKind
from workbook import lifting
from workbook.functions import FUNCTIONS_BY_NAME

OMITTED = '""'  # formualizer passes an omitted argument as 0; empty text is "left out" by the contract
OURS, UNKNOWN = "TCO_", "LLMTCO_UNKNOWN"  # a name of ours that does not exist becomes a call that can say so

Number = Callable[[str, str], int]
"""Gives a number to a call: of this function, with this last reference among its arguments."""


def rewrite(formula: str, resolve: Callable[[str], str | None], number: Number | None = None) -> str:
    """Write a formula as the headless engine needs it; the text after the equal sign.

    Omitted arguments of TCO functions become empty text, ``[1]!TCO_CRF(`` (an add-in's function, as Excel stores it)
    loses its file, functions of one value become those of `workbook.lifting` where they get a range, and every operand
    for which `resolve` has a text is replaced by it. With `number`, calls of TCO functions get their number as the
    first argument, and names like ours that do not exist become `UNKNOWN`.

    Raises
    ------
    WrongKind
        When the text is no formula.

    Examples
    --------
    >>> rewrite("=TCO_POWER(1,,A1:A4,) + SUM(1,,2)", lambda operand: None)
    'TCO_POWER(1,"",A1:A4,"") + SUM(1,,2)'
    >>> rewrite("=[1]!tco_crf(Rate,3)", {"Rate": "B2"}.get)
    'TCO_CRF(B2,3)'
    >>> rewrite("=SUMPRODUCT(ISERROR(A1:B9)*1)+ABS(SUM(A1:B9))", lambda operand: None)
    'SUMPRODUCT(LLMTCO_ISERROR(A1:B9)*1)+ABS(SUM(A1:B9))'
    >>> rewrite("=TCO_CFR(TCO_CRF(A1,3),2)+TCO_VERSION()", lambda operand: None, lambda name, operand: len(name))
    'LLMTCO_UNKNOWN(7,TCO_CRF(7,A1,3),2)+TCO_VERSION(11)'
    """
    import formualizer

    text = formula if formula.startswith("=") else f"={formula}"
    try:
        formualizer.parse(text)
        tokens = formualizer.tokenize(text).tokens()
    except (formualizer.ParserError, formualizer.TokenizerError) as error:
        msg = f"no formula that Excel would accept: {formula} ({error})"
        raise WrongKind(msg) from None
    raw = text.encode()  # token positions count bytes
    pieces, done = [], 1
    for start, end, replacement in _changes(tokens, resolve, number):
        if start >= done:  # not inside a call that is replaced as a whole
            pieces += [raw[done:start].decode(), replacement]
            done = end
    return "".join([*pieces, raw[done:].decode()])


@dataclass
class _Bracket:
    """An open bracket and the function it belongs to; none for plain brackets."""

    name: str
    start: int
    end: int
    lifted: bool = False
    operand: str = ""
    empty: bool = True

    @property
    def is_ours(self) -> bool:
        """Whether it calls a TCO function."""
        return self.name in FUNCTIONS_BY_NAME


def _changes(
    tokens: Sequence[Any], resolve: Callable[[str], str | None], number: Number | None
) -> list[tuple[int, int, str]]:
    """Give (start, end, new text) of every change, from left to right."""
    changes: list[tuple[int, int, str]] = []
    brackets: list[_Bracket] = []
    before = ""
    for token in tokens:
        kind, part = (str(tag).rpartition(".")[2] for tag in (token.token_type, token.subtype))
        if kind == "Whitespace":
            continue
        role = part if kind in {"Func", "Paren", "Array", "Sep"} else "value"
        if brackets and role != "Close":
            brackets[-1].empty = False
        left_out = (role == "Arg" and before in {"Open", "Arg"}) or (role == "Close" and before == "Arg")
        if left_out and brackets and brackets[-1].is_ours:
            changes.append((token.start, token.start, OMITTED))
        if role == "Open":
            _lift(brackets if kind == "Array" else [])
            name = token.value.removesuffix("(").rpartition("!")[2].upper() if kind == "Func" else ""
            brackets.append(_Bracket(name, token.start, token.end))
        elif role == "Close":
            changes += _renamed(brackets.pop(), token.end, number)
        elif kind == "Operand":
            text = _numbered(resolve(token.value), number)
            changes += [] if text is None else [(token.start, token.end, text)]
            if part == "Range":
                _note(brackets, text or token.value)
        before = role
    return sorted(changes)


def _numbered(text: str | None, number: Number | None) -> str | None:
    """Put numbers into what an operand stands for: a name can hold a formula."""
    if text is None or number is None or OURS not in text.upper():
        return text
    return rewrite(text, lambda _operand: None, number)


def _note(brackets: Sequence[_Bracket], operand: str) -> None:
    """Remember a reference for the functions around it."""
    if ":" in operand:
        _lift(brackets)
    if brackets:
        brackets[-1].operand = operand


def _lift(brackets: Sequence[_Bracket]) -> None:
    """Mark the functions that get an array because there is one inside."""
    for bracket in reversed(brackets):
        if bracket.name and bracket.name not in lifting.PASSING:
            return
        bracket.lifted = bracket.name in lifting.LIFTED


def _renamed(bracket: _Bracket, end: int, number: Number | None) -> Iterator[tuple[int, int, str]]:
    """Give the changes that a call needs now that all of it is read."""
    numbers = lifting.place_numbers(bracket.name, bracket.operand)
    if number and bracket.name.startswith(OURS):
        first = f"{number(bracket.name, bracket.operand)}{'' if bracket.empty else ','}"
        yield bracket.start, bracket.end, f"{bracket.name if bracket.is_ours else UNKNOWN}({first}"
    elif bracket.is_ours:
        yield bracket.start, bracket.end, f"{bracket.name}("
    elif numbers:
        yield bracket.start, end, numbers
    elif bracket.lifted:
        yield bracket.start, bracket.end, f"{lifting.PREFIX}{bracket.name}("
