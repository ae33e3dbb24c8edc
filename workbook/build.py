"""What Excel and LibreOffice install, built from the function table: workbook, add-ins and macro sources."""

import datetime as dt
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from engine.inputs import assumptions
from workbook import macrobook, ovba, ribbon, vba
from workbook.areas import CellKey
from workbook.cells import CellError, Scalar
from workbook.functions import FUNCTIONS
from workbook.headless import Calculator
from workbook.libreoffice import oxt
from workbook.locate import shipped
from workbook.registry import Function

WORKBOOK, ADDIN, EXTENSION = "llm-tco.xlsm", "llm-tco.xlam", "llm-tco.oxt"
SHEETS = ("Functions", "Assumptions")
SAMPLE_FLOWS = (-1000, 300, 300, 300, 300, 300)  # the examples' range B2:B7
_FIRST_EXAMPLE = 10  # row, below the sample flows
_PROPERTIES = {"title": "llm-tco", "created": dt.datetime(2000, 1, 1)}  # noqa: DTZ001  no clock: same bytes
_OFFICE_SETTINGS = (  # where Python is stands in the settings of the user, which llm-tco install writes
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
    artefacts = {
        folder / WORKBOOK: macro_workbook(),
        folder / ADDIN: addin(),
        folder / EXTENSION: oxt.build(FUNCTIONS),
    }
    for path, data in artefacts.items():
        path.write_bytes(data)
    return [*artefacts, *write_macros(folder)]


def write_macros(folder: Path) -> list[Path]:
    """Write the VBA sources that the generator makes, for the editor's File > Import and for review."""
    return vba.write_sources(_own_modules(), folder)


def macro_workbook() -> bytes:
    """Return llm-tco.xlsm: the assumption workbook, or while there is none examples and assumptions, with macros."""
    try:
        plain = shipped("templates", "assumptions.xlsx").read_bytes()
    except NotAvailable:
        plain = _workbook(Calculator(_workbook({}), with_functions=True).calculate({}))
    return _with_macros(plain)


def addin() -> bytes:
    """Return llm-tco.xlam: the functions and the ribbon for every workbook."""
    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties(_PROPERTIES | {"comments": "Functions that tell what language models cost to run."})
        book.add_worksheet("llm-tco")
    return _with_macros(out.getvalue(), addin=True)


def _with_macros(data: bytes, *, addin: bool = False) -> bytes:
    settings = macrobook.HiddenSheet(f"{vba.PROJECT}.conf", _OFFICE_SETTINGS, "hidden")
    help_texts = macrobook.HiddenSheet(ribbon.INTELLISENSE_SHEET, ribbon.intellisense_rows(FUNCTIONS))
    modules = [*vba.xlwings_modules(addin=addin), *_own_modules()]
    hidden = [settings, help_texts]
    return macrobook.with_macros(
        data, modules, ribbon=ribbon.RIBBON, hidden=hidden, opened=ribbon.DESCRIBE, addin=addin
    )


def _own_modules() -> list[ovba.Module]:
    return [
        vba.functions_module(FUNCTIONS),
        vba.call_module(),
        vba.result_module(),
        ribbon.ribbon_module(),
        ribbon.help_module(FUNCTIONS),
    ]


def _workbook(values: Mapping[CellKey, Scalar]) -> bytes:
    """Write the sheets; `values` are what the formula cells show until Excel calculates them."""
    import xlsxwriter

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties(_PROPERTIES)
        sheets = {name: book.add_worksheet(name) for name in SHEETS}
        _write_functions(book, sheets["Functions"], values)
        _write_assumptions(book, sheets["Assumptions"])
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
