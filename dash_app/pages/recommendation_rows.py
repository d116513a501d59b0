"""The recommendations that a number is made of, under the same filters."""

from dash_app.pages.rows import interactions_page
from dash_app.panels.interaction_rows import recommendations
from dash_app.panels.interactions import RECOMMENDATIONS

PAGE = interactions_page(RECOMMENDATIONS, recommendations)
