"""Example answers of erasing and exporting one person."""

from __future__ import annotations

from datetime import UTC, datetime

from api.examples.example import SNAPSHOT
from api.examples.users import USER
from netflix_pipeline.serving import Erasure, Export

ERASURE = Erasure(
    state="pending", requested_at=datetime(2026, 3, 7, 9, 30, tzinfo=UTC), done_at=None
)
ERASED = ERASURE.model_copy(
    update={"state": "done", "done_at": datetime(2026, 3, 7, 9, 31, 40, tzinfo=UTC)}
)
EXPORT = Export(
    user=USER.data.model_copy(update={"recent_plays": ()}),
    snapshot=SNAPSHOT,
    plays=USER.data.recent_plays,
)
