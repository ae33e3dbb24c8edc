Attribute VB_Name = "llm_tco_call"
' Generated from the function table by llm-tco build: do not edit.
Option Explicit
Option Private Module

Private LastFailure As String

Public Function TcoCall(ByVal FunctionName As String, ByVal Arguments As Variant) As Variant
    On Error GoTo Failed
    TcoCall = TcoResult(XLPy.CallUDF("workbook.excel", FunctionName, Arguments, ThisWorkbook, Application.Caller))
    Exit Function
Failed:
    ' Python could not be reached, so the sentence is kept here; TCO_LAST_ERROR then cannot ask Python either.
    If FunctionName = "TCO_LAST_ERROR" Then
        If LastFailure = "" Then LastFailure = Err.Description
        TcoCall = LastFailure
    Else
        LastFailure = FunctionName & ": " & Err.Description
        TcoCall = CVErr(2015)
    End If
End Function
