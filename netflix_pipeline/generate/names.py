"""The words of which the made-up catalogue is composed."""

FIRST = (
    "Silent", "Crimson", "Last", "Broken", "Golden", "Hidden", "Northern", "Electric", "Paper",
    "Distant", "Velvet", "Burning", "Frozen", "Midnight", "Hollow", "Second", "Borrowed", "Iron",
    "Wild", "Quiet", "Scarlet", "Stolen", "Endless", "Fading", "Lucky", "Perfect", "Crooked",
    "Salt", "Glass", "Summer", "Winter", "Shadow", "Rising", "Forgotten", "Sudden", "Tender",
    "Restless", "Blue", "Sweet", "Concrete",
)  # fmt: skip
SECOND = (
    "Harbor", "Kingdom", "Letters", "Garden", "Witness", "River", "Signal", "Orchard", "Promise",
    "Station", "Empire", "Daughters", "Horizon", "Mirror", "Tide", "Neighbors", "Crossing",
    "Mountain", "Echo", "Court", "Lighthouse", "Bakery", "Heist", "Island", "Fathers", "Detective",
    "Satellite", "Border", "Frequency", "Hours", "Strangers", "Bridge", "Kitchen", "Verdict",
    "Archive", "Moon", "Runaways", "Voyage", "Inheritance", "Game",
)  # fmt: skip
ENDINGS = (
    "", " of Lisbon", ", Again", ": The Beginning", " & Co.", " in Seoul", " Forever", " '84",
)  # fmt: skip

GENRES = (
    "Drama", "Comedy", "Thriller", "Action", "Crime", "Romance", "Sci-Fi", "Horror", "Fantasy",
    "Mystery", "Family", "Animation", "History", "Reality",
)  # fmt: skip
GENRE_SHARES = (16, 14, 11, 10, 10, 8, 7, 5, 5, 4, 4, 3, 2, 1)

# Language, country of origin, share of the catalogue.
ORIGINS = (
    ("English", "US", 42), ("English", "GB", 10), ("Spanish", "ES", 8), ("Spanish", "MX", 5),
    ("Korean", "KR", 8), ("Japanese", "JP", 6), ("Hindi", "IN", 6), ("French", "FR", 5),
    ("German", "DE", 4), ("Portuguese", "BR", 4), ("Turkish", "TR", 2),
)  # fmt: skip
MATURITY = ("G", "PG", "PG-13", "TV-14", "R", "TV-MA")
MATURITY_SHARES = (6, 12, 20, 24, 14, 24)

PRAISE = (
    "Loved it from the first minute.",
    "Wonderful cast, great pace, and what an ending!",
    "Watched it all in one evening.",
    'A real gem. My daughter calls it "the good one".',
)
SHRUGS = (
    "Fine for a rainy Sunday.",
    "Good start, weak ending.",
    "Some scenes drag, others shine.",
    "It passes the time, no more.",
)
COMPLAINTS = (
    "Fell asleep halfway.",
    "The plot makes no sense, and nobody seems to care.",
    'So much hype for this "masterpiece"?',
    "Stopped after twenty minutes.",
)
REVIEWS = (COMPLAINTS, COMPLAINTS, SHRUGS, PRAISE, PRAISE)
"""Texts of a review by its rating, 1 to 5."""
