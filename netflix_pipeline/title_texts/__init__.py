"""What Netflix's titles say: one text that names a film, or series, season and episode.

`read_titles` takes a whole column of them: what one title means may show only beside the others.
"""

from netflix_pipeline.title_texts.names import named_id, plain_title
from netflix_pipeline.title_texts.reading import TOLD, read_titles

__all__ = ["TOLD", "named_id", "plain_title", "read_titles"]
