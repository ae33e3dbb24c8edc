"""The LibreOffice extension (.oxt) from the function table, in pure Python: no LibreOffice tool builds it.

Calc finds the functions through a type library (one interface, one method each), learns their names and help from a
configuration file, and calls a small Python component that asks `workbook.evaluate`.
"""

import struct
import sys
import sysconfig
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import engine
from workbook.libreoffice import addin
from workbook.registry import Argument, Function

SERVICE = "org.llmtco.Functions"
_MODULES, _INTERFACE = ("org", "llmtco"), "XFunctions"
_CELL_RANGE, _ANY, _TABLE = "com.sun.star.table.XCellRange", "any", "[][]any"
_MEDIA = {
    "types.rdb": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    "component.py": "application/vnd.sun.star.uno-component;type=Python",
    "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # same functions, same bytes

_COMPONENT = f'''"""UNO component of llm-tco, generated. The work is done in pythonpath/llm_tco_addin.py."""
import llm_tco_addin
import llm_tco_table
import uno
import unohelper
from com.sun.star.lang import XLocalizable, XServiceInfo, XServiceName
from {".".join(_MODULES)} import {_INTERFACE}

SERVICE = "{SERVICE}"
IMPLEMENTATION = SERVICE + "Implementation"


class Functions(unohelper.Base, XServiceName, XServiceInfo, XLocalizable, {_INTERFACE}):
    def __init__(self, context):
        self.locale = uno.createUnoStruct("com.sun.star.lang.Locale")

    def getServiceName(self):
        return SERVICE

    def setLocale(self, locale):
        self.locale = locale

    def getLocale(self):
        return self.locale

    def getImplementationName(self):
        return IMPLEMENTATION

    def supportsService(self, name):
        return name == SERVICE

    def getSupportedServiceNames(self):
        return (SERVICE,)


for name, method, table in llm_tco_table.FUNCTIONS:
    setattr(Functions, method, llm_tco_addin.method(name, table=table))
g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, IMPLEMENTATION, (SERVICE,))
'''


def method_name(name: str) -> str:
    """Return the UNO method of a worksheet function.

    >>> method_name("TCO_CAPITAL_FACTOR")
    'tcoCapitalFactor'
    """
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def programmatic_name(name: str) -> str:
    """Return the name under which Calc stores the function in a file.

    >>> programmatic_name("TCO_CRF")
    'ORG.LLMTCO.FUNCTIONS.TCOCRF'
    """
    return f"{SERVICE}.{method_name(name)}".upper()


def build(functions: Sequence[Function], site: Sequence[Path] | None = None) -> bytes:
    """Return the .oxt as bytes: the same functions and folders give the same bytes.

    Parameters
    ----------
    functions : sequence of Function
        The function table.
    site : sequence of Path, optional
        Folders in which LibreOffice finds the engine and its packages; default: those of the running Python.
    """
    files: dict[str, str | bytes] = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(),
        "types.rdb": type_library(functions),
        "CalcAddIns.xcu": _configuration(functions),
        "component.py": _COMPONENT,
        "pythonpath/llm_tco_addin.py": Path(addin.__file__).read_text(encoding="utf-8"),
        "pythonpath/llm_tco_table.py": _table(functions, default_site() if site is None else site),
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return out.getvalue()


def unpack(oxt: bytes, folder: Path) -> None:
    """Unpack an .oxt, so that a start of LibreOffice with the folder above it as bundled extensions has it."""
    with zipfile.ZipFile(BytesIO(oxt)) as package:
        package.extractall(folder)


def default_site() -> list[Path]:
    """Return the folders that make the running Python's engine importable elsewhere."""
    return [Path(engine.__file__).resolve().parents[1], Path(sysconfig.get_paths()["purelib"])]


def type_library(functions: Sequence[Function]) -> bytes:
    """Return the binary type library: interface `XFunctions` with one method for each function.

    Notes
    -----
    The format is described in LibreOffice's ``unoidl/README.md``: little-endian, strings with their length in front,
    a map entry is two offsets, name and payload; maps are sorted by name, ours have one entry each.
    """
    data = bytearray(b"UNOIDL\xff\0" + bytes(8))

    def append(piece: bytes) -> int:
        data.extend(piece)
        return len(data) - len(piece)

    name, offset = _INTERFACE, append(_interface(functions))
    for module in reversed(_MODULES):
        entry = _u32(append(name.encode() + b"\0")) + _u32(offset)
        name, offset = module, append(b"\0" + _u32(1) + entry)
    root = append(_u32(append(name.encode() + b"\0")) + _u32(offset))
    data[8:16] = _u32(root) + _u32(1)
    return bytes(data)


def _interface(functions: Sequence[Function]) -> bytes:
    no_optional_bases, no_attributes, no_exceptions = _u32(0), _u32(0), _u32(0)
    methods = [
        _string(method_name(f.name))
        + _string(_TABLE if f.returns_table else _ANY)
        + _u32(len(f.arguments))
        + b"".join(b"\0" + _string(a.name) + _string(_type(a)) for a in f.arguments)
        + no_exceptions
        for f in functions
    ]
    bases = _u32(1) + _string("com.sun.star.uno.XInterface")
    return b"\5" + bases + no_optional_bases + no_attributes + _u32(len(methods)) + b"".join(methods)


def _type(argument: Argument) -> str:
    """Choose how Calc passes an argument.

    Only `any` can be left out. A cell range object tells which error stands in which cell, where `any` gives up with
    #VALUE! when a range holds one; it takes references only, as assumptions always are.
    """
    return _CELL_RANGE if argument.kind == "assumptions" and argument.required else _ANY


def _u32(number: int) -> bytes:
    return struct.pack("<I", number)


def _string(text: str) -> bytes:
    return _u32(len(text)) + text.encode("ascii")


def _configuration(functions: Sequence[Function]) -> str:
    return (
        _XML + '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="CalcAddIns" oor:package="org.openoffice.Office">\n'
        f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace"><node oor:name="AddInFunctions">\n'
        + "".join(_function_node(f) for f in functions)
        + "</node></node></node></oor:component-data>\n"
    )


def _function_node(function: Function) -> str:
    parameters = "".join(_parameter_node(a) for a in function.arguments)
    return (
        f'<node oor:name="{method_name(function.name)}" oor:op="replace">'
        + _text("DisplayName", function.name)
        + _text("Description", function.help)
        + '<prop oor:name="Category"><value>Add-In</value></prop>'
        + _text("CompatibilityName", function.name)
        + f'<node oor:name="Parameters">{parameters}</node></node>\n'
    )


def _parameter_node(argument: Argument) -> str:
    content = _text("DisplayName", argument.name) + _text("Description", _help(argument))
    return f'<node oor:name="{argument.name}" oor:op="replace">{content}</node>'


def _text(name: str, value: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{escape(value)}</value></prop>'


def _help(argument: Argument) -> str:
    return f"{argument.help} [{argument.unit}]" if argument.unit else argument.help


def _manifest() -> str:
    entries = "".join(
        f'<manifest:file-entry manifest:media-type="{media}" manifest:full-path="{name}"/>\n'
        for name, media in _MEDIA.items()
    )
    namespace = "http://openoffice.org/2001/manifest"
    return f'{_XML}<manifest:manifest xmlns:manifest="{namespace}">\n{entries}</manifest:manifest>\n'


def _description() -> str:
    return (
        _XML + '<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<identifier value="org.llmtco"/><version value={quoteattr(engine.__version__)}/>'
        '<display-name><name lang="en">llm-tco: cost of language models</name></display-name></description>\n'
    )


def _table(functions: Sequence[Function], site: Sequence[Path]) -> str:
    lines: Iterator[str] = (
        f"    ({f.name!r}, {method_name(f.name)!r}, {f.returns_table!r}),\n".replace("'", '"') for f in functions
    )
    return (
        '"""Generated with the extension: the functions, and where the engine is installed."""\n'
        f"SITE = {[str(p) for p in site]!r}\nPYTHON = {tuple(sys.version_info[:2])!r}\n"
        f"FUNCTIONS = (\n{''.join(lines)})\n"
    )
