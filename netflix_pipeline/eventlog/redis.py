"""The log in Redis Streams: one stream, each record an entry whose id is `<offset>-0`.

A script gives the offsets, so that they grow by one whoever writes. It also begins the log anew
where Redis was emptied, and where the stream is not the one that was written last: the numbers of
a log are never given twice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, OutOfMemoryError, ReadOnlyError, RedisError
from redis.retry import Retry

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import BadInput, StorageFull
from netflix_pipeline.eventlog.erasing import without
from netflix_pipeline.eventlog.group_commit import GroupCommit
from netflix_pipeline.eventlog.log import (
    READ_BYTES,
    Damaged,
    LogUnavailable,
    Record,
    StoredRecord,
    moment,
)
from netflix_pipeline.persons import Persons

# The braces keep all keys on one node of a cluster.
STREAM = "{netflix:events}:log"
ABOUT = "{netflix:events}:about"
NEXT = "{netflix:events}:next"

ANSWERS_WITHIN = 10.0
"""Seconds for an answer, with the wait for the disk."""
CONNECTS_WITHIN = 3.0
READ_FIRST = 16
"""Records that are asked for before their size is known."""
READ_AT_MOST = 4096
TRIMMED_AT_ONCE = 100
"""Records that one script removes or copies: Redis serves nobody else meanwhile."""
WRITTEN_ANEW_WITHIN = 600.0
"""Seconds within which Redis must have written its files anew."""

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

EVICTS = (
    "Redis throws keys away when its memory is full (as a cache may: give NETFLIX_CACHE and "
    "NETFLIX_EVENT_LOG a Redis each)"
)
DURABLE = {
    "appendonly": ("yes", "Redis keeps nothing of it when it restarts"),
    "appendfsync": ("always", "Redis answers before it is on disk"),
    "no-appendfsync-on-rewrite": ("no", "Redis does not force it to disk while it rewrites files"),
    "maxmemory-policy": ("noeviction", EVICTS),
}
"""Settings of Redis, what they must be, and what happens to an accepted event otherwise."""
LOOK_EVERY = 1.0
"""Seconds between two looks at these settings while nothing is written."""
LOOKED_AT_FOR = 0.1
"""Seconds for which a look counts while something is."""

BEING_WRITTEN = (
    "aof_rewrite_in_progress",
    "aof_rewrite_scheduled",
    "rdb_bgsave_in_progress",
    "loading",
)
"""What Redis tells of files that it is writing."""

Entries = list[tuple[bytes, dict[bytes, bytes]]]


class RedisLog:
    """A log in the Redis at a `redis://` or `rediss://` address.

    Raises BadInput for an address that is none, or a Redis that does not force data to disk before
    it answers; LogUnavailable when it does not answer. After a restart of Redis it goes on.
    """

    durability = "on disk (Redis Streams, appendfsync always)"

    def __init__(self, url: str) -> None:
        self._secrets = _secrets(url)
        self._connections = 0
        self._looked_at, self._looked = -1, float("-inf")
        self._redis, self._place = _client(url, self._connected)
        with self._told():
            self._check_durability()
        self._append = self._redis.register_script(APPEND)
        self._trim = self._redis.register_script(TRIM)
        self._copy = self._redis.register_script(COPY)
        self._known = ("", 0)
        with self._told():
            self._run_append(())
        self._commits = GroupCommit(self._write, "event-log")
        self._watching = Thread("event-log-settings", self._watch, LOOK_EVERY, grace=0)
        self._watching.start()

    @property
    def id(self) -> str:
        """Which log it is."""
        with self._told():
            stored: bytes | None = self._call("HGET", ABOUT, "id")
            return self._run_append(())[0] if stored is None else stored.decode()

    @property
    def waiting(self) -> int:
        """Bytes of records that wait to be durable."""
        return self._commits.waiting

    @property
    def problem(self) -> str | None:
        """Why records cannot be written, or the newest could not; None when they could."""
        return self._watching.task.problem or self._commits.problem

    def append(self, received_at: datetime, lines: Sequence[bytes]) -> Future[int]:
        """Write a record; the future gives its offset once it is on Redis's disk."""
        return self._commits.add(received_at, lines)

    def read(self, after: int, most: int = READ_BYTES) -> Sequence[Record | Damaged]:
        """The records behind an offset, in order, about `most` stored bytes of them."""
        records: list[Record | Damaged] = []
        size, count = 0, READ_FIRST
        with self._told():
            while size < most and (entries := self._entries(after + 1, count)):
                for offset, stored in map(_stored, entries):
                    records.append(stored.unpack(offset))
                    after = offset
                    size += len(stored.payload)
                    if size >= most:
                        break
                # As many as fit into the rest, if they are like those before.
                fits = (most - size) * len(records) // max(size, 1)
                count = min(max(fits, 1), READ_AT_MOST)
        return records

    def last(self) -> int:
        """The offset of the newest record; 0 before the first."""
        with self._told():
            return int(self._call("HGET", ABOUT, "last") or 0)

    def first(self) -> int:
        """The offset of the oldest record that is kept; one behind the last where none is."""
        # In this order: whatever is appended in between lies behind the one told.
        last = self.last()
        with self._told():
            for entry in self._entries(0, 1):
                return _stored(entry)[0]
        return last + 1

    def received_at(self, offset: int) -> datetime | None:
        """When the record of that offset, or the next one that is kept, came in."""
        with self._told():
            for entry in self._entries(offset, 1):
                return moment(_stored(entry)[1].received)
        return None

    def trim(self, name: str, upto: int) -> int:
        """Remove the records up to an offset; returns how many went."""
        if upto < 1:
            return 0
        removed = 0
        with self._told():
            while True:
                gone: Any = self._trim([STREAM, ABOUT], [upto, TRIMMED_AT_ONCE, name])
                removed += int(gone)
                if gone < TRIMMED_AT_ONCE:
                    return removed

    def erase(self, persons: Persons) -> int:
        """Take the events of some persons out of all records; returns how many they were.

        No entry of a stream can be changed, and one that was trimmed stays in memory and in files
        while its neighbours do. So the stream is copied, the copy put in its place in one step,
        and Redis writes its own files anew.
        """
        with self._told():
            erased = self._copy_without(persons)
            self._write_files_anew()
        return erased

    def _copy_without(self, persons: Persons) -> int:
        self._call("UNLINK", NEXT)
        name, erased, upto = self.id, 0, 0
        for entries in self._all_entries():
            less = _less(entries, persons)
            begin, upto = upto + 1, _stored(entries[-1])[0]
            self._copied(
                name, f"{begin}-0", f"{upto}-0", {at: one for at, (one, _) in less.items()}
            )
            erased += sum(count for _, count in less.values())
        # What came in meanwhile goes on behind.
        self._copied(name, f"{upto + 1}-0", "+", {})
        return erased

    def _copied(self, name: str, begin: str, end: str, instead: Mapping[int, StoredRecord]) -> None:
        values: list[Any] = [name, begin, end]
        for offset, each in instead.items():
            values += (offset, each.received, each.events, each.payload, each.checksum)
        if int(self._copy([STREAM, ABOUT, NEXT], values)) < 0:
            raise LogUnavailable(
                f"the event log in the Redis at {self._place} was begun anew while events were "
                "erased: run it again."
            )

    def _all_entries(self) -> Iterator[Entries]:
        after = 0
        while entries := self._entries(after + 1, TRIMMED_AT_ONCE):
            yield entries
            after = _stored(entries[-1])[0]

    def _write_files_anew(self) -> None:
        """Let Redis write its files by what it holds now, instead of by all that was done."""
        until = time.monotonic() + WRITTEN_ANEW_WITHIN
        begin = ["BGREWRITEAOF"]
        if any(self._settings("save")):
            begin.append("BGSAVE")
        for command in begin:
            self._wait_for_writing(until)
            self._call(command)
        state = self._wait_for_writing(until)
        for status in ("aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
            if state.get(status) != "ok":
                raise LogUnavailable(
                    f"the Redis at {self._place} could not write its files anew ({status}: "
                    f"{state.get(status)}), so what was erased is still in them. Its own log says "
                    "why; then run it again."
                )

    def _wait_for_writing(self, until: float) -> Mapping[str, Any]:
        """Redis's own words on its files, once none is being written."""
        while True:
            state: Mapping[str, Any] = self._call("INFO", "persistence")
            if not any(int(state.get(name, 0)) for name in BEING_WRITTEN):
                return state
            if time.monotonic() > until:
                raise LogUnavailable(
                    f"the Redis at {self._place} still writes its files anew: what was erased may "
                    "be in the old ones until it is done. Run it again later."
                )
            time.sleep(0.05)

    def close(self) -> None:
        """Write what waits, then let go of everything."""
        self._watching.stop()
        self._commits.close()
        self._redis.close()

    def _write(self, records: Sequence[StoredRecord]) -> list[int]:
        with self._told():
            self._look_or_refuse()
            _, first = self._run_append(records)
            # To write may have made a connection to a Redis that was started meanwhile.
            self._look_or_refuse()
        return list(range(first, first + len(records)))

    def _run_append(self, records: Sequence[StoredRecord]) -> tuple[str, int]:
        """Write records; returns the log's id and the first offset. Also begins a log."""
        values: list[Any] = [secrets.token_hex(6), *self._known]
        for each in records:
            values += (each.received, each.events, each.payload, each.checksum)
        answer: Any = self._append([STREAM, ABOUT], values)
        log_id, first = answer[0].decode(), int(answer[1])
        self._known = (log_id, first - 1 + len(records))
        return log_id, first

    def _entries(self, offset: int, count: int) -> Entries:
        # A client may send 0-0 only as "-".
        begin = f"{offset}-0" if offset > 0 else "-"
        entries: Entries = self._call("XRANGE", STREAM, begin, "+", "COUNT", count)
        return entries

    def _call(self, *command: object) -> Any:
        return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]

    def _connected(self, connection: Any) -> None:
        """Behind each new connection there may be a Redis with other settings."""
        connection.on_connect()
        self._connections += 1

    def _watch(self) -> None:
        with self._told():
            self._look_or_refuse(LOOK_EVERY)

    def _look_or_refuse(self, counts_for: float = LOOKED_AT_FOR) -> None:
        """Look at the settings. Raises LogUnavailable while an accepted event could be lost."""
        try:
            self._check_durability(counts_for)
        except BadInput as error:
            self._looked = float("-inf")
            raise LogUnavailable(str(error)) from error
        self._watching.task.works()

    def _check_durability(self, counts_for: float = LOOKED_AT_FOR) -> None:
        """Look at Redis's settings, unless that was just done with the newest connection."""
        while (
            self._looked_at != (connections := self._connections)
            or time.monotonic() - self._looked > counts_for
        ):
            self._look_at_settings()
            self._looked_at, self._looked = connections, time.monotonic()

    def _look_at_settings(self) -> None:
        values = self._settings(*DURABLE)
        for (name, (needed, otherwise)), value in zip(DURABLE.items(), values, strict=True):
            if value != needed:
                raise BadInput(
                    f"the Redis at {self._place} has {name} {value}: {otherwise}, and an event "
                    f"that was accepted could be lost. {self._remedy()}"
                )

    def _settings(self, *names: str) -> list[str]:
        asking: Any = self._redis.pipeline(transaction=False)
        for name in names:
            asking.execute_command("CONFIG GET", name)
        try:
            replies: list[dict[Any, Any]] = asking.execute()
        except AuthenticationError:
            raise BadInput(
                f"the Redis at {self._place} does not take the user and password of "
                "NETFLIX_EVENT_LOG."
            ) from None
        except RedisError as error:
            if not _is_forbidden(error):
                raise
            raise BadInput(
                f"the Redis at {self._place} does not let this user read its settings (CONFIG GET "
                f"is forbidden), so {', '.join(DURABLE)} cannot be checked, and nobody knows "
                "whether an accepted event is on disk and stays there. Allow it (ACL SETUSER "
                "<user> +config|get), or leave NETFLIX_EVENT_LOG empty to keep events in a file."
            ) from error
        return [
            ", ".join(
                value.decode() if isinstance(value, bytes) else str(value)
                for value in reply.values()
            )
            for reply in replies
        ]

    def _remedy(self) -> str:
        lines = "\n".join(f"  CONFIG SET {name} {needed}" for name, (needed, _) in DURABLE.items())
        conf = "\n".join(f"  {name} {needed}" for name, (needed, _) in DURABLE.items())
        return f"Set in redis-cli:\n{lines}\nand, to last, in redis.conf:\n{conf}"

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Raise what Redis raises as what a person should read, without any password."""
        try:
            yield
        except (RedisError, OSError) as error:
            said = str(error) or type(error).__name__
            for secret in self._secrets:
                said = said.replace(secret, "***")
            if isinstance(error, ReadOnlyError):
                # Its place may have been given to another by now: the next try looks anew.
                self._redis.connection_pool.disconnect()
            # Not `from error`: it may tell what is blotted out here.
            if isinstance(error, OutOfMemoryError):
                raise StorageFull(
                    f"the memory of the Redis at {self._place} that keeps the event log is full "
                    "(maxmemory): nothing of this was written. Give it more memory, or drain "
                    "events; writing then goes on by itself."
                ) from None
            raise LogUnavailable(
                f"the event log in the Redis at {self._place}: {said.rstrip('.')}. Nothing is "
                "known to be kept; send it again in a moment."
            ) from None


def _client(url: str, connected: Callable[[Any], None]) -> tuple[Redis, str]:
    """A client that asks once: what was sent twice would be there twice. And its place in words."""
    try:
        client = Redis.from_url(
            url,
            socket_timeout=ANSWERS_WITHIN,
            socket_connect_timeout=CONNECTS_WITHIN,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            redis_connect_func=connected,
        )
        # Unknown options come to light when the first connection is made.
        client.connection_pool.make_connection()
        settings = client.connection_pool.connection_kwargs
        place = f"{settings.get('host', 'localhost')}:{settings.get('port', 6379)}"
    except (ValueError, TypeError, AttributeError, RedisError):
        # What stands there is not told: it may hold a password.
        raise BadInput(
            "NETFLIX_EVENT_LOG cannot be read as an address: it looks like "
            "redis://user:password@host:6379/0, with %40 for an @ within the password."
        ) from None
    return client, place


def _secrets(url: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    parts_to_hide = (parts.netloc.rpartition("@")[0], parts.password, parts.query)
    return tuple(form for secret in parts_to_hide if secret for form in (secret, unquote(secret)))


def _less(entries: Entries, persons: Persons) -> dict[int, tuple[StoredRecord, int]]:
    """By offset the records that hold events of the persons: without these, and how many."""
    return {
        offset: less
        for offset, stored in map(_stored, entries)
        if (less := without(offset, stored, persons)) is not None
    }


def _is_forbidden(error: RedisError) -> bool:
    said = str(error).lower()
    return "unknown command" in said or "no permissions" in said or "noperm" in said


def _stored(entry: tuple[bytes, dict[bytes, bytes]]) -> tuple[int, StoredRecord]:
    name, fields = entry
    stored = StoredRecord.found(
        fields.get(b"received"),
        fields.get(b"events"),
        fields.get(b"payload"),
        fields.get(b"checksum"),
    )
    return int(name.split(b"-")[0]), stored
