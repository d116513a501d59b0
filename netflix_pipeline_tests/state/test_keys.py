import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state.audit import Audit
from netflix_pipeline.state.keys import KEYS, Keys, UnknownKey, hash_of, id_of, new_id, new_key

SOON = timedelta(hours=1)


def test_a_key_tells_its_id_and_whether_it_is_misspelt() -> None:
    key_id = new_id()
    key = new_key(key_id)
    assert id_of(key.encode()) == key_id
    for place, letter in enumerate(key):
        other = "a" if letter != "a" else "b"
        assert id_of((key[:place] + other + key[place + 1 :]).encode()) is None
    assert id_of(key[:-1].encode()) is None
    assert id_of(key.encode() + b"a") is None
    assert id_of(key.upper().encode()) is None


def test_secrets_are_long_and_differ() -> None:
    keys = [new_key("aaaaaaaa") for _ in range(100)]
    secrets = [key.split("_")[2][:52] for key in keys]
    assert len(set(secrets)) == 100
    assert len({hash_of(key.encode()) for key in keys}) == 100
    # 52 letters of 32: 256 bits and four more, and each letter may be any.
    assert len(Counter("".join(secrets))) == 32


def test_of_a_key_only_its_hash_is_kept(home: Settings, state: Engine) -> None:
    key, text = Keys(state).create("dashboards", {"analytics:read"})
    assert key.hash == hash_of(text.encode())
    secret = text.split("_")[2].encode()
    for file in home.state.iterdir():
        assert secret not in file.read_bytes()
    assert secret.decode() not in repr(key)
    assert repr(key.hash) not in repr(key)


def test_what_a_key_may_is_kept(state: Engine) -> None:
    keys = Keys(state)
    expires = datetime.now(UTC) + SOON
    made, _ = keys.create(
        "support", {"users:read"}, users={"u-17", "ü/1 'x"}, requests=30, expires=expires
    )
    (back,) = keys.all()
    assert back == made
    assert back.users == {"u-17", "ü/1 'x"}
    assert (back.requests, back.expires, back.own) == (30, expires, False)
    assert back.usable(datetime.now(UTC))
    assert not back.usable(expires)


def test_a_revoked_key_stays_known(state: Engine) -> None:
    keys = Keys(state)
    key, text = keys.create("old", {"ops:read"})
    revoked = keys.revoke(text)  # whoever has only the key may give that
    assert revoked.revoked is not None
    assert keys.revoke(key.id).revoked == revoked.revoked
    assert [one.id for one in keys.all()] == [key.id]
    with pytest.raises(UnknownKey, match="keys list"):
        keys.revoke("nothing")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "no name"),
        ({"name": "a\nb"}, "no name"),
        ({"scopes": set()}, "needs a scope"),
        ({"scopes": {"all"}}, "no scope all"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "expired"),
        ({"users": {"u"}, "scopes": {"users:read", "analytics:read"}}, "analytics:read"),
        ({"users": {""}}, "user's id"),
    ],
)
def test_what_cannot_be_is_refused(state: Engine, changed: dict[str, object], told: str) -> None:
    keys = Keys(state)
    asked: dict[str, object] = {"name": "n", "scopes": {"users:read"}} | changed
    with pytest.raises(BadInput, match=told):
        keys.create(**asked)  # type: ignore[arg-type]
    assert not keys.all()


def test_lent_keys_go_when_their_time_is_over(state: Engine) -> None:
    keys = Keys(state)
    first, _ = keys.lend("canary", {"events:write"}, SOON)
    assert first.usable(datetime.now(UTC))
    with state.begin() as connection:
        connection.execute(update(KEYS).values(expires=datetime.now(UTC)))
    second, _ = keys.lend("canary", {"events:write"}, SOON)
    assert [key.id for key in keys.all()] == [second.id]
    kept, _ = keys.create("kept", {"events:write"})
    keys.give_back(kept.id)  # not lent: it stays
    keys.give_back(second.id)
    assert [key.id for key in keys.all()] == [kept.id]


def test_who_is_erased_leaves_the_keys(home: Settings, state: Engine) -> None:
    keys = Keys(state)
    only, _ = keys.create("only", {"users:read"}, users={"gone-person"})
    both, _ = keys.create("both", {"users:read"}, users={"gone-person", "other"})
    wide, _ = keys.create("wide", {"users:read"})
    assert set(keys.forget({"gone-person"})) == {only.id, both.id}
    now = {key.id: key for key in keys.all()}
    assert now[only.id].revoked is not None
    assert not now[only.id].scopes  # without persons it would be a key to everybody
    assert now[both.id].users == {"other"}
    assert now[wide.id] == wide
    for file in home.state.iterdir():
        assert b"gone-person" not in file.read_bytes()


def test_no_name_of_a_key_tells_of_who_is_erased(state: Engine) -> None:
    keys = Keys(state)
    bound, _ = keys.create("help desk, 17", {"users:read"}, users={"17"})
    other, _ = keys.create("for u-17 and u-171", {"ops:read"})
    number, _ = keys.create("desk 17", {"ops:read"})
    keys.forget({"17", "u-17"})
    named = {key.id: key.name for key in keys.all()}
    assert named == {
        bound.id: "help desk, 0",
        other.id: "for erased and u-171",
        number.id: "desk 17",
    }


def test_changes_stand_in_the_audit(state: Engine) -> None:
    keys = Keys(state)
    key, text = keys.create("n", {"ops:read", "analytics:read"})
    keys.revoke(key.id)
    keys.revoke(key.id)
    entries = Audit(state).entries(10)
    assert [(one.actor, one.action, one.subject) for one in entries] == [
        ("command", "key-revoked", key.id),
        ("command", "key-created", key.id),
    ]
    assert entries[1].detail == "for analytics:read ops:read"
    assert not re.search(text.split("_")[2], repr(entries))


def test_use_is_noted_by_day(state: Engine) -> None:
    keys = Keys(state)
    key, _ = keys.create("n", {"ops:read"})
    assert key.last_used is None
    keys.used(key.id, date(2026, 3, 6))
    assert keys.all()[0].last_used == date(2026, 3, 6)
