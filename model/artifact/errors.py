"""What is raised of an artifact, and how it is mended."""

REFETCH = "copy the artifact's folder again as a whole, or train another: skutwin train --synthetic --out DIR"
OTHER_RELEASE = "install the skutwin that made it, or train another: skutwin train --synthetic --out DIR"


class ArtifactError(ValueError):
    """A folder that is no artifact, or none that this version of skutwin can use."""
