"""What the daemons remember of a clock that ran ahead does not stop them once it is right."""

import time

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._daemon.sensor import get_elapsed

from netflix_pipeline.defs.instance import open_instance
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.instigators import origin

AHEAD = 40 * 86_400


@pytest.fixture
def home(on_either: Settings) -> Settings:
    return on_either


def times(state: InstigatorState) -> list[float | None]:
    """What a state says of when."""
    data = state.instigator_data
    if isinstance(data, ScheduleInstigatorData):
        return [data.start_timestamp, data.last_iteration_timestamp]
    assert isinstance(data, SensorInstigatorData)
    return [data.last_tick_timestamp, data.last_tick_start_timestamp]


def kept(instance: dg.DagsterInstance, state: InstigatorState) -> InstigatorState:
    """What is read of a state that was written."""
    instance.add_instigator_state(state)
    found = instance.get_instigator_state(state.instigator_origin_id, state.selector_id)
    assert found is not None
    (listed,) = instance.all_instigator_state(instigator_type=state.instigator_type)
    assert all(told is None or told < time.time() for told in times(listed))
    return found


def test_a_sensor_looks_again_and_keeps_its_cursor(home: Settings) -> None:
    now = time.time()
    ahead = now + AHEAD
    data = SensorInstigatorData(ahead, "key", 10, "cursor", ahead, now, None, ahead)
    state = InstigatorState(
        origin("landing"), InstigatorType.SENSOR, InstigatorStatus.RUNNING, data
    )
    with open_instance(home) as instance:
        found = kept(instance, state)
        assert found.sensor_instigator_data is not None
        assert found.sensor_instigator_data.cursor == "cursor"
        assert (get_elapsed(found) or 0) > 60
        # What is true stays as it is.
        true = data._replace(last_tick_timestamp=now, last_tick_start_timestamp=now)
        instance.update_instigator_state(state.with_data(true))
        read = instance.get_instigator_state(state.instigator_origin_id, state.selector_id)
        assert read is not None
        assert (get_elapsed(read) or 0) < 60


def test_a_schedule_goes_on_from_its_last_tick_that_is_past(home: Settings) -> None:
    now = time.time()
    data = ScheduleInstigatorData("0 2 * * *", now + AHEAD, now + AHEAD)
    state = InstigatorState(
        origin("newest_days"), InstigatorType.SCHEDULE, InstigatorStatus.RUNNING, data
    )
    with open_instance(home) as instance:
        assert all(told and told < now for told in times(kept(instance, state)))
        for at in (now - 100, now + AHEAD):
            instance.create_tick(
                TickData(
                    state.instigator_origin_id,
                    state.instigator_name,
                    InstigatorType.SCHEDULE,
                    TickStatus.SUCCESS,
                    at,
                    run_ids=[],
                    selector_id=state.selector_id,
                )
            )
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
        assert [tick.timestamp for tick in ticks] == [now - 100]
