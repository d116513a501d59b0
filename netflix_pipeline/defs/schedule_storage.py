"""Dagster's sensors and schedules go on after the clock was set back.

Both wait until some time has passed since they were looked at last: by a clock that ran ahead, that
may be in a month. Nothing was looked at later than now, so a time that lies ahead says nothing.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from dagster._core.scheduler.instigation import InstigatorState, InstigatorTick
from dagster._core.storage.schedules import SqliteScheduleStorage, SqlScheduleStorage
from dagster._serdes import ConfigurableClassData
from typing_extensions import override

TIMES = (
    # Of sensors.
    "last_tick_timestamp",
    "last_tick_start_timestamp",
    "last_sensor_start_timestamp",
    "last_tick_success_timestamp",
    # Of schedules.
    "start_timestamp",
    "last_iteration_timestamp",
)
"""What Dagster notes of when something was looked at."""
LONG_AGO = 3600.0
"""Seconds that a time which lies ahead is taken to be past: any pause is over then, and what a
schedule missed within them is caught up with."""


class Present(SqlScheduleStorage):
    """Whatever Dagster keeps schedules in, without what is to come."""

    @override
    def all_instigator_state(self, *arguments: Any, **named: Any) -> Sequence[InstigatorState]:
        return [_present(state) for state in super().all_instigator_state(*arguments, **named)]

    @override
    def get_instigator_state(self, origin_id: str, selector_id: str) -> InstigatorState | None:
        state = super().get_instigator_state(origin_id, selector_id)
        return None if state is None else _present(state)

    @override
    def get_ticks(
        self,
        origin_id: str,
        selector_id: str,
        before: float | None = None,
        *arguments: Any,
        **named: Any,
    ) -> Sequence[InstigatorTick]:
        now = time.time() + 1
        before = now if before is None else min(before, now)
        return super().get_ticks(origin_id, selector_id, before, *arguments, **named)


class PresentTicks(Present, SqliteScheduleStorage):
    """`SqliteScheduleStorage` with the same file, without what is to come; for `dagster.yaml`."""

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PresentTicks":
        storage = cls.from_local(inst_data=inst_data, **config_value)
        assert isinstance(storage, PresentTicks)
        return storage


def _present(state: InstigatorState) -> InstigatorState:
    """The same, in which no time is ahead."""
    data, now = state.instigator_data, time.time()
    told = {name: getattr(data, name, None) or 0.0 for name in TIMES}
    ahead: Any = {name: now - LONG_AGO for name, at in told.items() if at > now + 1}
    return state.with_data(data._replace(**ahead)) if data and ahead else state
