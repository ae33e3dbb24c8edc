"""Edits a workbook in LibreOffice as an analyst would; run by LibreOffice's own Python, not collected as a test.

Reads a task as JSON from its argument: {"command": [...], "file": ..., "saved": ..., "cells": {"Inputs": {"F6": 1}},
"comment": ["Inputs", "F6", text], "sheet": {"name": ..., "formulas": {"A1": "=..."}}}.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from uno_session import _connect, _property

XLSX = "Calc MS Excel 2007 XML"


def main(task: dict) -> None:
    import uno  # only LibreOffice's Python has it

    pipe = f"llm-tco-edit-{os.getpid()}"
    office = subprocess.Popen([*task["command"], f"--accept=pipe,name={pipe};urp;"], stdin=subprocess.DEVNULL)
    context = _connect(uno, pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = desktop.loadComponentFromURL(Path(task["file"]).as_uri(), "_blank", 0, (_property(uno, "Hidden", True),))
    for sheet, cells in task["cells"].items():
        for address, value in cells.items():
            _put(document.Sheets.getByName(sheet).getCellRangeByName(address), value)
    sheet, address, text = task["comment"]
    commented = document.Sheets.getByName(sheet)
    commented.Annotations.insertNew(commented.getCellRangeByName(address).CellAddress, text)
    document.Sheets.insertNewByName(task["sheet"]["name"], document.Sheets.Count)
    for address, formula in task["sheet"]["formulas"].items():
        document.Sheets.getByName(task["sheet"]["name"]).getCellRangeByName(address).setFormula(formula)
    document.storeToURL(Path(task["saved"]).as_uri(), (_property(uno, "FilterName", XLSX),))
    document.close(True)
    with contextlib.suppress(Exception):  # the bridge may be gone before the answer comes
        desktop.terminate()
    office.wait(30)


def _put(cell, value: object) -> None:
    if value is None:
        cell.setFormula("")
    elif isinstance(value, str):
        cell.setString(value)
    else:
        cell.setValue(value)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
