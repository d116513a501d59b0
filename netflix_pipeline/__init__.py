"""From raw viewing records to published numbers."""

import os

# Polars reads it when it is loaded. By default its allocator hands memory back to the system within
# half a second and has it cleared again page by page: up to a seventh of all processor time.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:4,dirty_decay_ms:3000,muzzy_decay_ms:0")
