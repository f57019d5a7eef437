"""One look at the same products: all scorings of their listings, by scope, as listed or perturbed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from model.decision.decider import Decider
from model.decision.prior_shift import DistractorRow, distractor_table
from model.decision.thresholds import Threshold
from model.embedded import EmbeddedListing
from model.evaluation.ablations import Scoring, Way, scorings
from model.evaluation.bootstrap import Draws
from model.evaluation.breakdowns import by_missing, by_seller, by_store, variants
from model.evaluation.figures import Measured, deciding, difference, ranking
from model.evaluation.population import Population, Scope
from model.features.embed import embedded
from model.projection import Projection

WAYS = len(Way)
ABLATIONS = ("image", "text", "without_numbers", "zero_shot", "fused", "fused_decider")
_IMAGE = (Way.IMAGE_ZERO_SHOT, Way.IMAGE_TRAINED)
_TEXT = (Way.TEXT_ZERO_SHOT, Way.TEXT_TRAINED)
_OVER_SINGLE, _OVER_ZERO_SHOT = 0.05, 0.15


@dataclass(frozen=True)
class View:
    """A population, scored.

    Attributes:
        population: the listings.
        listings: these, embedded.
        scorings: of each way.
        draws: of products, for every interval.
        match: the artifact's threshold of a match.
    """

    population: Population
    listings: tuple[EmbeddedListing, ...]
    scorings: dict[Way, Scoring]
    draws: Draws
    match: Threshold

    @classmethod
    def of(
        cls,
        population: Population,
        projection: Projection,
        decider: Decider,
        *,
        resamples: int,
        seed: int,
        neighbours: int,
        advance: Callable[[int], None] = lambda _done: None,
    ) -> View:
        """Embed and score; `advance` is told of each of `WAYS` ways."""
        listings = tuple(embedded(population.features, projection))
        found = scorings(population, listings, projection, decider, neighbours=neighbours, advance=advance)
        draws = Draws.of(population.product_count, resamples, seed)
        return cls(population, listings, found, draws, decider.match)

    @cached_property
    def everything(self) -> dict[Way, Measured]:
        """Each way over all pairs."""
        return self._measured(Scope.ALL)

    @cached_property
    def decider(self) -> Scoring:
        """The last way's scoring, with verdicts."""
        return self.scorings[Way.FUSED_DECIDER]

    def rivals(self, measured: dict[Way, Measured]) -> tuple[Way, Way]:
        """The better of the two ways by image alone, and of those by text alone."""
        return best_of(_IMAGE, measured), best_of(_TEXT, measured)

    def report(self) -> dict[str, Any]:
        """All figures as plain data."""
        scopes = {str(scope): self._scope(self._in(scope)) for scope in (Scope.KNOWN, Scope.UNSEEN)}
        return {
            **self._scope(self.everything),
            **scopes,
            "variants": asdict(variants(self.decider, self.population)),
            "per_seller": _rows(by_seller(self.decider, self.population)),
            "per_store": _rows(by_store(self.decider, self.population)),
            "per_missing": _rows(by_missing(self.decider, self.population)),
            "distractors": _rows(self.distractors()),
            "listings": len(self.population),
            "products": self.population.product_count,
            "true_pairs": len(self.population.true_pairs),
        }

    def distractors(self) -> tuple[DistractorRow, ...]:
        """The decider's offered pairs as they would be in a larger catalogue; variants do not grow.

        Nameless pairs with a threshold of their own are no matches here: that one stays as it is.
        """
        verdicts, places = self.decider.verdicts, self.decider.offers.places
        if verdicts is None:
            return ()
        free = ~verdicts.by_rule
        same = self.population.same(places)[free]
        if same.all() or not same.any():
            return ()
        return distractor_table(
            verdicts.probability[free],
            same,
            threshold=self.match.value,
            target=self.match.target,
            grows=~self.population.variants(places)[free],
            apart=verdicts.apart[free],
        )

    def _in(self, scope: Scope) -> dict[Way, Measured]:
        known = self.population.seller_known
        if scope is Scope.UNSEEN and not known.any():
            return self.everything
        return self._measured(scope)

    def _measured(self, scope: Scope) -> dict[Way, Measured]:
        return {
            way: Measured(scoring, self.population, scope, self.draws)
            for way, scoring in self.scorings.items()
        }

    def _scope(self, measured: dict[Way, Measured]) -> dict[str, Any]:
        image, text = self.rivals(measured)
        single = best_of((image, text), measured)
        figures: dict[Way, dict[str, Any]] = {
            way: asdict(ranking(one)) for way, one in measured.items() if way is not Way.FUSED_DECIDER
        }
        last = measured[Way.FUSED_DECIDER]
        return {
            "image": {**figures[image], "way": str(image)},
            "text": {**figures[text], "way": str(text)},
            "without_numbers": figures[Way.WITHOUT_NUMBERS],
            "zero_shot": figures[Way.ZERO_SHOT],
            "fused": figures[Way.FUSED],
            "fused_decider": asdict(deciding(last)),
            "single_modality": {str(way): figures[way] for way in (*_IMAGE, *_TEXT)},
            "differences": {
                "best_single": asdict(difference(last, measured[single], _OVER_SINGLE)),
                "zero_shot": asdict(difference(last, measured[Way.ZERO_SHOT], _OVER_ZERO_SHOT)),
            },
        }


def best_of(ways: Sequence[Way], measured: dict[Way, Measured]) -> Way:
    """The one with the largest AUCPR, the first of equals or where there is no true pair."""
    return max(ways, key=lambda way: measured[way].curve.aucpr if measured[way].true.any() else 0.0)


def _rows(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
