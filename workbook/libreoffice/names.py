"""Function names and blank cells, from Excel's file to Calc's and back.

Excel writes ``TCO_CRF(A1,3)``; LibreOffice before version 24 understands only the programmatic name of an add-in
function in a file, and hands a blank cell over as the number 0. So a workbook on its way to Calc gets

    ORG.LLMTCO.FUNCTIONS.TCOCRF(IF(ISBLANK(A1)=TRUE(),"",A1),3)

(and TCO_LAST_ERROR the text of its cell's error, because Calc never calls a function whose argument is an error cell,
and Table[#All] the second pair of brackets without which LibreOffice 7 does not know it), and on its way back the names
and arguments that it had. Everything else in the file stays as it is, byte for byte; only the file in front of an
add-in's function (``[1]!TCO_CRF``) is not written again, Excel finds it without.
"""

import html
import re
import zipfile
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from engine.errors import WrongKind
from workbook.functions import FUNCTIONS_BY_NAME
from workbook.libreoffice.oxt import SERVICE, programmatic_name
from workbook.registry import Function

_FORMULA_TAGS = {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
_PROGRAMMATIC = {programmatic_name(name): function for name, function in FUNCTIONS_BY_NAME.items()}
_LAST_ERROR = "TCO_LAST_ERROR"
_NO_NAMES: frozenset[str] = frozenset()

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*(?:"|$))             # a string, closed or not: nothing in it is a name
      | (?P<call>(?:\[\d+\]!|_xll\.)?[^\W\d][\w.]*\()   # NAME( with the add-in's file in front of it or not
      | (?P<sheet>'(?:[^']|'')*(?:'|$))
      | (?P<brackets>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])  # inside of a structured reference
      | (?P<word>[^\W\d][\w.]*)
      | (?P<mark>[(){},])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SHEET = r"(?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
_CELL = re.compile(
    rf"{_SHEET}\$?[A-Za-z]{{1,3}}\$?[1-9]\d{{0,6}}|[^\W\d][\w.]*\[\[\#This\ Row\],\[(?:[^\[\]']|'.)+\]\]"
)
_NAME = re.compile(r"[^\W\d][\w.]*")
_ERROR_OF = 'IF(ISERROR({cell}),CHOOSE(ERROR.TYPE({cell}),{texts}),IF(ISBLANK({cell})=TRUE(),"",{cell}))'
_IN_ORDER = ",".join(f'"{text}"' for text in ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"))
_EXPLAINED = re.compile(
    re.escape(_ERROR_OF.format(cell="CELL", texts=_IN_ORDER))
    .replace("CELL", "(?P<cell>.+)", 1)
    .replace("CELL", "(?P=cell)")
)
_ITEM_ONE_PAIR, _ITEM_TWO_PAIRS = re.compile(r"\[#[\w ]+\]"), re.compile(r"\[\[#[\w ]+\]\]")
_GUARDED = re.compile(r'IF\(ISBLANK\((?P<cell>.+)\)=TRUE\(\),"",(?P=cell)\)')
_ENTITY = re.compile(r"&(?:#x[0-9a-fA-F]+|#\d+|\w+);|.", re.DOTALL)


@dataclass
class _Call:
    """An open bracket: the function it belongs to when that is one of ours, and where its argument began."""

    function: Function | None
    argument: int = 0
    start: int = 0


_Edit = tuple[int, int, str]


def to_calc(source: Path, target: Path) -> None:
    """Write a copy of the workbook in which Calc finds the TCO functions."""
    _copy(source, target, _to_calc_edits)


def to_excel(source: Path, target: Path) -> None:
    """Write a copy of a workbook that Calc saved, or that `to_calc` wrote, in Excel's names."""
    _copy(source, target, lambda formula, _names: _to_excel_edits(formula))


def formula_to_calc(formula: str, single_cells: AbstractSet[str] = _NO_NAMES) -> str:
    """Return a formula in Calc's names.

    Parameters
    ----------
    formula : str
        As in the file, with or without the equal sign.
    single_cells : set of str
        Defined names, lower case, that stand for one cell.

    Examples
    --------
    >>> formula_to_calc('TCO_CRF(8%,3)&"TCO_CRF(1,2)"')
    'ORG.LLMTCO.FUNCTIONS.TCOCRF(8%,3)&"TCO_CRF(1,2)"'
    >>> formula_to_calc("TCO_CRF(Rates!$B$2,3)")
    'ORG.LLMTCO.FUNCTIONS.TCOCRF(IF(ISBLANK(Rates!$B$2)=TRUE(),"",Rates!$B$2),3)'
    """
    return _apply(formula, _to_calc_edits(formula, single_cells))


def formula_to_excel(formula: str) -> str:
    """Return a formula in Excel's names.

    >>> formula_to_excel(formula_to_calc("TCO_CRF(A1,3)"))
    'TCO_CRF(A1,3)'
    """
    return _apply(formula, _to_excel_edits(formula))


def _to_calc_edits(formula: str, single_cells: AbstractSet[str]) -> Iterator[_Edit]:
    for start, end, function, argument in _own_parts(formula, lambda name: FUNCTIONS_BY_NAME.get(name.upper())):
        if argument is None:
            yield start, end, programmatic_name(function.name) + "("
        elif function.name == _LAST_ERROR and _is_reference(formula[start:end]):
            yield start, end, _ERROR_OF.format(cell=formula[start:end], texts=_IN_ORDER)
        elif function.name == _LAST_ERROR and start < end:
            yield start, start, "ISERROR("
            yield end, end, ")"
        elif _can_be_blank(function, argument):
            cell = formula[start:end]
            if _CELL.fullmatch(cell) or cell.lower() in single_cells:
                yield start, end, f'IF(ISBLANK({cell})=TRUE(),"",{cell})'
    for item in _brackets(formula, _ITEM_ONE_PAIR):
        yield item.start() + 1, item.start() + 1, "["
        yield item.end() - 1, item.end() - 1, "]"


def _to_excel_edits(formula: str) -> Iterator[_Edit]:
    known = FUNCTIONS_BY_NAME | _PROGRAMMATIC  # Calc saves a name that it did not know in lower case
    for start, end, function, argument in _own_parts(formula, lambda name: known.get(name.upper())):
        if argument is None:
            yield start, end, function.name + "("
        elif (told := _EXPLAINED.fullmatch(formula[start:end])) and _is_reference(told["cell"]):
            yield start, end, told["cell"]
        elif function.name == _LAST_ERROR and _is_one_call(formula[start:end], "ISERROR("):
            yield start, start + len("ISERROR("), ""
            yield end - 1, end, ""
        elif (guarded := _GUARDED.fullmatch(formula[start:end])) and _is_reference(guarded["cell"]):
            yield start, end, guarded["cell"]
    for item in _brackets(formula, _ITEM_TWO_PAIRS):
        yield item.start(), item.start() + 1, ""
        yield item.end() - 1, item.end(), ""


def _brackets(formula: str, form: re.Pattern[str]) -> Iterator[re.Match[str]]:
    tokens = (token for token in _TOKEN.finditer(formula) if token.lastgroup == "brackets")
    return (token for token in tokens if form.fullmatch(token.group()))


def _is_one_call(text: str, opening: str) -> bool:
    """Tell whether the bracket that `opening` opens is closed at the very end, and not before."""
    depth, closed = 0, []
    for token in _TOKEN.finditer(text):
        depth += (token.lastgroup == "call" or token.group() == "(") - (token.group() == ")")
        if depth == 0:
            closed.append(token.end())
    return text.upper().startswith(opening) and closed == [len(text)]


def _is_reference(text: str) -> bool:
    return bool(_CELL.fullmatch(text) or _NAME.fullmatch(text))


def _can_be_blank(function: Function, argument: int) -> bool:
    """Tell whether a blank cell must be told apart from 0; a cell range object does that by itself."""
    return argument < len(function.arguments) and function.arguments[argument].kind != "assumptions"


def _own_parts(formula: str, find: Callable[[str], Function | None]) -> Iterator[tuple[int, int, Function, int | None]]:
    """Give start and end of each name of ours (argument None) and of each of its arguments (stripped, with number)."""
    calls: list[_Call] = []
    for token in _TOKEN.finditer(formula):
        text, kind = token.group(), token.lastgroup
        if kind == "call":
            function = find(re.sub(r"^(?:\[\d+\]!|_xll\.)|\($", "", text))
            calls.append(_Call(function, start=token.end()))
            if function:
                yield token.start(), token.end(), function, None
        elif kind == "mark" and text in "({":
            calls.append(_Call(None))
        elif kind == "mark" and calls:
            call = calls[-1]
            if call.function:
                argument = formula[call.start : token.start()]
                start = call.start + len(argument) - len(argument.lstrip())
                yield start, start + len(argument.strip()), call.function, call.argument
            call.argument, call.start = call.argument + 1, token.end()
            if text != ",":
                calls.pop()


def _apply(formula: str, edits: Iterator[_Edit]) -> str:
    return "".join(_spliced(list(formula), edits))


def _spliced(units: list[str], edits: Iterator[_Edit], escape: Callable[[str], str] = str) -> Iterator[str]:
    done = 0
    for start, end, text in sorted(edits):  # an argument that changes holds no function of ours: no edit inside another
        yield from units[done:start]
        yield escape(text)
        done = end
    yield from units[done:]


def _copy(source: Path, target: Path, edits: Callable[[str, AbstractSet[str]], Iterator[_Edit]]) -> None:
    try:
        _copy_parts(source, target, edits)
    except zipfile.BadZipFile as error:
        raise WrongKind(f"{source.name} is damaged or no workbook ({error}); save it again in Excel") from error


def _copy_parts(source: Path, target: Path, edits: Callable[[str, AbstractSet[str]], Iterator[_Edit]]) -> None:
    with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w") as out:
        names = _single_cell_names(package)
        for entry in package.infolist():
            data = package.read(entry)
            if entry.filename.endswith(".xml") and _needs_a_look(data):
                data = _renamed(data, lambda formula: edits(formula, names))
            out.writestr(entry, data, compress_type=entry.compress_type)


def _needs_a_look(data: bytes) -> bool:
    lower = data.lower()
    return b"tco_" in lower or SERVICE.lower().encode() in lower or b"[#" in lower


def _renamed(xml: bytes, edits: Callable[[str], Iterator[_Edit]]) -> bytes:
    pieces, done = [], 0
    for start, end in _formula_texts(xml):
        raw = _ENTITY.findall(xml[start:end].decode("utf-8"))
        plain = "".join(html.unescape(unit)[0] for unit in raw)  # one character each: positions agree
        text = "".join(_spliced(raw, edits(plain), _escape))
        pieces += [xml[done:start], text.encode("utf-8")]
        done = end
    return b"".join([*pieces, xml[done:]])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _formula_texts(xml: bytes) -> list[tuple[int, int]]:
    """Give first and last byte position of the text of every formula element; the parser says where, not a pattern."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    parser = expat.ParserCreate()
    parser.buffer_text = False

    def open_tag(name: str, _attributes: dict[str, str]) -> None:
        nonlocal start
        start = -1 if name.rpartition(":")[2] in _FORMULA_TAGS else None

    def anything(_text: str) -> None:
        nonlocal start
        if start == -1:
            start = parser.CurrentByteIndex

    def close_tag(_name: str) -> None:
        nonlocal start
        if start is not None and start >= 0:
            found.append((start, parser.CurrentByteIndex))
        start = None

    parser.StartElementHandler, parser.EndElementHandler = open_tag, close_tag
    parser.CharacterDataHandler = anything
    parser.Parse(xml, True)
    return found


def _single_cell_names(package: zipfile.ZipFile) -> frozenset[str]:
    """Return the workbook's defined names, lower case, that stand for exactly one cell."""
    if "xl/workbook.xml" not in package.namelist():
        return _NO_NAMES
    single: set[str] = set()
    wider: set[str] = set()  # a name can stand for one cell on one sheet and for a range on another
    current, text = "", ""
    parser = expat.ParserCreate()

    def open_tag(tag: str, attributes: dict[str, str]) -> None:
        nonlocal current, text
        current, text = (attributes.get("name", ""), "") if tag.rpartition(":")[2] == "definedName" else ("", "")

    def characters(part: str) -> None:
        nonlocal text
        text += part

    def close_tag(_tag: str) -> None:
        if current:
            (single if _CELL.fullmatch(text.strip()) else wider).add(current.lower())

    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = open_tag, characters, close_tag
    parser.Parse(package.read("xl/workbook.xml"), True)
    return frozenset(single - wider)
