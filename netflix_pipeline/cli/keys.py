"""API keys: who may ask for what, and what was done with them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    note,
    out,
    print_json,
    print_table,
    say,
    settings,
)

if TYPE_CHECKING:
    from netflix_pipeline.state import Entry, Key

app = typer.Typer(help="API keys: create, list, revoke, audit.")

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3650)
COLUMNS = ("id", "name", "scopes", "users", "requests", "created", "expires", "last used", "is")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, in your words.")],
    scope: Annotated[
        list[str],
        typer.Option(
            help="What it may do, repeatable: events:write, analytics:read, users:read, "
            "users:erase, ops:read."
        ),
    ],
    user: Annotated[
        list[str] | None,
        typer.Option(help="Only this person's data, repeatable (users:read, users:erase)."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Requests a minute; 0: any number; by default NETFLIX_REQUESTS_PER_MINUTE, or "
            "60,000.",
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            help="After a time (30m, 12h, 90d, 8w) or with a day (2027-01-31); never by default."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it, once: only its hash is kept.

    Reads: nothing.

    Writes: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Example: netflix-pipeline keys create reporting --scope analytics:read --expires 90d
    """
    from netflix_pipeline.state import Keys, opened

    until = None if expires is None else _until(expires, datetime.now(UTC))
    with opened(settings()) as engine:
        key, text = Keys(engine).create(
            name, set(scope), users=set(user or ()), requests=limit, expires=until
        )
    if as_json:
        print_json(_told(key) | {"key": text})
    else:
        note(f"key {key.id} for {name}; keep it now, it cannot be shown again:")
        out().print(text, soft_wrap=True)


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """Show every key: what it may do, until when, and when it was last used.

    Reads: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Writes: nothing.
    """
    from netflix_pipeline.state import Keys, looked_up

    known: Sequence[Key] = looked_up(settings(), lambda engine: Keys(engine).all(), ())
    keys = [key for key in known if not key.own]
    if as_json:
        print_json({"keys": [_told(key) for key in keys]})
    elif not keys:
        say("no keys: netflix-pipeline keys create NAME --scope analytics:read")
    else:
        print_table(counted(len(keys), "key"), COLUMNS, map(_row, keys))


@app.command()
def revoke(
    ids: Annotated[list[str], typer.Argument(help="Ids as `list` shows them, or whole keys.")],
    as_json: Json = False,
) -> None:
    """Refuse keys from now on; running services do so within a second.

    Reads: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Writes: the same.

    Example: netflix-pipeline keys revoke ID
    """
    from netflix_pipeline.state import Keys, opened

    with opened(settings()) as engine:
        keys = [Keys(engine).revoke(one) for one in ids]
    if as_json:
        print_json({"keys": [_told(key) for key in keys]})
    else:
        for key in keys:
            say(f"key {key.id} ({key.name}) is revoked")


@app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, help="Entries shown.")] = 50,
    action: Annotated[str | None, typer.Option(help="Only this, such as key-revoked.")] = None,
    as_json: Json = False,
) -> None:
    """Show the newest of what was done: keys, their use by day, refusals, erasures, exports.

    Reads: $NETFLIX_HOME/state (or the database of NETFLIX_STATE_DATABASE).

    Writes: nothing.
    """
    from netflix_pipeline.state import Audit, looked_up

    entries: Sequence[Entry] = looked_up(
        settings(), lambda engine: Audit(engine).entries(limit, action), ()
    )
    if as_json:
        print_json({"entries": list(map(dataclasses.asdict, entries))})
        return
    columns = ("at", "actor", "action", "subject", "detail", "times")
    print_table(
        f"The newest {len(entries):,} of the audit",
        columns,
        (
            (f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.subject, e.detail, e.count)
            for e in entries
        ),
    )


def _told(key: Key) -> dict[str, Any]:
    """A key for scripts, without its hash."""
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "users": sorted(key.users),
        "requests_per_minute": key.requests,
        "created": key.created,
        "expires": key.expires,
        "revoked": key.revoked,
        "last_used": key.last_used,
        "is": _is(key),
    }


def _row(key: Key) -> tuple[object, ...]:
    return (
        key.id,
        key.name,
        " ".join(sorted(key.scopes)),
        " ".join(sorted(key.users)) or "all",
        "any" if key.requests == 0 else key.requests or "default",
        key.created.date(),
        f"{key.expires:%Y-%m-%d %H:%M}" if key.expires else "never",
        key.last_used or "never",
        _is(key),
    )


def _is(key: Key) -> str:
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.expired(datetime.now(UTC)) else "usable"


def _until(text: str, now: datetime) -> datetime:
    """The end that somebody means with `90d` or `2027-01-31` (that day included)."""
    span = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if span is not None:
        lasting = timedelta(**{UNITS[span[2]]: int(span[1])})
        if lasting <= LONGEST:
            return now + lasting
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with suppress(ValueError, OverflowError):
            day = date.fromisoformat(text)
            return datetime.combine(day + timedelta(days=1), time(), UTC)
    raise typer.BadParameter(
        f"--expires {text}: write a time such as 12h, 90d, 8w (at most 10 years), or a day such as "
        "2027-01-31"
    )
