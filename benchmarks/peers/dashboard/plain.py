"""The page in plain Dash: `gunicorn benchmarks.peers.dashboard.plain:server`.

As its tutorial has it: a layout of `html` and `dcc.Graph`, with the scripts that Dash brings.
"""

from dash import Dash, dcc, html

from benchmarks.peers.dashboard.drawn import cards, charts


def layout() -> html.Div:
    """The page, made anew for each visit."""
    return html.Div(
        [
            html.H1("Overview"),
            html.Div(
                [
                    html.Div([html.H2(value), html.P(name), html.P(change)], className="card")
                    for name, value, change in cards()
                ],
                style={"display": "flex", "gap": "2em"},
            ),
            *(dcc.Graph(figure=figure) for figure in charts()),
        ]
    )


app = Dash(__name__)
app.layout = layout
server = app.server
