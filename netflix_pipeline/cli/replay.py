"""Recorded files sent to a running API as if they happened now."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import (
    Json,
    counted,
    named_path,
    note,
    print_json,
    print_table,
    progress,
    reading_files,
    settings,
)
from netflix_pipeline.cli.ingest import DateOrderTold, note_left_out, order_of

if TYPE_CHECKING:
    from netflix_pipeline.replaying import Recording, Replayed

TOO_OLD = "; send the files with --shift-to-now, or take them in by netflix-pipeline ingest"
COLUMNS = ("sent", "stored", "duplicate", "quarantined", "rejected")


def replay(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders.", metavar="PATH", parser=named_path)
    ],
    speed: Annotated[
        str, typer.Option(help="Times real time; 0 or max: as fast as it goes.")
    ] = "1",
    url: Annotated[
        str | None, typer.Option(help="The API; the one of this machine by default.")
    ] = None,
    shift_to_now: Annotated[
        bool, typer.Option("--shift-to-now", help="The first event happens now.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Send only so many events.")] = None,
    date_order: DateOrderTold = None,
    patience: Annotated[
        float,
        typer.Option(min=0, help="Seconds for which a request that is not accepted is retried."),
    ] = 30,
    as_json: Json = False,
) -> None:
    """Send recorded events to a running API, at any speed.

    With --shift-to-now they are new events each time, with ids of their own, and the times between
    them are divided by the speed. Without it an event that was sent before is a duplicate.

    The API takes no events of more than NETFLIX_EVENT_DAYS_BACK days ago (400): older ones wait in
    quarantine, which is told. Send them with --shift-to-now, or take the files in by `ingest`.

    Where the API asks for a key, NETFLIX_KEY is presented (its scope: events:write).

    Reads: the files at PATH that hold events, of any known source; others are named and skipped.

    Writes: nothing itself; the API stores what it takes. Ends with 1 when not all could be sent.

    Example: netflix-pipeline replay recorded --speed 60 --shift-to-now
    """
    from netflix_pipeline.replaying import record
    from netflix_pipeline.replaying import replay as send
    from netflix_pipeline.sources import Options

    times = _speed(speed)
    home = settings()
    with reading_files() as on_bytes:
        options = Options(date_order=order_of(date_order))
        recording = record(paths, options, limit=limit, on_bytes=on_bytes)
    for file in recording.skipped:
        note(f"skipped {file.path}: {file.reason}")
    if recording.unreadable:
        note(f"left out {counted(recording.unreadable, 'row')} that cannot be read as events")
    note_left_out(recording.left_out, "events")
    done = 0
    with progress("sending", len(recording)) as update:

        def on_sent(events: int) -> None:
            nonlocal done
            done += events
            update(completed=done, told=f"{done:,} of {counted(len(recording), 'event')}")

        replayed = send(
            recording,
            url or home.url(home.api_port),
            speed=times,
            shift_to_now=shift_to_now,
            patience=patience,
            key=home.key,
            on_sent=on_sent,
        )
    _print(recording, replayed, as_json=as_json)
    if replayed.failure is not None:
        raise replayed.failure
    if replayed.interrupted:
        left = len(recording) - replayed.sent
        note(f"interrupted: {counted(left, 'event')} {'was' if left == 1 else 'were'} not sent")
        raise typer.Exit(130)


def _speed(text: str) -> float:
    try:
        speed = float(text) if text != "max" else math.inf
    except ValueError:
        speed = math.nan
    if not speed >= 0:
        raise typer.BadParameter(f"{text!r} is no speed such as 1, 60 or max")
    return speed or math.inf


def _print(recording: Recording, replayed: Replayed, *, as_json: bool) -> None:
    counts = {name: getattr(replayed, name) for name in COLUMNS}
    summary = counts | {
        "seconds": round(replayed.seconds, 3),
        "events_per_second": round(replayed.events_per_second, 1),
        "p50_ms": _rounded(replayed.p50_ms),
        "p99_ms": _rounded(replayed.p99_ms),
    }
    for reason, events in replayed.reasons.items():
        way = TOO_OLD if reason == "event_time_too_old" else ""
        note(f"{counted(events, 'event')} not stored: {reason}{way}")
    if as_json:
        print_json(
            summary
            | {
                "requests": replayed.requests,
                "retries": replayed.retries,
                "reasons": replayed.reasons,
                "late_seconds": round(replayed.late, 3),
                "interrupted": replayed.interrupted,
                "unreadable": recording.unreadable,
                "left_out": dict(recording.left_out),
                "skipped": list(map(dataclasses.asdict, recording.skipped)),
            }
        )
        return
    names = ("seconds", "events/s", "p50 ms", "p99 ms")
    print_table("Replayed", (*COLUMNS, *names), [summary.values()])
    if replayed.retries:
        note(f"{counted(replayed.retries, 'request')} had to be sent again")
    if replayed.late >= 1:
        note(f"the API was slower than asked: events went up to {replayed.late:.0f} seconds late")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
