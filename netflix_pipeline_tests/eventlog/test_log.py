"""What every backend of the log promises."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from netflix_pipeline.errors import BadInput
from netflix_pipeline.eventlog import (
    Damaged,
    EventLog,
    LogUnavailable,
    Record,
    open_log,
    since,
)
from netflix_pipeline.eventlog.record import StoredRecord
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.event_logs import Damage, Open

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(days=1)
APPENDING = Path(__file__).with_name("appending.py")


def fill(log: EventLog, count: int) -> None:
    """Append `count` records, a minute between each two, the first at noon."""
    futures = [log.append(NOON + n * MINUTE, [b'{"n":%d}' % n]) for n in range(count)]
    assert [future.result(30) for future in futures] == list(range(1, count + 1))


def offsets(log: EventLog, after: int = 0) -> list[int]:
    return [record.offset for record in log.read(after)]


def test_a_new_log_is_empty(log: EventLog) -> None:
    assert (log.first(), log.last(), list(log.read(0))) == (1, 0, [])
    assert log.received_at(1) is None
    assert log.trim(log.id, 10) == 0
    assert len(log.id) == 12
    assert int(log.id, 16) >= 0
    assert "disk" in log.durability


def test_records_come_back_as_they_were_written_and_in_order(log: EventLog, opened: Open) -> None:
    lines = [
        (b'{"type":"watch"}',),
        ('{"title":"Amélie 🎬 日本"}'.encode(), b'{"a":"\\u0000\\n"}'),
        (b'{"a":"' + b"x" * 2**16 + b'"}',) * 3,
        (b'{"spaces": " \\r "}\r',),
    ]
    told = [log.append(NOON + n * MINUTE, each).result(30) for n, each in enumerate(lines)]
    assert told == [1, 2, 3, 4]
    expected = [Record(n + 1, NOON + n * MINUTE, each) for n, each in enumerate(lines)]
    assert list(log.read(0)) == expected
    assert list(opened().read(2)) == expected[2:]
    assert (log.first(), log.last()) == (1, 4)


TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_record_keeps_the_trace_of_its_request_until_something_of_it_is_erased(
    log: EventLog, opened: Open
) -> None:
    short, long = (b'{"user_id":"ann"}',), (b'{"a":"' + b"x" * 5000 + b'"}', b'{"user_id":"bob"}')
    for lines in (short, long):
        log.append(NOON, lines, TRACEPARENT).result(30)
    log.append(NOON, short).result(30)
    traced = [Record(1, NOON, short, TRACEPARENT), Record(2, NOON, long, TRACEPARENT)]
    assert list(opened().read(0)) == [*traced, Record(3, NOON, short)]
    assert log.erase(Persons(["ann"])) == 2
    erased = (b"erased ",)
    assert list(log.read(0)) == [Record(1, NOON, erased), traced[1], Record(3, NOON, erased)]


def test_whoever_knows_nothing_of_traces_reads_the_events() -> None:
    lines = [b"{}", b"[]"]
    stored = StoredRecord.pack(NOON, lines, TRACEPARENT)
    assert zstandard.ZstdDecompressor().decompress(stored.payload).split(b"\n") == lines
    assert StoredRecord.pack(NOON, lines).payload == b"{}\n[]"


def test_an_object_written_over_several_lines_stays_one_event(log: EventLog) -> None:
    pretty = json.dumps({"a": 1, "b": "x\ny"}, indent=2).encode()
    log.append(NOON, [pretty, b"{}"]).result(30)
    (record,) = log.read(0)
    assert isinstance(record, Record)
    assert [json.loads(line) for line in record.lines] == [{"a": 1, "b": "x\ny"}, {}]


def test_it_is_read_in_portions(log: EventLog) -> None:
    incompressible = b'{"a":"' + b"y" * 900 + b'"}'
    for n in range(60):
        log.append(NOON + n * MINUTE, [incompressible])
    log.append(NOON, [b"{}"]).result(30)
    after, portions = 0, []
    while portion := log.read(after, most=10_000):
        portions.append(len(portion))
        assert [record.offset for record in portion] == list(
            range(after + 1, after + 1 + len(portion))
        )
        after = portion[-1].offset
    assert (after, max(portions)) == (61, 12)
    assert offsets(log, after=60) == [61]
    assert len(log.read(0, most=1)) == 1
    assert log.read(61) == []
    assert log.read(1000) == []


def test_times_are_found_and_told(log: EventLog) -> None:
    fill(log, 10)
    assert log.received_at(1) == NOON
    assert log.received_at(10) == NOON + 9 * MINUTE
    assert log.received_at(11) is None
    assert since(log, NOON - MINUTE, LATER) == 0
    assert since(log, NOON + 4 * MINUTE, LATER) == 4
    assert since(log, NOON + 4 * MINUTE + timedelta(microseconds=1), LATER) == 5
    assert since(log, NOON + 99 * MINUTE, LATER) == 10


def test_times_are_found_where_the_clock_was_set_meanwhile(log: EventLog) -> None:
    ahead, behind = [3, 4, 5], [12, 13]
    for number in range(20):
        shift = timedelta(days=40 * (number in ahead) - 40 * (number in behind))
        log.append(NOON + number * MINUTE + shift, [b"{}"]).result()
    now = NOON + 20 * MINUTE
    for minute in range(20):
        found = since(log, NOON + minute * MINUTE, now)
        # Too early where it is looked for among those ahead: reading only takes longer.
        assert found == minute or found + 1 in ahead or (minute in behind and found == 14)


def test_trimming_takes_the_oldest(log: EventLog, opened: Open) -> None:
    fill(log, 10)
    name = log.id
    assert log.trim(log.id, 0) == 0
    assert log.trim("0" * 12, 4) == 0
    assert log.trim(log.id, 4) == 4
    assert (log.first(), offsets(log)) == (5, [5, 6, 7, 8, 9, 10])
    assert log.trim(log.id, 6) == 2
    assert (log.first(), log.last(), offsets(log)) == (7, 10, [7, 8, 9, 10])
    assert log.received_at(1) == NOON + 6 * MINUTE
    assert since(log, NOON, LATER) == 6
    assert log.trim(log.id, 10) == 4
    assert (log.first(), log.last(), offsets(log)) == (11, 10, [])
    other = opened()
    assert other.id == name
    assert other.append(NOON, [b"{}"]).result(30) == 11


def test_trimming_takes_many_in_steps(log: EventLog) -> None:
    fill(log, 1234)
    assert log.trim(log.id, 1200) == 1200
    assert offsets(log) == list(range(1201, 1235))


def test_a_clock_that_steps_back_costs_no_record(log: EventLog) -> None:
    times = [NOON, NOON + 60 * MINUTE, NOON + 1 * MINUTE, NOON + 2 * MINUTE]
    for n, time in enumerate(times):
        assert log.append(time, [b"{}"]).result(30) == n + 1
    assert [record.received_at for record in log.read(0)] == times
    assert log.trim(log.id, 3) == 3
    assert offsets(log) == [4]


def test_several_append_at_once_and_nothing_is_lost_or_twice(log: EventLog, opened: Open) -> None:
    logs = [log, opened(), opened()]

    def append(n: int) -> tuple[int, bytes]:
        line = b'{"n":%d}' % n
        return logs[n % 3].append(NOON, [line]).result(60), line

    with ThreadPoolExecutor(16) as pool:
        told = dict(pool.map(append, range(600)))
    assert sorted(told) == list(range(1, 601))
    for each in logs:
        assert {
            record.offset: record.lines for record in each.read(0) if isinstance(record, Record)
        } == {offset: (line,) for offset, line in told.items()}


def test_two_processes_append_while_a_third_reads(place: Settings, log: EventLog) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, APPENDING, name, "150"],
            env=place.environment(),
            stdout=subprocess.PIPE,
        )
        for name in "ab"
    ]
    seen: list[Record | Damaged] = []
    while any(process.poll() is None for process in processes):
        seen += log.read(seen[-1].offset if seen else 0)
    seen += log.read(seen[-1].offset if seen else 0)
    for process in processes:
        told, _ = process.communicate()
        assert told.split() == [b"%d" % n for n in range(150)]
    assert [record.offset for record in seen] == list(range(1, 301))
    for name in "ab":
        own = [
            record.lines[0]
            for record in seen
            if isinstance(record, Record) and b'"%s-' % name.encode() in record.lines[0]
        ]
        assert own == [b'{"n": "%s-%d"}' % (name.encode(), n) for n in range(150)]


@pytest.mark.parametrize("payload", [b'{"n":9}', b"", b"\x28\xb5\x2f\xfd torn"])
def test_a_damaged_record_is_told_and_its_neighbours_stay(
    log: EventLog, opened: Open, damage: Damage, payload: bytes
) -> None:
    fill(log, 3)
    damage(2, payload)
    for each in (log, opened()):
        first, second, third = each.read(0)
        assert second == Damaged(2, NOON + MINUTE, payload)
        assert (first, third) == (
            Record(1, NOON, (b'{"n":0}',)),
            Record(3, NOON + 2 * MINUTE, (b'{"n":2}',)),
        )
    assert log.append(NOON, [b"{}"]).result(30) == 4


def test_a_log_that_begins_anew_has_another_id(
    log: EventLog, opened: Open, begin_anew: Callable[[], None]
) -> None:
    fill(log, 5)
    other = opened()
    before = log.id
    assert other.id == before
    begin_anew()
    assert log.append(NOON, [b'{"new":1}']).result(30) == 1
    assert other.append(NOON, [b'{"new":2}']).result(30) == 2
    assert log.id == other.id != before
    assert offsets(other) == [1, 2]


def test_what_waits_is_written_before_it_closes(log: EventLog, opened: Open) -> None:
    futures = [log.append(NOON, [b"{}"]) for _ in range(100)]
    log.close()
    assert [future.result(0) for future in futures] == list(range(1, 101))
    with pytest.raises(LogUnavailable, match="closed"):
        log.append(NOON, [b"{}"])
    assert opened().last() == 100


@pytest.mark.parametrize("address", ["kafka://:secret@host", "secret", "http://secret@host"])
def test_an_address_of_another_kind_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(BadInput, match="redis://") as refused:
        open_log(Settings(event_log=address))
    assert "secret" not in str(refused.value)


def test_an_offset_is_never_given_again_though_its_record_is_trimmed(
    log: EventLog, opened: Open
) -> None:
    fill(log, 3)
    other = opened()
    assert [other.append(NOON, [b"{}"]).result(30) for _ in range(4)] == [4, 5, 6, 7]
    assert other.trim(other.id, 7) == 7
    # This one wrote record 3 last, and knows nothing of those that came and went.
    assert log.append(NOON, [b"{}"]).result(30) == 8
    assert offsets(other) == [8]
