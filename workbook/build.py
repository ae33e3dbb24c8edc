"""What Excel and LibreOffice install, built from the function table: workbook, add-ins and macro sources."""

import importlib.util
from importlib import metadata
from pathlib import Path

from engine.errors import NotAvailable
from workbook import lint, macrobook, ovba, ribbon, vba
from workbook.facts import ADDIN, wanted_xlwings
from workbook.functions import FUNCTIONS
from workbook.libreoffice import oxt
from workbook.locate import shipped
from workbook.package import write_atomic

EXTENSION_SUFFIX = ".oxt"  # no workbook: nothing for the linter
WORKBOOK, EXTENSION = "llm-tco.xlsm", f"llm-tco{EXTENSION_SUFFIX}"


def build(folder: Path) -> list[Path]:
    """Write every artefact into `folder` and return the paths: the same version of llm-tco writes the same bytes.

    Raises
    ------
    NotAvailable
        When xlwings is not installed.
    WrongKind
        When Excel would repair what was built.
    """
    if importlib.util.find_spec("xlwings") is None:
        raise NotAvailable(f"llm-tco build needs the macros of xlwings: pip install xlwings=={wanted_xlwings()}")
    folder.mkdir(parents=True, exist_ok=True)
    artefacts = {
        folder / WORKBOOK: macro_workbook(),
        folder / ADDIN: addin(),
        folder / EXTENSION: oxt.build(FUNCTIONS),
    }
    for path, data in artefacts.items():
        if path.suffix != EXTENSION_SUFFIX:
            lint.refuse(lint.check(data, path.name), path.name)
        write_atomic(path, data)
    return [*artefacts, *write_macros(folder)]


def write_macros(folder: Path) -> list[Path]:
    """Write the VBA sources that the generator makes, for the editor's File > Import and for review."""
    return vba.write_sources(_own_modules(), folder)


def macro_workbook() -> bytes:
    """Return llm-tco.xlsm: the assumption workbook with macros."""
    return _with_macros(shipped("templates", "assumptions.xlsx").read_bytes())


def addin() -> bytes:
    """Return llm-tco.xlam: the functions and the ribbon for every workbook."""
    return _with_macros(macrobook.empty_workbook("llm-tco"), addin=True)


def _with_macros(data: bytes, *, addin: bool = False) -> bytes:
    settings = macrobook.HiddenSheet(vba.SETTINGS_SHEET, _settings(), "hidden")
    help_texts = macrobook.HiddenSheet(ribbon.INTELLISENSE_SHEET, ribbon.intellisense_rows(FUNCTIONS))
    modules = [*vba.xlwings_modules(addin=addin), *_own_modules()]
    hidden = [settings, help_texts]
    return macrobook.with_macros(
        data, modules, ribbon=ribbon.RIBBON, hidden=hidden, opened=ribbon.DESCRIBE, addin=addin
    )


def _settings() -> list[tuple[str, str]]:
    """Give what xlwings reads; where Python is stands in the settings of the user, which llm-tco install writes."""
    return [
        ("UDF MODULES", vba.PYTHON_MODULE),
        ("ADD_WORKBOOK_TO_PYTHONPATH", "FALSE"),
        ("SHOW CONSOLE", "FALSE"),
        ("XLWINGS", metadata.version("xlwings")),  # for llm-tco doctor
    ]


def _own_modules() -> list[ovba.Module]:
    return [
        vba.functions_module(FUNCTIONS),
        vba.call_module(),
        vba.result_module(),
        ribbon.ribbon_module(),
        ribbon.help_module(FUNCTIONS),
    ]
