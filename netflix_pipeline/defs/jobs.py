"""The jobs: everything, and what files, events and persons who ask to be forgotten bring about.

All but the last materialize all tables and the snapshot; they differ in what bronze takes in first,
and in which days are built. The last follows them: models speak, and what they say is published.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as Job,
)

from netflix_pipeline.contracts import origin_tables
from netflix_pipeline.defs.asset_specs import INTELLIGENCE, SNAPSHOT, key
from netflix_pipeline.defs.assets import DRAIN_EVENTS, GRAPH
from netflix_pipeline.defs.checks import BRONZE_CHECKS
from netflix_pipeline.defs.instance import ONE_AT_A_TIME

MATERIALIZE = "materialize"
TAKE_IN = "take_in"
LEARN = "learn"
ERASE_PERSONS = "erase_persons"

MOST_DAYS = 31
"""Days that a run builds after a drain, the newest first: the others are left to the next one."""


def config(
    *,
    only_pending: bool = True,
    files: Sequence[str] = (),
    events: bool = False,
    erase: bool = False,
) -> dict[str, Any]:
    """The configuration of a run over all assets, which records no empty days."""
    scope: dict[str, Any] = {"only_pending": only_pending, "empty_days": False}
    if events:
        scope["most_days"] = MOST_DAYS
    return {
        "resources": {"scope": {"config": scope}},
        "ops": {
            GRAPH: {
                "ops": {
                    "bronze": {"config": {"files": [*files], "events": events, "erase": erase}},
                    "snapshot": {"config": {"erase": erase}},
                }
            }
        },
    }


def jobs() -> list[Job]:
    """Every job; the checks of bronze are looked at by hand."""
    bronze_checks = [dg.AssetCheckKey(key(table), name) for table, name in BRONZE_CHECKS]
    models = dg.AssetSelection.groups(INTELLIGENCE)
    everything = (
        dg.AssetSelection.all()
        - models
        - dg.AssetSelection.checks_for_assets(*map(key, origin_tables()))
        - dg.AssetSelection.checks(*bronze_checks)
    )
    return [
        dg.define_asset_job(
            MATERIALIZE,
            everything,
            description="Builds silver and gold from bronze and publishes the snapshot. Without a "
            "range it looks at every day; `only_pending` leaves alone what is up to date.",
        ),
        dg.define_asset_job(
            TAKE_IN,
            everything,
            config(),
            "Takes in files that landed, moves each to landed/ or refused/, builds what follows "
            "from them and publishes.",
            tags={ONE_AT_A_TIME: "landing"},
        ),
        dg.define_asset_job(
            DRAIN_EVENTS,
            everything,
            config(events=True),
            "Takes in the events of the log, builds what follows from them and publishes.",
        ),
        dg.define_asset_job(
            ERASE_PERSONS,
            everything,
            config(erase=True),
            "Takes persons out of log, files and bronze, builds what follows, publishes a snapshot "
            "without them, and forgets their ids.",
        ),
        dg.define_asset_job(
            LEARN,
            models | dg.AssetSelection.assets(key(SNAPSHOT)),
            description="Lets each model speak at the origin of now (or at those of the asked "
            "days), unless it did, and publishes what they said. It follows a publish, which does "
            "not wait for it.",
        ),
    ]
