"""By which names the service is asked, and which sites' scripts may ask it."""

import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from api.app import create_app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.api import assert_problem
from netflix_pipeline_tests.support.api_keys import Client

SITE = "https://dash.example.org"
ASKING = {"Origin": SITE, "Access-Control-Request-Method": "GET"}


@pytest.fixture(scope="module")
def open_app(required: Settings, every: str) -> FastAPI:
    """Bound to an address that others reach."""
    changed = {"host": "0.0.0.0", "hosts": "api.example.org, Other.example", "cors_origins": SITE}
    return create_app(required.model_copy(update=changed))


@pytest.mark.parametrize(
    "host", ["localhost", "api.example.org", "API.example.org", "other.example", "192.0.2.4"]
)
def test_names_that_are_told_and_numbers_are_answered(
    open_app: FastAPI, every: str, host: str
) -> None:
    assert Client(open_app, host)("/titles", every).status_code == 200
    assert Client(open_app, f"{host}:8000")("/titles", every).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.4.evil.example", "localhost.evil"])
def test_other_names_are_not(open_app: FastAPI, every: str, host: str) -> None:
    told = assert_problem(Client(open_app, host)("/titles", every), 421, "foreign-host")
    assert "NETFLIX_HOSTS" in told["detail"]


def test_on_this_machine_alone_numbers_are_not_answered_either(secured: FastAPI) -> None:
    assert_problem(Client(secured, "192.0.2.4")("/health"), 421, "foreign-host")
    assert Client(secured, "[::1]:8000")("/health").status_code == 200


def test_a_site_that_is_named_may_ask(open_app: FastAPI, every: str) -> None:
    ask = Client(open_app)
    headers = {**ASKING, "Access-Control-Request-Headers": "authorization,if-none-match"}
    allowed = ask("/titles", method="OPTIONS", headers=headers)  # browsers send no key with it
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == SITE
    assert "DELETE" in allowed.headers["access-control-allow-methods"]
    answered = ask("/titles", every, headers={"Origin": SITE})
    assert answered.headers["access-control-allow-origin"] == SITE
    assert "Origin" in answered.headers["vary"]
    exposed = answered.headers["access-control-expose-headers"]
    for name in ("ETag", "Link", "Retry-After", "RateLimit", "X-Request-Id"):
        assert name in exposed
    # A script learns why it is refused.
    assert ask("/titles", headers={"Origin": SITE}).headers["access-control-allow-origin"] == SITE


def test_no_other_site_may(open_app: FastAPI, every: str) -> None:
    ask = Client(open_app)
    refused = ask("/titles", method="OPTIONS", headers={**ASKING, "Origin": "https://evil.example"})
    assert_problem(refused, 403, "foreign-origin")
    answered = ask("/titles", every, headers={"Origin": "https://evil.example"})
    for response in (refused, answered):
        assert "access-control-allow-origin" not in response.headers
        assert "access-control-allow-credentials" not in response.headers


def test_by_default_no_site_may(secured: FastAPI, every: str) -> None:
    ask = Client(secured)
    assert_problem(ask("/titles", method="OPTIONS", headers=ASKING), 401, "no-key")
    answered = ask("/titles", every, headers={"Origin": SITE})
    assert not any(name.startswith("access-control") for name in answered.headers)


@pytest.mark.parametrize("origins", ["*", "https://*", "example.org", "https://a.example/path"])
def test_only_sites_can_be_named(origins: str) -> None:
    with pytest.raises(ValidationError, match="is no site"):
        Settings(cors_origins=origins)
