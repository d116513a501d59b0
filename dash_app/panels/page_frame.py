"""What surrounds every page: skip link, navigation, the state of the data, footer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dash_app import formats, labels
from dash_app.access import Visitor
from dash_app.markup import Html, Node, element, fragment
from netflix_pipeline.serving import SnapshotInfo

MARK = element(
    "svg",
    fragment(
        element("rect", width="32", height="32", rx="9", class_="ground"),
        element("path", d="M7 21.5 L13 14.5 L17.5 18 L25 9.5", class_="stroke"),
        element("circle", cx="25", cy="9.5", r="2.6", class_="end"),
    ),
    viewBox="0 0 32 32",
    aria_hidden="true",
    class_="mark",
)
"""The product's mark: a play button that is also a rising line."""
TOOLS = element(
    "div",
    element(
        "details",
        element("summary", "Bookmarks"),
        element(
            "div",
            element("ul", data_bookmarks=True),
            element("p", "No view is kept yet.", data_no_bookmarks=True, class_="nothing"),
            element(
                "form",
                element(
                    "label",
                    element("span", "Name of this view"),
                    element("input", type="text", name="name", maxlength="60", required=True),
                ),
                element("button", "Keep", type="submit", class_="button"),
                data_bookmark=True,
            ),
            element("button", "Start with this view", type="button", data_start_here=True),
            element(
                "button",
                "Start with the last 28 days again",
                type="button",
                hidden=True,
                data_start_plain=True,
            ),
            element("p", role="status", data_said=True, class_="said"),
            class_="sheet",
        ),
        class_="menu bookmarks",
    ),
    element(
        "label",
        element("span", "Theme", class_="unseen"),
        element(
            "select",
            [
                element("option", label, value=value)
                for value, label in (("", "Auto"), ("light", "Light"), ("dark", "Dark"))
            ],
            data_theme_choice=True,
            autocomplete="off",
        ),
        class_="theme",
    ),
    class_="tools",
    data_keep=True,
)
"""What the browser keeps for its reader; filled and heard by `assets/menu.js`."""


@dataclass(frozen=True)
class Frame:
    """What is said around a page.

    `state` tells the browser which published state it shows. `menu` has the address and the
    heading of each page, `here` is the address of the one that is shown. `problem` is what is wrong
    with all of its numbers. `live` is the pace of a page that changes by itself, and `stamp` tells
    the browser which of its states it shows. `visitor` is who is let in.
    `address` is the view's own, at its shortest.
    """

    state: str
    menu: Sequence[tuple[str, str]] = field(default=())
    here: str | None = None
    info: SnapshotInfo | None = None
    problem: str | None = None
    live: str | None = None
    stamp: str | None = None
    visitor: Visitor | None = None
    address: str | None = None


def framed(heading: str, frame: Frame, *content: Node) -> Html:
    """A whole view."""
    return element(
        "div",
        element("a", "Skip to content", href="#content", class_="skip"),
        element(
            "header",
            element("a", MARK, element("span", labels.current().product), href="/", class_="brand"),
            _menu(frame),
            TOOLS,
            class_="top",
        ),
        element(
            "main",
            element("div", element("h1", heading), _freshness(frame.info), class_="head"),
            element("p", frame.problem, role="alert", class_="notice") if frame.problem else None,
            content,
            id="content",
            tabindex="-1",
        ),
        element(
            "footer",
            element(
                "p", "All days and times are UTC. Every number tells its definition under “?”."
            ),
            _visitor(frame),
        ),
        element("p", role="status", class_="connection", data_keep=True),
        class_="view",
        data_state=frame.state,
        data_title=f"{heading} · {labels.current().product}",
        data_live=frame.live,
        data_stamp=frame.stamp,
        data_address=frame.address,
    )


def _menu(frame: Frame) -> Html | None:
    links = [
        element(
            "li",
            element("a", heading, href=href, aria_current="page" if href == frame.here else None),
        )
        for href, heading in frame.menu
    ]
    return element("nav", element("ul", links), aria_label="Pages") if links else None


def _visitor(frame: Frame) -> Html | None:
    if frame.visitor is None:
        return None
    signed_in = element("span", "Signed in as ", element("strong", frame.visitor.name))
    if not frame.visitor.here:
        return element("p", signed_in, class_="visitor")
    return element(
        "form",
        signed_in,
        element("button", "Sign out", type="submit"),
        action="/logout",
        method="post",
        class_="visitor",
    )


def _freshness(info: SnapshotInfo | None) -> Html | None:
    if info is None:
        return None
    facts: list[tuple[str, str, str]] = [("As of", formats.moment(info.as_of), "as-of")]
    if info.data_from and info.data_to:
        first, last = formats.day(info.data_from), formats.day(info.data_to)
        facts.insert(0, ("Data", f"{first} – {last}", "data-period"))
    facts.append(("Snapshot", str(info.version), "version"))
    return element(
        "dl",
        [
            element("div", element("dt", term), element("dd", fact, data_fact=name), class_=name)
            for term, fact, name in facts
        ],
        class_="freshness",
    )
