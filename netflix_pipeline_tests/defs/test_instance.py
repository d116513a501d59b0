from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from netflix_pipeline.defs.batched_event_log import BatchedEventLog
from netflix_pipeline.defs.instance import HEADER, dagster_home, open_instance
from netflix_pipeline.defs.launcher import WatchedRunLauncher
from netflix_pipeline.defs.reload import reload_code_location
from netflix_pipeline.settings import Settings


def test_a_fresh_home_can_be_opened_by_several_at_once(home: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(dagster_home, [home] * 4)) == {home.dagster}
    with open_instance(home) as instance:
        assert isinstance(instance.event_log_storage, BatchedEventLog)
        assert not instance.telemetry_enabled


def test_a_home_that_moved_is_written_to_where_it_is_now(home: Settings) -> None:
    dagster_home(home)
    elsewhere = home.root.with_name("elsewhere")
    home.root.rename(elsewhere)
    moved = Settings(home=elsewhere)
    with open_instance(moved) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("a"))
    assert not home.root.exists()


@pytest.mark.parametrize("name", ["a: b #c", "[1] *", "100%", 'it\'s "mine"', "ünï 🎬"])
def test_the_folder_of_the_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    home = Settings(home=tmp_path / name)
    with open_instance(home) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("a"))
    assert list(home.root.glob("dagster/history/runs/*.db"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_configuration_of_ones_own_is_kept(home: Settings) -> None:
    dagster_home(home)
    config = home.dagster / "dagster.yaml"
    config.write_text("telemetry: {enabled: false}\n")
    dagster_home(home)
    assert config.read_text() == "telemetry: {enabled: false}\n"


def test_a_configuration_of_an_earlier_release_is_replaced(home: Settings) -> None:
    dagster_home(home)
    config = home.dagster / "dagster.yaml"
    config.write_text(HEADER + "telemetry: {enabled: true}\n")
    with open_instance(home) as instance:
        assert isinstance(instance.run_launcher, WatchedRunLauncher)
        assert instance.run_monitoring_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure


def test_no_webserver_is_no_trouble(home: Settings, free_port: int) -> None:
    assert not reload_code_location(home.model_copy(update={"dagster_port": free_port}))
