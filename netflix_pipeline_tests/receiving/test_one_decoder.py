"""An event's bytes are read in one way: the answer, the live view, the drain and a replay agree."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netflix_pipeline.eventlog import POSITIONS, open_log
from netflix_pipeline.ingest import manifests
from netflix_pipeline.ingest.quarantine import quarantined, replay
from netflix_pipeline.lines import TextLines
from netflix_pipeline.receiving import Follower, Receiver, cut
from netflix_pipeline.receiving.recent_identities import Recent
from netflix_pipeline.receiving.validate_events import Reading, Result
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources.formats import http_events, plain_batches
from netflix_pipeline.sources.formats.http_events import IDENTITY, TYPES, decode
from netflix_pipeline.sources.formats.plain_batches import read_together
from netflix_pipeline.sources.readers.ndjson import read_object
from netflix_pipeline_tests.support.events import Events, opened
from netflix_pipeline_tests.support.examples import at_most
from netflix_pipeline_tests.support.receiving import gone
from netflix_pipeline_tests.support.waiting import until

NOW = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
OLDEST = timedelta(days=400)

TEXTS = [
    *(b'""', b'" u "', b'"   "', b'"null"', b'"77"', b'"77.0"', b'"NA"', b'"a,b:\\"x\\"{}[]"'),
    *(b'"\\u0000"', b'"\\ud800"', b'"\\udc00x"', b'"\\ud83d\\ude00"', b'"\xc3\xa9"', b'"\xff"'),
    *(b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"a\tb"', b'"a\x00b"', b'"\x1f"', b'"\\x"', b'"open'),
    *(b'"\xf0\x9f\x98\x80"', b'"%b"' % ("\U0001f600" * 64).encode(), b'"%b"' % (b"x" * 65)),
    *(b'"\xc2\x85"', b'"\xe2\x80\xa8"', b'"\\n"', b'"\\\\"', b'"12.5"', b'" 3 "', b'"1e400"'),
    *(b'"stopped"', b'" Stopped "', b'"Play"', b'"smart_tv"', b'"iPhone"', b'"DE"', b'"de"'),
    *(b'"4K"', b'"HD"', b'"yes"', b'"true"', b'"day"', b'"second"', b'"promo"', b'"trailer"'),
]
NUMBERS = [
    *(b"0", b"-0", b"-0.0", b"1", b"77", b"77.0", b"3.0", b"1.5", b"-1", b"86400", b"86401"),
    *(b"86400.0000001", b"0.1", b"1e5", b"1E+05", b"1e400", b"-1e400", b"1e-400", b"5e-324"),
    *(b"9007199254740993", b"1%b" % (b"0" * 30), b"1%b" % (b"0" * 400), b"1%b" % (b"0" * 5000)),
    *(b"0.%b" % (b"3" * 5000), b"2147483648", b"-2147483649", b"18446744073709551616"),
    *(b"NaN", b"Infinity", b"-Infinity", b"01", b"1.", b".5", b"+1", b"0x10", b"1_000", b"-"),
]
OTHERS = [
    *(b"true", b"false", b"null", b"True", b"None", b"[]", b"[1]", b"{}", b'{"a":1,"a":2}'),
    *(b"[" * depth + b"]" * depth for depth in (62, 63, 64, 65, 500, 990, 5000)),
    b'{"a":' * 63 + b"1" + b"}" * 63,
]
TIMES = [
    f'"{time}"'.encode()
    for time in (
        *("2026-03-06T19:00:00Z", "2026-03-06t19:00:00z", "2026-03-06 19:00:00", "2026-03-06"),
        *("2026-03-06T19:00:00.123456Z", "2026-03-06T19:00:00.9999999Z", "2026-03-06T19:00:60Z"),
        *("2026-03-06T19:00:00.9999999999Z", "2026-03-06T19:00:00.1234567+02:00"),
        *("2026-03-06T19:00:00.%sZ" % ("9" * 2000), "2026-03-06T19:00:00.Z", "2026-03-06T19:00Z"),
        *("2026-03-05T24:00:00Z", "2026-03-06T19:00:00+24:00", "2026-03-06T19:00:00-00:00"),
        *("2026-03-06T19:00:00+0200", "2026-03-06T19:00:00+02", "2026-03-06T19:00:00+23:60"),
        *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "10000-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59-23:59", "2026-02-29T12:00:00Z", " 2026-03-06T19:00:00Z "),
        *("2026-03-06T21:00:00Z", "2026-03-06T21:00:00.0000009Z", "2026-03-06T21:00:00.000001Z"),
        *("2025-01-30T20:00:00Z", "2025-01-30T19:59:59.9999999Z", "3/6/2026 19:00", "now"),
        *("2026-03-06T19:00:00,5Z", "2026-03-06T19:00:00\\u005a", "\\u0662026-03-06T19:00:00Z"),
    )
]
NAMES = sorted(
    {"type", "event_id", "more", "search_id"}.union(*map(http_events.columns, TYPES.values()))
)
VALUES = st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.sampled_from(OTHERS)


def escaped(name: str) -> bytes:
    """A name of which the first character is spelt as an escape."""
    return b'"\\u%04x%b"' % (ord(name[0]), name[1:].encode())


@st.composite
def members(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """The names and values of an event as JSON: most good, some not, some told twice."""
    kind = draw(st.sampled_from(list(TYPES)))
    told: list[tuple[bytes, bytes]] = [
        (b'"type"', json.dumps(kind).encode()),
        (b'"event_id"', b'"%d"' % draw(st.integers(0, 99))),
        (b'"user_id"', b'"u-1"'),
        (b'"title_id"', b'"t-1"'),
        (b'"event_time"', draw(st.sampled_from(TIMES))),
        (b'"clicked"', b"true"),
        (b'"rating"', b"4"),
    ]
    known = [*NAMES, *http_events.columns(TYPES[kind])]
    for name in draw(st.lists(st.sampled_from(known), max_size=3)):
        value = draw(st.sampled_from(TIMES) if name == "event_time" else VALUES)
        changed = (escaped(name) if draw(st.integers(0, 5)) == 0 else f'"{name}"'.encode(), value)
        if draw(st.integers(0, 3)):
            told = [one for one in told if one[0] != f'"{name}"'.encode()]
        told.insert(draw(st.integers(0, len(told))), changed)
    return told


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """The bytes of an event, without a line break, as a request may hold them."""
    comma, colon = draw(st.sampled_from([(b",", b":"), (b", ", b": "), (b" ,\t", b" :")]))
    text = b"{%b}" % comma.join(name + colon + value for name, value in draw(members()))
    match draw(st.integers(0, 12)):
        case 0:
            at = draw(st.integers(0, len(text)))
            text = text[:at] + draw(st.binary(max_size=2)) + text[at + draw(st.integers(0, 2)) :]
        case 1:
            text += draw(st.sampled_from([b"x", b" ", b"{}", b"\x00", b",", b"}"]))
        case 2:
            text = draw(st.sampled_from([b"\xef\xbb\xbf", b" ", b"\x0c", b"[", b"\x00"])) + text
        case 3:
            text = draw(st.binary(max_size=20))
    return text.replace(b"\n", b"").replace(b"\r", b"")


def stored(frames: dict[str, list[dict[str, Any]]], events: Sequence[object]) -> None:
    """Every event that was told to be stored is there, with just these values."""
    for table, struct in http_events.STRUCTS.items():
        told = [event for event in events if isinstance(event, struct)]
        rows = [
            {name: row[IDENTITY[table] if name == "event_id" else name] for name in one}
            for one, row in zip(map(as_dict, told), frames[table], strict=True)
        ]
        assert rows == list(map(as_dict, told))


def as_dict(event: object) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}  # type: ignore[attr-defined]


def drained_rows(events: Events) -> dict[str, list[dict[str, Any]]]:
    return {table: events.stored(table).to_dicts() for table in TYPES.values()}


def agree(home: Settings, sent: Sequence[bytes]) -> None:
    """Answer, live view, drain and replay of what is sent in two requests are the same."""
    home = home.model_copy(update={"event_days_back": OLDEST.days})
    with opened(home) as events:
        tails = [Follower(home, open_log(home)) for _ in range(2)]
        ours, others = tails
        for tail in tails:
            tail._clock.now = lambda: NOW
            tail.start()
        until(lambda: all(tail.caught_up for tail in tails))
        try:
            half = len(sent) // 2
            receiver = Receiver(ours, now=lambda: NOW)
            received = [asyncio.run(receiver.receive(part)) for part in (sent[:half], sent[half:])]
            until(lambda: others.position == ours.position)
            live, theirs = (tail.view.read(NOW).totals for tail in tails)
        finally:
            for tail in tails:
                tail.stop()
        answers = [result for each in received for result in each.judged.results]
        new = [event for each in received for event in each.judged.new]
        counts = [sum(answer.result == word for answer in answers) for word in WORDS]
        assert live == theirs
        watched = [event for event in new if isinstance(event, http_events.Watch)]
        promos = sum(event.kind == "promo" for event in watched)
        assert live.promos == promos
        assert sum(live.events.model_dump().values()) + promos == counts[0] == len(new)
        assert [live.duplicates, live.quarantined] == counts[1:3]
        hours = sum(event.watch_seconds or 0 for event in watched if event.kind == "main") / 3600
        assert live.hours == pytest.approx(hours)

        events.drain(NOW)
        stored(drained_rows(events), new)
        assert len(events.stored("duplicates")) == counts[1]
        fields = [one.left_out for one in answers if one.result == "stored"]
        left_out = sum((Counter(told.left_out) for told in manifests(events.lake)), Counter[str]())
        assert left_out == Counter(chain.from_iterable(fields))
        offset = 0
        told: dict[int, Result] = {}
        for each in received:
            kept = [answer for answer in each.judged.results if answer.result != "rejected"]
            if kept:
                offset += 1
                told |= {offset * POSITIONS + at: answer for at, answer in enumerate(kept)}
        reasons = {line: list(one.reasons) for line, one in told.items() if one.reasons}
        assert events.reasons() == reasons
        rows = quarantined(events.lake)
        again = replay(home, rows, now=lambda: NOW)
        # A replay does not mind how long ago it was.
        late = rows.filter(pl.col("reasons") == ["event_time_too_old"]).height
        assert (again.rows, again.quarantined + late) == (rows.height, rows.height)


WORDS = ("stored", "duplicate", "quarantined", "rejected")


@at_most(6)
@given(st.lists(texts(), min_size=2, max_size=60))
def test_answer_live_view_drain_and_replay_agree_on_any_bytes(sent: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        agree(Settings(home=Path(folder)), sent)


@at_most(40)
@given(st.lists(texts(), min_size=1, max_size=8))
@example(
    [b'{"type":"watch","event_id":"a","user_id":"u","title_id":"t","event_time":"2026-03-06"}']
)
def test_the_plain_form_is_read_as_any_other_and_no_neighbour_matters(sent: list[bytes]) -> None:
    for table, struct in http_events.STRUCTS.items():
        of_table = [text for text in sent if http_events.table_of(text) == table]
        together = http_events.read(table, of_table, range(len(of_table)))
        read = {row["line"]: row for row in together.frame.to_dicts()}
        for at, text in enumerate(of_table):
            alone = http_events.read(table, [text], [at])
            assert alone.frame.to_dicts() == ([read[at]] if at in read else [])
            generally = http_events.generally(table, [text], [at])
            assert alone.frame.equals(generally.frame)
            assert alone.unparsable.equals(generally.unparsable)
            try:
                event = decode(text)
            except ValueError:
                continue
            assert isinstance(event, struct)
            assert read[at]["problems"] is None


@pytest.mark.parametrize(
    ("sent", "word", "reasons"),
    [
        (b'"user_id":"a","user_id":"b"', "quarantined", ("unparsable_row",)),
        (b'"user_id":"a","\\u0075ser_id":"a"', "quarantined", ("unparsable_row",)),
        (b'"user_id":"a","more":{"a":1,"a":2}', "stored", ()),
        (b'"user_id":"a","more":1,"more":1', "quarantined", ("unparsable_row",)),
        (b'"\\u0075ser_id":"a,b"', "stored", ()),
        (b'"user_id":"a","event_time":"2026-03-06T19:00:00Z"', "quarantined", ("unparsable_row",)),
        (b'"user_id":"a","more":1e400', "rejected", ("unparsable_row",)),
        (b'"user_id":"a","more":%b' % (b"[" * 64 + b"]" * 64), "rejected", ("unparsable_row",)),
        (b'"user_id":"a","more":%b' % (b"[" * 63 + b"]" * 63), "stored", ()),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_taken(
    sent: bytes, word: str, reasons: tuple[str, ...]
) -> None:
    text = b'{"type":"watch","event_id":"e","title_id":"t","event_time":"2026-03-06T19:00:00Z",%b}'
    (told,) = Reading([text % sent], NOW).judged(Recent(), gone).results
    assert (told.result, told.reasons) == (word, reasons)


PLAIN_TOLD: list[tuple[str, dict[str, object]]] = [
    ("2026-03-06T19:00:00Z", {"action": "paused", "watch_seconds": 7}),
    ("2026-03-06T21:00:00.123456+02:00", {"kind": "promo", "rating": None}),
    ("2026-03-05T19:00:00-05:00", {"progress": 0.1234567890123}),
]
PLAIN = [
    json.dumps(
        {
            "type": "watch",
            "event_id": f"e,{number}",
            "user_id": "u 1",
            "title_id": "t-1",
            "event_time": time,
            "country": "DE",
            **more,
        }
    ).encode()
    for number, (time, more) in enumerate(PLAIN_TOLD * 6)
]
OF_OTHER_TYPES = [
    b'{"type":%b,"user_id":"u","title_id":"t","event_time":"2026-03-06T19:00:00Z"}' % more
    for more in (
        b'"recommendation","event_id":"r","clicked":true,"algorithm":"a, b"',
        b'"review","event_id":"v","rating":4,"text":"good, not great","sentiment":null',
    )
]


def one_with(more: bytes) -> bytes:
    return PLAIN[0][:-1] + b", " + more + b"}"


@at_most(20)
@given(st.lists(texts(), max_size=3))
@example([one_with(b'"device": "mobile", "device": "tablet"')])
@example([one_with(b'"device": null, "\\u0064evice": null')])
@example([one_with(b'"playback_id": "\\u002c", "device": null, "device": null')])
@example([one_with(b'"playback_id": " n/a "')])
@example([one_with(b'"playback_id": "a\\u002cb"')])
@example([PLAIN[0].replace(b"u 1", b"u 1 ")])
@example([PLAIN[0].replace(b"u 1", b"NONE")])
@example([PLAIN[0].replace(b"u 1", b"")])
@example([PLAIN[0].replace(b"00:00Z", b"00:00.1234567Z")])
@example([PLAIN[0].replace(b"00:00Z", b"00:00")])
@example([PLAIN[0].replace(b"2026", b"0001")])
@example([one_with(b'"more": [1]')])
@example([one_with(b'"more": %b' % (b"[" * 5000 + b"]" * 5000))])
def test_many_events_are_read_together_as_they_are_one_by_one(others: list[bytes]) -> None:
    sent = [*PLAIN, *OF_OTHER_TYPES, *others]
    together = read_together(sent) or []
    for places, events in together:
        decoded = [decode(sent[at]) for at in places]
        assert list(events) == decoded
        assert events[1:] == decoded[1:]
        times = [event.event_time for event in decoded]
        assert events.span == (min(times), max(times))
    for table in TYPES.values():
        numbers = range(7, 7 + len(sent))
        many, each = (one.read(table, sent, numbers) for one in (plain_batches, http_events))
        assert many.frame.equals(each.frame)
        assert many.unparsable.equals(each.unparsable)
        assert many.raw(numbers) == each.raw(numbers)
    alone = [Reading([text], NOW, OLDEST).judged(Recent(), gone).results[0] for text in sent]
    for part in (sent, PLAIN, TextLines(b"\n".join(sent)), TextLines(b"\n".join(PLAIN))):
        told = Reading(part, NOW, OLDEST).judged(Recent(), gone).results
        if len({one.event_id for one in told}) == len(told):
            assert told == alone[: len(part)]
    if not others:
        assert [len(places) for places, _ in together] == [len(PLAIN), 1, 1]


def test_a_few_events_of_another_form_do_not_keep_the_others_from_being_read_together() -> None:
    other = one_with(b'"more": 1')
    found = read_together([other, *PLAIN, b"nonsense"])
    assert found is not None
    ((places, events),) = found
    assert (list(places), len(events)) == ([*range(1, 19)], 18)
    assert read_together([*PLAIN, *[other] * 9]) is None
    assert read_together(PLAIN[:15]) is None


HALVES = (PLAIN[1][:30], PLAIN[1][30:])


@pytest.mark.parametrize(
    "bad",
    [
        [PLAIN[0] + PLAIN[1], *HALVES],  # as many events as lines
        [PLAIN[0] + PLAIN[1], b"{" + HALVES[0], HALVES[1]],
        [b'{"type":"watch","event_id":"a', b'{b",' + PLAIN[0][1:] + PLAIN[1]],
        [PLAIN[0] + PLAIN[1], b""],
        [PLAIN[0] + b" " + PLAIN[1], b" "],
        [PLAIN[0] + b",", PLAIN[1]],
    ],
)
def test_lines_that_hold_no_event_or_several_are_not_read_together(bad: list[bytes]) -> None:
    for sent in ([*PLAIN, *bad], [*bad, *PLAIN]):
        for form in (sent, TextLines(b"\n".join(sent))):
            found = read_together(form)
            assert found is not None
            ((places, events),) = found
            assert [sent[at] for at in places] == [text for text in sent if text in PLAIN]
            assert list(events) == [decode(sent[at]) for at in places]


@pytest.mark.parametrize(
    "fraction", ["1234567", "9999999", "99999999999", "999999" + "9" * 3000], ids=len
)
def test_a_time_is_cut_to_microseconds(fraction: str) -> None:
    told = {"type": "watch", "event_id": "e", "user_id": "u", "title_id": "t"}
    sent = json.dumps(told | {"event_time": f"2026-03-06T19:00:00.{fraction}Z"}).encode()
    (event,) = Reading([sent], NOW).judged(Recent(), gone).new
    assert event.event_time == datetime(2026, 3, 6, 19, 0, 0, int(fraction[:6]), UTC)


@given(st.lists(texts(), min_size=1, max_size=6))
def test_the_form_of_a_body_makes_no_difference(sent: list[bytes]) -> None:
    good = [text.strip() for text in sent if can_be_read(text)]
    if good:
        assert list(cut(b"\r\n".join(good), "application/x-ndjson")) == good
        assert list(cut(b"\n".join(good), "application/x-ndjson")) == good
        assert list(cut(b"[ %b\n]" % b" ,\n".join(good), "application/json")) == good
        assert list(cut(b"[%b]" % b" , ".join(good), "application/json")) == good
        assert [cut(text, "application/json")[0] for text in good] == good


def can_be_read(text: bytes) -> bool:
    try:
        return bool(read_object(text))
    except ValueError:
        return False


@pytest.mark.parametrize("neighbour", [b"{}", b'{"a": NaN}'])
def test_a_line_break_within_a_text_is_no_blank(neighbour: bytes) -> None:
    bad = b'{"type":"watch",\n"event_id":"a\nb"}'
    (_, text) = cut(b"[%b,%b]" % (neighbour, bad), "application/json")
    assert text.startswith(b'{"type":"watch", ')
    assert not can_be_read(text)
