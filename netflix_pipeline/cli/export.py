"""Persons who ask what is known of them."""

from typing import Annotated

import typer

from netflix_pipeline.cli.common import counted, note, print_json, settings
from netflix_pipeline.errors import BadInput


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
    from netflix_pipeline.state import HANDED_OUT, Audit, Erasures, opened

    home = settings()
    count = 0
    for table, row in rows_of(Lake.of(home), user):
        if not count:  # before anything is handed out
            with opened(home) as engine:
                subject = Erasures(engine, home).pseudonym(user)
                Audit(engine).record("command", HANDED_OUT, subject)
        print_json({"held_in": table, **row})
        count += 1
    if not count:
        raise BadInput(
            f"nothing in {home.lake} is of {user!r}: look up how the id is written in its source."
        )
    note(f"{counted(count, 'row')} of one person")
