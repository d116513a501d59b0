"""What can go wrong when numbers are published or asked for."""

from netflix_pipeline.errors import BadInput, DamagedFile, Transient

__all__ = ["BadCursor", "BadPeriod", "DamagedSnapshot", "NoSnapshot", "NotFound", "SeveralTitles"]


class NoSnapshot(Transient):
    """Nothing was published yet."""


class NotFound(BadInput):
    """No user or title has that id."""


class BadCursor(BadInput):
    """A page's cursor was not made by this service, or for another question."""


class BadPeriod(BadInput):
    """The period ends before it begins, or is longer than can be answered."""


class SeveralTitles(BadInput):
    """The id by which numbers are filtered is that of a series or a season, not of one title."""

    def __init__(self, title_id: str, series: str) -> None:
        super().__init__(
            f"title={title_id!r} stands for episodes of the series {series!r}, and numbers can be "
            "narrowed to one title only. Ask /titles/ID with the id of the series for its numbers, "
            "or narrow to one of its episodes: /titles?series=ID lists them."
        )


class DamagedSnapshot(DamagedFile):
    """The file of the snapshot was damaged while it is open."""
