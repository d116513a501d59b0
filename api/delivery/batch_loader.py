"""Batch loader: people who are asked for at the same time are looked up together.

One look-up costs little more for many than for one. So whoever comes while another runs waits for
the next, as those who write to the log of events do; alone, nobody waits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from api.delivery.query_executor import QueryExecutor
from api.delivery.request_key import Body, QuestionRequest
from netflix_pipeline.serving import NotFound, Source
from netflix_pipeline.serving.questions.user import User, users

MOST = 64
"""People of one look-up."""

Answered = tuple[int, Body]
"""The version that an answer comes from, and the answer."""


@dataclass
class _Asker:
    user_id: str
    asks: QuestionRequest[User]
    answered: asyncio.Future[Answered]


class BatchLoader:
    """Looks people up. Only the event loop's thread touches it."""

    def __init__(self, source: Source, threads: QueryExecutor) -> None:
        self._source = source
        self._threads = threads
        self._waiting: list[_Asker] = []
        self._working: asyncio.Task[None] | None = None

    async def user(self, user_id: str, asks: QuestionRequest[User]) -> Answered:
        """The answer to a question about a person. Raises NotFound, and as `QueryExecutor` does."""
        asker = _Asker(user_id, asks, asyncio.get_running_loop().create_future())
        self._waiting.append(asker)
        # One look-up at a time: several side by side would be of fewer people each.
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await asker.answered

    async def _work(self) -> None:
        """Look up whoever waits, until nobody does.

        It is done in the same step as the last look at who waits: nobody comes in between.
        """
        while self._waiting:
            askers, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            askers = [asker for asker in askers if not asker.answered.done()]
            if askers:
                await self._look_up(askers)

    async def _look_up(self, askers: Sequence[_Asker]) -> None:
        answers: Sequence[Answered | Exception]
        try:
            answers = await self._threads.run(lambda: self._answers(askers))
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            answers = [error] * len(askers)
        for asker, answer in zip(askers, answers, strict=True):
            if asker.answered.done():
                continue  # its sender has left
            if isinstance(answer, Exception):
                asker.answered.set_exception(answer)
            else:
                asker.answered.set_result(answer)

    def _answers(self, askers: Sequence[_Asker]) -> list[Answered | Exception]:
        found = users(self._source.current(), list({asker.user_id: None for asker in askers}))
        answers: list[Answered | Exception] = []
        for asker in askers:
            user = found[asker.user_id]
            answers.append(user if isinstance(user, NotFound) else asker.asks.body(user))
        return answers
