"""What a machine says of itself, as far as it decides whether the functions run in Excel or LibreOffice.

Only read here: the registry, folders, versions. What follows from it is told by `workbook.install`, from these facts
alone, so that it can be tested on facts recorded elsewhere.
"""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

SETTINGS = Path(".llm-tco", "llm-tco.conf")
"""The settings of the user, below the home folder: read by the VBA half of xlwings."""
ADDIN = "llm-tco.xlam"
EXCEL_START = Path("Microsoft", "Excel", "XLSTART")
"""Below the roaming application data: Excel opens what is in it, and trusts it."""

OFFICE_BLOCKED_CHILDREN = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"  # attack surface reduction rule of Windows Defender
_SECURITY = r"Microsoft\Office\16.0\Excel\Security"
_RULES = r"Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
_REGISTRY = {  # name: root, key, value; a policy of the firm comes before the choice of the user
    "excel": ("HKLM", r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe", ""),
    "excel_bits": ("HKLM", r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration", "Platform"),
    "macros_policy": ("HKCU", rf"Software\Policies\{_SECURITY}", "VBAWarnings"),
    "macros": ("HKCU", rf"Software\{_SECURITY}", "VBAWarnings"),
    "internet_policy": ("HKCU", rf"Software\Policies\{_SECURITY}", "blockcontentexecutionfrominternet"),
    "children_policy": ("HKLM", rf"SOFTWARE\Policies\Microsoft\{_RULES}", OFFICE_BLOCKED_CHILDREN),
    "children": ("HKLM", rf"SOFTWARE\Microsoft\{_RULES}", OFFICE_BLOCKED_CHILDREN),
}


@dataclass(frozen=True)
class Facts:
    """Facts about a machine; paths as the machine writes them.

    Attributes
    ----------
    system : str
        ``sys.platform``.
    python, xlwings_wanted, xlwings : str
        Versions; of xlwings the one that llm-tco is made for and the one installed, empty when there is none.
    executable : str
        The running Python.
    libraries : tuple of str
        Names of the DLLs of xlwings in the folder of the executable and the one above it.
    registry : mapping of str to str
        Values by the names of `_REGISTRY`; missing ones are left out.
    settings : str or None
        Text of the settings file of the user.
    interpreter_found : bool
        Whether the Python that the settings name is there.
    engine : str
        What that Python says when it is to load the functions; empty when all is well.
    addin_xlwings : str
        Version of xlwings inside the installed add-in; empty when there is none.
    addin_from_internet : bool
        Whether Windows has marked the add-in as downloaded.
    com : str
        What Windows says when COM is to be used; empty when all is well.
    synced : tuple of str
        Folders that OneDrive keeps in step.
    office_python : str
        Version of Python inside LibreOffice; empty when there is no LibreOffice.
    """

    system: str
    python: str
    executable: str
    home: str
    application_data: str = ""
    xlwings_wanted: str = ""
    xlwings: str = ""
    libraries: tuple[str, ...] = ()
    registry: Mapping[str, str] = field(default_factory=dict)
    settings: str | None = None
    interpreter_found: bool = False
    engine: str = ""
    addin_xlwings: str = ""
    addin_from_internet: bool = False
    com: str = ""
    synced: tuple[str, ...] = ()
    office_python: str = ""


def read_settings(text: str) -> dict[str, str]:
    r"""Read a settings file as VBA does: names and values in quotes.

    >>> read_settings('"INTERPRETER_WIN","C:\\tco\\pythonw.exe"\n')
    {'INTERPRETER_WIN': 'C:\\tco\\pythonw.exe'}
    """
    return dict(re.findall(r'^"([^"]*)","([^"]*)"\s*$', text, re.MULTILINE))


def collect() -> Facts:
    """Ask this machine."""
    home = Path.home()
    data = Path(os.environ.get("APPDATA") or home)
    addin = data / EXCEL_START / ADDIN
    settings = _text(home / SETTINGS)
    interpreter = read_settings(settings or "").get("INTERPRETER_WIN", "")
    windows = sys.platform == "win32"
    return Facts(
        system=sys.platform,
        python=".".join(map(str, sys.version_info[:3])),
        executable=sys.executable,
        home=str(home),
        application_data=str(data),
        xlwings_wanted=wanted_xlwings(),
        xlwings=_version("xlwings"),
        libraries=_libraries(Path(sys.executable)),
        registry=_registry() if windows else {},
        settings=settings,
        interpreter_found=Path(interpreter).is_file(),
        engine=_said([interpreter, "-c", "import workbook.excel"]) if windows and Path(interpreter).is_file() else "",
        addin_xlwings=addin_version(addin.read_bytes()) if addin.is_file() else "",
        addin_from_internet=_text(Path(f"{addin}:Zone.Identifier")) is not None if windows else False,
        com=_com() if windows else "",
        synced=tuple(v for k, v in os.environ.items() if k.lower().startswith("onedrive")),
        office_python=_office_python(),
    )


def wanted_xlwings() -> str:
    """Return the version of xlwings that this llm-tco is made for; empty when it is not installed as a package."""
    try:
        required = metadata.requires("llm-tco") or []
    except metadata.PackageNotFoundError:
        return ""
    found = next((re.match(r"xlwings==([\d.]+)", r) for r in required if r.startswith("xlwings==")), None)
    return found[1] if found else ""


def addin_version(data: bytes) -> str:
    """Return the version of xlwings for which `llm-tco build` wrote an Excel file; its hidden settings say it."""
    from workbook.book import Book
    from workbook.package import Package
    from workbook.vba import SETTINGS_SHEET

    book = Book(Package.read(data))
    sheet = book.parse(book.sheet_parts[SETTINGS_SHEET])
    rows = [[cell.text for cell in row.children] for row in sheet.all("row")]
    return dict(row[:2] for row in rows).get("XLWINGS", "")


def _registry() -> dict[str, str]:
    if sys.platform != "win32":
        return {}
    import winreg

    roots = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
    found = {}
    for name, (root, key, value) in _REGISTRY.items():
        try:
            with winreg.OpenKey(roots[root], key) as opened:
                found[name] = str(winreg.QueryValueEx(opened, value)[0])
        except OSError:  # not set
            continue
    return found


def _com() -> str:
    return _said([sys.executable, "-c", "import pythoncom; pythoncom.CoInitialize(); import win32com.client"])


def _office_python() -> str:
    """Ask LibreOffice's own Python, or on Linux that of the system, which has the module uno then."""
    from workbook.libreoffice.soffice import clean_environment, find_soffice

    office = find_soffice()
    if office is None:
        return ""
    own = [office.resolve().parent / name for name in ("python.exe", "python")]
    python = next((p for p in own if p.is_file()), Path("/usr/bin/python3"))
    script = "import sys, uno; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        done = subprocess.run(  # noqa: S603  LibreOffice's own
            [str(python), "-c", script],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=clean_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _said(command: list[str]) -> str:
    """Run a short Python and return the last line of what goes wrong."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  our Python
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else lines[-1] if lines else f"ended with code {done.returncode}"


def _libraries(executable: Path) -> tuple[str, ...]:
    return tuple(
        sorted({p.name for f in (executable.parent, executable.parent.parent) for p in f.glob("xlwings*.dll")})
    )


def _version(package: str) -> str:
    return metadata.version(package) if importlib.util.find_spec(package) else ""


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="mbcs" if sys.platform == "win32" else "utf-8", errors="replace")
    except OSError:
        return None
