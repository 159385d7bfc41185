"""The settings of its process for a service whose behaviour depends on one."""

from typing import Any, cast

from nameko import config
from nameko.extensions import DependencyProvider

from services.chassis.settings import Settings


class _OwnSettings(DependencyProvider):  # type: ignore[misc]
    def get_dependency(self, worker_ctx: Any) -> Settings:
        return cast(Settings, config["KKT_SETTINGS"])


def settings_of_process() -> Settings:
    """The settings of this process, for chores that no call brings about."""
    return cast(Settings, config["KKT_SETTINGS"])


def own_settings() -> Settings:
    """A class attribute of a service: `settings = own_settings()`; each call finds the settings there."""
    return cast(Settings, _OwnSettings())
