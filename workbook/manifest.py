"""What a batch leaves behind besides proposals: the journal it resumes from, the manifest, the rows to fix."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbook.customers import Customers
from workbook.package import write_atomic

JOURNAL, MANIFEST_CSV, MANIFEST_JSON, FAILED, INDEX = (
    "journal.jsonl", "manifest.csv", "manifest.json", "failed.csv", "index.xlsx",
)  # fmt: skip
OWN_FILES = (JOURNAL, MANIFEST_CSV, MANIFEST_JSON, FAILED, INDEX)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Record:
    """One finished proposal.

    Attributes
    ----------
    key : str
        Hash of template, versions and inputs: the same key means the same file.
    figures : mapping of str to float
        Headline figures as ``<option>_<measure>``.
    inputs : mapping of str to float or str
        The assumptions that the row gives; the others take their default.
    """

    id: str
    name: str
    file: str
    bytes: int
    sha256: str
    key: str
    currency: str
    figures: Mapping[str, float] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    template: str = ""
    template_sha256: str = ""
    inputs: Mapping[str, float | str] = field(default_factory=dict)


def read_journal(folder: Path) -> dict[str, Record]:
    """Read what earlier runs finished, by id; a line cut off by a crash is passed over."""
    path = folder / JOURNAL
    records: dict[str, Record] = {}
    if not path.is_file():
        return records
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            record = Record(**json.loads(line))
        except (ValueError, TypeError):
            continue
        records[record.id] = record
    return records


def append(folder: Path, records: Iterable[Record]) -> None:
    """Add finished proposals to the journal, on disk before the call returns."""
    import os

    with (folder / JOURNAL).open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(_line(record) for record in records)
        file.flush()
        os.fsync(file.fileno())


def is_done(folder: Path, record: Record | None, key: str, file: str) -> bool:
    """Whether the proposal of this key is there, byte for byte as it was written."""
    if record is None or record.key != key or record.file != file:
        return False
    path = folder / file
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256


def strangers(folder: Path, records: Iterable[Record]) -> tuple[str, ...]:
    """Give the workbooks in the folder that are not of these records: of customers that are gone, fail or changed."""
    ours = {*OWN_FILES, *(record.file for record in records)}
    found = (path for pattern in ("*.xlsx", "*.xlsm") for path in folder.glob(pattern) if path.is_file())
    return tuple(sorted(path.name for path in found if path.name not in ours and not path.name.startswith((".", "~$"))))


def write(folder: Path, records: Sequence[Record], about: Mapping[str, str], others: Sequence[str] = ()) -> None:
    """Write the manifest as JSON and CSV, and the journal without outdated lines.

    Parameters
    ----------
    folder : Path
        Where the proposals are.
    records : sequence of Record
        Finished proposals in the order of the data.
    about : mapping of str to str
        Version, compressor and date of the prices, the same for all.
    others : sequence of str
        Workbooks in the folder that are not of this run.
    """
    listed = {**about, "proposals": [asdict(record) for record in records], "not_of_this_run": list(others)}
    text = json.dumps(listed, ensure_ascii=False, indent=1, sort_keys=False)
    write_atomic(folder / MANIFEST_JSON, (text + "\n").encode())
    figures = list(dict.fromkeys(name for record in records for name in record.figures))
    header = [
        "customer_id",
        "customer_name",
        "file",
        "bytes",
        "sha256",
        "key",
        "currency",
        *figures,
        "warnings",
        *about,
    ]
    rows = [_manifest_row(record, figures, about) for record in records]
    write_atomic(folder / MANIFEST_CSV, csv_bytes([header, *rows], ","))
    write_atomic(folder / JOURNAL, "".join(_line(record) for record in records).encode())


def _manifest_row(record: Record, figures: Sequence[str], about: Mapping[str, str]) -> list[Any]:
    head = [record.id, record.name, record.file, record.bytes, record.sha256, record.key, record.currency]
    values = [record.figures.get(name, "") for name in figures]
    return [*head, *values, " | ".join(record.warnings), *about.values()]


def write_failed(folder: Path, data: Customers) -> None:
    """Give failed rows back as they were read, with the reasons, so that the file can be mended and run by itself."""
    reasons: dict[int, list[str]] = {}
    for problem in data.problems:
        reasons.setdefault(problem.row, []).append(str(problem))
    if not reasons:
        (folder / FAILED).unlink(missing_ok=True)
        return
    columns = [column for column in next(iter(data.raw.values())) if column != "x_problem"]
    rows = [[*(data.raw[row].get(c, "") for c in columns), " | ".join(found)] for row, found in reasons.items()]
    write_atomic(folder / FAILED, csv_bytes([[*columns, "x_problem"], *rows], data.separator))


def csv_bytes(rows: Iterable[Sequence[Any]], separator: str) -> bytes:
    """Write rows as CSV for Excel; text that a spreadsheet would take for a formula gets a leading apostrophe."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([[escaped(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def escaped(cell: object) -> object:
    """Put an apostrophe before text that would become a formula; plain negative numbers stay numbers.

    >>> escaped("=1+1"), escaped("-0.12"), escaped("- 2"), escaped(-3.0)
    ("'=1+1", '-0.12', "'- 2", -3.0)
    """
    if not isinstance(cell, str) or not cell.startswith(_FORMULA_STARTS):
        return cell
    return cell if cell[1:].replace(",", "", 1).replace(".", "", 1).isdigit() else f"'{cell}"


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"
