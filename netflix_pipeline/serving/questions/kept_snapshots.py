"""The snapshots that are kept on disk."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field
from typing_extensions import override

from netflix_pipeline.serving.question import EXAMPLE_SNAPSHOT, AnswerModel, Question, Snapshot
from netflix_pipeline.serving.snapshot.snapshot_files import snapshot_path, versions


class KeptSnapshot(AnswerModel):
    """A snapshot that is kept on disk."""

    version: int
    published_at: datetime = Field(description="when its file was written")
    bytes: int = Field(description="its size [B]")
    current: bool = Field(description="whether it is the one that answers")


@dataclass(frozen=True, slots=True)
class KeptSnapshotsQuestion(Question[tuple[KeptSnapshot, ...]]):
    """The snapshots that are kept on disk.

    Newest first.
    """

    scope = "ops:read"

    @override
    def answer(self, snapshot: Snapshot, period: None) -> tuple[KeptSnapshot, ...]:
        folder = snapshot.path.parent
        found = []
        for version in reversed(versions(folder)):
            try:
                stat = snapshot_path(folder, version).stat()
            except FileNotFoundError:  # pruned meanwhile
                continue
            found.append(
                KeptSnapshot(
                    version=version,
                    published_at=datetime.fromtimestamp(stat.st_mtime, UTC),
                    bytes=stat.st_size,
                    current=version == snapshot.info.version,
                )
            )
        return tuple(found)

    example = (
        {},
        (
            KeptSnapshot(
                version=EXAMPLE_SNAPSHOT.version,
                published_at=datetime(2026, 3, 7, 6, 0, 12, tzinfo=UTC),
                bytes=181_403_648,
                current=True,
            ),
            KeptSnapshot(
                version=EXAMPLE_SNAPSHOT.version - 1,
                published_at=datetime(2026, 3, 6, 6, 0, 9, tzinfo=UTC),
                bytes=180_879_360,
                current=False,
            ),
        ),
    )
