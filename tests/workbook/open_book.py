"""Plays an open workbook for `workbook.macros`: xlwings' own public objects over cells in memory.

Faked is the engine behind xlwings (COM in Excel): what a sheet, a range and the application do. What the macros call is
xlwings' own front, unchanged. This proves that they call it as it is; it does not prove what Excel makes of it.
"""

import contextlib
import re
from pathlib import Path
from types import SimpleNamespace

import xlwings


class FakeApp:
    """What is asked of the application."""

    display_alerts, pid = True, 1

    def __init__(self):
        self.said, self.opened = [], []
        self.engine = SimpleNamespace(name="memory", type="desktop", prepare_xl_data_element=lambda x, _: _blank(x))
        self.books = FakeBooks(self)

    def alert(self, prompt, title, buttons, mode, callback):  # noqa: ARG002  xlwings' signature
        self.said.append((prompt, title, mode))


class FakeBooks:
    def __init__(self, app):
        self.app, self.open_books = app, {}

    def __call__(self, name):
        return self.open_books[name]

    def open(self, fullname, *_arguments):
        self.app.opened.append(fullname)
        return FakeBook(self.app, Path(fullname))


class FakeBook:
    """A workbook that is open; its cells are those that were set, beyond the file."""

    def __init__(self, app, path: Path):
        self.app, self.fullname, self.name = app, str(path), path.name
        self.saved = 0
        self.cells, self.heights, self.widths = {}, {}, {}

    def save(self, path, password):
        assert path is None
        assert password is None
        self.saved += 1

    @property
    def sheets(self):
        return lambda name: FakeSheet(self, name)


class FakeSheet:
    def __init__(self, book, name):
        self.book, self.name = book, name

    def range(self, first, last=None):
        assert last is None
        return FakeRange(self, first)


class FakeRange:
    api, shape = True, (1, 1)

    def __init__(self, sheet, where):
        self.sheet, self.where, self.options = sheet, where, {}

    def __len__(self):
        return 1

    @property
    def raw_value(self):
        return self.sheet.book.cells.get((self.sheet.name, *self.where))

    @raw_value.setter
    def raw_value(self, value):
        self.sheet.book.cells[self.sheet.name, *self.where] = value

    @property
    def row_height(self):
        return self.sheet.book.heights.get((self.sheet.name, self.where), 15.0)

    @row_height.setter
    def row_height(self, value):
        assert re.fullmatch(r"(\d+):\1", self.where)
        self.sheet.book.heights[self.sheet.name, self.where] = value

    @property
    def column_width(self):
        return 11.5

    @column_width.setter
    def column_width(self, value):
        assert re.fullmatch(r"([A-Z]+):\1", self.where)
        self.sheet.book.widths[self.sheet.name, self.where] = value


def _blank(value):
    return "" if value is None else value


@contextlib.contextmanager
def calling(path: Path):
    """Make the workbook at `path` the one whose button was pressed; gives the fake behind it."""
    fake = FakeBook(FakeApp(), path)
    xlwings.Book(impl=fake).set_mock_caller()
    try:
        yield fake
    finally:
        del xlwings.Book._mock_caller
