"""Raw objects as S3 gives them: compressed or plain, slow, damaged or gone."""

import gzip
import random as chance
from collections.abc import Sequence
from typing import Any

import pytest

from lambdas.rebuild.source import DamagedError, GoneError, Objects, UnreadableError
from tests.fakes import FakeAws, FakeClock


class Bucket(FakeAws):
    def __init__(self, clock: FakeClock, held: dict[str, bytes]) -> None:
        super().__init__(clock)
        self.held = held

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        self.calls.append({"Key": Key})
        self._fault()
        return {"Body": Body(self.held[Key])}


class Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data


def bucket(data: bytes = b"", faults: Sequence[Any] = (), always: Any = None) -> tuple[Objects, Bucket]:
    clock = FakeClock()
    client: Any = Bucket(clock, {"raw/1": data})
    client.faults, client.always = list(faults), always
    return Objects(client, "lake", clock.patience()), client


LINES = [b'{"a":1}\n', '{"b":"ñ"}\n'.encode()]


@pytest.mark.parametrize(
    "data",
    [
        b"".join(LINES),
        gzip.compress(b"".join(LINES)),
        gzip.compress(LINES[0]) + gzip.compress(LINES[1]),
        b"".join(LINES).replace(b"\n", b"\n\n"),
    ],
    ids=["plain", "gzip", "members", "empty lines"],
)
def test_lines_come_out_of_whatever_form(data: bytes) -> None:
    assert list(bucket(data)[0].lines("raw/1")) == LINES


@pytest.mark.parametrize("harm", ["cut", "bits"])
def test_a_damaged_object_gives_what_comes_before(harm: str) -> None:
    # Random text, so that half of it is more than the one block gzip would hold back.
    random = chance.Random(1)
    good = [b"%032x\n" % random.getrandbits(128) for _ in range(20_000)]
    data = gzip.compress(b"".join(good))
    half = len(data) // 2
    data = data[:half] if harm == "cut" else data[:half] + bytes(200) + data[half + 200 :]
    got: list[bytes] = []
    with pytest.raises(DamagedError):
        got.extend(bucket(data)[0].lines("raw/1"))
    assert len(got) > 1_000
    assert got[:1_000] == good[:1_000]


def test_s3_is_asked_again() -> None:
    found, client = bucket(LINES[0], faults=["SlowDown", "hang", "InternalError"])
    assert list(found.lines("raw/1")) == LINES[:1]
    assert len(client.calls) == 4


@pytest.mark.parametrize(("fault", "calls"), [("AccessDenied", 1), ("SlowDown", 5)])
def test_in_the_end_it_is_unreadable(fault: str, calls: int) -> None:
    found, client = bucket(always=fault)
    with pytest.raises(UnreadableError):
        list(found.lines("raw/1"))
    assert len(client.calls) == calls


def test_an_object_that_went_away_is_gone() -> None:
    with pytest.raises(GoneError):
        list(bucket(always="NoSuchKey")[0].lines("raw/1"))
