"""A Redis that forces to disk what it accepts, and keeps it: looked at again and again.

Its settings may change while it runs, and behind each new connection there may be another Redis.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, OutOfMemoryError, ReadOnlyError, RedisError
from redis.retry import Retry

from netflix_pipeline.background import Thread
from netflix_pipeline.errors import BadInput, StorageFull
from netflix_pipeline.eventlog.log import LogUnavailable

ANSWERS_WITHIN = 10.0
"""Seconds for an answer, with the wait for the disk."""
CONNECTS_WITHIN = 3.0
WRITTEN_ANEW_WITHIN = 600.0
"""Seconds within which Redis must have written its files anew."""

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
REMEDY = (
    "Set in redis-cli:\n"
    + "\n".join(f"  CONFIG SET {name} {needed}" for name, (needed, _) in DURABLE.items())
    + "\nand, to last, in redis.conf:\n"
    + "\n".join(f"  {name} {needed}" for name, (needed, _) in DURABLE.items())
)
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


class DurableRedis:
    """The Redis at a `redis://` or `rediss://` address; `place` tells which, without a password.

    Raises BadInput for an address that is none, or a Redis that does not force data to disk before
    it answers; LogUnavailable when it does not answer.
    """

    def __init__(self, url: str) -> None:
        self._secrets = _secrets(url)
        self._connections = 0
        self._looked_at, self._looked = -1, float("-inf")
        self._redis, self.place = _client(url, self._connected)
        self._look(LOOKED_AT_FOR)
        watch = partial(self.look, LOOK_EVERY)
        self._watching = Thread("event-log-settings", watch, LOOK_EVERY, grace=0)

    def start(self) -> None:
        """Begin to look at its settings again and again."""
        self._watching.start()

    def close(self) -> None:
        """End that, and let go of all connections."""
        self._watching.stop()
        self._redis.close()

    @property
    def problem(self) -> str | None:
        """Why it keeps nothing just now; None where it does."""
        return self._watching.task.problem

    def call(self, *command: object) -> Any:
        """What it answers to a command. Raises LogUnavailable, StorageFull."""
        with self._errors_told():
            return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]

    def script(self, text: str) -> Callable[[Sequence[str], Sequence[Any]], Any]:
        """What it answers to a script, called with keys and values. Raises as `call` does."""
        script = self._redis.register_script(text)

        def run(keys: Sequence[str], values: Sequence[Any]) -> Any:
            with self._errors_told():
                return script(keys, values)

        return run

    def look(self, counts_for: float = LOOKED_AT_FOR) -> None:
        """Look at the settings, unless that was just done with the newest connection.

        Raises LogUnavailable while an accepted event could be lost.
        """
        try:
            self._look(counts_for)
        except BadInput as error:
            raise LogUnavailable(str(error)) from error
        self._watching.task.works()

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
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
                    f"the memory of the Redis at {self.place} that keeps the event log is full "
                    "(maxmemory): nothing of this was written. Give it more memory, or drain "
                    "events; writing then goes on by itself."
                ) from None
            raise LogUnavailable(
                f"the event log in the Redis at {self.place}: {said.rstrip('.')}. Nothing is "
                "known to be kept; send it again in a moment."
            ) from None

    def write_files_anew(self) -> None:
        """Let Redis write its files by what it holds now, instead of by all that was done."""
        until = time.monotonic() + WRITTEN_ANEW_WITHIN
        for command in ("BGREWRITEAOF", *(["BGSAVE"] if any(self._settings("save")) else ())):
            self._wait_for_writing(until)
            self.call(command)
        state = self._wait_for_writing(until)
        for status in ("aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
            if state.get(status) != "ok":
                raise LogUnavailable(
                    f"the Redis at {self.place} could not write its files anew ({status}: "
                    f"{state.get(status)}), so what was erased is still in them. Its own log says "
                    "why; then run it again."
                )

    def _wait_for_writing(self, until: float) -> Mapping[str, Any]:
        """Redis's own words on its files, once none is being written."""
        while True:
            state: Mapping[str, Any] = self.call("INFO", "persistence")
            if not any(int(state.get(name, 0)) for name in BEING_WRITTEN):
                return state
            if time.monotonic() > until:
                raise LogUnavailable(
                    f"the Redis at {self.place} still writes its files anew: what was erased may "
                    "be in the old ones until it is done. Run it again later."
                )
            time.sleep(0.05)

    def _connected(self, connection: Any) -> None:
        """Behind each new connection there may be a Redis with other settings."""
        connection.on_connect()
        self._connections += 1

    def _look(self, counts_for: float) -> None:
        while (
            self._looked_at != (connections := self._connections)
            or time.monotonic() - self._looked > counts_for
        ):
            self._looked = float("-inf")
            for name, value in zip(DURABLE, self._settings(*DURABLE), strict=True):
                needed, otherwise = DURABLE[name]
                if value != needed:
                    raise BadInput(
                        f"the Redis at {self.place} has {name} {value}: {otherwise}, and an event "
                        f"that was accepted could be lost. {REMEDY}"
                    )
            self._looked_at, self._looked = connections, time.monotonic()

    def _settings(self, *names: str) -> list[str]:
        asking: Any = self._redis.pipeline(transaction=False)
        for name in names:
            asking.execute_command("CONFIG GET", name)
        with self._errors_told():
            try:
                replies: list[dict[Any, Any]] = asking.execute()
            except AuthenticationError:
                raise BadInput(
                    f"the Redis at {self.place} does not take the user and password of "
                    "NETFLIX_EVENT_LOG."
                ) from None
            except RedisError as error:
                if not _is_forbidden(error):
                    raise
                raise BadInput(
                    f"the Redis at {self.place} does not let this user read its settings (CONFIG "
                    f"GET is forbidden), so {', '.join(DURABLE)} cannot be checked, and nobody "
                    "knows whether an accepted event is on disk and stays there. Allow it (ACL "
                    "SETUSER <user> +config|get), or leave NETFLIX_EVENT_LOG empty to keep events "
                    "in a file."
                ) from error
        return [
            ", ".join(
                value.decode() if isinstance(value, bytes) else str(value)
                for value in reply.values()
            )
            for reply in replies
        ]


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


def _is_forbidden(error: RedisError) -> bool:
    said = str(error).lower()
    return "unknown command" in said or "no permissions" in said or "noperm" in said
