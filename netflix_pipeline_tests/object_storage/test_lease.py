"""A lease has one owner at a time, ends by itself, and whoever was overtaken hears of it."""

import threading
import time
from pathlib import Path

import pytest

from netflix_pipeline.errors import Busy
from netflix_pipeline.object_storage import ObjectStore
from netflix_pipeline.object_storage.lease import Claim, LeaseLost, held

KEY = "locks/ingest"


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore.of(tmp_path)


def test_one_at_a_time_has_it_and_its_epoch_goes_up(store: ObjectStore) -> None:
    inside, epochs = [0], list[int]()

    def work() -> None:
        with held(store, "ingest", seconds=5) as lease:
            inside[0] += 1
            assert inside[0] == 1
            epochs.append(lease.epoch)
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert epochs == [1, 2, 3, 4]


def test_it_is_renewed_as_long_as_it_is_held_and_who_waits_is_told_by_whom(
    store: ObjectStore,
) -> None:
    waited = []
    with held(store, "ingest", seconds=0.6) as lease:
        time.sleep(1)
        with (
            pytest.raises(Busy, match="locks/ingest is held by process"),
            held(store, "ingest", patience=0.1, waiting=lambda: waited.append(1)),
        ):
            pass
        lease.check()
    assert waited == [1]
    with held(store, "ingest", patience=0):
        pass


def test_who_was_overtaken_hears_of_it_and_takes_nothing_back(store: ObjectStore) -> None:
    with held(store, "ingest", seconds=30) as slept:
        # As if it had been stopped for longer than it lasts.
        there = store.get(KEY)
        over = Claim("gone", "gone", slept.epoch, time.time() - 5)
        assert store.replace(KEY, over.encode(), there.etag) is not None
        with held(store, "ingest", seconds=30) as other:
            assert other.epoch == slept.epoch + 1
            slept.check()  # as far as its own clock tells
            with pytest.raises(LeaseLost, match="run the command again"):
                slept.check(anew=True)
            with pytest.raises(LeaseLost, match="run the command again"):
                slept.check()
            other.check()
    assert Claim.decode(store.get(KEY).data).epoch == 2
