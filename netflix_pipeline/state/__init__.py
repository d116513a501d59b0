"""What people put in, and nobody can compute again: a database of its own.

A SQLite file in `$NETFLIX_HOME/state`, or another database by `NETFLIX_STATE_DATABASE`. Each module
here is one store: it declares its table, and makes it where it is missing.
"""

from netflix_pipeline.persons import NOBODY, Marked
from netflix_pipeline.state.annotations import (
    KINDS,
    Annotation,
    Annotations,
    NoAnnotation,
    annotations_of,
)
from netflix_pipeline.state.database import (
    StateUnavailable,
    UtcDateTime,
    ensure,
    open_state,
    state_exists,
)
from netflix_pipeline.state.erasures import (
    ErasureMark,
    Erasures,
    erased_persons,
    open_erasures,
)
from netflix_pipeline.state.passwords import Passwords, require_visitors

__all__ = [
    "KINDS",
    "NOBODY",
    "Annotation",
    "Annotations",
    "ErasureMark",
    "Erasures",
    "Marked",
    "NoAnnotation",
    "Passwords",
    "StateUnavailable",
    "UtcDateTime",
    "annotations_of",
    "ensure",
    "erased_persons",
    "open_erasures",
    "open_state",
    "require_visitors",
    "state_exists",
]
