"""The pages: each is a module with a `PAGE`, whose line here puts it into the navigation."""

from dash_app.page_request import DashboardPage
from dash_app.pages import (
    alerts,
    audience,
    discovery,
    forecast,
    now,
    overview,
    recommendation_rows,
    rows,
    search_rows,
    series,
    title,
    titles,
    top10,
    trust,
    viewing,
)

PAGES: tuple[DashboardPage, ...] = (
    overview.PAGE,
    titles.PAGE,
    title.PAGE,
    series.PAGE,
    top10.PAGE,
    audience.PAGE,
    discovery.PAGE,
    forecast.PAGE,
    now.PAGE,
    trust.PAGE,
    viewing.PAGE,
    rows.PAGE,
    search_rows.PAGE,
    recommendation_rows.PAGE,
    alerts.PAGE,
)
"""Every page, in the order of the navigation."""
