"""Drift in the stream: watched beside the match role, told on a topic, shown on a page, rebased on demand."""
