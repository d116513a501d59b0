"""Mends what can be computed again, or needs nobody's judgement: nothing that people put in."""

import stat
from collections.abc import Callable, Iterable

from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.doctor.finding import Finding
from netflix_pipeline.doctor.machine import readable_by_others
from netflix_pipeline.doctor.orphans import orphans
from netflix_pipeline.doctor.stored import drafts
from netflix_pipeline.errors import PipelineError
from netflix_pipeline.lake import Lake, at_once
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings

COMMAND = "doctor --repair"


Tell = Callable[[str], None]


def repair(settings: Settings, findings: Iterable[Finding], tell: Tell) -> list[str]:
    """Mend what was found: rights, files left behind, a snapshot, tables from bronze.

    Each step is told before it begins; what could not be mended is given back, in sentences, and
    keeps no other step from being tried. Tables that are built are those that wait for it, as
    `materialize` does.
    """
    found = list(findings)
    failed: list[str] = []
    for step in (_rights, _left_behind, _uncommitted, _store, _snapshot, _tables):
        try:
            failed += step(settings, found, tell)
        except (PipelineError, OSError) as error:
            failed.append(str(error))
    return failed


def _ill(found: Iterable[Finding]) -> set[str]:
    return {finding.check for finding in found if finding.state != "well"}


def _rights(settings: Settings, found: list[Finding], tell: Tell) -> list[str]:
    if "home" in _ill(found) and settings.root.is_dir():
        tell(f"taking rights of others away from what lies in {settings.root}")
        settings.keep_private()
        for path in readable_by_others(settings):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~int(settings.umask, 8))
    return []


def _left_behind(settings: Settings, _found: list[Finding], tell: Tell) -> list[str]:
    tables = Lake.of(settings)
    left = drafts(tables)
    if not left:
        return []
    with tables.alone() as alone:
        if not alone:
            return ["the lake is being written: what was left behind stays until it ends"]
        tell(f"removing {len(left)} files that processes left behind that are gone")
        for draft in drafts(tables):
            draft.unlink(missing_ok=True)
    return []


def _uncommitted(settings: Settings, _found: list[Finding], tell: Tell) -> list[str]:
    if settings.lake_address or not (settings.lake / "bronze").exists():
        return []
    with at_once(settings.root / "ingest.lock") as alone:
        # Who takes something in just now does it, too.
        left = orphans(settings).left if alone else []
        if left:
            tell(f"removing {len(left)} files of bronze that no manifest names")
        for file in left:
            file.unlink(missing_ok=True)
    return []


def _store(settings: Settings, found: list[Finding], tell: Tell) -> list[str]:
    if not settings.lake_address or "store" not in _ill(found):
        return []
    tell("removing objects that nothing names, and looking for those that are gone")
    lake = Lake.of(settings)
    lake.purge_unnamed()
    mended = lake.mend_lost()
    if mended.sent:
        tell(f"put {len(mended.sent)} objects back that this machine keeps")
    return [
        f"{address} is gone, and this machine keeps no copy: run this on the others that worked "
        "with the lake, or restore it from the backup"
        for address in mended.lost
    ]


def _snapshot(settings: Settings, found: list[Finding], tell: Tell) -> list[str]:
    if any(each.check == "snapshot" and each.state == "bad" for each in found):
        tell("publishing all of the lake anew")
        publish_home(settings, full=True)
    return []


def _tables(settings: Settings, found: list[Finding], tell: Tell) -> list[str]:
    if not _ill(found) & {"lake", "snapshot", "store"} or not (
        settings.lake_address or settings.lake.exists()
    ):
        return []
    tell("building what waits or is torn of silver and gold from bronze, and publishing")
    outcome = materialize(settings, command=COMMAND)
    return [*outcome.violations, *outcome.failures]
