"""What Dagster records, in the PostgreSQL of `NETFLIX_DAGSTER_DATABASE`; for `dagster.yaml`.

The address is the settings', so that its password stands in no file.
"""

from collections.abc import Mapping
from typing import Any, Self

from dagster._config import UserConfigSchema
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy.engine import make_url
from typing_extensions import override

from netflix_pipeline.defs.schedule_storage import Present
from netflix_pipeline.settings import Settings

DRIVER = "postgresql+psycopg2"
"""SQLAlchemy takes psycopg 3 unless told; Dagster's NOTIFY binds values as only psycopg 2 can."""
PATIENCE = {"connect_timeout": "5"}


class _OfSettings(ConfigurableClass):
    """Storage that is configured by the settings alone."""

    @classmethod
    @override
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    @override
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],
    ) -> Self:
        url = make_url(Settings().dagster_database)
        value = {name: value for name, value in PATIENCE.items() if name not in url.query}
        address = url.set(drivername=DRIVER).update_query_dict(value)
        return cls(address.render_as_string(hide_password=False), inst_data=inst_data)  # type: ignore[call-arg]


class PostgresRuns(_OfSettings, PostgresRunStorage):
    """`PostgresRunStorage` with the same tables."""


class PostgresEvents(_OfSettings, PostgresEventLogStorage):
    """`PostgresEventLogStorage` with the same tables."""


class PostgresPresentTicks(_OfSettings, Present, PostgresScheduleStorage):
    """`PostgresScheduleStorage` with the same tables, without what is to come."""
