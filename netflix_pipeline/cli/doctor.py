"""A home and its surroundings are looked at, and mended where that needs nobody's judgement."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from netflix_pipeline.cli.common import Json, end_with, note, print_json, say, settings

if TYPE_CHECKING:
    from netflix_pipeline.doctor import Finding


def doctor(
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Mend what can be computed again: tables from bronze, the snapshot from them; "
            "rights, and files left behind.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what is not well, and say what to do.

    Reads: $NETFLIX_HOME, disk, clock, installed packages, ports; the event log and the database of
    state where settings name some elsewhere.

    Writes: nothing, but for objects that prove the store of NETFLIX_LAKE; with --repair
    lake/silver, lake/gold and serving in $NETFLIX_HOME, never what people put in. Ends with 1 where
    something is bad.

    Example: netflix-pipeline doctor --repair
    """
    from netflix_pipeline import doctor as examining

    home = settings(look_only=True)
    findings = list(examining.examine(home))
    failed: list[str] = []
    if repair:
        failed = examining.repair(home, findings, note)
        findings = list(examining.examine(home))
    is_bad = any(finding.state == "bad" for finding in findings)
    if as_json:
        states = Counter(finding.state for finding in findings)
        print_json(
            {
                "findings": [asdict(finding) for finding in findings],
                **{state: states[state] for state in ("well", "warn", "bad")},
                "not_mended": failed,
            }
        )
    else:
        for finding in findings:
            _tell(finding)
    end_with(failed, failed=is_bad)


def _tell(finding: Finding) -> None:
    say(f"{finding.state:<4}  {finding.check:<9}  {finding.where}: {finding.what}")
    if finding.remedy:
        say(f"{'':<17}→ {finding.remedy}")
