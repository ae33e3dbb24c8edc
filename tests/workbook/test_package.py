"""The zip layer: what did not change is copied as it is, hostile or damaged files are refused by name."""

import importlib.util
import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError, NotAvailable, OutOfLimits, WrongKind
from workbook.package import MAX_ENTRIES, MAX_PART, Entry, Package, deflated, pack, write_atomic

TYPES = deflated("[Content_Types].xml", b"<Types/>")


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PARTS = {"[Content_Types].xml": b"<Types/>", "xl/a.xml": b"<a>" + b"x" * 5000 + b"</a>", "xl/media/ü.png": b"\x89PNG"}


def raw_entries(data: bytes) -> dict[str, bytes]:
    """Deflated bytes of every part, read independently of our reader."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
            start = info.header_offset + 30 + name + extra
            found[info.filename] = data[start : start + info.compress_size]
    return found


def test_unchanged_parts_keep_their_deflated_bytes():
    data = zipped(PARTS)
    written = Package.read(data, "t.xlsx").write({"xl/a.xml": b"<a/>"})
    before, after = raw_entries(data), raw_entries(written)
    assert list(after) == list(PARTS)
    assert {n for n in PARTS if before[n] != after[n]} == {"xl/a.xml"}
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert archive.read("xl/a.xml") == b"<a/>"
        assert archive.read("xl/media/ü.png") == b"\x89PNG"
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_change_that_changes_nothing_keeps_the_designers_compression():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content * 3)
    data = buffer.getvalue()
    written = Package.read(data, "t.xlsx").write({"xl/a.xml": PARTS["xl/a.xml"] * 3})
    assert raw_entries(written) == raw_entries(data)


def test_parts_are_added_and_dropped():
    package = Package.read(zipped(PARTS), "t.xlsx")
    again = Package.read(package.write({"xl/new.xml": b"<n/>"}, drop=["xl/a.xml"]), "u.xlsx")
    assert again.names == ("[Content_Types].xml", "xl/media/ü.png", "xl/new.xml")
    assert again.part("xl/new.xml") == b"<n/>"


def test_same_parts_same_bytes():
    changes = {"xl/a.xml": b"<a>1</a>"}
    assert Package.read(zipped(PARTS)).write(changes) == Package.read(zipped(PARTS)).write(changes)


def encrypted() -> bytes:
    data = bytearray(zipped(PARTS))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offset = archive.start_dir
    data[offset + 8] |= 1  # flag bit 0 of the first entry of the central directory
    return bytes(data)


def stated_smaller() -> bytes:
    """A part that inflates to more than it says."""
    honest = deflated("xl/a.xml", b"0" * 1_000_000)
    return pack([TYPES, Entry("xl/a.xml", 8, zlib.crc32(b"0" * 10), 10, honest.raw)])


def overlapping() -> bytes:
    """Two entries of the directory on one and the same part."""
    data = pack([TYPES, deflated("xl/a.xml", b"<a/>")])
    directory = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    record = data[directory : data.index(b"PK\5\6")].replace(b"xl/a.xml", b"xl/b.xml")
    body = data[: data.index(b"PK\5\6")] + record
    start = data.index(b"PK\1\2")
    return body + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(body) - start, start, 0)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def link() -> bytes:
    """A zip entry that Unix unpacks as a link to another file."""
    info = zipfile.ZipInfo("xl/link.xml")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO(zipped(PARTS))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


REFUSED = {
    "empty": (b"", WrongKind, "is empty; fetch it again"),
    "text": (b"customer;users\n1;2\n", WrongKind, "is not a workbook"),
    "xls": (OLE, WrongKind, "Excel 97-2003 file; save it in Excel as .xlsx"),
    "password": (OLE + "EncryptedPackage".encode("utf-16-le"), WrongKind, "has a password; remove it"),
    "cut off": (zipped(PARTS)[:-100], WrongKind, "damaged or cut off"),
    "no workbook": (zipped({"readme.txt": b"hello"}), WrongKind, "is a zip file but not a workbook"),
    "encrypted": (encrypted(), WrongKind, "is encrypted; remove the password"),
    "parent folder": (pack([TYPES, deflated("xl/../../x", b"")]), WrongKind, "outside the workbook"),
    "root folder": (pack([TYPES, deflated("/etc/x", b"")]), WrongKind, "outside the workbook"),
    "backslash": (pack([TYPES, deflated("xl\\a.xml", b"")]), WrongKind, "outside the workbook"),
    "drive": (pack([TYPES, deflated("C:x", b"")]), WrongKind, "outside the workbook"),
    "twice": (pack([TYPES, deflated("a.xml", b""), deflated("A.xml", b"")]), WrongKind, "two parts named"),
    "overlap": (overlapping(), WrongKind, "parts that overlap at xl/"),
    "link": (link(), WrongKind, "part xl/link.xml is a link to another file"),
    "doctype in UTF-32": (pack([TYPES, deflated("a.xml", "<!DOCTYPE a>".encode("utf-32"))]), WrongKind, "DOCTYPE"),
    "method": (pack([TYPES, Entry("a.bin", 12, 0, 3, b"BZh")]), WrongKind, "packed by method 12"),
    "checksum": (pack([TYPES, Entry("a.bin", 0, 1, 3, b"abc")]), WrongKind, r"a.bin is damaged \(checksum\)"),
    "deflate": (pack([TYPES, Entry("a.bin", 8, 1, 3, b"\xff\xff\xff")]), WrongKind, "a.bin is damaged"),
    "lies about size": (stated_smaller(), WrongKind, r"damaged \(checksum\)"),
    "doctype": (pack([TYPES, deflated("a.xml", b"<!DOCTYPE a><a/>")]), WrongKind, "a.xml has a DOCTYPE"),
    "doctype in UTF-16": (pack([TYPES, deflated("a.xml", "<!DOCTYPE a>".encode("utf-16"))]), WrongKind, "DOCTYPE"),
    "ratio": (
        pack([TYPES, deflated("a.xml", b"0" * 4_000_000)]),
        OutOfLimits,
        r"packed \d,?\d+ to 1, the limit is 200",
    ),
    "part size": (
        pack([TYPES, Entry("a.xml", 8, 0, MAX_PART + 1, b"\0" * 400_000)]),
        OutOfLimits,
        "inflates to 67,108,865 bytes, the limit is 67,108,864",
    ),
    "total size": (
        pack([TYPES, *(Entry(f"{i}", 8, 0, MAX_PART, b"\0" * 400_000) for i in range(5))]),
        OutOfLimits,
        "inflates to 335,544,328 bytes, the limit is 268,435,456",
    ),
    "entries": (pack([Entry(f"{i}", 0, 0, 0, b"") for i in range(MAX_ENTRIES + 1)]), OutOfLimits, "5,001 parts"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_file_and_the_reason(case):
    data, kind, sentence = REFUSED[case]
    with pytest.raises(kind, match=sentence) as caught:
        Package.read(data, "offer.xlsx")
    assert type(caught.value) is kind
    assert str(caught.value).startswith("offer.xlsx")


def test_no_part_is_inflated_beyond_the_size_that_it_states():
    content = b"0" * 1_000_000
    lying = Entry("xl/a.xml", 8, zlib.crc32(content), 10, deflated("xl/a.xml", content).raw)
    assert len(lying.inflate()) == 10 + 1  # one more: enough to see that it lies


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(NotAvailable, match=r"nope\.xlsx does not exist"):
        Package.read(tmp_path / "nope.xlsx")
    with pytest.raises(NotAvailable, match="cannot be read"):
        Package.read(tmp_path)
    (tmp_path / "t.xlsx").write_bytes(zipped(PARTS))
    assert Package.read(tmp_path / "t.xlsx").name == "t.xlsx"


VALID = zipped(PARTS)


@given(st.integers(0, len(VALID) - 1), st.binary(min_size=1, max_size=4), st.integers(0, len(VALID)))
def test_a_damaged_file_is_read_right_or_refused_with_a_sentence(at, patch, end):
    for data in (VALID[:at] + patch + VALID[at + len(patch) :], VALID[:end]):
        try:
            package = Package.read(data, "d.xlsx")
        except EngineError as error:
            assert "d.xlsx" in str(error)  # noqa: PT017  # a result is as good as a refusal
        else:
            assert {package.part(name) for name in package.names} <= set(PARTS.values())


def test_atomic_write_replaces_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"old")
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        assert target.stat().st_mode & 0o777 == 0o666 & ~mask


def test_atomic_write_to_an_open_file(tmp_path, monkeypatch):
    def replace(_, target):
        raise PermissionError(13, "Permission denied", target)

    target = tmp_path / "a.xlsx"
    target.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", replace)  # what Windows does when Excel has the file open
    with pytest.raises(NotAvailable, match=r"close a\.xlsx and run again"):
        write_atomic(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_write_without_folder_or_onto_one(tmp_path):
    with pytest.raises(NotAvailable, match="check the folder"):
        write_atomic(tmp_path / "none" / "a.xlsx", b"x")
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(NotAvailable, match="cannot be written"):
        write_atomic(tmp_path / "folder.xlsx", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.xlsx"]


@pytest.mark.parametrize("blocked", ["isal", "nothing"])
def test_the_fast_compressor_is_optional_and_named(blocked):
    """With and without the extra "fast" the same contents; the manifest says which of the two wrote the bytes."""
    code = (
        f"import sys; sys.modules[{blocked!r}] = None; import importlib.util; from workbook import package\n"
        "data = package.pack([package.deflated('[Content_Types].xml', b'<Types/>' * 500)])\n"
        "assert package.Package.read(data).part('[Content_Types].xml') == b'<Types/>' * 500\n"
        "print(package.COMPRESSOR)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root)
    fast = blocked != "isal" and importlib.util.find_spec("isal") is not None
    assert done.stdout.startswith("isal " if fast else "zlib ")
