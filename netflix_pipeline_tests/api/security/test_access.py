"""Which keys open what, and what the others are told."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.problem_catalog import kind_of
from api.security.scopes import ANY_KEY, PUBLIC, needed, person
from netflix_pipeline.access import Clients, Keyring
from netflix_pipeline.access.auth_errors import AuthError, BadKey, KeysUnavailable
from netflix_pipeline.background import health
from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import polling_cache
from netflix_pipeline.state.audit import Audit
from netflix_pipeline.state.keys import SCOPES, new_id, new_key
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client, Made

OPEN = ("/health",)
SOME = {
    "/analytics": "analytics:read",
    "/v1/analytics": "analytics:read",
    "/v1/users/ann": "users:read",
    "/titles": "analytics:read",
    "/plays": "users:read",
    "/v1/searches": "users:read",
    "/v1/recommendations": "users:read",
    "/users/ann": "users:read",
    "/users/ann/viewing": "users:read",
    "/v1/users/ann/leaving": "users:read",
    "/v1/leaving": "analytics:read",
    "/v1/forecast": "analytics:read",
    "/v1/anomalies": "analytics:read",
    "/v1/forecast/accuracy": "analytics:read",
    "/v1/forecast/expected": "analytics:read",
    "/quality/ledger": "ops:read",
    "/quality/quarantine": "ops:read",
    "/quality/checks": "ops:read",
    "/quality/snapshots": "ops:read",
}


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the application, from its routes themselves."""
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            assert route.path_format is not None
            yield method, route.path_format


def settle() -> None:
    """Let what is known of keys grow old."""
    time.sleep(polling_cache.FRESH + 0.05)


def test_every_resource_has_its_scope(secured: FastAPI) -> None:
    found = set(operations(secured))
    assert {("POST", "/v1/events"), ("GET", "/v1/users/{user_id}")} <= found
    for method, path in found:
        assert needed(method, path) in {PUBLIC, *SCOPES}, f"{method} {path} has no scope"


def test_only_what_says_nothing_of_the_data_is_public(secured: FastAPI) -> None:
    public = {path for method, path in operations(secured) if needed(method, path) is PUBLIC}
    assert {path.split("/")[1] for path in public} <= {
        "",  # leads to the reference
        "health",
        "ready",
        "docs",
        "openapi.json",
        "problems",
    }


@pytest.mark.parametrize("path", ["//", "", "*", "/healthz", "/Users/ann", "/../users", "/x/y"])
def test_what_is_not_known_needs_a_key(path: str) -> None:
    assert needed("GET", path) is ANY_KEY


@pytest.mark.parametrize("sign", [*"\0\t\n\v\f\r\x1c\x7f\x85 ;/.", "\u2028", "\n\n", "\r\n", "/."])
def test_no_other_way_to_write_a_path_needs_less(ask: Client, made: Made, sign: str) -> None:
    other = {scope: made(*(each for each in SCOPES if each != scope)) for scope in SCOPES}
    for method, path, scope in (
        *(("GET", path, scope) for path, scope in (SOME | {"/metrics": "ops:read"}).items()),
        ("POST", "/events", "events:write"),
        ("DELETE", "/users/ann", "users:erase"),
        ("DELETE", "/v1/users/ann", "users:erase"),
    ):
        for written in (path + quote(sign), f"/{quote(sign)}{path[1:]}"):
            answer = ask(written, other[scope], method)
            # What begins with two slashes names a host to the client, and asks for the root.
            assert answer.status_code in (307, 403, 404, 405), f"{method} {written}"


def test_the_root_leads_to_the_reference_without_a_key(ask: Client, every: str) -> None:
    for key in (None, every):
        led = ask("/", key)
        assert (led.status_code, led.headers["location"]) == (307, "/docs")
        assert ask(led.headers["location"], key).status_code == 200


def test_whose_data_a_path_is_about() -> None:
    assert person("GET", "/users/ann") == "ann"
    assert person("GET", "/users/ann/history") == "ann"
    assert person("GET", "/users/") == ""
    assert person("GET", "/users/home/Ann") == "home/Ann"
    assert person("GET", "/users/home/Ann/export") == "home/Ann"
    assert person("GET", "/users/home/Ann/viewing") == "home/Ann"
    assert person("DELETE", "/users/ann/history") == "ann/history"
    assert person("GET", "/users/history") == "history"
    assert person("GET", "/users/ ann\u00a0/history") == "ann"
    assert person("DELETE", "/users/\tann") == "ann"
    # The router takes a line break at a path's end for its end.
    assert person("GET", "/users/ann/history\n") == "ann"
    assert person("GET", "/v1/users/home/Ann/history") == "home/Ann"
    assert person("DELETE", "/v1/users/\tann") == "ann"
    assert person("GET", "/v1/v1/users/ann") is None
    assert person("GET", "/titles/ann") is None
    assert person("GET", "/users") is None


@pytest.mark.parametrize("path", OPEN)
def test_whether_it_is_alive_is_told_to_everybody(ask: Client, path: str) -> None:
    assert ask(path).status_code == 200
    assert ask(path, "no key at all").status_code == 200


@pytest.mark.parametrize("path", SOME)
def test_without_a_key_nothing_is_told(ask: Client, path: str) -> None:
    refused = ask(path)
    told = assert_problem(refused, 401, "no-key")
    assert "keys create" in told["detail"]
    assert refused.headers["www-authenticate"].startswith("Bearer realm=")


def test_there_is_no_telling_what_there_is_without_a_key(ask: Client) -> None:
    assert_problem(ask("/nothing-here"), 401, "no-key")
    assert_problem(ask("/users/nobody"), 401, "no-key")
    assert_problem(ask("/analytics", method="PUT"), 401, "no-key")


def test_with_any_key_what_is_not_there_is_told(ask: Client, made: Made) -> None:
    key = made("events:write")
    assert_problem(ask("/nothing-here", key), 404, "nothing-there")
    assert_problem(ask("/events", key), 405, "method-not-allowed")


@pytest.mark.parametrize(("path", "scope"), SOME.items())
def test_a_key_opens_what_it_is_for(ask: Client, made: Made, path: str, scope: str) -> None:
    assert ask(path, made(scope)).status_code == 200
    others = [other for other in SCOPES if other != scope]
    refused = ask(path, made(*others))
    told = assert_problem(refused, 403, "missing-scope")
    assert scope in told["detail"]
    assert f'scope="{scope}"' in refused.headers["www-authenticate"]


def test_bad_keys_are_refused_alike(ask: Client, every: str, made: Made) -> None:
    known = made.ids[every]
    forged = [
        new_key(known),  # an id that there is, with another secret
        new_key(new_id()),  # one that there is not
        every[:-1],
        every.upper(),
        "nfx_",
        "x" * 5000,
        "ü",
    ]
    answers = [assert_problem(ask("/titles", key), 401, "bad-key") for key in forged[:-1]]
    answers.append(
        assert_problem(
            ask("/titles", headers={"Authorization": "Bearer ü".encode()}), 401, "bad-key"
        )
    )
    # No difference tells which ids there are.
    assert len({told["detail"] for told in answers}) == 1
    assert not any(known in told["detail"] for told in answers)


@pytest.mark.parametrize("header", ["Basic", "nfx_abc", "Bearer", "Digest x", ""])
def test_what_is_no_key_is_refused(ask: Client, header: str) -> None:
    refused = ask("/titles", headers={"Authorization": header})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_two_keys_at_once_are_refused(ask: Client, every: str) -> None:
    headers = [("Authorization", f"Bearer {every}"), ("Authorization", f"Bearer {every}")]

    async def twice() -> httpx.Response:
        transport = httpx.ASGITransport(ask.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/titles", headers=headers)

    assert_problem(asyncio.run(twice()), 401, "bad-key")


def test_an_owner_is_told_that_a_key_has_expired_or_was_revoked(ask: Client, made: Made) -> None:
    expired, revoked = made.expired("analytics:read"), made.revoked("analytics:read")
    settle()
    assert_problem(ask("/titles", expired), 401, "expired-key")
    assert_problem(ask("/titles", revoked), 401, "revoked-key")


def test_a_revoked_key_opens_nothing_within_a_second(ask: Client, made: Made) -> None:
    key = made("analytics:read")
    settle()
    assert ask("/titles", key).status_code == 200
    made.keys.revoke(key)
    time.sleep(1)
    assert_problem(ask("/titles", key), 401, "revoked-key")


def test_a_new_key_opens_at_once(ask: Client, made: Made, every: str) -> None:
    assert ask("/titles", every).status_code == 200
    key = made("analytics:read")
    assert ask("/titles", key).status_code == 200


def test_a_key_in_the_address_is_refused_and_not_repeated(ask: Client, every: str) -> None:
    refused = ask(f"/titles?api_key={every}")
    told = assert_problem(refused, 401, "key-in-address")
    assert "revoke" in told["detail"]
    assert every not in refused.text
    assert_problem(ask(f"/titles?search={every}", every), 401, "key-in-address")


def test_a_key_of_persons_opens_only_their_data(ask: Client, made: Made) -> None:
    key = made("users:read", users={" ann", "dee/x", "bob/history"})
    assert ask("/users/ann", key).json()["data"]["user_id"] == "ann"
    assert ask("/users/%20ann%0A", key).json()["data"]["user_id"] == "ann"
    assert ask("/users/%E2%80%83ann/history", key).status_code == 200
    for path in (
        "/users/bob",
        "/users/ann%2e",
        "/users/bob%2Fann",
        "/users/bob/history%0A",
        "/users/%20bob",
        "/users/ann%2F..%2Fbob",
        "/users/",
        "/households/dee/viewing",
        "/users",
        "/plays",
        "/v1/searches",
        "/v1/recommendations",
        "/x",
    ):
        assert_problem(ask(path, key), 403, "other-person")
    told = assert_problem(ask("/analytics", key), 403, "missing-scope")
    assert "analytics:read" in told["detail"]


def test_refusals_are_never_cached_and_carry_the_usual_headers(ask: Client) -> None:
    refused = ask("/titles")
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["x-request-id"]


class TestOnThisMachineAlone:
    @pytest.fixture
    def app(self, required: Settings, every: str) -> FastAPI:
        return create_app(required.model_copy(update={"auth": "auto"}))

    def test_no_key_is_needed(self, app: FastAPI) -> None:
        assert Client(app)("/titles").status_code == 200

    def test_a_key_that_is_presented_counts(self, app: FastAPI, every: str, made: Made) -> None:
        ask = Client(app)
        assert ask("/titles", every).status_code == 200
        assert_problem(ask("/titles", new_key(new_id())), 401, "bad-key")
        assert_problem(ask("/titles", made("ops:read")), 403, "missing-scope")

    @pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
    def test_a_key_is_needed_through_a_proxy(self, app: FastAPI, header: str) -> None:
        assert_problem(Client(app)("/titles", headers={header: "192.0.2.7"}), 401, "no-key")

    @pytest.mark.parametrize("server", [("192.0.2.2", 8000), ("0.0.0.0", 8000), None])
    def test_a_key_is_needed_at_any_other_address(
        self, app: FastAPI, server: tuple[str, int] | None
    ) -> None:
        """As when a server is bound elsewhere than the settings say."""
        answered: list[int] = []

        async def ask() -> None:
            async def receive() -> dict[str, object]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: dict[str, object]) -> None:
                if message["type"] == "http.response.start":
                    answered.append(message["status"])  # type: ignore[arg-type]

            scope = {
                "type": "http",
                "method": "GET",
                "path": "/titles",
                "raw_path": b"/titles",
                "query_string": b"",
                "headers": [(b"host", b"localhost")],
                "server": server,
                "client": ("127.0.0.1", 1),
                "scheme": "http",
                "http_version": "1.1",
            }
            await app(scope, receive, send)  # type: ignore[arg-type]

        asyncio.run(ask())
        assert answered == [401]

    def test_a_home_without_state_gets_none_by_a_good_request(self, home: Settings) -> None:
        ask = Client(create_app(home))
        assert_problem(ask("/titles"), 503, "no-snapshot")
        assert_problem(ask("/titles", new_key(new_id())), 401, "bad-key")
        assert not home.state.exists()


class TestStarting:
    @pytest.mark.parametrize(
        "changed", [{"host": "0.0.0.0"}, {"host": "192.0.2.2"}, {"auth": "required"}]
    )
    def test_it_does_not_start_where_keys_are_needed_and_there_are_none(
        self, home: Settings, changed: dict[str, str]
    ) -> None:
        settings = home.model_copy(update=changed)
        with pytest.raises(BadInput, match="keys create NAME --scope"):
            create_app(settings)
        made = Made(settings)
        made.expired()
        made.revoked()
        made.keys.lend("canary", {"events:write"}, timedelta(hours=1))
        with pytest.raises(BadInput, match="none that is good"):
            create_app(settings)
        made()
        create_app(settings)
        made.close()


class TestKeyring:
    def test_keys_hold_while_the_database_is_away_and_then_nobody_knows(
        self, home: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        made = Made(home)
        text = made("ops:read")
        made.close()
        ring = Keyring(home, Clients(home.trusted_proxies))

        async def serve() -> None:
            await look()
            async with ring.following():
                while not any(  # noqa: ASYNC110 - nothing else tells it
                    task.name == "keys" and task.vital for task in health()
                ):
                    await asyncio.sleep(0.01)

        async def known(text: str) -> str:
            presents = (b"authorization", f"Bearer {text}".encode())
            key = await ring.presented({"type": "http", "headers": [presents]})
            return key.id if key else ""

        async def look() -> None:
            assert await known(text) == made.ids[text]
            monkeypatch.setattr(ring._current, "_read", broken)
            monkeypatch.setattr(polling_cache, "FRESH", 0.0)
            monkeypatch.setattr(polling_cache, "AHEAD", 0.0)
            monkeypatch.setattr(ring._current, "_apart", 0.0)
            assert await known(text) == made.ids[text]
            with pytest.raises(BadKey):
                await known("nfx_")
            monkeypatch.setattr(polling_cache, "GRACE", 0.0)
            await asyncio.sleep(0.01)
            with pytest.raises(KeysUnavailable):
                await known(text)

        def broken() -> None:
            raise OSError("no disk")

        monkeypatch.setattr(polling_cache, "LOOK_EVERY", 0.01)
        asyncio.run(serve())
        assert "no disk" in caplog.text
        assert text not in caplog.text


class TestNotes:
    def test_a_refusal_is_named_as_its_problem(self) -> None:
        for kind in AuthError.__subclasses__():
            problem = kind_of(error := kind("no"))
            assert problem is not None
            assert error.kind == problem.name

    def test_use_and_refusals_stand_in_the_audit(self, required: Settings, every: str) -> None:
        made = Made(required)
        key, old = made("analytics:read", "ops:read"), made.revoked()
        app = create_app(required)

        async def serve() -> None:
            transport = httpx.ASGITransport(app)
            base = "http://localhost"
            async with app.state.notes.written(), httpx.AsyncClient(transport=transport) as client:
                headers = {"Authorization": f"Bearer {key}"}
                password = httpx.BasicAuth("excel", key)
                for _ in range(3):
                    await client.get(f"{base}/titles", headers=headers)
                    await client.get(f"{base}/titles", auth=password)
                    await client.get(f"{base}/users/ann", headers=headers)
                    await client.get(f"{base}/users/ann")
                    await client.get(f"{base}/titles", headers={"Authorization": f"Bearer {old}"})

        asyncio.run(serve())
        entries = Audit(made._engine).entries(20)
        told = {(one.actor, one.action, one.detail, one.count) for one in entries}
        key_id = made.ids[key]
        assert {
            (key_id, "key-used", "analytics:read", 1),
            (key_id, "refused", "missing-scope", 3),
            ("", "refused", "no-key", 3),
            (made.ids[old], "refused", "revoked-key", 3),
        } <= told
        assert not re.search("ann|" + key, repr(entries))
        assert next(one for one in made.keys.all() if one.id == key_id).last_used is not None
        made.close()
