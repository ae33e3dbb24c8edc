"""Fit the constants to the measurements of a folder: ``python -m engine.calibrate FOLDER [OUT]``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.calibrate import report
from engine.calibrate.fit import FIRST_TOKEN_PRIORS, PRIORS, fit, leave_one_out, predict
from engine.calibrate.rows import Rows, read
from engine.errors import EngineError
from engine.throughput import constants as shipped

VERSION = 3  # of the equations: a file of constants serves the equations it was fitted with


def main() -> int:
    """Fit, print the error tables, write the file."""
    if len(sys.argv) not in {2, 3}:
        sys.stderr.write("usage: python -m engine.calibrate FOLDER [OUT.json]\n")
        return 2
    try:
        rows = read(Path(sys.argv[1]))
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else shipped.FILE  # noqa: PLR2004
    document, tables = calibrate(rows)
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")
    sys.stdout.write(f"{tables}\n\nwritten: {out}\n")
    return 0


def calibrate(rows: Rows) -> tuple[dict[str, Any], str]:
    """Return the document of constants, and the error tables as text."""
    c = fit(rows)
    fitted = predict(rows, c)
    # a model is left out together with its twins, or they would tell of it
    groups = {"gpu": "gpu", "model": "architecture"}
    unseen = {name: report.joined(rows, tag, leave_one_out(rows, tag)) for name, tag in groups.items()}
    ends = report.bands(rows, list(unseen.values()), fitted)
    kinds, counts = np.unique(rows.tags["kind"], return_counts=True)
    document = {
        "version": VERSION,
        "newest_measurement": rows.newest,
        "rows": dict(zip(map(str, kinds), map(int, counts), strict=True)),
        "rows_said_not_to_fit": int(np.sum(~fitted.fits)),
        "constants": {name: float(f"{value:.5g}") for name, value in asdict(c).items()},
        "at_bound": _at_bound(asdict(c)),
        "bands": ends,
        "range": report.calibrated_range(rows),
        "errors": {
            "fitted": report.summary(rows, fitted),
            **{f"leave one {tag} out": report.summary(rows, p) for tag, p in unseen.items()},
        },
        "coverage": {
            f"leave one {tag} out": {
                "max load": round(report.coverage(rows, p, ends, "max load"), 3),
                "concurrency": round(report.coverage(rows, p, ends, "concurrency"), 3),
                "ttft": round(report.coverage(rows, p, ends, "concurrency", "ttft"), 3),
            }
            for tag, p in unseen.items()
        },
    }
    return document, report.text(rows, c, unseen)


def _at_bound(found: dict[str, float]) -> list[str]:
    limits = {**PRIORS, **FIRST_TOKEN_PRIORS}
    return [name for name, (_, low, high) in limits.items() if not low * 1.01 < found[name] < high * 0.99]


if __name__ == "__main__":
    raise SystemExit(main())
