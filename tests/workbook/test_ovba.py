"""The VBA project: compression and container against the specifications, and against readers that are not ours."""

import io
import struct
import time
import warnings

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbook import cfb, ovba
from workbook.functions import FUNCTIONS
from workbook.ribbon import DESCRIBE, help_module, ribbon_module
from workbook.vba import call_module, document_modules, functions_module, result_module, xlwings_modules

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # oletools calls pyparsing by its older names
    from oletools.olevba import VBA_Parser, decompress_stream

# MS-OVBA 3.2: the specification's own examples
SPECIFIED = [
    (b"abcdefghijklmnopqrstuv.", "0119B000616263646566676800696A6B6C6D6E6F70007172737475762E"),
    (
        b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
        "012FB000236161616263646582660070616768696A013808616B6C00306D6E6F700671027004107273747576107778797A003C",
    ),
    (b"a" * 73, "0103B002614500"),
]


@pytest.mark.parametrize(("text", "compressed"), SPECIFIED, ids=["nothing repeats", "usual", "best"])
def test_examples_of_the_specification(text, compressed):
    assert ovba.decompress(bytes.fromhex(compressed)) == text
    # of copies of the same length any may be taken: the lengths agree, in the second example not the bytes
    assert len(ovba.compress(text)) == len(bytes.fromhex(compressed))


# text with repetitions over several chunks, and noise: raw chunks
texts = st.one_of(
    st.binary(max_size=600),
    st.lists(st.sampled_from([b"Dim x As Variant\r\n", b"    x = x + 1\r\n", b"'", b"\0" * 50]), max_size=900).map(
        b"".join
    ),
    st.integers(0, 2**32).flatmap(
        lambda seed: st.integers(1, 3).map(lambda chunks: _noise(seed, chunks * 4096)),
    ),
)


def _noise(seed: int, length: int) -> bytes:
    import random

    return random.Random(seed).randbytes(length)  # noqa: S311


@settings(deadline=None)
@given(texts)
def test_decompress_undoes_compress_and_oletools_agrees(data):
    compressed = ovba.compress(data)
    assert ovba.decompress(compressed) == data
    assert bytes(decompress_stream(bytearray(compressed))) == data


@settings(deadline=None)
@given(st.integers(3642, 4095), st.integers(0, 2**32))
def test_a_last_chunk_of_noise_is_stored_raw_and_filled_with_zeros(length, seed):
    data = _noise(seed, length)
    restored = ovba.decompress(ovba.compress(data))
    assert restored in {data, data.ljust(4096, b"\0")}
    assert restored[:length] == data


def test_raw_chunks_have_the_header_of_the_specification():
    compressed = ovba.compress(_noise(1, 4096))
    assert compressed[:3] == bytes.fromhex("01ff3f")  # size 4098 - 3, signature 0b011, not compressed
    assert len(compressed) == 1 + 2 + 4096


@pytest.mark.parametrize(
    "data", [b"", b"\2abc", bytes.fromhex("0102b0010000")], ids=["nothing", "no signature", "copy of nothing"]
)
def test_decompress_refuses_what_is_not_compressed(data):
    with pytest.raises(ValueError, match=r"not compressed|before the start"):
        ovba.decompress(data)


def test_time_grows_with_the_length_and_not_with_its_square():
    def seconds(data: bytes) -> float:
        start = time.perf_counter()
        ovba.compress(data)
        return time.perf_counter() - start

    for pattern in (b"a", b"ab" * 40 + b"c", bytes(range(256))):
        short = min(seconds((pattern * 20_000)[:20_000]) for _ in range(3))
        long = min(seconds((pattern * 160_000)[:160_000]) for _ in range(3))
        assert long < 8 * short * 3  # eight times the text


streams = st.dictionaries(
    st.text("abcXYZ_019", min_size=1, max_size=31).map(lambda n: f"VBA/{n}"),
    st.one_of(st.binary(max_size=200), st.integers(0, 9000).map(bytes), st.just(b"x" * 4096), st.just(b"y" * 4095)),
    max_size=40,
)


@settings(deadline=None)
@given(streams)
def test_olefile_reads_every_stream_back(content):
    upper = {name.upper() for name in content}
    if len(upper) < len(content):  # names differ in more than case in a compound file
        content = {name: data for name, data in content.items() if name == name.upper()}
    with olefile.OleFileIO(io.BytesIO(cfb.write(content)), raise_defects=olefile.DEFECT_POTENTIAL) as file:
        assert sorted("/".join(p) for p in file.listdir()) == sorted(content)
        for name, data in content.items():
            assert file.openstream(name).read() == data


@settings(deadline=None)
@given(st.integers(0, 200))
def test_siblings_form_a_red_black_tree(count):
    """Every path from the root has as many black entries, and no red entry has a red child."""
    data = cfb.write({f"s{i}": b"x" for i in range(count)})
    entries = _directory_entries(data)
    assert len(set(_black_heights(entries, entries[0]["child"], parent_red=False))) == 1


def _directory_entries(data: bytes) -> list[dict[str, int]]:
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        directory = file.directory_fp
        directory.seek(0)
        raw = directory.read()
    names = ("color", "left", "right", "child")
    return [dict(zip(names, struct.unpack_from("<BIII", raw, i + 67), strict=True)) for i in range(0, len(raw), 128)]


def _black_heights(entries, index: int, *, parent_red: bool) -> list[int]:
    if index == 0xFFFFFFFF:
        return [0]
    entry = entries[index]
    red = entry["color"] == 0
    assert not (red and parent_red)
    below = [h for side in ("left", "right") for h in _black_heights(entries, entry[side], parent_red=red)]
    return [h + (not red) for h in below]


def test_several_sectors_of_the_allocation_table():
    content = {"VBA/big": _noise(2, 300_000), "VBA/small": b"x"}
    data = cfb.write(content)
    (fat_sectors,) = struct.unpack_from("<I", data, 44)
    assert fat_sectors > 1
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        assert file.openstream("VBA/big").read() == content["VBA/big"]


def test_what_does_not_fit_a_compound_file_is_refused():
    with pytest.raises(ValueError, match="1 to 31 characters"):
        cfb.write({"x" * 32: b""})
    with pytest.raises(ValueError, match="109 table sectors"):
        cfb.write({"x": bytes(8_000_000)})


def our_modules() -> list[ovba.Module]:
    own = [functions_module(FUNCTIONS), call_module(), result_module(), ribbon_module(), help_module(FUNCTIONS)]
    return [*document_modules(3, DESCRIBE), *xlwings_modules(addin=True), *own]


def test_olevba_reads_our_project_byte_for_byte():
    modules = our_modules()
    parser = VBA_Parser("vbaProject.bin", ovba.project(modules))
    sources = {stream.rpartition("/")[2]: code for _, stream, _, code in parser.extract_macros()}
    parser.close()
    assert sources == {m.name: m.source.replace("\r\n", "\n").replace("\n", "\r\n") for m in modules}


def test_same_modules_same_bytes():
    assert ovba.project(our_modules()) == ovba.project(our_modules())


def test_letters_of_windows_1252_are_kept_and_others_refused():
    text = 'Attribute VB_Name = "m"\n\' Kosten in € für Zürich, naïve Schätzung\n'
    parser = VBA_Parser("vbaProject.bin", ovba.project([ovba.Module("m", "procedural", text)]))
    ((_, _, _, code),) = parser.extract_macros()
    parser.close()
    assert code == text.replace("\n", "\r\n")
    with pytest.raises(ValueError, match=r"module m, line 3: '≥' \(U\+2265\) is not in Windows-1252"):
        ovba.project([ovba.Module("m", "procedural", text + "' ≥ 0\n")])


def test_protection_fields_decrypt_to_an_open_project():
    """Decryption as MS-OVBA 2.4.3.3 has it: not protected, no password, visible."""
    with olefile.OleFileIO(io.BytesIO(ovba.project(our_modules()))) as file:
        lines = file.openstream("PROJECT").read().decode("cp1252").split("\r\n")
    fields = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("&"))
    project_id = fields["ID"].strip('"')
    values = {name: _decrypted(bytes.fromhex(fields[name].strip('"')), project_id) for name in ("CMG", "DPB", "GC")}
    assert values == {"CMG": bytes(4), "DPB": b"\0", "GC": b"\xff"}


def _decrypted(data: bytes, project_id: str) -> bytes:
    seed, version, key = data[0], data[0] ^ data[1], data[0] ^ data[2]
    assert version == 2
    assert key == sum(project_id.encode()) & 0xFF
    plain = [key]
    encrypted = data[1:]  # byte n is masked with byte n - 2 as stored and byte n - 1 in plain
    for n in range(2, len(encrypted)):
        plain.append(encrypted[n] ^ ((encrypted[n - 2] + plain[-1]) & 0xFF))
    body = bytes(plain[1 + (seed & 6) // 2 :])
    (length,) = struct.unpack_from("<I", body)
    assert len(body) == 4 + length
    return body[4:]
