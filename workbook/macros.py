"""What the buttons of Excel's ribbon do: the work of the shell's commands, on the workbook that is open.

A button saves the workbook and works on the bytes of its file, as `llm-tco summary` does; what has changed in them is
then brought into the open workbook through xlwings' public functions, so that Excel need not close it.
"""

import datetime as dt
import html
import tempfile
import webbrowser
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from workbook.areas import CellKey, column_letters
from workbook.cells import CellError, Scalar

if TYPE_CHECKING:
    import xlwings

    from workbook.template import Template

ROW_HEIGHT, COLUMN_WIDTH = 15.0, 9.0  # points and characters, of what is shown again
_TODAY = dt.date.today  # who presses a button wants today's date; every file carries its date


def regenerate_summary() -> None:
    """Button Regenerate summary."""
    _on_caller(update_summary)


def new_proposal() -> None:
    """Button New proposal."""
    _on_caller(open_proposal)


def show_help() -> None:
    """Button Help: the functions in the browser."""
    path = Path(tempfile.gettempdir()) / "llm-tco functions.html"
    path.write_text(help_page(), encoding="utf-8")
    webbrowser.open(path.as_uri())


def update_summary(book: "xlwings.Book", date: dt.date) -> None:
    """Write the summary of an open workbook anew; its cells, and which rows and columns show, follow."""
    from workbook.summary import regenerated
    from workbook.template import Template

    path = _saved(book)
    before = path.read_bytes()
    after = regenerated(before, path.name, date=date).data
    bring(book, Template.compile(before, path.name), Template.compile(after, path.name))


def open_proposal(book: "xlwings.Book", date: dt.date) -> None:
    """Make a proposal from the assumptions of an open workbook and open it."""
    book.app.books.open(str(proposal_beside(_saved(book), date)))


def proposal_beside(path: Path, date: dt.date) -> Path:
    """Make a proposal from the assumptions of a workbook file, beside it.

    Parameters
    ----------
    path : Path
        A workbook with a range named Assumptions; its title, or else its file name, names the customer.
    date : date
        Date of the proposal.

    Returns
    -------
    Path
        The proposal.

    Raises
    ------
    EngineError
        When the assumptions cannot be read or an option cannot be computed.
    """
    from workbook.customers import Customer
    from workbook.locate import shipped
    from workbook.package import write_atomic
    from workbook.proposal import Proposals
    from workbook.summary import read_inputs
    from workbook.template import Template

    data = path.read_bytes()
    book = Template.compile(data, path.name)
    title = book.read_values("blk_title")[0][0] if "blk_title" in book.areas else None
    inputs = read_inputs(data, book).inputs()
    customer = Customer(row=0, id=path.stem, name=str(title or path.stem), proposal_date=date, inputs=inputs)
    proposal = Proposals.load(shipped("templates", "proposal_en.xlsx")).make(customer)
    target = path.with_name(f"{path.stem} proposal {date.isoformat()}.xlsx")
    write_atomic(target, proposal.data)
    return target


def bring(book: "xlwings.Book", before: "Template", after: "Template") -> None:
    """Change an open workbook from what one file of it says to what another says: cells, hidden rows and columns."""
    for (sheet, row, column), value in changed_cells(before, after).items():
        book.sheets[sheet].range((row, column)).value = _for_excel(value)
    for sheet in after.sheets:
        old, new = before.contents, after.contents
        _hide_rows(book.sheets[sheet], _of(old.hidden_rows, sheet), _of(new.hidden_rows, sheet))
        _hide_columns(book.sheets[sheet], _of(old.hidden_columns, sheet), _of(new.hidden_columns, sheet))


def changed_cells(before: "Template", after: "Template") -> dict[CellKey, Scalar]:
    """Give the cells without formula that differ, None where one is now blank; formulas are Excel's to calculate."""
    old, new = before.constants, after.constants
    calculated = before.calculated_cells | after.calculated_cells
    keys = sorted(key for key in old.keys() | new.keys() if key not in calculated)
    return {k: new.get(k) for k in keys if (old.get(k), type(old.get(k))) != (new.get(k), type(new.get(k)))}


def help_page() -> str:
    """Write the help of every function as a page for the browser."""
    from workbook import help as function_help
    from workbook.functions import FUNCTIONS

    pages = "\n".join(f"<pre>{html.escape(function_help.page(f))}</pre><hr>" for f in FUNCTIONS)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>llm-tco functions</title>{pages}</html>\n'


def _on_caller(work: "Callable[[xlwings.Book, dt.date], None]") -> None:
    """Run a button's work on the workbook whose button it is; what goes wrong is said in a box, in one sentence."""
    import xlwings

    book = xlwings.Book.caller()
    try:
        work(book, _TODAY())
    except (EngineError, OSError, xlwings.XlwingsError) as error:
        book.app.alert(str(error), "llm-tco", mode="critical")


def _saved(book: "xlwings.Book") -> Path:
    """Save a workbook and give its file; for OneDrive xlwings finds the local copy or says which setting it needs."""
    book.save()
    return Path(book.fullname)


def _for_excel(value: Scalar) -> Scalar:
    if isinstance(value, CellError):
        return f"={value.code}"
    return f"'{value}" if isinstance(value, str) and value else value  # Excel reads 0042 as a number without it


def _of(hidden: Mapping[str, Collection[int]], sheet: str) -> frozenset[int]:
    return frozenset(hidden.get(sheet, ()))


def _hide_rows(sheet: "xlwings.Sheet", old: frozenset[int], new: frozenset[int]) -> None:
    for row in sorted(old ^ new):
        sheet.range(f"{row}:{row}").row_height = 0 if row in new else ROW_HEIGHT


def _hide_columns(sheet: "xlwings.Sheet", old: frozenset[int], new: frozenset[int]) -> None:
    for column in sorted(old ^ new):
        letters = column_letters(column)
        shown = sheet.range((1, max(1, column - 1))).column_width or COLUMN_WIDTH  # years lie side by side, as wide
        sheet.range(f"{letters}:{letters}").column_width = 0 if column in new else shown
