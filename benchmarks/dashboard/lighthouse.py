"""Lighthouse's scores of the dashboard, beside those of a page that only has text."""

import json
import os
import statistics
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.dashboard.goals import at_least
from benchmarks.tables import head, row

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".tools" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
QUALITY = {"accessibility": "accessibility", "best-practices": "best practices"}
Report = dict[str, Any]
FASTEST = {"desktop": 90, "mobile": 65}
"""What the score of performance shall be at least."""
TRIES = 3
"""Its browser is not always there in time where the machine has much to do."""
TIMES = {
    "first-contentful-paint": "first paint ms",
    "largest-contentful-paint": "largest paint ms",
    "total-blocking-time": "blocked ms",
}


def scores(dashboard: str, floor: str, paths: Sequence[str], chromium: str, rounds: int) -> None:
    """Print the Overview's scores, medians of some rounds, and the quality of all other pages."""
    subprocess.run([ROOT / "scripts" / "npm-tools", "lighthouse"], check=True)
    head("Lighthouse", "score", *TIMES.values(), "of text alone", "goal", "")
    found: dict[str, list[Report]] = {}
    for form, goal in FASTEST.items():
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(audited(dashboard, form, ("performance", *QUALITY), chromium))
            theirs.append(audited(floor, form, ("performance",), chromium))
        found[form] = ours
        times = [f"{_median(ours, partial(_time, audit=at)):,.0f}" for at in TIMES]
        plain = _median(theirs, partial(_score, category="performance"))
        speed = _median(ours, partial(_score, category="performance"))
        at_least(f"performance, {form}", speed, goal, *times, f"{plain:.0f}")
    for name, label in QUALITY.items():
        for form, ours in found.items():
            worst = min(_score(one, name) for one in ours)
            at_least(f"{label}, {form}", worst, 100, *("" for _ in TIMES), "")
            _complaints(ours[0], name)
    for path in paths:
        one = audited(dashboard + path, "mobile", tuple(QUALITY), chromium)
        for name, label in QUALITY.items():
            at_least(f"{label}, `{path}`", _score(one, name), 100, *("" for _ in TIMES), "")
            _complaints(one, name)


def audited(url: str, form: str, about: Sequence[str], chromium: str) -> Report:
    """Lighthouse's report on an address."""
    words = ["node", str(PROGRAM), url, "--output=json", "--quiet", f"--chrome-flags={CHROMIUM}"]
    if form == "desktop":
        words.append("--preset=desktop")
    words.append(f"--only-categories={','.join(about)}")
    told = {**os.environ, "CHROME_PATH": chromium}
    for _ in range(TRIES):
        tried = subprocess.run(words, env=told, capture_output=True, check=False)
        if not tried.returncode:
            report: Report = json.loads(tried.stdout)
            return report
    raise RuntimeError(f"Lighthouse could not look at {url}: {tried.stderr.decode()[-500:]}")


def _score(report: Report, category: str) -> float:
    return 100 * float(report["categories"][category]["score"])


def _time(report: Report, audit: str) -> float:
    return float(report["audits"][audit]["numericValue"])


def _median(reports: Sequence[Report], value: Callable[[Report], float]) -> float:
    return statistics.median(value(report) for report in reports)


def _complaints(report: Report, category: str) -> None:
    """A row for each thing that costs points."""
    for told in report["categories"][category]["auditRefs"]:
        audit = report["audits"][told["id"]]
        if told["weight"] and audit["score"] is not None and audit["score"] < 1:
            row(f"… {audit['title']}", *("" for _ in range(len(TIMES) + 4)))
