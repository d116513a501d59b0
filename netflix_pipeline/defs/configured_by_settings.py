"""Parts of Dagster's instance that the settings configure: `dagster.yaml` names their class alone.

So an address with its password stands in no file.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from dagster._config import UserConfigSchema
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from typing_extensions import override

from netflix_pipeline.settings import Settings


class ConfiguredBySettings(ConfigurableClass):
    """Mixed in before the class of Dagster's that it configures."""

    @classmethod
    @abstractmethod
    def of(cls, settings: Settings, inst_data: ConfigurableClassData | None) -> Self:
        """The part that settings describe."""

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
        return cls.of(Settings(), inst_data)
