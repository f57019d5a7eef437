"""What an operator can set, by environment (`SKUTWIN_…`) or TOML file, and where each value came from."""

from __future__ import annotations

from consumer.settings.load import Loaded, load, load_settings
from consumer.settings.settings import Settings

__all__ = ["Loaded", "Settings", "load", "load_settings"]
