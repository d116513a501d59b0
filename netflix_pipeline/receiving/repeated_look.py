"""Something that is looked at again and again, in a thread of its own, and what was found last."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from netflix_pipeline.background import Thread
from netflix_pipeline.settings import Settings

Found = TypeVar("Found")


class RepeatedLook(ABC, Generic[Found]):
    """Looks every so many seconds, `soonest` at least, however much shorter windows of alerts are.

    `found` is None before there is anything to tell, and while looking fails.
    """

    def __init__(self, name: str, settings: Settings, every: float, soonest: float) -> None:
        self.found: Found | None = None
        self._thread = Thread(name, self._step, max(soonest, every / settings.alert_speed))

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the look that is under way has."""
        self._thread.stop()

    @abstractmethod
    def look(self) -> Found | None:
        """Look once; what is known then."""

    def forget(self) -> None:
        """After a look that failed: what was true once says nothing of now."""
        self.found = None

    def _step(self) -> None:
        try:
            self.found = self.look()
        except BaseException:
            self.forget()
            raise
