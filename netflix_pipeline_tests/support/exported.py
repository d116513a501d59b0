"""A home into which a member's own Netflix export was taken, through all stages, and published."""

from pathlib import Path

from netflix_pipeline.ingest import ingest_paths
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import GOLD_DAILY, GOLD_ROLLUPS, SILVER, build
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options

HEAD = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country"
)
ROWS = (
    # Ana: three episodes in one evening, the last begun after midnight of the old year.
    ("Ana", "2022-12-31 21:50:00", "00:50:00", "Dark Sea: Season 1: One (Episode 1)", "", "TV"),
    ("Ana", "2022-12-31 22:45:00", "00:50:00", "Dark Sea: Season 1: Two (Episode 2)", "", "TV"),
    ("Ana", "2023-01-01 00:05:00", "00:50:00", "Dark Sea: Season 1: Three (Episode 3)", "", "TV"),
    ("Ana", "2023-01-01 20:00:00", "00:00:20", "Season 2 Trailer: Dark Sea", "TRAILER", "TV"),
    ("Ana", "2023-01-02 19:30:00", "01:30:00", "=A Film", "", "iPhone 12"),
    ("Ben", "2022-12-30 08:00:00", "00:30:00", "Dark Sea: Season 1: One (Episode 1)", "", "TV"),
    ("Ben", "2023-01-02 08:00:00", "00:45:00", "<b>Bold</b>", "", "TV"),
)
OTHERS = """\
event_id,user_id,title_id,event_time,action,watch_seconds
e-1,u-Ánna,t-1,2023-01-03T10:00:00Z,stopped,1200
"""


def taken_in(settings: Settings, folder: Path, household: str = "Miller") -> Settings:
    """The home with the export of a household, and one play of somebody else."""
    folder.mkdir(parents=True, exist_ok=True)
    export, others = folder / "ViewingActivity.csv", folder / "events.csv"
    lines = [
        f'{who},{began},{lasted},,"{title}",{kind},{device},{lasted},{lasted},DE (Germany)'
        for who, began, lasted, title, kind, device in ROWS
    ]
    export.write_text("\r\n".join((HEAD, *lines)) + "\r\n", encoding="utf-8-sig")
    others.write_text(OTHERS, encoding="utf-8")
    ingest_paths(settings, [export], Options(household=household))
    ingest_paths(settings, [others])
    published(settings)
    return settings


def published(settings: Settings) -> None:
    """All that was taken in, built and published."""
    for built in build(
        Lake.of(settings), (*SILVER, *GOLD_DAILY, *GOLD_ROLLUPS), None, only_pending=True
    ):
        assert built.violations.is_empty()
    publish_home(settings)
