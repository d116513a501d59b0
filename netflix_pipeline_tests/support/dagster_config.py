"""Dagster's configuration of a home, for tests that wait for what its daemon does."""

from netflix_pipeline.defs.instance import HEADER, dagster_home
from netflix_pipeline.settings import Settings

SOON = {
    "poll_interval_seconds: 20": "poll_interval_seconds: 1",
    "user_code_failure_retry_delay: 30": "user_code_failure_retry_delay: 5",
}


def looked_at_every_second(home: Settings) -> None:
    """As somebody's own: whether runs wait, or still live, is looked at every second.

    What could not be handed over is tried again after five.
    """
    config = dagster_home(home) / "dagster.yaml"
    text = config.read_text().removeprefix(HEADER)
    for told, soon in SOON.items():
        assert f"{told}\n" in text
        text = text.replace(f"{told}\n", f"{soon}\n")
    config.write_text(text)
