"""Listings whose products are known: what training and measuring start from."""

from model.data.labelled import DataSet, LabelledListing, LabelledPair, PictureFile, Problem
from model.data.pairs import read_pairs
from model.data.problems import DataError
from model.data.read import read_data

__all__ = [
    "DataError",
    "DataSet",
    "LabelledListing",
    "LabelledPair",
    "PictureFile",
    "Problem",
    "read_data",
    "read_pairs",
]
