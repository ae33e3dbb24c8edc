"""Compound files (MS-CFB version 3): the container of a VBA project. Same streams, same bytes: no dates are written."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR, _MINI_SECTOR, _CUTOFF = 512, 64, 4096  # streams shorter than the cutoff live in the mini stream
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_ENTRIES_PER_FAT = _SECTOR // 4
_FAT_IN_HEADER = 109  # more would need DIFAT sectors: a file of 7 MB, which no project of ours reaches
_NAME_LIMIT = 31


@dataclass
class _Entry:
    """A directory entry; links are indices into the directory."""

    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    color: int = _BLACK
    start: int = 0
    size: int = 0


def write(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file with these streams.

    Parameters
    ----------
    streams : mapping of str to bytes
        Content by path; ``VBA/dir`` is the stream ``dir`` in the storage ``VBA``.

    Raises
    ------
    ValueError
        When a name is longer than 31 characters or holds a forbidden one, or the file exceeds 7 MB.

    Examples
    --------
    >>> write({"VBA/dir": b"x"})[:8].hex()
    'd0cf11e0a1b11ae1'
    """
    entries = _directory(streams)
    sectors, fat = bytearray(), list[int]()
    mini, mini_fat = bytearray(), list[int]()
    for entry in entries:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            small = entry.size < _CUTOFF
            entry.start = (
                _append(mini, mini_fat, entry.data, _MINI_SECTOR)
                if small
                else _append(sectors, fat, entry.data, _SECTOR)
            )
    entries[0].start, entries[0].size = _append(sectors, fat, bytes(mini), _SECTOR), len(mini)
    mini_fat_start = _append(sectors, fat, _numbers(mini_fat), _SECTOR, b"\xff")
    directory_start = _append(sectors, fat, _packed_directory(entries), _SECTOR)
    fat_start = len(fat)
    fat_count = _fat_sectors(fat_start)
    fat += [_FAT] * fat_count
    fat += [_FREE] * (fat_count * _ENTRIES_PER_FAT - len(fat))
    locations = [*range(fat_start, fat_start + fat_count), *[_FREE] * (_FAT_IN_HEADER - fat_count)]
    header = (
        struct.pack("<8s16x5H6x", bytes.fromhex("d0cf11e0a1b11ae1"), 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<5I", 0, fat_count, directory_start, 0, _CUTOFF)
        + struct.pack("<4I", mini_fat_start, -(-len(mini_fat) // _ENTRIES_PER_FAT), _END, 0)
        + _numbers(locations)
    )
    return header + bytes(sectors) + _numbers(fat)


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    entries = [_Entry("Root Entry", _ROOT)]
    storages = {"": 0}
    for path, data in streams.items():
        folder, _, name = path.rpartition("/")
        if folder not in storages:
            storages[folder] = _add(entries, 0, _Entry(folder, _STORAGE))
        _add(entries, storages[folder], _Entry(name, _STREAM, data))
    for entry in entries:
        ordered = sorted(entry.children, key=lambda i: _order(entries[i].name))
        entry.child = _tree(entries, ordered, 0, len(ordered).bit_length() - 1)
    return entries


def _add(entries: list[_Entry], parent: int, entry: _Entry) -> int:
    if not 0 < len(entry.name) <= _NAME_LIMIT or set(entry.name) & set("/\\:!"):
        msg = f'"{entry.name}" is no name for a stream: 1 to {_NAME_LIMIT} characters without / \\ : !'
        raise ValueError(msg)
    entries.append(entry)
    entries[parent].children.append(len(entries) - 1)
    return len(entries) - 1


def _order(name: str) -> tuple[int, str]:
    """Siblings are ordered by length first, then by upper-case characters."""
    return len(name), name.upper()


def _tree(entries: list[_Entry], ordered: Sequence[int], depth: int, deepest: int) -> int:
    """Link sorted siblings as a balanced red-black tree: all levels are full but the last, which is red."""
    if not ordered:
        return _FREE
    middle = len(ordered) // 2
    entry = entries[ordered[middle]]
    entry.color = _RED if depth == deepest and depth > 0 else _BLACK
    entry.left = _tree(entries, ordered[:middle], depth + 1, deepest)
    entry.right = _tree(entries, ordered[middle + 1 :], depth + 1, deepest)
    return ordered[middle]


def _append(sectors: bytearray, fat: list[int], data: bytes, size: int, filler: bytes = b"\0") -> int:
    """Add data to the sectors and its chain to the table, and return the first sector."""
    if not data:
        return _END
    first, count = len(fat), -(-len(data) // size)
    sectors += data.ljust(count * size, filler)
    fat += [*range(first + 1, first + count), _END]
    return first


def _fat_sectors(others: int) -> int:
    """Count the sectors of the allocation table, which lists itself too."""
    count = 1
    while others + count > count * _ENTRIES_PER_FAT:
        count += 1
    if count > _FAT_IN_HEADER:
        msg = f"a compound file of {others * _SECTOR} bytes: above the {_FAT_IN_HEADER} table sectors of the header"
        raise ValueError(msg)
    return count


def _packed_directory(entries: Sequence[_Entry]) -> bytes:
    packed = b"".join(_packed_entry(e) for e in entries)
    unused = struct.pack("<68x3I48x", _FREE, _FREE, _FREE)
    return packed + unused * (-len(entries) % (_SECTOR // 128))


def _packed_entry(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    links = struct.pack("<HBB3I", len(name), entry.kind, entry.color, entry.left, entry.right, entry.child)
    return name.ljust(64, b"\0") + links + struct.pack("<36xIQ", entry.start, entry.size)


def _numbers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)
