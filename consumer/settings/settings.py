"""The settings, each with its default, its bounds and a sentence that says what it does.

Flat names, grouped by prefix: a TOML file holds them as they stand here, the environment in capitals behind
`SKUTWIN_`. The README's table is made from this file.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, DirectoryPath, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

KAFKA_GROUPS = ("security.", "sasl.", "ssl.", "enable.ssl.", "enable.sasl.", "https.", "broker.address.")
KAFKA_NAMES = frozenset({"client.dns.lookup", "client.rack", "debug", "log_level"})
GIB = 1024**3


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """TOML's dotted keys make nested tables; librdkafka's names are flat."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{above}{key}"
        flat.update(_flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value})
    return flat


def _librdkafka(value: Any) -> Any:
    """Names as librdkafka writes them; what would change a guarantee or a group is not passed through."""
    if not isinstance(value, Mapping):
        return value
    names: dict[str, Any] = {}
    for given, held in _flat(value).items():
        name = given.lower() if given.lower() in KAFKA_NAMES else given.lower().replace("_", ".")
        if not name.startswith(KAFKA_GROUPS) and name not in KAFKA_NAMES:
            groups = ", ".join(f"{group}*" for group in KAFKA_GROUPS)
            raise ValueError(f"{name} is not passed on to librdkafka; {groups} are")
        names[name] = str(held).lower() if isinstance(held, bool) else str(held)
    return names


def _bootstrap(text: str) -> str:
    for address in text.split(","):
        host, colon, port = address.strip().rpartition(":")
        if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"{address.strip()!r} is no host:port; several are parted by commas")
    return text


def _milvus(text: str) -> str:
    if not re.match(r"(https?|tcp|unix)://?", text) and not text.endswith(".db"):
        raise ValueError(
            "give a file that ends in .db (Milvus Lite) or a server, such as http://localhost:19530"
        )
    return text


def _parts(given: Any) -> Any:
    """A list, or its parts in one text, parted by commas."""
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


def _host(text: str) -> str:
    host = text.strip().lower().rstrip(".")
    if not re.fullmatch(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*", host):
        raise ValueError(f"{text.strip()!r} is no host's name; one beyond ASCII is written as xn--…")
    return host


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError as err:
        raise ValueError(f"{err}; networks are written as 10.1.2.0/24 or fd00::/8") from None


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skutwin"


def _hostname() -> str:
    return re.sub(r"[^a-zA-Z0-9._-]", "-", socket.gethostname())[:100] or "skutwin"


Seconds = Annotated[float, Field(gt=0, le=10**9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Port = Annotated[int, Field(ge=1, le=65_535)]
PortList = Annotated[tuple[Port, ...], NoDecode, BeforeValidator(_parts), Field(min_length=1)]
HostList = Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], NoDecode, BeforeValidator(_parts)]
NetworkList = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_parts)
]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Every setting of every command. Durations are in seconds where the name ends in `_s`.

    Made from keyword arguments alone; `consumer.settings.load` reads the environment and the file.
    """

    model_config = SettingsConfigDict(
        env_prefix="SKUTWIN_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    # Kafka
    kafka_bootstrap: Annotated[str, AfterValidator(_bootstrap)] = Field(
        "localhost:9092", description="Brokers to begin with, host:port, parted by commas."
    )
    kafka: Annotated[dict[str, SecretStr], BeforeValidator(_librdkafka)] = Field(
        default_factory=dict,
        description="SASL and TLS options passed on to librdkafka, all treated as secrets:"
        " `SKUTWIN_KAFKA__SASL_PASSWORD`, or a TOML table `[kafka]` with librdkafka's own names.",
    )
    topic_prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,80}$")] = Field(
        "", description="Put before the name of every topic and group, so that several can share a cluster."
    )
    instance: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,100}$")] = Field(
        default_factory=_hostname,
        json_schema_extra={"shown_default": "the host's name"},
        description="This process's stable name (the default is the host's): the transactional id of its"
        " embedder. Two processes with one name fence each other.",
    )
    static_member_s: Annotated[float, Field(ge=0, le=300, allow_inf_nan=False)] = Field(
        0.0,
        description="An embedder that comes back under its `instance` within so many seconds finds its"
        " partitions still its own (static membership), and nobody reads them meanwhile; 0: it leaves when it"
        " stops, and others take over at once.",
    )
    shards: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, description="Partitions of the inner log, each with one matcher."
    )
    revoke_budget_s: Seconds = Field(
        5.0, description="Time to finish or drop a batch while partitions are revoked."
    )
    world_retry_budget_s: Seconds = Field(
        60.0, description="How long a failing broker or index is retried before the process stops."
    )
    commit_budget_s: Seconds = Field(
        30.0, description="How long a commit is asked again when its outcome is unknown."
    )

    # The model and the index
    artifact: Path | None = Field(None, description="Artifact folder; the one that comes with it by default.")
    milvus_uri: Annotated[str, AfterValidator(_milvus)] = Field(
        "./skutwin-milvus.db",
        description="A file that ends in .db (Milvus Lite, one process) or a Milvus server.",
    )
    index_rows_limit: Count | None = Field(
        None,
        json_schema_extra={"shown_default": "300,000 with Milvus Lite, else none"},
        description="Rows that a shard's index is planned for: an alert warns before, nothing is refused.",
    )
    milvus_token: SecretStr | None = Field(None, description="Milvus token or `user:password`.")

    # Embed
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="Embed closes a micro-batch at this many records…"
    )
    batch_linger_ms: Annotated[int, Field(ge=0, le=60_000)] = Field(
        50, description="…or after this many milliseconds, whichever is first."
    )
    encoder_threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        None, description="Processor threads of the encoder; all of them by default."
    )
    queue_depth: Annotated[int, Field(ge=1, le=100)] = Field(
        2, description="Batches that may wait between two stages of embed before reading pauses."
    )
    cache_dir: Path = Field(
        default_factory=_cache_home,
        json_schema_extra={"shown_default": "~/.cache/skutwin"},
        description="Where pictures' and texts' embeddings are kept.",
    )
    cache_max_bytes: Annotated[int, Field(ge=2**20)] = Field(
        2 * GIB, description="Bound of that cache; the least used go first."
    )
    picture_max_bytes: Annotated[int, Field(ge=1024, le=GIB)] = Field(
        8 * 2**20, description="A larger picture is left out for good."
    )
    picture_batch_bytes: Annotated[int, Field(ge=1024, le=64 * GIB)] = Field(
        256 * 2**20,
        description="All pictures of a batch together; what does not fit in is tried again later.",
    )
    picture_max_pixels: Annotated[int, Field(ge=1, le=10**9)] = Field(
        26_000_000, description="A picture of more pixels is left out for good."
    )
    picture_budget_s: Seconds = Field(
        3.0, description="Time for all pictures of a batch; what is late is tried again later."
    )
    picture_request_timeout_s: Seconds = Field(2.0, description="Time for one request.")
    picture_redirects: Annotated[int, Field(ge=0, le=20)] = Field(
        3, description="Redirects that are followed."
    )
    picture_concurrency: Annotated[int, Field(ge=1, le=1000)] = Field(64, description="Requests at once.")
    picture_per_host: Annotated[int, Field(ge=1, le=1000)] = Field(
        16, description="Requests at once to one host."
    )
    picture_ports: PortList = Field(
        (80, 443),
        json_schema_extra={"shown_default": "`80, 443`"},
        description="Ports of picture servers, parted by commas; every other port is refused.",
    )
    picture_hosts: HostList = Field(
        (),
        description="The only hosts that pictures are fetched from, with all names under them; every public"
        " host by default.",
    )
    picture_private_networks: NetworkList = Field(
        (),
        description="Networks that are not public, such as 10.1.2.0/24, where pictures may be fetched all the"
        " same; none by default.",
    )
    picture_file_root: DirectoryPath | None = Field(
        None, description="file:// pictures are read under this folder only; none are by default."
    )
    picture_url_ttl_s: Seconds = Field(
        86_400.0, description="A URL fetched within this time is not fetched again."
    )

    # Retries of listings whose pictures failed for now
    retry_first_delay_s: Seconds = Field(
        30.0, description="Wait before the first retry; each further wait is twice as long."
    )
    retry_max_delay_s: Seconds = Field(600.0, description="The longest wait.")
    retry_max_attempts: Annotated[int, Field(ge=0, le=10**6)] = Field(
        400, description="After so many retries the pictures count as gone."
    )

    # Match
    match_batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(
        256, description="Records of the inner log that are judged at once."
    )
    match_k: Annotated[int, Field(ge=1, le=16_384)] = Field(
        20, description="Nearest distinct listings judged for each listing."
    )
    match_k_cap: Annotated[int, Field(ge=1, le=16_384)] = Field(
        1024, description="k grows to this while the last hit is still above the floor."
    )
    match_floor: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] = Field(
        0.3, description="Cosine under which a neighbour is no candidate."
    )
    match_settle_s: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = Field(
        30.0, description="After an assignment every search waits for strong consistency for so long."
    )
    match_rows_in_memory: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0,
        description="Rows of a shard that began with an empty index are searched in memory alone, at 10 KB"
        " each, while there are no more than so many.",
    )
    match_max_events: Annotated[int, Field(ge=1, le=100_000)] = Field(
        2000, description="A batch is cut where its events pass this number."
    )
    match_same_seller: Literal["report", "ignore"] = Field(
        "report", description="Pairs of one seller: reported and flagged, or ignored."
    )
    match_recall_probe_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        0.01,
        description="Share of the matcher's time for repeating searches thoroughly, which shows the index's"
        " recall; 0 does not.",
    )
    match_marker_ttl_s: Seconds = Field(
        7 * 86_400.0,
        description="How long deletions are remembered; topics must keep theirs at least as long.",
    )
    match_sweep_interval_s: Seconds = Field(60.0, description="How often expired markers are swept.")

    # Drift
    drift_window_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = Field(
        60.0,
        description="How often match holds the newest listings against the drift reference; 0 does not. The"
        " stated false-alarm rate is that of 60.",
    )
    drift_reference: Path | None = Field(
        None,
        description="File that `skutwin drift rebase` made: it outweighs the artifact's own reference.",
    )

    # Records that kill
    deaths_limit: Annotated[int, Field(ge=1, le=20)] = Field(
        3,
        description="Deaths at one place of the log before its records are taken one by one; a record with"
        " which the process then dies as often again, alone, becomes a dead letter.",
    )

    # The breaker
    breaker_window: Count = Field(500, description="Of so many last records…")
    breaker_share: Share = Field(0.2, description="…at most this share may be dead letters, else it stops…")
    breaker_minimum: Count = Field(100, description="…once it has seen this many.")

    # Operations
    ops_host: Annotated[str, Field(min_length=1)] = Field(
        "127.0.0.1", description="Where /metrics and the health checks listen; loop-back by default."
    )
    ops_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        9464, description="Its port; 0 picks a free one."
    )
    ops_stall_s: Seconds = Field(
        60.0, description="/livez fails when a role's loop has not turned for so long."
    )
    serve_host: Annotated[str, Field(min_length=1)] = Field(
        "127.0.0.1",
        description="Where `skutwin serve` listens, which asks nobody for a password; loop-back by default.",
    )
    serve_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        9465, description="Its port; 0 picks a free one."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="JSON lines or coloured text; auto: text on a terminal."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword arguments only, so that settings in a test depend on nothing around it."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for less, more in (
            ("picture_max_bytes", "picture_batch_bytes"),
            ("match_k", "match_k_cap"),
            ("breaker_minimum", "breaker_window"),
            ("retry_first_delay_s", "retry_max_delay_s"),
        ):
            if getattr(self, less) > getattr(self, more):
                raise ValueError(
                    f"{less} = {getattr(self, less)} must not pass {more} = {getattr(self, more)}"
                )
        return self

    @property
    def kafka_security(self) -> dict[str, str]:
        """SASL and TLS options in the clear, for its configuration only."""
        return {name: value.get_secret_value() for name, value in self.kafka.items()}
