"""A store is proved by a race: one that ignores conditions, or keeps them in two steps, fails."""

import time
from pathlib import Path

import pytest

from netflix_pipeline.object_storage import NoObject, ObjectStore
from netflix_pipeline.object_storage.folder import Folder
from netflix_pipeline.object_storage.proof import UnprovedStore, prove, proved
from netflix_pipeline_tests.support.s3_server import S3Server


class Ignoring(Folder):
    """Writes whatever the condition."""

    def create(self, key: str, data: bytes) -> str | None:
        return self.put(key, data)


class Racing(Folder):
    """Looks, and writes some time later."""

    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        if self.get(key).etag != etag:
            return None
        time.sleep(0.001)
        return self.put(key, data)


def test_a_store_that_keeps_its_conditions_is_proved(s3: S3Server) -> None:
    store = ObjectStore.of(s3.address())
    with pytest.raises(UnprovedStore, match="netflix-pipeline doctor"):
        proved(store)
    assert "8 writers raced for 10 objects: one won each" in prove(store, writers=8, keys=10)
    proved(store)
    assert [each.key for each in store.listed()] == ["proof.json"]


@pytest.mark.parametrize(
    ("kind", "why"),
    [(Ignoring, "had more than one winner"), (Racing, "counted to 64 together, and it holds")],
)
def test_a_store_that_does_not_is_refused(tmp_path: Path, kind: type[Folder], why: str) -> None:
    store = kind(tmp_path)
    store.put("proof.json", b"{}")  # it was proved once
    with pytest.raises(UnprovedStore, match=f"cannot hold a lake: .*{why}"):
        prove(store, writers=32, keys=3)
    with pytest.raises(UnprovedStore):
        proved(store)
    with pytest.raises(NoObject):
        store.get("proof/anything")
