"""What stages of runs stored, checked and took is counted, by all runs of a home together."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.intake import drain
from netflix_pipeline.lake import Lake
from netflix_pipeline.monitoring import Numbers, count_taken_in, tell_what_was_told
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, Watch, damage, from_day
from netflix_pipeline_tests.support.events import opened, watch

CHECKS = "netflix_check_results_total"


def counted(home: Settings) -> dict[tuple[str, ...], float]:
    """Counts by metric and the values of its labels, in their order."""
    numbers = Numbers()
    tell_what_was_told(numbers, home)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in numbers.collect()
        for sample in family.samples
    }


def rows(home: Settings) -> dict[str, float]:
    """The rows of tables that were built."""
    return {
        table: count
        for (name, *labels), count in counted(home).items()
        if name == "netflix_stage_rows_total" and (table := labels[1]).startswith(("si", "go"))
    }


def test_what_a_run_stores_and_checks_is_counted(home: Settings, watched: Watch) -> None:
    watched(from_day(FIRST, 2))
    built = materialize(home).rows
    assert rows(home) == built
    assert built["silver/plays"] == 6
    found = counted(home)
    assert found["netflix_stage_parts_total", "silver", "silver/plays"] == 2
    assert found["netflix_stage_parts_total", "snapshot", "serving/snapshot"] == 1
    assert found["netflix_stage_build_seconds_total", "silver", "silver/plays"] > 0
    stages = {each[1] for each in found if each[0] == "netflix_stage_cpu_seconds_total"}
    assert stages == {"bronze", "silver", "gold", "rollups", "intelligence", "snapshot"}
    assert found[CHECKS, "silver/plays", "contract", "passed"] == 2
    assert found[CHECKS, "silver/plays", "contract", "failed"] == 0
    damage(Lake.of(home), FIRST)
    assert not materialize(home).success
    found = counted(home)
    assert found[CHECKS, "silver/plays", "contract", "failed"] == 1


def test_what_is_taken_in_is_counted_also_where_two_do(home: Settings) -> None:
    now = datetime.now(UTC)
    with opened(home) as events:
        events.send(*(watch(f"e{n}", event_time=now.isoformat()) for n in range(3)), at=now)
        drain(home, logging.getLogger())
    key = "netflix_stage_rows_total", "bronze", "bronze/watch_events"
    assert counted(home)[key] == 3
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: count_taken_in(home, "bronze/watch_events", 2), range(40)))
    assert counted(home)[key] == 83
