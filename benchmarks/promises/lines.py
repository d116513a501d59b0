"""Each line of what the project promised when it began, and the figure that tells of it now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.calibration import FORCED_MS, ROUND_TRIP_MS
from benchmarks.record import NO_CAUSE, Run, cause
from benchmarks.tables import Figure, keeps

MONITORED = 'make test ARGS="netflix_pipeline_tests/monitoring"'
ALERTED = "fires and ends when its cause does: [alerts](alerts.md)"
COMMANDS = {
    "first view": "make bench-dashboard",
    "filter to": "make bench-dashboard",
    "an event on": "make bench-dashboard",
    "scrolling": "make bench-dashboard",
    "Lighthouse": "make bench-dashboard",
    "killed": "make bench-recovery",
    "reads": "make bench-recovery",
    "workers": "make bench-scaling",
}
"""What measures a figure, by the beginning of its name, where no run is recorded."""


@dataclass(frozen=True)
class Line:
    """A promise, its target, and the figure that is held against it.

    `target` is a bound in the figure's unit. `floor` names a figure of the same run, or a speed of
    its machine, that the figure is told as a share of; left out, what its unit is compared with.
    `told` stands where there is no figure: then `command` shows it.
    """

    section: str
    promise: str
    target: str
    figure: str = ""
    floor: str = ""
    told: str = ""
    command: str = ""


def _lines(section: str, *lines: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(section, *line) for line in lines)


def _told(section: str, *lines: tuple[str, str, str, str]) -> tuple[Line, ...]:
    """Lines without a figure: the promise, its target, what there is, the command."""
    return tuple(
        Line(section, promise, target, told=told, command=command)
        for promise, target, told, command in lines
    )


TOTAL = "step: CSV to published: raw rows/s"
BRONZE, PLAYS = "space: bronze/watch_events: of the CSV", "space: silver/plays: of the CSV"
ALONE = "requests, one after the other: "
UNCACHED = f"{ALONE}GET /v1/analytics, not asked before: mean ms"
TOGETHER = "500 requests/s offered, from when each was due: "
STREAM = "5,000 events/s offered in batches of 50: "
VIEW = "first view of the Overview: nothing kept by the browser: "
CHARTS = f"{VIEW}all charts painted: median"
CHANGE = "filter to repaint of the whole Overview: "
AB = "ab -n 1000 -c 10 …/health: "
AVAILABLE = "reads while all is killed in turn: asked once more within a second: answered %"
IN_USE = "in use at 500 requests/s and 1,000 events/s, the load on the same cores: "
SCALED = "API processes, single events, 64 connections: "
WORKERS = "workers, the same number of equal days each: "

LINES = (
    *_lines(
        "Summary",
        ("Processing speed", "≥ 1,000 rows/s", TOTAL),
        ("Processing speed, target", "≥ 10,000 rows/s", TOTAL),
        ("API response time, average", "< 100 ms", UNCACHED),
        ("API response time, target", "< 50 ms", UNCACHED),
        ("Dashboard load time", "< 2,000 ms", CHARTS),
        ("Dashboard load time, target", "< 1,000 ms", CHARTS),
        ("Parquet of the CSV (saves 80 %), raw rows", "≤ 20 %", BRONZE),
        ("Parquet of the CSV, plays", "≤ 20 %", PLAYS),
        ("Parquet of the CSV, target (saves 85 %)", "≤ 15 %", PLAYS),
        ("Uptime", "≥ 99.9 %", AVAILABLE),
        ("Uptime, target", "≥ 99.99 %", AVAILABLE),
    ),
    *_lines(
        "Batch processing",
        ("Extract", "≥ 2,000 rows/s", "step: ingest: CSV to bronze: raw rows/s"),
        ("Transform", "≥ 1,500 rows/s", "of materialize: bronze to gold: raw rows/s"),
        ("Load", "≥ 1,000 rows/s", "of materialize: publish: raw rows/s"),
        ("Total", "≥ 1,000 rows/s", TOTAL),
    ),
    *_lines(
        "Real-time processing",
        ("Latency", "< 100 ms", f"{STREAM}visible p50 ms"),
        ("Latency, 99 of 100", "< 100 ms", f"{STREAM}visible p99 ms"),
        ("Throughput", "≥ 5,000 events/s", f"{STREAM}events/s"),
        ("Availability", "≥ 99.9 %", AVAILABLE),
    ),
    *_lines(
        "API",
        ("GET /health", "≤ 5 ms", f"{ALONE}GET /health: mean ms"),
        ("GET /analytics, kept", "≤ 50 ms", f"{ALONE}GET /v1/analytics, kept: mean ms"),
        ("GET /analytics, not asked before", "≤ 50 ms", UNCACHED),
        ("POST /events", "≤ 25 ms", f"{ALONE}POST /v1/events: mean ms", FORCED_MS),
        ("GET /users/{id}", "≤ 75 ms", f"{ALONE}GET /v1/users/{{id}}: mean ms"),
        ("100 users at once", "≤ 100 ms", f"{TOGETHER}100 connections: mean ms"),
        ("Requests a second", "≥ 500 requests/s", f"{AB}requests/s"),
        ("Data transfer", "≥ 10 MB/s", "tables as CSV, 4 connections: 500 titles, kept: MB/s"),
        (
            "Data transfer, of what is computed",
            "≥ 10 MB/s",
            "tables as CSV, 4 connections: 500 plays of periods not asked before: MB/s",
        ),
        ("Error rate", "< 0.1 %", f"{TOGETHER}100 connections: failed %"),
    ),
    *_lines(
        "Dashboard",
        ("Initial load", "≤ 1,500 ms", CHARTS),
        ("Chart render", "≤ 500 ms", "first view of the Overview: charts, after the cards: median"),
        ("Data refresh", "≤ 200 ms", f"{CHANGE}answers that nobody had before: median"),
        ("Filter apply", "≤ 100 ms", f"{CHANGE}answers kept: median"),
        ("Time to interactive", "< 2,000 ms", f"{VIEW}filters answer in place: median"),
        ("Smooth scrolling", "≥ 60 frames/s", "scrolling the Overview: presented: frames/s"),
        (
            "Real-time updates",
            "< 1,000 ms",
            "an event on the page of what happens now: sent to seen: median",
        ),
        ("Mobile: Lighthouse's performance", "≥ 65", "Lighthouse: performance, mobile: score"),
        ("Mobile: accessibility", "≥ 100", "Lighthouse: accessibility, mobile: score"),
    ),
    *_lines(
        "Queries",
        ("Simple", "< 10 ms", "queries: simple: one person: p50 ms"),
        (
            "Complex analytics",
            "< 100 ms",
            "queries: complex: 30 days of a country, and those before: p50 ms",
        ),
        (
            "Full scan, hours",
            "< 500 ms",
            "queries: full scan: hours by day of another zone: p50 ms",
        ),
        (
            "Full scan, viewers",
            "< 500 ms",
            "queries: full scan: viewers by day of another zone: p50 ms",
        ),
        (
            "Aggregation, hours",
            "< 200 ms",
            "queries: aggregation: hours by day and country: p50 ms",
        ),
        (
            "Aggregation, viewers",
            "< 200 ms",
            "queries: aggregation: viewers by day and country: p50 ms",
        ),
    ),
    *_told(
        "Techniques",
        (
            "Parallel processing",
            "there",
            "Polars on all cores; files and days in parallel",
            "make bench",
        ),
        (
            "Memory optimization",
            "there",
            "day by day: memory follows the busiest day",
            "make bench",
        ),
        (
            "Caching, Redis",
            "there",
            "in each process, in Redis by `NETFLIX_CACHE`",
            "make bench-api",
        ),
        (
            "Indexing",
            "there",
            "plays sorted by person and by day, bitmaps of viewers",
            "make bench-api",
        ),
        ("Async processing", "there", "FastAPI on Granian", "make bench-api"),
        ("Connection pooling", "there", "one snapshot, open in each process", "make bench-api"),
        ("Response caching", "there", "by question and snapshot", "make bench-api"),
        ("Rate limiting", "there", "by key or address", 'make test ARGS="-k limits"'),
        ("Lazy loading", "there", "charts' script when a chart is opened", "make bench-dashboard"),
        ("Data pagination", "there", "cursors", 'make test ARGS="-k resources"'),
        ("Client-side caching", "there", "files by their hash, for a year", "make bench-dashboard"),
        (
            "CDN",
            "there",
            "files by their hash from any origin: `NETFLIX_ASSETS_URL`",
            'make test ARGS="-k asset"',
        ),
    ),
    *_lines(
        "Scaling on one machine, processes of the API",
        ("1 instance", "≥ 1,000 events/s", f"{SCALED}1: events/s"),
        ("2 instances", "≥ 1,900 events/s", f"{SCALED}2: events/s", f"{SCALED}1: events/s"),
        ("4 instances", "≥ 3,800 events/s", f"{SCALED}4: events/s", f"{SCALED}1: events/s"),
        ("8 instances", "≥ 7,500 events/s", f"{SCALED}8: events/s", f"{SCALED}1: events/s"),
    ),
    *_lines(
        "Scaling over workers, a tenth of a core each",
        ("1 worker", "≥ 1,000 rows/s", f"{WORKERS}1: rows/s"),
        ("2 workers", "≥ 1,900 rows/s", f"{WORKERS}2: rows/s", f"{WORKERS}1: rows/s"),
        ("4 workers", "≥ 3,800 rows/s", f"{WORKERS}4: rows/s", f"{WORKERS}1: rows/s"),
        ("8 workers", "≥ 7,500 rows/s", f"{WORKERS}8: rows/s", f"{WORKERS}1: rows/s"),
        ("8 workers, of eight times one", "≥ 94 %", f"{WORKERS}8: efficiency %"),
    ),
    *_lines(
        "In use at 500 requests/s and 1,000 events/s",
        ("CPU, average", "≤ 60 %", f"{IN_USE}cpu: average %"),
        ("CPU, peak", "≤ 90 %", f"{IN_USE}cpu: peak %"),
        ("Memory, average", "≤ 70 %", f"{IN_USE}memory: average %"),
        ("Memory, peak", "≤ 85 %", f"{IN_USE}memory: peak %"),
        ("Disk, average", "≤ 40 %", f"{IN_USE}disk: average %"),
        ("Disk, peak", "≤ 75 %", f"{IN_USE}disk: peak %"),
        ("Network, average", "≤ 30 %", f"{IN_USE}network: average %"),
        ("Network, peak", "≤ 60 %", f"{IN_USE}network: peak %"),
    ),
    *_lines(
        "Goals",
        ("Processing speed, 3 months", "≥ 5,000 rows/s", TOTAL),
        ("Processing speed, 6 months", "≥ 10,000 rows/s", TOTAL),
        ("Processing speed, 12 months", "≥ 50,000 rows/s", TOTAL),
        ("API response, 3 months", "< 50 ms", UNCACHED),
        ("API response, 6 months", "< 25 ms", UNCACHED),
        ("API response, 12 months", "< 10 ms", UNCACHED),
        ("Dashboard load, 3 months", "< 1,000 ms", CHARTS),
        ("Dashboard load, 6 months", "< 500 ms", CHARTS),
        ("Dashboard load, 12 months", "< 200 ms", CHARTS),
        ("Uptime, 3 months", "≥ 99.95 %", AVAILABLE),
        ("Uptime, 6 months", "≥ 99.99 %", AVAILABLE),
        ("Uptime, 12 months", "≥ 99.999 %", AVAILABLE),
    ),
    *_told(
        "Alerts",
        ("High latency", "> 100 ms", ALERTED, MONITORED),
        ("High error rate", "> 1 %", ALERTED, MONITORED),
        ("High resource usage", "> 80 % of CPU or memory", ALERTED, MONITORED),
        ("Low throughput", "< 500 rows/s", ALERTED, MONITORED),
        ("Data quality issues", "failed validations", ALERTED, MONITORED),
        ("Processing delays", "lag > 5 minutes", ALERTED, MONITORED),
        ("User experience", "dashboard load > 3 s", ALERTED, MONITORED),
        ("Data loss", "missing or corrupt data", ALERTED, MONITORED),
    ),
    *_lines(
        "Load and stress tests",
        ("ab -n 1000 -c 10 …/health: failed", "≤ 0", f"{AB}failed"),
        ("ab -n 1000 -c 10 …/health: mean", "≤ 100 ms", f"{AB}mean ms", ROUND_TRIP_MS),
        ("lighthouse, desktop", "≥ 90", "Lighthouse: performance, desktop: score"),
        ("Pipeline throughput", "≥ 1,000 rows/s", TOTAL),
        ("500 users at once: failed", "< 0.1 %", f"{TOGETHER}500 connections: failed %"),
        ("500 users at once: mean", "≤ 100 ms", f"{TOGETHER}500 connections: mean ms"),
        ("1 million rows, from CSV to published", "≤ 1,000 s", "step: CSV to published: seconds"),
        (
            "Recovery after failure (5 minutes)",
            "≤ 300 s",
            "killed, seconds until it answers again: API, all processes: longest s",
        ),
    ),
    *_told(
        "Load and stress tests",
        (
            "24 hours without a break",
            "24 h",
            "30 minutes were run: see [A soak](#a-soak); 24 hours by setting, not run",
            "make soak MINUTES=1440",
        ),
    ),
    *_told(
        "Roadmap",
        ("Database queries, response caching, data structures", "there", "see techniques", ""),
        ("Connection pooling", "there", "see techniques", ""),
        (
            "Horizontal scaling",
            "there",
            "replicas, workers, shared tables: [scaling](scaling.md)",
            "",
        ),
        ("CDN for static assets", "there", "see techniques", ""),
        (
            "Frontend rendering",
            "there",
            "the server draws the first charts",
            "make bench-dashboard",
        ),
        ("Data partitioning", "there", "by UTC day", "make bench"),
        ("Advanced caching", "there", "in Redis, or in each process", "make bench-api"),
        ("Machine learning, predictive scaling", "not there", "nothing of the kind is built", ""),
        ("Performance analytics", "there", "[trend](trend.md)", "python -m benchmarks.trend"),
    ),
    *_lines(
        "What it was compared with",
        ("Apache Spark's 10,000 rows/s", "≥ 10,000 rows/s", TOTAL),
        ("Apache Flink's 50,000 rows/s", "≥ 50,000 rows/s", TOTAL),
        ("Kafka Streams' 100,000 rows/s", "≥ 100,000 rows/s", TOTAL),
        ("Kafka Streams' compression (75 %)", "≤ 25 %", PLAYS),
        ("Apache Spark's compression (85 %)", "≤ 15 %", PLAYS),
        ("Apache Flink's compression (90 %)", "≤ 10 %", PLAYS),
    ),
)
HEAD = ("promise", "target", "ours", "", "of the floor", "command")


def newest(runs: Sequence[Run], name: str) -> tuple[Run, Figure] | None:
    """The figure of that name of the latest run that has it."""
    found = ((run, run.figure(name)) for run in reversed(runs))
    return next(((run, figure) for run, figure in found if figure is not None), None)


def table(runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    """Rows of `HEAD`, each section begun by its name in bold, from the latest runs that tell."""
    section = ""
    for line in LINES:
        if line.section != section:
            section = line.section
            yield (f"**{section}**", *("" for _ in HEAD[1:]))
        yield line.promise, line.target, *_answer(line, runs)


def _answer(line: Line, runs: Sequence[Run]) -> tuple[str, ...]:
    command = f"`{line.command}`" if line.command else ""
    if not line.figure:
        return line.told, "", "", command
    found = newest(runs, line.figure)
    if found is None:
        measures = (words for begin, words in COMMANDS.items() if line.figure.startswith(begin))
        return "not recorded yet", "", "", f"`{next(measures, 'make bench-promises')}`"
    run, figure = found
    kept = keeps(figure.value, line.target)
    why = "kept" if kept else f"**missed**: {_why(figure.name)}"
    return _shown(figure), why, _of_floor(line, run, figure), f"`{run.command}`"


def _why(name: str) -> str:
    found = cause(name)
    return "its cause is not known" if found == NO_CAUSE else found


def _shown(figure: Figure) -> str:
    digits = 0 if figure.value >= 100 or figure.value == int(figure.value) else 2
    return f"{figure.value:,.{digits}f} {figure.unit}".strip()


def _of_floor(line: Line, run: Run, figure: Figure) -> str:
    """How many times its floor a figure is, and what that is."""
    if line.floor:
        other = run.figure(line.floor)
        floor = other.value if other else run.calibration[line.floor].value
        return f"{_times(figure.value / floor)} × {line.floor.rpartition(': ')[0] or line.floor}"
    ratio = run.of_floor(figure)
    return "" if ratio is None else f"{_times(ratio)} × {run.floor(figure)}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
