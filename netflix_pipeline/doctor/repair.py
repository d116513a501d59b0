"""Mends what can be computed again, or needs nobody's judgement: nothing that people put in."""

import stat
from collections.abc import Callable, Iterable

from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.doctor.finding import Finding
from netflix_pipeline.doctor.machine import readable_by_others
from netflix_pipeline.doctor.stored import drafts
from netflix_pipeline.lake import Lake
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings

COMMAND = "doctor --repair"


def repair(
    settings: Settings, findings: Iterable[Finding], tell: Callable[[str], None]
) -> list[str]:
    """Mend what was found: rights, files left behind, tables from bronze, a snapshot from them.

    Each step is told before it begins; what could not be mended is given back, in sentences.
    Tables that are built are those that wait for it, as `materialize` does.
    """
    found = list(findings)
    ill = {finding.check for finding in found if finding.state != "well"}
    failed: list[str] = []
    if "home" in ill and settings.root.is_dir():
        tell(f"taking rights of others away from what lies in {settings.root}")
        settings.keep_private()
        for path in readable_by_others(settings):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~int(settings.umask, 8))
    tables = Lake(settings.lake)
    if left := drafts(tables):
        with tables.alone() as alone:
            if alone:
                tell(f"removing {len(left)} files that processes left behind that are gone")
                for draft in drafts(tables):
                    draft.unlink(missing_ok=True)
            else:
                failed.append("the lake is being written: what was left behind stays until it ends")
    if any(each.check == "snapshot" and each.state == "bad" for each in found):
        tell("publishing all of the lake anew")
        publish_home(settings, full=True)
    if ill & {"lake", "snapshot"} and settings.lake.exists():
        tell("building what waits or is torn of silver and gold from bronze, and publishing")
        outcome = materialize(settings, command=COMMAND)
        failed += [*outcome.violations, *outcome.failures]
    return failed
