"""The built-in watch: scrapes services, evaluates alerts, and writes down what fires."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import httpx

from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring.alert_definition import APP, JOBS
from netflix_pipeline.monitoring.alert_report import restored, store
from netflix_pipeline.monitoring.alerts import ALERTS
from netflix_pipeline.monitoring.evaluation import AlertState
from netflix_pipeline.monitoring.objective_history import ObjectiveHistory
from netflix_pipeline.monitoring.prometheus import every
from netflix_pipeline.monitoring.samples import Samples, Scraped, scraped
from netflix_pipeline.settings import Settings

PATIENCE = 3.0
"""Seconds to wait for a service, after which it is down."""
STORED_EVERY = 60.0
"""Seconds between two times at which samples are written down."""
FIRST_LOOKS = 2
"""Times to scrape before alerts are evaluated: of one sample there is no rate."""

Observe = Callable[[list[AlertState]], None]
"""Is told of what fires, after each look."""
Look = Callable[[float, Mapping[str, Sequence[Scraped]]], None]
"""Is told the time of each look, and what services told then, by their names."""


class Watch:
    """Looks at services, by name and address, again and again. For one thread."""

    def __init__(
        self,
        settings: Settings,
        addresses: Mapping[str, str],
        auth: httpx.Auth | None = None,
        observe: Observe = lambda _: None,
        counted: Look = lambda *_: None,
    ) -> None:
        self.every = every(settings.alert_speed)
        self._settings = settings
        self._addresses = addresses
        self._auth = auth
        self._observe = observe
        self._counted = counted
        speed = settings.alert_speed
        self._samples = Samples((alert.expression.divided(speed) for alert in ALERTS), speed)
        self._samples.restore(self._path)
        self._evaluation = restored(settings)
        self._objectives = ObjectiveHistory(settings)
        self._stored_at = time.monotonic()
        self._looks = 0
        self._answered: set[str] = set()
        self._runner: asyncio.Runner | None = None
        self._client: httpx.AsyncClient | None = None

    @property
    def _path(self) -> Path:
        return self._settings.monitoring / "samples.msgpack"

    def look(self) -> None:
        """Scrape all services once, and evaluate all alerts."""
        self._runner = self._runner or asyncio.Runner()
        told = self._runner.run(self._scrape_all())
        now = time.time()
        for name, job in JOBS.items():
            # Of one that did not answer yet counts for a while what was known before it began.
            if name in self._answered or name not in self._addresses:
                self._samples.add(job, now, told.get(name, ()))
        self._objectives.look(now, told)
        self._counted(now, told)
        self._looks += 1
        if self._looks >= FIRST_LOOKS:
            speed = self._settings.alert_speed
            self._evaluation.evaluate(self._samples, now, speed=speed)
            # People first: the disk may be what is wrong.
            self._observe(self._evaluation.firing)
            store(self._evaluation, self._settings)
        if time.monotonic() - self._stored_at >= STORED_EVERY:
            self._store(now)

    def close(self) -> None:
        """Write down what is known, and let go of all."""
        if self._looks:
            now = time.time()
            self._objectives.store(now)
            self._store(now)
        if self._runner is not None:
            if self._client is not None:
                self._runner.run(self._client.aclose())
            self._runner.close()

    def _store(self, now: float) -> None:
        self._samples.forget(now)
        self._samples.store(self._path)
        self._stored_at = time.monotonic()

    async def _scrape_all(self) -> dict[str, list[Scraped]]:
        # No proxy of the environment: the way is to this machine.
        self._client = self._client or httpx.AsyncClient(
            auth=self._auth, timeout=PATIENCE, trust_env=False
        )
        found = await asyncio.gather(
            *(self._scrape(self._client, *target) for target in self._addresses.items())
        )
        return dict(zip(self._addresses, found, strict=True))

    async def _scrape(self, client: httpx.AsyncClient, name: str, address: str) -> list[Scraped]:
        """What a service tells, and whether it is up, as Prometheus notes it.

        Nothing is known of one that did not answer yet: it still starts.
        """
        labels = {"app": APP, "job": JOBS[name]}
        series = await _metrics(client, address, labels)
        up = series is not None or await _answers(client, address)
        if up:
            self._answered.add(name)
        if name not in self._answered:
            return []
        return [*(series or ()), ("up", frozenset(labels.items()), float(up))]


async def _metrics(
    client: httpx.AsyncClient, address: str, labels: Mapping[str, str]
) -> list[Scraped] | None:
    """What it tells; None where it tells us nothing."""
    try:
        answer = await client.get(f"{address}/metrics")
        if answer.status_code == HTTPStatus.OK:
            return list(scraped(answer.text, **labels))
    except (httpx.HTTPError, PipelineError, ValueError):  # no answer, no key, no text of that kind
        pass
    return None


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    """Whether it answers, which it tells everybody, also where people sign in."""
    try:
        answer = await client.get(f"{address}/ready", auth=None)
    except httpx.HTTPError:
        return False
    return answer.status_code in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
