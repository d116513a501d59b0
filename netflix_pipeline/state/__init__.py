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
from netflix_pipeline.state.audit import Audit, Entry
from netflix_pipeline.state.bookmarks import Bookmark, Bookmarks, NoBookmark
from netflix_pipeline.state.business_alerts import (
    AlertDefinition,
    AlertFinding,
    BusinessAlert,
    BusinessAlerts,
    NoBusinessAlert,
)
from netflix_pipeline.state.database import (
    OpenStore,
    StateUnavailable,
    UtcDateTime,
    engine_at,
    ensure,
    looked_up,
    open_state,
    opened,
    state_exists,
    state_file,
)
from netflix_pipeline.state.erasures import (
    HANDED_OUT,
    NO_MARKS,
    ErasureMark,
    ErasureMarks,
    Erasures,
    erased_persons,
    erasure_keys,
    open_erasures,
)
from netflix_pipeline.state.keys import SCOPES, Key, Keys, require_key
from netflix_pipeline.state.passwords import Passwords, require_visitors

__all__ = [
    "HANDED_OUT",
    "KINDS",
    "NOBODY",
    "NO_MARKS",
    "SCOPES",
    "AlertDefinition",
    "AlertFinding",
    "Annotation",
    "Annotations",
    "Audit",
    "Bookmark",
    "Bookmarks",
    "BusinessAlert",
    "BusinessAlerts",
    "Entry",
    "ErasureMark",
    "ErasureMarks",
    "Erasures",
    "Key",
    "Keys",
    "Marked",
    "NoAnnotation",
    "NoBookmark",
    "NoBusinessAlert",
    "OpenStore",
    "Passwords",
    "StateUnavailable",
    "UtcDateTime",
    "annotations_of",
    "engine_at",
    "ensure",
    "erased_persons",
    "erasure_keys",
    "looked_up",
    "open_erasures",
    "open_state",
    "opened",
    "require_key",
    "require_visitors",
    "state_exists",
    "state_file",
]
