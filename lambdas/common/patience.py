"""Trying again, with an end: time, sleep and chance are passed in, so that tests need none of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """`now` in seconds of any origin, `sleep` takes seconds, `jitter` gives a random share from 0 to 1."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    jitter: Callable[[], float]

    def tries(self, pauses: tuple[float, ...], until: float, call: float) -> Iterator[int]:
        """One try, and one after each of `pauses` (seconds, of which a random half is taken off, so that a
        crowd does not come back as one), as long as `call` seconds more fit before `until`."""
        for number, pause in enumerate((0.0, *pauses)):
            if pause:
                self.sleep(pause * (0.5 + self.jitter() / 2))
            if not self.fits(until, call):
                return
            yield number

    def fits(self, until: float, call: float) -> bool:
        return self.now() + call <= until
