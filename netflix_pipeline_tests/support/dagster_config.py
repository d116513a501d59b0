"""Dagster's configuration of a home, for tests that wait for what its daemon does."""

from netflix_pipeline.defs.instance import HEADER, dagster_home
from netflix_pipeline.settings import Settings


def looked_at_every_second(home: Settings) -> None:
    """As somebody's own: whether runs wait, or still live, is looked at every second.

    What could not be handed over is tried again after five.
    """
    config = dagster_home(home) / "dagster.yaml"
    often = config.read_text().removeprefix(HEADER).replace("seconds: 20", "seconds: 1")
    often = often.replace("retry_delay: 30", "retry_delay: 5")
    config.write_text(often.replace("run_queue:\n", "run_queue:\n  dequeue_interval_seconds: 1\n"))
