"""The bar that chooses what a page is about: plain links and forms, so it works before any script.

Options are kept of the snapshot, and made ready with its sums.
"""

from dash_app import formats, labels
from dash_app.day_notes import provisional
from dash_app.filters import MEASURES
from dash_app.markup import Html, element, fragment
from dash_app.page_request import ALERTS, Visit
from dash_app.panels import comparing
from dash_app.panels.controls import kept, option_link, period_ends
from dash_app.panels.filter_chips import filter_chips
from dash_app.panels.filter_menus import filter_lists
from dash_app.panels.page_frame import FIGURES
from dash_app.panels.side_by_side import beside_forms
from netflix_pipeline.addresses import query_string
from netflix_pipeline.metrics import METRICS
from netflix_pipeline.serving import PRESETS
from netflix_pipeline.serving.query.comparisons import chosen_days
from netflix_pipeline.time_zones import UTC

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
    chips, told = filter_chips(visit), _told(visit) if "period" in takes else _told_of_zone(visit)
    past = FIGURES if chips or told else None
    return fragment(bar, element("div", chips, told, id=past, tabindex="-1", class_="shown"))


def _presets(visit: Visit) -> Html:
    chosen = visit.filters.preset
    return element(
        "div",
        [
            option_link(visit.link(visit.filters.over(name)), PRESETS[name].label, chosen == name)
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
            option_link(
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


def _more(visit: Visit) -> Html | None:
    lists = filter_lists(visit)
    if lists is None:
        return None
    given = len(visit.narrowing.given)
    count = element("span", given, class_="count") if given else None
    days = formats.period(visit.period) if "period" in visit.page.takes else None
    told = element("span", days, class_="of") if days else None
    head = element("summary", element("span", "Filters"), count, told)
    forms = beside_forms(visit) if "compare" in visit.page.takes else None
    wrong = bool(visit.filters.no_zone)
    return element("details", head, lists, forms, open=wrong, class_="more")


def _dates(visit: Visit) -> Html:
    return element(
        "form",
        period_ends(visit, visit.period, {"from": "From", "to": "to"}),
        kept(visit.filters, {"period", "from", "to"}),
        element("button", "Show", type="submit"),
        action=visit.path,
        method="get",
        aria_label="Other period",
        class_="dates" if visit.filters.custom is None else "dates chosen",
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
