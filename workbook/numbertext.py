"""Numbers as text, as Excel and LibreOffice write them: fifteen digits, and the number formats of TEXT."""

import re
from decimal import ROUND_HALF_UP, Decimal

DIGITS = 15
"""Significant digits of a number in a workbook; what follows is how binary arithmetic rounds."""

_LITERAL = r"\"[^\"]*\"|\\.|_.|\*.|[ $€£¥+\-()/:!&'~{}<>=^,.](?![#0])|[$€£¥+\-(]|[ \-](?=[#0])"
_SECTION = re.compile(
    rf"(?P<before>(?:{_LITERAL})*)"
    r"(?P<whole>[#0,]*[#0])?(?P<fraction>\.[#0]*)?(?P<scale>,*)(?P<exponent>E[+\-]0+)?(?P<percent> ?%)?"
    rf"(?P<after>(?:{_LITERAL})*)"
)
_COLOUR = re.compile(r"\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)\]", re.IGNORECASE)


def digits(value: float) -> float:
    """Round a number to the digits that a workbook has.

    >>> digits(0.1 * 3), digits(110.00000000000001), digits(1 / 3)
    (0.3, 110.0, 0.333333333333333)
    """
    return float(f"{value:.{DIGITS}g}")


def general(value: float) -> str:
    """Write a number as text, as ``&`` does.

    >>> general(110.00000000000001), general(1 / 3), general(1e-10), general(-0.0), general(1e20)
    ('110', '0.333333333333333', '0.0000000001', '0', '1E+20')
    """
    written = Decimal(f"{value:.{DIGITS}g}").normalize()
    if value == int(value) and abs(value) < 10 ** (DIGITS + 1):
        return str(int(value))
    if abs(value) >= 10**DIGITS:
        return f"{written:E}"
    return f"{written:f}"


def formatted(value: float, code: str) -> str | None:
    """Write a number in a number format.

    Returns
    -------
    str or None
        None: a format that is not known here, such as a fraction or a condition.

    Examples
    --------
    >>> formatted(-5, "0;(0);zero"), formatted(12.5, "0.00E+00"), formatted(1234.5, "#,##0_)")
    ('(5)', '1.25E+01', '1,235 ')
    >>> formatted(0, "0;(0);zero")  # no letters without quotes
    >>> formatted(0, '0;(0);"zero"'), formatted(0.125, "0.0%"), formatted(1234567.891, "#,##0.0,")
    ('zero', '12.5%', '1,234.6')
    """
    if code.lower() == "general":
        return general(value)
    sections = _COLOUR.sub("", code).split(";")
    if len(sections) > 3 or ('"' in code and code.count('"') % 2):  # noqa: PLR2004  positive, negative, zero
        return None
    section, number, signed = _section(value, sections)
    found = _SECTION.fullmatch(section)
    if found is None or (found["whole"] is None and found["fraction"] is not None and "0" not in found["fraction"]):
        return None
    text = _number(number, found)
    minus = "-" if signed and value < 0 and re.search("[1-9]", text) else ""
    return minus + _plain(found["before"]) + text + _plain(found["after"])


def _section(value: float, sections: list[str]) -> tuple[str, float, bool]:
    """Give the section of a format that a number is written in, the number, and whether it keeps its sign."""
    if value < 0 and len(sections) > 1:
        return sections[1], -value, False
    if value == 0 and len(sections) > 2:  # noqa: PLR2004
        return sections[2], 0, False
    return sections[0], abs(value), True


def _number(value: float, found: re.Match[str]) -> str:
    whole, fraction = found["whole"], found["fraction"] or ""
    if whole is None and not fraction:
        return ""
    exact = Decimal(f"{value:.{DIGITS}g}") * (100 if found["percent"] else 1) / 1000 ** len(found["scale"])
    exponent = ""
    if found["exponent"]:
        power = exact.adjusted() if exact else 0
        exact = exact.scaleb(-power)
        if _rounded(exact, len(fraction) - 1) >= 10:  # noqa: PLR2004
            exact, power = exact / 10, power + 1
        sign = "-" if power < 0 else "+" if found["exponent"][1] == "+" else ""
        exponent = f"E{sign}{abs(power):0{len(found['exponent']) - 2}d}"
    places = max(len(fraction) - 1, 0)
    integer, _, decimals = f"{_rounded(exact, places):f}".partition(".")
    needed = (whole or "").replace(",", "").count("0")
    integer = ("" if integer == "0" else integer).rjust(needed, "0")
    if "," in (whole or "") and integer:
        integer = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", integer)
    kept = len(fraction.rstrip("#")) - 1
    while len(decimals) > max(kept, 0) and decimals.endswith("0"):
        decimals = decimals[:-1]
    return integer + ("." + decimals if fraction else "") + exponent + (found["percent"] or "")


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-max(places, 0)), rounding=ROUND_HALF_UP)


def _plain(literals: str) -> str:
    r"""Give the text of literals: in quotes, after a backslash; a space for ``_x``, nothing for ``*x``, which fills."""
    plain = ""
    for piece in re.findall(r"\"[^\"]*\"|\\.|_.|\*.|.", literals):
        if piece[0] == '"':
            plain += piece[1:-1]
        elif piece[0] == "\\":
            plain += piece[1]
        elif piece[0] != "*":
            plain += " " if piece[0] == "_" else piece
    return plain
