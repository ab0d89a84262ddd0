"""Entries of one service as answers: a page of them, what follows, a summary, and those that were rejected."""
