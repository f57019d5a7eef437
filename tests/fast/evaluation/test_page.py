"""The page that people look at."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from model.evaluation.page import write_page
from model.evaluation.page.markup import element
from model.evaluation.population import Population
from model.evaluation.run import Evaluation
from model.evaluation.view import View
from tests.fast.evaluation.world import decider, features_of, layer, row

HOSTILE = "<script>alert('x')</script> & \"quoted\""


def broken() -> bytes:
    raise OSError("gone")


def evaluation(title: str = HOSTILE) -> Evaluation:
    rows = [
        row(p, s, title=title, **({"read": broken} if s == "bob" else {}))
        for p in range(8)
        for s in ("ann", "bob")
    ]
    view = View.of(
        Population.of(features_of(rows), None), layer(), decider(), resamples=10, seed=1, neighbours=5
    )
    report = {
        "artifact": {"version": "abc", "precision_target": 0.9},
        "data": [{"name": HOSTILE, "listings": 16, "pairs": 0, "problems": 0, "missing_pictures": 0}],
        "options": {"resamples": 10, "seed": 1},
        "headline": "as_listed",
        "shared_words": 0.0,
        "as_listed": None,
        "perturbed": None,
        "pair_sets": [],
        "mean_f1": [],
        "retrieval_recall": {"recall": 0.99, "k": 20, "queries": 16, "listings": 16},
        **view.report(),
    }
    return Evaluation(report, view)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_runs_loads_and_styles_nothing_from_data() -> None:
    """No script, no handler, no inline style, no address but data: URLs, and every tag is closed."""
    page = write_page(evaluation(), decider()).decode()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert not {name for name in tags.attributes if name.startswith("on") or name == "style"}
    assert set(re.findall(r'(?:src|href)="([^:"]*:)', page)) == {"data:"}


def test_its_policy_admits_its_own_style_alone() -> None:
    """By hash, so that nothing that slipped in could be styled or run."""
    page = write_page(evaluation(), decider()).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_mistakes_show_their_pictures_and_say_where_there_is_none() -> None:
    """A picture that cannot be read leaves a placeholder."""
    page = write_page(evaluation(), decider()).decode()
    assert "data:image/jpeg;base64," in page
    assert "no picture" in page


def test_all_that_an_element_is_given_is_escaped() -> None:
    """Content and attributes alike; markup within markup stays."""
    inner = element("b", "<x>")
    assert element("p", inner, '"&', title='"><i>') == (
        '<p title="&quot;&gt;&lt;i&gt;"><b>&lt;x&gt;</b>&quot;&amp;</p>'
    )
