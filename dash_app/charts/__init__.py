"""Charts: data in, SVG out. Pure, without a size: they fill whatever holds them."""
