"""Sheets with the years 0..15 in columns: rows are declared by key, formulas name rows, positions follow.

In the formulas of a declaration ``[users]`` is the row ``users`` in the same column, ``[users<]`` and ``[users>]`` in
the column before and after, ``[users:]`` all its years, ``[users:<]`` all columns before this one, ``[users:=]`` its
years up to this one, ``[users@D]`` its cell in column D. No key means the row itself, the key ``year`` the year at the
head of the sheet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author.styles import HAIRLINE, TOTAL_EDGE, Styles

LAST_YEAR = 15
LABEL, NOTE, CONSTANT, UNIT, TOTAL, EXTRA, YEAR_0 = range(1, 8)  # columns B..H; A is the margin
YEAR_15 = YEAR_0 + LAST_YEAR
HEADER = 3  # the row with the years, 0-based; everything below it scrolls
FIRST = HEADER + 1
SUM = "=SUM([:])"

_TOKEN = re.compile(r"\[([a-z0-9_]*)(<|>|:<|:=|:|@[A-Z])?\]")


@dataclass(frozen=True)
class Row:
    """One line of the model: one formula, the same in every year column."""

    key: str
    label: str
    unit: str = ""
    years: str = ""
    constant: str | float = ""
    total: str = ""
    extra: str = ""
    note: str = ""
    kind: str = "money"
    look: str = "calc"
    constant_kind: str = ""
    total_kind: str = ""
    name: str = ""
    """Defined name of the cells of years 1..15, figures that the engine states."""
    total_name: str = ""
    years_name: str = ""
    """Defined name of the cells of years 0..15, figures that are calculated here."""
    values: tuple[float, ...] = ()
    """Published figures of years 1.., typed instead of calculated."""
    label_formula: str = ""


@dataclass(frozen=True)
class Section:
    """A heading inside a sheet."""

    text: str
    total: str = ""
    extra: str = ""
    plain: bool = False
    """A remark without the rule under it."""


@dataclass(frozen=True)
class Named:
    """Rows under one defined name, so that they can be hidden together."""

    name: str
    items: tuple["Item", ...]


Item = Row | Section | Named | None  # None is an empty row


@dataclass
class TimeSheet:
    """A sheet of years."""

    name: str
    title: str
    subtitle: str
    items: Sequence[Item]
    colour: str
    total_header: str = "Total"
    extra_header: str = ""
    constant_header: str = "Constant"
    note_width: float = 31
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, tuple[int, int]] = field(default_factory=dict)

    def place(self) -> None:
        """Give every row its position."""
        position = FIRST
        for item, opened in walk(self.items):
            if isinstance(item, Row):
                self.rows[item.key] = position
            for name in opened:
                first, _ = self.names.get(name, (position, position))
                self.names[name] = (first, position)
            position += 1
        self.last = position - 1


def walk(items: Sequence[Item], opened: tuple[str, ...] = ()) -> Iterator[tuple[Row | Section | None, tuple[str, ...]]]:
    """Yield every item in its order with the names that cover it; None is an empty row."""
    for item in items:
        if isinstance(item, Named):
            yield from walk(item.items, (*opened, item.name))
        else:
            yield item, opened


@dataclass
class Model:
    """All sheets of years, whose rows refer to each other by key."""

    sheets: Sequence[TimeSheet]

    def __post_init__(self) -> None:
        self.home: dict[str, TimeSheet] = {}
        for sheet in self.sheets:
            sheet.place()
            repeated = self.home.keys() & sheet.rows.keys()
            if repeated:
                msg = f"two rows have one key: {sorted(repeated)}"
                raise ValueError(msg)
            self.home.update(dict.fromkeys(sheet.rows, sheet))

    def cell(self, key: str, column: int) -> str:
        """Return the absolute address of a row's cell, with its sheet."""
        sheet = self.home[key]
        return f"{sheet.name}!${xl_col_to_name(column)}${sheet.rows[key] + 1}"

    def years(self, key: str, first: int = YEAR_0, last: int = YEAR_15) -> str:
        """Return the absolute address of a row's year cells, with its sheet."""
        row = self.home[key].rows[key]
        return f"{self.home[key].name}!{xl_range_abs(row, first, row, last)}"

    def resolve(self, formula: str, sheet: TimeSheet | None = None, row: int = 0, column: int = 0) -> str:
        """Replace every ``[key]`` of a formula that stands in `row`, `column` of `sheet`."""

        def address(match: re.Match[str]) -> str:
            key, how = match.group(1), match.group(2) or ""
            home = sheet if key in {"", "year"} else self.home[key]
            assert home is not None  # noqa: S101  [] and [year] only stand on sheets of years
            line = {"": row, "year": HEADER}.get(key, home.rows.get(key, 0)) + 1
            prefix = "" if home is sheet else f"{home.name}!"
            return prefix + _columns(how, column, line)

        return _TOKEN.sub(address, formula)


def _columns(how: str, column: int, line: int) -> str:
    if how == ":":
        return f"${xl_col_to_name(YEAR_0)}{line}:${xl_col_to_name(YEAR_15)}{line}"
    if how == ":<":  # starts one column before year 0, which stays empty, so that year 0 has a range too
        return f"${xl_col_to_name(EXTRA)}{line}:{xl_col_to_name(column - 1)}{line}"
    if how == ":=":
        return f"${xl_col_to_name(YEAR_0)}{line}:{xl_col_to_name(column)}{line}"
    if how.startswith("@"):
        return f"${how[1]}{line}"
    shift = {"<": -1, ">": 1}.get(how, 0)
    return f"{xl_col_to_name(column + shift)}{line}"


def write(book: Workbook, model: Model, sheet: TimeSheet, styles: Styles) -> None:
    """Write one sheet of years."""
    page = book.get_worksheet_by_name(sheet.name)
    page.set_column(0, 0, 1.5)
    page.set_column(LABEL, LABEL, 38)
    page.set_column(NOTE, NOTE, sheet.note_width)
    # a column that a sheet does not use stays as a gap, so that years stand in the same columns everywhere
    page.set_column(CONSTANT, CONSTANT, 10 if sheet.constant_header else 1)
    page.set_column(UNIT, UNIT, 12)
    page.set_column(TOTAL, TOTAL, 14.5)
    page.set_column(EXTRA, EXTRA, 14.5 if sheet.extra_header else 1)
    page.set_column(YEAR_0, YEAR_15, 12)
    page.set_row(0, 28)
    page.write_string(0, LABEL, sheet.title, styles.get("title"))
    page.write_string(1, LABEL, sheet.subtitle, styles.get("subtitle"))
    _header(page, model, sheet, styles)
    position = FIRST
    for item, _ in walk(sheet.items):
        if isinstance(item, Section):
            _section(page, item, position, styles)
        elif isinstance(item, Row):
            line = _Line(page, model, sheet, item, position, styles)
            line.texts()
            line.figures()
            line.years()
            _define(book, sheet, item, position)
        position += 1
    for name, (first, last) in sheet.names.items():
        book.define_name(name, f"={sheet.name}!{xl_range_abs(first, LABEL, last, LABEL)}")
    book.define_name(
        f"blk_years_{sheet.name.lower()}", f"={sheet.name}!{xl_range_abs(HEADER, YEAR_0, HEADER, YEAR_15)}"
    )
    page.freeze_panes(FIRST, YEAR_0)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, sheet.last, YEAR_15)


def _header(page: Worksheet, model: Model, sheet: TimeSheet, styles: Styles) -> None:
    left, right = styles.get("header"), styles.get("header", align="right")
    page.set_row(HEADER, 18)
    texts = {
        NOTE: "Basis",
        CONSTANT: sheet.constant_header,
        UNIT: "  Unit",
        TOTAL: sheet.total_header,
        EXTRA: sheet.extra_header,
    }
    page.write_string(HEADER, LABEL, "Line", left)
    for column, text in texts.items():
        page.write_string(HEADER, column, text, right if column in {CONSTANT, TOTAL, EXTRA} else left)
    years = styles.get("header", "year", align="right")
    for column in range(YEAR_0, YEAR_15 + 1):
        before, here = xl_col_to_name(column - 1), xl_col_to_name(column)
        if sheet is not model.sheets[0]:
            page.write_formula(HEADER, column, f"={model.sheets[0].name}!{here}${HEADER + 1}", years, column - YEAR_0)
        elif column == YEAR_0:
            page.write_number(HEADER, column, 0, years)
        else:
            page.write_formula(HEADER, column, f"={before}{HEADER + 1}+1", years, column - YEAR_0)


def _section(page: Worksheet, item: Section, position: int, styles: Styles) -> None:
    if item.plain:
        page.write_formula(position, LABEL, item.text, styles.get("note"), "")
        return
    page.set_row(position, 20)
    title, side = styles.get("section"), styles.get("section", align="right", font_size=9)
    for column in range(LABEL, YEAR_15 + 1):
        text = {LABEL: item.text, TOTAL: item.total, EXTRA: item.extra}.get(column, "")
        look = title if column == LABEL else side
        if text.startswith("="):
            page.write_formula(position, column, text, look, "")
        else:
            page.write(position, column, text or None, look)


@dataclass(frozen=True)
class _Line:
    """A row of the model at its position on the page."""

    page: Worksheet
    model: Model
    sheet: TimeSheet
    row: Row
    position: int
    styles: Styles

    @property
    def edge(self) -> dict[str, Any]:
        return TOTAL_EDGE if self.row.look == "total" else HAIRLINE

    def texts(self) -> None:
        """Write label, note and unit."""
        row, styles, edge = self.row, self.styles, self.edge
        bold: dict[str, Any] = {"bold": True} if row.look in {"total", "result"} else {}
        if row.label_formula:
            look = styles.get("label", "purchase", align="left", indent=1, **edge)
            text = self.model.resolve(row.label_formula, self.sheet, self.position, LABEL)
            self.page.write_formula(self.position, LABEL, text, look, 0)
        else:
            self.page.write_string(self.position, LABEL, row.label, styles.get("label", **edge, **bold))
        self.page.write_string(self.position, NOTE, row.note, styles.get("note", **edge))
        self.page.write_string(self.position, UNIT, row.unit, styles.get("unit", indent=1, **edge))

    def figures(self) -> None:
        """Write constant, total and the extra column."""
        row = self.row
        calc = "total" if row.look == "total" else "calc"
        self.cell(CONSTANT, row.constant, row.constant_kind or row.kind, calc)
        self.cell(TOTAL, row.total, row.total_kind or row.kind, "result" if row.look == "result" else calc)
        if row.total_name and not row.total:  # a figure that the engine states
            look = self.styles.get("stated", row.total_kind or row.kind, align="right", **self.edge)
            self.page.write_blank(self.position, TOTAL, None, look)
        self.cell(EXTRA, row.extra, row.kind, calc)

    def years(self) -> None:
        """Write the years: formulas, published figures, or room for figures that the engine states."""
        row = self.row
        for year, column in enumerate(range(YEAR_0, YEAR_15 + 1)):
            if row.name and year:
                self.page.write_blank(self.position, column, None, self.styles.get("stated", row.kind, **self.edge))
            elif 0 < year <= len(row.values):
                self.cell(column, row.values[year - 1], row.kind, row.look)
            else:
                self.cell(column, row.years, row.kind, row.look)

    def cell(self, column: int, content: str | float, kind: str, look: str) -> None:
        """Write a formula, a typed figure, or nothing but the look."""
        if isinstance(content, str) and content:
            text = self.model.resolve(content, self.sheet, self.position, column)
            self.page.write_formula(self.position, column, text, self.styles.get(look, kind, **self.edge), 0)
        elif isinstance(content, str):
            self.page.write_blank(self.position, column, None, self.styles.get("label", **self.edge))
        else:
            self.page.write_number(self.position, column, content, self.styles.get("stated", kind, **self.edge))


def _define(book: Workbook, sheet: TimeSheet, item: Row, position: int) -> None:
    if item.name:
        book.define_name(item.name, f"={sheet.name}!{xl_range_abs(position, YEAR_0 + 1, position, YEAR_15)}")
    if item.years_name:
        book.define_name(item.years_name, f"={sheet.name}!{xl_range_abs(position, YEAR_0, position, YEAR_15)}")
    if item.total_name:
        book.define_name(item.total_name, f"={sheet.name}!${xl_col_to_name(TOTAL)}${position + 1}")
