"""How a contract is written and read: canonical JSON, frozen once it is made."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from model.strict_json import canonical, parse


class Wire(BaseModel):
    """A value of a topic."""

    model_config = ConfigDict(frozen=True)

    def to_bytes(self) -> bytes:
        """Canonical JSON; equal values give equal bytes."""
        return canonical(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: not JSON, or not this contract; the message names the field.
        """
        return cls.model_validate(parse(value))
