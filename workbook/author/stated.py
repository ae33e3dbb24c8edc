"""What sheets of figures stated by the engine share: their label, the note when they are old, tables by option."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from workbook.author import chartdata
from workbook.author.options import OPTIONS, Option
from workbook.author.styles import BAD_INK, HAIRLINE, Styles

AS_CALCULATED = "Blue on yellow: stated, as calculated on {{proposal_date}} by llm-tco {{engine_version}}"
OLD = '=IF(out_inputs_changed=0,"","✗ Inputs have been changed since: the stated figures are older than the inputs")'


@dataclass(frozen=True)
class Column:
    """A column of a table by option.

    Attributes
    ----------
    header : str
        Heading.
    kind : str
        Number format.
    formula : str
        With ``{o}`` for the option and ``{row}`` for its row in the parts of the TCO on sheet ChartData; empty: the
        next column of the stated block.
    """

    header: str
    kind: str = "money"
    formula: str = ""


def write_heading(page: Worksheet, title: str, subtitle: str, columns: int, styles: Styles) -> None:
    """Write the title, where the figures come from, and a note that shows once they are older than the inputs."""
    page.set_row(0, 28)
    page.write_string(0, 1, title, styles.get("title"))
    page.write_string(1, 1, subtitle, styles.get("subtitle"))
    page.write_string(2, 1, AS_CALCULATED, styles.get("subtitle"))
    old = styles.get("label", bold=True, font_color=BAD_INK, align="right")
    page.merge_range(2, columns - 4, 2, columns, "", old)
    page.write_formula(2, columns - 4, OLD, old, "")


def write_section(page: Worksheet, row: int, text: str, columns: int, styles: Styles) -> None:
    """Write a heading across the columns."""
    page.set_row(row, 20)
    for column in range(1, columns + 1):
        page.write(row, column, text if column == 1 else None, styles.get("section"))


def write_by_option(
    book: Workbook,
    page: Worksheet,
    sheet: str,
    row: int,
    first_header: str,
    columns: Sequence[Column],
    block: str,
    styles: Styles,
    options: Sequence[Option] = OPTIONS,
) -> int:
    """Write a table with a row for each option and return the row after it.

    The columns without a formula are the block of the name `block`. The rows of options that are not compared can be
    hidden by the name ``blk_rows_<option>_<block without blk_>``.
    """
    head, right = styles.get("header"), styles.get("header", align="right", text_wrap=True)
    page.set_row(row, 30)
    page.write_string(row, 1, first_header, head)
    for column, c in enumerate(columns, 2):
        page.write_string(row, column, c.header, right)
    stated = [column for column, c in enumerate(columns, 2) if not c.formula]
    for line, option in enumerate(options, row + 1):
        page.write_string(line, 1, option.label, styles.get("label", **HAIRLINE))
        for column, c in enumerate(columns, 2):
            look = styles.get("calc" if c.formula else "stated", c.kind, align="right", **HAIRLINE)
            if c.formula:
                formula = c.formula.replace("{o}", option.id).replace("{row}", str(chartdata.stack_row(option)))
                page.write_formula(line, column, formula, look, 0)
            else:
                page.write_blank(line, column, None, look)
        book.define_name(f"blk_rows_{option.id}_{block.removeprefix('blk_')}", f"={sheet}!$B${line + 1}:$B${line + 1}")
    last = row + len(options)
    if stated:
        book.define_name(block, f"={sheet}!{xl_range_abs(row + 1, stated[0], last, stated[-1])}")
    return last + 1


def label_of(cell: str) -> str:
    """Return a formula for the label of the option whose id stands in a cell; empty where none does."""
    return f'=IF({cell}="","",INDEX(lst_option_labels,MATCH({cell},lst_option_ids,0)))'
