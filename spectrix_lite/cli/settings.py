"""Settings as flags of a command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from ..core.config import SETTINGS, Config, Setting
from ..core.errors import StartupError

P = ParamSpec("P")
R = TypeVar("R")

ALL = tuple(setting.name for setting in SETTINGS)
STORE = ("db", "cluster", "cluster_credentials", "cluster_ca")
"""What a command needs to find what the server keeps: its database, or the engine of its cluster."""
SERVER = ("host", "port", "public_url", *STORE)
"""What a command needs to find both the running server and what it keeps."""


def takes(*names: str) -> Callable[[Callable[Concatenate[Config, P], R]], Callable[P, R]]:
    """Gives a command the flags of these settings; it gets the whole `Config` as its first argument.

    The others come from their variables and defaults. Raises StartupError for one that cannot be read.
    """
    chosen = [setting for setting in SETTINGS if setting.name in names]

    def decorate(command: Callable[Concatenate[Config, P], R]) -> Callable[P, R]:
        @wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            flags: dict[str, Any] = {setting.name: kwargs.pop(setting.name) for setting in chosen}
            config = Config.load(flags, os.environ)
            if "cluster" in names:
                _check_cluster(config, flags)
            return command(config, *args, **kwargs)

        for setting in reversed(chosen):
            # Read by Config.load, not by click: the flag, the variable and the default have one meaning in one place.
            run = click.option(
                setting.flag,
                setting.name,
                metavar=setting.metavar,
                help=setting_help(setting),
                multiple=setting.repeats,
            )(run)
        return run

    return decorate


def _check_cluster(config: Config, flags: Mapping[str, Any]) -> None:
    """Raises StartupError where it is not said which cluster is meant, or both a cluster and a file: another server
    than the one that was to be asked would answer, or start.
    """
    if config.cluster is not None:
        for name, kept in (("db", "keeps no database"), ("snapshot", "takes no snapshot")):
            if flags.get(name) not in (None, "off"):
                raise StartupError(
                    f"--{name} is given beside a cluster, by --cluster or SPECTRIX_CLUSTER, and a node {kept}: "
                    "leave one of them out."
                )
        return
    for flag, value in (("--cluster-credentials", config.cluster_credentials), ("--cluster-ca", config.cluster_ca)):
        if value is not None:
            raise StartupError(f"{flag} is given, and --cluster is not: name the cluster, or leave both out.")


def setting_help(setting: Setting) -> str:
    """The help of a flag: what it is for, its variable and its default."""
    default = f", default {setting.shown_default}" if setting.shown_default else ""
    return f"{setting.help}  [{setting.variable}{default}]"
