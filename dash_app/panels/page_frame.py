"""What surrounds every page: skip link, navigation, the state of the data, footer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dash_app import formats, labels, locales
from dash_app.access import Visitor
from dash_app.markup import Html, Node, element, fragment
from dash_app.page_request import ALERTS
from netflix_pipeline.serving import SnapshotInfo
from netflix_pipeline.state import Bookmark
from netflix_pipeline.state.bookmarks import LONGEST_NAME

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
FIGURES = "figures"
"""The id of what stands between the filters of a page and its numbers."""
KEEP, RENAME, FORGET = "/bookmarks", "/bookmarks/rename", "/bookmarks/remove"
START = element(
    "div",
    element("button", "Start with this view", type="button", data_start_here=True),
    element(
        "button",
        "Start with the usual view again",
        type="button",
        hidden=True,
        data_start_plain=True,
    ),
    element("p", role="status", data_said=True, class_="said"),
    data_keep=True,
    class_="start",
)
THEME = element(
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
    data_keep=True,
    class_="theme",
)
"""With START, what the browser keeps for its reader; filled and heard by `assets/menu.js`."""


@dataclass(frozen=True)
class Frame:
    """What is said around a page.

    `state` tells the browser which published state it shows. `menu` has the address and the
    heading of each page, `here` is the address of the one that is shown. `problem` is what is wrong
    with all of its numbers. `live` is the pace of a page that changes by itself, and `stamp` tells
    the browser which of its states it shows. `visitor` is who is let in.
    `address` is the view's own, at its shortest, `workbook` that of all of its panels. `bookmarks`
    are those that its visitor has. `figures` says that something stands between its filters and its
    numbers, at FIGURES.
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
    bookmarks: Sequence[Bookmark] = ()
    workbook: str | None = None
    figures: bool = False


def framed(heading: str, frame: Frame, *content: Node) -> Html:
    """A whole view."""
    return element(
        "div",
        element("a", "Skip to content", href="#content", class_="skip"),
        element("a", "Skip to the figures", href=f"#{FIGURES}", class_="skip")
        if frame.figures
        else None,
        element(
            "header",
            element("a", MARK, element("span", labels.current().product), href="/", class_="brand"),
            _menu(frame),
            element("div", _bookmarks(frame), THEME, class_="tools"),
            class_="top",
        ),
        element(
            "main",
            element("div", element("h1", heading), _freshness(frame), class_="head"),
            element("p", frame.problem, role="alert", class_="notice") if frame.problem else None,
            content,
            id="content",
            tabindex="-1",
        ),
        element(
            "footer",
            element(
                "p",
                "Days and times are UTC where no zone is named. Every number tells its definition "
                "under “?”.",
            ),
            element("p", element("a", "Alerts and reports", href=ALERTS)) if frame.menu else None,
            _visitor(frame),
        ),
        element("p", role="status", class_="connection", data_keep=True),
        class_="view",
        data_state=frame.state,
        data_title=f"{heading} · {labels.current().product}",
        data_live=frame.live,
        data_stamp=frame.stamp,
        data_address=frame.address,
        data_locale=locales.tag(),
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


def _bookmarks(frame: Frame) -> Html:
    """The views that were kept, and the form that keeps this one."""
    kept = element("ul", [_bookmark(frame, each) for each in frame.bookmarks])
    return element(
        "details",
        element("summary", "Bookmarks"),
        element(
            "div",
            kept if frame.bookmarks else element("p", "No view is kept yet.", class_="nothing"),
            _keep(frame) if frame.address else None,
            START,
            class_="sheet",
        ),
        class_="menu bookmarks",
    )


def _keep(frame: Frame) -> Html:
    share = element(
        "label",
        element("input", type="checkbox", name="shared", value="yes"),
        element("span", "For everybody here"),
        class_="check",
    )
    return element(
        "form",
        _name("Name of this view"),
        element("input", type="hidden", name="back", value=frame.address),
        element("button", "Keep", type="submit", class_="button"),
        share if frame.visitor else None,
        action=KEEP,
        method="post",
    )


def _bookmark(frame: Frame, kept: Bookmark) -> Html:
    """A link; for who may change it, with the forms to do so."""
    reader = frame.visitor.name if frame.visitor else ""
    mine = kept.owner in ("", reader)
    about = "for everybody" if mine else f"of {kept.owner}"
    hidden = (
        element("input", type="hidden", name="id", value=str(kept.id)),
        element("input", type="hidden", name="back", value=frame.address or "/"),
    )
    ways = (
        element(
            "details",
            element("summary", "Rename", element("span", f" {kept.name}", class_="unseen")),
            element(
                "form",
                _name("New name", kept.name),
                hidden,
                element("button", "Rename", type="submit", class_="button"),
                action=RENAME,
                method="post",
            ),
        ),
        element(
            "form",
            hidden,
            element("button", "×", type="submit", aria_label=f"Remove {kept.name}"),
            action=FORGET,
            method="post",
        ),
    )
    return element(
        "li",
        element("a", kept.name, href=kept.address),
        element("span", about, class_="of") if kept.shared and kept.owner else None,
        ways if mine else None,
    )


def _name(label: str, value: str | None = None) -> Html:
    return element(
        "label",
        element("span", label),
        element(
            "input",
            type="text",
            name="name",
            value=value,
            maxlength=str(LONGEST_NAME),
            required=True,
            autocomplete="off",
        ),
    )


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


def _freshness(frame: Frame) -> Html | None:
    """Of when the numbers are; and all of them to take along."""
    info, facts = frame.info, list[tuple[str, Node, str]]()
    if info and info.data_from and info.data_to:
        first, last = formats.day(info.data_from), formats.day(info.data_to)
        facts.append(("Data", f"{first} – {last}", "data-period"))
    if info:
        facts.append(("As of", formats.moment(info.as_of), "as-of"))
        facts.append(("Snapshot", str(info.version), "version"))
    if frame.workbook:
        of = element("span", " of the whole page", class_="unseen")
        link = element("a", "Excel", of, href=frame.workbook, download=True)
        facts.append(("Whole page", link, "workbook"))
    if not facts:
        return None
    return element(
        "dl",
        [
            element("div", element("dt", term), element("dd", fact, data_fact=name), class_=name)
            for term, fact, name in facts
        ],
        class_="freshness",
    )
