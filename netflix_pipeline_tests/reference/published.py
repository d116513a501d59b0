"""Generated dirty data, published in a real home, and what the reference makes of the same files.

Six weeks of autumn 2025, in which clocks change in Europe, America and Australia, and two weeks of
the year before; beside them rows that generated data does not have: of day precision, without
duration, without anything known, past midnight, of titles that no source describes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from netflix_pipeline.generate import generate
from netflix_pipeline.serving import publish_home
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.reference import catalogue, plays, profiles, sittings, tables
from netflix_pipeline_tests.reference.home import Home
from netflix_pipeline_tests.reference.plays import Play
from netflix_pipeline_tests.reference.rows import Row, days_between
from netflix_pipeline_tests.reference.sittings import Sitting
from netflix_pipeline_tests.reference.strategies import Csv
from netflix_pipeline_tests.support.homes import made_once

FIRST, LAST = date(2025, 9, 30), date(2025, 11, 10)
"""The six weeks with most of the data."""
YEAR_BEFORE = date(2024, 11, 11)
"""Last of the two weeks a year (52 weeks) before their end."""

ODD = """\
event_id,user_id,title_id,event_time,action,watch_seconds,progress,playback_id,device,country
odd-1,odd-ann,nobody-knows,2025-10-26,stopped,3000,,,,
odd-2,odd-ann,nobody-knows,2025-10-27,completed,,,,mobile,DE
odd-3,odd-bob,nobody-knows,2025-10-26T00:30:00Z,stopped,5400,0.95,,tablet,DE
odd-4,odd-bob,nobody-knows,2025-10-26T01:14:59.999999Z,stopped,,0.5,,tablet,DE
odd-5,odd-bob,other-one,2025-10-26T01:15:00Z,stopped,60,,,smart_tv,FR
odd-6,odd-cid,other-one,2025-11-02T23:59:59.999999Z,stopped,7200,,,smart_tv,BR
odd-7,odd-cid,other-one,2025-11-10T23:59:59.999999Z,stopped,7200,0.9,,smart_tv,BR
odd-8,odd-cid,other-one,2025-10-05T15:40:00Z,stopped,121,,,,
odd-9,odd/Ann,nobody-knows,2025-10-05T18:00:00Z,stopped,1800,,,tablet,DE
odd-10,odd/Ann,other-one,2025-10-05T18:50:00Z,stopped,1800,,,tablet,DE
odd-11,odd/Zoë/2,other-one,2025-10-06,stopped,,0.2,,mobile,DE
odd-12,odd/Zoë/2,nobody-knows,2025-10-07T23:50:00Z,stopped,3600,,,mobile,DE
odd-13,/odd,nobody-knows,2025-10-07T23:50:00Z,stopped,3600,,,mobile,DE
odd-14,日本,decimal,2025-10-08T10:00:00Z,stopped,168.48,,,mobile,DE
odd-15,日本,decimal,2025-10-09T10:00:00Z,stopped,131.04,,,mobile,DE
odd-16,日本,decimal,2025-10-10T10:00:00Z,stopped,187.2,0.8999999761581421,,mobile,DE
odd-17,日本,decimal,2025-10-11T10:00:00Z,stopped,187.2,0.8999989,,mobile,DE
odd-18,"O'Hara ""50%"" x",it's \\ 100% … <b>?&#,2025-10-12T10:00:00Z,stopped,119.99989,,,mobile,DE
odd-19,"O'Hara ""50%"" x",it's \\ 100% … <b>?&#,2025-10-12T12:00:00Z,stopped,119.9998,,,mobile,DE
odd-20,a b+c,it's \\ 100% … <b>?&#,2025-10-13,stopped,,,,,
odd-21,a b+c,nobody-knows,2025-10-13T13:00:00Z,stopped,600,,,,
odd-22,a b+c,nobody-knows,2025-10-14T13:00:00Z,stopped,600,,,,
odd-23,a b+c,nobody-knows,2025-10-15T13:00:00Z,stopped,600,,,,
odd-24,a b+c,nobody-knows,2025-10-16T13:00:00Z,stopped,600,,,,
odd-25,odd-dee,saga-1,2025-10-18T18:00:00Z,stopped,1800,,,tablet,DE
odd-26,odd-dee,saga-2,2025-10-18T18:20:00Z,stopped,1800,,,mobile,DE
odd-27,odd-dee,other-one,2025-10-18T18:50:00Z,stopped,1800,,,tablet,DE
odd-28,odd-dee,saga-10,2025-10-18T19:10:00Z,stopped,1800,,,tablet,DE
odd-29,odd-dee,saga-x,2025-10-19T18:00:00Z,stopped,300,,,tablet,DE
odd-30,odd-dee,saga-x,2025-10-19T18:40:00Z,stopped,300,,,tablet,DE
odd-31,odd-dee,saga-x,2025-10-19T19:20:00Z,stopped,300,,,tablet,DE
odd-32,odd-eve,saga-2,2025-10-20T18:00:00Z,stopped,1790,,,tablet,FR
odd-33,odd-eve,saga-10,2025-10-27T18:29:50Z,stopped,130,,,tablet,FR
odd-34,odd-eve,saga-1,2025-11-06T18:00:00Z,stopped,1800,,,tablet,FR
odd-35,odd-fay,saga,2025-10-21,stopped,60,,,,
odd-36,odd-fay,saga-1,2025-10-21,stopped,60,,,,
odd-37,odd-gus,saga,2025-10-21,stopped,600,,,,
odd-38,odd-gus,tale-1,2025-10-22T18:00:00Z,stopped,600,,,mobile,DE
opus-1,opa,opus-1,2025-10-14T18:00:00Z,stopped,1790,0.97,,mobile,DE
opus-2,opa,opus-2,2025-10-15T18:00:00Z,stopped,1790,0.97,,smart_tv,DE
opus-3,opa,opus-10,2025-10-16T18:00:00Z,stopped,1700,0.93,,smart_tv,DE
opus-4,opa,opus-21,2025-10-30T18:00:00Z,stopped,1700,0.5,,smart_tv,DE
opus-5,ope,opus-1b,2025-10-14T19:00:00Z,stopped,1790,0.97,,mobile,FR
opus-6,ope,opus-1,2025-10-18T18:00:00Z,stopped,600,0.3,,mobile,FR
opus-7,ope,opus-2,2025-11-05T18:00:00Z,stopped,600,0.3,,tablet,FR
opus-8,opi,opus-1,2025-10-20T09:00:00Z,stopped,900,0.5,,mobile,DE
opus-9,opi,opus-s,2025-10-21T09:00:00Z,stopped,900,0.5,,mobile,DE
opus-10,opo,opus-2,2025-10-22T20:00:00Z,stopped,900,0.5,,mobile,US
opus-11,opu,opus-2,2025-10-20T20:00:00Z,stopped,900,0.5,,tablet,US
opus-12,opu,opus-1,2025-11-08T20:00:00Z,stopped,900,0.5,,tablet,US
opus-13,opy,opus-x,2025-10-25T20:00:00Z,stopped,900,,,tablet,US
opus-14,opy,opus-n,2025-10-26T20:00:00Z,stopped,900,,,tablet,US
opus-15,opy,opus-21,2025-10-27,stopped,900,,,,
opus-16,opy,opus-10,2025-10-28T20:00:00Z,stopped,60,,,tablet,US
"""
"""Watch events: the hour that comes twice, quarters' edges, midnights, unknown everything, ids of
any kind, thresholds reached exactly on paper, and a household."""

ODD_TITLES = """\
title_id,title,content_type,runtime_minutes,series_id,season,episode,episodes
decimal,Decimal,film,3.12,,,,
saga,The Saga,series,,,,,
saga-1,One,series,30,saga,1,1,10
saga-2,Two,series,30,saga,1,2,10
saga-10,Ten,series,30,saga,1,10,10
saga-x,Extra,series,,saga,,,
opus-1,Uno,series,30,opus,1,1,3
opus-1b,Eins,series,31,opus,1,1,3
opus-2,Due,series,30,opus,1,2,3
opus-10,Dieci,series,30,opus,1,10,3
opus-x,Extra,series,30,opus,1,,
opus-21,Ancora,series,30,opus,2,1,
opus-n,Tre,series,,opus,,3,
opus-s,Making of,series,12,opus,0,1,1
tale,The Tale,series,,,,,
tale-1,First,series,20,tale,1,1,2
"""
"""A film of decimal length, series that are described beside their episodes, and one that is not,
with two titles of one number, numbers and seasons that are unknown, and a special."""


SPELLED = {
    9: ("nine of them", "Nine  Of Them", " NINE OF THEM "),
    10: ("Café", "CAFE\u0301", "cafe\u0301"),
    12: ("<b>heat</b> & cold", "<B>HEAT</B> & COLD", " <b>Heat</b>  & Cold"),
    14: ("straße", "STRASSE", "Strasse"),
}
"""Terms as they are typed, by how many people type them."""
PLACES = (("US", "mobile"), ("DE", "smart_tv"), ("DE", "mobile"))


def odd_searches() -> str:
    """Searches for terms that just enough people search for to be shown, or one too few.

    Each of them searches for it in each of the places and ways; some of it finds nothing, or is
    not clicked, and of some the country is not known.
    """
    lines = ["search_id,user_id,event_time,query,results_count,clicked_position,device,country"]
    for people, queries in SPELLED.items():
        for person in range(people):
            day = LAST - timedelta(days=3 * person)
            for number, (query, (country, device)) in enumerate(zip(queries, PLACES, strict=True)):
                what = f"odd-{people}-{person}-{number},u{person + 1:07},{day}T2{number}:00:00Z"
                found = (person + number) % 4
                clicked = number + 1 if found > 1 else ""
                where = country if person % 5 or number else ""
                lines.append(f"{what},{query},{found},{clicked},{device},{where}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, eq=False)
class Published:
    """The home that is published, and the reference's own reading of it; nobody changes it."""

    settings: Settings
    bronze: dict[str, list[Row]]
    users: dict[str, Row]
    titles: dict[str, Row]
    plays: list[Play]
    sittings: list[Sitting]

    def at(self, folder: Path) -> Published:
        """The same of a copy of the folder in which all of it was made."""
        return replace(self, settings=Settings(home=folder / "home"))

    @cached_property
    def searches(self) -> list[Row]:
        """The rows of silver searches."""
        return tables.searches(self.bronze["search_events"], self.users)

    @cached_property
    def recommendations(self) -> list[Row]:
        """The rows of silver recommendations."""
        return tables.recommendations(self.bronze["recommendation_events"])

    @property
    def reviews(self) -> list[Row]:
        """The rows of silver reviews."""
        return self.bronze["reviews"]

    def tables(self) -> tables.Tables:
        """Every silver and gold table, as the definitions say."""
        days = [play.day for play in self.plays]
        return tables.expected(self.bronze, days_between(min(days), max(days)))


@made_once
def published(root: Path) -> Published:
    """Generate, ingest, materialize and publish below `root`; the reference reads along."""
    home = Home(root)
    for name, end, days, events in (
        ("before", YEAR_BEFORE, 14, 300),
        ("now", LAST, (LAST - FIRST).days + 1, 2500),
    ):
        files = generate(
            root / name,
            events=events,
            users=60,
            titles=50,
            days=days,
            end=end,
            seed=5,
            dirty=True,
        )
        for table, path in files.paths.items():
            home.arrive(Csv(table, path.read_text()))
    home.arrive(Csv("titles", ODD_TITLES))
    home.arrive(Csv("watch_events", ODD))
    home.arrive(Csv("search_events", odd_searches()))
    home.materialize()
    publish_home(home.settings, as_of=home.clock)
    bronze = home.arrivals.bronze()
    users = catalogue.users(bronze["users"], bronze["user_mentions"])
    titles = catalogue.titles(bronze["titles"], bronze["title_mentions"])
    found = profiles.knowing_people(plays.plays(bronze["watch_events"], titles, users))
    return Published(home.settings, bronze, users, titles, found, sittings.sittings(found, titles))
