from typing import Any

import pytest

from netflix_pipeline.webserver.requests import RefusedRequest, look_at

HOSTS = ("localhost", "127.0.0.1", "[::1]", "dagster.example.org")
OURS = "localhost:3000"
JSON = {"Content-Type": "application/json"}
EVIL = "https://evil.example"
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def judged(
    method: str,
    path: str,
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    *,
    query: str = "",
    kind: str = "http",
    numbers: bool = False,
) -> int:
    """What Dagster does not get to see is answered with; 200 for what it does."""
    told = list(headers.items()) if isinstance(headers, dict) else (headers or [])
    if not any(name.lower() == "host" for name, _ in told):
        told = [("Host", OURS), *told]
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in told],
    }
    if kind == "http":
        scope["method"] = method
    try:
        look_at(scope, HOSTS, numbers=numbers)
    except RefusedRequest as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("HEAD", "/", {}),
        ("GET", "/assets/silver/plays?view=partitions", {"Sec-Fetch-Site": "none", **LINK}),
        ("GET", "/runs/1", {"Sec-Fetch-Site": "cross-site", **LINK}),
        ("GET", "/runs/1", {"Sec-Fetch-Site": "same-site", **LINK}),
        ("GET", "/_next/static/a.js", {"Sec-Fetch-Site": "same-origin"}),
        ("GET", "/graphql", {"Accept": "text/html,*/*"}),
        ("GET", "/server_info", {}),
        ("GET", "/download_debug/1", {"Sec-Fetch-Site": "same-origin", **LINK}),
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", {"Content-Type": "Application/JSON; charset=utf-8"}),
        ("POST", "/graphql", {**JSON, "Origin": f"http://{OURS}"}),
        ("POST", "/graphql", {**JSON, "Sec-Fetch-Site": "same-origin"}),
        ("POST", "/report_asset_materialization/a", JSON),
    ],
)
def test_dagster_sees_what_its_own_pages_and_programs_ask(
    method: str, path: str, headers: dict[str, str]
) -> None:
    assert judged(method, path, headers) == 200


@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/a", "/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://localhost:8502"},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:3000.evil.example"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": f"http://{OURS}", **LINK},
    ],
)
def test_no_other_sites_page_changes_anything(path: str, headers: dict[str, str]) -> None:
    assert judged("POST", path, {**JSON, **headers}) == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_no_other_sites_page_opens_a_socket(headers: dict[str, str]) -> None:
    assert judged("", "/graphql", headers, kind="websocket") == 403
    assert judged("", "/graphql", {"Origin": f"http://{OURS}"}, kind="websocket") == 200
    assert judged("", "/graphql", kind="websocket") == 200


@pytest.mark.parametrize(
    "path",
    [
        "/graphql",
        "/logs/a/b/err",
        "/notebook",
        "/dagit/notebook",
        "/download_debug/1",
        "/report_asset_check/a",
    ],
)
def test_no_other_sites_page_leads_to_what_nobody_links_to(path: str) -> None:
    html = {"Accept": "text/html"}
    assert judged("GET", path, {**html, "Sec-Fetch-Site": "cross-site", **LINK}) == 403
    assert judged("GET", path, {**html, "Sec-Fetch-Site": "same-origin", **LINK}) == 200


@pytest.mark.parametrize("dest", ["iframe", "image", "script", "empty", "embed", "object", ""])
def test_no_other_sites_page_embeds_anything(dest: str) -> None:
    for mode in ("navigate", "no-cors", "cors"):
        told = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        assert judged("GET", "/runs", told) == 403


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "application/json", "image/avif,image/webp", "text/htm"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_graphql_is_not_asked_by_get(method: str, accept: str | None) -> None:
    query = "query=mutation%20%7B%20reloadWorkspace%20%7B%20__typename%20%7D%20%7D"
    headers = {} if accept is None else {"Accept": accept}
    assert judged(method, "/graphql", headers, query=query) == 405


@pytest.mark.parametrize(
    "kinds",
    [
        [],
        ["text/plain"],
        ["application/x-www-form-urlencoded"],
        ["multipart/form-data; boundary=application/json"],
        ["text/plain; application/json"],
        ["text/plain, application/json"],
        ["application/json, text/plain"],
        ["application/jsonx"],
        ["application/graphql"],
        ["application/json", "text/plain"],
    ],
)
def test_what_a_form_could_post_is_not_taken(kinds: list[str]) -> None:
    headers = [("Content-Type", kind) for kind in kinds]
    assert judged("POST", "/graphql", headers) == 415
    assert judged("POST", "/graphql", {**JSON, "Content-Encoding": "gzip"}) == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "CONNECT"])
def test_other_methods_are_not_answered(method: str) -> None:
    assert judged(method, "/graphql", JSON) == 405


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:3000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:3000", 200),
        ("dagster.example.org", 200),
        ("evil.example", 421),
        ("evil.example:3000", 421),
        ("localhost.evil.example", 421),
        ("localhost:3000@evil.example", 421),
        ("localhost.", 421),
        ("192.0.2.7", 421),
        ("", 421),
        (" ", 421),
    ],
)
def test_other_names_are_not_answered(host: str, status: int) -> None:
    for kind in ("http", "websocket"):
        assert judged("GET", "/", {"Host": host}, kind=kind) == status
    assert judged("GET", "/", [("Host", host), ("Host", "localhost")]) == 421


def test_addresses_are_answered_where_people_sign_in() -> None:
    for host, status in (("192.0.2.7:3000", 200), ("[2001:db8::1]", 200), ("evil.example", 421)):
        assert judged("GET", "/", {"Host": host}, numbers=True) == status


@pytest.mark.parametrize("path", ["/logs/a/../../b/err", "/../x", "/notebook/.."])
def test_no_path_leads_up(path: str) -> None:
    assert judged("GET", path) == 404


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\0", "\t", "\x85", "\u2028"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_path_is_another_to_dagsters_router(method: str, sign: str) -> None:
    for path in (f"/graphql{sign}", f"/{sign}graphql", f"/report_asset_materialization/a{sign}"):
        assert judged(method, path, JSON, query="query=mutation{__typename}") == 404
