"""Questions of a Monday morning, each answered in few clicks from the page that opens first.

A click, a choice and a typed text or date count as one each. Every walk ends at what answers its
question. With `PICTURES` naming a folder, a picture of each answer is kept there.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Locator, Page, expect

from netflix_pipeline_tests.support.browser import ready

DOCS = Path(__file__).parents[2] / "docs" / "dashboard.md"
BAR = 34
"""Pixels from one bar to the next."""


@dataclass
class Walk:
    """Somebody at the dashboard, and how often they clicked, chose or typed."""

    page: Page
    clicks: int = field(default=0)

    def click(self, what: Locator) -> None:
        with self._counted():
            what.click()

    def to(self, link: str) -> None:
        """Follow a link by its name."""
        self.click(self.page.get_by_role("link", name=link, exact=True).first)

    def menu(self, name: str) -> None:
        """Open a menu, or a list of a filter, by its name."""
        self.click(self.page.locator("summary:visible", has_text=name).first)

    def tick(self, name: str, value: str) -> None:
        self.click(self.page.locator(f'input[name="{name}"][value="{value}"]'))

    def type(self, label: str, text: str) -> None:
        with self._counted():
            self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, value: str) -> None:
        with self._counted():
            self.page.get_by_label(label).select_option(value)

    def bar(self, panel: str, name: str) -> None:
        """Click on the bar of that name."""
        box = self.page.locator(f"#panel-{panel}")
        names = box.locator(".twin tbody th").all_text_contents()
        place = next(place for place, each in enumerate(names) if name in each)
        with self._counted():
            box.locator(".plot").click(position={"x": 30, "y": BAR * (place + 0.5)})

    def panel(self, name: str) -> Locator:
        panel = self.page.locator(f"#panel-{name}")
        expect(panel).to_be_visible()
        return panel

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count what is done meanwhile, and wait until what it leads to is shown."""
        self.clicks += 1
        address = self.page.url
        self.page.locator(".view").evaluate("view => (view.dataset.before = '')")
        yield
        if self.page.url != address:
            expect(self.page.locator(".view:not([data-before])")).to_be_attached()
        expect(self.page.locator("html[data-ready]")).to_be_attached()


def last_week_against_the_week_before(walk: Walk) -> None:
    walk.menu("More")
    walk.click(walk.page.get_by_role("link", name=re.compile("^Last week")))
    expect(walk.page.locator(".told")).to_contain_text("3–9 Nov 2025")
    expect(walk.page.locator(".told")).to_contain_text("27 Oct – 2 Nov 2025")
    expect(walk.page.locator('.card:has([data-metric="hours_viewed"]) .change')).to_contain_text(
        "%"
    )


def why_it_changed(walk: Walk) -> None:
    rows = walk.panel("moved").locator(".twin tbody tr")
    expect(rows.first).to_be_attached()


def the_biggest_series(walk: Walk) -> None:
    walk.to("Titles")
    hours = walk.panel("catalogue").locator("td.hours-viewed").all_text_contents()
    assert float(re.sub(r"[^0-9.]", "", hours[0])) > 0


def the_biggest_season(walk: Walk) -> None:
    walk.to("Titles")
    walk.to("Seasons")
    expect(walk.panel("catalogue").locator("tbody th").first).to_contain_text(re.compile("Season"))


def how_far_people_get_into_a_series(walk: Walk) -> None:
    walk.to("Titles")
    walk.to("Forgotten Empire")
    walk.panel("funnel")
    walk.panel("furthest")


def how_a_launch_went(walk: Walk) -> None:
    walk.to("Titles")
    walk.to("The Saga")
    walk.panel("launch")


def which_titles_bring_in_new_people(walk: Walk) -> None:
    walk.to("Audience")
    groups = walk.page.get_by_role("group", name="Groups of people")
    walk.click(groups.get_by_role("link", name="First title"))
    expect(walk.panel("people-groups").locator("h2")).to_contain_text("first title")


def where_viewers_drop_out(walk: Walk) -> None:
    walk.to("Titles")
    walk.to("Decimal")
    walk.panel("drop-off")


def one_country_on_one_device_by_genre(walk: Walk) -> None:
    walk.bar("country", "Germany")
    walk.bar("device", "Mobile")
    expect(walk.page).to_have_url(re.compile("country=DE.*device=mobile|device=mobile.*country=DE"))
    walk.panel("genre")


def a_bar_narrows_the_page(walk: Walk) -> None:
    walk.bar("country", "Germany")
    expect(walk.page.get_by_role("link", name=re.compile("^Country: Germany"))).to_be_visible()


def which_genres_grow(walk: Walk) -> None:
    expect(walk.panel("genre").locator("tspan").first).to_contain_text(re.compile("[▲▼]"))


def weekend_against_weekdays(walk: Walk) -> None:
    walk.menu("Side by side")
    walk.to("Weekend beside weekdays")
    expect(walk.page.locator(".told")).to_contain_text("Weekend against Monday to Friday")
    hours = walk.page.locator('.card:has([data-metric="hours_viewed"])')
    expect(hours).to_contain_text(re.compile("against Monday to Friday: [0-9]"))


def the_hours_of_people_at_risk(walk: Walk) -> None:
    walk.to("Audience")
    expect(walk.panel("people-groups").locator(".twin tbody")).to_contain_text("At risk")


def whether_yesterday_is_complete(walk: Walk) -> None:
    walk.to("Trust")
    walk.panel("complete")


def share_this_view(walk: Walk) -> None:
    walk.menu("Copy link")
    walk.click(walk.page.get_by_role("button", name="Copy link (these dates)"))
    expect(walk.page.locator(".copying [role=status]")).to_have_text("The link is copied.")


def the_page_in_excel(walk: Walk) -> None:
    with walk.page.expect_download() as saving:
        walk.click(walk.page.locator(".freshness a", has_text="Excel"))
    assert saving.value.suggested_filename.endswith(".xlsx")


def note_what_happened_on_a_day(walk: Walk) -> None:
    walk.menu("Add a note")
    walk.type("Day (UTC)", "2025-11-05")
    walk.type("What happened", "Trailer of the second season")
    walk.click(walk.page.get_by_role("button", name="Add", exact=True))
    expect(walk.page.locator(".notes")).to_contain_text("Trailer of the second season")


def two_countries_side_by_side(walk: Walk) -> None:
    walk.bar("country", "Germany")
    others = walk.page.get_by_role("group", name="Germany against")
    walk.click(others.get_by_role("link", name="United States"))
    expect(walk.page.locator(".told")).to_contain_text("United States")


def two_titles_side_by_side(walk: Walk) -> None:
    walk.to("Titles")
    walk.to("Forgotten Empire")
    walk.to("Distant Frequency")
    expect(walk.page.locator(".told")).to_contain_text("Distant Frequency")


def several_countries_at_once(walk: Walk) -> None:
    walk.menu("Country")
    walk.tick("country", "DE")
    walk.tick("country", "US")
    chips = walk.page.get_by_role("list", name="Active filters")
    expect(chips).to_contain_text("Germany")
    expect(chips).to_contain_text("United States")


def all_but_kids(walk: Walk) -> None:
    walk.menu("Genre")
    walk.click(walk.page.locator('.several input[name="genre"]').first)
    walk.to("All but these")
    expect(walk.page.get_by_role("list", name="Active filters")).to_contain_text("not ")


def the_top_10_of_a_country_by_week(walk: Walk) -> None:
    walk.to("Top 10")
    walk.choose("Country", "BR")
    expect(walk.panel("films").locator("h2")).to_contain_text("Brazil")


def what_was_searched_and_not_found(walk: Walk) -> None:
    walk.to("Discovery")
    expect(walk.panel("search-terms").locator(".twin tbody")).to_contain_text("strasse")


def keep_this_view(walk: Walk) -> None:
    walk.menu("Bookmarks")
    walk.type("Name of this view", "Monday")
    walk.click(walk.page.get_by_role("button", name="Keep"))
    walk.page.get_by_text("Bookmarks", exact=True).click()  # to see it
    expect(walk.page.get_by_role("link", name="Monday")).to_be_visible()


def alert_me_when_hours_fall(walk: Walk) -> None:
    walk.to("Alert me…")
    walk.click(walk.page.get_by_role("button", name="Keep this alert"))
    kept = walk.page.locator(".noted li")
    expect(kept).to_contain_text("Hours viewed: falls by more than 20 %")


def one_persons_year(walk: Walk) -> None:
    walk.to("My viewing")
    walk.panel("calendar")


QUESTIONS: dict[Callable[[Walk], None], int] = {
    last_week_against_the_week_before: 2,
    why_it_changed: 0,
    the_biggest_series: 1,
    the_biggest_season: 2,
    how_far_people_get_into_a_series: 2,
    how_a_launch_went: 2,
    which_titles_bring_in_new_people: 2,
    where_viewers_drop_out: 2,
    one_country_on_one_device_by_genre: 2,
    a_bar_narrows_the_page: 1,
    which_genres_grow: 0,
    weekend_against_weekdays: 2,
    the_hours_of_people_at_risk: 1,
    whether_yesterday_is_complete: 1,
    share_this_view: 2,
    the_page_in_excel: 1,
    note_what_happened_on_a_day: 4,
    two_countries_side_by_side: 2,
    two_titles_side_by_side: 3,
    several_countries_at_once: 3,
    all_but_kids: 3,
    the_top_10_of_a_country_by_week: 2,
    what_was_searched_and_not_found: 1,
    keep_this_view: 3,
    alert_me_when_hours_fall: 2,
    one_persons_year: 1,
}
"""Each question, and the clicks to its answer."""


@pytest.fixture
def address(of_known: str) -> str:
    return of_known


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_a_question_is_answered(page: Page, address: str, question: Callable[[Walk], None]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    ready(page, address)
    walk = Walk(page)
    question(walk)
    assert walk.clicks == QUESTIONS[question]
    if pictures := os.environ.get("PICTURES"):
        page.screenshot(path=Path(pictures) / f"{question.__name__}.png", full_page=True)


def test_the_docs_say_how_many_clicks_each_takes() -> None:
    told = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d) \|$", DOCS.read_text(), re.MULTILINE)
    names = {question.__name__.replace("_", " "): count for question, count in QUESTIONS.items()}
    assert {name.lower().replace("’", ""): int(count) for name, count in told} == names


def test_answers_are_near() -> None:
    assert median(QUESTIONS.values()) <= 2
    assert max(QUESTIONS.values()) <= 5
