"""How groups of people watch: by engagement, by what they did before, by how they began."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from dash_app import figures, formats, labels
from dash_app.filters import BadAddress
from dash_app.markup import Html, element
from dash_app.page_request import OVERVIEW, Visit
from dash_app.panels import comparing
from dash_app.panels.panel import PEOPLE, Panel, nothing_of
from dash_app.table import Table, TableColumn, measured
from netflix_pipeline.contracts.dimensions import PEOPLE as GROUPS_OF_PEOPLE
from netflix_pipeline.serving import Choice
from netflix_pipeline.serving.questions.cohorts import CohortStep
from netflix_pipeline.serving.questions.people import (
    GroupWatching,
    PeopleByGroupQuestion,
    PeopleGroup,
)

OWN = "groups"
"""The name of the address that says how people are told apart."""
CALLED: dict[PeopleGroup, str] = {
    "segment": "Engagement",
    "lifecycle": "Lifecycle",
    "first_title": "First title",
    "first_country": "First country",
    "first_device": "First device",
}
STATUSES = {"new": "New", "returning": "Returning", "resurrected": "Resurrected"}
DIMENSIONS = {"first_country": "country", "first_device": "device", "segment": "segment"}
"""The dimensions whose values groups are."""
OTHERS = "All others"
SENTENCES = {
    "segment": "By the engagement score of the last 28 days with data, whatever the period.",
    "lifecycle": "By what each did before the week of a play: new in that week, returning from the "
    "week before, resurrected from earlier. Over several weeks somebody may be in several groups.",
    "first_title": "By the series or film of their first play ever.",
    "first_country": "By the country of their first play ever.",
    "first_device": "By the device of their first play ever.",
}


def grouping(visit: Visit) -> PeopleGroup:
    """How the address tells people apart. Raises BadAddress."""
    wanted = visit.own(OWN) or "segment"
    for name in CALLED:
        if name == wanted:
            return name
    raise BadAddress(f"{OWN} is one of {', '.join(get_args(PeopleGroup))}.")


def switch(visit: Visit) -> Html:
    """The links that tell people apart in another way."""
    now = grouping(visit)
    links = [
        element(
            "a",
            label,
            href=visit.link(visit.filters.with_own(**{OWN: None if name == "segment" else name})),
            aria_current="true" if name == now else None,
        )
        for name, label in CALLED.items()
    ]
    return element("div", links, role="group", aria_label="Groups of people", class_="segments")


def people_groups(visit: Visit) -> Panel:
    """The panel of hours and viewers of each group."""
    by = grouping(visit)
    answer = visit.source.ask(
        PeopleByGroupQuestion(by, visit.period, visit.narrowing, compare=visit.compared)
    )
    data = answer.data
    groups = data.groups if data.total.plays else ()
    names = names_of(by, groups)
    hours = labels.metric("hours_viewed")
    table = Table.of(
        f"Hours and viewers by {CALLED[by].lower()}",
        (
            TableColumn("group", CALLED[by], none=OTHERS),
            measured("hours_viewed", hours.label, hours.unit),
            *(comparing.columns(visit, hours.unit) if data.compared_with else ()),
            TableColumn("share_of_hours", "Share of hours", formats.percent),
            *(_measured(name) for name in ("viewers", "plays", "completion_rate")),
            TableColumn("people", "People", formats.number),
        ),
        groups,
        _narrowed(visit, by, groups),
        group=lambda each: names[each.group],
        change=lambda each: formats.difference(hours.unit, each.hours_viewed, each.compared),
    ).rows_if(data.total.hours_viewed)
    said = [
        f"{formats.short_in(hours.unit, each.hours_viewed)} · {formats.percent(share)} "
        f"{formats.marked(hours.unit, each.hours_viewed, each.compared)}".rstrip()
        for each in groups
        if (share := each.share_of_hours) is not None
    ]
    return Panel(
        name="people-groups",
        heading=table.caption,
        summary=_summary(groups, by),
        table=table,
        answer=answer.model_copy(update={"metrics": ("hours_viewed", "viewers")}),
        figure=figures.bars(table, "group", "hours_viewed", said),
        facts=[("Rests on", formats.counted(data.total.people, *PEOPLE))],
        sentences=(SENTENCES[by],),
        rows=visit.behind(),
        nothing=nothing_of("hours_viewed"),
    )


def _narrowed(visit: Visit, by: PeopleGroup, groups: Sequence[GroupWatching]) -> list[str]:
    """Where bars lead: to what the people of a group watched; a lifecycle is no filter."""
    if by not in GROUPS_OF_PEOPLE:
        return []
    named = tuple(sorted(each.group for each in groups if each.group is not None))
    rest = Choice.model_construct(values=named, negated=True)
    narrowed = (visit.filters.narrowed(by, each.group or rest) for each in groups)
    return [visit.link(filters, OVERVIEW) for filters in narrowed]


def _measured(name: str) -> TableColumn:
    metric = labels.metric(name)
    return measured(name, metric.label, metric.unit)


def names_of(
    by: PeopleGroup, groups: Sequence[GroupWatching | CohortStep]
) -> dict[str | None, str | None]:
    """What each group is called; with its id where another is called so, too."""
    names = {each.group: _called(by, each) for each in groups if each.group is not None}
    often = Counter(names.values())
    told: dict[str | None, str | None] = {None: None}
    return told | {
        group: name if often[name] == 1 else f"{name} ({group})" for group, name in names.items()
    }


def _called(by: PeopleGroup, group: GroupWatching | CohortStep) -> str:
    assert group.group is not None
    if by == "lifecycle":
        return STATUSES[group.group]
    if by in DIMENSIONS:
        return formats.dimension(DIMENSIONS[by], group.group)
    return labels.title(group.group, group.name)


def _summary(groups: tuple[GroupWatching, ...], by: PeopleGroup) -> str:
    known = [each for each in groups if each.group is not None and each.share_of_hours is not None]
    if not known:
        return ""
    most = known[0]
    return (
        f"{_called(by, most)}: {formats.percent(most.share_of_hours)} of the hours, by "
        f"{formats.counted(most.people, *PEOPLE)}."
    )
