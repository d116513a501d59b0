import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import psutil
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.checks import Reader
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.run_locks import process_of, running
from netflix_pipeline.errors import BadInput
from netflix_pipeline.lake import Lake
from netflix_pipeline.materialize import Built
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, RUNNING, Watch, damage, from_day


def run_assets(
    home: Settings,
    instance: dg.DagsterInstance,
    *tables: str,
    days: Sequence[date],
    only_pending: bool = False,
) -> bool:
    """Materialize assets for a range of days, as the UI does."""
    job = definitions(home).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance,
        asset_selection=[key(table) for table in tables],
        tags={
            "dagster/asset_partition_range_start": days[0].isoformat(),
            "dagster/asset_partition_range_end": days[-1].isoformat(),
        },
        run_config={
            "resources": {"scope": {"config": {"only_pending": only_pending}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
    ).success


def row_counts(instance: dg.DagsterInstance, table: str) -> dict[str, int]:
    """The rows that the newest materialization of each day tells."""
    found: dict[str, int] = {}
    records = instance.fetch_materializations(key(table), limit=5_000, ascending=True).records
    for record in records:
        event = record.asset_materialization
        assert event is not None
        assert event.partition is not None
        rows = event.metadata["dagster/partition_row_count"].value
        assert isinstance(rows, int)
        found[event.partition] = rows
    return found


def checks(instance: dg.DagsterInstance, table: str, name: str) -> dict[str | None, bool]:
    """Whether the check passed, by partition, newest last."""
    found: dict[str | None, bool] = {}
    for record in reversed(
        instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(key(table), name), limit=5_000
        )
    ):
        assert record.event is not None
        evaluation = record.event.asset_check_evaluation
        assert evaluation is not None
        found[evaluation.partition] = evaluation.passed
    return found


def test_each_day_of_a_range_is_recorded_with_its_rows(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    days = from_day(FIRST, 4)
    watched(days)
    outcome = materialize(home)
    assert outcome.success
    assert outcome.snapshot == 1
    assert outcome.rows["silver/plays"] == 12
    assert outcome.days == days
    for table, rows in (
        ("bronze/watch_events", 3),
        ("silver/plays", 3),
        ("gold/audience_daily", 1),
    ):
        assert row_counts(instance, table) == {day.isoformat(): rows for day in days}
    assert checks(instance, "silver/plays", "contract") == {day.isoformat(): True for day in days}
    (run,) = instance.get_runs()
    assert [run.run_id] == outcome.run_ids
    assert run.status is dg.DagsterRunStatus.SUCCESS
    snapshot = instance.get_latest_materialization_event(key("serving/snapshot"))
    assert snapshot is not None
    assert snapshot.run_id == run.run_id


def test_a_later_row_builds_its_day_alone(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    # With a day long before: the data then begin where they began.
    days = [FIRST - timedelta(days=100), *from_day(FIRST, 4)]
    watched(days)
    materialize(home)
    assert materialize(home).days == []
    late = FIRST - timedelta(days=40)
    watched([late])
    outcome = materialize(home)
    assert late in outcome.days
    assert not set(days) & set(outcome.days) - {late + timedelta(days=n) for n in range(31)}
    assert outcome.rows["silver/plays"] == 3
    assert row_counts(instance, "silver/plays").keys() == {day.isoformat() for day in [late, *days]}


def test_the_day_on_which_rows_arrived_is_not_told_as_one_that_was_built(
    home: Settings, watched: Watch
) -> None:
    watched([FIRST])
    assert materialize(home).days == [FIRST]
    watched([FIRST])
    outcome = materialize(home)
    assert outcome.rows["gold/ledger_daily"]  # the same rows once more: an arrival, no event
    assert outcome.days == []


def test_asked_days_are_built_again_and_no_others(home: Settings, watched: Watch) -> None:
    watched(from_day(FIRST, 4))
    materialize(home)
    built: list[Built] = []
    asked = from_day(FIRST, 4)[1:3]
    outcome = materialize(home, first=asked[0], last=asked[1], progress=built.append)
    assert outcome.days == asked
    assert [told.partition for told in built if told.table == "silver/plays"] == asked


def test_everything_is_built_again_when_asked(home: Settings, watched: Watch) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    materialize(home)
    assert set(days) <= set(materialize(home, everything=True).days)


def test_a_year_is_one_run(home: Settings, watched: Watch, instance: dg.DagsterInstance) -> None:
    days = from_day(date(2025, 1, 1), 365)
    watched(days)
    assert run_assets(home, instance, "bronze/watch_events", "silver/plays", days=days)
    assert instance.get_runs_count() == 1
    assert row_counts(instance, "silver/plays") == {day.isoformat(): 3 for day in days}
    assert len(checks(instance, "silver/plays", "contract")) == 365
    kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    (run,) = instance.get_runs()
    told = [each.asset_check_evaluation for each in instance.all_logs(run.run_id, of_type=kind)]
    plays = [each for each in told if each and each.asset_key == key("silver/plays")]
    counts = [each.metadata["days"].value for each in plays if each.check_name == "contract"]
    assert sum(int(str(count)) for count in counts) == 365


def test_a_run_whose_process_was_killed_is_ended_by_the_next(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    killed, alive = (
        instance.create_run_for_job(
            definitions(home).resolve_job_def("materialize"), status=dg.DagsterRunStatus.STARTED
        ).run_id
        for _ in range(2)
    )
    with (
        running(instance, alive),
        subprocess.Popen(
            [sys.executable, "-c", RUNNING, killed], stdout=subprocess.PIPE, env=home.environment()
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert process_of(instance, killed) == process.pid
        process.kill()
        process.wait()
        watched([FIRST])
        assert materialize(home).success
        status = {run.run_id: run.status for run in instance.get_runs()}
    assert status[killed] is dg.DagsterRunStatus.FAILURE
    assert status[alive] is dg.DagsterRunStatus.STARTED
    assert process_of(instance, alive) is None


def test_a_run_says_who_started_it_and_belongs_to_the_job(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched([FIRST])
    materialize(home, command="demo")
    (run,) = instance.get_runs(
        dg.RunsFilter(tags={".dagster/repository": "__repository__@netflix_pipeline"})
    )
    assert run.job_name == "materialize"
    assert run.tags["netflix_pipeline/command"] == "netflix-pipeline demo"
    assert run.tags["user"] == psutil.Process().username()


def test_a_run_that_finds_everything_built_says_so(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched([FIRST])
    first, again = (materialize(home).run_ids[0] for _ in range(2))
    lines = {
        run_id: " ".join(event.user_message for event in instance.all_logs(run_id))
        for run_id in (first, again)
    }
    assert "nothing to build" in lines[again]
    assert "nothing to build" not in lines[first]
    assert not any("expected outputs" in told for told in lines.values())


def test_days_that_cannot_be_are_refused(home: Settings, watched: Watch) -> None:
    watched([FIRST])
    with pytest.raises(BadInput, match="data begins on 2026-01-05"):
        materialize(home, last=date(2025, 12, 31))


def failed_days(instance: dg.DagsterInstance, table: str) -> list[str]:
    """The failed partitions that the UI tells of."""
    days = dg.DailyPartitionsDefinition(FIRST.isoformat(), end_offset=1)
    value = get_and_update_asset_status_cache_value(instance, key(table), days)
    assert value is not None
    return list(value.deserialize_failed_partition_subsets(days).get_partition_keys())


def test_a_day_that_breaks_its_contract_is_told_and_not_published(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    materialize(home)
    lake = Lake.of(home)
    before = lake.footer("silver/plays", days[1])
    damage(lake, days[1])
    outcome = materialize(home, first=days[0], last=days[-1])
    assert not outcome.success
    assert any("silver/plays 2026-01-06" in told for told in outcome.violations)
    assert lake.footer("silver/plays", days[1]) == before
    assert outcome.snapshot is not None
    assert failed_days(instance, "silver/plays") == [days[1].isoformat()]
    passed = checks(instance, "silver/plays", "contract")
    assert passed == {day.isoformat(): day != days[1] for day in days}
    last = instance.get_latest_asset_check_evaluation_record(
        dg.AssetCheckKey(key("silver/plays"), "contract")
    )
    assert last is not None
    (of_run,) = [
        event
        for event in instance.all_logs(outcome.run_ids[0])
        if (told := event.asset_check_evaluation)
        and told.asset_key == key("silver/plays")
        and told.check_name == "contract"
        and not told.passed
    ]
    evaluation = of_run.asset_check_evaluation
    assert evaluation is not None
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert "| play_id |" in str(evaluation.metadata["violations"].value)
    recorded = [
        record.partition_key
        for record in instance.fetch_materializations(key("silver/plays"), limit=100).records
        if record.run_id == outcome.run_ids[0]
    ]
    assert sorted(filter(None, recorded)) == [days[0].isoformat(), days[2].isoformat()]


def test_events_of_people_and_titles_that_nobody_described_are_a_warning(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched([FIRST])
    assert materialize(home).success
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [check := dg.AssetCheckKey(key("silver/plays"), "users_and_titles_are_described")]
    )[check]
    assert record.event is not None
    evaluation = record.event.asset_check_evaluation
    assert evaluation is not None
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.WARN
    assert evaluation.metadata["events_of_unknown_users"].value == 3


def test_days_are_looked_at_together_and_one_that_is_torn_keeps_nothing_of_the_others_untold(
    home: Settings, watched: Watch
) -> None:
    days = from_day(FIRST, 3)
    watched(days)
    assert materialize(home).success
    lake, table = Lake.of(home), "silver/plays"

    def looked() -> list[tuple[dg.AssetCheckSeverity, set[str]]]:
        found = Reader(home, lake).beyond_contract(table, days)
        return [(each.severity, {*each.metadata}) for each in found]

    warned = dg.AssetCheckSeverity.WARN, {"events_of_unknown_users", "events_of_unknown_titles"}
    assert looked() == [warned] * 3
    lake.path(table, days[1]).write_bytes(b"torn")
    assert looked() == [warned, (dg.AssetCheckSeverity.ERROR, {"not_checked"}), warned]


def test_the_ledger_of_an_arrival_day_adds_up(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched([FIRST])
    watched([FIRST])  # the same rows again are duplicates
    materialize(home)
    assert set(checks(instance, "gold/ledger_daily", "adds_up").values()) == {True}


def test_a_day_that_broke_in_a_run_over_everything_is_a_failed_partition_until_it_is_mended(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    days = from_day(FIRST, 2)
    watched(days)
    lake = Lake.of(home)
    (good,) = lake.batch_files("bronze/watch_events", days[1])
    whole = good.read_bytes()
    damage(lake, days[1])
    assert not materialize(home).success
    assert failed_days(instance, "silver/plays") == [days[1].isoformat()]
    assert failed_days(instance, "silver/sessions") == []
    good.write_bytes(whole)
    assert materialize(home).success
    assert failed_days(instance, "silver/plays") == []


def test_a_single_asset_can_be_materialized_for_a_single_day(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched(from_day(FIRST, 2))
    assert run_assets(home, instance, "bronze/watch_events", days=[FIRST])
    assert run_assets(home, instance, "silver/plays", days=[FIRST])
    assert run_assets(home, instance, "gold/title_daily", days=[FIRST])
    lake = Lake.of(home)
    assert lake.partitions("silver/plays") == [FIRST]
    assert row_counts(instance, "gold/title_daily") == {FIRST.isoformat(): 3}
    assert checks(instance, "bronze/watch_events", "contract") == {FIRST.isoformat(): True}
    assert instance.get_latest_materialization_event(key("gold/user_daily")) is None


def test_an_asked_day_without_rows_is_recorded_as_empty(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched([FIRST])
    assert run_assets(home, instance, "silver/searches", days=[FIRST])
    assert row_counts(instance, "silver/searches") == {FIRST.isoformat(): 0}


def test_asked_days_that_are_up_to_date_are_recorded_as_they_stand(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    watched(from_day(FIRST, 2))
    materialize(home)
    before = Lake.of(home).footer("silver/plays", FIRST)
    days = from_day(FIRST, 3)
    tables = "bronze/watch_events", "silver/plays"
    assert run_assets(home, instance, *tables, days=days, only_pending=True)
    for table in tables:
        assert [*row_counts(instance, table).values()] == [3, 3, 0]
    assert Lake.of(home).footer("silver/plays", FIRST) == before


def test_freshness_is_that_of_the_newest_day_whatever_older_days_are_built(
    home: Settings, watched: Watch, instance: dg.DagsterInstance
) -> None:
    fresh = home.model_copy(update={"fresh_days": 2})
    check = "newest_day_is_recent"
    today = datetime.now(UTC).date()
    watched([today - timedelta(days=4), today - timedelta(days=3)])
    assert materialize(fresh).success  # it is told, and holds nothing up
    assert checks(instance, "serving/snapshot", check) == {None: False}
    materialize(fresh, first=today - timedelta(days=4), last=today - timedelta(days=4))
    assert checks(instance, "serving/snapshot", check) == {None: False}
    watched([today - timedelta(days=1)])
    materialize(fresh)
    assert checks(instance, "serving/snapshot", check) == {None: True}
    materialize(home)
    assert checks(instance, "serving/snapshot", check) == {None: True}
