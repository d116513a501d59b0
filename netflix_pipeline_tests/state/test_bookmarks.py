from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Bookmarks, NoBookmark, open_state
from netflix_pipeline_tests.support.meeting import meeting


@pytest.fixture
def kept(home: Settings) -> Iterator[Bookmarks]:
    engine = open_state(home)
    yield Bookmarks(engine)
    engine.dispose()


def test_a_name_leads_to_one_address_of_each_owner(kept: Bookmarks) -> None:
    kept.keep("Weekly", "/?period=7d", "ann")
    kept.keep(" Weekly ", "/?period=7d&by=plays", "ann", shared=True)
    kept.keep("weekly", "/top10", "bob")
    told = [(each.owner, each.name, each.address, each.shared) for each in kept.all()]
    assert told == [
        ("ann", "Weekly", "/?period=7d&by=plays", True),
        ("bob", "weekly", "/top10", False),
    ]
    ann, bob = kept.all()
    assert [each.is_seen_by("bob") for each in (ann, bob)] == [True, True]
    assert [each.is_seen_by("ann") for each in (ann, bob)] == [True, False]


def test_one_name_that_is_kept_twice_at_the_same_moment_is_one(kept: Bookmarks) -> None:
    with meeting("INSERT INTO bookmarks"), ThreadPoolExecutor() as pool:
        list(pool.map(kept.keep, ("Weekly",) * 2, ("/", "/top10"), ("ann",) * 2))
    (one,) = kept.all()
    assert one.address in ("/", "/top10")


def test_only_its_owner_changes_it(kept: Bookmarks) -> None:
    kept.keep("x", "/", "ann", shared=True)
    (one,) = kept.all()
    with pytest.raises(NoBookmark):
        kept.rename(one.id, "y", "bob")
    with pytest.raises(NoBookmark):
        kept.remove(one.id, "bob")
    kept.rename(one.id, "y", "ann")
    kept.rename(one.id, "y", "ann")
    kept.keep("x", "/", "ann")
    with pytest.raises(BadInput, match="another bookmark is called x"):
        kept.rename(one.id, "x", "ann")
    kept.remove(one.id, "ann")
    assert [each.name for each in kept.all()] == ["x"]


def test_what_nobody_owns_is_everybodys(kept: Bookmarks) -> None:
    kept.keep("x", "/")
    (one,) = kept.all()
    assert one.is_seen_by("ann")
    kept.remove(one.id, "ann")
    assert not kept.all()


def test_there_is_an_end_to_them(kept: Bookmarks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netflix_pipeline.state.bookmarks.MOST", 1)
    kept.keep("x", "/", "ann")
    kept.keep("x", "/top10", "ann")
    with pytest.raises(BadInput, match="remove some"):
        kept.keep("y", "/", "ann")
    kept.keep("y", "/", "bob")


@pytest.mark.parametrize("address", ["", "top10", "/" + "x" * 2_000, "/a\nb"])
def test_what_is_no_address_is_refused(kept: Bookmarks, address: str) -> None:
    with pytest.raises(BadInput, match="leads to a view"):
        kept.keep("x", address)
