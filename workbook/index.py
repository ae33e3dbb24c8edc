"""The index workbook of a batch: one row for each proposal with a link to it, and totals by currency."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from workbook.cells import Scalar
from workbook.manifest import Record
from workbook.package import Package
from workbook.quoting import looks_like_formula

WIDTHS = {"Customer": 40, "Proposal": 34, "Warnings": 60}


def index_workbook(records: Sequence[Record]) -> bytes:
    """Build the index: the same records give the same bytes.

    Parameters
    ----------
    records : sequence of Record
        Finished proposals in the order of the data.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = None  # openpyxl would name itself
    figures = list(dict.fromkeys(name for record in records for name in record.figures))
    _proposals(book.active, records, figures)
    _totals(book.create_sheet("Totals"), records, [name for name in figures if name.endswith("_tco")])
    content = io.BytesIO()
    book.save(content)
    return _without_clock(content.getvalue())


def _proposals(sheet: Any, records: Sequence[Record], figures: Sequence[str]) -> None:  # noqa: ANN401  openpyxl's sheet
    sheet.title = "Proposals"
    _row(
        sheet, 1, ["Id", "Customer", "Proposal", "Currency", *map(_label, figures), "Cheapest", "Template", "Warnings"]
    )
    for number, record in enumerate(records, 2):
        values: list[Scalar] = [record.figures.get(name) for name in figures]
        head: list[Scalar] = [record.id, record.name, record.file, record.currency]
        _row(sheet, number, [*head, *values, _cheapest(record), record.template, " | ".join(record.warnings)])
        sheet.cell(number, 3).hyperlink = quote(record.file)
        sheet.cell(number, 3).style = "Hyperlink"
    _dress(sheet)


def _totals(sheet: Any, records: Sequence[Record], figures: Sequence[str]) -> None:  # noqa: ANN401
    """Add up by currency; amounts of two currencies have no sum."""
    _row(sheet, 1, ["Currency", "Proposals", *map(_label, figures)])
    for number, currency in enumerate(sorted({record.currency for record in records}), 2):
        mine = [record for record in records if record.currency == currency]
        sums: list[Scalar] = [sum(record.figures.get(name, 0.0) for record in mine) for name in figures]
        _row(sheet, number, [currency, float(len(mine)), *sums])
    _dress(sheet)


def _cheapest(record: Record) -> str:
    costs = {name.removesuffix("_tco"): value for name, value in record.figures.items() if name.endswith("_tco")}
    return min(costs, key=lambda option: costs[option]) if costs else ""


def _label(figure: str) -> str:
    option, _, measure = figure.partition("_")
    return f"{option} {measure.replace('_', ' ').replace('tco', 'TCO')}"


def _row(sheet: Any, number: int, values: Sequence[Scalar]) -> None:  # noqa: ANN401
    for column, value in enumerate(values, 1):
        cell = sheet.cell(number, column, _escaped(value) if isinstance(value, str) else value)
        if isinstance(value, str):
            cell.data_type = "s"  # a customer's name that begins with = is a name
            cell.quotePrefix = looks_like_formula(value)
        elif value is not None:
            cell.number_format = "#,##0.00" if abs(float(value)) < 1000 else "#,##0"  # type: ignore[arg-type]  # noqa: PLR2004


def _escaped(text: str) -> str:
    """Write what looks like an escape of a file, ``_x0041_``, so that it is read as it stands."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _dress(sheet: Any) -> None:  # noqa: ANN401
    from openpyxl.styles import Font

    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = WIDTHS.get(cell.value, 20)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _without_clock(data: bytes) -> bytes:
    """Take out the hour of writing: openpyxl stamps it into the properties, zipfile into every entry."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        core = archive.read("docProps/core.xml").decode()
    start, end = core.index("<dcterms:created"), core.rindex("</dcterms:modified>") + len("</dcterms:modified>")
    return Package.read(data, "index.xlsx").write({"docProps/core.xml": (core[:start] + core[end:]).encode()})
