"""Chromium, by Playwright."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, cast

from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from local.chromium import FLAGS, ensure
from tests.browser.collector import PATIENCE
from tests.browser.drivers.protocol import Cookie

# Sites on several subdomains of one registrable domain, all of them this machine.
RESOLVE = "--host-resolver-rules=MAP *.example.com 127.0.0.1, MAP *.example.co.uk 127.0.0.1"


class ChromiumTab:
    def __init__(self, page: Page) -> None:
        self._page = page

    def goto(self, url: str) -> None:
        self._page.goto(url)

    def evaluate(self, script: str) -> Any:
        try:
            return self._page.evaluate(script)
        except Error as error:
            raise AssertionError(error.message) from None

    def click(self, selector: str, times: int = 1, at: tuple[int, int] | None = None) -> None:
        where: Any = {"x": at[0], "y": at[1]} if at else None
        self._page.locator(selector).first.click(click_count=times, position=where, delay=30 * (times > 1))

    def move(self, x: int, y: int) -> None:
        self._page.mouse.move(x, y)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def reload(self) -> None:
        self._page.reload()

    def close(self) -> None:
        with self._page.expect_event("close"):
            self._page.close(run_before_unload=True)

    def crash(self) -> None:
        with self._page.expect_event(cast(Literal["crash"], "crash")), suppress(Error):
            self._page.goto("chrome://crash")


class ChromiumContext:
    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        context.set_default_timeout(PATIENCE * 1_000)

    def tab(self) -> ChromiumTab:
        return ChromiumTab(self._context.new_page())

    def cookies(self) -> Sequence[Cookie]:
        return cast(Sequence[Cookie], self._context.cookies())

    @contextmanager
    def offline(self) -> Iterator[None]:
        self._context.set_offline(True)
        try:
            yield
        finally:
            self._context.set_offline(False)

    def close(self) -> None:
        self._context.close()


class Chromium:
    def __init__(self) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=ensure(), args=[*FLAGS, RESOLVE])
        page = self._browser.new_page()
        # The collector flags what calls itself headless as a bot.
        self._agent = page.evaluate("navigator.userAgent").replace("Headless", "")
        page.close()

    def context(self) -> ChromiumContext:
        return ChromiumContext(self._browser.new_context(user_agent=self._agent, locale="en-US"))

    def close(self) -> None:
        self._browser.close()
        self._playwright.stop()
