"""What is known of the listings' identities, as `skutwin replay --truth` wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from consumer.contracts.pairs import Pair
from consumer.errors import Misconfigured
from model.strict_json import parse


class Identity(BaseModel):
    """One listing's product; pairs among ambiguous listings are not scored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    listing_id: str
    product_id: str
    ambiguous: bool = False


@dataclass(frozen=True)
class KnownProducts:
    """The identities of all listings of a trial.

    Attributes:
        pairs: the true ones: same product, not both ambiguous.
    """

    products: dict[str, str]
    ambiguous: frozenset[str]
    pairs: frozenset[Pair]

    @classmethod
    def of(cls, identities: Iterable[Identity]) -> KnownProducts:
        """Of several lines about one listing the last counts."""
        known = {identity.listing_id: identity for identity in identities}
        members: defaultdict[str, list[str]] = defaultdict(list)
        for identity in known.values():
            members[identity.product_id].append(identity.listing_id)
        ambiguous = frozenset(i.listing_id for i in known.values() if i.ambiguous)
        true = (Pair.of(*two) for each in members.values() for two in combinations(each, 2))
        return cls(
            {i.listing_id: i.product_id for i in known.values()},
            ambiguous,
            frozenset(pair for pair in true if not ambiguous.issuperset(pair)),
        )

    def knows(self, pair: Pair) -> bool:
        """Whether both listings are known."""
        return pair.a in self.products and pair.b in self.products

    def is_ambiguous(self, pair: Pair) -> bool:
        """Whether both are ambiguous, so that nobody can say."""
        return self.ambiguous.issuperset(pair)


def read_truth(path: Path) -> KnownProducts:
    """Read JSON lines of `Identity`.

    Raises:
        Misconfigured: no such file, or a line that is none; the message names file, line and reason.
    """
    if not path.is_file():
        raise Misconfigured(f"--truth {path}: no such file; `skutwin replay --truth` writes it")
    identities = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                identities.append(Identity.model_validate(parse(line)))
            except ValidationError as err:
                wrong = ", ".join(".".join(map(str, each["loc"])) for each in err.errors())
                raise Misconfigured(f"{path}:{number}: {wrong}: missing or of a wrong kind") from None
            except ValueError as err:
                raise Misconfigured(f"{path}:{number}: {err}") from None
    return KnownProducts.of(identities)
