"""Alerts of backups: where one is set up, or was ever made."""

from netflix_pipeline.monitoring.alert_definition import TRUST, Alert, age
from netflix_pipeline.monitoring.expressions import HOUR, MINUTE, Span, metric

BACKUP_ALERTS = (
    Alert(
        "BackupOld",
        age(metric("netflix_backup_verified_timestamp_seconds")) > Span(26 * HOUR),
        Span(10 * MINUTE),
        "ticket",
        "the last verified backup was begun {value} ago",
        "26 hours: one is made each night",
        "time",
        (
            (
                "`netflix-pipeline status` tells where the last one lies, and what went wrong "
                "since. `netflix-pipeline backup TARGET` makes another, while everything runs."
            ),
            "Look at what makes them (cron, a timer): does it run, and how does it end?",
        ),
        TRUST,
        "/metrics",
    ),
    Alert(
        "BackupFailed",
        age(metric("netflix_backup_failed_timestamp_seconds")) > 0,
        MINUTE,
        "ticket",
        "a backup failed {value} ago, or was found damaged, and none went well since",
        "none",
        "time",
        (
            (
                "`netflix-pipeline status` says why: a target that is full or away, or a database "
                "of the home that is damaged. Mend that, then `netflix-pipeline backup TARGET`."
            ),
            (
                "Where `backup verify` found files damaged there, the next backup sends them again "
                "if the home still has them; then `backup verify`. What it has no more is lost to "
                "the backups that name it: check that disk."
            ),
        ),
        TRUST,
        "/metrics",
    ),
)
