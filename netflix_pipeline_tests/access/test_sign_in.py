import asyncio
from collections import Counter
from time import thread_time

import pytest

from netflix_pipeline.access import Crowded, SigningIn, TooManyAttempts
from netflix_pipeline.access.sign_in import MOST, OF_ONE, WAITING
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords

GOOD = "correct horse battery"


@pytest.fixture
def passwords(home: Settings) -> Passwords:
    passwords = Passwords(home)
    passwords.set("ann", GOOD)
    return passwords


async def tried(signing_in: SigningIn, client: str, name: str, password: str) -> str:
    """What came of it, in a word."""
    try:
        return "good" if await signing_in.check(client, name, password) else "wrong"
    except Crowded:
        return "crowded"
    except TooManyAttempts:
        return "late"


def at_once(signing_in: SigningIn, *attempts: tuple[str, str, str]) -> list[str]:
    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(tried(signing_in, *each) for each in attempts))

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_many_at_once_are_held_up_like_many_in_turn(passwords: Passwords, name: str) -> None:
    signing_in = SigningIn(passwords)
    told: Counter[str] = Counter()
    for _ in range(5):
        told.update(at_once(signing_in, *[("192.0.2.1", name, "wrong")] * 40))
    assert told["wrong"] == MOST
    assert told["late"] + told["crowded"] == 200 - MOST
    assert at_once(signing_in, ("192.0.2.1", name, GOOD)) == ["late"]
    # Another client, and another name, are not held up.
    assert at_once(signing_in, ("192.0.2.2", "ann", GOOD)) == ["good"]
    if name != "ann":
        assert at_once(signing_in, ("192.0.2.1", "ann", GOOD)) == ["good"]


@pytest.mark.slow
def test_the_queue_has_an_end_for_each_and_for_all(passwords: Passwords) -> None:
    signing_in = SigningIn(passwords)
    of_one = [("192.0.2.1", f"u{number}", "wrong") for number in range(40)]
    told = Counter(at_once(signing_in, *of_one, ("192.0.2.2", "ann", GOOD)))
    assert told == {"wrong": OF_ONE, "crowded": 40 - OF_ONE, "good": 1}
    of_many = [(f"192.0.2.{number}", "ann", "wrong") for number in range(100)]
    assert Counter(at_once(signing_in, *of_many)) == {"wrong": WAITING, "crowded": 100 - WAITING}
    # Who was turned away has used up nothing.
    assert at_once(signing_in, ("192.0.2.99", "ann", GOOD)) == ["good"]
    assert not signing_in._taken


def test_who_gives_up_waiting_leaves_their_place(passwords: Passwords) -> None:
    signing_in = SigningIn(passwords)

    async def give_up() -> None:
        for _ in range(3 * WAITING):
            waiting = asyncio.create_task(signing_in.check("192.0.2.1", "ann", "wrong"))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait((waiting,))

    asyncio.run(give_up())
    assert not signing_in._taken
    assert at_once(signing_in, ("192.0.2.1", "ann", GOOD)) == ["late"]  # they were counted
    assert at_once(signing_in, ("192.0.2.2", "ann", GOOD)) == ["good"]


@pytest.mark.slow
def test_who_signs_in_again_and_again_is_not_held_up(passwords: Passwords) -> None:
    signing_in = SigningIn(passwords)
    for _ in range(2 * MOST):
        assert at_once(signing_in, ("192.0.2.1", "ann", GOOD)) == ["good"]


@pytest.mark.slow
def test_a_name_that_nobody_has_costs_as_much(passwords: Passwords) -> None:
    def cost(name: str, password: str) -> float:
        begun = thread_time()
        passwords.check(name, password)
        return thread_time() - begun

    cost("ann", "warm")
    known, unknown, long, empty = (
        min(cost(name, password) for _ in range(3))
        for name, password in (
            ("ann", "wrong"),
            ("nobody", "wrong"),
            ("ann", "x" * 1_000_000),
            ("ann", ""),
        )
    )
    for each in (unknown, long, empty):
        assert 0.5 < each / known < 2
