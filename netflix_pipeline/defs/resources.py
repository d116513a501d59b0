"""What the steps of a run are given: settings, lake, snapshots, and how much is asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from netflix_pipeline.lake import Lake, Sharding
from netflix_pipeline.materialize import Built, Versions
from netflix_pipeline.settings import Settings

if TYPE_CHECKING:
    from netflix_pipeline.serving import Published

OnBuilt = Callable[[Built], None]


def ignore(built: Built) -> None:
    """Nobody listens."""


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where the tables lie, as the settings of the same names say."""

    folder: str
    lake_address: str
    lake_cache_gigabytes: float
    lease_seconds: float
    _seen: Versions | None = PrivateAttr(default=None)

    @property
    def lake(self) -> Path:
        """The folder below the home."""
        return Path(self.folder)

    def open(self) -> Lake:
        """The lake, to be read and written."""
        return Lake.of(self)

    @contextmanager
    def seen(self, settings: Settings) -> Iterator[Versions]:
        """What the steps of a run know of the tables: what one looked at, those behind it do not.

        Behind one that raised all is looked at anew: what it stored may not have come to be.
        """
        versions, self._seen = self._seen, None
        if versions is None:
            versions = self._look(settings)
        else:
            versions.renew()
        yield versions
        self._seen = versions

    def _look(self, settings: Settings) -> Versions:
        helpers = None
        if (
            settings.broker and settings.day_shards > 1
        ):  # large days are cut into shares for workers
            from netflix_pipeline.defs.shard_tasks import workers_at  # with Celery, an extra

            helpers = workers_at(settings.broker)
        return Versions(self.open(), Sharding(settings.day_shards), helpers)


class SnapshotResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The folder of the published snapshots, how many of them stay, and the store of replicas."""

    folder: str
    kept: int
    store: str = ""

    def publish(self, lake: Lake) -> "Published":
        """Publish what the lake holds."""
        from netflix_pipeline.ingest import latest_receipt
        from netflix_pipeline.serving import publish_shared

        folder = Path(self.folder)
        as_of = latest_receipt(lake)
        return publish_shared(lake, folder, self.store, as_of=as_of, keep=self.kept)


class BuildScope(dg.ConfigurableResource):  # type: ignore[type-arg]
    """How much of its tables and days a run builds, and whether empty days are recorded.

    With `only_pending` what is up to date is left alone. With `empty_days`, asked days for which
    there is nothing to build are recorded as they stand, so that each asked day of a run that
    succeeds is a materialized partition. `most_days`: where no days are asked, so many of those
    that are pending are built, the newest; 0 for all.
    """

    only_pending: bool = False
    empty_days: bool = True
    most_days: int = 0


def resources(settings: Settings, on_built: OnBuilt = ignore) -> dict[str, object]:
    """What a home gives, by the parameters that take it; `on_built` hears of each partition."""
    return {
        "settings": settings,
        "lake": LakeResource(
            folder=str(settings.lake),
            lake_address=settings.lake_address,
            lake_cache_gigabytes=settings.lake_cache_gigabytes,
            lease_seconds=settings.lease_seconds,
        ),
        "snapshot": SnapshotResource(
            folder=str(settings.serving),
            kept=settings.snapshots_kept,
            store=settings.snapshots,
        ),
        "scope": BuildScope(),
        "on_built": on_built,
    }
