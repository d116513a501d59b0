"""From raw CSV to a published snapshot: throughput, memory, space, and one late event."""

import gzip
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measured import Measured, command, program, size
from benchmarks.tables import head, row

END = date(2026, 10, 31)
LATE = "event_id,user_id,title_id,event_time,action,watch_seconds\n"
SAMPLE = 64 * 2**20


def run(folder: Path, events: int, days: int, backfill_days: int) -> None:
    """Run all cases below `folder` and print their tables."""
    home = published(folder, events, days)
    _late(folder, home, days)
    shutil.rmtree(home)
    _backfill(folder, backfill_days)


def published(folder: Path, events: int, days: int) -> Path:
    """Measure the way from CSV to published, and the space; gives the home, published."""
    raw, home = folder / "raw", folder / "home"
    generated = _generate(raw, events, days)
    told = command(home, "ingest", str(raw), "--json")
    shutil.copytree(home, folder / "direct")
    built = command(home, "materialize", "--json")
    direct = program([sys.executable, "-m", "benchmarks.direct"], folder / "direct")
    shutil.rmtree(folder / "direct")
    _throughput(generated, told, built, direct)
    _space(raw, home)
    return home


def _generate(raw: Path, events: int, days: int) -> Measured:
    users, titles = max(events // 50, 10), max(events // 2000, 10)
    return command(
        raw.parent / "none",
        *("generate", str(raw), "--json", "--dirty", "--seed", "7", "--end", END.isoformat()),
        *("--events", str(events), "--days", str(days)),
        *("--users", str(users), "--titles", str(titles)),
    )


def _throughput(generated: Measured, told: Measured, built: Measured, direct: Measured) -> None:
    rows = told.told["total"]["received"]
    whole = told.seconds + built.seconds
    run_seconds = built.told["seconds"]
    within = sum(direct.told.values())
    head("step", "seconds", "CPU s", "raw rows/s", "peak MB")
    for name, seconds, cpu, peak in (
        ("generate", generated.seconds, generated.cpu_seconds, generated.peak_mb),
        ("ingest: CSV to bronze", told.seconds, told.cpu_seconds, told.peak_mb),
        ("materialize: bronze to published", built.seconds, built.cpu_seconds, built.peak_mb),
        ("CSV to published", whole, told.cpu_seconds + built.cpu_seconds, built.peak_mb),
    ):
        row(name, f"{seconds:.1f}", f"{cpu:.1f}", f"{rows / seconds:,.0f}", f"{peak:,.0f}")
    head("of materialize", "seconds", "raw rows/s", "% of it")
    for stage, seconds in direct.told.items():
        row(stage, f"{seconds:.1f}", f"{rows / seconds:,.0f}", "")
    row("the run in Dagster", f"{run_seconds:.1f}", f"{rows / run_seconds:,.0f}", "")
    added = (built.seconds - within) / built.seconds
    row("added by Dagster and start-up", f"{built.seconds - within:.1f}", "", f"{100 * added:.0f}")


def _space(raw: Path, home: Path) -> None:
    csv = (raw / "watch_events.csv").stat().st_size
    head("space", "MB", "of the CSV")
    row("watch_events.csv", f"{csv / 1e6:,.0f}", "100 %")
    packed = _packed(raw / "watch_events.csv")
    row("watch_events.csv in gzip", f"{packed * csv / 1e6:,.0f}", f"{packed:.1%}")
    for table in ("bronze/watch_events", "silver/plays"):
        used = size(home / "lake" / table)
        row(table, f"{used / 1e6:,.0f}", f"{used / csv:.1%}")
    snapshot = (home / "serving" / "current.duckdb").resolve().stat().st_size
    row("snapshot", f"{snapshot / 1e6:,.0f}", f"{snapshot / csv:.1%}")


def _packed(path: Path) -> float:
    """What part of its first 64 MiB a file is in gzip, at its usual level."""
    with path.open("rb") as file:
        begin = file.read(SAMPLE)
    return len(gzip.compress(begin, 6)) / len(begin)


def _late(folder: Path, home: Path, days: int) -> None:
    day = END - timedelta(days=days // 2)
    late = folder / "late.csv"
    head("one late event", "seconds of the run", "seconds of the command", "days built")
    for number in range(3):
        event = f"late-{number},u0000001,f00001,{day}T12:00:00Z,stopped,1800\n"
        late.write_text(LATE + event)
        command(home, "ingest", str(late), "--json")
        built = command(home, "materialize", "--json")
        run_seconds, changed = built.told["seconds"], len(built.told["days"])
        row(f"try {number + 1}", f"{run_seconds:.1f}", f"{built.seconds:.1f}", changed)


def _backfill(folder: Path, days: int) -> None:
    raw, home = folder / "long", folder / "long-home"
    _generate(raw, days * 3000, days)
    command(home, "ingest", str(raw), "--json")
    command(home, "materialize", "--json")
    again = command(home, "materialize", "--all", "--json")
    head("backfill", "days", "runs", "seconds", "peak MB")
    told = again.told
    numbers = (len(told["days"]), len(told["runs"]))
    row("everything again", *numbers, f"{again.seconds:.1f}", f"{again.peak_mb:,.0f}")
