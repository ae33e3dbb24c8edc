"""Plays Excel for `workbook.excel`: fakes COM (pywin32), and nothing else.

The conversion of cell values and the dispatch of calls are xlwings' own (`xlwings.com_server`, `xlwings.udfs`), run
unchanged. What is faked: the pywin32 modules, the Range object, the connection to a running Excel. This proves what
Python makes of the values that COM delivers; it does not prove that Excel delivers them.

Reads one call a line from standard input, ``{"function": ..., "arguments": [...]}``; an argument is a scalar, a
``{"range": rows}``, ``{"error": "#N/A"}``, ``{"currency": 1.5}`` or ``{"missing": true}``. Answers one JSON line each.
"""

import ctypes
import datetime as dt
import decimal
import json
import sys
import types
from unittest import mock

RANGE_IID = "{00020846-0000-0000-C000-000000000046}"
MISSING = -2147352572
ERROR_CODES = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
}


class ComError(Exception):
    """pywintypes.com_error."""


class FakeRange:
    """What xlwings reads of a Range object."""

    CLSID = RANGE_IID

    def __init__(self, rows):
        self.Value = tuple(map(tuple, rows)) if len(rows) > 1 or len(rows[0]) > 1 else rows[0][0]
        self.Rows = types.SimpleNamespace(Count=len(rows))
        self.Columns = types.SimpleNamespace(Count=len(rows[0]))
        self.Row = self.Column = 1
        self.Count = len(rows) * len(rows[0])
        info = types.SimpleNamespace(GetTypeAttr=lambda: types.SimpleNamespace(iid=RANGE_IID))
        self._oleobj_ = types.SimpleNamespace(GetTypeInfo=lambda: info)
        book = types.SimpleNamespace(Name="Book1.xlsm", Application=types.SimpleNamespace(Hwnd=1, Version="16.0"))
        self.Worksheet = types.SimpleNamespace(Name="Sheet1", Parent=book)

    def GetAddress(self, *_args, **_kwargs):  # noqa: N802  COM's name
        return "$A$1"


def fake_pywin32():
    class Anything:
        def __init__(self, *_args, **_kwargs): ...

        def __getattr__(self, _name):
            return mock.MagicMock()

    def module(name, **contents):
        new = types.ModuleType(name)
        vars(new).update(contents)
        sys.modules[name] = new
        if "." in name:
            parent, _, child = name.rpartition(".")
            setattr(sys.modules[parent], child, new)

    def unwrap(_value):
        raise ComError

    module("pywintypes", com_error=ComError, IID=str, error=ComError, TimeType=dt.datetime, Time=lambda value: value)
    for name in ("win32api", "win32con", "win32gui", "win32event"):
        module(name)
    module("win32process", GetWindowThreadProcessId=lambda _handle: (1, 1))
    module("win32timezone", TimeZoneInfo=types.SimpleNamespace(utc=lambda: dt.UTC))
    module(
        "pythoncom",
        __file__="pythoncom",
        com_error=ComError,
        ole_error=ComError,
        CoInitialize=lambda: None,
        IID_IDispatch="IDispatch",
        IID_IEnumVARIANT="IEnumVARIANT",
        TypeIIDs={"IDispatch": type("PyIDispatch", (), {})},
        CoMarshalInterThreadInterfaceInStream=lambda *streams: streams,
        CoGetInterfaceAndReleaseStream=lambda stream, _interface: stream[1],
    )
    base = type("Base", (), {})
    module("win32com")
    module(
        "win32com.client",
        CDispatch=base,
        CoClassBaseClass=base,
        DispatchBaseClass=base,
        Dispatch=lambda value, **_kwargs: value,
        DispatchEx=lambda value: value,
        gencache=mock.MagicMock(),
    )
    for name in ("client.dynamic", "client.build", "server", "server.dispatcher", "server.policy"):
        module(f"win32com.{name}")
    module("win32com.server.util", wrap=lambda value, *_args, **_kwargs: value, unwrap=unwrap)
    ctypes.PyDLL = Anything
    ctypes.oledll = mock.MagicMock()
    ctypes.windll = mock.MagicMock()
    ctypes.WINFUNCTYPE = ctypes.CFUNCTYPE


def start():
    """Import `workbook.excel` as on Windows and return xlwings' COM server object."""
    fake_pywin32()
    import xlwings
    from xlwings import _xlwindows, udfs

    xlwings._xlwindows = _xlwindows
    xlwings.engines.add(xlwings.Engine(impl=_xlwindows.engine))
    xlwings.func, xlwings.arg = udfs.xlfunc, udfs.xlarg  # what `import xlwings` binds on Windows
    from xlwings.com_server import XLPython

    import workbook.excel  # noqa: F401

    return XLPython()


def as_com(argument):
    if isinstance(argument, list):  # an array constant; one row comes as a flat array
        rows = tuple(tuple(map(as_com, row)) for row in argument)
        return rows if len(rows) > 1 else rows[0]
    if not isinstance(argument, dict):
        return float(argument) if type(argument) is int else argument
    if "range" in argument:
        return FakeRange([[as_com(value) for value in row] for row in argument["range"]])
    if "error" in argument:
        return ERROR_CODES[argument["error"]]
    if "date" in argument:
        return dt.datetime.fromisoformat(argument["date"])
    return decimal.Decimal(str(argument["currency"])) if "currency" in argument else MISSING


def main():
    server = start()
    for line in sys.stdin:
        call = json.loads(line)
        arguments = [as_com(argument) for argument in call["arguments"]]
        result = server.CallUDF("workbook.excel", call["function"], arguments, None, FakeRange([[None]]))
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
