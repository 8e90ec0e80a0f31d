"""Any browser that speaks W3C WebDriver, over whatever carries its commands."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from tests.browser.collector import until
from tests.browser.drivers.protocol import Cookie

KEYS = {"Tab": "\ue004", "Enter": "\ue007"}

PRESS: list[dict[str, Any]] = [
    {"type": "pointerDown", "button": 0},
    {"type": "pause", "duration": 10},
    {"type": "pointerUp", "button": 0},
]

# In the page's own realm; a page whose policy forbids eval gets the script written out instead.
EVALUATE = """
const [code, done] = arguments;
const said = (error) => done({error: error && error.name ? error.name + ': ' + error.message : String(error)});
const plain = (value) => value === undefined || typeof value == 'function' ? null : value;
let found;
try { found = window.eval(code); if (typeof found == 'function') found = found() }
catch (error) {
  if (error.name != 'EvalError') return said(error);
  const page = window.wrappedJSObject || window;
  page.driven = (page.driven || 0) + 1; // watch.js takes no notice of as many
  return done({forbidden: true});
}
Promise.resolve(found).then((value) => done({value: plain(value)}), said);
"""
WRITTEN_OUT = "const found = (%s); return typeof found == 'function' ? found() : found"
PLACE = """(() => {
const element = document.querySelector(%s);
element.scrollIntoView({block: 'nearest'});
const box = element.getBoundingClientRect();
return [box.left, box.top, box.width, box.height];
})()"""


class CommandError(Exception):
    """What the driver answered instead."""


class Driver(Protocol):
    """A session: commands of the W3C's WebDriver by their names there."""

    new: str  # `tab` or `window`, whichever shows what it opens

    def command(self, name: str, parameters: dict[str, Any] | None = None) -> Any: ...

    def kill_page(self, url: str) -> None:
        """Ends the process that holds the page with this address."""

    def offline(self, is_so: bool) -> None: ...

    def end(self) -> None: ...


class WebDriverTab:
    def __init__(self, context: "WebDriverContext", handle: str) -> None:
        self._context, self._handle = context, handle

    def _command(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        return self._context.command(self._handle, name, parameters)

    def goto(self, url: str) -> None:
        self._command("Navigate", {"url": url})
        self._context.visited(url)

    def evaluate(self, script: str) -> Any:
        try:
            answer = self._command("ExecuteAsyncScript", {"script": EVALUATE, "args": [script]})
            if answer is None:
                return None  # The script has left the page.
            if "forbidden" in answer:
                return self._command("ExecuteScript", {"script": WRITTEN_OUT % script, "args": []})
        except CommandError as error:
            if "unload" in str(error) or "aborted" in str(error):
                return None  # The script has left the page.
            raise AssertionError(str(error)) from None
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def click(self, selector: str, times: int = 1, at: tuple[int, int] | None = None) -> None:
        left, top, width, height = self.evaluate(PLACE % json.dumps(selector))
        x, y = (left + at[0], top + at[1]) if at else (left + width / 2, top + height / 2)
        # One after the other: WebKit takes a crowd of them for one, and no hand is quicker than this.
        for _ in range(times):
            self._pointer([self._to(int(x), int(y)), *PRESS, {"type": "pause", "duration": 40}])

    def move(self, x: int, y: int) -> None:
        self._pointer([self._to(x, y)])

    @staticmethod
    def _to(x: int, y: int) -> dict[str, Any]:
        return {"type": "pointerMove", "duration": 0, "origin": "viewport", "x": x, "y": y}

    def _pointer(self, actions: list[dict[str, Any]]) -> None:
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions})

    def press(self, key: str) -> None:
        strokes = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def _act(self, source: dict[str, Any]) -> None:
        self._command("PerformActions", {"actions": [source]})

    def reload(self) -> None:
        self._command("Refresh")

    def close(self) -> None:
        self._command("CloseWindow")
        self._context.closed(self._handle)

    def crash(self) -> None:
        self._context.crash(self.evaluate("location.href"))


class WebDriverContext:
    """The session's own: what is stored goes by the port of the site, and cookies are deleted at the end."""

    def __init__(self, driver: Driver, home: str, broken: Callable[[], None]) -> None:
        self._driver, self._home, self._broken = driver, home, broken
        self._at: str | None = None
        self._open: list[str] = []
        self._hosts: dict[str, str] = {}
        self._well = True

    def command(self, handle: str, name: str, parameters: dict[str, Any] | None = None) -> Any:
        if self._at != handle:
            self._driver.command("SwitchToWindow", {"handle": handle})
            self._at = handle
        return self._driver.command(name, parameters)

    def tab(self) -> WebDriverTab:
        handle = self.command(self._at or self._home, "NewWindow", {"type": self._driver.new})["handle"]
        self._open.append(handle)
        return WebDriverTab(self, handle)

    def visited(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        if scheme == "http":
            host = rest.partition("/")[0]
            name, _, port = host.partition(":")
            # Links lead from one of these to the other.
            for each in ("www.example.com", "www.example.co.uk") if "example" in name else (name,):
                self._hosts[each] = f"http://{each}:{port}/bare"

    def closed(self, handle: str) -> None:
        self._open.remove(handle)
        self._at = None
        self.command(self._home, "GetWindowHandle")

    def crash(self, url: str) -> None:
        self._well = False
        self._driver.kill_page(url)

    def cookies(self) -> Sequence[Cookie]:
        found: Sequence[Cookie] = self._driver.command("GetCookies")
        return found

    @contextmanager
    def offline(self) -> Iterator[None]:
        self._driver.offline(True)
        try:
            yield
        finally:
            self._driver.offline(False)

    def close(self) -> None:
        try:
            assert self._well
            for handle in self._open[:]:
                self.command(handle, "CloseWindow")
                self._at = None
            for bare in self._hosts.values():
                self.command(self._home, "Navigate", {"url": bare})
                self.command(self._home, "DeleteAllCookies")
            self.command(self._home, "Navigate", {"url": "about:blank"})
        except (AssertionError, CommandError, OSError):
            self._broken()


class WebDriverBrowser:
    """Starts a driver when one is needed: the first time, and after a test that has killed its page."""

    def __init__(self, start: Callable[[], Driver]) -> None:
        self._start = start
        self._driver: Driver | None = None

    def context(self) -> WebDriverContext:
        self._driver = self._driver or self._start()
        [home] = self._driver.command("GetWindowHandles")
        return WebDriverContext(self._driver, home, self.close)

    def close(self) -> None:
        if self._driver:
            with suppress(CommandError, OSError):
                self._driver.end()
        self._driver = None


def condition(done: Callable[[], object], what: str) -> None:
    """As `until`, where asking may fail for now."""

    def asked() -> object:
        try:
            return done()
        except (OSError, CommandError):
            return False

    until(asked, what)
