"""Sittings: a user's plays, one after another without a long pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netflix_pipeline_tests.reference.plays import PAUSE, Play
from netflix_pipeline_tests.reference.rows import Row, grouped, total

if TYPE_CHECKING:
    from datetime import date, datetime

BINGE_EPISODES = 3


@dataclass(frozen=True)
class Sitting:
    """One sitting; country, device and plan are those of its first play."""

    session_id: str
    user_id: str
    started_at: datetime
    ended_at: datetime
    plays: int
    titles: int
    watch_seconds: float
    binge: bool
    country: str
    device: str
    plan: str

    @property
    def day(self) -> date:
        """The day it started, to which it belongs."""
        return self.started_at.date()

    def row(self) -> Row:
        """The row of silver sessions."""
        return dict(vars(self))


def sittings(plays: list[Play], titles: dict[str, Row]) -> list[Sitting]:
    """All sittings of the plays, by (user, start, session)."""
    chains: list[list[Play]] = []
    timed = [play for play in plays if play.time_precision == "second"]
    for group in grouped(timed, lambda play: play.user_id).values():
        chain: list[Play] = []
        for play in sorted(group, key=lambda play: (play.started_at, play.play_id)):
            if chain and play.started_at <= max(p.ended_at for p in chain) + PAUSE:
                chain.append(play)
            else:
                chain = [play]
                chains.append(chain)
    found = [_sitting(chain, titles) for chain in chains]
    return sorted(found, key=lambda one: (one.user_id, one.started_at, one.session_id))


def _sitting(chain: list[Play], titles: dict[str, Row]) -> Sitting:
    first = chain[0]
    return Sitting(
        session_id=first.play_id,
        user_id=first.user_id,
        started_at=first.started_at,
        ended_at=max(play.ended_at for play in chain),
        plays=len(chain),
        titles=len({play.title_id for play in chain}),
        watch_seconds=total(play.watch_seconds for play in chain),
        binge=_is_binge(chain, titles),
        country=first.country,
        device=first.device,
        plan=first.plan,
    )


def _is_binge(chain: list[Play], titles: dict[str, Row]) -> bool:
    starters = [titles[play.title_id] for play in chain if play.starter]
    in_series = [title for title in starters if title["series_key"] is not None]
    for of_series in grouped(in_series, lambda title: title["series_key"]).values():
        known = {
            (title["season"], title["episode"])
            for title in of_series
            if title["episode"] is not None
        }
        unknown = [title for title in of_series if title["episode"] is None]
        if len(known) + len(unknown) >= BINGE_EPISODES:
            return True
    return False
