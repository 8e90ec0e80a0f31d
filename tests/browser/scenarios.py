"""What the reference says of delivery and of browsers, by the tests and the questions that bear it out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "tracker.md"

# A page view and ten events in one burst: eleven of eleven arrive. Scenario, the test of test_delivery.py.
SCENARIOS: Mapping[str, str] = {
    "the page stays": "test_a_burst_is_one_request",
    "the tab is closed at once": "test_tab_closed_at_once",
    "navigation in the same tick, to another site and within the site": "test_navigation_in_the_same_tick",
    "hidden, then its process killed": "test_hidden_then_killed",
    "the whole browser killed (`SIGKILL`), a later visit": "test_killed_and_visited_later",
    "the collector answers 503 for a while": "test_503_then_well_again",
    "the collector answers 429 with `Retry-After`": "test_429_is_left_alone_for_as_long_as_it_says",
    "offline for a while": "test_offline_for_a_while",
    "offline, and reloaded": "test_offline_and_reloaded",
    "offline, closed, a later visit": "test_offline_closed_and_visited_later",
    "two tabs at once": "test_two_tabs_at_once",
    "storage blocked, missing, full, or without cookies": "test_storage_that_fails",
}

# What a browser may have or lack, and the expression that tells.
FEATURES: Mapping[str, str] = {
    "`fetch` with `keepalive`": "'keepalive' in Request.prototype",
    "`sendBeacon`": "'sendBeacon' in navigator",
    "prerendering": "'prerendering' in document",
    "Global Privacy Control": "'globalPrivacyControl' in navigator",
    "`LCP`": "PerformanceObserver.supportedEntryTypes.includes('largest-contentful-paint')",
    "`INP`": "PerformanceObserver.supportedEntryTypes.includes('event')",
    "`CLS`": "PerformanceObserver.supportedEntryTypes.includes('layout-shift')",
    "line and column of an error": "'ErrorEvent' in window && 'lineno' in ErrorEvent.prototype",
}


def table(heading: str) -> Sequence[Sequence[str]]:
    """Rows of the first table under the heading, its own heading first."""
    below = REFERENCE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if set(row[0]) != {"-"}]
