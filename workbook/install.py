"""Installation for Excel on Windows, and what to do when it does not work: conclusions from facts, nothing else.

`findings` says what is wrong and the remedy; `plan` what to write where, and the clicks that are left to a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PureWindowsPath

from workbook.facts import ADDIN, EXCEL_START, SETTINGS, Facts, read_settings

OLDEST_PYTHON = (3, 11)
ENGINE_SHORTCUT = "llm-tco engine.cmd"
SERVE = "import xlwings; xlwings.serve()"
_ONLY_SIGNED, _NO_MACROS = "3", "4"  # VBAWarnings
_BLOCK, _WARN = "1", "6"  # of an attack surface reduction rule; 2 only audits


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: what, and what to do.

    Attributes
    ----------
    kind : str
        Short name for programs and tests.
    stops : bool
        Whether the functions cannot work with it.
    """

    kind: str
    what: str
    remedy: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.what}\n  -> {self.remedy}"


@dataclass(frozen=True)
class Plan:
    """What an installation writes and says.

    Attributes
    ----------
    addin : str
        Where the add-in goes.
    texts : mapping of str to str
        Text files by path.
    clicks : tuple of str
        What is left to a person.
    """

    addin: str
    texts: Mapping[str, str]
    clicks: tuple[str, ...]


def findings(facts: Facts) -> list[Finding]:
    """Say what is wrong with an installation; empty when nothing is.

    Parameters
    ----------
    facts : Facts
        What the machine says of itself.

    Returns
    -------
    list of Finding
        For Excel on Windows, for LibreOffice everywhere.
    """
    excel = [*_python(facts), *_excel(facts), *_macros(facts), *_installed(facts)] if facts.system == "win32" else []
    return [*excel, *_office(facts)]


def installed(facts: Facts, todo: Plan) -> Facts:
    """Give the facts as they will be when the plan is carried out."""
    settings = todo.texts[_settings_path(facts)]
    return replace(
        facts,
        settings=settings,
        interpreter_found=True,
        engine="",
        addin_xlwings=facts.xlwings_wanted,
        addin_from_internet=False,
    )


def plan(facts: Facts, *, locked_down: bool = False) -> Plan:
    """Say what an installation writes for this user.

    Parameters
    ----------
    facts : Facts
        What the machine says of itself.
    locked_down : bool
        Whether Excel may not start programs: then the engine is started by the user, from the Start menu.
    """
    data = PureWindowsPath(facts.application_data)
    python = PureWindowsPath(facts.executable).with_name("pythonw.exe")
    settings = {"INTERPRETER_WIN": str(python)} | ({"DEBUG UDFS": "TRUE"} if locked_down else {})
    texts = {_settings_path(facts): _settings_text(settings)}
    clicks = ["Close Excel and open it again: the tab LLM TCO is there, =TCO_VERSION() shows a version."]
    if locked_down:
        shortcut = data / "Microsoft" / "Windows" / "Start Menu" / "Programs" / ENGINE_SHORTCUT
        texts[str(shortcut)] = f'@start "" "{python}" -c "{SERVE}"\r\n'
        clicks.insert(0, f"Each time before Excel: start {ENGINE_SHORTCUT.removesuffix('.cmd')} from the Start menu.")
    if facts.registry.get("macros_policy") == _ONLY_SIGNED:
        clicks.append("Ask IT to sign the add-in or to trust its folder: your firm allows signed macros only.")
    clicks.append(
        "A workbook that came by mail or download: right click, Properties, Unblock, before it is opened with macros."
    )
    return Plan(str(data.joinpath(*EXCEL_START.parts, ADDIN)), texts, tuple(clicks))


def _settings_path(facts: Facts) -> str:
    return str(PureWindowsPath(facts.home, *SETTINGS.parts))


def _settings_text(settings: Mapping[str, str]) -> str:
    r"""Write settings as VBA's Input reads them; a blank line would end them early.

    >>> _settings_text({"INTERPRETER_WIN": "C:\\tco\\pythonw.exe"})
    '"INTERPRETER_WIN","C:\\tco\\pythonw.exe"\r\n'
    """
    return "".join(f'"{name}","{value}"\r\n' for name, value in settings.items())


def _python(facts: Facts) -> Iterator[Finding]:
    if tuple(map(int, facts.python.split(".")[:2])) < OLDEST_PYTHON:
        yield Finding(
            "python-old",
            f"Python {facts.python} is too old.",
            "Install Python 3.11 or newer from python.org and llm-tco in it.",
        )
    if "\\WindowsApps\\" in facts.executable:
        yield Finding(
            "python-store",
            f"This Python comes from the Microsoft Store ({facts.executable}): Excel cannot load its libraries.",
            "Install Python from python.org; under Settings, Apps, App execution aliases switch python.exe off.",
        )
    if not facts.xlwings:
        yield Finding("xlwings-missing", "xlwings is not installed.", f"pip install xlwings=={facts.xlwings_wanted}")
    elif facts.xlwings_wanted and facts.xlwings != facts.xlwings_wanted:
        yield Finding(
            "xlwings-version",
            f"xlwings {facts.xlwings} is installed, llm-tco needs {facts.xlwings_wanted}: its DLL carries the version.",
            f"pip install xlwings=={facts.xlwings_wanted}",
        )
    elif f"xlwings64-{facts.xlwings}.dll" not in facts.libraries:
        yield Finding(
            "dll-missing",
            f"xlwings64-{facts.xlwings}.dll is not beside {facts.executable}, where Excel looks for it.",
            "pip install --force-reinstall --no-deps xlwings; a virus scanner may have taken it: ask IT to allow it.",
        )
    if facts.com:
        yield Finding(
            "com", f"Windows' COM cannot be used from Python: {facts.com}.", "pip install --force-reinstall pywin32"
        )


def _excel(facts: Facts) -> Iterator[Finding]:
    excel = facts.registry.get("excel", "")
    if not excel:
        yield Finding(
            "excel-missing",
            "Excel is not installed as a desktop program.",
            "Install Microsoft 365 or Office for the desktop; for LibreOffice use llm-tco calc.",
        )
    if "\\WindowsApps\\" in excel:
        yield Finding(
            "excel-store",
            f"Excel comes from the Microsoft Store ({excel}): it cannot reach programs outside of its container.",
            "Uninstall it and install Office from office.com (Click-to-Run).",
        )
    blocked = facts.registry.get("children_policy", facts.registry.get("children", ""))
    by_hand = read_settings(facts.settings or "").get("DEBUG UDFS", "").upper() == "TRUE"
    if blocked in {_BLOCK, _WARN} and not by_hand:
        yield Finding(
            "children-blocked",
            "Windows Defender does not let Office start other programs (attack surface reduction): cells show #VALUE!.",
            "llm-tco install --locked-down: the engine is then started from the Start menu, before Excel.",
        )


def _macros(facts: Facts) -> Iterator[Finding]:
    setting = facts.registry.get("macros_policy", facts.registry.get("macros", ""))
    firm = "macros_policy" in facts.registry
    if setting == _NO_MACROS:
        yield Finding(
            "macros-off",
            f"Macros are switched off without notice{' by your firm' if firm else ''}: every function is #NAME?.",
            "Ask IT for a trusted location."
            if firm
            else "File, Options, Trust Center, Macro Settings: disable with notification.",
        )
    elif setting == _ONLY_SIGNED:
        yield Finding(
            "macros-signed",
            "Only signed macros may run: the add-in is not signed.",
            "Ask IT to sign llm-tco.xlam and llm-tco.xlsm, or for a trusted location.",
        )
    if facts.addin_from_internet:
        yield Finding(
            "from-internet",
            "Windows has marked the add-in as downloaded: Excel blocks its macros without a button to allow them.",
            "Right click the file, Properties, Unblock; or run llm-tco install, which writes it anew.",
        )


def _installed(facts: Facts) -> Iterator[Finding]:
    if facts.settings is None:
        yield Finding("settings-missing", f"There is no {SETTINGS} in {facts.home}.", "llm-tco install")
        return
    if any(not line.strip() for line in facts.settings.rstrip().splitlines()):
        yield Finding("settings-blank-line", f"{SETTINGS} has a blank line: Excel reads no further.", "llm-tco install")
    interpreter = read_settings(facts.settings).get("INTERPRETER_WIN", "")
    if not facts.interpreter_found:
        yield Finding(
            "interpreter-missing",
            f"{SETTINGS} names a Python that is not there: {interpreter or 'nothing'}.",
            "llm-tco install, with the Python that has llm-tco.",
        )
    elif facts.engine:
        yield Finding(
            "engine",
            f"{interpreter} cannot load the functions: {facts.engine}.",
            f'"{interpreter}" -m pip install with the folder or the wheel of llm-tco, as macros/WINDOWS.md shows.',
        )
    if not interpreter.isascii():
        yield Finding(
            "path-not-ascii",
            f"The path {interpreter} has letters that Excel's call does not carry.",
            r"Make the environment in a folder such as C:\tco (py -m venv C:\tco) and install llm-tco there.",
        )
    for folder in facts.synced:
        if interpreter and PureWindowsPath(interpreter).is_relative_to(PureWindowsPath(folder)):
            yield Finding(
                "synced",
                f"Python lies in OneDrive ({folder}): its files can be gone or locked when Excel needs them.",
                r"Make the environment in a folder such as C:\tco (py -m venv C:\tco) and install llm-tco there.",
                stops=False,
            )
            break
    if not facts.addin_xlwings:
        yield Finding("addin-missing", f"{ADDIN} is not in Excel's start folder.", "llm-tco install", stops=False)
    elif facts.addin_xlwings != facts.xlwings_wanted:
        yield Finding(
            "addin-version",
            f"The add-in was made for xlwings {facts.addin_xlwings}, llm-tco needs {facts.xlwings_wanted}.",
            "llm-tco install",
        )


def _office(facts: Facts) -> Iterator[Finding]:
    if facts.office_python and facts.office_python.split(".")[:2] != facts.python.split(".")[:2]:
        theirs, ours = (".".join(v.split(".")[:2]) for v in (facts.office_python, facts.python))
        yield Finding(
            "office-python",
            f"LibreOffice runs Python {theirs}, llm-tco is installed for Python {ours}: its packages do not load.",
            f"Install llm-tco with a Python {theirs} and build the extension with it: llm-tco build.",
            stops=False,
        )
