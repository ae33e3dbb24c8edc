"""Blocks of rows: values into a named block of fixed capacity, its unused rows hidden."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, counted
from workbook.areas import CellKey
from workbook.cells import Scalar
from workbook.template import Template


@dataclass(frozen=True)
class Placed:
    """Blocks as `Template.fill` takes them.

    Attributes
    ----------
    inputs : mapping of CellKey to Scalar
        Every cell of the blocks that holds no formula; those without a value are blanked.
    hidden_rows : mapping of str to frozenset of int
        Rows without a line in any block, by sheet.
    """

    inputs: Mapping[CellKey, Scalar]
    hidden_rows: Mapping[str, frozenset[int]]


def place(template: Template, blocks: Mapping[str, Sequence[Sequence[Scalar]]]) -> Placed:
    """Put lines into named blocks, one line a row.

    Parameters
    ----------
    template : Template
        Where the blocks are.
    blocks : mapping of str to sequence of rows
        Lines by the name of the block. Columns with formulas are the template's own: give None there.

    Raises
    ------
    NotAvailable
        When the template has no such block.
    OutOfLimits
        When a block has more lines than rows, or a line more values than columns.

    Examples
    --------
    ``place(template, {"blk_items": [["Support", 1200.0], ["Training", 800.0]]})``
    """
    problems: list[EngineError] = []
    inputs: dict[CellKey, Scalar] = {}
    used: dict[str, set[int]] = {}
    unused: dict[str, set[int]] = {}
    for name, lines in blocks.items():
        problem = _problem(template, name, lines)
        if problem:
            problems.append(problem)
            continue
        area = template.areas[name]
        for number, (sheet, row, column) in enumerate(area.cells()):
            line, place_in_line = divmod(number, area.columns)
            given = lines[line] if line < len(lines) else ()
            value = given[place_in_line] if place_in_line < len(given) else None
            if value is not None or (sheet, row, column) not in template.calculated_cells:
                inputs[sheet, row, column] = value
        end = area.row + len(lines)
        used.setdefault(area.sheet, set()).update(range(area.row, end))
        unused.setdefault(area.sheet, set()).update(range(end, area.row + area.rows))
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    hidden = {sheet: frozenset(rows - used[sheet]) for sheet, rows in unused.items()}
    return Placed(inputs, {sheet: rows for sheet, rows in hidden.items() if rows})


def _problem(template: Template, name: str, lines: Sequence[Sequence[Scalar]]) -> EngineError | None:
    area = template.areas.get(name)
    if area is None:
        return NotAvailable(f"{template.name} has no name {name}; define it in Excel (Formulas, Name Manager)")
    if len(lines) > area.rows:
        return OutOfLimits(
            f"{template.name}, {name}: {counted(len(lines), 'item')}, capacity {area.rows}; "
            "make the block larger in the template, or give fewer items"
        )
    widest = max(map(len, lines), default=0)
    if widest > area.columns:
        return OutOfLimits(f"{template.name}, {name}: a line has {widest} values, the block has {area.columns} columns")
    return None
