"""VBA sources from the function table: one wrapper for each worksheet function, and the helpers behind them.

Excel calls the wrapper, xlwings hands the arguments to `workbook.excel` in Python, and a helper turns error texts into
real error values, which xlwings itself cannot return.
"""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from workbook.cells import ERROR_TEXTS
from workbook.ovba import Module
from workbook.registry import Argument, Function

SETTINGS_SHEET = "llm-tco.conf"
PROJECT = "llm-tco"  # names the sheet llm-tco.conf and the folder .llm-tco of the user's settings
FUNCTIONS_MODULE, CALL_MODULE, RESULT_MODULE = "llm_tco", "llm_tco_call", "llm_tco_result"
PYTHON_MODULE = "workbook.excel"
HEADER = "' Generated from the function table by llm-tco build: do not edit."

_EXCEL_CODES = dict(zip(ERROR_TEXTS, (2000, 2007, 2015, 2023, 2029, 2036, 2042), strict=True))
_LINE_LIMIT, _CONTINUATION_LIMIT = 1023, 24  # of the VBA editor
_PARAMETERS_ON_A_LINE = 4

# A parameter may carry the name of a function of VBA (year), but no keyword and no type (MS-VBAL 3.3.5.2).
_KEYWORDS = """
    abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cdecl
    cint circle clng clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare defbool
    defbyte defcur defdate defdbl defdec defint deflng defobj defsng defstr defvar dim do doevents double each else
    elseif empty end endif enum eqv erase event exit false fix for friend function get global gosub goto if imp
    implements in input inputb int integer is lbound len lenb let like lock long longlong longptr loop lset me mod new
    next not nothing null object on open option optional or paramarray preserve print private property pset public put
    raiseevent redim rem resume return rset scale seek select set sgn shared single spc static step stop string sub tab
    then to true type typeof ubound unlock until variant wend while with withevents write xor
    """
_RESERVED = frozenset(_KEYWORDS.split())

_DOCUMENT = """Attribute VB_Name = "{name}"
Attribute VB_Base = "0{base}"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = True
Attribute VB_Exposed = True
Attribute VB_TemplateDerived = False
Attribute VB_Customizable = True
"""
_WORKBOOK_BASE, _SHEET_BASE = "{00020819-0000-0000-C000-000000000046}", "{00020820-0000-0000-C000-000000000046}"

_XLWINGS_CHANGES = (
    ('Attribute VB_Name = "xlwings"\n', 'Attribute VB_Name = "xlwings"\nOption Private Module\n'),
    ('PROJECT_NAME As String = "xlwings"', f'PROJECT_NAME As String = "{PROJECT}"'),
)
_XLWINGS_CHANGES_OF_ADDIN = (
    ('"BOOK_CALLER", ThisWorkbook', '"BOOK_CALLER", ActiveWorkbook'),
    ('" --wb=" & """" & ThisWorkbook.Name', '" --wb=" & """" & ActiveWorkbook.Name'),
)

# Option Private Module: known to the project, not offered as worksheet functions.
_CALL = """Attribute VB_Name = "{module}"
{header}
Option Explicit
Option Private Module

Private LastFailure As String

Public Function TcoCall(ByVal FunctionName As String, ByVal Arguments As Variant) As Variant
    On Error GoTo Failed
    TcoCall = TcoResult(XLPy.CallUDF("{python}", FunctionName, Arguments, ThisWorkbook, Application.Caller))
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
"""

_RESULT = """Attribute VB_Name = "{module}"
{header}
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
{cases}
    End Select
End Function
"""


def functions_module(functions: Sequence[Function]) -> Module:
    """Return the module of the wrappers.

    Raises
    ------
    ValueError
        When a wrapper does not fit the limits of the VBA editor.
    """
    head = f'Attribute VB_Name = "{FUNCTIONS_MODULE}"\n{HEADER}\nOption Explicit\n'
    return Module(FUNCTIONS_MODULE, "procedural", head + "".join(f"\n{_wrapper(f)}" for f in functions))


def call_module() -> Module:
    """Return the module that hands a call to Python."""
    source = _CALL.format(module=CALL_MODULE, header=HEADER, python=PYTHON_MODULE)
    return Module(CALL_MODULE, "procedural", source)


def result_module() -> Module:
    """Return the module that turns error texts into error values."""
    cases = "\n".join(f'        Case "{text}": TcoValue = CVErr({code})' for text, code in _EXCEL_CODES.items())
    return Module(RESULT_MODULE, "procedural", _RESULT.format(module=RESULT_MODULE, header=HEADER, cases=cases))


def xlwings_modules(*, addin: bool = False) -> list[Module]:
    """Return the VBA half of the installed xlwings (BSD licence, kept in its text): its DLL has the same version.

    Changed in it: the settings are ours and not those of the user's other xlwings workbooks, its functions are not
    offered in cells, and the buttons of an add-in work on the active workbook. Settings are read from the file that
    holds the code: there need not be an active workbook when a cell is calculated.

    Raises
    ------
    ValueError
        When this version of xlwings has not the text that is to be changed.
    """
    folder = resources.files("xlwings")
    main = _unix(folder.joinpath("xlwings.bas").read_bytes().decode("cp1252"))
    dictionary = folder.joinpath("addin", "Dictionary.cls").read_bytes().decode("cp1252")
    changes = _XLWINGS_CHANGES + (_XLWINGS_CHANGES_OF_ADDIN if addin else ())
    for old, new in changes:
        if main.count(old) != 1:
            msg = f"xlwings.bas has {main.count(old)} times {old!r} instead of once: check the installed version"
            raise ValueError(msg)
        main = main.replace(old, new)
    return [Module("xlwings", "procedural", main), Module("Dictionary", "class", _without_header(dictionary))]


def document_modules(sheets: int, opened: str = "") -> list[Module]:
    """Return the modules of the workbook and of its sheets, which Excel asks for even when they hold no code.

    Parameters
    ----------
    sheets : int
        How many sheets there are.
    opened : str
        Name of a macro to run when the workbook is opened.

    Examples
    --------
    >>> [m.name for m in document_modules(2)]
    ['ThisWorkbook', 'Sheet1', 'Sheet2']
    """
    names = ["ThisWorkbook", *(f"Sheet{i}" for i in range(1, sheets + 1))]
    code = {names[0]: f"Private Sub Workbook_Open()\n    {opened}\nEnd Sub\n"} if opened else {}
    return [
        Module(
            n,
            "document",
            _DOCUMENT.format(name=n, base=_WORKBOOK_BASE if n == names[0] else _SHEET_BASE) + code.get(n, ""),
        )
        for n in names
    ]


def write_sources(modules: Sequence[Module], folder: Path) -> list[Path]:
    """Write modules as the files that the VBA editor imports: CRLF, Windows-1252."""
    paths = [folder / f"{m.name}.bas" for m in modules]
    for module, path in zip(modules, paths, strict=True):
        path.write_bytes(module.source.replace("\n", "\r\n").encode("cp1252"))
    return paths


def _wrapper(function: Function) -> str:
    names = [_identifier(a) for a in function.arguments]
    parameters = [
        f"{'' if a.required else 'Optional '}ByVal {n} As Variant"
        for a, n in zip(function.arguments, names, strict=True)
    ]
    array = f"Array({_wrapped(names)})" if names else "Array()"
    lines = [
        f"Public Function {function.name}({_wrapped(parameters)}) As Variant",
        f'Attribute {function.name}.VB_Description = "{_quoted(function.help)}"',
        f'Attribute {function.name}.VB_ProcData.VB_Invoke_Func = " \\n14"',  # user-defined
        f'    {function.name} = TcoCall("{function.name}", {array})',
        "End Function",
    ]
    for line in lines:
        _check_limits(function, line)
    return "\n".join(lines) + "\n"


def _wrapped(items: Sequence[str]) -> str:
    groups = [items[i : i + _PARAMETERS_ON_A_LINE] for i in range(0, len(items), _PARAMETERS_ON_A_LINE)]
    return ", _\n        ".join(", ".join(group) for group in groups)


def _check_limits(function: Function, line: str) -> None:
    pieces = line.split("\n")
    if max(map(len, pieces)) > _LINE_LIMIT or len(pieces) - 1 > _CONTINUATION_LIMIT:
        msg = (
            f"{function.name}: its wrapper exceeds the VBA editor's {_LINE_LIMIT} characters a line or "
            f"{_CONTINUATION_LIMIT} continuations; take arguments away"
        )
        raise ValueError(msg)


def _identifier(argument: Argument) -> str:
    return f"{argument.name}_" if argument.name.lower() in _RESERVED else argument.name


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _without_header(text: str) -> str:
    """Drop the lines that the editor's export puts before the attributes of a class; the project does not hold them."""
    return _unix(text)[_unix(text).index("Attribute VB_Name") :]
