"""A bucket and a folder keep the same promises."""

import threading
from pathlib import Path

import pytest

from netflix_pipeline.object_storage import (
    BadStoreAddress,
    NoObject,
    ObjectStore,
    StoreRefuses,
    StoreUnavailable,
)
from netflix_pipeline.object_storage import (
    s3 as bucket,
)
from netflix_pipeline_tests.support.cut_connection import cut_connection
from netflix_pipeline_tests.support.s3_server import S3Server


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return ObjectStore.of((tmp_path / "store").as_uri())
    server: S3Server = request.getfixturevalue("s3")
    return ObjectStore.of(server.address())


def test_objects_are_written_whole_on_conditions_and_read_back(store: ObjectStore) -> None:
    with pytest.raises(NoObject, match="has no a/b"):
        store.get("a/b")
    first = store.create("a/b", b"1")
    assert first is not None
    assert store.create("a/b", b"2") is None
    assert store.get("a/b").data == b"1"
    assert store.get("a/b").etag == first
    second = store.replace("a/b", b"2", first)
    assert second not in (None, first)
    assert store.replace("a/b", b"3", first) is None
    assert store.replace("a/other", b"3", first) is None
    assert store.put("a/b", b"4") == store.get("a/b").etag
    assert store.get("a/b").data == b"4"


def test_a_folder_of_keys_is_listed_and_deleted(store: ObjectStore) -> None:
    for key in ("a/event_date=2026-01-31/x", "a/y", "ab/z"):
        store.put(key, key.encode())
    assert {each.key for each in store.listed()} == {"a/event_date=2026-01-31/x", "a/y", "ab/z"}
    told = {each.key: each.size for each in store.listed("a")}
    assert told == {"a/event_date=2026-01-31/x": 25, "a/y": 3}
    store.delete(["a/y", "a/never"])
    store.delete([])
    assert [each.key for each in store.listed("a")] == ["a/event_date=2026-01-31/x"]
    assert not list(store.listed("nothing"))
    assert not store.keeps_versions()


def test_a_large_object_comes_back_in_pieces_and_is_there_once_it_is_whole(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "STEP", 2**20)
    content = bytes(range(256)) * 30_000  # more than a part of an upload
    (tmp_path / "file").write_bytes(content)
    store.upload("large", tmp_path / "file")
    store.download("large", tmp_path / "below" / "copy")
    assert (tmp_path / "below" / "copy").read_bytes() == content
    with pytest.raises(NoObject):
        store.download("none", tmp_path / "below" / "none")
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["copy"]
    # What this machine has not, is not told as missing in the store.
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        store.upload("large", tmp_path / "nothing-here")


@pytest.mark.parametrize(
    "address", ["s3://", "s3:///prefix", "s3://key@bucket/x", "s3://bucket/x?y=1", "gs://bucket/x"]
)
def test_what_is_no_store_is_refused(address: str) -> None:
    with pytest.raises(BadStoreAddress, match="is no store: write s3://BUCKET/PREFIX"):
        ObjectStore.of(address)


def test_a_key_leaves_no_folder(tmp_path: Path) -> None:
    for key in ("../x", "a//b", ".lock", "", "a/../../x"):
        with pytest.raises(BadStoreAddress):
            ObjectStore.of(tmp_path / "store").put(key, b"")


def test_a_win_of_which_the_answer_was_lost_is_one(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_connection(s3.port) as connection:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{connection.port}")
        store = ObjectStore.of(s3.address())
        connection.lose = 1
        etag = store.create("a", b"same")
        assert etag is not None
        connection.lose = 1
        assert store.replace("a", b"2", etag) is not None
        # Bytes alone do not tell a winner: who wrote the same did not.
        assert store.create("b", b"same") is not None
        connection.lose = 1
        assert store.create("b", b"same") is None


def test_a_store_that_is_away_for_a_while_is_waited_for(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_connection(s3.port) as connection:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{connection.port}")
        address = s3.address()
        etag = ObjectStore.of(address).create("a", b"1")
        connection.cut_off()
        with pytest.raises(StoreUnavailable, match="AWS_ENDPOINT_URL"):
            ObjectStore.of(address, patience=0.5).get("a")
        threading.Timer(1, connection.cut_off, kwargs={"cut": False}).start()
        store = ObjectStore.of(address)
        assert etag is not None
        assert store.replace("a", b"2", etag) is not None


def test_a_bucket_that_is_missing_is_told(s3: S3Server, tmp_path: Path) -> None:
    store, file = ObjectStore.of("s3://missing-bucket/x"), tmp_path / "file"
    file.write_bytes(b"1")
    with pytest.raises(StoreRefuses, match="there is no such bucket"):
        store.create("a", b"1")
    with pytest.raises(StoreRefuses, match="there is no such bucket"):
        store.put("a", b"1")
    with pytest.raises(StoreRefuses, match="there is no such bucket"):
        store.upload("a", file)


def test_the_server_of_the_demo_plays_nothing_of_aws_but_s3(s3: S3Server) -> None:
    # Any page in a browser may ask it, and functions would run here.
    assert s3._ask("GET", "/2015-03-31/functions") == 400
    assert s3._ask("GET", "/") == 200
