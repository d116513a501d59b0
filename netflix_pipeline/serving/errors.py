"""What can go wrong when numbers are published or asked for.

NoSnapshot (Transient)      nothing was published yet
NotFound (BadInput)         no user or title has that id
BadCursor (BadInput)        a page's cursor was not made by this service
BadPeriod (BadInput)        the period ends before it begins, or is too long
DamagedSnapshot             the file of the snapshot was damaged while it is open
"""

from __future__ import annotations

from netflix_pipeline.errors import BadInput, DamagedFile, Transient

__all__ = ["BadCursor", "BadPeriod", "DamagedSnapshot", "NoSnapshot", "NotFound"]


class NoSnapshot(Transient):
    """Nothing was published yet."""


class NotFound(BadInput):
    """No user or title has that id."""


class BadCursor(BadInput):
    """A page's cursor was not made by this service, or for another question."""


class BadPeriod(BadInput):
    """The period ends before it begins, or is longer than can be answered."""


class DamagedSnapshot(DamagedFile):
    """The file of the snapshot was damaged while it is open."""
