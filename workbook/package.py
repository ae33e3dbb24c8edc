"""The zip file around a workbook: a reader that refuses hostile files, a writer that copies what did not change.

Unchanged parts are copied as the deflated bytes of the template, so they stay identical and cost nothing. The same
parts give the same bytes: timestamps are fixed and nothing depends on the machine but the compressor.
"""

import io
import os
import secrets
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from engine.errors import NotAvailable, OutOfLimits, WrongKind

MAX_PART = 64 * 2**20  # bytes of one part, inflated
MAX_TOTAL = 256 * 2**20  # bytes of all parts, inflated
MAX_ENTRIES = 5000
MAX_RATIO = 200  # inflated to deflated; a sheet of spaces reaches about 100
RATIO_FREE = 2**20  # a small part may compress as well as it likes

_compressor: ModuleType = zlib
_LEVEL, COMPRESSOR = 6, f"zlib {zlib.ZLIB_RUNTIME_VERSION}, level 6"
try:  # the extra "fast": a ninth of the time, files an eighth larger
    from isal import __version__ as _version
    from isal import isal_zlib as _compressor
except ImportError:
    pass
else:
    _LEVEL, COMPRESSOR = 2, f"isal {_version}, level 2"
"""What deflates the changed parts, as the manifest names it: another one gives other bytes for the same contents."""

_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED = 0x1  # bit 0 of an entry's flags
_UTF8 = 0x800  # bit 11: the name is UTF-8
_DATE_1980 = 0x21  # 1980-01-01, the earliest that zip can say
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XML_SUFFIXES = (".xml", ".rels", ".vml")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in _ENCODINGS)


@dataclass(frozen=True)
class Entry:
    """One part as it lies in the zip file."""

    name: str
    method: int
    crc: int
    size: int
    raw: bytes

    def inflate(self) -> bytes:
        """Give the content; never inflates more than the stated size."""
        if self.method == _STORED:
            return self.raw
        return zlib.decompressobj(-15).decompress(self.raw, self.size + 1)


@dataclass(frozen=True)
class Package:
    """The parts of a workbook file, in the order of the file.

    Examples
    --------
    ``Package.read(Path("template.xlsx")).write({"xl/worksheets/sheet1.xml": changed})``
    """

    name: str
    entries: Mapping[str, Entry]

    @classmethod
    def read(cls, data: bytes | Path, name: str = "") -> "Package":
        """Read and check a workbook file.

        Parameters
        ----------
        data : bytes or Path
            The file, or where it is.
        name : str
            How errors call it; a path's own name when left out.

        Raises
        ------
        WrongKind
            Not a workbook, damaged, encrypted, or with names or contents that no spreadsheet program writes.
        OutOfLimits
            More or larger parts than a workbook has.
        NotAvailable
            The file cannot be read.
        """
        return cls.unpacked(data, name)[0]

    @classmethod
    def unpacked(cls, data: bytes | Path, name: str = "") -> tuple["Package", dict[str, bytes]]:
        """Read a workbook file as `read` does, and give the contents of its parts as well."""
        if isinstance(data, Path):
            name = name or data.name
            data = _read_file(data, name)
        name = name or "the workbook"
        _check_header(data, name)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, struct.error) as error:
            raise WrongKind(
                f"{name} is damaged or cut off ({error}); fetch it again or save it again in Excel"
            ) from error
        _check_listing(infos, name)
        package = cls(name, {info.filename: _entry(data, info, name) for info in infos})
        contents = {part: package.part(part) for part in package.names}
        if "[Content_Types].xml" not in package.entries:
            raise WrongKind(f"{name} is a zip file but not a workbook; give the .xlsx or .xlsm file itself")
        return package, contents

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all parts."""
        return tuple(self.entries)

    def part(self, name: str) -> bytes:
        """Give the content of one part.

        Raises
        ------
        WrongKind
            When it is missing, damaged, or carries a DOCTYPE.
        """
        if name not in self.entries:
            raise WrongKind(f"{self.name} has no part {name}; open it in Excel, repair it and save it again")
        entry = self.entries[name]
        try:
            content = entry.inflate()
        except zlib.error as error:
            raise WrongKind(f"{self.name}: part {name} is damaged ({error}); fetch the file again") from error
        if len(content) != entry.size or zlib.crc32(content) != entry.crc:
            raise WrongKind(f"{self.name}: part {name} is damaged (checksum); fetch the file again")
        if name.lower().endswith(_XML_SUFFIXES) and any(mark in content for mark in _DOCTYPES):
            raise WrongKind(f"{self.name}: part {name} has a DOCTYPE, which no workbook needs; do not use this file")
        return content

    def write(self, changes: Mapping[str, bytes], drop: Collection[str] = ()) -> bytes:
        """Give the file with some parts changed, added or left out; all others keep their deflated bytes.

        Parameters
        ----------
        changes : mapping of str to bytes
            New contents by part name; new names are appended.
        drop : collection of str
            Parts to leave out.
        """
        kept = [_changed(e, changes[n]) if n in changes else e for n, e in self.entries.items() if n not in drop]
        return pack([*kept, *(deflated(n, content) for n, content in changes.items() if n not in self.entries)])


def deflated(name: str, content: bytes) -> Entry:
    """Deflate one part."""
    deflater = _compressor.compressobj(_LEVEL, zlib.DEFLATED, -15)
    return Entry(name, _DEFLATED, zlib.crc32(content), len(content), deflater.compress(content) + deflater.flush())


def _changed(entry: Entry, content: bytes) -> Entry:
    same = len(content) == entry.size and zlib.crc32(content) == entry.crc and content == entry.inflate()
    return entry if same else deflated(entry.name, content)


def pack(entries: Collection[Entry]) -> bytes:
    """Put parts into one zip file."""
    local: list[bytes] = []
    central: list[bytes] = []
    offset = 0
    for entry in entries:
        name = entry.name.encode()
        flags = 0 if entry.name.isascii() else _UTF8
        sizes = (entry.crc, len(entry.raw), entry.size, len(name))
        local += (_LOCAL.pack(b"PK\3\4", 20, flags, entry.method, 0, _DATE_1980, *sizes, 0), name, entry.raw)
        central += (
            _CENTRAL.pack(b"PK\1\2", 20, 20, flags, entry.method, 0, _DATE_1980, *sizes, *5 * (0,), offset),
            name,
        )
        offset += _LOCAL.size + len(name) + len(entry.raw)
    directory = b"".join(central)
    end = _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), offset, 0)
    return b"".join((*local, directory, end))


def refuse_open(path: Path) -> None:
    """Refuse a workbook that a spreadsheet program has open: both leave a lock file beside it.

    Raises
    ------
    NotAvailable
        When there is such a file.
    """
    for lock, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        if path.with_name(lock).exists():
            raise NotAvailable(
                f"{path} is open in {program}: close {path.name} and run again (if no program has it open, delete "
                f"{lock} beside it)"
            )


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Raises
    ------
    NotAvailable
        When the folder is missing or read-only, the disk is full or the file is open in another program.
    """
    refuse_open(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise NotAvailable(f"{path} cannot be written ({error.strerror}); check the folder {path.parent}") from error
    try:
        os.replace(temporary, path)  # noqa: PTH105  # the one call that replaces an existing file on Windows too
    except PermissionError as error:
        temporary.unlink(missing_ok=True)
        raise NotAvailable(
            f"{path} is open in another program or write-protected; close {path.name} and run again"
        ) from error
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise NotAvailable(f"{path} cannot be written ({error.strerror}); choose another file name") from error


def _read_file(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotAvailable(f"{path} does not exist; check the folder and the spelling of {name}") from error
    except PermissionError as error:
        raise NotAvailable(f"{path} cannot be read; close {name} in other programs and run again") from error
    except OSError as error:
        raise NotAvailable(f"{path} cannot be read ({error.strerror})") from error


def _check_header(data: bytes, name: str) -> None:
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise WrongKind(f"{name} has a password; remove it in Excel (File, Info, Protect Workbook) and save again")
        raise WrongKind(f"{name} is an Excel 97-2003 file; save it in Excel as .xlsx or .xlsm")
    if not data:
        raise WrongKind(f"{name} is empty; fetch it again or save it again in Excel")
    if not data.startswith(b"PK"):
        raise WrongKind(f"{name} is not a workbook (it begins with {data[:8]!r}); save it in Excel as .xlsx or .xlsm")


def _check_listing(infos: list[zipfile.ZipInfo], name: str) -> None:
    if len(infos) > MAX_ENTRIES:
        raise OutOfLimits(f"{name} has {len(infos):,} parts, the limit is {MAX_ENTRIES:,}; do not use this file")
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise OutOfLimits(f"{name} inflates to {total:,} bytes, the limit is {MAX_TOTAL:,}; do not use this file")
    seen: set[str] = set()
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        _check_info(info, name)
        if info.filename.lower() in seen:
            raise WrongKind(f"{name} has two parts named {info.filename}; save it again in Excel")
        if info.header_offset < end:
            raise WrongKind(f"{name} has parts that overlap at {info.filename}; do not use this file")
        seen.add(info.filename.lower())
        end = info.header_offset + _LOCAL.size + info.compress_size


def _check_info(info: zipfile.ZipInfo, name: str) -> None:
    part = info.orig_filename  # what the file says, before zipfile mends it
    if part.startswith(("/", "\\")) or ":" in part or "\\" in part or "\0" in part or ".." in part.split("/"):
        raise WrongKind(f"{name} has a part named {part!r}, outside the workbook; do not use this file")
    if stat.S_ISLNK(info.external_attr >> 16):  # where zip programs of Unix keep the kind of a file
        raise WrongKind(f"{name}: part {part} is a link to another file; do not use this file")
    if info.flag_bits & _ENCRYPTED:
        raise WrongKind(f"{name}: part {part} is encrypted; remove the password and save the file again")
    if info.compress_type not in {_STORED, _DEFLATED}:
        raise WrongKind(f"{name}: part {part} is packed by method {info.compress_type}; save the file again in Excel")
    if info.file_size > MAX_PART:
        raise OutOfLimits(f"{name}: part {part} inflates to {info.file_size:,} bytes, the limit is {MAX_PART:,}")
    if info.file_size > RATIO_FREE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        ratio = info.file_size // max(info.compress_size, 1)
        raise OutOfLimits(
            f"{name}: part {part} is packed {ratio:,} to 1, the limit is {MAX_RATIO}; do not use this file"
        )


def _entry(data: bytes, info: zipfile.ZipInfo, name: str) -> Entry:
    header = data[info.header_offset : info.header_offset + _LOCAL.size]
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise WrongKind(f"{name} is damaged at part {info.filename}; fetch it again or save it again in Excel")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    start = info.header_offset + _LOCAL.size + name_length + extra_length
    raw = data[start : start + info.compress_size]
    return Entry(info.filename, info.compress_type, info.CRC, info.file_size, raw)
