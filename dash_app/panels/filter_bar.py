"""The bar that chooses what a page is about: plain links and forms, so it works before any script.

Options are kept of the snapshot, and made ready with its sums. The form of lists
sends itself when something is chosen and scripts run, which also find values by their names;
without them it has a button.
"""

from collections.abc import Collection, Mapping

from dash_app import formats, labels
from dash_app.day_notes import provisional
from dash_app.filters import (
    COMPARISONS,
    MEASURES,
    NARROWINGS,
    OTHER_DAYS,
    TITLE_LEVELS,
    ViewState,
)
from dash_app.markup import Html, Node, element, fragment
from dash_app.page_request import ALERTS, Visit
from dash_app.panels import comparing
from dash_app.panels.day_field import day_field
from dash_app.panels.page_frame import FIGURES
from netflix_pipeline.addresses import query_string
from netflix_pipeline.contracts.dimensions import BEGINNINGS, COHORT, LEVELS, TIMES, WEEKDAY
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import LONGEST, NOT, PRESETS, Choice, Period
from netflix_pipeline.serving.query.comparisons import chosen_days
from netflix_pipeline.serving.query.periods import FIRST_DAYS
from netflix_pipeline.serving.query.rollups import plays_of
from netflix_pipeline.time_zones import UTC

LISTED = tuple(name for name in NARROWINGS if name not in {*LEVELS, *BEGINNINGS})
"""The narrowings that have a list.

Titles are too many, and chosen by their name elsewhere; what people began with by bars of Audience.
"""
MOST_WEEKS = 52
"""Cohorts that are listed, the newest ones, and those that are chosen."""
SEEN_AT_ONCE = 8
"""Values of a list among which none has to be found by its name."""
UNUSED = " – not used on this page"
ZONES, NO_ZONE = "zones", "no-zone"
"""Ids of the list of time zones, and of what is said where there is none of a name."""
AT_ONCE = ("7d", "28d", "90d", "all")
"""The presets that are seen at once, and of which the days say all; the others are in a menu."""


def picker(visit: Visit) -> Html | None:
    """The bar with what the page takes, which stays in sight; below it in words what is shown."""
    takes = visit.page.takes
    if not takes and not visit.filters.narrowing.given and not visit.filters.zone:
        return None
    bar = element(
        "section",
        _presets(visit) if "period" in takes else None,
        _further(visit) if "period" in takes else None,
        _measures(visit) if "by" in takes else None,
        _dates(visit) if "period" in takes else None,
        _copying(visit),
        element("a", "Alert me…", class_="alert-me", href=visit.link(path=ALERTS))
        if "by" in takes
        else None,
        _more(visit),
        aria_label="Filters",
        class_="filters",
    )
    chips, told = _chips(visit), _told(visit) if "period" in takes else _told_of_zone(visit)
    past = FIGURES if chips or told else None
    return fragment(bar, element("div", chips, told, id=past, tabindex="-1", class_="shown"))


def searching(visit: Visit, label: str, longest: int, name: str = "search") -> Html:
    """The form that searches a page by its own `search`, keeping the rest of its address.

    It is `label` to readers; a search may have so many characters. A page of another search has
    another `name` for it.
    """
    return element(
        "form",
        element(
            "label",
            element("span", label, class_="unseen"),
            element(
                "input",
                type="search",
                name=name,
                value=visit.own(name) or "",
                placeholder=label,
                maxlength=longest,
                autocomplete="off",
            ),
        ),
        kept(visit.filters.with_own(**{name: None, "cursor": None})),
        element("button", "Search", type="submit"),
        action=visit.path,
        method="get",
        role="search",
        class_="search",
    )


def _presets(visit: Visit) -> Html:
    chosen = visit.filters.preset
    return element(
        "div",
        [
            _choice(visit.link(visit.filters.over(name)), PRESETS[name].label, chosen == name)
            for name in AT_ONCE
        ],
        role="group",
        aria_label="Period",
        class_="segments",
    )


def _further(visit: Visit) -> Html:
    """The menu of the other presets, each with its days."""
    chosen, presets = visit.filters.preset, visit.page.presets
    entries = [
        element(
            "li",
            element(
                "a",
                element("span", preset.label),
                element("span", f" {formats.period(visit.preset_days(preset))}", class_="of"),
                href=visit.link(visit.filters.over(name)),
                aria_current="true" if chosen == name else None,
            ),
        )
        for name, preset in presets.items()
        if name not in AT_ONCE
    ]
    further = chosen in presets and chosen not in AT_ONCE
    return element(
        "details",
        element(
            "summary",
            element("span", "Period: ", class_="unseen"),
            presets[chosen].label if chosen and further else "More",
        ),
        element("div", element("ul", entries), class_="sheet"),
        class_="menu chosen" if further else "menu",
    )


def _copying(visit: Visit) -> Html:
    """The menu of links to this view: one to its days, whatever the data, and one that moves on."""
    page, filters, moving = visit.page, visit.filters, "the newest"
    mailed = query_string([("view", visit.link())])
    fixed = page.dated(visit) if page.dated else filters
    if "period" in page.takes:
        fixed = filters.dated(visit.period)
        moving = filters.relative.phrase if filters.relative else moving
    ways = {" (these dates)": fixed, f" (always {moving})": filters}
    if fixed == filters:
        dated = page.dated or "period" in page.takes
        ways = {" (these dates)" if dated else "": fixed}
    return element(
        "details",
        element("summary", "Copy link"),
        element(
            "div",
            [
                element("button", f"Copy link{way}", type="button", data_copy=visit.link(state))
                for way, state in ways.items()
            ],
            element(
                "label",
                element("span", "The link, to be copied from here"),
                element("input", type="text", readonly=True),
                hidden=True,
            ),
            element("p", role="status", class_="said"),
            element("a", "Mail this view…", href=f"{ALERTS}{mailed}#reports"),
            class_="sheet",
        ),
        class_="menu copying",
    )


def _measures(visit: Visit) -> Html:
    return element(
        "div",
        [
            _choice(
                visit.link(visit.filters.measured(name)),
                labels.word(name, label),
                visit.filters.by == name,
            )
            for name, label in MEASURES.items()
        ],
        role="group",
        aria_label="Measure",
        class_="segments measures",
    )


def levels(visit: Visit) -> Html:
    """What the rows of a list of titles are: links to each of them."""
    links = []
    for level, label in TITLE_LEVELS.items():
        filters = visit.filters.at_level(level).with_own(cursor=None)
        links.append(_choice(visit.link(filters), label, visit.filters.level == level))
    return element("div", links, role="group", aria_label="Level", class_="segments levels")


def _choice(href: str, label: str, chosen: bool) -> Html:
    return element("a", label, href=href, aria_current="true" if chosen else None)


def _more(visit: Visit) -> Html | None:
    lists = _lists(visit)
    if lists is None:
        return None
    given = len(visit.narrowing.given)
    count = element("span", given, class_="count") if given else None
    days = formats.period(visit.period) if "period" in visit.page.takes else None
    told = element("span", days, class_="of") if days else None
    head = element("summary", element("span", "Filters"), count, told)
    forms = _forms_beside(visit) if "compare" in visit.page.takes else None
    wrong = bool(visit.filters.no_zone)
    return element("details", head, lists, forms, open=wrong, class_="more")


def _dates(visit: Visit) -> Html:
    return element(
        "form",
        _ends(visit, visit.period, {"from": "From", "to": "to"}),
        kept(visit.filters, {"period", "from", "to"}),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Other period",
        class_="dates" if visit.filters.custom is None else "dates chosen",
    )


def _ends(
    visit: Visit, period: Period, called: Mapping[str, str], form: str | None = None
) -> list[Html]:
    """The fields of both ends of a period, whose names are `called` so; of a `form` elsewhere."""
    return [
        day_field(
            label,
            name,
            day,
            first=visit.dated.data_from,
            last=visit.dated.data_to,
            week_start=FIRST_DAYS[visit.week_start],
            form=form,
        )
        for (name, label), day in zip(called.items(), (period.from_, period.to), strict=True)
    ]


def _lists(visit: Visit) -> Html | None:
    takes = visit.page.takes
    lists = [
        _one(visit, name) if name in visit.page.takes_one else _several(visit, name)
        for name in LISTED
        if name in takes
    ]
    if "compare" in takes:
        lists += [_comparisons(visit), _beside(visit)]
    if "tz" in takes:
        lists.append(_zones(visit))
    if not lists:
        return None
    shown = {each for name in LISTED if name in takes for each in (name, NOT + name)}
    shown |= takes & {"compare", "tz"}
    return element(
        "form",
        lists,
        kept(visit.filters, shown),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Narrow down",
        data_auto=True,
        class_="lists",
    )


def _values(visit: Visit, name: str) -> list[tuple[str, str, int]]:
    """The values to choose from: each, what it is called, and how many plays ever have it."""
    known = plays_of(visit.source.current())[name]
    chosen = visit.filters.narrowing.given.get(name)
    given = chosen.values if chosen else ()
    plays = dict.fromkeys(given, 0) | known
    told = [(value, formats.dimension(name, value), count) for value, count in plays.items()]
    if name == WEEKDAY:
        first = FIRST_DAYS[visit.week_start]
        return sorted(told, key=lambda each: (int(each[0]) - first) % 7)
    if name == COHORT:
        newest = sorted(told, reverse=True)
        return newest[:MOST_WEEKS] + [each for each in newest[MOST_WEEKS:] if each[0] in given]
    return sorted(told, key=lambda each: formats.natural(each[1]))


def _one(visit: Visit, name: str) -> Html:
    """A list of which one value is chosen, or all."""
    choice = visit.narrowing.given.get(name)
    chosen = choice.values if choice else ()
    options = [
        element("option", text, value=value, selected=value in chosen)
        for value, text, _ in _values(visit, name)
    ]
    everything = element("option", "All", value="")
    return labelled(NARROWINGS[name], name, [everything, *options], bool(choice))


def _several(visit: Visit, name: str) -> Html:
    """A list of which several values are chosen, or left out; beside each, its plays so far."""
    label, values = NARROWINGS[name], _values(visit, name)
    choice = visit.narrowing.given.get(name)
    chosen = choice.values if choice else ()
    parameter = choice.parameter(name) if choice else name
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name=parameter, value=value, checked=value in chosen),
            element("span", text),
            element("span", formats.short(count), class_="plays"),
        )
        for value, text, count in values
    ]
    words = [text for value, text, _ in values if value in chosen]
    told = formats.chosen(words, negated=bool(choice and choice.negated)) if words else "All"
    by_utc = " of UTC" if name in TIMES and visit.zone != UTC else ""
    return element(
        "details",
        element("summary", element("span", label), element("strong", told)),
        element(
            "div",
            _ways(visit, name, label, choice) if choice else None,
            finder(label) if len(values) > SEEN_AT_ONCE else None,
            element(
                "fieldset",
                element(
                    "legend",
                    element("span", f"{label}, ", class_="unseen"),
                    f"plays of all days{by_utc}",
                ),
                boxes,
            ),
            class_="options",
        ),
        name="filter",
        class_="list several chosen" if choice else "list several",
    )


def _ways(visit: Visit, name: str, label: str, choice: Choice) -> Html:
    """Whether what is chosen is asked for or left out: links to both."""
    links = [
        _choice(
            visit.narrowed(name, choice.model_copy(update={"negated": negated})),
            text,
            choice.negated == negated,
        )
        for negated, text in ((False, "Only these"), (True, "All but these"))
    ]
    return element("div", links, role="group", aria_label=f"{label}: which", class_="segments")


def finder(label: str) -> Html:
    """What finds values of a list by a part of their names, where scripts run."""
    return element(
        "input",
        type="search",
        placeholder="Find",
        aria_label=f"Find in {label}",
        maxlength=LONGEST,
        autocomplete="off",
        data_find=True,
    )


def _comparisons(visit: Visit) -> Html:
    options = []
    for name, label in COMPARISONS.items():
        days = visit.compared_with(name)
        text = formats.period(days) if days else "not in the data"
        options.append(
            element(
                "option",
                label if name == "none" else f"{label}: {text}",
                value=name,
                selected=name == visit.filters.compare,
            )
        )
    if other := comparing.chosen(visit):
        options.append(element("option", other, value=visit.filters.compare, selected=True))
    return labelled("Compare with", "compare", options, False)


def _zones(visit: Visit) -> Html:
    """The field for a time zone, which offers all; left empty it is the home's.

    What is no zone stays in it, with the names that are near to it below.
    """
    no_zone = visit.filters.no_zone
    wrong = no_zone[0] if no_zone else None
    field = element(
        "label",
        element("span", "Time zone"),
        element(
            "input",
            type="text",
            name="tz",
            value=wrong or visit.filters.zone or "",
            placeholder=visit.usual_zone,
            list=ZONES,
            maxlength=LONGEST,
            autocomplete="off",
            spellcheck="false",
            aria_invalid="true" if wrong else None,
            aria_describedby=NO_ZONE if wrong else None,
        ),
        class_="list chosen" if visit.filters.zone or wrong else "list",
    )
    first = dict.fromkeys((visit.usual_zone, UTC))
    offered = [element("option", value=name) for name in first]
    return fragment(
        field,
        # Behind these view.js writes all that the browser knows.
        element("datalist", offered, id=ZONES, data_keep=True),
        _no_zone(visit, *no_zone) if no_zone else None,
    )


def _no_zone(visit: Visit, wrong: str, *near: str) -> Html:
    """That there is no such time zone, and links to those that may be meant."""
    meant = [
        [", " if at else " Near to that: ", element("a", name, href=_in_zone(visit, name))]
        for at, name in enumerate(near)
    ]
    return element(
        "p",
        f"There is no time zone “{wrong}”.",
        meant or " Write the name of one, such as Europe/Berlin, or of a city.",
        id=NO_ZONE,
        role="alert",
        class_="notice",
    )


def _in_zone(visit: Visit, name: str) -> str:
    return visit.link(visit.filters.in_zone(name).with_own(cursor=None))


BESIDE, OF_DAYS = "beside", "beside-days"
"""The forms that put something else beside what is shown: a filter's value, or other days."""


def _beside(visit: Visit) -> Html:
    """The menu of what else can stand beside what is shown: values of filters, and other days."""
    page, chosen = visit.page, comparing.chosen(visit)
    takes = frozenset[str]() if page.by_days else page.takes - page.takes_one
    values = [
        element(
            "label",
            element(
                "input",
                type="radio",
                name="compare",
                value=f"{name}:{value}",
                checked=visit.filters.compare == f"{name}:{value}",
                form=BESIDE,
            ),
            element("span", text),
            element("span", NARROWINGS[name], class_="plays"),
        )
        for name in LISTED
        if name in takes
        for value, text, _ in _values(visit, name)
    ]
    return element(
        "details",
        element("summary", element("span", "Side by side"), element("strong", chosen or "Nothing")),
        element(
            "div",
            _weekend(visit) if WEEKDAY in takes else None,
            finder("values") if values else None,
            element("fieldset", element("legend", "these and the same of", class_="unseen"), values)
            if values
            else None,
            element("button", "Show", type="submit", form=BESIDE) if values else None,
            _days_beside(visit),
            class_="options",
        ),
        name="filter",
        class_="list several chosen" if chosen else "list several",
    )


def _weekend(visit: Visit) -> Html:
    """The link to the weekend beside the other days of the week."""
    href, now = comparing.weekend(visit)
    return element("div", _choice(href, "Weekend beside weekdays", now), class_="segments")


def _days_beside(visit: Visit) -> Html:
    """The fields of other days, and their button."""
    days = chosen_days(visit.filters.compare) or visit.earlier or visit.period
    called = dict(zip(OTHER_DAYS, ("Days from", "days to"), strict=True))
    return element(
        "div",
        _ends(visit, days, called, form=OF_DAYS),
        element("button", "Show these days", type="submit", form=OF_DAYS, class_="button"),
        class_="dates other-days",
    )


def _forms_beside(visit: Visit) -> list[Html]:
    """The forms of that menu, of which the fields stand in it."""
    rest = kept(visit.filters, {"compare"})
    labels_of = {BESIDE: "Side by side", OF_DAYS: "Beside other days"}
    return [
        element(
            "form",
            rest,
            id=name,
            action=visit.path,
            method="get",
            aria_label=label,
            data_auto=name == BESIDE,
        )
        for name, label in labels_of.items()
    ]


def labelled(label: str, name: str, options: list[Html], chosen: bool) -> Html:
    """A list to choose from, below its label."""
    return element(
        "label",
        element("span", label),
        element("select", options, name=name, autocomplete="off"),
        class_="list chosen" if chosen else "list",
    )


def kept(filters: ViewState, but: Collection[str] = ()) -> list[Node]:
    """What a form does not ask for stays as it is."""
    return [
        element("input", type="hidden", name=name, value=value)
        for name, value in filters.pairs()
        if name not in but
    ]


def _chips(visit: Visit) -> Html | None:
    filters = visit.filters
    given = filters.narrowing.given
    chips = [
        _chip(visit, name, choice, value)
        for name, choice in given.items()
        for value in sorted(choice.values, key=formats.natural)
    ]
    usual = filters.over(visit.page.usual).with_own(cursor=None)
    if filters.custom and "period" in visit.page.takes:
        days = formats.period(filters.custom)
        chips.append(_removed("Days: ", days, visit.link(usual), "chip"))
    if filters.zone:
        unused = "tz" not in visit.page.takes
        chips.append(
            _removed(
                "Time zone: ",
                [filters.zone, element("span", UNUSED) if unused else None],
                visit.link(filters.in_zone(None).with_own(cursor=None)),
                "chip unused" if unused else "chip",
            )
        )
    if beside := comparing.chosen(visit):
        unused = "compare" not in visit.page.takes or visit.comparison == "none"
        told = [beside, element("span", UNUSED) if unused else None]
        href = visit.link(filters.beside(None))
        chips.append(_removed("Beside: ", told, href, "chip unused" if unused else "chip"))
    if len(chips) > 1:
        nothing = (usual if filters.custom else filters).in_zone(None)
        nothing = nothing.beside(None) if beside else nothing
        for name in given:
            nothing = nothing.narrowed(name, None)
        chips.append(element("a", "Remove all", href=visit.link(nothing)))
    if not chips:
        return None
    items = [element("li", chip) for chip in chips]
    return element("ul", items, aria_label="Active filters", class_="chips")


def _chip(visit: Visit, name: str, choice: Choice, value: str) -> Html:
    """One value of a filter, as the link that takes it away."""
    unused = name in visit.without_effect
    told = [
        element("span", "not ", class_="of") if choice.negated else None,
        comparing.named(visit, name, value),
        element("span", UNUSED) if unused else None,
    ]
    href = visit.without(name, value)
    return _removed(f"{NARROWINGS[name]}: ", told, href, "chip unused" if unused else "chip")


def _removed(of: str, told: Node, href: str, class_: str) -> Html:
    """Something that is chosen, as the link that takes it away."""
    return element(
        "a",
        element("span", of, class_="of"),
        told,
        element("span", "×", aria_hidden="true", class_="cross"),
        element("span", ", remove this filter", class_="unseen"),
        href=href,
        class_=class_,
    )


def _told(visit: Visit) -> Html:
    period, name = visit.period, visit.filters.preset
    if "compare" not in visit.page.takes or visit.comparison == "none":
        compared = None
    elif both := comparing.sides(visit):
        compared = f"{both[0]} against {both[1]}"
    elif visit.earlier:
        compared = f"compared with {formats.period(visit.earlier)}"
        if visit.earlier.days != period.days:
            compared += f", {formats.days(visit.earlier.days)}"
    elif chosen_days(visit.filters.compare):
        compared = f"nothing is known of {comparing.chosen(visit)} to compare with"
    elif visit.filters.compare == "year":
        compared = "the year before is not in the data, so nothing to compare with"
    else:
        compared = "no complete period before it to compare with"
    # The last days with data may begin before these, which is no surprise.
    preset = None if name is None or name in AT_ONCE else PRESETS[name]
    data, outside = visit.dated.days, None
    if (preset or visit.filters.custom) and data and not data.covers(period):
        part = "partly " if data.meets(period) else ""
        outside = f"{part}outside of the data, which are of {formats.period(data)}"
    if visit.filters.preset == visit.page.usual == "all":  # its own days are told on the page
        return element("p", element("strong", "All days"), class_="told")
    # Whether more of the period's last day may come.
    goes_on = visit.page.days != "arrivals" and visit.unfinished == period.to
    weeks = None
    if visit.week_start != "monday":
        begin = visit.week_start.capitalize()
        weeks = f"weeks begin on {begin}, those of people, cohorts and Top 10 on Monday"
    later, zone = provisional(visit.to_come(period)), _zone(visit)
    return element(
        "p",
        element("strong", formats.period(period)),
        f" · {preset.phrase}" if preset else None,
        f" · {formats.days(period.days)}",
        " of arrival, not of viewing" if visit.page.days == "arrivals" else None,
        f" · {later}" if later else None,
        " · the last one is not whole yet" if goes_on else None,
        [" · ", element("span", outside)] if outside else None,
        [" · ", element("span", compared)] if compared else None,
        f" · {weeks}" if weeks else None,
        f" · {zone}" if zone else None,
        class_="told",
    )


def _told_of_zone(visit: Visit) -> Html | None:
    zone = _zone(visit)
    return element("p", zone, class_="told") if zone else None


def _zone(visit: Visit) -> str | None:
    """Of which time zone the days are, and which numbers of the page stay with those of UTC."""
    if visit.asked_zone == UTC:
        return None
    if visit.zone == UTC:
        return "Days are of UTC on this page"
    stay = [labels.metric(name).label for name in visit.page.shows if METRICS[name].stays_utc]
    told = f"Days and hours are of {visit.zone}"
    return f"{told}, but of UTC for {', '.join(stay)}" if stay else told
