"""Small workbooks for the tests of headless calculation, written by XlsxWriter with wrong cached values on purpose."""

import io
from collections.abc import Callable

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

COST = "Cost's"  # a sheet name that must be quoted


def book(
    write: Callable[[Worksheet], None], inputs: dict[str, object] | None = None, names: dict[str, str] | None = None
) -> bytes:
    """A sheet Inputs (table tblInputs, name Assumptions with its header) and a sheet that `write` fills."""
    rows = inputs if inputs is not None else {"users": 100, "wacc": 0.08, "horizon": None, "currency": "EUR"}
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Inputs")
        cost = workbook.add_worksheet(COST)
        for column, header in enumerate(["id", "value", "label"]):
            sheet.write(0, column, header)
        for row, (key, value) in enumerate(rows.items(), 1):
            sheet.write_string(row, 0, key)
            if value is not None:
                sheet.write(row, 1, value)
        headers = [{"header": "id"}, {"header": "value"}, {"header": "label"}]
        sheet.add_table(0, 0, len(rows), 2, {"name": "tblInputs", "columns": headers})
        workbook.define_name("Assumptions", "=tblInputs[#All]")
        workbook.define_name("in_users", "=Inputs!$B$2")
        workbook.define_name("first_rows", "=OFFSET(Inputs!$A$1,0,0,3,2)")
        workbook.define_name("Inputs!local", "=Inputs!$B$3")
        for name, text in (names or {}).items():
            workbook.define_name(name, text)
        write(cost)
    return file.getvalue()


def formulas(*texts: str) -> bytes:
    """A workbook with these formulas in column A of the sheet `COST`; their cached value is -1."""

    def write(sheet: Worksheet) -> None:
        for row, text in enumerate(texts):
            sheet.write_formula(row, 0, text, None, -1)

    return book(write)
