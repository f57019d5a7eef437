"""The headers of a dead letter: where the record came from and why it can never be right.

The names are those of KIP-1034, written as Kafka Streams does (UTF-8, decimal numbers), and our own.
The record's own headers, key and value stand beside them, unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from consumer.ports.records import Headers

MAX_TEXT_BYTES = 1_024
OWN_PREFIXES = ("__streams.errors.", "skutwin.")
REPLAYED_FROM = "skutwin.replayed-from"
"""On a replayed record: the dead letter it was, as `topic/partition/offset`."""

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, direction marks, lone surrogates, line separators


def printable(text: str) -> str:
    """The text on one line of at most 1,024 bytes of UTF-8, with nothing that steers a terminal or a log."""
    flat = re.sub(r"[\t\n\v\f\r ]+", " ", text[: 4 * MAX_TEXT_BYTES]).strip()
    shown = "".join(f"\\u{ord(char):04x}" if unicodedata.category(char) in _HIDDEN else char for char in flat)
    encoded = shown.encode("utf-8")
    if len(encoded) <= MAX_TEXT_BYTES:
        return shown
    return encoded[: MAX_TEXT_BYTES - 3].decode("utf-8", "ignore") + "…"


_Text = Annotated[str, AfterValidator(printable)]
_Number = Annotated[int, Field(ge=0)]


class DeadLetterHeaders(BaseModel):
    """Where from and why.

    Attributes:
        topic: of the bad record; likewise `partition` and `offset`.
        exception: the error's type and text.
        message: the field's name and why, for people.
        stacktrace: where it was raised: file, line and function, on one line.
        timestamp_ms: the bad record's own Kafka timestamp, -1 if it had none.
        stage: the step that refused it.
        version: of the program that did.
        reason: a short bounded label for filters and metrics.
        value_bytes: length of the whole value where only a prefix was kept; likewise `key_bytes`.
        value_sha256: SHA-256 of the whole value, in hex, where only a prefix was kept.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    topic: Annotated[_Text, Field(alias="__streams.errors.topic")]
    partition: Annotated[_Number, Field(alias="__streams.errors.partition")]
    offset: Annotated[_Number, Field(alias="__streams.errors.offset")]
    exception: Annotated[_Text, Field(alias="__streams.errors.exception")]
    message: Annotated[_Text, Field(alias="__streams.errors.message")]
    stacktrace: Annotated[_Text, Field(alias="__streams.errors.stacktrace")] = ""
    timestamp_ms: Annotated[int, Field(ge=-1, alias="skutwin.timestamp")] = -1
    stage: Annotated[_Text, Field(alias="skutwin.stage")]
    version: Annotated[_Text, Field(alias="skutwin.version")]
    reason: Annotated[_Text, Field(alias="skutwin.reason")]
    value_bytes: Annotated[_Number | None, Field(alias="skutwin.value-bytes")] = None
    value_sha256: Annotated[str | None, Field(alias="skutwin.value-sha256", pattern="^[0-9a-f]{64}$")] = None
    key_bytes: Annotated[_Number | None, Field(alias="skutwin.key-bytes")] = None

    @property
    def truncated(self) -> bool:
        """Whether key or value is only a prefix of what the record held."""
        return self.value_bytes is not None or self.key_bytes is not None

    def to_headers(self) -> Headers:
        """One header a field that is set, in a fixed order."""
        fields = self.model_dump(by_alias=True, exclude_none=True)
        return tuple((name, str(value).encode("utf-8")) for name, value in fields.items())

    @classmethod
    def from_headers(cls, headers: Headers) -> Self:
        """The inverse; of several headers of one name the last counts.

        Raises:
            ValueError: one is missing or wrong; says which.
        """
        aliases = {field.alias for field in cls.model_fields.values()}
        texts = {name: value.decode("utf-8", "replace") for name, value in headers if name in aliases}
        try:
            return cls.model_validate(texts)
        except ValidationError as err:
            wrong = ", ".join(f"{error['loc'][0]} ({error['msg']})" for error in err.errors())
            raise ValueError(f"not a dead letter's headers: {wrong}") from None
