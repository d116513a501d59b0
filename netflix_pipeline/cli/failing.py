"""Which failures are for people to read: the platform's own, and the system's."""

import sqlite3
from collections.abc import Iterator

from netflix_pipeline.errors import PipelineError

WHAT_TO_DO = (
    "Check that the folder exists, that you may write there and that its disk has space, or set "
    "NETFLIX_HOME to another folder; then run the command again: it goes on where it stood."
)

SOMETHING_ELSE = (
    "Something else lies there: a file where a folder belongs, or a folder where a file does. Move "
    "it away, then run the command again: it goes on where it stood."
)
ANOTHER_KIND = (IsADirectoryError, NotADirectoryError, FileExistsError)

WITHOUT_HISTORY = (
    "Stop netflix-pipeline serve, move that folder away and run the command again: it is made "
    "anew. Tables and snapshot do not depend on it; only what is known of earlier runs is lost."
)


def message_of(error: BaseException) -> str | None:
    """What, where and what to do; None for a mistake in the code, whose traceback is needed."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, PipelineError):
            return str(cause)
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            where = cause.filename2 or cause.filename
            what_to_do = SOMETHING_ELSE if isinstance(cause, ANOTHER_KIND) else WHAT_TO_DO
            return f"{f'{where}: ' if where else ''}{cause.strerror}. {what_to_do}"
        if isinstance(cause, sqlite3.OperationalError):
            return f"the history of runs, $NETFLIX_HOME/dagster: {cause}. {WHAT_TO_DO}"
        if isinstance(cause, sqlite3.DatabaseError):
            return f"the history of runs, $NETFLIX_HOME/dagster: {cause}. {WITHOUT_HISTORY}"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
