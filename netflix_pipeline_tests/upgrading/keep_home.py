"""Keeps a small home of the release that this checkout is: later ones prove the upgrade on it.

`.venv/bin/python -m netflix_pipeline_tests.upgrading.keep_home NAME` makes `homes/NAME.tar.xz` by
commands and requests alone: files, rows in quarantine, a Netflix export, events over HTTP of which
some wait in the log, an erasure, a key, a password, an annotation, Dagster's history; and
`NAME.json` beside it, what that release told of it. All homes together stay under 1 MB.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

HOMES = Path(__file__).parent / "homes"
COMMAND = [sys.executable, "-c", "from netflix_pipeline.cli import main; main()"]
SIZE = ("--events", "240", "--users", "12", "--titles", "8", "--days", "3", "--end", "2026-10-31")
QUESTIONS = (
    "/analytics?from=2026-10-01&to=2026-11-02",
    "/analytics?from=2026-10-01&to=2026-11-02&country=DE",
    "/titles?from=2026-10-01&to=2026-11-02&limit=100",
)
"""Asked of the release; an upgraded home must tell the same numbers."""

EXPORT = """\
Profile Name,Start Time,Duration,Title,Supplemental Video Type,Device Type,Bookmark,Country
Ann,2026-10-30 19:05:11,00:48:10,Dark: Season 1: Secrets (Episode 1),,Smart TV,00:48:10,DE (Germany)
Ann,2026-10-30 19:55:00,00:44:02,Dark: Season 1: Lies (Episode 2),,Smart TV,00:44:02,DE (Germany)
Ben,2026-10-31 08:10:00,00:20:31,The Social Dilemma,,iPhone 13,00:20:31,DE (Germany)
Ben,2026-10-31 08:09:00,00:00:31,The Social Dilemma: Trailer,TRAILER,iPhone 13,00:00:31,DE (Germany)
"""
BROKEN = """\
event_id,user_id,title_id,event_time,watch_seconds
late-1,u-late,t-late,2026-10-29T10:00:00Z,600
late-1,u-late,t-late,2026-10-29T10:00:00Z,700
late-2,,t-late,2026-10-29T11:00:00Z,600
late-3,u-late,t-late,not a time,600
"""


def event(number: int, day: int, user: str) -> dict[str, object]:
    """An event as a device sends it."""
    return {
        "type": "watch",
        "event_id": f"http-{number}",
        "user_id": user,
        "title_id": "t-http",
        "event_time": f"2026-11-{day:02}T{number % 24:02}:00:00Z",
        "watch_seconds": 60 * number,
        "country": "DE",
        "device": "mobile",
    }


def run(home: Path, *arguments: str, given: str | None = None) -> str:
    """Run a command in that home; its stdout."""
    environment = {**os.environ, "NETFLIX_HOME": str(home)}
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


class Served:
    """The API over a home, on a free port."""

    def __init__(self, home: Path) -> None:
        environment = {
            **os.environ,
            "NETFLIX_HOME": str(home),
            "NETFLIX_API_PORT": "0",
            "NETFLIX_CANARY_SECONDS": "0",
        }
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "api"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http://" in line:
                self.url = "http://" + line.split("http://")[1].split()[0]
                break
        time.sleep(1)

    def __enter__(self) -> str:
        return self.url

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


def told(url: str) -> dict[str, Any]:
    """What the API answers to `QUESTIONS`."""
    return {
        question: httpx.get(url + question, timeout=60, trust_env=False).raise_for_status().json()
        for question in QUESTIONS
    }


def make(home: Path, folder: Path) -> dict[str, Any]:
    """Fill the home; what the release told of it."""
    data = folder / "data"
    run(home, "generate", str(data), *SIZE)
    (folder / "family").mkdir()
    export = folder / "family" / "ViewingActivity.csv"
    export.write_text(EXPORT)
    broken = folder / "broken.csv"
    broken.write_text(BROKEN)
    run(home, "ingest", str(data))
    run(home, "ingest", str(export), "--household", "family")
    run(home, "ingest", str(broken))
    run(home, "keys", "create", "reporting", "--scope", "analytics:read")
    run(home, "passwords", "set", "ann", "--stdin", given="correct horse battery staple\n")
    run(home, "annotate", "add", "2026-10-30", "Dark, season 2", "--kind", "launch")
    with Served(home) as url:
        for batch in ([1, 2, 3], [4, 5], [2, 6]):
            sent = [event(number, 2, f"h{number % 2}") for number in batch]
            httpx.post(f"{url}/events", json=sent, trust_env=False).raise_for_status()
    run(home, "drain")
    run(home, "materialize")
    run(home, "forget", "h1")
    with Served(home) as url:
        answers = told(url)
        waiting = [event(number, 3, "h2") for number in (7, 8, 9)]
        httpx.post(f"{url}/events", json=waiting, trust_env=False).raise_for_status()
    status = json.loads(run(home, "status", "--json"))
    return {"status": status, "answers": answers}


def main(name: str) -> None:
    """Write the archive and what was told."""
    HOMES.mkdir(exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        home = folder / "home"
        known = make(home, folder)
        shutil.rmtree(home / "staging", ignore_errors=True)
        archive = HOMES / f"{name}.tar.xz"
        with tarfile.open(archive, "w:xz", preset=9) as packed:
            packed.add(home, "home")
        (HOMES / f"{name}.json").write_text(json.dumps(known, indent=1, default=str) + "\n")
        sys.stdout.write(f"{archive}: {archive.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
