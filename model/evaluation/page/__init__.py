"""`report.html`: one self-contained page for people."""

from model.evaluation.page.page import write_page

__all__ = ["write_page"]
