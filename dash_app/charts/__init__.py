"""Charts: a Plotly figure in, SVG out. Pure, without a size: they fill whatever holds them."""
