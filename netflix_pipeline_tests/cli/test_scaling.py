"""`netflix-pipeline scaling`."""

from pathlib import Path

from netflix_pipeline_tests.support.command import Command


def test_a_report_compares_policies_over_the_same_demand(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    asked = ("scaling", "report", "--demand", "lifelike", "--seed", 1, "--boot", 5)
    found = command.ok(*asked, "--events", 20_000, "--json").json["comparisons"]
    assert [each["demand"] for each in found] == ["lifelike"]
    for each in found:
        outcomes = each["outcomes"]
        assert outcomes["oracle"]["time_under"] == 0
        floor, both = outcomes["predictive"], outcomes["predictive + reactive"]
        assert both["node_hours"] >= floor["node_hours"]
        assert both["time_under"] <= floor["time_under"]
        assert outcomes["reactive"]["node_hours"] <= both["node_hours"]
    assert not (tmp_path / "home").exists()


def test_without_a_count_nothing_is_advised(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    assert "no demand was counted yet" in command.ok("scaling", "advise").out
    told = command.ok("scaling", "advise", "--json").json
    assert (told["origin"], told["services"]) == (None, {})
    assert not (tmp_path / "home").exists()
