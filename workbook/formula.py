"""Formula text, read by formualizer's tokenizer: what is changed before a formula can be calculated headless."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engine.errors import WrongKind
from workbook.functions import FUNCTIONS_BY_NAME

OMITTED = '""'  # formualizer passes an omitted argument as 0; empty text is "left out" by the contract


def rewrite(formula: str, resolve: Callable[[str], str | None]) -> str:
    """Write a formula as the headless engine needs it; the text after the equal sign.

    Omitted arguments of TCO functions become empty text, ``[1]!TCO_CRF(`` (an add-in's function, as Excel stores it)
    loses its file, and every operand for which `resolve` has a text is replaced by it.

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
    for start, end, replacement in _changes(tokens, resolve):
        pieces += [raw[done:start].decode(), replacement]
        done = end
    return "".join([*pieces, raw[done:].decode()])


def _changes(tokens: Sequence[Any], resolve: Callable[[str], str | None]) -> Iterator[tuple[int, int, str]]:
    """Give (start, end, new text) of every change, from left to right."""
    ours: list[bool] = []  # for each bracket that is open: is it a TCO function's?
    before = ""
    for token in tokens:
        kind, part = (str(tag).rpartition(".")[2] for tag in (token.token_type, token.subtype))
        if kind == "Whitespace":
            continue
        role = part if kind in {"Func", "Paren", "Array", "Sep"} else "value"
        left_out = (role == "Arg" and before in {"Open", "Arg"}) or (role == "Close" and before == "Arg")
        if left_out and ours and ours[-1]:
            yield token.start, token.start, OMITTED
        if role == "Open":
            name = token.value.removesuffix("(").rpartition("!")[2].upper() if kind == "Func" else ""
            ours.append(name in FUNCTIONS_BY_NAME)
            if ours[-1]:
                yield token.start, token.end, f"{name}("
        elif role == "Close":
            ours.pop()
        elif kind == "Operand" and (text := resolve(token.value)) is not None:
            yield token.start, token.end, text
        before = role
