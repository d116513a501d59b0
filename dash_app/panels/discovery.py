"""The cards of a kind of interactions: how many there were, and how many were taken."""

from dataclasses import replace

from dash_app import formats
from dash_app.markup import Html, element
from dash_app.page_request import Visit
from dash_app.panels.cards import against, card
from dash_app.panels.interactions import InteractionCourse, InteractionPanel, ask


def cards(visit: Visit, kind: InteractionPanel) -> Html:
    """A card for each count, and for the share that was clicked; or why they cannot be had."""
    course = ask(visit, kind)
    names = (kind.whole, kind.share.name, *(name for name in kind.counts if name != kind.whole))
    heading = f"{kind.label(kind.whole)} at a glance"
    return element(
        "section",
        element("h2", heading, class_="unseen"),
        element(
            "div",
            [_card(visit, kind, course, name) for name in names],
            class_="cards fitting",
        ),
        aria_label=heading,
    )


def _card(
    visit: Visit, kind: InteractionPanel, course: InteractionCourse | None, name: str
) -> Html:
    of_share = name == kind.share.name
    metric = kind.share
    if not of_share:
        label, sentence = kind.counts[name]
        unit = kind.label(kind.whole).lower()
        metric = replace(
            metric, name=f"{kind.name}_{name}", label=label, sentence=sentence, unit=unit
        )
    if course is None:
        can = ", ".join(kind.share.filters)
        return card(metric, None, [], element("p", f"only by {can}", class_="change none"))
    value = getattr(course.now.data.totals, name)
    before = getattr(course.before.data.totals, name) if course.before else None
    facts = [("Unit", metric.unit)]
    if of_share:
        facts.append(("Rests on", kind.rests_on(course.now)))
    facts += [
        ("Period", formats.period(visit.period)),
        ("As of", formats.moment(course.now.snapshot.as_of)),
    ]
    values = course.course.data.lines[0].values if of_share else course.counted(name)
    trend = visit.of_whole(values, course.course.data.granularity)
    return card(metric, value, facts, against(metric.unit, value, before, visit.earlier), trend)
