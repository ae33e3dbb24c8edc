"""What a headless calculation must know of an .xlsx file: formula cells, array formulas, tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import EngineError, OutOfLimits, WrongKind
from workbook.areas import Area, CellKey, cell_position, corners
from workbook.book import Book
from workbook.package import Package
from workbook.sheetrows import MAIN, MAX_ARRAY, write_addresses
from workbook.xmlbytes import well_formed


@dataclass(frozen=True)
class ArrayFormula:
    """One formula that fills several cells; a dynamic one grows and shrinks with its result."""

    part: str
    area: Area
    dynamic: bool

    @property
    def cells(self) -> list[CellKey]:
        """Its cells, the one with the formula first."""
        return list(self.area.cells())


@dataclass(frozen=True)
class Table:
    """A table (list object) of a sheet."""

    name: str
    area: Area
    headers: tuple[str, ...]
    header_row: bool
    totals_row: bool


@dataclass
class Sheets:
    """The formulas of a file, and the file without the values that its array formulas left in their cells."""

    data: bytes
    formulas: dict[CellKey, str | None] = field(default_factory=dict)
    """Formula cells, those of array formulas included, with the text; None: shared with another cell."""
    arrays: list[ArrayFormula] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """What a defined name stands for, by ``name`` or ``sheet!name`` in lower case."""


def read_sheets(data: bytes, name: str = "the workbook") -> Sheets:
    """Read the formulas, array formulas and tables of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        How errors call it.

    Raises
    ------
    WrongKind
        When the file is no .xlsx or .xlsm workbook.
    """
    package = Package.read(data, name)
    found = Sheets(b"")
    cleaned: dict[str, bytes] = {}
    try:
        book = Book(package)
        found.names = _names(book)
        for title, part in book.sheet_parts.items():
            sheet = well_formed(package.part(part), f"{name}, sheet {title}")
            write_addresses(sheet)
            arrays = _read_formulas(found, title, part, sheet)
            if _clear_results(title, sheet, arrays):
                cleaned[part] = _written(sheet)
            found.tables += _tables(book, title, part)
    except EngineError:
        raise
    except (LookupError, StopIteration, ValueError, TypeError) as error:
        msg = f"{name} is no workbook that a spreadsheet program wrote ({error!r}); open it in Excel and save it again"
        raise WrongKind(msg) from None
    return replace(found, data=package.write(cleaned))  # packed anew: formualizer takes no zip file with more in it


def _names(book: Book) -> dict[str, str]:
    sheets = [node.attributes["name"] for node in book.root.all("sheet")]
    names: dict[str, str] = {}
    for node in book.root.all("definedName"):
        found = node.attributes
        scope = f"{sheets[int(found['localSheetId'])]}!" if "localSheetId" in found else ""
        if not found["name"].startswith("_xlnm."):
            names[f"{scope}{found['name']}".lower()] = node.text
    return names


def _read_formulas(found: Sheets, sheet: str, part: str, root: Any) -> list[ArrayFormula]:  # noqa: ANN401  an lxml element
    arrays: list[ArrayFormula] = []
    for formula in root.iter(f"{MAIN}f"):
        cell = formula.getparent()
        if formula.get("t") == "array":
            area = _area(sheet, formula.get("ref", cell.get("r")))
            if area.rows * area.columns > MAX_ARRAY:
                raise OutOfLimits(
                    f"sheet {sheet}, cell {cell.get('r')}: an array formula over {formula.get('ref')}, "
                    f"the limit is {MAX_ARRAY:,} cells; make it smaller"
                )
            array = ArrayFormula(part, area, dynamic="cm" in cell.attrib)
            arrays.append(array)
            found.formulas |= {key: "" for key in array.cells if key not in found.formulas}
        shared = formula.get("t") == "shared"
        found.formulas[sheet, *cell_position(cell.get("r"))] = None if shared else formula.text or ""
    found.arrays += arrays
    return arrays


def _clear_results(sheet: str, root: Any, arrays: list[ArrayFormula]) -> bool:  # noqa: ANN401
    """Remove what array formulas left in their cells: formualizer would take it for something in the way."""
    filled = {cell for array in arrays for cell in array.cells[1:]}
    left = [
        cell
        for cell in (root.iter(f"{MAIN}c") if filled else ())
        if (sheet, *cell_position(cell.get("r"))) in filled and cell.find(f"{MAIN}f") is None
    ]
    for cell in left:
        cell.getparent().remove(cell)
    return bool(left)


def _tables(book: Book, sheet: str, part: str) -> Iterator[Table]:
    for kind, target in book.relations_of(part).values():
        if kind == "table":
            table = well_formed(book.package.part(target), f"{book.package.name}, part {target}")
            yield Table(
                name=table.get("displayName"),
                area=_area(sheet, table.get("ref")),
                headers=tuple(column.get("name") for column in table.iter(f"{MAIN}tableColumn")),
                header_row=table.get("headerRowCount", "1") != "0",
                totals_row=table.get("totalsRowCount", "0") != "0",
            )


def _written(root: Any) -> bytes:  # noqa: ANN401
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _area(sheet: str, reference: str) -> Area:
    top, left, bottom, right = corners(reference)
    return Area(sheet, top, left, bottom - top + 1, right - left + 1)
