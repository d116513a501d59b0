"""What a home needs of the machine: a place, a disk, a clock, programs, ports."""

import os
import shutil
import stat
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

from netflix_pipeline.doctor.finding import Finding, bad, warn, well
from netflix_pipeline.permissions import OWN
from netflix_pipeline.services.catalogue import SERVICES
from netflix_pipeline.settings import Settings, unknown_variables

FULL, NEARLY_FULL = 0.05, 0.2
"""Shares of a disk that are free when it is told as bad, and as to be looked at."""
SKEW = 60.0
"""Seconds by which a time may lie ahead of the clock."""
OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 14)
LOCK = Path(__file__).parents[2] / "uv.lock"
"""What a checkout was made with; a wheel has none."""
OURS = "netflix_pipeline.services.web_server"
"""In the command of each process that listens for us, but for `serve` itself."""


def home(settings: Settings) -> Iterator[Finding]:
    """The folder: is it there, whose is it, who may read it."""
    root = settings.root
    if not root.exists():
        yield warn(
            root,
            "there is no home yet",
            "netflix-pipeline ingest PATH (or demo) makes it; is NETFLIX_HOME right?",
        )
        return
    if not root.is_dir():
        yield bad(root, "it is no folder", "move it away, or set NETFLIX_HOME to another place")
        return
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
        yield bad(
            root,
            "this user may not read and write it",
            f"run commands as its owner, or: chown -R {os.geteuid()} {root}",
        )
    told = root.stat()
    if os.geteuid() not in (0, told.st_uid):
        yield warn(
            root,
            f"it belongs to another user ({told.st_uid})",
            "run all commands as one user, that of the services",
        )
    opened = readable_by_others(settings)
    if opened:
        others = f" and {len(opened) - 1} more" if len(opened) > 1 else ""
        yield warn(
            opened[0],
            f"others may read or write it{others}, against NETFLIX_UMASK={settings.umask}",
            "netflix-pipeline doctor --repair takes these rights away",
        )
    else:
        yield well(root, "it is there, and for its owner alone as far as NETFLIX_UMASK says")


def variables(_: Settings) -> Iterator[Finding]:
    """The settings in the environment: is there a name that means nothing."""
    unknown = unknown_variables()
    for name, nearest in unknown.items():
        remedy = f"{nearest} is meant?" if nearest else "docs/operations.md has all names"
        yield warn(name, "there is no such setting: it changes nothing", remedy)
    if not unknown:
        yield well("the environment", "each NETFLIX_* variable is a setting")


def readable_by_others(settings: Settings) -> list[Path]:
    """Of the home, its folders and what lies in `state`: where others have rights too many."""
    umask = int(settings.umask, 8)
    inner = sorted(settings.state.iterdir()) if settings.state.is_dir() else []
    return [
        path
        for path in (settings.root, *(settings.root / name for name in sorted(OWN)), *inner)
        if path.exists() and not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & umask
    ]


def disk(settings: Settings) -> Iterator[Finding]:
    """How much space there is, and how many more files may be made."""
    place = next(each for each in (settings.root, *settings.root.parents) if each.exists())
    usage = shutil.disk_usage(place)
    free = usage.free / usage.total
    what = f"{usage.free / 1e9:,.1f} GB of {usage.total / 1e9:,.1f} GB are free ({free:.0%})"
    remedy = "make room: landed/ and sample/ can go, and snapshots beyond the newest"
    if free < FULL:
        yield bad(place, what, remedy)
    elif free < NEARLY_FULL:
        yield warn(place, what, remedy)
    else:
        yield well(place, what)
    told = os.statvfs(place)
    if told.f_files and told.f_favail < 1000:
        yield bad(
            place, f"only {told.f_favail} more files may be made", "remove files you need not"
        )


def clock(settings: Settings) -> Iterator[Finding]:
    """Whether times lie ahead of the clock, and whether it goes as fast as the machine's own."""
    now = time.time()
    watched = [
        settings.serving,
        settings.lake / "bronze" / "_batches",
        settings.events / "log.db",
        settings.events / "log.db-wal",
        settings.dagster,
    ]
    ahead = [
        (path.stat().st_mtime - now, path)
        for path in watched
        if path.exists() and path.stat().st_mtime > now + SKEW
    ]
    if ahead:
        seconds, path = max(ahead)
        yield bad(
            path,
            f"it was written {seconds:,.0f} s in the future: the clock was set back, or is wrong",
            "let the machine keep its time (timedatectl set-ntp true)",
        )
    began, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = abs((time.time() - began) - (time.monotonic() - steady))
    if drift > 0.02:
        yield warn(
            "the clock", f"it was set by {drift:.2f} s just now", "look at what keeps the time"
        )
    elif not ahead:
        told = datetime.fromtimestamp(now, UTC)
        yield well("the clock", f"{told:%Y-%m-%d %H:%M:%S} UTC, and nothing lies ahead of it")


def versions(_: Settings) -> Iterator[Finding]:
    """Python and packages, against what was tested together."""
    running = ".".join(map(str, sys.version_info[:3]))
    if not OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        yield bad(sys.executable, f"this is Python {running}", "install Python 3.11, 3.12 or 3.13")
    ours = metadata.version("netflix-pipeline")
    if not LOCK.exists():
        yield well(sys.executable, f"netflix-pipeline {ours} on Python {running}, without a lock")
        return
    locked: dict[str, set[str]] = defaultdict(set)
    for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]:
        locked[package["name"]].add(package.get("version", ""))
    others = []
    for name, known in sorted(locked.items()):
        with suppress(metadata.PackageNotFoundError):
            installed = metadata.version(name)
            if name != "netflix-pipeline" and installed not in known:
                others.append(f"{name} {installed} ({' or '.join(sorted(known))} is locked)")
    if others:
        yield warn(LOCK, f"other versions are installed: {', '.join(others)}", "make setup")
    else:
        yield well(LOCK, f"netflix-pipeline {ours} on Python {running}, packages as locked")


def ports(settings: Settings) -> Iterator[Finding]:
    """Each port: free, ours, or somebody else's."""
    holders: dict[int, psutil.Process | None] = {}
    with suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr:
                holder = psutil.Process(connection.pid) if connection.pid else None
                holders.setdefault(connection.laddr.port, holder)
    for name, service in SERVICES.items():
        port = getattr(settings, service.setting)
        where = f"port {port} ({name})"
        if port not in holders:
            yield well(where, "it is free")
        elif (told := _ours(holders[port], settings)) is not None:
            yield well(where, told)
        else:
            holder = holders[port]
            whose = (
                f"process {holder.pid} ({_name(holder)})" if holder else "another user's process"
            )
            yield warn(
                where,
                f"{whose} listens there, which serves another home or is none of the platform's",
                f"stop it, or choose another port: NETFLIX_{name.upper()}_PORT",
            )


def _ours(holder: psutil.Process | None, settings: Settings) -> str | None:
    """What is said of a process that listens for this home; None of another."""
    if holder is None:
        return None
    with suppress(psutil.Error):
        told = holder.as_dict(["cmdline", "environ", "cwd"])
        words = " ".join(told["cmdline"] or ())
        named = Path((told["environ"] or {}).get("NETFLIX_HOME") or ".netflix")
        its_home = named if named.is_absolute() else Path(told["cwd"] or "/") / named
        if (OURS in words or "netflix-pipeline" in words) and its_home == settings.root:
            return f"process {holder.pid} of this home listens there"
    return None


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return process.name()
    return "?"
