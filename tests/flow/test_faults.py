"""Nothing is lost and nothing counted twice, whatever fails; and the page says what is seen here."""

import pytest

from tests.flow.fault_page import DOC, run, text
from tests.flow.faults import FAULTS, Fault


@pytest.mark.parametrize("chosen", FAULTS, ids=lambda chosen: chosen.id)
def test_nothing_is_lost(chosen: Fault) -> None:
    """`run` itself looks that each event is in raw and counted once, at the latest by a rebuild."""
    row = run(chosen)
    # A client is told 2xx in the end, and before that nothing that would make it drop its events.
    told = row.client.split(", then ")
    assert told[-1].startswith("200") or "does not try again" in chosen.title
    assert all(status.startswith(("503", "no answer")) for status in told[:-1]), "it would drop its events"


@pytest.mark.parametrize("chosen", [fault for fault in FAULTS if "S3" not in fault.title], ids=lambda chosen: chosen.id)
def test_while_one_way_is_left_nobody_is_refused(chosen: Fault) -> None:
    assert "503" not in run(chosen).client


def test_the_page_says_what_is_seen() -> None:
    assert DOC.read_text() == text(), "run `make faults`"
