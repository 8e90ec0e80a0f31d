"""Packing, for any lines and any limits: within them, in order, nothing lost."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lambdas.collect.packing import FIREHOSE, KINESIS, Limits, calls, pack, partition_key
from lambdas.collect.ports import Line

LINES = st.lists(
    st.builds(
        lambda key, number, size: Line(key, (f"{number}".ljust(size, ".") + "\n").encode()),
        st.sampled_from(["a", "bé", "c" * 9]),
        st.integers(0, 999),
        st.integers(1, 40),
    ),
    max_size=40,
).map(lambda lines: [Line(line.key, str(place).encode() + b":" + line.data) for place, line in enumerate(lines)])
LIMITS = st.builds(Limits, st.integers(12, 60), st.integers(1, 5), st.integers(60, 200))


@given(LINES, LIMITS, st.booleans())
def test_records_and_calls_stay_within_the_limits_and_lose_nothing(
    lines: list[Line], limits: Limits, keyed: bool
) -> None:
    packed = pack(lines, limits, keyed=keyed)
    sent = list(calls(packed.records, limits))
    assert all(record.size <= limits.record_bytes for record in packed.records)
    assert all(len(call) <= limits.call_records for call in sent)
    assert all(sum(record.size for record in call) <= limits.call_bytes for call in sent)
    assert list(itertools.chain(*sent)) == packed.records
    for record in packed.oversized:
        assert record.data.count(b"\n") == 1
        assert record.size > limits.record_bytes
    for key in {line.key for line in lines}:
        mine = [line.data for line in lines if line.key == key]
        fitting = [data for data in mine if len(data) + (len(key.encode()) if keyed else 0) <= limits.record_bytes]
        written = b"".join(record.data for record in packed.records if not keyed or record.key == key)
        found = [data for data in written.splitlines(keepends=True) if data in mine]
        assert found == fitting
        assert {record.data for record in packed.oversized} >= set(mine) - set(fitting)


@given(LINES)
def test_as_few_records_as_possible_when_all_fits(lines: list[Line]) -> None:
    assert len(pack(lines, FIREHOSE, keyed=False).records) == (1 if lines else 0)
    assert len(pack(lines, KINESIS, keyed=True).records) == len({line.key for line in lines})


@given(LINES, LIMITS)
def test_no_two_neighbours_could_have_been_one(lines: list[Line], limits: Limits) -> None:
    records = pack(lines, limits, keyed=False).records
    for left, right in itertools.pairwise(records):
        first_of_right = right.data.split(b"\n")[0] + b"\n"
        assert left.size + len(first_of_right) > limits.record_bytes


@given(st.text(min_size=1, max_size=600), st.text(min_size=1, max_size=600))
def test_a_partition_key_fits_and_tells_keys_apart(one: str, other: str) -> None:
    assert 1 <= len(partition_key(one)) <= 256
    assert (partition_key(one) == partition_key(other)) is (one == other)
