"""The searches that a number is made of, under the same filters."""

from dash_app.pages.rows import interactions_page
from dash_app.panels.interaction_rows import searches
from dash_app.panels.interactions import SEARCHES

PAGE = interactions_page(SEARCHES, searches, "term")
