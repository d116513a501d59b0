"""Passwords in a database of state are known to every machine that shares it."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netflix_pipeline.errors import BadInput, DamagedFile
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, StateUnavailable, opened, password_stores
from netflix_pipeline.state.polling_cache import NotCurrent
from netflix_pipeline_tests.support.meeting import meeting
from netflix_pipeline_tests.support.postgres_server import PostgresServer

GOOD, OTHER = "correct horse battery", "another long one"


@pytest.fixture
def machines(tmp_path: Path, postgres: PostgresServer) -> tuple[Settings, Settings]:
    postgres.empty()
    one, other = (
        Settings(home=tmp_path / name, state_database=postgres.url) for name in ("one", "other")
    )
    return one, other


def in_a_file(settings: Settings) -> Passwords:
    """As the home was before it shared a database."""
    return Passwords(settings.model_copy(update={"state_database": ""}))


def test_machines_know_the_same_people(machines: tuple[Settings, Settings]) -> None:
    one, other = map(Passwords, machines)
    assert not other.hashes
    one.set("ann", GOOD)
    assert other.check("ann", GOOD)
    assert not other.check("ann", OTHER)
    other.set("bob", GOOD)
    other.set("bob", OTHER)
    with pytest.raises(BadInput, match="choose another name"):
        one.set("Bob", GOOD)
    one.remove("ann")
    assert set(other.hashes) == set(one.hashes) == {"bob"}
    with pytest.raises(BadInput, match="the last"):
        one.remove("bob")
    assert not [path for home in machines for path in home.root.rglob("passwords.json")]
    # Each home remembers that people sign in; that they do no more is said to all.
    other.off()
    assert not one.hashes
    assert not Passwords(machines[0]).hashes
    one.set("ann", GOOD)
    assert set(other.hashes) == {"ann"}


def test_two_machines_set_one_password_at_the_same_moment(
    machines: tuple[Settings, Settings],
) -> None:
    with opened(machines[0]) as one, opened(machines[1]) as other:
        tables = [password_stores._Rows(engine) for engine in (one, other)]
        with meeting("INSERT INTO passwords"), ThreadPoolExecutor() as pool:
            list(pool.map(lambda rows, hashed: rows.put("ann", hashed), tables, ("a", "b")))
        assert tables[0].all()["ann"] in ("a", "b")


def test_where_the_database_lost_them_nobody_is_let_in(
    machines: tuple[Settings, Settings], postgres: PostgresServer
) -> None:
    running = Passwords(machines[0])
    running.set("ann", GOOD)
    assert running.hashes
    postgres.empty()
    for passwords in (running, Passwords(machines[0])):
        with pytest.raises(DamagedFile, match="let in"):
            _ = passwords.hashes
    running.set("bob", GOOD)
    assert set(Passwords(machines[1]).hashes) == {"bob"}


def test_those_of_a_file_are_taken_over_once(machines: tuple[Settings, Settings]) -> None:
    one, other = machines
    in_a_file(one).set("ann", GOOD)
    in_a_file(other).set("eve", GOOD)
    assert Passwords(one).check("ann", GOOD)
    assert not (one.state / "passwords.json").exists()
    # They have some by then: what another machine has of before is nobody's.
    assert set(Passwords(other).hashes) == {"ann"}
    assert json.loads((other.state / "passwords.json").read_bytes()).keys() == {"eve"}


def test_who_serves_waits_for_no_database(
    machines: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = machines
    Passwords(other).set("ann", GOOD)
    monkeypatch.setattr(password_stores, "READ_EVERY", 0.02)

    def away(_: object) -> None:
        raise StateUnavailable("away")

    async def serve() -> None:
        passwords = Passwords(one)
        async with passwords.following():
            assert set(passwords.hashes) == {"ann"}
            await asyncio.to_thread(Passwords(other).set, "bob", GOOD)
            while len(passwords.hashes) < 2:  # noqa: ASYNC110 - nothing else tells it
                await asyncio.sleep(0.01)
            monkeypatch.setattr(password_stores._Rows, "all", away)
            await asyncio.sleep(0.1)
            assert set(passwords.hashes) == {"ann", "bob"}
            with pytest.raises(StateUnavailable):
                await asyncio.to_thread(passwords.check, "ann", GOOD)
            monkeypatch.setattr(password_stores, "GRACE", 0.0)
            with pytest.raises(NotCurrent):
                _ = passwords.hashes

    asyncio.run(serve())
