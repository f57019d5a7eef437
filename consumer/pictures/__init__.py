"""Getting pictures by URL, and the cache of what was fetched and encoded."""
