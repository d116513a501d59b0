"""Example answers of the API's reference, built from the models, so that they stay true."""

from api.examples.analytics import ANALYTICS, HEATMAP, TIMESERIES
from api.examples.audience import AUDIENCE, LIFECYCLE, RETENTION, SEGMENTS
from api.examples.erasing import ERASED, ERASURE, EXPORT
from api.examples.example import SNAPSHOT, example
from api.examples.interactions import RECOMMENDATIONS, SEARCHES
from api.examples.live import LIVE
from api.examples.metrics_catalog import METRICS_CATALOG
from api.examples.plays import PLAYS
from api.examples.quality import CHECKS, LEDGER, QUARANTINE, SNAPSHOTS
from api.examples.titles import TITLE, TITLES
from api.examples.top10 import TOP10
from api.examples.users import HISTORY, USER
from api.examples.viewing import VIEWING

__all__ = [
    "ANALYTICS",
    "AUDIENCE",
    "CHECKS",
    "ERASED",
    "ERASURE",
    "EXPORT",
    "HEATMAP",
    "HISTORY",
    "LEDGER",
    "LIFECYCLE",
    "LIVE",
    "METRICS_CATALOG",
    "PLAYS",
    "QUARANTINE",
    "RECOMMENDATIONS",
    "RETENTION",
    "SEARCHES",
    "SEGMENTS",
    "SNAPSHOT",
    "SNAPSHOTS",
    "TIMESERIES",
    "TITLE",
    "TITLES",
    "TOP10",
    "USER",
    "VIEWING",
    "example",
]
