"""When an alert's condition is met, and what none can be about."""

from datetime import date

import pytest

from netflix_pipeline.business_alerts import BadBusinessAlert, Condition, Rule, check_receivers
from netflix_pipeline.serving import ALL, Choice, Filters, Period
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import AlertDefinition

FILTERS = Filters(country=("DE", "FR"), device=Choice(values=("mobile",), negated=True))
RULE = Rule("hours_viewed", FILTERS, "falls", 20, "day")


def test_what_is_kept_of_a_rule_is_read_back() -> None:
    kept = RULE.kept("  Hours \n there", ["slack", "a@b.org", "slack"])
    assert kept == AlertDefinition(
        "Hours there",
        "hours_viewed",
        "country=DE&country=FR&not_device=mobile",
        "falls",
        20,
        "day",
        ("slack", "a@b.org"),
    )
    assert Rule.of(kept) == RULE


@pytest.mark.parametrize(
    ("condition", "amount", "value", "base", "holds"),
    [
        ("below", 10, 9.9, None, True),
        ("below", 10, 10, None, False),
        ("above", 10, 10, None, False),
        ("above", 10, 10.1, None, True),
        ("falls", 20, 79, 100, True),
        ("falls", 20, 80, 100, False),
        ("falls", 20, 300, 100, False),
        ("rises", 20, 121, 100, True),
        ("rises", 20, 120, 100, False),
        ("rises", 20, 0, 100, False),
        ("below", 10, None, None, None),
        ("falls", 20, None, 100, None),
        ("falls", 20, 5, None, None),
        ("rises", 20, 5, 0, None),
    ],
)
def test_a_condition_is_met_beyond_its_amount(
    condition: Condition, amount: float, value: float | None, base: float | None, holds: bool | None
) -> None:
    assert Rule("plays", ALL, condition, amount, "day").holds(value, base) is holds


def test_a_period_is_the_last_that_has_ended() -> None:
    sunday, monday = date(2026, 3, 8), date(2026, 3, 9)
    by_week = Rule("plays", ALL, "below", 1, "week")
    for last in (sunday, monday):
        assert RULE.last(last, "monday") == Period(from_=last, to=last)
        week = Period(from_=date(2026, 3, 2), to=sunday)
        assert by_week.last(last, "monday") == week
    saturday = date(2026, 3, 7)
    week = Period(from_=date(2026, 3, 1), to=saturday)
    assert by_week.last(sunday, "sunday") == by_week.last(saturday, "sunday") == week
    # What always goes by ISO weeks does so here.
    assert Rule("wau", ALL, "below", 1, "week").last(sunday, "sunday").to == sunday


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (Rule("hours", ALL, "below", 1, "day"), "no metric"),
        (Rule("rating", ALL, "below", 1, "day"), "not a number of a period"),
        (Rule("dau", Filters(country=("DE",)), "below", 1, "day"), "cannot be filtered by country"),
        (Rule("plays", ALL, "falls", 0, "day"), "more than 0 percent"),
        (Rule("plays", ALL, "falls", 100, "day"), "nothing falls by more"),
        (Rule("plays", ALL, "above", float("nan"), "day"), "is a number"),
    ],
)
def test_what_no_period_can_be_judged_by_is_refused(rule: Rule, says: str) -> None:
    with pytest.raises(BadBusinessAlert, match=says):
        rule.kept("x", [])


@pytest.mark.parametrize("name", ["", " \n", "x" * 81, "a\x00b"])
def test_an_alert_has_a_name(name: str) -> None:
    with pytest.raises(BadBusinessAlert, match="1 to 80 characters"):
        RULE.kept(name, [])


@pytest.mark.parametrize(
    "query", ["country=DE&not_country=FR", "weekday=9", "planet=earth", "country="]
)
def test_filters_that_are_none_are_refused(query: str) -> None:
    with pytest.raises(BadBusinessAlert):
        Rule.narrowed(query)


MAIL = "smtp://mail.example.org:25?from=a@example.org&to=b@example.org"


def test_only_those_are_told_whom_the_operator_lets_be(home: Settings) -> None:
    told = home.model_copy(
        update={"alert_email": MAIL, "alert_mail_domains": "Example.org, b.example"}
    )
    check_receivers(told, ["email", "ann.b+c@example.org", "x@B.example"])
    for refused in (
        "webhook",
        "https://evil.example/",
        "ann@evil.example",
        "ann@sub.example.org",
        "ann@example.org.evil.example",
        "ann@evil.example@example.org",
        "ann@example.org,b@evil.example",
        '"a b"@example.org',
        "ann@example.org\nBcc: b@evil.example",
        f"{'x' * 250}@example.org",
    ):
        with pytest.raises(BadBusinessAlert):
            check_receivers(told, [refused])
    with pytest.raises(BadBusinessAlert, match="no mail server"):
        check_receivers(told.model_copy(update={"alert_email": ""}), ["ann@example.org"])
    with pytest.raises(BadBusinessAlert, match="are none"):
        check_receivers(home.model_copy(update={"alert_email": MAIL}), ["ann@example.org"])
