"""Rebuilding of a log that the engine has lost, from what the nodes have."""
