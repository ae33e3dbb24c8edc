Attribute VB_Name = "llm_tco_result"
' Generated from the function table by llm-tco build: do not edit.
Option Explicit
Option Private Module

Public Function TcoResult(ByVal Result As Variant) As Variant
    ' A table comes as a two-dimensional array, a table of one row as a one-dimensional one, a value as it is.
    Dim RowNumber As Long, ColumnNumber As Long
    If Not IsArray(Result) Then
        TcoResult = TcoValue(Result)
        Exit Function
    End If
    If IsOneRow(Result) Then
        For ColumnNumber = LBound(Result) To UBound(Result)
            Result(ColumnNumber) = TcoValue(Result(ColumnNumber))
        Next ColumnNumber
        TcoResult = Result
        Exit Function
    End If
    For RowNumber = LBound(Result, 1) To UBound(Result, 1)
        For ColumnNumber = LBound(Result, 2) To UBound(Result, 2)
            Result(RowNumber, ColumnNumber) = TcoValue(Result(RowNumber, ColumnNumber))
        Next ColumnNumber
    Next RowNumber
    TcoResult = Result
End Function

Private Function IsOneRow(ByVal Result As Variant) As Boolean
    Dim LastColumn As Long
    On Error Resume Next
    LastColumn = UBound(Result, 2)
    IsOneRow = (Err.Number <> 0)
End Function

Public Function TcoValue(ByVal Value As Variant) As Variant
    TcoValue = Value
    If VarType(Value) <> vbString Then Exit Function
    Select Case Value
        Case "#NULL!": TcoValue = CVErr(2000)
        Case "#DIV/0!": TcoValue = CVErr(2007)
        Case "#VALUE!": TcoValue = CVErr(2015)
        Case "#REF!": TcoValue = CVErr(2023)
        Case "#NAME?": TcoValue = CVErr(2029)
        Case "#NUM!": TcoValue = CVErr(2036)
        Case "#N/A": TcoValue = CVErr(2042)
    End Select
End Function
