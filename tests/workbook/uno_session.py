"""Drives a LibreOffice over UNO; run by LibreOffice's own Python (/usr/bin/python3), not collected as a test.

Reads a task as JSON from its argument, prints the answer as JSON on the last line:
{"command": [...], "file": ..., "cells": true}, {..., "calls": [[macro, [arguments]], ...]} or {..., "calculations": 3},
which answers with the seconds that each hard recalculation took.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main(task: dict) -> dict:
    import uno  # only LibreOffice's Python has it

    pipe = f"llm-tco-test-{os.getpid()}"
    office = subprocess.Popen([*task["command"], f"--accept=pipe,name={pipe};urp;"], stdin=subprocess.DEVNULL)
    context = _connect(uno, pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    always_run_macros = 4
    arguments = (_property(uno, "Hidden", True), _property(uno, "MacroExecutionMode", always_run_macros))
    document = desktop.loadComponentFromURL(Path(task["file"]).as_uri(), "_blank", 0, arguments)
    answer = {}
    if task.get("cells"):
        answer["cells"] = {s.Name: _cells(s) for s in document.Sheets}
    if "calls" in task:
        answer["modules"] = list(document.BasicLibraries.getByName("VBAProject").ElementNames)
        answer["results"] = [_call(document, name, values) for name, values in task["calls"]]
    if "calculations" in task:
        answer["seconds"] = [_seconds(document.calculateAll) for _ in range(task["calculations"])]
    document.close(True)
    with contextlib.suppress(Exception):  # the bridge may be gone before the answer comes
        desktop.terminate()
    office.wait(30)
    return answer


def _seconds(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _connect(uno, pipe: str):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(400):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # noqa: BLE001  UNO's own NoConnectException: not yet listening
            time.sleep(0.05)
    raise TimeoutError("LibreOffice did not listen within 20 s")


def _property(uno, name: str, value):
    item = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    item.Name, item.Value = name, value
    return item


def _cells(sheet) -> dict:
    """Every cell that is not empty: [kind, value, error code], numbers to the last bit."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    rows, columns = cursor.RangeAddress.EndRow + 1, cursor.RangeAddress.EndColumn + 1
    cells = (sheet.getCellByPosition(c, r) for r in range(rows) for c in range(columns))
    return {_address(cell): _content(cell) for cell in cells if cell.Type.value != "EMPTY"}


def _address(cell) -> str:
    return cell.AbsoluteName.rpartition(".")[2].replace("$", "")


def _content(cell) -> list:
    text_result = 2
    is_text = cell.Type.value == "TEXT" or (cell.Type.value == "FORMULA" and cell.FormulaResultType2 == text_result)
    return ["text", cell.String, 0] if is_text else ["number", cell.Value.hex(), cell.getError()]


def _call(document, name: str, values: list):
    uri = f"vnd.sun.star.script:VBAProject.{name}?language=Basic&location=document"
    script = document.getScriptProvider().getScript(uri)
    result, _, _ = script.invoke(tuple(_tuples(v) for v in values), (), ())
    return result


def _tuples(value):
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1])), default=str) + "\n")
