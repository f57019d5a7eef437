"""The match role: one writer a shard decides which listings are the same product."""
