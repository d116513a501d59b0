"""`ingest --dry-run`: what would become of files, shown and not done. Imported where it runs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from netflix_pipeline.cli.common import (
    counted,
    end_with,
    note,
    print_json,
    print_table,
    reading_files,
    row_counts,
    say,
    tell_skipped,
)
from netflix_pipeline.ingest import Trial, try_paths
from netflix_pipeline.settings import Settings
from netflix_pipeline.sources import Options, Skipped


def try_out(home: Settings, paths: Sequence[Path], options: Options, *, as_json: bool) -> None:
    """Print of each file its first rows as they would be stored, and counts of all."""
    skipped: list[Skipped] = []
    with reading_files() as on_bytes:
        trials = try_paths(home, paths, options, progress=on_bytes, skipped=skipped.append)
    if as_json:
        left = [{"path": file.path, "reason": file.reason} for file in skipped]
        print_json({"dry_run": True, "files": [_told(trial) for trial in trials], "skipped": left})
    for trial in trials:
        if not as_json and (trial.received or not trial.note):
            _print(trial)
        if trial.dates:
            note(f"{trial.path}: {trial.dates}")
    tell_skipped(skipped)
    end_with(
        [trial.note for trial in trials if trial.note], failed=any(file.damaged for file in skipped)
    )


def _told(trial: Trial) -> dict[str, Any]:
    of_file = {"path": trial.path, "source": trial.source, "table": trial.table}
    more = {"dates": trial.dates, "note": trial.note}
    return (
        of_file
        | row_counts([trial])
        | {"reasons": trial.reasons, "left_out": trial.left_out, "rows": trial.first.to_dicts()}
        | {name: text for name, text in more.items() if text}
    )


def _print(trial: Trial) -> None:
    shown = trial.first
    if shown.height:
        filled = [column for column in shown.columns if shown[column].null_count() < shown.height]
        title = f"{trial.path} ({trial.source}): the first rows as {trial.table} would hold them"
        # As they would be stored: a year is no count.
        rows = (
            [str(value) if type(value) is int else value for value in row]
            for row in shown.select(filled).iter_rows()
        )
        print_table(title, filled, rows)
    else:
        say(f"{trial.path} ({trial.source}): no row of it would be stored.")
    print_table(f"Of {counted(trial.received, 'row')}", ("would be", "", "rows"), _counts(trial))


def _counts(trial: Trial) -> Iterable[tuple[str, str, int]]:
    yield "stored", "", trial.stored
    for column, fields in trial.left_out.most_common():
        yield "", f"without {column}, which cannot be understood", fields
    for name in ("duplicate", "erased"):
        if getattr(trial, name):
            yield name, "", getattr(trial, name)
    if trial.quarantined:
        yield "quarantined", "", trial.quarantined
    for reason, rows in trial.reasons.most_common():
        yield "", reason, rows
