"""Spectrix Lite: a live log stream that a developer can run alone."""

__version__ = "0.1.0"
