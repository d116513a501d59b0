"""What is told at once must be what the drain will find, and good neighbours never suffer."""

import json
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.contracts.contract import ACTIONS, DEVICES, QUALITIES
from netflix_pipeline.eventlog import POSITIONS
from netflix_pipeline.ingest.validation_rules import judge
from netflix_pipeline.receiving.recent_identities import Place, Recent
from netflix_pipeline.receiving.validate_events import (
    Judged,
    Originals,
    Reading,
    Result,
    event_of,
)
from netflix_pipeline.sources.formats import http_events
from netflix_pipeline.sources.formats.http_events import TYPES, Event, decode
from netflix_pipeline.sources.missing_values import PLAIN_ID
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.receiving import gone

NOW = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "type": "watch",
    "event_id": "e-1",
    "user_id": "u-1",
    "title_id": "t-1",
    "event_time": "2026-03-06T19:00:00Z",
    "action": "stopped",
    "watch_seconds": 1800,
}


def text(**changes: object) -> bytes:
    """A good event with some fields changed; None leaves one out."""
    told = {**GOOD, **changes}
    return json.dumps({name: value for name, value in told.items() if value is not None}).encode()


def take(
    texts: Sequence[bytes], recent: Recent | None = None, originals: Originals = gone
) -> Judged:
    return Reading(texts, NOW).judged(recent or Recent(), originals)


def word(*texts: bytes, recent: Recent | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """Result and reasons of each event."""
    return [(result.result, result.reasons) for result in take(texts, recent).results]


identifiers = st.text(
    st.characters(min_codepoint=33, exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=64
).filter(re.compile(PLAIN_ID).search)
times = st.datetimes(datetime(2000, 1, 1), datetime(2026, 3, 6, 20, 59)).map(
    lambda moment: moment.isoformat(timespec="microseconds") + "Z"
)
maybe = st.none()
WATCH = st.fixed_dictionaries(
    {
        "type": st.just("watch"),
        "event_id": identifiers,
        "user_id": identifiers,
        "title_id": identifiers,
        "event_time": times | st.just("2026-03-06T19:00:00+02:00") | st.just("2026-03-06"),
    },
    optional={
        "action": st.sampled_from(ACTIONS) | maybe | st.just("Play"),
        "watch_seconds": st.floats(0, 86_400) | st.integers(0, 86_400) | maybe | st.just("12.5"),
        "progress": st.floats(0, 1) | maybe,
        "playback_id": identifiers | maybe | st.just(""),
        "kind": st.sampled_from(["main", "promo", "trailer"]) | maybe,
        "device": st.sampled_from(DEVICES) | maybe | st.just("iPhone 15"),
        "quality": st.sampled_from(QUALITIES) | maybe | st.just("4K"),
        "country": st.sampled_from(["DE", "US", "Germany"]) | maybe,
        "is_download": st.booleans() | maybe | st.just("yes"),
        "rating": st.floats(0, 5) | maybe,
        "unknown": st.lists(st.integers(), max_size=2),
    },
)


def by_rules(texts: Sequence[bytes]) -> list[Event | Result]:
    """The events as the rules of ingest read them, those of the plain form too."""
    reading = Reading(texts, NOW)
    reading.others = list(range(len(texts)))
    reading.read_others()
    return reading.events


@at_most(30)
@given(st.lists(WATCH, min_size=1, max_size=20))
def test_every_reading_of_an_event_is_the_same(events: list[dict[str, Any]]) -> None:
    texts = [json.dumps(event).encode() for event in events]
    quick = Reading(texts, NOW)
    for at, (one, other) in enumerate(zip(quick.events, by_rules(texts), strict=True)):
        if at not in quick.others:
            assert one == other
        assert not isinstance(other, Result), other


@at_most(30)
@given(st.lists(WATCH, min_size=1, max_size=5))
def test_an_event_is_read_alike_whatever_comes_with_it(events: list[dict[str, Any]]) -> None:
    texts = [json.dumps(event).encode() for event in events]
    together = by_rules(texts)
    for at, one in enumerate(texts):
        assert by_rules([one]) == [together[at]]


@pytest.mark.parametrize("more", [{}, {"action": " Stopped "}])  # read plainly, or carefully
def test_what_happened_too_long_ago_waits(more: dict[str, str]) -> None:
    oldest = timedelta(days=90)
    texts = [
        text(event_id=name, event_time=(NOW - oldest - late).isoformat(), **more)
        for name, late in (("in time", timedelta(0)), ("late", timedelta(microseconds=1)))
    ]
    found = Reading(texts, NOW, oldest).judged(Recent(), gone)
    assert [(told.result, told.reasons) for told in found.results] == [
        ("stored", ()),
        ("quarantined", ("event_time_too_old",)),
    ]
    assert len(found.kept) == 2
    assert {told.result for told in Reading(texts, NOW).judged(Recent(), gone).results} == {
        "stored"
    }


def test_each_type_is_stored_with_its_fields() -> None:
    events = [
        text(),
        text(type="search", title_id=None, query="dark", results_count=3, clicked_position=1),
        text(type="recommendation", clicked=True, position=2, algorithm="als"),
        text(type="review", rating=4, text="good", sentiment="positive"),
    ]
    assert word(*events) == [("stored", ())] * 4
    assert [type(decode(event)).__name__.lower() for event in events] == list(TYPES)


def test_the_own_name_of_an_id_will_do() -> None:
    search = text(type="search", event_id=None, search_id="s-1", query="dark")
    found = take([search, search])
    assert [result.event_id for result in found.results] == ["s-1", "s-1"]
    assert [result.result for result in found.results] == ["stored", "duplicate"]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"event_id": None}, ["missing_event_id"]),
        ({"event_id": "x" * 65}, ["event_id_too_long"]),
        ({"user_id": None}, ["missing_user_id"]),
        ({"title_id": ""}, ["missing_title_id"]),
        ({"event_time": None}, ["bad_event_time"]),
        ({"event_time": "yesterday"}, ["bad_event_time"]),
        ({"event_time": "1999-12-31T23:59:59Z"}, ["bad_event_time"]),
        ({"event_time": "2026-03-06T21:00:00.000001Z"}, ["event_time_in_future"]),
        ({"watch_seconds": -1}, ["negative_watch_seconds"]),
        ({"watch_seconds": 86_401}, ["watch_too_long"]),
        ({"watch_seconds": 10**400}, ["unparsable_row"]),
        ({"watch_seconds": [1]}, ["unparsable_row"]),
        ({"user_id": {"id": 7}}, ["unparsable_row", "missing_user_id"]),
        ({"event_id": [7]}, ["unparsable_row", "missing_event_id"]),
        ({"event_time": [], "country": []}, ["unparsable_row", "bad_event_time"]),
        ({"progress": 1.01}, ["progress_out_of_range"]),
        ({"action": "exploded"}, ["unknown_action"]),
        ({"user_id": None, "watch_seconds": -1}, ["missing_user_id", "negative_watch_seconds"]),
        ({"type": "review", "rating": 6}, ["rating_out_of_range"]),
        ({"type": "search", "results_count": -1}, ["negative_results_count"]),
        ({"type": "recommendation"}, ["missing_clicked"]),
    ],
)
def test_what_breaks_a_rule_waits_in_quarantine(
    changes: dict[str, object], reasons: list[str]
) -> None:
    found = take([text(event_id="other"), text(**changes)])
    assert found.results[0].result == "stored"
    assert (found.results[1].result, list(found.results[1].reasons)) == ("quarantined", reasons)
    assert len(found.kept) == 2


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, ()),
        ({"country": "XX"}, ("country",)),
        ({"country": ["DE"], "rating": {"stars": 4}}, ("country", "rating")),
        ({"quality": "good", "playback_id": [7]}, ("playback_id", "quality")),
        ({"type": "search", "query": "q", "results_count": [4]}, ("results_count",)),
        ({"more": [1]}, ()),
    ],
)
def test_fields_that_cannot_be_understood_are_told_and_cost_nothing_else(
    changes: dict[str, object], fields: tuple[str, ...]
) -> None:
    recent = Recent()
    sent = [text(event_id="other"), text(**changes), text(**changes)]
    found = take(sent, recent)
    assert [result.result for result in found.results] == ["stored", "stored", "duplicate"]
    assert [set(result.left_out) for result in found.results] == [set(), set(fields), set(fields)]
    assert take(sent[1:2]).results[0].left_out == found.results[1].left_out


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"watch_seconds": NaN, "type": "watch"}', "unparsable_row"),
        (b'{"watch_seconds": -Infinity}', "unparsable_row"),
        (b'{"watch_seconds": 1e400, "type": "watch"}', "unparsable_row"),
        (text(user_id="u").replace(b'"u"', b'"\\ud800"'), "unparsable_row"),
        (text(user_id="u").replace(b'"u"', b'"\xff"'), "unparsable_row"),
        (text(more="u").replace(b'"u"', b'"\xff"'), "unparsable_row"),
        (b"[" * 10_000 + b"]" * 10_000, "unparsable_row"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "unparsable_row"),
        (b"42", "unparsable_row"),
        (b"[]", "unparsable_row"),
        (b"", "unparsable_row"),
        (b"{}", "unknown_type"),
        (text(type="listen"), "unknown_type"),
        (text(type=["watch"]), "unknown_type"),
        (text(playback_id="x" * 70_000), "event_too_large"),
        (b'"' + b"x" * 2**20 + b'"', "event_too_large"),
    ],
)
def test_what_is_no_event_is_rejected_and_its_neighbours_are_not(bad: bytes, reason: str) -> None:
    found = take([text(event_id="a"), bad, text(event_id="b")])
    assert [result.result for result in found.results] == ["stored", "rejected", "stored"]
    assert found.results[1].reasons == (reason,)
    assert found.results[1].detail
    assert found.kept == [text(event_id="a"), text(event_id="b")]


def test_nul_signs_are_text_like_any() -> None:
    assert word(text(playback_id="a\0b")) == [("stored", ())]


def test_the_same_event_again_is_a_duplicate_and_another_of_its_id_a_conflict() -> None:
    recent = Recent()
    first = take([b"{}", text(), text(), text(watch_seconds=1)], recent)
    results = [result.result for result in first.results]
    assert results == ["rejected", "stored", "duplicate", "quarantined"]
    assert first.results[3].reasons == ("conflicting_duplicate",)
    assert (first.duplicates, first.quarantined, len(first.new), len(first.kept)) == (1, 1, 1, 3)
    recent.add(first.identities, first.places(offset=7))

    def originals(places: Collection[Place]) -> dict[Place, Event | None]:
        assert set(places) == {7 * POSITIONS}
        return {place: event_of(first.kept[place % POSITIONS], NOW) for place in places}

    def again(one: bytes) -> tuple[str, tuple[str, ...]]:
        (told,) = take([one], recent, originals).results
        return told.result, told.reasons

    assert again(text()) == ("duplicate", ())
    respelt = json.dumps(GOOD | {"watch_seconds": 1800.0, "is_download": "no"}, indent=1).encode()
    assert again(respelt) == ("duplicate", ())
    assert again(text(watch_seconds=2)) == ("quarantined", ("conflicting_duplicate",))
    # What the log no longer holds cannot be compared: it is taken for the same.
    assert word(text(watch_seconds=2), recent=recent) == [("duplicate", ())]


def test_an_id_counts_within_its_day_and_its_type() -> None:
    last = text(event_time="2026-03-05T23:59:59.999Z")
    first = text(event_time="2026-03-06T00:00:00Z")
    review = text(type="review", rating=4)
    abroad = text(event_time="2026-03-06T00:59:59.999+01:00")
    assert [result for result, _ in word(last, first, review, abroad)] == [
        "stored",
        "stored",
        "stored",
        "duplicate",
    ]


def test_only_so_many_identities_are_remembered() -> None:
    recent = Recent(most=8)
    texts = [text(event_id=f"e-{number}") for number in range(40)]
    for one in texts:
        found = take([one], recent)
        recent.add(found.identities, found.places(1))
    known = [result for result, _ in word(*texts, recent=recent)]
    assert known[:24] == ["stored"] * 24
    assert known[-8:] == ["duplicate"] * 8


@at_most(20)
@given(st.lists(st.lists(st.integers(-3, 60), max_size=50, unique=True), max_size=8))
def test_identities_that_come_together_are_known_as_those_that_come_alone(
    records: list[list[int]],
) -> None:
    together, alone = Recent(100), Recent(100)
    for offset, names in enumerate(records, start=1):
        new = [name for name in names if alone.place(name) is None]
        assert together.knows_any(names) is (len(new) < len(names))
        places = [offset * POSITIONS + at for at in range(len(new))]
        together.add(new, places)
        for name, place in zip(new, places, strict=True):
            alone.add([name], [place])
        assert [together.place(name) for name in names] == [alone.place(name) for name in names]
    before = together.before(2 * POSITIONS)
    known = [before.place(name) for name in range(-3, 61)]
    assert {place // POSITIONS for place in known if place is not None} <= {1}
    assert not before.before(0).knows_any(range(-3, 61))


def test_the_rules_are_those_of_ingest() -> None:
    late = (NOW + timedelta(hours=1)).isoformat()
    later = (NOW + timedelta(hours=1, microseconds=1)).isoformat()
    texts = [text(event_time=late), text(event_time=later, event_id="e-2")]
    frame = http_events.read("watch_events", texts, [0, 1]).frame
    good, bad = judge("watch_events", frame, NOW, names_itself=True)
    assert (good.height, bad["reasons"].to_list()) == (1, [["event_time_in_future"]])
    assert word(*texts) == [("stored", ()), ("quarantined", ("event_time_in_future",))]
