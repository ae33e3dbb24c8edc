"""What a headless calculation must know of an .xlsx file: formula cells, array formulas, tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from engine.errors import EngineError, OutOfLimits, WrongKind
from workbook.areas import Area, CellKey, cell_position, corners
from workbook.package import Package
from workbook.sheetrows import MAX_ARRAY
from workbook.xmlbytes import hardened_parser

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


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
    found = Sheets(data)
    cleaned: dict[str, bytes] = {}
    try:
        workbook = next(target for kind, _, target in _relations(package, "") if kind.endswith("/officeDocument"))
        root = _parse(package.part(workbook))
        found.names = _names(root)
        for title, part in _sheet_parts(package, workbook, root):
            sheet = _parse(package.part(part))
            arrays = _read_formulas(found, title, part, sheet)
            if _clear_results(title, sheet, arrays):
                cleaned[part] = _written(sheet)
            found.tables += _tables(package, title, part)
    except EngineError:
        raise
    except (StopIteration, SyntaxError, ValueError, TypeError) as error:
        msg = f"{name} is no workbook that a spreadsheet program wrote ({error}); open it in Excel and save it again"
        raise WrongKind(msg) from None
    return replace(found, data=package.write(cleaned)) if cleaned else found


def _names(root: Any) -> dict[str, str]:  # noqa: ANN401  an lxml element
    sheets = [sheet.get("name") for sheet in root.iter(f"{MAIN}sheet")]
    return {
        (f"{sheets[int(name.get('localSheetId'))]}!" if "localSheetId" in name.attrib else "").lower()
        + name.get("name").lower(): name.text or ""
        for name in root.iter(f"{MAIN}definedName")
        if not name.get("name").startswith("_xlnm.")
    }


def _sheet_parts(package: Package, workbook: str, root: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Give sheet name and part of every worksheet, in tab order."""
    targets = {key: target for kind, key, target in _relations(package, workbook) if kind.endswith("/worksheet")}
    for sheet in root.iter(f"{MAIN}sheet"):
        if sheet.get(RELATION) in targets:
            yield sheet.get("name"), targets[sheet.get(RELATION)]


def _relations(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Give type, id and target part of every relation of a part."""
    path = PurePosixPath(part)
    name = str(path.parent / "_rels" / f"{path.name}.rels") if part else "_rels/.rels"
    if name not in package.names:
        return []
    return [
        (relation.get("Type"), relation.get("Id"), _resolved(path.parent, relation.get("Target")))
        for relation in _parse(package.part(name))
        if relation.get("TargetMode") != "External"
    ]


def _resolved(folder: PurePosixPath, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps: list[str] = []
    for step in (folder / target).parts:
        steps = steps[:-1] if step == ".." else [*steps, step]
    return "/".join(steps)


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


def _tables(package: Package, sheet: str, part: str) -> Iterator[Table]:
    for kind, _, target in _relations(package, part):
        if kind.endswith("/table"):
            table = _parse(package.part(target))
            yield Table(
                name=table.get("displayName"),
                area=_area(sheet, table.get("ref")),
                headers=tuple(column.get("name") for column in table.iter(f"{MAIN}tableColumn")),
                header_row=table.get("headerRowCount", "1") != "0",
                totals_row=table.get("totalsRowCount", "0") != "0",
            )


def _parse(xml: bytes) -> Any:  # noqa: ANN401
    from lxml import etree

    return etree.fromstring(xml, hardened_parser())


def _written(root: Any) -> bytes:  # noqa: ANN401
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _area(sheet: str, reference: str) -> Area:
    top, left, bottom, right = corners(reference)
    return Area(sheet, top, left, bottom - top + 1, right - left + 1)
