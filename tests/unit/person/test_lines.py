"""Every line that is not the person's stays byte for byte, whatever stands in it."""

import base64
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambdas.common.event import to_line
from local.person import lines
from local.person.who import Person
from local.stored.objects import Change
from tests.builders import SITE, event

IDS = st.sampled_from(["u1", "u11", 'q"uote', "back\\slash", "tab\t", "茶", "a'b", "1"])


def raw_line(uid: str, si: str, text: str, escaped: bool) -> bytes:
    line = to_line(event(uid=uid, si=si, sid=text[:20], props={"text": text}))
    return json.dumps(json.loads(line)).encode() + b"\n" if escaped else line


def packed_record(*inner: bytes, **more: Any) -> bytes:
    """As Firehose keeps what it could not write."""
    data = base64.b64encode(b"".join(inner)).decode()
    return json.dumps({"attemptsMade": 4, "errorCode": "500", "rawData": data, **more}).encode() + b"\n"


def test_what_firehose_could_not_write_is_read_and_edited_within(tmp_path: Path) -> None:
    hers, his = (to_line(event(number, uid=uid)) for number, uid in enumerate(("u1", "u2")))
    records = [packed_record(hers, his, hers), packed_record(hers), packed_record(his), b'{"rawData": "?"}\n', hers]
    person = Person(frozenset({"u1"}))
    change, after = edited(b"".join(records), person)
    assert after == b"".join([packed_record(his), *records[2:4]])
    assert change == Change(4, 3)
    (tmp_path / "object").write_bytes(b"".join(records))
    assert list(lines.read(tmp_path / "object", person.has_line)) == [hers.strip()] * 4


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
EVENTS = st.tuples(IDS, st.sampled_from([SITE, "other"]), TEXTS, st.booleans())
# What somebody else put there: torn, empty, binary, without an end.
NOISE = st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"") + b"\n")


def edited(data: bytes, person: Person) -> tuple[Change, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        before.write_bytes(data)
        change = lines.without(person.has_line)(before, after)
        return change, after.read_bytes()


@given(
    rows=st.lists(st.one_of(EVENTS, NOISE), max_size=12),
    uid=IDS,
    si=st.sampled_from([None, SITE]),
    packed=st.booleans(),
    ends=st.booleans(),
)
@example(rows=[b"\x1f\x8b\n"], uid="1", si=None, packed=True, ends=True)
def test_every_other_line_stays_byte_for_byte(
    rows: list[tuple[str, str, str, bool] | bytes], uid: str, si: str | None, packed: bool, ends: bool
) -> None:
    whole = [row if isinstance(row, bytes) else raw_line(*row) for row in rows]
    hers = [not isinstance(row, bytes) and row[0] == uid and si in (None, row[1]) for row in rows]
    if whole and not ends and whole[-1] != b"\n":
        whole[-1] = whole[-1].removesuffix(b"\n")
    if not packed and b"".join(whole).startswith(b"\x1f\x8b"):
        return  # is gzip by its first bytes, and so damaged
    data = b"".join(whole)
    change, after = edited(gzip.compress(data) if packed else data, Person(frozenset({uid}), si))
    assert change == Change(sum(hers), len(whole) - sum(hers))
    left = b"".join(line for line, is_hers in zip(whole, hers, strict=True) if not is_hers)
    assert (gzip.decompress(after) if packed else after) == left


def test_members_that_somebody_joined_are_read_to_the_end() -> None:
    hers, his = to_line(event(1, uid="u1")), to_line(event(2, uid="u2"))
    change, after = edited(gzip.compress(his) + gzip.compress(hers + his), Person(frozenset({"u1"})))
    assert (change, gzip.decompress(after)) == (Change(1, 2), his + his)


def test_what_is_torn_is_an_error() -> None:
    with pytest.raises(EOFError):
        edited(gzip.compress(to_line(event()) * 100)[:-9], Person(frozenset({"u1"})))
