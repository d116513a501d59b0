"""The dashboard's first page as it is usually built: in plain Dash, and in Streamlit.

Both show the same numbers and seven charts of the same snapshot, each asked for once (`numbers`)
and drawn by Plotly (`drawn`); they have no filters, no sign-in, nothing that follows new data.
"""
