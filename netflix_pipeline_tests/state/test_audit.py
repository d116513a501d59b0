from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, update

from netflix_pipeline.state import StateUnavailable
from netflix_pipeline.state.audit import AUDIT, Audit


def test_entries_come_newest_first(state: Engine) -> None:
    audit = Audit(state)
    begun = datetime.now(UTC)
    audit.record("aaaaaaaa", "export", "hash-1")
    audit.record("", "refused", detail="no-key", count=12)
    newest, first = audit.entries(10)
    assert (newest.action, newest.detail, newest.count) == ("refused", "no-key", 12)
    assert (first.actor, first.action, first.subject) == ("aaaaaaaa", "export", "hash-1")
    assert begun <= first.at <= newest.at <= datetime.now(UTC)
    assert audit.entries(1) == [newest]
    assert audit.entries(10, "export") == [first]


def test_the_same_is_noted_once(state: Engine) -> None:
    audit = Audit(state)
    since = datetime.now(UTC) - timedelta(hours=1)
    audit.record_once("a", "key-used", "ops:read", since)
    audit.record_once("a", "key-used", "ops:read", since)
    audit.record_once("b", "key-used", "ops:read", since)
    audit.record_once("a", "key-used", "ops:read", datetime.now(UTC) + timedelta(hours=1))
    assert [one.actor for one in audit.entries(10)] == ["a", "b", "a"]


def test_no_entry_can_be_changed_or_removed(state: Engine) -> None:
    audit = Audit(state)
    audit.record("command", "key-created", "aaaaaaaa")
    Audit(state)  # opened once more
    for change in (update(AUDIT).values(actor="nobody"), delete(AUDIT)):
        with (
            pytest.raises(Exception, match="only added to") as refused,
            state.begin() as connection,
        ):
            connection.execute(change)
        assert not isinstance(refused.value, StateUnavailable)
    assert [one.actor for one in audit.entries(10)] == ["command"]
