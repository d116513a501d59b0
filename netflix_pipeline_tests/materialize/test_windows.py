"""Which days have plays, also where their files do not tell how far plays reach."""

from pathlib import Path

from netflix_pipeline.materialize.versions import Versions
from netflix_pipeline.materialize.windows import days_between, watched
from netflix_pipeline.status import home_status
from netflix_pipeline_tests.support.service import DAYS, FIRST, LAST, two_weeks


def test_plays_whose_ends_nobody_tells_end_on_their_day(tmp_path: Path) -> None:
    service = two_weeks(tmp_path)
    versions = Versions(service.world.lake)
    assert not versions.plays_reaches()
    assert watched(versions) == days_between(FIRST, LAST)
    assert home_status(service.settings)["tables"]["silver/plays"]["days"] == DAYS
