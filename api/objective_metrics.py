"""What objectives are measured by, where no other number of the service tells it."""

import time
from datetime import UTC, datetime

from api.service import Service
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.monitoring.numbers import Sample
from netflix_pipeline.monitoring.objectives import FRESH, INTERVALS, VISIBLE_IN
from netflix_pipeline.serving.questions.quality import findings


def tell_objectives(service: Service) -> None:
    """Let monitoring read whether events become visible in time, and what is shown is fresh."""
    settings, snapshots = service.settings, service.snapshots
    begun = time.monotonic()
    missing_after = INTERVALS * settings.canary_seconds

    def canary_in_time() -> int | None:
        if not service.log or not missing_after:
            return None
        canary = service.live.follower.view.canary
        if canary is None:  # none came yet, or none came through
            return None if time.monotonic() - begun < missing_after else 0
        age = (datetime.now(UTC) - canary.visible_at).total_seconds()
        return int(canary.delay_seconds <= VISIBLE_IN and age <= missing_after)

    def fresh() -> int | None:
        held = snapshots.held
        if held is None:
            return None
        age = time.time() - held.info.built_at.timestamp()
        return int(age <= FRESH / settings.alert_speed)

    def ledger_rows() -> list[Sample] | None:
        held = snapshots.held
        try:
            return [((name,), rows) for name, rows in findings(held).recent_rows] if held else None
        except PipelineError:  # why it cannot be read is told by other numbers
            return None

    service.metrics.tell(
        "netflix_canary_in_time",
        "Whether the newest canary was visible within a second, and no next one is missing",
        canary_in_time,
    )
    service.metrics.tell(
        "netflix_snapshot_fresh", "Whether the snapshot is at most 26 hours old", fresh
    )
    service.metrics.tell(
        "netflix_ledger_rows",
        "Rows that arrived in the 30 days until the snapshot was built, by what became of them",
        ledger_rows,
        labels=("outcome",),
    )
