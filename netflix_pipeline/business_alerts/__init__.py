"""Alerts of users on numbers of the business: what one means, and what is found of it.

Numbers come from the questions that the API and the dashboard ask. Before a change is told, ledger,
checks and lateness are asked whether the data are there.
"""

from netflix_pipeline.business_alerts.evaluation import (
    Calendar,
    Finding,
    Recent,
    judge,
    recent,
)
from netflix_pipeline.business_alerts.receivers import check_receivers, configured
from netflix_pipeline.business_alerts.rules import (
    CONDITIONS,
    GRAINS,
    BadBusinessAlert,
    Condition,
    Grain,
    Rule,
    Verdict,
)

__all__ = [
    "CONDITIONS",
    "GRAINS",
    "BadBusinessAlert",
    "Calendar",
    "Condition",
    "Finding",
    "Grain",
    "Recent",
    "Rule",
    "Verdict",
    "check_receivers",
    "configured",
    "judge",
    "recent",
]
