from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.access import Clients
from netflix_pipeline.access.clients import _read
from netflix_pipeline.errors import BadInput

PROXY, STRANGER = "127.0.0.1", "203.0.113.9"
TRUSTED = "127.0.0.1, ::1, 10.1.0.0/16, 2001:db8::/64"


def scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> dict[str, Any]:
    """A request."""
    return {
        "type": "http",
        "scheme": scheme,
        "client": None if peer is None else (peer, 50_000),
        "headers": [(name.lower().encode(), told.encode("latin-1")) for name, told in headers],
    }


def xff(told: str) -> tuple[str, str]:
    return "X-Forwarded-For", told


def forwarded(told: str) -> tuple[str, str]:
    return "Forwarded", told


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        (STRANGER, [], STRANGER),
        (None, [xff("192.0.2.1")], ""),
        ("odd:thing", [], "odd:thing"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::1", [], "::/64"),
        ("::ffff:203.0.113.9", [], STRANGER),
        # A stranger tells nothing.
        (STRANGER, [xff("192.0.2.1")], STRANGER),
        (STRANGER, [forwarded("for=192.0.2.1")], STRANGER),
        # A proxy tells; what stands further left anybody may have written.
        (PROXY, [xff("192.0.2.1")], "192.0.2.1"),
        ("::ffff:127.0.0.1", [xff("192.0.2.1")], "192.0.2.1"),
        (PROXY, [xff("6.6.6.6, 192.0.2.1")], "192.0.2.1"),
        (PROXY, [xff("6.6.6.6"), xff("192.0.2.1")], "192.0.2.1"),
        (PROXY, [xff("192.0.2.1, 10.1.2.3, ::1")], "192.0.2.1"),
        (PROXY, [xff("10.1.2.3, ::1")], "10.1.2.3"),
        (PROXY, [xff("192.0.2.1:4711")], "192.0.2.1"),
        (PROXY, [xff("[2001:db8:7::1]:4711")], "2001:db8:7::/64"),
        (PROXY, [xff("2001:db8:7::1")], "2001:db8:7::/64"),
        (PROXY, [xff("::ffff:192.0.2.1")], "192.0.2.1"),
        (PROXY, [forwarded("for=6.6.6.6, For=192.0.2.1;proto=https")], "192.0.2.1"),
        (PROXY, [forwarded('for="a,for=6.6.6.6, proto=https;for="192.0.2.1:99"')], "192.0.2.1"),
        (PROXY, [forwarded('for="[2001:db8:7::1]:4711"')], "2001:db8:7::/64"),
        # What is no address is nobody: the proxy itself counts.
        (PROXY, [xff("unknown")], PROXY),
        (PROXY, [xff("")], PROXY),
        (PROXY, [xff("192.0.2.1, unknown")], PROXY),
        (PROXY, [xff("unknown, 10.1.2.3")], "10.1.2.3"),
        (PROXY, [forwarded("by=192.0.2.1")], PROXY),
        (PROXY, [forwarded("for=_hidden")], PROXY),
        # Of two that differ the proxy wrote one at most, and nobody knows which.
        (PROXY, [xff("192.0.2.1"), forwarded("for=192.0.2.1")], "192.0.2.1"),
        (PROXY, [xff("192.0.2.1"), forwarded("for=6.6.6.6")], PROXY),
        (PROXY, [xff("192.0.2.1"), forwarded("")], PROXY),
    ],
)
def test_whom_a_request_counts_for(
    peer: str | None, headers: list[tuple[str, str]], client: str
) -> None:
    assert Clients(TRUSTED).of(scope(peer, *headers)) == client


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_nothing_that_a_stranger_writes_changes_whom_they_count_for(written: str) -> None:
    clients = Clients(TRUSTED)
    for name in ("X-Forwarded-For", "Forwarded"):
        assert clients.of(scope(STRANGER, (name, written))) == STRANGER
    appended = scope(PROXY, xff(f"{written}, {STRANGER}"))
    assert clients.of(appended) == STRANGER
    assert clients.of(scope(PROXY, forwarded(f"{written}, for={STRANGER}"))) == STRANGER
    both = scope(PROXY, xff(f"{written}, {STRANGER}"), forwarded(written))
    assert clients.of(both) in (STRANGER, PROXY)


def test_a_header_of_any_length_is_read_no_further_than_it_must() -> None:
    clients = Clients(TRUSTED)
    assert clients.of(scope(PROXY, xff("6.6.6.6," * 100_000 + STRANGER))) == STRANGER
    assert clients.of(scope(PROXY, *[xff("10.1.2.3")] * 5_000)) == "10.1.2.3"
    assert clients.of(scope(PROXY, forwarded("a=b;" * 100_000))) == PROXY


def test_what_is_long_is_not_remembered() -> None:
    clients = Clients(TRUSTED)
    _read.cache_clear()
    for number in range(100):
        clients.of(scope(PROXY, xff(f"{number}" * 1_000)))
        clients.of(scope(PROXY, forwarded(f"for={number}" * 1_000)))
    assert _read.cache_info().currsize < 3  # the proxy's own


@pytest.mark.parametrize(
    ("peer", "headers", "over"),
    [
        (PROXY, [], False),
        (PROXY, [("X-Forwarded-Proto", "https")], True),
        (PROXY, [("X-Forwarded-Proto", "http")], False),
        (PROXY, [("X-Forwarded-Proto", "https, http")], False),
        (PROXY, [forwarded("for=192.0.2.1;proto=https")], True),
        (PROXY, [forwarded("proto=https, for=192.0.2.1;proto=http")], False),
        (STRANGER, [("X-Forwarded-Proto", "https")], False),
        (STRANGER, [forwarded("proto=https")], False),
        (None, [("X-Forwarded-Proto", "https")], False),
    ],
)
def test_what_came_over_tls_a_trusted_proxy_alone_tells(
    peer: str | None, headers: list[tuple[str, str]], over: bool
) -> None:
    assert Clients(TRUSTED).over_tls(scope(peer, *headers)) is over
    assert Clients(TRUSTED).over_tls(scope(peer, scheme="https"))


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("api.example.org", "https://api.example.org"),
        ("[::1]:8000", "https://[::1]:8000"),
        # What stands behind a percent sign is any text to who reads addresses.
        ('[fe80::1%>;"]', "https://[fe80::1%25%3E%3B%22]"),
    ],
)
def test_where_a_request_was_sent_to_is_told_as_it_stands_in_an_address(
    host: str, told: str
) -> None:
    sent = scope(PROXY, ("Host", host), ("X-Forwarded-Proto", "https"))
    assert Clients(TRUSTED).origin(sent) == told
    assert Clients("").origin(sent) == told.replace("https", "http")


def test_nobody_is_trusted_where_no_proxy_is_named() -> None:
    assert Clients("").of(scope(PROXY, xff("192.0.2.1"))) == PROXY


def test_what_is_no_network_is_told() -> None:
    with pytest.raises(BadInput, match="NETFLIX_TRUSTED_PROXIES"):
        Clients("my-proxy")
