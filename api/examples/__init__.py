"""Example answers of the API's reference, built from the models, so that they stay true."""

from api.examples.analytics import ANALYTICS
from api.examples.example import SNAPSHOT, example
from api.examples.live import LIVE
from api.examples.plays import PLAYS
from api.examples.quality import LEDGER, QUARANTINE
from api.examples.titles import TITLES
from api.examples.users import USER

__all__ = [
    "ANALYTICS",
    "LEDGER",
    "LIVE",
    "PLAYS",
    "QUARANTINE",
    "SNAPSHOT",
    "TITLES",
    "USER",
    "example",
]
