import asyncio
import threading
from itertools import count

from netflix_pipeline.state.polling_cache import PollingCache


def test_what_is_written_while_a_reading_runs_is_told_to_who_asks_anew() -> None:
    written = ["old"]
    has_read, may_return = threading.Event(), threading.Event()

    def read() -> list[str]:
        told = list(written)
        has_read.set()
        assert may_return.wait(30)
        return told

    async def ask() -> None:
        current = PollingCache(read, "rows", apart=0.01)
        first = asyncio.create_task(current.get())
        await asyncio.to_thread(has_read.wait, 30)
        written.append("new")
        asked = [asyncio.create_task(current.anew()) for _ in range(3)]
        await asyncio.sleep(0.05)
        may_return.set()
        assert await first == ["old"]
        assert await asyncio.gather(*asked) == [["old", "new"]] * 3

    asyncio.run(ask())


def test_who_asks_anew_at_the_same_time_share_a_reading() -> None:
    readings = count(1)

    async def ask() -> None:
        current = PollingCache(lambda: next(readings), "rows", apart=0.2)
        assert await current.get() == 1
        assert await asyncio.gather(*(current.anew() for _ in range(50))) == [2] * 50

    asyncio.run(ask())
