"""Blocks: what is sealed of the journal, compressed and described, in a SQLite file of its own."""
