"""The tables of the tracker's reference on browsers and on delivery are what the suite runs."""

from tests.browser import test_delivery
from tests.browser.drivers.engines import CANNOT, ENGINES
from tests.browser.scenarios import FEATURES, REFERENCE, SCENARIOS, table


def test_every_scenario_of_delivery_is_in_the_reference_and_runs_in_every_engine() -> None:
    heading, *rows = table("Delivery in every engine")
    assert [name.split()[0].lower() for name in heading[1:]] == [*ENGINES]
    assert [row[0] for row in rows] == [*SCENARIOS]
    for scenario, *cells in rows:
        assert callable(getattr(test_delivery, SCENARIOS[scenario]))
        cannot = CANNOT.get(SCENARIOS[scenario], {})
        assert cells == ["–" if engine in cannot else "11 of 11" for engine in ENGINES], scenario


def test_every_question_to_an_engine_is_in_the_reference() -> None:
    _, *rows = table("What degrades where")
    assert set(FEATURES) <= {row[0] for row in rows}


def test_what_an_engine_cannot_be_asked_is_in_the_reference_with_its_reason() -> None:
    text = REFERENCE.read_text()
    for reasons in CANNOT.values():
        for reason in reasons.values():
            assert reason in text
