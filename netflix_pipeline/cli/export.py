"""Persons who ask what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.printing import counted, note, print_json
from netflix_pipeline.cli.settings import settings
from netflix_pipeline.errors import BadInput

if TYPE_CHECKING:
    from netflix_pipeline.settings import Settings


def export(
    user: Annotated[
        str, typer.Argument(help="Their user_id; of a Netflix export HOUSEHOLD/PROFILE.")
    ],
) -> None:
    """Print all that the lake holds of a person.

    One JSON object a line, with the table that it is held in.

    Reads: $NETFLIX_HOME/lake: rows as they came and as they wait in quarantine, plays, sittings.

    Writes: a line to the audit in $NETFLIX_HOME/state.

    Example: netflix-pipeline export home/Ann > ann.ndjson
    """
    from netflix_pipeline.ingest.subject_access_export import rows_of
    from netflix_pipeline.lake import Lake

    home = settings()
    count = 0
    for table, row in rows_of(Lake(home.lake), user):
        if not count:  # before anything is handed out
            _note_export(home, user)
        print_json({"held_in": table, **row})
        count += 1
    if not count:
        raise BadInput(
            f"nothing in {home.lake} is of {user!r}: look up how the id is written in its source."
        )
    note(f"{counted(count, 'row')} of one person")


def _note_export(home: Settings, user: str) -> None:
    from netflix_pipeline.state import HANDED_OUT, Audit, Erasures, opened

    with opened(home) as engine:
        Audit(engine).record("command", HANDED_OUT, Erasures(engine, home).pseudonym(user))
