"""Snapshots on a store: published once, fetched whole, never opened torn, never going back."""

import asyncio
import resource
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.object_storage import Listed, ObjectStore
from netflix_pipeline.serving import Snapshots, following, publish_shared
from netflix_pipeline.serving.questions.headline import HeadlineQuestion
from netflix_pipeline.serving.snapshot import replica, sharing, store
from netflix_pipeline.serving.snapshot.replica import NOTE, Replica
from netflix_pipeline.serving.snapshot.snapshot_files import LINK
from netflix_pipeline.serving.snapshot.store import POINTER, SnapshotStore, digest
from netflix_pipeline_tests.support.damages import Damage, flipped, halved
from netflix_pipeline_tests.support.s3_server import S3Server
from netflix_pipeline_tests.support.three_days import TUESDAY
from netflix_pipeline_tests.support.waiting import until
from netflix_pipeline_tests.support.world import Watched, World


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be tried again after a while is tried again at once."""
    monkeypatch.setattr(replica, "EVERY", 0.0)
    monkeypatch.setattr(replica, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(sharing, "PATIENCE", 0.5)


class Machine:
    """A machine that has nothing but the address of a store, and a disk of its own."""

    def __init__(self, address: str, folder: Path) -> None:
        self.folder = folder
        self.replica = Replica(SnapshotStore(address, 0.5), folder)
        self.snapshots = Snapshots(folder, replica=self.replica)

    def looks(self) -> int:
        """The version that answers once it has looked at the store."""
        self.replica.look()
        self.snapshots.follow()
        return self.snapshots.current().info.version

    @property
    def plays(self) -> int | None:
        told: int | None = self.snapshots.ask(HeadlineQuestion()).data.plays
        return told

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def objects(address: str) -> list[Listed]:
    return list(ObjectStore.of(address).listed())


def versions(address: str) -> list[int]:
    return [int(each.key[9:15]) for each in objects(address) if each.key != POINTER]


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "store")


@pytest.fixture
def machine(address: str, tmp_path: Path) -> Machine:
    return Machine(address, tmp_path / "machine" / "serving")


def test_what_is_published_once_is_answered_everywhere(
    world: World, folder: Path, tmp_path: Path, s3: S3Server
) -> None:
    address = s3.address()
    first, second = (Machine(address, tmp_path / name / "serving") for name in ("one", "two"))
    published = publish_shared(world.lake, folder, address)
    assert [first.looks(), second.looks()] == [1, 1]
    here = Snapshots(folder).current()
    assert first.snapshots.current().info == second.snapshots.current().info == here.info
    assert digest(first.snapshots.current().path) == digest(published.path)
    assert first.plays == 7

    before = objects(address)
    assert not publish_shared(world.lake, folder, address).fresh
    assert objects(address) == before

    world.watch(TUESDAY, [Watched("eve", "t-zoo", 7), Watched("eve", "t-dark", 9)])
    assert publish_shared(world.lake, folder, address).version == 2
    assert first.plays == 7
    assert (first.looks(), first.plays, second.plays) == (2, 8, 7)
    publish_shared(world.lake, folder, address, full=True)
    assert first.looks() == 3
    kept = ["snapshot-000002.duckdb", "snapshot-000003.duckdb"]
    assert first.files == sorted([LINK, NOTE, *kept])
    # What was skipped on the way is not fetched.
    assert second.looks() == 3
    assert "snapshot-000002.duckdb" not in second.files


def test_while_the_store_is_away_the_old_one_answers_and_all_is_made_up_for(
    world: World, folder: Path, tmp_path: Path, s3: S3Server
) -> None:
    address = s3.address()
    machine = Machine(address, tmp_path / "machine" / "serving")
    publish_shared(world.lake, folder, address)
    assert (machine.looks(), machine.replica.problem) == (1, None)
    answered_at = machine.replica.answered_at
    s3.stop()
    try:
        with pytest.raises(sharing.NotShared, match=r"snapshot 2 is served from .*publish"):
            publish_shared(world.lake, folder, address, full=True)
        assert Snapshots(folder).current().info.version == 2
        assert machine.looks() == 1
        assert "AWS_ENDPOINT_URL" in (machine.replica.problem or "")
        assert machine.replica.answered_at == answered_at
    finally:
        s3.start()
    assert machine.looks() == 1
    # Nothing is new, but that the store does not have it.
    assert not publish_shared(world.lake, folder, address).fresh
    assert (machine.looks(), machine.replica.problem) == (2, None)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [(halved, "and should have"), (flipped, "its bytes are others"), (gone, "it is gone")],
)
def test_what_is_not_what_was_published_is_never_opened(
    world: World, folder: Path, address: str, machine: Machine, damage: Damage, says: str
) -> None:
    publish_shared(world.lake, folder, address)
    assert machine.looks() == 1
    files = machine.files
    publish_shared(world.lake, folder, address, full=True)
    (second,) = Path(address).glob("snapshot-000002-*")
    damage(second)
    for _ in range(2):
        assert machine.looks() == 1
        assert says in (machine.replica.problem or "")
        assert "publish --full" in (machine.snapshots.missing or "")
        assert machine.files == files
    publish_shared(world.lake, folder, address, full=True)
    assert (machine.looks(), machine.replica.problem) == (3, None)


def test_a_full_disk_keeps_the_old_one_until_there_is_space(
    world: World, folder: Path, address: str, machine: Machine
) -> None:
    publish_shared(world.lake, folder, address)
    assert machine.looks() == 1
    files = machine.files
    publish_shared(world.lake, folder, address, full=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Larger files cannot be written: to a program it looks as a used up quota does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert machine.looks() == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"the disk of {machine.folder} is full: version 2" in (machine.replica.problem or "")
    assert machine.files == files
    assert (machine.looks(), machine.replica.problem) == (2, None)


def test_a_home_that_was_put_back_goes_on_from_the_newest(
    world: World, folder: Path, tmp_path: Path, address: str, machine: Machine
) -> None:
    publish_shared(world.lake, folder, address)
    backup = tmp_path / "backup" / "serving"
    shutil.copytree(folder, backup, symlinks=True)
    for _ in range(2):
        publish_shared(world.lake, folder, address, full=True)
    assert machine.looks() == 3
    world.watch(TUESDAY, [Watched("eve", "t-zoo", 7), Watched("eve", "t-dark", 9)])
    published = publish_shared(world.lake, backup, address)
    # It is patched from the newest, which it had to fetch.
    assert (published.version, published.full, published.days_changed) == (4, False, 1)
    assert (machine.looks(), machine.plays) == (4, 8)
    # One of which nothing can be fetched is passed over all the same.
    gone(next(Path(address).glob("snapshot-000004-*")))
    assert publish_shared(world.lake, tmp_path / "new" / "serving", address).version == 5
    assert (machine.looks(), machine.plays) == (5, 8)


def test_of_many_who_publish_at_once_none_takes_the_pointer_back(
    world: World, tmp_path: Path, address: str, machine: Machine
) -> None:
    homes = [tmp_path / f"home-{number}" / "serving" for number in range(3)]
    given: list[int] = []
    seen: list[int] = []

    def publishes(home: Path) -> None:
        given.extend(publish_shared(world.lake, home, address, full=True).version for _ in range(2))

    threads = [threading.Thread(target=publishes, args=(home,)) for home in homes]
    for thread in threads:
        thread.start()
    looking = SnapshotStore(address, 0.5)
    while any(thread.is_alive() for thread in threads):
        threads[0].join(0.005)
        newest = looking.newest()
        seen.append(newest.version if newest else 0)
    assert len(set(given)) == len(given) == 6
    assert seen == sorted(seen)
    assert machine.looks() == max(given)
    assert (machine.plays, machine.replica.problem) == (7, None)


def test_what_is_replaced_stays_for_a_while(
    world: World, folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        publish_shared(world.lake, folder, address, full=True)
    assert versions(address) == [1, 2, 3]
    monkeypatch.setattr(store, "GRACE", timedelta(0))
    publish_shared(world.lake, folder, address, full=True)
    assert versions(address) == [3, 4]


def test_who_is_erased_leaves_the_store_and_every_replica(
    world: World, folder: Path, tmp_path: Path, address: str, machine: Machine
) -> None:
    late = Machine(address, tmp_path / "late" / "serving")
    for _ in range(2):
        publish_shared(world.lake, folder, address, full=True)
        assert machine.looks()
    assert late.looks() == 2
    world.watch(TUESDAY, [])
    world.describe()
    assert publish_shared(world.lake, folder, address, erasing=True).version == 3
    assert versions(address) == [3]
    assert machine.looks() == 3
    assert machine.files == sorted([LINK, NOTE, "snapshot-000003.duckdb"])
    # Who was away then keeps none of before, either.
    publish_shared(world.lake, folder, address, full=True)
    assert versions(address) == [3, 4]
    assert late.looks() == 4
    assert late.files == sorted([LINK, NOTE, "snapshot-000004.duckdb"])


def test_a_replica_publishes_nothing_in_place_of_what_it_serves(
    world: World, folder: Path, tmp_path: Path, address: str, machine: Machine
) -> None:
    publish_shared(world.lake, folder, address)
    assert machine.looks() == 1
    empty = World(tmp_path / "no" / "lake").lake
    with pytest.raises(BadInput, match="holds no tables"):
        publish_shared(empty, machine.folder, address)
    assert (machine.looks(), machine.plays) == (1, 7)


def test_a_store_that_was_exchanged_is_told(
    world: World, folder: Path, tmp_path: Path, address: str, machine: Machine
) -> None:
    for _ in range(2):
        publish_shared(world.lake, folder, address, full=True)
    assert machine.looks() == 2
    shutil.rmtree(address)
    machine.looks()
    assert "names none" in (machine.replica.problem or "")
    for says in ("names version 1", "has another version 2"):
        publish_shared(world.lake, tmp_path / "other" / "serving", address, full=True)
        assert machine.looks() == 2
        assert says in (machine.replica.problem or "")
    (Path(address) / POINTER).write_bytes(b"{")
    assert machine.looks() == 2
    assert "names no snapshot" in (machine.replica.problem or "")


def test_a_service_fetches_by_itself(
    world: World,
    folder: Path,
    address: str,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replica, "EVERY", 0.02)

    async def serve() -> None:
        async with following(machine.snapshots):
            await asyncio.to_thread(publish_shared, world.lake, folder, address)
            await asyncio.to_thread(until, lambda: machine.snapshots.held)

    asyncio.run(serve())
    assert machine.plays == 7
