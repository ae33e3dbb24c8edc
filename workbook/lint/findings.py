"""What the linter says: a rule, the place, what is wrong there, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_REPAIR = "open the file in Excel, let it repair the file, look at the sheet and save it"
_AGAIN = "fetch the file again, or save it again in Excel"
_TYPE_AGAIN = "type it again in Excel and save the file"

RULES: Mapping[str, str] = MappingProxyType(
    {
        # the package
        "package": _AGAIN,
        "zip-header": _AGAIN,
        "xml": _REPAIR,
        "control-character": "remove the character from the text where it comes from, and write the file again",
        "content-type": _REPAIR,
        "content-type-of-nothing": _REPAIR,
        "relation-target": _REPAIR,
        "relation-id": _REPAIR,
        "relation-twice": _REPAIR,
        "orphan-part": _REPAIR,
        "macro-type": "save it in Excel under the ending that fits: .xlsx without macros, .xlsm with them",
        "strict": "in Excel choose Save As, Excel Workbook (.xlsx)",
        # the workbook
        "element-order": _REPAIR,
        "count": _REPAIR,
        "sheet-name": "rename the sheet: up to 31 characters, none of []:*?/\\, no apostrophe at its ends",
        "sheet-id": _REPAIR,
        "active-sheet": "open the file, click a visible sheet and save it",
        "visible-sheet": "unhide a sheet: a workbook shows at least one",
        "name-twice": "delete one of the two in Formulas, Name Manager",
        "name-illegal": "rename it in Formulas, Name Manager: a letter or _, then letters, digits, . and _; no address",
        "name-scope": "delete it in Formulas, Name Manager and define it again",
        # styles and texts
        "style-index": _REPAIR,
        "number-format": _REPAIR,
        "string-length": "shorten the text",
        "string-escape": "write the text as it shall be read; where _x0041_ itself is meant, _x005F_x0041_",
        "string-space": 'set xml:space="preserve" on the text, or the spaces are lost',
        "string-run": "delete the empty run of formatted text: type the cell's text again",
        # rows and cells
        "row-order": _REPAIR,
        "cell-address": _REPAIR,
        "cell-order": _REPAIR,
        "cell-twice": _REPAIR,
        "cell-style": _REPAIR,
        "cell-string": _REPAIR,
        "cell-value": "write the value again: a finite number, 0 or 1, an error code or text, as the cell's type says",
        "cell-inline": _REPAIR,
        "cell-date": "type a date between 1900-01-01 and 9999-12-31, or take the date format off the cell",
        "cell-metadata": _REPAIR,
        # formulas
        "formula-syntax": _TYPE_AGAIN,
        "formula-length": "divide the formula over several cells",
        "formula-prefix": "write the name as Excel does in files; typing the formula again in Excel does it",
        "formula-function": "correct the name, or replace the function by one that Excel has",
        "formula-reference": "let the formula refer to what the workbook has",
        "formula-shared": _REPAIR,
        "formula-array": _REPAIR,
        "calc-chain": "delete the part xl/calcChain.xml and what names it; Excel makes it anew",
        # what else a sheet has
        "merge-overlap": "unmerge both areas and merge one",
        "area": _REPAIR,
        "column-widths": _REPAIR,
        "data-validation": "shorten it in Data, Data Validation; put a long list into cells and name them",
        "conditional-format": "make the rule again in Home, Conditional Formatting",
        "hyperlinks": "replace links by formulas with HYPERLINK: a sheet holds 65,530 links",
        "header-length": "shorten the header or footer in Page Layout, Page Setup",
        # tables, drawings, charts
        "table-name": "rename the table in Table Design",
        "table-columns": _REPAIR,
        "table-header": "type the header cell again, so that table and cell agree",
        "table-overlap": "move the table: it shares no cell with another table and has no merged cells",
        "shape-id": _REPAIR,
        "comments": _REPAIR,
        "chart-reference": "select the data of the chart again (Chart Design, Select Data)",
        "chart-cache": _REPAIR,
        "chart-axis": _REPAIR,
    }
)
"""Every rule with what to do about its findings."""


@dataclass(frozen=True)
class Finding:
    """One thing that Excel would repair or refuse, or that readers of the file understand differently.

    Attributes
    ----------
    rule : str
        A key of `RULES`.
    part : str
        The part of the package, such as ``xl/worksheets/sheet1.xml``; empty for the file as a whole.
    what : str
        What is wrong, with the value and the limit.
    sheet, cell : str
        Where a user finds it; empty where that is not on a sheet.

    Examples
    --------
    >>> print(Finding("merge-overlap", "xl/worksheets/sheet1.xml", "A1:B2 overlaps B2:C3", "Cost", "B2"))
    Cost!B2 (xl/worksheets/sheet1.xml): A1:B2 overlaps B2:C3 [merge-overlap]; unmerge both areas and merge one
    """

    rule: str
    part: str
    what: str
    sheet: str = ""
    cell: str = ""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return RULES[self.rule]

    @property
    def address(self) -> str:
        """Sheet and cell as a user reads them, as far as they are known."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def __str__(self) -> str:
        place = f"{self.address} ({self.part})" if self.address and self.part else self.address or self.part
        return f"{place or 'the file'}: {self.what} [{self.rule}]; {self.remedy}"
