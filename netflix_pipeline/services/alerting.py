"""Alerts while services run: whoever serves the API watches it, and what is served beside it."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx

from netflix_pipeline.background import Thread
from netflix_pipeline.intelligence.scaling.demand_history import DemandCounter
from netflix_pipeline.lake import Lock
from netflix_pipeline.monitoring.alert_definition import JOBS
from netflix_pipeline.monitoring.alert_texts import Links
from netflix_pipeline.monitoring.notifications import Notifier
from netflix_pipeline.monitoring.receivers import receivers
from netflix_pipeline.monitoring.watch import Watch
from netflix_pipeline.settings import Settings

SCRAPED = "ops:read"
"""The scope of a key that reads metrics."""
DELIVERED_EVERY = 1.0
"""Seconds between two looks for what is to be told."""


@contextmanager
def alerting(names: Collection[str], settings: Settings) -> Iterator[None]:
    """Meanwhile alerts are evaluated and told, by one process of all that share the home.

    Raises BadReceiver where those who are told cannot be understood.
    """
    told = receivers(settings)
    if "api" not in names:
        yield
        return
    ports = {"api": settings.api_port, "dashboard": settings.dashboard_port}
    addresses = {name: settings.url(ports[name]) for name in JOBS if name in names}
    links = Links(settings.url(settings.dashboard_port), settings.url(settings.api_port))
    notifier = Notifier(settings, links, told)
    with ExitStack() as stack:
        lock = stack.enter_context(closing(Lock(settings.monitoring / "watch.lock")))
        if lock.at_once():
            counted = DemandCounter(settings)
            watch = stack.enter_context(
                closing(Watch(settings, addresses, _key(settings), notifier.observe, counted.look))
            )
            told_every = DELIVERED_EVERY / settings.alert_speed
            for thread in (
                Thread("alerts", watch.look, watch.every),
                Thread("notifications", notifier.deliver, told_every),
            ):
                thread.start()
                stack.callback(thread.stop)
        yield


def _key(settings: Settings) -> httpx.Auth | None:
    if not settings.keys_required:
        return None
    # It brings what makes tables with it.
    from netflix_pipeline.receiving.canary import OwnKey

    return OwnKey(settings, "alerts", SCRAPED)
