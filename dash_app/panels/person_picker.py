"""Whose viewing a page is about: chosen in the address, found by a part of an id."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from dash_app import formats
from dash_app.filters import BadAddress
from dash_app.markup import Html, Node, element
from dash_app.page_request import Visit
from dash_app.panels.controls import searching
from netflix_pipeline.ids import trimmed
from netflix_pipeline.serving import Answer, NotFound, Page, Period, Play, Question
from netflix_pipeline.serving.questions.plays import HistoryQuestion, HouseholdHistoryQuestion
from netflix_pipeline.serving.questions.user import PeopleFound, PeopleQuestion, PersonFound
from netflix_pipeline.serving.questions.viewing import (
    HouseholdViewingQuestion,
    PersonalViewing,
    ViewingQuestion,
)

T = TypeVar("T")
LISTED = 20
"""People that a search lists."""


@dataclass(frozen=True)
class ChosenPerson:
    """One person, by id, or all profiles of a household, by its name."""

    name: str
    is_household: bool

    @property
    def chosen(self) -> dict[str, str]:
        """How an address says so."""
        return {"household" if self.is_household else "person": self.name}

    def viewing(self, visit: Visit, period: Period | None) -> Answer[PersonalViewing]:
        """How they watched in a period, or ever. Raises NotFound."""
        answer = (
            visit.source.ask(HouseholdViewingQuestion(self.name, period, without=visit.erased))
            if self.is_household
            else visit.source.ask(ViewingQuestion(self._told_of(visit), period))
        )
        return answer.model_copy(update={"filters": self.chosen})

    def plays(
        self, visit: Visit, period: Period | None, limit: int, cursor: str | None
    ) -> Page[tuple[Play, ...]]:
        """A page of what they played in a period, or ever. Raises NotFound."""
        answer = (
            visit.source.ask(
                HouseholdHistoryQuestion(
                    self.name, period, limit=limit, cursor=cursor, without=visit.erased
                )
            )
            if self.is_household
            else visit.source.ask(
                HistoryQuestion(self._told_of(visit), period, limit=limit, cursor=cursor)
            )
        )
        return answer.model_copy(update={"filters": self.chosen})

    def ask(self, visit: Visit, question: Callable[[str], Question[T]]) -> Answer[T]:
        """What is told of the one person. Raises NotFound."""
        if self.is_household:
            raise NotFound("it is told of one person: choose one of the household.")
        answer = visit.source.ask(question(self._told_of(visit)))
        return answer.model_copy(update={"filters": self.chosen})

    def _told_of(self, visit: Visit) -> str:
        """The person's id, where something may be told of them."""
        if self.name in visit.erased:
            raise NotFound("this person was erased, or is about to be: nothing is told of them.")
        return self.name


def chosen_person(visit: Visit) -> ChosenPerson | None:
    """Who is chosen, else the only household that there is; None where nobody is."""
    person, household = (trimmed(visit.own(name) or "") for name in ("person", "household"))
    if person and household:
        raise BadAddress("choose a person or a household, not both: remove one of them.")
    if person or household:
        return ChosenPerson(person or household, is_household=not person)
    profiles = _found(visit)
    households = {one.household for one in profiles.people if one.household}
    if len(households) == 1 and not profiles.more and not visit.own("search"):
        return ChosenPerson(households.pop(), is_household=True)
    return None


def chooser(visit: Visit, shown: ChosenPerson | None) -> Html:
    """The form that searches, and links to the people that are found or in the same household."""
    search = visit.own("search")
    if search or shown is None:
        matching = _found(visit, search)
        people, more = matching.people, matching.more
    else:
        people, more = _around(visit, shown), False
    listed: Node = [
        _household(visit, name, sorted(of, key=lambda one: formats.natural(one.user_id)), shown)
        for name, of in groupby(people, lambda one: one.household)
    ]
    if not people and search:
        listed = element("p", f"No id contains “{search}”.", class_="note")
    return element(
        "section",
        searching(visit, "Find a person by a part of the id", longest=64),
        listed,
        element("p", "There are more: search for more of the id.", class_="note") if more else None,
        aria_label="Whose viewing",
        class_="whose",
    )


def how_to_bring_yours() -> Html:
    """What to do to see one's own viewing here."""
    return element(
        "section",
        element("h2", "See your own viewing"),
        element(
            "p",
            "Netflix gives every member their data. At once, titles and dates of a profile: its "
            "viewing activity has “Download all”. With hours and devices, after some days: ask "
            "under Account, Security, Personal info access, and take ",
            element("code", "CONTENT_INTERACTION/ViewingActivity.csv"),
            " out of what you get. Take in one of the two:",
        ),
        element(
            "pre",
            element(
                "code",
                "netflix-pipeline ingest NetflixViewingHistory.csv --household NAME\n"
                "netflix-pipeline ingest ViewingActivity.csv --household NAME\n\n"
                "netflix-pipeline materialize",
            ),
            tabindex="0",
        ),
        element("p", "It stays on this machine. Anybody else is found above by their id."),
        class_="panel message empty",
    )


def _found(visit: Visit, search: str | None = None) -> PeopleFound:
    """The people that fit a search, or some profiles, without those who are erased."""
    matches = visit.source.ask(PeopleQuestion(search, LISTED)).data
    people = tuple(one for one in matches.people if one.user_id not in visit.erased)
    return matches.model_copy(update={"people": people})


def _around(visit: Visit, shown: ChosenPerson) -> tuple[PersonFound, ...]:
    """Who is in the same household, or the person alone."""
    household = shown.name if shown.is_household else shown.name.partition("/")[0]
    matching = _found(visit, f"{household}/").people
    people = tuple(one for one in matching if one.household == household)
    return people or (PersonFound(user_id=shown.name, household=None),)


def _household(
    visit: Visit, name: str | None, people: list[PersonFound], shown: ChosenPerson | None
) -> Html:
    """The profiles of a household and the household itself; of others just they."""
    prefix = f"{name}/" if name else ""
    links = [
        _choice(
            visit,
            ChosenPerson(one.user_id, is_household=False),
            one.user_id.removeprefix(prefix),
            shown,
        )
        for one in people
    ]
    if name:
        whole = ChosenPerson(name, is_household=True)
        links.insert(0, _choice(visit, whole, f"All of {name}", shown))
    label = f"Profiles of {name}" if name else "People"
    return element("ul", links, aria_label=label, class_="people")


def _choice(visit: Visit, who: ChosenPerson, text: str, shown: ChosenPerson | None) -> Html:
    nobody = visit.filters.with_own(person=None, household=None, search=None, cursor=None)
    chosen = nobody.with_own(**who.chosen)
    return element(
        "li",
        element("a", text, href=visit.link(chosen), aria_current="true" if who == shown else None),
    )
