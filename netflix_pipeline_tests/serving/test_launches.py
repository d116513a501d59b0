"""Launch days beside what the reference knows of titles and plays."""

from datetime import date

from netflix_pipeline.serving import Snapshots, launch_day
from netflix_pipeline_tests.reference.published import Published


def test_a_launch_is_the_first_day_added_else_that_of_the_first_play(known: Published) -> None:
    snapshot = Snapshots(known.settings.serving).current()
    added: dict[str, list[date]] = {}
    played: dict[str, list[date]] = {}
    for title_id, title in known.titles.items():
        days = [play.day for play in known.plays if play.title_id == title_id]
        for name in {title_id, title["series_key"]} - {None}:
            added.setdefault(name, []).extend([title["added_on"]] if title["added_on"] else [])
            played.setdefault(name, []).extend(days)
    assert any(added.values())
    assert not all(added.values())
    for name, days in added.items():
        assert launch_day(snapshot, name) == min(days or played[name], default=None)
    assert launch_day(snapshot, "no such title") is None
