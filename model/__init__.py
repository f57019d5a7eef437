"""The model's small face: load an artifact, embed listings, decide pairs.

`load_artifact` is light and brings no encoder along; `Artifact.embedder` loads the encoders.
"""

from model.artifact import Artifact, ArtifactError, load_artifact
from model.embedded import EmbeddedListing, Embedding
from model.listing import Listing, Offer

__all__ = [
    "Artifact",
    "ArtifactError",
    "EmbeddedListing",
    "Embedding",
    "Listing",
    "Offer",
    "load_artifact",
]
