"""The ten of OWASP's API Security Top 10 (2023), a class each, against the application."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from api.app import create_app
from api.old_description import before_v1
from api.security.scopes import PUBLIC, needed
from netflix_pipeline.receiving import event_schemas
from netflix_pipeline.serving.questions.titles import TitlesQuestion
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.keys import SCOPES
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client, Made

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def described(secured: FastAPI) -> dict[str, Any]:
    """The descriptions of the API, of `/v1` and of what the first release had, as one."""
    schema = secured.openapi()
    return schema | {"paths": schema["paths"] | before_v1(schema)["paths"]}


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


class TestApi1BrokenObjectLevelAuthorization:
    def test_a_key_of_one_person_opens_no_other(self, ask: Client, made: Made) -> None:
        key = made("users:read", "users:erase", users={"ann"})
        assert ask("/users/ann", key).status_code == 200
        for method in ("GET", "DELETE"):
            assert_problem(ask("/users/bob", key, method), 403, "other-person")

    def test_every_resource_of_persons_keeps_to_it(
        self, ask: Client, made: Made, described: dict[str, Any]
    ) -> None:
        key = made("users:read", "users:erase", users={"ann"})
        asked = [
            (method, path.replace("{user_id}", "bob"))
            for method, path, _ in operations(described)
            if needed(method, path).startswith("users:")
        ]
        assert len(asked) >= 2
        for method, path in asked:
            refused = ask(path, key, method)
            assert refused.status_code == 403, f"{method} {path}"

    def test_spelling_an_id_otherwise_does_not_help(self, ask: Client, made: Made) -> None:
        key = made("users:read", users={"ann"})
        for path in ("/users/bob?user_id=ann", "/users//ann", "/users/ANN", "/users/ann%00"):
            assert ask(path, key).status_code in (403, 404), path
        # What is let in is let in for that person only.
        assert ask("/users/%61nn", key).json()["data"]["user_id"] == "ann"


class TestApi2BrokenAuthentication:
    # Forged, expired, revoked, misspelt keys: test_access.py; the brake: test_limits.py.
    def test_no_resource_with_data_answers_without_a_key(
        self, ask: Client, described: dict[str, Any]
    ) -> None:
        for method, path, _ in operations(described):
            if needed(method, path) is not PUBLIC:
                assert ask(re.sub(r"\{\w+\}", "ann", path), None, method).status_code == 401, path

    def test_keys_are_taken_from_one_place_only(self, ask: Client, every: str) -> None:
        for headers in ({"X-Api-Key": every}, {"Cookie": f"key={every}"}):
            assert_problem(ask("/titles", headers=headers), 401, "no-key")
        assert_problem(ask(f"/titles?key={every}"), 401, "key-in-address")


class TestApi3BrokenObjectPropertyLevelAuthorization:
    def test_what_the_service_decides_cannot_be_sent(self) -> None:
        """Fields of provenance that an event brings are kept out."""
        decided = {"received_at", "source", "batch", "line", "path"}
        for schema in event_schemas().values():
            assert not decided & set(schema["properties"])

    def test_names_and_addresses_of_persons_are_not_answered(self, ask: Client, every: str) -> None:
        told = ask("/users/ann", every).json()["data"]
        assert not {"name", "email", "first_name", "last_name", "phone"} & set(told)

    def test_an_unknown_parameter_is_refused(self, ask: Client, every: str) -> None:
        for path in ("/titles?admin=true", "/users/ann?fields=all", "/analytics?debug=1"):
            assert_problem(ask(path, every), 422, "invalid-request")


class TestApi4UnrestrictedResourceConsumption:
    def test_every_parameter_has_a_bound(self, described: dict[str, Any]) -> None:
        for method, path, operation in operations(described):
            for parameter in operation.get("parameters", ()):
                for schema in _choices(parameter["schema"]):
                    bounded = (
                        {"maxLength", "enum", "const", "pattern", "format"} & set(schema)
                        if schema.get("type") == "string"
                        else {"maximum", "exclusiveMaximum"} & set(schema)
                        if schema.get("type") in ("integer", "number")
                        else schema.get("type") in ("null", "boolean", "array")
                        or "$ref" in schema
                        or "enum" in schema
                    )
                    where = f"{method} {path}: {parameter['name']}"
                    assert bounded, f"{where} has no bound: {schema}"

    def test_pages_and_periods_end_somewhere(self, ask: Client, every: str) -> None:
        assert_problem(ask("/titles?limit=501", every), 422, "invalid-request")
        long = "from=1900-01-01&to=2026-01-01"
        assert_problem(ask(f"/analytics?{long}", every), 422, "bad-period")

    def test_requests_are_limited_by_key(self, ask: Client, made: Made) -> None:
        key = made("analytics:read", requests=1)
        codes = [ask("/titles", key).status_code for _ in range(3)]
        assert 429 in codes  # whenever a minute ends


class TestApi5BrokenFunctionLevelAuthorization:
    def test_no_scope_opens_what_another_is_for(
        self, ask: Client, made: Made, described: dict[str, Any]
    ) -> None:
        keys = {scope: made(scope) for scope in SCOPES}
        for method, path, _ in operations(described):
            need = needed(method, path)
            if need is PUBLIC:
                continue
            for scope, key in keys.items():
                if scope != need:
                    refused = ask(re.sub(r"\{\w+\}", "ann", path), key, method)
                    told = assert_problem(refused, 403, "missing-scope")
                    assert need in told["detail"], f"{method} {path} with {scope}"

    def test_a_method_that_is_not_described_does_nothing(
        self, ask: Client, every: str, described: dict[str, Any]
    ) -> None:
        for path, methods in described["paths"].items():
            # What stands below a person may be the end of another one's id.
            below = {"DELETE"} if "/users/{user_id}/" in path else set()
            given = {method.upper() for method in methods} | below
            for method in {"PUT", "PATCH", "DELETE", "POST"} - given:
                answered = ask(re.sub(r"\{\w+\}", "nobody", path), every, method)
                assert answered.status_code == 405, f"{method} {path}"


class TestApi6UnrestrictedAccessToSensitiveBusinessFlows:
    def test_persons_cannot_be_listed(self, ask: Client, every: str) -> None:
        for path in ("/users", "/users/", "/users/*", "/users/%25"):
            assert ask(path, every).status_code in (404, 422), path

    def test_reading_all_rows_takes_a_key_for_persons_and_its_limit(
        self, ask: Client, made: Made
    ) -> None:
        assert_problem(ask("/plays", made("analytics:read")), 403, "missing-scope")
        answered = ask("/plays?limit=1", made("users:read", requests=50))
        assert answered.headers["ratelimit-policy"] == '"minute";q=50;w=60'


class TestApi7ServerSideRequestForgery:
    def test_no_parameter_takes_an_address(self, described: dict[str, Any]) -> None:
        text = json.dumps([op.get("parameters", ()) for _, _, op in operations(described)])
        assert '"format": "uri"' not in text
        assert not re.search(r'"name": "(url|uri|callback|webhook|redirect|next_url)"', text)

    def test_the_api_asks_nobody(self) -> None:
        """Nothing in it can send a request."""
        for source in (ROOT / "api").rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                for name in names:
                    assert not re.match(r"(httpx|requests|urllib3?\.request|aiohttp)\b", name)

    def test_nobody_is_sent_elsewhere(self, ask: Client, every: str) -> None:
        for path in ("//evil.example/titles", "/titles/", "/\\evil.example", "/titles/..%2f.."):
            answered = ask(path, every)
            assert answered.status_code < 300 or answered.status_code >= 400, path
            assert "location" not in answered.headers


class TestApi8SecurityMisconfiguration:
    # Sites and hosts: test_hosts.py.
    def test_errors_tell_nothing_of_the_inside(
        self, required: Settings, every: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = create_app(required)

        def broken(*_: object, **__: object) -> object:
            raise RuntimeError("/srv/secret/path.py SELECT password")

        monkeypatch.setattr(TitlesQuestion, "page", broken)
        answered = Client(app)("/titles", every)
        assert_problem(answered, 500, "internal-error")
        for inside in ("secret", "SELECT", "RuntimeError", ".py"):
            assert inside not in answered.text

    @pytest.mark.parametrize("path", ["/titles", "/health", "/nothing", "/users/ann"])
    def test_answers_carry_what_keeps_browsers_safe(
        self, ask: Client, every: str, path: str
    ) -> None:
        headers = ask(path, every).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "cache-control" in headers

    def test_what_is_about_persons_is_kept_by_no_proxy(self, ask: Client, every: str) -> None:
        for path in ("/users/ann", "/plays"):
            assert re.search("private|no-store", ask(path, every).headers["cache-control"])

    def test_settings_do_not_print_secrets(self) -> None:
        secret = "redis://:geheim@host"
        told = Settings(
            key="nfx_geheim", limits=secret, event_log=secret, state_database="x://geheim@h/n"
        )
        assert "geheim" not in repr(told)


class TestApi9ImproperInventoryManagement:
    def test_every_route_is_described(self, secured: FastAPI, described: dict[str, Any]) -> None:
        routes = {
            (method, re.sub(r":\w+}", "}", route.path))
            for route in iter_route_contexts(secured.routes)
            if route.path is not None
            for method in route.methods or ()
        }
        told = {(method, path) for method, path, _ in operations(described)}
        # A page that a browser shows describes itself.
        rest = {(m, p) for m, p in routes - told if needed(m, p) is not PUBLIC}
        assert not rest

    def test_every_operation_tells_what_it_needs_and_how_it_refuses(
        self, described: dict[str, Any]
    ) -> None:
        schemes = described["components"]["securitySchemes"]
        assert {name: told["scheme"] for name, told in schemes.items()} == {
            "key": "bearer",
            "key_as_password": "basic",
        }
        for method, path, operation in operations(described):
            need = needed(method, path)
            where = f"{method} {path}"
            if need is PUBLIC:
                assert operation["security"] == [], where
                continue
            assert operation["security"] == [{name: [need]} for name in schemes], where
            for status in ("401", "403", "429"):
                content = operation["responses"][status]["content"]["application/problem+json"]
                assert content["example"]["status"] == int(status), where


class TestApi10UnsafeConsumptionOfApis:
    def test_what_senders_write_cannot_become_more_than_text(self, ask: Client, every: str) -> None:
        """Answers are never taken for a page, whatever a title is called."""
        answered = ask("/titles?search=%3Cscript%3Ealert(1)%3C/script%3E", every)
        assert answered.headers["content-type"] == "application/json"
        assert answered.headers["content-security-policy"].startswith("default-src 'none'")

    def test_nothing_that_comes_from_elsewhere_is_run(self) -> None:
        """Neither from a shared cache nor from a log of events."""
        for source in (ROOT / "api").rglob("*.py"):
            assert not re.search(
                r"\b(pickle|marshal|eval|exec)\b\s*[.(]", source.read_text(encoding="utf-8")
            ), source


def _choices(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for choice in schema.get("anyOf") or schema.get("oneOf") or [schema]:
        yield choice
        if choice.get("type") == "array":
            assert "maxItems" in choice, choice
            yield from _choices(choice["items"])
