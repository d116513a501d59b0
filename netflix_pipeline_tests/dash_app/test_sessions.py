from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dash_app.sessions import LASTING, signed, verified

KEY, OTHER = b"k" * 32, b"o" * 32
HASHES = {"ann": "$argon2id$a", "bob.b@example.org": "$argon2id$b"}


def test_a_session_is_its_owners_until_it_is_over() -> None:
    cookie = signed("bob.b@example.org", HASHES["bob.b@example.org"], KEY, 1000)
    assert verified(cookie, HASHES, KEY, 1001) == "bob.b@example.org"
    assert verified(cookie, HASHES, KEY, 1000 + LASTING) == "bob.b@example.org"
    assert verified(cookie, HASHES, KEY, 1001 + LASTING) is None


def test_a_session_ends_with_the_password_that_began_it() -> None:
    cookie = signed("ann", HASHES["ann"], KEY, 1000)
    assert verified(cookie, HASHES | {"ann": "$argon2id$new"}, KEY, 1001) is None
    assert verified(cookie, {}, KEY, 1001) is None
    assert verified(cookie, HASHES, OTHER, 1001) is None


@given(st.integers(0, 200), st.characters())
def test_a_session_that_was_changed_anywhere_is_nobodys(at: int, character: str) -> None:
    cookie = signed("ann", HASHES["ann"], KEY, 1000)
    at %= len(cookie)
    changed = cookie[:at] + character + cookie[at + 1 :]
    assert verified(changed, HASHES, KEY, 1001) == ("ann" if changed == cookie else None)


@pytest.mark.parametrize("cookie", ["", ".", "a.b", "é.é", "x" * 10_000, "=.=", "\ud800"])
def test_what_is_no_session_is_nobodys(cookie: str) -> None:
    assert verified(cookie, HASHES, KEY, 1000) is None


@given(st.text())
def test_no_cookie_is_an_error(cookie: str) -> None:
    assert verified(cookie, HASHES, KEY, 1000) is None
