"""The definitions of metrics and tables once more, in plain Python: the judge of the real ones.

Lists of dicts and dataclasses, loops, no Polars, no cleverness: it is meant to be checked by eye
against the definitions. `tables.expected` computes every silver and gold table from bronze rows,
`arrival.Arrivals` decides what a raw row becomes before that.
"""
