"""Features say of each active person what their plays before the cut-off tell."""

from datetime import date, timedelta

import polars as pl
import pytest

from netflix_pipeline.intelligence.leaving.features import features, known_people, outcomes
from netflix_pipeline_tests.intelligence.leaving.days import AT, play, plays

LONG_AGO = AT - timedelta(days=400)
PROFILES = pl.DataFrame(
    {
        "user_id": ["ann", "bob", "cid"],
        "country": ["FR", None, "US"],
        "plan": ["Basic", None, "Premium"],
        "signup_date": [AT - timedelta(days=100), AT - timedelta(days=5), LONG_AGO],
    },
)


def of(*rows: dict[str, object], first: date = LONG_AGO) -> dict[str, dict[str, object]]:
    played = plays(*rows)
    begun = pl.col("started_at").dt.date() < AT
    people = known_people(PROFILES, played.filter(begun).select("user_id", "started_at"))
    told = features(played, people, AT, first)
    return {row["user_id"]: row for row in told.iter_rows(named=True)}


def test_who_played_within_28_days_is_active() -> None:
    told = of(play("ann", 28), play("bob", 28.5), play("cid", -0.1), play("dan", 0.01))
    assert set(told) == {"ann", "dan"}


def test_what_began_after_the_cutoff_changes_nothing() -> None:
    before = (play("ann", 3), play("ann", 40), play("bob", 1))
    assert of(*before, play("ann", -1), play("bob", 0)) == of(*before)


def test_days_and_hours_are_counted_in_their_windows() -> None:
    ann = of(
        play("ann", 1.5, "a"),
        play("ann", 1.6, "b", genre="comedy"),
        play("ann", 10.5, "a"),
        play("ann", 60.5, "c", genre="news"),
        play("ann", 90.5, "d", genre="war"),
    )["ann"]
    assert ann["days_since_last"] == pytest.approx(1.5)
    assert (ann["days_7"], ann["days_28"]) == (1, 2)
    assert ann["hours_28"] == pytest.approx(3)
    assert ann["hours_day"] == pytest.approx(4 / 3)
    assert (ann["titles_28"], ann["genres_90"]) == (2, 3)
    assert ann["longest_gap"] == 50
    assert ann["tenure"] == 100


def test_a_play_without_a_duration_counts_as_a_day_without_hours() -> None:
    ann = of(play("ann", 2.5, watch_seconds=None, reached=None, starter=False))["ann"]
    assert (ann["days_28"], ann["hours_28"]) == (1, 0)
    assert ann["completion_90"] == 0.5  # of nothing known


def test_less_than_before_is_a_falling_trend() -> None:
    falling = of(*(play("ann", day + 0.5) for day in (5, 30, 35, 40, 45, 50, 55)))["ann"]
    rising = of(*(play("ann", day + 0.5) for day in (1, 3, 5, 8, 13, 50)))["ann"]
    assert float(str(falling["trend_28"])) < 0 < float(str(rising["trend_28"]))


def test_what_nobody_tells_of_a_person_is_taken_from_their_plays() -> None:
    rows = (play("bob", 2, country="US"), play("bob", 3, country="US"), play("bob", 4))
    told = of(*rows, play("cid", 1, device="unknown"), play("dan", 1, country="unknown"))
    assert (told["bob"]["country"], told["bob"]["plan"]) == ("US", "unknown")
    assert told["cid"]["country"] == "US"
    assert told["dan"]["country"] == "unknown"
    assert told["cid"]["device"] == "unknown"


def test_somebody_is_there_since_signing_up_or_their_first_play() -> None:
    profiles = pl.DataFrame(
        {
            "user_id": ["ann", "bob"],
            "country": ["DE", "DE"],
            "plan": ["Basic", "Basic"],
            "signup_date": [date(2026, 1, 1), date(2026, 9, 1)],
        }
    )
    starts = plays(*(play(who, 120 - n) for n, who in enumerate(("ann", "bob", "cid", "cid"))))
    people = known_people(profiles, starts).sort("user_id")
    played = [date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 3)]
    assert people["played_first"].to_list() == played
    assert people["began"].to_list() == [date(2026, 1, 1), *played[1:]]
    assert people["days_ever"].to_list() == [1, 1, 2]


def test_who_was_regular_misses_more_days_in_the_same_time() -> None:
    told = of(*(play("ann", day + 0.5) for day in range(10, 200)), play("bob", 10.5))
    ann, bob = (float(str(told[who]["missed"])) for who in ("ann", "bob"))
    assert told["ann"]["days_since_last"] == told["bob"]["days_since_last"]
    assert ann == pytest.approx(10.5 * 190 / (200 + 7))
    assert ann > 10 * bob


def test_who_has_no_play_in_the_28_days_from_the_cutoff_on_left() -> None:
    people = pl.DataFrame({"user_id": ["ann", "bob", "cid", "dan"]})
    later = plays(play("ann", 0), play("bob", -27.9), play("cid", -28), play("dan", 0.1))
    assert outcomes(people, later, AT).to_list() == [False, False, True, True]
