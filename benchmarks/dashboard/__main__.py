"""`make bench-dashboard`: how long people wait for the dashboard, in a real browser."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.dashboard import lighthouse
from benchmarks.dashboard.changes import changes, chooser, overview_text
from benchmarks.dashboard.crowd import crowd
from benchmarks.dashboard.live import seen
from benchmarks.dashboard.scroll import scrolled
from benchmarks.dashboard.stack import api, borrowed, dashboard, floor
from benchmarks.dashboard.views import first_views, wire
from benchmarks.measured import build
from benchmarks.record import recorded
from dash_app.pages import PAGES
from netflix_pipeline_tests.support.browser import ARGUMENTS, NAMES

CASES = ("views", "changes", "scroll", "live", "crowd", "lighthouse")


def run(home: Path, asked: argparse.Namespace) -> None:
    """Run all cases and print their tables."""
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium on the PATH: scripts/test-tools installs it")
    with dashboard(home) as (address, process):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            choose = chooser(browser, address)
            text = overview_text(browser, address)
            print(f"data from {choose.first} to {choose.last}")
            if "views" in asked.cases:
                queries = iter(choose.query, "")
                with floor(text) as plain:
                    first_views(browser, address, plain, queries, asked.rounds)
                wire(browser, address)
            if "changes" in asked.cases:
                changes(browser, address, choose, asked.rounds)
            if "scroll" in asked.cases:
                scrolled(browser, address)
            if "live" in asked.cases:
                with api(home) as events:
                    seen(browser, address, events, asked.rounds)
            browser.close()
        if "crowd" in asked.cases:
            crowd(address, process, choose, asked.people, asked.seconds)
        if "lighthouse" in asked.cases:
            others = [page.path for page in PAGES if "{" not in page.path and page.path != "/"]
            with floor(text) as plain:
                lighthouse.scores(address, plain, others, chromium, asked.audits)


def main() -> None:
    """Run the benchmark over the snapshot of a home that is given, or of one made for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--home", type=Path, help="a home with published data; only read")
    parser.add_argument("--events", type=int, default=10_000_000, help="events of a home to make")
    parser.add_argument(
        "--rounds", type=int, default=15, help="first views, and a third of changes"
    )
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60, help="how long they stay")
    parser.add_argument("--audits", type=int, default=3, help="rounds of Lighthouse")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    with (
        recorded(parser) as asked,
        tempfile.TemporaryDirectory(prefix="netflix-bench-") as temporary,
    ):
        folder = Path(temporary)
        home = borrowed(asked.home, folder) if asked.home else build(folder, asked.events)
        run(home, asked)


if __name__ == "__main__":
    main()
