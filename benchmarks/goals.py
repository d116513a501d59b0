"""What is wanted of figures whose tables do not say it, and why figures miss what is wanted."""

GOALS = {
    "step: CSV to published: raw rows/s": "≥ 200,000",
    "step: CSV to published: peak MB": "≤ 1,500",
    "of materialize: bronze to gold: raw rows/s": "≥ 300,000",
    "of materialize: added by Dagster and start-up: % of it": "≤ 15",
    "one late event: try 1: seconds of the run": "≤ 2.5",
    "one late event: try 2: seconds of the run": "≤ 2.5",
    "one late event: try 3: seconds of the run": "≤ 2.5",
    "backfill: everything again: runs": "≤ 1",
    "backfill: everything again: peak MB": "≤ 2,000",
    "space: bronze/watch_events: of the CSV": "≤ 28",
    "space: silver/plays: of the CSV": "≤ 15",
    "load: single events, 64 connections: events/s": "≥ 2,000",
    "load: batches of 500, 8 connections: events/s": "≥ 100,000",
    "load: single events, 1 000/s: p99 ms": "≤ 25",
    "visible in /live after: beside backfills of 30 days: max ms": "≤ 1,000",
}
"""By the figure's name; each in the figure's unit."""

CAUSES = {
    r"^load: batches of 500": "a worker is bound by one core, which the load beside it uses too",
    r"^load: single events": "the load shares the server's cores",
    r"raw rows/s$": "the machine: see its speed, which the goal supposes to be a good core's",
    r"^first view of the Overview: nothing kept, and another period": (
        "the server computes the view's answers before the first byte"
    ),
    r"^API processes": "the load and all processes share the machine's cores",
    r"^in use at .*cpu": "the load that asks is on the same cores",
    r"^space: bronze": "ids of events are UUIDs: 16 bytes of chance in a row of 134 stay 16 bytes",
    r"^space: silver": "times and lengths of plays are what is left, and they differ",
    r"^(reads|killed)": "one machine: a process that begins anew imports for seconds",
    r"viewers by day of another zone": "viewers are counted exactly, from every play of the days",
    r"^first view of the Overview": "half is the first paint; browser and server share the cores",
    r"^scrolling": "without a graphics card the cores draw each frame, beside the page's own work",
    r"GET /v1/analytics, not asked before": "a new query; what was asked before takes a part of it",
    r"^tables as CSV.* plays": "each is a new query of 500 rows: sending them takes less",
    r"^backfill: one process": (
        "a day costs 20 ms without Dagster; imports and a run's start cost 2 to 4 s, and each day "
        "has 21 events and 18 results of checks"
    ),
    r"^backfill: \d+ workers": (
        "six runs begin a process each, nobody shares the run behind all, "
        "and PostgreSQL and Dagster's daemon work on the same cores"
    ),
    r"^step: CSV to published: .* of the floor": (
        "every row is stored with where it came from before a table is made, and 18 tables are "
        "made, checked and published; the floor makes two"
    ),
    r"^of materialize: added by Dagster": "some 4 s whatever the size: imports, and a run's events",
    r"^one late event": "32 days depend on it and are built once more",
    r"^ours, times as fast: every gold table": (
        "ours stores every row with where it came from, checks each table day by day, records the "
        "run in Dagster and publishes a snapshot"
    ),
    r"^ours, times as fast: plays": (
        "half of our time goes into storing every row, and what was refused, before a table is made"
    ),
    r"a change every 1 to 2 s": "more views that nobody asked for before than two cores can draw",
}
"""By a pattern of the figures' names; the first that fits counts."""
