"""`drift.html`: one self-contained page for people."""

from consumer.drift.page.page import write_page

__all__ = ["write_page"]
