"""The queue of runs in Redis, from which only messages of Celery's are taken.

Kombu reads what stands in a queue as if nobody else could write there: what is no message raises
within it, a missing key counts as a lost connection, and the worker ends. Here it is told and left
out.
"""

import logging
from json import JSONDecodeError
from typing import Any, Literal

import msgspec
from kombu.transport import TRANSPORT_ALIASES, redis
from typing_extensions import override

log = logging.getLogger(__name__)


class _Headers(msgspec.Struct):
    id: str
    task: str


class _DeliveryInfo(msgspec.Struct):
    exchange: str
    routing_key: str


class _Properties(msgspec.Struct):
    delivery_tag: str
    delivery_info: _DeliveryInfo
    body_encoding: Literal["base64"]


class _Message(msgspec.Struct):
    """A message as Celery writes it (protocol 2), as far as it must be so to be read."""

    headers: _Headers
    properties: _Properties
    body: bytes


_body = msgspec.json.Decoder(tuple[list[Any], dict[str, Any], dict[str, Any] | None])
"""The arguments of a task, those that have names, and what belongs to groups of tasks."""


class NotAMessage(Exception):
    """What stood in the queue was not written by Celery."""


class Channel(redis.Channel):
    """A channel that leaves out what is no message."""

    @override
    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (NotAMessage, JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            told = "what stood in the queue of runs is no message and is left out: %s"
            log.error(told, error)  # noqa: TRY400 (no mistake of ours)
            return True


class Transport(redis.Transport):
    """Kombu's own over Redis, with such channels."""

    Channel = Channel

    @override
    def _deliver(self, message: Any, queue: str) -> None:
        try:
            _body.decode(msgspec.convert(message, _Message).body)
        except (ValueError, RecursionError) as error:
            raise NotAMessage(str(error)) from error
        super()._deliver(message, queue)  # type: ignore[no-untyped-call]


def take_only_messages() -> None:
    """Read the queues of this process so from now on, whichever way they come from Redis."""
    ours = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), ours))
