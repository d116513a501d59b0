import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Unfinished
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dash_app import change_stream
from dash_app.access import VisitorAccess
from dash_app.app import create_app
from netflix_pipeline.access.keyring import FAILURES
from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords, polling_cache
from netflix_pipeline.state.audit import Audit
from netflix_pipeline.state.keys import new_id, new_key
from netflix_pipeline_tests.support.api_keys import Made
from netflix_pipeline_tests.support.dashboard import Client
from netflix_pipeline_tests.support.service import Service

NAME, PASSWORD = "ann", "correct horse battery"
AWAY = "http://192.0.2.7"
HTML = {"Accept": "text/html,application/xhtml+xml"}


def showing(service: Service, home: Path) -> Settings:
    """A home of its own that shows the service's snapshots."""
    home.mkdir()
    (home / "serving").symlink_to(service.settings.serving)
    return Settings(home=home)


@pytest.fixture
def settings(service: Service, tmp_path: Path) -> Settings:
    return showing(service, tmp_path / "home")


@pytest.fixture(scope="module")
def closed(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Asks a dashboard that wants to know who comes; nobody changes what it knows."""
    settings = showing(service, tmp_path_factory.mktemp("closed") / "home")
    Passwords(settings).set(NAME, PASSWORD)
    return Client(create_app(settings))


def signed_in(client: Client, to: str = "/", **more: Any) -> httpx.Response:
    """The answer to a good name and password."""
    return client.ask(
        "POST",
        "/login",
        data={"name": NAME, "password": PASSWORD, "next": to},
        cookies={"asked": "1"},
        **more,
    )


def test_off_loopback_it_does_not_begin_without_anybody_to_know(settings: Settings) -> None:
    away = settings.model_copy(update={"host": "0.0.0.0"})
    with pytest.raises(BadInput, match="passwords set NAME"):
        create_app(away)
    Passwords(settings).set(NAME, PASSWORD)
    create_app(away)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/?country=DE"),
        ("GET", "/nowhere"),
        ("GET", "/live"),
        ("GET", "/visitor"),
        ("GET", "/_dash-layout"),
        ("GET", "/_dash-dependencies"),
        ("POST", "/_dash-update-component"),
        ("POST", "/logout"),
        ("GET", "/assets/../"),
    ],
)
@pytest.mark.parametrize("cookie", [None, "forged.forged", "e30.AAAA"])
def test_nothing_is_answered_to_who_is_not_known(
    closed: Client, method: str, path: str, cookie: str | None
) -> None:
    cookies = {"session": cookie} if cookie else {}
    answer = closed.ask(method, path, cookies=cookies)
    assert answer.status_code == 401
    assert answer.text == "Sign in first.\n"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_metrics_are_told_to_programs_that_bring_a_key_for_them(settings: Settings) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    made = Made(settings)
    texts = {
        "good": made("ops:read"),
        "other": made("analytics:read"),
        "revoked": made.revoked("ops:read"),
        "forged": new_key(new_id()),
    }
    app = create_app(settings)
    client = Client(app)

    def ask(path: str, name: str, **more: Any) -> httpx.Response:
        return client.get(path, headers={"Authorization": f"Bearer {texts[name]}"}, **more)

    async def written() -> None:
        layers: list[Any] = app.user_middleware
        (access,) = (each for each in layers if each.cls is VisitorAccess)
        async with access.kwargs["notes"].written():
            pass

    told = ask("/metrics", "good")
    assert (told.status_code, "netflix_dashboard_process_cpu_seconds" in told.text) == (200, True)
    refused = {name: ask("/metrics", name) for name in ("other", "revoked", "forged")}
    assert [each.status_code for each in refused.values()] == [403, 401, 401]
    assert "ops:read" in refused["other"].text
    assert refused["forged"].headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/metrics").text == "Sign in first.\n"
    # It is a key for numbers alone.
    for path in ("/", "/live", "/visitor", "/metrics/", "/_dash-layout"):
        assert ask(path, "good").status_code == 401, path
    # Who signed in looks at them, too.
    token = signed_in(client).cookies["session"]
    assert client.get("/metrics", cookies={"session": token}).status_code == 200
    for _ in range(FAILURES):
        last = ask("/metrics", "forged")
    assert (last.status_code, int(last.headers["Retry-After"]) > 0) == (429, True)
    assert ask("/metrics", "good").status_code == 200
    asyncio.run(written())
    told_of = {(each.actor, each.action, each.detail) for each in Audit(made._engine).entries(20)}
    ids = {name: made.ids.get(text, "") for name, text in texts.items()}
    assert told_of >= {
        (ids["good"], "key-used", "ops:read"),
        (ids["other"], "refused", "missing-scope"),
        (ids["revoked"], "refused", "revoked-key"),
        ("", "refused", "bad-key"),
    }
    made.close()


def test_a_browser_is_sent_to_sign_in_and_back(settings: Settings) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    client = Client(create_app(settings))
    sent = client.get("/?period=7d&genre=Sci%20Fi", headers=HTML)
    assert sent.status_code == 303
    assert sent.headers["Location"] == f"/login?next={quote('/?period=7d&genre=Sci%20Fi', safe='')}"
    page = client.get(sent.headers["Location"])
    assert page.status_code == 200
    assert '<input type="hidden" name="next" value="/?period=7d&amp;genre=Sci%20Fi"' in page.text
    assert "asked=1" in page.headers["Set-Cookie"]
    let_in = signed_in(client, "/?period=7d&genre=Sci%20Fi")
    assert let_in.status_code == 303
    assert let_in.headers["Location"] == "/?period=7d&genre=Sci%20Fi"
    view = client.get("/", cookies={"session": let_in.cookies["session"]})
    assert view.status_code == 200
    assert "Signed in as <strong>ann</strong>" in view.text
    assert "Sign out" in view.text


@pytest.mark.parametrize(
    ("changed", "headers", "secure"),
    [
        ({}, {}, False),
        ({"host": "0.0.0.0"}, {}, True),
        ({"host": "0.0.0.0", "plain_http": True}, {}, False),
        # What a proxy brings comes from elsewhere, over https where it says so.
        ({}, {"X-Forwarded-For": "192.0.2.7"}, True),
        ({"plain_http": True}, {"X-Forwarded-For": "192.0.2.7"}, False),
        ({}, {"X-Forwarded-Proto": "https"}, True),
        ({"plain_http": True}, {"X-Forwarded-Proto": "https"}, True),
        ({"plain_http": True, "trusted_proxies": ""}, {"X-Forwarded-Proto": "https"}, False),
    ],
)
def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    settings: Settings, changed: dict[str, Any], headers: dict[str, str], secure: bool
) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    client = Client(create_app(settings.model_copy(update=changed)))
    named = "__Host-session" if secure else "session"
    begun = client.ask(
        "POST",
        "/login",
        data={"name": NAME, "password": PASSWORD},
        cookies={"asked": "1", "__Host-asked": "1"},
        headers=headers,
    )
    cookie = begun.headers.get_list("Set-Cookie")[0]
    assert cookie.startswith(f"{named}=")
    assert "; HttpOnly; Max-Age=604800; Path=/; SameSite=lax" in cookie
    assert cookie.endswith("; Secure") is secure
    assert "Domain" not in cookie
    assert len(cookie) < 200
    assert begun.headers["Cache-Control"] == "no-store"
    token = begun.cookies[named]
    assert client.get("/visitor", cookies={named: token}, headers=headers).status_code == 204
    # One that another site, or plain http, could have set is not looked at.
    other = {"session" if secure else "__Host-session": token}
    assert client.get("/visitor", cookies=other, headers=headers).status_code == 401
    out = client.ask("POST", "/logout", cookies={named: token}, headers=headers)
    assert out.headers["Set-Cookie"].startswith(f'{named}=""; HttpOnly; Max-Age=0; Path=/;')
    assert out.headers["Set-Cookie"].endswith("; Secure") is secure


@pytest.mark.parametrize(
    ("address", "headers", "told"),
    [
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, "max-age=31536000"),
        ("127.0.0.1", {"X-Forwarded-Proto": "http"}, None),
        ("127.0.0.1", {}, None),
        ("192.0.2.9", {"X-Forwarded-Proto": "https"}, None),
    ],
)
def test_who_came_over_https_is_told_to_come_over_it_alone(
    settings: Settings, address: str, headers: dict[str, str], told: str | None
) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    app = create_app(settings.model_copy(update={"host": "0.0.0.0"}))
    for path in ("/", "/login", "/assets/layout.css", "/robots.txt"):
        answer = Client(app, AWAY, address).get(path, headers=headers)
        assert answer.headers.get("Strict-Transport-Security") == told, path


@pytest.mark.slow
def test_while_state_is_away_nobody_is_let_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    monkeypatch.setattr("netflix_pipeline.state.database.PATIENCE", 0.1)
    client = Client(create_app(settings))
    session = {"session": signed_in(client).cookies["session"]}
    assert client.get("/", cookies=session).status_code == 200
    with closing(sqlite3.connect(settings.state / "state.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(polling_cache.FRESH)
        # For 30 seconds; a session is neither begun nor ended meanwhile.
        assert client.get("/visitor", cookies=session).status_code == 204
        for each in (signed_in(client), client.ask("POST", "/logout", cookies=session)):
            assert each.status_code == 503
            assert each.headers["Retry-After"] == "5"
            assert "Set-Cookie" not in each.headers
        monkeypatch.setattr(polling_cache, "GRACE", 0.0)
        for path in ("/", "/visitor", "/live", "/_dash-layout"):
            answer = client.get(path, cookies=session)
            assert answer.status_code == 503, path
            assert answer.text.startswith("Who signed in cannot be looked up just now")
        assert client.get("/login").status_code == 200
        assert client.get("/visitor").status_code == 401
    monkeypatch.setattr(polling_cache, "GRACE", 30.0)
    time.sleep(polling_cache.FRESH)
    assert client.get("/visitor", cookies=session).status_code == 204


def test_signing_out_ends_it_in_this_browser_and_a_new_password_everywhere(
    settings: Settings,
) -> None:
    passwords = Passwords(settings)
    passwords.set(NAME, PASSWORD)
    client = Client(create_app(settings))
    session = {"session": signed_in(client).cookies["session"]}
    assert client.get("/visitor", cookies=session).status_code == 204
    out = client.ask("POST", "/logout", cookies=session)
    assert out.headers["Location"] == "/login"
    assert 'session=""; HttpOnly; Max-Age=0' in out.headers["Set-Cookie"]
    passwords.set(NAME, "a new and longer one")
    assert client.get("/visitor", cookies=session).status_code == 401


def test_an_open_stream_of_states_ends_with_the_session(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_stream, "ASK_EVERY", 0.02)
    passwords = Passwords(settings)
    passwords.set(NAME, PASSWORD)
    passwords.set("bob", PASSWORD)
    client = Client(create_app(settings))
    session = {"session": signed_in(client).cookies["session"]}
    with ThreadPoolExecutor() as elsewhere:
        stream = elsewhere.submit(client.get, "/live", cookies=session)
        with pytest.raises(Unfinished):
            stream.result(0.5)
        passwords.remove(NAME)
        assert stream.result(30).text.startswith("event: state\n")
    assert client.get("/live", cookies=session).status_code == 401


def test_wrong_passwords_are_refused_and_slowed_down_for_that_name(settings: Settings) -> None:
    passwords = Passwords(settings)
    passwords.set(NAME, PASSWORD)
    passwords.set("bob", PASSWORD)
    client = Client(create_app(settings))

    def tried(name: str, password: str) -> httpx.Response:
        form = {"name": name, "password": password}
        return client.ask("POST", "/login", data=form, cookies={"asked": "1"})

    for _ in range(5):
        wrong = tried(NAME, "not the right one")
        assert wrong.status_code == 401
        assert "do not belong together" in wrong.text
        assert "session=" not in wrong.headers.get("Set-Cookie", "")
    late = tried(NAME, PASSWORD)
    assert late.status_code == 429
    assert 0 < int(late.headers["Retry-After"]) <= 300
    assert tried("bob", PASSWORD).status_code == 303
    unknown = tried("<b>nobody</b>", "not the right one")
    assert unknown.status_code == 401
    assert "<b>" not in unknown.text


def test_a_browser_that_keeps_no_cookies_is_told_why_it_cannot_sign_in(
    settings: Settings,
) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    away = Client(create_app(settings.model_copy(update={"host": "0.0.0.0"})), AWAY)
    answer = away.ask("POST", "/login", data={"name": NAME, "password": PASSWORD})
    assert answer.status_code == 400
    assert "must be reached over https" in answer.text


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\n/x",
        "/" + "x" * 3_000,
    ],
)
def test_nobody_is_sent_elsewhere(closed: Client, to: str) -> None:
    assert signed_in(closed, to).headers["Location"] == "/"


def test_no_escapes_are_read_of_cookies(settings: Settings) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    client = Client(create_app(settings))
    session = signed_in(client).cookies["session"]
    escaped = f'"{session[:-1]}\\{ord(session[-1]):03o}"'
    for cookies, status in (
        (f'of_another="a\\054b"; session={session}', 204),
        (f"session={escaped}", 401),
    ):
        assert client.get("/visitor", headers={"Cookie": cookies}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://outside.example"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_what_changes_something_must_come_from_a_page_of_its_own(
    closed: Client, headers: dict[str, str], status: int
) -> None:
    assert signed_in(closed, headers=headers).status_code == status


def test_a_trusted_proxy_tells_who_it_let_in_and_nobody_else_can(settings: Settings) -> None:
    app = create_app(
        settings.model_copy(
            update={
                "host": "0.0.0.0",
                "trusted_user_header": "X-Forwarded-User",
                "trusted_proxies": "192.0.2.0/28, 2001:db8::1",
                "hosts": "192.0.2.7",
            }
        )
    )
    # A site that points its own name at the proxy's machine could send the header too.
    rebound = Client(app, "http://evil.example", "192.0.2.3").get(
        "/", headers={"X-Forwarded-User": "a"}
    )
    assert rebound.status_code == 400
    told = {"X-Forwarded-User": "ann <b>"}
    inside = Client(app, AWAY, "192.0.2.3").get("/", headers=told)
    assert inside.status_code == 200
    assert "Signed in as <strong>ann &lt;b&gt;</strong>" in inside.text
    assert "Sign out" not in inside.text  # nobody can be let out here
    assert Client(app, AWAY, "192.0.2.3").get("/").status_code == 401
    assert Client(app, AWAY, "192.0.2.99").get("/", headers=told).status_code == 401
    assert Client(app, AWAY, "127.0.0.1").get("/", headers=told).status_code == 401
    assert Client(app, AWAY, "192.0.2.3").get("/login").headers["Location"] == "/"


def test_what_is_no_network_is_refused_at_the_start(settings: Settings) -> None:
    bad = settings.model_copy(update={"trusted_proxies": "my-proxy"})
    with pytest.raises(BadInput, match="NETFLIX_TRUSTED_PROXIES"):
        create_app(bad)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_a_dashboard_that_asks_nobody_is_not_shown_through_a_proxy(
    settings: Settings, header: str
) -> None:
    client = Client(create_app(settings))
    assert client.get("/").status_code == 200
    answer = client.get("/", headers={header: "192.0.2.1"})
    assert answer.status_code == 403
    assert "set a password" in answer.text


def test_a_dashboard_that_asks_nobody_is_shown_at_loopback_addresses_alone(
    settings: Settings,
) -> None:
    app = create_app(settings.model_copy(update={"hosts": "192.0.2.7"}))
    assert Client(app).get("/").status_code == 200
    assert Client(app, AWAY).get("/").status_code == 403


@pytest.mark.parametrize("auth", ["auto", "required"])
@pytest.mark.parametrize("content", ["{", "{}", None])
def test_without_its_password_file_it_refuses_everybody_and_says_what_to_do(
    settings: Settings, content: str | None, auth: str
) -> None:
    Passwords(settings).set(NAME, PASSWORD)
    client = Client(create_app(settings.model_copy(update={"auth": auth})))
    session = {"session": signed_in(client).cookies["session"]}
    file = settings.state / "passwords.json"
    whole = file.read_bytes()
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    for each in (client, Client(create_app(settings))):
        for method, path in (("GET", "/"), ("GET", "/login"), ("POST", "/login"), ("GET", "/live")):
            answer = each.ask(method, path, cookies=session)
            assert answer.status_code == 503, path
            assert "passwords list" in answer.text
            assert str(settings.root) not in answer.text  # anybody may read this
    file.write_bytes(whole)
    assert client.get("/", cookies=session).status_code == 200
