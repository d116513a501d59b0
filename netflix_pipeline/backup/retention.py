"""Which backups are kept, and what goes with those that are not."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from netflix_pipeline.backup.target import Target
from netflix_pipeline.errors import BadInput
from netflix_pipeline.object_storage import StoreUnavailable
from netflix_pipeline.object_storage.lease import Lease
from netflix_pipeline.object_storage.store import PATIENCE

AT_ONCE = 1000
"""Files that are taken away at a time: as many as one request may name."""
PAUSE = 0.5
"""Seconds between two tries, where the store does not answer."""


@dataclass(frozen=True)
class Pruned:
    """The backups that went, or would go, those that stay, and the files that none names then."""

    gone: tuple[str, ...]
    kept: tuple[str, ...]
    files: int
    size: int
    versions_kept: bool
    """Whether the bucket keeps what was taken away as earlier versions."""


def prune(
    address: str,
    *,
    keep_days: int | None = None,
    keep: int | None = None,
    erased: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
) -> Pruned:
    """Take backups away, and the files that no other names; nothing in a `dry_run`.

    A backup stays while it is one of the newest `keep`, or begun within `keep_days` of `now`, which
    is the time that the store has; with neither all do. With `erased` those go in any case that
    were begun before the last erasure ended. The newest stays always. Raises BadInput where it may
    itself hold somebody who was erased, DamagedBackup, Busy, and what the store raises.
    """
    target = Target(address)
    with target.alone() as lease:
        names = target.names()
        gone = _gone(names, keep_days, keep, now or target.store.now())
        if erased:
            gone |= _before_erasures(target, names)
        kept = [name for name in names if name not in gone]
        named: set[str] = set()
        for name in kept:
            lease.check()
            named.update(file.digest for file in target.backup(name).files)
        there = target.objects()
        unnamed = sorted(there.keys() - named) if names else []
        if not dry_run:
            lease.check(anew=True)
            target.forget([name for name in names if name in gone])
            for first in range(0, len(unnamed), AT_ONCE):
                _remove(target, lease, unnamed[first : first + AT_ONCE])
    return Pruned(
        tuple(name for name in names if name in gone),
        tuple(kept),
        len(unnamed),
        sum(there[digest] for digest in unnamed),
        not dry_run and target.store.keeps_versions(),
    )


def _remove(target: Target, lease: Lease, digests: list[str]) -> None:
    """Take files away, under a lease that is ours right before each try.

    Whoever was held up, or whose store was away, may have lost it, and a new backup name them.
    """
    until = time.monotonic() + PATIENCE
    while True:
        lease.check(anew=True)
        try:
            target.remove(digests, patience=0)
        except StoreUnavailable:
            if time.monotonic() > until:
                raise
        else:
            return
        time.sleep(PAUSE)


def _gone(names: list[str], keep_days: int | None, keep: int | None, now: datetime) -> set[str]:
    if keep_days is None and keep is None:
        return set()
    stay = set(names[-1:])
    if keep is not None:
        stay.update(names[-keep:])
    if keep_days is not None:
        stay.update(name for name in names if Target.begun(name) >= now - timedelta(days=keep_days))
    return set(names) - stay


def _before_erasures(target: Target, names: list[str]) -> set[str]:
    """The backups that may hold somebody of whom nothing is to be left."""
    known, _ = target.erased()
    persons = known.persons if known else ()
    if any(each.done_at is None for each in persons):
        raise BadInput(
            f"{target.address}: somebody is still to be erased. Run netflix-pipeline materialize, "
            "then make a backup, then take the older ones away."
        )
    last = max((each.done_at for each in persons if each.done_at), default=None)
    before = {name for name in names if last is not None and Target.begun(name) <= last}
    if before and before == set(names):
        raise BadInput(
            f"{target.address}: no backup was made since {last:%Y-%m-%d %H:%M:%S} UTC, when "
            "somebody was erased. Make one first: netflix-pipeline backup."
        )
    return before
