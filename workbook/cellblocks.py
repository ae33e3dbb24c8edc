"""Cells gathered into rectangles that formualizer sets in one call: each call marks all that depends on its cells."""

from collections.abc import Collection, Container, Sequence
from dataclasses import replace
from operator import itemgetter

from workbook.areas import Area, CellKey

BRIDGE = 12  # rows between two cells that are set in one call


def rectangles(cells: Collection[CellKey], taken: Container[CellKey], bridge: int = BRIDGE) -> list[Area]:
    """Gather cells into few rectangles, which may cover a few cells more but none that is taken.

    Parameters
    ----------
    cells : collection of CellKey
        The cells to set.
    taken : container of CellKey
        Cells that may not be set: those with a formula.
    bridge : int
        Rows between two cells of a column from which on they stay apart; 1: only neighbours are joined.

    Examples
    --------
    >>> cells = [("Cost", 1, 1), ("Cost", 3, 1), ("Cost", 1, 2), ("Cost", 3, 2), ("Cost", 9, 1)]
    >>> rectangles(cells, taken={("Cost", 5, 1)})
    [Area(sheet='Cost', row=1, column=1, rows=3, columns=2), Area(sheet='Cost', row=9, column=1, rows=1, columns=1)]
    """
    return _joined(_runs(sorted(cells, key=itemgetter(0, 2, 1)), taken, bridge))


def _runs(down: Sequence[CellKey], taken: Container[CellKey], bridge: int) -> list[Area]:
    """Gather cells of a column with nothing taken and few other cells between them."""
    runs: list[Area] = []
    for sheet, row, column in down:
        last = runs[-1] if runs else Area(sheet, row, column, 0)
        end = last.row + last.rows
        near = (last.sheet, last.column) == (sheet, column) and row - end < bridge
        if runs and near and not any((sheet, r, column) in taken for r in range(end, row)):
            runs[-1] = replace(last, rows=row - last.row + 1)
        else:
            runs.append(Area(sheet, row, column))
    return runs


def _joined(runs: Sequence[Area]) -> list[Area]:
    """Join runs of the same rows in neighbouring columns."""
    joined: list[Area] = []
    for run in sorted(runs, key=lambda run: (run.sheet, run.row, run.rows, run.column)):
        last = joined[-1] if joined else None
        if last and (last.sheet, last.row, last.rows, last.column + last.columns) == (
            run.sheet,
            run.row,
            run.rows,
            run.column,
        ):
            joined[-1] = replace(last, columns=last.columns + 1)
        else:
            joined.append(run)
    return joined
