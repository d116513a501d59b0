"""The last hour in memory, by minute of receipt: counted as records come, forgotten as it passes.

Viewers and titles are bounded, because senders make up their ids: beyond that, sums stay exact, and
what is only nearly right is told. Devices and countries are the contract's own words.
"""

import heapq
import threading
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from netflix_pipeline.receiving.live_answers import (
    EVENTS,
    OTHERS,
    Live,
    LiveCanary,
    LiveDelay,
    LiveEvent,
    LiveEvents,
    LiveMinute,
    LiveShare,
    LiveTitle,
    LiveTotals,
    Minute,
    WatchedCounts,
    count,
    hours_of,
    is_counted,
)
from netflix_pipeline.sources.formats.http_events import (
    EPOCH,
    STRUCTS,
    TYPES,
    Event,
    Recommendation,
    Review,
    Search,
)

WINDOW = 60
"""Minutes that are kept."""
DELAY_MINUTES = 5
"""Full minutes over which the delay is told."""
WATCHING = 5
"""Minutes within which somebody who reported viewing is taken to be watching."""
VIEWERS = 1_000_000
TITLES_OF_A_MINUTE = 10_000
NEWEST = 20
TITLES = 10
COUNTRIES = 20
UNKNOWN = "unknown"

TYPE_OF: dict[type[Event], str] = dict(zip(STRUCTS.values(), TYPES, strict=True))
"""How each kind of event is called."""

MINUTE = timedelta(minutes=1)


class RollingWindow:
    """The last 60 minutes. Any thread may call it; time comes in with the calls.

    A record that came in before the newest minute, because another worker was slower, counts into
    the newest; one that came in before the whole window is not counted. Where the clock was set,
    whoever fills it begins a new one.
    What is kept grows with the different users and titles of an hour, not with events: `viewers`
    of the hour and `titles` of each minute are the most that are told apart.
    """

    def __init__(self, *, viewers: int = VIEWERS, titles: int = TITLES_OF_A_MINUTE) -> None:
        self._most_viewers = viewers
        self._most_titles = titles
        self._lock = threading.Lock()
        self._minutes: deque[Minute] = deque()
        # The sum of all minutes but the newest, to which alone events are added.
        self._closed = WatchedCounts()
        # By user, the last minute with a report of viewing; in the order of those minutes.
        self._seen: dict[str, int] = {}
        # The minute into which each was counted, when it came in, and what it is.
        self._newest: deque[tuple[int, datetime, Event]] = deque(maxlen=NEWEST)
        self._first = -(2**62)
        self._canary: LiveCanary | None = None

    def take(
        self,
        received_at: datetime,
        events: Sequence[Event],
        *,
        duplicates: int = 0,
        quarantined: int = 0,
        visible_at: datetime,
        counted_at: datetime | None = None,
    ) -> None:
        """Count what one record brought: its new events, and how many were not new or not good.

        It counts into the minute of `counted_at`, where that is another than that of its receipt.
        """
        delay = max(0.0, (visible_at - received_at).total_seconds())
        with self._lock:
            kept = self._minute(counted_at or received_at)
            # What came in before the window counts into a minute that nobody sees.
            minute, seen = (Minute(0), {}) if kept is None else (kept, self._seen)
            minute.duplicates += duplicates
            minute.quarantined += quarantined
            canaries, left = count(minute, seen, events, self._most_viewers)
            if len(minute.watched.titles) > 2 * self._most_titles:
                minute.gather(self._most_titles)
            if left:  # viewers, out of each minute in which they were seen last until now
                for each in self._minutes:
                    each.last_seen -= left.get(each.minute, 0)
            if kept is not None and (counted := len(events) - len(canaries)):
                countable = filter(is_counted, events[-NEWEST:])
                self._newest.extend((minute.minute, received_at, event) for event in countable)
                # To two digits: so there are few different ones.
                minute.delays[float(f"{delay:.1e}")] += counted
                minute.slowest = max(minute.slowest, delay)
            if canaries:
                self._canary = _canary(canaries[-1], received_at, visible_at)

    def read(self, now: datetime) -> Live:
        """The window that ends with this minute; it never goes back, whatever the clock does."""
        with self._lock:
            newest = self._minutes[-1].minute if self._minutes else 0
            last = max(minute_of(now), newest, self._first + WINDOW - 1)
            self._forget(last - WINDOW + 1)
            viewers = len(self._seen)
            # Those of minutes that are over change, too, as their viewers come again.
            watching = sum(m.last_seen for m in self._minutes if last - WATCHING < m.minute)
            events = list(self._newest)
            watched = self._closed.copy()
            minutes = list(self._minutes)
            if minutes:
                minutes[-1] = minutes[-1].copy()
            canary = self._canary
        if minutes:
            watched.add(minutes[-1].watched)
        return Live(
            as_of=now,
            from_=_beginning(last - WINDOW + 1),
            totals=_totals(minutes, viewers, watching),
            minutes=_rows(minutes, last),
            top_titles=_top(watched.titles),
            by_device=tuple(_shares(watched.devices)),
            by_country=_most(_shares(watched.countries)),
            newest=tuple(_told(came, event) for _, came, event in reversed(events)),
            delay=_delay([m for m in minutes if last - DELAY_MINUTES <= m.minute < last]),
            canary=canary,
            approximate=tuple(sorted({what for m in minutes for what in m.too_many})),
        )

    @property
    def canary(self) -> LiveCanary | None:
        """The newest canary; None before the first."""
        return self._canary

    def delay(self, now: datetime) -> LiveDelay:
        """How long events took over the last full minutes, as `read` tells it, at less cost."""
        with self._lock:
            minutes = list(self._minutes)
        last = max(minute_of(now), minutes[-1].minute if minutes else 0)
        return _delay([m for m in minutes if last - DELAY_MINUTES <= m.minute < last])

    def is_ahead(self, now: datetime) -> bool:
        """Whether the window was moved past this minute, by a clock that was set back since."""
        with self._lock:
            return self._first + WINDOW - 1 > minute_of(now) + 1

    def _minute(self, moment: datetime) -> Minute | None:
        """The minute into which a record counts; None when it is older than the window."""
        number = minute_of(moment)
        if number < self._first:
            return None
        newest = self._minutes[-1] if self._minutes else None
        if newest is not None and number <= newest.minute:
            return newest
        if newest is not None:
            newest.gather(self._most_titles)
            self._closed.add(newest.watched)
        self._minutes.append(Minute(number))
        self._forget(number - WINDOW + 1)
        return self._minutes[-1]

    def _forget(self, first: int) -> None:
        """Take away the minutes before `first`."""
        if first <= self._first:
            return
        self._first = first
        minutes = self._minutes
        while minutes and minutes[0].minute < first:
            gone = minutes.popleft()
            if minutes:
                self._closed.add(gone.watched, -1)
        for user in [user for user, _ in takewhile(lambda s: s[1] < first, self._seen.items())]:
            del self._seen[user]
        while self._newest and self._newest[0][0] < first:
            self._newest.popleft()


def minute_of(moment: datetime) -> int:
    """Minutes since 1970."""
    return (moment - EPOCH) // MINUTE


def _beginning(minute: int) -> datetime:
    return EPOCH + minute * MINUTE


def _totals(minutes: Sequence[Minute], viewers: int, watching: int) -> LiveTotals:
    amount = sum(minute.amount for minute in minutes)
    others = sum((minute.others for minute in minutes), Counter[type[Event]]())
    return LiveTotals(
        events=LiveEvents(
            watch=amount & EVENTS,
            search=others[Search],
            recommendation=others[Recommendation],
            review=others[Review],
        ),
        promos=sum(minute.promos for minute in minutes),
        hours=hours_of(amount),
        viewers=viewers,
        watching=watching,
        duplicates=sum(minute.duplicates for minute in minutes),
        quarantined=sum(minute.quarantined for minute in minutes),
    )


def _rows(minutes: Iterable[Minute], last: int) -> tuple[LiveMinute, ...]:
    """The window's minutes, also those in which nothing came."""
    there = {minute.minute: minute for minute in minutes}
    numbers = range(last - WINDOW + 1, last + 1)
    return tuple(
        LiveMinute(
            minute=_beginning(minute.minute),
            events=(minute.amount & EVENTS) + minute.others.total(),
            hours=hours_of(minute.amount),
            viewers=minute.viewers,
        )
        for minute in (there.get(number) or Minute(number) for number in numbers)
    )


def _top(titles: Mapping[str, int]) -> tuple[LiveTitle, ...]:
    known = ((-amount, title) for title, amount in titles.items() if title != OTHERS)
    most = heapq.nsmallest(TITLES, known)
    return tuple(
        LiveTitle(title_id=title, title=None, events=-amount & EVENTS, hours=hours_of(-amount))
        for amount, title in most
    )


def _shares(amounts: Mapping[str | None, int]) -> list[LiveShare]:
    ranked = sorted((-amount, name or UNKNOWN) for name, amount in amounts.items())
    return [
        LiveShare(name=name, events=-amount & EVENTS, hours=hours_of(-amount))
        for amount, name in ranked
    ]


def _most(shares: Sequence[LiveShare]) -> tuple[LiveShare, ...]:
    """The first of them, and the rest together."""
    first, rest = shares[:COUNTRIES], shares[COUNTRIES:]
    if not rest:
        return tuple(first)
    events, hours = sum(one.events for one in rest), sum(one.hours for one in rest)
    return (*first, LiveShare(name="other", events=events, hours=hours))


def _told(received_at: datetime, event: Event) -> LiveEvent:
    return LiveEvent(
        received_at=received_at,
        type=TYPE_OF[event.__class__],
        event_id=event.event_id,
        title_id=getattr(event, "title_id", None),
        title=None,
        action=getattr(event, "action", None),
        device=getattr(event, "device", None),
        country=getattr(event, "country", None),
    )


def _delay(minutes: Sequence[Minute]) -> LiveDelay:
    delays = sum((minute.delays for minute in minutes), Counter[float]())
    events = delays.total()
    if not events:
        return LiveDelay(events=0, p50=None, p99=None, max=None)
    slowest = max(minute.slowest for minute in minutes)
    p50, p99 = (min(_quantile(delays, events, share), slowest) for share in (50, 99))
    return LiveDelay(events=events, p50=p50, p99=p99, max=slowest)


def _quantile(delays: Mapping[float, int], events: int, percent: int) -> float:
    """The smallest delay that so many of 100 events did not exceed."""
    reached = 0
    for delay in sorted(delays):
        reached += delays[delay]
        if reached * 100 >= events * percent:
            return delay
    raise AssertionError("the delays are not those of the events")


def _canary(event: Event, received_at: datetime, visible_at: datetime) -> LiveCanary:
    return LiveCanary(
        event_id=event.event_id,
        sent_at=event.event_time,
        received_at=received_at,
        visible_at=visible_at,
        delay_seconds=max(0.0, (visible_at - event.event_time).total_seconds()),
    )
