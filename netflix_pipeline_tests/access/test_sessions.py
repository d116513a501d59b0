import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from netflix_pipeline.access import SignedIn
from netflix_pipeline.access import sessions as module
from netflix_pipeline.errors import Transient
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, open_state, polling_cache
from netflix_pipeline.state.sessions import MOST, SESSIONS, Session, Sessions
from netflix_pipeline_tests.support.waiting import PATIENCE

GOOD = "correct horse battery"


@pytest.fixture
def passwords(home: Settings) -> Passwords:
    """Those of a home where Ann and Bob sign in."""
    passwords = Passwords(home)
    passwords.set("ann", GOOD)
    passwords.set("bob", GOOD)
    return passwords


@pytest.fixture
def state(home: Settings) -> Iterator[Engine]:
    """Its database of state."""
    engine = open_state(home)
    Sessions(engine)
    yield engine
    engine.dispose()


def signed_in(home: Settings) -> SignedIn:
    """What one process knows."""
    return SignedIn(home, Passwords(home))


async def begun(sessions: SignedIn, home: Settings, name: str = "ann") -> str:
    return await sessions.begin(name, Passwords(home).hashes[name])


async def learns(sessions: SignedIn, token: str, name: str | None) -> None:
    """It becomes known whose session it is."""
    since = monotonic()
    while await sessions.name(token) != name:
        assert monotonic() - since < PATIENCE
        await asyncio.sleep(0.05)


def test_a_session_is_its_owners_in_every_process_until_it_ends_in_all(
    home: Settings, passwords: Passwords
) -> None:
    here, there = signed_in(home), signed_in(home)

    async def come_and_go() -> None:
        token, other = await begun(here, home), await begun(here, home, "bob")
        assert token != other
        assert await here.name(token) == "ann"
        assert await there.name(token) == "ann"
        assert await here.name(other) == "bob"
        await here.end(token)
        assert await here.name(token) is None
        await learns(there, token, None)
        assert await here.name(token) is None
        await here.end(token)  # once more changes nothing
        assert await there.name(other) == "bob"

    asyncio.run(come_and_go())


def test_one_that_ends_while_sessions_are_read_does_not_come_back(
    home: Settings, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = signed_in(home)

    async def ends_meanwhile() -> None:
        token = await begun(sessions, home)
        assert await sessions.name(token) == "ann"
        held = await sessions._current.anew()
        await sessions.end(token)
        # What a reading told that had begun before.
        monkeypatch.setattr(sessions._current, "_held", held)
        assert await sessions.name(token) is None

    asyncio.run(ends_meanwhile())


def test_a_session_ends_with_the_password_that_began_it(
    home: Settings, passwords: Passwords
) -> None:
    sessions = signed_in(home)

    async def change() -> None:
        ann, bob = await begun(sessions, home), await begun(sessions, home, "bob")
        old = passwords.hashes["ann"]
        passwords.set("ann", GOOD)  # the same one, set anew
        passwords.remove("bob")
        assert await sessions.name(ann) is None
        assert await sessions.name(bob) is None
        # Of one that was changed while it was looked at, no session begins.
        assert await sessions.name(await sessions.begin("ann", old)) is None

    asyncio.run(change())


def test_nobody_can_sign_in_with_what_is_kept(
    home: Settings, passwords: Passwords, state: Engine
) -> None:
    sessions = signed_in(home)
    token = asyncio.run(begun(sessions, home))
    content = (home.state / "state.sqlite").read_bytes()
    assert b"ann" in content
    assert token.encode() not in content
    assert passwords.hashes["ann"].encode() not in content
    (kept,) = Sessions(state).all()
    assert len(kept) == 32


def test_another_key_knows_none(home: Settings, passwords: Passwords) -> None:
    token = asyncio.run(begun(signed_in(home), home))
    (home.state / "sessions.key").unlink()
    assert asyncio.run(signed_in(home).name(token)) is None


Given = tuple[SignedIn, str]


@pytest.fixture(scope="module")
def given_one(tmp_path_factory: pytest.TempPathFactory) -> Given:
    """Sessions that cannot ask their database, and the token of one."""
    home = Settings(home=tmp_path_factory.mktemp("forged"))
    Passwords(home).set("ann", GOOD)
    sessions = signed_in(home)
    token = asyncio.run(begun(sessions, home))

    async def asked(**_: object) -> None:
        raise AssertionError("a forged token reached the database")

    sessions._current.get = asked  # type: ignore[method-assign,assignment]
    sessions._current.anew = asked  # type: ignore[method-assign,assignment]
    return sessions, token


@given(st.integers(0, 107), st.characters())
def test_a_token_that_was_changed_anywhere_is_nobodys(
    given_one: Given, at: int, character: str
) -> None:
    sessions, token = given_one
    assert len(token) == 108
    changed = token[:at] + character + token[at + 1 :]
    if changed != token:
        assert asyncio.run(sessions.name(changed)) is None


@given(st.text() | st.from_regex(r"[abcXYZ019_=-]{42,44}\.[abcXYZ019_=-]{63,65}", fullmatch=True))
def test_any_text_is_nobodys_and_no_error(given_one: Given, text: str) -> None:
    sessions, _ = given_one
    assert asyncio.run(sessions.name(text)) is None
    asyncio.run(sessions.end(text))


@pytest.mark.parametrize("more", ["=", " ", "\n", "A", "\x00"])
def test_a_token_with_more_behind_it_is_nobodys(given_one: Given, more: str) -> None:
    sessions, token = given_one
    assert asyncio.run(sessions.name(token + more)) is None


@pytest.mark.parametrize(
    ("began", "used", "name"),
    [
        (timedelta(days=6, hours=23), timedelta(hours=1), "ann"),
        (timedelta(days=7, seconds=1), timedelta(hours=1), None),
        (timedelta(days=1), timedelta(hours=11, minutes=59), "ann"),
        (timedelta(days=1), timedelta(hours=12, seconds=1), None),
        # The clock was set back since: a little, and by far.
        (-timedelta(minutes=30), -timedelta(minutes=30), "ann"),
        (-timedelta(days=40), -timedelta(days=40), None),
    ],
)
def test_it_ends_unused_and_after_some_days(
    home: Settings,
    passwords: Passwords,
    state: Engine,
    began: timedelta,
    used: timedelta,
    name: str | None,
) -> None:
    token = asyncio.run(begun(signed_in(home), home))
    now = datetime.now(UTC)
    with state.begin() as connection:
        connection.execute(update(SESSIONS).values(began=now - began, used=now - used))
    assert asyncio.run(signed_in(home).name(token)) == name


def test_a_clock_that_is_wrong_for_a_moment_ends_nothing(
    home: Settings, passwords: Passwords, state: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = signed_in(home)

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=40)

    async def step() -> None:
        token = await begun(sessions, home)
        with monkeypatch.context() as wrong:
            wrong.setattr(module, "datetime", Ahead)
            wrong.setattr("netflix_pipeline.state.sessions.datetime", Ahead)
            assert await sessions.name(token) is None
            during = await begun(sessions, home)
            assert await sessions.name(during) == "ann"
        assert await sessions.name(token) == "ann"
        assert await sessions.name(during) is None  # it would last for 47 days

    asyncio.run(step())


@pytest.mark.slow
def test_what_is_used_goes_on_and_what_is_only_looked_at_does_not(
    home: Settings, passwords: Passwords, state: Engine
) -> None:
    brief = home.model_copy(update={"session_idle_hours": 2 / 3600})
    here, there = signed_in(brief), signed_in(brief)

    async def go_on() -> None:
        used, open_ = await begun(here, home), await begun(here, home)
        async with here.following():
            since = monotonic()
            while monotonic() - since < 3.5:
                assert await here.name(used) == "ann"
                await here.name(open_, using=False)
                await asyncio.sleep(0.1)
            assert await here.name(open_, using=False) is None
        await learns(there, used, "ann")

    asyncio.run(go_on())
    longest = max(session.used - session.began for session in Sessions(state).all().values())
    assert longest > timedelta(seconds=2)


def test_a_name_has_so_many_at_a_time(home: Settings, passwords: Passwords, state: Engine) -> None:
    sessions = signed_in(home)

    async def again_and_again() -> list[str]:
        return [await begun(sessions, home) for _ in range(MOST + 3)]

    bob = asyncio.run(begun(sessions, home, "bob"))
    tokens = asyncio.run(again_and_again())
    assert len(Sessions(state).all()) == MOST + 1
    assert asyncio.run(sessions.name(tokens[2])) is None
    assert asyncio.run(sessions.name(tokens[3])) == "ann"
    assert asyncio.run(sessions.name(bob)) == "bob"


@pytest.mark.slow
def test_while_state_is_away_those_known_go_on_a_while_and_then_nobody_does(
    home: Settings, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netflix_pipeline.state.database.PATIENCE", 0.2)
    sessions = signed_in(home)

    async def away() -> None:
        ann, unseen = await begun(sessions, home), ""
        assert await sessions.name(ann) == "ann"
        unseen = await begun(signed_in(home), home, "bob")
        with closing(sqlite3.connect(home.state / "state.sqlite")) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(polling_cache.FRESH)
            assert await sessions.name(ann) == "ann"
            # Nobody can tell whose that is: it is not said to be nobody's.
            with pytest.raises(Transient):
                await sessions.name(unseen)
            with pytest.raises(Transient):
                await sessions.end(ann)
            with pytest.raises(Transient):
                await begun(sessions, home)
            monkeypatch.setattr(polling_cache, "GRACE", 0.0)
            with pytest.raises(Transient):
                await sessions.name(ann)
        monkeypatch.setattr(polling_cache, "GRACE", 30.0)
        await asyncio.sleep(polling_cache.FRESH)
        assert await sessions.name(ann) == "ann"
        assert await sessions.name(unseen) == "bob"

    asyncio.run(away())


def test_who_comes_back_after_long_waits_for_a_slow_database(
    home: Settings, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = signed_in(home)

    def slow() -> Mapping[bytes, Session]:
        sleep(2 * polling_cache.PATIENCE)
        return sessions._all()

    async def come_back() -> None:
        token = await begun(sessions, home)
        assert await sessions.name(token) == "ann"
        monkeypatch.setattr(sessions._current, "_read", slow)
        sessions._current.read_at -= 600
        sessions._current._begun_at -= 600
        assert await sessions.name(token) == "ann"

    asyncio.run(come_back())


def test_a_process_that_never_read_them_knows_nobody(home: Settings, passwords: Passwords) -> None:
    token = asyncio.run(begun(signed_in(home), home))
    (home.state / "state.sqlite").write_bytes(b"no database" * 1_000)
    with pytest.raises(Transient):
        asyncio.run(signed_in(home).name(token))


def test_where_nobody_signed_in_yet_no_database_is_made(
    home: Settings, passwords: Passwords
) -> None:
    token = asyncio.run(begun(signed_in(home), home))
    (home.state / "state.sqlite").unlink()
    assert asyncio.run(signed_in(home).name(token)) is None
    assert not (home.state / "state.sqlite").exists()
