"""Persons who ask to be forgotten."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import Json, counted, end_with, note, print_json, say, settings
from netflix_pipeline.cli.materialize import complain_of, run
from netflix_pipeline.ids import trimmed

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings
    from netflix_pipeline.state import Erasures


def forget(
    users: Annotated[
        list[str],
        typer.Argument(
            help="Their user_ids; of a Netflix export HOUSEHOLD/PROFILE.", metavar="USER"
        ),
    ],
    lift: Annotated[
        bool,
        typer.Option(
            "--lift", help="Lift the mark of erasure: rows of theirs can be ingested from now on."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase persons: every row of theirs, and what came of it.

    Reads: $NETFLIX_HOME, all of it.

    Writes: everything there that holds them: the event log, landed, refused and sample files, the
    lake, a new snapshot in place of all that are kept, Dagster's history and the logs. A keyed hash
    of each id stays in $NETFLIX_HOME/state, so that a file taken in again brings nobody back; what
    it holds of them is counted as erased. If it is interrupted, the same command or the next
    materialize finishes it. Targets of backups are told, so that nobody comes back with one that is
    restored; which backups still hold them is said. Source files that lie elsewhere are yours to
    erase.

    Example: netflix-pipeline forget home/Ann
    """
    from netflix_pipeline.state import open_erasures

    home, users = settings(), list(map(trimmed, users))
    with open_erasures(home) as erasures:
        if lift:
            _lift(home, erasures, users, as_json=as_json)
            return
        erasures.mark(users, actor="command", again=True)
    outcome = run(home, command="forget")
    erasure = outcome.erasure
    known = erasure.found if erasure else set(users)
    unknown = [user for user in dict.fromkeys(users) if user not in known]
    if as_json:
        print_json(
            {
                "users": list(dict.fromkeys(users)),
                "rows": erasure.rows if erasure else 0,
                "events": erasure.events if erasure else 0,
                "files": erasure.files if erasure else 0,
                "not_found": unknown,
                "snapshot": outcome.snapshot,
                "backups": [asdict(held) for held in erasure.holding] if erasure else [],
                "seconds": round(outcome.seconds, 3),
            }
        )
    else:
        for user in unknown:
            say(f"found no row of {user}; what comes of them from now on is not taken in")
        if erasure:
            files = f", and their rows in {counted(erasure.files, 'file')}" if erasure.files else ""
            say(
                f"erased {counted(erasure.rows, 'row')} of bronze and "
                f"{counted(erasure.events, 'event')} of the log{files}"
            )
        if erasure or not outcome.failures:
            say(f"snapshot {outcome.snapshot} is served without them; none before it is kept")
        for held in erasure.holding if erasure else ():
            until = f", the last until {held.until:%Y-%m-%d}" if held.until else ""
            say(
                f"{counted(held.backups, 'backup')} at {held.address} may hold them{until}: they "
                "do not come back from one. After the next backup, netflix-pipeline backup prune "
                f"{held.address} --erased takes these away"
            )
    if erasure is None and outcome.failures:
        note("they stay pending: the same command finishes it once what failed is mended")
    elif erasure is None:
        note("another run erased them while this one waited for it")
    complain_of(outcome)


def _lift(home: Settings, erasures: Erasures, users: list[str], *, as_json: bool) -> None:
    from netflix_pipeline.backup import tell_erasures

    lifted = erasures.lift(users, actor="command")
    _, untold = tell_erasures(home)
    unmarked = [user for user in dict.fromkeys(users) if user not in lifted]
    if as_json:
        print_json({"lifted": sorted(lifted), "not_marked": unmarked})
    else:
        for user in unmarked:
            note(f"{user} was not marked as erased")
        say(
            f"{counted(len(lifted), 'mark')} taken away: rows of them are taken in again from now "
            "on"
        )
    end_with(untold)
