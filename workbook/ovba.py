"""A VBA project (MS-OVBA) from source text: compression, the dir stream, PROJECT, packed as vbaProject.bin.

Excel compiles the sources when it opens the file: the stream _VBA_PROJECT says that there is no compiled code.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbook import cfb

_CHUNK = 4096  # bytes of text compressed together
_SHORTEST_COPY = 3
_CANDIDATES = 32  # earlier places tried for a copy: bounds the time, costs next to nothing in size
_PROJECT_ID = "{6D1A4B52-7C0E-4F43-9B57-2E8D5A3C9F10}"
_OFFICE = (
    r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL"
    "#Microsoft Office 16.0 Object Library"
)
_REFERENCES = (
    ("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    ("Office", _OFFICE),
)
_PROJECT_LINES = {"procedural": "Module={}", "class": "Class={}", "document": "Document={}/&H00000000"}


@dataclass(frozen=True)
class Module:
    """A module of the project.

    Attributes
    ----------
    kind : str
        ``procedural``, ``class`` or ``document`` (the workbook and its sheets).
    source : str
        Text with its ``Attribute`` lines, as the editor exports it.
    """

    name: str
    kind: str
    source: str


def project(modules: Sequence[Module], name: str = "VBAProject") -> bytes:
    """Return vbaProject.bin with these modules; the same modules give the same bytes.

    Raises
    ------
    ValueError
        When a source holds a character outside Windows-1252, the code page of the project: module, line and character
        are named.
    """
    encoded = {m.name: _encoded(m) for m in modules}
    streams = {
        "PROJECT": _project_stream(modules, name).encode("cp1252"),
        "PROJECTwm": b"".join(_both_names(m.name) for m in modules) + b"\0\0",
        "VBA/_VBA_PROJECT": bytes.fromhex("cc61ffff000000"),
        "VBA/dir": compress(_dir_stream(modules, name)),
    }
    return cfb.write(streams | {f"VBA/{m.name}": compress(encoded[m.name]) for m in modules})


def compress(data: bytes) -> bytes:
    """Compress as MS-OVBA 2.4.1 asks; time grows with the length.

    A chunk that copying does not shorten is stored raw. Raw chunks are always 4,096 bytes: a last chunk of noise gets
    zeros at its end, as the format has it (program text always compresses).

    >>> compress(b"a" * 73).hex(" ")  # example 3.2.3 of the specification
    '01 03 b0 02 61 45 00'
    """
    chunks = (data[i : i + _CHUNK] for i in range(0, len(data), _CHUNK))
    return b"\1" + b"".join(_compressed_chunk(c) for c in chunks)


def decompress(data: bytes) -> bytes:
    """Undo `compress`.

    Raises
    ------
    ValueError
        When the data are not compressed as MS-OVBA asks.

    Examples
    --------
    >>> decompress(compress(b"Sub A()"))
    b'Sub A()'
    """
    if data[:1] != b"\1":
        msg = "not compressed: the first byte of an MS-OVBA container is 1"
        raise ValueError(msg)
    out, position = bytearray(), 1
    while position < len(data):
        (header,) = struct.unpack_from("<H", data, position)
        end = position + (header & 0xFFF) + 3
        body = data[position + 2 : end]
        out += _decompressed_chunk(body) if header & 0x8000 else body
        position = end
    return bytes(out)


def _compressed_chunk(chunk: bytes) -> bytes:
    body = bytearray()
    tokens = list(_tokens(chunk))
    for i in range(0, len(tokens), 8):
        group = tokens[i : i + 8]
        body.append(sum(1 << bit for bit, token in enumerate(group) if len(token) == 2))  # noqa: PLR2004  a copy
        body += b"".join(group)
    if len(body) > _CHUNK:
        return struct.pack("<H", 0x3000 | (_CHUNK - 1)) + chunk.ljust(_CHUNK, b"\0")
    return struct.pack("<H", 0xB000 | (len(body) - 1)) + bytes(body)


def _tokens(chunk: bytes) -> Iterator[bytes]:
    """Give a chunk as literal bytes (1 byte) and copies of earlier text (2 bytes: offset and length)."""
    seen: defaultdict[bytes, list[int]] = defaultdict(list)  # every place at which three bytes occur
    position = 0
    while position < len(chunk):
        offset_bits = _offset_bits(position)
        longest = (0xFFFF >> offset_bits) + _SHORTEST_COPY
        start, length = _best_match(chunk, position, seen[chunk[position : position + 3]], longest)
        if length < _SHORTEST_COPY:
            yield chunk[position : position + 1]
            length = 1
        else:
            yield struct.pack("<H", (position - start - 1) << (16 - offset_bits) | (length - _SHORTEST_COPY))
        for i in range(position, position + length):
            seen[chunk[i : i + 3]].append(i)
        position += length


def _best_match(chunk: bytes, position: int, places: Sequence[int], longest: int) -> tuple[int, int]:
    best, best_length = 0, 0
    limit = min(longest, len(chunk) - position)
    for place in reversed(places[-_CANDIDATES:]):
        length = 0
        while length < limit and chunk[place + length] == chunk[position + length]:
            length += 1
        if length > best_length:
            best, best_length = place, length
    return best, best_length


def _offset_bits(position: int) -> int:
    """Bits of the offset in a copy token: the fewest, but 4, that reach back to the start of the chunk."""
    return max(4, (position - 1).bit_length())


def _decompressed_chunk(body: bytes) -> bytes:
    out, position = bytearray(), 0
    while position < len(body):
        flags, position = body[position], position + 1
        for bit in range(8):
            if position >= len(body):
                break
            if not flags >> bit & 1:
                out.append(body[position])
                position += 1
                continue
            (token,) = struct.unpack_from("<H", body, position)
            offset_bits = _offset_bits(len(out))
            start = len(out) - (token >> (16 - offset_bits)) - 1
            if start < 0:
                msg = "a copy token points before the start of its chunk"
                raise ValueError(msg)
            for i in range((token & 0xFFFF >> offset_bits) + _SHORTEST_COPY):
                out.append(out[start + i])  # byte by byte: a copy may overlap itself
            position += 2
    return bytes(out)


def _encoded(module: Module) -> bytes:
    lines = module.source.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        try:
            line.encode("cp1252")
        except UnicodeEncodeError as error:
            character = line[error.start]
            msg = (
                f"VBA module {module.name}, line {number}: {character!r} (U+{ord(character):04X}) is not in "
                "Windows-1252, the code page of the project; write it with ChrW() or in plain letters"
            )
            raise ValueError(msg) from None
    return "\r\n".join(lines).encode("cp1252")


def _dir_stream(modules: Sequence[Module], name: str) -> bytes:
    """Describe project, references and modules: records of id, size, content (MS-OVBA 2.3.4.2)."""
    information = [
        _record(0x01, struct.pack("<I", 3)),  # 64-bit Windows
        _record(0x02, struct.pack("<I", 0x409)),
        _record(0x14, struct.pack("<I", 0x409)),
        _record(0x03, struct.pack("<H", 1252)),
        _record(0x04, name.encode("cp1252")),
        _record(0x05) + _record(0x40),  # description
        _record(0x06) + _record(0x3D),  # help file
        _record(0x07, bytes(4)),
        _record(0x08, bytes(4)),
        struct.pack("<HIIH", 0x09, 4, 1, 1),  # version 1.1; the size field of this record is fixed and not its size
        _record(0x0C) + _record(0x3C),  # constants of conditional compilation
    ]
    references = [
        _named(0x16, 0x3E, reference)
        + _record(0x0D, struct.pack("<I", len(library)) + library.encode("cp1252") + bytes(6))
        for reference, library in _REFERENCES
    ]
    count = [_record(0x0F, struct.pack("<H", len(modules))), _record(0x13, b"\xff\xff")]
    return b"".join([*information, *references, *count, *map(_module_records, modules), _record(0x10)])


def _module_records(module: Module) -> bytes:
    kind = 0x21 if module.kind == "procedural" else 0x22
    return b"".join(
        [
            _record(0x19, module.name.encode("cp1252")) + _record(0x47, module.name.encode("utf-16-le")),
            _named(0x1A, 0x32, module.name),  # its stream
            _record(0x1C) + _record(0x48),  # description
            _record(0x31, bytes(4)),  # the source starts at 0: no compiled code before it
            _record(0x1E, bytes(4)),
            _record(0x2C, b"\xff\xff"),
            _record(kind),
            _record(0x2B),
        ]
    )


def _named(narrow: int, wide: int, name: str) -> bytes:
    return _record(narrow, name.encode("cp1252")) + _record(wide, name.encode("utf-16-le"))


def _record(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HI", number, len(content)) + content


def _both_names(name: str) -> bytes:
    return name.encode("cp1252") + b"\0" + name.encode("utf-16-le") + b"\0\0"


def _project_stream(modules: Sequence[Module], name: str) -> str:
    lines = [
        f'ID="{_PROJECT_ID}"',
        *(_PROJECT_LINES[m.kind].format(m.name) for m in modules),
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_encrypted(bytes(4), seed=0x35)}"',  # not protected
        f'DPB="{_encrypted(bytes(1), seed=0x2B)}"',  # no password
        f'GC="{_encrypted(bytes([255]), seed=0x51)}"',  # visible
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{m.name}=0, 0, 0, 0, C" for m in modules),
        "",
    ]
    return "\r\n".join(lines)


def _encrypted(data: bytes, seed: int) -> str:
    """Encrypt a field of PROJECT (MS-OVBA 2.4.3.2); the format wants it, it hides nothing. The seed is any byte."""
    key = sum(_PROJECT_ID.encode("ascii")) & 0xFF
    out = [seed, seed ^ 2, seed ^ key]
    older, newer, plain = out[1], out[2], key
    for byte in bytes((seed & 6) // 2) + struct.pack("<I", len(data)) + data:
        older, newer, plain = newer, byte ^ ((older + plain) & 0xFF), byte
        out.append(newer)
    return "".join(f"{byte:02X}" for byte in out)
