"""How answers are made once and sent: cache, single flight, query threads, codings."""
