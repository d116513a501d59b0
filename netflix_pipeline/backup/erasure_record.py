"""The record of who was erased, at each target of a home: what is restored brings nobody back."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from netflix_pipeline.backup.contents import COPIES
from netflix_pipeline.backup.listing import FORMAT, ErasedPerson, ErasedPersons
from netflix_pipeline.backup.target import Target
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.lake import at_once
from netflix_pipeline.monitoring.backup_report import changing_backups, told_backups
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import NO_MARKS, Erasures, looked_up

PATIENCE = 10.0
"""Seconds that a target may not answer when it is told of an erasure."""


@dataclass(frozen=True)
class Holding:
    """Backups at a target that were made before persons were erased, and may hold them.

    `until` is when the last of them goes, as it was last said how long they are kept; None where
    nobody did.
    """

    address: str
    backups: int
    until: datetime | None


def write_erasures(settings: Settings, target: Target) -> None:
    """Write down at a target who is marked as erased; whoever else does so meanwhile."""
    while True:
        known, etag = target.erased()
        # Read after what is there: so whoever writes last knows all.
        marks = looked_up(settings, lambda engine: Erasures(engine, settings).marks(), NO_MARKS)
        persons = tuple(
            ErasedPerson(person, mark.marked_at, mark.done_at)
            for person, mark in sorted(marks.persons.items())
        )
        if known is not None and (known.key, known.persons) == (marks.key, persons):
            return
        number = known.number + 1 if known else 1
        if target.write_erased(ErasedPersons(FORMAT, number, marks.key, persons), etag):
            return


def tell_erasures(settings: Settings) -> tuple[list[Holding], list[str]]:
    """Tell all targets of a home who was erased.

    Returns which backups may still hold them, and what went wrong, in sentences. What a backup that
    was killed left of its copies is removed.
    """
    report = told_backups(settings)
    claimed = {address: of for address, of in report.targets.items() if of.claimed}
    holding: list[Holding] = []
    problems: list[str] = []
    untold: list[str] = []
    if not claimed:
        return holding, problems
    with at_once(settings.root / "backup.lock") as alone:
        if alone:
            shutil.rmtree(settings.root / COPIES, ignore_errors=True)
    for address, of in claimed.items():
        try:
            target = Target(address, PATIENCE)
            target.claim(report.home)
            write_erasures(settings, target)
            if names := target.names():
                kept = None if of.keep_days is None else timedelta(days=of.keep_days)
                until = None if kept is None else datetime.now(UTC) + kept
                holding.append(Holding(address, len(names), until))
        except (PipelineError, OSError) as error:
            untold.append(address)
            problems.append(
                f"the backups at {address} do not know who was erased, and bring these persons "
                f"back where they are restored ({error}). netflix-pipeline backup {address} tells "
                "them."
            )
    with changing_backups(settings) as report:
        for address, of in report.targets.items():
            of.untold = address in untold
    return holding, problems
