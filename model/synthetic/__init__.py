"""A marketplace that never was: drawn garments, near-identical variants, sellers with their own styles."""

from __future__ import annotations

from model.synthetic.catalogue import Catalogue, SyntheticOffer, make_catalogue, make_offer, truth_pairs

__all__ = ["Catalogue", "SyntheticOffer", "make_catalogue", "make_offer", "truth_pairs"]
