"""What comes in, as it is followed, without a log: told by tests."""

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from netflix_pipeline.receiving import Follower
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats.http_events import Event, Watch

NOON = datetime(2026, 3, 18, 12, 0, 30, tzinfo=UTC)


class Followed(Follower):
    """A follower that is told what comes in."""

    def __init__(self) -> None:
        super().__init__(Settings())
        self.caught_up = True
        self.progress = "events have been read up to 12:00:00 UTC"
        self.records = 0
        self.trouble: str | None = None

    @property
    @override
    def position(self) -> str:
        return f"log-{self.records}"

    @property
    @override
    def problem(self) -> str | None:
        return self.trouble

    def tell(self, came: datetime, *events: Event, after: timedelta = timedelta()) -> None:
        self.view.take(came, events, visible_at=came + after)
        self.records += 1

    def watch(self, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        self.tell(now, Watch(event_id="e", user_id="ann", title_id="t-dark", event_time=now))

    def finds_no_log(self) -> None:
        self.caught_up, self.progress = False, ""


def watch(number: int, title: str = "t-dark", country: str | None = "DE") -> Watch:
    return Watch(
        event_id=f"e-{number}",
        user_id=f"u-{number}",
        title_id=title,
        event_time=NOON,
        watch_seconds=600 * number,
        device="smart_tv",
        country=country,
    )


def take(followed: Followed, *events: Event, minutes_ago: float = 0) -> None:
    followed.tell(NOON - timedelta(minutes=minutes_ago), *events, after=timedelta(milliseconds=40))
