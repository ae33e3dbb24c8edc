Attribute VB_Name = "llm_tco_ribbon"
' Generated from the function table by llm-tco build: do not edit.
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
    RunPython "import workbook.macros; workbook.macros." & Entry & "()"
End Sub
