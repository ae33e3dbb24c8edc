"""Types one value into each of several workbooks in LibreOffice; run by its own Python, not collected as a test.

Reads a task as JSON from its argument: {"command": [...], "tasks": [{"file", "saved", "sheet", "cell", "value"}]}.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from uno_session import _connect, _property

XLSX = "Calc MS Excel 2007 XML"


def main(job: dict) -> None:
    import uno  # only LibreOffice's Python has it

    pipe = f"llm-tco-type-{os.getpid()}"
    office = subprocess.Popen([*job["command"], f"--accept=pipe,name={pipe};urp;"], stdin=subprocess.DEVNULL)
    context = _connect(uno, pipe)
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    for task in job["tasks"]:
        url, hidden = Path(task["file"]).as_uri(), _property(uno, "Hidden", True)
        document = desktop.loadComponentFromURL(url, "_blank", 0, (hidden,))
        cell = document.Sheets.getByName(task["sheet"]).getCellRangeByName(task["cell"])
        if isinstance(task["value"], str):
            cell.setString(task["value"])
        else:
            cell.setValue(task["value"])
        document.calculateAll()
        document.storeToURL(Path(task["saved"]).as_uri(), (_property(uno, "FilterName", XLSX),))
        document.close(True)
    with contextlib.suppress(Exception):  # the bridge may be gone before the answer comes
        desktop.terminate()
    office.wait(30)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
