"""Lines of an object taken out, or read; every other line stays byte for byte, in its order. Pure but for files.

What Firehose could not write stands in lines of its own, a record's lines in base64 in each:
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
"""

import base64
import binascii
import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from local.stored.objects import Change, Edit

_GZIP: Final = b"\x1f\x8b"
_WRAPPED: Final = b'"rawData"'

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
                record, inner = _unpack(line)
                others = [one for one in inner if not mine(one)]
                taken += len(inner) - len(others)
                left += len(others)
                kept.write(line if len(others) == len(inner) else _pack(record, others))
        return Change(taken, left)

    return edit


def read(file: Path, mine: Mine) -> Iterator[bytes]:
    """The lines for which `mine` holds, as they stand, without their line's end."""
    with _open(file) as lines:
        for line in lines:
            yield from (one.removesuffix(b"\n") for one in _unpack(line)[1] if mine(one))


def _unpack(line: bytes) -> tuple[dict[str, Any] | None, list[bytes]]:
    """The record of Firehose's around it, and its lines; the line itself where there is none."""
    if _WRAPPED in line:
        try:
            record = json.loads(line)
            if isinstance(record, dict) and isinstance(record.get("rawData"), str):
                inner = list(io.BytesIO(base64.b64decode(record["rawData"], validate=True)))
                return (record, inner) if inner else (None, [line])
        except (ValueError, RecursionError, binascii.Error):
            pass
    return None, [line]


def _pack(record: dict[str, Any] | None, lines: list[bytes]) -> bytes:
    data = b"".join(lines)
    if record is None or not lines:
        return data
    return json.dumps({**record, "rawData": base64.b64encode(data).decode()}).encode() + b"\n"


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
