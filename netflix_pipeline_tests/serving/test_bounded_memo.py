"""What is asked for by several threads is made once; nobody waits for what somebody else asked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from netflix_pipeline.serving.query.bounded_memo import BoundedMemo

PATIENCE = 10


def test_one_makes_it_for_all_who_ask_and_nobody_else_waits() -> None:
    memo: BoundedMemo[str, str] = BoundedMemo(100, len)
    begun, goes_on = Event(), Event()
    made: list[str] = []

    def slow() -> str:
        made.append("slow")
        begun.set()
        assert goes_on.wait(PATIENCE)
        return "slow"

    with ThreadPoolExecutor(3) as threads:
        askers = [threads.submit(memo.get, "slow", slow) for _ in range(3)]
        assert begun.wait(PATIENCE)
        assert memo.get("quick", lambda: "quick") == "quick"
        assert not any(asker.done() for asker in askers)
        goes_on.set()
        assert [asker.result(PATIENCE) for asker in askers] == ["slow"] * 3
    assert made == ["slow"]


def test_where_it_fails_one_of_those_who_wait_makes_it() -> None:
    memo: BoundedMemo[str, str] = BoundedMemo(100, len)
    begun, goes_on = Event(), Event()

    def fails() -> str:
        begun.set()
        assert goes_on.wait(PATIENCE)
        raise ValueError("stopped")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(memo.get, "key", fails)
        assert begun.wait(PATIENCE)
        other = threads.submit(memo.get, "key", lambda: "made")
        goes_on.set()
        with pytest.raises(ValueError, match="stopped"):
            first.result(PATIENCE)
        assert other.result(PATIENCE) == "made"


def test_what_was_not_used_for_longest_gives_way() -> None:
    memo: BoundedMemo[str, bytes] = BoundedMemo(10, len)
    first = memo.get("a", lambda: bytes(4))
    memo.get("b", lambda: bytes(4))
    assert memo.get("a", lambda: bytes(4)) is first
    memo.get("c", lambda: bytes(4))
    assert memo.size == 8
    assert memo.get("a", lambda: bytes(4)) is first
    large = memo.get("large", lambda: bytes(20))
    assert memo.size == 20
    assert memo.get("large", lambda: bytes(1)) is large
