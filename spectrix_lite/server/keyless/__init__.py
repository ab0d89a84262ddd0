"""Listeners without keys: syslog and Fluent's forward protocol, each bound to one service by setting."""
