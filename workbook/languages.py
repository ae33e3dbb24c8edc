"""The languages of proposals: phrases, dates and numbers as their readers write them.

The English text is the key; `phrases.csv` beside this module holds the others. A phrase may have places: `{name}`
stands for any text, which is translated by itself, and `{1}`, `{2}` for the operands of a joined text in a formula.
"""

import csv
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import NotAvailable

PHRASES = Path(__file__).with_name("phrases.csv")
PLURAL = "|"
"""Between the forms of a word: English has two, Polish three (1, 2 to 4, 5 and more)."""
SEPARATOR = " · "
LIST = "; "
NO_BREAK = "\N{NO-BREAK SPACE}"

_FIELD = re.compile(r"\{\{\s*\w+\s*\}\}")
_PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?%?|-?\d+(\.\d+)?%?")
_INTERVAL = re.compile(r"(-?[\d.,]+) to (-?[\d.,]+)")
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")


@dataclass(frozen=True)
class Language:
    """How one language writes.

    Attributes
    ----------
    code : str
        Two letters, as in the column `language` of the customers' data.
    locale : str
        Excel's hexadecimal number of the locale; empty: the reader's own.
    thousands, decimal : str
        Marks inside numbers.
    date, short_date : str
        Patterns of a date in text and in a cell.
    months : tuple of str
        As they stand between day and year.
    """

    code: str
    locale: str
    thousands: str
    decimal: str
    date: str
    short_date: str
    months: tuple[str, ...] = ()

    @property
    def phrases(self) -> Mapping[str, str]:
        """The phrases by their English text; English itself has none."""
        return _phrases(self.code)

    def text(self, english: str) -> str | None:
        """Translate a text, or give None where there is no translation.

        >>> language("es").text("Own servers")
        'Servidores propios'
        """
        if self.code == "en" or not says_something(english):
            return english
        if english in self.phrases:
            return self.phrases[english]
        if SEPARATOR in english:
            parts = [self.text(part) for part in english.split(SEPARATOR)]
            return None if None in parts else SEPARATOR.join(part or "" for part in parts)
        for pattern, translation in _patterns(self.code):
            if match := pattern.fullmatch(english):
                pieces = {name: self.piece(text) for name, text in match.groupdict().items()}
                return _PLACE.sub(lambda place: pieces[place[1]], translation)  # noqa: B023  used at once
        return None

    def piece(self, text: str) -> str:
        r"""Translate what stands at a place of a phrase: a phrase, a number, a date, or a name that stays.

        >>> language("pl").piece("12,345.6"), language("es").piece("2.3%"), language("it").piece("vLLM")
        ('12\xa0345,6', '2,3%', 'vLLM')
        """
        if _NUMBER.fullmatch(text):
            marks = {",": self.thousands, ".": self.decimal}
            return "".join(marks.get(character, character) for character in text)
        if _DATE.fullmatch(text):
            return self.dated(text)
        if (interval := _INTERVAL.fullmatch(text)) and self.code != "en":
            return "\N{EN DASH}".join(self.piece(end) for end in interval.groups())
        parts = [self.text(part) for part in text.split(LIST)]
        found = self.text(text) if None in parts else LIST.join(part or "" for part in parts)
        return text if found is None else found

    def dated(self, text: str) -> str:
        """Write a date of the form 2026-03-15 or 2026-03 as a cell shows it; anything else stays.

        >>> language("pl").dated("2026-03-15"), language("es").dated("2026-03"), language("it").dated("2026")
        ('15.03.2026', '03/2026', '2026')
        """
        match = _DATE.fullmatch(text)
        if not match or self.code == "en":
            return text
        year, month, day = match.groups()
        pattern = self.short_date if day else self.short_date[len("dd/") :]
        return pattern.replace("yyyy", year).replace("mm", month).replace("dd", day or "")

    def number_format(self, code: str) -> str:
        """Write an Excel number format as a cell of this language has it; Excel keeps to the marks of its reader.

        >>> language("pl").number_format("#,##0;-#,##0"), language("es").number_format("yyyy-mm-dd")
        ('[$-415]#,##0;[$-415]-#,##0', '[$-C0A]dd/mm/yyyy')
        """
        if not self.locale or code in {"@", "0"}:
            return code
        if code == "yyyy-mm-dd":
            return f"[$-{self.locale}]{self.short_date}"
        words = re.sub('"([^"]*)"', lambda quoted: f'"{self.piece(quoted[1])}"', code)
        number = re.compile("[0#]|General")
        return ";".join(f"[$-{self.locale}]{part}" if number.search(part) else part for part in words.split(";"))

    def long_date(self, date: dt.date) -> str:
        """Write a date inside a text.

        >>> language("es").long_date(dt.date(2026, 3, 15)), language("en").long_date(dt.date(2026, 3, 15))
        ('15 de marzo de 2026', '2026-03-15')
        """
        if not self.months:
            return date.isoformat()
        return self.date.format(day=date.day, month=self.months[date.month - 1], year=date.year)

    def forms(self, one: str, more: str) -> tuple[str, ...] | None:
        """Give the forms of a word of which English writes `one` and `more`, or None when they are not listed."""
        found = self.phrases.get(f"{one}{PLURAL}{more}")
        return tuple(found.split(PLURAL)) if found else None


def says_something(text: str) -> bool:
    """Whether a text has words of its own.

    >>> says_something("{{customer_name}} · 1 %"), says_something("{1} years")
    (False, True)
    """
    return any(character.isalpha() for character in _PLACE.sub("", _FIELD.sub("", text)))


def places(phrase: str) -> list[str]:
    """Give everything in a phrase that a translation must keep.

    >>> places("{1} of {{currency}} on {n}")
    ['1', 'n', '{{currency}}']
    """
    return sorted([*_PLACE.findall(phrase), *_FIELD.findall(phrase)])


@cache
def read_phrases() -> tuple[Mapping[str, str], ...]:
    """Read the catalogue: one row for each English phrase."""
    with PHRASES.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _phrases(code: str) -> Mapping[str, str]:
    return {row["en"]: row[code] for row in read_phrases()} if code != "en" else {}


@cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Give the phrases with named places, the longest first: what says more is meant."""
    phrases = _phrases(code)
    named = [key for key in phrases if any(not place.isdigit() for place in _PLACE.findall(key))]
    return tuple((_pattern(key), phrases[key]) for key in sorted(named, key=len, reverse=True))


def language(code: str) -> Language:
    """Give a language by its code.

    Raises
    ------
    NotAvailable
        When it is none of ours.
    """
    if code not in LANGUAGES:
        raise NotAvailable(f'language "{code}" is not there; write one of {", ".join(LANGUAGES)}')
    return LANGUAGES[code]


def _pattern(key: str) -> re.Pattern[str]:
    pieces = _PLACE.split(key)  # texts and names in turn
    return re.compile("".join(f"(?P<{p}>.+?)" if odd % 2 else re.escape(p) for odd, p in enumerate(pieces)), re.DOTALL)


_SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
_POLISH = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
_ITALIAN = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"

LANGUAGES: Mapping[str, Language] = {
    known.code: known
    for known in (
        Language("en", "", ",", ".", "", "yyyy-mm-dd"),
        Language("es", "C0A", ".", ",", "{day} de {month} de {year}", "dd/mm/yyyy", tuple(_SPANISH.split())),
        Language("pl", "415", NO_BREAK, ",", "{day} {month} {year}", "dd.mm.yyyy", tuple(_POLISH.split())),
        Language("it", "410", ".", ",", "{day} {month} {year}", "dd/mm/yyyy", tuple(_ITALIAN.split())),
    )
}
