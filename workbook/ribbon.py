"""The ribbon of the Excel files: buttons, the VBA behind them, and what Excel shows of a function's arguments."""

from collections.abc import Sequence

from workbook.cells import Scalar
from workbook.ovba import Module
from workbook.registry import HELP_LIMIT, Argument, Function
from workbook.vba import HEADER

RIBBON_MODULE, HELP_MODULE = "llm_tco_ribbon", "llm_tco_help"
PYTHON_MODULE = "workbook.macros"
DESCRIBE = "TcoDescribe"
INTELLISENSE_SHEET = "_IntelliSense_"
HELP_TOPIC = ""

RIBBON = """<?xml version="1.0" encoding="UTF-8"?>
<customUI xmlns="http://schemas.microsoft.com/office/2006/01/customui"><ribbon><tabs>
<tab id="llmTco" label="LLM TCO"><group id="llmTcoGroup" label="llm-tco">
<button id="llmTcoRecalculate" label="Recalculate" size="large" imageMso="CalculateNow" onAction="TcoRecalculate"
 screentip="Calculate all formulas of all open workbooks again"/>
<button id="llmTcoSummary" label="Regenerate summary" size="large" imageMso="RefreshAll" onAction="TcoSummary"
 screentip="Save this workbook and write its summary again from its assumptions"/>
<button id="llmTcoProposal" label="New proposal" size="large" imageMso="FileNew" onAction="TcoProposal"
 screentip="Save this workbook and make a proposal from its assumptions, beside it"/>
<button id="llmTcoHelp" label="Help" size="large" imageMso="Help" onAction="TcoHelp"
 screentip="Explain every TCO function"/>
</group></tab></tabs></ribbon></customUI>
"""

# Excel looks for callbacks in public modules.
# Recalculation is Excel's own work: asked for by Python it would wait for the Python that asks.
_RIBBON = """Attribute VB_Name = "{module}"
{header}
Option Explicit

Public Sub TcoRecalculate(ByVal Control As IRibbonControl)
    Application.CalculateFull
End Sub

Public Sub TcoSummary(ByVal Control As IRibbonControl)
    TcoRun "regenerate_summary"
End Sub

Public Sub TcoProposal(ByVal Control As IRibbonControl)
    TcoRun "new_proposal"
End Sub

Public Sub TcoHelp(ByVal Control As IRibbonControl)
    TcoRun "show_help"
End Sub

Public Sub TcoRun(ByVal Entry As String)
    If ActiveWorkbook Is Nothing Then
        MsgBox "Open a workbook first.", vbInformation, "llm-tco"
        Exit Sub
    End If
    RunPython "import {python}; {python}." & Entry & "()"
End Sub
"""

_HELP = """Attribute VB_Name = "{module}"
{header}
Option Explicit
Option Private Module

Public Sub {describe}()
    ' Excel refuses for workbooks that are hidden, as add-ins are: then the functions work without these texts.
    Dim WasSaved As Boolean
    WasSaved = ThisWorkbook.Saved
    On Error Resume Next
{calls}
    ThisWorkbook.Saved = WasSaved
End Sub
{procedures}"""


def ribbon_module() -> Module:
    """Return the module of the buttons."""
    source = _RIBBON.format(module=RIBBON_MODULE, header=HEADER, python=PYTHON_MODULE)
    return Module(RIBBON_MODULE, "procedural", source)


def help_module(functions: Sequence[Function]) -> Module:
    """Return the module that gives Excel the category of each function and the texts of its arguments."""
    described = [f for f in functions if f.arguments]
    source = _HELP.format(
        module=HELP_MODULE,
        header=HEADER,
        describe=DESCRIBE,
        calls="\n".join(f"    Describe_{f.name}" for f in described),
        procedures="".join(f"\n{_procedure(f)}" for f in described),
    )
    return Module(HELP_MODULE, "procedural", source)


def intellisense_rows(functions: Sequence[Function]) -> list[list[Scalar]]:
    """Return the sheet from which Excel-DNA's IntelliSense add-in, where it is installed, shows help while typing."""
    rows: list[list[Scalar]] = [
        [f.name, f.help, HELP_TOPIC, *(text for a in f.arguments for text in (a.name, argument_help(a)))]
        for f in functions
    ]
    return [["FunctionInfo", 1.0], *rows]


def argument_help(argument: Argument) -> str:
    """Write what Excel shows of an argument: its help and its unit, within the limit of the function wizard.

    >>> from workbook.functions import FUNCTIONS_BY_NAME
    >>> argument_help(FUNCTIONS_BY_NAME["TCO_POWER"].arguments[0])
    'IT power at full load. [kW]'
    """
    unit = f" [{argument.unit}]" if argument.unit not in {"", "-"} else ""
    return argument.help[: HELP_LIMIT - len(unit)] + unit


def _procedure(function: Function) -> str:
    """Write a procedure for each function: all in one would exceed the 64 kB that VBA compiles as one."""
    texts = ", _\n        ".join(f'"{argument_help(a).replace(chr(34), chr(34) * 2)}"' for a in function.arguments)
    return (
        f"Private Sub Describe_{function.name}()\n"
        f'    Application.MacroOptions Macro:="{function.name}", Category:="{function.category}", _\n'
        f"        ArgumentDescriptions:=Array( _\n        {texts})\n"
        "End Sub\n"
    )
