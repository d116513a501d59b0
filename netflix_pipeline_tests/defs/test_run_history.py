"""What was recorded long ago goes; what each partition is made of stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqlEventLogStorage, SqlEventLogStorageTable
from sqlalchemy import func, select

from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.defs.retention import PURGE
from netflix_pipeline.defs.run_history import Purged, purge
from netflix_pipeline.lake import Lake
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, Watch, damage, from_day

TABLE = key("gold/title_daily")


@pytest.fixture
def home(on_either: Settings) -> Settings:
    return on_either


def recorded(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What is known of partitions and checks, however old."""
    checks = definitions_checks(instance)
    return {
        "materialized": instance.get_materialized_partitions(TABLE),
        "failed": instance.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(  # noqa: E501
            TABLE
        ).keys(),
        "made of": instance.get_latest_materialization_event(TABLE),
        "checks": checks,
    }


def definitions_checks(instance: dg.DagsterInstance) -> dict[str, Any]:
    checks = [dg.AssetCheckKey(TABLE, "contract")]
    found = instance.event_log_storage.get_asset_check_summary_records(checks)
    return {
        check.name: summary.last_check_execution_record
        and summary.last_check_execution_record.status
        for check, summary in found.items()
    }


def events(instance: dg.DagsterInstance) -> int:
    log = instance.event_log_storage
    assert isinstance(log, SqlEventLogStorage)
    with log.index_connection() as index:
        counted = index.execute(select(func.count()).select_from(SqlEventLogStorageTable)).scalar()
    assert counted is not None
    return int(counted)


def test_however_many_runs_went_before_no_more_is_kept_and_days_are_known(
    home: Settings, watched: Watch
) -> None:
    days = from_day(FIRST, 2)
    watched(days)
    soon = datetime.now(UTC) + timedelta(hours=1)
    with open_instance(home) as instance:
        kept = []
        for _ in range(2):
            (newest,) = materialize(home, everything=True).run_ids
            known = recorded(instance)
            assert known["materialized"] == {day.isoformat() for day in days}
            assert purge(instance, soon - timedelta(days=1)) == Purged(0, 0, 0, 0)
            purged = purge(instance, soon)
            assert purged.events > 0
            assert recorded(instance) == known
            assert [run.run_id for run in instance.get_runs()] == [newest]
            assert purge(instance, soon).events == 0
            kept.append(events(instance))
        assert kept[0] == kept[1]
        # A day that broke is known to have broken.
        damage(Lake.of(home), days[0])
        assert not materialize(home, everything=True).success
        known = recorded(instance)
        purge(instance, soon)
        assert recorded(instance) == known


@pytest.mark.parametrize("on_either", ["files"], indirect=True)
def test_the_job_goes_by_the_settings(home: Settings) -> None:
    with open_instance(home) as instance:
        for days in (0, 1):
            settings = home.model_copy(update={"run_history_days": days})
            job = definitions(settings).resolve_job_def(PURGE)
            ran = job.execute_in_process(instance=instance)
            assert ran.success
        # Those of before a minute ago are not of long ago.
        assert instance.all_logs(ran.run_id)
        assert instance.get_runs_count() == 2
    schedule = definitions(home).resolve_schedule_def("old_records")
    assert (schedule.job_name, schedule.cron_schedule) == (PURGE, "30 3 * * *")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
