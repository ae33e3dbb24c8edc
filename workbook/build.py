"""What Excel and LibreOffice install, built from the function table: llm-tco.xlsm, llm-tco.oxt, macro sources."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from engine.inputs import assumptions
from workbook import ovba, vba
from workbook.areas import CellKey
from workbook.cells import CellError, Scalar
from workbook.functions import FUNCTIONS
from workbook.headless import Calculator
from workbook.libreoffice import oxt
from workbook.registry import Function

SHEETS = ("Functions", "Assumptions", "xlwings.conf")
SAMPLE_FLOWS = (-1000, 300, 300, 300, 300, 300)  # the examples' range B2:B7
_FIRST_EXAMPLE = 10  # row, below the sample flows
_OFFICE_SETTINGS = (
    ("INTERPRETER_WIN", r"%USERPROFILE%\tco\Scripts\pythonw.exe"),
    ("UDF MODULES", vba.PYTHON_MODULE),
    ("ADD_WORKBOOK_TO_PYTHONPATH", "FALSE"),
    ("SHOW CONSOLE", "FALSE"),
)


def build(folder: Path) -> list[Path]:
    """Write every artefact into `folder` and return the paths: the same version of llm-tco writes the same bytes.

    Raises
    ------
    NotAvailable
        When XlsxWriter or xlwings is not installed.
    """
    _require("xlsxwriter", "xlwings")
    folder.mkdir(parents=True, exist_ok=True)
    artefacts = {folder / "llm-tco.xlsm": macro_workbook(), folder / "llm-tco.oxt": oxt.build(FUNCTIONS)}
    for path, data in artefacts.items():
        path.write_bytes(data)
    return [*artefacts, *write_macros(folder)]


def write_macros(folder: Path) -> list[Path]:
    """Write the VBA sources that the generator makes, for the editor's File > Import and for review."""
    return vba.write_sources(_own_modules(), folder)


def vba_project() -> bytes:
    """Return vbaProject.bin: the wrappers, their helpers, the VBA half of xlwings, one module for each sheet."""
    return ovba.project([*vba.document_modules(len(SHEETS)), *vba.xlwings_modules(), *_own_modules()])


def macro_workbook() -> bytes:
    """Return llm-tco.xlsm: examples of all functions with their values, the assumptions, the settings of xlwings."""
    values = Calculator(_workbook({}), with_functions=True).calculate({})
    return _workbook(values, vba_project())


def _own_modules() -> list[ovba.Module]:
    return [vba.functions_module(FUNCTIONS), vba.call_module(), vba.result_module()]


def _workbook(values: Mapping[CellKey, Scalar], project: bytes | None = None) -> bytes:
    """Write the sheets; `values` are what the formula cells show until Excel calculates them."""
    import datetime as dt

    import xlsxwriter

    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": "llm-tco", "created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001  no clock: same bytes
    sheets = {name: book.add_worksheet(name) for name in SHEETS}
    _write_functions(book, sheets["Functions"], values)
    _write_assumptions(book, sheets["Assumptions"])
    sheets["xlwings.conf"].set_column(0, 1, 34)
    for row, setting in enumerate(_OFFICE_SETTINGS):
        sheets["xlwings.conf"].write_row(row, 0, setting)
    if project is not None:
        book.add_vba_project(BytesIO(project), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        for number, sheet in enumerate(sheets.values(), 1):
            sheet.set_vba_name(f"Sheet{number}")
    book.close()
    return out.getvalue()


def _write_functions(book: Any, sheet: Any, values: Mapping[CellKey, Scalar]) -> None:  # noqa: ANN401
    """Write the sample flows to B2:B7, and below them a row for each function: name, example, value, help."""
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 48)
    sheet.set_column(2, 2, 18)
    sheet.set_column(3, 3, 90, wrapped)
    sheet.write_row(0, 0, ["Year", "Sample flows"], bold)
    for year, flow in enumerate(SAMPLE_FLOWS):
        sheet.write_row(year + 1, 0, [year, flow])
    sheet.write_row(_FIRST_EXAMPLE - 2, 0, ["Function", "Example", "Value", "What it gives"], bold)
    for row, function in enumerate(FUNCTIONS, _FIRST_EXAMPLE):
        sheet.write_string(row - 1, 0, function.name)
        sheet.write_string(row - 1, 1, function.example)
        sheet.write_formula(row - 1, 2, example_formula(function), None, _cached(values.get(("Functions", row, 3), 0)))
        sheet.write_string(row - 1, 3, f"{function.help} {function.signature}")
    sheet.freeze_panes(_FIRST_EXAMPLE - 1, 1)


def example_formula(function: Function) -> str:
    """Return the example as one cell shows it: of a table its first cell."""
    if not function.returns_table:
        return function.example
    return f"=INDEX({function.example.removeprefix('=')},1,1)"


def _write_assumptions(book: Any, sheet: Any) -> None:  # noqa: ANN401
    """Write every assumption with its default, and name the table with its header."""
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 16)
    sheet.set_column(3, 3, 90)
    sheet.write_row(0, 0, ["id", "value", "unit", "help"], bold)
    known = assumptions().values()
    for row, assumption in enumerate(known, 1):
        sheet.write_row(row, 0, [assumption.id, assumption.default, assumption.unit, assumption.help])
    book.define_name("Assumptions", f"=Assumptions!$A$1:$D${len(known) + 1}")
    sheet.freeze_panes(1, 1)


def _cached(value: Scalar) -> object:
    if isinstance(value, CellError):
        return value.code
    return "" if value is None else value


def _require(*packages: str) -> None:
    import importlib.util

    missing = [p for p in packages if importlib.util.find_spec(p) is None]
    if missing:
        msg = f"llm-tco build needs {' and '.join(missing)}: pip install llm-tco[author] xlwings"
        raise NotAvailable(msg)
