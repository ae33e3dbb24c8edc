"""Checks a workbook file for what Excel would repair or refuse, without Excel.

Every rule is a function from the workbook to its findings; `RULES` says what to do about each. The rules are those
that were seen to break files, and that a check against the published schemas does not find.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.errors import EngineError, WrongKind, counted
from workbook.lint import cells, drawings, formulas, names, order, package, plain, sheets, styles, tables, texts
from workbook.lint.book import Book, open_book
from workbook.lint.findings import RULES, Finding
from workbook.lint.form import Doubt
from workbook.package import Package

__all__ = ["CHECKS", "FILLED", "RULES", "Finding", "added", "check", "refuse"]

Check = Callable[[Book], Iterator[Finding]]

PACKAGE_CHECKS: tuple[Check, ...] = (package.content_types, package.relations, package.orphans)
CHECKS: tuple[Check, ...] = (
    package.macros,
    order.element_order,
    order.counts,
    names.sheet_names,
    names.sheet_ids,
    names.visible_sheets,
    names.defined_names,
    styles.style_indices,
    styles.number_formats,
    texts.shared_strings,
    cells.cells,
    cells.metadata,
    formulas.formulas,
    formulas.other_formulas,
    formulas.shared_and_array,
    formulas.calculation_chain,
    sheets.sheets,
    tables.table_names,
    tables.table_columns,
    tables.table_headers,
    tables.table_areas,
    drawings.shape_ids,
    drawings.comments,
    drawings.charts,
)
"""The rules, in the order in which their findings are listed: the package's first, then the workbook's."""


FILLED: tuple[Check, ...] = (
    order.counts,
    texts.shared_strings,
    cells.cells,
    tables.table_headers,
    drawings.charts,
)
"""The rules that filling a template without findings can break: values, texts, what tables and charts repeat."""


def check(data: bytes, name: str = "", rules: Sequence[Check] = CHECKS) -> list[Finding]:
    """Find everything that is wrong with a workbook file.

    Parameters
    ----------
    data : bytes
        An .xlsx, .xlsm or .xlam file.
    name : str
        Its file name; when given, its ending must fit the contents.
    rules : sequence of Check
        The rules of the workbook, those of the package are always applied.

    Returns
    -------
    list of Finding
        Empty when nothing is wrong.

    Examples
    --------
    >>> [finding.rule for finding in check(b"not a workbook")]
    ['package']
    """
    try:
        read, contents = Package.unpacked(data, name)
    except EngineError as error:
        return [Finding("package", "", str(error))]
    return [] if is_plainly_clean(data, read, contents, rules) else find(data, read, rules)


def is_plainly_clean(data: bytes, read: Package, contents: Mapping[str, bytes], rules: Sequence[Check]) -> bool:
    """Whether the short way is sure that a file is clean: nearly every file is."""
    try:
        roots, grids = plain.parse(contents)
    except Doubt:
        return False
    book = open_book(read, roots)
    checks = (package.transitional, *PACKAGE_CHECKS, *rules)
    return (
        bool(book.main)
        and not any(package.zip_headers(data, read))
        and plain.is_sound(book, grids)
        and not any(finding for rule in checks for finding in rule(book))
    )


def find(data: bytes, read: Package, rules: Sequence[Check]) -> list[Finding]:
    """Apply the rules to a package, the long way."""
    roots, findings = package.parse(read)
    findings += package.zip_headers(data, read)
    book = open_book(read, roots)
    for rule in PACKAGE_CHECKS:
        findings += rule(book)
    if not book.main:
        return findings or [Finding("package", "", "no relation of the file leads to a workbook")]
    strict = list(package.transitional(book))
    for rule in () if strict else rules:
        findings += rule(book)
    return [*findings, *strict]


def added(before: bytes, after: bytes, name: str = "") -> list[Finding]:
    """Find what is wrong with a file and was not before it was changed: what its owner's program wrote is not ours.

    Parameters
    ----------
    before, after : bytes
        The file as it came and as it shall be written.
    name : str
        Its file name.
    """
    found = check(after, name)
    return [finding for finding in found if finding not in check(before, name)] if found else []


def refuse(findings: Sequence[Finding], name: str) -> None:
    """Raise when there are findings: a file that Excel would repair is not written.

    Raises
    ------
    WrongKind
        With the first finding and the number of the others.
    """
    if findings:
        more = f" and {counted(len(findings) - 1, 'more finding')}" if len(findings) > 1 else ""
        raise WrongKind(f"{name} would not open cleanly in Excel: {findings[0]}{more}")
