"""What the suite asks of a browser, whichever it is; and which engine cannot be asked what."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Cookie = Mapping[str, Any]


class Tab(Protocol):
    """One page that is open."""

    def goto(self, url: str) -> None:
        """Returns once it has loaded."""

    def evaluate(self, script: str) -> Any:
        """What the expression gives, or the function it is; a promise is awaited. Raises AssertionError."""

    def click(self, selector: str, times: int = 1, at: tuple[int, int] | None = None) -> None:
        """With the mouse, `at` pixels from the element's upper left corner or in its middle."""

    def move(self, x: int, y: int) -> None:
        """The mouse, to a place in the viewport."""

    def press(self, key: str) -> None:
        """`Tab` or `Enter`."""

    def reload(self) -> None: ...

    def close(self) -> None:
        """At once; the page's handlers run."""

    def crash(self) -> None:
        """Kills the process that holds the page; no handler runs."""


class Context(Protocol):
    """A visitor: tabs that share what is stored, which nobody had visited anything with before."""

    def tab(self) -> Tab: ...

    def cookies(self) -> Sequence[Cookie]:
        """Those that the page of the last tab used is sent."""

    def offline(self) -> AbstractContextManager[None]:
        """No network meanwhile."""

    def close(self) -> None: ...


class Browser(Protocol):
    """One that was started, for many contexts, one at a time."""

    def context(self) -> Context: ...

    def close(self) -> None: ...
