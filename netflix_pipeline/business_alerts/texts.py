"""What is said of an alert, in sentences."""

from collections.abc import Sequence
from datetime import date

from netflix_pipeline.business_alerts.rules import Rule
from netflix_pipeline.serving import Period

WORDS = {"below": "less than", "above": "more than", "falls": "falls", "rises": "rises"}

ONE_OF = {"searches": "search"}
"""What one is called, where that is not the unit without its s."""


def day_of(day: date) -> str:
    """`Fri 6 Mar 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def days_of(period: Period) -> str:
    """`Fri 6 Mar 2026`, or from and to."""
    if period.from_ == period.to:
        return day_of(period.from_)
    return f"{day_of(period.from_)} – {day_of(period.to)}"


def amount(rule: Rule, value: float | None) -> str:
    """A value of the metric with its unit: `1,204.5 h`, `43.1 %`, `120 plays`."""
    if value is None:
        return "no value"
    unit = rule.definition.unit
    if unit == "share":
        return f"{value * 100:,.1f} %"
    number = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    return f"{number} {ONE_OF.get(unit, unit.removesuffix('s')) if value == 1 else unit}"


def called(rule: Rule) -> str:
    """The metric, and what it is narrowed to: `Hours viewed (country DE)`."""
    said = [
        f"{'not ' if choice.negated else ''}{name.replace('_', ' ')} {', '.join(choice.values)}"
        for name, choice in rule.filters.given.items()
    ]
    return f"{rule.definition.label} ({'; '.join(said)})" if said else rule.definition.label


def limit(rule: Rule) -> str:
    """The condition: `falls by more than 20 % against the mean of the same weekdays before`."""
    if not rule.compares:
        return f"{WORDS[rule.condition]} {amount(rule, rule.amount)}"
    return f"{WORDS[rule.condition]} by more than {rule.amount:g} % against {_before(rule, 4)}"


def sentence(
    rule: Rule,
    period: Period | None,
    value: float | None = None,
    base: float | None = None,
    base_periods: int = 0,
    problems: Sequence[str] = (),
) -> str:
    """What is found of an alert in a period."""
    if period is None:
        return f"{called(rule)}: no {rule.grain} is complete yet."
    found = f"{called(rule)}, {days_of(period)}: {amount(rule, value)}"
    if rule.compares:
        found += f", {_compared(rule, value, base, base_periods)}"
    if problems:
        return f"Data are missing, so nothing is said of viewers: {'; '.join(problems)}. ({found}.)"
    return f"{found}."


def _compared(rule: Rule, value: float | None, base: float | None, base_periods: int) -> str:
    if base is None:
        return f"with nothing to compare it with: no {rule.grain} of {_before(rule, 4)} has data"
    told = f"{amount(rule, base)}, {_before(rule, base_periods)}"
    if value is None or not base:
        return f"against {told}"
    change = (value - base) / base * 100
    if not change:
        return f"as much as {told}"
    return f"{abs(change):.1f} % {'less' if change < 0 else 'more'} than {told}"


def _before(rule: Rule, count: int) -> str:
    if rule.grain == "week":
        return f"the mean of {count} weeks before" if count > 1 else "the week before"
    return f"the mean of {count} same weekdays before" if count > 1 else "the same weekday before"
