"""Sheets with the years 0..15 in columns: rows are declared by key, formulas name rows, positions follow.

In the formulas of a declaration ``[users]`` is the row ``users`` in the same column, ``[users<]`` and ``[users>]`` in
the column before and after, ``[users:]`` all its years, ``[users:<]`` all columns before this one, ``[users@D]`` its
cell in column D. No key means the row itself, the key ``year`` the year at the head of the sheet.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range_abs

from workbook.author.styles import HAIRLINE, TOTAL_EDGE, Styles

LAST_YEAR = 15
LABEL, NOTE, CONSTANT, UNIT, TOTAL, EXTRA, YEAR_0 = range(1, 8)  # columns B..H; A is the margin
YEAR_15 = YEAR_0 + LAST_YEAR
HEADER = 3  # the row with the years, 0-based; everything below it scrolls
FIRST = HEADER + 1
SUM = "=SUM([:])"

_TOKEN = re.compile(r"\[([a-z0-9_]*)(<|>|:<|:|@[A-Z])?\]")


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
    values: tuple[float, ...] = ()
    """Published figures of years 1.., typed instead of calculated."""
    label_formula: str = ""


@dataclass(frozen=True)
class Section:
    """A heading inside a sheet."""

    text: str
    total: str = ""
    extra: str = ""


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
    note_width: float = 34
    rows: dict[str, int] = field(default_factory=dict)
    names: dict[str, tuple[int, int]] = field(default_factory=dict)

    def place(self) -> None:
        """Give every row its position."""
        position = FIRST
        for item, opened in _walk(self.items):
            if isinstance(item, Row):
                self.rows[item.key] = position
            for name in opened:
                first, _ = self.names.get(name, (position, position))
                self.names[name] = (first, position)
            position += 1
        self.last = position - 1


def _walk(items: Sequence[Item], opened: tuple[str, ...] = ()) -> Iterator[tuple[Row | Section | None, tuple[str, ...]]]:
    for item in items:
        if isinstance(item, Named):
            yield from _walk(item.items, (*opened, item.name))
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
    if how.startswith("@"):
        return f"${how[1]}{line}"
    shift = {"<": -1, ">": 1}.get(how, 0)
    return f"{xl_col_to_name(column + shift)}{line}"


def write(book: Any, model: Model, sheet: TimeSheet, styles: Styles) -> Any:  # noqa: ANN401  XlsxWriter is untyped
    """Write one sheet of years and return its worksheet."""
    page = book.get_worksheet_by_name(sheet.name)
    page.set_column(0, 0, 1.5)
    page.set_column(LABEL, LABEL, 40)
    page.set_column(NOTE, NOTE, sheet.note_width)
    # a column that a sheet does not use stays as a gap, so that years stand in the same columns everywhere
    page.set_column(CONSTANT, CONSTANT, 11 if sheet.constant_header else 1)
    page.set_column(UNIT, UNIT, 13)
    page.set_column(TOTAL, TOTAL, 16)
    page.set_column(EXTRA, EXTRA, 16 if sheet.extra_header else 1)
    page.set_column(YEAR_0, YEAR_15, 13)
    page.set_row(0, 28)
    page.write_string(0, LABEL, sheet.title, styles.get("title"))
    page.write_string(1, LABEL, sheet.subtitle, styles.get("subtitle"))
    _header(page, model, sheet, styles)
    position = FIRST
    for item, _ in _walk(sheet.items):
        if isinstance(item, Section):
            _section(page, item, position, styles)
        elif isinstance(item, Row):
            _row(page, model, sheet, item, position, styles)
            _define(book, sheet, item, position)
        position += 1
    for name, (first, last) in sheet.names.items():
        book.define_name(name, f"={sheet.name}!{xl_range_abs(first, LABEL, last, LABEL)}")
    book.define_name(f"blk_years_{sheet.name.lower()}", f"={sheet.name}!{xl_range_abs(HEADER, YEAR_0, HEADER, YEAR_15)}")
    page.freeze_panes(FIRST, YEAR_0)
    page.repeat_rows(HEADER)
    page.print_area(0, 0, sheet.last, YEAR_15)
    return page


def _header(page: Any, model: Model, sheet: TimeSheet, styles: Styles) -> None:  # noqa: ANN401
    left, right = styles.get("header"), styles.get("header", align="right")
    page.set_row(HEADER, 18)
    texts = {NOTE: "Basis", CONSTANT: sheet.constant_header, UNIT: "  Unit", TOTAL: sheet.total_header, EXTRA: sheet.extra_header}
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


def _section(page: Any, item: Section, position: int, styles: Styles) -> None:  # noqa: ANN401
    page.set_row(position, 20)
    for column in range(LABEL, YEAR_15 + 1):
        text = {LABEL: item.text, TOTAL: item.total, EXTRA: item.extra}.get(column, "")
        look = styles.get("section", **({} if column == LABEL else {"align": "right", "font_size": 9}))
        if text.startswith("="):
            page.write_formula(position, column, text, look, "")
        else:
            page.write(position, column, text or None, look)


def _row(page: Any, model: Model, sheet: TimeSheet, item: Row, position: int, styles: Styles) -> None:  # noqa: ANN401
    edge = TOTAL_EDGE if item.look == "total" else HAIRLINE
    bold = edge | ({"bold": True} if item.look in {"total", "result"} else {})

    def formula(column: int, text: str, kind: str, look: str) -> None:
        page.write_formula(position, column, model.resolve(text, sheet, position, column), styles.get(look, kind, **edge), 0)

    if item.label_formula:
        text = model.resolve(item.label_formula, sheet, position, LABEL)
        page.write_formula(position, LABEL, text, styles.get("label", "purchase", align="left", indent=1, **HAIRLINE), 0)
    else:
        page.write_string(position, LABEL, item.label, styles.get("label", **bold))
    page.write_string(position, NOTE, item.note, styles.get("note", **edge))
    page.write_string(position, UNIT, item.unit, styles.get("unit", indent=1, **edge))
    look = "total" if item.look == "total" else "calc"
    for column, text, kind in (
        (CONSTANT, item.constant, item.constant_kind or item.kind),
        (TOTAL, item.total, item.total_kind or item.kind),
        (EXTRA, item.extra, item.kind),
    ):
        if isinstance(text, int | float):
            page.write_number(position, column, text, styles.get("stated", kind, **HAIRLINE))
        elif text:
            formula(column, text, kind, "result" if item.look == "result" and column == TOTAL else look)
        else:
            page.write_blank(position, column, None, styles.get("label", **edge))
    for column in range(YEAR_0, YEAR_15 + 1):
        year = column - YEAR_0
        if item.years:
            formula(column, item.years, item.kind, item.look)
        elif item.name and year:
            page.write_blank(position, column, None, styles.get("stated", item.kind, **HAIRLINE))
        elif item.values and 0 < year <= len(item.values):
            page.write_number(position, column, item.values[year - 1], styles.get("stated", item.kind, **HAIRLINE))
        else:
            page.write_blank(position, column, None, styles.get("label", **edge))


def _define(book: Any, sheet: TimeSheet, item: Row, position: int) -> None:  # noqa: ANN401
    if item.name:
        book.define_name(item.name, f"={sheet.name}!{xl_range_abs(position, YEAR_0 + 1, position, YEAR_15)}")
    if item.total_name:
        book.define_name(item.total_name, f"={sheet.name}!${xl_col_to_name(TOTAL)}${position + 1}")
