import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from netflix_pipeline.access import SignedIn
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline.state.sessions import KEPT, MOST, SESSIONS, Session, Sessions
from netflix_pipeline_tests.support.postgres_server import PostgresServer

ANN, BOB = b"a" * 32, bytes(range(32))
PASSWORD = b"\x00\xff" * 16


@pytest.fixture
def sessions(home: Settings, state: Engine) -> Sessions:
    return Sessions(state)


def test_what_is_kept_of_a_session_comes_back_as_it_was(sessions: Sessions) -> None:
    before = datetime.now(UTC)
    sessions.begin(ANN, "ann", PASSWORD)
    sessions.begin(BOB, "Zoë", PASSWORD)
    told = sessions.all()
    began = told[ANN].began
    assert before <= began <= datetime.now(UTC)
    assert told[ANN] == Session(ANN, "ann", PASSWORD, began, began)
    later = began + timedelta(hours=1, microseconds=1)
    sessions.used({ANN: later, b"nobody's" * 4: later})
    assert sessions.all() == {BOB: told[BOB], ANN: Session(ANN, "ann", PASSWORD, began, later)}
    sessions.end(ANN)
    sessions.end(ANN)
    assert sessions.all() == {BOB: told[BOB]}


def test_the_newest_of_a_name_stay_and_what_is_long_over_goes(
    sessions: Sessions, state: Engine
) -> None:
    sessions.begin(BOB, "bob", PASSWORD)
    digests = [bytes([number]) * 32 for number in range(MOST + 2)]
    for digest in digests:
        sessions.begin(digest, "ann", PASSWORD)
    assert set(sessions.all()) == {BOB, *digests[2:]}
    old = datetime.now(UTC) - KEPT - timedelta(seconds=1)
    with state.begin() as connection:
        connection.execute(update(SESSIONS).where(SESSIONS.c.digest == BOB).values(used=old))
    sessions.begin(ANN, "cid", PASSWORD)
    assert BOB not in sessions.all()


def test_who_is_signed_in_is_known_to_every_process_and_no_connection_stays(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    postgres.empty()
    home = Settings(home=tmp_path / "home", state_database=postgres.url)

    def connections() -> int:
        with postgres.connect() as connection:
            (told,) = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        return int(told[0])

    before = connections()  # of others that came to the same server
    passwords = Passwords(home)
    passwords.set("ann", "correct horse battery")
    here, there = SignedIn(home, passwords), SignedIn(home, passwords)

    async def come_and_go() -> None:
        async with here.following(), there.following():
            token = await here.begin("ann", passwords.hashes["ann"])
            assert await here.name(token) == "ann"
            assert await there.name(token) == "ann"
            assert connections() >= 2
            await here.end(token)
            assert await here.name(token) is None
            for _ in range(200):
                if await there.name(token) is None:
                    break
                await asyncio.sleep(0.05)
            assert await there.name(token) is None

    asyncio.run(come_and_go())
    for _ in range(200):  # the server ends them a moment later
        if connections() <= before:
            break
        time.sleep(0.05)
    assert connections() <= before
