"""Keeps a home of the first release in which rows have the identities that it gave them.

`python -m netflix_pipeline_tests.upgrading.keep_rows` with that release's packages before these in
PYTHONPATH makes `rows/first-release.tar.xz`, by commands and requests alone, out of `FILES` and
`EVENTS`: ids with blanks around them, blank ids and null words, rows that are known by their
content, Netflix exports of several kinds.
"""

import shutil
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from netflix_pipeline_tests.upgrading.keep_home import Served, run

ROWS = Path(__file__).parent / "rows" / "first-release.tar.xz"
HEADER = (
    "Profile Name,Start Time,Duration,Attributes,Title,Supplemental Video Type,Device Type,"
    "Bookmark,Latest Bookmark,Country\n"
)


def _export(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


def _row(profile: str, start: str, duration: str, title: str, device: str, **more: str) -> str:
    """A row of a Netflix export; `mark` is its Bookmark, `latest` its Latest Bookmark."""
    mark = more.get("mark", duration)
    told = [profile, start, duration, "", title, more.get("video", ""), device, mark]
    return ",".join([*told, more.get("latest", mark), more.get("country", "DE (Germany)")])


SECRETS = "Dark: Season 1: Secrets (Episode 1)"
FILES = {
    # Two views begin in the same second; a profile is blank, a title hidden.
    "family/ViewingActivity.csv": _export(
        _row("Ann", "2026-10-29 19:05:11", "00:48:10", SECRETS, "Smart TV"),
        _row(
            "Ann",
            "2026-10-29 19:05:11",
            "00:48:10",
            SECRETS,
            "Smart TV",
            mark="00:12:00",
            latest="Not latest view",
        ),
        _row(
            "Ann", "2026-10-30 19:55:00", "00:44:02", "Dark: Season 1: Lies (Episode 2)", "Smart TV"
        ),
        _row("Ben", "2026-10-31 08:10:00", "00:20:31", "The Chair", "iPhone 13"),
        _row(
            "Ben",
            "2026-10-31 08:09:30",
            "00:00:31",
            "The Chair: Trailer",
            "iPhone 13",
            video="TRAILER",
        ),
        _row(
            "Ben",
            "2026-10-31 09:00:01",
            "00:30:00",
            "HIDDEN TITLE (Netflix): Long Night",
            "iPhone 13",
        ),
        _row("  ", "2026-10-31 10:00:01", "00:30:00", "Long Night", "iPhone 13"),
    ),
    # The same in German: the first release stored it once more.
    "german/family/ViewingActivity.csv": _export(
        _row(
            "Ann",
            "2026-10-29 19:05:11",
            "00:48:10",
            "Dark: Staffel 1: Geheimnisse (Folge 1)",
            "Smart TV",
            country="DE (Deutschland)",
        ),
        _row(
            "Ann",
            "2026-10-30 19:55:00",
            "00:44:02",
            "Dark: Staffel 1: Lügen (Folge 2)",
            "Smart TV",
            country="DE (Deutschland)",
        ),
        _row(
            "Ben",
            "2026-10-31 08:10:00",
            "00:20:31",
            "Die Professorin",
            "iPhone 13",
            country="DE (Deutschland)",
        ),
    ),
    # A spreadsheet left minutes only.
    "sheet/ViewingActivity.csv": _export(
        _row("Cem", "2026-10-29 19:05", "00:20:00", "A Film", "Smart TV", country="TR (Turkey)"),
        _row(
            "Cem", "2026-10-29 19:05", "00:20:00", "Another Film", "Smart TV", country="TR (Turkey)"
        ),
        _row("Cem", "2026-10-30", "00:20:00", "A Film", "Smart TV", country="TR (Turkey)"),
    ),
    # Without ids of their own, and with texts that tell nothing.
    "derived.csv": (
        "user_id,title_id,event_time,watch_seconds,playback_id\n"
        " u1 ,t1,2026-10-29T10:00:00Z,600,n/a\n"
        "u1,t1,2026-10-29T10:00:00Z,600,\n"
        "u2,t1,2026-10-29T11:00:00Z,600,p1\n"
        "   ,t1,2026-10-29T12:00:00Z,600,p1\n"
        "u2,NULL,2026-10-29T13:00:00Z,600,p1\n"
        "u2,t2,2026-10-29T13:00:00Z,600,p1\n"
    ),
    # With ids that are the same without their blanks: once the same row, once another.
    "named.csv": (
        "event_id,user_id,title_id,event_time,watch_seconds\n"
        " e1,u1,t1,2026-10-30T10:00:00Z,600\n"
        "e1,u1,t1,2026-10-30T10:00:00Z,600\n"
        " e2,u1,t1,2026-10-30T11:00:00Z,600\n"
        "e2,u1,t1,2026-10-30T11:00:00Z,700\n"
        "undefined,u1,t1,2026-10-30T12:00:00Z,600\n"
        " e3,u1,t1,2026-10-30T13:00:00Z,600\n"
    ),
    "searches.csv": (
        "search_id,user_id,event_time,query,results_count\n"
        " s1,u1,2026-10-30T10:00:00Z,dragons,3\n"
        "s2,nan,2026-10-30T10:00:00Z,dragons,3\n"
    ),
    "users.csv": "user_id,plan,country\n u1,Basic,DE\nu1,Basic,DE\nu2,Basic,FR\nNone,Basic,FR\n",
    "titles.csv": "title_id,title,runtime_minutes\n t1 ,First,20\nt2,Second,20\n",
}
LANDED = "landed/hofer/ViewingActivity.csv"
"""Of this one the file is still there: landing keeps what it has taken."""
FILES[LANDED] = _export(
    _row("Eva", "2026-10-31 19:05:11", "00:48:10", SECRETS, "Smart TV"),
    _row(
        "Eva",
        "2026-10-31 19:05:11",
        "00:48:10",
        SECRETS,
        "Smart TV",
        mark="00:12:00",
        latest="00:48:10",
    ),
)
_WATCHED = [
    {"type": "watch", "event_id": " h1 ", "user_id": "u1 ", "title_id": "t1"},
    {"type": "watch", "event_id": "h1", "user_id": "u1", "title_id": "t1"},
    {"type": "watch", "event_id": "h2", "user_id": "  ", "title_id": "t1"},
    {"type": "watch", "event_id": "none", "user_id": "u2", "title_id": "t1"},
    {"type": "watch", "event_id": "h3", "user_id": "u2", "title_id": "t1"},
]
EVENTS: list[dict[str, object]] = [
    {**told, "event_time": "2026-11-01T10:00:00Z", "watch_seconds": 60 + at // 2}
    for at, told in enumerate(_WATCHED)
]
NEWER = {
    "newer/family/ViewingActivity.csv": FILES["family/ViewingActivity.csv"].replace(
        "00:48:10,DE", "Not latest view,DE"
    )
    + _row("Ann", "2026-11-01 19:00:00", "00:44:02", "Dark: Season 1: Lies (Episode 3)", "Smart TV")
    + "\n"
    + _row(
        "Ann",
        "2026-10-29 19:05:11",
        "00:48:10",
        SECRETS,
        "Smart TV",
        mark="00:30:00",
        latest="Not latest view",
    )
    + "\n"
}
"""A download that comes later: all rows that there were, some of them changed, and new ones."""


def lay_down(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write the files below the folder; their paths, in order."""
    paths = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        paths.append(path)
    return paths


def household(path: Path) -> list[str]:
    """What is told with a file of Netflix's: the folder that it lies in."""
    return ["--household", path.parent.name] if path.name == "ViewingActivity.csv" else []


def fill(home: Path, folder: Path) -> None:
    """Take in all files, some of them twice, and the events; build the tables."""
    home.mkdir(exist_ok=True)
    for path in lay_down(folder, {name: text for name, text in FILES.items() if name != LANDED}):
        run(home, "ingest", str(path), *household(path))
    (path,) = lay_down(home, {LANDED: FILES[LANDED]})
    run(home, "ingest", str(path), *household(path))
    for name in ("derived.csv", "named.csv", "users.csv"):
        run(home, "ingest", str(folder / name))
    with Served(home) as url:
        for event in EVENTS:
            httpx.post(f"{url}/events", json=[event], trust_env=False).raise_for_status()
    run(home, "drain")
    run(home, "materialize")


def main() -> None:
    """Write the archive."""
    ROWS.parent.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        fill(home, Path(temporary) / "files")
        for leftover in ("staging", "dagster", "serving", "logs"):
            shutil.rmtree(home / leftover, ignore_errors=True)
        with tarfile.open(ROWS, "w:xz", preset=9) as packed:
            packed.add(home, "home")
    sys.stdout.write(f"{ROWS}: {ROWS.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
