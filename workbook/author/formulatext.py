"""Texts and numbers inside formulas, as the readers of a language write them.

A joined text, ``"At "&x&" queries"``, is one phrase, ``At {1} queries``, so that a translation may put its words in
another order. ``TEXT(x,"#,##0.0")`` is written in a way that means the same in every Excel: its format code does not,
because a comma is a decimal mark in a Polish one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workbook.languages import Language, says_something

LONGEST = 255  # characters of a text inside a formula
LOGIC = frozenset({"COUNTIF", "COUNTIFS", "FIND", "MATCH", "SEARCH", "SUBSTITUTE", "SUMIF", "SUMIFS"})
"""Functions whose typed texts are looked for, not shown."""

_TOKEN = re.compile(
    r"""("(?:[^"]|"")*"|'(?:[^']|'')*'!?|[A-Z][A-Z0-9.]*\(|<=|>=|<>|[=<>&(),{}]|(?:(?![A-Z][A-Z0-9.]*\()[^"'=<>&(),{}])+)"""
)
_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>"})
_ENDS = _COMPARISONS | {"", "&", ",", ")", "}"}
_PADDED = re.compile('"00+"')  # the same everywhere
_FORMAT = re.compile(r"(#,##)?0(?:\.(0+))?(%)?")


@dataclass(frozen=True)
class Call:
    """A function, or brackets or braces without one, with its arguments."""

    opening: str
    arguments: tuple["Compared", ...]

    @property
    def closing(self) -> str:
        """The bracket at the end."""
        return "}" if self.opening == "{" else ")"


Operand = tuple[str | Call, ...]  # names, numbers, signs, typed texts and calls, one after the other
Chain = tuple[Operand, ...]  # joined by &


@dataclass(frozen=True)
class Compared:
    """Chains with signs of comparison between them; mostly one chain and no sign."""

    chains: tuple[Chain, ...]
    signs: tuple[str, ...]


def parse(formula: str) -> Compared:
    """Read a formula without its equal sign."""
    tokens = _Tokens(_TOKEN.findall(formula))
    found = _compared(tokens)
    if tokens.next:
        msg = f"{tokens.next!r} is out of place in the formula {formula}"
        raise ValueError(msg)
    return found


class _Tokens:
    """The pieces of a formula, one after the other."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens: Iterator[str] = iter(tokens)
        self.next = next(self._tokens, "")

    def take(self) -> str:
        """Give the next piece and go on."""
        token, self.next = self.next, next(self._tokens, "")
        return token


def _compared(tokens: _Tokens) -> Compared:
    chains, signs = [_chain(tokens)], []
    while tokens.next in _COMPARISONS:
        signs.append(tokens.take())
        chains.append(_chain(tokens))
    return Compared(tuple(chains), tuple(signs))


def _chain(tokens: _Tokens) -> Chain:
    operands = [_operand(tokens)]
    while tokens.next == "&":
        tokens.take()
        operands.append(_operand(tokens))
    return tuple(operands)


def _operand(tokens: _Tokens) -> Operand:
    parts: list[str | Call] = []
    while tokens.next not in _ENDS:
        token = tokens.take()
        parts.append(_call(token, tokens) if token.endswith(("(", "{")) and not token.startswith('"') else token)
    return tuple(parts)


def _call(opening: str, tokens: _Tokens) -> Call:
    arguments = [_compared(tokens)]
    while tokens.next == ",":
        tokens.take()
        arguments.append(_compared(tokens))
    call = Call(opening, tuple(arguments))
    if tokens.take() != call.closing:
        msg = f"{opening} is not closed"
        raise ValueError(msg)
    return call


@dataclass(frozen=True)
class Writer:
    """Writes formulas in a language.

    Attributes
    ----------
    sheets : mapping of str to str
        How references name the sheets, by their English names.
    """

    language: Language
    sheets: Mapping[str, str]
    missing: dict[str, None] = field(default_factory=dict)
    """Phrases without a translation, in the order in which they were asked for."""

    def text(self, english: str) -> str:
        """Translate a text; what has no translation stays and is noted as missing."""
        found = self.language.text(english)
        if found is None:
            self.missing.setdefault(english)
        return english if found is None else found

    def number_format(self, code: str) -> str:
        """Write a number format, the words in it translated."""
        for word in re.findall('"([^"]*)"', code):
            self.text(word)
        return self.language.number_format(code)

    def formula(self, formula: str) -> str:
        """Write a formula, with or without its equal sign.

        >>> from workbook.languages import language
        >>> Writer(language("en"), {}).formula('="At "&TEXT(in_wacc,"0.0%")')
        '="At "&FIXED(ROUND(in_wacc,1+1+1)/1%+0,1,TRUE)&"%"'
        """
        sign = "=" if formula.startswith("=") else ""
        return sign + self._compared(parse(formula[len(sign) :]))

    def references(self, text: str) -> str:
        """Name the sheets of references as the workbook does."""
        for english, quoted in self.sheets.items():
            text = re.sub(rf"(?<![\w.'])(?:{re.escape(english)}|'{re.escape(english)}')!", lambda _: f"{quoted}!", text)  # noqa: B023
        return text

    def _compared(self, compared: Compared, *, shown: bool = True) -> str:
        """Write chains and the signs between them; what something is compared with is not for reading."""
        shown = shown and not compared.signs
        first, *others = [self._chain(chain, shown=shown) for chain in compared.chains]
        return first + "".join(sign + text for sign, text in zip(compared.signs, others, strict=True))

    def _chain(self, chain: Chain, *, shown: bool) -> str:
        if not shown or not any(map(_is_text, chain)):
            return "&".join(map(self._operand, chain))
        phrase, operands = "", []
        for operand in chain:
            if _is_text(operand):
                phrase += _read(operand[0])
            else:
                operands.append(self._operand(operand))
                phrase += f"{{{len(operands)}}}"
        if not says_something(phrase):
            return "&".join(map(self._operand, chain))
        pieces = re.split(r"\{(\d+)\}", self.text(phrase))  # texts and places in turn
        return "&".join(operands[int(p) - 1] if odd % 2 else _quoted(p) for odd, p in enumerate(pieces) if p)

    def _operand(self, operand: Operand) -> str:
        return "".join(self._call(part) if isinstance(part, Call) else self._plain(part) for part in operand)

    def _plain(self, part: str) -> str:
        return part if part.startswith('"') else self.references(part)

    def _call(self, call: Call) -> str:
        name = call.opening.removesuffix("(")
        if name == "TEXT":
            return self._number(*call.arguments)
        if name == "IF" and (plural := self._plural(call)):
            return plural
        arguments = [self._compared(argument, shown=name not in LOGIC) for argument in call.arguments]
        return call.opening + ",".join(arguments) + call.closing

    def _number(self, value: Compared, code: Compared) -> str:
        """Write a number as text: rounded by ROUND, which is exact, laid out by FIXED, with the marks of the language.

        FIXED uses the marks of whoever reads; English follows him, like the cells around do.
        """
        text = self._compared(code, shown=False)
        if _PADDED.fullmatch(text):
            return f"TEXT({self._compared(value, shown=False)},{text})"
        found = _FORMAT.fullmatch(_read(text))
        if not found:
            msg = (
                f"TEXT(...,{text}) reads otherwise in an Excel of another language; write 0, #,##0, 0.0, 0% or the like"
            )
            raise ValueError(msg)
        grouped, decimals, percent = found[1], len(found[2] or ""), found[3]
        places = "+".join("1" * decimals) or "0"
        number = self._compared(value, shown=False)
        # a percentage is rounded first: 0.285 times 100 is a little less than 28.5
        rounded = f"ROUND({number},{places}+1+1)/1%" if percent else f"ROUND({number},{places})"
        # + 0, because what is rounded to -0 is to be 0
        fixed = f"FIXED({rounded}+0,{places}{'' if grouped else ',TRUE'})"
        return self._marked(fixed, decimals) + ('&"%"' if percent else "")

    def _marked(self, fixed: str, decimals: int) -> str:
        """Put the marks of the language into what FIXED gives, whose last mark is always the decimal one."""
        language = self.language
        if language.code == "en":
            return fixed
        whole = f"LEFT({fixed},LEN({fixed})-1{'-1' * decimals})" if decimals else fixed
        grouped = f'SUBSTITUTE({whole},",","{language.thousands}")'
        return f'{grouped}&"{language.decimal}"&RIGHT({fixed},{"+".join("1" * decimals)})' if decimals else grouped

    def _plural(self, call: Call) -> str | None:
        """Write IF(n=1,"year","years") with the forms of the language, when it is that.

        Polish has a form for what ends in 2, 3 or 4, 12 to 14 excepted.
        """
        condition, *words = call.arguments
        texts = [word.chains[0] for word in words if not word.signs]
        if len(texts) != 2 or not all(len(t) == 1 and _is_text(t[0]) for t in texts):  # noqa: PLR2004
            return None
        forms = self.language.forms(*(_read(text[0][0]) for text in texts))
        if not forms or condition.signs != ("=",) or condition.chains[1] != (("1",),):
            return None
        count, quoted = self._chain(condition.chains[0], shown=False), [*map(_quoted, forms)]
        if len(forms) == 2:  # noqa: PLR2004
            return f"IF({count}=1,{','.join(quoted)})"
        few = f'AND(ISNUMBER(SEARCH(RIGHT({count}),"234")),LEFT(RIGHT("0"&{count},1+1))<>"1")'
        return f"IF({count}=1,{quoted[0]},IF({few},{quoted[1]},{quoted[2]}))"


def _is_text(operand: Operand) -> bool:
    return len(operand) == 1 and isinstance(operand[0], str) and operand[0].startswith('"')


def _read(text: object) -> str:
    """Give what a typed text says.

    >>> _read('"19"" rack"')
    '19" rack'
    """
    return str(text)[1:-1].replace('""', '"')


def _quoted(text: str) -> str:
    """Write a text as a formula does, in pieces that Excel takes."""
    pieces = [text[i : i + LONGEST] for i in range(0, len(text), LONGEST)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
