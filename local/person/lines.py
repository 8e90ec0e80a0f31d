"""Lines of an object taken out, or read; every other line stays byte for byte, in its order. Pure but for files."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from local.stored.objects import Change, Edit

_GZIP: Final = b"\x1f\x8b"

Stream = BinaryIO | gzip.GzipFile
Mine = Callable[[bytes], bool]


def without(mine: Mine) -> Edit:
    """An edit that takes out the lines for which `mine` holds. An object that was gzip is gzip again.

    Raises OSError, EOFError, zlib.error for an object that cannot be unpacked to its end.
    """

    def edit(before: Path, after: Path) -> Change:
        taken = left = 0
        with _open(before) as lines, _create(after, packed=_is_packed(before)) as kept:
            for line in lines:
                if mine(line):
                    taken += 1
                else:
                    kept.write(line)
                    left += 1
        return Change(taken, left)

    return edit


def read(file: Path, mine: Mine) -> Iterator[bytes]:
    """The lines for which `mine` holds, as they stand, without their line's end."""
    with _open(file) as lines:
        for line in lines:
            if mine(line):
                yield line.removesuffix(b"\n")


def _is_packed(file: Path) -> bool:
    # By content, not by name: the emulator's Firehose names objects .gz and leaves them plain.
    with file.open("rb") as stream:
        return stream.read(2) == _GZIP


def _open(file: Path) -> Stream:
    return gzip.open(file) if _is_packed(file) else file.open("rb")


@contextmanager
def _create(file: Path, *, packed: bool) -> Iterator[Stream]:
    with file.open("wb") as stream:
        if packed:
            with gzip.GzipFile("", "wb", 6, stream, mtime=0) as lines:
                yield lines
        else:
            yield stream
