"""What an integration test needs and may be missing on this machine."""

from __future__ import annotations


class ServiceMissing(Exception):
    """A real service that cannot be started here.

    Attributes:
        what: the service.
        how_to_get: what to install or to set.
    """

    def __init__(self, what: str, how_to_get: str) -> None:
        super().__init__(f"{what} is missing: {how_to_get}")
        self.what = what
        self.how_to_get = how_to_get
