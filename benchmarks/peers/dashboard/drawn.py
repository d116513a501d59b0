"""The page's cards as texts and its charts as Plotly's figures; both applications show them."""

import os
from collections.abc import Iterable
from pathlib import Path

import plotly.graph_objects as go

from benchmarks.peers.dashboard.numbers import SPLITS, overview

SNAPSHOT = Path(os.environ["PEERS_SNAPSHOT"])
HEIGHT = 320


def cards() -> list[tuple[str, str, str]]:
    """Each number: its name, its value and its change."""
    now, before = overview(SNAPSHOT)
    return [
        (name.replace("_", " "), _told(value), _change(value, before.cards[name]))
        for name, value in now.cards.items()
    ]


def charts() -> list[go.Figure]:
    """The charts, from the trend on."""
    now, before = overview(SNAPSHOT)
    days, hours = zip(*now.trend, strict=True)
    trend = [go.Scatter(x=days, y=hours, name="now")]
    if len(before.trend) == len(days):
        trend.append(go.Scatter(x=days, y=[value for _, value in before.trend], name="before"))
    week = [[0.0] * 24 for _ in range(7)]
    for weekday, hour, value in now.week:
        week[weekday - 1][hour] = value
    countries = now.splits["country"]
    moved = {
        name: value - before.splits["country"].get(name, 0) for name, value in countries.items()
    }
    return [
        _figure("Hours viewed", *trend),
        _figure("What moved it", _bars(moved.items())),
        _figure("Hours of the week", go.Heatmap(z=week)),
        _figure("Top titles", _bars(now.titles)),
        *(_figure(by, _bars(now.splits[by].items())) for by in SPLITS),
    ]


def _bars(rows: Iterable[tuple[str, float]]) -> go.Bar:
    names, values = zip(*rows, strict=True)
    return go.Bar(x=values[::-1], y=names[::-1], orientation="h")


def _figure(title: str, *traces: go.Scatter | go.Bar | go.Heatmap) -> go.Figure:
    return go.Figure(traces, layout={"title": {"text": title}, "height": HEIGHT})


def _told(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _change(now: float | None, before: float | None) -> str:
    return f"{(now - before) / before:+.1%}" if now is not None and before else "–"
