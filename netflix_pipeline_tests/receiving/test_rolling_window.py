import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.receiving.live_answers import Live
from netflix_pipeline.receiving.rolling_window import RollingWindow
from netflix_pipeline.sources.formats.http_events import (
    Event,
    Recommendation,
    Review,
    Search,
    Watch,
)

NOON = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def watch(
    user: str = "ann",
    title: str = "t-1",
    seconds: float | None = 3600,
    device: str | None = None,
    country: str | None = None,
    kind: str = "main",
) -> Watch:
    return Watch(
        event_id="e",
        user_id=user,
        title_id=title,
        event_time=NOON,
        watch_seconds=seconds,
        device=device,
        country=country,
        kind=kind,
    )


def search(user: str = "ann") -> Search:
    return Search(event_id="e", user_id=user, event_time=NOON, device="mobile", country="DE")


def recommendation(user: str = "ann") -> Recommendation:
    return Recommendation(event_id="e", user_id=user, title_id="t-1", event_time=NOON, clicked=True)


def review(user: str = "ann") -> Review:
    return Review(event_id="e", user_id=user, title_id="t-1", event_time=NOON, rating=4)


def take(view: RollingWindow, minute: float, *events: Event, after: float = 0.0) -> None:
    """A record that came in then and was visible so many seconds later."""
    view.take(at(minute), events, visible_at=at(minute) + timedelta(seconds=after))


def assert_empty(live: Live) -> None:
    """Nothing is told of anything."""
    assert not any(live.totals.events.model_dump().values())
    assert live.totals.model_dump(exclude={"events"}) == {
        "promos": 0,
        "hours": 0,
        "viewers": 0,
        "watching": 0,
        "duplicates": 0,
        "quarantined": 0,
    }
    assert len(live.minutes) == 60
    assert all((m.events, m.hours, m.viewers) == (0, 0, 0) for m in live.minutes)
    assert not live.top_titles
    assert not live.by_device
    assert not live.by_country
    assert not live.newest


def test_before_anything_came_sixty_empty_minutes_are_told() -> None:
    live = RollingWindow().read(at(0.5))
    assert_empty(live)
    assert live.as_of == at(0.5)
    assert (live.from_, live.minutes[0].minute, live.minutes[-1].minute) == (at(-59), at(-59), NOON)
    assert live.delay.model_dump() == {"events": 0, "p50": None, "p99": None, "max": None}
    assert live.canary is None


def test_events_are_counted_by_type_and_viewing_by_who_what_and_where() -> None:
    view = RollingWindow()
    view.take(
        NOON,
        [
            watch("ann", "t-1", 3600, "smart_tv", "DE"),
            watch("bob", "t-2", 1800, "mobile", None),
            watch("ann", "t-2", None, None, "DE"),
            search("cid"),
            recommendation("dee"),
            review("eve"),
        ],
        duplicates=3,
        quarantined=2,
        visible_at=NOON,
    )
    live = view.read(NOON)
    assert live.totals.model_dump() == {
        "events": {"watch": 3, "search": 1, "recommendation": 1, "review": 1},
        "promos": 0,
        "hours": 1.5,
        "viewers": 2,
        "watching": 2,
        "duplicates": 3,
        "quarantined": 2,
    }
    assert live.minutes[-1].model_dump() == {
        "minute": NOON,
        "events": 6,
        "hours": 1.5,
        "viewers": 2,
    }
    assert [(t.title_id, t.title, t.events, t.hours) for t in live.top_titles] == [
        ("t-1", None, 1, 1.0),
        ("t-2", None, 2, 0.5),
    ]
    assert [(d.name, d.events, d.hours) for d in live.by_device] == [
        ("smart_tv", 1, 1.0),
        ("mobile", 1, 0.5),
        ("unknown", 1, 0.0),
    ]
    assert [(c.name, c.events, c.hours) for c in live.by_country] == [
        ("DE", 2, 1.0),
        ("unknown", 1, 0.5),
    ]


def test_promos_are_told_apart_and_are_in_no_other_number() -> None:
    view = RollingWindow()
    take(view, 0, watch(kind="promo", device="mobile", country="DE"))
    live = view.read(NOON)
    assert live.totals.promos == 1
    assert_empty(live.model_copy(update={"totals": live.totals.model_copy(update={"promos": 0})}))


def test_a_canary_is_shown_and_never_counted() -> None:
    view = RollingWindow()
    take(view, 0.1, watch("~canary"), after=0.25)
    live = view.read(at(5))
    assert_empty(live)
    assert live.delay.events == 0
    assert live.canary is not None
    assert live.canary.model_dump() == {
        "event_id": "e",
        "sent_at": NOON,
        "received_at": at(0.1),
        "visible_at": at(0.1) + timedelta(seconds=0.25),
        "delay_seconds": 6.25,
    }
    take(view, 6, watch("ann"), watch("~canary"))
    live = view.read(at(6))
    assert live.totals.viewers == live.minutes[-1].events == 1
    assert live.canary is not None
    assert live.canary.received_at == at(6)


def test_the_delay_of_a_canary_is_never_negative() -> None:
    view = RollingWindow()
    take(view, -1, watch("~canary"))
    canary = view.read(NOON).canary
    assert canary is not None
    assert canary.delay_seconds == 0


def test_who_reported_within_five_minutes_is_watching() -> None:
    view = RollingWindow()
    take(view, 0, watch("ann"), watch("bob"))
    take(view, 3, watch("bob"), watch("cid"))
    assert [view.read(at(minute)).totals.watching for minute in (3, 4.9, 5, 7.9, 8)] == [
        *(3, 3, 2, 2, 0)
    ]
    take(view, 8, watch("ann"))
    totals = view.read(at(8)).totals
    assert (totals.watching, totals.viewers) == (1, 3)


def test_the_newest_events_are_told_without_whose_they_are() -> None:
    view = RollingWindow()
    take(view, 0, search("ann"), watch("~canary"), watch(kind="promo"))
    take(view, 1, watch("bob", "t-7", device="mobile", country="DE"))
    last, first = view.read(at(1)).newest
    assert last.model_dump() == {
        "received_at": at(1),
        "type": "watch",
        "event_id": "e",
        "title_id": "t-7",
        "title": None,
        "action": "stopped",
        "device": "mobile",
        "country": "DE",
    }
    assert (first.type, first.title_id, first.action) == ("search", None, None)
    take(view, 2, *[watch(title=f"t-{n:02}") for n in range(30)])
    told = [event.title_id for event in view.read(at(2)).newest]
    assert told == [f"t-{n:02}" for n in range(29, 9, -1)]


def test_titles_are_ranked_by_hours_then_events_then_id_and_ten_are_told() -> None:
    view = RollingWindow()
    take(view, 0, *[watch(title=f"t-{n:02}", seconds=60) for n in range(11)])
    take(view, 0, watch(title="t-10", seconds=None), watch(title="t-09", seconds=61))
    told = [title.title_id for title in view.read(NOON).top_titles]
    assert told == ["t-09", "t-10", *[f"t-{n:02}" for n in range(8)]]


def test_countries_behind_the_first_twenty_are_told_together() -> None:
    view = RollingWindow()
    codes = [f"{a}{b}" for a in "ABCDE" for b in "ABCDE"]
    take(view, 0, *[watch(seconds=3600 * (30 - n), country=c) for n, c in enumerate(codes)])
    told = view.read(NOON).by_country
    assert [one.name for one in told] == [*codes[:20], "other"]
    assert told[-1].events == 5
    assert told[-1].hours == pytest.approx(10 + 9 + 8 + 7 + 6)


def test_a_minute_leaves_after_an_hour_with_all_that_it_brought() -> None:
    view = RollingWindow()
    take(view, 0, watch("ann", "t-1", 0.1, "mobile", "DE"), watch("bob", "t-2", 0.2))
    take(view, 1, watch("ann", "t-1", 0.3, "mobile", "DE"))
    assert view.read(at(59.9)).totals.viewers == 2
    live = view.read(at(60))
    assert (live.from_, live.totals.viewers, live.totals.events.watch) == (at(1), 1, 1)
    assert [(t.title_id, t.events) for t in live.top_titles] == [("t-1", 1)]
    assert live.top_titles[0].hours == pytest.approx(0.3 / 3600)
    assert_empty(view.read(at(61)))
    assert_empty(view.read(at(10_000)))
    assert view._seen == {}
    assert view._closed.titles == view._closed.devices == view._closed.countries == {}


def test_what_is_kept_does_not_grow_with_the_number_of_events() -> None:
    view = RollingWindow()
    for minute in range(300):
        take(view, minute, *[watch(f"u-{n}", f"t-{n}") for n in range(50)] * 3, after=minute / 100)
    assert len(view._seen) == 50
    assert len(view._minutes) == 60
    assert all(len(minute.watched.titles) == 50 for minute in view._minutes)
    for n in range(10_000):
        take(view, 300, watch(), after=n / 1000)
    assert len(view._minutes[-1].delays) < 400


def test_a_record_of_a_clock_that_stepped_back_counts_into_the_newest_minute() -> None:
    view = RollingWindow()
    take(view, 10, watch("ann"))
    take(view, 5, watch("bob"), watch("ann"))
    live = view.read(at(5))
    assert live.minutes[-1].minute == at(10)
    assert (live.minutes[-1].events, live.minutes[-1].viewers, live.totals.viewers) == (3, 2, 2)
    assert live.delay.events == 0


def test_a_record_from_before_the_window_is_not_counted() -> None:
    view = RollingWindow()
    take(view, 60, watch("ann"))
    take(view, 0.9, watch("bob"), watch("~canary"))
    live = view.read(at(60))
    assert (live.totals.events.watch, live.totals.viewers) == (1, 1)
    assert live.canary is not None
    assert_empty(view.read(at(200)))
    take(view, 140, watch("bob"))
    assert_empty(view.read(at(200)))


def test_the_delay_is_that_of_the_last_full_minutes() -> None:
    view = RollingWindow()
    take(view, 0, watch(), after=500)
    for _ in range(98):
        take(view, 1, watch(), after=0.0123)
    take(view, 5.5, watch(), after=0.5)
    take(view, 5.5, watch(), after=0.75)
    take(view, 6, watch(), after=900)
    assert view.read(at(6)).delay.model_dump() == {
        "events": 100,
        "p50": 0.012,
        "p99": 0.5,
        "max": 0.75,
    }


def test_a_delay_is_never_negative() -> None:
    view = RollingWindow()
    take(view, 0, watch(), after=-3)
    assert view.read(at(1)).delay.model_dump() == {"events": 1, "p50": 0, "p99": 0, "max": 0}


def test_a_rounded_delay_does_not_exceed_the_longest() -> None:
    view = RollingWindow()
    take(view, 0, watch(), after=0.0196)
    delay = view.read(at(1)).delay
    assert delay.p50 == delay.p99 == delay.max == pytest.approx(0.0196)


def test_many_threads_count_every_event() -> None:
    view = RollingWindow()

    def send(thread: int) -> None:
        for n in range(200):
            take(view, n / 100, *[watch(f"{thread}-{n % 10}", f"t-{n % 7}", 1.5)] * 5)
            assert all(m.hours >= 0 for m in view.read(at(2)).minutes)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    totals = view.read(at(2)).totals
    assert (totals.events.watch, totals.viewers) == (4_000, 40)
    assert totals.hours == pytest.approx(4_000 * 1.5 / 3600)


@dataclass(frozen=True)
class Step:
    """A record that comes in, or a look at the view, so many minutes after the step before."""

    later: int
    events: tuple[Event, ...] | None


words = st.sampled_from
watches = st.builds(
    watch,
    user=words(["ann", "bob", "cid", "dee", "~canary"]),
    title=words([f"t-{n}" for n in range(13)]),
    seconds=st.none() | st.integers(0, 86_400_000).map(lambda ms: ms / 1000),
    device=words(["mobile", "smart_tv", None]),
    country=words(["DE", "US", "FR", None]),
    kind=words(["main", "main", "main", "promo"]),
)
others = st.one_of(
    [st.builds(of, words(["ann", "eve"])) for of in (search, recommendation, review)]
)
steps = st.builds(
    Step,
    later=words([0, 0, 0, 1, 1, 2, 7, 30, 59, 60, 61, -1, -2, -40, -70]),
    events=st.none() | st.lists(watches | others, max_size=6).map(tuple),
)


@given(st.lists(steps, max_size=40))
def test_a_view_tells_what_a_recount_tells(course: list[Step]) -> None:
    view, kept = RollingWindow(), list[tuple[int, Event]]()
    minute, newest, first = 0, -(10**6), -(10**6)
    for step in [*course, Step(0, None)]:
        minute += step.later
        if step.events is not None:
            take(view, minute, *step.events)
            if minute >= first:
                newest = max(minute, newest)
                first = max(first, newest - 59)
                kept += [(newest, event) for event in step.events]
        else:
            last = max(minute, newest, first + 59)
            first = max(first, last - 59)
            assert_tells(view.read(at(minute)), last, kept)


def assert_tells(live: Live, last: int, kept: list[tuple[int, Event]]) -> None:
    """The view is what the events of the window, counted one by one, are."""
    window = [(m, e) for m, e in kept if m >= last - 59 and e.user_id != "~canary"]
    watched = [(m, e) for m, e in window if isinstance(e, Watch) and e.kind == "main"]
    counted = [(m, e) for m, e in window if not isinstance(e, Watch)] + watched
    assert live.totals.promos == len(window) - len(counted)
    assert live.totals.viewers == len({e.user_id for _, e in watched})
    lately = {e.user_id for m, e in watched if m > last - 5}
    assert live.totals.watching == len(lately)
    assert [e.type for e in live.newest] == [
        type(e).__name__.lower() for _, e in reversed(counted_in_order(window)[-20:])
    ]
    assert live.totals.hours == pytest.approx(hours(e for _, e in watched))
    assert live.totals.events.model_dump() == {
        name: sum(isinstance(e, kind) for _, e in counted)
        for name, kind in {
            "watch": Watch,
            "search": Search,
            "recommendation": Recommendation,
            "review": Review,
        }.items()
    }
    assert len(live.minutes) == 60
    for number, row in enumerate(live.minutes, last - 59):
        of_minute = [e for m, e in watched if m == number]
        assert row.minute == at(number)
        assert row.events == sum(m == number for m, _ in counted)
        assert row.viewers == len({e.user_id for e in of_minute})
        assert row.hours == pytest.approx(hours(of_minute))
    events = [e for _, e in watched]
    assert [(t.title_id, t.events) for t in live.top_titles] == ranked(events, "title_id")[:10]
    assert [(d.name, d.events) for d in live.by_device] == ranked(events, "device")
    assert [(c.name, c.events) for c in live.by_country] == ranked(events, "country")
    for told in (live.by_device, live.by_country):
        assert sum(one.hours for one in told) == pytest.approx(live.totals.hours)


def counted_in_order(window: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
    """Those that are no promos, as they came."""
    return [(m, e) for m, e in window if not (isinstance(e, Watch) and e.kind == "promo")]


def hours(events: Iterable[Watch]) -> float:
    return sum((event.watch_seconds or 0) for event in events) / 3600


def ranked(events: list[Watch], by: str) -> list[tuple[str, int]]:
    """The values of a field with their events: most time first, then most events, then by name."""
    groups: defaultdict[str, list[Watch]] = defaultdict(list)
    for event in events:
        groups[getattr(event, by) or "unknown"].append(event)
    order = sorted((-milliseconds(e), -len(e), name) for name, e in groups.items())
    return [(name, -count) for _, count, name in order]


def milliseconds(events: Iterable[Watch]) -> int:
    return sum(round((event.watch_seconds or 0) * 1000) for event in events)


def test_a_million_titles_and_viewers_that_somebody_made_up_are_bounded() -> None:
    view = RollingWindow(viewers=1000, titles=100)
    for minute in range(70):
        for part in range(10):
            made_up = (f"{minute}-{part}-{n}" for n in range(100))
            take(view, minute, *(watch(name, name, 1) for name in made_up))
        take(view, minute, *[watch("ann", "t-real", 60)] * 3, watch("bob", "t-other", 90))
    live = view.read(at(69))
    assert live.totals.events.watch == 60 * 1004
    assert live.totals.hours == pytest.approx(60 * (1000 + 180 + 90) / 3600)
    assert [(t.title_id, t.events) for t in live.top_titles][:2] == [
        ("t-real", 180),
        ("t-other", 60),
    ]
    assert live.totals.viewers == 1000
    assert live.approximate == ("titles", "viewers")
    assert len(view._seen) <= 1000
    titles = [len(minute.watched.titles) for minute in view._minutes]
    assert max(titles[:-1]) == 101
    assert titles[-1] <= 201
    assert len(view._closed.titles) <= sum(titles)
    # An hour later, of what was too much nothing is left.
    take(view, 140, watch())
    assert view.read(at(140)).approximate == ()
    assert view._closed.titles == {}
    assert len(view._seen) == 1


def test_a_window_that_a_clock_moved_which_was_set_back_since_is_known() -> None:
    view, now = RollingWindow(), datetime(2026, 3, 6, 12, tzinfo=UTC)
    view.read(now)
    assert not view.is_ahead(now)
    view.read(now + timedelta(hours=8))
    assert view.is_ahead(now)
    assert not view.is_ahead(now + timedelta(hours=8))
