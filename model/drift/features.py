"""What is watched of a listing and of a decided pair, by name."""

from __future__ import annotations

from typing import Final

FLAGS: Final = (
    "no_picture", "lost_picture", "no_title", "no_brand", "no_category", "no_price", "no_gtin",
)  # fmt: skip
"""Yes or no; `lost_picture`: a picture that is named could not be had."""

MODALITIES: Final = ("fused", "image", "text", "numbers")
"""The vector, and its parts."""

INPUTS: Final = (
    *FLAGS, "pictures", "title_length", "script", "strange_words", "log_price", "currency", "category",
)  # fmt: skip
EMBEDDINGS: Final = tuple(f"{name}_{what}" for name in MODALITIES for what in ("mean", "sliced", "outside"))
NEAREST: Final = "nearest_similarity"
PAIRS: Final = ("pair_probability", "match_rate", "review_rate")
SCORES: Final = (NEAREST, *PAIRS)
"""These move with the size of the catalogue, so they are held against the stream's own past."""

LISTING: Final = (*INPUTS, NEAREST, *EMBEDDINGS)
"""What one listing tells, in the order of its cells."""

FEATURES: Final = (*INPUTS, *EMBEDDINGS, *SCORES)
"""The name of every score there can be."""
