"""What a batch leaves behind besides proposals: the journal it resumes from, the manifest, the rows to fix."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from workbook.customers import PROBLEM, Customers
from workbook.package import write_atomic
from workbook.quoting import FORMULA_STARTS

JOURNAL, MANIFEST_CSV, MANIFEST_JSON, FAILED, INDEX = (
    "journal.jsonl", "manifest.csv", "manifest.json", "failed.csv", "index.xlsx",
)  # fmt: skip
OWN_FILES = (JOURNAL, MANIFEST_CSV, MANIFEST_JSON, FAILED, INDEX)
_PARTS = ".journal-*.jsonl"


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
    left_blank : sequence of str
        Formulas that only Excel can calculate, and places of charts that show them: without a value until it does.
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
    left_blank: Sequence[str] = ()


def read_journal(folder: Path) -> dict[tuple[str, str], Record]:
    """Read what earlier runs wrote, by id and key; a line cut off by a crash is passed over."""
    records: dict[tuple[str, str], Record] = {}
    for path in (folder / JOURNAL, *sorted(folder.glob(_PARTS))):
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for line in text.split("\n"):
            try:
                record = Record(**json.loads(line))
            except (ValueError, TypeError):
                continue
            records[record.id, record.key] = record
    return records


@contextmanager
def journal(folder: Path) -> Iterator[Callable[[Record], None]]:
    """Give a function that notes a proposal before its file is put in place; all of it is on disk after the block.

    Every process has a journal of its own beside the main one, into which `write` gathers them.
    """
    path = folder / f".journal-{os.getpid()}.jsonl"
    try:
        file = path.open("ab", buffering=0)
    except OSError as error:
        raise NotAvailable(f"{path} cannot be written ({error.strerror}); check the folder {folder}") from error

    def note(record: Record) -> None:
        try:
            file.write(b"\n" + _line(record).encode())  # a line that was cut off spoils no other
        except OSError as error:
            raise NotAvailable(f"{path} cannot be written ({error.strerror}); check the folder {folder}") from error

    with file:
        yield note
        os.fsync(file.fileno())


def is_done(folder: Path, record: Record, file: str) -> bool:
    """Whether a proposal is there under this name, byte for byte as it was written."""
    path = folder / file
    if record.file != file or not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256


def strangers(folder: Path, records: Iterable[Record]) -> tuple[str, ...]:
    """Give the workbooks in the folder that are not of these records: of customers that are gone, fail or changed."""
    ours = {*OWN_FILES, *(record.file for record in records)}
    found = (path for pattern in ("*.xlsx", "*.xlsm") for path in folder.glob(pattern) if path.is_file())
    return tuple(sorted(path.name for path in found if path.name not in ours and not path.name.startswith((".", "~$"))))


def write(folder: Path, records: Sequence[Record], about: Mapping[str, str], others: Sequence[str] = ()) -> None:
    """Write the manifest as JSON and CSV, and one journal without outdated lines.

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
        "template",
        *figures,
        "warnings",
        *about,
    ]
    rows = [_manifest_row(record, figures, about) for record in records]
    write_atomic(folder / MANIFEST_CSV, csv_bytes([header, *rows], ","))
    write_atomic(folder / JOURNAL, "".join(_line(record) for record in records).encode())
    for part in folder.glob(_PARTS):
        with suppress(OSError):  # of a worker that was left over and ends: the next run takes it away
            part.unlink()


def _manifest_row(record: Record, figures: Sequence[str], about: Mapping[str, str]) -> list[Any]:
    head = [
        record.id,
        record.name,
        record.file,
        record.bytes,
        record.sha256,
        record.key,
        record.currency,
        record.template,
    ]
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
    columns = [column for column in next(iter(data.raw.values())) if column != PROBLEM]
    rows = [[*(data.raw[row].get(c, "") for c in columns), " | ".join(found)] for row, found in reasons.items()]
    write_atomic(folder / FAILED, csv_bytes([[*columns, PROBLEM], *rows], data.separator))


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
    if not isinstance(cell, str) or not cell.startswith(FORMULA_STARTS):
        return cell
    return cell if cell[1:].replace(",", "", 1).replace(".", "", 1).isdigit() else f"'{cell}"


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"
