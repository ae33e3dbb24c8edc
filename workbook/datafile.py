"""A customers' file, CSV, XLSX or JSON, as a header and rows of cells, with what was detected on the way.

CSV comes as Excel saves it in any country: separator, encoding and decimal mark are found, and said.
"""

import codecs
import contextlib
import csv
import io
import json
import re
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable, WrongKind
from workbook.book import Book
from workbook.cells import CellError, Scalar, is_blank
from workbook.package import Package

LARGEST_MB = 256
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAID = {"utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16", "utf-8": "UTF-8"}
_PAGES = {"cp1252": "Windows-1252", "cp1250": "Windows-1250"}
_LETTER = "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]"
_SIGN_IN_WORD = re.compile(f"{_LETTER}[¹³¿£¥¯](?={_LETTER})|(?<!{_LETTER})[£¯](?={_LETTER})")
"""A sign where a letter belongs; £ before a figure and ¿ before a question are no such places."""
_ESCAPED = re.compile(r"'[=+\-@\t\r]")  # the apostrophe that keeps a text from becoming a formula, ours among others
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class DataFile:
    """Header and rows of a data file.

    Attributes
    ----------
    rows : tuple of (int, tuple of Scalar)
        Row number as the user sees it in the file, and as many cells as the row has.
    is_text : bool
        Whether all cells are text whose numbers are still to be read, as in CSV.
    separator : str
        Of a CSV file, otherwise empty.
    notes : tuple of str
        What was detected, to be told to the user.
    """

    header: tuple[Scalar, ...]
    rows: tuple[tuple[int, tuple[Scalar, ...]], ...]
    is_text: bool = False
    separator: str = ""
    notes: tuple[str, ...] = ()


def read(path: Path, known: Collection[str]) -> DataFile:
    """Read the customers' file at `path`.

    Parameters
    ----------
    path : Path
        A ``.csv``, ``.txt``, ``.xlsx``, ``.xlsm`` or ``.json`` file.
    known : collection of str
        Column names that are expected; they tell the separator of a CSV file.

    Raises
    ------
    WrongKind
        When the file is empty, of another kind, or has no header row.
    NotAvailable
        When there is no such file.
    """
    if not path.is_file():
        raise NotAvailable(f"{path}: no such file; give a CSV, XLSX or JSON file with one customer in each row")
    size = path.stat().st_size
    if size > LARGEST_MB * 1_000_000:
        raise WrongKind(f"{path.name}: {size / 1e6:.0f} MB is above {LARGEST_MB} MB; split the file")
    content = path.read_bytes()
    if not content.strip():
        raise WrongKind(f"{path.name} is empty; its first row names the columns, every further row is a customer")
    readers = {".csv": _csv, ".txt": _csv, ".tsv": _csv, ".xlsx": _xlsx, ".xlsm": _xlsx, ".json": _json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise WrongKind(f'{path.name}: files of kind "{path.suffix}" are not read; save it as CSV, XLSX or JSON')
    data = reader(path.name, content, known)
    filled = tuple((number, cells) for number, cells in data.rows if not all(is_blank(c) for c in cells))
    if not filled:
        raise WrongKind(f"{path.name} has column names but no customer; write one customer in each row below them")
    return replace(data, rows=filled)


def _csv(name: str, content: bytes, known: Collection[str]) -> DataFile:
    text, encoding = _decoded(name, content)
    first, _, rest = text.partition("\n")
    declared = first.strip()[4:5] if first.lower().startswith("sep=") else ""  # what some Excel files open with
    body = rest if declared else text
    separator = declared or _separator(body, known)
    try:
        lines = list(_lines(body, separator, first_row=2 if declared else 1))
    except csv.Error as error:
        raise WrongKind(f"{name} is no readable CSV: {error}; open it in Excel and save it as CSV UTF-8") from None
    if not lines:
        raise WrongKind(f"{name} is empty; its first row names the columns, every further row is a customer")
    note = f"{name}: {_SEPARATORS.get(separator, separator)} separated, {encoding}"
    return DataFile(lines[0][1], tuple(lines[1:]), is_text=True, separator=separator, notes=(note,))


def _decoded(name: str, content: bytes) -> tuple[str, str]:
    encoding = next((encoding for mark, encoding in _BOMS if content.startswith(mark)), "utf-8")
    said = _SAID[encoding]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise WrongKind(f"{name}: its byte order mark says {said}, its bytes do not; save it again") from None
        text, page = _of_windows(name, content)
        said = f"{page} (not UTF-8: look at the names)"
    if "\0" in text:
        raise WrongKind(f"{name} is no text file, whatever its name says; save it as CSV UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n"), said


def _of_windows(name: str, content: bytes) -> tuple[str, str]:
    """Decode a file of Western or of Central European Windows; where only one of them gives words, that one.

    The Polish letters ł ą ż Ł stand at bytes that are the signs ³ ¹ ¿ £ in the West: inside a word they are letters.
    """
    texts: dict[str, str] = {}
    for encoding, page in _PAGES.items():
        with contextlib.suppress(UnicodeDecodeError):
            texts[page] = content.decode(encoding)
    if not texts:
        raise WrongKind(f"{name} is neither UTF-8 nor Windows-1252; save it as CSV UTF-8")
    page = min(texts, key=lambda page: len(_SIGN_IN_WORD.findall(texts[page])))
    return texts[page], page


def _separator(body: str, known: Collection[str]) -> str:
    """Choose the separator that splits the first row into most of the column names we know."""
    first = body.lstrip("\n").partition("\n")[0]

    def names(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([first], delimiter=separator), [])
        return sum(cell.strip().lower() in known for cell in cells), len(cells)

    return max(_SEPARATORS, key=names)


def _lines(body: str, separator: str, first_row: int) -> Iterator[tuple[int, tuple[Scalar, ...]]]:
    """Yield the records with their row as a spreadsheet counts them: a quoted line break stays in its row."""
    records = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    started = False
    for number, cells in enumerate(records, first_row):
        started = started or any(cell.strip() for cell in cells)
        if started:
            yield number, tuple(cell[1:] if _ESCAPED.match(cell) else cell for cell in cells)


def _xlsx(name: str, content: bytes, _known: Collection[str]) -> DataFile:
    package = Package.read(content, name)
    Book(package, reads_1904=True)  # says what is no workbook of ours
    try:
        title, sheets, rows = _first_sheet(package.write({}))  # as we read it: one reading of a file with two
    except Exception as error:  # noqa: BLE001  openpyxl raises what its parsers raise: KeyError, BadZipFile, ParseError
        raise WrongKind(f"{name} is no readable workbook ({error}); open it in Excel and save it as .xlsx") from None
    while rows and all(is_blank(cell) for cell in rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise WrongKind(f"{name}: sheet {title} is empty; its first row names the columns")
    more = f", the first of {sheets}" if sheets > 1 else ""
    return DataFile(rows[0][1], tuple(rows[1:]), notes=(f"{name}: sheet {title}{more}",))


def _first_sheet(content: bytes) -> tuple[str, int, list[tuple[int, tuple[Scalar, ...]]]]:
    """Give name and rows of the first sheet, and how many sheets there are."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of what openpyxl would lose when it wrote the file
        shown, written = (load_workbook(io.BytesIO(content), read_only=True, data_only=d) for d in (True, False))
        sheet = shown.worksheets[0]
        pairs = zip(sheet.iter_rows(), written.worksheets[0].iter_rows(), strict=True)
        rows = [
            (i, tuple(_typed(c, f) for c, f in zip(cells, formulas, strict=True)))
            for i, (cells, formulas) in enumerate(pairs, 1)
        ]
        return sheet.title, len(shown.worksheets), rows


def _typed(cell: Any, formula: Any) -> Scalar:  # noqa: ANN401  openpyxl's cells of three classes
    """Take a cell's value; a number shown with leading zeros, format 0000, is an id and keeps them."""
    value: Scalar = cell.value
    if getattr(cell, "data_type", "") == "e":
        return CellError(str(value), f"the cell shows {value}")
    if value is None and getattr(formula, "data_type", "") == "f":
        return CellError("#N/A", "the cell holds a formula without a stored value; open the file in Excel and save it")
    form = str(getattr(cell, "number_format", "") or "")
    if isinstance(value, int) and not isinstance(value, bool) and len(form) > 1 and set(form) == {"0"}:
        return str(value).zfill(len(form))
    return value


def _json(name: str, content: bytes, _known: Collection[str]) -> DataFile:
    text, _ = _decoded(name, content)
    try:
        objects = json.loads(text, object_pairs_hook=_no_repeated_key, parse_int=_exact)
    except (ValueError, RecursionError) as error:
        raise WrongKind(f"{name} is no JSON: {error}; a list of objects is asked, one for each customer") from None
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise WrongKind(f"{name} is no list of objects; write [{{...}}, {{...}}], one object for each customer")
    header = tuple(dict.fromkeys(key for item in objects for key in item))
    rows = tuple((number, tuple(_one_value(item.get(key)) for key in header)) for number, item in enumerate(objects, 1))
    return DataFile(header, rows, notes=(f"{name}: JSON, rows counted from 1",))


def _no_repeated_key(pairs: list[tuple[str, Scalar]]) -> dict[str, Scalar]:
    names = [name for name, _ in pairs]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        msg = f"{repeated} stands twice in one object"
        raise ValueError(msg)
    return dict(pairs)


def _exact(digits: str) -> int | str:
    """Keep long numbers, ids of other systems, digit by digit."""
    return int(digits) if len(digits) <= 15 else digits  # noqa: PLR2004  what a float holds exactly


def _one_value(value: object) -> Scalar:
    if isinstance(value, list | dict):
        return CellError("#VALUE!", "a list or an object where one value is asked")
    return value  # type: ignore[return-value]  # JSON knows nothing else
