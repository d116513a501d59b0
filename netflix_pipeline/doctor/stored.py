"""What a home holds: the event log, the lake, snapshots, what people put in, Dagster's records."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from sqlalchemy import Engine, inspect, select

from netflix_pipeline.contracts import contracts
from netflix_pipeline.defs.instance import is_ours, look_for_broker, look_for_server
from netflix_pipeline.doctor.finding import Finding, bad, warn, well
from netflix_pipeline.doctor.orphans import told_orphans
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.eventlog import open_log
from netflix_pipeline.ingest import differences
from netflix_pipeline.lake import Lake, holders, holding
from netflix_pipeline.materialize import Versions
from netflix_pipeline.monitoring import alert_texts, last_looked
from netflix_pipeline.monitoring.run_alerts import STALLED
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.serving import newest_shared, snapshot_info, snapshot_problem, unpublished
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import erasure_keys, looked_up, state_file
from netflix_pipeline.state.database import rows_of
from netflix_pipeline.state.keys import KEYS
from netflix_pipeline.status import lake_status, readable_ledger

LOOKED_AT_FOR = 10.0
"""Seconds for which one SQLite file is looked through at most."""
OLD = timedelta(hours=26)
"""Of a snapshot: one is published each night."""
SOON = timedelta(days=14)
"""Before a key expires."""
FEW = 5
"""Findings of one kind that are told one by one."""
MATERIALIZE = "netflix-pipeline materialize"


def event_log(settings: Settings) -> Iterator[Finding]:
    """Whether it can be read, is whole, and forces to disk what it accepts."""
    if settings.event_log:
        # Opening it looks whether that Redis keeps what it accepts, as at the start of the API.
        with closing(open_log(settings)) as log:
            yield well("NETFLIX_EVENT_LOG", f"it answers, and is {log.durability}")
        return
    path = settings.events / "log.db"
    for aside in sorted(settings.events.glob("log.db.damaged-*")):
        yield warn(
            aside,
            "a log that was damaged was set aside; what could be read of it goes on in the new one",
            "check the disk; remove the file once nobody needs it",
        )
    if not path.exists():
        yield well(path, "nobody sent events over HTTP yet")
    elif (problem := sqlite_problem(path)) is not None:
        yield bad(
            path,
            f"it cannot be read: {problem}",
            "check the disk. netflix-pipeline drain (or the API, when it starts) sets it aside and "
            "goes on with what can be read of it",
        )
    else:
        yield well(path, f"it is whole ({path.stat().st_size / 1e6:,.1f} MB)")


def lake(settings: Settings) -> Iterator[Finding]:
    """Files that are torn, missing or left behind; locks; what waits to be built."""
    tables, place = Lake.of(settings), settings.lake_address or settings.lake
    yield from _locks(settings)
    left = drafts(tables)
    if left:
        yield warn(
            left[0].parent,
            f"{len(left)} half-written files of processes that are gone",
            "netflix-pipeline doctor --repair; publishing removes them too",
        )
    yield from told_orphans(settings)
    told = lake_status(Versions(tables))
    problems = list(dict.fromkeys(told["problems"]))
    for problem in problems[:FEW]:
        built_anew = "/lake/silver/" in problem or "/lake/gold/" in problem
        yield bad(
            place,
            problem,
            "netflix-pipeline doctor --repair builds it anew" if built_anew else "do what it says",
        )
    if (more := len(problems) - FEW) > 0:
        yield bad(place, f"{more} more problems", "netflix-pipeline status tells all")
    counted, _ = readable_ledger(tables)
    for row in differences(counted).head(FEW).iter_rows(named=True):
        yield bad(
            f"{place}/bronze",
            f"batch {row['batch']} of {row['source']}: {row['missing']} rows are missing or twice",
            "restore the lake/bronze of the backup, or ingest its file again",
        )
    waiting = len(told["pending_days"]) + len(told["pending_tables"])
    if waiting:
        yield warn(
            place,
            f"{len(told['pending_days'])} days and {len(told['pending_tables'])} other tables wait "
            "to be built",
            MATERIALIZE,
        )
    elif not problems:
        rows = sum(table["rows"] for table in told["tables"].values())
        yield well(place, f"{len(told['tables'])} tables with {rows:,} rows, all built")


def _locks(settings: Settings) -> Iterator[Finding]:
    """Locks that processes hold; one that is stopped keeps everybody waiting."""
    for path in (settings.lake / ".lock", *sorted(settings.root.glob("*.lock"))):
        for pid in holding(path):
            if psutil.pid_exists(pid) and psutil.Process(pid).status() == psutil.STATUS_STOPPED:
                yield bad(path, holders(path), f"kill -CONT {pid} lets it go on")
                break


def drafts(tables: Lake) -> list[Path]:
    """Half-written files of the lake whose writers are gone: their names tell the process."""
    folders = {tables.drafts(table) for table in contracts()}
    return sorted(
        draft
        for folder in folders
        for draft in folder.glob("*-*.tmp")
        if (pid := draft.name.partition("-")[0]).isdigit() and not psutil.pid_exists(int(pid))
    )


def snapshot(settings: Settings) -> Iterator[Finding]:
    """Whether it opens, how old it is, and whether the lake holds newer tables."""
    problem = snapshot_problem(settings)
    if problem is not None:
        yield bad(settings.serving, problem, "netflix-pipeline doctor --repair makes another")
        return
    info = snapshot_info(settings)
    if info is None:
        yield warn(settings.serving, "nothing is published yet", f"ingest PATH, then {MATERIALIZE}")
        return
    age = datetime.now(UTC) - info["built_at"]
    told = f"version {info['version']} of {info['built_at']:%Y-%m-%d %H:%M:%S} UTC opens"
    allowed = timedelta(hours=settings.ready_snapshot_hours)
    if allowed and age > allowed:
        yield bad(
            settings.serving,
            f"{told}, and is older than NETFLIX_READY_SNAPSHOT_HOURS allows: the API is not ready",
            MATERIALIZE,
        )
    elif newer := unpublished(settings):
        table, day = newer[0]
        yield warn(
            settings.serving,
            f"{told}, and holds another state than the lake of {len(newer)} partitions, such as "
            f"{table} {day or ''}".rstrip(),
            "netflix-pipeline publish",
        )
    elif age > OLD:
        yield warn(
            settings.serving,
            f"{told}, {age / timedelta(hours=1):,.0f} hours ago",
            "one is published each night while netflix-pipeline serve dagster runs",
        )
    else:
        yield well(settings.serving, told)


def snapshot_store(settings: Settings) -> Iterator[Finding]:
    """Whether the store of replicas answers, and names the snapshot that is here."""
    where = f"NETFLIX_SNAPSHOTS {settings.snapshots}".rstrip()
    if not settings.snapshots:
        yield well(where, "no store is named: snapshots are served where they are made")
        return
    newest = newest_shared(settings)
    info = snapshot_info(settings)
    here = info["version"] if info else None
    if newest is None:
        yield warn(where, "it answers, and names no snapshot yet", "netflix-pipeline publish")
    elif here == newest:
        yield well(where, f"it names version {newest}, which is here")
    else:
        yield warn(
            where,
            f"it names version {newest}, and here is {f'version {here}' if here else 'none'}",
            "netflix-pipeline publish puts one there that was made here; API and dashboard fetch a "
            "newer one by themselves while they run: their /ready tells more",
        )


def state(settings: Settings) -> Iterator[Finding]:
    """The database of what people put in, and the files beside it."""
    if settings.state_database:
        looked_up(settings, lambda engine: len(inspect(engine).get_table_names()), 0)
        yield well("NETFLIX_STATE_DATABASE", "it answers")
        yield from _left_behind(settings)
        yield from _erasure_key(settings)
    else:
        yield from _of_file(settings)


def _left_behind(settings: Settings) -> Iterator[Finding]:
    """The file in which people put something before there was a database."""
    path = state_file(settings)
    if path.exists():
        yield warn(
            path,
            "it lies there since NETFLIX_STATE_DATABASE is set, and nobody is erased from it",
            "netflix-pipeline state copy database, where what it holds is to go on; then remove it",
        )


def _of_file(settings: Settings) -> Iterator[Finding]:
    path = state_file(settings)
    if not path.exists():
        if (settings.state / "erasures.key").exists():
            yield bad(
                path,
                "it is gone, and persons were erased: their marks are lost, nothing is taken in",
                "restore state/ from the backup",
            )
        else:
            yield well(path, "nobody put anything in yet")
    elif (problem := sqlite_problem(path)) is not None:
        yield bad(path, f"it cannot be read: {problem}", "restore state/ from the backup")
    else:
        yield well(path, "it is whole")
        yield from _erasure_key(settings)


def _erasure_key(settings: Settings) -> Iterator[Finding]:
    """By which key persons are known who were erased, where there could be more than one."""
    keys, path = erasure_keys(settings), settings.state / "erasures.key"
    if keys.marked and keys.marked != {keys.used}:
        yield bad(
            path,
            "persons were marked as erased with another key than this home uses: who they are is "
            "not known here, and nothing is taken in",
            "move it away, for they were marked with that which follows from NETFLIX_STATE_SECRET"
            if keys.marked == {keys.shared}
            else "copy it from the home where they were marked, or from its backup",
        )
    elif keys.own and keys.shared not in (None, keys.own):
        if keys.marked:
            yield well(
                path,
                "persons were marked as erased with it, so it counts, and not the key that follows "
                "from NETFLIX_STATE_SECRET: every other machine needs a copy of it in its state/",
            )
        elif keys.made:
            yield warn(
                path,
                "whoever is erased here is marked with it, and on machines without it with the key "
                "that follows from NETFLIX_STATE_SECRET, which then know nobody of each other",
                "move it away, while nobody is marked: then that key counts here, too",
            )
    if settings.state_database and keys.own and not (keys.marked or keys.made):
        yield bad(
            path,
            "persons were erased, and the database of state knows nothing of it: their marks are "
            "lost, nothing is taken in",
            "netflix-pipeline state copy database, if they are in the file of before; else restore "
            "that database from a backup of its own; if nobody was ever erased, remove this key",
        )


def keys(settings: Settings) -> Iterator[Finding]:
    """Whether somebody could be let in where others reach us, and which keys end soon."""
    if settings.keys_required:
        for name, service in SERVICES.items():
            try:
                service.could_know(settings)
            except PipelineError as error:
                yield bad(f"NETFLIX_HOST {settings.host} ({name})", str(error), "do what it says")
    now = datetime.now(UTC)
    none: Sequence[Any] = ()
    rows = looked_up(settings, _keys, none)
    good = [
        row for row in rows if row.revoked is None and (row.expires is None or row.expires > now)
    ]
    soon = [row for row in good if row.expires is not None and row.expires < now + SOON]
    for row in soon[:FEW]:
        yield warn(
            f"key {row.id}",
            f"it expires at {row.expires:%Y-%m-%d %H:%M} UTC",
            "netflix-pipeline keys create another, and give it to who uses this one",
        )
    if not soon:
        asked = "are asked for" if settings.keys_required else "nobody needs one on this machine"
        yield well("keys", f"{len(good)} that are good, {len(rows) - len(good)} ended: {asked}")


def _keys(engine: Engine) -> Sequence[Any]:
    """The keys of people; the store itself would make the table where there is none."""
    if not inspect(engine).has_table(KEYS.name):
        return []
    return rows_of(engine, select(KEYS).where(~KEYS.c.own))


def dagster(settings: Settings) -> Iterator[Finding]:
    """Its configuration and the records of runs."""
    config = settings.dagster / "dagster.yaml"
    if not config.exists():
        yield well(settings.dagster, "it is made when something is first built")
        return
    remedy = "stop serve, move dagster/ away and run a command: it is made anew"
    try:
        ours = is_ours(config)
    except PipelineError as error:
        yield bad(config, str(error), "remove it: it is made anew")
        return
    if settings.broker:
        look_for_broker(settings.broker)
        yield well("NETFLIX_BROKER", "it answers")
    if settings.dagster_database:
        look_for_server(settings.dagster_database)
        yield _at_work(settings, "NETFLIX_DAGSTER_DATABASE answers")
        return
    files = sorted(
        path
        for pattern in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
        for path in settings.dagster.glob(pattern)
    )
    torn = [(path, problem) for path in files if (problem := sqlite_problem(path)) is not None]
    for path, problem in torn:
        yield bad(path, f"it cannot be read: {problem}", remedy)
    if not torn:
        whose = "the platform's configuration" if ours else "a configuration of your own"
        yield _at_work(settings, f"{whose}, records of runs are whole")


def _at_work(settings: Settings, what: str) -> Finding:
    """Whether Dagster's daemon does its work, where it ever did, and `what` is well besides."""
    looked = last_looked(settings)
    if looked is None or (idle := time.time() - looked) <= STALLED:
        return well(settings.dagster, what)
    return warn(
        settings.dagster,
        f"{what}, but no sensor has looked for work for {alert_texts.time(idle)}: nothing is taken "
        "in or built by itself",
        "netflix-pipeline serve dagster; where it is not to run here any more, do what "
        "docs/alerts.md says of SchedulerStalled",
    )


def sqlite_problem(path: Path) -> str | None:
    """What is wrong with a SQLite file, as far as it was looked through in time; None: nothing.

    A file that nobody has open is read as it lies there, so that looking leaves no file behind.
    """
    used = path.with_name(f"{path.name}-wal").exists()
    uri = f"file:{quote(str(path))}?mode=ro{'' if used else '&immutable=1'}"
    end = time.monotonic() + LOOKED_AT_FOR
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
            (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return None if str(error) == "interrupted" else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if told == "ok" else " ".join(str(told).split())
