"""Listings whose products are known: what training and measuring start from."""

from model.data.labelled import DataSet, LabelledListing, LabelledPair, PictureFile, Problem

__all__ = ["DataSet", "LabelledListing", "LabelledPair", "PictureFile", "Problem"]
