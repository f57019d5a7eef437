"""Settings: where they come from, what is refused, and what is never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from consumer.errors import Misconfigured
from consumer.settings import Settings, load, load_settings
from consumer.settings.describe import HIDDEN, allowed, is_secret, markdown_table, shown


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("SKUTWIN_")]:
        monkeypatch.delenv(name)


def test_every_default_is_allowed_and_origins_say_default() -> None:
    """Without file and environment all settings are the defaults."""
    loaded = load()
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_command_line_outweighs_environment_and_that_outweighs_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overrides before environment before file, and each origin is told."""
    file = tmp_path / "s.toml"
    file.write_text("batch_size = 1\nmatch_k = 2\nqueue_depth = 3\n")
    monkeypatch.setenv("SKUTWIN_CONFIG", str(file))
    monkeypatch.setenv("SKUTWIN_BATCH_SIZE", "10")
    monkeypatch.setenv("SKUTWIN_MATCH_K", "20")
    loaded = load(overrides={"batch_size": "100"})
    settings = loaded.settings
    assert (settings.batch_size, settings.match_k, settings.queue_depth) == (100, 20, 3)
    assert loaded.origins["batch_size"] == "--set"
    assert loaded.origins["match_k"] == "SKUTWIN_MATCH_K"
    assert loaded.origins["queue_depth"] == str(file)


def test_librdkafka_options_come_from_both_places_and_stay_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's names and the environment's password meet in one table that never prints its values."""
    file = tmp_path / "s.toml"
    file.write_text(
        '[kafka]\n"security.protocol" = "SASL_SSL"\nsasl.username = "shop"\n'
        "enable.ssl.certificate.verification = true\n"
    )
    monkeypatch.setenv("SKUTWIN_KAFKA__SASL_PASSWORD", "xyzzy")
    settings = load_settings(file)
    assert settings.kafka_security == {
        "security.protocol": "SASL_SSL",
        "sasl.username": "shop",
        "sasl.password": "xyzzy",
        "enable.ssl.certificate.verification": "true",
    }
    assert "xyzzy" not in repr(settings)
    assert shown("kafka", settings.kafka)["sasl.password"] == HIDDEN  # type: ignore[index] # a table is shown as one


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SKUTWIN_BATCH_SIZE", "0", ["batch_size = '0'", "SKUTWIN_BATCH_SIZE", "from 1 to 10000"]),
        ("SKUTWIN_BACH_SIZE", "5", ["SKUTWIN_BACH_SIZE is no setting", "did you mean SKUTWIN_BATCH_SIZE"]),
        ("SKUTWIN_LOG_FORMAT", "xml", ["log_format = 'xml'", "auto, json, console"]),
        ("SKUTWIN_KAFKA_BOOTSTRAP", "broker", ["'broker' is no host:port"]),
        ("SKUTWIN_MILVUS_URI", "milvus", ["ends in .db"]),
        ("SKUTWIN_PICTURE_FILE_ROOT", "/no/such/folder", ["picture_file_root", "an existing folder"]),
        ("SKUTWIN_MATCH_K", "2000", ["match_k = 2000 must not pass match_k_cap = 1024"]),
        ("SKUTWIN_BREAKER_SHARE", "nan", ["breaker_share = 'nan'", "over 0 to 1"]),
        ("SKUTWIN_PICTURE_PORTS", "80,x", ["picture_ports = '80,x'", "a list, each a whole number"]),
        ("SKUTWIN_PICTURE_PORTS", ",", ["picture_ports"]),
        ("SKUTWIN_PICTURE_HOSTS", "shop/p", ["'shop/p' is no host's name"]),
        ("SKUTWIN_PICTURE_PRIVATE_NETWORKS", "10.0.0.1/8", ["10.0.0.1/8 has host bits set"]),
        ("SKUTWIN_PICTURE_BATCH_BYTES", "2000", ["must not pass picture_batch_bytes = 2000"]),
        ("SKUTWIN_KAFKA__GROUP_ID", "mine", ["group.id is not passed on"]),
        ("SKUTWIN_KAFKA", "{", ["kafka"]),
    ],
)
def test_a_wrong_variable_is_refused_by_name_and_with_what_is_allowed(
    variable: str, value: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the setting, its value and what would be right."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(Misconfigured) as raised:
        load()
    for word in words:
        assert word in str(raised.value)


def test_a_list_is_one_text_with_commas_or_a_list_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ports, hosts and networks read alike from everywhere, and are shown as they are written."""
    file = tmp_path / "s.toml"
    file.write_text('picture_ports = [80, 8080]\npicture_hosts = "CDN.example., b.example"\n')
    monkeypatch.setenv("SKUTWIN_PICTURE_PRIVATE_NETWORKS", "10.1.0.0/16,fd00::/8")
    settings = load_settings(file)
    assert settings.picture_ports == (80, 8080)
    assert settings.picture_hosts == ("cdn.example", "b.example")
    assert settings.picture_private_networks == ("10.1.0.0/16", "fd00::/8")
    assert shown("picture_ports", settings.picture_ports) == "80, 8080"


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One start is enough to learn of every mistake."""
    monkeypatch.setenv("SKUTWIN_BATCH_SIZE", "0")
    monkeypatch.setenv("SKUTWIN_OPS_PORT", "70000")
    with pytest.raises(Misconfigured, match=r"(?s)batch_size.*\n.*ops_port"):
        load()


def test_a_refused_secret_is_not_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with a secret is said without saying it."""
    with pytest.raises(Misconfigured) as raised:
        load(overrides={"milvus_token": ["hunter2"]})
    assert "milvus_token = (hidden)" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bach_size = 1", "did you mean batch_size"),
        ("batch_size = ", "is no TOML"),
        ("kafka = 3", "kafka = "),
    ],
)
def test_a_wrong_file_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """Unknown keys and broken TOML are named with the file."""
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=words) as raised:
        load(file)
    assert str(file) in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A settings file that is not there is no empty one."""
    with pytest.raises(Misconfigured, match="cannot read the settings file"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "variable",
    [
        "SKUTWIN_SERVICE_HOST",
        "SKUTWIN_PORT_9464_TCP_ADDR",
        "SKUTWIN_EMBED_SERVICE_PORT_HTTP",
        "SKUTWIN_TEST_BOOTSTRAP",
    ],
)
def test_service_links_and_the_tests_own_variables_are_no_mistakes(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes puts such variables into every container beside a service called skutwin."""
    monkeypatch.setenv(variable, "10.0.0.1")
    assert load().settings == Settings()


def test_a_password_inside_a_url_is_starred_out() -> None:
    """A URI may be printed, its credentials may not."""
    assert shown("milvus_uri", "http://root:pw@db:19530") == "http://***@db:19530"


def test_secrets_are_known_by_their_type() -> None:
    """Exactly the settings whose values are SecretStr are hidden."""
    assert {name for name in Settings.model_fields if is_secret(name)} == {"kafka", "milvus_token"}
    assert shown("milvus_token", SecretStr("x")) == HIDDEN


def test_what_is_allowed_is_said_in_words() -> None:
    """Bounds, choices and optional settings each have their wording."""
    assert allowed("picture_max_bytes") == "a whole number from 1024 to 1073741824"
    assert allowed("retry_first_delay_s") == "a number over 0 to 1000000000"
    assert allowed("match_same_seller") == "report, ignore"
    assert allowed("encoder_threads") == "a whole number from 1 to 1024, or nothing"


def test_the_table_has_a_row_for_every_setting() -> None:
    """The README's table forgets nothing."""
    rows = markdown_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(Settings.model_fields)


def test_settings_cannot_change() -> None:
    """Settings are read once and are the same for every thread."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().batch_size = 3  # type: ignore[misc] # the point of the test
