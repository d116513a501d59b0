"""Search terms, on searches made by hand: none is shown that fewer than ten people searched for."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest

from netflix_pipeline.errors import BadInput
from netflix_pipeline.metrics import LEAST_PEOPLE, FilterNotTaken
from netflix_pipeline.serving import BadCursor, Filters, Period, Snapshots, Source, publish
from netflix_pipeline.serving.query import cursors
from netflix_pipeline.serving.question import table_of
from netflix_pipeline.serving.questions.search_terms import (
    SORTS,
    RareTerms,
    SearchTerm,
    SearchTermsQuestion,
)
from netflix_pipeline_tests.support.interactions import Searched, search
from netflix_pipeline_tests.support.three_days import FRIDAY, MONDAY, TUESDAY, three_days

WEEK = Period(from_=MONDAY, to=FRIDAY)
EVIL = '=HYPERLINK("http://evil.example")'
LONG = "x" * 10_000


def by(people: int, query: str | None, first: int = 0, **more: object) -> Iterator[Searched]:
    """A search of each of so many people."""
    for number in range(first, first + people):
        yield Searched(f"p-{number:02}", query, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    root = tmp_path_factory.mktemp("terms")
    world = three_days(root / "lake")
    search(
        world,
        MONDAY,
        [
            *by(10, "Heat", results=0),
            *by(10, " HEAT\x00\x1b", clicked=1),
            *by(9, "the secret of nine"),
            *by(9, "the secret of nine", country="FR", results=0),
            *by(5, "Amélie", country="FR"),
            *by(12, None),
            Searched("p-01", "\u202e \t"),
        ],
    )
    search(
        world,
        TUESDAY,
        [
            *by(5, "AME\u0301LIE", first=5, clicked=2, device="tablet"),
            *by(11, EVIL, results=None),
            *by(10, f"{LONG}a"),
            *by(10, f"{LONG}b", first=10),
            *by(10, "<script>alert(1)</script>"),
        ],
    )
    publish(world.lake, root / "serving")
    return Snapshots(root / "serving")


def shown(source: Source, question: SearchTermsQuestion) -> dict[str, SearchTerm]:
    return {one.term: one for one in source.ask(question).data.terms}


def test_a_term_is_told_with_all_that_became_of_it(source: Source) -> None:
    told = source.ask(SearchTermsQuestion(WEEK))
    assert told.data.terms[0] == SearchTerm(
        term="heat", people=10, searches=20, not_found=10, without_click=10, search_success=0.5
    )
    assert [(one.term, one.people) for one in told.data.terms[1:]] == [
        ("x" * 100, 20),
        (EVIL.lower(), 11),
        ("<script>alert(1)</script>", 10),
        ("amélie", 10),
    ]
    assert told.data.without_words == 13
    assert told.metrics == ("search_terms", "search_success", "not_found", "without_click")
    assert source.ask(SearchTermsQuestion()).data.terms == told.data.terms


def test_a_term_of_nine_people_is_in_the_rest_however_often_they_search(source: Source) -> None:
    told = source.ask(SearchTermsQuestion(WEEK)).data
    assert told.rest == RareTerms(
        terms=1, people=None, searches=18, not_found=9, without_click=18, search_success=0
    )
    everything = [
        source.ask(SearchTermsQuestion(period, filters, sort))
        for period in (WEEK, Period(from_=MONDAY, to=MONDAY), Period(from_=TUESDAY, to=FRIDAY))
        for filters in (Filters(), Filters(country="FR"), Filters(device="mobile"))
        for sort in SORTS
    ]
    table = table_of(SearchTermsQuestion)
    assert table
    said = [answer.model_dump_json().encode() + table.csv(answer.data) for answer in everything]
    assert not any(b"secret" in one for one in said)
    assert all(one.people >= LEAST_PEOPLE for answer in everything for one in answer.data.terms)


def test_people_are_counted_under_the_filters(source: Source) -> None:
    in_france = source.ask(SearchTermsQuestion(WEEK, Filters(country="FR"))).data
    assert in_france.terms == ()
    assert (in_france.rest.terms, in_france.rest.people, in_france.rest.searches) == (2, None, 14)
    monday = source.ask(SearchTermsQuestion(Period(from_=MONDAY, to=MONDAY))).data
    assert [one.term for one in monday.terms] == ["heat"]
    assert (monday.rest.terms, monday.rest.searches) == (2, 23)
    several = SearchTermsQuestion(
        WEEK,
        Filters.model_validate(
            {
                "country": ("DE", "FR"),
                "device": {"values": ("tablet",), "negated": True},
            }
        ),
    )
    assert "amélie" not in shown(source, several)
    assert shown(source, several)["heat"].people == 10
    with pytest.raises(FilterNotTaken, match="country, device"):
        source.ask(SearchTermsQuestion(WEEK, Filters(plan="Basic")))


def test_the_people_of_all_rare_terms_are_told_where_they_are_enough(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("rare")
    world = three_days(root / "lake")
    search(world, MONDAY, [*by(6, "one"), *by(6, "two", first=5)])
    publish(world.lake, root / "serving")
    told = Snapshots(root / "serving").ask(SearchTermsQuestion()).data
    assert told.terms == ()
    assert (told.rest.terms, told.rest.people, told.rest.searches) == (2, 11, 12)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_have_every_term_once_most_first(source: Source, sort: str) -> None:
    everything = source.ask(SearchTermsQuestion(WEEK, sort=sort))
    keys = [getattr(one, sort) for one in everything.data.terms]
    assert keys == sorted(keys, reverse=True)
    found: list[SearchTerm] = []
    cursor: str | None = None
    while True:
        page = source.ask(SearchTermsQuestion(WEEK, sort=sort, limit=2, cursor=cursor))
        found += page.data.terms
        assert page.data.rest == everything.data.rest
        if (cursor := page.next) is None:
            break
    assert tuple(found) == everything.data.terms


def test_a_cursor_of_another_list_is_refused_and_none_tells_what_is_hidden(source: Source) -> None:
    page = source.ask(SearchTermsQuestion(WEEK, limit=2))
    for question in (
        SearchTermsQuestion(WEEK, sort="people", cursor=page.next),
        SearchTermsQuestion(Period(from_=MONDAY, to=MONDAY), cursor=page.next),
        SearchTermsQuestion(WEEK, cursor="WzFd"),
    ):
        with pytest.raises(BadCursor):
            source.ask(question)
    place = f"terms:searches:{MONDAY}:{FRIDAY}"
    hidden, other = (
        source.ask(SearchTermsQuestion(WEEK, cursor=cursors.encode(place, 18, term)))
        for term in ("the secret of nine", "the secret of nobody")
    )
    assert hidden.data == other.data


def test_no_term_is_a_formula_in_a_csv(source: Source) -> None:
    table = table_of(SearchTermsQuestion)
    assert table
    text = table.csv(source.ask(SearchTermsQuestion(WEEK)).data).decode()
    heads, *lines = csv.reader(io.StringIO(text, newline=""))
    assert heads[:3] == ["term", "people", "searches"]
    assert f"'{EVIL.lower()}" in {line[0] for line in lines}


def test_where_nobody_searched_there_is_nothing(source: Source) -> None:
    long_ago = date(2001, 1, 1)
    answer = source.ask(SearchTermsQuestion(Period(from_=long_ago, to=long_ago)))
    assert answer.data.terms == ()
    assert (answer.data.rest.terms, answer.data.rest.search_success) == (0, None)
    assert answer.warnings
    with pytest.raises(BadInput, match="sorted by 'query'"):
        source.ask(SearchTermsQuestion(WEEK, sort="query"))
