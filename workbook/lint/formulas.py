"""Rules of formulas: they parse, and what they name is there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from workbook.lint.book import MAIN, Book, Element, Sheet, area_of, is_true, position, search, whole
from workbook.lint.excelfunctions import CLASSIC, PREFIXED, file_name
from workbook.lint.findings import Finding

MAX_FORMULA = 8192
MAX_STRING = 255  # characters of a text inside a formula
MAX_NESTING = 64
MAX_ARGUMENTS = 255

_SHEET = re.compile(r"(?:'((?:[^']|'')*)'|([^'!]*))!(.*)", re.DOTALL)
_CELLS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]+)#?")
_ROWS_OR_COLUMNS = re.compile(r"\$?[A-Za-z]{1,3}(?::\$?[A-Za-z]{1,3})?|\$?[0-9]{1,7}(?::\$?[0-9]{1,7})?")
_FILE = re.compile(r"\[(\d+)\]")
_OF_RULES = "m:conditionalFormatting/m:cfRule/m:formula | m:dataValidations/m:dataValidation/*"
_PARAMETER = ("_xlpm.", "_xleta.", "_xlop.")


@dataclass(frozen=True)
class Facts:
    """What a formula says, whichever workbook it stands in.

    Attributes
    ----------
    faults : tuple of (rule, what)
        What no workbook could make good.
    sheets, names, functions : frozenset of str
        What it refers to, in lower case; names include tables, functions only those that Excel does not have.
    called : frozenset of str
        All functions, in lower case and without the prefixes of files.
    files : frozenset of int
        Numbers of the other workbooks that it refers to.
    """

    faults: tuple[tuple[str, str], ...]
    sheets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    files: frozenset[int] = frozenset()
    called: frozenset[str] = frozenset()


@lru_cache(maxsize=65_536)
def facts(formula: str) -> Facts:
    """Read a formula as it stands in a file; the proposals of a batch share theirs.

    >>> facts("SUM(Cost!A1,Rate)").names, facts("SUM(Cost!A1,Rate)").sheets
    (frozenset({'rate'}), frozenset({'cost'}))
    >>> facts("SUM(A1").faults[0][0]
    'formula-syntax'
    """
    import formualizer

    if formula.startswith("="):
        return Facts((("formula-syntax", "begins with =, which Excel writes only on the screen"),))
    if len(formula) > MAX_FORMULA:
        return Facts((("formula-length", f"has {len(formula):,} characters, the limit is {MAX_FORMULA:,}"),))
    try:
        formualizer.parse(f"={formula}")
        tokens = formualizer.tokenize(f"={formula}").tokens()
    except (formualizer.ParserError, formualizer.TokenizerError) as error:
        return Facts((("formula-syntax", f"{_shown(formula)} is no formula that Excel accepts ({error})"),))
    return _Reader(formula).read(tokens)


class _Reader:
    """Collects the facts of one formula from its tokens."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.faults: list[tuple[str, str]] = []
        self.sheets: set[str] = set()
        self.names: set[str] = set()
        self.functions: set[str] = set()
        self.files: set[int] = set()
        self.called: set[str] = set()

    def read(self, tokens: Element) -> Facts:
        arguments: list[int] = []
        deepest = 0
        for token in tokens:
            kind, part, text = _tag(token.token_type), _tag(token.subtype), token.value
            if part == "Open":
                arguments.append(1)
                deepest = max(deepest, len(arguments))
                if kind == "Func":
                    self._function(text[:-1])
            elif part == "Close" and arguments and arguments.pop() > MAX_ARGUMENTS and kind == "Func":
                self._wrong("formula-length", f"a function has more than {MAX_ARGUMENTS} arguments")
            elif kind == "Sep" and arguments:
                arguments[-1] += 1
            elif kind == "Operand":
                self._operand(part, text)
        if deepest > MAX_NESTING:
            self._wrong("formula-length", f"is nested {deepest} deep, the limit is {MAX_NESTING}")
        found = (frozenset(self.sheets), frozenset(self.names), frozenset(self.functions), frozenset(self.files))
        return Facts(tuple(self.faults), *found, frozenset(self.called))

    def _wrong(self, rule: str, what: str) -> None:
        self.faults.append((rule, f"{_shown(self.formula)} {what}"))

    def _operand(self, part: str, text: str) -> None:
        if part == "Text" and len(text) - 2 > MAX_STRING:
            self._wrong("formula-length", f"has a text of {len(text) - 2} characters, the limit is {MAX_STRING}")
        elif part == "Error" and text.upper().endswith("#REF!"):
            self._wrong("formula-reference", "refers to cells that were deleted (#REF!)")
        elif part == "Range":
            self._reference(text)

    def _reference(self, text: str) -> None:
        found = _SHEET.fullmatch(text)
        if found:
            sheet = found[2] if found[1] is None else found[1].replace("''", "'")
            text = found[3]
            if self._other_file(sheet):
                return
            self.sheets.update(name.lower() for name in sheet.split(":"))
        if text.startswith(_PARAMETER):
            return
        plain = text.partition("[")[0]
        if not plain or (_ROWS_OR_COLUMNS.fullmatch(text) and (":" in text or found)):
            return
        corners = [_CELLS.fullmatch(corner) for corner in text.split(":")]
        if not all(corners):
            self.names.add(plain.removesuffix("#").lower())
        elif not all(corner and position(corner[1] + corner[2]) for corner in corners):
            self._wrong("formula-reference", f"refers to {text}, outside of a sheet")

    def _other_file(self, sheet: str) -> bool:
        found = _FILE.match(sheet)
        if found and int(found[1]) > 0:
            self.files.add(int(found[1]))
        return "[" in sheet

    def _function(self, name: str) -> None:
        name = name.removeprefix("@")
        plain = name.rpartition("!")[2].upper()
        self.called.add(plain.removeprefix("_XLL.").removeprefix("_XLFN.").removeprefix("_XLWS.").lower())
        if name.startswith("["):
            self._other_file(name)
        elif name.lower().startswith(("_xll.", *_PARAMETER)) or plain in CLASSIC:
            return
        elif plain.startswith("_XLFN."):
            bare = plain.rpartition(".")[2] if "_XLWS." in plain else plain.removeprefix("_XLFN.")
            if bare in PREFIXED and plain != file_name(bare).upper():
                self._wrong("formula-prefix", f"has {name}, which files call {file_name(bare)}")
        elif plain in PREFIXED:
            self._wrong("formula-prefix", f"has {plain}, which files call {file_name(plain)}")
        else:
            self.functions.add(plain.lower())


def formulas(book: Book) -> Iterator[Finding]:
    """Formulas of cells parse and refer to what is there."""
    known = Known(book)
    for sheet in book.sheets:
        if all(known.is_sound(facts(text)) for text in sheet.formula_texts()):
            continue
        for address, node in sheet.formulas:
            for rule, what in known.faults(node.text, sheet.number) if node.text else ():
                yield sheet.finding(rule, what, address)


def other_formulas(book: Book) -> Iterator[Finding]:
    """Formulas of names, validations and conditions parse and refer to what is there."""
    known = Known(book)
    for node in book.defined_names:
        for rule, what in known.faults(node.text or "", whole(node, "localSheetId")):
            if not node.get("name", "").startswith("_xlnm.") and not is_true(node.get("hidden")):
                yield Finding(rule, book.main, f"the name {node.get('name')}: {what}")
    for sheet in book.sheets:
        for node in () if sheet.root is None else search(_OF_RULES)(sheet.root):
            cell = (node.getparent().get("sqref") or node.getparent().getparent().get("sqref", "")).partition(" ")[0]
            for rule, what in known.faults(node.text, sheet.number) if node.text else ():
                yield sheet.finding(rule, what, cell.partition(":")[0])


class Known:
    """What the formulas of a workbook may refer to."""

    def __init__(self, book: Book) -> None:
        self.sheets = frozenset(sheet.name.lower() for sheet in book.sheets)
        self.names: dict[int | None, set[str]] = {
            None: {root.get("displayName", "").lower() for *_, root in book.tables}
        }
        for node in book.defined_names:
            self.names.setdefault(whole(node, "localSheetId"), set()).add(node.get("name", "").lower())
        self.everywhere = frozenset(self.names[None])
        self.files = sum(1 for _ in book.roots[book.main].iterfind(f"{MAIN}externalReferences/*"))
        self.has_own_functions = any(True for _ in book.related(book.main, "vbaProject"))

    def is_sound(self, found: Facts) -> bool:
        """Whether everything that a formula names is there; nearly every formula is done with here."""
        if found.faults or found.functions or found.files:
            return False
        return found.sheets <= self.sheets and found.names <= self.everywhere

    def has_all(self, found: Facts) -> bool:
        """Whether everything is there that several formulas name, names of single sheets and other files left out."""
        if found.faults or found.files or not (self.has_own_functions or all(map(_is_ours, found.functions))):
            return False
        return found.sheets <= self.sheets and found.names <= self.everywhere

    def faults(self, formula: str, sheet: int | None) -> Iterator[tuple[str, str]]:
        """Say what is wrong with a formula that stands on a sheet of this number."""
        found = facts(formula)
        if self.is_sound(found):
            return
        yield from found.faults
        for name in sorted(found.sheets - self.sheets):
            yield "formula-reference", f"{_shown(formula)} refers to the sheet {name}, which is not there"
        for name in sorted(found.names - self._names(sheet, found)):
            yield "formula-reference", f"{_shown(formula)} refers to the name {name}, which is not there"
        for number in sorted(n for n in found.files if n > self.files):
            what = f"{_shown(formula)} refers to workbook [{number}], {self.files} are linked"
            yield "formula-reference", what
        for function in sorted(found.functions - self._names(sheet, found)):
            if not self.has_own_functions and not _is_ours(function):
                yield (
                    "formula-function",
                    f"{_shown(formula)} has the function {function.upper()}, which Excel does not have",
                )

    def _names(self, sheet: int | None, found: Facts) -> set[str] | frozenset[str]:
        """Names that a formula of this sheet can use: its own, the workbook's, and those of sheets that it names."""
        if len(self.names) == 1:
            return self.everywhere
        others = [self.names[n] for n in self.names if n is not None and (n == sheet or found.sheets)]
        return self.everywhere.union(*others)


def shared_and_array(book: Book) -> Iterator[Finding]:
    """Shared formulas have a first cell that states them; array formulas state the cells that they fill."""
    for sheet in book.sheets:
        stated: set[str] = set()
        for node in () if sheet.root is None else search("m:sheetData/m:row/m:c/m:f[@t]")(sheet.root):
            kind, address = node.get("t"), node.getparent().get("r", "")
            if kind == "shared":
                yield from _shared(sheet, address, node, stated)
            elif kind in {"array", "dataTable"}:
                area, place = area_of(node.get("ref", "")), position(address)
                if area is None or place is None or not area.contains(*place):
                    what = f'fills "{node.get("ref", "")}", which is no area around {address}'
                    yield sheet.finding("formula-array", what, address)


def _shared(sheet: Sheet, address: str, node: Element, stated: set[str]) -> Iterator[Finding]:
    group = node.get("si", "")
    if node.text:
        stated.add(group)
        if area_of(node.get("ref", "")) is None:
            yield sheet.finding("formula-shared", f'shares its formula with "{node.get("ref", "")}"', address)
    elif group not in stated:
        what = f"takes its formula from group {group}, whose first cell is missing or follows"
        yield sheet.finding("formula-shared", what, address)


def calculation_chain(book: Book) -> Iterator[Finding]:
    """Require of an order of calculation that it lists the formula cells and no other."""
    root = book.root_of("calcChain")
    if root is None:
        return
    part = next(book.related(book.main, "calcChain"))
    ids = {node.get("sheetId"): n for n, node in enumerate(book.roots[book.main].iter(f"{MAIN}sheet"))}
    listed: dict[int, set[str]] = {}
    number = None
    for cell in root.iter(f"{MAIN}c"):
        number = ids.get(cell.get("i")) if cell.get("i") else number
        if number is None:
            yield Finding("calc-chain", part, f"lists {cell.get('r')} of sheet {cell.get('i')}, which is not there")
        else:
            listed.setdefault(number, set()).add(cell.get("r", ""))
    for sheet in book.sheets:
        yield from _chained(sheet, listed.get(sheet.number, set()))


def _chained(sheet: Sheet, listed: set[str]) -> Iterator[Finding]:
    formula_cells = {address for address, _ in sheet.formulas}
    filled = [area for _, node in sheet.formulas if (area := area_of(node.get("ref", ""))) and node.get("t") == "array"]
    for address in sorted(listed - formula_cells):
        place = position(address)
        if place is None or not any(area.contains(*place) for area in filled):
            yield sheet.finding("calc-chain", f"the calculation chain lists {address}, which has no formula", address)
    for address in sorted(formula_cells - listed):
        yield sheet.finding("calc-chain", f"the calculation chain leaves out the formula of {address}", address)


def _is_ours(function: str) -> bool:
    return function.startswith("tco_")


def _shown(formula: str) -> str:
    return f"={formula}" if len(formula) <= 60 else f"={formula[:57]}..."  # noqa: PLR2004  part of a terminal's line


def _tag(value: object) -> str:
    """Last word of a tag of formualizer: ``TokenType.Func``."""
    return str(value).rpartition(".")[2]
