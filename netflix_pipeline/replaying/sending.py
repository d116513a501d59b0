"""Sends a recording to `POST /events`, and keeps count of what became of it."""

import asyncio
import math
import random
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from netflix_pipeline.errors import BadInput, PipelineError
from netflix_pipeline.ids import derived_id
from netflix_pipeline.replaying.recording import Event, Recording

MOST = 500
"""Events of a request."""
TOGETHER = 0.1
"""Seconds within which events go together."""

OWN_IDS = ("event_id", "playback_id")


class Pace:
    """Times between events are divided by `speed`; infinity is as fast as it goes.

    `times` are the events' own, ascending, in microseconds.
    """

    def __init__(self, times: NDArray[np.int64], speed: float) -> None:
        self.at_once = math.isinf(speed)
        self._due = (times - times[0]) / 1e6 / speed

    def end(self, begin: int) -> int:
        """The end of the request that begins with the event at that place."""
        due = self._due[begin : begin + MOST]
        return begin + int(np.searchsorted(due, due[0] + TOGETHER, side="right"))

    def due(self, place: int) -> float:
        """Seconds from the beginning to when the event at that place has happened."""
        return float(self._due[place])

    def offsets(self, begin: int, end: int, elapsed: float) -> Sequence[float]:
        """Seconds from the beginning to the time that each event bears when it is shifted.

        As fast as it goes there is no time between events: they bear the moment of sending, a
        microsecond apart, so that they stay in order.
        """
        if self.at_once:
            return [elapsed + place * 1e-6 for place in range(end - begin)]
        offsets: list[float] = self._due[begin:end].tolist()
        return offsets


def shifted(events: Sequence[Event], begun: datetime, offsets: Sequence[float]) -> list[Event]:
    """The events as if they happened `offsets` seconds after `begun`, a moment in UTC.

    They are other events then, with ids of their own; the same ones each time for one `begun`. Of
    an event whose source only knows the day only the day is kept.
    """
    moved = []
    for event, offset in zip(events, offsets, strict=True):
        at = begun + timedelta(seconds=offset)
        if event.get("time_precision") == "day":
            at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        own = {
            name: derived_id(begun.isoformat(), event[name]) for name in OWN_IDS if name in event
        }
        moved.append(event | own | {"event_time": at})
    return moved


OnSent = Callable[[int], None]
"""Called with how many more events were answered for."""

CONNECTIONS = 4
TIMEOUT = 30.0
"""Seconds to wait for an answer."""
AGAIN = frozenset((429, 503))
"""Answers after which the same request may be taken."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between tries where the API does not say how long to wait."""
GRACE = 5.0
"""Seconds in which requests that are under way may still be answered after an interruption."""
RESULTS = ("stored", "duplicate", "quarantined", "rejected")


@dataclass(frozen=True)
class Replayed:
    """What became of the events whose requests were answered.

    `reasons` counts why events were quarantined or rejected, the most frequent first.
    `late` is the most seconds that events were sent behind their time: the API was slower than
    asked. `p50_ms` and `p99_ms` tell how long a request took; None when none was answered.
    `failure` says why not all was sent; `interrupted` that somebody ended it.
    """

    sent: int
    stored: int
    duplicate: int
    quarantined: int
    rejected: int
    reasons: dict[str, int]
    requests: int
    retries: int
    seconds: float
    p50_ms: float | None
    p99_ms: float | None
    late: float
    interrupted: bool
    failure: PipelineError | None

    @property
    def events_per_second(self) -> float:
        """How many were answered for in a second."""
        return self.sent / self.seconds if self.seconds else 0.0


class _Result(msgspec.Struct):
    reasons: tuple[str, ...] = ()


class _Receipt(msgspec.Struct):
    """What is read of an answer."""

    counts: dict[str, int]
    results: tuple[_Result, ...]


def replay(
    recording: Recording,
    url: str,
    *,
    speed: float,
    shift_to_now: bool = False,
    patience: float = 30.0,
    key: str = "",
    on_sent: OnSent = lambda _: None,
) -> Replayed:
    """Send a recording to the API at `url`, `speed` times as fast as it happened (may be inf).

    `key` is presented where there is one.

    With `shift_to_now` the first event happens now. A request that is not taken is sent again for
    `patience` seconds, which is safe: events have ids. Ends early, with `interrupted`, on Ctrl-C.
    Raises BadInput when the address is none.
    """
    address = _address(url)
    pace = Pace(recording.times, speed)
    sending = _Sending(recording, address, pace, patience, key, on_sent, shift_to_now=shift_to_now)
    return asyncio.run(sending.run())


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url.rstrip("/") + "/events")
    except httpx.InvalidURL as error:
        raise BadInput(f"{url!r} is no address ({error}): give one such as {EXAMPLE}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise BadInput(f"{url!r} is no address of a web service: give one such as {EXAMPLE}")
    return address


EXAMPLE = "http://127.0.0.1:8000"


class _Sending:
    """One replay that is under way: a few workers that each send one request at a time."""

    def __init__(
        self,
        recording: Recording,
        address: httpx.URL,
        pace: Pace,
        patience: float,
        key: str,
        on_sent: OnSent,
        *,
        shift_to_now: bool,
    ) -> None:
        self._recording = recording
        self._address = address
        self._pace = pace
        self._patience = patience
        authorization = {"Authorization": f"Bearer {key}"} if key else {}
        self._headers = {"Content-Type": "application/x-ndjson", **authorization}
        self._on_sent = on_sent
        self._place = 0
        self._turn = asyncio.Lock()
        self._stop = asyncio.Event()
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._took = array("d")
        self._retries = 0
        self._late = 0.0
        self._begun = time.perf_counter()
        self._shifted_from = datetime.now(UTC) if shift_to_now else None

    async def run(self) -> Replayed:
        interrupted = False
        # The address that was named is asked, never a proxy on the way to it.
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            workers = [asyncio.create_task(self._work(client)) for _ in range(CONNECTIONS)]
            try:
                await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            except asyncio.CancelledError:  # Ctrl-C
                interrupted = True
            self._stop.set()
            await asyncio.wait(workers, timeout=GRACE)
            for worker in workers:
                worker.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        failure = None
        for error in ended:
            if isinstance(error, PipelineError):
                failure = failure or error
            elif isinstance(error, Exception):
                raise error
        return self._told(failure, interrupted=interrupted)

    async def _work(self, client: httpx.AsyncClient) -> None:
        while (part := await self._next()) is not None:
            await self._send(client, *part)

    async def _next(self) -> tuple[bytes, int] | None:
        """The next request once its time has come, and its number of events; None at the end."""
        async with self._turn:
            if self._stop.is_set() or self._place == len(self._recording):
                return None
            begin, end = self._place, self._pace.end(self._place)
            wait = self._pace.due(end - 1) - self._elapsed()
            if wait > 0:
                await self._pause(wait)
                if self._stop.is_set():
                    return None
            elif not self._pace.at_once:
                self._late = max(self._late, -wait)
            self._place = end
            return self._body(begin, end), end - begin

    def _body(self, begin: int, end: int) -> bytes:
        events = self._recording.events(begin, end)
        if self._shifted_from is not None:
            offsets = self._pace.offsets(begin, end, self._elapsed())
            events = shifted(events, self._shifted_from, offsets)
        return msgspec.json.Encoder().encode_lines(events)

    async def _send(self, client: httpx.AsyncClient, body: bytes, events: int) -> None:
        """Send one request until it is answered; PipelineError when it is not taken at all."""
        first, backoff = time.perf_counter(), FIRST_PAUSE
        while True:
            begun = time.perf_counter()
            wait = None
            try:
                response = await client.post(self._address, content=body, headers=self._headers)
            except httpx.TransportError as error:
                why = str(error) or type(error).__name__
            else:
                if response.is_success:
                    self._took.append(time.perf_counter() - begun)
                    self._count(response, events)
                    return
                why = _why(response)
                if response.status_code in (401, 403):
                    why += " Commands present the key of NETFLIX_KEY."
                if response.status_code not in AGAIN:
                    raise PipelineError(f"{self._address} refused events: {why}")
                header = response.headers.get("retry-after", "")
                wait = float(header) if header.isdigit() else None
            if wait is None:
                wait = backoff * random.uniform(0.5, 1)  # noqa: S311 - so that workers spread
                backoff = min(backoff * 2, LONGEST_PAUSE)
            if time.perf_counter() + wait - first > self._patience:
                raise PipelineError(
                    f"{self._address} did not take events for {self._patience:g} seconds: {why}. "
                    "Is the API running there (netflix-pipeline serve api)? What was answered "
                    "for is stored: the same command sends the rest."
                )
            self._retries += 1
            await self._pause(wait)
            if self._stop.is_set():
                return

    def _count(self, response: httpx.Response, events: int) -> None:
        try:
            receipt = msgspec.json.decode(response.content, type=_Receipt)
        except msgspec.MsgspecError as error:
            raise PipelineError(
                f"{self._address} answered {response.status_code} and no receipt ({error}): "
                "is it the API of this platform?"
            ) from error
        answered = sum(receipt.counts.values())
        if answered != events:
            raise PipelineError(f"{self._address} answered for {answered} of {events} events.")
        self._counts.update(receipt.counts)
        for result in receipt.results:
            self._reasons.update(result.reasons)
        self._on_sent(events)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._begun

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    def _told(self, failure: PipelineError | None, *, interrupted: bool) -> Replayed:
        p50, p99 = np.quantile(self._took, (0.5, 0.99)) * 1e3 if self._took else (None, None)
        return Replayed(
            sent=self._counts.total(),
            **{name: self._counts[name] for name in RESULTS},
            reasons=dict(self._reasons.most_common()),
            requests=len(self._took),
            retries=self._retries,
            seconds=self._elapsed(),
            p50_ms=p50,
            p99_ms=p99,
            late=self._late,
            interrupted=interrupted,
            failure=failure,
        )


def _why(response: httpx.Response) -> str:
    """What an answer says went wrong, in a line."""
    try:
        detail = msgspec.json.decode(response.content, type=dict[str, object])["detail"]
    except (msgspec.MsgspecError, KeyError):
        detail = response.reason_phrase
    return f"{response.status_code} {detail}"
