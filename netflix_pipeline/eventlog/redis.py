"""The log in Redis Streams: one stream, each record an entry whose id is `<offset>-0`.

A script gives the offsets, so that they grow by one whoever writes. It also begins the log anew
where Redis was emptied, and where the stream is not the one that was written last: the numbers of
a log are never given twice.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from netflix_pipeline.eventlog.log import READ_BYTES, EventLog, LogUnavailable
from netflix_pipeline.eventlog.record import Damaged, Record, StoredRecord, without
from netflix_pipeline.eventlog.redis_durability import DurableRedis
from netflix_pipeline.persons import Persons

# The braces keep all keys on one node of a cluster.
STREAM = "{netflix:events}:log"
ABOUT = "{netflix:events}:about"
NEXT = "{netflix:events}:next"

READ_FIRST = 16
"""Records that are asked for before their size is known."""
READ_AT_MOST = 4096
TRIMMED_AT_ONCE = 100
"""Records that one script removes or copies: Redis serves nobody else meanwhile."""
FIELDS = (b"received", b"events", b"payload", b"checksum")

APPEND = """
-- An id for a log that begins, the newest offset that the caller knows of which log, records.
local fresh, known, upto = ARGV[1], ARGV[2], tonumber(ARGV[3])
local id = redis.call('HGET', KEYS[2], 'id')
local told = tonumber(redis.call('HGET', KEYS[2], 'last') or 0)
local last = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local about = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then
      last = tonumber(string.match(about[i + 1], '^%d+'))
    end
  end
end
if not id or told ~= last or (id == known and last < upto) then
  id = fresh
  redis.call('HSET', KEYS[2], 'id', id, 'last', last)
end
local offset = last
for i = 4, #ARGV, 4 do
  offset = offset + 1
  redis.call('XADD', KEYS[1], string.format('%.0f-0', offset),
    'received', ARGV[i], 'events', ARGV[i + 1], 'payload', ARGV[i + 2], 'checksum', ARGV[i + 3])
end
if offset > last then
  redis.call('HSET', KEYS[2], 'last', string.format('%.0f', offset))
end
return {id, last + 1}
"""

TRIM = """
-- Up to which offset, how many at most, of which log.
if redis.call('HGET', KEYS[2], 'id') ~= ARGV[3] then
  return 0
end
local found = redis.call('XRANGE', KEYS[1], '-', ARGV[1] .. '-0', 'COUNT', ARGV[2])
if #found == 0 then
  return 0
end
local last = tonumber(string.match(found[#found][1], '^%d+'))
return redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f-0', last + 1))
"""

COPY = """
-- Which log, from which id to which, then records to be put in the place of those at their offset.
if redis.call('HGET', KEYS[2], 'id') ~= ARGV[1] then
  return -1
end
local instead = {}
for i = 4, #ARGV, 5 do
  instead[ARGV[i]] = {'received', ARGV[i + 1], 'events', ARGV[i + 2],
    'payload', ARGV[i + 3], 'checksum', ARGV[i + 4]}
end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[3])) do
  local offset = string.match(entry[1], '^%d+')
  redis.call('XADD', KEYS[3], entry[1], unpack(instead[offset] or entry[2]))
end
if ARGV[3] == '+' and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('UNLINK', KEYS[1])
  redis.call('RENAME', KEYS[3], KEYS[1])
end
return 0
"""


class RedisLog(EventLog):
    """A log in the Redis at a `redis://` or `rediss://` address.

    Raises BadInput for an address that is none, or a Redis that does not force data to disk before
    it answers; LogUnavailable when it does not answer. After a restart of Redis it goes on.
    """

    durability = "on disk (Redis Streams, appendfsync always)"

    def __init__(self, url: str) -> None:
        self._redis = DurableRedis(url)
        self._append = self._redis.script(APPEND)
        self._trim = self._redis.script(TRIM)
        self._copy = self._redis.script(COPY)
        self._known = ("", 0)
        self._run_append(())
        super().__init__()
        self._redis.start()

    @property
    @override
    def id(self) -> str:
        stored: bytes | None = self._redis.call("HGET", ABOUT, "id")
        return self._run_append(())[0] if stored is None else stored.decode()

    @property
    @override
    def problem(self) -> str | None:
        return self._redis.problem or super().problem

    @override
    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        records: list[Record | Damaged] = []
        size, count = 0, READ_FIRST
        while size < most and (entries := self._entries(after + 1, count)):
            for offset, stored in entries:
                records.append(stored.unpack(offset))
                after = offset
                size += len(stored.payload)
                if size >= most:
                    break
            # As many as fit into the rest, if they are like those before.
            fits = (most - size) * len(records) // max(size, 1)
            count = min(max(fits, 1), READ_AT_MOST)
        return records

    @override
    def last(self) -> int:
        return int(self._redis.call("HGET", ABOUT, "last") or 0)

    @override
    def _next(self, offset: int) -> tuple[int, object] | None:
        return next(((at, stored.received) for at, stored in self._entries(offset, 1)), None)

    @override
    def _trim_some(self, name: str, upto: int) -> int:
        if upto < 1:
            return 0
        return int(self._trim([STREAM, ABOUT], [upto, TRIMMED_AT_ONCE, name]))

    @override
    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        No entry of a stream can be changed, and one that was trimmed stays in memory and in files
        while its neighbours do. So the stream is copied, the copy put in its place in one step,
        and Redis writes its own files anew.
        """
        self._redis.call("UNLINK", NEXT)
        name, erased, upto = self.id, 0, 0
        while entries := self._entries(upto + 1, TRIMMED_AT_ONCE):
            begin, upto = upto + 1, entries[-1][0]
            changed, events = without(entries, persons)
            self._copied(name, f"{begin}-0", f"{upto}-0", changed)
            erased += events
        # What came in meanwhile goes on behind.
        self._copied(name, f"{upto + 1}-0", "+", {})
        self._redis.write_files_anew()
        return erased

    def _copied(self, name: str, begin: str, end: str, instead: Mapping[int, StoredRecord]) -> None:
        values: list[Any] = [name, begin, end]
        for offset, each in instead.items():
            values += (offset, *_values(each))
        if int(self._copy([STREAM, ABOUT, NEXT], values)) < 0:
            raise LogUnavailable(
                f"the event log in the Redis at {self._redis.place} was begun anew while events "
                "were erased: run it again."
            )

    @override
    def close(self) -> None:
        self._commits.close()
        self._redis.close()

    @override
    def _write(self, records: Sequence[StoredRecord]) -> list[int]:
        self._redis.look()
        _, first = self._run_append(records)
        # To write may have made a connection to a Redis that was started meanwhile.
        self._redis.look()
        return list(range(first, first + len(records)))

    def _run_append(self, records: Sequence[StoredRecord]) -> tuple[str, int]:
        """Write records; returns the log's id and the first offset. Also begins a log."""
        values: list[Any] = [secrets.token_hex(6), *self._known]
        for each in records:
            values += _values(each)
        answer = self._append([STREAM, ABOUT], values)
        log_id, first = answer[0].decode(), int(answer[1])
        self._known = (log_id, first - 1 + len(records))
        return log_id, first

    def _entries(self, offset: int, count: int) -> list[tuple[int, StoredRecord]]:
        """The records from an offset on, so many at most."""
        # A client may send 0-0 only as "-".
        begin = f"{offset}-0" if offset > 0 else "-"
        entries = self._redis.call("XRANGE", STREAM, begin, "+", "COUNT", count)
        return [
            (int(name.split(b"-")[0]), StoredRecord.found(*map(fields.get, FIELDS)))
            for name, fields in entries
        ]


def _values(stored: StoredRecord) -> tuple[int, int, bytes, int]:
    return stored.received, stored.events, stored.payload, stored.checksum
