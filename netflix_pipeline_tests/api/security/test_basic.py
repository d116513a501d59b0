"""A key as the password of Basic: the same key, under the same rules, and nothing for browsers."""

from base64 import b64encode
from time import monotonic
from types import SimpleNamespace

import httpx
import pytest

from netflix_pipeline.access.keyring import FAILURES
from netflix_pipeline.bounds.requests import HEADER_BYTES
from netflix_pipeline.state.keys import new_id, new_key
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client, Made

BASIC = 'Basic realm="viewing behaviour", charset="UTF-8"'
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0"
POWER_QUERY = "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)"


def basic(key: str, user: bytes = b"excel", /, **headers: str) -> dict[str, bytes]:
    """Headers of a request with a key as password."""
    return given(b64encode(user + b":" + key.encode()), **headers)


def given(text: bytes, scheme: bytes = b"Basic ", /, **headers: str) -> dict[str, bytes]:
    """Headers of a request with whatever stands after the scheme."""
    others = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
    return {"Authorization": scheme + text, **others}


def challenge(refused: httpx.Response) -> str:
    """How the refused may come again."""
    return refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    "user", [b"", b"excel", b"a b", "Jürgen".encode(), b"\xff\xfe", b"x" * 4000]
)
def test_a_key_opens_as_password_whatever_the_user_name(
    ask: Client, made: Made, user: bytes
) -> None:
    key = made("analytics:read")
    assert ask("/titles", headers=basic(key, user)).status_code == 200
    assert ask("/titles", headers=basic(f"{key}\n", user)).status_code == 200
    assert ask("/titles", headers=given(b64encode(b":" + key.encode()), b"bAsIc   ")).is_success


def test_it_opens_what_it_is_for_and_is_refused_as_ever(ask: Client, made: Made) -> None:
    bound = made("users:read", users={"ann"})
    assert ask("/users/ann", headers=basic(bound)).status_code == 200
    assert_problem(ask("/users/bob", headers=basic(bound)), 403, "other-person")
    refused = ask("/analytics", headers=basic(bound))
    assert_problem(refused, 403, "missing-scope")
    assert "Basic" not in challenge(refused)  # no other way of sending would help
    assert_problem(ask("/titles", headers=basic(made.expired())), 401, "expired-key")
    assert_problem(ask("/titles", headers=basic(made.revoked())), 401, "revoked-key")
    forged = new_key(new_id())
    told = [
        assert_problem(answer, 401, "bad-key")["detail"]
        for answer in (ask("/titles", forged), ask("/titles", headers=basic(forged)))
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b":",
        b"====",
        b"%%%%",
        b"YTpi\xff",
        b"YTpiYQ",  # no padding
        b"YTpi YTpi",
        "ex:ü".encode(),
        b64encode(b"no colon"),
        b64encode("x:ü".encode("utf-16")),
        b64encode(b"x:" + bytes(range(256))),
        b64encode(b"x:nfx_" + b"y" * 5000),
        b"Y" * (HEADER_BYTES - 20),
    ],
)
def test_what_is_no_name_and_key_is_refused(ask: Client, text: bytes) -> None:
    alone = Client(ask.app, client="192.0.2.30")
    refused = alone("/titles", headers=given(text))
    assert_problem(refused, 401, "bad-key")
    assert 'error="invalid_token"' in challenge(refused)
    assert_problem(alone("/titles", headers=given(text, b"Basic")), 401, "bad-key")


def test_what_is_longer_than_any_key_is_not_looked_at(ask: Client) -> None:
    long = basic("nfx_" + "x" * HEADER_BYTES)
    assert_problem(ask("/titles", headers=long), 431, "headers-too-large")


def test_a_key_in_the_user_name_is_refused_and_not_repeated(ask: Client, every: str) -> None:
    for password in ("", every):
        refused = ask("/titles", headers=basic(password, every.encode()))
        assert "revoke" in assert_problem(refused, 401, "bad-key")["detail"]
        assert every not in refused.text


def test_requests_count_for_the_key_however_it_comes(
    ask: Client, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(time=lambda: 1_800_000_030.0, monotonic=lambda: 1_800_000_030.0)
    monkeypatch.setattr("api.security.rate_limits.time", clock)
    key = made("analytics:read", requests=2)
    assert ask("/titles", key).headers["ratelimit"] == '"minute";r=1;t=30'
    assert ask("/titles", headers=basic(key)).headers["ratelimit"] == '"minute";r=0;t=30'
    refused = ask("/titles", headers=basic(key, b"other"))
    assert_problem(refused, 429, "too-many-requests")


def test_passwords_that_are_tried_count_as_keys_do(
    ask: Client, every: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = monotonic()
    monkeypatch.setattr("netflix_pipeline.access.attempts.monotonic", lambda: now)
    ask = Client(ask.app, client="192.0.2.31")
    for number in range(FAILURES):
        tried = basic("nfx_", b"%d" % number)
        assert_problem(ask("/titles", headers=tried), 401, "bad-key")
    assert_problem(ask("/titles", headers=basic("guess")), 429, "too-many-requests")
    assert_problem(ask("/titles", "nfx_"), 429, "too-many-requests")
    assert ask("/titles", headers=basic(every)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "offered"),
    [
        ({"User-Agent": POWER_QUERY}, True),
        ({"User-Agent": "Grafana/12"}, True),
        ({}, True),
        ({"User-Agent": CHROME}, False),
        ({"User-Agent": CHROME, "Sec-Fetch-Mode": "navigate"}, False),
        # A page that names itself otherwise, as `fetch` may.
        ({"User-Agent": "page", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}, False),
    ],
)
def test_who_is_no_browser_is_told_that_basic_will_do(
    ask: Client, made: Made, headers: dict[str, str], offered: bool
) -> None:
    ask = Client(ask.app, client="192.0.2.32")
    revoked = made.revoked()
    for refused in (
        ask("/titles", headers=headers),
        ask("/titles", headers=headers | {"Authorization": "Basic YTpi"}),
        ask("/titles", revoked, headers=headers),
        ask("/nothing-here", headers=headers),
    ):
        assert refused.status_code == 401
        assert challenge(refused).startswith('Bearer realm="viewing behaviour"')
        assert challenge(refused).endswith(f", {BASIC}") is offered
        assert ("Basic" in challenge(refused)) is offered


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, 401),
        ({"Sec_Fetch_Site": "same-site"}, 401),
        ({"Sec_Fetch_Site": "none"}, 401),
        ({"Origin": "https://outside.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "http://localhost"}, 200),
    ],
)
def test_what_a_browser_remembers_opens_nothing_for_another_site(
    ask: Client, every: str, headers: dict[str, str], status: int
) -> None:
    answered = ask("/titles", headers=basic(every, User_Agent=CHROME, **headers))
    assert answered.status_code == status
    if status != 200:
        assert_problem(answered, 401, "bad-key")
        assert "Basic" not in challenge(answered)
