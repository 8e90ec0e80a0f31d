"""The engines that run the suite, and the tests that one of them cannot be asked for."""

from collections.abc import Callable, Mapping

from tests.browser.drivers import firefox, webkit
from tests.browser.drivers.chromium import Chromium
from tests.browser.drivers.protocol import Browser

ENGINES: Mapping[str, Callable[[], Browser]] = {
    "chromium": Chromium,
    "firefox": firefox.start,
    "webkit": webkit.start,
}

# Test, engine, reason. Everything else runs in all of them.
CANNOT: Mapping[str, Mapping[str, str]] = {
    "test_a_page_that_has_patched_what_json_is_made_with_sees_no_exception": {
        "webkit": "WebKit's own automation writes its answers with what such a page has patched",
    },
}
