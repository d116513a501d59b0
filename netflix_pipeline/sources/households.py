"""Whose file it is, where the file itself does not say."""

import re
from pathlib import Path

from netflix_pipeline.errors import BadInput
from netflix_pipeline.ids import trimmed

# A browser adds ` (1)`, or another number, to the name of a second download.
NETFLIX_OWN = re.compile(
    r"(?:viewingactivity|content_interaction|netflix-report)(?: ?\(\d+\))?"
    r"|netflixviewinghistory(?: ?\(\d+\)|[ _-]\d{1,3})?",
    re.IGNORECASE,
)
DEFAULT = "home"


def household_of(path: Path, given: str | None = None) -> str:
    """The household of a Netflix export: the one told, else the nearest name on the file's path.

    Names that Netflix itself gives (`ViewingActivity`, `CONTENT_INTERACTION`, `netflix-report`,
    `NetflixViewingHistory`) say nothing of a household. Raises BadInput for one that is
    told and no text.
    """
    if given is not None and (name := trimmed(given)):
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise BadInput(f"{given!r}: the household's name is not UTF-8; give another") from error
        return name
    absolute = path.absolute()
    stem = absolute.name.split(".", 1)[0]
    for name in map(trimmed, (stem, *(folder.name for folder in absolute.parents))):
        if name and NETFLIX_OWN.fullmatch(name) is None:
            return name
    return DEFAULT
