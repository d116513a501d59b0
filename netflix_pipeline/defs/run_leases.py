"""Which worker has a run, in the Redis of `NETFLIX_BROKER`: claimed once, then kept by heartbeats.

    claim ──> held ──ends──> released; whoever is given the run again finds it claimed
               └── silent for `KEPT_FOR` ──> taken away; a worker that wakes learns it and ends

Each step is one script, so that of a worker that wakes and of somebody who gives it up only one
gets its way: a run that was taken away and tried again never goes on beside its second try.
"""

import socket
from enum import Enum
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from netflix_pipeline.errors import BadInput, Transient

BROKER = "NETFLIX_BROKER"
KEPT_FOR = 15.0
"""Seconds after its last heartbeat for which a run still counts as alive."""
BEATS_EVERY = 4.0
"""Seconds between two heartbeats."""
RESTARTED = KEPT_FOR + 10
"""Seconds for which a Redis that began anew may not have heard of those that are alive."""
REMEMBERED = 7 * 86_400
"""Seconds for which a run stays claimed: a task that comes twice does not come later."""
PATIENCE = 5.0
"""Seconds that Redis may take to answer."""

TAKEN_AWAY = "taken away"
"""Who has a run whose worker was given up."""

# The braces keep all keys on one node of a cluster.
CLAIMED, ALIVE, CANCELLED, WORKER = (
    f"{{netflix:runs}}:{kind}:%s" for kind in ("claimed", "alive", "cancelled", "worker")
)

CLAIM = """
-- By whom; milliseconds that it counts as alive; seconds that the claim stays.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[3])
    and redis.call('GET', KEYS[1]) ~= ARGV[1] then  -- else the answer to the first try was lost
  return 0
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
"""
BEAT = """
-- The same. A claim that a Redis which was emptied does not know any more is made anew.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return 'lost'
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return redis.call('EXISTS', KEYS[3]) == 1 and 'cancelled' or 'held'
"""
TAKE_AWAY = """
-- What stands for nobody; seconds that it stays; whether the run began, so that somebody had it.
local owner = redis.call('GET', KEYS[1])
if redis.call('EXISTS', KEYS[2]) == 1 or (not owner and ARGV[3] == '0') then
  return false
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return owner or 'a worker that nobody remembers'
"""


class BrokerUnavailable(Transient):
    """The Redis that hands runs to workers does not answer."""


class Heartbeat(Enum):
    """What a worker hears when it says that it is alive."""

    HELD = "held"
    CANCELLED = "cancelled"
    LOST = "lost"


class RunLeases:
    """The runs of all workers, and who has which.

    Raises BadInput for an address that is none of Redis; every call raises BrokerUnavailable while
    Redis does not answer.
    """

    def __init__(self, address: str) -> None:
        try:
            self._redis = Redis.from_url(
                address,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                decode_responses=True,
            )
        except ValueError as error:
            raise BadInput(
                f"{BROKER} names no Redis: write redis://HOST:6379/0, or leave it out to have "
                "runs work where Dagster does."
            ) from error
        self._claim = self._redis.register_script(CLAIM)
        self._beat = self._redis.register_script(BEAT)
        self._take_away = self._redis.register_script(TAKE_AWAY)

    def look(self) -> None:
        """Ask whether Redis answers."""
        self._call(self._redis.ping)

    def claim(self, run_id: str, owner: str) -> bool:
        """Take a run that nobody ever took; whether that was so."""
        keys = [CLAIMED % run_id, ALIVE % run_id]
        return bool(self._call(self._claim, keys, [owner, int(KEPT_FOR * 1000), REMEMBERED]))

    def beat(self, run_id: str, owner: str) -> Heartbeat:
        """Say that the run is alive; what became of it meanwhile."""
        keys = [CLAIMED % run_id, ALIVE % run_id, CANCELLED % run_id]
        told = self._call(self._beat, keys, [owner, int(KEPT_FOR * 1000), REMEMBERED])
        return Heartbeat(told)

    def release(self, run_id: str) -> None:
        """Say that the run ended; it stays claimed."""
        self._call(self._redis.delete, ALIVE % run_id)

    def cancel(self, run_id: str) -> None:
        """Let whoever has the run, or gets it, end it."""
        self._call(self._redis.set, CANCELLED % run_id, "1", ex=REMEMBERED)

    def taken_from(self, run_id: str, *, began: bool) -> str | None:
        """Take a run away from a worker that is silent; from whom.

        None where nobody had it yet, and where it is alive, or may be: just after Redis began anew
        nobody knows. One that `began` somebody had, also where Redis was emptied since.
        """
        keys = [CLAIMED % run_id, ALIVE % run_id]
        if self._call(self._redis.exists, keys[1]):
            return None
        if self._call(self._redis.info, "server")["uptime_in_seconds"] < RESTARTED:
            return None
        told: str | None = self._call(self._take_away, keys, [TAKEN_AWAY, REMEMBERED, int(began)])
        return told

    def owner(self, run_id: str) -> str:
        """Who has a run, or had it; empty where nobody took it."""
        return str(self._call(self._redis.get, CLAIMED % run_id) or "")

    def worker_beats(self, name: str) -> None:
        """Say that a worker is there."""
        self._call(self._redis.set, WORKER % name, "1", px=int(KEPT_FOR * 1000))

    def workers(self) -> int:
        """How many workers are there."""
        return sum(1 for _ in self._call(lambda: [*self._redis.scan_iter(WORKER % "*")]))

    def _call(self, ask: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return ask(*arguments, **named)
        except (RedisError, OSError) as error:
            told = self._redis.connection_pool.connection_kwargs
            raise BrokerUnavailable(
                f"the Redis of workers at {told.get('host')}:{told.get('port')} does not answer: "
                f"{error}. Start it, or mend {BROKER}; runs that work go on meanwhile."
            ) from error


def worker_name(number: int) -> str:
    """What a worker is called: by its machine, and its number there."""
    return f"worker-{number}@{socket.gethostname()}"
