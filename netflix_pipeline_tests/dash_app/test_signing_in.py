"""Signing in at dashboards as they are served: many at once, two processes, a proxy in front."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from netflix_pipeline.access.sign_in import MOST, OF_ONE
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.support.processes import dashboard

GOOD = "correct horse battery"
SESSION = "__Host-session"
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of clients that come over plain HTTP: each would read all certificates of the machine."""
numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who comes to a dashboard through a proxy that tells their address."""

    dashboard: str
    address: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address, "X-Forwarded-Proto": "https"}

    async def at_once(self, *tried: tuple[str, str]) -> list[httpx.Response]:
        """Try names and passwords, all at the same moment."""
        headers = self.headers | {"Cookie": "__Host-asked=1"}
        async with httpx.AsyncClient(
            base_url=self.dashboard, headers=headers, timeout=60, trust_env=False, verify=UNUSED
        ) as client:
            forms = ({"name": name, "password": password} for name, password in tried)
            return await asyncio.gather(*(client.post("/login", data=form) for form in forms))

    def tries(self, *tried: tuple[str, str]) -> Counter[int]:
        """What came of it, by status."""
        answers = asyncio.run(self.at_once(*tried))
        for answer in answers:
            assert ("retry-after" in answer.headers) == (answer.status_code in (429, 503))
        return Counter(answer.status_code for answer in answers)

    def signs_in(self, name: str = "ann") -> str:
        """The token of their session."""
        (answer,) = asyncio.run(self.at_once((name, GOOD)))
        assert answer.status_code == 303, answer.text
        return answer.cookies[SESSION]

    def is_known(self, token: str) -> bool:
        answer = httpx.get(f"{self.dashboard}/visitor", headers=self.with_(token), trust_env=False)
        assert answer.status_code in (204, 401)
        return answer.status_code == 204

    def listens(self, token: str) -> AbstractContextManager[httpx.Response]:
        """The stream of states of an open page."""
        address = f"{self.dashboard}/live"
        return httpx.stream("GET", address, headers=self.with_(token), timeout=30, trust_env=False)

    def with_(self, token: str) -> dict[str, str]:
        return self.headers | {"Cookie": f"{SESSION}={token}"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("signing-in") / "home", auth="required")
    for name in ("ann", "bob"):
        Passwords(settings).set(name, GOOD)
    return settings


@pytest.fixture(scope="module")
def dashboards(settings: Settings) -> Iterator[list[str]]:
    """Two of one home."""
    with ExitStack() as served:
        logs = (settings.root / f"log-{number}" for number in range(2))
        yield [served.enter_context(dashboard(settings, log))[0] for log in logs]


@pytest.fixture
def person(dashboards: list[str]) -> Person:
    """Somebody who was never there before."""
    return Person(dashboards[0], f"192.0.2.{next(numbers)}")


@pytest.fixture
def neighbour(dashboards: list[str]) -> Person:
    """Somebody else behind the same proxy."""
    return Person(dashboards[0], f"192.0.2.{next(numbers)}")


def test_forty_at_once_are_five_attempts(person: Person, neighbour: Person) -> None:
    told = person.tries(*[("ann", "wrong")] * 40)
    assert set(told) <= {401, 429, 503}
    assert told[401] <= MOST
    told += person.tries(*[("ann", "wrong")] * 40)
    told += person.tries(*[("ann", "wrong")] * MOST)
    assert told[401] == MOST
    # Also the right one is late, and there alone.
    assert person.tries(("ann", GOOD)) == {429: 1}
    assert person.tries(("bob", GOOD)) == {303: 1}
    assert neighbour.tries(("ann", GOOD)) == {303: 1}


def test_who_tries_many_names_locks_nobody_out(person: Person, neighbour: Person) -> None:
    for number in range(51):
        assert set(person.tries((f"u{number}", "wrong"))) == {401}
    assert person.tries(("ann", GOOD)) == {303: 1}
    assert neighbour.tries(("ann", GOOD)) == {303: 1}


def test_who_floods_the_queue_fills_their_own_places(person: Person, neighbour: Person) -> None:
    async def flood() -> tuple[list[httpx.Response], httpx.Response]:
        flooding = asyncio.create_task(
            person.at_once(*((f"u{number}", "wrong") for number in range(80)))
        )
        await asyncio.sleep(0.05)
        (answer,) = await neighbour.at_once(("ann", GOOD))
        return await flooding, answer

    flood_answers, answer = asyncio.run(flood())
    told = Counter(answer.status_code for answer in flood_answers)
    assert answer.status_code == 303
    assert set(told) == {401, 503}
    assert told[401] >= OF_ONE


def test_an_ended_session_is_over_everywhere_and_a_copy_of_its_cookie_worth_nothing(
    dashboards: list[str], person: Person
) -> None:
    token, other = person.signs_in(), person.signs_in()
    there = Person(dashboards[1], person.address)
    assert person.is_known(token)
    assert there.is_known(token)
    with ExitStack() as open_:
        streams = [open_.enter_context(at.listens(token)) for at in (person, there)]
        assert [stream.status_code for stream in streams] == [200, 200]
        out = httpx.post(f"{person.dashboard}/logout", headers=person.with_(token), trust_env=False)
        assert out.status_code == 303
        assert not person.is_known(token)
        for stream in streams:
            stream.read()  # which returns when it ends
    assert not there.is_known(token)
    assert person.is_known(other)


def test_a_session_that_somebody_else_began_is_never_gone_on_with(person: Person) -> None:
    planted = person.signs_in("bob")
    headers = {"Cookie": f"__Host-asked=1; {SESSION}={planted}"}
    answer = httpx.post(
        f"{person.dashboard}/login",
        data={"name": "ann", "password": GOOD},
        headers=person.headers | headers,
        trust_env=False,
    )
    own = answer.cookies[SESSION]
    assert own != planted
    assert person.is_known(own)
    assert not person.is_known(planted)


def test_a_new_password_ends_sessions_and_open_pages(
    settings: Settings, dashboards: list[str], person: Person
) -> None:
    Passwords(settings).set("eve", GOOD)
    token = person.signs_in("eve")
    with Person(dashboards[1], person.address).listens(token) as stream:
        Passwords(settings).set("eve", GOOD)
        stream.read()
    assert not person.is_known(token)


def test_no_other_way_to_write_it_signs_in(person: Person) -> None:
    assert person.tries(("ann", "x" * 100_000)) == {413: 1}
    assert person.tries(("", "")) == {401: 1}
    assert person.tries(("ann", "")) == {401: 1}
    assert person.tries(("ann", "x" * 7_000)) == {401: 1}
    for name in ("ANN", "ａｎｎ", "ann\x00", "a\u0301nn", "ann\r\nSet-Cookie: x=y"):
        assert person.tries((name, GOOD)) == {401: 1}
