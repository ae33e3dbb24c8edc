"""Recalculation by LibreOffice: its values in the file of Excel, of which nothing else changes."""

from typing import TYPE_CHECKING

from workbook.cells import CellError, Scalar
from workbook.libreoffice.soffice import LibreOffice
from workbook.package import Package
from workbook.recalc import Recalculated
from workbook.template import Template

if TYPE_CHECKING:
    from workbook.areas import CellKey


def recalculate(data: bytes, name: str, calc: LibreOffice) -> Recalculated:
    """Recalculate a workbook in LibreOffice.

    Parameters
    ----------
    data : bytes
        An .xlsx or .xlsm file.
    name : str
        How errors call it.
    calc : LibreOffice
        With the add-in.

    Returns
    -------
    Recalculated
        Cells that LibreOffice does not know to calculate keep their value. Tables have the size that the file states.

    Raises
    ------
    WrongKind
        When the file is no workbook.
    LibreOfficeError
        When LibreOffice does not convert it.
    """
    template = Template.compile(data, name)
    source = calc.folder / f"recalculate{'.xlsm' if _has_macros(template.package) else '.xlsx'}"
    source.write_bytes(template.package.write({}))  # packed anew: one reading for it and for us
    theirs = Template.compile(calc.recalculate(source).read_bytes(), name).contents
    found: dict[CellKey, Scalar] = {
        key: theirs.cached.get(key, theirs.constants.get(key, "")) for key in template.calculated_cells
    }
    before = template.contents.cached
    unknown = CellError("#NAME?")
    kept = [k for k, v in found.items() if v == unknown and not isinstance(before.get(k, unknown), CellError)]
    caches = found | {key: before[key] for key in kept}
    return Recalculated(
        data=template.fill({}, caches, template.own_fields),
        formulas=len(caches),
        errors={key: value for key, value in caches.items() if isinstance(value, CellError)},
        kept=tuple(sorted(kept)),
    )


def _has_macros(package: Package) -> bool:
    return any(part.endswith("vbaProject.bin") for part in package.names)
