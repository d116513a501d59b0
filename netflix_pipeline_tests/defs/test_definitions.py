import inspect
from datetime import UTC, date, datetime

import dagster as dg
import pytest
from pydantic import ValidationError

from netflix_pipeline.contracts import contracts, origin_tables
from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.checks import FURTHER, Finding, Reader
from netflix_pipeline.defs.definitions import definitions
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.days import FIRST, Watch, from_day

BY_DAY = {
    "bronze": {
        "duplicates",
        "quarantine",
        "recommendation_events",
        "reviews",
        "search_events",
        "watch_events",
    },
    "silver": {"plays", "quarantine", "recommendations", "reviews", "searches", "sessions"},
    "gold": {
        "activity",
        "arrival_daily",
        "audience_daily",
        "drop_off",
        "engagement_daily",
        "ledger_daily",
        "recommendation_daily",
        "search_daily",
        "search_term_daily",
        "sitting_daily",
        "sitting_quarters",
        "title_daily",
        "user_daily",
    },
    "serving": set[str](),
}
WHOLE = {
    "bronze": {"title_mentions", "titles", "user_mentions", "users"},
    "silver": {"titles", "users"},
    "gold": {
        "lifecycle_weekly",
        "retention_weekly",
        "title_profile",
        "top10_weekly",
        "user_profile",
    },
    "serving": {"snapshot"},
}


@pytest.fixture
def graph(home: Settings) -> dg.AssetsDefinition:
    (assets,) = definitions(home).assets or ()
    assert isinstance(assets, dg.AssetsDefinition)
    return assets


def test_every_table_is_an_asset_of_its_stage_partitioned_by_day_where_it_is_stored_so(
    graph: dg.AssetsDefinition,
) -> None:
    found = {
        (spec.group_name, spec.key.path[1], spec.partitions_def is not None) for spec in graph.specs
    }
    assert found == {
        *(("intelligence", table.partition("/")[2], True) for table in origin_tables()),
        *((stage, name, True) for stage, names in BY_DAY.items() for name in names),
        *((stage, name, False) for stage, names in WHOLE.items() for name in names),
    }
    of_tables = (spec for spec in graph.specs if spec.group_name != "intelligence")
    assert all(spec.key.path[0] == spec.group_name for spec in of_tables)


def test_each_stage_is_a_step_with_a_pool_and_a_range_is_one_run(
    graph: dg.AssetsDefinition,
) -> None:
    steps = {step.name: step.pool for step in graph.node_def.iterate_op_defs()}
    names = ("bronze", "silver", "gold", "rollups", "intelligence", "snapshot")
    assert steps == {name: name for name in names}
    assert graph.backfill_policy == dg.BackfillPolicy.single_run()
    assert graph.can_subset


def test_each_table_tells_its_columns_with_units_its_owner_its_kinds_and_its_code(
    graph: dg.AssetsDefinition,
) -> None:
    for table, contract in contracts().items():
        spec = graph.specs_by_key[key(table)]
        told = spec.metadata["dagster/column_schema"]
        assert isinstance(told, dg.TableSchema)
        assert [column.name for column in told.columns] == list(contract.names)
        by_origin = contract.partition == "origin"
        assert spec.description == contract.doc or by_origin
        assert spec.owners
        assert "parquet" in spec.kinds
        assert bool(spec.code_version) == (contract.stage != "bronze" and not by_origin)
    plays = graph.specs_by_key[key("silver/plays")].metadata["dagster/column_schema"]
    seconds = next(column for column in plays.columns if column.name == "watch_seconds")
    assert seconds.description is not None
    assert "[s]" in seconds.description
    assert seconds.constraints.other == ["≥ 0"]


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ("bronze/watch_events", "kind", "enum(main, promo)"),
        ("bronze/watch_events", "received_at", "timestamp[us, UTC]"),
        ("bronze/quarantine", "reasons", "list[string]"),
        ("silver/plays", "user_id", "string"),
        ("silver/plays", "watch_seconds", "float64"),
        ("silver/plays", "starter", "boolean"),
        ("gold/user_profile", "first_day", "date"),
    ],
)
def test_types_are_named_as_people_know_them(
    graph: dg.AssetsDefinition, table: str, column: str, told: str
) -> None:
    schema = graph.specs_by_key[key(table)].metadata["dagster/column_schema"]
    (found,) = (one for one in schema.columns if one.name == column)
    assert found.type == told
    assert not any("one of" in bound for bound in found.constraints.other)  # the type says it


def test_each_table_has_a_contract_check_and_three_have_further_ones(home: Settings) -> None:
    graph = definitions(home).resolve_asset_graph()
    checks = {("/".join(check.asset_key.path), check.name) for check in graph.asset_check_keys}
    assert checks == {
        *((table, "contract") for table in contracts()),
        ("gold/ledger_daily", "adds_up"),
        ("gold/ledger_daily", "live_agrees_with_batch"),
        ("silver/plays", "users_and_titles_are_described"),
        ("serving/snapshot", "newest_day_is_recent"),
    }


def test_each_check_that_looks_at_partitions_is_one_of_a_table() -> None:
    looks = {further.look for further in FURTHER.values()}
    missing = [
        name
        for name, method in vars(Reader).items()
        if inspect.isfunction(method)
        and inspect.signature(method).return_annotation == Finding
        and method not in looks
    ]
    assert not missing, "enter it in FURTHER of netflix_pipeline/defs/checks.py, with its table"


def test_the_schedule_and_the_sensors_run_without_being_asked(home: Settings) -> None:
    defs = definitions(home)
    schedule = defs.resolve_schedule_def("newest_days")
    assert schedule.cron_schedule == "0 2 * * *"
    assert schedule.execution_timezone == "UTC"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.job_name == "materialize"
    for name, job in (
        ("landing", "take_in"),
        ("events", "drain_events"),
        ("erasures", "erase_persons"),
    ):
        sensor = defs.resolve_sensor_def(name)
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        assert sensor.job_name == job


def test_the_definitions_are_valid_without_a_home_or_data(home: Settings) -> None:
    assert not home.root.exists()
    dg.Definitions.validate_loadable(definitions(home))
    assert not home.root.exists()


def days_of(home: Settings) -> list[str]:
    partitions = definitions(home).resolve_asset_graph().get(key("silver/plays")).partitions_def
    assert partitions is not None
    return list(partitions.get_partition_keys())


def test_days_go_from_the_first_with_data_to_today(home: Settings, watched: Watch) -> None:
    today = datetime.now(UTC).date()
    assert days_of(home) == [today.isoformat()]
    watched([FIRST])
    days = days_of(home)
    assert days[0] == FIRST.isoformat()
    assert date.fromisoformat(days[-1]) >= today
    assert len(days) == (date.fromisoformat(days[-1]) - FIRST).days + 1


@pytest.mark.parametrize(
    ("setting", "first", "last"),
    [
        ("3", "2026-01-07", "2026-01-09"),
        ("1", "2026-01-09", "2026-01-09"),
        ("all", "2026-01-05", "2026-01-09"),
        ("2026-01-01..2026-01-06", "2026-01-05", "2026-01-06"),
    ],
)
def test_each_night_the_days_of_the_setting_that_have_data_are_built(
    home: Settings, watched: Watch, setting: str, first: str, last: str
) -> None:
    nights = home.model_copy(update={"nightly_days": setting})
    schedule = definitions(nights).resolve_schedule_def("newest_days")
    night = dg.build_schedule_context(
        scheduled_execution_time=datetime(2026, 2, 1, 2, tzinfo=UTC),
        resources={"settings": nights},
    )
    assert schedule.evaluate_tick(night).run_requests == []
    watched(from_day(FIRST, 5))
    (request,) = schedule.evaluate_tick(night).run_requests or []
    assert request.tags["dagster/asset_partition_range_start"] == first
    assert request.tags["dagster/asset_partition_range_end"] == last


@pytest.mark.parametrize(
    "setting",
    [
        *("0", "-1", "some", "2026-01-01", "2026-01-01..", "1..2", ""),
        *("2026-02-01..2026-02-30", "2026-02-01..2026-01-31"),
    ],
)
def test_nightly_days_that_cannot_be_are_refused(setting: str) -> None:
    with pytest.raises(ValidationError):
        Settings(nightly_days=setting)
