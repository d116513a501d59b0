"""How plays are counted: each additive measure as an SQL aggregate over rows of plays."""

OF_PLAYS = {
    "plays": "count(*)",
    "starters": "count(*) FILTER (WHERE starter)",
    "watchers": "count(*) FILTER (WHERE watcher)",
    "completers": "count(*) FILTER (WHERE completer)",
    "watch_seconds": "coalesce(sum(watch_seconds), 0)",
    "plays_without_duration": "count(*) FILTER (WHERE watch_seconds IS NULL)",
    "starters_without_reach": "count(*) FILTER (WHERE starter AND reached IS NULL)",
}
"""The columns of that name in gold tables, for rows that only plays can be grouped by."""
